"""Tables in files beside a model: CSV, text with tabs, Excel. Numbers and labels only; nothing is computed or followed.

A file is read whole, within bounds on its size, also unpacked. Cells are counted from zero here.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

MOST_BYTES, MOST_UNPACKED = 50_000_000, 400_000_000
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
EXCEL = (".xlsx", ".xlsm")


class SheetError(Exception):
    """A table that can't be read: a code of the catalogue and its values."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class Sheet:
    """A table; rows may have different lengths.

    Parameters
    ----------
    names
        Cells with a name of their own, by name in lower case.
    """

    rows: Sequence[Sequence[object]]
    names: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """Number of columns of the longest row."""
        return max(map(len, self.rows), default=0)

    def text(self, row: int, column: int) -> str:
        """What a cell says; empty beyond the table."""
        if not (0 <= row < len(self.rows) and 0 <= column < len(self.rows[row])):
            return ""
        value = self.rows[row][column]
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value).strip()

    def number(self, row: int, column: int) -> float | None:
        """The number in a cell; nothing if there is none.

        >>> Sheet([["1,234", "x"]]).number(0, 0), Sheet([["1,234", "x"]]).number(0, 1)
        (1234.0, None)
        """
        text = self.text(row, column)
        if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", text):
            text = text.replace(",", "")
        try:
            found = float(text)
        except ValueError:
            return None
        return found if found == found and abs(found) != float("inf") else None

    def place(self, cell: str) -> tuple[int, int]:
        """Row and column of a cell such as ``B2``, or of a name.

        Raises
        ------
        SheetError
            If it is neither.
        """
        match = _CELL.fullmatch(cell.strip())
        if match and int(match[2]):
            return int(match[2]) - 1, column_number(match[1])
        if cell.strip().lower() in self.names:
            return self.names[cell.strip().lower()]
        raise SheetError("data_cell", cell=cell)


def column_number(letters: str) -> int:
    """Number of a column.

    >>> column_number("A"), column_number("AB")
    (0, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def read_sheet(file: Path, tab: str) -> Sheet:
    """A table of a file: a sheet of a workbook, or text with a character between cells.

    Parameters
    ----------
    tab
        Name of the sheet; for text the character, by default a comma in ``.csv`` and a tab elsewhere.

    Raises
    ------
    SheetError
        If there is no such file or sheet, or it can't be read.
    """
    try:
        raw = file.read_bytes() if file.stat().st_size <= MOST_BYTES else None
    except OSError:
        raise SheetError("data_file_missing", file=file.name) from None
    if raw is None:
        raise SheetError("data_file_large", file=file.name, limit=MOST_BYTES // 1_000_000)
    if file.suffix.lower() in EXCEL:
        return _workbook(raw, file.name, tab)
    if raw[:4] == b"\xd0\xcf\x11\xe0":
        raise SheetError("data_file_old", file=file.name)
    return _text(raw, file, tab)


def _text(raw: bytes, file: Path, tab: str) -> Sheet:
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise SheetError("data_file_unreadable", file=file.name)
    between = {"": "," if file.suffix.lower() == ".csv" else "\t", "\\t": "\t", "tab": "\t"}.get(tab.lower(), tab)
    if len(between) != 1:
        between = "," if file.suffix.lower() == ".csv" else "\t"
    try:
        return Sheet(list(csv.reader(io.StringIO(text, newline=""), delimiter=between)))
    except csv.Error:
        raise SheetError("data_file_unreadable", file=file.name) from None


def _workbook(raw: bytes, name: str, tab: str) -> Sheet:
    from openpyxl import load_workbook

    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(raw)).infolist())
        if unpacked > MOST_UNPACKED:
            raise SheetError("data_file_large", file=name, limit=MOST_UNPACKED // 1_000_000)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    except SheetError:
        raise
    except Exception:  # the library raises whatever the parts of a broken file lead to
        raise SheetError("data_file_unreadable", file=name) from None
    found = [title for title in book.sheetnames if title.lower() == tab.lower()]
    if not found and tab:
        raise SheetError("data_sheet_missing", file=name, sheet=tab, known=", ".join(book.sheetnames))
    title = found[0] if found else book.sheetnames[0]
    rows = [list(row) for row in book[title].iter_rows(values_only=True)]
    return Sheet(rows, _names(book.defined_names, title))


def _names(defined: dict[str, object], title: str) -> dict[str, tuple[int, int]]:
    """Names of cells, or of the first cell of a block, of one sheet."""
    found = {}
    for name, one in defined.items():
        match = re.fullmatch(r"'?([^'!]*)'?!\$?([A-Z]{1,3})\$?(\d+)(?::.*)?", str(getattr(one, "value", "")))
        if match and match[1].lower() == title.lower():
            found[name.lower()] = (int(match[3]) - 1, column_number(match[2]))
    return found
