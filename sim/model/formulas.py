"""Functions of numbers alone, each as the formula that PySD 3.14.3 works out (``py_backend/functions.py``).

PULSE and PULSE TRAIN follow Vensim's documentation, which compares with Time plus half a step; PySD leaves out the last
moment of a train and takes a width of 0 at its word.
"""

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
    "POWER": "power", "ZIDZ": "zidz", "XIDZ": "xidz", "GAMMA LN": "log_gamma",
}  # fmt: skip


def one_or_nothing(condition: Expression) -> Expression:
    """A truth value as a number."""
    return Op("where", (condition, Number(1.0), Number(0.0)))


def _operation(name: str, *arguments: Expression) -> Expression:
    return Op(name, arguments)


def _log(number: Expression, base: Expression) -> Expression:
    return Op("divide", (Op("log", (number,)), Op("log", (base,))))


def _step(height: Expression, start: Expression) -> Expression:
    return Op("multiply", (height, one_or_nothing(Op("greater", (_soon(), start)))))


def _ramp(slope: Expression, start: Expression, finish: Expression | None = None) -> Expression:
    begun = one_or_nothing(Op("greater", (Op("add", (_TIME, _SMALL)), start)))
    last = _TIME if finish is None else Op("minimum", (finish, _TIME))
    return Op("multiply", (Op("multiply", (begun, slope)), Op("subtract", (last, start))))


def _soon() -> Expression:
    """Time and half a step: what rounding may do to the time doesn't matter then."""
    return Op("add", (_TIME, Op("divide", (Clock("step"), Number(2.0)))))


def _pulse(start: Expression, width: Expression) -> Expression:
    """1 from the start on for the width; a width of 0 is one step."""
    if isinstance(width, Number):
        width = width if width.value else Clock("step")
    else:
        width = Op("where", (Op("equal", (width, Number(0.0))), Clock("step"), width))
    begun = Op("greater", (_soon(), start))
    return one_or_nothing(Op("and", (begun, Op("less", (_soon(), Op("add", (start, width)))))))


def _pulse_train(start: Expression, width: Expression, repeat: Expression, end: Expression) -> Expression:
    """A PULSE at the start and at every ``repeat`` after it, each by the rule of PULSE, up to the end and at it.

    A pulse no wider than a step lasts one step, the first after its beginning; all the time is a pulse where the next
    comes before the last is over.
    """
    step = Clock("step")
    since = Op("subtract", (_soon(), start))
    into = Op("modulo", (since, repeat))
    # at the very beginning of a pulse the one before counts
    into = Op("where", (Op("greater", (into, Number(0.0))), into, repeat))
    one_step = Op("and", (Op("less_equal", (width, step)), Op("less_equal", (into, step))))
    inside = Op("or", (Op("less", (into, width)), one_step))
    last = Op("less", (_TIME, Op("add", (end, _SMALL))))
    return one_or_nothing(Op("and", (Op("and", (Op("greater", (since, Number(0.0))), last)), inside)))


def _time_base(start: Expression, slope: Expression) -> Expression:
    return Op("add", (start, Op("multiply", (slope, _TIME))))


FORMULAS: Mapping[str, tuple[tuple[int, ...], Callable[..., Expression]]] = {
    **{name: ((OPERATORS[operator],), partial(_operation, operator)) for name, operator in _OPERATIONS.items()},
    "LOG": ((2,), _log),
    "PI": ((0,), lambda: Number(math.pi)),
    "GAME": ((1,), lambda played: played),
    "STEP": ((2,), _step),
    "RAMP": ((2, 3), _ramp),
    "PULSE": ((2,), _pulse),
    "PULSE TRAIN": ((4,), _pulse_train),
    "TIME BASE": ((2,), _time_base),
}
"""By name the possible numbers of arguments, and the formula of the arguments."""
