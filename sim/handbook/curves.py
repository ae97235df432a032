"""Lines of a diagram: points along them, the way to a valve inside its box, and room for the signs beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sim.handbook.picture import VALVE, Box, Picture, Point, Wire

ROOM = 13.0
"""Distance that two signs keep from each other."""

_BACK = (15.0, 24.0, 33.0, 42.0)
_ASIDE = (8.0, -8.0)
_PIECES = 24


def angle(points: Sequence[Point]) -> float:
    """The direction in which a line arrives, in radians.

    >>> angle(((0, 0), (1, 0), (2, 0), (3, 0)))
    0.0
    """
    x, y = points[-1]
    before = next(((a, b) for a, b in reversed(points[:-1]) if abs(a - x) + abs(b - y) > 0.5), (x - 1.0, y))
    return math.atan2(y - before[1], x - before[0])


def reaching(picture: Picture) -> Picture:
    """The diagram with links drawn on to the valve where they meet the empty half of the box of a valve with a name."""
    valves = {box.key: box for box in picture.boxes if box.kind == "valve" and box.lines}
    return replace(picture, wires=[_reaching(wire, valves, picture.direction == "LR") for wire in picture.wires])


def _reaching(wire: Wire, valves: dict[str, Box], lying: bool) -> Wire:
    if wire.kind == "pipe" or not wire.points:
        return wire
    points = wire.points
    if wire.head in valves and _is_empty(valves[wire.head], points[-1], lying):
        end = _rim(valves[wire.head], points[-1])
        points = (*points, points[-1], end, end)
    if wire.tail in valves and _is_empty(valves[wire.tail], points[0], lying):
        start = _rim(valves[wire.tail], points[0])
        points = (start, start, points[0], *points)
    return replace(wire, points=points)


def _is_empty(valve: Box, point: Point, lying: bool) -> bool:
    """Whether a point lies on the side of a valve where its name is not: above it, or left of it where it stands."""
    return point[1] < valve.y + VALVE[1] / 2 if lying else point[0] < valve.x + VALVE[0] / 2


def _rim(valve: Box, point: Point) -> Point:
    x, y = point[0] - valve.x, point[1] - valve.y
    share = min(1.0, (VALVE[0] / 2 + 2) / (math.hypot(x, y) or 1.0))
    return round(valve.x + share * x, 1), round(valve.y + share * y, 1)


def along(points: Sequence[Point]) -> list[Point]:
    """Points along a line of Bézier pieces, from its start to its end.

    >>> [round(x, 3) for x, _ in along(((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)))[:3]]
    [0.0, 0.125, 0.25]
    """
    found = [points[0]]
    for first in range(0, len(points) - 1, 3):
        a, b, c, d = points[first : first + 4]
        for step in range(1, _PIECES + 1):
            t = step / _PIECES
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
            found.append((x, y))
    return found


def marks(picture: Picture) -> Iterator[tuple[Wire, Point]]:
    """A place for the mark of every line: beside its head (between sectors in its middle), away from boxes and others.

    Where there is no room anywhere it stands in the first place that was looked at.
    """
    taken: list[Point] = []
    middle = any(box.kind == "sector" for box in picture.boxes)
    for wire in picture.wires:
        if wire.mark:
            places = [*(_on(wire.points) if middle else _beside(wire.points))]
            place = next((one for one in places if _is_free(one, picture, taken)), places[0])
            taken.append(place)
            yield wire, place


def _beside(points: Sequence[Point]) -> Iterator[Point]:
    line = along(points)
    ends = [line[-1]]
    lengths = [0.0]
    for point in reversed(line[:-1]):
        lengths.append(lengths[-1] + math.dist(ends[-1], point))
        ends.append(point)
    for back in _BACK:
        place = next((place for place, length in enumerate(lengths) if length >= back), len(ends) - 1)
        before, after = ends[place], ends[max(0, place - 1)]
        turned = math.atan2(after[1] - before[1], after[0] - before[0])
        for aside in _ASIDE:
            yield before[0] - aside * math.sin(turned), before[1] + aside * math.cos(turned)


def _on(points: Sequence[Point]) -> Iterator[Point]:
    line = along(points)
    for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8):
        yield line[round(share * (len(line) - 1))]


def _is_free(point: Point, picture: Picture, taken: Sequence[Point]) -> bool:
    if any(math.dist(point, other) < ROOM for other in taken):
        return False
    for box in picture.boxes:
        width, height = box.size(picture.direction)
        if abs(point[0] - box.x) < width / 2 + 3 and abs(point[1] - box.y) < height / 2 + 5:
            return False
    return True
