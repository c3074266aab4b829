"""The members of a bundle, and how large they may be."""

from __future__ import annotations

# Raised when the layout of the file changes, and when the network that a task puts around a
# backbone does: the names, shapes or meaning of its weights.
FORMAT = 3
OLDEST_FORMAT = 2  # that is still read

HEADER, ADAPTER, WEIGHTS, CARD = (
    "bundle.json",
    "adapter.json",
    "weights.safetensors",
    "MODEL_CARD.md",
)
MEMBERS = (HEADER, ADAPTER, WEIGHTS, CARD)

# Bytes at most. The adapter holds vocabularies and the ends of training series.
LARGEST = {HEADER: 16 * 2**20, ADAPTER: 64 * 2**20, CARD: 2**20}
LARGEST_TENSOR_TABLE = 8 * 2**20  # the JSON in front of the weights
# Values and keys of a JSON file at most: of as many, in few bytes, it would take long to learn that
# they are of no use. `bundle.json` has a training's history, four numbers an epoch of 130,000 of
# them; in the table of the weights they are some 20,000 tensors.
MOST_VALUES = {HEADER: 2**19, ADAPTER: 2**18, WEIGHTS: 2**18}
# Of the adapter further ones for each weight: every class and every token has weights of its own.
VALUES_A_WEIGHT = 16
MAX_MEMORY = 16 * 2**30  # bytes that loading may need where the caller does not say
