"""Problems of data that come with packages which are installed anyway: nothing is downloaded."""

from __future__ import annotations

import ast
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from made_up import Made, Rule
from matplotlib.cbook import get_sample_data
from statsmodels import datasets

_ROWS, _TEST = 1_000, 500  # of texts
_COUNTRIES = 60
_PACKAGES = ("asyncio", "email", "json", "logging", "unittest", "xml", "tkinter", "multiprocessing")
_SCRIPTS = ("CJK", "HANGUL SYLLABLE", "TANGUT", "NUSHU", "KHITAN", "HIEROGLYPH", "CUNEIFORM")


def _continued(
    series: Callable[[], pd.Series], horizon: int, season: int
) -> Callable[[np.random.Generator], Made]:
    """A series of which three horizons are to be forecast."""

    def make(rng: np.random.Generator) -> Made:
        values, ahead = series().astype(float), 3 * horizon
        parameters = {"horizon": horizon, "season_length": season}
        return Made((values.iloc[:-ahead],), (values.iloc[-ahead:],), parameters)

    return make


def _each_continued(
    table: Callable[[], pd.DataFrame], horizon: int, season: int
) -> Callable[[np.random.Generator], Made]:
    """Many series, a column each, the last horizon of each of which is to be forecast."""

    def make(rng: np.random.Generator) -> Made:
        wide = table().astype(float)
        train, test = (
            part.melt(ignore_index=False, var_name="unique_id", value_name="y")
            .rename_axis("ds")
            .reset_index()[["unique_id", "ds", "y"]]
            for part in (wide.iloc[:-horizon], wide.iloc[-horizon:])
        )
        return Made((train,), (test,), {"horizon": horizon, "season_length": season})

    return make


def _nile() -> pd.Series:
    return _indexed(datasets.nile.load_pandas().data["volume"], "1871", "YS")


def _inflation() -> pd.Series:
    return _indexed(datasets.interest_inflation.load_pandas().data["Dp"], "1972-04", "QS")


def _money() -> pd.Series:
    return _indexed(datasets.danish_data.load_pandas().data["lrm"], "1974", "QS")


def _equipment() -> pd.Series:
    from statsmodels.datasets import elec_equip

    return elec_equip.load().data.iloc[:, 0].asfreq("MS")


def _children() -> pd.DataFrame:
    """Births a woman, a column a country."""
    read = datasets.fertility.load_pandas().data.set_index("Country Name")
    years = read.loc[:, "1960":"2011"].dropna().T
    years.index = pd.DatetimeIndex(years.index)
    return years.iloc[:, :_COUNTRIES]


def _stocks() -> pd.DataFrame:
    """Monthly prices, a column each of those that were traded all the time."""
    with get_sample_data("Stocks.csv") as file:
        read = pd.read_csv(file, comment="#", index_col=0, parse_dates=True)
    return read[read.index.day == 1].dropna(axis=1).asfreq("MS").ffill()


def _brain() -> np.ndarray:
    with get_sample_data("eeg.dat") as file:
        return np.frombuffer(file.read()).reshape(800, 4)


def _brain_waves() -> pd.Series:
    return pd.Series(_brain()[:, 0])


def _channels(rng: np.random.Generator) -> Made:
    """At which of four places 50 steps of brain waves were taken; the later ones are the test."""
    values = _brain()
    windows = [(begin, place) for begin in range(0, 751, 10) for place in range(4)]
    X = np.stack([values[begin : begin + 50, place, None] for begin, place in windows])
    y = [str(place) for _, place in windows]
    X = X - X.mean(axis=1, keepdims=True)
    kept, tested = 4 * 50, 4 * 55  # no window of the one part reaches into the other
    return Made((X[:kept], y[:kept]), (X[tested:], y[tested:]), {})


def _indexed(values: pd.Series, start: str, frequency: str) -> pd.Series:
    return values.set_axis(pd.date_range(start, periods=len(values), freq=frequency))


def _characters(rng: np.random.Generator) -> Made:
    """What kind of character has such a name."""
    named = [
        (name.lower(), unicodedata.category(each))
        for each in map(chr, range(sys.maxunicode))
        if (name := unicodedata.name(each, "")) and not any(word in name for word in _SCRIPTS)
    ]
    common = {kind for kind, count in Counter(kind for _, kind in named).items() if count > 300}
    return _drawn([each for each in named if each[1] in common], rng)


def _functions(rng: np.random.Generator) -> Made:
    """Of which package of Python's own library a function is; its first 400 characters."""
    found = [(source[:400], package) for package in _PACKAGES for source in _sources(package)]
    return _drawn(found, rng)


def _sources(package: str) -> Iterator[str]:
    for path in sorted((Path(ast.__file__).parent / package).rglob("*.py")):
        if "test" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 2:
                yield "\n".join(lines[node.lineno - 1 : node.end_lineno]).strip()


def _drawn(pairs: list[tuple[str, str]], rng: np.random.Generator) -> Made:
    different = list(dict(pairs).items())
    order = rng.permutation(len(different))[: _ROWS + _TEST]
    X, y = (list(each) for each in zip(*(different[each] for each in order), strict=True))
    return Made((X[:_ROWS], y[:_ROWS]), (X[_ROWS:], y[_ROWS:]), {})


def _library(rng: np.random.Generator) -> Made:
    """Source of Python's own library."""
    texts = [
        (Path(ast.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
        for name in ("argparse", "textwrap")
    ]
    return Made(([texts[0][:60_000]],), ([texts[1][:15_000]],), {})


def _names(rng: np.random.Generator) -> Made:
    """Names of characters, one a document."""
    train, test, _ = _characters(rng)
    return Made((train[0],), (test[0],), {})


def _rule(name: str, task: str, make: Callable[[np.random.Generator], Made]) -> Rule:
    return Rule(name, name, task, make)


PROBLEMS = (
    _rule("Nile", "forecasting", _continued(_nile, 5, 1)),
    _rule("German inflation", "forecasting", _continued(_inflation, 4, 4)),
    _rule("Danish money", "forecasting", _continued(_money, 4, 4)),
    _rule("electrical equipment", "forecasting", _continued(_equipment, 12, 12)),
    _rule("brain waves", "forecasting", _continued(_brain_waves, 20, 1)),
    _rule("births of countries", "forecasting", _each_continued(_children, 5, 1)),
    _rule("stocks by month", "forecasting", _each_continued(_stocks, 12, 12)),
    _rule("places of brain waves", "classification", _channels),
    _rule("kinds of characters", "classification", _characters),
    _rule("packages of functions", "classification", _functions),
    _rule("source of a library", "generation", _library),
    _rule("names of characters", "generation", _names),
)
