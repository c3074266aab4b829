"""Vocabularies: texts to ids and back."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelzoo.data.text import (
    SPECIAL_TOKENS,
    UNKNOWN,
    Vocabulary,
    check_texts,
    choose_kind,
)
from modelzoo.errors import InputError, UnknownNameError

KINDS = ("word", "character", "bpe")
EXACT = ("character", "bpe")
CORPUS = [
    "The quick brown fox jumps over the lazy dog.",
    "  Two  spaces,\ttabs\r\nand lines.\n\n",
    "Grüße, señor! 你好 😀👩\u200d👩\u200d👧 x\x00y\u2028z",
]
BPE = Vocabulary.learn(CORPUS, "bpe").to_json()
any_text = st.text(st.characters(exclude_categories=("Cs",)))  # all but lone surrogates


@pytest.fixture(params=KINDS)
def vocabulary(request):
    return Vocabulary.learn(CORPUS, request.param)


@pytest.mark.parametrize("kind", EXACT)
def test_training_texts_come_back_exactly(kind):
    vocabulary = Vocabulary.learn(CORPUS, kind)
    assert [vocabulary.decode(ids) for ids in vocabulary.encode(CORPUS)] == CORPUS


@settings(deadline=None)
@given(text=any_text)
def test_bpe_brings_any_text_back_exactly(text):
    vocabulary = Vocabulary.from_json(BPE)
    assert vocabulary.decode(vocabulary.encode([text])[0]) == text


@settings(deadline=None)
@given(texts=st.lists(any_text, min_size=1).filter(any))
def test_characters_bring_back_whatever_they_were_learned_from(texts):
    vocabulary = Vocabulary.learn(texts, "character")
    assert [vocabulary.decode(ids) for ids in vocabulary.encode(texts)] == texts


@settings(deadline=None)
@given(text=any_text)
def test_each_unknown_character_is_one_unknown_token_shown_as_the_replacement_character(text):
    vocabulary = Vocabulary.learn(["abc"], "character")
    ids = vocabulary.encode([text])[0]
    assert len(ids) == len(text)
    assert vocabulary.decode(ids) == "".join(c if c in "abc" else "\ufffd" for c in text)


def test_special_tokens_have_the_first_six_ids(vocabulary):
    names = ("<pad>", "<unk>", "<start>", "<end>", "<mask>", "<separator>")
    assert vocabulary.tokens[:6] == SPECIAL_TOKENS == names


def test_text_that_spells_a_special_token_stays_text(vocabulary):
    for token in SPECIAL_TOKENS:
        ids = vocabulary.encode([token])[0]
        assert set(ids.tolist()).isdisjoint({0, 2, 3, 4, 5})
        assert len(ids) > 1


def test_special_tokens_leave_no_trace_in_decoded_text(vocabulary):
    ids = vocabulary.encode(["The fox"])[0]
    assert vocabulary.decode([2, *ids, 5, 3, 0, 0, 4]) == vocabulary.decode(ids) == "The fox"
    assert "\ufffd" in vocabulary.decode([UNKNOWN, *ids])


def test_json_keeps_everything(vocabulary):
    again = Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json())))
    assert again.tokens == vocabulary.tokens and again.kind == vocabulary.kind
    for ids, same in zip(vocabulary.encode(CORPUS), again.encode(CORPUS), strict=True):
        np.testing.assert_array_equal(ids, same)
        assert again.decode(ids) == vocabulary.decode(ids)


@pytest.mark.parametrize(
    "state", [None, {}, {"kind": "magic"}, {"kind": "word", "tokenizer": {"model": 1}}]
)
def test_what_is_no_saved_vocabulary_is_refused(state):
    with pytest.raises(InputError, match="not a saved vocabulary"):
        Vocabulary.from_json(state)


def test_a_saved_vocabulary_with_moved_special_tokens_is_refused():
    state = Vocabulary.learn(["abc"], "character").to_json()
    ids = state["tokenizer"]["model"]["vocab"]
    ids["<end>"], ids["a"] = ids["a"], ids["<end>"]
    with pytest.raises(InputError, match="special tokens"):
        Vocabulary.from_json(state)


def test_learning_twice_gives_the_same_vocabulary(vocabulary):
    assert Vocabulary.learn(CORPUS, vocabulary.kind).tokens == vocabulary.tokens


def test_size_bounds_the_vocabulary_and_keeps_the_frequent():
    vocabulary = Vocabulary.learn(["aaa bb b c"], "character", size=8)
    assert vocabulary.tokens[6:] == (" ", "a")
    assert len(Vocabulary.learn(CORPUS * 50, "bpe", size=300)) == 300


def test_more_text_gets_more_bpe_pieces():
    text = " ".join(f"{number:x}" for number in range(90_000))
    assert len(Vocabulary.learn([text[:1000]], "bpe")) <= 512
    assert 900 < len(Vocabulary.learn([text], "bpe")) < 1100


def test_rare_words_are_unknown():
    vocabulary = Vocabulary.learn(["red red blue"], "word", minimum_frequency=2)
    assert vocabulary.decode(vocabulary.encode(["red blue"])[0]) == "red \ufffd"


def test_lower_case_is_an_option():
    vocabulary = Vocabulary.learn(["Red RED"], "word", lowercase=True)
    assert vocabulary.tokens[6:] == ("red",)


def test_words_see_composed_and_decomposed_accents_as_one():
    vocabulary = Vocabulary.learn(["caf\u00e9"], "word")
    np.testing.assert_array_equal(*vocabulary.encode(["cafe\u0301", "caf\u00e9"]))


def test_auto_chooses_by_purpose_and_size():
    assert choose_kind(["short"]) == "character"
    assert choose_kind(["word " * 30_000]) == "bpe"
    assert choose_kind(["some words"], "classification") == "word"
    assert choose_kind(["没有空格的文字" * 10], "classification") == "character"
    assert choose_kind(["Ada", "Grace", "Mary Ann"], "classification") == "character"
    assert choose_kind(["", "", "three words here"], "classification") == "word"


@pytest.mark.parametrize("kind, size", [("bpe", 260), ("character", 6), ("word", 0), ("word", 9.5)])
def test_a_size_too_small_is_an_error(kind, size):
    with pytest.raises(InputError, match="size of at least"):
        Vocabulary.learn(CORPUS, kind, size=size)


def test_an_unknown_kind_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'character'"):
        Vocabulary.learn(CORPUS, "charakter")


def test_arrays_and_tuples_of_strings_are_lists_of_texts():
    assert check_texts(np.array(["a", "bc"])) == check_texts(("a", "bc")) == ["a", "bc"]


def test_learning_from_nothing_but_empty_texts_is_refused():
    with pytest.raises(InputError, match="all 2 texts are empty"):
        Vocabulary.learn(["", ""])


def test_an_empty_text_has_no_ids(vocabulary):
    (ids,) = vocabulary.encode([""])
    assert ids.shape == (0,) and ids.dtype == np.int32
    assert vocabulary.decode(ids) == ""


def test_ids_outside_the_vocabulary_are_refused(vocabulary):
    for wrong in (len(vocabulary), -1):
        with pytest.raises(InputError, match=f"{wrong} in row 7 is outside"):
            vocabulary.validate_ids([5, wrong], row=7)
    with pytest.raises(InputError, match="whole numbers"):
        vocabulary.validate_ids([0.5])
    with pytest.raises(InputError, match="whole numbers"):
        vocabulary.validate_ids([[1, 2]])


@pytest.mark.parametrize("form", [pd.DataFrame, np.array])
def test_a_table_of_one_column_is_its_texts(form):
    rows = [["a text"], ["another"]]
    table = form(rows)
    assert check_texts(table) == ["a text", "another"]


def test_of_a_table_of_several_columns_one_must_be_chosen():
    with pytest.raises(InputError, match="columns 'title', 'text': choose one"):
        check_texts(pd.DataFrame({"title": ["a"], "text": ["b"]}))


def test_texts_without_a_single_token_are_refused():
    with pytest.raises(InputError, match="no word occurs"):
        Vocabulary.learn(["   ", " "], "word")


@pytest.mark.parametrize("kind", ["word", "character", "bpe"])
def test_each_token_has_the_span_where_it_stands(kind):
    texts = ["Gr\u00fc\u00dfe an e\u0301t\u00e9 \N{GRINNING FACE}!", ""]
    vocabulary = Vocabulary.learn([text.lower() for text in texts], kind, lowercase=True)
    for text, ids, spans in zip(
        texts, vocabulary.encode(texts), vocabulary.spans(texts), strict=True
    ):
        assert spans.shape == (len(ids), 2)
        covered = {place for start, end in spans for place in range(start, end)}
        assert covered >= {place for place, each in enumerate(text) if each.isalnum()}
        assert (np.diff(spans[:, 0]) >= 0).all()
