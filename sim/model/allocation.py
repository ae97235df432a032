"""ALLOCATE AVAILABLE, ALLOCATE BY PRIORITY and the market functions, as Vensim's chapter on allocation describes them.

Every party has a curve that says what share of its quantity it takes at a price (or priority): falling for demand, its
mirror image for supply. What is looked for is the price at which the total fits. The total falls, or stays, as the
price rises, so the price is enclosed (:mod:`sim.model.enclosing`); fourteen rounds leave 2e-13 of what lay between the
bounds, and a straight line is drawn there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model.draft import Axis, Scope
from sim.model.enclosing import enclose, keep
from sim.model.equations import plain
from sim.model.ir import Expression, Number, Op, Reduce, Ref
from sim.model.selections import NOTHING_GIVEN, Arguments, Write
from sim.model.syntax import Name, Syntax
from sim.model.vectors import last_range

if TYPE_CHECKING:
    from sim.model.functions import Reader

ROUNDS = 14
_ZERO, _HALF, _ONE, _TWO = Number(0.0), Number(0.5), Number(1.0), Number(2.0)
Curve = Callable[[Expression], Expression]


def _op(name: str, *arguments: Expression) -> Op:
    return Op(name, arguments)


def _all(_: Expression) -> Expression:
    return _ONE


def _rectangular(z: Expression) -> Expression:
    return _op("maximum", _ZERO, _op("minimum", _ONE, _op("subtract", _HALF, z)))


def _triangular(z: Expression) -> Expression:
    below = _op("maximum", _ZERO, _op("add", z, _HALF))
    above = _op("maximum", _ZERO, _op("subtract", _HALF, z))
    first = _op("subtract", _ONE, _op("multiply", _TWO, _op("multiply", below, below)))
    second = _op("multiply", _TWO, _op("multiply", above, above))
    return _op("where", _op("less", z, _ZERO), first, second)


def _normal(z: Expression) -> Expression:
    return _op("multiply", _HALF, _op("erfc", _op("multiply", z, Number(math.sqrt(0.5)))))


def _exponential(z: Expression) -> Expression:
    tail = _op("multiply", _HALF, _op("exp", _op("negative", _op("absolute", z))))
    return _op("where", _op("less", z, _ZERO), _op("subtract", _ONE, tail), tail)


CURVES: Mapping[int, tuple[Curve, float]] = {
    0: (_all, 0.0), 1: (_rectangular, 0.5), 2: (_triangular, 0.5), 3: (_normal, 9.0), 4: (_exponential, 40.0),
}  # fmt: skip
"""By type of a priority profile the share that is taken, over the distance of the price from the middle in widths, and
at how many widths from the middle next to nothing changes any more."""


@dataclass(frozen=True)
class Side:
    """Those who ask, or those who offer.

    Parameters
    ----------
    kinds
        The types of profile that occur.
    """

    quantity: Expression
    kind: Expression
    middle: Expression
    width: Expression
    kinds: tuple[int, ...]
    offers: bool = False

    def taken(self, price: Expression) -> Expression:
        """What one of them takes or gives at a price."""
        z = _op("divide", _op("subtract", price, self.middle), self.width)
        if self.offers:
            z = _op("negative", z)
        share: Expression = NOTHING_GIVEN
        for kind in self.kinds:
            share = _op("where", _op("equal", self.kind, Number(float(kind))), CURVES[kind][0](z), share)
        if self.kinds == (1,) and self.kind == _ONE:
            share = _rectangular(z)
        return _op("multiply", self.quantity, share)

    def end(self, operator: str) -> Expression:
        """A price beyond which next to nothing changes: above for ``add``, below for ``subtract``."""
        reach = max(CURVES[kind][1] for kind in self.kinds)
        return _op(operator, self.middle, _op("multiply", Number(reach), self.width))


class Market:
    """Both sides of a market in one scope; offers may also be one number."""

    def __init__(self, read: Reader, scope: Scope) -> None:
        self.read, self.scope = read, scope
        self.sides: list[tuple[Side, Axis]] = []
        self.offered: Expression = _ZERO

    def _over(self, operator: str, body: Expression, axis: Axis) -> Expression:
        return Reduce(operator, ((axis.name, axis.over),), body)  # type: ignore[arg-type]

    def _excess(self, price: Expression) -> Expression:
        """By how much more is asked for than offered at a price."""
        total = _op("negative", self.offered)
        for side, axis in self.sides:
            sign = "subtract" if side.offers else "add"
            total = _op(sign, total, self._over("sum", side.taken(price), axis))
        return total

    def price(self) -> Expression:
        """The price at which as much is asked for as offered."""
        low, high = (self._bound(*how) for how in (("minimum", "subtract"), ("maximum", "add")))

        def asked_for_more(at: Expression, scope: Scope) -> Expression:
            return _op("greater_equal", keep(self.read, "excess", self._excess(at), scope), _ZERO)

        bottom, width = enclose(self.read, self.scope, (low, high), asked_for_more, ROUNDS)
        left, right = (self.kept("excess", self._excess(x)) for x in (bottom, _op("add", bottom, width)))
        fall = _op("subtract", left, right)
        share = _op("where", _op("greater", fall, _ZERO), _op("divide", left, fall), _ZERO)
        inside = _op("maximum", _ZERO, _op("minimum", _ONE, share))
        return self.kept("price", _op("add", bottom, _op("multiply", width, inside)))

    def _bound(self, operator: str, away: str) -> Expression:
        first, *others = (self._over(operator, side.end(away), axis) for side, axis in self.sides)
        for other in others:
            first = _op(operator, first, other)
        return first

    def kept(self, word: str, body: Expression) -> Ref:
        """A part as a variable of its own."""
        return keep(self.read, word, body, self.scope)


def _profile(read: Reader, profile: Syntax, function: str, scope: Scope) -> tuple[list[Name], tuple[int, ...]] | None:
    """Type, middle and width of a priority profile as names, and the types that may occur."""
    known = read.draft.known.get(plain(profile.name)) if isinstance(profile, Name) else None
    if known is None or not isinstance(profile, Name) or len(known.axes) < 2 or not profile.subscripts:
        read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
        return None
    labels = read.draft.ranges.labels[known.axes[-1]]
    if len(labels) < 3:
        read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
        return None
    if plain(profile.subscripts[-1]) != plain(labels[0]):
        values = {"function": function, "reference": str(profile), "first": labels[0]}
        read.draft.mistake(scope, "model_profile_first", values)
        return None
    names = [Name(profile.name, (*profile.subscripts[:-1], label)) for label in labels[:3]]
    variable = read.draft.variables.get(known.name)
    if variable is None or variable.kind != "constant" or not variable.values:
        return names, tuple(CURVES)
    kinds = sorted({round(kind) for kind in variable.values[:: len(labels)]})
    strange = [kind for kind in kinds if kind not in CURVES]
    if strange:
        read.draft.missing(scope, f"{function}(ptype {strange[0]})")
        return None
    return names, tuple(kinds)


def _side(
    read: Reader, quantity: Syntax, profile: Syntax, function: str, scope: Scope, *, offers: bool = False
) -> Side | None:
    found = _profile(read, profile, function, scope)
    if found is None:
        return None
    kind, middle, width = (read.number(name, scope) for name in found[0])
    return Side(read.number(quantity, scope), kind, middle, width, found[1], offers)


def _available(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    request, profile, available = arguments
    function = "ALLOCATE AVAILABLE"
    return _allocate(read, request, available, function, scope, lambda at: _side(read, request, profile, function, at))


def _by_priority(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    request, priority, _, width, supply = arguments

    def side(at: Scope) -> Side:
        return Side(read.number(request, at), _ONE, read.number(priority, at), read.number(width, at), (1,))

    return _allocate(read, request, supply, "ALLOCATE BY PRIORITY", scope, side)


def _allocate(
    read: Reader, request: Syntax, available: Syntax, function: str, scope: Scope,
    side: Callable[[Scope], Side | None],
) -> Expression:  # fmt: skip
    """What the party that the left side is at gets of what there is: no more than it asks for."""
    found = last_range(read, request, function, scope)
    if found is None:
        return _ZERO
    all_of, mine = side(found[0]), side(scope)
    if all_of is None or mine is None:
        return _ZERO
    market = Market(read, scope)
    market.sides.append((all_of, found[1]))
    market.offered = read.number(available, scope)
    total = market.kept("requested", market._over("sum", all_of.quantity, found[1]))
    share = _op("where", _op("less_equal", market.offered, _ZERO), _ZERO, mine.taken(market.price()))
    return _op("where", _op("less_equal", total, market.offered), mine.quantity, share)


def _first_range(
    read: Reader, quantity: Syntax, profile: Syntax, function: str, scope: Scope
) -> tuple[Name, Name] | None:
    """Quantity and profile with the range in the place of the first element that the call names."""
    known = read.draft.known.get(plain(quantity.name)) if isinstance(quantity, Name) else None
    if known is None or not known.axes or not isinstance(quantity, Name) or not isinstance(profile, Name):
        read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
        return None
    if len(profile.subscripts) < 2 or not quantity.subscripts:
        read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
        return None
    over = known.axes[-1]
    whole = Name(profile.name, (*profile.subscripts[:-2], over, profile.subscripts[-1]))
    return Name(quantity.name, (*quantity.subscripts[:-1], over)), whole


def _market_price(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    function, market = "FIND MARKET PRICE", Market(read, scope)
    for offers in (False, True):
        quantity, profile = arguments[2:] if offers else arguments[:2]
        names = _first_range(read, quantity, profile, function, scope)
        found = last_range(read, names[0], function, scope) if names else None
        side = _side(read, *names, function, found[0], offers=offers) if names and found else None
        if found is None or side is None:
            return _ZERO
        market.sides.append((side, found[1]))
    return market.price()


def _at_price(function: str, *, offers: bool) -> Write:
    def write(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
        quantity, profile, price = arguments
        side = _side(read, quantity, profile, function, scope, offers=offers)
        return side.taken(read.number(price, scope)) if side else _ZERO

    return write


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {
    "ALLOCATE AVAILABLE": ((3,), _available),
    "ALLOCATE BY PRIORITY": ((5,), _by_priority),
    "FIND MARKET PRICE": ((4,), _market_price),
    "DEMAND AT PRICE": ((3,), _at_price("DEMAND AT PRICE", offers=False)),
    "SUPPLY AT PRICE": ((3,), _at_price("SUPPLY AT PRICE", offers=True)),
}
"""By name the numbers of arguments that are possible and the translation."""
