"""Functions of numbers alone, each as the formula that PySD 3.14.3 works out (``py_backend/functions.py``)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from sim.model.ir import OPERATORS, Clock, Expression, Number, Op

_SMALL = Number(1e-6)
"""What the language takes for nothing when it compares times."""

_TIME = Clock("time")

_OPERATIONS = {
    "EXP": "exp", "LN": "log", "SQRT": "sqrt", "ABS": "absolute", "SIN": "sin", "COS": "cos", "TAN": "tan",
    "ARCSIN": "arcsin", "ARCCOS": "arccos", "ARCTAN": "arctan", "SINH": "sinh", "COSH": "cosh", "TANH": "tanh",
    "MIN": "minimum", "MAX": "maximum", "INTEGER": "integer", "MODULO": "modulo", "QUANTUM": "quantum",
    "POWER": "power", "ZIDZ": "zidz", "XIDZ": "xidz",
}  # fmt: skip


def one_or_nothing(condition: Expression) -> Expression:
    """A truth value as a number."""
    return Op("where", (condition, Number(1.0), Number(0.0)))


def _operation(name: str, *arguments: Expression) -> Expression:
    return Op(name, arguments)


def _log(number: Expression, base: Expression) -> Expression:
    return Op("divide", (Op("log", (number,)), Op("log", (base,))))


def _step(height: Expression, start: Expression) -> Expression:
    soon = Op("add", (_TIME, Op("divide", (Clock("step"), Number(2.0)))))
    return Op("multiply", (height, one_or_nothing(Op("greater", (soon, start)))))


def _ramp(slope: Expression, start: Expression, finish: Expression | None = None) -> Expression:
    begun = one_or_nothing(Op("greater", (Op("add", (_TIME, _SMALL)), start)))
    last = _TIME if finish is None else Op("minimum", (finish, _TIME))
    return Op("multiply", (Op("multiply", (begun, slope)), Op("subtract", (last, start))))


def _pulse(start: Expression, width: Expression) -> Expression:
    begun = Op("less_equal", (Op("subtract", (start, _SMALL)), _TIME))
    return one_or_nothing(Op("and", (begun, Op("less", (_TIME, Op("add", (start, width)))))))


def _pulse_train(start: Expression, width: Expression, repeat: Expression, end: Expression) -> Expression:
    going = Op("and", (Op("less_equal", (start, _TIME)), Op("less", (_TIME, end))))
    since = Op("add", (Op("subtract", (_TIME, start)), _SMALL))
    inside = Op("less", (Op("modulo", (since, repeat)), width))
    again = one_or_nothing(Op("and", (going, inside)))
    if isinstance(repeat, Number):
        return again if repeat.value else _pulse(start, width)
    return Op("where", (Op("equal", (repeat, Number(0.0))), _pulse(start, width), again))


FORMULAS: Mapping[str, tuple[tuple[int, ...], Callable[..., Expression]]] = {
    **{name: ((OPERATORS[operator],), partial(_operation, operator)) for name, operator in _OPERATIONS.items()},
    "LOG": ((2,), _log),
    "PI": ((0,), lambda: Number(math.pi)),
    "GAME": ((1,), lambda played: played),
    "STEP": ((2,), _step),
    "RAMP": ((2, 3), _ramp),
    "PULSE": ((2,), _pulse),
    "PULSE TRAIN": ((4,), _pulse_train),
}
"""By name the possible numbers of arguments, and the formula of the arguments."""
