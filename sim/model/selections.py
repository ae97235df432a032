"""Functions that choose: IF THEN ELSE, sums and their like over all elements, VECTOR SELECT, the size of a range."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from typing import Literal as Choice

from sim.model.draft import Scope
from sim.model.formulas import one_or_nothing
from sim.model.ir import Clock, Expression, Number, Op, Reduce
from sim.model.syntax import REDUCTIONS, SELECT, Literal, Name, Syntax

if TYPE_CHECKING:
    from sim.model.functions import Reader

Arguments = tuple[Syntax, ...]
Which = Choice["time", "start"]
Write = Callable[["Reader", Arguments, Scope], Expression]
"""Gives the expression for a call: the reader, the arguments as they are written, and where the call stands."""

NOTHING_GIVEN = Number(math.nan)
"""What an error of the language gives: the run then fails and says where."""

_SELECTED = {
    **dict.fromkeys((0, 4, 6, 10), ("sum", 0.0)), **dict.fromkeys((1, 5, 7), ("product", 1.0)),
    **dict.fromkeys((2, 8), ("minimum", math.inf)), **dict.fromkeys((3, 9), ("maximum", -math.inf)),
}  # fmt: skip
"""By numerical action of VECTOR SELECT the reduction, and the number that changes nothing in it."""


def _if(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    condition, then, otherwise = arguments
    return Op("where", (read.truth(condition, scope), read.number(then, scope), read.number(otherwise, scope)))


def _elements(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    over = read.draft.ranges.range(arguments[0].name) if isinstance(arguments[0], Name) else None
    if over is None:
        return read.draft.missing(scope, "ELMCOUNT")
    return Number(float(len(read.draft.ranges.labels[over])))


def _time_value(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Time or the initial time and an offset, in the units of the model; a calendar the text doesn't hold."""
    relative, offset, measure = arguments
    clocks: Mapping[float, Which] = {0.0: "time", 1.0: "start"}
    which = clocks.get(relative.value) if isinstance(relative, Literal) else None
    if which is None:
        return read.draft.missing(scope, "GET TIME VALUE(relativeto, …)")
    if not isinstance(measure, Literal) or measure.value != 0:
        return read.draft.missing(scope, "GET TIME VALUE(…, measure)")
    return Op("add", (Clock(which), read.number(offset, scope)))


def _reduction(function: str) -> Write:
    """SUM and its like."""

    def write(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
        inner = read.over(arguments, function, scope)
        if inner is None:
            return Number(0.0)
        loops = inner.loops[len(scope.axes) :]
        return Reduce(REDUCTIONS[function], loops, read.number(arguments[0], inner))  # type: ignore[arg-type]

    return write


def _select(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """A reduction over the elements that are selected, another number where there are none."""
    selection, expression, missing, action, on_error = arguments
    inner = read.over((selection, expression), SELECT, scope)
    chosen = action.value if isinstance(action, Literal) else -1
    error = on_error.value if isinstance(on_error, Literal) else -1
    if error not in range(4) or chosen not in range(11):
        return read.draft.missing(scope, SELECT)
    if inner is None:
        return Number(0.0)
    loops = inner.loops[len(scope.axes) :]
    weight, value = read.number(selection, inner), read.number(expression, inner)
    picked = Op("not_equal", (weight, Number(0.0)))
    if chosen < 5:
        value = Op("multiply", (weight, value))
    elif chosen == 5:
        value = Op("power", (weight, value))  # as documented; PySD takes them the other way round
    operator, neutral = _SELECTED[int(chosen)]
    found: Expression = Reduce(operator, loops, Op("where", (picked, value, Number(neutral))))  # type: ignore[arg-type]
    count = Reduce("sum", loops, one_or_nothing(picked))
    if chosen in (4, 10):
        found = Op("divide", (found, count))
    nothing = Op("equal", (count, Number(0.0)))
    found = Op("where", (nothing, NOTHING_GIVEN if error in (1, 3) else read.number(missing, scope), found))
    if error in (2, 3):
        found = Op("where", (Op("greater", (count, Number(1.0))), NOTHING_GIVEN, found))
    return found


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {
    "IF THEN ELSE": ((3,), _if),
    "ELMCOUNT": ((1,), _elements),
    "GET TIME VALUE": ((3,), _time_value),
    SELECT: ((5,), _select),
    **{function: ((1,), _reduction(function)) for function in REDUCTIONS},
}
"""By name the numbers of arguments that are possible and the translation."""
