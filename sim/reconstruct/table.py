"""A draw as the park table that people and the program read: rows in the form of ``parks.csv``, with origins."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from sim.parks.columns import Columns
from sim.parks.grid import Grid, Row, Value
from sim.parks.read import FILE, ParkTable, table_of
from sim.reconstruct.assumptions import Assumptions
from sim.reconstruct.draw import Draw, Numbers, drawn
from sim.reconstruct.ground import Ground
from sim.reconstruct.roster import Zone

IDENTITY = ("id", "name_zh", "name_en", "level", "type", "league", "region", "county", "host")
"""Columns that are the same in every draw."""

FLAGS = ("key24", "key13", "demonstration", "upgrade_candidate")
FINANCE = ("revenue", "output", "iva", "services", "gdp", "capital", "employment", "enterprises")
LAND = ("land_planned", "built_up", "industrial_land", "idle_land", "infrastructure")
TRADE = ("tax", "trade", "fdi")
RETROFIT = ("retrofit_done", "retrofit_duration")
ASSUMED = ("idle_land", "infrastructure", *RETROFIT)
"""Columns of which not even a total is published."""

TOLD = ("level", "type", "league", "county")
"""Columns of identity that carry an origin, besides the name."""


def drawn_columns(assumed: Assumptions) -> tuple[str, ...]:
    """Columns that a draw decides, in the order of the table."""
    shares = [f"share_{key}" for key in assumed.industry.keys]
    return (*FLAGS, *FINANCE, *LAND, *TRADE, *shares, *RETROFIT)


def rows_of(ground: Ground, draw: Draw) -> list[list[Value]]:
    """Header and one row a zone: identity, what was drawn, and for each value its origin.

    Raises
    ------
    InputError
        If the totals cannot be met.
    """
    return table_rows(ground, drawn(ground, draw))


def table_rows(ground: Ground, numbers: Numbers) -> list[list[Value]]:
    """Header and rows for values that were drawn already."""
    values = drawn_columns(ground.source.assumed)
    header = [*IDENTITY, *values, "name_origin", *(f"{column}_origin" for column in (*TOLD, *values))]
    columns = [numbers[column].tolist() for column in values]
    rows: list[list[Value]] = [list(header)]
    for at, zone in enumerate(ground.source.zones):
        rows.append([*_identity(zone), *(column[at] for column in columns), *_origins(zone, values, ground)])
    return rows


def _identity(zone: Zone) -> list[Value]:
    where: list[Value] = [zone.league, zone.region, zone.county]
    return [zone.id, zone.name_zh, zone.name_en, zone.level, zone.type, *where, zone.id]


def _origins(zone: Zone, values: Sequence[str], ground: Ground) -> list[Value]:
    """Of the name, of `TOLD` and of every value."""
    name = "published" if zone.named else "reconstructed"
    found: list[Value] = [name, zone.level_origin, name, name, zone.county_origin]
    for column in values:
        if column == "upgrade_candidate":
            found.append("published" if zone.upgrade_candidate else "derived")
        elif ground.source.published.of_zone(zone.id, column, "value") is not None:
            found.append("published")
        else:
            found.append("assumed" if column in ASSUMED or column.startswith("share_") else "reconstructed")
    return found


def table_bytes(rows: Sequence[Sequence[Value]]) -> bytes:
    r"""UTF-8 with BOM, which Excel opens without asking.

    >>> table_bytes([["id", "revenue"], ["P01", 0.5]]).decode("utf-8-sig")
    'id,revenue\nP01,0.5\n'
    """
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def park_table(ground: Ground, draw: Draw, columns: Columns) -> ParkTable:
    """A draw as the program reads a table, checked like any other.

    Raises
    ------
    InputError
        If the totals cannot be met, or the values contradict each other.
    """
    header, *cells = rows_of(ground, draw)
    rows = [Row(1, tuple(header)), *(Row(line, tuple(values)) for line, values in enumerate(cells, 2))]
    return table_of(Grid(Path(ground.source.path / FILE), "", tuple(rows)), columns)
