"""Every architecture on every task, with no hyper-parameter given, beside the baselines.

Run it with `python benchmarks/cells.py`; `--write` also puts the figures into
benchmarks/results/cells.json and the table into README.md. Tasks can be measured one at a time with
`--task`: the results keep what was measured of the others. Architectures and datasets come from the
registry and the catalogue: a plugin that is installed gets its cells too.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bookkeeping

import modelzoo
from modelzoo.baselines import baselines_for
from modelzoo.evaluation import MEASURES, beats, score_text
from modelzoo.tasks.classification import UPDATES

RESULTS = bookkeeping.RESULTS / "cells.json"
DATASETS = {"classification": "docstrings", "forecasting": "elnino", "generation": "pydoc_topics"}
BEGIN, END = "<!-- cells: written by benchmarks/cells.py -->", "<!-- end of cells -->"


def settings(task: str) -> dict[str, Any]:
    """The defaults that a task's cells are trained with: figures hold as long as these do."""
    estimator = modelzoo.create(modelzoo.list_models()[0], task=task)
    defaults = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in estimator.get_params().items()
        if name not in ("model", "size", "hparams", "random_state", "verbose")
    }
    updates = estimator._task.updates
    # Of a classifier they grow with the number of classes, which the dataset settles.
    return defaults | {"updates": UPDATES if isinstance(updates, property) else updates}


def run_task(task: str, models: list[str], seed: int) -> list[dict[str, Any]]:
    """Fits the baselines and every model on a task's dataset; one row each."""
    data = modelzoo.load_dataset(DATASETS[task])
    parameters: dict[str, Any] = {}
    if task == "forecasting":
        parameters = {"horizon": data.horizon, "season_length": data.season_length}
    found = modelzoo.compare(
        task, data.train, data.test, models, random_state=seed, verbose=1, **parameters
    )
    if found.interrupted:
        raise KeyboardInterrupt
    order = [*(name for name, _ in baselines_for(task, data.train.X)), *models]
    rows = []
    for row in sorted(found.rows, key=lambda row: order.index(row.name)):  # not by score
        if row.error is not None:
            raise row.error
        rows.append(
            {
                "task": task,
                "dataset": data.name,
                "model": row.name,
                "baseline": row.baseline,
                "score": row.score,
                "parameters": row.parameters,
                "seconds": row.seconds,
                "bound": row.bound,
            }
        )
    return rows


def table(report: dict[str, Any]) -> str:
    """The Markdown table: a row a model, a column a task."""
    rows = report["rows"]
    runs = report["runs"]
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    header = [f"{task}: `{DATASETS[task]}`, {MEASURES[task][0]}" for task in tasks]
    naive = {
        task: next(row for row in rows if row["task"] == task and row["baseline"]) for task in tasks
    }
    lines = [f"| | {' | '.join(header)} |", "|---|" + "---|" * len(tasks)]
    for task in tasks:
        for row in (row for row in rows if row["task"] == task and row["baseline"]):
            cells = [
                score_text(row["score"], row["bound"]) if each == task else "" for each in tasks
            ]
            lines.append(f"| *{row['model']}* | {' | '.join(cells)} |")
    for model in dict.fromkeys(row["model"] for row in rows if not row["baseline"]):
        cells = []
        for task in tasks:
            row = next(r for r in rows if r["task"] == task and r["model"] == model)
            score = score_text(row["score"], row["bound"])
            if beats(task, row["score"], naive[task]["score"]):
                score = f"**{score}**"
            cells.append(f"{score} ({row['parameters'] / 1e3:,.0f} k, {row['seconds']:.0f} s)")
        lines.append(f"| `{model}` | {' | '.join(cells)} |")
    directions = ", ".join(
        f"{MEASURES[task][0]}: {'more' if MEASURES[task][1] else 'less'} is better"
        for task in tasks
    )
    return "\n".join(
        [
            *lines,
            "",
            f"{directions}. Bold beats the first baseline of its column; in brackets weights and "
            f"seconds of training. ≤ marks an upper bound. Defaults; "
            + "; ".join(
                f"{task}: seed {runs[task]['seed']}, {runs[task]['machine']}, {runs[task]['date']}"
                for task in tasks
            )
            + ". `python benchmarks/cells.py --write` makes this table.",
        ]
    )


def write(report: dict[str, Any]) -> None:
    """Stores the figures beside those of other tasks, and rewrites README's table from all."""
    if RESULTS.exists():
        before = json.loads(RESULTS.read_text(encoding="utf-8"))
        kept = [row for row in before["rows"] if row["task"] not in report["runs"]]
        rows = sorted(kept + report["rows"], key=lambda row: list(DATASETS).index(row["task"]))
        report = {"runs": before["runs"] | report["runs"], "rows": rows}
    bookkeeping.write_whole(RESULTS, json.dumps(report, indent=1) + "\n")
    bookkeeping.put_between(bookkeeping.ROOT / "README.md", BEGIN, END, table(report))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", action="append", choices=sorted(DATASETS))
    parser.add_argument("--model", action="append", help="default: every registered model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="rewrite README and the results")
    arguments = parser.parse_args()
    rows = []
    for task in arguments.task or DATASETS:
        rows += run_task(task, arguments.model or modelzoo.list_models(), arguments.seed)
    run = {
        "seed": arguments.seed,
        "date": time.strftime("%Y-%m-%d"),
        "machine": bookkeeping.machine(),
        "versions": bookkeeping.versions(),
    }
    tasks = arguments.task or DATASETS
    report = {"runs": {task: run | {"settings": settings(task)} for task in tasks}, "rows": rows}
    if arguments.write:
        write(report)
    else:
        print(table(report))


if __name__ == "__main__":
    main()
