"""Texts and token ids that cannot be used, or must be taken as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bad_input import QUICK, SMALLEST, answered, fit_refused, refused, table, untrained

from modelzoo import Classifier, Generator

TEXTS = ["a fine good film", "a bad dull film"] * 20
MOODS = ["up", "down"] * 20
IDS = [[1, 2, 3], [0, 1], [2]] * 10
DOCUMENTS = ["the cat sat on the mat "] * 6


def classifier(**changes):
    return Classifier(SMALLEST, **(QUICK | changes))


def generator(**changes):
    return Generator(SMALLEST, **({"context": 16} | QUICK | changes))


@pytest.fixture(scope="module")
def reader():
    return untrained(classifier(), TEXTS, MOODS)


@pytest.fixture(scope="module")
def reader_of_ids():
    return untrained(classifier(kind="tokens"), IDS, ["a", "b", "c"] * 10)


@pytest.fixture(scope="module")
def writer():
    return untrained(generator(), DOCUMENTS)


@pytest.fixture(scope="module")
def writer_of_ids():
    return untrained(generator(), [[1, 2, 3, 4] * 5] * 6)


LISTS = {
    "None": (["a", None], "list of texts, but row 1 is None: drop the row"),
    "nan": (["a", float("nan")], r"row 1 is nan \(float\): drop the row"),
    "NA": (pd.Series(["a", pd.NA], dtype="string"), "row 1 is <NA>"),
    "None first": (pd.Series([None, "a"], dtype=object), "row 0 is None"),
    "number": (["a", 3.5], r"row 1 is 3\.5 \(float\)"),
    "bytes": ([b"a", b"\xff"], r"row 0 is b'a' \(bytes\): decode it first"),
    "lone surrogate": (["a", "b\ud800"], "row 1 of .* has a lone surrogate at character 1"),
    "turns of a dialogue": ([["a", "b"], ["c", "d"]], "row 0 is .* join its parts"),
    "two columns": (
        pd.DataFrame({"a": ["x", "y"], "b": ["z", "w"]}),
        "columns 'a', 'b': choose one",
    ),
}


SETTINGS = {
    "a context of all padding": ({"context": 10**12}, "more than ten times the 138 characters"),
    "more epochs than are counted": ({"epochs": 10**30}, "epochs must be at most 2147483647"),
    "a width that no memory holds": ({"hparams": {"width": 10**9}}, "takes more memory than the"),
    "a depth that no memory holds": ({"hparams": {"depth": 10**12}}, "takes more memory than the"),
    "a batch that no memory holds": ({"batch_size": 2**31 - 1}, "there is not enough memory"),
    "a batch that no array holds": ({"batch_size": 10**18}, "batch_size must be at most"),
}


@table(SETTINGS)
def test_settings_beyond_all_sense_are_refused_before_they_are_tried(tmp_path, given, says):
    fit_refused(says, generator(**given), tmp_path, DOCUMENTS)


@table(LISTS)
def test_lists_are_refused_by_row(reader, writer, tmp_path, given, says):
    fit_refused(says, classifier(kind="text"), tmp_path, given, ["x", "y"])
    fit_refused(says, generator(kind="text"), tmp_path, given)
    for ask in (reader.predict, reader.explain, writer.generate, writer.perplexity, writer.score):
        refused(says, ask, given)
    refused(says, generator(kind="text").fit, ["a", "b"], given)


OTHERS = {
    "None": (None, "got NoneType"),
    "number": (5, "got int"),
    "dict": ({"a": "b"}, "got dict"),
    "bytes": (b"bytes", "got bytes"),
}


@table(OTHERS)
def test_what_is_no_list_is_refused(writer, tmp_path, given, says):
    fit_refused("X must be a list of texts, " + says, generator(), tmp_path, given)
    refused("prompt must be a list of texts, " + says, writer.generate, given)
    refused("X must be a list of texts, " + says, writer.perplexity, given)


def test_bytes_are_told_from_numbers(tmp_path):
    fit_refused("row 0 is b'a' .*decode", classifier(), tmp_path, [b"a", b"b"], [0, 1])


def test_one_string_is_no_list_to_a_classifier(reader, tmp_path):
    fit_refused(r"got one string: use \[text\]", classifier(), tmp_path, "one text", MOODS)
    refused("got one string", reader.predict, "one text")


EMPTY = {
    "no texts": ([], "X is empty|X has 0 rows"),
    "empty texts": (["", ""], "all 2 texts are empty"),
}


@table(EMPTY)
def test_nothing_to_learn_from_is_refused(tmp_path, given, says):
    fit_refused(says, classifier(kind="text"), tmp_path, given, ["x", "y"])
    fit_refused(says, generator(), tmp_path, given)


def test_blanks_teach_no_word(tmp_path):
    fit_refused("no word occurs", classifier(tokenizer="word"), tmp_path, [" ", "\n"], ["x", "y"])


TO_CLASSIFY = {
    "empty": ("", "1 of 1 texts are empty"),
    "blank": (" \n\t", "1 of 1 texts are empty"),
    "out of vocabulary": ("zzz qqq", "have no token that occurs in the training texts"),
    "emoji": ("\N{GRINNING FACE}\N{WOMAN}\u200d\N{GIRL}", "have no token"),
    "emoji beside words": ("a film \N{GRINNING FACE}", None),
    "NUL": ("a\0film film", None),
    "a token of a megabyte": ("x" * 1_000_000, "have no token"),
    "over-long": ("a film " * 200, r"1 of 1 sequences \(100.0%\) .* max_tokens=256"),
}


@table(TO_CLASSIFY)
def test_labels_of_odd_texts_are_finite(reader, given, says):
    answered(says, reader.predict_proba, [given])


def test_odd_texts_among_others_are_counted_in_one_warning(reader):
    answered("2 of 4 texts", reader.predict_proba, ["a film", "", "zzz", "a good film"])


TO_WRITE_ON = {
    "empty": ("", None),
    "blank": (" ", None),
    "partly out of vocabulary": ("the \N{GRINNING FACE}", None),
    "NUL": ("the\0cat", None),
    "longer than the context": ("the cat sat on " * 9, None),
}


@table(TO_WRITE_ON)
def test_odd_prompts_are_written_on(writer, given, says):
    """Beyond the context too: the model then sees the window's last tokens, as the docs say."""
    answered(says, lambda: writer.generate(given, 20, seed=0).startswith(given))


