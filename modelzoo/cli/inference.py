"""The commands that use a model: `predict`, `generate` and `forecast`."""

from __future__ import annotations

import json
import re
import warnings
from argparse import Namespace
from typing import TYPE_CHECKING, Any

import numpy as np

from modelzoo.cli.files import (
    check_file,
    check_picture,
    check_writable,
    write_table,
    write_text,
)
from modelzoo.cli.loading import load
from modelzoo.data.files import read_text
from modelzoo.errors import InputError, RowsWarning

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 100_000  # rows answered at once: ten million, encoded, would take gigabytes
MOST_EXPLAINED = 20  # rows: each is predicted some seventy times, with another part hidden


def predict(arguments: Namespace) -> None:
    """Writes the label, or labels, of each row of a file, in the file's order."""
    import pandas as pd

    from modelzoo.cli.applicable import check_options
    from modelzoo.cli.rows import read_rows_for

    check_writable(arguments.out)
    if arguments.explain is not None:
        check_file(arguments.explain, "a page")
    check_options(arguments, "classification")
    classifier = load(arguments.model, "classification", arguments.max_memory)
    rows = read_rows_for(classifier, arguments.data, arguments)
    chances = _chances(classifier, rows.X)
    result = pd.DataFrame({} if rows.files is None else {"file": rows.files})
    if classifier.task_.multi_label:
        several = classifier.task_.labels.tuples(chances > 0.5)
        result["prediction"] = [";".join(map(str, labels)) for labels in several]
    else:
        result["prediction"] = classifier.task_.labels.decode(chances)
    if arguments.proba:
        for position, label in enumerate(classifier.classes_):
            result[f"p_{label}"] = chances[:, position].round(6)
    write_table(result, arguments.out, as_json=arguments.json)
    if arguments.explain is not None:
        page = classifier.explain(rows.X[:MOST_EXPLAINED]).to_html()
        write_text(page, arguments.explain)


def _chances(classifier: Any, X: Any) -> np.ndarray:
    """Probabilities of all rows, block by block; errors and warnings count all rows."""
    blocks = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", RowsWarning)
        for start in range(0, max(1, len(X)), BLOCK):
            try:
                blocks.append(classifier.predict_proba(X[start : start + BLOCK]))
            except InputError as error:
                if not start:
                    raise
                raise InputError(_counted_from(start, str(error))) from error
    rows: dict[str, int] = {}
    for each in warned:
        if isinstance(each.message, RowsWarning):
            rows[each.message.says] = rows.get(each.message.says, 0) + each.message.rows
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    for says, count in rows.items():
        warnings.warn(RowsWarning(says, count, len(X)), stacklevel=2)
    return np.concatenate(blocks)


def _counted_from(start: int, message: str) -> str:
    """What is said of a block's row, or of the block, said of the whole table."""
    counted, found = re.subn(
        r"\brow (\d+)", lambda row: f"row {start + int(row[1])}", message, count=1
    )
    return counted if found else f"from row {start} on: {message}"


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
        generator = load(arguments.model, "generation", arguments.max_memory)
        _write_texts([generator.infill(arguments.infill, **chosen)], arguments)
        return
    if arguments.stream and (arguments.out != "-" or arguments.json):
        raise InputError("--stream prints the text as it is written: leave --out and --json away")
    prompt = read_text("-").rstrip("\n") if arguments.prompt == "-" else arguments.prompt or ""
    if arguments.stop:
        chosen["stop"] = [each.replace("\\n", "\n").replace("\\t", "\t") for each in arguments.stop]
    generator = load(arguments.model, "generation", arguments.max_memory)
    written = generator.generate(prompt, stream=arguments.stream, **chosen)
    if arguments.stream:
        for piece in written:
            print(piece, end="", flush=True)
        print()
        return
    texts = written if chosen.get("n", 1) > 1 else [written]
    _write_texts(texts, arguments)


def _write_texts(texts: list[str], arguments: Namespace) -> None:
    if arguments.json:
        written = json.dumps({"texts": texts}, ensure_ascii=False, indent=2) + "\n"
    else:
        written = "".join(f"{text}\n" for text in texts)
    write_text(written, arguments.out)


def _check_infill(arguments: Namespace) -> None:
    """Raises where options are given that filling masks knows nothing of."""
    others = ("prompt", "max_new_tokens", "stop", "n", "beams", "stream")
    given = [name for name in others if getattr(arguments, name)]
    if given:
        option = "-n" if given[0] == "n" else "--" + given[0].replace("_", "-")
        raise InputError(f"--infill does not go with {option}: leave one of them away")


def forecast(arguments: Namespace) -> None:
    """Writes quantiles of what follows a series, and draws them if asked to."""
    from modelzoo.cli.training import forecaster_for, say, training_output
    from modelzoo.datasets.series_files import read_future

    check_writable(arguments.out)
    if arguments.plot:
        check_picture(arguments.plot)
    problem = forecaster_for(arguments)
    forecaster, series = problem.forecaster, problem.train
    future = None
    if arguments.future is not None:
        if not forecaster.roles.future:
            raise InputError(
                "--future is a table of future covariates, and there are none: declare them with "
                "--future-covariate in training, or leave it away"
            )
        future = read_future(
            arguments.future,
            [str(name) for name in forecaster.roles.future],
            time=arguments.time,
            id=arguments.id,
        )
    if not problem.saved:
        say(f"training {forecaster.model} on {len(series):,} steps")
        with training_output() as interrupted:
            forecaster.fit(series)
        if interrupted:
            raise KeyboardInterrupt
    given = {"series": series, "horizon": arguments.horizon, "future": future}
    write_table(_as_table(forecaster.predict(**given)), arguments.out, as_json=arguments.json)
    if arguments.plot:
        forecaster.plot(**given, path=arguments.plot, title=f"forecast of {arguments.data}")
        say(f"drawn in {arguments.plot}")


def _as_table(quantiles: pd.DataFrame) -> pd.DataFrame:
    """A row a step: its time, and a column a quantile."""
    import pandas as pd

    frame = quantiles.copy()
    if "unique_id" not in frame.columns:
        frame = frame.reset_index(names=frame.index.name or "ds")
    frame.columns = [
        "_".join(filter(None, map(str, column))) if isinstance(column, tuple) else str(column)
        for column in frame.columns
    ]
    for column, values in frame.items():
        if isinstance(values.dtype, pd.PeriodDtype):
            frame[column] = values.astype(str)
    return frame
