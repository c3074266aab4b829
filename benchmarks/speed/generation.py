"""Writing text with cached states: tokens a second, the first call, and the 10,000th token."""

from __future__ import annotations

from typing import Any

import numpy as np

from speed.contest import Case, Contestant, Goal, Part, Ticks, for_ever
from speed.tokens import SPECIAL

BACKENDS = ("tensorflow", "jax")
VOCABULARY = 50_257  # GPT-2's
POSITIONS = 1024
PROMPT = 16  # tokens
TOP_K = 50
SIZES = ((256, 4, 4), (768, 12, 12))  # width, depth, heads
ROWS = (1, 8)
NEW = 64  # tokens
STREAMING = ("lstm", "gru")
CHUNK = 64  # tokens between two ticks
EARLY, LATE = 100, 10_000  # tokens
EARLY_END = 10 * CHUNK  # where a text ends, and another one begins
LATE_END = 1_000_000


def cases(quick: bool) -> list[Case]:
    """GPT-2 shapes, for one text and for several at once."""
    sizes = ((16, 1, 2),) if quick else SIZES
    return [_case(size, rows, quick) for size in sizes for rows in ((2,) if quick else ROWS)]


def first_cases(quick: bool) -> list[Case]:
    """The smaller shape."""
    return [_case((16, 1, 2) if quick else SIZES[0], 1, quick, hugging_face=False)]


def _case(size: tuple[int, int, int], rows: int, quick: bool, hugging_face: bool = True) -> Case:
    who = [
        *(Contestant(f"modelzoo, {on}", ours, "modelzoo", on, ours=True) for on in BACKENDS),
        *(Contestant(f"keras_hub, {on}", keras_hub, "keras_hub", on) for on in BACKENDS),
    ]
    if hugging_face:
        who.append(Contestant("transformers", transformers, "transformers"))
    return case_of(size, rows, tuple(who), quick)


def case_of(
    size: tuple[int, int, int],
    rows: int,
    who: tuple[Contestant, ...],
    quick: bool,
    new: int = NEW,
) -> Case:
    """A width, a depth and a number of heads, texts at once, and new tokens of each."""
    width, depth, heads = size
    shape = {
        "width": width,
        "depth": depth,
        "heads": heads,
        "rows": rows,
        "new": 4 if quick else new,
        "vocabulary": 100 if quick else VOCABULARY,
    }
    texts = f"{rows} texts" if rows > 1 else "1 text"
    return Case(
        "gpt",
        f"{depth} x {width}, {texts}",
        who,
        shape,
        amount=rows * shape["new"],
        unequal=shape["vocabulary"],  # ours has a bias of each token
    )


def prompts(case: Case) -> np.ndarray:
    """Random prompts (B, PROMPT)."""
    size = (case.shape["rows"], PROMPT)
    return np.random.default_rng(0).integers(SPECIAL, case.shape["vocabulary"], size, "int32")


def ours(case: Case, ticks: Ticks, precision: str = "float32") -> None:
    """`Generation.generate`, which `Generator.generate` calls."""
    from modelzoo.tasks.sampling import Sampling

    shape = case.shape
    hparams = {"heads": shape["heads"], "positions": "learned", "max_length": POSITIONS}
    task, writer = writer_of("gpt", shape, hparams, ticks, precision)
    texts = [(row - SPECIAL).tolist() for row in prompts(case)]
    sampling = Sampling(top_k=TOP_K, seed=0)
    for_ever(ticks, lambda: task.generate(writer, texts, shape["new"], sampling))


def writer_of(
    model: str, shape: Any, hparams: dict[str, Any], ticks: Ticks, precision: str = "float32"
) -> tuple[Any, Any]:
    """A task and what writes with a network of random weights that never ends a text."""
    task, network = network_of(model, shape, hparams, precision)
    ticks.parameters = network.count_params()
    return task, task.writer(network)


def network_of(
    model: str, shape: Any, hparams: dict[str, Any], precision: str = "float32"
) -> tuple[Any, Any]:
    """A task and a network of random weights that never ends a text."""
    from modelzoo.data.text import END
    from modelzoo.data.token_ids import TokenIds
    from modelzoo.estimators.building import build_backbone
    from modelzoo.estimators.precision import building_in
    from modelzoo.estimators.training import seeded
    from modelzoo.tasks.generation import Generation

    task = Generation(TokenIds(range(shape["vocabulary"] - SPECIAL)), POSITIONS)
    sizes = {"width": shape["width"], "depth": shape["depth"]}
    with seeded(0), building_in(precision):
        network = task.assemble(build_backbone(model, sizes | hparams))
    bias = network.get_layer("tokens").bias
    bias.assign(np.where(np.arange(shape["vocabulary"]) == END, -1e9, 0.0))
    return task, network


