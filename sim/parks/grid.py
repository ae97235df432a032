"""Cells of a table file (CSV or Excel workbook) with their places, before their meaning is known."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sim.errors import InputError, Place, Problem

MAX_PARKS = 10_000
MAX_BYTES = 50_000_000
_OLD_EXCEL_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"
# a damaged workbook shows itself in openpyxl as almost any error; the XML parser's is a SyntaxError
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, SyntaxError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, NotImplementedError, RuntimeError),
)


@dataclass(frozen=True)
class Formula:
    """A formula whose value the workbook does not hold (written by a program, never calculated by Excel)."""

    text: str


Value = str | float | int | bool | Formula | None


@dataclass(frozen=True)
class Row:
    """One row: its 1-based line in the file or sheet, and its cells; None is an empty cell."""

    line: int
    cells: tuple[Value, ...]

    def cell(self, index: int) -> Value:
        """A cell, None beyond the end of the row."""
        return self.cells[index] if index < len(self.cells) else None


@dataclass(frozen=True)
class Grid:
    """The rows of a table that are not wholly empty; ``sheet`` is "" for a CSV file."""

    path: Path
    sheet: str
    rows: tuple[Row, ...]

    def place(self, row: Row, index: int = 0) -> Place:
        """File and line, or the sheet's cell."""
        if not self.sheet:
            return Place(self.path, row.line)
        from openpyxl.utils import get_column_letter  # a table in a CSV file, as bundles have, needs no openpyxl

        return Place(self.path, cell=f"{self.sheet}!{get_column_letter(index + 1)}{row.line}")


def refused(path: Path, code: str, **values: object) -> InputError:
    """The error for a file that cannot be read as a table."""
    return InputError([Problem(Place(path), code, {"file": str(path)} | values)])


def read_grids(path: Path, any_encoding: bool = False) -> tuple[Grid, ...]:
    """Read a CSV file (one grid) or every sheet of a workbook.

    Parameters
    ----------
    any_encoding
        Whether a CSV file in GB18030, as Excel writes it on a Chinese system, is read as well.

    Raises
    ------
    InputError
        If the file is missing, unreadable, empty, encrypted, of an old or unknown format, or too large.
    """
    raw = _bytes_of(path)
    suffix = path.suffix.lower()
    if raw.startswith(_OLD_EXCEL_OR_ENCRYPTED):
        raise refused(path, "parks_old_excel" if suffix == ".xls" else "parks_encrypted")
    if raw.startswith(b"PK"):
        return _workbook(path, raw)
    if suffix in (".xlsx", ".xlsm", ".xls", ".ods", ".et", ".numbers"):
        raise refused(path, "parks_old_excel" if suffix == ".xls" else "parks_broken")
    return (_csv(path, _text(path, raw, any_encoding)),)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise refused(path, "parks_is_folder")
        if not path.exists():
            raise refused(path, "parks_missing")
        if path.stat().st_size > MAX_BYTES:
            raise refused(path, "parks_too_large", limit=MAX_BYTES // 1_000_000)
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refused(path, "parks_unreadable", reason=reason) from None
    if not raw.strip():
        raise refused(path, "parks_empty")
    return raw


def _text(path: Path, raw: bytes, any_encoding: bool) -> str:
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
    for name in ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("gb18030",):
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        if any_encoding:
            return text
        raise InputError(
            [Problem(Place(path, line), "parks_encoding", {"file": str(path), "encoding": name})]
        )
    raise InputError([Problem(Place(path, line), "parks_not_text", {"file": str(path)})])


def _csv(path: Path, text: str) -> Grid:
    first = text.split("\n", 1)[0]
    separator = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    start = 1
    try:
        for cells in reader:
            values = tuple(cell.strip() or None for cell in cells)
            rows += [Row(start, values)] if any(values) else []
            start = reader.line_num + 1
            _limit(path, rows)
    except csv.Error:
        raise InputError([Problem(Place(path, start), "parks_csv", {"file": str(path)})]) from None
    return Grid(path, "", tuple(rows))


def _limit(path: Path, rows: Sequence[Row]) -> None:
    if len(rows) > MAX_PARKS + 40:  # the header and what may stand above and below the table
        raise refused(path, "parks_too_many", limit=MAX_PARKS)


def _workbook(path: Path, raw: bytes) -> tuple[Grid, ...]:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl on parts that it drops: none concern the cells
            values = load_workbook(io.BytesIO(raw), data_only=True, read_only=True)
            formulas = load_workbook(io.BytesIO(raw), data_only=False, read_only=True)
            names = [sheet.title for sheet in values.worksheets]
            return tuple(Grid(path, name, tuple(_rows(path, values[name], formulas[name]))) for name in names)
    except InputError:
        raise
    except _DAMAGED:
        raise refused(path, "parks_broken") from None


def _rows(path: Path, values: Any, formulas: Any) -> Iterator[Row]:
    kept: list[Row] = []
    for sheet in (values, formulas):
        sheet.reset_dimensions()  # some programs write a wrong extent, which would cut rows off
    pairs = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True)
    for line, (cells, texts) in enumerate(pairs, 1):
        row = tuple(_value(cell, text) for cell, text in zip(cells, texts, strict=True))
        if any(cell is not None for cell in row):
            kept.append(Row(line, row))
            _limit(path, kept)
    yield from kept


def _value(cell: object, text: object) -> Value:
    if cell is None and text is not None:
        return Formula(str(getattr(text, "text", text)))
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool | int | float) or cell is None:
        return cell
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
