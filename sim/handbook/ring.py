"""A loop as a ring: its variables on an ellipse, one arrow from each to the next."""

from __future__ import annotations

import math
from dataclasses import replace

from sim.handbook.picture import Box, Kind, Picture, Point, Wire, folded
from sim.handbook.subject import Subject
from sim.loops import Loop
from sim.words.catalogue import Language

_MARGIN = 70.0


def ring(subject: Subject, loop: Loop, lang: Language) -> Picture:
    """The diagram of a loop, its first variable at the top, clockwise."""
    count = len(loop.links)
    across, down = min(390.0, 120.0 + 22.0 * count), 46.0 + 11.0 * count
    boxes = []
    for place, link in enumerate(loop.links):
        angle = 2 * math.pi * place / count - math.pi / 2
        variable = subject.variables[link.cause]
        kind: Kind = "stock" if variable.role == "stock" else "auxiliary"
        x, y = _MARGIN + across * (1 + math.cos(angle)), _MARGIN / 2 + down * (1 + math.sin(angle))
        tip = f"{variable.name} ({variable.units})"
        boxes.append(Box(link.cause, kind, folded(variable.label(lang)), "", tip, round(x, 1), round(y, 1)))
    centre = (_MARGIN + across, _MARGIN / 2 + down)
    wires = [
        replace(
            Wire(link.cause, link.effect, mark=link.sign),
            points=_curve(boxes[place], boxes[(place + 1) % count], centre),
        )
        for place, link in enumerate(loop.links)
    ]
    width, height = 2 * (across + _MARGIN), 2 * down + _MARGIN
    title = f"{loop.code} {loop.name(lang)}"
    return Picture(title, width, height, boxes, wires, middle=(f"↻ {loop.code}", loop.name(lang)))


def _curve(tail: Box, head: Box, centre: Point) -> tuple[Point, ...]:
    """A line between the edges of two boxes that bends away from the centre."""
    middle = ((tail.x + head.x) / 2, (tail.y + head.y) / 2)
    bend = (middle[0] + 0.12 * (middle[0] - centre[0]), middle[1] + 0.12 * (middle[1] - centre[1]))
    start, end = _edge(tail, bend), _edge(head, bend)
    first = (start[0] + 2 / 3 * (bend[0] - start[0]), start[1] + 2 / 3 * (bend[1] - start[1]))
    second = (end[0] + 2 / 3 * (bend[0] - end[0]), end[1] + 2 / 3 * (bend[1] - end[1]))
    return tuple((round(x, 1), round(y, 1)) for x, y in (start, first, second, end))


def _edge(box: Box, towards: Point) -> Point:
    """Where the line from the centre of a box to a point leaves the box."""
    width, height = box.size("LR")
    x, y = towards[0] - box.x, towards[1] - box.y
    scale = min(width / 2 / abs(x) if x else math.inf, (height / 2 + 2) / abs(y) if y else math.inf, 1.0)
    return box.x + scale * x, box.y + scale * y
