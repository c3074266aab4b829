"""Loaders of numeric classification data that scikit-learn carries."""

from __future__ import annotations

from typing import Any

from modelzoo.datasets.catalogue import Entry

_TEST_SHARE, _SEED = 0.25, 0


def digits(entry: Entry) -> dict[str, tuple[Any, Any]]:
    """Digits as sequences of eight rows: X (N, 8, 8), y (N,)."""
    from sklearn.datasets import load_digits

    source = load_digits()
    return _split(source.images.astype(float), source.target)


def breast_cancer(entry: Entry) -> dict[str, tuple[Any, Any]]:
    """Diagnoses: X (N, 10, 3): measurement by (mean, standard error, worst); y (N,)."""
    from sklearn.datasets import load_breast_cancer

    source = load_breast_cancer()
    sequences = source.data.reshape(-1, 3, 10).transpose(0, 2, 1).copy()  # (N, 10, 3)
    return _split(sequences, source.target_names[source.target])


def _split(X: Any, y: Any) -> dict[str, tuple[Any, Any]]:
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=_TEST_SHARE, stratify=y, random_state=_SEED
    )
    return {"train": (X_train, y_train), "test": (X_test, y_test)}
