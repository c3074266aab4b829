"""Text files that `modelzoo fit` learns from without having them in memory."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from modelzoo.cli.applicable import check_options
from modelzoo.cli.problems import Problem
from modelzoo.data.held_out import MOST, SHARE
from modelzoo.data.text_files import WHOLE, TextFiles
from modelzoo.datasets import Split as Part


def open_large_text(arguments: Namespace) -> Problem | None:
    """Parts a large text file in one to learn from and one to score on, without reading the first.

    Args:
        arguments: The parsed arguments, of which `task` and `data` decide.

    Returns:
        The blocks of the file but for the last, and the texts of that one; None for files of
        ``WHOLE`` bytes at most, and for everything else.

    Raises:
        FileError: The file cannot be read, or what was read is no text.
    """
    path = Path(arguments.data)
    large = path.suffix.lower() == ".txt" and path.is_file() and path.stat().st_size > WHOLE
    if arguments.task != "generation" or not large or arguments.text is not None:
        return None
    check_options(arguments, arguments.task, dataset=False)
    training, held_out = TextFiles.open([path]).split(SHARE, most=1)
    return Problem(Part(training), Part(texts_of(held_out)[:MOST]))


def in_memory(part: Part) -> Part:
    """A part as it is or, of a large file, texts of a few megabytes spread evenly over it."""
    return Part(texts_of(part.X.sample())) if isinstance(part.X, TextFiles) else part


def texts_of(files: TextFiles) -> list[str]:
    """All texts of the blocks, in memory."""
    return [text for texts in files.parts() for text in texts]
