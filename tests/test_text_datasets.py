"""Published texts: as many as their sources say, nothing in two parts, each format read rightly."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelzoo.datasets import Dataset, Split, load_dataset
from modelzoo.datasets.catalogue import CATALOGUE, answers, labelled_texts, written
from modelzoo.datasets.download import Download, cache_folder
from modelzoo.datasets.parting import linked, parted

PARTS = ("train", "validation", "test")


class Published(NamedTuple):
    """What the source says, or what comes of it: rows of each part, classes, texts in two parts."""

    train: int
    validation: int
    test: int
    classes: int | None = None
    in_two_parts: int = 0


PUBLISHED = {
    "babi_10k_1_2_6_15": Published(40000, 0, 4000, in_two_parts=20),
    "babi_qa1": Published(10000, 0, 1000, classes=6, in_two_parts=16),
    "babi_qa15": Published(10000, 0, 1000, classes=4),
    "babi_qa2": Published(10000, 0, 1000, classes=6),
    "babi_qa6": Published(10000, 0, 1000, classes=2, in_two_parts=4),
    "chatterbot_english": Published(942, 118, 118),
    "clinc150": Published(15000, 3000, 4500, classes=150, in_two_parts=5),
    "names": Published(31033, 0, 1000),
    "names_18_languages": Published(16051, 0, 3999, classes=18),
    "scitldr_a": Published(1992, 619, 618, in_two_parts=4),
    "sgd_turns": Published(18407, 3755, 3181, in_two_parts=34),
    "sms_spam": Published(4459, 0, 1115, classes=2),
    "sst2": Published(6920, 872, 1821, classes=2, in_two_parts=2),
    "subjectivity": Published(9000, 0, 1000, classes=2),
    "tatoeba_en_es": Published(47586, 5948, 5948),
    "tinyshakespeare": Published(1, 0, 1),
    "wikitext2_valid_test": Published(60, 30, 30),
    "xquad_en": Published(983, 0, 207),
    "xquad_en_sentences": Published(5075, 0, 1073, classes=2),
}


@functools.cache
def _loaded(name: str) -> Dataset:
    return load_dataset(name)


def published(name: str) -> Dataset:
    """The dataset, where its files are at hand; nothing is downloaded to test."""
    own = os.environ.get("MODELZOO_DATA")
    folders = [cache_folder(), *([Path(own)] if own else [])]
    for download in CATALOGUE[name].downloads:
        if not any((folder / download.place).is_file() for folder in folders):
            pytest.skip(f"{download.place} is not at hand")
    return _loaded(name)


def parts_of(data: Dataset) -> dict[str, Split]:
    return {part: getattr(data, part) for part in PARTS if getattr(data, part) is not None}


def file_at_hand(name: str, filename: str) -> str:
    for folder in (os.environ.get("MODELZOO_DATA") or cache_folder(), cache_folder()):
        path = Path(folder, name, filename)
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise AssertionError(f"no {filename}")


def test_every_published_set_of_texts_is_counted_here():
    assert set(PUBLISHED) == {*answers.ENTRIES, *labelled_texts.ENTRIES, *written.ENTRIES}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_record_says_what_it_is_before_anything_is_loaded(name):
    entry = CATALOGUE[name]
    for text in (entry.title, entry.description, entry.source, entry.licence, entry.citation):
        assert len(text) > 2 and text == text.strip() and "  " not in text
    assert entry.source.startswith("https://github.com/") and entry.downloads
    assert entry.description.endswith(".") and not entry.title.endswith(".")


@pytest.mark.parametrize("name", PUBLISHED)
def test_parts_are_as_large_as_published_and_share_no_text_that_is_not_counted(name):
    data, expected = published(name), PUBLISHED[name]
    parts = parts_of(data)
    sizes = {part: len(split.X) for part, split in parts.items()}
    assert sizes == {part: n for part in PARTS if (n := getattr(expected, part))}
    texts = [set(split.X) for split in parts.values()]
    assert sum(len(a & b) for a, b in combinations(texts, 2)) == expected.in_two_parts


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_row_is_text_and_every_extra_is_of_its_part(name):
    data = published(name)
    for part, split in parts_of(data).items():
        assert all(isinstance(text, str) and text.strip() for text in split.X)
        if split.y is not None:
            assert len(split.y) == len(split.X)
            assert all(isinstance(answer, str) and answer.strip() for answer in split.y)
        for values in data.extras.values():
            if not isinstance(values[part], Split):
                assert len(values[part]) == len(split.X)
    assert all(name in data.description for name in data.extras)


@pytest.mark.parametrize("name", [name for name, each in PUBLISHED.items() if each.classes])
def test_every_part_has_every_class(name):
    for split in parts_of(published(name)).values():
        assert len(set(split.y)) == PUBLISHED[name].classes


@pytest.mark.parametrize(
    ("name", "accuracy"),
    [
        ("babi_qa1", 0.149),
        ("babi_qa15", 0.213),
        ("babi_qa2", 0.187),
        ("babi_qa6", 0.497),
        ("clinc150", 0.007),
        ("names_18_languages", 0.469),
        ("sms_spam", 0.866),
        ("sst2", 0.499),
        ("subjectivity", 0.500),
    ],
)
def test_the_most_frequent_label_is_right_as_often_as_measured(name, accuracy):
    data = published(name)
    majority = Counter(data.train.y).most_common(1)[0][0]
    right = list(data.test.y).count(majority) / len(data.test.y)
    assert right == pytest.approx(accuracy, abs=0.0006)


def test_requests_out_of_scope_are_apart_and_labelled_so():
    data = published("clinc150")
    outside = data.extras["out_of_scope"]
    assert {part: len(split.X) for part, split in outside.items()} == {
        "train": 100,
        "validation": 100,
        "test": 1000,
    }
    assert {label for split in outside.values() for label in split.y} == {"oos"}
    in_scope = {text for split in parts_of(data).values() for text in split.X}
    assert not in_scope & {text for split in outside.values() for text in split.X}
    assert Counter(data.test.y).most_common()[-1][1] == 30


def test_names_keep_their_published_counts_over_both_parts():
    data = published("names_18_languages")
    counts = Counter(data.train.y) + Counter(data.test.y)
    assert counts.total() == 20050
    assert (counts["Russian"], counts["Arabic"], counts["Vietnamese"]) == (9384, 2000, 73)
    for language, count in counts.items():
        assert 0.14 < data.test.y.count(language) / count < 0.22  # fewer where names are shared


def test_shakespeare_is_cut_where_nanogpt_cuts():
    data = published("tinyshakespeare")
    (train,), (test,) = data.train.X, data.test.X
    assert (len(train), len(test), len(set(train))) == (1003854, 111540, 65)
    assert train + test == file_at_hand("tinyshakespeare", "input.txt")


def test_articles_end_to_end_are_the_published_files():
    data = published("wikitext2_valid_test")
    train = "".join(data.train.X)
    assert train == file_at_hand("wikitext2_valid_test", "valid.txt")
    assert "".join(data.validation.X + data.test.X) == file_at_hand(data.name, "test.txt")
    assert len(train.split()) + train.count("\n") + 1 == 217647  # 217646 and the start of the last
    for article in [*data.train.X, *data.validation.X, *data.test.X]:
        assert re.match(r" \n = [^=].* = \n \n", article)


def test_no_sentence_of_either_language_is_in_two_parts():
    data = published("tatoeba_en_es")
    for side in ("X", "y"):
        sides = [set(getattr(split, side)) for split in parts_of(data).values()]
        assert not any(a & b for a, b in combinations(sides, 2))
    pairs = {pair for split in parts_of(data).values() for pair in zip(*split, strict=True)}
    assert (len(pairs), len({english for english, _ in pairs})) == (59482, 57649)


@pytest.mark.parametrize("name", ["tatoeba_en_es", "chatterbot_english", "scitldr_a"])
def test_the_completion_is_one_of_the_references(name):
    data = published(name)
    for part, split in parts_of(data).items():
        references = data.extras["references"][part]
        assert all(y in accepted for y, accepted in zip(split.y, references, strict=True))
        assert (part == "train" and name == "scitldr_a") or max(map(len, references)) > 1


def test_the_assistant_replies_to_the_user_in_as_many_dialogues_as_published():
    data = published("sgd_turns")
    dialogues = {part: len(set(ids)) for part, ids in data.extras["groups"].items()}
    assert dialogues == {"train": 2432, "validation": 512, "test": 512}
    for split in parts_of(data).values():  # an odd number of turns, the user's first and last
        assert all(history.count("\n") % 2 == 0 for history in split.X)
    assert len(data.train.X) == 36814 // 2


def test_the_first_sentence_of_an_abstract_summarizes_as_well_as_measured():
    data = published("scitldr_a")
    scores = [
        max(_overlap(sentences[0], summary) for summary in summaries)
        for sentences, summaries in zip(
            data.extras["sentences"]["test"], data.extras["references"]["test"], strict=True
        )
    ]
    assert sum(scores) / len(scores) == pytest.approx(0.282, abs=0.001)  # ROUGE-1, F


def _overlap(text: str, other: str) -> float:
    first, second = (Counter(re.findall("[a-z0-9]+", each.lower())) for each in (text, other))
    return 2 * (first & second).total() / (first.total() + second.total())


def test_an_answer_stands_in_its_paragraph_where_the_record_says():
    data = published("xquad_en")
    for part, split in parts_of(data).items():
        starts = data.extras["answer_starts"][part]
        for prompt, answer, start in zip(split.X, split.y, starts, strict=True):
            assert prompt.rsplit("\n", 1)[0][start:].startswith(answer)
    paragraphs = {part: set(groups) for part, groups in data.extras["groups"].items()}
    assert (len(paragraphs["train"]), len(paragraphs["test"])) == (192, 48)
    assert not paragraphs["train"] & paragraphs["test"]


def test_one_sentence_of_each_question_has_the_answer():
    data = published("xquad_en_sentences")
    for part, split in parts_of(data).items():
        right = Counter(
            question
            for question, label in zip(data.extras["groups"][part], split.y, strict=True)
            if label == "answer"
        )
        assert set(right.values()) == {1} and set(right) == set(data.extras["groups"][part])
        assert len(right) == len(getattr(published("xquad_en"), part).X)


def test_a_task_alone_is_that_task_of_all_four():
    data, alone = published("babi_10k_1_2_6_15"), published("babi_qa15")
    chosen = [task == "qa15" for task in data.extras["tasks"]["test"]]
    rows = zip(data.test.X, data.test.y, chosen, strict=True)
    assert [(x, y) for x, y, is_it in rows if is_it] == list(zip(*alone.test, strict=True))
    assert Counter(data.extras["tasks"]["train"]) == dict.fromkeys(
        ("qa1", "qa2", "qa6", "qa15"), 10000
    )


# From here on small files in the published formats, so that every parser is tested anywhere.


@pytest.fixture
def read(tmp_path, monkeypatch):
    """A function that loads a dataset as if these were its files."""

    def load(name: str, files: dict[str, str]) -> Dataset:
        downloads = []
        for filename, text in files.items():
            path = tmp_path / name / filename
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            downloads.append(Download(name, filename, "https://unused", sha256))
        monkeypatch.setenv("MODELZOO_DATA", str(tmp_path))
        monkeypatch.setitem(CATALOGUE, name, replace(CATALOGUE[name], downloads=tuple(downloads)))
        return load_dataset(name)

    return load


def rows_of(data: Dataset) -> list[Any]:
    """All rows of a dataset that is drawn, whichever part they are in."""
    return sorted(
        row
        for split in parts_of(data).values()
        for row in (split.X if split.y is None else zip(*split, strict=True))
    )


def json_lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_intents_are_read_with_those_out_of_scope(read):
    names = ("train", "val", "test")
    text = {name: [[f"say {name}", "repeat"]] for name in names}
    outside = {f"oos_{name}": [[f"odd {name}", "oos"]] for name in names}
    data = read("clinc150", {"data_full.json": json.dumps({**text, **outside})})
    assert data.validation == (["say val"], ["repeat"])
    assert data.extras["out_of_scope"]["test"] == Split(["odd test"], ["oos"])


def test_messages_keep_their_quotes_and_odd_signs_and_equal_ones_stay_together(read):
    odd = 'he said "ok\x85 £5'
    lines = [f"ham\t{odd}\n", *["spam\tWIN\n", "spam\twin\n"] * 3, *["ham\tsee you\n"] * 9]
    data = read("sms_spam", {"sms.tsv": "".join(lines)})
    assert ('he said "ok\x85 £5', "ham") in rows_of(data) and len(rows_of(data)) == 16
    assert not {x.lower() for x in data.train.X} & {x.lower() for x in data.test.X}


def test_names_are_labelled_by_their_file_and_stripped(read):
    files = {"Korean.txt": "Gwang \nHan\n", "Chinese.txt": "Han\nSee \n"}
    expected = [("Gwang", "Korean"), ("Han", "Chinese"), ("Han", "Korean"), ("See", "Chinese")]
    assert rows_of(read("names_18_languages", files)) == expected


def test_sentences_of_reviews_are_read_after_their_digit(read):
    files = {f"stsa.binary.{part}": f"1 good {part} .\n0 1 star\n" for part in ("train", "dev")}
    data = read("sst2", {**files, "stsa.binary.test": "0 bad\n"})
    assert data.train == (["good train .", "1 star"], ["positive", "negative"])
    assert (data.validation.X[0], data.test.y) == ("good dev .", ["negative"])


def test_plots_are_objective_and_quotes_subjective(read):
    files = {"plot.tok.gt9.5000": "a man walks . \n", "quote.tok.gt9.5000": "so dull . \n"}
    expected = [("a man walks .", "objective"), ("so dull .", "subjective")]
    assert rows_of(read("subjectivity", files)) == expected


def test_a_long_text_is_cut_after_nine_tenths_of_its_characters(read):
    data = read("tinyshakespeare", {"input.txt": "ROMEO:\né, ho!\n" * 3})
    assert [("ROMEO:\né, ho!\n" * 3)[:37]] == data.train.X and len(data.test.X[0]) == 5


def test_a_tenth_of_few_names_tests_and_equal_names_stay_together(read):
    found = [f"{letter}{other}" for letter in "abcde" for other in "uvwxyz"]
    data = read("names", {"names.txt": "\n".join([*found, *found[:10]])})
    assert len(data.test.X) == 4 and not set(data.train.X) & set(data.test.X)
    assert rows_of(data) == sorted([*found, *found[:10]])


def test_articles_begin_at_headings_of_the_first_level_only(read):
    article = " \n = Tea = \n \n Tea is hot . k \n = 1 and \n \n = = Kinds = = \n \n Green \n"
    files = {"valid.txt": article * 3 + " \n", "test.txt": article * 4 + " \n"}
    data = read("wikitext2_valid_test", files)
    assert [article, article, article + " \n"] == data.train.X
    assert (len(data.validation.X), len(data.test.X)) == (2, 2)


def test_the_system_replies_to_all_that_was_said(read):
    said = ["Hi", "Hello", "A taxi", "", "Now", "Done"]
    turns = [{"speaker": ("USER", "SYSTEM")[i % 2], "utterance": t} for i, t in enumerate(said)]
    line = json_lines({"dialogue_id": "1_0", "services": [], "turns": turns})
    data = read("sgd_turns", {f"{part}.jsonl": line for part in ("train", "dev", "test")})
    assert data.train == (["Hi", "Hi\nHello\nA taxi\n\nNow"], ["Hello", "Done"])
    assert data.extras["groups"]["validation"] == ["1_0", "1_0"]


def test_conversations_are_read_line_by_line_and_alternatives_apart(read):
    talk = "categories: [x]\nconversations:\n- - Hi\n  - Hello\n  - How are you?\n"
    files = {
        "small.yml": talk + "- - Hi\n  - Hello\n  - How are you?\n- lost\n",
        "emotion.yml": talk,
    }
    data = read("chatterbot_english", files)
    expected = [("Hi", "Hello"), ("Hi", "How are you?"), ("Hi\nHello", "How are you?")]
    assert rows_of(data) == expected
    assert ["Hello", "How are you?"] in data.extras["references"]["train"]


def test_conversations_run_nothing(read):
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        read("chatterbot_english", {"a.yml": "conversations: !!python/object/apply:os.getcwd []"})


def test_translations_of_a_sentence_are_all_references(read):
    data = read("tatoeba_en_es", {"spa_half.txt": "Go.\tVe.\nGo.\tVaya.\n¿No?\tNo\u2028.\n"})
    assert rows_of(data) == [("Go.", "Vaya."), ("Go.", "Ve."), ("¿No?", "No\u2028.")]
    assert data.extras["references"]["train"][data.train.X.index("Go.")] == ["Ve.", "Vaya."]


def test_abstracts_are_joined_and_keep_all_their_summaries(read):
    paper = {"paper_id": "a", "title": "T", "source": ["One.\n", "Two  is."], "target": ["S ", "R"]}
    data = read(
        "scitldr_a", {f"{part}.jsonl": json_lines(paper) for part in ("train", "dev", "test")}
    )
    assert data.test == (["One. Two is."], ["S"])
    assert data.extras["references"]["test"] == [["S", "R"]]
    assert data.extras["sentences"]["train"] == [["One.", "Two is."]]


BABI = "1 Mary went.\n2 John left.\n3 Where is Mary? \thall\t1\n4 Mary sat.\n5 Who sat?\tMary\t4\n"


def test_a_question_comes_after_all_sentences_of_its_story_but_no_other_question(read):
    files = {"qa1_a_train.txt": BABI + BABI, "qa1_a_test.txt": BABI, "qa2_b_test.txt": BABI}
    data = read("babi_10k_1_2_6_15", files)
    first = "Mary went.\nJohn left.\nWhere is Mary?"
    second = "Mary went.\nJohn left.\nMary sat.\nWho sat?"
    assert data.train == ([first, second] * 2, ["hall", "Mary"] * 2)
    assert data.extras["tasks"]["test"] == ["qa1", "qa1", "qa2", "qa2"]
    assert len(set(data.extras["groups"]["train"])) == len(set(data.extras["groups"]["test"])) == 2


PARAGRAPH = 'Tea (from the U.S.) is hot. Is it? "Yes." 5 kinds exist.'


def squad(answer: str) -> dict[str, str]:
    found = {"answer_start": PARAGRAPH.index(answer), "text": answer}
    asked = {"question": "How?", "id": "q1", "answers": [found]}
    paragraph = {"context": PARAGRAPH, "qas": [asked]}
    return {"xquad.en.json": json.dumps({"data": [{"title": "Tea", "paragraphs": [paragraph]}]})}


def test_an_answer_is_asked_for_below_its_paragraph(read):
    data = read("xquad_en", squad("hot"))
    assert data.train == ([f"{PARAGRAPH}\nHow?"], ["hot"])
    assert data.extras["answer_starts"]["train"] == [PARAGRAPH.index("hot")]


@pytest.mark.parametrize(("answer", "which"), [("hot", 0), ("Yes", 2), ("5", 3)])
def test_the_sentence_in_which_the_answer_begins_is_told_apart(read, answer, which):
    data = read("xquad_en_sentences", squad(answer))
    sentences = ["Tea (from the U.S.) is hot.", "Is it?", '"Yes."', "5 kinds exist."]
    assert [f"How?\n{sentence}" for sentence in sentences] == data.train.X
    assert data.train.y.index("answer") == which and data.train.y.count("answer") == 1
    assert data.extras["groups"]["train"] == ["q1"] * 4


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xy")), min_size=1))
def test_parts_hold_each_row_once_whole_groups_and_no_more_than_their_share(rows):
    groups, strata = zip(*rows, strict=True)
    drawn = parted(groups, {"validation": 0.2, "test": 0.3}, strata)
    assert sorted(row for chosen in drawn.values() for row in chosen) == list(range(len(rows)))
    members = [{groups[row] for row in chosen} for chosen in drawn.values()]
    assert not any(a & b for a, b in combinations(members, 2))
    for part, share in (("validation", 0.2), ("test", 0.3)):
        assert len(drawn[part]) <= round(share * len(rows))
        for name, count in Counter(strata).items():
            assert sum(strata[row] == name for row in drawn[part]) <= share * count + 1


def test_single_rows_fill_each_class_to_its_share():
    drawn = parted([str(row) for row in range(1000)], {"test": 0.2}, ["a", "b", "b", "b"] * 250)
    assert Counter(["a", "b", "b", "b"][row % 4] for row in drawn["test"]) == {"a": 50, "b": 150}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), min_size=1))
def test_pairs_are_linked_exactly_where_a_chain_of_shared_sides_leads_over(pairs):
    groups = linked(pairs)
    reached = {0}
    while more := {
        row
        for row, (left, right) in enumerate(pairs)
        if row not in reached and any(left == pairs[r][0] or right == pairs[r][1] for r in reached)
    }:
        reached |= more
    assert {row for row, group in enumerate(groups) if group == groups[0]} == reached
