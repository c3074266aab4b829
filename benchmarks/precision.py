"""What `precision="mixed_bfloat16"` gains in training, and what it costs.

`python benchmarks/precision.py` measures on the backend of `KERAS_BACKEND` (TensorFlow by default)
and keeps the record in benchmarks/results/precision.json; `--write` puts all of them into
docs/performance.md. Each model is trained in turn with 32 and with 16 bits, with the same seeds,
and scored on data that it has not seen; the time is that of an update, the median, so that what is
compiled before the first one does not count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bookkeeping
import keras

import modelzoo
from modelzoo.evaluation import evaluate

PATH = bookkeeping.RESULTS / "precision.json"
BEGIN = "<!-- precision: written by benchmarks/precision.py -->"
END = "<!-- end of precision -->"
PRECISIONS = ("float32", "mixed_bfloat16")
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Cell:
    """What is trained on what.

    Attributes:
        task: Its name.
        model: The architecture.
        dataset: A published one.
        said: What else there is to say of it.
        most: Characters of the text that are trained on, and scored; None for all rows.
        options: Of the estimator.
    """

    task: str
    model: str
    dataset: str
    said: str = ""
    most: tuple[int, int] | None = None
    options: dict[str, Any] = field(default_factory=dict)


WIDE = {"hparams": {"width": 256, "depth": 4}, "context": 256, "batch_size": 16, "epochs": 2}
LENGTHS = (100_000, 20_000)
QUICK = {"size": "tiny", "epochs": 2, "batch_size": 8}
CELLS = (
    Cell("generation", "gpt", "tinyshakespeare", "small", LENGTHS, {"size": "small"}),
    Cell("generation", "lstm", "tinyshakespeare", "small", LENGTHS, {"size": "small"}),
    Cell("generation", "gpt", "tinyshakespeare", "4 x 256", LENGTHS, WIDE),
    Cell("classification", "bert", "digits", "small", None, {"size": "small"}),
    Cell("classification", "gru", "digits", "small", None, {"size": "small"}),
)


class Clock(keras.callbacks.Callback):
    """Times updates, from where each begins to where its results are there.

    A callback that looks at the end of batches has Keras wait for them: JAX would else be asked for
    the next ones while it computes.
    """

    def on_train_begin(self, logs: Any = None) -> None:
        self.taken: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._begin = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.taken.append(time.perf_counter() - self._begin)

    @property
    def seconds(self) -> float:
        """Of an update, the median; the first one, which compiles, is left out."""
        return statistics.median(self.taken[1:])


def measure(cell: Cell, quick: bool) -> dict[str, Any]:
    """The score of each seed and the seconds of an update, in both precisions."""
    data = modelzoo.load_dataset(cell.dataset)
    train, test = data.train, data.test
    X, unseen, y = train.X, test.X, (train.y,)
    if cell.most is not None:
        long, short = (2_000, 500) if quick else cell.most
        X, unseen, y = [train.X[0][:long]], [test.X[0][:short]], ()
    told: dict[str, Any] = {each: {"scores": [], "seconds": []} for each in PRECISIONS}
    for seed in SEEDS[: 1 if quick else None]:
        for precision in PRECISIONS:
            clock = Clock()
            model = modelzoo.create(
                cell.model,
                cell.task,
                precision=precision,
                random_state=seed,
                verbose=0,
                **(QUICK if quick else cell.options),
            )
            model.fit(X, *y, callbacks=[clock])
            scores = evaluate(cell.task, model, unseen, *(() if cell.most else (test.y,)))
            name, score = next(iter(scores.items()))
            told["measure"] = name
            told[precision]["scores"].append(score)
            told[precision]["seconds"].append(clock.seconds)
    return {"cell": f"{cell.model}, {cell.said}: {cell.task}, {cell.dataset}", **told}


def page(records: list[dict[str, Any]]) -> str:
    """The table, as Markdown."""
    if not records:
        return "Not measured yet."
    lines = [
        "| | backend | measure | float32 | bfloat16 | an update | with bfloat16 | times |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for record in records:
        for told in record["figures"]:
            scores = [_spread(told[each]["scores"]) for each in PRECISIONS]
            before, after = (statistics.median(told[each]["seconds"]) for each in PRECISIONS)
            lines.append(
                f"| {told['cell']} | {record['backend']} | {told['measure']} "
                f"| {' | '.join(scores)} | {1000 * before:.1f} ms | {1000 * after:.1f} ms "
                f"| {before / after:.2f} |"
            )
    for record in records:
        lines += [
            "",
            f"`KERAS_BACKEND={record['backend']} python benchmarks/precision.py`; "
            f"{len(SEEDS)} seeds; {bookkeeping.in_words(record['made'])}.",
        ]
    return "\n".join(lines)


def _spread(scores: list[float]) -> str:
    return f"{statistics.median(scores):.3f} ({min(scores):.3f} to {max(scores):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write the page; measure nothing")
    parser.add_argument("--quick", action="store_true", help="small, and nothing is kept")
    arguments = parser.parse_args()
    if arguments.write:
        written = page(bookkeeping.load_backends(PATH))
        bookkeeping.put_between(bookkeeping.ROOT / "docs" / "performance.md", BEGIN, END, written)
        return
    made = bookkeeping.circumstances()
    figures = [measure(each, arguments.quick) for each in CELLS]
    found = {"backend": keras.backend.backend(), "figures": figures, "made": made}
    print(page([found]))
    if not arguments.quick:
        bookkeeping.keep_backend(PATH, found)


if __name__ == "__main__":
    main()
