"""A value by calendar year: what levers and drivers follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Schedule:
    """Points ``(year, value)`` with rising years: linear between them, constant outside.

    The value at year Y is in force through calendar year Y, from three weeks after it begins (``LEAD_IN`` of the
    engine) and at its end.

    >>> schedule = Schedule(((2016, 0.0), (2018, 1.0)))
    >>> [schedule.at(year) for year in (2015, 2017, 2030)]
    [0.0, 0.5, 1.0]
    """

    points: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        years = [year for year, _ in self.points]
        if not years or any(later <= earlier for earlier, later in pairwise(years)):
            raise ValueError(f"a schedule needs points with rising years, not {self.points}")

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return iter(self.points)

    def at(self, year: float) -> float:
        """The value in force at ``year``.

        >>> Schedule(((2016, 0.354), (2017, 0.5))).at(2017)
        0.5
        """
        first, last = self.points[0], self.points[-1]
        if year <= first[0]:
            return first[1]
        for (y0, v0), (y1, v1) in pairwise(self.points):
            if year == y1:  # not left to the formula below, which may miss the point by a rounding error
                return v1
            if year < y1:
                return v0 + (v1 - v0) * (year - y0) / (y1 - y0)
        return last[1]


def constant(value: float, year: int) -> Schedule:
    """The same value in every year.

    >>> constant(0.07, 2016).at(2030)
    0.07
    """
    return Schedule(((year, value),))
