"""``roster.csv`` of a bundle: the zones with a known name, and what is known of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim import dims
from sim.errors import InputError, Problem
from sim.reconstruct.assumptions import Assumptions
from sim.reconstruct.csv_rows import CsvRow, read_rows

FILE = "roster.csv"

COLUMNS = (
    "id", "name_zh", "name_en", "level", "level_origin", "type", "league", "region", "county", "county_origin",
    "circular", "upgrade_candidate", "profile", "expected_output", "expected_basis", "fixed_class", "source",
    "reliability", "note",
)  # fmt: skip
ORIGINS = ("", "published", "derived", "reconstructed")
CLASSES = ("", "100", "500", "1000")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_UNNAMED = re.compile(r"R\d+")


@dataclass(frozen=True)
class Zone:
    """A development zone of 2015.

    Parameters
    ----------
    level, region, county
        "" where they are not known yet.
    profile
        Known speciality: a key of ``[profile]``; "" for the mix of its league.
    expected_output
        Gross output expected of it, 亿元; None where only its level tells.
    expected_basis
        ``reported``, ``assumed`` or "".
    fixed_class
        Lower bound of its revenue class where that is known: "100", "500", "1000", else "".
    """

    id: str
    name_zh: str
    name_en: str
    level: str
    level_origin: str
    type: str
    league: str
    region: str
    county: str
    county_origin: str
    circular: bool
    upgrade_candidate: bool
    profile: str
    expected_output: float | None
    expected_basis: str
    fixed_class: str
    named: bool = True


def read_roster(path: Path, assumed: Assumptions) -> tuple[Zone, ...]:
    """Read a ``roster.csv``.

    Parameters
    ----------
    assumed
        Names the types and the specialities.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    problems: list[Problem] = []
    rows = read_rows(path, COLUMNS)
    zones = [_zone(row, assumed, problems) for row in rows]
    seen: dict[str, int | None] = {}
    for row, zone in zip(rows, zones, strict=True):
        if not _ID.fullmatch(zone.id) or _UNNAMED.fullmatch(zone.id):
            problems.append(Problem(row.place, "reconstruction_id", {"id": zone.id[:70]}))
        for word in (zone.id.lower(), zone.name_zh):
            if word in seen:
                problems.append(Problem(row.place, "reconstruction_zone_twice", {"name": word, "line": seen[word]}))
            seen[word] = row.place.line
    if problems:
        raise InputError(problems)
    return tuple(zones)


def _zone(row: CsvRow, assumed: Assumptions, problems: list[Problem]) -> Zone:
    if not row["name_zh"] or not row["source"]:
        problems.append(Problem(row.place, "reconstruction_blank", {"columns": "name_zh, source"}))

    def word(column: str, choices: Sequence[str]) -> str:
        return row.word(column, tuple(choices), problems)

    basis = word("expected_basis", ("", "reported", "assumed"))
    expected = row.number("expected_output", problems, 1e5) if row["expected_output"] else None
    if expected == 0:
        problems.append(Problem(row.place, "reconstruction_count", {"column": "expected_output"}))
    return Zone(
        id=row["id"], name_zh=row["name_zh"], name_en=row["name_en"],
        level=word("level", ("", *dims.LEVELS)), level_origin=word("level_origin", ORIGINS),
        type=word("type", tuple(assumed.type)), league=word("league", dims.LEAGUES),
        region=word("region", ("", *dims.REGIONS)),
        county=row["county"], county_origin=word("county_origin", ORIGINS),
        circular=word("circular", ("", "1")) == "1", upgrade_candidate=word("upgrade_candidate", ("", "1")) == "1",
        profile=word("profile", ("", *assumed.profile)), expected_output=expected, expected_basis=basis,
        fixed_class=word("fixed_class", CLASSES),
    )  # fmt: skip
