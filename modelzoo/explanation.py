"""Why a classifier answered as it did: numbers, and how to look at them.

`Classifier.explain` makes them. They print on a terminal, show in notebooks, and become tables and
pictures.
"""

from __future__ import annotations

import base64
import html
import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelzoo.report import saved

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

FOR, AGAINST = (31, 111, 180), (194, 65, 12)  # blue and orange, which everyone can tell apart
SHOWN = 8  # parts that are printed
DRAWN = 20  # tokens in a picture


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Explanation(ABC):
    """What moved the answer to one row.

    Attributes:
        label: The label that is explained.
        probability: Its probability, 0 to 1.
        contributions: What each token or step adds to the log-odds of the label, in nats: above 0
            where it speaks for the label, below 0 against it.
    """

    label: Any
    probability: float
    contributions: np.ndarray

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """A table with a row a token or step."""

    @abstractmethod
    def plot(self, path: str | Path | None = None) -> Figure:
        """Draws the contributions.

        Args:
            path: Where to save the picture, whose suffix chooses the format; None to save none.

        Returns:
            The figure. No state of matplotlib changes.
        """

    @abstractmethod
    def _repr_html_(self) -> str:
        """What a notebook shows."""

    @abstractmethod
    def _strongest(self) -> list[tuple[float, str]]:
        """Contributions with what makes them, in the order of the row."""

    def __repr__(self) -> str:
        kind, shape = type(self).__name__, self.contributions.shape
        return f"<{kind} of {self.label!r}, probability {self.probability:.3f}, shape {shape}>"

    def __str__(self) -> str:
        ranked = sorted(self._strongest(), key=lambda each: -abs(each[0]))[:SHOWN]
        lines = [f"{amount:+8.3f}  {what}" for amount, what in ranked]
        return "\n".join([self._heading(), *lines])

    def _heading(self) -> str:
        return f"{self.label} (probability {self.probability:.3f})"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TextExplanation(Explanation):
    """What the tokens of a text contribute.

    Attributes:
        text: The text; of token ids the numbers.
        spans: (T, 2) where each token stands in it: its first character, and the first behind it.
            What stands beyond ``max_tokens`` was not read and has none.
        contributions: (T,) of each token.
    """

    text: str
    spans: np.ndarray

    @property
    def tokens(self) -> list[str]:
        """The T tokens just as they stand in the text."""
        return [self.text[start:end] for start, end in self.spans]

    def to_frame(self) -> pd.DataFrame:
        """A row a token: ``token``, ``start``, ``end``, ``contribution``."""
        import pandas as pd

        return pd.DataFrame(
            {
                "token": self.tokens,
                "start": self.spans[:, 0],
                "end": self.spans[:, 1],
                "contribution": self.contributions,
            }
        )

    def plot(self, path: str | Path | None = None) -> Figure:
        """Draws bars for the strongest tokens, in the order of the text."""
        from matplotlib.figure import Figure

        strongest = np.sort(np.argsort(-np.abs(self.contributions), kind="stable")[:DRAWN])
        figure = Figure(figsize=(7, 1 + 0.26 * len(strongest)), dpi=120, layout="constrained")
        axis = figure.subplots()
        values = self.contributions[strongest]
        axis.barh(range(len(values)), values, color=[_colour(value) for value in values])
        words = [self.tokens[place].strip() or repr(self.tokens[place]) for place in strongest]
        axis.set_yticks(range(len(values)), words, parse_math=False)
        axis.invert_yaxis()
        axis.axvline(0, color="0.3", linewidth=0.8)
        axis.set_xlabel("contribution to the log-odds")
        axis.set_title(self._heading(), parse_math=False)
        axis.spines[["top", "right", "left"]].set_visible(False)
        return saved(figure, path)

    def _strongest(self) -> list[tuple[float, str]]:
        return [
            (float(amount), token if token.strip() and token.isprintable() else repr(token))
            for amount, token in zip(self.contributions, self.tokens, strict=True)
        ]

    def _repr_html_(self) -> str:
        most = float(np.abs(self.contributions).max(initial=0)) or 1.0
        parts, done = [], 0
        for (start, end), amount in zip(self.spans, self.contributions, strict=True):
            red, green, blue = FOR if amount > 0 else AGAINST
            parts += [
                html.escape(self.text[done:start]),
                f'<span title="{amount:+.3f}" style="background: '
                f'rgba({red}, {green}, {blue}, {0.7 * abs(amount) / most:.2f})">'
                f"{html.escape(self.text[start:end])}</span>",
            ]
            done = end
        parts.append(html.escape(self.text[done:]))
        return (
            f"<p><b>{html.escape(self._heading())}</b></p>"
            f'<p style="white-space: pre-wrap; line-height: 1.7">{"".join(parts)}</p>'
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SeriesExplanation(Explanation):
    """What the steps of a series contribute.

    Attributes:
        values: The series (T, C), in its own units.
        steps: T numbers from 0, or the names of the columns of a table.
        contributions: (T, C) of each step of each channel.
    """

    values: np.ndarray
    steps: Sequence[int | str]

    def to_frame(self) -> pd.DataFrame:
        """A row a step and channel: ``step``, ``channel``, ``value``, ``contribution``."""
        import pandas as pd

        channels = self.values.shape[1]
        return pd.DataFrame(
            {
                "step": np.repeat(np.array(self.steps, dtype=object), channels),
                "channel": np.tile(np.arange(channels), len(self.values)),
                "value": self.values.ravel(),
                "contribution": self.contributions.ravel(),
            }
        ).infer_objects()

    def plot(self, path: str | Path | None = None) -> Figure:
        """Draws the series, a panel a channel, on a ground coloured by contribution."""
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.figure import Figure

        colours = LinearSegmentedColormap.from_list(
            "contribution", [_share(AGAINST), (1, 1, 1), _share(FOR)]
        )
        length, channels = self.values.shape
        most = float(np.abs(self.contributions).max(initial=0)) or 1.0
        figure = Figure(figsize=(9, 1 + 1.8 * channels), dpi=120, layout="constrained")
        panels = figure.subplots(channels, 1, squeeze=False, sharex=True)[:, 0]
        for channel, axis in enumerate(panels):
            ground = axis.pcolormesh(
                np.arange(length + 1) - 0.5,
                [0, 1],
                self.contributions[None, :, channel],
                cmap=colours,
                vmin=-most,
                vmax=most,
                transform=axis.get_xaxis_transform(),  # from bottom to top whatever the values
                alpha=0.8,
            )
            axis.plot(self.values[:, channel], color="0.2", linewidth=1.2)
            axis.set_ylabel(f"channel {channel}" if channels > 1 else "")
        if isinstance(self.steps[0], str) and length <= DRAWN:
            panels[-1].set_xticks(range(length), list(map(str, self.steps)), parse_math=False)
        figure.colorbar(ground, ax=list(panels), label="contribution to the log-odds")
        figure.suptitle(self._heading(), parse_math=False)
        return saved(figure, path)

    def _strongest(self) -> list[tuple[float, str]]:
        """Neighbouring steps that point the same way count together."""
        found = []
        for channel, amounts in enumerate(self.contributions.T):
            turns = np.flatnonzero(np.diff(np.sign(amounts))) + 1
            where = f" of channel {channel}" if self.values.shape[1] > 1 else ""
            for run in np.split(np.arange(len(amounts)), turns):
                first, last = self.steps[run[0]], self.steps[run[-1]]
                steps = f"step {first}" if len(run) == 1 else f"steps {first} to {last}"
                found.append((float(amounts[run].sum()), steps + where))
        return found

    def _repr_html_(self) -> str:
        picture = io.BytesIO()
        self.plot().savefig(picture, format="png")
        data = base64.b64encode(picture.getvalue()).decode()
        return f'<p><img alt="{html.escape(str(self))}" src="data:image/png;base64,{data}"></p>'


class Explanations(list[Explanation]):
    """The explanations of several rows: a list that notebooks show one below the other."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self))

    def to_html(self) -> str:
        """A page of its own, to save or to send."""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            "<title>Explanations</title></head>\n"
            '<body style="max-width: 60em; margin: auto; font-family: sans-serif">\n'
            f"{self._repr_html_()}\n</body></html>\n"
        )

    def _repr_html_(self) -> str:
        blue, orange = (f"rgb{colour}" for colour in (FOR, AGAINST))
        return (
            f'<p>Speaks <span style="color: {blue}">for the label</span>, '
            f'<span style="color: {orange}">against it</span>.</p>\n'
            + "\n<hr>\n".join(each._repr_html_() for each in self)
        )


def _share(colour: tuple[int, int, int]) -> tuple[float, ...]:
    """A colour as matplotlib takes it: each part from 0 to 1."""
    return tuple(part / 255 for part in colour)


def _colour(amount: float) -> tuple[float, ...]:
    return _share(FOR if amount > 0 else AGAINST)
