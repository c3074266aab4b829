"""What training and answers take: predicted from what was timed, limited, and calibrated."""

from __future__ import annotations

import json
import math

import pytest

from modelzoo import Classifier, Forecaster, Generator, recommend, registry
from modelzoo.advisor import calibration, costing
from modelzoo.advisor.costing import Clock, measured_times
from modelzoo.advisor.need import make_need
from modelzoo.advisor.presentation import human_seconds
from modelzoo.advisor.training_plan import (
    FEWEST_BATCHES,
    FEWEST_EPOCHS,
    MAX_TOKENS,
    MOST_EPOCHS,
    MOST_PATCHES,
    MOST_UPDATES,
    MOST_WINDOWS,
    ROWS,
    UPDATES,
    UPDATES_A_CLASS,
    WINDOW,
    plan_training,
)
from modelzoo.cli import main
from modelzoo.errors import InputError
from modelzoo.estimators.training import planned_epochs
from modelzoo.evidence.timing import hyperparameters
from modelzoo.layers.stems import stride_for
from modelzoo.registry.cards import TASKS
from modelzoo.registry.disk_cache import remember
from modelzoo.tasks import (
    classification,
    forecast_windows,
    forecasting,
    generation,
    token_windows,
)

NAMES = registry.list_models()
TIMED = [name for name in NAMES if measured_times(registry.describe(name))]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def predictions(name: str, left_out) -> list[float]:
    """Predicted over measured, of what is left out of the fit."""
    card = registry.describe(name)
    measured = measured_times(card)
    clock = Clock(card, [each for each in measured if not left_out(each[0])])
    found = []
    for timed, milliseconds in measured:
        if left_out(timed):
            known = hyperparameters(timed.width, timed.depth, card.hyperparameters())
            cost = card.cost(length=timed.length, **known)
            found.append(clock.milliseconds(timed, cost) / milliseconds)
    return found


def test_built_in_architectures_were_timed_and_others_of_their_name_were_not():
    assert [registry.describe(name).origin for name in TIMED] == ["modelzoo"] * len(TIMED)
    assert set(TIMED) == {name for name in NAMES if registry.describe(name).origin == "modelzoo"}


@pytest.mark.parametrize("name", TIMED)
def test_what_was_not_in_the_fit_is_predicted_within_a_factor_of_two(name):
    """A network of another width, depth and batch than any that the prices come from."""
    found = predictions(name, lambda timed: timed.width == 128)
    assert len(found) == 3  # an update, a prediction and a step
    assert all(1 / 2 < each < 2 for each in found), found


@pytest.mark.parametrize("name", TIMED)
def test_what_was_in_the_fit_is_told_within_a_factor_of_two_and_a_half(name):
    card = registry.describe(name)
    measured = measured_times(card)
    clock = Clock(card, measured)
    for timed, milliseconds in measured:
        known = hyperparameters(timed.width, timed.depth, card.hyperparameters())
        told = clock.milliseconds(timed, card.cost(length=timed.length, **known))
        assert 1 / 2.5 < told / milliseconds < 2.5, (timed, told, milliseconds)


def test_prices_are_found_and_none_is_below_zero():
    work = [(1.0, 2.0), (1.0, 8.0), (2.0, 2.0)]
    fitted = costing._fitted([(each, 3 * each[0] + 0.5 * each[1]) for each in work])
    assert fitted == pytest.approx((3, 0.5))
    assert costing._fitted([((1.0, 1.0), 2.0), ((1.0, 2.0), 1.0)])[1] == 0
    assert costing._fitted([((1.0, 2.0), 2.0), ((1.0, 2.0), 2.0)]) in ((2.0, 0.0), (0.0, 1.0))


