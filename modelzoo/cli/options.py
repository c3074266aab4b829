"""What the options of the commands have in common, and a parser that helps when one is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from modelzoo.bundle_files.layout import MAX_MEMORY
from modelzoo.errors import ModelZooError, suggestion

DATA = "a CSV or TSV file (- is standard input) or the name of a dataset"
TRAINING_DATA = (
    f"{DATA}; for classification also .jsonl, a folder with a sub-folder a class, .ts of the UEA "
    "or .tsv of the UCR archive; for generation .txt (a blank line ends a text), .jsonl or a folder"
)
SERIES_COLUMNS = {
    "time": "the time of each row",
    "target": "the value to forecast",
    "id": "which series a row belongs to",
}
COLUMNS = {
    "text": "the text; without it numbers are read",
    "label": "the class of each row",
    "prompt": "what a generator is to complete",
    "completion": "what it is to learn to answer",
    **SERIES_COLUMNS,
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and name the nearest valid word.

    `{classification}` and the like in the examples become names from the registry; `{experiment}`,
    of an experiment.
    """

    def format_help(self) -> str:
        """Writes the help, with examples that run."""
        self.epilog = (self.epilog or "").format_map(_Examples())
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Ends the process with one line and exit code 2."""
        self.exit(2, f"modelzoo: error: {message} (see {self.prog} --help)\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            hint = suggestion(value, action.choices)
            raise argparse.ArgumentError(action, f"there is no {value!r}: {hint}")


class _Examples(dict[str, str]):
    """Stands for names of the registry, which is asked only when an example is shown."""

    def __missing__(self, word: str) -> str:
        from modelzoo.advisor import recommend
        from modelzoo.evidence import list_experiments
        from modelzoo.registry import describe

        try:
            if word == "experiment":
                return list_experiments()[0]
            if word == "size":
                return list(describe(self["generation"]).sizes)[-1]
            return recommend(task=word).architectures[0].name
        except (ModelZooError, IndexError):
            return word.upper()


def add_command(commands: Any, name: str, run: str, about: str, examples: Sequence[str]) -> Parser:
    """Adds a command with its help, its examples and `--debug`."""
    shown = "\n".join(f"  {example}" for example in examples)
    command: Parser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"examples:\n{shown}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=f"modelzoo.cli.{run}")
    command.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show where an error arose"
    )
    return command


def add_json(command: Parser) -> None:
    """Adds `--json`."""
    command.add_argument("--json", action="store_true", help="print JSON, for programs")


def add_columns(command: Parser, columns: dict[str, str], file: str = "the file") -> None:
    """Adds options that name columns, those that the command reads, and what each is."""
    group = command.add_argument_group(f"columns of {file}")
    for name, what in columns.items():
        group.add_argument(f"--{name}", metavar="COLUMN", help=what)
    group.add_argument(
        "--drop", metavar="COLUMN", action="append", default=[], help="leave out (may be repeated)"
    )


def add_covariates(command: Parser) -> None:
    """Adds options that declare columns beside a series."""
    group = command.add_argument_group("columns beside a series (each may be repeated)")
    for role, what in (
        ("past", "known up to now"),
        ("future", "known ahead"),
        ("static", "the same at every step of a series"),
    ):
        group.add_argument(
            f"--{role}-covariate",
            dest=f"{role}_covariates",
            metavar="COLUMN",
            action="append",
            default=[],
            help=what,
        )
    group.add_argument("--calendar", action="store_true", help="read hour, weekday, month ...")


def add_training(command: Parser, *, several: bool = False) -> None:
    """Adds what chooses a model, or several, and how they are trained."""
    models = "models" if several else "model"
    group = command.add_argument_group(f"{models} and training")
    if several:
        group.add_argument(
            "--models", metavar="NAME,...", help="separated by commas; by default those recommended"
        )
    else:
        group.add_argument("--model", metavar="NAME", help="by default the one recommended")
        group.add_argument("--size", help="a named size of the model")
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help=f"a hyper-parameter of the {models} or of the training (may be repeated)",
    )
    group.add_argument("--epochs", type=positive, metavar="N", help="at most so many passes")
    group.add_argument("--seed", type=int, help=f"the same seed gives the same {models} (0)")
    group.add_argument("--quiet", action="store_true", help="no progress")


def add_checkpoints(command: Parser) -> None:
    """Adds `--checkpoint-dir`."""
    command.add_argument(
        "--checkpoint-dir",
        metavar="FOLDER",
        help="keep checkpoints there: the same command, if it was cut off, goes on from the last",
    )


def add_max_memory(command: Parser) -> None:
    """Adds `--max-memory`, for commands that load a saved model."""
    command.add_argument(
        "--max-memory",
        type=_gibibytes,
        default=MAX_MEMORY,
        metavar="GIB",
        help=f"refuse a model that needs more memory ({MAX_MEMORY // 2**30})",
    )


def add_out(command: Parser, what: str) -> None:
    """Adds `--out`; - is standard output."""
    command.add_argument(
        "-o", "--out", metavar="FILE", default="-", help=f"write the {what} there (- is the screen)"
    )


def positive(text: str) -> int:
    """Reads a whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive whole number")
    return number


def _gibibytes(text: str) -> int:
    """Reads gibibytes as bytes."""
    size = float(text) * 2**30
    if not 1 <= size < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return int(size)


_gibibytes.__name__ = "number of gibibytes"
positive.__name__ = "positive whole number"  # argparse names it: invalid ... value: 'x'
