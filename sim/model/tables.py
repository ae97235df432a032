"""Functions that read a lookup otherwise than by straight lines between its points, as Vensim documents them.

They are made of what there is: a lookup that goes up in steps gives the point below (or above), and the lookup itself
is read there; so numbers given for a run in the place of those of the file count here too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.model.draft import Scope
from sim.model.equations import plain
from sim.model.formulas import one_or_nothing
from sim.model.ir import Expression, Index, Look, Number, Op, Reduce, Ref, Variable
from sim.model.selections import Arguments, Write
from sim.model.syntax import Name

if TYPE_CHECKING:
    from sim.model.functions import Reader

NA = Number(-(2.0**109))
"""``:NA:``, what Vensim gives where there is nothing."""


class Table:
    """A lookup named in a call."""

    def __init__(self, read: Reader, name: str, index: tuple[Index, ...], points: tuple[float, ...]) -> None:
        self.read, self.name, self.index, self.points = read, name, index, points

    def at(self, argument: Expression) -> Expression:
        """Its value at an argument."""
        return Look(self.name, self.index, argument)

    def below(self, argument: Expression) -> Expression:
        """The largest x of its points that is not above the argument, or its first x."""
        return self._stairs("x below", self.points, argument)

    def above(self, argument: Expression) -> Expression:
        """The smallest x of its points that is not below the argument, or its last x."""
        turned = tuple(-x for x in reversed(self.points))
        found = self._stairs("x above", turned, Op("negative", (argument,)))
        return Op("negative", (found,))

    def _stairs(self, word: str, points: tuple[float, ...], argument: Expression) -> Expression:
        made = f"#{word} of {self.name}"
        x = (points[0], *(x for x in points[1:] for _ in range(2)))
        y = (*(x for x in points[:-1] for _ in range(2)), points[-1])
        self.read.draft.made.setdefault(made, Variable(made, "lookup", (), y, x, made=True))
        return Look(made, (), argument)

    def segments(self) -> tuple[str, Ref, Ref]:
        """A range with one label for each line between two points, and x at the ends of the lines along it."""
        over = f"#lines of {self.name}"
        draft = self.read.draft
        draft.made_ranges[over] = tuple(str(number) for number in range(len(self.points) - 1))
        refs = []
        for word, x in (("left", self.points[:-1]), ("right", self.points[1:])):
            made = f"#{word} of {self.name}"
            draft.made.setdefault(made, Variable(made, "constant", (over,), x, made=True))
            refs.append(Ref(made, (Index(over),)))
        return over, refs[0], refs[1]


def named_table(read: Reader, arguments: Arguments, scope: Scope) -> Table | None:
    """The lookup that the first argument names; nothing, and a mistake noted, if it names none."""
    first = arguments[0]
    if not isinstance(first, Name):
        read.draft.mistake(scope, "model_no_lookup", {"reference": "(…)"})
        return None
    known = read.draft.known.get(plain(first.name))
    if known is None or known.kind != "lookup":
        read.draft.mistake(scope, "model_no_lookup", {"reference": str(first)})
        return None
    points = read.draft.variables[known.name].points
    if len(set(points)) < len(points):  # which of the two values counts at a jump is not settled
        read.draft.missing(scope, "LOOKUP")
        return None
    return Table(read, known.name, read.index(known, first.subscripts, scope), points)


def _forward(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    table = named_table(read, arguments, scope)
    return table.at(table.above(read.number(arguments[1], scope))) if table else Number(0.0)


def _backward(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    table = named_table(read, arguments, scope)
    return table.at(table.below(read.number(arguments[1], scope))) if table else Number(0.0)


def _extrapolate(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Beyond the points the first or the last line goes on."""
    table = named_table(read, arguments, scope)
    if table is None:
        return Number(0.0)
    x, argument = table.points, read.number(arguments[1], scope)
    found = table.at(argument)
    if len(x) > 1:
        for beyond, end, before in (("less", x[0], x[1]), ("greater", x[-1], x[-2])):
            away = Op("subtract", (argument, Number(end)))
            line = _line(table, away, end, before)
            found = Op("where", (Op(beyond, (argument, Number(end))), line, found))
    return found


def _line(table: Table, away: Expression, end: float, before: float) -> Expression:
    """The value so far away from the end of a table on the line through its last two points."""
    last = table.at(Number(end))
    rise = Op("subtract", (last, table.at(Number(before))))
    return Op("add", (last, Op("multiply", (away, Op("divide", (rise, Number(end - before)))))))


