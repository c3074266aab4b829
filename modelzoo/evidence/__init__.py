"""Measurements behind the claims of the cards, which anyone can repeat.

An experiment (`experiments`) is a problem that any architecture can be put to; its results ship as
data (`results`). A claim of a card names an experiment and the band its figure is to be in;
`verdicts` says whether it is.
"""

from modelzoo.evidence.experiment import Experiment, find_experiment, list_experiments
from modelzoo.evidence.records import load_records
from modelzoo.evidence.verdicts import Verdict, verdict_on

__all__ = [
    "Experiment",
    "Verdict",
    "find_experiment",
    "list_experiments",
    "load_records",
    "verdict_on",
]
