"""An economist's own Excel or CSV table → the park table: recognised, converted, completed, and reported."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from sim.errors import InputError, Place, Problem
from sim.parks.cells import CellReader, blank, repeated
from sim.parks.columns import NAME_ORIGIN, Columns, plain
from sim.parks.estimate import Reference, fill
from sim.parks.grid import MAX_PARKS, Row, read_grids, refused
from sim.parks.layout import Layout, find_layout
from sim.parks.read import ORIGIN_SUFFIX, USER, ParkTable, table_problems

ESTIMATED = "reconstructed"


@dataclass(frozen=True)
class Recognised:
    """One column of the own table: header as found, column, unit found ("" if none) and factor to ours."""

    header: str
    column: str
    unit: str
    factor: float


@dataclass(frozen=True)
class Imported:
    """An own table, understood and completed.

    Parameters
    ----------
    frame, origins
        As in :class:`sim.parks.read.ParkTable`, with ids as a column of ``frame``: (park, column).
    mapping
        The columns recognised, in the order of the own table.
    estimated
        Number of parks whose value was estimated, by column in which some but not all were known.
    missing
        Columns that the own table lacks; all their values are estimated.
    notices
        Headers and rows passed over, and values guessed from names.
    """

    path: Path
    frame: pd.DataFrame
    origins: pd.DataFrame
    mapping: tuple[Recognised, ...]
    estimated: Mapping[str, int]
    missing: tuple[str, ...]
    notices: tuple[Problem, ...]

    def table(self) -> pd.DataFrame:
        """The rows of ``parks.csv``: values, then origins; save them with :func:`write_parks`."""
        return pd.concat([self.frame, self.origins.add_suffix(ORIGIN_SUFFIX)], axis=1)


def write_parks(table: pd.DataFrame, path: Path) -> None:
    """Save as UTF-8 with BOM, which Excel opens without asking."""
    path.write_bytes(table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))


def import_table(path: Path, columns: Columns, reference: ParkTable) -> Imported:
    """Read an own table: find its header, know its columns and units, fill the rest by the reference.

    Parameters
    ----------
    path
        .xlsx, or CSV in UTF-8 or GB18030.
    reference
        The shipped table, whose ratios fill what is unknown (origin ``reconstructed``).

    Raises
    ------
    InputError
        With every mistake in the file, each with its line or cell.
    """
    grids = [grid for grid in read_grids(path, any_encoding=True) if grid.rows]
    if not grids:
        raise refused(path, "parks_empty")
    problems: list[Problem] = []
    layout = find_layout(grids, columns, problems)
    if layout is None:
        raise InputError(problems)
    problems += _shape_problems(layout, columns)
    reader = CellReader(columns)
    notices = list(layout.notices)
    found = {item.column.key for item in layout.found}
    parks = [_read_park(row, layout, reader, columns) for row in layout.rows]
    problems += reader.problems
    problems += _name_problems(parks, layout)
    if "name_zh" in found:
        problems += _size_problems(parks, layout, found)
    if problems:
        raise InputError(problems)
    ratios = Reference.of(reference, columns)
    _complete_words(parks, layout, columns, ratios, notices)
    known = pd.DataFrame([{key: _known(park[key]) for key in columns.by_key} for park in parks])
    for park in parks:
        _complete_numbers(park, columns, ratios)
    frame = pd.DataFrame(parks)[list(columns.by_key)]
    at = {item.column.key: item.index for item in layout.found}
    problems = table_problems(
        frame, columns, lambda i, key: layout.grid.place(layout.rows[i], at.get(key, at["name_zh"]))
    )
    if problems:
        raise InputError(problems)
    whole = frame.astype({c.key: "int64" for c in columns if c.kind == "flag" or c.integer})
    mapping = tuple(Recognised(item.header, item.column.key, item.unit, item.factor) for item in layout.found)
    return Imported(
        path=path,
        frame=whole,
        origins=_origins(parks, known, columns),
        mapping=mapping,
        estimated=_estimated(known, found, columns),
        missing=tuple(c.key for c in columns if c.key not in found and c.origin and c.estimate != ""),
        notices=tuple(notices),
    )


Park = dict[str, object]


def _shape_problems(layout: Layout, columns: Columns) -> list[Problem]:
    found = {item.column.key for item in layout.found}
    place = Place(layout.grid.path, cell=layout.grid.sheet)
    problems = []
    if "name_zh" not in found:
        named = {
            "key": "name_zh",
            "name_zh": columns["name_zh"].name_zh,
            "name_en": columns["name_zh"].name_en,
        }
        problems.append(Problem(place, "parks_own_missing", named))
    elif not layout.rows:
        problems.append(Problem(place, "parks_empty", {"file": str(layout.grid.path)}))
    if len(layout.rows) > MAX_PARKS:
        problems.append(Problem(place, "parks_too_many", {"file": str(layout.grid.path), "limit": MAX_PARKS}))
    return problems


def _read_park(row: Row, layout: Layout, reader: CellReader, columns: Columns) -> Park:
    park: Park = {c.key: math.nan if c.numeric else "" for c in columns}
    for item in layout.found:
        value, place, column = row.cell(item.index), layout.grid.place(row, item.index), item.column
        if blank(value):
            continue
        if column.kind == "flag":
            park[column.key] = reader.flag(value, column, place)
        elif column.numeric:
            # a cell that says "35%" is a fraction already, whatever the header's unit
            percent = isinstance(value, str) and value.strip().endswith(("%", "％"))
            factor = 1.0 if percent else item.factor
            if column.kind == "share" and not item.unit and isinstance(value, int | float) and value > 1:
                factor = 0.01
            park[column.key] = reader.number(value, column, place, factor)
        elif column.kind == "choice":
            park[column.key] = reader.choice(value, column, place)
        elif column.kind == "id":
            park[column.key] = reader.identifier(value, column, place)
        else:
            park[column.key] = reader.text(value, column, place)
    return park


def _place(layout: Layout, row: Row, key: str) -> Place:
    at = {item.column.key: item.index for item in layout.found}
    return layout.grid.place(row, at.get(key, at.get("name_zh", 0)))


def _name_problems(parks: Sequence[Park], layout: Layout) -> list[Problem]:
    pairs = list(zip(parks, layout.rows, strict=True))
    names = [(plain(str(park["name_zh"])), _place(layout, row, "name_zh")) for park, row in pairs]
    shown = {plain(str(park["name_zh"])): str(park["name_zh"]) for park, _ in pairs}
    problems = [
        Problem(place, "parks_name_twice", {"name": shown[word], "line": first.cell or first.line})
        for word, place, first in repeated(names)
    ]
    ids = [(str(park["id"]), _place(layout, row, "id")) for park, row in pairs if park["id"]]
    problems += [
        Problem(place, "parks_id_twice", {"id": word, "line": first.cell or first.line})
        for word, place, first in repeated(ids)
    ]
    known = {word for word, _ in ids}
    problems += [
        Problem(_place(layout, row, "host"), "parks_host_unknown", {"host": str(park["host"])})
        for park, row in pairs
        if park["host"] and park["host"] not in known
    ]
    return problems


def _size_problems(parks: Sequence[Park], layout: Layout, found: set[str]) -> list[Problem]:
    if not found & {"revenue", "output"}:
        return [Problem(Place(layout.grid.path, cell=layout.grid.sheet), "parks_own_size", {})]
    return [
        Problem(_place(layout, row, "name_zh"), "parks_size_unknown", {"name": str(park["name_zh"])})
        for park, row in zip(parks, layout.rows, strict=True)
        # a value that was read but refused is reported already
        if not (_known(park["revenue"]) or _known(park["output"]))
        and all(blank(row.cell(i.index)) for i in layout.found if i.column.key in ("revenue", "output"))
    ]


def _known(value: object) -> bool:
    return not math.isnan(value) if isinstance(value, float) else value != ""


def _complete_words(
    parks: Sequence[Park], layout: Layout, columns: Columns, ratios: Reference, notices: list[Problem]
) -> None:
    """Ids, leagues, regions, hosts and other words that are unknown; leagues are looked for in the names."""
    used = {str(park["id"]).lower() for park in parks}
    free = (f"U{number:03d}" for number in range(1, 2 * MAX_PARKS + 2))
    for park, row in zip(parks, layout.rows, strict=True):
        park["id"] = park["id"] or next(name for name in free if name.lower() not in used)
        park["host"] = park["host"] or park["id"]
        if not park["league"]:
            park["league"] = _league_in(f"{park['name_zh']}{park['county']}", columns)
            park["league guessed"] = True
            if not park["league"]:
                park["league"] = ratios.common_league
                option = columns.options["league"][ratios.common_league]
                values = {
                    "name": str(park["name_zh"]),
                    "league_zh": option.name_zh,
                    "league_en": option.name_en,
                }
                notices.append(Problem(_place(layout, row, "league"), "parks_league_guess", values))
        park["region"] = park["region"] or columns.options["league"][str(park["league"])].region
        for column in columns:
            if (
                column.kind in ("text", "choice")
                and isinstance(column.estimate, str)
                and not park[column.key]
            ):
                park[column.key] = column.estimate
                park[f"{column.key} guessed"] = True


def _league_in(text: str, columns: Columns) -> str:
    for option in columns.options["league"].values():
        if any(word in text for word in (option.name_zh, *option.aliases)):
            return option.key
    return ""


def _complete_numbers(park: Park, columns: Columns, ratios: Reference) -> None:
    values = {c.key: value for c in columns if c.numeric and isinstance(value := park[c.key], float)}
    fill(values, str(park["league"]), columns, ratios)
    park |= values


def _origins(parks: Sequence[Park], known: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    def words(key: str) -> list[str]:
        guessed = [bool(park.get(f"{key} guessed")) for park in parks]
        return [
            USER if there and not guess else ESTIMATED
            for there, guess in zip(known[key], guessed, strict=True)
        ]

    return pd.DataFrame({NAME_ORIGIN: [USER] * len(parks)} | {key: words(key) for key in columns.with_origin})


def _estimated(known: pd.DataFrame, found: set[str], columns: Columns) -> Mapping[str, int]:
    counts = {key: int((~known[key]).sum()) for key in columns.with_origin if key in found}
    return MappingProxyType({key: count for key, count in counts.items() if count})
