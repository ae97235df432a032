"""Test 7: a scenario driven from outside the region against what was published of the region.

Growth rates and structures, not levels: the published totals were revised between the base year and today. There is
no series of the parks alone, so the parks are held against their region, but for what is known of one league's parks;
agreement proves little, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.confidence.finding import Both, Figure, Finding, Note, held, outcome, reported
from sim.confidence.history_data import FILE, Point, Row, points, read_history
from sim.confidence.lab import Lab, blocks_of
from sim.confidence.random_levers import prior
from sim.confidence.ratio import Mask, by_run, total
from sim.confidence.resting import resting
from sim.confidence.scenarios import prepared
from sim.confidence.spec import Comparison, History
from sim.tested import Stated

Array = npt.NDArray[np.float64]

CODE = "history"
ENOUGH = 5
"""Points from which Theil's decomposition says something."""

RANGE = (0.05, 0.95)

STILL = ("since", "change")
"""Forms of figures that are changes of a level since a year, beside which no change at all is a fair guess."""


def history(lab: Lab) -> Finding:
    """Every comparison of the bundle; the share of published figures inside the model's range is what is judged."""
    spec, path = lab.spec.history, lab.bundle.path / FILE
    reason = None
    if spec is None:
        reason = Note("missing.section", {"section": "history"})
    elif not path.is_file():
        reason = Note("missing.file", {"file": FILE})
    elif not lab.bundle.parks.shipped:
        reason = Note("missing.own_table")
    if reason is not None or spec is None:
        return outcome(CODE, (), [reason] if reason else [])
    rows = read_history(path)
    ready = prepared(lab).get(spec.scenario)
    if ready is None:
        return outcome(CODE, (), [Note("missing.scenario", {"scenario": spec.scenario})])
    inputs = ready.study.inputs
    central = lab.of(inputs)
    years = [round(time) for time in central.times]
    ensemble = lab.ensemble(inputs, prior(lab, ready.scenario, ready.study, 0, lab.runs))
    parks = [_parks(lab, one) for one in spec.comparison]
    asked = list(zip(spec.comparison, parks, strict=True))
    parts = [[by_run(ensemble, block, *one) for one in asked] for block in blocks_of(ensemble)]
    held_against: list[tuple[Comparison, Compared]] = []
    for number, (one, mask) in enumerate(asked):
        found = points(rows, one, spec.first, spec.last)
        if found:
            paths = np.concatenate([part[number] for part in parts], axis=1)
            held_against.append((one, compare(one, found, years, total(central, one, mask), paths)))
    held_against.sort(key=lambda pair: bool(pair[1].inside.all()))  # what failed is said first
    inside = _inside([compared for _, compared in held_against], spec)
    figures = [*_misstated(inside, spec), inside]
    rests = resting(lab.bundle)
    for one, compared in held_against:
        figures += _figures(one, compared, naive(rows, one, spec), rests(one.over))
    return outcome(CODE, figures, notes=[Note("history.little", {"scenario": spec.scenario}), Note("history.legend")])


def _misstated(inside: Figure, spec: History) -> Iterator[Figure]:
    """A statement of the bundle that isn't what was found: headings would tell readers something else."""
    found: Stated = "passed" if inside.passed else "failed"
    if spec.outcome is not None and spec.outcome != found:
        words = {key: Note(f"status.{word}") for key, word in (("stated", spec.outcome), ("found", found))}
        yield held(Note("history.stated", words), 1, high=0, unit="count")


def _parks(lab: Lab, one: Comparison) -> Mask | None:
    """Which parks a comparison is about, in the order of the table; ``None`` for all."""
    return (lab.bundle.parks.frame["league"] == one.league).to_numpy() if one.league else None


@dataclass(frozen=True)
class Compared:
    """A comparison point by point, as shares.

    Parameters
    ----------
    model
        The scenario's own values.
    low, high
        The model's range of 90 %, from draws of the prior.
    """

    points: Sequence[Point]
    model: Array
    low: Array
    high: Array

    @property
    def published(self) -> Array:
        """The published values."""
        return np.array([point.value for point in self.points])

    @property
    def errors(self) -> Array:
        """Model less published."""
        return np.asarray(self.model - self.published)

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        """Whether a published figure lies in the range, widened by its own error."""
        slack = np.nan_to_num(np.array([point.error for point in self.points]))
        return np.asarray((self.published >= self.low - slack) & (self.published <= self.high + slack))


def compare(
    one: Comparison, found: Sequence[Point], years: Sequence[int], central: Array, paths: Array
) -> Compared:
    """The model in the form of the published figures: ``central`` by year, ``paths`` by year and run."""
    model = np.array([in_form(one, point.year, years, central[:, None])[0] for point in found])
    drawn = np.array([in_form(one, point.year, years, paths) for point in found])
    low, high = np.nanquantile(drawn, RANGE, axis=1)
    return Compared(found, model, low, high)


