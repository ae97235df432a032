"""What changed since the last run of the same scenario: verdicts, values, lines of the resolved scenario."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.report.csv_tables import read_targets_csv
from sim.report.numbers import shown, signed
from sim.report.verdicts import verdict_short
from sim.words.catalogue import Language, catalogue, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

THRESHOLD = 0.001
"""A value has moved if it changed by more than this share of the larger of the two (0.1 %)."""

_LISTED = 20  # values and lines beyond these are only counted


def changes(
    old_rows_csv: Path | None,
    new_rows: Sequence[TargetRow],
    old_resolved: str | None,
    new_resolved: str,
    lang: Language,
) -> list[str]:
    """Sentences on what moved, the weightiest first: verdicts, then values, then lines of the scenario.

    Parameters
    ----------
    old_rows_csv
        ``targets.csv`` of the last run; ``None`` (or an unreadable file) where this is the first.
    new_rows
        Rows of this run.
    old_resolved, new_resolved
        Text of ``scenario.resolved.toml`` then and now; ``None`` where there was none.

    Returns
    -------
    list of str
        One line each; a single line where nothing changed or there is nothing to compare with.
    """
    old = _old_rows(old_rows_csv)
    if old is None:
        return [text(lang, "change.first")]
    found = _moved_verdicts(old, new_rows, lang) + _moved_values(old, new_rows, lang)
    if old_resolved is not None:
        found += _moved_lines(old_resolved, new_resolved, lang)
    return found or [text(lang, "change.none")]


def _old_rows(path: Path | None) -> dict[str, dict[str, str]] | None:
    """Rows of the last run by id; a file of another shape (older version, edited in Excel) counts as none."""
    if path is None:
        return None
    try:
        rows = read_targets_csv(path)
    except (OSError, UnicodeError, csv.Error):
        return None
    by_id = {row["id"]: row for row in rows if row.get("id") and row.get("verdict") is not None}
    return by_id or None


def _moved_verdicts(
    old: Mapping[str, Mapping[str, str]], new_rows: Sequence[TargetRow], lang: Language
) -> list[str]:
    lines = []
    for row in new_rows:
        before = old.get(row.id)
        if before is None:
            lines.append(text(lang, "change.new_target", id=row.id, name=_name(row, lang)))
            continue
        was = (before["verdict"], before.get("year_reached", "") if before["verdict"] == "late" else "")
        now = (row.verdict, str(row.year_reached) if row.verdict == "late" else "")
        if was != now:
            words = {"before": _old_verdict(before, lang), "after": verdict_short(row, lang)}
            lines.append(text(lang, "change.verdict", id=row.id, name=_name(row, lang), **words))
    ids = {row.id for row in new_rows}
    lines += [text(lang, "change.gone_target", id=id_) for id_ in old if id_ not in ids]
    return lines


def _old_verdict(row: Mapping[str, str], lang: Language) -> str:
    key = f"short.{row['verdict']}"
    return text(lang, key, year=row.get("year_reached", "")) if key in catalogue(lang) else row["verdict"]


def _moved_values(
    old: Mapping[str, Mapping[str, str]], new_rows: Sequence[TargetRow], lang: Language
) -> list[str]:
    moved: list[tuple[float, str]] = []
    for row in new_rows:
        before, now = _number(old.get(row.id, {}).get("value_2020", "")), row.value_2020
        if before is None or now is None:
            continue
        share = abs(now - before) / max(abs(now), abs(before), 1e-300)
        if share > THRESHOLD:
            values = {"before": shown(before), "after": shown(now), "difference": signed(now - before)}
            unit = row.unit_zh if lang == "zh" else row.unit_en
            line = text(lang, "change.value", id=row.id, name=_name(row, lang), unit=unit, **values)
            moved.append((share, line))
    moved.sort(key=lambda item: -item[0])
    return _cut([line for _, line in moved], "change.more_values", lang)


def _moved_lines(old: str, new: str, lang: Language) -> list[str]:
    before, after = (_told(resolved) for resolved in (old, new))
    diff = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    told = [(_SIDES[line[0]], line[1:]) for line in diff if line[0] in _SIDES]
    lines = [text(lang, f"change.line_{side}", line=line) for side, line in told]
    return _cut(lines, "change.more_lines", lang)


_SIDES = {"-": "removed", "+": "added"}


def _told(resolved: str) -> list[str]:
    """Lines that say something, each with its table's name: a lone ``from = 2016`` tells nothing."""
    told, table = [], ""
    for raw in resolved.splitlines():
        line = raw.strip()
        if line.startswith("["):
            table = line.strip("[]").strip()
        elif line and not line.startswith("#"):
            told.append(f"{table}.{line}" if table else line)
    return told


def _cut(lines: list[str], key: str, lang: Language) -> list[str]:
    if len(lines) <= _LISTED:
        return lines
    return [*lines[:_LISTED], text(lang, key, number=len(lines) - _LISTED)]


def _name(row: TargetRow, lang: Language) -> str:
    return row.name_zh if lang == "zh" else row.name_en


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
