"""How long an architecture takes, predicted from what was timed of it.

The time of something is overhead plus work, each with a price that is fitted to the shipped records
of the experiments that time (`Experiment.timed`):

- what happens one after another: the blocks and, of a network that reads step by step, their steps;
- floating-point operations, by the formula of the card;
- of a network that sees all steps at once, the numbers that it keeps: attention has some for every
  pair of steps;
- of an update of one that reads step by step, the weights, whose gradient is added up at every step
  however few sequences there are.

A network of another width, depth and batch than those that the prices come from is predicted within
a factor of two (tests/test_costing.py); one that is many times larger or longer may be told worse.
Prices are not negative, and make relative errors small. They are those of one machine
(`calibration` knows how much slower another one is) and of the library versions of the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from modelzoo.advisor.need import Need
from modelzoo.advisor.training_plan import plan_training
from modelzoo.evidence.experiment import find_experiment, list_experiments
from modelzoo.evidence.records import shipped_figures
from modelzoo.evidence.timing import PREDICTION, STEP, UPDATE, Timed, hyperparameters
from modelzoo.evidence.verdicts import BUILT_IN
from modelzoo.registry.cards import Card
from modelzoo.registry.costs import Cost

Measured = list[tuple[Timed, float]]  # what was timed, and its milliseconds
Amounts = tuple[float, ...]  # of each kind of work, or the price of each
_PASSES = 3  # an update computes forwards, and twice as much backwards


@dataclass(frozen=True)
class Time:
    """How long a size takes, predicted; None is what was not measured.

    Attributes:
        update_ms: Milliseconds of a training update of the backbone, of as many sequences as the
            library's defaults put into one.
        prediction_ms: Milliseconds of a prediction for one sequence.
        step_ms: Milliseconds of one new step of one sequence.
        train_seconds: Seconds of training with the library's defaults, at most: it ends before
            where the held-out data get no better.
    """

    update_ms: float | None = None
    prediction_ms: float | None = None
    step_ms: float | None = None
    train_seconds: float | None = None

    def latency_ms(self, need: Need) -> float | None:
        """Milliseconds of an answer, as the need understands it."""
        return self.step_ms if need.stepwise else self.prediction_ms


def measured_times(card: Card) -> Measured:
    """All that was timed of an architecture, the least of the seeds: load can only add to it."""
    if card.origin != BUILT_IN:  # a plugin may have a model of the same name
        return []
    found: Measured = []
    for name in list_experiments():
        timed = find_experiment(name).timed
        if timed is not None:
            figures = shipped_figures(name)
            found += [
                (timed(at), min(ms)) for (model, at), ms in figures.items() if model == card.name
            ]
    return found


class Clock:
    """Predicts how long an architecture takes.

    Args:
        card: Of the architecture.
        measured: What was timed of it.
    """

    def __init__(self, card: Card, measured: Measured):
        self._streaming, self._parallel = card.traits.streaming, card.traits.parallel
        known = card.hyperparameters() if measured else {}

        @cache  # several things were timed at a shape, and formulas take a while
        def cost_at(length: int, width: int, depth: int) -> Cost:
            return card.cost(length=length, **hyperparameters(width, depth, known))

        rows: dict[str, list[tuple[Amounts, float]]] = {}
        for timed, milliseconds in measured:
            cost = cost_at(timed.length, timed.width, timed.depth)
            rows.setdefault(self._kind(timed), []).append((self._work(timed, cost), milliseconds))
        self._prices = {kind: _fitted(each) for kind, each in rows.items()}

    def milliseconds(self, timed: Timed, cost: Cost, beside: int = 0) -> float | None:
        """Predicts a time; None where nothing of the kind was timed.

        Args:
            timed: What; how wide it is says its cost.
            cost: Of that size and length.
            beside: Operations a token that are not the backbone's.
        """
        prices = self._prices.get(self._kind(timed))
        return None if prices is None else _sum(prices, self._work(timed, cost, beside))

    def _kind(self, timed: Timed) -> str:
        """What is priced alike: without streaming a new step is a prediction."""
        return PREDICTION if timed.what == STEP and not self._streaming else timed.what

    def _work(self, timed: Timed, cost: Cost, beside: int = 0) -> Amounts:
        passes = _PASSES if timed.what == UPDATE else 1
        steps = 1 if self._kind(timed) == STEP else timed.length
        turns = 1 if self._parallel else steps
        tokens = passes * timed.rows * steps
        work = (timed.depth * turns, tokens * (cost.flops_per_token + beside) / 1e9)
        if self._parallel:
            return (*work, tokens * cost.activations_per_token / 1e6)
        if timed.what == UPDATE:  # of one sequence alone they are as many as the operations
            return (*work, turns * cost.backbone_parameters / 1e6)
        return work


def times_of(
    card: Card, need: Need, costs: Mapping[str | None, Cost], slowness: float = 1.0
) -> dict[str | None, Time]:
    """Predicts how long each size takes.

    Args:
        card: Of the architecture.
        need: What for.
        costs: Of its sizes, at the need's length.
        slowness: Times which a machine takes as long as that of the records.

    Returns:
        The times, empty where nothing was timed.
    """
    measured = measured_times(card)
    if not measured or not costs:
        return {}
    clock, plan, defaults = Clock(card, measured), plan_training(need), card.hyperparameters()

    def predicted(what: str, cost: Cost, depth: int, rows: int = 1) -> float | None:
        # What is written is scored against the whole vocabulary.
        beside = 2 * cost.embedding_parameters if need.task == "generation" else 0
        ms = clock.milliseconds(Timed(what, cost.length, rows, depth=depth), cost, beside)
        return None if ms is None else ms * slowness

    found = {}
    for size, cost in costs.items():
        depth = int({**defaults, **card.resolve(size)}.get("depth", 1))
        update = seconds = None
        if plan is not None:
            trained = cost
            if plan.length != cost.length:
                trained = card.cost(size, vocabulary=need.vocabulary or 0, length=plan.length)
            update = predicted(UPDATE, trained, depth, plan.rows)
            if update is not None:  # what stands beside the backbone is slower elsewhere too
                seconds = slowness * plan.seconds(update / slowness)
        found[size] = Time(
            update_ms=update,
            prediction_ms=predicted(PREDICTION, cost, depth),
            step_ms=predicted(STEP, cost, depth),
            train_seconds=seconds,
        )
    return found


def _fitted(rows: Sequence[tuple[Amounts, float]]) -> Amounts:
    """The prices, none below zero, with the least sum of squared relative errors.

    Least squares on every choice of columns: the best whose prices are all positive is the
    solution under that constraint (Lawson and Hanson, 1974, by enumeration).
    """
    relative = [[each / milliseconds for each in work] for work, milliseconds in rows]
    width = len(relative[0])
    best, least = (0.0,) * width, float("inf")
    for chosen in _choices(width):
        prices = _least_squares([[row[column] for column in chosen] for row in relative])
        if prices is None or min(prices) < 0:
            continue
        whole = [0.0] * width
        for column, price in zip(chosen, prices, strict=True):
            whole[column] = price
        error = sum((_sum(whole, row) - 1) ** 2 for row in relative)
        if error < least:
            best, least = tuple(whole), error
    return best


def _choices(width: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, width + 1):
        yield from combinations(range(width), count)


def _least_squares(rows: Sequence[Sequence[float]]) -> list[float] | None:
    """Solves for a target of 1 in every row, by the normal equations; None where it is not told."""
    width = len(rows[0])
    scales = [max(row[column] for row in rows) or 1.0 for column in range(width)]
    rows = [[each / scale for each, scale in zip(row, scales, strict=True)] for row in rows]
    table = [
        [sum(row[i] * row[j] for row in rows) for j in range(width)] + [sum(row[i] for row in rows)]
        for i in range(width)
    ]
    for column in range(width):
        pivot = max(range(column, width), key=lambda row: abs(table[row][column]))
        table[column], table[pivot] = table[pivot], table[column]
        if abs(table[column][column]) < 1e-9:
            return None
        for row in range(width):
            if row != column:
                factor = table[row][column] / table[column][column]
                table[row] = [
                    a - factor * b for a, b in zip(table[row], table[column], strict=True)
                ]
    return [table[i][width] / table[i][i] / scales[i] for i in range(width)]


def _sum(prices: Sequence[float], work: Sequence[float]) -> float:
    return sum(price * each for price, each in zip(prices, work, strict=True))
