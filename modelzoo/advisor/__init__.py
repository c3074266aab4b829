"""Which architecture to take, and why, before anything is trained. Imports no framework.

In this order: what is needed (`need`), what cannot serve (`recommending`), how likely the rest is
to do well (`prior`), and the answer with its reasons (`presentation`).
"""

from modelzoo.advisor.recommending import Recommendation, Recommendations, recommend

__all__ = ["Recommendation", "Recommendations", "recommend"]
