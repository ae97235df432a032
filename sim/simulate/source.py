"""A model file read and checked: its entries, its equations where kernels cover them, its variables and clock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim import dims
from sim.cache import Cache
from sim.engine.kernel import Method
from sim.errors import InputError, Place, Problem
from sim.model.equations import plain
from sim.model.external import Files
from sim.model.findings import OF_ANY_NUMBERS, each_once
from sim.model.ir import Clocks, Equations, Kind
from sim.model.mdl_text import Checked, Entry
from sim.model.reading import checked_text, read_text
from sim.simulate.own_text import own_text
from sim.simulate.variables import CONTROLS, POINT, Described, of_equations, written

_MOVES = re.compile(
    r"\b(INTEG|SMOOTH\w*|DELAY\w*|TREND|FORECAST|SAMPLE IF TRUE|TIME|STEP|RAMP|PULSE|RANDOM|NPVE?)\b", re.IGNORECASE
)
KEPT_NAMES = (dims.RUN, dims.TIME)
"""Names that results and inputs use for dimensions of their own; a range can't be called POINT either."""


@dataclass(frozen=True)
class Source:
    """A model file ready to be simulated.

    Parameters
    ----------
    same
        Ranges that the file declares the same as another (``B <-> A``); among the entries they stand as ``B: A``.
    text
        What engines read, see :func:`sim.simulate.own_text.own_text`.
    equations
        ``None`` where kernels don't cover the model; ``missing`` then says what they lack.
    variables
        By name, in the order of the file, the control section left out.
    ranges
        Labels by subscript range.
    method
        The method of integration that the file asks for.
    """

    path: Path
    entries: tuple[Entry, ...]
    same: frozenset[str]
    text: str
    equations: Equations | None
    missing: tuple[str, ...]
    variables: Mapping[str, Described]
    ranges: Mapping[str, tuple[str, ...]]
    clocks: Clocks
    method: Method = "euler"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what engines read."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def placed(self, problems: Sequence[Problem]) -> list[Problem]:
        """Problems that an engine found in the text, at their place in the file."""
        last = max(entry.line for entry in self.entries)
        return [at_file(problem, self.path, last) for problem in problems]


def at_file(problem: Problem, path: Path, last: int) -> Problem:
    """A problem with the user's file in its place; lines beyond the last entry are none of the file's."""
    line = problem.place.line if problem.place and problem.place.line and problem.place.line <= last else None
    return replace(problem, place=Place(path, line))


def read_source(path: Path, cache: Cache, data: Sequence[str] = (), alone: bool = False) -> Source:
    """Read and check a model file.

    Parameters
    ----------
    alone
        Whether nothing but the compiled engine will run it: what kernels don't cover is then a mistake, and a model
        will do in which nothing accumulates or remembers.
    data
        Files that the model may read besides those of its folder, and ``?tag=FILE`` for what it calls by a tag.

    Raises
    ------
    InputError
        With every problem that can be seen at once, each with file and line: an unreadable file, names that nothing
        defines, circles, dimensions that don't fit, no stock, no clock.
    """
    whole = read_text(path)
    checked, pairs = checked_text(whole.text, path, Files.named(path.parent, data))
    found = checked.entries
    if checked.problems:
        raise InputError(_all_findings(checked, path))
    same = frozenset(plain(name) for name, _ in pairs)
    text, last = own_text(found, same), max(entry.line for entry in found)
    problems = [] if alone else _without_stock(found, path)
    try:
        source = _translated(path, found, same, text, cache, alone)
    except InputError as error:
        raise InputError([*(at_file(problem, path, last) for problem in error.problems), *problems]) from None
    problems += _clashes(source)
    if problems:
        raise InputError(problems)
    return replace(source, method=whole.method)


def _all_findings(checked: Checked, path: Path) -> list[Problem]:
    """What is wrong with single entries, and what the others say beside it."""
    from sim.model.translate import NotCompiledError, translate

    problems = list(checked.problems)
    if checked.entries:
        last = max(entry.line for entry in checked.entries)
        try:
            translate(own_text(checked.entries, frozenset()), path)
        except InputError as error:
            found = [at_file(problem, path, last) for problem in error.problems]
            problems += [problem for problem in found if checked.known or problem.code in OF_ANY_NUMBERS]
        except NotCompiledError:
            pass
    return each_once(problems, checked.lost)


def _translated(
    path: Path, found: tuple[Entry, ...], same: frozenset[str], text: str, cache: Cache, alone: bool
) -> Source:
    from sim.engine.covered import equations_of, not_covered

    missing = not_covered(text, cache)
    if missing and alone:
        raise InputError(Problem(None, "conformance_missing", {"reason": reason}) for reason in missing)
    if missing:
        _refuse_deep(path, found)
        try:
            return _by_reference(path, found, same, text, missing, cache)
        except InputError as error:
            if all(problem.code not in _BY_PYSD for problem in error.problems):
                raise
            raise InputError(_not_run(path, missing)) from error
    equations = equations_of(text, cache)
    variables = of_equations(equations, found)
    return Source(path, found, same, text, equations, (), variables, equations.ranges, equations.clocks)


