"""How a generator writes: penalties, stops, several texts, streams, and ids that are no text."""

from __future__ import annotations

import contextlib
import functools
import itertools

import keras
import numpy as np
import pytest
from architectures import each_architecture
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

import modelzoo
from modelzoo import registry
from modelzoo.data.text import END, Vocabulary
from modelzoo.data.token_ids import TokenIds, kind_of
from modelzoo.data.transcripts import TextTranscript
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.estimators import Generator
from modelzoo.tasks.generation import Generation
from modelzoo.tasks.sampling import Sampling, choose, discourage

TEXTS = ["the cat sat on the mat. ", "a dog ate the cake, and then the bone. ", "so it goes. "]
MELODY = [60, 62, 64, 65, 67, 65, 64, 62] * 12


@functools.cache
def quick(model, **options):
    """A generator after one epoch: what it writes means nothing, how it writes is tested."""
    hparams = {"width": 8, "depth": 1}
    hparams = {k: v for k, v in hparams.items() if k in registry.hyperparameters(model)}
    options = {"hparams": hparams, "context": 16, "epochs": 1, "random_state": 0} | options
    texts = [MELODY] if options.get("kind") == "tokens" else TEXTS
    return Generator(model, verbose=0, **options).fit(texts)


@pytest.fixture(scope="module", params=each_architecture())
def written(request):
    return quick(request.param)


@pytest.fixture(scope="module", params=each_architecture())
def musician(request):
    return quick(request.param, kind="tokens")


@contextlib.contextmanager
def biased(generator, by=0.0):
    """Lets no text end for a while, and adds to all logits."""
    bias = generator.model_.get_layer("tokens").bias
    before = ops.convert_to_numpy(bias).copy()
    bias.assign(before + by - np.eye(len(before))[END] * 1e4)
    yield
    bias.assign(before)


# Repetition ----------------------------------------------------------------------------------


def test_a_penalty_weakens_logits_of_either_sign_of_seen_tokens_only():
    weaker = discourage(np.array([[2.0, -2.0, 2.0]]), np.array([[True, True, False]]), 2.0)
    np.testing.assert_allclose(ops.convert_to_numpy(weaker), [[1.0, -4.0, 2.0]])


def test_a_strong_penalty_writes_every_character_once(written):
    with biased(written, -50.0):  # logits below 0, where a penalty knows no bound
        many = written.generate("t", 14, temperature=0, repetition_penalty=1e6)
        plain = written.generate("t", 14, temperature=0)
    block = 14 if written.task_.causal else 8  # of a block, the window may have lost the rest
    assert len(set(many[: 1 + block])) == 1 + block > len(set(plain[: 1 + block]))


def test_another_penalty_compiles_nothing_anew(written):
    written.generate("the", 5)
    traces = written._compiled("writer").traces
    for penalty in (1.3, 2.0):
        written.generate("the", 5, repetition_penalty=penalty, seed=0)
    assert written._compiled("writer").traces == traces
    with pytest.raises(InputError, match="repetition_penalty must be above 0"):
        written.generate("the", repetition_penalty=0)


# Stops ---------------------------------------------------------------------------------------


def test_text_ends_before_the_first_stop(written):
    with biased(written):
        new = written.generate("the", 60, seed=3)[3:]
        for stop in (new[5:7], [new[20:23], new[9:11]], "\n\n"):
            stops = [stop] if isinstance(stop, str) else stop
            expected = new[: min(new.find(each) if each in new else 60 for each in stops)]
            assert written.generate("the", 60, seed=3, stop=stop) == "the" + expected


@pytest.mark.parametrize("stop", ["", [""], 3, ["a", 1]])
def test_what_is_no_stop_is_refused(written, stop):
    with pytest.raises(InputError, match="stop must be a string"):
        written.generate("a", stop=stop)


BPE = Vocabulary.learn(["Grüße, señor! 你好 😀 the the cat cat"] * 3, "bpe")
CHARACTERS = Vocabulary.learn(["abc"], "character")


