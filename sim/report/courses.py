"""A variable's course over the years: which parts of it are shown, each as a line, and what is summed behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from sim import dims
from sim.errors import InputError, Problem
from sim.report.live import left
from sim.words.catalogue import Language

SHOWN = 14
"""Lines that a figure can tell apart."""

CHOSEN = {"park": dims.PARK, "league": dims.LEAGUE, "industry": dims.INDUSTRY, "pollutant": dims.POLLUTANT,
          "tier": dims.TIER}  # fmt: skip
"""Options of a selection, and the dimension whose labels they take."""

_SAME = {"material": dims.INDUSTRY}
"""Ranges of a model file that are a part of another."""

LOW, HIGH = 10.0, 90.0
"""Percentiles between which the shading of a median lies."""

Array = np.ndarray


@dataclass(frozen=True)
class Course:
    """A variable of one run.

    Parameters
    ----------
    name
        Of the output, or of the model variable where it is not one.
    names, units
        For people, by language.
    array, reference
        Dims of the variable, then ``time``; the same with policies off, if there is such a run.
    additive
        Whether its elements may be summed (pollutants never are: tonnes of one are not those of another).
    level
        Whether it is a ratio, an index or another state that no sum is made of.
    kept
        Whether the results hold it; else the scenario was run again for it.
    """

    name: str
    names: Mapping[Language, str]
    units: Mapping[Language, str]
    array: xr.DataArray
    reference: xr.DataArray | None
    additive: bool
    level: bool
    kept: bool

    @property
    def axes(self) -> tuple[str, ...]:
        """Its dimensions without time."""
        return tuple(str(dim) for dim in self.array.dims if dim != dims.TIME)


@dataclass(frozen=True, eq=False)
class Line:
    """One line: the labels that it is of (dimension and label), its values by year, and a range around a median."""

    parts: tuple[tuple[str, str], ...]
    values: Array
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True)
class Parks:
    """The parks of some results, and where they stand in each year."""

    results: xr.Dataset

    @cached_property
    def labels(self) -> list[str]:
        """Their ids."""
        return [str(label) for label in self.results[dims.PARK].values]

    @cached_property
    def league(self) -> Array:
        """The league of each."""
        return np.asarray(self.results["park_league"].values, dtype=str)

    @cached_property
    def live(self) -> Array:
        """Whether each belongs to a zone, shape (park, year)."""
        gone = left(self.results)
        shape = len(self.labels), self.results.sizes[dims.TIME]
        return np.ones(shape, dtype=bool) if gone is None else ~gone.transpose(dims.PARK, dims.TIME).values

    def has(self, industry: str) -> Array:
        """Which parks have an industry."""
        if "value_added" not in self.results:
            return np.ones(len(self.labels), dtype=bool)
        found = self.results["value_added"].sel({dims.INDUSTRY: industry}).transpose(dims.PARK, dims.TIME)
        return np.asarray((found.values > 0).any(axis=1))


def lines_of(course: Course, chosen: Mapping[str, Sequence[str]], parks: Parks, other: bool = False) -> list[Line]:
    """The lines of a variable.

    Labels that are chosen get a line each. Of the other dimensions a variable that may be summed is summed, over parks
    that belong to a zone in the year; else there is a line for each label, and over parks the median with the range of
    the middle four fifths. A park that has left has no value any more.

    Parameters
    ----------
    chosen
        Labels by dimension, see :data:`CHOSEN`; leagues group the parks of a variable that goes by park.
    other
        Of the run with policies off.

    Raises
    ------
    InputError
        For a selection that the variable has no dimension for, or more lines than can be told apart.
    """
    check(course, chosen)
    array = course.reference if other and course.reference is not None else course.array
    lines = list(_over_parks(course, array, chosen, parks))
    if len(lines) > SHOWN:
        values = {"variable": course.name, "count": len(lines), "most": SHOWN}
        raise InputError([Problem(None, "select_many", values)])
    return lines


def check(course: Course, chosen: Mapping[str, Sequence[str]]) -> None:
    """Refuse a selection that the variable has no dimension for.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    own = {_SAME.get(axis, axis) for axis in course.axes}
    fits = own | ({dims.LEAGUE} if dims.PARK in own else set())
    problems = []
    for dim, labels in chosen.items():
        values = {"variable": course.name, "option": f"--{dim}", "dims": ", ".join(course.axes) or "-"}
        if labels and dim not in fits:
            problems.append(Problem(None, "select_dim", values))
        axis = next((axis for axis in course.axes if _SAME.get(axis, axis) == dim), None)
        known = [] if axis is None else [str(label) for label in course.array[axis].values]
        problems += [
            Problem(None, "select_absent", {**values, "label": label, "known": ", ".join(known)})
            for label in labels
            if axis is not None and label not in known
        ]
    if chosen.get(dims.PARK) and chosen.get(dims.LEAGUE) and dims.LEAGUE not in own:
        problems.append(Problem(None, "select_both", {}))
    if problems:
        raise InputError(problems)


