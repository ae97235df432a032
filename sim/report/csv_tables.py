r"""Targets and their readings as CSV for Excel and for programs: UTF-8 with BOM, ``\r\n``, unrounded numbers.

Cells are those of :mod:`sim.report.csv_cells`; `read_targets_csv` takes the apostrophe of a text off again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.folder import write_whole
from sim.report.csv_cells import cell_text
from sim.targets.rows import columns, readings_columns

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow


def write_targets_csv(path: Path, rows: Sequence[TargetRow]) -> None:
    """Write ``targets.csv``, one line per target.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    lines = ([getattr(row, column) for column in columns()] for row in rows)
    write_whole(path, csv_bytes(columns(), lines))


def write_readings_csv(path: Path, rows: Sequence[TargetRow]) -> None:
    """Write ``targets_readings.csv``, one line per reading of each target.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    readings = (reading for row in rows for reading in row.readings)
    lines = ([getattr(reading, column) for column in readings_columns()] for reading in readings)
    write_whole(path, csv_bytes(readings_columns(), lines))


def csv_bytes(header: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    r"""A table as the bytes of a CSV file that Excel opens by a double click, Chinese and all.

    >>> csv_bytes(["a", "b"], [[0.1, True], [None, "=1+1"]]).decode("utf-8-sig")
    "a,b\r\n0.1,1\r\n,'=1+1\r\n"
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell_text(value) for value in line] for line in lines)
    return buffer.getvalue().encode("utf-8-sig", errors="replace")


def read_targets_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a ``targets.csv`` by column name, as text (empty where there was nothing).

    Raises
    ------
    OSError, UnicodeError, csv.Error
        If the file cannot be read as such a table.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, [])
        lines = [[_unquoted(cell) for cell in line] for line in reader if line]
    if any(len(line) != len(header) for line in lines):
        raise csv.Error("a line has another number of cells than the header")
    return [dict(zip(header, line, strict=True)) for line in lines]


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
