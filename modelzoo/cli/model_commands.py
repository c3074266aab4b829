"""The commands that train and use models: what they accept, and their help."""

from __future__ import annotations

from typing import Any

from modelzoo.cli.options import (
    COLUMNS,
    DATA,
    SERIES_COLUMNS,
    TRAINING_DATA,
    add_checkpoints,
    add_columns,
    add_command,
    add_covariates,
    add_json,
    add_max_memory,
    add_out,
    add_training,
    positive,
)
from modelzoo.registry.cards import TASKS


def add_model_commands(commands: Any) -> None:
    """Adds them all."""
    for add in (_fit, _predict, _generate, _chat, _forecast, _backtest, _compare, _demo):
        add(commands)


def _fit(commands: Any) -> None:
    command = add_command(
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
            "modelzoo fit --task classification --data films.csv --text plot --label genres"
            " --set multi_label=true -o films.mz",
        ],
    )
    command.add_argument("--task", choices=TASKS, required=True, help="what is to be done")
    command.add_argument("--data", metavar="FILE", required=True, help=TRAINING_DATA)
    command.add_argument("-o", "--out", metavar="FILE.mz", required=True, help="where to save")
    command.add_argument("--horizon", type=positive, metavar="H", help="steps to forecast")
    add_json(command)
    add_columns(command, COLUMNS)
    add_covariates(command)
    add_training(command)
    add_checkpoints(command)


