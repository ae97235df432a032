"""``parks.csv`` (or the same table as a workbook) → :class:`ParkTable`, with every mistake named at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.errors import InputError, Place, Problem
from sim.nearest import nearest
from sim.parks.cells import CellReader, blank, repeated
from sim.parks.columns import NAME_ORIGIN, Column, Columns
from sim.parks.consistency import row_problems
from sim.parks.grid import MAX_PARKS, Grid, Row, Value, read_grids, refused
from sim.toml_values import shown
from sim.words.catalogue import Language

FILE = "parks.csv"
ORIGIN_SUFFIX = "_origin"
USER = "user"
ORIGINS = ("published", "derived", "reconstructed", "assumed", USER)


@dataclass(frozen=True)
class ParkTable:
    """The parks of a bundle: one row a park, 2015 values.

    Parameters
    ----------
    frame
        (park, column), indexed by id: text, ``int`` for flags, ``float`` for numbers and shares, in the
        units of ``columns.toml``.
    origins
        Where each value comes from, same index: ``published``, ``derived``, ``reconstructed``, ``assumed`` or
        ``user``; one column for each column of ``frame`` that has an origin, and ``name``.
    shipped
        Whether the table stands for the whole region (its number of parks and its totals are those of the
        plan): else targets set for the whole region do not apply.
    notices
        What was read but deserves a word, such as columns that nothing knows.
    """

    path: Path
    frame: pd.DataFrame
    origins: pd.DataFrame
    shipped: bool
    notices: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids in the order of the table."""
        return tuple(map(str, self.frame.index))

    def names(self, lang: Language) -> tuple[str, ...]:
        """The parks' names; the Chinese one where there is no English one."""
        chinese = self.frame["name_zh"]
        if lang == "zh":
            return tuple(map(str, chinese))
        return tuple(map(str, self.frame["name_en"].where(self.frame["name_en"] != "", chinese)))

    def values(self, column: str) -> NDArray[np.float64]:
        """The numbers of a column, (park,), in its own unit; flags are 0 and 1.

        Raises
        ------
        KeyError
            If there is no such column or it holds text: a mistake in the program.
        """
        values = self.frame[column]
        if not pd.api.types.is_numeric_dtype(values):
            raise KeyError(f"column {column!r} holds text")
        return values.to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class Header:
    """Where the columns of a table stand."""

    values: Mapping[str, int]
    origins: Mapping[str, int]


def read_parks(path: Path, columns: Columns) -> ParkTable:
    """Read a park table in the form of ``columns.toml``: CSV (UTF-8, with or without BOM) or .xlsx.

    Raises
    ------
    InputError
        With every mistake in the file, each with its line or cell.
    """
    grids = [grid for grid in read_grids(path) if grid.rows]
    if not grids:
        raise refused(path, "parks_empty")
    keys = set(columns.by_key)
    best = max(grids, key=lambda grid: len(keys & {_key(cell) for cell in grid.rows[0].cells}))
    return table_of(best, columns)


def table_of(grid: Grid, columns: Columns) -> ParkTable:
    """Check the rows of a table, header first, and type them.

    Raises
    ------
    InputError
        With every mistake found.
    """
    header, problems, notices = _header(grid, columns)
    rows = grid.rows[1:]
    if not rows:
        problems.append(Problem(Place(grid.path), "parks_empty", {"file": str(grid.path)}))
    if len(rows) > MAX_PARKS:
        problems.append(
            Problem(Place(grid.path), "parks_too_many", {"file": str(grid.path), "limit": MAX_PARKS})
        )
    if problems:
        raise InputError(problems)
    reader = CellReader(columns)
    data = {column.key: _read_column(reader, grid, rows, column, header) for column in columns}
    frame = pd.DataFrame(data)
    problems = [*reader.problems, *_key_problems(grid, rows, frame, header, columns)]
    origins, noted = _origins(grid, rows, header, columns)
    problems += noted
    problems += table_problems(frame, columns, lambda i, key: grid.place(rows[i], header.values[key]))
    if problems:
        raise InputError(sorted(problems, key=lambda p: (p.place.line or 0) if p.place else 0))
    frame = typed(frame, columns)
    origins.index = frame.index
    return ParkTable(grid.path, frame, origins, stands_for_region(frame, columns), tuple(notices))


def table_from(frame: pd.DataFrame, columns: Columns, path: Path) -> ParkTable:
    """The table of a frame in the form of ``parks.csv`` (ids and origins as columns), such as a new draw.

    Raises
    ------
    InputError
        With every mistake found; line 2 is the first park.
    """
    cells: list[list[Value]] = frame.astype(object).to_numpy().tolist()
    rows = [Row(1, tuple(map(str, frame.columns)))]
    rows += [Row(line, tuple(values)) for line, values in enumerate(cells, 2)]
    return table_of(Grid(path, "", tuple(rows)), columns)


