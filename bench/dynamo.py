"""Equations in DYNAMO's way of writing, as the package pydynamo-w spells them, written as a Vensim model.

``x.k`` is a value now, ``x.j`` that of the step before, ``x.i`` the first one; at the first moment ``x.j`` is ``x.i``.
Two models can be written of the same equations. The *stepped* one says what the package's own simulation does, moment
by moment, with nothing but functions of Vensim:

- an auxiliary's ``x.j`` is ``DELAY FIXED(x, TIME STEP, x)``;
- ``y.k = y.j + dt * r.j`` is ``INTEG(r, y.i)``; with ``r.k`` in the place of ``r.j`` the sum runs from the second
  moment to this one, which is the stock of ``r`` with this moment's added and the first one's taken away;
- ``smooth(x.k, t)`` is ``SMOOTH(x, t)``: the package hands out the level before it takes the value in;
- ``delay3(x.k, t)`` and ``dlinf3(x.k, t)`` take the value in first, so that they are ``DELAY3`` a step early: its three
  stages, and what the last one will hold after the step. Of ``x.j`` they are ``DELAY3(x, t)`` as it is;
- ``clip(a, b, x, y)`` is a if x > y (DYNAMO's own takes a also where x = y);
- ``v.i`` beside an equation that is no stock is the value at the first moment, whatever the equation says.

The *plain* one is what a modeller would write, every value of the same moment (first values as above). Both come to the
same as the step goes to nothing. The facts about the package are read from its source (version 0.0.2:
``core/delays.py``, ``core/specials.py`` and ``core/system.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

OPERATORS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
FUNCTIONS = {"max": "MAX", "min": "MIN", "abs": "ABS", "exp": "EXP", "sqrt": "SQRT"}
DELAYS = ("delay3", "dlinf3")
CLOCK = ("initial_time", "final_time", "dt")
"""Constants that are Vensim's own, blanks and underscores being the same."""
CONTROL = """
********************************************************
	.Control
********************************************************~
		Simulation Control Parameters
	|
INITIAL TIME = {start} ~ ~ |
FINAL TIME = {end} ~ ~ |
TIME STEP = {step} ~ ~ |
SAVEPER = TIME STEP ~ ~ |
"""


class NotReadError(ValueError):
    """An equation of a form that is not known here."""


@dataclass
class Definitions:
    """What the lines define: the last line of a name holds, as in the package."""

    constants: dict[str, ast.expr] = field(default_factory=dict)
    tables: dict[str, tuple[float, ...]] = field(default_factory=dict)
    first: dict[str, ast.expr] = field(default_factory=dict)
    now: dict[str, ast.expr] = field(default_factory=dict)


def read(lines: Iterable[str]) -> Definitions:
    """Sort the equations by what they define.

    >>> sorted(read(["a.k = a.j + dt * b.j", "a.i = 5", "b.k = 2 * c", "c = 3"]).now)
    ['a', 'b']
    """
    found = Definitions()
    for statement in ast.parse("\n".join(line.strip() for line in lines)).body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a text that stands for a comment
        if not isinstance(statement, ast.Assign):
            raise NotReadError(ast.unparse(statement))
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            (found.first if target.attr == "i" else found.now)[target.value.id] = value
        elif isinstance(target, ast.Name) and isinstance(value, ast.List):
            found.tables[target.id] = tuple(ast.literal_eval(value))
        elif isinstance(target, ast.Name):
            found.constants[target.id] = value
        else:
            raise NotReadError(ast.unparse(statement))
    return found


def vensim(lines: Iterable[str], start: float, end: float, step: float, *, stepped: bool = True) -> str:
    """The text of a Vensim model of these equations.

    >>> print(vensim(["a.k = a.j + dt * b.j", "a.i = 5", "b.k = 2 * a.k"], 0, 4, 1).splitlines()[1])
    a = INTEG(b, 5) ~ ~ |
    """
    found = read(lines)
    writer = Writer(found, stepped)
    for name, value in found.constants.items():
        if name not in CLOCK:
            writer.entry(name, writer.spelled(value))
    for name, value in found.now.items():
        writer.variable(name, value)
    return "\n".join(["{UTF-8}", *writer.entries.values(), CONTROL.format(start=start, end=end, step=step)])


