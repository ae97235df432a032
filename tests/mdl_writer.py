"""Random models (:mod:`tests.random_models`) to read: in Vensim's language for PySD, and as lists for failed tests."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sim.model.ir import (
    Clock,
    Equation,
    Equations,
    Expression,
    Index,
    Look,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
    Variable,
    parts,
    walk,
)
from tests.kernels import mdl

INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "^", "less": "<", "less_equal": "<=",
         "greater": ">", "greater_equal": ">=", "equal": "=",
         "not_equal": "<>", "and": ":AND:", "or": ":OR:"}  # fmt: skip
CALLS = {"exp": "EXP", "log": "LN", "sqrt": "SQRT", "absolute": "ABS", "sin": "SIN", "cos": "COS", "tan": "TAN",
         "arcsin": "ARCSIN", "arccos": "ARCCOS", "arctan": "ARCTAN", "sinh": "SINH", "cosh": "COSH", "tanh": "TANH",
         "minimum": "MIN", "maximum": "MAX", "integer": "INTEGER", "modulo": "MODULO", "quantum": "QUANTUM",
         "zidz": "ZIDZ", "xidz": "XIDZ", "where": "IF THEN ELSE"}  # fmt: skip
GATHERS = {"sum": "SUM", "product": "PROD", "minimum": "VMIN", "maximum": "VMAX"}
TIMES = {"time": "Time", "step": "TIME STEP", "start": "INITIAL TIME", "end": "FINAL TIME", "saveper": "SAVEPER"}


def text_of(equations: Equations) -> str:
    """A model file that says the same; its clock is that of the equations."""
    writer = _Writer(equations)
    lines = [f"{name}: {', '.join(labels)} ~~|" for name, labels in equations.ranges.items() if name != "mate"]
    for variable in equations.variables.values():
        lines += writer.data(variable) if variable.values else writer.rules(variable)
    return mdl("\n".join(lines) + "\n", equations.clocks.end, equations.clocks.step)


class _Writer:
    def __init__(self, equations: Equations) -> None:
        self.equations = equations

    def data(self, variable: Variable) -> list[str]:
        if variable.kind == "lookup":
            points = ", ".join(f"({x!r},{y!r})" for x, y in zip(variable.points, variable.values, strict=True))
            return [f"{variable.name}({points}) ~~|"]
        if not variable.axes:
            return [f"{variable.name} = {variable.values[0]!r} ~~|"]
        row = len(self.equations.ranges[variable.axes[-1]])
        rows = [variable.values[first : first + row] for first in range(0, len(variable.values), row)]
        body = "; ".join(", ".join(map(repr, found)) for found in rows) + ("; " if len(variable.axes) > 1 else "")
        return [f"{variable.name}[{', '.join(variable.axes)}] = {body} ~~|"]

    def rules(self, variable: Variable) -> list[str]:
        mine = [e for e in self.equations.equations if e.variable == variable.name]
        if variable.kind == "stock":
            first, flow = (next(e for e in mine if e.role == role) for role in ("initial", "flow"))
            return [f"{self.target(flow)} = INTEG({self.text(flow.body)}, {self.text(first.body)}) ~~|"]
        return [f"{self.target(e)} = {self.text(e.body)} ~~|" for e in mine]

    def target(self, equation: Equation) -> str:
        return equation.variable + self.places(equation.variable, equation.target)

    def places(self, name: str, index: tuple[Index, ...]) -> str:
        axes = self.equations.variables[name].axes
        found = [
            self.equations.ranges[axis][one.at(0)] if one.axis is None else re.sub("!+", "!", one.axis)
            for one, axis in zip(index, axes, strict=True)
        ]
        return f"[{', '.join(found)}]" if found else ""

    def text(self, expression: Expression) -> str:
        match expression:
            case Number(value=value):
                return repr(value) if value >= 0 else f"({value!r})"
            case Clock(which=which):
                return TIMES[which]
            case Ref(variable=name, index=index):
                return name + self.places(name, index)
            case Look(table=name, argument=argument):
                return f"{name}({self.text(argument)})"
            case Past(variable=name, index=index, delay=delay, initial=initial):
                return f"DELAY FIXED({name}{self.places(name, index)}, {self.text(delay)}, {self.text(initial)})"
            case Reduce(operator=operator, body=body):
                return f"{GATHERS[operator]}({self.text(body)})"
            case Op(name=name, arguments=arguments):
                return self.operation(name, [self.text(argument) for argument in arguments])

    @staticmethod
    def operation(name: str, texts: list[str]) -> str:
        if name in INFIX:
            return f"({texts[0]} {INFIX[name]} {texts[1]})"
        if name == "negative":
            return f"(-{texts[0]})"
        if name == "not":
            return f"(:NOT: {texts[0]})"
        return f"{CALLS[name]}({', '.join(texts)})"


# --- lists


def spelled(expression: Expression) -> str:
    """An expression short enough to read in a failed test.

    >>> spelled(Op("add", (Ref("x", (Index("park"), Index(None, (2,)))), Number(1.0))))
    'add(x[park,2], 1)'
    """
    inner = ", ".join(map(spelled, parts(expression)))
    match expression:
        case Number(value=value):
            return f"{value:g}"
        case Clock(which=which):
            return which
        case Ref(variable=name, index=index):
            return f"{name}[{_places(index)}]" if index else name
        case Op(name=name):
            return f"{name}({inner})"
        case Reduce(operator=operator, axes=axes):
            return f"{operator}<{','.join(a for a, _ in axes)}>({inner})"
        case Look(table=name, index=index) | Past(variable=name, index=index):
            return f"{name}[{_places(index)}]({inner})"


def _places(index: tuple[Index, ...]) -> str:
    told = []
    for one in index:
        where = "" if one.positions is None else ".".join(map(str, one.positions))
        told.append(where if one.axis is None else f"{one.axis}:{where}" if where else one.axis)
    return ",".join(told)


def listing(equations: Equations, names: Iterable[str]) -> str:
    """The equations of some variables and what they take, one a line."""
    wanted, seen = list(names), list[str]()
    lines = []
    while wanted:
        name = wanted.pop(0)
        if name in seen:
            continue
        seen.append(name)
        variable = equations.variables[name]
        if variable.values:
            lines.append(f"{name} {variable.axes} = {variable.points} {variable.values[:30]}")
        for equation in equations.equations:
            if equation.variable == name:
                target = f"[{_places(equation.target)}]"
                lines.append(f"{name}{target} {equation.role} {equation.loops} = {spelled(equation.body)}")
                wanted += [p.variable for p in walk(equation.body) if isinstance(p, Ref | Past)]
                wanted += [p.table for p in walk(equation.body) if isinstance(p, Look)]
    return "\n".join(lines)
