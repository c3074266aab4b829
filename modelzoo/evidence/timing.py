"""What is timed of an architecture: a training update, a prediction, or one new step, of a shape.

Keras is imported when something is timed: advice reads the shapes of what was, and loads nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    from modelzoo.layers import Backbone

WIDTH, DEPTH = 64, 2
LONGEST = 16_384  # steps that an architecture with a limit, or a window, is built for
UPDATE, PREDICTION, STEP = "update", "prediction", "step"


class Timed(NamedTuple):
    """What a figure in milliseconds is the time of.

    Attributes:
        what: ``"update"`` is a training update; ``"prediction"`` one run over whole sequences;
            ``"step"`` one new step of a sequence of so many before, for which an architecture that
            cannot stream runs over all of them again.
        length: Steps T of each sequence.
        rows: Number of sequences.
        width: D.
        depth: Blocks.
    """

    what: str
    length: int
    rows: int = 1
    width: int = WIDTH
    depth: int = DEPTH


def hyperparameters(width: int, depth: int, known: Container[str]) -> dict[str, Any]:
    """What an architecture is built with that knows these; its other parts are its defaults."""
    wanted = {"width": width, "depth": depth, "dropout": 0.0, "max_length": LONGEST}
    return {name: value for name, value in wanted.items() if name in known}


def milliseconds(model: str, timed: Timed, seed: int, times: int) -> float:
    """The least time of some calls, the first left out.

    Args:
        model: The name of an architecture.
        timed: What to time.
        seed: Of the weights and the sequences.
        times: How often.
    """
    import numpy as np

    from modelzoo.estimators.training import quiet_retracing, seeded
    from modelzoo.evidence.learning import least_milliseconds

    rng = np.random.default_rng(seed)
    prepare = prepare_update if timed.what == UPDATE else _run
    with seeded(seed), quiet_retracing():
        return least_milliseconds(prepare(model, timed, rng), times)


def prepare_update(model: str, timed: Timed, rng: np.random.Generator) -> Callable[[], Any]:
    """Builds a network and its optimizer; each call of what is returned trains it once."""
    import numpy as np

    from modelzoo.evidence.learning import Problem, build

    x = rng.standard_normal((timed.rows, timed.length, 4)).astype(np.float32)
    y = x[..., :1]
    problem = Problem(lambda rng, rows: (x, y, y))
    network = build(model, problem, x.shape[1:], width=timed.width, depth=timed.depth)
    network.compile("adam", loss="mse")
    return lambda: network.train_on_batch(x, y)


def _run(model: str, timed: Timed, rng: np.random.Generator) -> Callable[[], Any]:
    import numpy as np
    from keras import ops

    from modelzoo.evidence.learning import backbone
    from modelzoo.layers.compiled import Compiled

    def drawn(*shape: int) -> Any:
        return ops.convert_to_tensor(rng.standard_normal(shape).astype(np.float32))

    network: Backbone = backbone(model, timed.width, timed.depth)
    network.build((None, timed.length, timed.width))
    if timed.what == STEP and network.streaming:
        x = drawn(timed.rows, timed.width)
        state = network.initial_state(timed.rows, timed.length + 1)
        position = ops.convert_to_tensor(timed.length, dtype="int32")
        step = Compiled(lambda x, state, position: network.step(x, state, position)[0], network)
        return lambda: ops.convert_to_numpy(step(x, state, position))
    whole = drawn(timed.rows, timed.length, timed.width)
    call = Compiled(lambda x: network(x, training=False), network)
    return lambda: ops.convert_to_numpy(call(whole))
