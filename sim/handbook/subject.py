"""What the page is about: a bundle with its targets and loops, every variable explained, and the signs of its links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from sim import loops as loop_file
from sim.audit import audit
from sim.bundle import BOUND, MODEL, TARGETS, Bundle, load_bundle
from sim.engine.inputs import Grid, RunInputs
from sim.engine.signs import Direction, Link, directions
from sim.errors import InputError, Problem
from sim.loops import Loops, read_loops, ways
from sim.model.causes import CONTROL, Causes, causes_of
from sim.model.equations import plain, references
from sim.model.ir import Equations
from sim.model.mdl_text import Entry
from sim.model.translate import NotCompiledError, translate
from sim.outputs_spec import FILE as OUTPUTS
from sim.outputs_spec import read_outputs
from sim.targets.spec import read_targets
from sim.targets.target import Target
from sim.words.catalogue import Language

T = TypeVar("T")
Role = Literal["stock", "flow", "auxiliary", "lookup", "constant", "table", "derived", "definition", "driver", "lever"]
"""``table``: a column of the park table; ``derived``: worked out of that table and the scenario before a run."""


@dataclass(frozen=True)
class Explained:
    """A variable with everything that the model file says of it.

    Parameters
    ----------
    equations
        Left and right sides, one for each entry of the file.
    moving
        Whether it may change during a run.
    """

    name: str
    chinese: str
    meaning: str
    units: str
    equations: tuple[tuple[str, str], ...]
    group: str
    line: int
    role: Role
    moving: bool

    def label(self, lang: Language) -> str:
        """Its name in a diagram."""
        return self.chinese if lang == "zh" and self.chinese else self.name


@dataclass(frozen=True)
class Subject:
    """A bundle, read for its documentation.

    Parameters
    ----------
    directions
        By cause and effect; links that no trial moved are missing.
    tried
        Whether the equations could be tried out at all.
    """

    bundle: Bundle
    targets: tuple[Target, ...]
    model: Causes
    loops: Loops
    variables: Mapping[str, Explained]
    directions: Mapping[Link, Direction]
    tried: bool

    @property
    def groups(self) -> tuple[str, ...]:
        """The sectors, in the order of the file."""
        return tuple(dict.fromkeys(variable.group for variable in self.variables.values()))


def read_subject(folder: Path) -> Subject:
    """Read a bundle and work out the directions of its links.

    Raises
    ------
    InputError
        With every problem of the bundle, its documentation and its loops.
    """
    problems: list[Problem] = []
    bundle = _read(lambda: load_bundle(folder), problems)
    outputs = bundle.outputs if bundle else _read(lambda: read_outputs(folder / OUTPUTS), problems)
    targets = _read(lambda: read_targets(folder / TARGETS, outputs), problems) if outputs else None
    problems += [problem for problem in audit(folder) if problem not in problems]
    if problems or bundle is None or targets is None:
        raise InputError(problems)
    model = causes_of(bundle.entries)
    loops = read_loops(folder / loop_file.FILE, model, bundle.parameters)
    try:
        equations = translate(bundle.model_text, folder / MODEL)
    except NotCompiledError:  # the reference runs it, and is no twin that could be asked link by link
        return Subject(bundle, targets, model, loops, _explained(bundle, model), {}, False)
    given = [lever.variable for lever in bundle.levers.values()]
    given += [driver.variable for driver in bundle.drivers.values()]
    found = directions(equations, _runs(bundle, equations), given)
    subject = Subject(bundle, targets, model, loops, _explained(bundle, model), found, True)
    _refuse_wrong_signs(subject)
    return subject


def direction(subject: Subject, way: tuple[str, ...]) -> str:
    """The direction along a way through the equations: ``+``, ``-``, ``±``, or ``?`` where one link is not known.

    >>> from types import SimpleNamespace
    >>> direction(SimpleNamespace(directions={("a", "b"): "-", ("b", "c"): "-"}), ("a", "b", "c"))
    '+'
    """
    return product([subject.directions.get(link, "?") for link in pairwise(way)])


def product(signs: list[str]) -> str:
    """The sign of links one after the other."""
    for word in ("?", "±"):
        if word in signs:
            return word
    return "-" if signs.count("-") % 2 else "+"


def _read(reader: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return reader()
    except InputError as error:
        problems += error.problems
        return None


def _runs(bundle: Bundle, equations: Equations) -> list[RunInputs]:
    """The numbers of the model file, once as they are and once with every lever in the middle of its range."""
    clocks = equations.clocks
    grid = Grid(clocks.start, clocks.step, round((clocks.end - clocks.start) / clocks.step))
    middle = {
        lever.variable: np.full(equations.shape(equations.variables[lever.variable].axes), (lever.low + lever.high) / 2)
        for lever in bundle.levers.values()
        if lever.numeric and lever.variable in equations.variables
    }
    return [RunInputs(grid), RunInputs(grid, middle)]


def _refuse_wrong_signs(subject: Subject) -> None:
    """Refuse signs of ``loops.toml`` that the equations contradict; ``±`` and what is not known contradict nothing."""
    problems = []
    for loop in subject.loops.present.values():
        for link in loop.links:
            found = {direction(subject, way) for way in ways(subject.model, link, loop.variables)}
            if link.sign != "?" and len(found) == 1 and found <= {"+", "-"} and link.sign not in found:
                values = {"cause": link.cause, "effect": link.effect, "given": link.sign, "found": found.pop()}
                problems.append(Problem(link.place, "loop_direction", values))
    if problems:
        raise InputError(problems)


def _explained(bundle: Bundle, model: Causes) -> dict[str, Explained]:
    lines: dict[str, list[Entry]] = {}
    for entry in bundle.entries:
        if not entry.is_subscript and entry.group.lower() != CONTROL:
            lines.setdefault(plain(entry.name), []).append(entry)
    moving = _moving(bundle, model, lines)
    found = {}
    for several in lines.values():
        first = several[0]
        said = next((entry for entry in several if entry.documentation), first)
        equations = tuple((_left(entry), " ".join(entry.right.split())) for entry in several)
        found[first.name] = Explained(
            first.name, *said.names, next((entry.units for entry in several if entry.units), ""), equations,
            first.group, first.line, _role(first, bundle, model), first.name in moving,
        )  # fmt: skip
    return found


def _left(entry: Entry) -> str:
    subscripts = f"[{', '.join(entry.subscripts)}]" if entry.subscripts else ""
    return " ".join(filter(None, (entry.name + subscripts, entry.excepted, entry.operator.replace("(", ""))))


def _role(entry: Entry, bundle: Bundle, model: Causes) -> Role:
    named: list[tuple[Role, set[str]]] = [
        ("lever", {lever.variable for lever in bundle.levers.values()}),
        ("driver", {driver.variable for driver in bundle.drivers.values()}),
        ("table", {column.variable for column in bundle.columns}),
        ("derived", set(BOUND)),
        ("constant", set(bundle.parameters)),
    ]
    for role, names in named:
        if entry.name in names:
            return role
    if entry.is_numbers:
        return "definition"
    if entry.operator == "(":
        return "lookup"
    return "stock" if model[entry.name].is_stock else "flow" if entry.name in model.flows else "auxiliary"


def _moving(bundle: Bundle, model: Causes, lines: Mapping[str, list[Entry]]) -> set[str]:
    """Variables that may change during a run: stocks, levers, drivers, what reads the time, and what these act on."""
    found = {node.name for node in model.nodes.values() if node.is_stock}
    found |= {lever.variable for lever in bundle.levers.values()}
    found |= {driver.variable for driver in bundle.drivers.values()}
    for several in lines.values():
        if any(plain(name) == "time" for entry in several for name in references(entry.right)):
            found.add(several[0].name)
    effects, waiting = model.effects(), list(found)
    while waiting:
        for effect in effects.get(waiting.pop(), ()):
            if effect not in found:
                found.add(effect)
                waiting.append(effect)
    return found & {several[0].name for several in lines.values()}
