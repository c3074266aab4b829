"""The demonstration says in words what its leaderboard shows, and no more than that."""

from types import SimpleNamespace

import pytest

from modelzoo.demo import Entry, _verdict


def entry(name, error, is_network=False):
    estimator = SimpleNamespace(quantiles=(0.1, 0.5, 0.9))
    scores = {"MASE": error, "pinball": 0.1, "coverage": 0.8}
    return Entry(name, estimator, scores, 1.0, is_network)


@pytest.mark.parametrize(
    ("network", "says", "advice"),
    [
        (0.50, "beats smoothing (its error is 50% smaller)", "it earns its place"),
        (0.995, "ties with smoothing", "here, use smoothing, which is cheaper"),
        (1.005, "ties with smoothing", "here, use smoothing, which is cheaper"),
        (1.50, "loses to smoothing (its error is 50% larger)", "here, use smoothing"),
    ],
)
def test_a_network_is_told_in_words_whether_it_beats_a_baseline(network, says, advice):
    entries = [entry("net", network, is_network=True), entry("smoothing", 1.0), entry("naive", 3.0)]
    entries.sort(key=lambda each: each.scores["MASE"])
    words = _verdict(SimpleNamespace(test=SimpleNamespace(X=range(60))), entries)
    assert says in words
    assert advice in words
    assert "beats naive" in words
