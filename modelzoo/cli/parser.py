"""What each command accepts, and its help. Commands are named by path and imported when run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from modelzoo.errors import ModelZooError, suggestion
from modelzoo.registry.cards import APPLICATIONS, TASKS

DATA = "a CSV or TSV file (- is standard input) or the name of a dataset"
TRAINING_DATA = f"{DATA}; for generation also .txt (a blank line ends a text), .jsonl or a folder"
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

    `{classification}` and the like in the examples become names from the registry.
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


def build_parser() -> Parser:
    """Builds the parser of the whole command line."""
    parser = Parser(
        prog="modelzoo",
        description="Keras models for sequences: choose one, train it on your data, use it.",
        epilog="Each command has its own help with examples: modelzoo fit --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and stop")
    parser.add_argument("--debug", action="store_true", help="show where an error arose")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for add in (_list, _show, _search, _recommend, _datasets, _fit, _predict, _generate, _forecast):
        add(commands)
    _compare(commands)
    _plugins(commands)
    _demo(commands)
    return parser


class _Examples(dict[str, str]):
    """Stands for names of the registry, which is asked only when an example is shown."""

    def __missing__(self, word: str) -> str:
        from modelzoo.advisor import recommend
        from modelzoo.registry import describe

        try:
            if word == "size":
                return list(describe(self["generation"]).sizes)[-1]
            return recommend(task=word)[0].name
        except (ModelZooError, IndexError):
            return word.upper()


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from modelzoo import __version__

        print(f"modelzoo {__version__}")
        parser.exit()


def _add(commands: Any, name: str, run: str, about: str, examples: Sequence[str]) -> Parser:
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


def _add_json(command: Parser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON, for programs")


def _list(commands: Any) -> None:
    command = _add(
        commands,
        "list",
        "queries:list_models",
        "list the models, all or those that fit",
        ["modelzoo list", "modelzoo list 'g*'", "modelzoo list --task forecasting --streaming"],
    )
    command.add_argument("pattern", nargs="?", default="*", help="a name with * and ? as wildcards")
    command.add_argument("--task", choices=TASKS, help="fit for this task")
    command.add_argument("--family", help="of this family, as `modelzoo show` names it")
    command.add_argument(
        "--application", choices=APPLICATIONS, metavar="WORD", help="known for this application"
    )
    flag = argparse.BooleanOptionalAction
    command.add_argument("--causal", action=flag, help="sees only the past, or not")
    command.add_argument("--streaming", action=flag, help="goes on step by step, or not")
    _add_json(command)


def _show(commands: Any) -> None:
    command = _add(
        commands,
        "show",
        "queries:show",
        "show a model's card, and what each of its sizes costs",
        [
            "modelzoo show {forecasting}",
            "modelzoo show {generation} --size {size}",
            "modelzoo show {classification} --json",
        ],
    )
    command.add_argument("name", help="a model, as `modelzoo list` names it")
    command.add_argument("--size", help="the cost of this size only")
    _add_json(command)


def _search(commands: Any) -> None:
    command = _add(
        commands,
        "search",
        "queries:search",
        "search all the cards for words",
        ["modelzoo search long sequences small data", "modelzoo search translation --json"],
    )
    command.add_argument("words", nargs="+", help="words that the card should hold")
    _add_json(command)


def _recommend(commands: Any) -> None:
    command = _add(
        commands,
        "recommend",
        "queries:recommend",
        "recommend models for a problem, with reasons",
        [
            "modelzoo recommend --task forecasting",
            "modelzoo recommend --task classification --n-samples 500 --length 200",
            "modelzoo recommend --task forecasting --data sales.csv --streaming",
            "modelzoo recommend --application sentiment-analysis --max-parameters 1000000",
        ],
    )
    command.add_argument("--task", choices=TASKS, help="what is to be done")
    command.add_argument("--application", choices=APPLICATIONS, metavar="WORD", help="what for")
    command.add_argument("--data", metavar="DATA", help=f"its size decides too: {DATA}")
    command.add_argument("--n-samples", type=_positive, metavar="N", help="number of sequences")
    command.add_argument("--length", type=_positive, metavar="T", help="steps in a sequence")
    command.add_argument("--channels", type=_positive, metavar="C", help="numbers in a step")
    command.add_argument("--vocabulary", type=_positive, metavar="V", help="different tokens")
    command.add_argument("--horizon", type=_positive, metavar="H", help="steps to forecast")
    command.add_argument("--season-length", type=_positive, metavar="S", help="steps in a season")
    command.add_argument("--max-parameters", type=_positive, metavar="N", help="at most so many")
    command.add_argument("--streaming", action="store_true", help="must go on step by step")
    command.add_argument("--causal", action="store_true", help="must see only the past")
    command.add_argument("--top", type=_positive, default=3, metavar="N", help="how many (3)")
    _add_columns(command, COLUMNS, "the --data file")
    _add_json(command)


def _datasets(commands: Any) -> None:
    command = _add(
        commands,
        "datasets",
        "queries:datasets",
        "list the datasets to try models on, or show one",
        ["modelzoo datasets", "modelzoo datasets --task forecasting", "modelzoo datasets sunspots"],
    )
    command.add_argument("name", nargs="?", help="show this one")
    command.add_argument("--task", choices=TASKS, help="those for this task")
    _add_json(command)


def _fit(commands: Any) -> None:
    command = _add(
        commands,
        "fit",
        "training:fit",
        "train a model on a file or a dataset, score it, save it",
        [
            "modelzoo fit --task classification --model {classification} --data mails.csv"
            " --text body --label folder -o mails.mz",
            "modelzoo fit --task forecasting --model {forecasting} --data sales.csv"
            " --time day --target sold --horizon 28 -o sales.mz",
            "modelzoo fit --task generation --model {generation} --data stories.txt -o stories.mz",
            "modelzoo fit --task generation --model {generation} --data chats.csv"
            " --prompt question --completion answer -o chats.mz",
            "modelzoo fit --task forecasting --data sunspots -o sunspots.mz",
        ],
    )
    command.add_argument("--task", choices=TASKS, required=True, help="what is to be done")
    command.add_argument("--data", metavar="FILE", required=True, help=TRAINING_DATA)
    command.add_argument("-o", "--out", metavar="FILE.mz", required=True, help="where to save")
    command.add_argument("--horizon", type=_positive, metavar="H", help="steps to forecast")
    _add_columns(command, COLUMNS)
    _add_training(command)


def _predict(commands: Any) -> None:
    command = _add(
        commands,
        "predict",
        "inference:predict",
        "label the rows of a file with a saved classifier",
        [
            "modelzoo predict mails.mz new.csv -o labels.csv",
            "cat new.csv | modelzoo predict mails.mz - --proba",
            "modelzoo predict mails.mz old.csv --text message",
            "modelzoo predict mails.mz inbox/ --explain why.html",
        ],
    )
    command.add_argument("model", metavar="MODEL.mz", help="what `modelzoo fit` has saved")
    command.add_argument(
        "data",
        metavar="DATA",
        help="a CSV or TSV file with the columns of training, in any order; others are not read "
        "(- is standard input); for texts also a .txt file (one text), a .jsonl file (a text a "
        "line) or a folder of .txt files",
    )
    command.add_argument("--proba", action="store_true", help="add a probability per class")
    command.add_argument(
        "--explain",
        metavar="FILE.html",
        help="show there what moved the answers to the first rows",
    )
    _add_out(command, "labels")
    _add_columns(
        command,
        {
            "text": "the text, where its column is not called as in training",
            "label": "the true class, where a model trained in Python is not to read it",
        },
    )


def _generate(commands: Any) -> None:
    command = _add(
        commands,
        "generate",
        "inference:generate",
        "write on from a prompt with a saved generator",
        [
            "modelzoo generate stories.mz --prompt 'Once upon a time'",
            "modelzoo generate stories.mz --prompt 'The ' --temperature 0.7 --top-k 20 --seed 1",
            "modelzoo generate stories.mz --prompt - --stream < opening.txt",
            "modelzoo generate chats.mz --prompt 'Where is it?' --stop '\\n' --beams 4",
            "modelzoo generate encoder.mz --infill 'The [MASK] sat.'",
        ],
    )
    command.add_argument("model", metavar="MODEL.mz", help="what `modelzoo fit` has saved")
    command.add_argument("--prompt", help="the beginning; - is standard input")
    command.add_argument("--max-new-tokens", type=_positive, metavar="N", help="at most so many")
    command.add_argument("--temperature", type=float, metavar="X", help="0 is the likeliest text")
    command.add_argument("--top-k", type=_positive, metavar="K", help="from the K likeliest tokens")
    command.add_argument("--top-p", type=float, metavar="P", help="from the likeliest share P")
    command.add_argument(
        "--repetition-penalty", type=float, metavar="X", help="above 1: fewer repetitions"
    )
    command.add_argument(
        "--stop",
        metavar="TEXT",
        action="append",
        help="end before this text; \\n and \\t are a line's end and a tab (may be repeated)",
    )
    command.add_argument("--seed", type=int, help="the same seed gives the same text")
    command.add_argument("-n", type=_positive, metavar="N", help="write N texts, a line each")
    command.add_argument("--beams", type=_positive, metavar="K", help="search with K beams instead")
    command.add_argument("--stream", action="store_true", help="print the text as it is written")
    command.add_argument(
        "--infill", metavar="TEXT", help="replace each [MASK] in a text, in place of --prompt"
    )
    _add_out(command, "text")


def _forecast(commands: Any) -> None:
    command = _add(
        commands,
        "forecast",
        "inference:forecast",
        "forecast what follows a series, training a model or using a saved one",
        [
            "modelzoo forecast sales.csv --horizon 28 -o next.csv --plot next.png",
            "modelzoo forecast sales.csv --horizon 28 --model {forecasting} --target sold",
            "modelzoo forecast sales.csv --model sales.mz",
        ],
    )
    command.add_argument("data", metavar="DATA", help=DATA)
    command.add_argument("--horizon", type=_positive, metavar="H", help="steps to forecast")
    command.add_argument("--plot", metavar="FILE.png", help="draw the forecast with its interval")
    _add_out(command, "forecast")
    _add_columns(command, SERIES_COLUMNS)
    _add_training(command)


def _compare(commands: Any) -> None:
    command = _add(
        commands,
        "compare",
        "comparing:compare",
        "train several models and the baselines on the same data, and rank them",
        [
            "modelzoo compare --task forecasting --data sunspots",
            "modelzoo compare --task classification --data mails.csv --text body --label folder"
            " --models {classification}",
            "modelzoo compare --task generation --data stories.txt --epochs 3 --json",
        ],
    )
    command.add_argument("--task", choices=TASKS, required=True, help="what is to be done")
    command.add_argument("--data", metavar="FILE", required=True, help=TRAINING_DATA)
    command.add_argument("--horizon", type=_positive, metavar="H", help="steps to forecast")
    _add_columns(command, COLUMNS)
    group = command.add_argument_group("models and training")
    group.add_argument(
        "--models", metavar="NAME,...", help="separated by commas; by default those recommended"
    )
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a hyper-parameter of all models or of their training (may be repeated)",
    )
    group.add_argument("--epochs", type=_positive, metavar="N", help="at most so many passes")
    group.add_argument("--seed", type=int, default=0, help="the same seed gives the same models")
    group.add_argument("--quiet", action="store_true", help="no progress")
    _add_json(command)


def _plugins(commands: Any) -> None:
    command = _add(
        commands,
        "plugins",
        "queries:plugins",
        "list the installed plugins, what they bring, and what is wrong with them",
        ["modelzoo plugins", "modelzoo plugins --json"],
    )
    _add_json(command)


def _demo(commands: Any) -> None:
    command = _add(
        commands,
        "demo",
        "demonstration:demo",
        "see the zoo at work: a recommendation, training, a leaderboard, a plot",
        ["modelzoo demo", "modelzoo demo --dataset co2 --out co2.png"],
    )
    command.add_argument("--dataset", help="a dataset for forecasting")
    command.add_argument(
        "--out", metavar="FILE.png", default="modelzoo-demo.png", help="where to draw the forecast"
    )


def _add_columns(command: Parser, columns: dict[str, str], file: str = "the file") -> None:
    """Adds options that name columns, those that the command reads, and what each is."""
    group = command.add_argument_group(f"columns of {file}")
    for name, what in columns.items():
        group.add_argument(f"--{name}", metavar="COLUMN", help=what)
    group.add_argument(
        "--drop", metavar="COLUMN", action="append", default=[], help="leave out (may be repeated)"
    )


def _add_training(command: Parser) -> None:
    group = command.add_argument_group("model and training")
    group.add_argument("--model", metavar="NAME", help="by default the one recommended")
    group.add_argument("--size", help="a named size of the model")
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a hyper-parameter of the model or of its training (may be repeated)",
    )
    group.add_argument("--epochs", type=_positive, metavar="N", help="at most so many passes")
    group.add_argument("--seed", type=int, default=0, help="the same seed gives the same model")
    group.add_argument("--quiet", action="store_true", help="no progress")


def _add_out(command: Parser, what: str) -> None:
    command.add_argument(
        "-o", "--out", metavar="FILE", default="-", help=f"write the {what} there (- is the screen)"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive whole number")
    return number


_positive.__name__ = "positive whole number"  # argparse names it: invalid ... value: 'x'
