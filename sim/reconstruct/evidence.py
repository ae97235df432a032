"""``evidence.csv`` of a bundle: published values of single zones, held against the ranges of many reconstructions.

What the reconstruction keeps exactly is no evidence and is refused. Values that guided it are marked with how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.errors import InputError, Problem
from sim.nearest import nearest
from sim.reconstruct.csv_rows import CsvRow, read_rows
from sim.reconstruct.draw import Numbers, drawn
from sim.reconstruct.ground import Ground
from sim.reconstruct.redraw import table_draw
from sim.reconstruct.source import Source
from sim.reconstruct.table import FLAGS, drawn_columns
from sim.toml_values import shown

FILE = "evidence.csv"

COLUMNS = ("scope", "column", "kind", "value", "unit", "year", "used", "source", "reliability", "note")
KINDS = ("value", "at least")
USED = ("", "prior", "expected", "total")
"""How a value entered the reconstruction: not at all, pulling the zone's value half way, guiding the size that is
expected of it, or guiding a total of all zones."""

LARGEST = "share_largest"
"""Share of the largest industry in gross output."""

LEAGUE = "league:"
DRAWS, SEED = 200, 2015
LEVELS = (0.05, 0.5, 0.95)

Fit = Literal["below", "inside", "above"]


@dataclass(frozen=True)
class Evidence:
    """A published value that no reconstruction is bound to.

    Parameters
    ----------
    scope
        Id of a zone, or ``league:`` and a league for the sum of its zones.
    column
        A column of the park table, a ratio of two (``iva/output``), or `LARGEST`.
    at_least
        Whether the source gives a lower bound only.
    used
        One of `USED`.
    """

    scope: str
    column: str
    at_least: bool
    value: float
    unit: str
    year: int
    used: str
    source: str
    reliability: str
    note: str


@dataclass(frozen=True)
class Weighed:
    """A published value beside what was reconstructed.

    Parameters
    ----------
    p05, p50, p95
        Quantiles of the reconstructions.
    fit
        Whether the published value lies below, inside or above the range from 5 to 95 %; a lower bound lies inside
        unless it is above.
    """

    evidence: Evidence
    p05: float
    p50: float
    p95: float
    fit: Fit


def read_evidence(path: Path, source: Source) -> tuple[Evidence, ...]:
    """Read an ``evidence.csv``.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    problems: list[Problem] = []
    found = [_evidence(row, source, problems) for row in read_rows(path, COLUMNS)]
    if problems:
        raise InputError(problems)
    return tuple(found)


def _evidence(row: CsvRow, source: Source, problems: list[Problem]) -> Evidence:
    scopes = {zone.id for zone in source.zones} | {f"{LEAGUE}{name}" for name in source.assumed.league}
    if row["scope"] not in scopes:
        near = nearest(row["scope"], scopes)
        problems.append(Problem(row.place, "reconstruction_scope", {"scope": row["scope"][:70]}, near))
    _check_column(row, source, problems)
    if not row["source"] or not row["unit"]:
        problems.append(Problem(row.place, "reconstruction_blank", {"columns": "unit, source"}))
    year = row.number("year", problems, 2100)
    return Evidence(
        row["scope"], row["column"], row.word("kind", KINDS, problems) == "at least",
        row.number("value", problems) or 0.0, row["unit"], int(year or 0), row.word("used", USED, problems),
        row["source"], row["reliability"], row["note"],
    )  # fmt: skip


def _check_column(row: CsvRow, source: Source, problems: list[Problem]) -> None:
    known = [column for column in drawn_columns(source.assumed) if column not in FLAGS]
    parts = row["column"].split("/", 1)
    for part in parts:
        if part not in known and row["column"] != LARGEST:
            values = {"column": "column", "found": shown(part), "choices": ", ".join((*known, LARGEST))}
            problems.append(Problem(row.place, "reconstruction_word", values, nearest(part, known)))
    if all(source.published.of_zone(row["scope"], part, "value") is not None for part in parts):
        problems.append(Problem(row.place, "evidence_kept", {"column": row["column"], "scope": row["scope"]}))


def weighed(ground: Ground, evidence: Sequence[Evidence], draws: int = DRAWS, seed: int = SEED) -> tuple[Weighed, ...]:
    """Published values beside the ranges of reconstructions; first what doesn't fit, then by year, nearest 2015 first.

    The reconstructions are the first tables of an ensemble of that seed: both readings of the counts, and industrial
    value added from its range.

    Raises
    ------
    InputError
        If a reconstruction cannot meet the published totals.
    """
    tables = [drawn(ground, table_draw(ground, seed, table)) for table in range(draws)]
    found = [_weigh(one, np.array([_quantity(ground, one, table) for table in tables])) for one in evidence]
    return tuple(sorted(found, key=lambda one: (one.fit == "inside", abs(one.evidence.year - 2015))))


def _weigh(one: Evidence, values: npt.NDArray[np.float64]) -> Weighed:
    p05, p50, p95 = np.quantile(values, LEVELS).tolist()
    fit: Fit = "above" if one.value > p95 else "below" if one.value < p05 and not one.at_least else "inside"
    return Weighed(one, p05, p50, p95, fit)


def _quantity(ground: Ground, one: Evidence, table: Numbers) -> float:
    """What a reconstruction has in place of a published value."""
    rows = [at for at, zone in enumerate(ground.source.zones) if one.scope in (zone.id, f"{LEAGUE}{zone.league}")]
    if one.column == LARGEST:
        shares = [table[f"share_{key}"][rows] * table["output"][rows] for key in ground.source.assumed.industry.keys]
        return float(max(share.sum() for share in shares) / table["output"][rows].sum())
    above, *below = (float(table[part][rows].sum()) for part in one.column.split("/", 1))
    return above / below[0] if below else above
