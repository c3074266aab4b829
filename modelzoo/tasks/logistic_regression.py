"""Logistic regression, as it is fitted beside a backbone before that is trained."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits


def logistic_regression(
    X: csr_matrix | np.ndarray,
    targets: np.ndarray,
    row_weights: np.ndarray | None,
    classes: int,
    penalty: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Fits linear scores of the classes, by L-BFGS and with a penalty on their squares.

    Args:
        X: (N, S), float32.
        targets: (N, K) of 0 and 1: K questions of their own, for sigmoids; or (N,) which of
            the classes it is, one question, for a softmax.
        row_weights: What each row counts (N,), or None for all alike; only their ratios matter.
        classes: K.
        penalty: What a squared coefficient costs, in nats: 1 / 2 C of scikit-learn.

    Returns:
        Coefficients (S, K) and intercepts (K,), float32.
    """
    several = targets.ndim == 2
    truth = targets if several else np.eye(classes, dtype="float32")[targets]  # (N, K)
    truth = truth.astype("float32")
    counts = np.ones(len(truth)) if row_weights is None else row_weights / row_weights.mean()
    counts = counts[:, None].astype("float32")
    shape = (X.shape[1] + 1, truth.shape[1])
    transposed = X.T if isinstance(X, np.ndarray) else X.T.tocsr()

    def loss_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        every = flat.reshape(shape).astype("float32")  # (S + 1, K)
        scores = X @ every[:-1] + every[-1]  # (N, K)
        if several:
            log_total = np.logaddexp(0, scores)
            wrong = np.exp(scores - log_total) - truth
        else:
            log_total = np.logaddexp.reduce(scores, axis=1, keepdims=True)
            wrong = np.exp(scores - log_total) - truth
            log_total = log_total * truth  # counts once a row
        loss = np.sum(counts * (log_total - truth * scores), dtype=float)
        loss += penalty * np.sum(every[:-1] ** 2, dtype=float)
        wrong *= counts
        slope = np.concatenate([transposed @ wrong + 2 * penalty * every[:-1], wrong.sum(0)[None]])
        return loss, slope.ravel().astype(float)

    options = {"maxiter": 100, "maxcor": 5, "ftol": 1e-4}
    with threadpool_limits(1):  # more threads sum in another order, and wait for each other
        found = minimize(
            loss_and_slope, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options
        )
    every = found.x.reshape(shape).astype("float32")
    return every[:-1], every[-1]
