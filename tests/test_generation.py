"""Generation: windows, decoding, unmasking and perplexity, for every architecture."""

from __future__ import annotations

import contextlib
import functools
import math
import pickle

import keras
import numpy as np
import pytest
from architectures import each_architecture
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from sklearn.base import clone

from modelzoo import registry
from modelzoo.data.text import END, MASK, START, Vocabulary
from modelzoo.errors import InputError
from modelzoo.estimators import Generator
from modelzoo.layers import Backbone, transformer_backbone
from modelzoo.layers.compiled import Compiled
from modelzoo.tasks.decoding import Decoder
from modelzoo.tasks.generation import Generation
from modelzoo.tasks.sampling import Sampling, choose
from modelzoo.tasks.token_windows import TokenWindows, split_documents

CAUSAL = registry.list_models(causal=True)
BIDIRECTIONAL = registry.list_models(causal=False)
TEXTS = ["the cat sat on the mat. ", "a dog ate the cake, and then the bone. ", "so it goes. "]
GREEDY = Sampling(temperature=0)
CONTEXT = 16


@functools.cache
def assembled(model):
    """A task with an untrained network of one architecture around it; tests restore its weights."""
    keras.utils.set_random_seed(1)
    task = Generation.learn(TEXTS, context=CONTEXT)
    builder = registry.get_builder(model)
    return task, task.assemble(builder(**registry.resolve(model, "tiny")))


@pytest.fixture(scope="module", params=CAUSAL)
def causal(request):
    return assembled(request.param)


@pytest.fixture(scope="module", params=BIDIRECTIONAL)
def bidirectional(request):
    return assembled(request.param)


@pytest.fixture(scope="module", params=registry.list_models())
def any_direction(request):
    return assembled(request.param)


@contextlib.contextmanager
def preferring(task, model, token, by):
    """Adds to one token's logit for a while."""
    bias = model.get_layer("tokens").bias
    before = ops.convert_to_numpy(bias).copy()
    bias.assign(before + np.eye(len(before))[token] * by)
    yield
    bias.assign(before)


class WithoutStep(keras.layers.Layer):
    """A causal backbone that cannot stream: each step sees the mean of the past."""

    causal, width, max_length, streaming = True, 8, None, False

    def call(self, x, mask=None, training=None):
        steps = ops.cast(ops.arange(1, ops.shape(x)[1] + 1), x.dtype)
        return x + ops.cumsum(x, axis=1) / steps[None, :, None]


def without_step():
    return WithoutStep(name="backbone")


# Windows -------------------------------------------------------------------------------------


def documents(*lengths):
    return [np.arange(5, 5 + length, dtype="int32") for length in lengths]


def test_causal_targets_are_the_next_tokens():
    windows = TokenWindows(documents(9, 30, 4), context=8, batch_size=4, causal=True, seed=3)
    stream = windows.stream.tolist()
    for inputs, targets, weights in (windows[i] for i in range(len(windows))):
        assert inputs.shape == targets.shape == weights.shape == (4, 8)
        for row in range(4):
            both = [*inputs[row, 1:], targets[row, -1]]
            assert targets[row].tolist() == both
            assert any(stream[i : i + 8] == both for i in range(len(stream)))


def test_validation_windows_go_through_the_text_once():
    windows = TokenWindows(documents(9, 30, 4), context=8, batch_size=4, causal=True)
    seen = np.concatenate(
        [targets[w > 0] for _, targets, w in (windows[i] for i in range(len(windows)))]
    )
    stream = windows.stream[1:]
    np.testing.assert_array_equal(seen, stream[stream != START])


def test_masked_windows_hide_what_they_ask_for_and_nothing_else():
    windows = TokenWindows(documents(9, 30, 4), context=8, batch_size=6, causal=False, seed=0)
    for inputs, targets, weights in (windows[i] for i in range(len(windows))):
        np.testing.assert_array_equal(inputs == MASK, weights > 0)
        np.testing.assert_array_equal(inputs[weights == 0], targets[weights == 0])
        assert (targets != MASK).all()


