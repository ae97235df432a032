"""Places for the boxes of a diagram: the layout of Graphviz, which sees sizes and numbers and no text of the model.

The library pygraphviz brings Graphviz along on Windows, macOS and Linux; it is the extra ``docs``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sim.errors import InputError, Problem
from sim.handbook.picture import Box, Direction, Picture, Point, Wire

INCH = 72.0
MARGIN = 6.0
_WEIGHT = {"pipe": 12, "link": 2, "through": 1}


def require() -> None:
    """Refuse to go on where Graphviz is missing.

    Raises
    ------
    InputError
        With how to install it.
    """
    try:
        import pygraphviz  # noqa: F401
    except ImportError:
        raise InputError([Problem(None, "docs_no_graphviz")]) from None


def arrange(title: str, boxes: Sequence[Box], wires: Sequence[Wire], direction: Direction) -> Picture:
    """A diagram with every box and wire in its place.

    >>> boxes = [Box("a", "auxiliary", ("a",)), Box("b", "stock", ("b",))]
    >>> picture = arrange("a on b", boxes, [Wire("a", "b")], "LR")
    >>> picture.boxes[0].x < picture.boxes[1].x, len(picture.wires[0].points)
    (True, 4)
    """
    import pygraphviz

    number = {box.key: f"n{place}" for place, box in enumerate(boxes)}
    graph = pygraphviz.AGraph(string="\n".join(_dot(boxes, wires, number, direction)))
    graph.layout(prog="dot")
    plain = graph.draw(format="plain", prog="dot").decode("ascii")
    graph.close()
    return _read(plain, Picture(title, 0.0, 0.0, boxes, wires, direction), number)


def _dot(
    boxes: Sequence[Box], wires: Sequence[Wire], number: dict[str, str], direction: Direction
) -> Iterator[str]:
    sectors = any(box.kind == "sector" for box in boxes)
    narrow = "ranksep=0.38, nodesep=0.16" if direction == "LR" else "ranksep=0.36, nodesep=0.2"
    apart = "ranksep=0.7, nodesep=0.35" if sectors else narrow
    yield f"strict digraph {{ graph [rankdir={direction}, splines=true, {apart}]"
    yield 'node [shape=box, fixedsize=true, label=""] edge [arrowhead=none]'
    for box in boxes:
        width, height = box.size(direction)
        yield f"{number[box.key]} [width={width / INCH:.4f}, height={height / INCH:.4f}]"
    ports = ("e", "w") if direction == "LR" else ("s", "n")
    backward = _backward(wires)
    for wire in wires:
        ends = f", tailport={ports[0]}, headport={ports[1]}" if wire.kind == "pipe" else ""
        free = ", constraint=false" if wire in backward else ""
        yield f"{number[wire.tail]} -> {number[wire.head]} [weight={_WEIGHT[wire.kind]}{ends}{free}]"
    yield "}"


def _backward(wires: Sequence[Wire]) -> set[Wire]:
    """Links that must not decide which box comes first: those between things with pipes, and those that run back.

    So the pipes run forward, each in its own chain. None where there is no pipe.

    >>> pipes = [Wire("cloud", "flow", "pipe"), Wire("flow", "stock", "pipe")]
    >>> [wire.tail for wire in _backward([*pipes, Wire("stock", "share"), Wire("share", "flow")])]
    ['share']
    """
    piped = {end for wire in wires if wire.kind == "pipe" for end in (wire.tail, wire.head)}
    if not piped:
        return set()
    after: dict[str, set[str]] = {}
    backward: set[Wire] = set()
    for wire in sorted(wires, key=lambda wire: wire.kind != "pipe"):
        between = wire.kind != "pipe" and {wire.tail, wire.head} <= piped
        if between or wire.tail in _reached(wire.head, after):
            backward.add(wire)
        else:
            after.setdefault(wire.tail, set()).add(wire.head)
    return backward


def _reached(start: str, after: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for name in after.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _read(plain: str, picture: Picture, number: dict[str, str]) -> Picture:
    """Graphviz' answer, in pixels from the upper left corner and rounded, so that a last bit doesn't matter."""
    height = 0.0
    places: dict[str, Point] = {}
    routes: dict[tuple[str, str], tuple[Point, ...]] = {}

    def point(x: str, y: str) -> Point:
        return round(float(x) * INCH + MARGIN, 1), round(height - float(y) * INCH + MARGIN, 1)

    width = 0.0
    for line in plain.splitlines():
        words = line.split()
        if words[0] == "graph":
            width, height = float(words[2]) * INCH, float(words[3]) * INCH
        elif words[0] == "node":
            places[words[1]] = point(words[2], words[3])
        elif words[0] == "edge":
            numbers = words[4 : 4 + 2 * int(words[3])]
            routes[words[1], words[2]] = tuple(point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
    return replace(
        picture,
        width=round(width + 2 * MARGIN, 1),
        height=round(height + 2 * MARGIN, 1),
        boxes=[box.at(places[number[box.key]]) for box in picture.boxes],
        wires=[replace(wire, points=routes[number[wire.tail], number[wire.head]]) for wire in picture.wires],
    )
