"""A table of draws that replaces the ranges of the quantities that it holds: ``[uncertainty] draws = "file.csv"``.

CSV, UTF-8 with or without BOM. First column ``draw`` (1, 2, …), then one column for each quantity, with its name and
its value in the bundle's units; of a parameter by element one column each, ``name[element]``. Every row is as likely
as any other.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.bundle import Bundle
from sim.errors import InputError, Place, Problem
from sim.nearest import nearest
from sim.parameters import element
from sim.toml_values import ELEMENTS

Array = npt.NDArray[np.float64]
Rows = list[tuple[int, list[str]]]

DRAW = "draw"
MOST_BYTES = 500_000_000
MOST_TOLD = 50
"""Problems of one file that are told; a column of text in ten thousand rows is one mistake."""

EDGE = 1e-9
"""Of a range: a value that rounding has put this far beyond an end is taken as the end."""

_ROUND = 3
"""What a random stream is for: streams of one seed must not be the same numbers (1, 2: `sim.reconstruct.redraw`)."""

_COLUMN = re.compile(r"(?P<name>.*?)\s*\[(?P<elements>[^\[\]]*)\]\s*")


@dataclass(frozen=True)
class Posterior:
    """Draws by quantity.

    Parameters
    ----------
    values
        Shape (rows, *dims of the quantity).
    """

    values: Mapping[str, Array]
    rows: int

    def of_runs(self, seed: int, first: int, count: int) -> npt.NDArray[np.int64]:
        """The rows of neighbouring runs (both counted from 0), shape (count,).

        The runs take the rows in rounds, each round all of them once in an order of its own: run k of a seed has the
        same row whatever the number of runs.

        >>> ten = Posterior({}, 10)
        >>> sorted(ten.of_runs(1, 10, 10).tolist()) == list(range(10))
        True
        >>> bool((ten.of_runs(1, 3, 20) == ten.of_runs(1, 0, 30)[3:23]).all())
        True
        """
        turns = range(first // self.rows, -(-(first + count) // self.rows))
        dealt = [np.random.default_rng([seed, _ROUND, turn]).permutation(self.rows) for turn in turns]
        start = first - turns.start * self.rows
        return np.concatenate([np.empty(0, dtype=np.int64), *dealt]).astype(np.int64)[start : start + count]

    def at(self, name: str, quantile: Array) -> Array:
        """Values at quantiles of each element's own draws, shape (quantiles, *dims)."""
        return np.asarray(np.quantile(self.values[name], quantile, axis=0))


@dataclass(frozen=True)
class Column:
    """One number of a drawn quantity: where it belongs, and the range that it may take."""

    quantity: str
    place: tuple[int, ...]
    low: float
    high: float


def columns(bundle: Bundle) -> dict[str, Column]:
    """Every column that a table of draws may have, by its name.

    >>> from sim.bundle import load_bundle
    >>> found = columns(load_bundle(Path("models/inner-mongolia")))
    >>> found["reference capital output ratio[metals]"].high
    1.43
    """
    found = {}
    for name, one in bundle.parameters.items():
        if one.distribution != "fixed":
            for place, labels in places(one.dims):
                low, high = element(one.low, *labels), element(one.high, *labels)
                found[column_name(name, labels)] = Column(name, place, low, high)
    for quantity in bundle.ranges.quantities:
        found[quantity.name] = Column(quantity.name, (), quantity.low, quantity.high)
    return found


def places(dims: Sequence[str]) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Every element of some dimensions: where it stands, and its names."""
    for place in np.ndindex(*(len(ELEMENTS[name]) for name in dims)):
        yield place, tuple(ELEMENTS[name][at] for name, at in zip(dims, place, strict=True))


def column_name(name: str, labels: Sequence[str]) -> str:
    """The name of a column.

    >>> column_name("capital scale", ()), column_name("reference emission intensity", ("metals", "SO2"))
    ('capital scale', 'reference emission intensity[metals, SO2]')
    """
    return f"{name}[{', '.join(labels)}]" if labels else name


def file_digest(path: Path) -> str:
    """Hash of a table of draws; line ends don't count.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def read_posterior(path: Path, bundle: Bundle) -> Posterior:
    """Read a table of draws against what the bundle draws.

    Raises
    ------
    InputError
        With every mistake of the file and its line: no column ``draw``, columns that nothing draws or that stand twice,
        elements of a parameter that are missing, cells without a number, values outside their range, no rows.
    """
    return _read(_Asked(path, _stamp(path), bundle.fingerprint, bundle))


@dataclass(frozen=True)
class _Asked:
    """A table of a bundle; equal if neither has changed."""

    path: Path
    stamp: tuple[int, int]
    fingerprint: str
    bundle: Bundle = field(compare=False, repr=False)


@lru_cache(maxsize=1)
def _read(asked: _Asked) -> Posterior:
    path, bundle = asked.path, asked.bundle
    rows, known = _rows(path), columns(bundle)
    problems: list[Problem] = []
    (line, header), *body = rows
    targets = _targets(Place(path, line), header, known, bundle, problems)
    if not body:
        problems.append(Problem(Place(path, line), "draws_no_rows"))
    table = _table(path, body, header, targets, known, problems)
    if problems:
        more = len(problems) - MOST_TOLD
        rest = [Problem(Place(path), "draws_more", {"count": more})] if more > 0 else []
        raise InputError([*problems[:MOST_TOLD], *rest])
    found: dict[str, Array] = {}
    for at, name in enumerate(targets):
        if name is not None:
            one = known[name]
            dims = bundle.parameters[one.quantity].dims if one.quantity in bundle.parameters else ()
            values = found.setdefault(one.quantity, np.empty((len(body), *(len(ELEMENTS[dim]) for dim in dims))))
            np.moveaxis(values, 0, -1)[one.place] = table[:, at]
    return Posterior(found, len(body))