def _predict(commands: Any) -> None:
    command = add_command(
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
    add_max_memory(command)
    add_out(command, "labels")
    add_json(command)
    add_columns(
        command,
        {
            "text": "the text, where its column is not called as in training",
            "label": "the true class, where a model trained in Python is not to read it",
        },
    )


def _generate(commands: Any) -> None:
    command = add_command(
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
    _add_drawing(command)
    command.add_argument(
        "--stop",
        metavar="TEXT",
        action="append",
        help="end before this text; \\n and \\t are a line's end and a tab (may be repeated)",
    )
    command.add_argument("-n", type=positive, metavar="N", help="write N texts, a line each")
    command.add_argument("--beams", type=positive, metavar="K", help="search with K beams instead")
    command.add_argument("--stream", action="store_true", help="print the text as it is written")
    command.add_argument(
        "--infill", metavar="TEXT", help="replace each [MASK] in a text, in place of --prompt"
    )
    add_max_memory(command)
    add_out(command, "text")
    add_json(command)


def _chat(commands: Any) -> None:
    command = add_command(
        commands,
        "chat",
        "chatting:chat",
        "talk to a saved generator: an empty line or Ctrl-C ends it",
        [
            "modelzoo chat chats.mz",
            "modelzoo chat chats.mz --temperature 0.7 --seed 1",
            "modelzoo chat chats.mz --turns 1 --json < questions.txt",
        ],
    )
    command.add_argument(
        "model",
        metavar="MODEL.mz",
        help="what `modelzoo fit` has saved: of prompts, all that was said so far, a turn a line, "
        "with the replies as completions; or of texts, dialogues with a turn a line",
    )
    command.add_argument(
        "--turns",
        type=positive,
        metavar="N",
        help="the model sees the last N turns at most, yours and its own; 1 is what you said "
        "alone (by default as many as its context holds)",
    )
    _add_drawing(command)
    add_max_memory(command)
    add_json(command)


def _add_drawing(command: Any) -> None:
    """Adds how text is drawn."""
    command.add_argument("--max-new-tokens", type=positive, metavar="N", help="at most so many")
    command.add_argument("--temperature", type=float, metavar="X", help="0 is the likeliest text")
    command.add_argument("--top-k", type=positive, metavar="K", help="from the K likeliest tokens")
    command.add_argument("--top-p", type=float, metavar="P", help="from the likeliest share P")
    command.add_argument(
        "--repetition-penalty", type=float, metavar="X", help="above 1: fewer repetitions"
    )
    command.add_argument("--seed", type=int, help="the same seed gives the same text")


def _forecast(commands: Any) -> None:
    command = add_command(
        commands,
        "forecast",
        "inference:forecast",
        "forecast what follows a series, training a model or using a saved one",
        [
            "modelzoo forecast sales.csv --horizon 28 -o next.csv --plot next.png",
            "modelzoo forecast sales.csv --horizon 28 --model {forecasting} --target sold",
            "modelzoo forecast sales.csv --model sales.mz --json",
            "modelzoo forecast sales.csv --horizon 7 --future-covariate price --future plan.csv",
        ],
    )
    command.add_argument("data", metavar="DATA", help=DATA)
    command.add_argument("--horizon", type=positive, metavar="H", help="steps to forecast")
    command.add_argument("--plot", metavar="FILE.png", help="draw the forecast with its interval")
    add_max_memory(command)
    add_out(command, "forecast")
    command.add_argument(
        "--future", metavar="FILE", help="a table of the future covariates of the steps to forecast"
    )
    add_json(command)
    add_columns(command, SERIES_COLUMNS)
    add_covariates(command)
    add_training(command)


def _backtest(commands: Any) -> None:
    command = add_command(
        commands,
        "backtest",
        "backtesting:backtest",
        "forecast the end of a series again and again, each time from what stood before",
        [
            "modelzoo backtest sales.csv --horizon 28 --folds 6",
            "modelzoo backtest sunspots --model {forecasting} --refit -o forecasts.csv",
            "modelzoo backtest sales.csv --model sales.mz --json",
        ],
    )
    command.add_argument("data", metavar="DATA", help=DATA)
    command.add_argument("--horizon", type=positive, metavar="H", help="steps to forecast")
    command.add_argument("--folds", type=positive, default=3, metavar="N", help="how often (3)")
    command.add_argument(
        "--step", type=positive, metavar="N", help="steps between two folds; the horizon"
    )
    command.add_argument(
        "--refit",
        type=positive,
        nargs="?",
        const=1,
        metavar="N",
        help="train anew before each fold, or before every N-th",
    )
    command.add_argument(
        "--baselines",
        choices=["all", "naive"],
        default="all",
        help="compare with all baselines (all), or with seasonal naive alone, which takes no time",
    )
    command.add_argument(
        "-o", "--out", metavar="FILE", help="write the forecasts there (- is the screen)"
    )
    add_max_memory(command)
    add_json(command)
    add_columns(command, SERIES_COLUMNS)
    add_covariates(command)
    add_training(command)


def _compare(commands: Any) -> None:
    command = add_command(
        commands,
        "compare",
        "comparing:compare",
        "train several models and the baselines on the same data, and rank them",
        [
            "modelzoo compare --task forecasting --data sunspots",
            "modelzoo compare --task classification --data mails.csv --text body --label folder"
            " --models {classification}",
            "modelzoo compare --task generation --data stories.txt --epochs 3 --json",
            "modelzoo compare --task forecasting --data sunspots --budget-s 60 --plot pictures",
        ],
    )
    command.add_argument("--task", choices=TASKS, required=True, help="what is to be done")
    command.add_argument("--data", metavar="FILE", required=True, help=TRAINING_DATA)
    command.add_argument("--horizon", type=positive, metavar="H", help="steps to forecast")
    add_columns(command, COLUMNS)
    add_covariates(command)
    add_training(command, several=True)
    command.add_argument(
        "--seeds", type=positive, default=1, metavar="N", help="train each with so many seeds (1)"
    )
    command.add_argument(
        "--budget-s",
        type=float,
        metavar="S",
        help="take about so long: networks that do worse stop early, the best have two seeds",
    )
    command.add_argument("--jobs", type=positive, metavar="N", help="train so many at a time (1)")
    command.add_argument(
        "--plot",
        metavar="FOLDER",
        help="draw there how the networks learned and what the best says of the held-out part",
    )
    add_checkpoints(command)
    add_json(command)


def _demo(commands: Any) -> None:
    command = add_command(
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
    add_json(command)
