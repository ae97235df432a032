"""INVERT MATRIX by the method of Gauss and Jordan, each stage as equations of its own.

In every stage the largest number of a column in the rows not yet used is the pivot, so that what is small is never
divided by while there is something larger. A matrix that has no inverse makes the run fail.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.model.draft import Axis, Made, Scope
from sim.model.equations import plain
from sim.model.formulas import one_or_nothing
from sim.model.ir import Expression, Index, Number, Op, Reduce, Ref
from sim.model.selections import Arguments, Write
from sim.model.vectors import subscripted

if TYPE_CHECKING:
    from sim.model.functions import Reader

MOST_ROWS = 30
"""A stage takes seven equations, and there is a stage for each row."""

_NOTHING = Number(0.0)


def _invert(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    function, matrix = "INVERT MATRIX", arguments[0]
    names = next(subscripted(matrix), ())
    ranges = [read.draft.ranges.range(name) for name in names[-2:]]
    loops = [axis for axis in scope.axes if not axis.written.endswith("!")]
    if len(ranges) < 2 or None in ranges or len(loops) < 2 or plain(names[-1]) == plain(names[-2]):
        return read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
    rows = read.along(names[-2], scope)
    columns = read.along(names[-1], rows[0]) if rows else None
    assert rows
    assert columns
    inner, row, column = columns[0], rows[1], columns[1]
    sizes = {len(axis.labels) for axis in (row, column, *loops[-2:])}
    if len(sizes) > 1:
        return read.draft.mistake(scope, "model_nothing_ranged", {"function": function})
    if len(row.labels) > MOST_ROWS:
        return read.draft.missing(scope, f"{function}(…, {len(row.labels)})")
    work = _Elimination(read, inner, row, column)
    inverse = work.inverse(read.number(matrix, inner))
    own = {row.name: loops[-2].name, column.name: loops[-1].name}
    return Ref(inverse.name, tuple(Index(own.get(str(index.axis), index.axis)) for index in inverse.index))


class _Elimination:
    """Stages of an elimination: the matrix and what began as the unit matrix, side by side."""

    def __init__(self, read: Reader, scope: Scope, row: Axis, column: Axis) -> None:
        self.read, self.scope, self.row, self.column = read, scope, row, column
        self.size = len(row.labels)
        self.along_row = read.place_of(Index(row.name), scope)
        self.along_column = read.place_of(Index(column.name), scope)

    def inverse(self, matrix: Expression) -> Made:
        """The inverse, over row and column."""
        left = self._kept("matrix", matrix)
        right = self._kept("unit", one_or_nothing(Op("equal", (self.along_row, self.along_column))))
        turn: Expression = _NOTHING  # by row the stage in which it was the pivot's, counted from one
        for stage in range(self.size):
            pivot = self._pivot(left, turn, stage)
            turn = self._kept("turn", Op("where", (pivot, Number(stage + 1.0), turn)), of_row=True).ref
            here = Op("equal", (turn, Number(stage + 1.0)))
            divisor = self._kept("pivot", self._picked(here, self._at(left, stage)), whole=True).ref
            share = Op("divide", (self._at(left, stage), divisor))
            left, right = (self._next(part, here, share, divisor) for part in (left, right))
        place = Op("add", (self.along_row, Number(1.0)))
        return self._kept("inverse", self._row_of_turn(turn, right, place))

    def _pivot(self, left: Made, turn: Expression, stage: int) -> Op:
        """Whether a row is the first with the largest number in the column of a stage, of those not used before."""
        size = Op("absolute", (self._at(left, stage),))
        free = Op("equal", (turn, _NOTHING))
        largest = self._over_rows("maximum", Op("where", (free, size, Number(-1.0))))
        most = self._kept("largest", largest, whole=True).ref
        fits = Op("and", (free, Op("equal", (size, most))))
        first = self._over_rows("minimum", Op("where", (fits, self.along_row, Number(math.inf))))
        return Op("equal", (self.along_row, self._kept("first", first, whole=True).ref))

    def _next(self, part: Made, here: Op, share: Expression, divisor: Expression) -> Made:
        """A part after a stage: the pivot's row is divided, its multiples are taken from the others."""
        picked = self._kept("row", self._picked(here, part.ref), of_column=True).ref
        rest = Op("subtract", (part.ref, Op("multiply", (share, picked))))
        return self._kept("stage", Op("where", (here, Op("divide", (part.ref, divisor)), rest)))

    def _row_of_turn(self, turn: Expression, right: Made, place: Expression) -> Expression:
        """The row that was the pivot's in the stage that ``place`` counts, while both run over rows."""
        found = self.read.along(self.row.written, self.scope)
        assert found is not None
        name = found[1].name
        other = Ref(right.name, tuple(replace(i, axis=name) if i.axis == self.row.name else i for i in right.index))
        assert isinstance(turn, Ref)
        when = Ref(turn.variable, tuple(replace(i, axis=name) if i.axis == self.row.name else i for i in turn.index))
        return Reduce("sum", ((name, self.row.over),), Op("where", (Op("equal", (when, place)), other, _NOTHING)))

    def _picked(self, here: Op, value: Expression) -> Expression:
        return self._over_rows("sum", Op("where", (here, value, _NOTHING)))

    def _over_rows(self, operator: str, body: Expression) -> Expression:
        return Reduce(operator, ((self.row.name, self.row.over),), body)  # type: ignore[arg-type]

    def _at(self, part: Made, stage: int) -> Ref:
        """A part along its rows, in the column of a stage."""
        fixed = Index(None, (stage,))
        return Ref(part.name, tuple(fixed if index.axis == self.column.name else index for index in part.index))

    def _kept(
        self, word: str, body: Expression, *, of_row: bool = False, of_column: bool = False, whole: bool = False
    ) -> Made:
        """A made variable over what its stage needs: row and column unless told otherwise."""
        axes = [self.row.name] if of_row else [self.column.name] if of_column else []
        axes = axes or ([] if whole else [self.row.name, self.column.name])
        made = self.read.draft.make(self.scope, word, "auxiliary", (body, *(Ref("", (Index(x),)) for x in axes)))
        self.read.draft.give(made, "value", body)
        return made


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {"INVERT MATRIX": ((1, 2), _invert)}
"""By name the numbers of arguments that are possible and the translation; the second argument, the size, says nothing
that the ranges don't."""
