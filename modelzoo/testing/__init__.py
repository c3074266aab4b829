"""The conformance suites that every architecture passes, built-in or a plugin's.

A plugin's tests need two lines::

    from modelzoo.testing import check_model
    check_model("my_architecture")

or, to see each check on its own, a parametrization over ``CHECKS`` with one ``Subject`` for all.
What users do with texts, which scikit-learn's own checks know nothing of, is checked likewise::

    from modelzoo.testing import check_text_estimator
    check_text_estimator(Classifier("my_architecture", epochs=2, random_state=0))

`python -m modelzoo.testing my_architecture` runs both.
"""

from modelzoo.testing.subject import Subject
from modelzoo.testing.suite import CHECKS, ConformanceError, check_model, check_text_estimator
from modelzoo.testing.texts import TEXT_CHECKS, TextSubject

__all__ = [
    "CHECKS",
    "TEXT_CHECKS",
    "ConformanceError",
    "Subject",
    "TextSubject",
    "check_model",
    "check_text_estimator",
]
