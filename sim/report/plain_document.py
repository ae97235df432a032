"""A document as lines for the screen: at most 100 cells wide, the same when piped."""

from __future__ import annotations

from collections.abc import Iterator

from sim.document.blocks import Block, Document, Grid, Heading, Items, Paragraph
from sim.report.columns import WIDTH, Column, table
from sim.report.width import cells, plain, wrap
from sim.words.catalogue import text


def plain_lines(document: Document) -> Iterator[str]:
    """The lines; pictures are left out.

    >>> from sim.document.blocks import Heading
    >>> list(plain_lines(Document([Heading("T01", 0), Paragraph("Words.")], "en", {})))
    ['T01', '===', 'Words.']
    """
    number = 0
    for place, block in enumerate(document.blocks):
        if place and isinstance(block, Heading | Grid):
            yield ""
        if isinstance(block, Grid):
            number += 1
            yield from _grid(block, f"{text(document.lang, 'document.table')}{number}  ", document)
        else:
            yield from _lines(block)


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            lines = wrap(plain(block.words), WIDTH)
            yield from lines
            if block.level < 2:
                yield ("=" if block.level == 0 else "-") * max(map(cells, lines))
        case Paragraph():
            yield from wrap(plain(block.words), WIDTH)
        case Items():
            for line in block.lines:
                yield from wrap(f"- {plain(line)}", WIDTH, "  ")


def _grid(grid: Grid, label: str, document: Document) -> Iterator[str]:
    unit = f"  {text(document.lang, 'document.unit', unit=grid.unit)}" if grid.unit else ""
    yield from wrap(plain(f"{label}{grid.title}{unit}"), WIDTH, "  ")
    full = [row for row in grid.rows if len(row) > 1]
    columns = [
        Column(plain(head), [plain(row[at]) for row in full], "right" if at in grid.numbers else "left",
               at not in grid.numbers | grid.whole)
        for at, head in enumerate(grid.heads)
    ]  # fmt: skip
    head, body = table(columns)
    yield from head
    lines = iter(body)
    for row in grid.rows:
        yield from [next(lines)] if len(row) > 1 else wrap(plain(row[0]), WIDTH)
    yield head[-1]
    for note in grid.notes:
        yield from wrap(plain(note), WIDTH)
