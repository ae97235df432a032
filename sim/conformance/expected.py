"""Results that other programs wrote: tables with a column or a row for each variable, and Vensim's ``.dat`` text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError, Place, Problem
from sim.simulate.columns import number_of

MAX_BYTES = 100_000_000
_POINT = re.compile(r"\s*(\S+)[\s,]+(\S+)\s*")


@dataclass(frozen=True)
class Column:
    """Numbers of one element under the name that the file gives it.

    Parameters
    ----------
    times, values
        Where there is a number; empty cells and what is no finite number are left out.
    """

    name: str
    times: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Expected:
    """What a file of results holds.

    Parameters
    ----------
    clock
        Name of the column of times.
    skipped
        Cells that hold something else than a finite number.
    """

    path: Path
    clock: str
    columns: tuple[Column, ...]
    skipped: int = 0


def read_expected(path: Path) -> Expected:
    r"""Read results: ``.csv``, ``.tab`` (times down or across) or ``.dat`` (a name, then lines of time and value).

    Raises
    ------
    InputError
        If the file cannot be read, or holds no times or no columns.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "output.tab"
    ...     _ = file.write_text("Time\t0\t1\nstock[A,B]\t5\t\n")
    ...     read_expected(file).columns
    (Column(name='stock[A,B]', times=(0.0,), values=(5.0,)),)
    """
    text = _text(path)
    columns, clock, skipped = _of_dat(text) if path.suffix.lower() == ".dat" else _of_table(text, path)
    if not any(column.times for column in columns):
        raise InputError([Problem(Place(path), "conformance_no_numbers")])
    return Expected(path, clock, tuple(columns), skipped)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError([Problem(Place(path), "conformance_large", {"limit": MAX_BYTES // 1_000_000})])
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Problem(Place(path), "conformance_unreadable", {"reason": reason})]) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _of_table(text: str, path: Path) -> tuple[list[Column], str, int]:
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, path)) if any(row)]
    if not rows:
        return [], "", 0
    if len(rows[0]) > 1 and all(number_of(cell) is not None for cell in rows[0][1:] if cell.strip()):
        times, lines = _times(rows[0][1:], path), [(row[0].strip(), row[1:]) for row in rows[1:]]
    else:
        names = [name.strip() for name in rows[0][1:]]
        times = _times([row[0] for row in rows[1:]], path)
        lines = [(name, [_at(row, place) for row in rows[1:]]) for place, name in enumerate(names, start=1)]
    columns, skipped = [], 0
    for name, cells in lines:
        column, odd = _column(name, times, cells)
        skipped += odd
        columns += [column] if name else []
    return columns, rows[0][0].strip(), skipped


def _delimiter(text: str, path: Path) -> str:
    """The usual one of the file's ending, unless the first line doesn't have it."""
    first = text.lstrip().partition("\n")[0]
    usual = "\t" if path.suffix.lower() == ".tab" else ","
    return next((mark for mark in (usual, "\t", ";", ",") if mark in first), usual)


def _at(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _times(cells: Iterable[str], path: Path) -> list[float]:
    found = []
    for cell in cells:
        number = number_of(cell)
        if number is None:
            raise InputError([Problem(Place(path), "conformance_time", {"text": cell.strip()[:40]})])
        found.append(number)
    return found


def _column(name: str, times: Sequence[float], cells: Sequence[str]) -> tuple[Column, int]:
    points, odd = [], 0
    for time, cell in zip(times, cells, strict=False):
        number = number_of(cell)
        odd += bool(cell.strip()) and number is None
        points += [(time, number)] if number is not None else []
    return Column(name, tuple(time for time, _ in points), tuple(value for _, value in points)), odd


def _of_dat(text: str) -> tuple[list[Column], str, int]:
    found: list[tuple[str, list[tuple[float, float]]]] = []
    skipped = 0
    for line in text.splitlines():
        match = _POINT.fullmatch(line)
        time = number_of(match[1]) if match else None
        if match is None or time is None or not found:
            found += [(line.strip(), [])] if line.strip() else []
            continue
        value = number_of(match[2])
        skipped += value is None
        found[-1][1].extend([] if value is None else [(time, value)])
    columns = [Column(name, tuple(t for t, _ in points), tuple(v for _, v in points)) for name, points in found]
    return columns, "Time", skipped
