"""One row per target, as in ``targets.csv`` and ``targets_readings.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingRow:
    """One reading of a target; numbers are unformatted and ``None`` where there is none."""

    id: str
    reading: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    value_2020: float | None
    base_2015: float | None
    comparator: str
    target_low: float | None
    target_high: float | None
    basis: str
    verdict: str
    verdict_zh: str
    is_main: bool


@dataclass(frozen=True)
class TargetRow:
    """The verdict on a target with everything that a table, a figure or a report says about it.

    The attributes up to ``run_id`` are the columns of ``targets.csv``: numbers are unformatted; what there is
    none of is ``None``; ``verdict`` is a code, ``verdict_zh`` the word; shares and growth rates are in
    percent, except ``reconstructed_share`` (0–1). The rest is for those who go on from here: ``path`` is the
    value by year; ``tight``: another count if the values moved by less than 2 %.
    """

    id: str
    group_zh: str
    group_en: str
    name_zh: str
    name_en: str
    scope_zh: str
    unit_zh: str
    unit_en: str
    nature: str
    wording: str
    form: str
    comparator: str
    basis: str
    imposed_by: str | None
    reading: str
    sensitive: bool
    base_2015: float | None
    base_origin: str | None
    value_2020: float | None
    target_low: float | None
    target_high: float | None
    gap: float | None
    gap_unit_zh: str | None
    progress_pct: float | None
    verdict: str
    verdict_zh: str
    tolerance: float | None
    year_reached: int | None
    lost_after: int | None
    margin: float | None
    margin_unit: str | None
    margin_note_zh: str | None
    margin_note_en: str | None
    growth_required_pct: float | None
    growth_scenario_pct: float | None
    price_basis: str | None
    reported_base: str
    value_origin: str | None
    reconstructed_share: float | None
    counted: bool
    reason_zh: str | None
    reason_en: str | None
    plan_place: str
    source: str
    scenario: str
    run_id: str
    group: str
    scope_en: str
    year: int
    end_year: int
    proxy: bool
    tight: bool
    expression: str
    restatement_zh: str
    restatement_en: str
    path: Mapping[int, float]
    readings: tuple[ReadingRow, ...]


_BESIDE_THE_FILE = frozenset(
    (
        *("group", "scope_en", "year", "end_year", "proxy", "tight", "expression"),
        *("restatement_zh", "restatement_en", "path", "readings"),
    )
)


def columns() -> tuple[str, ...]:
    """The columns of ``targets.csv`` in their order.

    >>> columns()[0], columns()[-1]
    ('id', 'run_id')
    """
    return tuple(name for name in TargetRow.__dataclass_fields__ if name not in _BESIDE_THE_FILE)


def readings_columns() -> tuple[str, ...]:
    """The columns of ``targets_readings.csv`` in their order.

    >>> readings_columns()[:2]
    ('id', 'reading')
    """
    return tuple(ReadingRow.__dataclass_fields__)
