"""Labels for many short texts or series at once, against a plain Keras loop on the same network."""

from __future__ import annotations

from typing import Any

import numpy as np

from speed.contest import Case, Contestant, Goal, Part, Ticks, for_ever

BACKENDS = ("tensorflow", "jax")
ROWS = 100_000
KINDS = {"texts": (5, 40), "series": (24, 24)}  # shortest and longest
MODEL = "gru"
TRAINING_ROWS = 500


def cases(quick: bool) -> list[Case]:
    """Texts of unlike lengths, and series of one length."""
    rows = 200 if quick else ROWS
    who = (
        *(Contestant(f"modelzoo, {on}", ours, "modelzoo", on, ours=True) for on in BACKENDS),
        *(Contestant(f"keras, {on}", loop, "keras", on) for on in BACKENDS),
    )
    return [
        Case(
            MODEL,
            f"{rows:,} {kind} of {shortest}{f' to {longest}' if longest > shortest else ''} steps",
            who,
            {"kind": kind, "rows": rows, "shortest": shortest, "longest": longest},
            amount=rows,
        )
        for kind, (shortest, longest) in KINDS.items()
    ]


def ours(case: Case, ticks: Ticks) -> None:
    """`Classifier.predict`."""
    classifier, rows = fitted(case, ticks)
    for_ever(ticks, lambda: classifier.predict(rows))


def loop(case: Case, ticks: Ticks) -> None:
    """`Model.predict` over all rows padded to the longest, and the label of each."""
    classifier, rows = fitted(case, ticks)
    classes = np.asarray(classifier.classes_)

    def predict() -> Any:
        encoded = classifier.task_.encode(rows)
        longest = max(map(len, encoded))
        if case.shape["kind"] == "texts":
            ids = np.zeros((len(encoded), longest), "int32")
            for row, tokens in zip(ids, encoded, strict=True):
                row[: len(tokens)] = tokens
            inputs = {"ids": ids}
        else:
            inputs = {
                "values": np.stack(encoded),
                "mask": np.ones((len(encoded), longest), bool),
            }
        return classes[classifier.model_.predict(inputs, verbose=0).argmax(-1)]

    for_ever(ticks, predict)


def fitted(case: Case, ticks: Ticks) -> tuple[Any, Any]:
    """A classifier that was trained a little, and the rows to label."""
    from modelzoo import Classifier

    rng = np.random.default_rng(0)
    draw = texts if case.shape["kind"] == "texts" else series
    classifier = Classifier(MODEL, size="tiny", epochs=1, random_state=0, verbose=0)
    classifier.fit(draw(case, rng, TRAINING_ROWS), np.arange(TRAINING_ROWS) % 2)
    ticks.parameters = classifier.n_params_
    return classifier, draw(case, rng, case.shape["rows"])


def series(case: Case, rng: np.random.Generator, count: int) -> np.ndarray:
    """Random numbers (N, T)."""
    return rng.standard_normal((count, case.shape["longest"])).astype("float32")


def texts(case: Case, rng: np.random.Generator, count: int) -> list[str]:
    """Texts of made-up words, the first ones the most frequent."""
    words = np.array([f"w{number}" for number in range(2000)])
    lengths = rng.integers(case.shape["shortest"], case.shape["longest"] + 1, count)
    drawn = words[np.minimum(rng.zipf(1.3, lengths.sum()), len(words)) - 1]
    return [" ".join(part) for part in np.split(drawn, np.cumsum(lengths)[:-1])]


PART = Part(
    title="Prediction in batches",
    about=(
        f"Labels for {ROWS:,} rows by a small `{MODEL}` of random data, from texts or numbers to "
        "labels. The plain loop encodes them with the same vocabulary or scale, pads all to the "
        "longest and calls `Model.predict`."
    ),
    unit="rows/s",
    cases=cases,
    goals={"keras": Goal(at_least=1.5)},
    warm_up=1,
    rounds=3,
    seconds=0.0,
)
