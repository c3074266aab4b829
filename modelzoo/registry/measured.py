"""What a claim expects of an experiment: the key `measured` of a registry file."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from modelzoo.registry.validation import Place, found, mapping_of, text_of

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BAND, _AT, _NAMES = ("below", "above"), ("at", "relative_to_at"), ("experiment", "relative_to")


@dataclass(frozen=True)
class Measured:
    """What a claim expects of an experiment, as a band of its figure.

    Attributes:
        experiment: The experiment's name, as `modelzoo evidence list` tells it.
        at: The condition, such as a number of steps.
        below: The figure is smaller than this.
        above: The figure is larger than this.
        relative_to: The architecture whose figure the own one is divided by first.
        relative_to_at: The condition of that other figure, where it is not `at`.
    """

    experiment: str
    at: int | str
    below: float | None = None
    above: float | None = None
    relative_to: str | None = None
    relative_to_at: int | str | None = None

    @property
    def is_relative(self) -> bool:
        """Whether the band is one of a ratio."""
        return self.relative_to is not None or self.relative_to_at is not None

    def holds(self, value: float) -> bool:
        """Whether a figure, or a ratio of two, is within the band."""
        return (self.below is None or value < self.below) and (
            self.above is None or value > self.above
        )


def read_measured(value: object, place: Place) -> Measured:
    """Reads the band that a claim expects.

    Args:
        value: What the file holds under `measured`.
        place: Where that stands.

    Raises:
        RegistryError: It does not follow the schema, or no figure could be in the band.
    """
    given = mapping_of(
        value,
        place,
        required=("experiment", "at"),
        optional=(*_BAND, "relative_to", "relative_to_at"),
    )
    if not given.keys() & set(_BAND):
        raise place.error("needs a band: 'below', 'above' or both")
    for key in given.keys() & set(_BAND):
        number = given[key]
        if isinstance(number, bool) or not isinstance(number, int | float) or math.isnan(number):
            raise place.at(key).error(f"expected a number, found {found(number)}")
    for key in given.keys() & set(_AT):
        if isinstance(given[key], bool) or not isinstance(given[key], int | str):
            raise place.at(key).error(
                f"expected a condition of the experiment, found {found(given[key])}"
            )
    for key in given.keys() & set(_NAMES):
        text_of(given[key], place.at(key), _NAME, "a name")
    if given.get("above", -math.inf) >= given.get("below", math.inf):
        raise place.error("no figure is above 'above' and below 'below'")
    if given.get("relative_to_at") == given["at"] and "relative_to" not in given:
        raise place.at("relative_to_at").error("is 'at': every figure is as large as itself")
    return Measured(**given)
