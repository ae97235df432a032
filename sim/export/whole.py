"""The model of a scenario as one Vensim file with every park: table, parameters, levers and drivers inside.

Levers hold over calendar years and drivers are linear between year-ends; both become lookups with a point a year.
What steps by years is read at ``calendar year``, a variable that this file adds: the year to which a time step
belongs: the value of year Y holds over a year that begins 1/16 after the end of year Y - 1, whatever the time step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from sim import dims
from sim.bundle import MODEL, Bundle
from sim.engine.interface import LEAD_IN, YEAR, Series, StudyInputs
from sim.errors import InputError, Place, Problem
from sim.export import vensim
from sim.export.views import settings, with_view
from sim.model.equations import plain
from sim.model.mdl_text import Entry
from sim.model.subscripts import read_ranges

CALENDAR_YEAR = "calendar year"
GROUP, VIEW = "Scenario", "Scenario 情景"
# possessive, and begun at the first star only: a stranger's line of a million stars must not be tried at every length
_GROUP_HEAD = re.compile(r"(?<!\*)\*{4,}+\s*+\.([^\n*|~]++)\n\s*+\*{4,}+\s*+~\s*+([^|~]*+)\|")
_SUPPLEMENTARY = re.compile(r"~\s*(:SUPPLEMENTARY|:SUP)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Titles:
    """What identifies the scenario in the documentation of what it sets."""

    zh: str
    en: str
    run_id: str


IN_FORCE = f"INTEGER(Time - {LEAD_IN - 0.001:g}) + 1"
"""Year whose decisions are in force: those of a year begin so long after the end of the year before (a thousandth of a
year earlier, that no rounding of the time may delay them by a step)."""


def whole_text(bundle: Bundle, inputs: StudyInputs, titles: Titles) -> str:
    """The text of a model file that needs nothing else.

    Raises
    ------
    InputError
        For each constant or series that holds what is no number.
    """
    _refuse_what_is_no_number(bundle, inputs)
    writer = _Writer(bundle, inputs, titles)
    body = "\n".join(writer.lines())
    remark = "" if inputs.method == "euler" else "Integration of the scenario: Runge-Kutta of order 4, fixed step."
    control = vensim.control(inputs.start, inputs.end, inputs.step, 1.0, remark)
    end = settings(inputs.start, inputs.end)
    added = (writer.year, *writer.lookups.values())
    views = with_view(bundle.model_text, writer.moving, added, ("Time",), VIEW, end)
    return f"{vensim.ENCODING}\n{body}\n{control}\n{views}"


def _refuse_what_is_no_number(bundle: Bundle, inputs: StudyInputs) -> None:
    arrays = {**inputs.constants, **{name: series.values for name, series in inputs.series.items()}}
    wrong = [name for name, array in arrays.items() if not np.isfinite(array.to_numpy()).all()]
    if wrong:
        raise InputError(Problem(Place(bundle.path / MODEL), "export_no_number", {"name": name}) for name in wrong)


class _Writer:
    def __init__(self, bundle: Bundle, inputs: StudyInputs, titles: Titles) -> None:
        self.bundle, self.inputs, self.titles = bundle, inputs, titles
        parks = ", ".join(inputs.parks)
        bound = (replace(e, right=parks) if plain(e.name) == dims.PARK else e for e in bundle.entries)
        self.ranges, _ = read_ranges(bound, (), bundle.path / MODEL)
        self.year = free_name(CALENDAR_YEAR, [entry.name for entry in bundle.entries])
        self.constants = {plain(name): array for name, array in inputs.constants.items()}
        self.series = {plain(name): series for name, series in inputs.series.items()}
        self.moving = frozenset(name for name, series in self.series.items() if _moves(series.values))
        names = [entry.name for entry in bundle.entries] + [self.year]
        self.lookups = {
            plain(name): free_name(f"{name} by year", names)
            for name, series in inputs.series.items()
            if plain(name) in self.moving and dims.PARK in series.values.dims
        }
        self.written: set[str] = set()

    def lines(self) -> Iterator[str]:
        """The entries in the order of the model file, each group under its header; the control section left out."""
        told = {name.strip(): text.strip() for name, text in _GROUP_HEAD.findall(self.bundle.model_text)}
        group = ""
        for number, entry in enumerate(self.bundle.entries):
            if entry.group.lower() == "control":
                continue
            if entry.group != group:
                group = entry.group
                yield vensim.group(group, told.get(group, ""))
            following = self.bundle.entries[number + 1 : number + 2]
            yield from self._entry(entry, last=not any(plain(f.name) == plain(entry.name) for f in following))
        yield from self._scenario()

    def _entry(self, entry: Entry, *, last: bool) -> Iterator[str]:
        name = plain(entry.name)
        if entry.is_subscript:
            right = ", ".join(self.inputs.parks) if name == dims.PARK else entry.right
            yield vensim.entry(f"{entry.name}: {right}", *_told(entry))
        elif name in self.written:
            return
        elif name in self.series:
            self.written.add(name)
            yield from self._series(entry, self.series[name])
        elif name in self.constants:
            self.written.add(name)
            yield from _several(self._constant(entry, self.constants[name]), self._described(entry))
        else:
            left = vensim.element(entry.name, entry.subscripts) + (f" {entry.excepted}" if entry.excepted else "")
            stand_in = entry.is_numbers and dims.PARK in entry.subscripts  # one number holds for all parks
            right = re.split(r"[,;]", entry.right)[0].strip() if stand_in else entry.right
            sign = "" if entry.operator == "(" else f" {entry.operator} "
            yield vensim.entry(f"{left}{sign}{right}", *_told(entry), last=last or bool(entry.documentation))

    def _constant(self, entry: Entry, array: xr.DataArray) -> Iterator[str]:
        own = [str(dim) for dim in array.dims]
        axes = list(entry.subscripts) if set(entry.subscripts) == set(own) else own
        # the labels of the table may stand in another order than those of the model
        placed = array.transpose(*axes).reindex({axis: list(self.ranges.labels[axis]) for axis in axes})
        labels = [self.ranges.labels[axis] for axis in axes]
        return vensim.constants(entry.name, labels, axes, placed.to_numpy())

    def _series(self, entry: Entry, series: Series) -> Iterator[str]:
        if plain(entry.name) not in self.moving:
            held = series.values.isel({YEAR: 0}, drop=True)
            yield from _several(self._constant(entry, held), self._described(entry))
            return
        argument = self.year if series.between == "steps" else "Time"
        axes = [str(dim) for dim in series.values.dims[:-1]]
        labels = [[str(label) for label in series.values[axis].to_numpy()] for axis in axes]
        values = series.values.to_numpy()
        kept = vensim.telling(values)
        years = series.values[YEAR].to_numpy().astype(float)[kept].tolist()

        def courses() -> Iterator[tuple[list[str], vensim.Points]]:
            for place in np.ndindex(values.shape[:-1]):
                subscripts = [labels[axis][position] for axis, position in enumerate(place)]
                yield subscripts, list(zip(years, values[place][kept].tolist(), strict=True))

        described = self._described(entry, f"按情景逐年取值. Follows scenario '{self.titles.en}' by year.")
        if dims.PARK not in axes:
            each = (f"{vensim.element(entry.name, s)} = {vensim.with_lookup(argument, p)}" for s, p in courses())
            yield from _several(each, described)
            return
        # for hundreds of elements one equation and a lookup with subscripts: engines take much longer for as many
        table = self.lookups[plain(entry.name)]
        yield from _several((f"{vensim.element(table, s)}{vensim.table(p)}" for s, p in courses()), described)
        read = f"{vensim.element(entry.name, axes)} = {vensim.element(table, axes)}({argument})"
        yield vensim.entry(read, *described)

    def _described(self, entry: Entry, more: str = "") -> tuple[str, str]:
        """Units and documentation of a variable: of the last of its entries, which carries them."""
        same = [e for e in self.bundle.entries if plain(e.name) == plain(entry.name)]
        units, documentation = _told(next((e for e in reversed(same) if e.documentation or e.units), entry))
        return units, f"{documentation} {vensim.comment(more)}".strip()

    def _scenario(self) -> Iterator[str]:
        told = f"Scenario {self.titles.en} ({self.titles.zh}), {self.titles.run_id}, {len(self.inputs.parks)} parks"
        yield vensim.group(GROUP, told)
        documentation = (
            f"年度. Year whose decisions are in force: from {LEAD_IN:g} years after the end of the year before, with "
            "any time step; at the end of a year its own still are."
        )
        yield vensim.entry(f"{self.year} = {IN_FORCE}", "Year", documentation)


def _moves(values: xr.DataArray) -> bool:
    return bool((values != values.isel({YEAR: 0}, drop=True)).any())


def _told(entry: Entry) -> tuple[str, str]:
    documentation, flag = entry.documentation, ""
    found = _SUPPLEMENTARY.search(documentation)
    if found:
        documentation, flag = documentation[: found.start()], "\n\t~\t:SUPPLEMENTARY"
    return vensim.units(entry.units), vensim.comment(documentation) + flag


def _several(equations: Iterator[str], described: tuple[str, str]) -> Iterator[str]:
    """Equations of one variable; the last carries units and documentation."""
    *before, last = equations
    for equation in before:
        yield vensim.entry(equation, last=False)
    yield vensim.entry(last, *described)


def free_name(name: str, taken: Mapping[str, object] | list[str]) -> str:
    """The name, with a number behind it if it is taken.

    >>> free_name("calendar year", ["Calendar_Year", "x"])
    'calendar year 2'
    """
    known = {plain(one) for one in taken}
    candidates = [name, *(f"{name} {count}" for count in range(2, len(known) + 3))]
    return next(one for one in candidates if plain(one) not in known)
