"""A Vensim model text as equations (:mod:`sim.model.ir`): PySD's parser reads the right sides, the rest is done here.

Only the parser for single right sides is PySD's. Ranges, mappings and left sides are taken from the entries of the
text, because PySD loses explicit mappings, and because every mistake then has its line.
"""

from __future__ import annotations

import operator
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pysd.translators.structures import abstract_expressions as pysd_tree
from pysd.translators.vensim.vensim_element import Component, Lookup

from sim.errors import InputError, Place, Problem, SimError
from sim.model.definitions import Definition, define, is_running_sum, know
from sim.model.draft import Draft, Known, Reason
from sim.model.equations import check_equations, plain
from sim.model.findings import each_once, sound
from sim.model.functions import CLOCKS, Reader
from sim.model.ir import Clock, Clocks, Equation, Equations, Expression, Number, Op, Past, Ref, walk
from sim.model.macros import is_hidden
from sim.model.mdl_text import Entry
from sim.model.order import initial_order, order
from sim.model.plain_syntax import plain_tree
from sim.model.reading import checked_text
from sim.model.subscripts import read_ranges
from sim.model.syntax import Call, Chain, Course, Inline, Literal, Name, Numbers, Points, Syntax

_LOGIC = re.compile(r":(and|or|not|na):", re.IGNORECASE)
_FOLDED: Mapping[str, Callable[..., float]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "negative": operator.neg, "power": operator.pow, "minimum": min, "maximum": max,
}  # fmt: skip


class NotCompiledError(SimError):
    """The model is legal but holds constructs that are not translated: PySD has to run it.

    >>> str(NotCompiledError([Reason("VECTOR RANK", "share", 12)]))
    'VECTOR RANK (share, 12)'
    """

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(map(str, self.reasons)))

    def __reduce__(self) -> tuple[type[NotCompiledError], tuple[tuple[Reason, ...]]]:
        """Carry the reasons, not their text, from one process to another."""
        return type(self), (self.reasons,)


def translate(text: str, path: Path) -> Equations:
    """The equations of a model text.

    Parameters
    ----------
    text
        A Vensim model, or the bound text of one (:func:`sim.model.mdl_text.bind_text`). A single number for an array
        stands for all its elements.
    path
        The file to name in problems; lines are those of ``text``.

    Raises
    ------
    InputError
        With all mistakes of the model's author.
    NotCompiledError
        With all constructs that are legal but not covered.

    >>> control = "INITIAL TIME=0~~|FINAL TIME=9~~|TIME STEP=1~~|SAVEPER=TIME STEP~~|"
    >>> model = translate("x = INTEG(a * x, 1) ~~| a = 0.1 ~~|" + control, Path("m.mdl"))
    >>> model.equations[1].body
    Op(name='multiply', arguments=(Ref(variable='a', index=()), Ref(variable='x', index=())))
    """
    checked, same = checked_text(text, path)
    noted = each_once([*checked.problems, *_checked(checked.entries, path)], checked.lost)
    if any(problem.code == "model_range_loop" for problem in noted):
        _refuse(noted)
    found = sound(checked.entries, noted)
    ranges, problems = read_ranges(found, same, path)
    if problems:
        _refuse(each_once([*noted, *problems], checked.lost))
    draft = Draft(path, ranges, problems=noted, lost=checked.lost)
    definitions = _definitions(found, draft)
    if draft.reasons:
        _finish(draft)
    controls = {name: definitions.pop(name) for name in CLOCKS if name in definitions}
    known = {name: know(draft, several) for name, several in definitions.items()}
    if draft.reasons or not all(known.values()):
        _finish(draft)
    draft.known = {name: variable for name, variable in known.items() if variable}
    for name in sorted(definitions, key=lambda name: _rank(draft.known[name], definitions[name])):
        define(draft, draft.known[name], definitions[name])
    clocks = _clocks(draft, controls)
    _finish(draft)
    written = {known.name: draft.variables[known.name] for known in draft.known.values()}
    in_order = {name: variable for name, variable in written.items() if not is_hidden(name)}
    by_macros = {name: replace(variable, made=True) for name, variable in written.items() if is_hidden(name)}
    variables = in_order | by_macros | draft.made
    equations = Equations(draft.labels(), variables, tuple(draft.equations), clocks, tuple(draft.checks))
    _steady(draft, equations)
    _finish(draft)
    order(equations, path)
    initial_order(equations, path)
    return equations


