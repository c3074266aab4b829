"""A conversation with a saved generator: what it is given, what it says, how it ends."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modelzoo import Generator, registry
from modelzoo.cli import main
from modelzoo.cli.chatting import Conversation

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
BIDIRECTIONAL = registry.list_models(causal=False)[0]
QUICK: dict[str, Any] = {"hparams": {"width": 8, "depth": 1}, "epochs": 1, "verbose": 0}
DIALOGUE = ["hello", "hi there", "how are you", "very well", "and the cat", "sat on the mat"]
PROMPTS = ["\n".join(DIALOGUE[:turn]) for turn in range(1, 6)] * 4
REPLIES = DIALOGUE[1:] * 4


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def chat(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Talks in this process, the lines said on standard input."""

    def chat(*arguments: object, given: str | bytes = "") -> Result:
        raw = given.encode() if isinstance(given, str) else given
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
        code = main(["chat", *map(str, arguments)])
        return Result(code, *capsys.readouterr())

    return chat


@pytest.fixture(scope="module")
def of_pairs() -> Generator:
    """Sees 64 characters."""
    return Generator(SMALLEST, context=64, tokenizer="character", **QUICK).fit(PROMPTS, REPLIES)


@pytest.fixture(scope="module")
def of_texts() -> Generator:
    texts = ["\n".join(DIALOGUE)] * 8
    return Generator(SMALLEST, context=64, tokenizer="character", **QUICK).fit(texts)


@pytest.fixture(scope="module")
def saved(of_pairs: Generator, of_texts: Generator, tmp_path_factory: Any) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    models = {"pairs": of_pairs, "texts": of_texts}
    return {name: model.save(folder / f"{name}.mz") for name, model in models.items()}


def recorded(
    generator: Generator, monkeypatch: pytest.MonkeyPatch, replies: list[str]
) -> list[tuple[str, int, dict[str, Any]]]:
    """Has a generator give these replies; what it was asked for is in the list returned."""
    asked: list[tuple[str, int, dict[str, Any]]] = []
    waiting = iter(replies)

    def generate(prompt: str, max_new_tokens: int, **options: Any) -> Iterator[str]:
        asked.append((prompt, max_new_tokens, options))
        if not generator.task_.pairs:
            yield prompt
        yield from next(waiting)

    monkeypatch.setattr(generator, "generate", generate)
    return asked


# ---- what the model is given


def test_a_prompt_has_the_form_of_training_all_that_was_said_a_turn_a_line(of_pairs, monkeypatch):
    asked = recorded(of_pairs, monkeypatch, DIALOGUE[1::2])
    conversation = Conversation(of_pairs)
    replies = ["".join(conversation.reply(said)) for said in DIALOGUE[:4:2]]
    assert replies == DIALOGUE[1:4:2]
    assert [prompt for prompt, _, _ in asked] == [PROMPTS[0], PROMPTS[2]]
    assert all(options["stop"] is None for _, _, options in asked)


def test_a_model_of_texts_writes_the_next_line(of_texts, monkeypatch):
    asked = recorded(of_texts, monkeypatch, DIALOGUE[1::2])
    conversation = Conversation(of_texts)
    replies = ["".join(conversation.reply(said)) for said in DIALOGUE[:4:2]]
    assert replies == DIALOGUE[1:4:2]
    assert [prompt for prompt, _, _ in asked] == ["hello\n", "hello\nhi there\nhow are you\n"]
    assert all(options["stop"] == "\n" for _, _, options in asked)


def test_the_oldest_turns_drop_where_the_context_is_full_and_that_is_told_once(
    of_pairs, monkeypatch, capsys
):
    asked = recorded(of_pairs, monkeypatch, ["the mat"] * 12)
    conversation = Conversation(of_pairs, max_new_tokens=16)
    for _ in range(12):
        assert "".join(conversation.reply("the cat"))
    longest = max(len(prompt) for prompt, _, _ in asked)
    assert 64 - 2 - 16 - len("the mat\n") < longest <= 64 - 2 - 16
    assert all(prompt.endswith("the cat") for prompt, _, _ in asked)
    assert {prompt.split("\n")[0] for prompt, _, _ in asked} <= {"the cat", "the mat"}
    assert capsys.readouterr().err.count("oldest turns drop") == 1


