"""The demonstration says in words what its leaderboard shows, and no more than that."""

from types import SimpleNamespace

from modelzoo.comparison import Row
from modelzoo.demo import _interval


def test_the_interval_is_told_beside_what_it_held():
    scores = {"MASE": 1.0, "coverage": 0.75}
    network = Row("net", False, scores, estimator=SimpleNamespace(quantiles=(0.1, 0.5, 0.9)))
    said = _interval(SimpleNamespace(test=SimpleNamespace(X=range(60))), network)
    assert "should hold 80% of the 60 values to come and held 75%" in said
