"""Variables from their definitions: several entries of a file may each define some elements of one variable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.model.courses import data_of
from sim.model.draft import Axis, Draft, Known, Scope
from sim.model.equations import plain
from sim.model.functions import Reader
from sim.model.ir import Clock, Equation, Expression, Index, Kind, Number, Ref, Role, Variable
from sim.model.mdl_text import Entry
from sim.model.subscripts import Box, without
from sim.model.syntax import Call, Course, Literal, Name, Numbers, Points, Syntax

Target = tuple[Index, ...]
_MOST_ELEMENTS = 5_000_000


@dataclass(frozen=True)
class Definition:
    """An entry of the file with what its right side says.

    Parameters
    ----------
    excepted
        Subscripts of the elements that the entry leaves out.
    """

    entry: Entry
    body: Syntax
    excepted: tuple[tuple[str, ...], ...] = ()

    @property
    def scope(self) -> Scope:
        """Where its expressions stand, without loops."""
        return Scope(self.entry.name, self.entry.line, (), f"[{', '.join(self.entry.subscripts)}]")


def know(draft: Draft, definitions: Sequence[Definition]) -> Known | None:
    """Name, kind and axes of the variable that the definitions are of; nothing if they don't go together."""
    first = definitions[0]
    before = len(draft.problems)
    for definition in definitions:
        _check_left(draft, definition, len(first.entry.subscripts))
    if len(draft.problems) > before:
        return None
    axes = draft.ranges.axes([definition.entry.subscripts for definition in definitions])
    written = [[draft.ranges.range(x) for x in d.entry.subscripts if draft.ranges.range(x)] for d in definitions]
    if "" in axes or any(len(set(names)) < len(names) for names in written):
        draft.missing(first.scope, f"{first.entry.name}{first.scope.left}")
        return None
    if int(np.prod([float(len(draft.ranges.labels[axis])) for axis in axes])) > _MOST_ELEMENTS:
        draft.mistake(first.scope, "model_too_many_elements", {"limit": _MOST_ELEMENTS})
        return None
    return Known(first.entry.name, _kind(draft, definitions), axes)


def _check_left(draft: Draft, definition: Definition, count: int) -> None:
    scope, entry = definition.scope, definition.entry
    if len(entry.subscripts) != count:
        draft.mistake(scope, "model_left_sides", {"found": len(entry.subscripts), "expected": count})
    for subscript in (*entry.subscripts, *(x for group in definition.excepted for x in group)):
        if not draft.ranges.meant(subscript):
            draft.mistake(scope, "model_reference", {"reference": subscript})
    if any(len(group) != len(entry.subscripts) for group in definition.excepted):
        draft.mistake(scope, "model_left_sides", {"found": entry.excepted, "expected": len(entry.subscripts)})


def _kind(draft: Draft, definitions: Sequence[Definition]) -> Kind:
    bodies = [definition.body for definition in definitions]
    if any(isinstance(body, Points) for body in bodies):
        for definition in definitions:
            if not isinstance(definition.body, Points):
                draft.missing(definition.scope, f"{definition.entry.name}() = …")
        return "lookup"
    if all(isinstance(body, Numbers) or (isinstance(body, Literal) and body.value == body.value) for body in bodies):
        return "constant"
    if all(isinstance(body, Call) and body.function == "INTEG" and len(body.arguments) == 2 for body in bodies):
        return "stock"
    return "auxiliary"


def define(draft: Draft, known: Known, definitions: Sequence[Definition]) -> None:
    """Add the variable and its equations to the draft."""
    entry = definitions[0].entry
    values: tuple[float, ...] = ()
    points: tuple[float, ...] = ()
    pieces = [(definition, box) for definition in definitions for box in _boxes(draft, definition)]
    if not _each_once(draft, known, pieces):
        return
    if known.kind == "constant":
        values = _values(draft, known, pieces)
    elif known.kind == "lookup":
        points, values = _points(draft, known, pieces)
    elif all(isinstance(definition.body, Course) for definition, _ in pieces):
        _data(draft, known, pieces)
    elif any(is_running_sum(definition.body) for definition, _ in pieces):
        _summed(draft, known, pieces)
    else:
        _equations(draft, known, pieces)
    units = next((d.entry.units for d in definitions if d.entry.units), "")
    documentation = next((d.entry.documentation for d in definitions if d.entry.documentation), "")
    draft.variables[known.name] = Variable(
        known.name, known.kind, known.axes, values, points, units, documentation, line=entry.line
    )


