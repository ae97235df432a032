"""What the figures of an ensemble are drawn from, and what all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.ensemble_files import StoredEnsemble
from sim.report.numbers import percent
from sim.report.plots import style
from sim.report.plots.layout import LINE_MM, wrap
from sim.targets.chances import Chance
from sim.targets.rows import TargetRow
from sim.words.catalogue import Language, text
from sim.words.punctuation import full_width

FEW = 16
"""Runs below which a distribution or a course over runs tells nothing."""


@dataclass(frozen=True)
class Likely:
    """A target with a probability, or one that the scenario sets.

    Parameters
    ----------
    row
        With the verdict that the runs speak for in place of that on the scenario's own values.
    place
        Among the targets of the ensemble.
    """

    row: TargetRow
    chance: Chance
    place: int

    @property
    def probability(self) -> float:
        """In %; NaN where there is none."""
        return np.nan if self.chance.probability is None else 100.0 * self.chance.probability

    @property
    def error(self) -> float:
        """Standard error of the probability, in percentage points; NaN where there is none."""
        return np.nan if self.chance.error is None else 100.0 * self.chance.error


@dataclass(frozen=True)
class ChanceContext:
    """Everything that a figure of an ensemble may need.

    Parameters
    ----------
    width_mm
        Width: the layouts are made for 150 mm or more, and for half of it too.
    """

    stored: StoredEnsemble
    lang: Language
    width_mm: float = style.WIDTH_MM

    @property
    def narrow(self) -> bool:
        """Whether the figure is too narrow for panels side by side."""
        return self.width_mm < style.WIDTH_MM

    def word(self, key: str, /, **values: object) -> str:
        """A text of the figures of ensembles."""
        return text(self.lang, f"figure.ensemble.{key}", **values)

    def common(self, key: str, /, **values: object) -> str:
        """A text that all figures share."""
        return text(self.lang, f"figure.{key}", **values)

    def origin(self, key: str) -> str:
        """The word for where a value comes from; "" is what the model computes."""
        return text(self.lang, f"sheet.origin.{key or 'model'}")

    @cached_property
    def likely(self) -> tuple[Likely, ...]:
        """Every target that is modelled, extrapolated or set by the scenario, in the order of the plan."""
        found = []
        for place, (row, chance) in enumerate(zip(self.stored.rows, self.stored.chances, strict=True)):
            if row.basis != "outside":
                told = replace(row, verdict=chance.verdict or row.verdict, year_reached=chance.year)
                found.append(Likely(told, chance, place))
        return tuple(found)

    def row(self, target: str) -> Likely | None:
        """A target by its id, if it is modelled."""
        return next((one for one in self.likely if one.row.id == target), None)

    @property
    def stamp(self) -> str:
        """What must stand in a figure that may be parted from its caption: runs, ranges, how far they were tested."""
        size = self.stored.size
        calibration = self.stored.calibration.words(self.lang)
        return full_width(self.word("stamp", runs=size.runs, seed=size.seed, calibration=calibration))

    def stamp_lines(self) -> list[str]:
        """The stamp broken into lines; within `sim.report.plots.style.styled`."""
        return wrap(self.stamp, self.width_mm - 3.0, style.SMALL_PT)

    @property
    def stamp_mm(self) -> float:
        """Height that the stamp takes at the foot; within `sim.report.plots.style.styled`."""
        return len(self.stamp_lines()) * LINE_MM + 1.5


def put_stamp(figure: Figure, context: ChanceContext) -> Axes:
    """Write the stamp at the foot of a figure; returns axes in millimetres over all of it."""
    page = style.sheet(figure)
    page.set_zorder(-1)
    lines = context.stamp_lines()
    down = style.tall_mm(figure) - 0.8 - len(lines) * LINE_MM / 2
    style.lines_of_text(page, 1.5, down, lines, color="#404040")
    return page


def percent_text(probability: float, error: float, lang: Language) -> str:
    """A probability in % with its standard error; never 0 or 100 where some run says otherwise.

    >>> percent_text(37.24, 1.1, "en"), percent_text(0.02, 0.01, "zh"), percent_text(float("nan"), 0.0, "en")
    ('37.2 (1.1)', '<0.1(0.0)', '–')
    """
    if not np.isfinite(probability):
        return "–"
    return f"{percent(probability)}{' ' if lang == 'en' else ''}({error:.1f})"


def listed(lang: Language, names: Sequence[str]) -> str:
    """Names in a row.

    >>> listed("zh", ["T01", "T02"])
    'T01、T02'
    """
    return ("、" if lang == "zh" else ", ").join(names)
