"""``figures.xlsx``: the numbers behind each figure, one sheet a figure."""

from __future__ import annotations

import io
import math
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
    set_row,
    set_widths,
    title,
    workbook_bytes,
)
from sim.words.catalogue import Language

_LEAST, _MOST, _MOST_BESIDE_YEARS = 6.5, 40.0, 32.0
"""Narrowest and widest column in characters; beside many years words break earlier, or a printed page is too small."""

_HEAD = 12.0
"""Where the head of a column of numbers may break."""

_PORTRAIT = 90.0
"""Up to this width a sheet prints upright."""

Formats = list[list[str]]
"""Excel's format of every cell of a table."""


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
    formats = [_formats(block) for block in data.blocks]
    widths = _widths(data.blocks, formats, width)
    set_widths(sheet, widths)
    at = first = title(sheet, data.title, width, lang, data.about)
    for block, shown in zip(data.blocks, formats, strict=True):
        at = _block(sheet, at, block, shown, lang) + 2
    at = note(sheet, at, data.note, width, lang)
    note(sheet, at, data.source, width, lang)
    heads = first + (1 if data.blocks[0].title else 0)
    # series keep their names in sight however far right one looks
    print_setup(sheet, heads, f"{'C' if data.blocks[0].even else 'A'}{heads + 1}", lang)
    if sum(widths) <= _PORTRAIT:
        sheet.page_setup.orientation = "portrait"


def _formats(block: Block) -> Formats:
    """Numbers of one panel get the same decimals, others as many as they ask for."""
    if not block.even:
        return [[number_format([cell]) if isinstance(cell, float) else "0" for cell in row] for row in block.rows]
    parts: dict[Cell, list[float]] = {}
    for row in block.rows:
        parts.setdefault(row[0], []).extend(cell for cell in row if isinstance(cell, float))
    every = {part: number_format(values) for part, values in parts.items()}
    return [[every[row[0]]] * block.width for row in block.rows]


def _widths(blocks: Sequence[Block], formats: Sequence[Formats], count: int) -> list[float]:
    """Columns as wide as their longest cell; words break at the widest, heads over numbers earlier."""
    widths = [_LEAST] * count
    most = _MOST_BESIDE_YEARS if count > 12 else _MOST
    for block, shown in zip(blocks, formats, strict=True):
        for column, head in enumerate(block.heads):
            widths[column] = max(widths[column], min(cells(head) + 2.0, _HEAD))
        for row, kinds in zip(block.rows, shown, strict=True):
            for column, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
                widths[column] = max(widths[column], min(_wide(cell, kind) + 1.8, most))
    return widths


def _wide(cell: Cell, kind: str) -> float:
    """Characters that a cell takes.

    >>> _wide(12345.678, "#,##0"), _wide(1.5, "0.00"), _wide("亿元", "")
    (6.0, 4.0, 4.0)
    """
    if isinstance(cell, str) or cell is None:
        return float(cells(cell or ""))
    if not math.isfinite(cell):
        return 0.0
    return float(len(f"{cell:{',' if ',' in kind else ''}.{len(kind.partition('.')[2])}f}"))


def _block(sheet: Worksheet, at: int, block: Block, formats: Formats, lang: Language) -> int:
    """Write a table from a row on; returns its last row."""
    if block.title:
        put(sheet, at, 1, block.title, like=look(sheet, body_font(lang, bold=True)))
        at += 1
    header(sheet, at, block.heads, lang)
    set_row(sheet, at, dict(enumerate(block.heads, start=1)))
    words = look(sheet, body_font(lang), Alignment(wrap_text=True, vertical="center"))
    numbers = look(sheet, body_font(lang), Alignment(vertical="center"))
    for row, kinds in zip(block.rows, formats, strict=True):
        at += 1
        for column, (cell, kind) in enumerate(zip(row, kinds, strict=True), start=1):
            number = isinstance(cell, int | float)
            put(sheet, at, column, cell, kind, numbers if number else words)
        set_row(sheet, at, {column: cell for column, cell in enumerate(row, start=1) if isinstance(cell, str)})
    close_table(sheet, at, block.width)
    return at
