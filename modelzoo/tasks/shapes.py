"""What the shapes in training series say of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelzoo.data.passing_rows import some_of
from modelzoo.data.random_convolutions import RandomConvolutions
from modelzoo.layers.random_convolutions import SHARES, places
from modelzoo.tasks.batches import pad
from modelzoo.tasks.logistic_regression import logistic_regression

MOST_READ = 1 << 22  # values of series that are learned from
MOST_ROWS = 1 << 14
PENALTY = 0.005  # what a squared score costs, in nats: LogisticRegression(C=100)


def fit_shapes(
    sequences: Sequence[np.ndarray],
    targets: np.ndarray,
    row_weights: np.ndarray | None,
    classes: int,
    longest: int,
) -> tuple[np.ndarray, ...]:
    """Draws random convolutions, and fits logistic regression to what they see.

    Which ones are drawn does not depend on a seed: they are many, and spread evenly.

    Args:
        sequences: N standardized series (T_i, C).
        targets: Classes (N,), or 0 and 1 for each (N, K).
        row_weights: What each row counts (N,), or None for all alike.
        classes: K.
        longest: Steps that the convolutions spread over.

    Returns:
        What :meth:`ConvolutionScores.fill` takes.
    """
    every = max(1, -(-sum(map(np.size, sequences)) // MOST_READ), -(-len(sequences) // MOST_ROWS))
    rows = some_of(len(sequences), every)
    some = [sequences[row] for row in rows]
    known = RandomConvolutions.learn(some, SHARES, np.random.RandomState(0), longest)
    first = places(longest)
    values = pad([row[:first] for row in some], first).reshape(len(some), -1)  # (N, P C)
    kinds = [each for each in (known.shares(some), values) if each.shape[1]]
    X = np.concatenate(kinds, axis=1)
    mean, spread = X.mean(axis=0), X.std(axis=0)
    # Standardized, and each kind as long a vector however many numbers it has.
    sizes = np.repeat([np.sqrt(each.shape[1]) for each in kinds], [each.shape[1] for each in kinds])
    spread = np.where(spread > 1e-6, spread, np.inf) * sizes
    table, bias = logistic_regression(
        ((X - mean) / spread).astype("float32"),
        targets[rows],
        None if row_weights is None else row_weights[rows],
        classes,
        PENALTY,
    )
    table = table / spread[:, None]
    count = len(known.thresholds)
    return known.channels, known.thresholds, table[:count], table[count:], bias - mean @ table
