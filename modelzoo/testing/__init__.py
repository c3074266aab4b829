"""The conformance suite that every architecture passes, built-in or a plugin's.

A plugin's tests need two lines::

    from modelzoo.testing import check_model
    check_model("my_architecture")

or, to see each check on its own, a parametrization over ``CHECKS`` with one ``Subject`` for all.
"""

from modelzoo.testing.subject import Subject
from modelzoo.testing.suite import CHECKS, ConformanceError, check_model

__all__ = ["CHECKS", "ConformanceError", "Subject", "check_model"]
