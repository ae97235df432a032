"""RANDOM … functions: numbers that depend on what they are for and on nothing else (:mod:`sim.engine.chance`).

The seed of a call is drawn from NOISE SEED of the model (0 if it has none), the stream that the call names, the number
of the run and the number of the call; from it, the element and the step come the numbers. A range of allowed values is
kept by drawing from the part of the distribution inside it, which is what drawing again until a number fits comes to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.model.draft import Scope
from sim.model.ir import RUN, Clock, Expression, Index, Number, Op, Ref, Variable
from sim.model.selections import Arguments, Write

if TYPE_CHECKING:
    from sim.model.functions import Reader

SEED = "noise seed"
_ZERO, _HALF, _ONE = Number(0.0), Number(0.5), Number(1.0)
_ROUNDING = Number(1e-6)


def _op(name: str, *arguments: Expression) -> Op:
    return Op(name, arguments)


def uniform(read: Reader, scope: Scope, stream: Expression = _ZERO) -> Expression:
    """A number between 0 and 1 for the element and the step that the loops are at."""
    draft = read.draft
    draft.made.setdefault(RUN, Variable(RUN, "constant", (), (0.0,), made=True))
    draft.calls += 1
    known = draft.known.get(SEED)
    noise = Ref(known.name) if known and not known.axes else _ZERO
    seed = _op("uniform", noise, stream, Ref(RUN), Number(float(draft.calls)))
    element: Expression = _ZERO
    for axis in scope.axes:
        size = Number(float(len(axis.labels)))
        element = _op("add", _op("multiply", element, size), read.place_of(Index(axis.name), scope))
    since = _op("divide", _op("subtract", Clock("time"), Clock("start")), Clock("step"))
    return _op("uniform", seed, element, _ZERO, _op("integer", _op("add", since, _ROUNDING)))


def _numbers(read: Reader, arguments: Arguments, scope: Scope) -> list[Expression]:
    """The arguments as numbers, the last of them a uniform number in the place of the stream."""
    *others, stream = [read.number(argument, scope) for argument in arguments]
    return [*others, uniform(read, scope, stream)]


def _within(low: Expression, high: Expression, found: Expression) -> Expression:
    """What rounding may have put outside is put on the border."""
    return _op("maximum", low, _op("minimum", high, found))


def _between(low: Expression, high: Expression, share: Expression) -> Expression:
    return _op("add", low, _op("multiply", _op("subtract", high, low), share))


def _standard(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    return uniform(read, scope)


def _even(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    low, high, share = _numbers(read, arguments, scope)
    return _between(low, high, share)


def normal(
    low: Expression, high: Expression, mean: Expression, deviation: Expression, share: Expression
) -> Expression:
    """A normal number between two borders, by a uniform one."""

    def below(border: Expression) -> Expression:
        z = _op("divide", _op("subtract", mean, border), _op("multiply", deviation, Number(math.sqrt(2.0))))
        return _op("multiply", _HALF, _op("erfc", z))

    z = _op("quantile", _between(below(low), below(high), share))
    return _within(low, high, _op("add", mean, _op("multiply", deviation, z)))


def _normal(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    return normal(*_numbers(read, arguments, scope))


def _waiting(low: Expression, high: Expression, share: Expression) -> Expression:
    """An exponential number with mean 1 between two borders."""

    def beyond(border: Expression) -> Expression:
        return _op("exp", _op("negative", _op("maximum", border, _ZERO)))

    return _op("negative", _op("log", _between(beyond(high), beyond(low), share)))


def _exponential(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    low, high, shift, stretch, share = _numbers(read, arguments, scope)
    first, last = (_op("divide", _op("subtract", border, shift), stretch) for border in (low, high))
    return _within(low, high, _op("add", shift, _op("multiply", stretch, _waiting(first, last, share))))


def _weibull(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Mean 1 before it is stretched: the scale is one over gamma (1 + 1 / shape)."""
    low, high, shape, shift, stretch, share = _numbers(read, arguments, scope)
    scale = _op("exp", _op("negative", _op("log_gamma", _op("add", _ONE, _op("divide", _ONE, shape)))))
    unit = _op("multiply", stretch, scale)

    def waited(border: Expression) -> Expression:
        part = _op("divide", _op("subtract", border, shift), unit)
        return _op("power", _op("maximum", part, _ZERO), shape)

    power = _op("power", _waiting(waited(low), waited(high), share), _op("divide", _ONE, shape))
    return _within(low, high, _op("add", shift, _op("multiply", unit, power)))


def _triangular(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    low, high, first, peak, last, share = _numbers(read, arguments, scope)
    whole, rise, fall = (_op("subtract", *pair) for pair in ((last, first), (peak, first), (last, peak)))

    def below(border: Expression) -> Expression:
        inside = _op("maximum", first, _op("minimum", last, border))
        up, down = _op("subtract", inside, first), _op("subtract", last, inside)
        left = _op("divide", _op("multiply", up, up), _op("multiply", whole, _positive(rise)))
        right = _op("divide", _op("multiply", down, down), _op("multiply", whole, _positive(fall)))
        return _op("where", _op("less", inside, peak), left, _op("subtract", _ONE, right))

    share = _between(below(low), below(high), share)
    left = _op("add", first, _op("sqrt", _op("multiply", share, _op("multiply", whole, rise))))
    rest = _op("multiply", _op("subtract", _ONE, share), _op("multiply", whole, fall))
    right = _op("subtract", last, _op("sqrt", rest))
    found = _op("where", _op("less", _op("multiply", share, whole), rise), left, right)
    return _within(low, high, found)


def _positive(width: Expression) -> Expression:
    """A width as a divisor: where it is nothing the quotient is not used."""
    return _op("where", _op("equal", width, _ZERO), _ONE, width)


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {
    "RANDOM 0 1": ((0,), _standard),
    "RANDOM UNIFORM": ((3,), _even),
    "RANDOM NORMAL": ((5,), _normal),
    "RANDOM EXPONENTIAL": ((5,), _exponential),
    "RANDOM WEIBULL": ((6,), _weibull),
    "RANDOM TRIANGULAR": ((6,), _triangular),
}
"""By name the numbers of arguments that are possible and the translation."""