def keras_hub(case: Case, ticks: Ticks) -> None:
    """`GPT2CausalLM.generate`."""
    import keras_hub

    shape = case.shape
    model = keras_hub.models.GPT2CausalLM(
        backbone=keras_hub.models.GPT2Backbone(
            vocabulary_size=shape["vocabulary"],
            num_layers=shape["depth"],
            num_heads=shape["heads"],
            hidden_dim=shape["width"],
            intermediate_dim=4 * shape["width"],
            max_sequence_length=POSITIONS,
            dropout=0.0,
        ),
        preprocessor=None,
    )
    model.compile(sampler=keras_hub.samplers.TopKSampler(k=TOP_K, seed=0))
    ticks.parameters = model.count_params()
    ids = prompts(case)
    # All steps stand in the input, those to be written without a mark.
    length = PROMPT + shape["new"]
    inputs = {
        "token_ids": np.pad(ids, ((0, 0), (0, shape["new"]))),
        "padding_mask": np.broadcast_to(np.arange(length) < PROMPT, (len(ids), length)),
    }
    for_ever(ticks, lambda: model.generate(inputs, stop_token_ids=None))


def transformers(case: Case, ticks: Ticks) -> None:
    """`GPT2LMHeadModel.generate`, with its cache."""
    from speed.peers import hugging_face

    hugging_face.generate(case, ticks)


def long_cases(quick: bool) -> list[Case]:
    """Recurrent architectures, early and late in a long text."""
    shape = {"width": 8 if quick else 128, "depth": 2, "vocabulary": 96}
    late = 3 * CHUNK if quick else LATE
    who = tuple(
        Contestant(f"{name}, {on}", work, "modelzoo", on, ours=is_ours)
        for name, work, is_ours in (
            (f"from token {late:,}", late_tokens, True),
            (f"from token {EARLY:,}", early_tokens, False),
        )
        for on in BACKENDS
    )
    size = f"2 x {shape['width']}, 1 text"
    return [Case(model, size, who, shape | {"late": late}, amount=1) for model in STREAMING]


def early_tokens(case: Case, ticks: Ticks) -> None:
    """From the hundredth token on, text after text."""
    _continue(case, ticks, EARLY, EARLY_END)


def late_tokens(case: Case, ticks: Ticks) -> None:
    """From the ten-thousandth token on."""
    _continue(case, ticks, case.shape["late"], LATE_END)


def _continue(case: Case, ticks: Ticks, begin: int, end: int) -> None:
    from modelzoo.tasks.sampling import Sampling

    _, writer = writer_of(case.model, case.shape, {}, ticks)
    prompt = [np.array([SPECIAL], "int32")]
    while True:
        with ticks.paused():
            pieces = writer.stream(prompt, end, Sampling(seed=0))
            written = 0
            while written < begin:
                written += len(next(pieces)[0])
        ticks(0)  # the first call begins, whatever it counts
        for (tokens,) in pieces:
            ticks(len(tokens))


_SAMPLING = f"drawn among the {TOP_K} likeliest, random weights, float32"
PART = Part(
    title="Generation",
    about=(
        f"Tokens a second of a whole call: a prompt of {PROMPT} tokens, {NEW} new ones, a "
        f"vocabulary of {VOCABULARY:,}, {_SAMPLING}; GPT-2's architecture throughout, to which "
        "ours adds a bias of each token."
    ),
    unit="tokens/s",
    cases=cases,
    goals={"transformers": Goal(at_least=2.0), "keras_hub": Goal(at_least=1.3)},
    warm_up=1,
    rounds=6,
)
FIRST = Part(
    title="The first call of generation",
    about=(
        "The same call as above, the first one of a process whose network is built: it compiles. "
        "Each turn takes a new process."
    ),
    unit="s",
    cases=first_cases,
    goals={"keras_hub": Goal(at_most=0.5)},
    fresh=True,
    rounds=3,
)
LONG = Part(
    title="The ten-thousandth token",
    about=(
        "Recurrent architectures in the middle of a text, seconds a token; memory is that of the "
        "whole process."
    ),
    unit="tokens/s",
    cases=long_cases,
    goals={"modelzoo": Goal(at_most=1.1)},
    warm_up=1,
)