TO_SCORE = {
    "blank": (" \n", None),
    "out of vocabulary": ("ZZZ", "1 of 1 texts have no token that occurs"),
    "emoji beside words": ("the \N{GRINNING FACE}", None),
    "longer than the context": ("the cat sat on " * 9, None),
}


@table(TO_SCORE)
def test_perplexities_of_odd_texts_are_finite(writer, given, says):
    answered(says, writer.score, [given])


PROMPTS = {
    "unknown": ("XYZ", "no token of prompt 'XYZ' occurs in the training texts"),
    "a token of a megabyte": ("X" * 1_000_000, "no token of prompt 'X"),
    "ids": ([1, 2], r"row 0 is 1 \(int\)"),
}


@table(PROMPTS)
def test_prompts_are_refused(writer, given, says):
    refused(says, writer.generate, given)


def test_an_empty_text_has_no_perplexity(writer):
    refused("at least one token", writer.perplexity, [""])


OF_ZERO = {
    "negative": ([[1], [-1]], "row 1 of X holds token id -1: ids count from 0"),
    "too large": ([[1], [1 << 24]], "row 1 of X holds token id 16777216.* return_inverse"),
    "empty": ([[1], []], "row 1 of X has no steps"),
}
OF_ANY = {
    "fraction": ([[1], [1.5]], r"row 1 .* whole numbers, got \[1\.5\]"),
    "nan": ([[1], [np.nan]], r"row 1 .* whole numbers, got \[nan\]"),
    "text": ([[1], ["a"]], r"row 1 .* whole numbers, got \['a'\]"),
    "None": ([[1], None], "row 1 .* whole numbers, got None"),
    "beyond 64 bits": ([[1], [1 << 70]], r"row 1 .* whole numbers, got \[1180"),
    "three dimensions": (np.zeros((2, 2, 2), int), "row 0 .* whole numbers"),
    "one sequence": ([1, 2], "row 0 .* whole numbers, got 1"),
    "texts": (["a", "b"], "row 0 .* whole numbers, got 'a'"),
}


@table(OF_ZERO | OF_ANY)
def test_token_ids_are_refused_by_row(reader_of_ids, tmp_path, given, says):
    fit_refused(says, classifier(kind="tokens"), tmp_path, given, ["a", "b"])
    refused(says, reader_of_ids.predict, given)


def test_an_id_that_training_had_not_is_refused(reader_of_ids):
    refused(r"row 1 of X holds token id 4; .* went up to 3", reader_of_ids.predict, [[1], [4]])


@table(OF_ANY)
def test_sequences_to_write_on_are_refused_by_row(writer_of_ids, tmp_path, given, says):
    fit_refused(says, generator(kind="tokens"), tmp_path, given)
    refused(says, writer_of_ids.perplexity, given)


ID_PROMPTS = {
    "beyond the vocabulary": ([9, 99], r"no token of prompt \[9, 99\] occurs"),
    "negative": ([-1], r"no token of prompt \[-1\] occurs"),
    "fraction": ([1.5], r"whole numbers, got \[1\.5\]"),
    "text": ("abc", "whole numbers, got 'abc'"),
}


@table(ID_PROMPTS)
def test_prompts_of_ids_are_refused(writer_of_ids, given, says):
    refused(says, writer_of_ids.generate, given)


def test_an_unknown_id_among_known_ones_stays_in_the_text(writer_of_ids):
    assert writer_of_ids.generate([1, 99, 3], 2, seed=0)[:3] == [1, 99, 3]