def _rank(known: Known, definitions: Sequence[Definition]) -> int:
    """What is defined first: the numbers, points and data that the translation of other equations looks at."""
    if known.kind == "constant":
        return 0
    if known.kind == "lookup" or all(isinstance(d.body, Course) for d in definitions):
        return 1
    return 2 if any(is_running_sum(d.body) for d in definitions) else 3


def _checked(found: Sequence[Entry], path: Path) -> list[Problem]:
    """What can be said without parsing; mappings look like labels there, and circles are found exactly later."""
    bare = [replace(entry, right=entry.right.split("->")[0]) if entry.is_subscript else entry for entry in found]
    return [problem for problem in check_equations(bare, path) if problem.code != "model_loop"]


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(problems)


def _finish(draft: Draft) -> None:
    """Stop if something is wrong; else if something is not covered."""
    _refuse(each_once(draft.problems, draft.lost))
    if draft.reasons:
        raise NotCompiledError(draft.reasons)


# --- definitions


def _definitions(found: Sequence[Entry], draft: Draft) -> dict[str, list[Definition]]:
    """The definitions of each variable, by plain name, in the order of the file."""
    definitions: dict[str, list[Definition]] = {}
    for entry in found:
        if entry.is_subscript:
            continue
        excepted = tuple(
            tuple(" ".join(subscript.split()) for subscript in group.split(","))
            for group in re.findall(r"\[([^\]]*)\]", entry.excepted)
        )
        empty = Definition(entry, Literal(0.0), excepted)
        if entry.is_data and not entry.right:
            draft.mistake(empty.scope, "model_data_not_given", {})
            continue
        body = _parsed(entry, empty, draft)
        definitions.setdefault(plain(entry.name), []).append(replace(empty, body=body))
    return definitions


def _parsed(entry: Entry, empty: Definition, draft: Draft) -> Syntax:
    text = _LOGIC.sub(lambda word: word[0].upper(), " ".join(entry.right.split()))
    text = _NEGATIVE_BASE.sub(r"(0 - \1)", text)
    if entry.is_data and (points := _PAIRS.fullmatch(text)):
        return Course(_points(points[0]), entry.keyword)
    if entry.operator == "(" and (numbers := _LISTS.fullmatch(text)):
        return _listed(numbers[0], empty, draft)
    if brackets_deep(text) > MOST_BRACKETS:  # the parser works by recursion, and takes many calls for a bracket
        draft.missing(empty.scope, "(((…)))")
        return Literal(0.0)
    kind = Lookup if entry.operator == "(" else Component
    try:
        with warnings.catch_warnings(), _deeper():
            warnings.simplefilter("ignore")
            if kind is Component and (tree := plain_tree(text)) is not None:
                return _syntax(tree)
            component = kind(entry.name, ([], []), text)
            component.parse()
        return _syntax(component.ast)
    except Exception as error:  # the parser raises whatever its own parser or an argument list raises
        place = getattr(error, "pos", None)
        near = text[place : place + 30] if isinstance(place, int) else text[:30]
        draft.mistake(empty.scope, "model_syntax", {"text": near})
        return Points((0.0, 1.0), (0.0, 1.0)) if entry.operator == "(" else Literal(0.0)


MOST_BRACKETS = 140


