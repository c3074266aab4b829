"""Prompts with completions: rows, masks and what a generator learns from them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from architectures import each_architecture

import modelzoo
from modelzoo.data.text import END, MASK, PAD, SEPARATOR, START
from modelzoo.errors import InputError
from modelzoo.estimators import Generator
from modelzoo.tasks.generation import Generation
from modelzoo.tasks.pairs import Pair, PairBatches, needed_context

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier", "five": "fuenf"}
PROMPTS, COMPLETIONS = list(WORDS) * 24, list(WORDS.values()) * 24


def pair(prompt, completion):
    """A pair of so many tokens, all different."""
    ids = np.arange(10, 10 + prompt + completion, dtype="int32")
    return Pair(ids[:prompt], ids[prompt:])


def rows_of(batches):
    for index in range(len(batches)):
        yield from zip(*batches[index], strict=True)


@pytest.fixture(scope="module", params=each_architecture())
def fitted(request):
    options = {"epochs": 25, "learning_rate": 1e-2, "random_state": 0, "verbose": 0}
    generator = Generator(request.param, size="tiny", context=32, **options)
    return generator.fit(PROMPTS, COMPLETIONS)


# Rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("causal", [True, False])
def test_the_loss_counts_on_completion_and_end_only(causal):
    pairs = [pair(3, 5), pair(0, 9), pair(6, 1)] * 4
    batches = PairBatches(pairs, context=64, batch_size=3, causal=causal, seed=0)
    for inputs, targets, weights in rows_of(batches):
        separator = int(np.flatnonzero(inputs == SEPARATOR)[0])
        assert inputs[0] == START and PAD not in inputs[:separator]
        first = separator if causal else separator + 1  # the next token, or the token itself
        assert not weights[:first].any() and set(weights) <= {0, 1}
        if causal:
            answer = targets[weights > 0]
            assert answer[-1] == END and len(answer) == (targets[first:] != PAD).sum()
            np.testing.assert_array_equal(inputs[1:], targets[:-1])
        else:
            np.testing.assert_array_equal(inputs == MASK, weights > 0)
            np.testing.assert_array_equal(inputs[weights == 0], targets[weights == 0])


def test_every_pair_has_a_row_and_none_runs_into_another():
    pairs = [pair(size, size + 1) for size in range(1, 20)]
    batches = PairBatches(pairs, context=64, batch_size=4, causal=True, seed=1)
    rows = {
        tuple(np.append(inputs, targets[-1]).tolist()) for inputs, targets, _ in rows_of(batches)
    }
    expected = {
        (START, *prompt.tolist(), SEPARATOR, *completion.tolist(), END)
        for prompt, completion in pairs
    }
    assert {tuple(each for each in row if each != PAD) for row in rows} == expected


def test_bidirectional_rows_end_with_each_block_of_the_completion():
    batches = PairBatches([pair(2, 20)], context=64, batch_size=8, causal=False)
    lengths = sorted((targets != PAD).sum() for _, targets, _ in rows_of(batches))
    assert lengths == [4 + 16, 4 + 32]  # the second block filled with end tokens
    longest = max(rows_of(batches), key=lambda row: (row[1] != PAD).sum())
    assert (longest[1][4 + 20 : 4 + 32] == END).all()


def test_of_a_pair_too_long_the_beginning_of_the_prompt_is_cut_and_the_share_told():
    pairs = [pair(40, 3), pair(2, 3)]
    with pytest.warns(UserWarning, match=r"50\.0% of the pairs are longer than context=16"):
        batches = PairBatches(pairs, context=16, batch_size=1, causal=True, seed=0)
    rows = [np.append(inputs, targets[-1]) for inputs, targets, _ in rows_of(batches)]
    cut = max(rows, key=lambda row: int((row != PAD).sum()))
    cut = cut[cut != PAD]
    assert cut[0] == START and cut[1] > 10 and cut[-1] == END and len(cut) <= 16
    np.testing.assert_array_equal(cut[-4:-1], pairs[0].completion)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PairBatches(pairs, context=16, batch_size=1, causal=True)  # told once, of what trains


def test_of_a_completion_too_long_the_end_is_cut():
    with pytest.warns(UserWarning, match="longer than context"):
        batches = PairBatches([pair(4, 40)], context=16, batch_size=1, causal=True, seed=0)
    ((inputs, targets, weights),) = rows_of(batches)
    assert inputs[:2].tolist() == [START, SEPARATOR] and END not in targets
    assert weights.sum() == 14


def test_masks_change_from_epoch_to_epoch_and_not_where_they_validate():
    def masks(seed):
        batches = PairBatches([pair(3, 9)] * 8, context=64, batch_size=8, causal=False, seed=seed)
        before = batches[0][0]
        batches.begin(epoch=1)
        return before, batches[0][0]

    first, second = masks(4)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(masks(4), (first, second))
    np.testing.assert_array_equal(*masks(None))


def test_the_context_is_what_the_longest_pair_needs_up_to_a_limit():
    assert needed_context([pair(3, 5)]) == 32
    assert needed_context([pair(50, 5), pair(3, 5)]) == 2 + 50 + 16
    assert needed_context([pair(500, 5)]) == 256
    assert Generation.learn(["a" * 50], ["b"]).context == 68
    assert Generation.learn(["a" * 50], ["b"], context=20).context == 20


# The Generator -------------------------------------------------------------------------------


def test_it_learns_to_complete_and_returns_the_completion_only(fitted):
    answers = fitted.generate(list(WORDS), max_new_tokens=12, temperature=0)
    assert answers == list(WORDS.values())
    assert fitted.generate("two", max_new_tokens=3, temperature=0) == "zwe"


def test_completions_are_streamed_without_their_prompt(fitted):
    pieces = list(fitted.generate("three", 12, temperature=0, stream=True))
    assert "".join(pieces) == "drei"


def test_perplexity_measures_the_completions_only(fitted):
    right = fitted.perplexity(list(WORDS), list(WORDS.values()))
    assert right.n_characters == right.n_tokens == sum(map(len, WORDS.values()))
    assert right.perplexity < 1.5 and right.bound is not fitted.task_.causal
    assert fitted.score(list(WORDS), list(WORDS.values())) == -right.nats_per_character
    wrong = fitted.perplexity(list(WORDS), list(WORDS.values())[::-1])
    assert wrong.nats_per_character > 5 * right.nats_per_character


def test_a_model_of_pairs_is_asked_for_pairs(fitted):
    with pytest.raises(InputError, match="give the completions as y"):
        fitted.perplexity(["one"])
    with pytest.raises(InputError, match=r"2 prompts, y 1 completions"):
        fitted.perplexity(["one", "two"], ["eins"])
    assert fitted.perplexity("one", "eins").n_characters == 4


def test_a_saved_model_of_pairs_completes_the_same(fitted, tmp_path):
    loaded = modelzoo.load(fitted.save(tmp_path / "pairs.mz"))
    options = {"max_new_tokens": 9, "seed": 2}
    assert loaded.generate(["one", "five"], **options) == fitted.generate(
        ["one", "five"], **options
    )
    assert loaded.score(["one"], ["eins"]) == pytest.approx(fitted.score(["one"], ["eins"]))


def quick(**options):
    options = {"hparams": {"width": 8, "depth": 1}, "epochs": 1, "verbose": 0} | options
    return Generator(modelzoo.list_models(causal=True)[-1], random_state=0, **options)


def test_pairs_of_weight_zero_teach_nothing():
    weights = [1.0, 0.0] * 20
    odd = quick().fit(["a", "b"] * 20, ["xy", "xxy"] * 20, weights)
    other = quick().fit(["a", "b"] * 20, ["xy", "xxxy"] * 20, weights)
    for one, same in zip(odd.model_.get_weights(), other.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)
    with pytest.raises(InputError, match="every pair has weight 0"):
        quick().fit(["a"], ["b"], [0.0])
    with pytest.raises(InputError, match="sample_weight must be 2 numbers"):
        quick().fit(["a", "b"], ["b", "c"], [1.0])


def test_weights_decide_which_completion_is_learned():
    prompts, completions = ["a"] * 60, ["x", "y"] * 30
    model = quick(epochs=15, learning_rate=3e-2)
    model.fit(prompts, completions, np.tile([1.0, 0.05], 30))
    assert model.score(["a"], ["x"]) > model.score(["a"], ["y"]) + 1


@pytest.mark.slow
def test_validation_pairs_choose_the_epoch():
    model = quick(epochs=2).fit(PROMPTS[:20], COMPLETIONS[:20], validation_data=(["one"], ["eins"]))
    assert len(model.history_["val_loss"]) == 2
    with pytest.raises(InputError, match=r"\(prompts, completions\)"):
        quick().fit(["a"], ["b"], validation_data=["a"])
    with pytest.raises(InputError, match=r"validation_data\[1\]"):
        quick().fit(["a"], ["b"], validation_data=(["a"], [3]))


def test_what_does_not_pair_up_is_refused():
    with pytest.raises(InputError, match="X has 2 prompts, y 1 completions"):
        quick().fit(["a", "b"], ["x"])
    with pytest.raises(InputError, match="y must be a list of texts, but row 1 is None"):
        quick().fit(["a", "b"], ["x", None])
    with pytest.raises(InputError, match="whole number from 4"):
        quick(context=3).fit(["a"], ["x"])
    with pytest.raises(InputError, match="sample_weight counts pairs"):
        quick().fit(["a"], sample_weight=[1.0])


def test_a_model_of_texts_is_not_asked_for_completions():
    model = quick().fit(["abc " * 20])
    with pytest.raises(InputError, match="leave y out"):
        model.perplexity(["a"], ["b"])
