"""Token ids back to text piece by piece, never half a character."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence

from modelzoo.data.tokenizer_learning import SPECIAL_TOKENS, UNKNOWN

REPLACEMENT = "\ufffd"  # what an unknown token looks like in text


def _byte_alphabet() -> dict[str, int]:
    """The byte that each character of a byte-level token stands for (GPT-2, Radford et al., 2019).

    Printable bytes stand for themselves, the others for characters from 256 on.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + index): byte for index, byte in enumerate(others)
    }


_BYTE_OF = _byte_alphabet()


class TextDecoder:
    """Turns the token ids of one text into its pieces, at constant cost a token.

    Args:
        tokens: The token of each id.
        kind: ``"word"``, ``"character"`` or ``"bpe"``.
        after_text: The text follows other text, from which a first word is set apart.
    """

    def __init__(self, tokens: Sequence[str], kind: str, after_text: bool = False):
        self._tokens = tokens
        self._in_bytes = kind == "bpe"
        self._between = " " if kind == "word" else ""
        self._before = self._between if after_text else ""
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, ids: Iterable[int]) -> str:
        """The characters that some more ids complete; special tokens leave no trace."""
        pieces: list[str] = []
        for each in map(int, ids):
            if each == UNKNOWN:
                pieces += [self._before, self.end(), REPLACEMENT]
            elif each < len(SPECIAL_TOKENS):
                continue
            elif self._in_bytes:
                spelled = bytes(_BYTE_OF[character] for character in self._tokens[each])
                pieces.append(self._utf8.decode(spelled))
            else:
                pieces += [self._before, self._tokens[each]]
            self._before = self._between
        return "".join(pieces)

    def end(self) -> str:
        """What an unfinished character at the end shows as: nothing, where there is none."""
        return self._utf8.decode(b"", final=True)
