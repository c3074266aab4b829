"""Training windows over documents of tokens, for next-token and for masked-token prediction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from modelzoo.data.text import END, MASK, START
from modelzoo.tasks.epochs import EpochBatches

FEWEST_UPDATES = 32  # batches of an epoch at least, however short the text
START_SHARE = 0.05  # of the windows that begin like a document, at least


class TokenWindows(EpochBatches):
    """Batches of windows over the documents, joined with start and end tokens between them.

    Each batch is inputs (B, T) int32, targets (B, T) int32 and weights (B, T) float32. For causal
    backbones the target is the next token; for bidirectional ones it is the token itself, inputs
    are masked at a random rate a row (Sahoo et al., 2024), in half of the rows after a beginning
    left as it is, and the masked positions alone have weight.

    Args:
        documents: Token ids of each document, without special tokens.
        context: T; shorter when there is less text.
        batch_size: B.
        causal: Predict the next token rather than masked ones.
        seed: Windows at random places, other ones each epoch; None goes through the text in order
            and masks the same way each time, to validate.
    """

    def __init__(
        self,
        documents: Sequence[np.ndarray],
        *,
        context: int,
        batch_size: int,
        causal: bool,
        seed: int | None = None,
    ):
        super().__init__(seed)
        pieces = [piece for document in documents for piece in ([START], document, [END])]
        self.stream = np.concatenate(pieces).astype("int32")
        self.causal = causal
        self.length = max(1, min(context, len(self.stream) - causal))
        self.batch_size = batch_size
        natural = min(1.0, len(documents) * self.length / len(self.stream))
        self.start_rate = max(0.0, START_SHARE - natural)  # long documents: starts are too rare

    @property
    def updates(self) -> int:
        """Number of batches in a whole epoch."""
        batches = -(-len(self.stream) // (self.length * self.batch_size))
        return batches if self.seed is None else max(FEWEST_UPDATES, batches)

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inputs, targets and weights."""
        random = self.random(number)
        span = self.length + self.causal  # tokens a window reads: one more where it looks ahead
        if self.seed is None:
            offsets = (number * self.batch_size + np.arange(self.batch_size)) * self.length
        else:
            offsets = random.integers(0, len(self.stream) - span + 1, self.batch_size)
        places = offsets[:, None] + np.arange(span)  # (B, span)
        inside = places < len(self.stream)
        tokens = self.stream[np.minimum(places, len(self.stream) - 1)]
        if self.seed is not None:
            tokens[random.random(self.batch_size) < self.start_rate, 0] = START
        if self.causal:
            targets = tokens[:, 1:]
            weights = inside[:, 1:] & (targets != START)  # no text is followed by a start
            return tokens[:, :-1], targets, weights.astype("float32")
        return self._masked(tokens, inside & (tokens != START), random)

    def _masked(
        self, tokens: np.ndarray, maskable: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows, length = tokens.shape
        rates = masking_rates(rows, random)
        # Every other row keeps its beginning, as when a text is continued block by block.
        kept = random.integers(0, 1 + 3 * length // 4, rows) * (np.arange(rows) % 2)  # (B,)
        hidden = maskable & (np.arange(length) >= kept[:, None])
        inputs, masked = with_masks(tokens, hidden, rates, random)
        return inputs, tokens, masked

    def parts(self) -> Iterator[np.ndarray]:
        """All tokens."""
        yield self.stream


def masking_rates(rows: int, random: np.random.Generator) -> np.ndarray:
    """A masking rate (B,) in (0, 1] for each row: spread evenly, which is less noisy."""
    return 1 - (random.random() + random.permutation(rows) / rows) % 1


def with_masks(
    tokens: np.ndarray, hidden: np.ndarray, rates: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Masks a share of the tokens that may be hidden.

    Args:
        tokens: (B, T).
        hidden: (B, T) bool, where a mask may stand.
        rates: (B,) the share of each row.
        random: Draws which.

    Returns:
        The tokens with masks (B, T) and float32 weights (B, T): 1 at a mask, else 0.
    """
    masked = hidden & (random.random(tokens.shape) < rates[:, None])
    # One weight for all: over the rate it would be a bound, but far noisier to train on.
    return np.where(masked, MASK, tokens).astype("int32"), masked.astype("float32")


def split_documents(
    documents: Sequence[np.ndarray], fraction: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Holds out the end of the text: the last documents, or part of one where that is too coarse.

    Args:
        documents: Token ids of each document.
        fraction: Share of all tokens to hold out, in [0, 1).

    Returns:
        The documents to train on and those to validate on, without overlap. The second list is
        empty for a fraction of 0, or where there is too little text to hold any out.
    """
    documents = [document for document in documents if len(document)]
    ends = np.cumsum([len(document) for document in documents])
    total = int(ends[-1])
    target = total - max(1, round(total * fraction))
    if not fraction or total < 2 or target < 1:
        return documents, []
    cut = int(np.argmin(np.abs(ends[:-1] - target))) if len(documents) > 1 else -1
    held_out = total - int(ends[cut]) if cut >= 0 else 0
    if fraction / 2 <= held_out / total <= fraction * 2:
        return documents[: cut + 1], documents[cut + 1 :]
    index = int(np.searchsorted(ends, target, side="right"))  # the document the cut goes through
    inside = target - (int(ends[index - 1]) if index else 0)
    head, tail = documents[index][:inside], documents[index][inside:]
    train = [*documents[:index], *([head] if len(head) else [])]
    return train, [tail, *documents[index + 1 :]]
