"""``figures.xlsx``: the numbers behind each figure, one sheet a figure."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from sim.report.figure_data import Block, Cell, DataSheet, tab_of
from sim.report.width import cells
from sim.report.workbook_style import (
    body_font,
    close_table,
    header,
    look,
    note,
    number_format,
    print_setup,
    put,
    set_widths,
    title,
    workbook_bytes,
)
from sim.words.catalogue import Language

_LEAST, _MOST = 9.5, 34.0


def figures_workbook(sheets: Sequence[DataSheet], lang: Language, before: bytes | None = None) -> bytes:
    """The workbook as a file.

    Parameters
    ----------
    sheets
        One for each figure; the name of the tab is its code.
    before
        A workbook whose other sheets are kept: those of figures that are not drawn anew.

    Raises
    ------
    Exception
        Whatever the reader makes of a file ``before`` that is no workbook.
    """
    workbook = Workbook() if before is None else load_workbook(io.BytesIO(before))
    if before is None:
        del workbook[workbook.sheetnames[0]]
    for one in sheets:
        tab = tab_of(one.code)
        place = workbook.sheetnames.index(tab) if tab in workbook.sheetnames else None
        if place is not None:
            del workbook[tab]
        _fill(workbook.create_sheet(tab, place), one, lang)
    workbook.active = 0
    return workbook_bytes(workbook)


def _fill(sheet: Worksheet, data: DataSheet, lang: Language) -> None:
    width = max(block.width for block in data.blocks)
    set_widths(sheet, _widths(data.blocks, width))
    at = first = title(sheet, data.title, width, lang, data.about)
    for block in data.blocks:
        at = _block(sheet, at, block, lang) + 2
    at = note(sheet, at, data.note, width, lang)
    note(sheet, at, data.source, width, lang)
    heads = first + (1 if data.blocks[0].title else 0)
    print_setup(sheet, heads, f"A{heads + 1}", lang)


def _widths(blocks: Sequence[Block], count: int) -> list[float]:
    """Columns as wide as their words; numbers take what they need."""
    widths = [_LEAST] * count
    for block in blocks:
        for row in (block.heads, *block.rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    widths[column] = max(widths[column], min(cells(cell) + 2.0, _MOST))
    return widths


def _block(sheet: Worksheet, at: int, block: Block, lang: Language) -> int:
    """Write a table from a row on; returns its last row."""
    if block.title:
        put(sheet, at, 1, block.title, like=look(sheet, body_font(lang, bold=True)))
        at += 1
    header(sheet, at, block.heads, lang)
    words = look(sheet, body_font(lang), Alignment(wrap_text=True, vertical="center"))
    numbers = look(sheet, body_font(lang), Alignment(vertical="center"))
    for row in block.rows:
        at += 1
        every = number_format([cell for cell in row if isinstance(cell, float)]) if block.even else ""
        for column, cell in enumerate(row, start=1):
            number = isinstance(cell, int | float)
            put(sheet, at, column, cell, every or _format(cell), numbers if number else words)
    close_table(sheet, at, block.width)
    return at


def _format(cell: Cell) -> str:
    return number_format([cell]) if isinstance(cell, float) else "0"
