"""Text to token ids and back: a vocabulary learned from the texts themselves.

Three kinds: `character` (exact, small), `bpe` (bytes merged into frequent pieces: exact, any
script, no unknown characters) and `word` (compact, for classification; spacing is not kept).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from tokenizers import Tokenizer

from modelzoo.data.interchange import as_pandas
from modelzoo.data.text_decoding import TextDecoder
from modelzoo.data.tokenizer_learning import (
    BYTES,
    END,
    LEARNERS,
    MASK,
    PAD,
    SEPARATOR,
    SPECIAL_TOKENS,
    START,
    UNKNOWN,
)
from modelzoo.errors import InputError, UnknownNameError

__all__ = [
    "END",
    "MASK",
    "PAD",
    "SEPARATOR",
    "SPECIAL_TOKENS",
    "START",
    "UNKNOWN",
    "Vocabulary",
    "check_texts",
    "choose_kind",
]

Purpose = Literal["generation", "classification"]

_KINDS = tuple(LEARNERS)
_AT_ONCE = 1024  # texts encoded together: of more, the tokens no longer fit the cache
_MOST_TOKENS = 20_000  # words or characters
_FEWEST_PIECES, _MOST_PIECES = 512, 4_096  # of BPE, in between one for so many characters:
_CHARACTERS_A_PIECE = 500
_SMALL_CORPUS = 100_000  # characters; below it too few examples of each piece for BPE


class Vocabulary:
    """A reversible map between texts and token ids; build it with `learn` or `from_json`.

    The first six ids never change: 0 padding, 1 unknown, 2 start, 3 end, 4 mask, 5 separator. Text
    that happens to spell one of their names is ordinary text.

    Attributes:
        kind: ``"word"``, ``"character"`` or ``"bpe"``.
        tokens: The token of each id.
    """

    def __init__(self, tokenizer: Tokenizer, kind: str):
        self._tokenizer = tokenizer
        self.kind = kind
        ids = tokenizer.get_vocab(with_added_tokens=False)
        self.tokens = tuple(sorted(ids, key=ids.__getitem__))
        if tuple(ids.get(token) for token in SPECIAL_TOKENS) != tuple(range(len(SPECIAL_TOKENS))):
            raise InputError("the vocabulary does not have the special tokens at ids 0 to 5")
        if sorted(ids.values()) != list(range(len(ids))):
            raise InputError("the ids of the vocabulary have gaps")

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        kind: str = "auto",
        *,
        size: int | None = None,
        lowercase: bool = False,
        minimum_frequency: int | None = None,
        purpose: Purpose = "generation",
    ) -> Vocabulary:
        """Learns a vocabulary from texts.

        Args:
            texts: The texts, at least one of them not empty.
            kind: ``"word"``, ``"character"``, ``"bpe"`` or ``"auto"``: for generation characters
                below 100,000 characters of text and BPE above; for classification words, or
                characters where words are not set apart (scripts without spaces, codes) or most
                texts are a single one (names), which new texts seldom share.
            size: Most tokens to keep, the six special ones included. Default: 20,000 words or
                characters; for BPE one piece for 500 characters of text, 512 to 4,096.
            lowercase: Whether case is dropped; decoding then returns lower case.
            minimum_frequency: How often a token must occur. Default: 1, for words 2 from a
                thousand texts on.
            purpose: What ``"auto"`` chooses for: ``"generation"`` or ``"classification"``.

        Returns:
            The vocabulary.

        Raises:
            InputError: For anything but a list of valid strings, or a size too small.
            UnknownNameError: There is no such kind of tokenizer.

        >>> vocabulary = Vocabulary.learn(["banana"], "character")
        >>> len(vocabulary), vocabulary.decode(vocabulary.encode(["nab"])[0])
        (9, 'nab')
        """
        texts = check_texts(texts)
        if not any(texts):
            raise InputError(f"all {len(texts)} texts are empty: there is nothing to learn from")
        chosen = choose_kind(texts, purpose) if kind == "auto" else kind
        if chosen not in _KINDS:
            raise UnknownNameError("tokenizer", kind, (*_KINDS, "auto"))
        size = _check_size(_default_size(texts, chosen) if size is None else size, chosen)
        if minimum_frequency is None:
            minimum_frequency = 2 if chosen == "word" and len(texts) >= 1000 else 1
        learned = cls(LEARNERS[chosen](texts, size, lowercase, minimum_frequency), chosen)
        if len(learned) == len(SPECIAL_TOKENS):
            raise InputError(f"no {chosen} occurs in the texts: there is nothing to learn from")
        return learned

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        return f"Vocabulary(kind={self.kind!r}, size={len(self)})"

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Turns each text into its token ids, without start or end.

        Args:
            texts: A list of strings; empty ones give no ids.

        Returns:
            One int32 array a text.
        """
        texts = list(check_texts(texts))
        ids: list[np.ndarray] = []
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            encodings = self._tokenizer.encode_batch_fast(some, add_special_tokens=False)
            ids += [np.array(each.ids, dtype="int32") for each in encodings]
        return ids

    def spans(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Tells where in a text each token stands that :meth:`encode` makes of it.

        Args:
            texts: A list of strings.

        Returns:
            One int array (T, 2) a text: the first character of each token, and the first behind it.
            Tokens that are parts of one character, as bytes may be, have the same span.

        >>> vocabulary = Vocabulary.learn(["so good"], "word", lowercase=True)
        >>> vocabulary.spans(["SO  good"])[0].tolist()
        [[0, 2], [4, 8]]
        """
        encodings = self._tokenizer.encode_batch(check_texts(texts), add_special_tokens=False)
        return [np.array(each.offsets, dtype=int).reshape(-1, 2) for each in encodings]

    def decode(self, ids: Iterable[int]) -> str:
        r"""Turns token ids back into text.

        Characters and BPE give the exact text back, words are joined by spaces. Special tokens
        leave no trace, but that unknown ones show as ``"\ufffd"``.

        Args:
            ids: Token ids of one text, each in 0 ... `len(self)` - 1.

        Returns:
            The text.
        """
        decoder = self.decoder()
        return decoder.add(self.validate_ids(ids)) + decoder.end()

    def decoder(self, after_text: bool = False) -> TextDecoder:
        """What turns token ids into text piece by piece, as they come.

        Args:
            after_text: The text follows other text, from which a first word is set apart.
        """
        return TextDecoder(self.tokens, self.kind, after_text)

    def validate_ids(self, ids: Any, row: int | None = None) -> np.ndarray:
        """Checks that ids are whole numbers of this vocabulary.

        Args:
            ids: Token ids of one text, a sequence or array of shape `(T,)`.
            row: Which text it is, for the error message.

        Returns:
            The ids as an int32 array.

        Raises:
            InputError: If an id is not a whole number or out of range.
        """
        where = "" if row is None else f" in row {row}"
        numbers = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids))
        if numbers.size == 0:
            return np.zeros(0, dtype="int32")
        if numbers.ndim != 1 or not np.issubdtype(numbers.dtype, np.integer):
            raise InputError(
                f"token ids{where} must be whole numbers of shape (T,), "
                f"got {numbers.dtype} of shape {numbers.shape}"
            )
        outside = numbers[(numbers < 0) | (numbers >= len(self))]
        if outside.size:
            raise InputError(
                f"token id {outside[0]}{where} is outside the vocabulary: "
                f"ids go from 0 to {len(self) - 1}"
            )
        return numbers.astype("int32")

    def to_json(self) -> dict[str, Any]:
        """Returns the vocabulary as plain JSON values, read back by `from_json`."""
        return {"kind": self.kind, "tokenizer": json.loads(self._tokenizer.to_str())}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Vocabulary:
        """Builds the vocabulary that `to_json` wrote.

        Args:
            state: What `to_json` returned.

        Returns:
            An equal vocabulary.

        Raises:
            InputError: If `state` is not such a value.
        """
        if not isinstance(state, Mapping) or state.get("kind") not in _KINDS:
            raise InputError(f"not a saved vocabulary: its kind must be one of {', '.join(_KINDS)}")
        try:
            tokenizer = Tokenizer.from_str(json.dumps(state["tokenizer"]))
        except Exception as error:  # the tokenizers library raises bare exceptions
            raise InputError(f"not a saved vocabulary: {error}") from error
        return cls(tokenizer, state["kind"])


def check_texts(texts: Any, name: str = "X") -> list[str]:
    """Checks that an argument is a list of usable strings.

    Args:
        texts: A list, tuple, array or Series of strings, or a table of one column.
        name: What the argument is called, for the error message.

    Returns:
        The texts as a list.

    Raises:
        InputError: For a single string, a table of several columns, nothing at all, or a row that
            is not a valid string.

    >>> check_texts(("a", "b"))
    ['a', 'b']
    """
    if isinstance(texts, str):
        raise InputError(f"{name} must be a list of texts, got one string: use [text]")
    texts = as_pandas(texts)
    if texts is None or isinstance(texts, (bytes, Mapping)) or not hasattr(texts, "__iter__"):
        raise InputError(f"{name} must be a list of texts, got {type(texts).__name__}")
    rows = list(one_column(texts, name))
    if not rows:
        raise InputError(f"{name} is empty: at least one text is needed")
    for index, text in enumerate(rows):
        if not isinstance(text, str):
            hint = ""
            if isinstance(text, list | tuple):  # turns of a dialogue, most often
                hint = ": join its parts into one string"
            elif isinstance(text, bytes):
                hint = ": decode it first, as text.decode('utf-8') does"
            elif pd.api.types.is_scalar(text) and pd.isna(text):
                hint = ": drop the row, or put an empty text in its place"
            raise InputError(
                f"{name} must be a list of texts, but row {index} is "
                f"{'None' if text is None else f'{text!r:.40} ({type(text).__name__})'}{hint}"
            )
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InputError(
                f"row {index} of {name} has a lone surrogate at character {error.start}, which is "
                "not valid text: decode the source with errors='replace'"
            ) from None
    return [str(text) for text in rows]  # numpy strings become plain ones


def one_column(texts: Any, name: str = "X") -> Any:
    """The column of a table that has one only; everything else as it is.

    Raises:
        InputError: A table of several columns, or an array without rows.

    >>> one_column(np.array([["a"], ["b"]])).tolist()
    ['a', 'b']
    """
    texts = as_pandas(texts)
    columns = list(getattr(texts, "columns", ()))
    array = texts.to_numpy() if hasattr(texts, "to_numpy") else texts
    if not isinstance(array, np.ndarray) or array.ndim == 1:
        return array
    if array.ndim != 2 or array.shape[1] != 1:
        told = f" with the columns {', '.join(map(repr, columns))}" if columns else ""
        raise InputError(
            f"{name} must be one column of texts, got a table of shape {array.shape}{told}: "
            "choose one column"
        )
    return array[:, 0]


def choose_kind(texts: Sequence[str], purpose: Purpose = "generation") -> str:
    """Chooses the kind of vocabulary for some texts: what ``kind="auto"`` means.

    Args:
        texts: The texts.
        purpose: ``"generation"`` (the text must come back exactly) or ``"classification"``.

    Returns:
        ``"word"``, ``"character"`` or ``"bpe"``.

    >>> choose_kind(["a short text"])
    'character'
    """
    if purpose == "generation":
        return "character" if sum(map(len, texts)) < _SMALL_CORPUS else "bpe"
    split = [text.split() for text in texts]
    words = Counter(word for each in split for word in each)
    total = sum(words.values())
    characters = sum(len(word) * count for word, count in words.items())
    without_spaces = total > 0 and characters / total > 20  # mean word length; English has 5
    single_words = total < 1.5 * sum(map(bool, split))  # most often: names, say
    return "character" if without_spaces or single_words else "word"


def _default_size(texts: Sequence[str], kind: str) -> int:
    if kind != "bpe":
        return _MOST_TOKENS
    pieces = sum(map(len, texts)) // _CHARACTERS_A_PIECE
    return max(_FEWEST_PIECES, min(_MOST_PIECES, pieces))


def _check_size(size: int, kind: str) -> int:
    smallest = len(SPECIAL_TOKENS) + (BYTES if kind == "bpe" else 1)
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < smallest:
        raise InputError(
            f"a {kind} vocabulary needs a size of at least {smallest} "
            f"(with {len(SPECIAL_TOKENS)} special tokens), got {size!r}"
        )
    return int(size)