def _area(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """The area under a lookup between two x; beyond the points their first and last values hold."""
    table = named_table(read, arguments, scope)
    if table is None or len(table.points) < 2:
        return Number(0.0)
    start, end = (read.number(argument, scope) for argument in arguments[1:])
    return Op("subtract", (area_to(table, end), area_to(table, start)))


def area_to(table: Table, argument: Expression) -> Expression:
    """The area from the first point to the argument, negative before it."""
    over, left, right = table.segments()
    within = Op("maximum", (left, Op("minimum", (right, argument))))
    width = Op("subtract", (within, left))
    mean = Op("multiply", (Op("add", (table.at(left), table.at(within))), Number(0.5)))
    inside: Expression = Reduce("sum", ((over, over),), Op("multiply", (width, mean)))
    first, last = Number(table.points[0]), Number(table.points[-1])
    for beyond, end in (("minimum", first), ("maximum", last)):
        away = Op(beyond, (Op("subtract", (argument, end)), Number(0.0)))
        inside = Op("add", (inside, Op("multiply", (away, table.at(end)))))
    return inside


def _slope(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """The slope of a lookup's line; at a point between two lines their mean, at an end that of the only one.

    Beyond the ends the third argument says what there is: 0 nothing, 1 the slope of the nearest line, -1 ``:NA:``.
    """
    table = named_table(read, arguments, scope)
    if table is None or len(table.points) < 2:
        return Number(0.0)
    over, left, right = table.segments()
    argument, mode = (read.number(one, scope) for one in arguments[1:])
    here = Op("and", (Op("less_equal", (left, argument)), Op("less_equal", (argument, right))))
    rise = Op("subtract", (table.at(right), table.at(left)))
    line = Op("divide", (rise, Op("subtract", (right, left))))
    total = Reduce("sum", ((over, over),), Op("where", (here, line, Number(0.0))))
    count = Reduce("sum", ((over, over),), one_or_nothing(here))
    early = Op("less", (argument, Number(table.points[0])))
    nearest = Op("where", (early, _end_slope(table, 0, 1), _end_slope(table, -2, -1)))
    beyond = Op("where", (Op("equal", (mode, Number(0.0))), Number(0.0), NA))
    beyond = Op("where", (Op("equal", (mode, Number(1.0))), nearest, beyond))
    mean = Op("divide", (total, Op("maximum", (count, Number(1.0)))))
    return Op("where", (Op("greater", (count, Number(0.0))), mean, beyond))


def _end_slope(table: Table, first: int, second: int) -> Expression:
    x, other = Number(table.points[first]), Number(table.points[second])
    rise = Op("subtract", (table.at(other), table.at(x)))
    return Op("divide", (rise, Number(other.value - x.value)))


def _invert(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """The smallest x at which a lookup has a value; ``:NA:`` where it has it nowhere."""
    table = named_table(read, arguments, scope)
    if table is None or len(table.points) < 2:
        return Number(0.0)
    over, left, right = table.segments()
    wanted = read.number(arguments[1], scope)
    low, high = table.at(left), table.at(right)
    between = Op("less_equal", (Op("minimum", (low, high)), wanted))
    between = Op("and", (between, Op("less_equal", (wanted, Op("maximum", (low, high))))))
    flat = Op("equal", (low, high))
    share = Op("divide", (Op("subtract", (wanted, low)), Op("where", (flat, Number(1.0), Op("subtract", (high, low))))))
    there = Op("add", (left, Op("multiply", (share, Op("subtract", (right, left))))))
    there = Op("where", (Op("equal", (wanted, high)), Op("where", (flat, left, right)), there))
    found = Reduce("minimum", ((over, over),), Op("where", (between, there, Number(math.inf))))
    return Op("where", (Op("equal", (found, Number(math.inf))), NA, found))


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {
    "LOOKUP FORWARD": ((2,), _forward),
    "LOOKUP BACKWARD": ((2,), _backward),
    "LOOKUP EXTRAPOLATE": ((2,), _extrapolate),
    "LOOKUP INVERT": ((2,), _invert),
    "LOOKUP AREA": ((3,), _area),
    "LOOKUP SLOPE": ((3,), _slope),
}
"""By name the numbers of arguments that are possible and the translation. The first names a lookup."""