def test_masked_windows_hide_anything_from_little_to_all():
    windows = TokenWindows(documents(500), context=50, batch_size=40, causal=False, seed=0)
    shares = np.concatenate([windows[i][2].mean(axis=1) for i in range(len(windows))])
    assert shares.min() < 0.05 and shares.max() > 0.95


@pytest.mark.parametrize("causal", [True, False])
def test_windows_differ_between_epochs_and_repeat_with_the_seed(causal):
    def epochs(seed):
        windows = TokenWindows(documents(90), context=8, batch_size=2, causal=causal, seed=seed)
        first = windows[0][0]
        windows.begin(epoch=1)
        return first, windows[0][0]

    (first, second), again = epochs(1), epochs(1)
    np.testing.assert_array_equal([first, second], again)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, epochs(2)[0])


@given(
    lengths=st.lists(st.integers(0, 40), min_size=1).filter(lambda x: sum(x) > 1),
    fraction=st.floats(0.01, 0.9),
)
def test_held_out_text_is_the_end_of_the_text_and_overlaps_nothing(lengths, fraction):
    whole = [np.arange(n) + 1000 * i for i, n in enumerate(lengths)]
    training, held_out = split_documents(whole, fraction)
    both = np.concatenate([*training, *held_out])
    np.testing.assert_array_equal(both, np.concatenate(whole))
    assert len(training)
    share = sum(map(len, held_out)) / sum(lengths)
    assert 0 <= share < 1


def test_of_a_single_document_the_tail_is_held_out():
    training, held_out = split_documents(documents(100), 0.1)
    assert [len(d) for d in training] == [90] and [len(d) for d in held_out] == [10]


# Sampling ------------------------------------------------------------------------------------


def draws(logits, n=4000, temperature=1.0, top_k=0, top_p=1.0):
    uniform = np.random.default_rng(0).random(n).astype("float32")
    logits = np.broadcast_to(np.asarray(logits, "float32"), (n, len(logits)))
    tokens = choose(logits, uniform, *Sampling(temperature, top_k, top_p).tensors())
    return np.bincount(ops.convert_to_numpy(tokens), minlength=logits.shape[1]) / n


PROBABILITIES = np.array([0, 0, 0, 0.1, 0, 0, 0.5, 0.25, 0.15])
with np.errstate(divide="ignore"):
    LOGITS = np.maximum(np.log(PROBABILITIES), -50) + 3


def test_draws_follow_the_probabilities():
    np.testing.assert_allclose(draws(LOGITS), PROBABILITIES, atol=0.02)


def test_temperature_sharpens_and_zero_takes_the_likeliest():
    squared = PROBABILITIES**2 / (PROBABILITIES**2).sum()
    np.testing.assert_allclose(draws(LOGITS, temperature=0.5), squared, atol=0.02)
    assert draws(LOGITS, temperature=0)[6] == 1
    assert draws(LOGITS, temperature=1e-4)[6] == 1


def test_top_k_and_top_p_cut_the_tail():
    assert np.flatnonzero(draws(LOGITS, top_k=2)).tolist() == [6, 7]
    assert np.flatnonzero(draws(LOGITS, top_k=1)).tolist() == [6]
    assert np.flatnonzero(draws(LOGITS, top_p=0.5)).tolist() == [6]
    assert np.flatnonzero(draws(LOGITS, top_p=0.76)).tolist() == [6, 7, 8]
    np.testing.assert_allclose(draws(LOGITS, top_k=99), PROBABILITIES, atol=0.02)
    np.testing.assert_allclose(draws(LOGITS, top_p=0.7)[6:8], [2 / 3, 1 / 3], atol=0.02)


