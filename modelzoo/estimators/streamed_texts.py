"""Texts that a generator learns from without having them in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from modelzoo.data import text_files
from modelzoo.data.loaders import Loader, is_loader
from modelzoo.data.passing_rows import HeldOut, Thinned
from modelzoo.data.text_files import BLOCK, TextFiles, open_text_files
from modelzoo.errors import InputError
from modelzoo.estimators.base import SMALLEST_HOLD_OUT
from modelzoo.estimators.texts_and_pairs import Examples, read_rows
from modelzoo.tasks.generation import Generation
from modelzoo.tasks.streamed_batches import StreamedWindows

MOST_HELD_OUT = BLOCK  # bytes of text that choose the best epoch


class StreamedTexts(NamedTuple):
    """Where texts come from, and the parts of them that are in memory.

    Attributes:
        passes: Makes a pass over the texts to learn from, some at a time; it may draw their order.
        size: Bytes of all of these.
        sample: Some of them, spread evenly: what the vocabulary is learned from.
        held_out: Texts to choose the best epoch by.
    """

    passes: Callable[[np.random.Generator], Iterator[list[str]]]
    size: int
    sample: list[str]
    held_out: list[str]

    @classmethod
    def read(cls, source: Any, fraction: float, seed: int) -> StreamedTexts:
        """Reads a sample of files, or goes through a loader once.

        Args:
            source: `TextFiles`, or a loader of texts.
            fraction: Share to hold out.
            seed: Draws which texts of a loader; of files it is the end.

        Raises:
            FileError: What was read of a file is no text.
            InputError: There is no text, or a batch of the loader holds something else.
        """
        if isinstance(source, TextFiles):
            return cls._of_files(source, fraction)
        return cls._of_loader(Loader(source), fraction, seed)

    @classmethod
    def _of_files(cls, files: TextFiles, fraction: float) -> StreamedTexts:
        training, held_out = files.split(fraction, MOST_HELD_OUT // BLOCK)
        return cls(training.parts, training.size, _all(training.sample()), _all(held_out))

    @classmethod
    def _of_loader(cls, loader: Loader, fraction: float, seed: int) -> StreamedTexts:
        sample: Thinned[str] = Thinned(text_files.WHOLE)
        held_out = HeldOut(256, seed)
        size = 0
        for texts in loader.texts():
            for text in texts:
                held_out.add(text, text[: MOST_HELD_OUT // 256])
                sample.add(text[:BLOCK], min(len(text), BLOCK))
                size += len(text.encode("utf-8", "replace"))
        if not size:
            raise InputError("the loader gives no text: there is nothing to learn from")
        kept = held_out.choose(fraction, SMALLEST_HOLD_OUT)

        def passes(random: np.random.Generator) -> Iterator[list[str]]:
            for texts in loader.texts():
                yield [text for text in texts if text not in held_out]

        return cls(passes, size, sample.items, kept)

    def batches(
        self, task: Generation, *, batch_size: int, seed: int, whole_pass: bool
    ) -> StreamedWindows:
        """Batches that are encoded as they are needed.

        Args:
            task: Encodes.
            batch_size: Windows in a batch.
            seed: Draws them.
            whole_pass: Whether an epoch is a pass over all texts, however many batches that makes,
                rather than as many as training aims at.
        """
        some = self.sample[:: max(1, len(self.sample) // 100)]
        tokens = sum(len(ids) + 2 for ids in task.encode(some))
        share = tokens / max(1, sum(len(text.encode()) for text in some))
        batches = round(self.size * share / (task.context * batch_size))
        return StreamedWindows(
            lambda random: (task.encode(texts) for texts in self.passes(random) if texts),
            batches if whole_pass else min(batches, task.updates),
            context=task.context,
            batch_size=batch_size,
            causal=task.causal,
            seed=seed,
        )


def streamed_examples(task: Generation, source: StreamedTexts, validation_data: Any) -> Examples:
    """The parts of streamed texts that are in memory, encoded; training encodes by itself."""
    held_out = source.held_out
    if validation_data is not None:
        held_out = read_rows(validation_data, task.kind, "validation_data")
    held_out = [text for text in held_out if text]
    encoded = task.encode(held_out) if held_out else []
    return Examples([], encoded, None, task.encode(source.sample[:1000]))


def texts_of(X: Any) -> Any:
    """Texts as they are; in place of paths the texts of small files, or `TextFiles` of large ones.

    Raises:
        FileError: A file cannot be read.
        InputError: A list holds paths and other things, or a path is of no text file.
    """
    found = open_text_files(X)
    return X if found is None else found


def streams(X: Any) -> bool:
    """Whether texts come from large files, or from a loader."""
    return isinstance(X, TextFiles) or is_loader(X)


def validation_texts(data: Any) -> Any:
    """Texts to validate on: of large files and of loaders a part, spread evenly."""
    data = texts_of(data)
    if isinstance(data, TextFiles):
        return _all(data.sample(MOST_HELD_OUT))
    if not is_loader(data):
        return data
    sample: Thinned[str] = Thinned(MOST_HELD_OUT)
    for texts in Loader(data).texts():
        for text in texts:
            sample.add(text, len(text))
    return sample.items


def _all(files: TextFiles) -> list[str]:
    return [text for part in files.parts() for text in part]
