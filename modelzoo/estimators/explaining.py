"""From a classifier's scores to explanations, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from modelzoo.data.sequences import read_sequences
from modelzoo.data.text import check_texts
from modelzoo.data.token_ids import read_ids_from_zero
from modelzoo.errors import InputError, suggestion
from modelzoo.explanation import Explanation, Explanations, SeriesExplanation, TextExplanation
from modelzoo.tasks.classification import Classification
from modelzoo.tasks.occlusion import Occlusion, hide_steps, hide_tokens, units_of

ROWS_AT_ONCE = 16  # each stands in memory some seventy times, with another part hidden


class _Row(NamedTuple):
    """A row as the network reads it, with what it takes to explain its answer."""

    sequence: np.ndarray
    occlusion: Occlusion
    tell: Callable[..., Explanation]


def explain(
    task: Classification,
    score: Callable[[list[np.ndarray]], np.ndarray],
    X: Any,
    sequences: list[np.ndarray],
    *,
    label: Any = None,
    names: Sequence[str] | None = None,
) -> Explanations:
    """Explains a classifier's answers.

    Args:
        task: The fitted task adapter.
        score: Gives scores (M, K) before the softmax or sigmoids for M encoded sequences.
        X: N rows as the user has them.
        sequences: The same, encoded.
        label: The label to explain, or None for the likeliest of each row.
        names: Names of a series' steps, where they have some.

    Returns:
        N explanations.

    Raises:
        InputError: There is no such label.
    """
    column = None if label is None else _column(task, label)
    explained = Explanations()
    if not sequences:
        return explained
    rows = (
        _series_rows(X, sequences, names)
        if task.kind == "series"
        else _token_rows(task, X, sequences)
    )
    while some := list(islice(rows, ROWS_AT_ONCE)):
        asked = [each for row in some for each in (row.sequence, *row.occlusion.variants)]
        scores = score(asked).astype("float64")
        for row in some:
            own, scores = np.split(scores, [1 + len(row.occlusion.variants)])
            best = int(own[0].argmax()) if column is None else column
            odds = task.log_odds(own, best)  # (1 + M,)
            explained.append(
                row.tell(
                    label=task.labels.classes.tolist()[best],
                    probability=float(task.probabilities(own[:1])[0, best]),
                    contributions=row.occlusion.contributions(odds[0] - odds[1:]),
                )
            )
    return explained


def _token_rows(task: Classification, X: Any, sequences: list[np.ndarray]) -> Iterator[_Row]:
    if task.vocabulary is not None:
        texts = check_texts(X)
        spans: list[Any] = list(task.vocabulary.spans(texts))
    else:  # ids read as words
        words = [[str(each) for each in ids.tolist()] for ids in read_ids_from_zero(X)]
        texts = [" ".join(each) for each in words]
        spans = [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]
    for text, where, sequence in zip(texts, spans, sequences, strict=True):
        kept = sequence[: task.max_tokens]
        units, joined = units_of(where[: len(kept)])
        yield _Row(
            kept, hide_tokens(kept, units), partial(TextExplanation, text=text, spans=joined)
        )


def _series_rows(
    X: Any, sequences: list[np.ndarray], names: Sequence[str] | None
) -> Iterator[_Row]:
    for values, sequence in zip(read_sequences(X), sequences, strict=True):
        steps = range(len(values)) if names is None else [str(name) for name in names]
        occlusion = hide_steps(sequence)
        yield _Row(
            sequence, occlusion, partial(SeriesExplanation, values=values, steps=tuple(steps))
        )


def _column(task: Classification, label: Any) -> int:
    classes = task.labels.classes.tolist()
    if label not in classes:
        raise InputError(
            f"cannot explain {label!r}, which is none of the {len(classes)} classes of the "
            f"training data: {suggestion(label, map(str, classes))}"
        )
    return classes.index(label)
