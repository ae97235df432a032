"""A diagram as SVG elements: black on white, told apart by form and not by colour, every text escaped on writing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from sim.handbook.curves import angle, marks, reaching
from sim.handbook.picture import LINE, SMALL, VALVE, Box, Picture, Point, Wire

FONTS = (
    '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei", '
    "Arial, Helvetica, sans-serif"
)
"""Chinese fonts of all three systems first; nothing is loaded from anywhere."""

SIZE = 12.0
INK, GREY, PALE = "#111", "#5a5a5a", "#777"
_MARKS = {"-": "−"}


def drawing(picture: Picture) -> Element:
    """The ``svg`` element of a diagram; as wide as it has to be, and never wider than its page."""
    svg = Element(
        "svg",
        {
            "viewBox": f"0 0 {picture.width:g} {picture.height:g}",
            "width": f"{picture.width:g}",
            "height": f"{picture.height:g}",
            "role": "img",
            "aria-label": picture.title,
            "font-family": FONTS,
            "font-size": f"{SIZE:g}",
        },
    )
    picture = reaching(picture)
    valves = {box.key: box for box in picture.boxes if box.kind == "valve"}
    for wire in sorted(picture.wires, key=lambda wire: wire.kind == "pipe"):
        if wire.kind == "pipe":
            _pipe(svg, wire, valves)
        else:
            _line(svg, wire)
    for box in picture.boxes:
        _box(svg, box, picture)
    for wire, (x, y) in marks(picture):
        _text(svg, x, y + 4, _MARKS.get(wire.mark, wire.mark), size=13, weight="bold", halo=True)
    if picture.middle:
        x, y = picture.width / 2, picture.height / 2
        _text(svg, x, y - 4, picture.middle[0], size=22, weight="bold")
        for place, line in enumerate(picture.middle[1:], start=1):
            _text(svg, x, y + 18 * place, line, size=14)
    return svg


def _path(points: tuple[Point, ...]) -> str:
    start, *rest = (f"{round(x, 1):g} {round(y, 1):g}" for x, y in points)
    return f"M{start}C{' '.join(rest)}"


def _line(svg: Element, wire: Wire) -> None:
    style = {"fill": "none", "stroke": GREY, "stroke-width": f"{wire.width:g}", "d": _path(wire.points)}
    if wire.kind == "through":
        style["stroke-dasharray"] = "5 3"
    path = SubElement(svg, "path", style)
    if wire.tip:
        SubElement(path, "title").text = wire.tip
    if wire.arrow:
        _head(svg, wire.points, 7.0 + wire.width, GREY)


def _pipe(svg: Element, wire: Wire, valves: dict[str, Box]) -> None:
    """Two parallel lines: a thick one with a white one inside; it goes through the name of its valve to the valve."""
    points = wire.points
    if wire.arrow:  # the pipe ends where its head begins
        x, y, turned = *points[-1], angle(points)
        points = (*points[:-1], (x - 10 * math.cos(turned), y - 10 * math.sin(turned)))
    for is_end, key in ((False, wire.tail), (True, wire.head)):
        if key in valves:
            hub = valves[key].x, valves[key].y
            points = (*points, points[-1], hub, hub) if is_end else (hub, hub, points[0], *points)
    for stroke, width in ((INK, "6"), ("#fff", "3.4")):
        SubElement(svg, "path", {"fill": "none", "stroke": stroke, "stroke-width": width, "d": _path(points)})
    if wire.arrow:
        _head(svg, wire.points, 12.0, INK, 0.55)


def _head(svg: Element, points: tuple[Point, ...], size: float, fill: str, spread: float = 0.42) -> None:
    """An arrowhead with its tip at the end of a line."""
    x, y, turned = *points[-1], angle(points)
    wings = [(x - size * math.cos(turned + turn), y - size * math.sin(turned + turn)) for turn in (-spread, spread)]
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in ((x, y), *wings))
    SubElement(svg, "polygon", {"points": corners, "fill": fill})


def _box(svg: Element, box: Box, picture: Picture) -> None:
    group = SubElement(svg, "g")
    if box.tip:
        SubElement(group, "title").text = box.tip
    width, height = box.size(picture.direction)
    if box.kind == "cloud":
        _cloud(group, box)
        return
    if box.kind == "valve":
        _valve(group, box, picture)
        return
    left, top = box.x - width / 2, box.y - height / 2
    if box.kind in ("stock", "sector"):
        frame = {"x": f"{left:.1f}", "y": f"{top:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
        stroke = "2" if box.kind == "stock" else "1.2"
        rounded = {"rx": "6"} if box.kind == "sector" else {}
        SubElement(group, "rect", {**frame, **rounded, "fill": "#fff", "stroke": INK, "stroke-width": stroke})
    _lines(group, box, box.x, box.y - box.label[1] / 2)


def _lines(group: Element, box: Box, x: float, top: float, anchor: str = "middle") -> None:
    """The label of a box, from its upper edge down."""
    small = box.kind in ("constant", "outside")
    scale = SMALL if small else 1.0
    style = {"style": "italic"} if box.kind == "constant" else {}
    for place, line in enumerate(box.lines):
        y = top + (place + 0.76) * LINE * scale
        weight = "bold" if box.kind in ("stock", "sector") else ""
        fill = GREY if small else INK
        _text(group, x, y, line, size=SIZE * scale, weight=weight, fill=fill, anchor=anchor, halo=True, **style)
    if box.note:
        y = top + len(box.lines) * LINE * scale + 0.76 * LINE * SMALL
        _text(group, x, y, box.note, size=SIZE * SMALL, fill=PALE, anchor=anchor, halo=True)


def _valve(group: Element, box: Box, picture: Picture) -> None:
    x, y = box.x, box.y
    half, tall = VALVE[0] / 2 - 2, VALVE[1] / 2
    lying = picture.direction == "LR"
    corners = (
        [(x - half, y - tall), (x + half, y + tall), (x + half, y - tall), (x - half, y + tall)]
        if lying
        else [(x - tall, y - half), (x + tall, y + half), (x - tall, y + half), (x + tall, y - half)]
    )
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    SubElement(group, "polygon", {"points": points, "fill": "#fff", "stroke": INK, "stroke-width": "1.4"})
    if lying:
        _lines(group, box, x, y + tall + 1)
    else:
        _lines(group, box, x + VALVE[0] / 2 + 4, y - box.label[1] / 2, anchor="start")


def _cloud(group: Element, box: Box) -> None:
    """Three bulges: what lies outside the model."""
    for dx, dy, radius in _bulges():
        circle = {"cx": f"{box.x + dx:.1f}", "cy": f"{box.y + dy:.1f}", "r": f"{radius:g}"}
        SubElement(group, "circle", {**circle, "fill": "#fff", "stroke": GREY, "stroke-width": "1.2"})
    for dx, dy, radius in _bulges():  # the lines inside go
        circle = {"cx": f"{box.x + dx:.1f}", "cy": f"{box.y + dy:.1f}", "r": f"{radius - 0.6:g}"}
        SubElement(group, "circle", {**circle, "fill": "#fff"})


def _bulges() -> Iterator[tuple[float, float, float]]:
    yield from ((-7.0, 2.0, 6.5), (7.0, 2.0, 6.5), (0.0, -2.5, 7.5))


def _text(
    parent: Element, x: float, y: float, text: str, *, size: float = SIZE, weight: str = "", style: str = "",
    fill: str = INK, anchor: str = "middle", halo: bool = False,
) -> None:  # fmt: skip
    attributes = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": fill, "font-size": f"{size:g}"}
    if weight:
        attributes["font-weight"] = weight
    if style:
        attributes["font-style"] = style
    if halo:  # a white rim keeps a text readable where a line passes
        attributes |= {"stroke": "#fff", "stroke-width": "3", "paint-order": "stroke", "stroke-linejoin": "round"}
    SubElement(parent, "text", attributes).text = text
