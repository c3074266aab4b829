"""Texts of a plain text file, in which a blank line ends a text."""

from __future__ import annotations


def documents_of(text: str) -> list[str]:
    r"""Parts a text at its blank lines.

    >>> documents_of("one\ntwo\n\n\nthree\n")
    ['one\ntwo', 'three']
    """
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return [block.strip("\n") for block in blocks if block.strip()]