def typed(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Columns in order with their types, indexed by id."""
    kinds = {"flag": "int64", "number": "float64", "share": "float64"}
    frame = frame.astype({column.key: kinds.get(column.kind, "object") for column in columns})
    return frame[list(columns.by_key)].set_index("id")


def stands_for_region(frame: pd.DataFrame, columns: Columns) -> bool:
    """Whether number of parks, output and GDP are those of the whole region."""
    region = columns.region
    totals = ((frame["output"].sum(), region.output), (frame["gdp"].sum(), region.gdp))
    near = all(abs(total - whole) <= region.tolerance * whole for total, whole in totals)
    return len(frame) == region.parks and near


def table_problems(
    frame: pd.DataFrame, columns: Columns, place: Callable[[int, str], Place]
) -> list[Problem]:
    """The contradictions inside each park, all parks."""
    numbers = [column.key for column in columns if column.numeric]
    problems: list[Problem] = []
    for i, values in enumerate(frame[numbers].to_dict("records")):
        name = str(frame["name_zh"].iloc[i] or frame["id"].iloc[i])

        def at(key: str, row: int = i) -> Place:
            return place(row, key)

        problems += row_problems({str(key): float(v) for key, v in values.items()}, name, columns, at)
    return problems


def _key(cell: Value) -> str:
    return str(cell).strip().lower() if cell is not None else ""


def _header(grid: Grid, columns: Columns) -> tuple[Header, list[Problem], list[Problem]]:
    first = grid.rows[0]
    known = dict.fromkeys(columns.by_key) | {f"{key}{ORIGIN_SUFFIX}": None for key in columns.with_origin}
    known[f"{NAME_ORIGIN}{ORIGIN_SUFFIX}"] = None
    found: dict[str, int] = {}
    problems: list[Problem] = []
    strange: list[tuple[int, str]] = []
    for index, cell in enumerate(first.cells):
        key = _key(cell)
        if key in found:
            problems.append(Problem(grid.place(first, index), "parks_column_twice", {"column": key}))
        elif key in known:
            found[key] = index
        elif key:
            strange.append((index, str(cell)))
    missing = [column for column in columns if column.key not in found]
    if len(missing) == len(columns.by_key):
        problems.append(Problem(grid.place(first), "parks_no_header", {"file": str(grid.path)}))
    else:
        for column in missing:
            values = {"key": column.key, "name_zh": column.name_zh, "name_en": column.name_en}
            near = nearest(column.key, [word for _, word in strange])
            problems.append(Problem(grid.place(first), "parks_column_missing", values, near))
    notices = [
        Problem(grid.place(first, index), "parks_column_unknown", {"column": word}, nearest(word, known))
        for index, word in strange
    ]
    suffix = len(ORIGIN_SUFFIX)
    origins = {key[:-suffix]: index for key, index in found.items() if key.endswith(ORIGIN_SUFFIX)}
    values_at = {key: index for key, index in found.items() if key in columns.by_key}
    return Header(MappingProxyType(values_at), MappingProxyType(origins)), problems, notices


def _read_column(
    reader: CellReader, grid: Grid, rows: Sequence[Row], column: Column, header: Header
) -> list[object]:
    index = header.values[column.key]
    read: list[object] = []
    for row in rows:
        value, place = row.cell(index), grid.place(row, index)
        if blank(value) and (column.numeric or column.required or column.kind in ("id", "choice")):
            reader.refuse(place, "parks_blank", column)
            read.append(float("nan") if column.numeric else "")
        elif column.kind == "flag":
            read.append(reader.flag(value, column, place))
        elif column.numeric:
            read.append(reader.number(value, column, place))
        elif column.kind == "choice":
            read.append(reader.choice(value, column, place))
        elif column.kind == "id":
            read.append(reader.identifier(value, column, place))
        else:
            read.append(reader.text(value, column, place))
    return read


def _key_problems(
    grid: Grid, rows: Sequence[Row], frame: pd.DataFrame, header: Header, columns: Columns
) -> list[Problem]:
    at_id, at_host = header.values["id"], header.values["host"]
    ids = [(str(word), grid.place(row, at_id)) for word, row in zip(frame["id"], rows, strict=True)]
    problems = [
        Problem(place, "parks_id_twice", {"id": word, "line": first.cell or first.line})
        for word, place, first in repeated(ids)
        if word
    ]
    if problems:  # hosts cannot be told apart
        return problems
    known = {word for word, _ in ids}
    hosts = dict(zip(frame["id"], frame["host"], strict=True))
    for row, host in zip(rows, frame["host"], strict=True):
        values = {"host": str(host)}
        if host and host not in known:
            place = grid.place(row, at_host)
            problems.append(Problem(place, "parks_host_unknown", values, nearest(str(host), known)))
        elif host and hosts[host] != host:
            problems.append(Problem(grid.place(row, at_host), "parks_host_chain", values))
    # a park without a host is its own
    frame["host"] = frame["host"].where(frame["host"] != "", frame["id"])
    return problems


def _origins(
    grid: Grid, rows: Sequence[Row], header: Header, columns: Columns
) -> tuple[pd.DataFrame, list[Problem]]:
    problems: list[Problem] = []
    table: dict[str, list[str]] = {}
    for key in (NAME_ORIGIN, *columns.with_origin):
        index = header.origins.get(key)
        words = [USER if index is None or blank(row.cell(index)) else _key(row.cell(index)) for row in rows]
        for row, word in zip(rows, words, strict=True):
            if word not in ORIGINS:
                values = {
                    "column": f"{key}{ORIGIN_SUFFIX}",
                    "found": shown(word),
                    "choices": ", ".join(ORIGINS),
                }
                problems.append(
                    Problem(grid.place(row, index or 0), "parks_origin", values, nearest(word, ORIGINS))
                )
        table[key] = words
    return pd.DataFrame(table), problems