def _boxes(draft: Draft, definition: Definition) -> list[Box]:
    """The elements that a definition is for."""
    boxes = [tuple(draft.ranges.meant(subscript) for subscript in definition.entry.subscripts)]
    for group in definition.excepted:
        left_out = tuple(draft.ranges.meant(subscript) for subscript in group)
        boxes = [piece for box in boxes for piece in without(box, left_out)]
    return boxes


Pieces = Sequence[tuple[Definition, Box]]
Places = tuple[npt.NDArray[np.intp], ...]


def _places(draft: Draft, axes: Sequence[str], box: Box) -> Places:
    """Positions of a box along axes, ready to index an array with."""
    positions = [{label: n for n, label in enumerate(draft.ranges.labels[axis])} for axis in axes]
    return np.ix_(*([at[label] for label in labels] for at, labels in zip(positions, box, strict=True)))


def _each_once(draft: Draft, known: Known, pieces: Pieces) -> bool:
    """Whether each element has one equation; what PySD makes of others is its own."""
    count = np.zeros([len(draft.ranges.labels[axis]) for axis in known.axes], dtype=int)
    for _, box in pieces:
        count[_places(draft, known.axes, box)] += 1
    wrong = np.argwhere(count != 1)
    if not len(wrong):
        return True
    labels = [draft.ranges.labels[axis][place] for axis, place in zip(known.axes, wrong[0], strict=True)]
    number = int(count[tuple(wrong[0])])
    draft.missing(pieces[0][0].scope, f"{number} × {known.name}[{', '.join(labels)}]")
    return False


def _array(draft: Draft, definition: Definition) -> npt.NDArray[np.float64]:
    """The numbers of a definition over its left side; one number stands for all elements."""
    shape = [len(draft.ranges.meant(subscript)) for subscript in definition.entry.subscripts]
    body = definition.body
    values = body.values if isinstance(body, Numbers) else (body.value,) if isinstance(body, Literal) else ()
    if len(values) == 1:
        return np.full(shape, values[0])
    if len(values) != np.prod(shape, dtype=int):
        given = {"found": len(values), "expected": int(np.prod(shape, dtype=int))}
        draft.mistake(definition.scope, "model_number_count", given)
        return np.zeros(shape)
    return np.reshape(values, shape)


def _within(draft: Draft, definition: Definition, box: Box) -> npt.NDArray[np.float64]:
    """The numbers of a definition over one of its boxes."""
    left = [draft.ranges.meant(subscript) for subscript in definition.entry.subscripts]
    places = np.ix_(*([mine.index(label) for label in labels] for mine, labels in zip(left, box, strict=True)))
    return _array(draft, definition)[places]


def _values(draft: Draft, known: Known, pieces: Pieces) -> tuple[float, ...]:
    values = np.empty([len(draft.ranges.labels[axis]) for axis in known.axes])
    for definition, box in pieces:
        values[_places(draft, known.axes, box)] = _within(draft, definition, box)
    return tuple(values.ravel().tolist())


