"""What `modelzoo fit` says of a model: its score on held-out data, beside those of baselines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from modelzoo.cli.large_texts import in_memory
from modelzoo.cli.problems import Problem


@dataclass(frozen=True)
class Scored:
    """A network's score on held-out data beside those of the baselines; prints as a few lines.

    Attributes:
        measure: What ranks.
        score: The network's.
        baselines: Those of the baselines by name, or why one failed.
        verdict: In words, which baselines it beats.
        bound: Whether the network's score is an upper bound instead of exact.
    """

    measure: str
    score: float
    baselines: dict[str, float | str]
    verdict: str
    bound: bool = False

    def __str__(self) -> str:
        from modelzoo.evaluation import score_text

        lines = [f"{self.measure} on held-out data: {score_text(self.score, self.bound)}"]
        for name, score in self.baselines.items():
            lines.append(f"  {name}: {score if isinstance(score, str) else score_text(score)}")
        return "\n".join([*lines, self.verdict])

    def to_dict(self) -> dict[str, Any]:
        """The same in JSON types; a score that is NaN is None."""
        from modelzoo.metrics import finite_or_none

        baselines = {
            name: score if isinstance(score, str) else finite_or_none(score)
            for name, score in self.baselines.items()
        }
        return asdict(self) | {"score": finite_or_none(self.score), "baselines": baselines}


def score(task: str, estimator: Any, problem: Problem) -> Scored:
    """Scores a fitted estimator and the baselines of its task on the held-out part.

    Args:
        task: The task.
        estimator: The fitted network.
        problem: What it was trained on, and what was held out.
    """
    from modelzoo.comparison import compare
    from modelzoo.evaluation import evaluate, verdict

    options: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    if task == "forecasting":
        options = {"after": problem.train.X, "season_length": problem.season_length}
        names = ("horizon", "past_covariates", "future_covariates", "static_covariates")
        parameters = {name: getattr(estimator, name) for name in names}
        parameters["season_length"] = problem.season_length
    if task == "classification":
        parameters = {"multi_label": estimator.multi_label}
    if task == "generation":
        parameters = {"kind": estimator.kind}
    scores = evaluate(task, estimator, *problem.test, **options)
    measure, own = next(iter(scores.items()))
    found = compare(
        task,
        in_memory(problem.train),  # of a large file some texts must do
        problem.test,
        models=[],
        random_state=estimator.random_state,
        verbose=0,
        **parameters,
    )
    if found.interrupted:
        raise KeyboardInterrupt
    others = {row.name: row.score for row in found.rows}
    said = verdict(task, estimator.model, own, others, scores.bound)
    baselines = {row.name: row.failure or row.score for row in found.rows}
    return Scored(measure, own, baselines, said, scores.bound)
