"""Public money by policy: the table ``costs_by_policy.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.costs import FIRST, LAST, Costs, PolicyCost, Spent, less
from sim.folder import write_whole
from sim.report.cost_tables import name_of
from sim.report.csv_tables import csv_bytes
from sim.words.catalogue import Language, text

COLUMNS = (
    *("policy", "name_zh", "name_en", "year", "asked", "paid", "shortfall", "share_pct", "unit_zh", "unit_en"),
    *("scenario", "run_id"),
)
"""Columns of ``costs_by_policy.csv``."""

LANGUAGES: tuple[Language, Language] = ("zh", "en")

SUM = f"{FIRST}-{LAST}"
"""What stands for the year in a row with the sum of years."""

TOTAL = "total"
"""What stands for the policy in a row with the sum of all."""


def write_policies_csv(path: Path, costs: Costs, scenario: str, run_id: str) -> None:
    """Write ``costs_by_policy.csv``: a row for each policy that asks for money and year, and the sums of both.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    lines = [[*line, costs.unit_zh, costs.unit_en, scenario, run_id] for line in _lines(costs)]
    write_whole(path, csv_bytes(COLUMNS, lines))


def _lines(costs: Costs) -> Iterator[tuple[object, ...]]:
    asked, paid = costs.asked, costs.paid
    if asked is None or paid is None:
        return
    for policy in asking(costs):
        names = (policy.key, *(name_of(policy, lang) for lang in LANGUAGES))
        yield from ((*names, *line) for line in _money(policy.asked, policy.paid, paid))
    names = (TOTAL, *(text(lang, "cost.policies.total") for lang in LANGUAGES))
    yield from ((*names, *line) for line in _money(asked, paid, paid))


def _money(asked: Spent, paid: Spent, whole: Spent) -> Iterator[tuple[object, ...]]:
    """Year, asked for, paid, missing, and the part of all that is paid."""
    missing = less(asked, paid)
    for year, value in asked.by_year.items():
        yield year, value, paid.by_year[year], missing.by_year[year], share(paid.by_year[year], whole.by_year[year])
    yield SUM, asked.total, paid.total, missing.total, share(paid.total, whole.total)


def share(part: float, whole: float) -> float | None:
    """A part in %; ``None`` of nothing.

    >>> share(1.0, 4.0), share(0.0, 0.0)
    (25.0, None)
    """
    return 100 * part / whole if whole > 0 else None


def asking(costs: Costs) -> list[PolicyCost]:
    """The policies that are shown: those that ask for money in some year."""
    return [policy for policy in costs.policies if policy.asks]
