"""How a sheet looks and prints, and how a workbook becomes the same bytes from the same content."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from sim.report.width import cells
from sim.words.catalogue import Language, text

_BODY = {"zh": "宋体", "en": "Times New Roman"}
_HEAD = {"zh": "黑体", "en": "Times New Roman"}
_THICK, _THIN = Side(style="medium"), Side(style="thin")
_A4 = 9
_EPOCH = datetime(2000, 1, 1)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_CELL_LIMIT = 32767  # characters that Excel takes in one cell
_FORMULA = ("=", "+", "-", "@")  # what a program may take for the start of one
_LINE = 14.0  # points that a line of 10-point text takes


def look(sheet: Worksheet, font: Font, alignment: Alignment | None = None) -> Any:
    """A cell that stands in no sheet, for others to look like: giving a font to each is slow."""
    cell: Any = Cell(sheet, 1, 1)
    cell.font = font
    if alignment is not None:
        cell.alignment = alignment
    return cell


def put(sheet: Worksheet, row: int, column: int, value: object, number_format: str = "", like: Any = None) -> Any:
    """Write one cell; text stays text even if it looks like a formula, what isn't finite stays empty.

    Parameters
    ----------
    row, column
        From 1.
    number_format
        Excel's format of a number; general if empty.
    like
        What :func:`look` gave.
    """
    cell: Any = sheet.cell(row, column)
    if like is not None:
        cell._style = copy(like._style)
    if isinstance(value, bool):
        cell.value = int(value)
    elif isinstance(value, int | float):
        cell.value = _number(float(value))
        if number_format:
            cell.number_format = number_format
    elif value is not None:
        cell.value = words = _words(str(value))
        cell.data_type = "s"
        if words[:1] in _FORMULA:
            cell.quotePrefix = True
    return cell


def _words(content: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", content)[:_CELL_LIMIT]


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value == round(value) and abs(value) < 1e15 else value


class LongTable:
    """The rows of a table of many thousand cells, as XML: the library takes longer for them than a run takes.

    Parameters
    ----------
    sheet
        Where they stand below everything else.
    columns
        How many columns the table has.
    """

    def __init__(self, sheet: Worksheet, columns: int) -> None:
        self.sheet, self._last = sheet, 0
        self._letters = [get_column_letter(column) for column in range(1, columns + 1)]
        self._rows: list[str] = []
        self._styles: dict[tuple[str, bool, bool], int] = {}

    def add(self, row: int, values: Sequence[object], number_format: str, *, closing: bool = False) -> None:
        """One row from the first column on, as `put` would write it; ``closing``: the thick rule is under it."""
        self._last = row
        cells_of_row = [
            self._cell(f"{letter}{row}", value, number_format, closing)
            for letter, value in zip(self._letters, values, strict=True)
        ]
        self._rows.append(f'<row r="{row}">{"".join(cells_of_row)}</row>')

    def within(self, content: bytes) -> bytes:
        """The sheet's XML with the rows in it."""
        reach = f"{self._letters[-1]}{self._last}".encode()
        content = re.sub(rb'(<dimension ref="A1:)[^"]*', rb"\g<1>" + reach, content)
        return content.replace(b"</sheetData>", "".join(self._rows).encode() + b"</sheetData>")

    def _cell(self, place: str, value: object, number_format: str, closing: bool) -> str:
        if isinstance(value, float):
            shown = _number(value)
            told = "" if shown is None else f"<v>{shown:.16g}</v>"
            return f'<c r="{place}" s="{self._style(number_format, closing, False)}">{told}</c>'
        words = _words(str(value))
        style = self._style("", closing, words[:1] in _FORMULA)
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{escape(words)}</t></is></c>'

    def _style(self, number_format: str, closing: bool, quoted: bool) -> int:
        key = number_format, closing, quoted
        if key not in self._styles:
            model: Any = Cell(self.sheet, 1, 1)  # stands in no sheet: the workbook only gets to know its style
            model.number_format = number_format or "General"
            model.border = Border(bottom=_THICK) if closing else Border()
            if quoted:
                model.quotePrefix = True
            self._styles[key] = int(model.style_id)
        return self._styles[key]


