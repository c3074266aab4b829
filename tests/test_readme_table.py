"""What people can hand in and what they get out: each row of README's table, as it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.model_selection import GridSearchCV

import modelzoo
from modelzoo import Classifier, Forecaster, Generator, registry
from modelzoo.baselines import baselines_for

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
TABLE = README.split("<!-- surface")[1].split("\n\n")[0]
CELLS = re.findall(r"^\|[^|]*\|([^|]+)\|[^|]+\|$", TABLE, flags=re.M)
ROWS = [cell.strip() for cell in CELLS[2:]]  # below the heading and its line

CHEAPEST = sorted(
    registry.list_models(), key=lambda name: registry.describe(name).cost().parameters
)
MODEL = CHEAPEST[0]
BIDIRECTIONAL = registry.list_models(causal=False)[0]
QUICK = {"size": "tiny", "epochs": 2, "random_state": 0, "verbose": 0}
TEXTS = ["so good", "a good one", "bad film", "very bad"] * 4
MOODS = ["+", "+", "-", "-"] * 4
RANDOM = np.random.default_rng(0)
SERIES = RANDOM.normal(size=(16, 12))
CLASSES = ["up", "down"] * 8
DAYS = pd.date_range("2024-01-01", periods=80, freq="D")
WAVE = pd.Series(10 + np.sin(np.arange(80) / 2), index=DAYS, name="y")

CHECKS: dict[str, Callable[[Path], None]] = {}


def row(begin: str) -> Callable:
    """Declares the check of the row whose second cell begins so."""

    def declare(check: Callable[[Path], None]) -> None:
        assert CHECKS.setdefault(begin, check) is check

    return declare


def classifier(**options) -> Classifier:
    return Classifier(MODEL, **(QUICK | options))


def forecaster(**options) -> Forecaster:
    return Forecaster(MODEL, horizon=4, context=12, **(QUICK | options))


def generator(model: str = MODEL, **options) -> Generator:
    return Generator(model, context=16, **(QUICK | options))


@row("strings")
def _(folder: Path) -> None:
    for X in (TEXTS, pd.Series(TEXTS), pd.DataFrame({"text": TEXTS}), np.array(TEXTS)):
        model = classifier().fit(X, MOODS)
        assert set(model.predict(X)) <= {"+", "-"} and model.classes_.tolist() == ["+", "-"]
        assert model.predict_proba(X).shape == (16, 2) and model.decision_function(X).shape == (16,)
        assert 0 <= model.score(X, MOODS) <= 1
    labels = [("a", 1) if mood == "+" else 2 for mood in MOODS]
    assert len(classifier().fit(TEXTS, labels).classes_) == 2


@row('sequences of token ids, with `kind="tokens"`')
def _(folder: Path) -> None:
    ids = [[1, 2, 3], [4, 2], [1, 1, 2], [4, 4]] * 4
    assert classifier(kind="tokens").fit(ids, MOODS).predict_proba([[1, 4]]).shape == (1, 2)


@row("series of numbers")
def _(folder: Path) -> None:
    ragged = [each[: 6 + i % 5] for i, each in enumerate(SERIES)]
    stacked = np.stack([SERIES, -SERIES], axis=2)
    for X in (SERIES, stacked, pd.DataFrame(SERIES).add_prefix("t"), ragged):
        assert classifier().fit(X, CLASSES).predict(X).shape == (16,)


@row("several labels a row")
def _(folder: Path) -> None:
    sets = [{"a"}, {"a", "b"}, set(), {"b"}] * 4
    found = classifier(multi_label=True).fit(TEXTS, sets).predict(TEXTS)
    assert len(found) == 16 and all(set(labels) <= {"a", "b"} for labels in found)
    table = pd.DataFrame({"a": [1, 1, 0, 0] * 4, "b": [0, 1, 0, 1] * 4})
    assert classifier(multi_label=True).fit(TEXTS, table).predict(TEXTS).shape == (16, 2)


@row("a loader of batches of any of them")
def _(folder: Path) -> None:
    def batches():
        for start in range(0, 16, 4):
            yield TEXTS[start : start + 4], MOODS[start : start + 4]

    assert set(classifier().fit(batches).predict(TEXTS)) <= {"+", "-"}


@row("any of them, to `explain`")
def _(folder: Path) -> None:
    of_text = classifier().fit(TEXTS, MOODS).explain(["so good"])[0]
    assert len(of_text.contributions) == len(of_text.tokens) == 2
    assert "good" in of_text._repr_html_() and isinstance(of_text.plot(), Figure)
    of_series = classifier().fit(SERIES, CLASSES).explain(SERIES[:1])[0]
    assert len(of_series.to_frame()) == 12


@row("one series")
def _(folder: Path) -> None:
    gappy = WAVE.copy()
    gappy.iloc[[3, 40]] = np.nan
    for y in (WAVE.to_numpy(), WAVE.tolist(), WAVE, gappy):
        frame = forecaster().fit(y).predict()
        assert frame.columns.tolist() == [0.1, 0.5, 0.9]
        assert (np.diff(frame.to_numpy(), axis=1) >= 0).all()
    assert frame.index[0] == pd.Timestamp("2024-03-21")


@row("a table of channels")
def _(folder: Path) -> None:
    frame = forecaster().fit(pd.DataFrame({"a": WAVE, "b": -WAVE})).predict()
    assert frame.columns.tolist()[0] == ("a", 0.1) and frame.shape == (4, 6)


@row("many series of any lengths")
def _(folder: Path) -> None:
    parts = [WAVE[:length].rename_axis("ds").reset_index() for length in (80, 50)]
    long = pd.concat([part.assign(unique_id=name) for part, name in zip(parts, "ab", strict=True)])
    for y in (long, [WAVE.to_numpy(), WAVE[:50].tolist()]):
        model = forecaster().fit(y)
        assert model.predict().columns.tolist() == ["unique_id", "ds", 0.1, 0.5, 0.9]
        assert len(model.predict([100 + WAVE.to_numpy()[:30]])) == 4  # never seen


@row("past, future and static covariates")
def _(folder: Path) -> None:
    table = pd.DataFrame({"y": WAVE, "wind": WAVE[::-1].to_numpy(), "day": "mon", "shop": "a"})
    table.loc[table.index[::3], "day"] = "tue"
    model = forecaster(
        past_covariates=["wind"],
        future_covariates=["day"],
        static_covariates=["shop"],
        calendar=True,
    ).fit(table[:70])
    assert len(model.predict(future=table[70:74])) == 4


@row("another horizon, levels or coverage")
def _(folder: Path) -> None:
    model = forecaster(conformal=True, validation_fraction=0.3).fit(WAVE)
    with pytest.warns(UserWarning, match="fit with horizon=9"):
        assert len(model.predict(horizon=9)) == 9
    assert model.predict_quantiles([0.25, 0.75]).columns.tolist() == [0.25, 0.75]
    assert model.predict_interval(0.6).columns.tolist() == ["lower", "upper"]


@row("a series, to `backtest`")
def _(folder: Path) -> None:
    found = forecaster().backtest(WAVE, folds=2)
    assert found.metrics.index.tolist() == [0, 1, "all"] and len(found.predictions) == 8
    assert list(found.baselines) == [name for name, _ in baselines_for("forecasting")]
    assert "seasonal naive" in found.verdict


@row("a history, to `plot`")
def _(folder: Path) -> None:
    assert isinstance(forecaster().fit(WAVE).plot(WAVE[:40], path=folder / "plot.png"), Figure)
    assert (folder / "plot.png").exists()


@row("a text or a list of texts")
def _(folder: Path) -> None:
    for X in (" ".join(TEXTS), TEXTS):
        model = generator().fit(X)
        assert model.generate("so", 3).startswith("so")
        assert len(model.generate(["so", "a"], 3)) == 2
        assert model.perplexity(X).bits_per_character > 0


@row("prompts and their completions")
def _(folder: Path) -> None:
    model = generator().fit(["one", "two"] * 8, ["eins", "zwei"] * 8)
    drawn, searched = model.generate("one", 5), model.generate("one", 5, beams=2)
    assert not drawn.startswith("one") and len(searched) <= 5


@row("a prompt with `stream=True`")
def _(folder: Path) -> None:
    model = generator().fit(TEXTS)
    pieces = list(model.generate("so", 20, seed=0, stream=True, stop="\n", repetition_penalty=1.2))
    whole = model.generate("so", 20, seed=0, stop="\n", repetition_penalty=1.2)
    assert whole.endswith("".join(pieces)) and len(model.generate("so", 3, n=2)) == 2


@row("a text with `[MASK]`")
def _(folder: Path) -> None:
    filled = generator(BIDIRECTIONAL).fit(TEXTS).infill("so [MASK]ood")
    assert filled.startswith("so ") and filled.endswith("ood")


@row("sequences of token ids (music, DNA)")
def _(folder: Path) -> None:
    found = generator(kind="tokens").fit([[1, 2, 3, 1, 2, 3]] * 8).generate([1, 2], 4, seed=0)
    assert list(found[:2]) == [1, 2] and set(found) <= {1, 2, 3}


@row("a `pathlib.Path` of a text file")
def _(folder: Path) -> None:
    path = folder / "a.txt"
    path.write_text("so good\n\n" * 20, encoding="utf-8")
    for X in (path, [path, path]):
        assert generator().fit(X).generate("so", 3).startswith("so")


@row("more texts, with `warm_start=True`")
def _(folder: Path) -> None:
    loaded = modelzoo.load(generator().fit(TEXTS).save(folder / "writer.mz"))
    more = ["bad good"] * 16
    before = loaded.perplexity(more).bits_per_character
    loaded.set_params(warm_start=True, epochs=3).fit(more)
    assert loaded.perplexity(more).bits_per_character < before


@row("`GridSearchCV`")
def _(folder: Path) -> None:
    grid = {"model": CHEAPEST[:2], "hparams__width": [8]}
    search = GridSearchCV(classifier(size=None, hparams={"depth": 1}), grid, cv=2).fit(TEXTS, MOODS)
    assert search.best_params_["model"] in CHEAPEST[:2] and search.best_estimator_.predict(
        TEXTS[:1]
    )


@row('`precision="mixed_bfloat16"`')
def _(folder: Path) -> None:
    model = classifier(precision="mixed_bfloat16").fit(SERIES, CLASSES)
    assert model.model_.dtype_policy.name == "mixed_bfloat16"
    model.plot_history(folder / "history.png")
    assert (folder / "history.png").exists() and len(model.history_["loss"]) == 2


@row('`quantize("int8")`')
def _(folder: Path) -> None:
    model = generator().fit(TEXTS)
    size = model.save(folder / "floats.mz").stat().st_size
    small = model.quantize("int8")
    assert small.generate("so", 3).startswith("so")
    assert small.save(folder / "int8.mz").stat().st_size < size


@row("a path")
def _(folder: Path) -> None:
    model = classifier().fit(SERIES, CLASSES)
    loaded = modelzoo.load(model.save(folder / "model.mz"))
    np.testing.assert_array_equal(loaded.predict_proba(SERIES), model.predict_proba(SERIES))


@pytest.mark.slow
@pytest.mark.parametrize("cell", ROWS)
def test_a_row_of_the_table_is_true(cell, tmp_path):
    next(check for begin, check in CHECKS.items() if cell.startswith(begin))(tmp_path)


def test_every_row_has_its_check_and_every_check_its_row():
    for cell in ROWS:
        assert sum(cell.startswith(begin) for begin in CHECKS) == 1, cell
    for begin in CHECKS:
        assert sum(cell.startswith(begin) for cell in ROWS) == 1, begin
