"""Data: variables that follow time from outside, points in the text (``x := ((0, 1), (5, 2))``), as lookups of time.

How they are read between points says a keyword. ``:INTERPOLATE:``: straight lines (also without a keyword).
``:HOLD BACKWARD:``: a point holds until the next. ``:LOOK FORWARD:``: the next point counts. ``:RAW:``: ``:NA:`` where
there is no point. Before the first and after the last point theirs holds, but for raw data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.model.draft import Draft, Known, Scope
from sim.model.equations import plain
from sim.model.ir import Clock, Expression, Index, Look, Number, Op, Ref, Variable
from sim.model.selections import Arguments, Write
from sim.model.syntax import Course, Literal, Name, Points
from sim.model.tables import NA

if TYPE_CHECKING:
    from sim.model.functions import Reader

NEAR = 1e-6
"""Times nearer than this are the same, as elsewhere in the language."""

INTERPOLATE, HOLD, FORWARD, RAW = "INTERPOLATE", "HOLD BACKWARD", "LOOK FORWARD", "RAW"
_MODES = {0.0: INTERPOLATE, -1.0: HOLD, 1.0: FORWARD}
_TIME = Clock("time")
Places = tuple[npt.NDArray[np.intp], ...]


@dataclass(frozen=True)
class Data:
    """The points of a data variable, by element.

    Parameters
    ----------
    shape
        Of its axes.
    pieces
        Points with the elements that have them.
    """

    known: Known
    keyword: str
    shape: tuple[int, ...]
    pieces: tuple[tuple[Points, Places], ...]

    def at(self, draft: Draft, index: tuple[Index, ...], time: Expression, keyword: str = "") -> Expression:
        """Its value at a time."""
        how = keyword or self.keyword or INTERPOLATE
        if how == RAW:
            there = Look(self._table(draft, "present"), index, time)
            value = Look(self._table(draft, INTERPOLATE), index, time)
            return Op("where", (Op("greater", (there, Number(0.5))), value, NA))
        return Look(self._table(draft, how), index, time)

    def end(self, draft: Draft, which: str, index: tuple[Index, ...]) -> Expression:
        """The time of its ``first`` or ``last`` point."""
        made = f"#{which} time of {self.known.name}"
        times = np.zeros(self.shape)
        for points, places in self.pieces:
            times[places] = points.x[0 if which == "first" else -1]
        values = tuple(times.ravel().tolist())
        draft.made.setdefault(made, Variable(made, "constant", self.known.axes, values, made=True))
        return Ref(made, index)

    def _table(self, draft: Draft, how: str) -> str:
        made = f"#{how.lower()} of {self.known.name}"
        if made not in draft.made:
            x, tables = _together(how, [points for points, _ in self.pieces])
            y = np.zeros((*self.shape, len(x)))
            for (_, places), values in zip(self.pieces, tables, strict=True):
                y[places] = values
            numbers = tuple(y.ravel().tolist())
            draft.made[made] = Variable(made, "lookup", self.known.axes, numbers, tuple(x), made=True)
        return made


def _together(how: str, series: Sequence[Points]) -> tuple[list[float], list[list[float]]]:
    """Series with times of their own as tables with the same x; a step is the same x twice.

    >>> _together("HOLD BACKWARD", [Points((0.0, 2.0), (5.0, 6.0))])
    ([-1e-06, 1.999999, 1.999999], [[5.0, 5.0, 6.0]])
    """
    times = sorted({time for points in series for time in points.x})
    if how == INTERPOLATE:
        return times, [np.interp(times, points.x, points.y).tolist() for points in series]
    if how == "present":
        return _presence(times, series)
    shift = NEAR if how == FORWARD else -NEAR
    found = [[_stair(how, points, time) for time in times] for points in series]
    x = [times[0] + shift, *(time + shift for time in times[1 - (how == FORWARD) :] for _ in range(2))]
    if how == FORWARD:
        x = [time + shift for time in times[:-1] for _ in range(2)] + [times[-1] + shift]
    tables = []
    for values in found:
        steps = [value for pair in pairwise(values) for value in pair]
        tables.append([*steps, values[-1]] if how == FORWARD else [values[0], *steps])
    return x, tables


def _stair(how: str, points: Points, time: float) -> float:
    """The value of the last point up to a time, or of the next from it on."""
    if how == FORWARD:
        return points.y[min(int(np.searchsorted(points.x, time, side="left")), len(points.x) - 1)]
    return points.y[max(int(np.searchsorted(points.x, time, side="right")) - 1, 0)]


def _presence(times: Sequence[float], series: Sequence[Points]) -> tuple[list[float], list[list[float]]]:
    """1 around each point, 0 elsewhere."""
    x = [times[0] - 2 * NEAR, *(time + side for time in times for side in (-NEAR, -NEAR, NEAR, NEAR))]
    tables = []
    for points in series:
        own = set(points.x)
        shown = [float(time in own) for time in times]
        tables.append([0.0, *(value for here in shown for value in (0.0, here, here, 0.0))])
    return x, tables


def data_named(read: Reader, arguments: Arguments, scope: Scope) -> tuple[Data, tuple[Index, ...]] | None:
    """The data variable that the first argument names, and the element; a mistake is noted if it names none."""
    first = arguments[0]
    known = read.draft.known.get(plain(first.name)) if isinstance(first, Name) else None
    data = read.draft.data.get(known.name) if known else None
    if known is None or data is None or not isinstance(first, Name):
        read.draft.mistake(scope, "model_no_data", {"reference": str(first) if isinstance(first, Name) else "(…)"})
        return None
    return data, read.index(known, first.subscripts, scope)


def _at_time(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    found = data_named(read, arguments, scope)
    return found[0].at(read.draft, found[1], read.number(arguments[1], scope), RAW) if found else NA


def _between_times(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    found, mode = data_named(read, arguments, scope), arguments[2]
    how = _MODES.get(mode.value) if isinstance(mode, Literal) else None
    if how is None:
        return read.draft.missing(scope, "GET DATA BETWEEN TIMES(…, mode)")
    if found is None:
        return NA
    data, index = found
    time = read.number(arguments[1], scope)
    first, last = (data.end(read.draft, which, index) for which in ("first", "last"))
    early = Op("less", (time, Op("subtract", (first, Number(NEAR)))))
    late = Op("greater", (time, Op("add", (last, Number(NEAR)))))
    return Op("where", (Op("or", (early, late)), NA, data.at(read.draft, index, time, how)))


def _end(which: str) -> Write:
    def write(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
        found = data_named(read, arguments, scope)
        return found[0].end(read.draft, which, found[1]) if found else NA

    return write


def _shift(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Data read so much later (or earlier, if the shift is negative)."""
    found = data_named(read, arguments, scope)
    if found is None:
        return NA
    return found[0].at(read.draft, found[1], Op("add", (_TIME, read.number(arguments[1], scope))))


def data_of(draft: Draft, known: Known, pieces: Sequence[tuple[Course, Places]]) -> Data:
    """The data of a variable all of whose definitions hold points."""
    shape = tuple(len(draft.ranges.labels[axis]) for axis in known.axes)
    return Data(known, pieces[0][0].keyword, shape, tuple((course.points, places) for course, places in pieces))


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {
    "GET DATA AT TIME": ((2,), _at_time),
    "GET DATA BETWEEN TIMES": ((3,), _between_times),
    "GET DATA FIRST TIME": ((1,), _end("first")),
    "GET DATA LAST TIME": ((1,), _end("last")),
    "TIME SHIFT": ((2,), _shift),
}
"""By name the numbers of arguments that are possible and the translation. The first names a data variable."""
