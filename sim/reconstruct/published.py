"""``published.csv`` of a bundle: every published number that the reconstruction keeps or is guided by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError, Place, Problem
from sim.reconstruct.csv_rows import CsvRow, read_rows

FILE = "published.csv"

COLUMNS = ("plan_id", "scope", "column", "value", "unit", "year", "use", "source", "reliability", "note")
USES = ("total", "value", "prior", "context", "ratio")
"""``total`` binds exactly for all zones, ``value`` is kept for its zone, ``prior`` and ``context`` only guide,
``ratio`` was used once to derive a total."""

LEVEL_COUNTS = ("level:national", "level:regional", "level:departmental", "level:below")
CLASS_COUNTS = ("revenue>=100", "revenue>=500", "revenue>=1000")
COUNTS = ("zones", *LEVEL_COUNTS, *CLASS_COUNTS, "demonstration", "key24", "key13", "enterprises")
SUMS = ("output", "revenue", "gdp", "tax", "trade", "fdi", "built_up", "employment", "capital")
KEPT = ("output", "gdp", "tax", "employment")
"""Columns in which a zone's published value is kept exactly."""

HINTS = ("enterprises", "built_up", "land_planned")
"""Columns in which an earlier report of a zone pulls its value half way."""

MOST = 1e7


@dataclass(frozen=True)
class Published:
    """Published numbers by scope (``all``, a league or a zone), column and use."""

    path: Path
    numbers: Mapping[tuple[str, str, str], float]

    def total(self, column: str) -> float:
        """The published total or count of all zones."""
        return self.numbers["all", column, "total"]

    def count(self, column: str) -> int:
        """A published count of zones or firms."""
        return round(self.total(column))

    def of_zone(self, zone: str, column: str, use: str) -> float | None:
        """The value of a single zone, None where none is known."""
        return self.numbers.get((zone, column, use))


def read_published(path: Path) -> tuple[Published, list[CsvRow]]:
    """Read a ``published.csv``; also gives its rows, so that scopes can be held against the roster.

    Raises
    ------
    InputError
        With every problem of the file.

    >>> read_published(Path("models/inner-mongolia/published.csv"))[0].total("gdp")
    9209.0
    """
    problems: list[Problem] = []
    found: dict[tuple[str, str, str], float] = {}
    rows = read_rows(path, COLUMNS)
    for row in rows:
        use, value = row.word("use", USES, problems), row.number("value", problems, MOST)
        key = (row["scope"], row["column"], use)
        if not row["scope"] or not row["column"] or not row["source"]:
            problems.append(Problem(row.place, "reconstruction_blank", {"columns": "scope, column, source"}))
        if key in found and use in ("total", "value", "prior"):
            values = {"column": row["column"], "scope": row["scope"]}
            problems.append(Problem(row.place, "reconstruction_twice", values))
        if use == "value" and row["column"] not in KEPT:
            row.word("column", KEPT, problems)
        if value is not None:
            found[key] = value
            if use == "total" and (value == 0 or (row["column"] in COUNTS and value != round(value))):
                problems.append(Problem(row.place, "reconstruction_count", {"column": row["column"]}))
    missing = [column for column in (*COUNTS, *SUMS) if ("all", column, "total") not in found]
    if missing and not problems:
        problems.append(Problem(Place(path), "reconstruction_totals", {"columns": ", ".join(missing)}))
    if problems:
        raise InputError(problems)
    return Published(path, found), rows
