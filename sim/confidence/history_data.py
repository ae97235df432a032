"""``history.csv`` of a bundle: what was published of the years after the base year, and how well it is known."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sim.confidence.finding import Both
from sim.confidence.spec import Comparison
from sim.errors import InputError, Place, Problem

FILE = "history.csv"
COLUMNS = ("year", "quantity", "value", "unit", "vintage", "error", "source", "reliability")
IN_CHINESE = "vintage_zh"
"""A column that a file may have: the vintage for readers of Chinese."""

UNVERIFIED = "UNVERIFIED"
NO_VINTAGE = Both("", "")


@dataclass(frozen=True)
class Row:
    """One published figure.

    Parameters
    ----------
    error
        Half of the last digit that was published, in the unit of the value; NaN where nothing is known.
    """

    year: int
    quantity: str
    value: float
    unit: str
    vintage: str
    error: float
    source: str
    reliability: str
    vintage_zh: str = ""

    @property
    def verified(self) -> bool:
        """Whether a page was found that shows it."""
        return UNVERIFIED not in self.reliability


@dataclass(frozen=True)
class Point:
    """A published figure in the form in which it is compared: growth, or change since a year, as a share."""

    year: int
    value: float
    error: float
    verified: bool
    vintage: Both = NO_VINTAGE
    reliability: str = ""


def read_history(path: Path) -> tuple[Row, ...]:
    """Every row of the file.

    Raises
    ------
    InputError
        With every missing column, and every row without a year, a value, a unit, a source or a reliability.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError([Problem(Place(path, 1), "confidence_columns", {"columns": ", ".join(missing)})])
        problems: list[Problem] = []
        rows = [_row(raw, Place(path, line), problems) for line, raw in enumerate(reader, start=2)]
    if problems:
        raise InputError(problems)
    return tuple(row for row in rows if row is not None)


def _row(raw: dict[str, str | None], place: Place, problems: list[Problem]) -> Row | None:
    text = {name: (raw.get(name) or "").strip() for name in COLUMNS}
    # nothing is named as the source of what nobody verified
    known = ("source",) if UNVERIFIED not in text["reliability"] else ()
    empty = [name for name in ("quantity", "unit", *known, "reliability") if not text[name]]
    problems += [Problem(place, "confidence_empty", {"column": name}) for name in empty]
    numbers = {name: _number(text[name]) for name in ("year", "value")}
    error = _number(text["error"]) if text["error"] else math.nan
    wrong = [name for name, value in {**numbers, "error": error}.items() if value is None]
    problems += [Problem(place, "confidence_number", {"found": text[name]}) for name in wrong]
    year, value = numbers["year"], numbers["value"]
    if empty or wrong or year is None or value is None or error is None:
        return None
    return Row(int(year), text["quantity"], value, text["unit"], text["vintage"], error, text["source"],
               text["reliability"], (raw.get(IN_CHINESE) or "").strip() or text["vintage"])  # fmt: skip


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def points(rows: Iterable[Row], one: Comparison, first: int, last: int) -> list[Point]:
    """The figures of a comparison from year to year; of a year the first row whose vintage begins as asked for.

    Growth of levels needs the year before, a change since a year needs that year.
    """
    by_year: dict[int, Row] = {}
    for row in rows:
        if row.quantity == one.quantity and row.vintage.startswith(one.vintage):
            by_year.setdefault(row.year, row)
    found = []
    for year, row in sorted(by_year.items()):
        before = by_year.get(year - 1 if one.published == "levels" else one.since or year)
        if not first <= year <= last or (before is None and one.published in ("levels", "since")):
            continue
        value, error, verified = row.value / 100.0, row.error / 100.0, row.verified
        if one.published in ("levels", "since"):
            assert before is not None
            value = row.value / before.value - 1.0
            error = (1.0 + value) * math.hypot(row.error / row.value, before.error / before.value)
            verified = verified and before.verified
        # what a reliability adds in brackets is about the source, and stands in the file
        reliability = row.reliability.partition(" (")[0] if verified else ""
        found.append(Point(year, value, error, verified, Both(row.vintage_zh, row.vintage), reliability))
    return found