@pytest.mark.parametrize("temperature", [0.3, 1.5, 3.0])
@pytest.mark.parametrize(
    "limits", [(0, 1.0), (5, 1.0), (700, 1.0), (0, 0.5), (0, 0.999), (400, 0.9)]
)
def test_of_many_tokens_the_likeliest_are_those_that_sorting_all_finds(limits, temperature):
    """Of a thousand tokens more are left at the higher temperature than are looked at first."""
    top_k, top_p = limits
    logits = 3 * np.random.default_rng(1).normal(size=1000)
    logits[:6] = -50  # the special ones
    order = np.argsort(-logits)
    chances = np.exp((logits[order] - logits.max()) / temperature)
    chances[top_k or 1000 :] = 0
    chances /= chances.sum()
    chances[np.cumsum(chances) - chances >= top_p] = 0
    expected = np.zeros(1000)
    expected[order] = chances / chances.sum()
    found = draws(logits, 20_000, temperature, top_k, top_p)
    assert not found[expected == 0].any()
    np.testing.assert_allclose(found, expected, atol=0.015)


def test_the_least_and_the_largest_uniform_number_draw_a_token_that_can_be():
    logits = np.full((2, 1000), -1e9, "float32")
    logits[:, [300, 301, 700]] = [[0.0, 1.0, 2.0]]
    uniform = np.array([0, 1 - 2**-24], "float32")
    for top_k, top_p in ((0, 1.0), (3, 1.0), (700, 1.0)):
        first, last = ops.convert_to_numpy(
            choose(logits, uniform, *Sampling(1.0, top_k, top_p).tensors())
        )
        # Among all they come in the order of their numbers, among the likeliest in theirs.
        assert (first, last) == ((700, 300) if top_k else (300, 700))
    assert (ops.convert_to_numpy(choose(logits, uniform, *Sampling(0).tensors())) == 700).all()


@pytest.mark.parametrize("limits", [(0, 1.0), (0, 0.9), (5, 1.0)])
def test_compiled_and_for_all_steps_of_rows_the_draws_are_the_same(limits):
    random = np.random.default_rng(0)
    logits = (3 * random.normal(size=(2, 3, 1000))).astype("float32")
    uniform = random.random((2, 3)).astype("float32")
    settings = Sampling(1.0, *limits).tensors()
    compiled = Compiled(lambda *given: choose(*given, *settings))
    together = ops.convert_to_numpy(compiled(logits, uniform))
    for row in range(2):
        for step in range(3):
            alone = choose(logits[row, step][None], uniform[row, step][None], *settings)
            assert together[row, step] == ops.convert_to_numpy(alone)[0]


def test_what_a_row_draws_does_not_depend_on_the_others():
    steep = 2 * np.random.default_rng(1).normal(size=1000)
    uniform = np.random.default_rng(0).random(3).astype("float32")
    for limits in ((400, 0.9), (0, 0.9)):
        settings = Sampling(1.0, *limits).tensors()
        rows = np.stack([steep, np.zeros(1000), steep]).astype("float32")
        together = ops.convert_to_numpy(choose(rows, uniform, *settings))
        for row in (0, 2):
            alone = choose(rows[row : row + 1], uniform[row : row + 1], *settings)
            assert together[row] == ops.convert_to_numpy(alone)[0]


def test_special_tokens_are_never_drawn_but_the_end():
    assert np.flatnonzero(draws(np.zeros(9))).tolist() == [3, 6, 7, 8]
    assert draws([9, 9, 9, 0, 9, 9, 1, 0], temperature=0)[6] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"temperature": "hot"},
        {"top_k": -1},
        {"top_k": 1.5},
        {"top_p": 0},
        {"top_p": 1.1},
        {"seed": -1},
        {"seed": "x"},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Sampling(**wrong)


# Decoding ------------------------------------------------------------------------------------


LENGTH = 64


def whole(model):
    """The logits (T, V) of one text, padded behind so that all texts share a compiled function."""
    predict = Compiled(lambda ids: model(ids, training=False), model)

    def logits(tokens):
        ids = np.zeros((1, LENGTH), "int32")
        ids[0, : len(tokens)] = tokens
        return ops.convert_to_numpy(predict(ids))[0, : len(tokens)].copy()

    return logits


