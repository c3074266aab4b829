"""Cards: what they hold, what a size costs, and how they are shown."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from html.parser import HTMLParser

import pytest

from modelzoo import registry
from modelzoo.errors import InputError, RegistryError, UnknownNameError
from modelzoo.registry.cards import APPLICATIONS, TASKS, Card, Traits
from modelzoo.registry.presentation import human_bytes, human_count, human_flops

NAMES = registry.list_models()
PUBLISHED = [
    (name, size)
    for name in NAMES
    for size, entry in registry.describe(name).sizes.items()
    if entry.published
]


@pytest.fixture(params=NAMES)
def card(request) -> Card:
    return registry.describe(request.param)


def test_a_card_says_what_a_practitioner_needs(card):
    assert len(card.strengths) >= 4
    assert len(card.weaknesses) >= 4
    assert card.applications
    assert {"tiny", "small", "base"} <= set(card.sizes)
    assert set(card.tasks) == set(TASKS)
    assert len(card.summary) > 60


def test_every_claim_is_a_sentence_that_something_backs(card):
    for claim in (*card.strengths, *card.weaknesses, *card.applications):
        assert claim.text[0].isupper() or claim.text[0].isdigit()
        assert claim.text.endswith(".") and "  " not in claim.text
        assert claim.evidence or claim.measured
        assert set(claim.evidence) <= set(card.references)


def test_every_reference_backs_something(card):
    claims = (*card.strengths, *card.weaknesses, *card.applications)
    used = {each for claim in claims for each in claim.evidence}
    used |= {size.published.source for size in card.sizes.values() if size.published}
    assert set(card.references) == used


def test_applications_are_from_the_controlled_set_and_it_is_covered():
    named = {claim.application for name in NAMES for claim in registry.describe(name).applications}
    assert named == set(APPLICATIONS)


def test_a_card_fits_its_builder(card):
    registry.check(card.name)


@pytest.mark.parametrize(("name", "size"), PUBLISHED)
def test_a_published_count_is_met(name, size):
    card = registry.describe(name)
    published = card.sizes[size].published
    cost = card.cost(size)
    assert cost.embedding_parameters > 0  # they are part of the system, counted or not
    counted = cost.parameters if published.embeddings else cost.backbone_parameters
    assert counted == pytest.approx(published.parameters, rel=0.02)
    assert card.to_dict()["sizes"][size]["published"]["embeddings"] is published.embeddings


def test_a_published_count_may_leave_the_embeddings_out():
    counts = [registry.describe(name).sizes[size].published for name, size in PUBLISHED]
    assert {each.embeddings for each in counts} == {True, False}
    assert {each.source for each in counts if not each.embeddings} == {"thoppilan2022"}


def test_cost_adds_up(card):
    cost = card.cost("tiny", vocabulary=100, length=7, batch_size=3)
    width = {**card.hyperparameters(), **card.resolve("tiny")}["width"]
    assert cost.embedding_parameters == 100 * width
    assert cost.parameters == cost.backbone_parameters + cost.embedding_parameters
    assert cost.load_bytes == 4 * cost.parameters
    assert cost.train_bytes == 16 * cost.parameters + 4 * 21 * cost.activations_per_token
    assert cost.backbone_parameters == card.cost("tiny").backbone_parameters
    assert card.cost("tiny") == card.cost("tiny", vocabulary=0)


def test_cost_follows_the_traits(card):
    short, long = (card.cost("small", length=each) for each in (100, 200))
    if card.traits.cost == "linear":
        assert long.flops_per_token == short.flops_per_token
        assert long.state_bytes == short.state_bytes
    else:
        assert long.flops_per_token > short.flops_per_token
    assert (short.state_bytes > 0) == card.traits.streaming


def test_hyperparameters_win_over_the_size(card):
    tiny, wide = card.cost("tiny"), card.cost("tiny", width=64)
    assert wide.parameters > tiny.parameters
    assert card.resolve("tiny", {"width": 64})["width"] == 64


def test_a_wrong_name_is_told_with_the_nearest(card):
    with pytest.raises(UnknownNameError, match="did you mean 'small'"):
        card.cost("smal")
    with pytest.raises(UnknownNameError, match="did you mean 'width'"):
        card.cost("small", widht=3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 0},
        {"length": 2.5},
        {"batch_size": 0},
        {"vocabulary": -1},
        {"width": 0},
        {"depth": -3},
    ],
)
def test_a_number_out_of_range_is_told(wrong):
    with pytest.raises(InputError, match=f"{next(iter(wrong))} must"):
        registry.describe(NAMES[0]).cost(**wrong)


def test_a_card_cannot_be_changed(card):
    with pytest.raises(dataclasses.FrozenInstanceError):
        card.name = "other"
    with pytest.raises(TypeError, match="cannot be changed"):
        card.sizes["mine"] = None
    with pytest.raises(TypeError):
        card.references.clear()


def test_a_card_survives_pickling_copying_and_hashing(card):
    assert pickle.loads(pickle.dumps(card)) == card
    assert copy.deepcopy(card) == card
    assert len({card, copy.copy(card)}) == 1


def test_a_card_is_plain_data_for_json(card):
    shown = json.loads(json.dumps(card.to_dict()))
    assert shown["name"] == card.name
    assert shown["costs"]["tiny"]["parameters"] == card.cost("tiny").parameters


def test_the_text_names_everything_within_the_columns(card):
    text = repr(card)
    for expected in (card.name, card.title, *card.sizes, *card.references, card.origin):
        assert expected in text
    assert all(len(line) <= 96 or "http" in line for line in text.splitlines())


class _Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_html_is_balanced_and_escaped(card):
    evil = dataclasses.replace(
        card, title="<script>alert(1)</script>", summary='"><img src=x onerror=y>', origin="<b>"
    )
    parser = _Texts()
    parser.feed(evil._repr_html_())
    assert parser.open == []
    assert not parser.tags & {"script", "img"}


def test_a_card_without_formulas_is_still_shown():
    def builder(*, width=8): ...

    traits = Traits(False, False, "linear", False, "low", "short")
    card = Card("bare", "Bare", "custom", builder, "Nothing known.", traits)
    assert "Nothing known." in repr(card) and "bare" in card._repr_html_()
    with pytest.raises(InputError, match="no cost formulas"):
        card.cost()


def test_a_card_whose_builder_is_missing_says_so_where_the_cost_would_stand(card):
    broken = dataclasses.replace(card, builder="modelzoo_nowhere.module:function")
    assert "there is no module named" in " ".join(repr(broken).split())
    assert "there is no module named" in broken._repr_html_()
    with pytest.raises(RegistryError, match="there is no module"):
        broken.cost("tiny")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (human_count(0), "0"),
        (human_count(999), "999"),
        (human_count(999_999), "1 M"),
        (human_bytes(1_500), "1.5 kB"),
        (human_flops(3.5e11), "350 GFLOP"),
    ],
)
def test_numbers_are_shown_with_three_digits(shown, expected):
    assert shown == expected