def test_of_a_turn_longer_than_the_context_the_end_is_read(of_pairs, monkeypatch, capsys):
    asked = recorded(of_pairs, monkeypatch, ["hi"] * 2)
    conversation = Conversation(of_pairs)
    for _ in range(2):
        assert "".join(conversation.reply("the cat " * 20 + "sat")) == "hi"
    assert [prompt for prompt, _, _ in asked] == [("the cat " * 20 + "sat")[-46:]] * 2
    assert capsys.readouterr().err.count("only its end is read") == 1


def test_no_more_turns_are_seen_than_asked_for(of_pairs, monkeypatch):
    asked = recorded(of_pairs, monkeypatch, ["hi"] * 3)
    conversation = Conversation(of_pairs, turns=1)
    for said in ("the cat", "the mat", "hello"):
        list(conversation.reply(said))
    assert [prompt for prompt, _, _ in asked] == ["the cat", "the mat", "hello"]


def test_a_model_that_knows_single_lines_only_is_given_single_lines(monkeypatch, capsys):
    questions = ["where is it", "what is it"] * 8
    options = QUICK | {"context": 32, "tokenizer": "character"}
    generator = Generator(SMALLEST, **options).fit(questions, ["here", "that"] * 8)
    asked = recorded(generator, monkeypatch, ["here"] * 3)
    conversation = Conversation(generator)
    for said in ("where", "what", "it"):
        list(conversation.reply(said))
    assert [prompt for prompt, _, _ in asked] == ["where", "what", "it"]
    assert capsys.readouterr().err.count("single lines") == 1


def test_a_turn_that_says_nothing_known_is_left_out(of_pairs, monkeypatch, capsys):
    asked = recorded(of_pairs, monkeypatch, ["hi there"])
    conversation = Conversation(of_pairs)
    assert "".join(conversation.reply("12345")) == ""
    assert "".join(conversation.reply("hello")) == "hi there"
    assert [prompt for prompt, _, _ in asked] == ["hello"]
    assert "is left out" in capsys.readouterr().err


def test_a_long_turn_of_whose_end_nothing_is_known_is_left_out(of_pairs, monkeypatch, capsys):
    asked = recorded(of_pairs, monkeypatch, ["hi there"])
    conversation = Conversation(of_pairs)
    assert "".join(conversation.reply("hello" + "9" * 100)) == ""
    assert "nothing of its end occurs in the training texts" in capsys.readouterr().err
    assert "".join(conversation.reply("hello")) == "hi there"
    assert [prompt for prompt, _, _ in asked] == ["hello"]


def test_a_seed_draws_anew_each_turn(of_pairs, monkeypatch):
    asked = recorded(of_pairs, monkeypatch, ["hi"] * 2)
    conversation = Conversation(of_pairs, seed=5, temperature=0.5)
    for said in ("hello", "hello"):
        list(conversation.reply(said))
    assert [options["seed"] for _, _, options in asked] == [5, 6]
    assert all(options["temperature"] == 0.5 for _, _, options in asked)


def test_a_reply_ends_where_learned_positions_do():
    sized = {"width": 8, "depth": 1, "heads": 1, "positions": "learned"}
    causal = registry.list_models(causal=True)
    name = next(each for each in causal if "positions" in registry.hyperparameters(each))
    options = QUICK | {"hparams": sized, "context": 32, "tokenizer": "character"}
    conversation = Conversation(Generator(name, **options).fit(PROMPTS, REPLIES))
    for _ in range(3):
        assert len("".join(conversation.reply("hello how are you"))) <= 32


