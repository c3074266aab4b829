"""Which options apply to a task and a source of data: any other that is given is an error."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from modelzoo.datasets.labelled_files import has_columns
from modelzoo.errors import InputError

COVARIATES = ("past_covariates", "future_covariates", "static_covariates")
READ = {  # the task, and whether the data is a table: what is read of the options checked here
    ("classification", True): {"text", "label", "id", "drop"},
    ("classification", False): set(),
    ("forecasting", True): {"time", "target", "id", "drop", "horizon", "calendar", *COVARIATES},
    ("forecasting", False): {"horizon", "calendar"},
    ("generation", True): {"text", "prompt", "completion"},
    ("generation", False): set(),
}
TRAINING = ("size", "set", "epochs", "seed", "calendar", *COVARIATES)  # not for a saved model
CHECKED = sorted(set().union(*READ.values(), TRAINING))


def check_options(
    arguments: Namespace, task: str, *, dataset: bool = False, saved: bool = False
) -> None:
    """Raises where an option is given that nothing would read.

    Args:
        arguments: The options, and `data`, the file or dataset.
        task: The task.
        dataset: Whether `data` is a dataset's name.
        saved: Whether `model` is a file, which was trained already.

    Raises:
        InputError: There is one; the message names the first, and why it does not apply.
    """
    is_table = not dataset and _is_table(arguments.data, task)
    every = set().union(*READ.values())
    for name in CHECKED:
        value = getattr(arguments, name, None)
        if value is None or value is False or value == []:  # but a seed of 0 was given
            continue
        if name in every - READ[task, True]:
            why = f"is not for {task}"
        elif saved and name in TRAINING:
            why = f"is for training, and {arguments.model!r} is trained already"
        elif name in every - READ[task, is_table]:
            why = f"names a column of a table, and {arguments.data!r} is none"
        else:
            continue
        option = name.replace("_covariates", "-covariate")
        raise InputError(f"--{option} {why}: leave it away")
    if task == "generation" and arguments.text is not None:
        pair = [name for name in ("prompt", "completion") if getattr(arguments, name) is not None]
        if pair:
            raise InputError(f"--text does not go with --{pair[0]}: leave one of them away")


def _is_table(path: str, task: str) -> bool:
    """Whether a file has columns to name; a text file has one where the options say so."""
    if task == "classification":
        return has_columns(path)
    return path == "-" or not Path(path).is_dir()