@contextmanager
def _deeper() -> Iterator[None]:
    """Room for the parser's recursion: some thirty calls for a bracket, in Python alone."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def brackets_deep(text: str) -> int:
    """How many brackets are inside each other.

    >>> brackets_deep("(a + (b)) * (c)")
    2
    """
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


_NUMBER = r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*"
_NEGATIVE_BASE = re.compile(rf"\(\s*-({_NUMBER.replace('[-+]?', '', 1)})\)(?=\s*\^)")
"""A negative number in brackets under a power: the parser gives the number alone, as for one without brackets, whose
sign stays outside the power."""

_PAIRS = re.compile(rf"\(\s*\({_NUMBER},{_NUMBER}\)(?:\s*,\s*\({_NUMBER},{_NUMBER}\))*\s*,?\s*\)")
_LISTS = re.compile(rf"\({_NUMBER}(?:,{_NUMBER})*,?\s*\)")


def _points(text: str) -> Points:
    """Pairs of numbers as points in the order of x."""
    numbers = [float(number) for number in re.findall(_NUMBER, text)]
    return _in_order(numbers[::2], numbers[1::2])


def _in_order(x: Sequence[float], y: Sequence[float]) -> Points:
    pairs = sorted(zip(x, y, strict=True), key=lambda pair: pair[0])
    return Points(tuple(one for one, _ in pairs), tuple(one for _, one in pairs))


def _listed(text: str, empty: Definition, draft: Draft) -> Syntax:
    """A lookup written as all its x, then all its y."""
    numbers = [float(number) for number in re.findall(_NUMBER, text)]
    half = len(numbers) // 2
    if len(numbers) % 2 or half < 2:
        draft.mistake(empty.scope, "model_syntax", {"text": text[:30]})
        return Points((0.0, 1.0), (0.0, 1.0))
    return _in_order(numbers[:half], numbers[half:])


_CALLS: Mapping[type, tuple[str, tuple[str, ...]]] = {
    pysd_tree.IntegStructure: ("INTEG", ("flow", "initial")),
    pysd_tree.InitialStructure: ("INITIAL", ("initial",)),
    pysd_tree.GameStructure: ("GAME", ("expression",)),
    pysd_tree.DelayNStructure: ("DELAY N", ("input", "delay_time", "initial", "order")),
    pysd_tree.DelayFixedStructure: ("DELAY FIXED", ("input", "delay_time", "initial")),
    pysd_tree.SmoothNStructure: ("SMOOTH N", ("input", "smooth_time", "initial", "order")),
    pysd_tree.TrendStructure: ("TREND", ("input", "average_time", "initial_trend")),
    pysd_tree.ForecastStructure: ("FORECAST", ("input", "average_time", "horizon")),
    pysd_tree.SampleIfTrueStructure: ("SAMPLE IF TRUE", ("condition", "input", "initial")),
    pysd_tree.AllocateAvailableStructure: ("ALLOCATE AVAILABLE", ("request", "pp", "avail")),
    pysd_tree.AllocateByPriorityStructure: (
        "ALLOCATE BY PRIORITY", ("request", "priority", "size", "width", "supply")),
}
"""PySD's structures that are calls: name of the function, and the attributes that hold its arguments."""


def _syntax(tree: Any) -> Syntax:
    """PySD's syntax tree as ours.

    Raises
    ------
    TypeError
        If the tree holds what is not known here.
    """
    if isinstance(tree, int | float | np.number):
        return Literal(float(tree))
    if isinstance(tree, np.ndarray):
        return Numbers(tuple(float(value) for value in tree.ravel()))
    if type(tree) in _CALLS:
        function, names = _CALLS[type(tree)]
        return Call(function, tuple(_syntax(getattr(tree, name)) for name in names))
    match tree:
        case pysd_tree.ReferenceStructure():
            return Name(tree.reference, _subscripts(tree))
        case pysd_tree.ArithmeticStructure() | pysd_tree.LogicStructure():
            return Chain(tuple(tree.operators), tuple(_syntax(argument) for argument in tree.arguments))
        case pysd_tree.CallStructure():
            return _call(tree)
        case pysd_tree.DelayStructure() | pysd_tree.SmoothStructure():
            return _staged(tree)
        case pysd_tree.LookupsStructure():
            return Points(tuple(map(float, tree.x)), tuple(map(float, tree.y)))
        case pysd_tree.InlineLookupsStructure():
            points = _syntax(tree.lookups)
            assert isinstance(points, Points)
            return Inline(_syntax(tree.argument), points)
    raise TypeError(type(tree).__name__)