def recomputed(task, model, prompt, steps):
    """Greedy decoding the slow way: the whole text through the model for each token."""
    tokens = [START, *task.encode([prompt])[0]]
    start = len(tokens)
    predict = whole(model)
    for _ in range(steps):
        logits = predict(tokens)[-1]
        logits[[0, 1, 2, 4, 5]] = -np.inf
        if logits.argmax() == END:
            break
        tokens.append(int(logits.argmax()))
    return prompt + task.decode(np.array(tokens[start:], "int32"))


def test_the_compiled_loop_equals_naive_recomputation(causal):
    task, model = causal
    writer = task.writer(model)
    prompts = ["the", "", "a dog ate th"]
    expected = [recomputed(task, model, prompt, 20) for prompt in prompts]
    assert task.generate(writer, prompts, 20, GREEDY) == expected  # all rows at once
    assert [task.generate(writer, [p], 20, GREEDY)[0] for p in prompts] == expected


def test_a_backbone_without_step_generates_by_recomputing():
    task = Generation.learn(TEXTS, context=CONTEXT)
    model = task.assemble(without_step())
    expected = [recomputed(task, model, prompt, 9) for prompt in ("the", "so it")]
    assert task.generate(task.writer(model), ["the", "so it"], 9, GREEDY) == expected


def test_the_beginning_of_a_long_prompt_is_not_read_where_it_changes_nothing(monkeypatch):
    task = Generation.learn(TEXTS, context=12)
    sizes = {"width": 8, "depth": 3, "heads": 2, "head_dim": None, "feedforward": None}
    options = {"dropout": 0.0, "activation": "gelu", "gated": False, "positions": "rotary"}
    backbone = transformer_backbone(causal=True, pre_norm=True, max_length=12, **sizes, **options)
    model = task.assemble(backbone)
    writer, beams = task.writer(model), task.beam_search(model, 2)
    assert writer.beyond_reach(np.zeros(10_000)) == (10_000 - 34) // 64 * 64  # three times 11 back
    assert writer.beyond_reach(np.zeros(34 + 63)) == 0
    prompts = ["the cat sat on the mat " * 40, "the", "a dog ate the cat " * 7]
    sampling = Sampling(seed=3, repetition_penalty=1.5)

    def written():
        drawn = task.generate(writer, prompts, 70, sampling)
        return drawn, task.generate(beams, prompts, 9, Sampling())

    monkeypatch.setattr("modelzoo.tasks.decoding.WORTH", 1)
    short = written()
    monkeypatch.setattr(Decoder, "beyond_reach", lambda *_: 0)
    assert written() == short
    monkeypatch.setattr(Backbone, "prefills", False)
    assert written() == short


def test_long_prompts_are_continued_as_if_read_step_by_step(causal, monkeypatch):
    task, model = causal
    monkeypatch.setattr("modelzoo.tasks.decoding.WORTH", 1)
    backbone = next(layer for layer in model.layers if hasattr(layer, "causal"))
    writer, beams = task.writer(model), task.beam_search(model, 3)
    texts = ["the cat sat on the mat " * 4, "a dog ate the cat" * 8, "the"]
    sampling = Sampling(seed=3, repetition_penalty=1.5)

    def written():
        for prompts in (texts[:1], texts[1:2], texts[:2], texts):
            yield task.generate(writer, prompts, 70, sampling)
            yield "".join(task.stream(writer, prompts[0], 70, sampling))
            yield task.generate(beams, prompts, 9, Sampling())

    at_once = list(written())
    assert (writer._prefill.traces > 0) == backbone.prefills
    monkeypatch.setattr(Backbone, "prefills", False)
    assert list(written()) == at_once


