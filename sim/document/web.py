"""A document as one HTML file with everything inside: pictures too, nothing from outside, no script."""

from __future__ import annotations

import base64
from importlib.resources import files
from typing import Any

from sim.document.blocks import Document, Grid, Heading, Items, Paragraph, Picture, in_print
from sim.words.catalogue import text


def html_bytes(document: Document) -> bytes:
    """The page, UTF-8.

    >>> from sim.document.blocks import Heading
    >>> b"<h1>A &amp; B</h1>" in html_bytes(Document([Heading("A & B", 0)], "en", {}))
    True
    """
    document = in_print(document)
    # Jinja2 is needed for reports alone
    from jinja2 import Environment, StrictUndefined

    room = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = room.from_string(files("sim.document").joinpath("page.html.j2").read_text(encoding="utf-8"))
    numbers = {"table": 0, "figure": 0}

    def label(kind: str, goes_on: bool = False) -> str:
        numbers[kind] += not goes_on
        return f"{text(document.lang, f'document.{kind}')}{numbers[kind]}"

    page = template.render(document=document, kinds=_kinds(document), label=label, picture=_picture, unit=_unit)
    return page.encode("utf-8")


def _kinds(document: Document) -> list[tuple[str, Any]]:
    names = {Heading: "heading", Paragraph: "paragraph", Items: "items", Grid: "grid", Picture: "picture"}
    return [(names[type(block)], block) for block in document.blocks]


def _picture(picture: Picture) -> str:
    """The picture as text within the page."""
    return "data:image/png;base64," + base64.b64encode(picture.path.read_bytes()).decode("ascii")


def _unit(document: Document, grid: Grid) -> str:
    return text(document.lang, "document.unit", unit=grid.unit) if grid.unit else ""
