"""The tables of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from sim import dims
from sim.document.blocks import Grid
from sim.report.live import left, of_zones
from sim.report.numbers import shown, signed
from sim.report.summary import Assumption
from sim.report.terminal import InputDifference, group_titles
from sim.report.verdicts import LETTERS, notes, target_text, value_text, verdict_text
from sim.report.workbook_series import base_label
from sim.targets.rows import TargetRow
from sim.words.catalogue import Language, text

MONEY = ("gdp", "iva", "revenue", "fixed_investment", "tax", "rd_spending")
"""Totals of the second table, all in the same unit."""

YEARS = (2015, 2016, 2017, 2018, 2019, 2020, 2025, 2030)


def target_grid(rows: Sequence[TargetRow], lang: Language) -> Grid:
    """Every target that is worked out, in the plan's groups."""
    inside = [row for row in rows if row.basis != "outside"]
    years = [text(lang, "table.year", year=year) for year in (dims.BASE_YEAR, dims.TARGET_YEAR)]
    heads = [text(lang, f"table.{key}") for key in ("id", "name", "unit")]
    heads += [*years, text(lang, "table.target"), text(lang, "sheet.verdict"), text(lang, "sheet.note")]
    titles, last = group_titles(inside, lang), ""
    lines: list[list[str]] = []
    for row in inside:
        if row.group != last:
            last = row.group
            lines.append([titles[last]])
        name, unit = (row.name_zh, row.unit_zh) if lang == "zh" else (row.name_en, row.unit_en)
        base = shown(row.base_2015)
        lines.append(
            [row.id, name, unit, base, value_text(row), pretty(target_text(row, lang)), verdict_text(row, lang),
             notes(row)]
        )  # fmt: skip
    told = ["  ".join(text(lang, f"table.notes.{letter}") for letter in LETTERS)]
    remarks = [(row.id, row.reason_zh if lang == "zh" else row.reason_en) for row in inside]
    told += [text(lang, "table.outside_row", ids=id_, reason=remark) for id_, remark in remarks if remark]
    widths = (6.5, 28, 10, 9, 9, 9.5, 16, 6.5)
    title = text(lang, "draft.targets_table")
    return Grid(title, heads, lines, notes=told, widths=widths, numbers=frozenset((3, 4, 5)))


def pretty(target: str) -> str:
    """A table's ASCII signs as they are printed."""
    return target.replace(">=", "≥").replace("<=", "≤")


def totals_grid(dataset: xr.Dataset, lang: Language) -> Grid:
    """Money of all zones in chosen years, one unit for all."""
    have = {int(year) for year in dataset[dims.TIME].values}
    years = [year for year in YEARS if year in have]
    gone = left(dataset)
    units = str(dataset["gdp"].attrs[dims.UNITS_ZH if lang == "zh" else dims.UNITS])
    lines = []
    for name in MONEY:
        if name not in dataset:
            continue
        recorded = dataset[name].isel({dims.RUN: 0})
        array = of_zones(recorded, gone)
        total = array.sum([dim for dim in array.dims if dim != dims.TIME]).sel({dims.TIME: years})
        label = str(recorded.attrs[dims.LONG_NAME_ZH if lang == "zh" else dims.LONG_NAME])
        lines.append([label, *(shown(float(value)) for value in np.asarray(total))])
    note = text(lang, "draft.totals_note")
    return Grid(
        text(lang, "draft.totals_table"), [text(lang, "table.name"), *map(str, years)], lines, units,
        [note, base_label(dataset, lang)] if base_label(dataset, lang) else [note],
        (3.4, *([1.0] * len(years))), numbers=frozenset(range(1, len(years) + 1)),
    )  # fmt: skip


def input_grid(differences: Sequence[InputDifference], lang: Language) -> Grid:
    """Inputs that differ."""
    names = list(differences[0][1]) if differences else []
    lines = [[key, *(str(values.get(name, "-")) for name in names)] for key, values in differences]
    heads = [text(lang, "table.input_key"), *names]
    widths = (2, *([1.6] * len(names)))
    return Grid(text(lang, "table.inputs_title"), heads, lines, widths=widths, small=True)


def comparison_grid(
    name: str, rows: Sequence[TargetRow], other: str, others: Sequence[TargetRow], lang: Language
) -> Grid:
    """Targets whose value or verdict differs."""
    by_id = {row.id: row for row in others}
    keys = ("value", "verdict")
    heads = [text(lang, f"table.{key}") for key in ("id", "name", "unit")]
    for who in (name, other):
        heads += [text(lang, "sheet.of", name=who, what=text(lang, f"table.{key}")) for key in keys]
    heads.append(text(lang, "table.difference"))
    lines = []
    for row in rows:
        mate = by_id.get(row.id)
        if mate is None or "outside" in (row.basis, mate.basis):
            continue
        cells = [cell for one in (row, mate) for cell in (value_text(one), verdict_text(one, lang))]
        if cells[:2] != cells[2:]:
            words = (row.name_zh, row.unit_zh) if lang == "zh" else (row.name_en, row.unit_en)
            lines.append([row.id, *words, *cells, _less(row, mate)])
    title = text(lang, "draft.comparison_table")
    return Grid(title, heads, lines, widths=(6, 22, 8, 9, 14, 9, 14, 9), numbers=frozenset((3, 5, 7)))


def _less(row: TargetRow, mate: TargetRow) -> str:
    """The value less that of the other scenario, with its sign."""
    if row.value_2020 is None or mate.value_2020 is None:
        return "-"
    return signed(row.value_2020 - mate.value_2020)


def settings_grid(settings: Sequence[tuple[str, str, str]], lang: Language) -> Grid:
    """Policies and drivers of the scenario, with the file and line that each comes from."""
    heads = [text(lang, f"draft.{key}") for key in ("setting", "value", "place")]
    lines = [list(line) for line in settings]
    return Grid(text(lang, "draft.settings_table"), heads, lines, widths=(3, 4, 2), small=True)


def assumption_grid(assumptions: Sequence[Assumption], lang: Language) -> Grid:
    """Every parameter in force; the elements of one in one line where they share everything but the value."""
    heads = [text(lang, f"sheet.assumption_{key}") for key in ("meaning", "value", "unit")]
    heads += [text(lang, "draft.range"), text(lang, "sheet.assumption_origin"), text(lang, "sheet.assumption_source")]
    lines = [list(line) for line in _gathered(assumptions)]
    widths = (3.2, 1.4, 1.4, 1.8, 1, 4)
    return Grid(text(lang, "draft.assumptions_table"), heads, lines, widths=widths, small=True)


def _gathered(assumptions: Sequence[Assumption]) -> Iterator[tuple[str, ...]]:
    groups: dict[str, list[Assumption]] = {}
    for one in assumptions:
        groups.setdefault(one.name.partition("[")[0], []).append(one)
    for name, several in groups.items():
        first = several[0]
        numbers = [one.value for one in several if isinstance(one.value, int | float)]
        value = _span(numbers) if numbers else str(first.value)
        lows = [one.low for one in several if one.low is not None]
        highs = [one.high for one in several if one.high is not None]
        between = _span([*lows, *highs]) if lows and highs else "-"
        yield f"{first.meaning} ({name})", value, first.unit, between, first.origin, first.source


def _span(numbers: Sequence[float]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"

