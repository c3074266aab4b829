"""What `modelzoo fit` says of a model: its score on held-out data, beside the best baseline's."""

from __future__ import annotations

from typing import Any

from modelzoo.cli.problems import Problem


def score(task: str, estimator: Any, problem: Problem) -> str:
    """Scores a fitted estimator and the baselines of its task on the held-out part.

    Args:
        task: The task.
        estimator: The fitted network.
        problem: What it was trained on, and what was held out.

    Returns:
        A line for the network, one for each baseline, and the verdict in words.
    """
    from modelzoo.baselines import baselines_for
    from modelzoo.evaluation import MEASURES, evaluate

    measure, _ = MEASURES[task]
    options: dict[str, Any] = {}
    if task == "forecasting":
        options = {"after": problem.train.X, "season_length": problem.season_length}
    parameters = {"horizon": problem.horizon, "season_length": problem.season_length}
    network = evaluate(task, estimator, *problem.test, **options)[measure]
    lines = [f"{measure} on held-out data: {network:.3f}"]
    others = {}
    for name, baseline in baselines_for(task, X=problem.train.X, **parameters):
        baseline.fit(*problem.train)
        others[name] = evaluate(task, baseline, *problem.test, **options)[measure]
        lines.append(f"  {name}: {others[name]:.3f}")
    return "\n".join([*lines, verdict(task, estimator.model, network, others)])


def verdict(task: str, name: str, network: float, baselines: dict[str, float]) -> str:
    """Says in words which baselines a network beats.

    >>> verdict("forecasting", "gru", 0.8, {"seasonal naive": 1.0, "exponential smoothing": 0.7})
    'gru beats seasonal naive; it loses to exponential smoothing: use that instead'
    """
    from modelzoo.evaluation import beats

    beaten = [each for each, score in baselines.items() if beats(task, network, score)]
    lost = [each for each in baselines if each not in beaten]
    said = [f"{name} beats {' and '.join(beaten)}"] if beaten else []
    if lost:
        who = "it" if beaten else name
        said.append(f"{who} loses to {' and '.join(lost)}: use that instead")
    return "; ".join(said)