def _subscripts(reference: Any) -> tuple[str, ...]:
    return tuple(reference.subscripts.subscripts) if reference.subscripts else ()


def _call(tree: Any) -> Call:
    function = tree.function.reference.upper().replace("_", " ")
    arguments = tuple(_syntax(argument) for argument in tree.arguments)
    if function == "PULSE TRAIN" and len(arguments) == 4:  # PySD's order is another than the language's
        start, repeat, width, end = arguments
        arguments = (start, width, repeat, end)
    return Call(function, arguments, _subscripts(tree.function))


def _staged(tree: Any) -> Call:
    """SMOOTH or DELAY of order 1 or 3; without an initial value it is the input."""
    smooth = isinstance(tree, pysd_tree.SmoothStructure)
    name = f"{'SMOOTH' if smooth else 'DELAY'}{'' if smooth and tree.order == 1 else int(tree.order)}"
    arguments = [_syntax(tree.input), _syntax(tree.smooth_time if smooth else tree.delay_time)]
    if tree.initial is not tree.input:
        name += "I"
        arguments.append(_syntax(tree.initial))
    return Call(name, tuple(arguments))


# --- the control section


def _clocks(draft: Draft, controls: Mapping[str, list[Definition]]) -> Clocks:
    """The numbers of the control section."""
    bodies: dict[str, Expression] = {}
    for name, clock in CLOCKS.items():
        if name in controls:
            definition = controls[name][0]
            bodies[clock.which] = Reader(draft).number(definition.body, definition.scope)
        elif name != "time":
            draft.problems.append(Problem(Place(draft.path), "model_control", {"name": name.upper()}))
    numbers: dict[str, float] = {}
    for name, clock in CLOCKS.items():
        if clock.which in bodies:
            value = _fold(bodies[clock.which], bodies, draft)
            if value is None or not np.isfinite(value):
                draft.missing(controls[name][0].scope, name.upper())
            numbers[clock.which] = value or 0.0
    return Clocks(*(numbers.get(which, 0.0) for which in ("start", "end", "step", "saveper")))


def _fold(expression: Expression, bodies: Mapping[str, Expression], draft: Draft, depth: int = 20) -> float | None:
    """The number that an expression of numbers, constants and the control section comes to; None if it doesn't."""
    match expression:
        case Number(value=value):
            return value
        case Clock(which=which) if which in bodies and depth:
            return _fold(bodies[which], bodies, draft, depth - 1)
        case Ref(variable=name, index=()):
            variable = draft.variables.get(name)
            return variable.values[0] if variable and variable.kind == "constant" else None
        case Op(name=name, arguments=arguments) if name in _FOLDED:
            numbers = [_fold(argument, bodies, draft, depth) for argument in arguments]
            try:
                return None if None in numbers else float(_FOLDED[name](*numbers))
            except (ArithmeticError, TypeError):
                return None
    return None


# --- what must not depend on time


def _steady(draft: Draft, equations: Equations) -> None:
    """Give the reason for each expression that must not depend on time and does."""
    if not draft.steady:
        return
    takes: dict[str, list[Equation]] = {}
    for equation in equations.equations:
        takes.setdefault(equation.variable, []).append(equation)
    moving = {
        name
        for name, rules in takes.items()
        if any(rule.role in ("flow", "next") or _moves(rule.body, set()) for rule in rules if rule.role != "initial")
    }
    before = -1
    while len(moving) > before:
        before = len(moving)
        moving |= {
            name
            for name, rules in takes.items()
            if any(rule.role == "value" and _moves(rule.body, moving) for rule in rules)
        }
    draft.reasons += [reason for expression, reason in draft.steady if _moves(expression, moving)]


def _moves(expression: Expression, moving: set[str]) -> bool:
    return any(
        part == Clock("time") or isinstance(part, Past) or (isinstance(part, Ref) and part.variable in moving)
        for part in walk(expression)
    )
