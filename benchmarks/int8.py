"""What `Generator.quantize("int8")` gains, and what it costs.

`python benchmarks/int8.py` measures on the backend of `KERAS_BACKEND` (TensorFlow by default) and
keeps the record in benchmarks/results/int8.json; `--write` puts all of them into
docs/performance.md. Models are trained on Shakespeare's plays with the defaults, and their
perplexity on text that they have not seen is told before and after; networks of GPT-2's shape with
random weights take turns with their copies of eight bits at writing.
"""

from __future__ import annotations

import argparse
import copy
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bookkeeping
import keras
from speed.generation import POSITIONS, SIZES, VOCABULARY, network_of
from speed.tokens import SPECIAL

import modelzoo
from modelzoo.estimators.building import build_backbone
from modelzoo.estimators.precision import INT8, building_in
from modelzoo.layers.int8 import quantize_into
from modelzoo.tasks.sampling import Sampling

PATH = bookkeeping.RESULTS / "int8.json"
BEGIN, END = "<!-- int8: written by benchmarks/int8.py -->", "<!-- end of int8 -->"
MODELS = ("gpt", "bert", "lstm", "gru")
SCORED = 20_000  # characters
ROWS = (1, 2, 4, 8)
PARTS = ("quality", "speed")
NOTHING: dict[str, Any] = {"figures": {}}
PROMPT, NEW, ROUNDS = 16, 64, 7


def quality(model: str, quick: bool) -> dict[str, Any]:
    """Perplexity and size of a trained model, before and after."""
    plays = modelzoo.load_dataset("tinyshakespeare")
    options: dict[str, Any] = {"size": "tiny", "epochs": 1} if quick else {}
    generator = modelzoo.create(model, "generation", random_state=0, verbose=0, **options)
    text = plays.train.X[0]
    generator.fit([text[:5_000] if quick else text])
    unseen = plays.test.X[0][: 500 if quick else SCORED]
    told = {}
    for name, each in (("float32", generator), (INT8, copy.deepcopy(generator).quantize(INT8))):
        with tempfile.TemporaryDirectory() as folder:
            size = each.save(Path(folder) / "model.mz").stat().st_size
        told[name] = {"perplexity": each.perplexity(unseen).perplexity, "bundle": size}
    return told


def speed(size: tuple[int, int, int], rows: int, quick: bool) -> dict[str, Any]:
    """Tokens a second of both, the median of some turns, and the bytes of their weights."""
    width, depth, heads = size
    vocabulary = 100 if quick else VOCABULARY
    shape = {"width": width, "depth": depth, "vocabulary": vocabulary}
    hparams = {"heads": heads, "positions": "learned", "max_length": POSITIONS}
    task, network = network_of("gpt", shape, hparams)
    with building_in(INT8):
        sizes = {"width": width, "depth": depth}
        small = task.assemble(build_backbone("gpt", sizes | hparams))
    quantize_into(small, network)
    writers = {"float32": task.writer(network), INT8: task.writer(small)}
    prompts = [list(range(row, row + PROMPT)) for row in range(rows)]
    assert max(map(max, prompts)) < vocabulary - SPECIAL
    seconds: dict[str, list[float]] = {name: [] for name in writers}
    for turn in range(1 + (1 if quick else ROUNDS)):
        for name, writer in writers.items():
            begin = time.perf_counter()
            task.generate(writer, prompts, NEW, Sampling(top_k=50, seed=0))
            if turn:  # the first one compiles
                seconds[name].append(time.perf_counter() - begin)
    return {
        name: {
            "tokens_per_second": rows * NEW / statistics.median(seconds[name]),
            "weights": sum(each.nbytes for each in writers[name].model.get_weights()),
        }
        for name in writers
    }


def measure(parts: Sequence[str], quick: bool) -> dict[str, Any]:
    """Some parts, on this backend, each with what it was measured on."""
    sizes = ((16, 1, 2),) if quick else SIZES
    record: dict[str, Any] = {"backend": keras.backend.backend()}
    for part in parts:
        made = bookkeeping.circumstances()
        if part == "quality":
            figures: Any = {each: quality(each, quick) for each in MODELS[: 1 if quick else None]}
        else:
            figures = [
                {"size": f"{size[1]} x {size[0]}", "rows": rows, **speed(size, rows, quick)}
                for size in sizes
                for rows in ROWS[: 1 if quick else None]
            ]
        record[part] = {"figures": figures, "made": made}
    return record


def page(records: list[dict[str, Any]]) -> str:
    """The tables, as Markdown."""
    lines = [
        "| trained on Shakespeare | backend | perplexity | with int8 | bundle | with int8 |",
        "|---|---|---|---|---|---|",
    ]
    for record in records:
        for model, told in record.get("quality", NOTHING)["figures"].items():
            before, after = told["float32"], told[INT8]
            lines.append(
                f"| `{model}` | {record['backend']} | {before['perplexity']:.3f} "
                f"| {after['perplexity']:.3f} | {before['bundle'] / 1e6:.2f} MB "
                f"| {after['bundle'] / 1e6:.2f} MB |"
            )
    lines += [
        "",
        f"Writing {NEW} tokens after {PROMPT}, vocabulary {VOCABULARY:,}, random weights; the "
        f"median of {ROUNDS} turns:",
        "",
        "| `gpt` | backend | weights | with int8 | texts at once | tokens/s | with int8 | times |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for record in records:
        for told in record.get("speed", NOTHING)["figures"]:
            before, after = told["float32"], told[INT8]
            pace, other = before["tokens_per_second"], after["tokens_per_second"]
            lines.append(
                f"| {told['size']} | {record['backend']} | {before['weights'] / 1e6:.0f} MB "
                f"| {after['weights'] / 1e6:.0f} MB | {told['rows']} | {pace:.0f} | {other:.0f} "
                f"| {other / pace:.2f} |"
            )
    for record in records:
        for part in PARTS:
            if part not in record:
                continue
            lines += [
                "",
                f"`KERAS_BACKEND={record['backend']} python benchmarks/int8.py --only {part}`; "
                f"{bookkeeping.in_words(record[part]['made'])}.",
            ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write the page; measure nothing")
    parser.add_argument("--only", choices=PARTS, help="one part; default: both")
    parser.add_argument("--quick", action="store_true", help="small, and nothing is kept")
    arguments = parser.parse_args()
    if arguments.write:
        written = page(bookkeeping.load_backends(PATH))
        bookkeeping.put_between(bookkeeping.ROOT / "docs" / "performance.md", BEGIN, END, written)
        return
    found = measure([arguments.only] if arguments.only else PARTS, arguments.quick)
    print(page([found]))
    if not arguments.quick:
        bookkeeping.keep_backend(PATH, found)


if __name__ == "__main__":
    main()
