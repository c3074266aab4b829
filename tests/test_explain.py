"""Explanations point at what decides, whatever the architecture, and can be looked at."""

import copy
import functools
import pickle

import matplotlib
import numpy as np
import pandas as pd
import pytest

from modelzoo import Classifier, registry
from modelzoo.errors import InputError
from modelzoo.explanation import SeriesExplanation, TextExplanation
from modelzoo.tasks.occlusion import MOST_PARTS, hide_steps, hide_tokens, units_of

BY_SIZE = sorted(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
SMALLEST = BY_SIZE[0]
FAMILIES = {registry.describe(name).family: name for name in reversed(BY_SIZE)}  # the smallest
EACH = [n if n == SMALLEST else pytest.param(n, marks=pytest.mark.slow) for n in FAMILIES.values()]
QUICK = {"hparams": {"width": 16, "depth": 1}, "random_state": 0, "verbose": 0}
LEARNING = {"epochs": 8, "learning_rate": 0.01, "validation_fraction": 0.0}
RANDOM = np.random.default_rng(0)
FILLERS = ["the", "film", "we", "saw", "on", "a", "long", "day", "in", "town"]
WORDS = {"good": "Fine", "bad": "DULL"}
LABELS = ["good", "bad"] * 80  # so many that no chance in them tells the labels apart


def text(label: str) -> str:
    words = list(RANDOM.choice(FILLERS, size=6))
    words.insert(RANDOM.integers(7), WORDS[label])
    return " ".join(words)


def series(is_up: bool) -> np.ndarray:
    values = RANDOM.normal(size=(60, 1)) * 0.3
    values[36:42] += 3 if is_up else -3
    return values


TEXTS = [text(label) for label in LABELS]
SERIES = np.stack([series(label == "good") for label in LABELS])


@functools.cache
def fitted(name: str, kind: str) -> Classifier:
    return Classifier(name, **QUICK, **LEARNING).fit(TEXTS if kind == "text" else SERIES, LABELS)


@pytest.fixture
def of_texts():
    return fitted(SMALLEST, "text")


@pytest.fixture
def of_series():
    return fitted(SMALLEST, "series")


@pytest.mark.parametrize("name", EACH)
def test_the_word_that_decides_contributes_most(name):
    explained = fitted(name, "text").explain(TEXTS[:8])
    assert [each.label for each in explained] == LABELS[:8]
    by_word = pd.concat([each.to_frame() for each in explained]).groupby("token")["contribution"]
    assert by_word.mean().idxmax() in WORDS.values()


@pytest.mark.slow
@pytest.mark.parametrize("name", EACH)
def test_the_steps_that_decide_contribute_most(name):
    explained = fitted(name, "series").explain(SERIES[:8])
    assert [each.label for each in explained] == LABELS[:8]
    assert all(each.contributions.shape == (60, 1) for each in explained)
    together = np.mean([each.contributions for each in explained], axis=0)
    assert 34 <= together.argmax() < 44


@pytest.mark.slow
def test_the_channel_that_decides_contributes_most():
    noise = RANDOM.normal(size=SERIES.shape) * 0.3
    both = np.dstack([noise, SERIES])
    explained = Classifier(SMALLEST, **QUICK, **LEARNING).fit(both, LABELS).explain(both[:8])
    together = np.mean([each.contributions for each in explained], axis=0)
    step, channel = np.unravel_index(together.argmax(), (60, 2))
    assert channel == 1 and 34 <= step < 44
    assert " of channel 1" in str(explained)


def test_a_contribution_is_what_the_log_odds_lose_without_the_token(of_texts):
    words = TEXTS[0].split()
    (explanation,) = of_texts.explain(TEXTS[:1], label="good")
    without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    odds = of_texts.decision_function([TEXTS[0], *without])  # of good, the later of two classes
    np.testing.assert_allclose(explanation.contributions, odds[0] - odds[1:], atol=1e-4)
    assert explanation.probability == pytest.approx(of_texts.predict_proba(TEXTS[:1])[0, 1])


def test_of_two_labels_the_one_has_what_the_other_lacks(of_texts):
    (one,) = of_texts.explain(TEXTS[:1], label="good")
    (other,) = of_texts.explain(TEXTS[:1], label="bad")
    np.testing.assert_allclose(one.contributions, -other.contributions, atol=1e-4)
    with pytest.raises(InputError, match="did you mean 'good'"):
        of_texts.explain(TEXTS[:1], label="goood")


def test_of_three_labels_contributions_are_log_odds():
    labels = ["a", "b", "c"] * 16
    texts = [f"{label} word" for label in labels]
    model = Classifier(SMALLEST, **QUICK, epochs=2).fit(texts, labels)
    (explanation,) = model.explain(["a word"], label="b")
    chances = model.predict_proba(["a word", "word", "a"])[:, 1].astype(float)
    odds = np.log(chances / (1 - chances))
    np.testing.assert_allclose(explanation.contributions, odds[0] - odds[1:], atol=1e-4)


def test_the_tokens_are_those_of_the_text_just_as_they_stand(of_texts):
    (explanation,) = of_texts.explain(["  We saw\tA <FINE> film.\n"])
    assert explanation.tokens == ["We", "saw", "A", "<", "FINE", ">", "film", "."]
    frame = explanation.to_frame()
    assert list(frame) == ["token", "start", "end", "contribution"]
    assert frame["start"].tolist()[:3] == [2, 5, 9] and len(frame) == 8


def test_the_bytes_of_a_character_count_as_one():
    model = Classifier(SMALLEST, tokenizer="bpe", **QUICK, epochs=1).fit(TEXTS, LABELS)
    text = "a \N{GRINNING FACE}\N{GRINNING FACE} caf\u00e9"
    (explanation,) = model.explain([text])
    assert "".join(explanation.tokens) == text
    assert explanation.tokens.count("\N{GRINNING FACE}") == 2


def test_a_text_of_one_token_or_none_is_explained_too(of_texts):
    one, none = of_texts.explain(["Fine", ""])
    assert one.contributions.shape == (1,) and np.isfinite(one.contributions).all()
    assert none.contributions.shape == (0,) and none.tokens == []
    for shown in (str(none), none._repr_html_(), repr(none)):
        assert none.label in shown


def test_what_is_cut_has_no_contribution():
    model = Classifier(SMALLEST, max_tokens=3, **QUICK, epochs=1)
    with pytest.warns(UserWarning, match="max_tokens=3"):
        model.fit(TEXTS, LABELS)
    with pytest.warns(UserWarning, match="max_tokens=3") as caught:
        (explanation,) = model.explain(["a b c d e"])
    assert len(caught) == 1
    assert explanation.tokens == ["a", "b", "c"]
    assert explanation._repr_html_().endswith(" d e</p>")


def test_token_ids_are_explained_as_numbers():
    rows = [[7, 1, 12], [7, 2]] * 12
    model = Classifier(SMALLEST, kind="tokens", **QUICK, epochs=1).fit(rows, ["a", "b"] * 12)
    assert model.explain(rows[:1])[0].tokens == ["7", "1", "12"]


def test_ragged_rows_are_explained_in_their_order(of_series):
    rows = [SERIES[1], SERIES[0][:50], SERIES[2]]
    explained = of_series.explain(rows)
    assert [len(each.contributions) for each in explained] == [60, 50, 60]
    assert [each.label for each in explained] == of_series.predict(rows).tolist()
    np.testing.assert_allclose(
        explained[1].contributions, of_series.explain(rows[1:2])[0].contributions, atol=1e-4
    )


def test_no_rows_have_no_explanations(of_texts):
    assert of_texts.explain([]) == []


def test_an_explanation_changes_nothing_that_is_fitted(of_series):
    before = of_series.predict_proba(SERIES)
    rows = SERIES[:2].copy()
    of_series.explain(rows)
    assert (rows == SERIES[:2]).all() and (of_series.predict_proba(SERIES) == before).all()


@pytest.mark.parametrize("length", [1, 2, 63, 64, 65, 1000])
def test_however_long_a_row_it_is_hidden_in_a_bounded_number_of_parts(length):
    of_tokens = hide_tokens(np.arange(length), np.arange(length))
    of_steps = hide_steps(np.ones((length, 3), "float32"))
    assert len(of_tokens.variants) <= MOST_PARTS
    assert len(of_steps.variants) <= 1.25 * MOST_PARTS
    for occlusion in (of_tokens, of_steps):  # each step is hidden, and equally often
        even = occlusion.contributions(
            np.array([np.prod(np.zeros(occlusion.shape)[p].shape) for p in occlusion.places], float)
        )
        np.testing.assert_allclose(even, 1)


def test_a_hidden_step_is_the_mean_and_a_hidden_token_is_gone():
    values = np.arange(1.0, 4.0)[:, None]
    assert [tuple(v[:, 0]) for v in hide_steps(values).variants] == [
        (0, 2, 3),
        (1, 0, 3),
        (1, 2, 0),
    ]
    ids = np.array([5, 6, 7])
    assert [
        v.tolist() for v in hide_tokens(ids, units_of([(0, 1), (0, 1), (2, 3)])[0]).variants
    ] == [
        [7],
        [5, 6],
    ]


def test_a_terminal_shows_the_strongest_first(of_texts):
    (explanation,) = of_texts.explain(TEXTS[:1])
    heading, first, *_ = str(explanation).splitlines()
    frame = explanation.to_frame()
    assert heading.startswith("good (probability ")
    assert first.endswith(frame["token"][frame["contribution"].abs().idxmax()])


def test_html_is_escaped_and_coloured_by_sign():
    explanation = TextExplanation(
        label="<b>",
        probability=0.5,
        contributions=np.array([2.0, -1.0, 0.0]),
        text="<i> & 'x'",
        spans=np.array([[0, 3], [4, 5], [6, 9]]),
    )
    page = explanation._repr_html_()
    assert "<i>" not in page and "<b>&lt;b&gt;" in page
    assert "rgba(31, 111, 180, 0.70)" in page and "rgba(194, 65, 12, 0.35)" in page
    assert page.count("<span") == 3 and "&lt;i&gt;" in page and "&#x27;x&#x27;" in page


@pytest.mark.parametrize("kind", ["text", "series"])
def test_pictures_are_drawn_without_a_display_and_saved(of_texts, of_series, kind, tmp_path):
    settings = copy.deepcopy(dict(matplotlib.rcParams))
    model, rows = (of_texts, ["a $1 film_{ \n Fine"]) if kind == "text" else (of_series, SERIES)
    (explanation,) = model.explain(rows[:1])
    assert isinstance(explanation, TextExplanation if kind == "text" else SeriesExplanation)
    figure = explanation.plot(tmp_path / "why.svg")
    assert "<svg" in (tmp_path / "why.svg").read_text()
    assert "probability" in "".join(
        each.get_text() for each in figure.findobj(matplotlib.text.Text)
    )
    assert dict(matplotlib.rcParams) == settings
    assert matplotlib._pylab_helpers.Gcf.figs == {}


def test_a_notebook_shows_every_row(of_texts, of_series):
    shown = of_series.explain(SERIES[:2])._repr_html_()
    assert shown.count("data:image/png;base64,") == 2
    page = of_texts.explain(TEXTS[:2]).to_html()
    assert page.startswith("<!DOCTYPE html>") and page.count("<hr>") == 1
    assert "charset" in page


def test_a_table_has_a_row_a_step_and_channel(of_series):
    frame = of_series.explain(SERIES[:1])[0].to_frame()
    assert list(frame) == ["step", "channel", "value", "contribution"]
    assert frame["step"].tolist() == list(range(60))
    np.testing.assert_allclose(frame["value"], SERIES[0, :, 0])


def test_a_pickled_classifier_explains_alike(of_series):
    again = pickle.loads(pickle.dumps(of_series))
    expected = of_series.explain(SERIES[:1])[0].contributions
    np.testing.assert_allclose(again.explain(SERIES[:1])[0].contributions, expected, atol=1e-5)