@settings(deadline=None, max_examples=60)
@given(
    ids=st.lists(st.integers(0, len(BPE) - 1), max_size=30),
    cuts=st.lists(st.integers(0, 30), max_size=8),
)
def test_pieces_of_any_tokens_join_to_their_text(ids, cuts):
    transcript = TextTranscript(BPE.decoder(), [])
    bounds = [0, *sorted(cuts), len(ids)]
    pieces = [transcript.add(ids[a:b]) for a, b in itertools.pairwise(bounds)]
    assert "".join(pieces) + transcript.end() == BPE.decode(ids)


def test_bytes_of_one_character_come_together():
    single_bytes = Vocabulary.learn(["x"], "bpe")
    transcript = TextTranscript(single_bytes.decoder(), [])
    two, four = single_bytes.encode(["é", "😀"])
    assert [transcript.add([each]) for each in two] == ["", "é"]
    assert [transcript.add([each]) for each in four] == ["", "", "", "😀"]


@settings(deadline=None)
@given(
    text=st.text("abc", max_size=20),
    stops=st.lists(st.text("abc", min_size=1, max_size=4), max_size=3),
    size=st.integers(1, 20),
)
def test_stops_do_not_depend_on_the_pieces_and_none_leaks(text, stops, size):
    ids = CHARACTERS.encode([text])[0]
    one, other = (TextTranscript(CHARACTERS.decoder(), stops) for _ in range(2))
    whole = one.add(ids) + one.end()
    pieces = [other.add(ids[at : at + size]) for at in range(0, len(ids), size)]
    assert "".join(pieces) + other.end() == whole
    assert text.startswith(whole) and not any(stop in whole for stop in stops)
    assert (whole != text) == any(stop in text for stop in stops)


# Several texts -------------------------------------------------------------------------------


def test_n_draws_other_texts_of_each_prompt_and_repeats_with_the_seed(written):
    several = written.generate("the", 20, seed=1, n=3)
    assert len(set(several)) == 3 and several == written.generate("the", 20, seed=1, n=3)
    assert several[0] == written.generate("the", 20, seed=1)
    both = written.generate(["the", "a"], 20, seed=1, n=2)
    assert [len(each) for each in both] == [2, 2]
    assert all(text.startswith("a") for text in both[1]) and both[0] == several[:2]
    with pytest.raises(InputError, match="n must be a whole number from 1"):
        written.generate("the", n=0)


# Streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"stop": "e"}, {"stop": ["th", " a"]}, {"top_k": 3}])
def test_a_stream_is_the_text_in_pieces(written, options):
    options = {"max_new_tokens": 40, "seed": 5, **options}
    pieces = list(written.generate("the cat", stream=True, **options))
    assert "".join(pieces) == written.generate("the cat", **options)
    assert pieces[0] == "the cat" and all(pieces)


def test_a_stream_comes_while_it_is_written(written):
    steps = []
    writer = written._compiled("writer")
    program, writer._program = writer._program, lambda *a: (steps.append(1), program(*a))[1]
    try:
        pieces = written.generate("the", 60, seed=1, stream=True)
        assert not steps
        next(pieces), next(pieces)
        assert 1 <= len(steps) <= 2
        list(pieces)
        assert len(steps) > 3
    finally:
        writer._program = program


def test_streams_share_the_compiled_loop(written):
    written.generate("a", 9)
    traces = written._compiled("writer").traces
    list(written.generate("the cat sat", 9, stream=True, seed=1))
    assert written._compiled("writer").traces == traces


def test_a_stream_is_of_one_text_and_told_of_errors_at_once(written):
    for wrong in ({"prompt": ["a"]}, {"n": 2}, {"beams": 2}):
        with pytest.raises(InputError, match="one prompt"):
            written.generate(**({"prompt": "a"} | wrong), stream=True)
    with pytest.raises(InputError, match="no token of prompt"):
        written.generate("XYZ", stream=True)


# Ids that are no text ------------------------------------------------------------------------


def test_ids_go_in_and_come_out(musician):
    tune = musician.generate([60, 62], 9, seed=1)
    assert tune[:2] == [60, 62] and set(tune) <= set(MELODY) and len(tune) <= 11
    assert musician.generate(np.array([60, 62]), 9, seed=1) == tune
    assert musician.generate([[60, 62], [64]], 9, seed=1)[0] == tune
    assert len(musician.generate([60], 5, n=2)) == 2
    assert set(musician.generate(max_new_tokens=5)) <= set(MELODY)  # from nothing


