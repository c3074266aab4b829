"""Training and writing on a GPU, and the share of what it can do: on JAX, beside PyTorch.

It takes no TensorFlow: `pip install 'jax[cuda12]' torch transformers`, then Keras and what else
modelzoo depends on, and modelzoo itself from the checkout. `--quick` does the same at tiny shapes
on what there is, be it the processor.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from modelzoo import registry
from speed import generation, training
from speed.comparisons import comparisons, spread
from speed.contest import Case, Contestant, Part, Ticks
from speed.devices import CPU, GPU, gpu_at_hand
from speed.page import amount

COMMAND = "KERAS_BACKEND=jax python benchmarks/performance.py --only gpu_training gpu_generation"
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}  # a precision, and ours for it
WEIGHT_BYTES = {"float32": 4, "bfloat16": 2}
# Batch, length, width, depth, heads, vocabulary: GPT-2's, BERT's, and one of subwords, for with a
# larger one next to all of the time of an LSTM would be that of reading out.
SHAPES = {
    "gpt": (32, 512, 768, 12, 12, 50_257),
    "bert": (32, 512, 768, 12, 12, 30_522),
    "lstm": (64, 512, 512, 1, 1, 8_192),
}
TINY = (2, 8, 8, 1, 2, 96)
UPDATES = 100  # of an epoch, about
SIZE = (768, 12, 12)  # of GPT-2: width, depth, heads
ROWS = (1, 8, 64)
NEW = 256  # tokens
PRODUCT, COPY = "matrix product", "copy"  # the cases that tell the peaks
SIDE = 8192  # of square matrices
COPIED = 2**30  # bytes


def training_cases(quick: bool) -> list[Case]:
    """The product that tells the peak, and each architecture, in each precision."""
    device, side = device_of(quick), 64 if quick else SIDE
    found = [
        Case(
            PRODUCT,
            f"{side} x {side}",
            (Contestant("torch", partial(product, device), "torch", device=device),),
            {"size": side},
            amount=2 * side**3 / 1e12,
            unit="TFLOP/s",
        )
    ]
    for model, shape in SHAPES.items():
        *sizes, heads, vocabulary = TINY if quick else shape
        who = (
            Contestant("modelzoo, jax", train, "modelzoo", "jax", ours=True, device=device),
            Contestant("torch", partial(pytorch, device), "torch", device=device),
        )
        tokens = UPDATES * sizes[0] * sizes[1]
        options = {"heads": heads, "vocabulary": vocabulary, "tokens": tokens}
        found.append(training.case_of(model, *sizes, who, **options))
    return in_each_precision(found)


def generation_cases(quick: bool) -> list[Case]:
    """The copy that tells the peak, and one text or several, in each precision."""
    device, copied = device_of(quick), 2**12 if quick else COPIED
    who = (
        Contestant("modelzoo, jax", write, "modelzoo", "jax", ours=True, device=device),
        Contestant("transformers", partial(transformers, device), "transformers", device=device),
    )
    found = [
        Case(
            COPY,
            f"{copied:,} bytes",
            (Contestant("torch", partial(copy, device), "torch", device=device),),
            {"bytes": copied},
            amount=2 * copied / 1e9,  # read and written
            unit="GB/s",
        )
    ]
    size, rows = ((16, 1, 2), (2,)) if quick else (SIZE, ROWS)
    found += [generation.case_of(size, each, who, quick, NEW) for each in rows]
    return in_each_precision(found)


def device_of(quick: bool) -> str:
    """Where it is measured, and where it is tried."""
    return CPU if quick and not gpu_at_hand() else GPU


def in_each_precision(cases: Sequence[Case]) -> list[Case]:
    """Each case once in each precision, which ends its size."""
    return [
        replace(each, size=f"{each.size}, {name}", shape={**each.shape, "precision": name})
        for each in cases
        for name in POLICIES
    ]


def train(case: Case, ticks: Ticks) -> None:
    """`Generator.fit`, with the precision that users would name."""
    training.ours(case, ticks, POLICIES[case.shape["precision"]])


def write(case: Case, ticks: Ticks) -> None:
    """`Generation.generate`, of a network built in that precision."""
    generation.ours(case, ticks, POLICIES[case.shape["precision"]])


def pytorch(device: str, case: Case, ticks: Ticks) -> None:
    """The equal network in plain PyTorch, mixed precision being autocast's."""
    from speed.peers import pytorch

    pytorch.train(case, ticks, device, case.shape["precision"])


def transformers(device: str, case: Case, ticks: Ticks) -> None:
    """`GPT2LMHeadModel.generate`, with weights of the precision."""
    from speed.peers import hugging_face

    hugging_face.generate(case, ticks, device, case.shape["precision"])


def product(device: str, case: Case, ticks: Ticks) -> None:
    """PyTorch's, of large matrices."""
    from speed.peers import pytorch

    pytorch.multiply(case, ticks, device)


def copy(device: str, case: Case, ticks: Ticks) -> None:
    """PyTorch's, of a large tensor."""
    from speed.peers import pytorch

    pytorch.copy(case, ticks, device)


