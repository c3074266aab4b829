"""The command that talks: `chat`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from modelzoo.cli.inference import DRAWING
from modelzoo.cli.loading import load
from modelzoo.data.files import not_utf8
from modelzoo.data.text import UNKNOWN
from modelzoo.errors import FileError, InputError
from modelzoo.interrupts import answered

MOST_NEW_TOKENS = 200  # of a reply, where no number is given


def chat(arguments: Namespace) -> None:
    """Answers a line at a time, until an empty one, the end of the input or Ctrl-C."""
    if sys.stdin is None:
        raise FileError("standard input is closed")
    generator = load(arguments.model, "generation", arguments.max_memory)
    if generator.task_.kind != "text":
        raise InputError(f"{arguments.model!r} holds a model of token ids: it knows no words")
    chosen = {name: getattr(arguments, name) for name in DRAWING}
    conversation = Conversation(
        generator,
        turns=arguments.turns,
        max_new_tokens=arguments.max_new_tokens or MOST_NEW_TOKENS,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    try:
        for said in _lines("" if arguments.json else "> "):
            pieces = conversation.reply(said)
            if arguments.json:
                told = {"said": said, "reply": "".join(pieces)}
                print(json.dumps(told, ensure_ascii=False), flush=True)
                continue
            for piece in pieces:
                print(piece, end="", flush=True)
            print(flush=True)
    except KeyboardInterrupt:  # the way to leave, as good as any
        answered()
        print(file=sys.stderr)


class Conversation:
    """A dialogue with a generator, in the form in which dialogues are learned.

    A prompt is all that was said, a turn a line, the latest one last. A model of pairs completes
    it; a model of texts writes the next line. The oldest turns are left out where the prompt would
    fill more of the context than leaves a quarter for the reply.

    Args:
        generator: Fitted on texts, or on pairs of them.
        turns: How many turns the model sees at most; None for all that fit.
        max_new_tokens: Tokens of a reply at most.
        seed: Makes the whole dialogue repeatable; None for another one each time.
        **drawing: Further arguments of ``Generator.generate``.
    """

    def __init__(
        self,
        generator: Any,
        *,
        turns: int | None = None,
        max_new_tokens: int = MOST_NEW_TOKENS,
        seed: int | None = None,
        **drawing: Any,
    ):
        self._generator, self._drawing, self._seed = generator, drawing, seed
        self._task = generator.task_
        self._most_turns, self._most_new = turns, max_new_tokens
        self._turns: list[str] = []
        self._replies = 0
        self._told: set[str] = set()
        special = 2 if self._task.pairs else 1  # start and separator, or start alone
        left_for_reply = min(max_new_tokens, self._task.context // 4)
        self._room = max(1, self._task.context - special - left_for_reply)  # for the prompt
        # A vocabulary of characters without a line break comes from single lines.
        self._single = UNKNOWN in self._encoded("\n")

    def reply(self, said: str) -> Iterator[str]:
        """Answers what was said, given what was said before.

        Args:
            said: One turn.

        Yields:
            The reply, piece by piece as it is written.
        """
        if self._is_unknown(said):
            _say("nothing of that occurs in the training texts: it is left out")
            return
        self._turns.append(said)
        prompt = self._prompt()
        if self._is_unknown(prompt):  # what is left of a long one
            self._turns.pop()
            _say("nothing of its end occurs in the training texts: it is left out")
            return
        skipped = 0 if self._task.pairs else len(prompt)  # texts are returned with their beginning
        written = ""
        for piece in self._generator.generate(
            prompt,
            self._new_tokens(prompt),
            seed=None if self._seed is None else self._seed + self._replies,
            stop=None if self._task.pairs or self._single else "\n",
            stream=True,
            **self._drawing,
        ):
            shown, skipped = piece[skipped:], max(0, skipped - len(piece))
            written += shown
            if shown:
                yield shown
        self._turns += [written] if written else []  # an empty line would be another dialogue
        self._replies += 1

    def _prompt(self) -> str:
        """What the model is given: the latest turns that fit."""
        most = 1 if self._single else self._most_turns
        if most is not None and len(self._turns) > most:
            if self._single and self._replies == 1:
                _say("the model was trained on single lines: it sees what you said last, no more")
            del self._turns[:-most]
        prompt = self._joined()
        while len(self._turns) > 1 and len(self._encoded(prompt)) > self._room:
            self._say_once("the dialogue is longer than the model's context: its oldest turns drop")
            del self._turns[0]
            prompt = self._joined()
        tokens = self._encoded(prompt)
        if len(tokens) > self._room:
            self._say_once("that is longer than the model's context: only its end is read")
            prompt = self._task.decode(tokens[-self._room :])
        return prompt

    def _joined(self) -> str:
        ends = "" if self._task.pairs or self._single else "\n"
        return "\n".join(self._turns) + ends

    def _new_tokens(self, prompt: str) -> int:
        """How many tokens to write at most: learned positions come to an end."""
        backbone = next(
            layer for layer in self._generator.model_.layers if hasattr(layer, "causal")
        )
        if backbone.max_length is None:
            return self._most_new
        return min(self._most_new, backbone.max_length - len(self._encoded(prompt)) - 1)

    def _encoded(self, text: str) -> Any:
        return self._task.encode([text])[0]

    def _is_unknown(self, said: str) -> bool:
        ids = self._encoded(said)
        return len(ids) > 0 and bool((ids == UNKNOWN).all())

    def _say_once(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            _say(message)


def _lines(question: str) -> Iterator[str]:
    """What the user says, a line at a time, asked for where there is someone to ask."""
    if sys.stdin.isatty():
        _say("an empty line ends the conversation")
        while True:
            try:
                said = input(question).strip()
            except EOFError:
                print(file=sys.stderr)
                return
            if not said:
                return
            yield said
    read = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            said = line.decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise not_utf8("-", error, read, number) from None
        if not said:
            return
        read += len(line)
        yield said


def _say(message: str) -> None:
    """Tells the user something, beside what the model says."""
    print(f"modelzoo: {message}", file=sys.stderr, flush=True)