def number_format(values: Sequence[float]) -> str:
    """A format with as many decimals as the largest of the values asks for.

    >>> number_format([9209.3, 14000.0]), number_format([0.02]), number_format([12.0, 3.0])
    ('#,##0', '0.0000', '0')
    """
    finite = [value for value in values if math.isfinite(value)]
    most = max((abs(value) for value in finite), default=0.0)
    if most >= 1000:
        return "#,##0"
    if all(value == round(value) for value in finite):
        return "0"
    return "0.0" if most >= 100 else "0.00" if most >= 1 else "0.0000"


def title(sheet: Worksheet, words: str, columns: int, lang: Language, below: str = "") -> int:
    """Title over the whole width, a smaller line below it; returns the next free row."""
    cell = put(sheet, 1, 1, words)
    cell.font = Font(name=_HEAD[lang], size=16, bold=lang == "en")
    cell.alignment = Alignment(horizontal="center", vertical="center")
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=columns)
    sheet.row_dimensions[1].height = 28
    if not below:
        return 2
    cell = put(sheet, 2, 1, below)
    cell.font = Font(name=_BODY[lang], size=9)
    cell.alignment = Alignment(horizontal="center")
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=columns)
    return 3


def header(sheet: Worksheet, row: int, names: Sequence[str], lang: Language) -> None:
    """Header of a three-line table: thick rule above, thin rule below."""
    for column, name in enumerate(names, start=1):
        cell = put(sheet, row, column, name)
        cell.font = Font(name=_HEAD[lang], size=10, bold=lang == "en")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = Border(top=_THICK, bottom=_THIN)


def close_table(sheet: Worksheet, row: int, columns: int) -> None:
    """The thick rule under the last row of a three-line table."""
    for column in range(1, columns + 1):
        cell: Any = sheet.cell(row, column)
        cell.border = Border(top=cell.border.top, bottom=_THICK)


def body_font(lang: Language, bold: bool = False) -> Font:
    """Font of a table's rows."""
    return Font(name=_HEAD[lang] if bold else _BODY[lang], size=10, bold=bold and lang == "en")


def note(sheet: Worksheet, row: int, words: str, columns: int, lang: Language) -> int:
    """A note over the whole width, as high as its lines; returns the next free row."""
    cell = put(sheet, row, 1, words)
    cell.font = Font(name=_BODY[lang], size=9)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
    widths = [sheet.column_dimensions[get_column_letter(i)].width for i in range(1, columns + 1)]
    lines = math.ceil(cells(words) / max(sum(widths) * 1.05, 10.0))  # notes are set one point smaller
    sheet.row_dimensions[row].height = _LINE * max(lines, 1)
    return row + 1


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    """Column widths in characters, from the first column on."""
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def set_row(sheet: Worksheet, row: int, first_wrapped: Mapping[int, str]) -> None:
    """Height of a row by its longest wrapped text (``column: text``): not every program finds it out."""
    lines = 1
    for column, words in first_wrapped.items():
        width = sheet.column_dimensions[get_column_letter(column)].width
        lines = max(lines, math.ceil(cells(words) / max(width - 1, 1)))
    sheet.row_dimensions[row].height = _LINE * lines + 2


def print_setup(sheet: Worksheet, header_row: int, frozen: str, lang: Language) -> None:
    """A4 landscape, one page wide, header rows on every page, page numbers, no grid on the screen."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"1:{header_row}"
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.3  # the library's own 0.5 cuts the page number
    footer = HeaderFooterItem()
    footer.center.text = text(lang, "sheet.footer")
    sheet.oddFooter = footer
    sheet.freeze_panes = frozen
    sheet.sheet_view.showGridLines = False


class _Archive(zipfile.ZipFile):
    """A workbook's archive without a trace of when and where it was written; adds the long tables to their sheets."""

    tables: Sequence[LongTable] = ()

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Add a member under a fixed date."""
        member = zipfile.ZipInfo(zinfo_or_arcname, _ZIP_TIME)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.create_system = 0  # the same on every system
        super().writestr(member, data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add a sheet, which the library has in a file of its own."""
        content = Path(filename).read_bytes()
        for table in self.tables:
            if table.sheet.path == f"/{arcname}":
                content = table.within(content)
        self.writestr(arcname, content)


def workbook_bytes(workbook: Workbook, tables: Sequence[LongTable] = ()) -> bytes:
    """The workbook as a file: same content, same bytes."""
    workbook.properties.creator = "sim"
    workbook.properties.created = workbook.properties.modified = _EPOCH
    buffer = io.BytesIO()
    with _Archive(buffer, "w") as archive:
        archive.tables = tables
        ExcelWriter(workbook, archive).write_data()
    return buffer.getvalue()
