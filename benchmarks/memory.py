"""What keeping freed memory (modelzoo/estimators/memory.py) is worth in training, in ratios.

Run it with `python benchmarks/memory.py`, of JAX with `KERAS_BACKEND=jax` before it. Processes with
and without the setting take turns; each trains every registered architecture for a few steps of
generation, and the figures are medians of the seconds of a step.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STEPS = 20


def steps(models: list[str], kept: bool) -> dict[str, dict[str, float]]:
    """Seconds and page faults of a training step of each model, in this process."""
    if not kept:  # an empty setting counts as the user's, which stand
        os.environ["GLIBC_TUNABLES"] = ""

    import keras

    import modelzoo
    from modelzoo.estimators.memory import all_freed_kept

    texts = modelzoo.load_dataset("pydoc_topics").train.X[:10]

    class Watch(keras.callbacks.Callback):
        """Notes the time and the page faults so far at each step's end."""

        def __init__(self) -> None:
            super().__init__()
            self.marks: list[tuple[float, int]] = []

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            self.marks.append((time.perf_counter(), faults))

    results = {}
    for model in models:
        generator = modelzoo.create(model, task="generation", epochs=1, verbose=0, random_state=0)
        generator.fit(texts)
        watch = Watch()
        windows = generator.task_.batches(generator.task_.encode(texts), batch_size=16, seed=0)
        with all_freed_kept():
            generator.model_.fit(windows, verbose=0, shuffle=False, callbacks=[watch])
        pairs = list(zip(watch.marks[:-1], watch.marks[1:], strict=True))[-STEPS:]
        results[model] = {
            "seconds": statistics.median(after[0] - before[0] for before, after in pairs),
            "faults": statistics.median(after[1] - before[1] for before, after in pairs),
        }
    return results


def measure(models: list[str], repeats: int) -> None:
    """Prints a line a model: with the setting, without it, and their ratio."""
    runs: dict[bool, list[dict]] = {True: [], False: []}
    for _ in range(repeats):
        for kept in runs:
            command = [sys.executable, __file__, "--child", "kept" if kept else "returned"]
            answer = subprocess.run([*command, *models], capture_output=True, check=True)
            runs[kept].append(json.loads(answer.stdout))
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    libc = " ".join(platform.libc_ver())
    print(f"{backend}, {os.cpu_count()} cores, {platform.machine()}, {libc}")
    for model in models:

        def median(kept: bool, what: str, model: str = model) -> float:
            return statistics.median(run[model][what] for run in runs[kept])

        kept, returned = median(True, "seconds"), median(False, "seconds")
        print(
            f"{model:12} kept {kept * 1e3:6.1f} ms, {median(True, 'faults'):7.0f} faults   "
            f"returned {returned * 1e3:6.1f} ms, {median(False, 'faults'):7.0f} faults   "
            f"ratio {returned / kept:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="*", help="default: every registered model")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", choices=["kept", "returned"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(steps(arguments.model, arguments.child == "kept")))
        return
    import modelzoo

    measure(arguments.model or modelzoo.list_models(), arguments.repeats)


if __name__ == "__main__":
    main()