class Writer:
    """Writes one variable after another, and what each needs beside it."""

    def __init__(self, found: Definitions, stepped: bool) -> None:
        self.found, self.stepped = found, stepped
        self.entries: dict[str, str] = {}
        self.owner = ""

    def entry(self, name: str, right: str) -> str:
        self.entries[name] = f"{name} = {right} ~ ~ |"
        return name

    def variable(self, name: str, value: ast.expr) -> None:
        """The entry of one variable."""
        self.owner = name
        flow = growth(name, value)
        first = self.found.first.get(name)
        begun = self.spelled(first) if first is not None else ""
        if flow is None:
            right = self.spelled(value)
            if begun:
                # held at the first moment, and nothing of the equation is needed for it
                right = f"ACTIVE INITIAL(IF THEN ELSE(Time > INITIAL TIME, {right}, {begun}), {begun})"
            self.entry(name, right)
        elif not self.stepped or not suffixes(flow) & {"k"}:
            self.entry(name, f"INTEG({self.spelled(flow, same=True)}, {begun})")
        else:
            rate = self.entry(f"rate of {name}", self.spelled(flow))
            total = self.entry(f"sum of {name}", f"INTEG({rate}, {begun})")
            self.entry(name, f"ACTIVE INITIAL({total} + TIME STEP * ({rate} - INITIAL({rate})), {begun})")

    def spelled(self, node: ast.expr, *, same: bool = False) -> str:
        """An expression; ``same``: the step before is now, as in the flow of a stock."""
        match node:
            case ast.Constant(value=int() | float() as number):
                return repr(number)
            case ast.Name(id="dt"):
                return "TIME STEP"
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=ast.Name(id=name), attr=suffix):
                name = "Time" if name == "time" else name
                return name if suffix == "k" or same or not self.stepped else self.before(name)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return f"(-{self.spelled(inner, same=same)})"
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
                one, other = self.spelled(left, same=same), self.spelled(right, same=same)
                return f"({one} {OPERATORS[type(operator)]} {other})"
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self.call(function, arguments, same)
        raise NotReadError(ast.unparse(node))

    def before(self, name: str) -> str:
        """An auxiliary that holds the value of the step before."""
        return self.entry(f"before {name}", f"DELAY FIXED({name}, TIME STEP, {name})")

    def call(self, function: str, arguments: list[ast.expr], same: bool) -> str:
        if function == "tabhl":
            return self.table(arguments, same)
        if function in DELAYS and self.stepped and suffixes(arguments[0]) == {"k"}:
            return self.early_delay(arguments)
        parts = [self.spelled(argument, same=same) for argument in arguments]
        match function, parts:
            case "clip", [then, otherwise, one, other]:
                return f"IF THEN ELSE({one} > {other}, {then}, {otherwise})"
            case "smooth", [_, period]:
                return self.smooth(arguments[0], period)
            case "delay3" | "dlinf3", [_, period]:
                # the value of the step before is what DELAY3 takes in on its way to this one
                return f"DELAY3({self.spelled(arguments[0], same=True)}, {period})"
            case "log", [one]:
                return f"LN({one})"
            case "log", [one, base]:
                return f"LOG({one}, {base})"
        if function in FUNCTIONS:
            return f"{FUNCTIONS[function]}({', '.join(parts)})"
        raise NotReadError(f"{function}({', '.join(parts)})")

    def smooth(self, value: ast.expr, period: str) -> str:
        """A first-order average, held in a variable of its own, so that it stands in no condition."""
        if self.stepped and self.owner in self.found.first and suffixes(value) != {"j"}:
            raise NotReadError(f"{self.owner}: an average with a first value of its own, of a value of now")
        return self.entry(f"smooth of {self.owner}", f"SMOOTH({self.spelled(value)}, {period})")

    def early_delay(self, arguments: list[ast.expr]) -> str:
        """DELAY3 as it will be after this step, which needs the last two of its stages only."""
        value, period = map(self.spelled, arguments)
        stages = [f"stage {number} of {self.owner}" for number in (1, 2, 3)]
        for stage, given in zip(stages, [value, *stages], strict=False):
            self.entry(stage, f"INTEG(({given} - {stage}) * 3 / {period}, {value})")
        return f"({stages[2]} + TIME STEP * ({stages[1]} - {stages[2]}) * 3 / {period})"

    def table(self, arguments: list[ast.expr], same: bool) -> str:
        """A lookup that holds its ends, as all of Vensim's do when called."""
        table, value, *edges = arguments
        low, high, gap = map(ast.literal_eval, edges)
        points = self.found.tables[table.id] if isinstance(table, ast.Name) else ()
        if len(points) != round((high - low) / gap) + 1:
            raise NotReadError(f"{self.owner}: {len(points)} points from {low} to {high} by {gap}")
        pairs = ",".join(f"({low + number * gap!r},{y!r})" for number, y in enumerate(points))
        name = f"table of {self.owner}"
        self.entries[name] = f"{name}({pairs}) ~ ~ |"
        return f"{name}({self.spelled(value, same=same)})"


def growth(name: str, value: ast.expr) -> ast.expr | None:
    """The flow of ``name.k = name.j + dt * flow``; none if the equation is no stock's."""
    match value:
        case ast.BinOp(
            left=ast.Attribute(value=ast.Name(id=own), attr="j"),
            op=ast.Add() | ast.Sub() as sign,
            right=ast.BinOp(left=ast.Name(id="dt"), op=ast.Mult(), right=flow),
        ) if own == name:
            return flow if isinstance(sign, ast.Add) else ast.UnaryOp(ast.USub(), flow)
    return None


def suffixes(node: ast.AST) -> set[str]:
    """The moments of the values in an expression: ``k`` for now, ``j`` for the step before, however that is spelled."""
    return {"k" if one.attr == "k" else "j" for one in ast.walk(node) if isinstance(one, ast.Attribute)}
