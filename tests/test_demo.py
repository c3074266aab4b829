"""The demonstration says in words what its leaderboard shows, and no more than that."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from modelzoo.demo import _draw, _interval
from modelzoo.leaderboard import Row


def test_of_many_series_the_first_few_are_drawn_with_what_came():
    stamps = [*range(5)]
    names = [f"s{number}" for number in range(9)]
    history, truth = (
        pd.DataFrame({"unique_id": np.repeat(names, 5), "ds": stamps * 9, "y": 1.0}) for _ in "ab"
    )
    asked = {}
    estimator = SimpleNamespace(plot=lambda X, **options: asked.update(options, X=X))
    data = SimpleNamespace(
        before_test=SimpleNamespace(X=history),
        test=SimpleNamespace(X=truth),
        horizon=3,
        title="Many",
        units=None,
    )
    _draw(data, Row("net", False, {}, estimator=estimator), "out.png")
    assert [*asked["X"]["unique_id"].unique()] == names[:4] and len(asked["X"]) == 20
    assert asked["actual"]["ds"].tolist() == [0, 1, 2] * 4


def test_the_interval_is_told_beside_what_it_held():
    scores = {"MASE": 1.0, "coverage": 0.75}
    network = Row("net", False, scores, estimator=SimpleNamespace(quantiles=(0.1, 0.5, 0.9)))
    said = _interval(SimpleNamespace(test=SimpleNamespace(X=range(60))), network)
    assert "should hold 80% of the 60 values to come and held 75%" in said
