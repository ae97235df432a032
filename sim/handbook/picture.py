"""What a diagram consists of before it has a place, and after: boxes and wires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sim.report.width import cells

Kind = Literal["stock", "valve", "cloud", "auxiliary", "constant", "outside", "sector"]
WireKind = Literal["pipe", "link", "through"]
"""``pipe``: material flows; ``link``: a cause; ``through``: a cause through variables that are not shown."""

Direction = Literal["LR", "TB"]
Point = tuple[float, float]

CELL, LINE, SMALL = 6.5, 15.0, 0.84
"""Width of a cell (half a Chinese character) and height of a line at the size of the text; size of small text."""

VALVE = (22.0, 18.0)
CLOUD = (30.0, 20.0)
_LONGEST = 17


@dataclass(frozen=True)
class Box:
    """A thing in a diagram.

    Parameters
    ----------
    key
        Names it within the diagram.
    lines
        Its label, line by line.
    note
        Small text below the label.
    tip
        What appears where a mouse rests on it; "" for nothing.
    x, y
        Its centre, from the upper left corner.
    """

    key: str
    kind: Kind
    lines: tuple[str, ...]
    note: str = ""
    tip: str = ""
    x: float = 0.0
    y: float = 0.0

    @property
    def label(self) -> Point:
        """Width and height of the label."""
        small = SMALL if self.kind in ("constant", "outside") else 1.0
        width = max((cells(line) for line in self.lines), default=0) * CELL * small
        note = cells(self.note) * CELL * SMALL
        return max(width, note), (len(self.lines) * small + bool(self.note) * SMALL) * LINE

    def size(self, direction: Direction) -> Point:
        """Width and height that it needs; a valve has its name below a pipe that lies, beside one that stands."""
        width, height = self.label
        if self.kind == "cloud":
            return CLOUD
        if self.kind == "valve":
            if not self.lines:
                return VALVE
            below, beside = (max(width, VALVE[0]), VALVE[1] + 2 * height), (VALVE[0] + 2 * width + 8, max(height, 18.0))
            return below if direction == "LR" else beside
        margin = 16.0 if self.kind in ("stock", "sector") else 6.0
        return width + margin, height + (14.0 if self.kind in ("stock", "sector") else 4.0)

    def at(self, point: Point) -> Box:
        """The same in its place."""
        return replace(self, x=point[0], y=point[1])


@dataclass(frozen=True)
class Wire:
    """A line from one box to another.

    Parameters
    ----------
    mark
        The sign at its head, or a number; "" for none.
    arrow
        Whether it has a head.
    points
        A start and then three points for each piece of a Bézier curve.
    width
        Width of a plain line.
    """

    tail: str
    head: str
    kind: WireKind = "link"
    mark: str = ""
    arrow: bool = True
    tip: str = ""
    width: float = 1.0
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A diagram with everything in its place; ``title`` says what it shows to those who cannot see it."""

    title: str
    width: float
    height: float
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    direction: Direction = "LR"
    middle: tuple[str, ...] = field(default=())
    """Text in the middle, the first line large."""


def folded(text: str, longest: int = _LONGEST) -> tuple[str, ...]:
    """A label in lines of about ``longest`` cells; Chinese is broken anywhere, words are kept whole.

    >>> folded("construction stage one"), folded("已开发未供用地面积合计")
    (('construction', 'stage one'), ('已开发未供用地面', '积合计'))
    """
    words = text.split() if any(c == " " for c in text) else [text]
    lines: list[str] = []
    for word in words:
        if lines and cells(lines[-1]) + 1 + cells(word) <= longest:
            lines[-1] += " " + word
            continue
        lines.append("")
        for character in word:
            if cells(lines[-1]) + cells(character) > longest and cells(word) > longest + 4:
                lines.append("")
            lines[-1] += character
    return tuple(lines)