def update_tflop(case: Case, told: Mapping[str, Any]) -> float:
    """Operations of a training update, in 10^12: those of the forward pass, and twice as many back.

    By the cost formula of the card, and two for each weight that a token is read out with.

    Args:
        case: Of training.
        told: Of a contestant; the networks of all are equal.
    """
    shape = case.shape
    cost = registry.describe(case.model).cost(
        length=shape["length"], batch_size=shape["batch"], **training.hparams_of(case)
    )
    forward = cost.flops_per_token + 2 * shape["vocabulary"] * shape["width"]
    return 3 * forward * shape["batch"] * shape["length"] / 1e12


def read_gigabytes(case: Case, told: Mapping[str, Any]) -> float:
    """The weights that a call reads, in 10^9 bytes: all of them once for each new token of a batch.

    Args:
        case: Of generation.
        told: Of a contestant, with its parameters.
    """
    weights = told["parameters"] * WEIGHT_BYTES[case.shape["precision"]]
    return weights * case.shape["new"] / 1e9


def table(
    part: Part,
    unit: str,
    work: Callable[[Case, Mapping[str, Any]], float],
    records: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Lines of the page: a row a contestant.

    Args:
        part: Whose records these are.
        unit: Of what the GPU does, a second, such as ``"GB/s"``.
        work: How much of it a contestant does in a unit of its work.
        records: The latest of each case.
    """
    cases = {(each.model, each.size): each for each in part.cases(False)}
    found = [
        (record, cases[key])
        for record in records
        if (key := (record["model"], record["size"])) in cases
    ]
    peaks = {  # of a machine and a precision: the fastest turn, as nothing does more than it can
        (record["machine"], case.shape["precision"]): record["amount"] / min(told["seconds"])
        for record, case in found
        for told in record["contestants"]
        if case.unit and told["seconds"]
    }
    lines = [
        f"| | | precision | | {part.unit} | {unit} | of the peak | times as fast as the peer |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for record, case in found:
        precision = case.shape["precision"]
        ratios = {each.ours["name"]: each.figures for each in comparisons(part, case, record)}
        for told in record["contestants"]:
            if not told["seconds"]:
                continue
            seconds = statistics.median(told["seconds"])
            done = record["amount"] if case.unit else work(case, told)
            peak = peaks.get((record["machine"], precision))
            share = "" if peak is None else f"{done / seconds / peak:.1%}"
            cells = [
                record["model"],
                record["size"].removesuffix(f", {precision}"),
                precision,
                told["name"],
                amount("ms" if case.unit else part.unit, seconds, record["amount"]),
                amount(unit, seconds, done),
                share,
                ratio(ratios.get(told["name"])),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def ratio(figures: Sequence[float] | None) -> str:
    """The median of some rounds, and the middle half of them.

    >>> ratio([1.0, 2.0, 3.0, 4.0, 5.0]), ratio(None)
    ('3.00 (2.00 to 4.00)', '')
    """
    if not figures:
        return ""
    low, high = spread(figures)
    return f"{statistics.median(figures):.2f} ({low:.2f} to {high:.2f})"


UNMEASURED = f"Not measured: no GPU was at hand. Where there is one: `{COMMAND}`."
TRAINING = Part(
    title="Training on a GPU",
    about=(
        "An update as above, of networks that keep a large GPU busy, ours on JAX, PyTorch without "
        "`torch.compile`; its batches lie on the GPU, while ours draws each and sends it there. "
        'float32 is `Generator(precision="float32")` and '
        '`torch.set_float32_matmul_precision("high")`: products may be in TF32 in both, which is '
        'JAX\'s default on such GPUs. bfloat16 is `Generator(precision="mixed_bfloat16")` and '
        "`torch.autocast`: weights stay float32 in both; PyTorch's LSTM then computes in float16, "
        "as autocast has nothing else for cuDNN's. Operations are three times those of the "
        "forward pass by the card's formula, which counts causal attention in full, with those of "
        "reading out; the peak is the fastest turn of a product of two large matrices in the same "
        "precision, measured on the same machine."
    ),
    unit="ms",
    cases=training_cases,
    table=lambda records: table(TRAINING, "TFLOP/s", update_tflop, records),
    rounds=6,
    seconds=1.0,
    unmeasured=UNMEASURED,
)
GENERATION = Part(
    title="Generation on a GPU",
    about=(
        f"A whole call as above, with {NEW} new tokens, ours on JAX. float32 as in training; "
        "bfloat16 is ours built with the policy `mixed_bfloat16`, whose weights stay float32, and "
        "Hugging Face's with weights of bfloat16. Bytes are those of all weights, 4 or 2 each by "
        "the precision whatever they are kept in, once for each new token of a batch; what reading "
        "prompts, keys and values takes is not counted. The peak is the fastest turn of copying a "
        "large tensor, bytes read and written, measured on the same machine."
    ),
    unit="tokens/s",
    cases=generation_cases,
    table=lambda records: table(GENERATION, "GB/s", read_gigabytes, records),
    warm_up=1,
    rounds=6,
    seconds=1.0,
    unmeasured=UNMEASURED,
)
