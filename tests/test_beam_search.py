"""Beam search: what it finds, and what it is not asked for."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
from architectures import each_architecture
from keras import ops

from modelzoo import registry
from modelzoo.data.text import END
from modelzoo.errors import InputError
from modelzoo.estimators import Generator
from modelzoo.tasks.beam_search import ALPHA, BeamSearch
from modelzoo.tasks.sampling import Sampling

TEXTS = ["the cat sat on the mat. ", "a dog ate the cake. ", "so it goes. "] * 2
A, B, C, D = 6, 7, 8, 9  # tokens behind the special ones


class Chain:
    """A language in which the next token depends on the last one; stands for a decoder."""

    def __init__(self, chances):
        table = np.full((10, 10), -60.0)
        for before, after in chances.items():
            for token, chance in after.items():
                table[before, token] = np.log(chance)
        self.table = table.astype("float32")
        self.model = keras.Sequential()

    def step(self, token, state, position):
        return ops.take(self.table, token, axis=0), {"read": state["read"] + 1}

    def prefill(self, ids, state):
        return 0, state

    def matrix(self, rows):
        return ()

    def read_out(self, found, matrix):
        return found

    def beyond_reach(self, prompt):
        return 0

    def initial_state(self, rows, steps):
        return {"read": np.zeros((rows, 2), "float32")}

    def likelihood(self, begin, tokens):
        return sum(self.table[a, b] for a, b in itertools.pairwise([begin, *tokens]))


GARDEN_PATH = Chain({A: {B: 0.6, C: 0.4}, B: {B: 0.3, D: 0.3, A: 0.4}, C: {D: 1.0}, D: {D: 1.0}})


def search(chain, prompts, most, beams):
    found = BeamSearch(chain, beams).stream([np.array(p) for p in prompts], most, Sampling())
    return [row.tolist() for row in next(found)]


def test_it_finds_the_better_text_where_the_likeliest_token_leads_astray():
    assert search(GARDEN_PATH, [[A]], 4, beams=1)[0][0] == B  # greedy
    assert search(GARDEN_PATH, [[A]], 4, beams=3) == [[C, D, D, D]]


def test_prompts_of_other_lengths_do_not_disturb_each_other():
    prompts = [[A], [D, C, B, A], [B, C]]
    together = search(GARDEN_PATH, prompts, 5, beams=4)
    assert together == [search(GARDEN_PATH, [prompt], 5, beams=4)[0] for prompt in prompts]
    assert together[0] == together[1] == [C, D, D, D, D] and together[2] == [D] * 5


@pytest.mark.parametrize("seed", range(4))
def test_wide_beams_find_the_best_of_all_texts(seed):
    random = np.random.default_rng(seed)
    letters = [A, B, C, D]
    chances = {
        a: dict(zip([*letters, END], random.dirichlet(np.ones(5)), strict=True)) for a in letters
    }
    chain = Chain(chances)
    most = 4

    def score(tokens):
        return chain.likelihood(A, tokens) / ((5 + len(tokens)) / 6) ** ALPHA

    texts = [[*middle, END] for n in range(most) for middle in itertools.product(letters, repeat=n)]
    texts += [list(each) for each in itertools.product(letters, repeat=most)]
    best = max(texts, key=score)
    expected = best[:-1] if best[-1] == END else best
    assert search(chain, [[A]], most, beams=70) == [expected]


def test_a_finished_text_ends_the_search_early():
    chain = Chain({A: {END: 0.9, B: 0.1}, B: {B: 1.0}})
    assert search(chain, [[A], [B]], 200, beams=2) == [[], [B] * 200]


@pytest.fixture(scope="module", params=each_architecture(causal=True))
def fitted(request):
    options = {"context": 16, "epochs": 2, "random_state": 0, "verbose": 0}
    return Generator(request.param, size="tiny", **options).fit(TEXTS)


def test_it_finds_a_text_at_least_as_likely_as_the_greedy_one(fitted):
    bias = fitted.model_.get_layer("tokens").bias
    before = ops.convert_to_numpy(bias).copy()
    bias.assign(before - np.eye(len(before))[END] * 1e4)  # all texts are of one length
    greedy = fitted.generate("the", 12, temperature=0)
    found = fitted.generate("the", 12, beams=24)
    bias.assign(before)
    ids = fitted.task_.encode([greedy[3:], found[3:]])
    given = [np.concatenate(([2], fitted.task_.encode(["the"])[0]))] * 2
    scorer = fitted.task_.scorer(fitted.model_)
    of_greedy, of_found = scorer.nats(ids, given)
    assert len(found) == len(greedy) == 15 and of_found <= of_greedy + 1e-4


def test_it_is_deterministic_and_takes_lists_and_stops(fitted):
    both = fitted.generate(["the", "a dog"], 10, beams=3)
    assert both == [fitted.generate(each, 10, beams=3) for each in ("the", "a dog")]
    new = both[0][3:]
    if new:
        assert fitted.generate("the", 10, beams=3, stop=new[-1]) == "the" + new[: new.find(new[-1])]


def test_a_backbone_that_recomputes_is_searched_with_the_same_result(fitted):
    backbone = fitted.model_.get_layer("backbone")
    streamed = fitted.generate(["the", "a"], 8, beams=3)
    kind = type(backbone)
    recomputing = type("Recomputing", (kind,), {"streaming": False})
    backbone.__class__ = recomputing
    try:
        search = fitted.task_.beam_search(fitted.model_, 3)
        assert fitted.task_.generate(search, ["the", "a"], 8, Sampling()) == streamed
    finally:
        backbone.__class__ = kind


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.5},
        {"top_k": 3},
        {"top_p": 0.5},
        {"seed": 1},
        {"n": 2},
        {"repetition_penalty": 1.2},
    ],
)
def test_it_does_not_go_with_arguments_that_draw(fitted, wrong):
    with pytest.raises(InputError, match="beam search draws nothing"):
        fitted.generate("the", beams=2, **wrong)


def test_a_bidirectional_architecture_cannot_search():
    name = registry.list_models(causal=False)[0]
    model = Generator(name, size="tiny", context=16, epochs=1, verbose=0).fit(TEXTS)
    with pytest.raises(InputError, match="needs a causal architecture"):
        model.generate("the", beams=2)
    with pytest.raises(InputError, match="beams must be a whole number"):
        model.generate("the", beams=0)