# ---- the command


@pytest.mark.parametrize("kind", ["pairs", "texts"])
def test_each_line_is_answered_by_one_line_and_a_seed_repeats_them(chat, saved, kind):
    options = [saved[kind], "--seed", 3, "--max-new-tokens", 6]
    result = chat(*options, given="hello\nhow are you\n")
    assert result.code == 0 and result.err == ""
    assert result.out == chat(*options, given="hello\nhow are you\n").out
    if kind == "texts":
        assert len(result.out.splitlines()) == 2


def test_what_is_written_is_what_generate_writes(chat, saved, of_pairs):
    result = chat(saved["pairs"], "--temperature", 0, "--max-new-tokens", 6, given="hello")
    assert result.out == of_pairs.generate("hello", 6, temperature=0) + "\n"


def test_an_empty_line_ends_the_conversation(chat, saved):
    result = chat(saved["texts"], "--max-new-tokens", 4, given="hello\n\nhow are you\n")
    assert result.code == 0 and len(result.out.splitlines()) == 1
    assert chat(saved["texts"]) == Result(0, "", "")


def test_as_json_each_turn_is_an_object_in_a_line(chat, saved):
    result = chat(saved["pairs"], "--max-new-tokens", 4, "--json", given="hello\nthe cat\n")
    told = [json.loads(line) for line in result.out.splitlines()]
    assert [each["said"] for each in told] == ["hello", "the cat"]
    assert all(isinstance(each["reply"], str) for each in told)


def test_a_person_is_asked_until_control_d(chat, saved, monkeypatch, capsys):
    lines = iter(["hello"])

    def asked(question: str) -> str:
        assert question == "> "
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("builtins.input", asked)
    monkeypatch.setattr("sys.stdin", Terminal())
    assert main(["chat", str(saved["texts"]), "--max-new-tokens", "4"]) == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 1
    assert "an empty line ends the conversation" in shown.err


def test_ctrl_c_ends_the_conversation_without_a_fuss(saved, monkeypatch, capsys, default_sigint):
    class Interrupted(io.BytesIO):
        def __next__(self) -> bytes:
            line = super().__next__()
            if line == b"stop\n":
                signal.raise_signal(signal.SIGINT)
            return line

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Interrupted(b"hello\nstop\nhello\n")))
    assert main(["chat", str(saved["texts"]), "--max-new-tokens", "4"]) == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 1 and not shown.err.strip()


def test_a_bidirectional_model_talks_too(chat, tmp_path):
    options = QUICK | {"context": 32, "tokenizer": "character"}
    path = Generator(BIDIRECTIONAL, **options).fit(PROMPTS, REPLIES).save(tmp_path / "m.mz")
    assert chat(path, "--max-new-tokens", 4, given="hello\nthe cat\n").code == 0


@pytest.mark.parametrize("option", [["--temperature", -1], ["--top-p", 2]])
def test_an_option_out_of_its_range_is_one_line(chat, saved, option):
    result = chat(saved["pairs"], *option, given="hello\n")
    assert result.code == 2 and result.err.count("\n") == 1


def test_what_is_no_text_is_told_with_its_line(chat, saved):
    result = chat(saved["texts"], "--max-new-tokens", 4, given=b"hello\n\xff\n")
    assert result.code == 2 and "line 2" in result.err


def test_closed_standard_input_is_one_line(saved, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)
    assert main(["chat", str(saved["pairs"])]) == 2
    assert capsys.readouterr().err == "modelzoo: error: standard input is closed\n"


def test_a_model_of_token_ids_is_no_one_to_talk_to(chat, tmp_path):
    path = Generator(SMALLEST, context=8, **QUICK).fit([[1, 2, 3, 4] * 8] * 4).save(tmp_path / "m")
    result = chat(path, given="hello\n")
    assert result.code == 2 and "token ids" in result.err
