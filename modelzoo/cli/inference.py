"""The commands that use a trained model: `predict`, `generate` and `forecast`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelzoo.cli.files import check_picture, check_writable, read_text, write_text
from modelzoo.errors import FileError, InputError

if TYPE_CHECKING:
    import pandas as pd

COMMANDS = {  # the command that uses a model for a task
    "classification": "predict",
    "forecasting": "forecast",
    "generation": "generate",
}

MOST_EXPLAINED = 20  # rows: each is predicted some seventy times, with another part hidden


def predict(arguments: Namespace) -> None:
    """Writes the label, or labels, of each row of a file, in the file's order."""
    import pandas as pd

    from modelzoo.cli.rows import read_rows_for

    for path in (arguments.out, arguments.explain):
        if path is not None:
            check_writable(path)
    classifier = load(arguments.model, "classification")
    rows = read_rows_for(classifier, arguments.data, arguments)
    chances = classifier.predict_proba(rows.X)
    result = pd.DataFrame({} if rows.files is None else {"file": rows.files})
    if classifier.task_.multi_label:
        several = classifier.task_.labels.tuples(chances > 0.5)
        result["prediction"] = [";".join(map(str, labels)) for labels in several]
    else:
        result["prediction"] = classifier.task_.labels.decode(chances)
    if arguments.proba:
        for position, label in enumerate(classifier.classes_):
            result[f"p_{label}"] = chances[:, position].round(6)
    write_text(result.to_csv(index=False, lineterminator="\n"), arguments.out)
    if arguments.explain is not None:
        page = classifier.explain(rows.X[:MOST_EXPLAINED]).to_html()
        write_text(page, arguments.explain)


DRAWING = ("temperature", "top_k", "top_p", "repetition_penalty", "seed")
WRITING = (*DRAWING, "max_new_tokens", "n", "beams")


def generate(arguments: Namespace) -> None:
    """Writes a prompt and what the model makes follow it, a completion, or a text without masks."""
    check_writable(arguments.out)
    names = WRITING if arguments.infill is None else DRAWING
    chosen = {name: getattr(arguments, name) for name in names}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    if arguments.infill is not None:
        _check_infill(arguments)
        generator = load(arguments.model, "generation")
        write_text(generator.infill(arguments.infill, **chosen) + "\n", arguments.out)
        return
    if arguments.stream and arguments.out != "-":
        raise InputError("--stream prints the text as it is written: leave --out away")
    prompt = read_text("-").rstrip("\n") if arguments.prompt == "-" else arguments.prompt or ""
    if arguments.stop:
        chosen["stop"] = [each.replace("\\n", "\n").replace("\\t", "\t") for each in arguments.stop]
    generator = load(arguments.model, "generation")
    written = generator.generate(prompt, stream=arguments.stream, **chosen)
    if arguments.stream:
        for piece in written:
            print(piece, end="", flush=True)
        print()
        return
    texts = written if chosen.get("n", 1) > 1 else [written]
    write_text("".join(f"{text}\n" for text in texts), arguments.out)


def _check_infill(arguments: Namespace) -> None:
    """Raises where options are given that filling masks knows nothing of."""
    others = ("prompt", "max_new_tokens", "stop", "n", "beams", "stream")
    given = [name for name in others if getattr(arguments, name)]
    if given:
        option = "-n" if given[0] == "n" else "--" + given[0].replace("_", "-")
        raise InputError(f"--infill does not go with {option}: leave one of them away")


def forecast(arguments: Namespace) -> None:
    """Writes quantiles of what follows a series, and draws them if asked to."""
    from modelzoo.cli.problems import named_dataset, read_series
    from modelzoo.cli.training import choose_model, make_estimator, say, training_output

    check_writable(arguments.out)
    if arguments.plot:
        check_picture(arguments.plot)
    saved = is_bundle(arguments.model)
    dataset = named_dataset(arguments.data, "forecasting")
    series = dataset.train.X if dataset is not None else read_series(arguments.data, arguments)
    horizon = arguments.horizon or (dataset.horizon if dataset is not None else None)
    if saved:
        forecaster = load(arguments.model, "forecasting")
        if arguments.horizon not in (None, forecaster.horizon):
            raise InputError(
                f"{arguments.model!r} forecasts {forecaster.horizon} steps, not "
                f"{arguments.horizon}: leave --horizon out, or train a model for it"
            )
        quantiles = forecaster.predict(series)
    else:
        if horizon is None:
            raise InputError("how many steps are to be forecast? say --horizon H")
        arguments.task = "forecasting"
        choose_model(arguments, series)
        season = dataset.season_length if dataset is not None else None
        forecaster = make_estimator(arguments, horizon, season)
        say(f"training {forecaster.model} on {len(series):,} steps")
        with training_output() as interrupted:
            forecaster.fit(series)
        if interrupted:
            raise KeyboardInterrupt
        quantiles = forecaster.predict()
    write_text(_as_csv(quantiles), arguments.out)
    if arguments.plot:
        _plot(arguments, series, quantiles)
        say(f"drawn in {arguments.plot}")


def load(path: str, task: str) -> Any:
    """Loads a saved estimator and checks that it is for a task.

    Args:
        path: The bundle.
        task: What it is needed for.

    Raises:
        FileError: There is no such file.
        InputError: The model is for another task.
    """
    if not Path(path).exists():
        raise FileError(f"there is no file {path!r}; `modelzoo fit` makes one")
    from modelzoo.cli.startup import start_keras

    start_keras()
    from modelzoo import bundle

    estimator = bundle.load(path)
    found = estimator.task_.name
    if found != task:
        raise InputError(
            f"{path!r} holds a model for {found}, not for {task}: use `modelzoo {COMMANDS[found]}`"
        )
    return estimator


def is_bundle(model: str | None) -> bool:
    """Whether the word given for a model is a file rather than a name."""
    return model is not None and (model.endswith(".mz") or Path(model).is_file())


def _as_csv(quantiles: pd.DataFrame) -> str:
    """A row a step: its time, and a column a quantile."""
    frame = quantiles.copy()
    if "unique_id" not in frame.columns:
        frame = frame.reset_index(names=frame.index.name or "ds")
    frame.columns = [
        "_".join(filter(None, map(str, column))) if isinstance(column, tuple) else str(column)
        for column in frame.columns
    ]
    return frame.to_csv(index=False, lineterminator="\n")


def _plot(arguments: Namespace, series: Any, quantiles: pd.DataFrame) -> None:
    from modelzoo.report import plot_forecast

    if "unique_id" in quantiles.columns:
        first = quantiles["unique_id"].iloc[0]
        print(f"drawing the first series, {first!r}", file=sys.stderr)
        series = series[series["unique_id"] == first].set_index("ds")["y"]
        quantiles = quantiles[quantiles["unique_id"] == first].set_index("ds")
        quantiles = quantiles[[c for c in quantiles.columns if isinstance(c, float)]]
    plot_forecast(series, quantiles, arguments.plot, title=f"forecast of {arguments.data}")
