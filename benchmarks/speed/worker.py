"""The process of one contestant: it works when told to, and answers how long it took.

`python -m speed.worker PART CASE CONTESTANT` is started by `referee`. For each number of seconds
that comes in a line of standard input it answers with a line of JSON: seconds a unit of work, those
of the processor, the parameters, the peak of memory. It ends with standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterator

from modelzoo.evidence.memory import peak_memory
from speed.devices import CPU, GPU


class Turns:
    """Times units of work, turn by turn; what a contestant calls its `Ticks`.

    Args:
        warm_up: Units before the first turn.
        backend: Keras' backend, whose computing must have ended where a turn does; empty for what
            runs on none, which on a GPU is PyTorch.
        device: Where it computes.
    """

    def __init__(self, warm_up: int, backend: str, device: str = CPU):
        self.parameters: int | None = None
        self.memory: int | None = None
        self._warm_up = warm_up
        self._backend = backend
        self._device = device
        self._called = False
        self._units = 0
        self._wanted = 0.0  # seconds of this turn
        self._begin: float | None = None  # of this turn; None before the first
        self._processor = 0.0
        # Answers go where standard output went; what libraries print there joins the errors.
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def __call__(self, units: int = 1) -> None:
        self._units += units if self._called else 0  # before the first call nothing was done
        self._called = True
        if self._begin is None:
            if self._units >= self._warm_up:
                self._settle()
                self._take_turns(None)
        elif self._units and time.perf_counter() - self._begin >= self._wanted:
            self._settle()
            self._take_turns((time.perf_counter() - self._begin) / self._units)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leaves out what is done within."""
        self._settle()
        begin, processor = time.perf_counter(), processor_seconds()
        yield
        self._settle()
        self._processor += processor_seconds() - processor
        if self._begin is not None:
            self._begin += time.perf_counter() - begin

    def _take_turns(self, seconds: float | None) -> None:
        """Answers, waits while the others work, and begins with the next turn."""
        told = {
            "seconds": seconds,
            "processor": (processor_seconds() - self._processor) / max(1, self._units),
            "parameters": self.parameters,
            "memory": self.memory or most_memory(),
        }
        print(json.dumps(told), file=self._answers, flush=True)
        line = sys.stdin.readline()
        if not line:
            os._exit(0)  # at once: libraries have nothing to tidy up
        self._wanted, self._units = float(line), 0
        self._processor = processor_seconds()
        self._begin = time.perf_counter()

    def _settle(self) -> None:
        """Waits for what is computed in the background."""
        if self._backend == "jax":
            import jax

            for each in jax.live_arrays():
                if not each.is_deleted():
                    each.block_until_ready()
        elif self._device == GPU and not self._backend:
            import torch

            torch.cuda.synchronize()


def processor_seconds() -> float:
    """What this process and those it ran have computed so far, on all cores together."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def most_memory() -> int:
    """The most memory that this process, or the largest one it ran, has held at once, in bytes."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return max(peak_memory(), children * unit)


def check_jax() -> None:
    """Ends the process where JAX would compute on the processor, which it does without a word."""
    import jax

    if jax.default_backend() != "gpu":
        raise SystemExit("JAX finds no GPU, as it comes without CUDA: pip install 'jax[cuda12]'")


def main(part_name: str, quick: str, case_number: str, contestant_name: str) -> None:
    from speed.parts import PARTS

    part = PARTS[part_name]
    case = part.cases(bool(int(quick)))[int(case_number)]
    contestant = next(each for each in case.contestants if each.name == contestant_name)
    if contestant.device == GPU and contestant.backend == "jax":
        check_jax()
    warm_up = 0 if part.fresh else part.warm_up
    contestant.work(case, Turns(warm_up, contestant.backend, contestant.device))
    raise SystemExit(f"{contestant_name} has run out of work")


if __name__ == "__main__":
    main(*sys.argv[1:])
