"""The files of a bundle that its park table is reconstructed from, read and checked together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError, Problem
from sim.nearest import nearest
from sim.reconstruct import assumptions, published, roster
from sim.reconstruct.assumptions import Assumptions, read_assumptions
from sim.reconstruct.csv_rows import CsvRow
from sim.reconstruct.published import Published, read_published
from sim.reconstruct.roster import Zone, read_roster
from sim.reconstruct.zones import zones_of_2015

FILES = (assumptions.FILE, roster.FILE, published.FILE)


@dataclass(frozen=True)
class Source:
    """What is known of the zones of 2015 and what is assumed.

    Parameters
    ----------
    path
        Folder of the bundle.
    zones
        All zones in the order of the park table, with level and county.
    fingerprint
        Hash of the files, 64 hex digits.
    """

    path: Path
    published: Published
    zones: tuple[Zone, ...]
    assumed: Assumptions
    fingerprint: str


def has_source(bundle: Path) -> bool:
    """Whether a bundle has all files that its park table can be redrawn from."""
    return all((bundle / name).is_file() for name in FILES)


def read_source(bundle: Path) -> Source:
    """Read what a bundle's park table is reconstructed from.

    Raises
    ------
    InputError
        With every problem of every file.

    >>> source = read_source(Path("models/inner-mongolia"))
    >>> len(source.zones), source.published.total("revenue")
    (116, 16235.0)
    """
    problems: list[Problem] = []
    numbers: tuple[Published, list[CsvRow]] | None = None
    named: tuple[Zone, ...] | None = None
    assumed: Assumptions | None = None
    try:
        assumed = read_assumptions(bundle / assumptions.FILE)
    except InputError as error:
        problems += error.problems
    try:
        numbers = read_published(bundle / published.FILE)
    except InputError as error:
        problems += error.problems
    if assumed is not None:  # which names the types and specialities that the roster uses
        try:
            named = read_roster(bundle / roster.FILE, assumed)
        except InputError as error:
            problems += error.problems
    if numbers is None or named is None or assumed is None:
        raise InputError(problems)
    zones = zones_of_2015(named, numbers[0], assumed)
    problems = _scopes(numbers[1], zones, assumed)
    if problems:
        raise InputError(problems)
    return Source(bundle, numbers[0], zones, assumed, _fingerprint(bundle))


def _scopes(rows: list[CsvRow], zones: tuple[Zone, ...], assumed: Assumptions) -> list[Problem]:
    """Every number belongs to all zones, a league or a zone of the roster."""
    known = {"all", *(f"league:{name}" for name in assumed.league), *(zone.id for zone in zones)}
    return [
        Problem(row.place, "reconstruction_scope", {"scope": row["scope"][:70]}, nearest(row["scope"], known))
        for row in rows
        if row["scope"] not in known
    ]


def _fingerprint(bundle: Path) -> str:
    """Line ends don't count, so that a checkout on Windows is the same source."""
    digest = hashlib.sha256()
    for name in FILES:
        content = (bundle / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()
