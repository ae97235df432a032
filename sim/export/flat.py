"""The model of one park as a Vensim file without subscripts, for Vensim PLE, which has none.

What crosses parks comes from the full run of the scenario, at every time step: so the park goes the way that it goes
among the others. The text is run once before it is handed out, and must give the park's stocks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim import dims
from sim.bundle import Bundle
from sim.engine.inputs import Array, Course, Grid, RunInputs
from sim.engine.interface import StudyInputs
from sim.engine.trace import evaluate
from sim.errors import EngineError, Problem
from sim.export import vensim, views
from sim.export.expressions import text_of, units_of
from sim.export.one_park import Element, OnePark
from sim.export.outside import courses, plain_inputs
from sim.export.scalar_names import ScalarNames, label_words
from sim.export.whole import CALENDAR_YEAR, IN_FORCE, Titles
from sim.model.equations import plain
from sim.model.ir import Equations, Expression, Index, Ref, Variable
from sim.model.mdl_text import Entry
from sim.model.override import override
from sim.model.translate import translate
from sim.words.catalogue import text

BOUND = 1e-8
"""Largest difference from the full run, relative to the value or a thousandth of the largest of the stock."""

DIGITS = 13
"""Of each number that comes from the full run: what differs lies far below the bound."""

REGION, OTHER = "Region", "Other"
_CONTROLS = ("Time", "TIME STEP", "INITIAL TIME", "FINAL TIME", "SAVEPER")


@dataclass(frozen=True)
class Written:
    """A variable of the file: its group, name, and entry."""

    group: str
    name: str
    entry: str


def flat_text(bundle: Bundle, equations: Equations, inputs: StudyInputs, park: str, titles: Titles) -> str:
    """The text of the model of one park.

    Parameters
    ----------
    equations
        Those of the bundle's bound text.
    inputs
        Of the scenario; its method must be ``euler``, for between time steps nothing is known of the other parks.
    park
        Id of a park of the table.

    Raises
    ------
    InputError
        For what has no form without subscripts here (SAMPLE IF TRUE).
    EngineError
        If the text doesn't give the run of the park again.
    """
    numbers = plain_inputs(equations, inputs)
    given = [name for name in inputs.constants if equations.variables[name].kind != "constant"]
    changed = override(equations, given, inputs.series)
    names = ScalarNames(changed, (*_CONTROLS, CALENDAR_YEAR))
    one = OnePark(changed, numbers, changed.ranges[dims.PARK].index(park), names)
    stocks = {names.of(e.variable, e.place): _whole(e) for e in one.elements if _is_stock(one, e)}
    run = courses(equations, numbers, [*one.outside, *stocks.values()])
    writer = _Writer(bundle, one, run, numbers.grid, park, titles)
    made = writer.text(inputs)
    _check(made, {name: run[whole] for name, whole in stocks.items()}, numbers.grid)
    return made


def _whole(element: Element) -> Expression:
    return Ref(element.variable, tuple(Index(None, (position,)) for position in element.place))


def _is_stock(one: OnePark, element: Element) -> bool:
    return one.equations.variables[element.variable].kind == "stock"


def _check(made: str, stocks: Mapping[str, Array], grid: Grid) -> None:
    equations = translate(made, Path("flat.mdl"))
    again = evaluate(equations, RunInputs(grid), list(stocks))
    for name, expected in stocks.items():
        floor = 1e-3 * float(np.abs(expected).max(initial=0.0)) + 1e-300
        off = float((np.abs(again[name] - expected) / np.maximum(np.abs(expected), floor)).max())
        if not off <= BOUND:
            raise EngineError([Problem(None, "export_off", {"name": name, "off": f"{off:.1e}"})])


class _Writer:
    def __init__(
        self, bundle: Bundle, one: OnePark, run: Mapping[Expression, Array], grid: Grid, park: str, titles: Titles
    ) -> None:
        self.bundle, self.one, self.run, self.grid, self.park, self.titles = bundle, one, run, grid, park, titles
        self.names = one.names
        told: dict[str, list[Entry]] = {}
        for entry in bundle.entries:
            told.setdefault(plain(entry.name), []).append(entry)
        self.entries = {name: next((e for e in reversed(same) if e.documentation), same[-1])
                        for name, same in told.items()}  # fmt: skip
        self.units = {self.names.of(e.variable, e.place): self._units(e.variable) for e in one.elements}

    def text(self, inputs: StudyInputs) -> str:
        """The whole file."""
        written = [*self._variables(), *self._outside()]
        groups: dict[str, list[Written]] = {}
        for one in written:
            groups.setdefault(one.group, []).append(one)
        told = f"{self.titles.en} ({self.titles.zh}), {self.titles.run_id}, park {self.park} of {self._parks()}"
        lines = [vensim.ENCODING]
        for number, (name, variables) in enumerate(groups.items()):
            lines.append(vensim.group(name, f"Scenario {told}" if not number else ""))
            lines += [variable.entry for variable in variables]
        lines.append(vensim.control(inputs.start, inputs.end, inputs.step, 1.0))
        listed = {self._title(name): [v.name for v in variables] for name, variables in groups.items()}
        return "\n".join(lines) + "\n" + views.listing(listed, views.settings(inputs.start, inputs.end))

    def _parks(self) -> int:
        return len(self.one.equations.ranges[dims.PARK])

    def _title(self, group: str) -> str:
        """The title of the group's view in the model file, with its Chinese name."""
        found = re.search(rf"^\*({re.escape(group)} [^\n]*)$", self.bundle.model_text, re.MULTILINE)
        return found[1] if found else {REGION: "Region 全区给定", OTHER: "Other 其他"}.get(group, group)

    # --- variables of the park

    def _variables(self) -> Iterator[Written]:
        order = {name: number for number, name in enumerate(self.one.equations.variables)}
        steps = False
        for element in sorted(self.one.elements, key=lambda e: (order[e.variable], e.place)):
            name = self.names.of(element.variable, element.place)
            steps |= self._is_read_by_year(element)
            described = vensim.units(self._units(element.variable)), vensim.comment(self._told(element))
            entry = vensim.entry(self._equation(element, name), *described)
            yield Written(self._group(element.variable), name, entry)
        if steps:
            told = "年度. Year whose decisions are in force."
            entry = vensim.entry(f"{CALENDAR_YEAR} = {IN_FORCE}", "Year", told)
            yield Written(self._group(next(iter(self.one.equations.variables))), CALENDAR_YEAR, entry)

    def _is_read_by_year(self, element: Element) -> bool:
        course, values = self.one.inputs.series.get(element.variable), self.one.value(element)
        return course is not None and course.between == "steps" and values is not None and bool(np.ptp(values) > 0)

    def _equation(self, element: Element, name: str) -> str:
        left, variable = vensim.variable_name(name), self.one.equations.variables[element.variable]
        rules = self.one.elements[element]
        if element.variable in self.one.inputs.series:
            return f"{left} = {self._series(element, self.one.inputs.series[element.variable])}"
        values = self.one.value(element)
        if variable.kind == "lookup" and values is not None:
            return left + vensim.table(list(zip(variable.points, values.tolist(), strict=True)))
        if values is not None:
            return f"{left} = {vensim.number(float(values))}"
        if variable.kind == "stock":
            return f"{left} = INTEG({text_of(rules['flow'])}, {text_of(rules['initial'])})"
        if "initial" in rules:
            return f"{left} = ACTIVE INITIAL({text_of(rules['value'])}, {text_of(rules['initial'])})"
        return f"{left} = {text_of(rules['value'])}"

    def _series(self, element: Element, course: Course) -> str:
        values = self.one.value(element)
        assert values is not None
        if np.ptp(values) == 0:
            return vensim.number(float(values[0]))
        kept = vensim.telling(values)
        points = list(zip(course.times[kept].tolist(), values[kept].tolist(), strict=True))
        return vensim.with_lookup(CALENDAR_YEAR if course.between == "steps" else "Time", points)

    # --- what comes from outside

    def _outside(self) -> Iterator[Written]:
        times = self.grid.times
        for expression, name in self.one.outside.items():
            values = self.run[expression]
            fixed = np.ptp(values) == 0
            right = vensim.number(float(values[0]))
            if not fixed:
                kept = vensim.telling(values)
                points = list(zip(times[kept].tolist(), values[kept].tolist(), strict=True))
                right = vensim.with_lookup("Time", points, DIGITS)
            units, told = self._of_region(expression, "export.given_fixed" if fixed else "export.given")
            entry = vensim.entry(f"{vensim.variable_name(name)} = {right}", vensim.units(units), vensim.comment(told))
            yield Written(REGION, name, entry)

    def _of_region(self, expression: Expression, key: str) -> tuple[str, str]:
        """Units and documentation of what comes from outside."""
        chinese = text("zh", key, scenario=self.titles.zh, parks=self._parks())
        english = text("en", key, scenario=self.titles.en, parks=self._parks())
        if isinstance(expression, Ref):
            element = Element(expression.variable, tuple(one.at(0) for one in expression.index))
            return self._units(expression.variable), f"{self._told(element, chinese)} {english}"
        units = {name: self._units(name) for name in self.one.equations.variables}
        return units_of(expression, units), f"{chinese}. {text('en', 'export.sum')} {english}"

    # --- words

    def _entry(self, variable: str) -> Entry | None:
        return self.entries.get(plain(variable))

    def _group(self, variable: str) -> str:
        entry = self._entry(variable) or self._entry(variable.rpartition(" of ")[2])
        return entry.group or OTHER if entry else OTHER

    def _units(self, variable: str) -> str:
        entry = self._entry(variable)
        return entry.units if entry else self.one.equations.variables[variable].units

    def _told(self, element: Element, more_zh: str = "") -> str:
        """Chinese name and English meaning of an element, and the variable that it is an element of."""
        entry = self._entry(element.variable)
        chinese, english = entry.names if entry else ("", "")
        labels = self.names.labels(element.variable, element.place)
        if labels:
            chinese += f"({'、'.join(label_words(label, 'zh') for label in labels)})"
            english += f" ({', '.join(label_words(label, 'en') for label in labels)})"
        variable: Variable = self.one.equations.variables[element.variable]
        of = f"{element.variable}[{', '.join(variable.axes)}]" if variable.axes else ""
        chinese = f"{chinese};{more_zh}" if more_zh else chinese
        return f"{chinese}. {english}." + (f" Element of {of}." if of else "")


def park_of(asked: str, parks: Sequence[str]) -> str | None:
    """The id of a park as the table spells it.

    >>> park_of(" p04", ["P03", "P04"])
    'P04'
    """
    return next((park for park in parks if plain(park) == plain(asked)), None)