Parts = tuple[tuple[str, str], ...]


def _split(
    course: Course, array: xr.DataArray, chosen: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Parts, xr.DataArray]]:
    """An array taken apart or summed along all dimensions but parks and time, in their order."""
    axis = next((str(dim) for dim in array.dims if dim not in (dims.PARK, dims.TIME)), None)
    if axis is None:
        yield (), array
        return
    dim = _SAME.get(axis, axis)
    labels = list(chosen.get(dim, ()))
    if not labels and course.additive and dim != dims.POLLUTANT:
        yield from _split(course, array.sum(axis, skipna=False), chosen)
        return
    for label in labels or [str(label) for label in array[axis].values]:
        for parts, rest in _split(course, array.sel({axis: label}, drop=True), chosen):
            yield ((dim, label), *parts), rest


def _over_parks(
    course: Course, array: xr.DataArray, chosen: Mapping[str, Sequence[str]], parks: Parks
) -> Iterator[Line]:
    for parts, rest in _split(course, array, chosen):
        if dims.PARK not in rest.dims:
            yield Line(parts, np.asarray(rest.values, dtype=float))
            continue
        values = np.asarray(rest.transpose(dims.PARK, dims.TIME).values, dtype=float)
        if chosen.get(dims.PARK):
            for park in chosen[dims.PARK]:
                place = parks.labels.index(park)
                yield Line(((dims.PARK, park), *parts), np.where(parks.live[place], values[place], np.nan))
        elif chosen.get(dims.LEAGUE) and dims.LEAGUE not in array.dims:
            for league in chosen[dims.LEAGUE]:
                yield _group(((dims.LEAGUE, league), *parts), course, values, parks, parks.league == league)
        else:
            yield _group(parts, course, values, parks, np.ones(len(parks.labels), dtype=bool))


def _group(parts: Parts, course: Course, values: Array, parks: Parks, members: Array) -> Line:
    """Parks together: their sum, or their median and the range around it."""
    live = parks.live[members]
    if course.additive:
        return Line(parts, np.where(live, values[members], 0.0).sum(axis=0))
    industry = dict(parts).get(dims.INDUSTRY)
    there = live if industry is None else live & parks.has(industry)[members][:, None]
    known = np.where(there, values[members], np.nan)
    some = np.isfinite(known).any(axis=0)
    ends = np.full((3, known.shape[1]), np.nan)
    if some.any():
        ends[:, some] = np.nanpercentile(known[:, some], (LOW, 50.0, HIGH), axis=0)
    return Line(parts, ends[1], ends[0], ends[2])


def is_extensive(units: str) -> bool:
    """Whether elements in these units of a model file may be summed: an amount, or an amount a year.

    >>> [is_extensive(units) for units in ("CNY100M/Year", "km2", "Dmnl", "1/Year", "CNY10k/mu", "Year")]
    [True, True, False, False, False, False]
    """
    amount, _, per = units.split(" [")[0].strip().partition("/")
    return amount in _AMOUNTS and per in ("", "Year")


_AMOUNTS = frozenset(
    ("CNY100M", "USD100M", "person10k", "km2", "tce10k", "m3_10k", "t", "firm")
)
