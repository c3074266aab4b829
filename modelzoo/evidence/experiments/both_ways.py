"""Reading both ways: whether a sequence is classified better by who reads it from both its ends."""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment

CHOICE = "bidirectional"  # the hyper-parameter; its width is that of both directions together


def applies(model: str) -> bool:
    """Whether an architecture leaves the choice."""
    from modelzoo import registry

    return CHOICE in registry.hyperparameters(model)


def measure(model: str, dataset: Condition, seed: int, quick: bool) -> float:
    """The accuracy of reading both ways less that of reading forwards."""
    one, both = (_accuracy(model, str(dataset), seed, quick, both) for both in (False, True))
    return both - one


def _accuracy(model: str, dataset: str, seed: int, quick: bool, both: bool) -> float:
    from modelzoo import registry
    from modelzoo.datasets import load_dataset
    from modelzoo.estimators import create

    data = load_dataset(dataset)
    network = create(
        model,
        data.task,
        size=next(iter(registry.describe(model).sizes), None),  # the smallest
        hparams={CHOICE: both},
        random_state=seed,
        verbose=0,
        **({"epochs": 1} if quick else {}),
    )
    X, y = data.train
    few = 200 if quick else len(y)
    return float(network.fit(X[:few], y[:few]).score(*data.test))


EXPERIMENT = Experiment(
    name="both_ways",
    title="Reading both ways",
    claim="Where the whole sequence is there before the answer, reading it both ways helps.",
    protocol=(
        "Texts (docstrings) and series (digits, a row of pixels a step) are classified by a "
        "network that reads them forwards and by one of the same width, half of which reads them "
        "backwards: the accuracy on the test part of the second less that of the first. Networks "
        "of the smallest size of their card, with what an estimator does by default; architectures "
        "that leave the choice."
    ),
    figure="accuracy gained by reading both ways",
    varied="dataset",
    conditions=("docstrings", "digits"),
    quick="digits",
    measure=measure,
    trivial={},
    more_is_better=True,
    source="Schuster, Paliwal: Bidirectional recurrent neural networks. IEEE Transactions on "
    "Signal Processing 45(11), 1997",
    minutes=12,
    applies=applies,
)