def test_prompts_of_other_lengths_and_other_settings_do_not_compile_again(any_direction):
    task, model = any_direction
    writer = task.writer(model)
    task.generate(writer, ["the"], 5, GREEDY)
    for prompt, steps in (("a", 9), ("the cat sat on the mat and a dog ate", 1), ("", 3)):
        task.generate(writer, [prompt], steps, Sampling(0.7, top_k=3, top_p=0.9, seed=steps))
    assert writer.traces == 1


def test_the_same_seed_writes_the_same_text(any_direction):
    task, model = any_direction
    writer = task.writer(model)

    def written(seed):
        return task.generate(writer, ["the", "the"], 30, Sampling(seed=seed))

    assert written(1) == written(1) != written(2)
    first, second = written(1)
    assert first != second  # each row draws for itself
    assert task.generate(writer, ["the"], 30, Sampling(seed=1)) == [first]  # whatever the batch


def test_later_weights_are_seen_without_compiling_again(causal):
    task, model = causal
    writer = task.writer(model)
    before = task.generate(writer, ["the"], 12, GREEDY)
    with preferring(task, model, task.encode(["g"])[0][0], 1e4):
        assert task.generate(writer, ["the"], 12, GREEDY) == ["the" + "g" * 12]
    assert task.generate(writer, ["the"], 12, GREEDY) == before
    assert writer.traces == 1


def test_a_row_stops_at_its_end_token_and_the_others_go_on(any_direction):
    task, model = any_direction
    writer = task.writer(model)
    with preferring(task, model, END, 1e4):
        assert task.generate(writer, ["the", "", "a"], 40, GREEDY) == ["the", "", "a"]
    with preferring(task, model, END, 1):
        texts = task.generate(writer, ["the"] * 12, 80, Sampling(seed=0))
    lengths = {len(text) for text in texts}
    assert max(lengths) <= 83 and len(lengths) > 1


def test_long_continuations_cross_the_chunks_of_the_loop(causal):
    task, model = causal
    writer = task.writer(model)
    with preferring(task, model, END, -1e4):
        (text,) = task.generate(writer, ["the"], 200, GREEDY)
        assert len(text) == 203
        assert text[:150] == task.generate(writer, ["the"], 147, GREEDY)[0]
        assert text == task.generate(writer, [text[:90]], 113, GREEDY)[0]


# Unmasking -----------------------------------------------------------------------------------


def test_filling_leaves_what_is_known_and_no_mask(bidirectional):
    task, model = bidirectional
    texts = [task.encode(["the cat sat on"])[0], task.encode(["a dog"])[0]]
    masked = [text.copy() for text in texts]
    masked[0][[3, 4, 9]] = MASK
    masked[1][[0, 4]] = MASK
    writer = task.writer(model)
    for steps in (None, 1, 2):
        filled = writer.fill(masked, Sampling(seed=1), steps=steps)
        for before, after in zip(masked, filled, strict=True):
            assert (after != MASK).all() and len(after) == len(before)
            np.testing.assert_array_equal(after[before != MASK], before[before != MASK])


def test_a_token_is_written_as_often_as_the_network_expects_it(bidirectional):
    task, model = bidirectional
    weights = model.get_weights()
    model.set_weights([np.zeros_like(each) for each in weights])  # the same everywhere
    space = int(task.encode([" "])[0][0])
    asked = [np.full(CONTEXT, MASK, "int32") for _ in range(16)]
    usual = np.concatenate(task.writer(model).fill(asked, Sampling(seed=0)))
    others = len({*usual} - {space})
    with preferring(task, model, space, math.log(others)):  # half of all
        filled = np.concatenate(task.writer(model).fill(asked, Sampling(seed=0)))
    model.set_weights(weights)
    assert 0.4 < (filled == space).mean() < 0.6


def test_a_continuation_keeps_its_prompt_and_has_the_length_asked_for(bidirectional):
    task, model = bidirectional
    writer = task.writer(model)
    prompt = "a dog ate the cake, and then"  # longer than the window
    with preferring(task, model, END, -1e4):
        for length in (0, 1, 5, 40):
            (text,) = task.generate(writer, [prompt], length, Sampling(seed=0))
            assert text.startswith(prompt) and len(text) == len(prompt) + length
            assert "\ufffd" not in text