_BY_PYSD = ("model_function_unknown", "model_translate", "model_translate_deep", "model_random")
"""What is said where PySD doesn't run what kernels lack; it names no line, and functions that the language has."""

_ELEMENT = re.compile(r"(\d+) × (.*)", re.DOTALL)

_REASON = re.compile(r"(?P<construct>.*) \((?P<name>.*), (?P<line>\d+)\)", re.DOTALL)


def _not_run(path: Path, missing: Sequence[str]) -> Iterator[Problem]:
    """What no engine runs, each with its line."""
    for reason in missing:
        known = _REASON.fullmatch(reason)
        values = {"name": known["name"] if known else path.stem, "construct": known["construct"] if known else reason}
        element = _ELEMENT.fullmatch(str(values["construct"]))
        code = "simulate_not_run"
        if element:
            code = "simulate_element_missing" if element[1] == "0" else "simulate_element_twice"
            values |= {"element": element[2], "count": element[1]}
        yield Problem(Place(path, int(known["line"]) if known else None), code, values)


def _refuse_deep(path: Path, found: Sequence[Entry]) -> None:
    """Brackets that are too deep for kernels are too deep for PySD, which would only say that it broke."""
    from sim.model.translate import MOST_BRACKETS, brackets_deep

    deep = [entry for entry in found if brackets_deep(entry.right) > MOST_BRACKETS]
    if deep:
        values = {"limit": MOST_BRACKETS}
        raise InputError(
            Problem(Place(path, entry.line), "simulate_deep", {"name": entry.name, **values}) for entry in deep
        )


def _by_reference(
    path: Path, found: tuple[Entry, ...], same: frozenset[str], text: str, missing: tuple[str, ...], cache: Cache
) -> Source:
    """A model that kernels don't cover, as PySD sees it."""
    from sim.engine.pysd_engine import describe_model  # takes a second to import

    ranges, kinds = describe_model(text, cache)
    known = {plain(name): found_kind for name, found_kind in kinds.items()}
    variables = {}
    for key, what in written(found).items():
        if key in known and key not in CONTROLS:
            kind, axes = known[key]
            labels = tuple(ranges[axis] for axis in axes)
            points, values = _numbers([entry for entry in found if plain(entry.name) == key], kind)
            one = Described(what.name, kind, axes, labels, values, points, what.units, what.documentation,
                            what.equation, what.line)  # fmt: skip
            variables[what.name] = replace(one, values=values * one.cells) if len(values) == 1 else one
    return Source(path, found, same, text, None, missing, variables, ranges, _clocks(found, path))


def _numbers(group: Sequence[Entry], kind: Kind) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The x of a lookup's points, and the numbers of a constant or lookup; empty where several equations give them."""
    right = group[0].right
    if len(group) > 1 or kind not in ("constant", "lookup"):
        return (), ()
    if kind == "constant":
        numbers = [part for part in re.split(r"[,;]", right) if part.strip()] if group[0].is_numbers else []
        return (), tuple(map(float, numbers))
    pairs = re.findall(r"\(\s*([^(),]+),\s*([^(),]+)\)", re.sub(r"\[[^\]]*\]", "", right))
    return tuple(float(x) for x, _ in pairs), tuple(float(y) for _, y in pairs)


def _clocks(found: Sequence[Entry], path: Path) -> Clocks:
    """The control section of a file whose equations aren't translated: numbers, or names of constants.

    Raises
    ------
    InputError
        For anything else.
    """
    rights = {plain(entry.name): entry for entry in found if not entry.is_subscript}
    values, problems = [], []
    for name in CONTROLS:
        if name not in rights:
            problems.append(Problem(Place(path), "model_control", {"name": name.upper()}))
            continue
        entry, seen = rights[name], {name}
        while plain(entry.right) in rights and plain(entry.right) not in seen:
            seen.add(plain(entry.right))
            entry = rights[plain(entry.right)]
        try:
            values.append(float(entry.right))
        except ValueError:
            place = Place(path, rights[name].line)
            problems.append(Problem(place, "simulate_clock_equation", {"name": rights[name].name}))
    if problems:
        raise InputError(problems)
    start, end, step, saveper = values
    return Clocks(start, end, step, saveper)


def _without_stock(found: Sequence[Entry], path: Path) -> list[Problem]:
    """What is simulated must change from step to step."""
    if any(entry.is_data or _MOVES.search(entry.right) for entry in found if plain(entry.name) not in CONTROLS):
        return []
    return [Problem(Place(path), "simulate_no_stock")]


def _clashes(source: Source) -> list[Problem]:
    """Names that a labelled array could not tell from its own dimensions."""
    axes = {axis for variable in source.variables.values() for axis in variable.axes}
    kept = [name for name in source.variables if plain(name) in KEPT_NAMES]
    kept += [axis for axis in sorted(axes) if plain(axis) in (*KEPT_NAMES, POINT)]
    lines = {plain(entry.name): entry.line for entry in source.entries}
    return [Problem(Place(source.path, lines.get(plain(name))), "simulate_name_kept", {"name": name}) for name in kept]
