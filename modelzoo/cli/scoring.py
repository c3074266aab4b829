"""What `modelzoo fit` says of a model: its score on held-out data, beside those of baselines."""

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
    from modelzoo.comparison import compare
    from modelzoo.evaluation import evaluate, verdict

    options: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    if task == "forecasting":
        options = {"after": problem.train.X, "season_length": problem.season_length}
        parameters = {"horizon": problem.horizon, "season_length": problem.season_length}
    scores = evaluate(task, estimator, *problem.test, **options)
    measure, own = next(iter(scores.items()))
    found = compare(
        task,
        problem.train,
        problem.test,
        models=[],
        random_state=estimator.random_state,
        verbose=0,
        **parameters,
    )
    if found.interrupted:
        raise KeyboardInterrupt
    lines = [f"{measure} on held-out data: {own:.3f}"]
    lines += [f"  {row.name}: {row.failure or f'{row.score:.3f}'}" for row in found.rows]
    said = verdict(task, estimator.model, own, {row.name: row.score for row in found.rows})
    return "\n".join([*lines, said])