# Perplexity ----------------------------------------------------------------------------------


def test_a_model_that_knows_nothing_has_the_perplexity_of_its_vocabulary(any_direction):
    task, model = any_direction
    weights = model.get_weights()
    tokens = model.get_layer("tokens")
    tokens.embeddings.assign(np.zeros(tokens.embeddings.shape))
    tokens.bias.assign(np.zeros(tokens.bias.shape))
    result = task.perplexity(task.scorer(model), [TEXTS[0], "", TEXTS[1] * 3])
    model.set_weights(weights)
    assert result.perplexity == pytest.approx(len(task.vocabulary), rel=1e-5)
    assert result.nats_per_character == pytest.approx(math.log(len(task.vocabulary)), rel=1e-5)
    assert result.n_tokens == len(TEXTS[0]) + 3 * len(TEXTS[1])
    assert result.bound is not task.causal


def test_a_document_is_scored_alone_whatever_stands_beside_it(any_direction):
    task, model = any_direction
    scorer = task.scorer(model)
    texts = [*TEXTS, TEXTS[1] * 4, "a"]
    documents = task.encode(texts)
    together = scorer.nats(documents)
    np.testing.assert_allclose(scorer.nats(documents[::-1])[::-1], together, rtol=1e-5)
    alone = [scorer.nats([document])[0] for document in documents]
    np.testing.assert_allclose(alone, together, rtol=1e-5)


