"""The closed schema of ``calibration.toml``: what parameters may be held against, and how wrong that may be."""

from __future__ import annotations

from pydantic import Field

from sim.confidence.spec import Comparison, Table
from sim.toml_values import Said

FILE = "calibration.toml"

UNVERIFIED = "UNVERIFIED"
"""The word of `Reliability.deviation` for figures that nobody verified."""


class TrainingRun(Table):
    """The run that figures are held against: without policy, to ``until``, on these paths of drivers."""

    until: int
    drivers: dict[str, str] = Field(default_factory=dict)


class Reliability(Table):
    """Standard deviation of a published growth or change beyond its last digit, as a share, by reliability."""

    source_en: Said
    source_zh: Said
    deviation: dict[str, float]


class TrainingFigure(Comparison):
    """A published figure that parameters may be held against.

    Parameters
    ----------
    year
        Of the figure in ``history.csv``.
    against
        Year of the model that it is held against.
    known
        Year in which it was published.
    element
        The part of a variable by pollutant or industry; all of it if not given.
    discrepancy
        Standard deviation, as a share, of the difference that would remain with the right parameters.
    """

    year: int
    against: int
    known: int
    element: str = ""
    discrepancy: float
    source_en: Said
    source_zh: Said


class Calibration(Table):
    """The whole file; ``known_by`` is the last year in which a figure may have been published."""

    known_by: int
    run: TrainingRun
    reliability: Reliability
    figure: list[TrainingFigure]
