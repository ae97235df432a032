"""How a target's row is worded in tables and sentences: verdict, mark, notes, value, target, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.report.numbers import progress
from sim.targets.formatting import format_value
from sim.targets.verdict import FAVOURABLE, Rule, holds, verdict_word
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

VERDICTS = ("met_at_base", "early", "met", "near", "late", "missed")
"""What a modelled or extrapolated target can get, from best to worst; besides: ``imposed``, ``outside``."""

MET = frozenset(FAVOURABLE)

LETTERS = "arem"
"""What `notes` may say, in its order."""

MARKS = {
    "met_at_base": "=",
    "early": "++",
    "met": "+",
    "near": "~",
    "late": "-",
    "missed": "--",
    "imposed": "S",
    "outside": "",
}
"""One or two ASCII characters beside a verdict, so that a column can be read down without reading words."""


def is_met(row: TargetRow) -> bool:
    """Whether the value in the target year satisfies the target (an imposed one may or may not)."""
    if row.verdict in MET:
        return True
    if row.verdict != "imposed" or row.value_2020 is None or not target_bounds(row):
        return False
    return holds(Rule("level", row.comparator, row.target_low, row.target_high), row.value_2020)


def verdict_text(row: TargetRow, lang: Language) -> str:
    """The verdict in full, with the year where it is late."""
    return verdict_word(lang, row.verdict, row.year_reached, row.end_year)


def verdict_short(row: TargetRow, lang: Language) -> str:
    """The verdict in at most eight cells, for grids."""
    return text(lang, f"short.{row.verdict}", year=row.year_reached)


def notes(row: TargetRow) -> str:
    """Letters: ``a`` another reading changes the verdict, ``r`` reconstructed data, ``e`` extrapolated, ``m`` tight."""
    letters = "a" if row.sensitive else ""
    if row.value_origin == "reconstructed":
        letters += "r"
    return letters + ("e" if row.basis == "extrapolated" else "") + ("m" if row.tight else "")


def value_text(row: TargetRow) -> str:
    """The value in the target year, with as many digits as keep it on its side of the target."""
    return format_value(row.value_2020, row.target_low, row.comparator, is_met(row), row.target_high)


def target_bounds(row: TargetRow) -> list[tuple[str, str]]:
    """Column and shown text of each bound of the target, the lower one first; none for a mere direction."""
    low, high = row.target_low, row.target_high
    bounds = [("target_low", low)] if low is not None else []
    if high is not None and high != low:
        bounds.append(("target_high", high))
    return [(column, f"{bound:.10g}") for column, bound in bounds]


def target_text(row: TargetRow, lang: Language) -> str:
    """Comparator and bound (``>=14000``, ``3-4``), or a word where the plan gives only a direction."""
    bounds = [shown for _, shown in target_bounds(row)]
    if not bounds:
        return text(lang, "table.direction")
    sign = row.comparator if row.comparator in (">=", ">", "<=", "<") else ""
    return "-".join(bounds) if len(bounds) == 2 else sign + bounds[0]


def progress_text(row: TargetRow) -> str:
    """Progress from the base to the target in per cent; ``-`` where it means nothing."""
    return progress(row.progress_pct, is_met(row))


def count_by_verdict(rows: Iterable[TargetRow], basis: str = "model") -> Counter[str]:
    """How many rows of a basis have each verdict; the only counts that are ever called results."""
    return Counter(row.verdict for row in rows if row.basis == basis)
