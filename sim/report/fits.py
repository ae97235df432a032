"""What a calibration and a backtest say of parameters and figures, for tables and drawings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.words.catalogue import Language


@dataclass(frozen=True)
class Belief:
    """Mean, standard deviation and quantiles of 5, 50 and 95 %."""

    mean: float
    deviation: float
    p05: float
    p50: float
    p95: float


@dataclass(frozen=True)
class Felt:
    """A parameter that figures feel: over its range it moves them so many standard deviations."""

    name_en: str
    name_zh: str
    effect: float

    def name(self, lang: Language) -> str:
        """Its name as a reader knows it."""
        return (self.name_zh or self.name_en) if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Fit:
    """A figure, as a share, with what the model says before and after.

    Parameters
    ----------
    year, against
        Of the figure, and of the model.
    error, discrepancy
        Standard deviations: of the published number, and of what the model may be off.
    """

    name_en: str
    name_zh: str
    year: int
    against: int
    published: float
    error: float
    discrepancy: float
    prior: Belief
    posterior: Belief

    def name(self, lang: Language) -> str:
        """Its name as a reader knows it."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Marginal:
    """A number that is drawn, before and after.

    Parameters
    ----------
    column
        Of ``posterior.csv``; ``name_en``, ``name_zh``: the parameter that it is of.

    >>> before, after = Belief(0.0, 2.0, -3.0, 0.0, 3.0), Belief(1.0, 1.0, -0.6, 1.0, 2.6)
    >>> one = Marginal("x[a]", "x", "x", before, after)
    >>> one.shift, one.narrowing
    (0.5, 0.5)
    """

    column: str
    name_en: str
    name_zh: str
    prior: Belief
    posterior: Belief

    def name(self, lang: Language) -> str:
        """Its name as a reader knows it."""
        return (self.name_zh or self.name_en) if lang == "zh" else self.name_en

    @property
    def shift(self) -> float:
        """How far its mean moved, in standard deviations of the prior."""
        width = self.prior.deviation
        return (self.posterior.mean - self.prior.mean) / width if width > 0 else 0.0

    @property
    def narrowing(self) -> float:
        """By what share its standard deviation became smaller; below 0 where it became larger."""
        width = self.prior.deviation
        return 1.0 - self.posterior.deviation / width if width > 0 else 0.0

    @property
    def learnt(self) -> float:
        """Both in one number, for the order of a table."""
        return math.hypot(self.shift, self.narrowing)


def learnt_first(marginals: Sequence[Marginal]) -> list[Marginal]:
    """Of each parameter the element of which most was learnt; the parameter of which most was learnt first."""
    best: dict[str, Marginal] = {}
    for one in marginals:
        if one.name_en not in best or one.learnt > best[one.name_en].learnt:
            best[one.name_en] = one
    return sorted(best.values(), key=lambda one: -one.learnt)


@dataclass(frozen=True)
class Range:
    """What draws say of a published figure: quantiles, with the error of the published number in them."""

    p05: float
    p25: float
    p50: float
    p75: float
    p95: float

    def holds(self, value: float, share: float) -> bool:
        """Whether the interval of 50 or of 90 % (``share`` 0.5 or 0.9) holds a value."""
        low, high = (self.p25, self.p75) if share == 0.5 else (self.p05, self.p95)
        return low <= value <= high

    def beyond(self, value: float) -> float:
        """How far a value lies outside the interval of 90 %; 0 inside.

        >>> [round(Range(1, 2, 3, 4, 5).beyond(x), 12) for x in (0.5, 3.0, 7.0)]
        [0.5, 0.0, 2.0]
        """
        return max(self.p05 - value, value - self.p95, 0.0)


@dataclass(frozen=True)
class Judged:
    """A published figure, as a share, against the model's own value and its ranges.

    Parameters
    ----------
    series_en, series_zh
        What the figure is of.
    error
        Standard deviation of the published number.
    posterior
        ``None`` where there are no such draws.
    """

    series_en: str
    series_zh: str
    year: int
    published: float
    error: float
    verified: bool
    vintage_en: str
    vintage_zh: str
    reliability: str
    model: float
    prior: Range
    posterior: Range | None

    def series(self, lang: Language) -> str:
        """The series as a reader knows it."""
        return self.series_zh if lang == "zh" else self.series_en


@dataclass(frozen=True)
class Coverage:
    """How many figures lie inside the intervals, and what would have to be added to hold nine in ten of them.

    Parameters
    ----------
    inside50, inside90, of
        Counts; ``verified90`` and ``verified`` of those with a source.
    short
        What would have to be added to both ends of the interval of 90 %, as a share.
    """

    inside50: int
    inside90: int
    of: int
    verified90: int
    verified: int
    short: float


def coverage(ranges: Sequence[tuple[Range, float, bool]], share: float = 0.9) -> Coverage:
    """Count the figures (range, published value, whether it has a source) inside their intervals.

    >>> found = coverage([(Range(0, 1, 2, 3, 4), 2.5, True), (Range(0, 1, 2, 3, 4), 5.0, False)])
    >>> found.inside50, found.inside90, found.of, found.verified90, found.verified, found.short
    (1, 1, 2, 1, 1, 1.0)
    """
    inside = {width: [one.holds(value, width) for one, value, _ in ranges] for width in (0.5, 0.9)}
    verified = [held for held, (_, _, known) in zip(inside[0.9], ranges, strict=True) if known]
    beyond = sorted(one.beyond(value) for one, value, _ in ranges)
    short = beyond[math.ceil(share * len(beyond)) - 1] if beyond else 0.0
    return Coverage(sum(inside[0.5]), sum(inside[0.9]), len(ranges), sum(verified), len(verified), short)
