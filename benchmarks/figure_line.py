"""The line that a measurement ends with: its figure, a baseline's, and what is published."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_NAMED = re.compile(rf"(\S.*?)\s+({_NUMBER})")
_FURTHER = re.compile(rf"  (\S.*?)\s+({_NUMBER})\s*")


@dataclass(frozen=True)
class FigureLine:
    r"""``MEASURE VALUE | BASELINE VALUE | PUBLISHED``, below lines ``  NAME VALUE``.

    Attributes:
        measure: What the figure is of.
        figure: It.
        baseline: The simple method beside it.
        baseline_figure: Its figure by the same measure.
        published: What others reached, and where they say so.
        further: Other figures of the same run, by name.

    >>> line = FigureLine.parse("reading\n  coverage 0.81\nMASE 0.912 | drift 1.003 | none")
    >>> line.measure, line.figure, line.baseline_figure, line.further
    ('MASE', 0.912, 1.003, {'coverage': 0.81})
    >>> print(line)
    MASE 0.912 | drift 1.003 | none
    """

    measure: str
    figure: float
    baseline: str
    baseline_figure: float
    published: str
    further: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, output: str) -> FigureLine:
        """Reads the end of what a measurement printed.

        Raises:
            ValueError: The last line is no such line.
        """
        lines = output.rstrip().splitlines() or [""]
        parts = [part.strip() for part in lines[-1].split("|", 2)]
        named = [_NAMED.fullmatch(part) for part in parts[:2]]
        if len(parts) < 3 or named[0] is None or named[1] is None or not parts[2]:
            raise ValueError(f"its last line is no figure: {lines[-1]!r}")
        found = [_FURTHER.fullmatch(line) for line in lines[:-1]]
        return cls(
            measure=named[0][1],
            figure=float(named[0][2]),
            baseline=named[1][1],
            baseline_figure=float(named[1][2]),
            published=parts[2],
            further={match[1]: float(match[2]) for match in found if match},
        )

    def __str__(self) -> str:
        return (
            f"{self.measure} {self.figure:.3f} | {self.baseline} {self.baseline_figure:.3f} | "
            f"{self.published}"
        )

    def show(self) -> None:
        """Prints it, the further figures first."""
        for name, value in self.further.items():
            print(f"  {name} {value:.0f}" if float(value).is_integer() else f"  {name} {value:.3f}")
        print(self, flush=True)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.figure) and math.isfinite(self.baseline_figure)):
            raise ValueError(f"{self.measure} is {self.figure}, {self.baseline_figure}: no figures")