def _stamp(path: Path) -> tuple[int, int]:
    """What tells a file from an earlier one of the same name."""
    try:
        about = path.stat()
    except OSError as error:
        raise InputError([Problem(Place(path), "draws_unreadable", {"reason": error.strerror or error})]) from None
    if about.st_size > MOST_BYTES:
        raise InputError([Problem(Place(path), "draws_too_large", {"limit": MOST_BYTES // 1_000_000})])
    return about.st_mtime_ns, about.st_size


def _rows(path: Path) -> Rows:
    """Lines that aren't blank, each with its number in the file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError([Problem(Place(path), "draws_unreadable", {"reason": error.strerror or error})]) from None
    except UnicodeDecodeError:
        raise InputError([Problem(Place(path), "draws_encoding")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError([Problem(Place(path, line), "draws_csv", {"reason": str(error)})]) from None
    if not rows:
        raise InputError([Problem(Place(path), "draws_no_rows")])
    return rows


def _targets(
    place: Place, header: Sequence[str], known: Mapping[str, Column], bundle: Bundle, problems: list[Problem]
) -> list[str | None]:
    """By column its quantity's column name; None for ``draw`` and for what is wrong."""
    if not header or header[0].strip() != DRAW:
        found = header[0].strip()[:40] if header else ""
        problems.append(Problem(place, "draws_first_column", {"found": found}))
    targets: list[str | None] = []
    for at, cell in enumerate(header):
        name = _plain(cell)
        if name == DRAW and at == 0:
            targets.append(None)
        elif name in known and name not in targets:
            targets.append(name)
        else:
            targets.append(None)
            if at or name != DRAW:
                problems.append(_unknown(place, name, at, known, bundle))
    held = {known[name].quantity for name in targets if name is not None}
    if not held and not problems:
        problems.append(Problem(place, "draws_no_columns"))
    for quantity in held:
        own = [name for name, one in known.items() if one.quantity == quantity]
        missing = [name for name in own if name not in targets]
        if missing:
            values = {"name": quantity, "missing": ", ".join(missing[:6]) + (" …" if len(missing) > 6 else "")}
            problems.append(Problem(place, "draws_elements", values))
    return targets


def _plain(cell: str) -> str:
    """A column's name with its elements written as `column_name` writes them."""
    text = " ".join(cell.split())
    found = _COLUMN.fullmatch(text)
    if not found:
        return text
    return column_name(found["name"], [part.strip() for part in found["elements"].split(",")])


def _unknown(place: Place, name: str, at: int, known: Mapping[str, Column], bundle: Bundle) -> Problem:
    column: dict[str, object] = {"column": name[:60], "number": at + 1}
    if not name:
        return Problem(place, "draws_column_empty", column)
    if name in known or name == DRAW:
        return Problem(place, "draws_column_twice", column)
    bare = name.split("[")[0]
    if bare in bundle.parameters and bundle.parameters[bare].distribution == "fixed":
        return Problem(place, "draws_column_fixed", column)
    return Problem(place, "draws_column_unknown", column, nearest(name, known))


def _table(
    path: Path, body: Rows, header: Sequence[str], targets: Sequence[str | None], known: Mapping[str, Column],
    problems: list[Problem],
) -> Array:  # fmt: skip
    """The numbers, shape (rows, columns); NaN where there is none."""
    table = np.full((len(body), len(header)), np.nan)
    ends = [(known[name].low, known[name].high) if name else (-np.inf, np.inf) for name in targets]
    low, high = np.array(ends).T
    for row, (line, cells) in enumerate(body):
        if _plain_numbers(cells, row, header):
            numbers = np.array(cells, dtype=float)
            if ((numbers >= low) & (numbers <= high)).all():  # as nearly every row: nothing to look at cell by cell
                table[row] = numbers
                continue
        place = Place(path, line)
        if len(cells) != len(header):
            problems.append(Problem(place, "draws_ragged", {"found": len(cells), "expected": len(header)}))
            continue
        if header[0].strip() == DRAW and cells[0].strip() != str(row + 1):
            problems.append(Problem(place, "draws_number", {"found": cells[0].strip()[:40], "expected": row + 1}))
        for at, (name, cell) in enumerate(zip(targets, cells, strict=True)):
            if name is not None:
                table[row, at] = _number(place, cell, name, known[name], problems)
    return table


def _plain_numbers(cells: Sequence[str], row: int, header: Sequence[str]) -> bool:
    """Whether a row is as long as the header, begins with its number and holds nothing but numbers."""
    if len(cells) != len(header) or header[0].strip() != DRAW or cells[0].strip() != str(row + 1):
        return False
    return all(_PLAIN.fullmatch(cell) for cell in cells)


_PLAIN = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)


def _number(place: Place, cell: str, name: str, column: Column, problems: list[Problem]) -> float:
    try:
        value = math.nan if "_" in cell else float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        code = "draws_cell" if cell.strip() else "draws_cell_empty"
        problems.append(Problem(place, code, {"column": name, "found": cell.strip()[:40]}))
        return math.nan
    slack = EDGE * max(abs(column.low), abs(column.high))
    if not column.low - slack <= value <= column.high + slack:
        values = {"column": name, "found": f"{value:.10g}", "low": f"{column.low:g}", "high": f"{column.high:g}"}
        problems.append(Problem(place, "draws_range", values))
    return min(max(value, column.low), column.high)