def test_a_long_document_costs_what_each_token_costs_given_its_window(causal):
    task, model = causal
    (document,) = task.encode([TEXTS[1]])
    tokens = np.concatenate(([START], document))
    expected, predict = 0.0, whole(model)
    for position in range(1, len(tokens)):
        # the window that scores this token: the first one, or the first to reach it
        begin = max(0, math.ceil((position - CONTEXT) / (CONTEXT // 2))) * (CONTEXT // 2)
        assert begin == 0 or CONTEXT // 2 <= position - begin <= CONTEXT
        logits = predict(tokens[begin:position])[-1]
        expected -= float(ops.log_softmax(logits)[int(tokens[position])])
    assert task.scorer(model).nats([document])[0] == pytest.approx(expected, rel=1e-4)


def test_no_token_sees_its_own_future(causal):
    task, model = causal
    scorer = task.scorer(model)
    head = "the cat sat on the mat. a d"
    longer = [head[:n] for n in range(1, len(head) + 1)]
    nats = scorer.nats(task.encode(longer))
    other = scorer.nats(task.encode([text + "og" for text in longer]))
    assert (np.diff(nats) > 0).all() and (other > nats).all()


# The Generator -------------------------------------------------------------------------------

SONG = "abcdefgh" * 60


@pytest.fixture(scope="module", params=each_architecture())
def fitted(request):
    generator = Generator(
        request.param,
        size="tiny",
        context=CONTEXT,
        epochs=8,
        learning_rate=1e-2,
        random_state=0,
        verbose=0,
    )
    return generator.fit(SONG)


def test_it_learns_a_toy_language(fitted):
    assert fitted.perplexity(SONG).perplexity < 2  # eight letters: a unigram has 8
    assert fitted.score(SONG) > -math.log(2)


def test_what_it_writes_is_the_toy_language(fitted):
    text = fitted.generate("abcd", max_new_tokens=24, temperature=0)
    assert text.startswith("abcd") and len(text) == 28
    right = sum(a == b for a, b in zip(text, SONG, strict=False))
    assert right >= 24


def test_string_in_string_out_and_list_in_list_out(fitted):
    assert isinstance(fitted.generate("a", 3), str)
    assert fitted.generate("ab", 0) == "ab"
    assert fitted.generate([], 3) == []
    batch = fitted.generate(["a", "abc"], 3, temperature=0)
    assert batch == [
        fitted.generate("a", 3, temperature=0),
        fitted.generate("abc", 3, temperature=0),
    ]
    assert len(fitted.generate(seed=1, max_new_tokens=5)) <= 5  # from nothing


def test_wrong_requests_are_refused(fitted):
    with pytest.raises(InputError, match="max_new_tokens"):
        fitted.generate("a", -1)
    with pytest.raises(InputError, match="temperature"):
        fitted.generate("a", temperature=-1)


def test_a_fitted_generator_pickles_after_use(fitted):
    fitted.generate("a", 2)
    again = pickle.loads(pickle.dumps(fitted))
    assert again.generate("abc", 8, temperature=0) == fitted.generate("abc", 8, temperature=0)


def test_the_task_comes_back_from_its_state(fitted):
    task = Generation.from_state(fitted.task_.state())
    assert task.state() == fitted.task_.state()
    assert task.causal == fitted.task_.causal


def test_validation_data_and_callbacks_reach_the_training():
    seen = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs))
    generator = Generator(without_step, context=8, epochs=2, random_state=3, verbose=0)
    generator.fit(TEXTS, validation_data="the cat", callbacks=[watch])
    alone = generator.task_.batches(generator.task_.encode(["the cat"]), batch_size=16)
    best = min(logs["val_loss"] for logs in seen)
    assert generator.model_.evaluate(alone, verbose=0) == pytest.approx(best, rel=1e-4)


def test_two_fits_with_one_random_state_are_equal():
    generator = Generator(without_step, context=8, epochs=1, random_state=3, verbose=0)
    first, second = generator.fit(TEXTS), clone(generator).fit(TEXTS)
    for a, b in zip(first.model_.get_weights(), second.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert first.generate("the", 20, seed=5) == second.generate("the", 20, seed=5)


def test_words_are_joined_by_spaces():
    generator = Generator(without_step, tokenizer="word", context=4, epochs=1, verbose=0)
    text = generator.fit(TEXTS * 5).generate("the cat", 3, seed=1)
    assert text == "the cat" or text.startswith("the cat ")


def test_learned_positions_refuse_what_does_not_fit():
    for name in CAUSAL:
        if "positions" not in registry.hyperparameters(name):
            continue
        task = Generation.learn(TEXTS, context=CONTEXT)
        learned = {"positions": "learned", "max_length": CONTEXT}
        hparams = registry.resolve(name, "tiny", learned)
        model = task.assemble(registry.get_builder(name)(**hparams))
        writer = task.writer(model)
        task.generate(writer, ["the"], CONTEXT - 3, GREEDY)
        with pytest.raises(InputError, match=f"{CONTEXT + 1} positions"):
            task.generate(writer, ["the"], CONTEXT - 2, GREEDY)


def test_a_context_too_short_is_refused():
    with pytest.raises(InputError, match="context must be"):
        Generator(context=1, verbose=0).fit(TEXTS)


@settings(max_examples=5, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=3))
def test_texts_of_a_few_characters_can_be_fitted(text):
    task = Generation.learn([text], context=CONTEXT)
    windows = task.batches(task.encode([text]), batch_size=2, seed=0)
    inputs, targets, weights = windows[0]
    assert inputs.shape == targets.shape == weights.shape and weights.sum() > 0
    assert Vocabulary.from_json(task.vocabulary.to_json()).tokens == task.vocabulary.tokens


def test_a_validation_fraction_of_zero_holds_nothing_out():
    documents = [np.arange(10), np.arange(5)]
    train, held_out = split_documents(documents, 0.0)
    assert [len(document) for document in train] == [10, 5]
    assert held_out == []


@pytest.mark.parametrize("causal", [True, False])
def test_windows_that_validate_stay_the_same_from_epoch_to_epoch(causal):
    windows = TokenWindows([np.arange(5, 90)], context=16, batch_size=4, causal=causal)
    before = [windows[index] for index in range(len(windows))]
    windows.begin(epoch=1)
    for first, second in zip(before, [windows[i] for i in range(len(windows))], strict=True):
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one, other)
