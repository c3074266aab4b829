"""Which architecture to take, and why, before anything is trained. Imports no framework.

In this order: what is needed (`need`), what cannot serve (`filtering`), what speaks for the rest by
its traits (`prior`), how it ranks by what it did on similar problems (`ranking`, `experience`), and
the answer (`answer`, `presentation`).
"""

from modelzoo.advisor.answer import Recommendation, Recommendations
from modelzoo.advisor.recommending import recommend

__all__ = ["Recommendation", "Recommendations", "recommend"]