def _points(draft: Draft, known: Known, pieces: Pieces) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Points of a lookup: elements with other x share all of them, which changes none of their lines."""
    read = Reader(draft)
    tables = [(d, box, d.body) for d, box in pieces if isinstance(d.body, Points)]
    rising = [read.has_rising_x(table, definition.scope) for definition, _, table in tables]
    if not all(rising):
        return (), ()
    x = sorted({x for _, _, table in tables for x in table.x})
    jumps = [definition.scope for definition, _, table in tables if len(set(table.x)) < len(table.x)]
    if jumps:  # the points of a jump cannot be put between those of another element
        x = list(tables[0][2].x)
        if any(list(table.x) != x for _, _, table in tables):
            draft.missing(jumps[0], "LOOKUP")
            return (), ()
    y = np.empty((*(len(draft.ranges.labels[axis]) for axis in known.axes), len(x)))
    for _, box, table in tables:
        y[_places(draft, known.axes, box)] = table.y if list(table.x) == x else np.interp(x, table.x, table.y)
    return tuple(x), tuple(y.ravel().tolist())


def _data(draft: Draft, known: Known, pieces: Pieces) -> None:
    """Data over time: one equation reads the points of all elements."""
    courses = [(d.body, _places(draft, known.axes, box)) for d, box in pieces if isinstance(d.body, Course)]
    _follow(draft, known, pieces[0][0].scope, courses)


def _follow(draft: Draft, known: Known, scope: Scope, courses: Sequence[tuple[Course, Places]]) -> None:
    if len({course.keyword for course, _ in courses}) > 1:
        draft.missing(scope, ":RAW: / :INTERPOLATE:")
        return
    draft.data[known.name] = data = data_of(draft, known, courses)
    loops = tuple((f"{over}#{place}" if place else over, over) for place, over in enumerate(known.axes))
    index = tuple(Index(axis) for axis, _ in loops)
    body = data.at(draft, index, Clock("time"))
    draft.add(Equation(known.name, "value", loops, index, body, scope.line), scope)


def is_running_sum(body: Syntax) -> bool:
    """Whether a definition is data summed up: CUMULATE, or CUMULATEF, which keeps the last sum alone."""
    return isinstance(body, Call) and body.function in ("CUMULATE", "CUMULATEF")


def _summed(draft: Draft, known: Known, pieces: Pieces) -> None:
    """Data whose points are sums of the points of other data so far, whatever the time between them."""
    definition = pieces[0][0]
    body, scope = definition.body, definition.scope
    source = body.arguments[0] if isinstance(body, Call) and len(body.arguments) == 1 else None
    other = draft.known.get(plain(source.name)) if isinstance(source, Name) else None
    data = draft.data.get(other.name) if other else None
    if data is None or not isinstance(body, Call) or not isinstance(source, Name):
        draft.mistake(scope, "model_no_data", {"reference": str(source) if isinstance(source, Name) else "(…)"})
        return
    same = tuple(map(plain, source.subscripts)) == tuple(map(plain, definition.entry.subscripts))
    if len(pieces) > 1 or not definition.entry.is_data or not same or data.known.axes != known.axes:
        draft.missing(scope, f"{body.function}({source})")
        return
    last = slice(-1, None) if body.function == "CUMULATEF" else slice(None)
    courses = []
    for points, places in data.pieces:
        sums = np.cumsum(points.y).tolist()
        courses.append((Course(Points(points.x[last], tuple(sums[last])), definition.entry.keyword), places))
    _follow(draft, known, scope, courses)


def _equations(draft: Draft, known: Known, pieces: Pieces) -> None:
    # at the start, an initial equation of some elements hides the other equations of all of them
    with_initial = any(_starts_apart(definition.body) for definition, _ in pieces)
    for definition, box in pieces:
        scope, target = _loops(draft, known, definition, box)
        before = len(draft.equations)
        try:
            for role, body in _roles(draft, definition, box, scope, known.kind, with_initial):
                draft.add(Equation(known.name, role, scope.loops, target, body, scope.line), scope)
        except RecursionError:
            del draft.equations[before:]
            draft.missing(scope, "(((…)))")


def _starts_apart(body: Syntax) -> bool:
    return isinstance(body, Call) and body.function == "ACTIVE INITIAL" and len(body.arguments) == 2


def _loops(draft: Draft, known: Known, definition: Definition, box: Box) -> tuple[Scope, Target]:
    """Loops over the ranges of a left side, and where the values go."""
    axes: list[Axis] = []
    target: list[Index] = []
    for subscript, labels, axis in zip(definition.entry.subscripts, box, known.axes, strict=True):
        whole = draft.ranges.labels[axis]
        positions = tuple(whole.index(label) for label in labels)
        over = draft.ranges.range(subscript)
        if over is None:
            target.append(Index(None, positions))
            continue
        axes.append(Axis(over, draft.range_of(over, labels), plain(over), labels))
        target.append(Index(over, None if labels == whole else positions))
    scope = definition.scope
    return Scope(scope.variable, scope.line, tuple(axes), scope.left), tuple(target)


def _roles(
    draft: Draft, definition: Definition, box: Box, scope: Scope, kind: Kind, with_initial: bool
) -> Iterator[tuple[Role, Expression]]:
    """The expressions of a definition and what they are for."""
    body = definition.body
    read = Reader(draft, body)
    if kind == "stock" and isinstance(body, Call):
        flow, initial = body.arguments
        yield "initial", read.number(initial, scope)
        yield "flow", read.number(flow, scope)
        return
    if isinstance(body, Call) and _starts_apart(body):
        active, initial = body.arguments
        yield "value", read.number(active, scope)
        yield "initial", read.number(initial, scope)
        return
    value = _stored(draft, definition, box, scope) if isinstance(body, Numbers) else read.number(body, scope)
    yield "value", value
    if with_initial:
        yield "initial", value


def _stored(draft: Draft, definition: Definition, box: Box, scope: Scope) -> Expression:
    """Numbers for some elements of a variable whose others have equations."""
    array = _within(draft, definition, box)
    index = tuple(Index(axis.name) for axis in scope.axes)
    if array.size == 1:
        return Number(float(array.flat[0]))
    values = tuple(array.ravel().tolist())
    inside = (Ref("", index),)  # along all loops
    return Ref(draft.make(scope, "numbers", "constant", inside, values=values).name, index)