def in_form(one: Comparison, year: int, years: Sequence[int], values: Array) -> Array:
    """Values by year and run in the form of the figure of a year: growth, or change since a year, as a share."""
    at = years.index(year)
    if one.published in ("rates", "levels"):
        return np.asarray(values[at] / values[at - 1] - 1.0)
    # a mean rate of longer ago is held against that since the model's first year
    since = years.index(max(one.since or years[0], years[0]))
    change = values[at] / values[since]
    return np.asarray(change ** (1.0 / (at - since)) - 1.0 if one.published == "mean rate" else change - 1.0)


def naive(rows: Sequence[Row], one: Comparison, spec: History) -> float | None:
    """What one would have said without a model: growth goes on as its mean before, a level stays what it was.

    ``None`` for growth of which no earlier figure is known: nobody would have said that it is 0.
    """
    if one.published in STILL:
        return 0.0
    before = points(rows, one, 0, spec.first - 1)
    return float(np.mean([point.value for point in before])) if before else None


def theil(errors: Array, model: Array, published: Array) -> tuple[float, float, float]:
    """Shares of the mean squared error by bias, unequal variation and incomplete covariation (Theil 1966).

    >>> [round(part, 12) for part in theil(np.ones(3), np.array([2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0]))]
    [1.0, 0.0, 0.0]
    """
    squared = float(np.mean(errors**2))
    bias = float(np.mean(errors)) ** 2 / squared
    variance = (float(model.std()) - float(published.std())) ** 2 / squared
    return bias, variance, 1.0 - bias - variance


def _figures(one: Comparison, compared: Compared, trend: float | None, rests: str) -> Iterator[Figure]:
    name = Both(one.name_zh, one.name_en)
    for number, point in enumerate(compared.points):
        values = {
            "name": name, "year": point.year, "published": as_published(point),
            "low": f"{100 * compared.low[number]:.2f}%", "high": f"{100 * compared.high[number]:.2f}%",
            "verified": Note("history.verified" if point.verified else "history.unverified"),
            "vintage": point.vintage, "reliability": point.reliability,
        }  # fmt: skip
        remark = None if compared.inside[number] else Note("history.outside")
        yield reported(Note("history.point", values), float(compared.model[number]), "percent", remark)
    mean = float(np.abs(compared.errors).mean())
    count = {"name": name, "count": len(compared.points), "targets": rests or "-"}
    yield reported(Note("history.error", count), mean, "percent", _skill(one, compared, mean, trend))
    root = float(np.sqrt(np.mean(compared.errors**2)))
    parts = None
    if len(compared.points) >= ENOUGH:
        parts = Note("history.parts", dict(zip(("bias", "variance", "covariance"), _percent(compared), strict=True)))
    yield reported(Note("history.root", {"name": name}), root, "percent", parts)


def as_published(point: Point) -> str:
    """A figure with as many digits as it was published with, two at most.

    >>> [as_published(Point(2020, 0.072, error, True)) for error in (0.005, 0.0005, 0.00005, math.nan)]
    ['7%', '7.2%', '7.20%', '7%']
    """
    digits = 0 if math.isnan(point.error) else 2 if point.error <= 0 else round(-math.log10(200.0 * point.error))
    return f"{100 * point.value:.{min(max(digits, 0), 2)}f}%"


def _skill(one: Comparison, compared: Compared, mean: float, trend: float | None) -> Note:
    """How much smaller the error is than that of what one would have said without a model."""
    if trend is None:
        return Note("history.no_trend")
    without = float(np.abs(trend - compared.published).mean())
    better = f"{1.0 - mean / without:.2f}" if without else "-"
    if one.published in STILL:
        return Note("history.skill", {"skill": better, "than": Note("history.still")})
    return Note("history.skill", {"skill": better, "than": Note("history.trend", {"trend": f"{100 * trend:.2f}%"})})


def _percent(compared: Compared) -> list[str]:
    parts = theil(compared.errors, compared.model, compared.published)
    return [f"{100 * part:.0f}%" for part in parts]


def _inside(compared: Sequence[Compared], spec: History) -> Figure:
    inside = np.concatenate([one.inside for one in compared]) if compared else np.zeros(0, dtype=bool)
    verified = np.array([point.verified for one in compared for point in one.points], dtype=bool)
    values: Mapping[str, object] = {"count": len(inside), "verified": int(verified.sum())}
    remark = None
    if verified.any():
        remark = Note("history.inside_verified", {"share": f"{100 * inside[verified].mean():.0f}%"})
    share = float(inside.mean()) if len(inside) else float("nan")
    return held(Note("history.inside", values), share, low=spec.least_inside, unit="percent", remark=remark)
