"""What someone who is handed a bundle should know: as pairs of name and value, and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelzoo.evidence.verdicts import told
from modelzoo.registry.cards import Card

_SHOWN = 10  # classes, channels ... that are named


def data_shape(task: str, adapter: Mapping[str, Any]) -> dict[str, str]:
    """What goes into a model, and what comes out.

    Args:
        task: The task.
        adapter: What it learned from the data, as `adapter.json` has it.
    """
    return {
        "classification": _of_classification,
        "forecasting": _of_forecasting,
        "generation": _of_generation,
    }[task](adapter)


def _of_classification(adapter: Mapping[str, Any]) -> dict[str, str]:
    labels = adapter["labels"]
    classes = labels["classes"] if isinstance(labels, Mapping) else labels
    any_number = "any number of " if adapter["multi_label"] else ""
    if adapter["kind"] == "text":
        reads = f"texts, as {_vocabulary(adapter['vocabulary'])}"
    elif adapter["kind"] == "tokens":
        reads = f"sequences of token ids from 0 to {adapter['n_tokens'] - 1:,}"
    else:
        channels = len(adapter["scaler"]["mean"])
        reads = f"series of numbers, {channels} channel{'s' * (channels > 1)}"
    longest = adapter["max_tokens"]
    return {
        "reads": reads + (f", cut after {longest:,} tokens" if longest else ", of any length"),
        "answers": f"{any_number}{len(classes):,} classes: {_some(classes)}",
    }


def _of_forecasting(adapter: Mapping[str, Any]) -> dict[str, str]:
    history = adapter["history"]
    beside = adapter["covariates"]
    shape = {
        "reads": f"series of numbers, the last {adapter['context']:,} steps",
        "answers": f"the next {adapter['horizon']:,} steps, as the quantiles "
        f"{_some(adapter['quantiles'])}" + (", calibrated" if adapter["offsets"] else ""),
        "season": f"{adapter['season_length']:,} steps",
        "learned from": f"{len(history['series']):,} series of the channels "
        f"{_some(history['channels'])}",
    }
    for role in ("past", "future", "static"):
        if beside[role]:
            shape[f"{role} covariates"] = _some(beside[role])
    if beside["calendar"]:
        shape["calendar"] = _some(beside["calendar"])
    return shape


def _of_generation(adapter: Mapping[str, Any]) -> dict[str, str]:
    vocabulary = adapter["vocabulary"]
    ids = vocabulary["kind"] == "tokens"
    reads = (
        f"{len(vocabulary['ids']):,} token ids" if ids else f"text, as {_vocabulary(vocabulary)}"
    )
    way = "token after token" if adapter["causal"] else "by filling in masks"
    return {
        "reads": f"{'prompts of ' if adapter['pairs'] else ''}{reads}",
        "answers": ("their completions, " if adapter["pairs"] else "what follows, ") + way,
        "context": f"{adapter['context']:,} tokens in training",
    }


def _vocabulary(state: Mapping[str, Any]) -> str:
    unit = {"word": "words", "character": "characters", "bpe": "pieces of words"}[state["kind"]]
    return f"{unit} out of a vocabulary of {len(state['tokenizer']['model']['vocab']):,}"


def training(header: Mapping[str, Any]) -> dict[str, str]:
    """How a model was trained, and how well it does on what was held out of training."""
    history, best = header["history"], header["best_epoch"]
    epochs = max(map(len, history.values()), default=0)
    told = {"epochs": f"{epochs:,}, of which the weights of number {best + 1:,} were kept"}
    for name, values in history.items():
        if name.startswith("val_") and best < len(values) and values[best] is not None:
            measure = name.removeprefix("val_")
            told[f"{measure}, held out of training"] = f"{values[best]:.4g}"
    if header["parameters"].get("precision") == "int8":
        told["weights"] = "made int8 after training: what was held out was measured before"
    scores = header["scores"]
    if scores is not None:
        bound = "at most " * scores["bound"]
        told[f"{scores['measure']}, on a test part"] = f"{bound}{_score(scores['score'])}"
        for name, score in scores["baselines"].items():
            told[f"the same of {name} (a baseline)"] = _score(score)
        told["verdict"] = scores["verdict"]
    told["seed"] = repr(header["parameters"].get("random_state"))
    versions = header["versions"]
    told["made with"] = f"modelzoo {versions['modelzoo']}, keras {versions['keras']}"
    return told


def model_card(
    header: Mapping[str, Any], adapter: Mapping[str, Any], n_weights: int, card: Card
) -> str:
    """Writes `MODEL_CARD.md`.

    Args:
        header: What `bundle.json` is to hold, but for the checksums.
        adapter: What `adapter.json` is to hold.
        n_weights: How many weights the network has.
        card: That of the architecture.
    """
    task = header["task"]
    rows = {
        "task": task,
        "architecture": f"{card.title} (`{card.name}`, from {card.origin})",
        "hyper-parameters": ", ".join(f"{k}={v!r}" for k, v in header["hparams"].items()),
        "weights": f"{n_weights:,}",
        **data_shape(task, adapter),
        **training(header),
    }
    if header["feature_names"]:
        rows["columns"] = _some(header["feature_names"])
    lines = [f"# {card.title} for {task}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in rows.items()]
    if header["scores"] is None:
        lines += ["", _UNSCORED]
    lines += ["", "## Limits", "", *(f"- {limit}" for limit in _LIMITS[task])]
    lines += ["", "Known weaknesses of the architecture:", ""]
    for claim in card.weaknesses:
        measured = told(claim, card)
        lines.append(
            f"- {claim.text}{_cited(claim.evidence, card)}" + f" ({measured})" * bool(measured)
        )
    lines += ["", "## Use", "", "```python", "import modelzoo", ""]
    lines += ['model = modelzoo.load("this_file.mz")', _USES[task], "```", "", _SAFE]
    return "\n".join(lines) + "\n"


_UNSCORED = (
    "It was not scored on a test part beside baselines before it was saved; `modelzoo fit` does so."
)
_SAFE = (
    "The file holds data only: loading it rebuilds the network through the registry of the "
    "installed modelzoo, runs no code out of the file, and needs the package named above as the "
    "architecture's origin."
)
_USES = {
    "classification": "model.predict(X)  # and predict_proba(X)",
    "forecasting": "model.predict()  # what follows the training series, or predict(series)",
    "generation": "model.generate(prompt)",
}
_LIMITS = {
    "classification": (
        "It answers with one of the classes above whatever it is given, also what is of none.",
        "Rows that differ from those of training in source, language or scale are not covered by "
        "the scores.",
    ),
    "forecasting": (
        "It knows how the training series behaved; changes of a kind that they do not show are "
        "outside of its intervals.",
        "Quantiles that were not calibrated can be too narrow.",
    ),
    "generation": (
        "It writes what is likely after the training texts, which need not be true or fit to show.",
        "It may repeat passages of the training texts word by word.",
    ),
}


def _cited(keys: Sequence[str], card: Card) -> str:
    """The papers behind a claim, in brackets."""
    cited = [
        f"{card.references[key].title}, {card.references[key].year}"
        for key in keys
        if key in card.references
    ]
    return f" ({'; '.join(cited)})" if cited else ""


def _some(values: Sequence[Any]) -> str:
    """The first few of some names, as they would stand in Python."""
    shown = ", ".join(
        repr(tuple(each["tuple"]) if isinstance(each, dict) and "tuple" in each else each)[:60]
        for each in values[:_SHOWN]
    )
    return shown + (", ..." if len(values) > _SHOWN else "")


def _score(score: float | str | None) -> str:
    return score if isinstance(score, str) else "none" if score is None else f"{score:.4g}"


def _cell(value: str) -> str:
    """Text for a cell of a Markdown table, which may hold no line's end and no bare bar."""
    return " ".join(value.split()).replace("|", "\\|")