def test_a_stream_of_ids_gives_id_by_id(musician):
    tune = list(musician.generate([60, 62], 9, seed=1, stream=True))
    assert tune == musician.generate([60, 62], 9, seed=1)


def test_a_sequence_ends_before_a_stop_id(musician):
    with biased(musician):
        tune = musician.generate([60], 30, seed=1)
        stops = tune[4:6]
        end = min(tune.index(stop, 1) for stop in stops)
        assert musician.generate([60], 30, seed=1, stop=stops) == tune[:end]
    with pytest.raises(InputError, match="token id"):
        musician.generate([60], stop="x")


def test_perplexity_is_per_token_and_saving_keeps_the_ids(musician, tmp_path):
    result = musician.perplexity([MELODY])
    assert result.n_tokens == result.n_characters == len(MELODY)
    assert musician.score([MELODY]) == -result.nats_per_token
    loaded = modelzoo.load(musician.save(tmp_path / "music.mz"))
    assert loaded.generate([60], 9, seed=1) == musician.generate([60], 9, seed=1)


def test_ids_are_learned_as_pairs_too():
    model = Generator(
        modelzoo.list_models(causal=True)[-1], size="tiny", epochs=15, learning_rate=1e-2, verbose=0
    )
    model.fit([[1, 2], [3, 4]] * 40, [[20, 10], [40, 30, 5]] * 40)
    assert model.generate([[3, 4], [1, 2]], 8, temperature=0) == [[40, 30, 5], [20, 10]]


def test_text_is_not_taken_for_ids_nor_ids_for_text():
    assert kind_of(["a"]) == "text" and kind_of(np.zeros((2, 3), int)) == "tokens"
    with pytest.raises(InputError, match="list of texts, but row 0"):
        Generator(kind="text", verbose=0).fit([[1, 2]])
    with pytest.raises(InputError, match="must be a sequence of whole numbers"):
        Generator(kind="tokens", verbose=0).fit(["a"])
    with pytest.raises(UnknownNameError, match="did you mean 'tokens'"):
        Generator(kind="token", verbose=0).fit(["a"])
    with pytest.raises(InputError, match="row 1 of X"):
        Generator(verbose=0).fit([[1, 2], [0.5]])


def test_few_ids_can_be_kept():
    vocabulary = TokenIds.learn([[7, 7, 8, 9, 9, 9]], size=8)
    assert vocabulary.ids == [7, 9]
    assert TokenIds.from_json(vocabulary.to_json()).encode([[9, 8]])[0].tolist() == [7, 1]


# keras_nlp -----------------------------------------------------------------------------------


def test_the_sampler_agrees_with_those_of_keras_nlp():
    samplers = pytest.importorskip("keras_nlp").samplers
    rows, size = 3000, 12
    logits = np.random.default_rng(0).normal(size=size).astype("float32")
    logits[[0, 1, 2, 4, 5]] = -1e9  # what ours never draws
    batch = np.tile(logits, (rows, 1))
    uniform = np.random.default_rng(1).random(rows).astype("float32")

    def shares(tokens):
        return np.bincount(np.asarray(tokens).ravel(), minlength=size) / rows

    for theirs, ours in (
        (samplers.GreedySampler(), Sampling(temperature=0)),
        (samplers.RandomSampler(temperature=0.7, seed=1), Sampling(temperature=0.7)),
        (samplers.TopKSampler(k=3, seed=1), Sampling(top_k=3)),
        (samplers.TopPSampler(p=0.6, seed=1), Sampling(top_p=0.6)),
    ):
        chances = keras.ops.softmax(batch / theirs.temperature)
        expected = shares(ops.convert_to_numpy(theirs.get_next_token(chances)))
        drawn = choose(batch, uniform, *ours.tensors())
        np.testing.assert_allclose(shares(ops.convert_to_numpy(drawn)), expected, atol=0.04)


def test_the_task_is_asked_for_a_known_kind():
    assert Generation.learn([[1, 2, 3]]).kind == "tokens"
    assert Generation.learn(["abc"]).kind == "text"
