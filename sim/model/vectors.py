"""VECTOR SORT ORDER, VECTOR RANK, VECTOR REORDER and VECTOR ELM MAP as sums over all elements.

Who comes before whom is counted, so nothing is sorted: the work grows with the square of the number of elements, and
is the same in every run. Equal elements keep the order of their range, in both directions; Vensim promises no order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.model.draft import Axis, Scope
from sim.model.equations import plain
from sim.model.formulas import one_or_nothing
from sim.model.ir import Expression, Index, Number, Op, Reduce, Ref, Variable
from sim.model.selections import Arguments, Write
from sim.model.syntax import Call, Name, Syntax, within
from sim.model.tables import NA

if TYPE_CHECKING:
    from sim.model.functions import Reader

_ONE, _HALF = Number(1.0), Number(0.5)
MOST_MAPPED = 100_000
"""Elements of a variable that VECTOR ELM MAP goes through for each of its own."""


def subscripted(syntax: Syntax) -> Iterator[tuple[str, ...]]:
    """Subscripts of every name in an expression that has some, in the order of the text."""
    if isinstance(syntax, Name | Call) and syntax.subscripts:
        yield syntax.subscripts
    for part in within(syntax):
        yield from subscripted(part)


def last_range(read: Reader, vector: Syntax, function: str, scope: Scope) -> tuple[Scope, Axis] | None:
    """A loop over the range of a vector's last subscript; nothing, and a mistake noted, if it has none."""
    names = next(subscripted(vector), ())
    found = read.along(names[-1], scope) if names else None
    if found is None:
        read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
    return found


def _comes_before(first: Expression, second: Expression, rising: Expression, earlier: Expression) -> Expression:
    """Whether an element comes before another: smaller (or larger), or as large and earlier in the range."""
    smaller = Op("and", (rising, Op("less", (first, second))))
    larger = Op("and", (Op("not", (rising,)), Op("greater", (first, second))))
    as_large = Op("and", (Op("equal", (first, second)), earlier))
    return Op("or", (Op("or", (smaller, larger)), as_large))


def _before(read: Reader, arguments: Arguments, function: str, scope: Scope, here: Index) -> Expression:
    """How many elements of a vector come before the one that the scope is at, whose place is ``here``."""
    vector, direction = arguments
    found = last_range(read, vector, function, scope)
    if found is None:
        return Number(0.0)
    inner, axis = found
    rising = Op("greater", (read.number(direction, scope), Number(0.0)))
    earlier = Op("less", (read.place_of(Index(axis.name), inner), read.place_of(here, scope)))
    other, mine = read.number(vector, inner), read.number(vector, scope)
    before = one_or_nothing(_comes_before(other, mine, rising, earlier))
    return Reduce("sum", ((axis.name, axis.over),), before)


def _own_place(read: Reader, vector: Syntax, function: str, scope: Scope) -> Index | None:
    """Where a vector stands along its last subscript while the loops of the left side run."""
    names = next(subscripted(vector), ())
    over = read.draft.ranges.range(names[-1]) if names else None
    if over is None:
        read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
        return None
    return read.place(names[-1], over, Name(function, names), scope)


def _rank(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    here = _own_place(read, arguments[0], "VECTOR RANK", scope)
    if here is None:
        return Number(0.0)
    return Op("add", (_before(read, arguments, "VECTOR RANK", scope, here), _ONE))


def _last_place(read: Reader, function: str, scope: Scope) -> Expression | None:
    """The place along the last range of the left side."""
    loops = [axis for axis in scope.axes if not axis.written.endswith("!")]
    if not loops:
        read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
        return None
    return read.place_of(Index(loops[-1].name), scope)


def _sort_order(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    function = "VECTOR SORT ORDER"
    place = _last_place(read, function, scope)
    found = last_range(read, arguments[0], function, scope)
    if place is None or found is None:
        return Number(0.0)
    inner, axis = found
    rank = _before(read, arguments, function, inner, Index(axis.name))
    made = read.draft.make(inner, "rank", "auxiliary", (rank, Ref("", (Index(axis.name),))))
    read.draft.give(made, "value", rank)
    mine = Op("equal", (made.ref, place))
    chosen = Op("where", (mine, read.place_of(Index(axis.name), inner), Number(0.0)))
    return Reduce("sum", ((axis.name, axis.over),), chosen)


def _reorder(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """The element of the first vector whose place, counted from zero, the second vector names."""
    vector, order = arguments
    found = last_range(read, vector, "VECTOR REORDER", scope)
    if found is None:
        return Number(0.0)
    inner, axis = found
    return _element(read.number(vector, inner), read.place_of(Index(axis.name), inner), read.number(order, scope), axis)


def _element(value: Expression, place: Expression, wanted: Expression, *axes: Axis) -> Expression:
    """The element at a place; ``:NA:`` if there is none."""
    loops = tuple((axis.name, axis.over) for axis in axes)
    here = Op("less", (Op("absolute", (Op("subtract", (place, wanted)),)), _HALF))
    count = Reduce("sum", loops, one_or_nothing(here))
    found = Reduce("sum", loops, Op("where", (here, value, Number(0.0))))
    return Op("where", (Op("equal", (count, _ONE)), found, NA))


def _map(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """The element so many places after the one named, in the order in which the last subscript runs fastest."""
    function, vector = "VECTOR ELM MAP", arguments[0]
    known = read.draft.known.get(plain(vector.name)) if isinstance(vector, Name) else None
    if known is None or not isinstance(vector, Name) or not known.axes or known.kind == "lookup":
        return read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
    labels = [read.draft.ranges.labels[axis] for axis in known.axes]
    base: Expression = Number(0.0)
    inner, axes, cells = scope, [], 1
    for index, own in zip(read.index(known, vector.subscripts, scope), labels, strict=True):
        size = Number(float(len(own)))
        base = Op("add", (Op("multiply", (base, size)), read.place_of(index, scope)))
        cells *= len(own)
    if cells > MOST_MAPPED:
        return read.draft.missing(scope, f"{function}({known.name})")
    for over in known.axes:
        following = read.along(over, inner)
        assert following is not None
        inner, axis = following
        axes.append(axis)
    flat = Variable(f"#flat {known.name}", "constant", known.axes, tuple(map(float, range(cells))), made=True)
    read.draft.made.setdefault(flat.name, flat)
    through = tuple(Index(axis.name) for axis in axes)
    wanted = Op("add", (base, read.number(arguments[1], scope)))
    return _element(Ref(known.name, through), Ref(flat.name, through), wanted, *axes)


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {
    "VECTOR RANK": ((2,), _rank),
    "VECTOR SORT ORDER": ((2,), _sort_order),
    "VECTOR REORDER": ((2,), _reorder),
    "VECTOR ELM MAP": ((2,), _map),
}
"""By name the numbers of arguments that are possible and the translation."""
