"""How to read the diagrams: every form once, drawn by what draws the diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from xml.etree.ElementTree import Element

from sim.handbook.html import Speech, row, tag
from sim.handbook.picture import Box, Kind, Picture, Wire
from sim.handbook.svg import drawing
from sim.words.catalogue import Language, text

_WIDTH, _LOW, _TALL = 220.0, 34.0, 56.0


def legend(speech: Speech) -> Iterator[Element]:
    """A table of forms and what they mean, and what the words of the tables mean."""
    shown = ("pipe", "link", "through", "outside", "constant", "plus", "minus", "both", "unknown")
    rows = [row(speech.blocks(partial(_drawn, key)), speech.say(f"legend.{key}")) for key in shown]
    yield tag("table", tag("tbody", rows), class_="legend")
    for key in ("signs", "roles", "names"):
        yield tag("p", speech.say(f"legend_{key}"))


def _drawn(key: str, lang: Language) -> Element:
    return drawing(_example(key, lang))


def _example(key: str, lang: Language) -> Picture:
    def word(name: str) -> tuple[str, ...]:
        return (text(lang, f"handbook.legend_word.{name}"),)

    left, right = (30.0, 14.0), (185.0, 14.0)
    line = ((60.0, 14.0), (90.0, 14.0), (120.0, 14.0), (155.0, 14.0))
    title = text(lang, f"handbook.legend.{key}")
    if key == "pipe":
        boxes = [Box("a", "cloud", (), x=18, y=20), Box("b", "valve", word("flow"), x=85, y=20),
                 Box("c", "stock", word("stock"), x=180, y=20)]  # fmt: skip
        half = boxes[2].size("LR")[0] / 2
        wires = [Wire("a", "b", "pipe", arrow=False, points=((32, 20), (45, 20), (60, 20), (70, 20))),
                 Wire("b", "c", "pipe", points=((100, 20), (110, 20), (120, 20), (180 - half, 20)))]  # fmt: skip
        return Picture(title, _WIDTH, _TALL, boxes, wires)
    if key in ("outside", "constant"):
        kind: Kind = "outside" if key == "outside" else "constant"
        label = f"<{word('variable')[0]}>" if key == "outside" else word("variable")[0]
        return Picture(title, _WIDTH, _LOW, [Box("a", kind, (label,), x=110, y=14)], [])
    mark = {"plus": "+", "minus": "-", "both": "±", "unknown": "?"}.get(key, "")
    boxes = [Box("a", "auxiliary", word("cause"), x=left[0], y=left[1]),
             Box("b", "auxiliary", word("effect"), x=right[0], y=right[1])]  # fmt: skip
    wire = Wire("a", "b", "through" if key == "through" else "link", mark, points=line)
    return Picture(title, _WIDTH, _LOW, boxes, [wire])