@pytest.mark.parametrize("name", TIMED)
def test_larger_sizes_and_more_data_take_longer(name):
    card = registry.describe(name)

    def times(n_samples):
        need = make_need("classification", None, None, n_samples=n_samples, length=100)
        costs = {size: card.cost(size, length=100) for size in ("tiny", "small", "base")}
        return [*costing.times_of(card, need, costs).values()]

    few, many = times(1_000), times(1_000_000)
    for figure in ("update_ms", "prediction_ms", "step_ms", "train_seconds"):
        tiny, small, base = (getattr(each, figure) for each in few)
        assert 0 < tiny < small < base
    assert all(a.train_seconds < b.train_seconds for a, b in zip(few, many, strict=True))


LIMITS = {
    "max_latency_ms": lambda each, need: each.time.latency_ms(need),
    "max_memory_mb": lambda each, _: each.cost.train_bytes / 1e6,
    "train_budget_s": lambda each, _: each.time.train_seconds,
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_holds_and_tells_the_number_that_failed(task, limit):
    need = {"n_samples": 5_000, "length": 200}
    free = recommend(task, **need)
    figures = sorted(LIMITS[limit](each, free.need) for each in free.architectures)
    for most in (figures[0] * 1.01, figures[len(figures) // 2], figures[-1]):
        found = recommend(task, **need, **{limit: most})
        left_out = {name: why for name, why in found.excluded.items() if name in NAMES}
        assert len(found.architectures) + len(left_out) == len(NAMES)
        assert all(LIMITS[limit](each, found.need) <= most for each in found.architectures)
        for why in left_out.values():
            assert "its smallest size" in why or "of its smallest size" in why
            assert f"{most:.3g}" in why or f"{most:,.0f}" in why
    assert len(recommend(task, **need, **{limit: figures[-1]}).architectures) == len(NAMES)
    assert not recommend(task, **need, **{limit: 1e-9}).architectures


def test_a_smaller_size_is_suggested_where_the_larger_takes_too_long():
    need = {"n_samples": 10**6, "length": 100}
    free = {each.name: each for each in recommend("classification", **need).architectures}
    most = min(each.time.prediction_ms for each in free.values()) * 0.9
    tight = recommend("classification", **need, max_latency_ms=most).architectures
    assert len(tight)
    for each in tight:
        assert each.cost.parameters < free[each.name].cost.parameters
        told = f"no size as large as the data suggest ({free[each.name].size})"
        assert any(told in reason.text for reason in each.reservations)
    assert not any("suggest" in x.text for each in free.values() for x in each.reservations)


def test_sizes_have_to_meet_all_limits_at_once():
    free = recommend("forecasting", length=10**6).architectures
    for each in recommend(
        "forecasting",
        length=10**6,
        max_latency_ms=max(x.time.prediction_ms for x in free),
        max_parameters=min(x.cost.parameters for x in free),
    ).architectures:
        assert each.cost.parameters <= min(x.cost.parameters for x in free)


def test_limits_are_stated_back():
    limits = {"max_latency_ms": 2.5, "max_memory_mb": 2000, "train_budget_s": 60}
    said = str(recommend("forecasting", **limits).need)
    assert "at most 2.5 ms a prediction" in said
    assert "at most 2,000 MB to train" in said and "at most 60 s of training" in said
    assert "2.5 ms a new step" in str(recommend("forecasting", streaming=True, **limits).need)
    assert "2.5 ms a new step" in str(recommend("generation", **limits).need)


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize(
    "wrong", [0, -1, True, "5", math.nan, math.inf, 10**400, [1], 1 + 1j], ids=str
)
def test_a_limit_that_is_no_amount_is_told(limit, wrong):
    with pytest.raises(InputError, match=rf"{limit} must be a (finite )?number above 0, got"):
        recommend("forecasting", **{limit: wrong})


def test_training_is_not_limited_without_a_task():
    with pytest.raises(InputError, match=r"train_budget_s needs a task.*give the task"):
        recommend(data=[[1, 2], [3, 4]], train_budget_s=5)


def test_what_was_not_timed_is_left_out_where_time_is_limited():
    registry.register("untimed", lambda width=8: width, tasks={"forecasting": "strong"})
    try:
        free = recommend("forecasting").architectures
        assert [each.time for each in free if each.name == "untimed"] == [None]
        for limit in ("max_latency_ms", "train_budget_s"):
            why = recommend("forecasting", **{limit: 1e9}).excluded["untimed"]
            assert "is not known" in why and "--models untimed` measures it" in why
        assert "not known" in recommend("forecasting", max_memory_mb=1e9).excluded["untimed"]
    finally:
        registry.unregister("untimed")


def test_a_plan_uses_the_defaults_of_the_estimators():
    for estimator in (Classifier(), Forecaster(), Generator()):
        assert ROWS[estimator._task.name] == estimator.batch_size
    assert Classifier().max_tokens == MAX_TOKENS
    assert {
        "classification": classification.UPDATES,
        "forecasting": forecasting.Forecasting.updates,
        "generation": generation.Generation.updates,
    } == UPDATES
    assert UPDATES_A_CLASS == classification.UPDATES_A_CLASS
    assert MOST_UPDATES == classification.MOST_UPDATES
    assert MOST_PATCHES == forecasting.MOST_PATCHES
    assert MOST_WINDOWS == forecast_windows.BATCHES_AN_EPOCH
    assert WINDOW == generation.CONTEXT
    assert FEWEST_BATCHES == token_windows.FEWEST_UPDATES
    assert planned_epochs(None, 10**9, 1) == FEWEST_EPOCHS
    assert planned_epochs(None, 1, 10**9) == MOST_EPOCHS


@pytest.mark.parametrize(
    ("task", "known", "expected"),
    [
        ("classification", {}, (600, 16, 128)),
        ("classification", {"n_samples": 1_600, "length": 50}, (7 * 90, 16, 50)),
        ("classification", {"n_samples": 10, "length": 50}, (200, 16, 50)),
        ("classification", {"n_samples": 160_000, "length": 50}, (3 * 9_000, 16, 50)),
        ("classification", {"length": 1_000, "vocabulary": 9}, (600, 16, 256)),
        ("forecasting", {"length": 48}, (2 * 200, 32, 24)),
        ("forecasting", {"length": 10**6, "channels": 7}, (1_000, 32, 32)),
        ("generation", {"n_samples": 10, "length": 30}, (16 * 32, 16, 30)),
        ("generation", {"n_samples": 10_000, "length": 1_024}, (3 * 9_000, 16, 64)),
    ],
)
def test_training_is_planned_by_how_much_data_there_is(task, known, expected):
    assert plan_training(make_need(task, None, None, **known)) == (task, *expected)


@pytest.mark.parametrize("length", [1, 128, 129, 300, 5_000, 10**6])
def test_long_series_are_planned_with_the_stride_of_the_classifier(length):
    need = make_need("classification", None, None, length=length)
    assert plan_training(need).length == -(-length // stride_for(length))


def test_classes_lengthen_the_plan():
    rows = [[0.0, 1.0]] * 40
    split = type("Split", (tuple,), {"X": rows, "y": list(range(40))})((rows, list(range(40))))
    need = make_need("classification", None, split)
    assert plan_training(need).updates == min(200, -(-50 * 40 // 3)) * 3


@pytest.mark.parametrize("task", TASKS)
def test_training_takes_more_than_its_updates(task):
    best = recommend(task, n_samples=500, length=60).architectures[0]
    plan = plan_training(make_need(task, None, None, n_samples=500, length=60))
    assert best.time.train_seconds == pytest.approx(plan.seconds(best.time.update_ms))
    assert best.time.train_seconds > plan.updates * best.time.update_ms / 1e3 + 1


def test_times_are_shown_and_whose_they_are(capsys):
    found = recommend("forecasting", length=300)
    assert "to train" in repr(found) and "ms a prediction" in repr(found)
    assert "recommend with --calibrate (calibrate=True) times this one" in " ".join(
        repr(found).split()
    )
    assert "ms a prediction" in found._repr_html_() and "--calibrate" in found._repr_html_()
    shown = json.loads(json.dumps(found.to_dict()))
    times = [each["time"] for each in shown["recommendations"] if not each["baseline"]]
    assert times and all(each["train_seconds"] > 0 for each in times)
    assert shown["slowness"] is None
    assert (
        main(["recommend", "--task", "generation", "--length", "300", "--train-budget-s", "1e-3"])
        == 0
    )
    assert "trains for about" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0004, "0.4 ms"),
        (0.5, "500 ms"),
        (1.26, "1.3 s"),
        (600, "10 min"),
        (7_200, "2 h"),
        (1e6, "12 days"),
    ],
)
def test_durations_are_said_in_their_unit(seconds, said):
    assert human_seconds(seconds) == said


def calibrated(monkeypatch, factor: float) -> list:
    """Has this machine take so many times as long as that of the records."""
    calls = []

    def milliseconds(model, timed, seed, times):
        calls.append((model, timed, times))
        return factor * calibration._probe().milliseconds

    monkeypatch.setattr(calibration, "milliseconds", milliseconds)
    return calls


def test_a_machine_is_timed_once_and_remembered(monkeypatch, capsys):
    before = recommend("forecasting", length=300)
    calls = calibrated(monkeypatch, 2.0)
    first = recommend("forecasting", length=300, calibrate=True)
    again = recommend("forecasting", length=300)
    assert len(calls) == 1
    for found in (first, again):
        assert found.slowness == pytest.approx(2)
        here, there = found.architectures[0].time, before.architectures[0].time
        assert here.step_ms == pytest.approx(2 * there.step_ms)
        assert "for this machine, found to take 2 times as long" in " ".join(repr(found).split())
    model, timed, times = calls[0]
    took = dict(measured_times(registry.describe(model)))[timed]
    assert times == max(3, round(1_000 / took))  # about a second
    assert main(["recommend", "--task", "forecasting", "--calibrate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["slowness"] == pytest.approx(2)


@pytest.mark.parametrize(
    "change",
    [
        lambda known: None,
        lambda known: [known],
        lambda known: {**known, "here": "fast"},
        lambda known: {**known, "here": True},
        lambda known: {**known, "here": -1.0},
        lambda known: {**known, "here": 0.0},
        lambda known: {**known, "here": 1e300},
        lambda known: {**known, "here": math.nan},
        lambda known: {**known, "model": "of_the_past"},
        lambda known: {name: value for name, value in known.items() if name != "at"},
    ],
)
def test_a_memory_that_says_nothing_counts_for_nothing(change):
    known = {**calibration._probe()._asdict(), "here": 100.0}
    remember(calibration.FILE, known)
    assert calibration.known_slowness() is not None
    remember(calibration.FILE, change(known))
    assert calibration.known_slowness() is None
    assert recommend("forecasting").slowness is None


def test_a_broken_memory_counts_for_nothing(own_cache):
    remember(calibration.FILE, {})
    (path,) = own_cache.rglob(f"{calibration.FILE}.json")
    path.write_text("{")
    assert calibration.known_slowness() is None


def test_new_records_are_compared_with_what_was_timed_then(monkeypatch):
    calibrated(monkeypatch, 2.0)
    calibration.calibrate()
    probe = calibration._probe()
    faster = probe._replace(milliseconds=probe.milliseconds / 2)
    monkeypatch.setattr(calibration, "_probe", lambda: faster)
    assert calibration.known_slowness() == pytest.approx(4)


@pytest.mark.slow
def test_the_probe_runs():
    assert 1e-3 < calibration.calibrate() < 1e3
    assert calibration.known_slowness() is not None
