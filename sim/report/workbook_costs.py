"""The sheet of costs: money by year, and what each percentage point of progress takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openpyxl.worksheet.worksheet import Worksheet

from sim.costs import FIRST, LAST, Costs
from sim.report.cost_tables import cost_sentence
from sim.report.workbook_style import (
    body_font,
    close_table,
    header,
    look,
    note,
    number_format,
    print_setup,
    put,
    set_row,
    set_widths,
    title,
)
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

_YEARS = range(FIRST, LAST + 1)


def fill_costs(sheet: Worksheet, costs: Costs, rows: Sequence[TargetRow], lang: Language) -> None:
    """Money by year with its sum, then gain and public money per point by target, then what the figures mean."""
    heads = [text(lang, "cost.item"), text(lang, "table.unit"), *map(str, _YEARS)]
    heads += [text(lang, f"cost.{key}") for key in ("total", "yearly", "added")]
    columns = len(heads)
    set_widths(sheet, [34, 12, *([10] * len(_YEARS)), 12, 12, 16])
    at = title(sheet, text(lang, "cost.title"), columns, lang)
    header(sheet, at, heads, lang)
    print_setup(sheet, at, f"C{at + 1}", lang)
    for line in _money(costs, lang):
        at += 1
        _line(sheet, at, line, lang)
    close_table(sheet, at, columns)
    at = _targets(sheet, at + 2, costs, rows, lang)
    words = [cost_sentence(costs, lang), text(lang, "cost.note")]
    words += [text(lang, "cost.cover_note")] if costs.cover else []
    for words_of in words:
        at = note(sheet, at, words_of, columns, lang)


def _money(costs: Costs, lang: Language) -> list[list[object]]:
    unit = costs.unit_zh if lang == "zh" else costs.unit_en
    lines: list[list[object]] = []
    for kind, spent in (("public_cost", costs.public), ("private_cost", costs.private)):
        if spent is not None:
            years = [spent.by_year.get(year) for year in _YEARS]
            lines.append([text(lang, f"cost.csv.{kind}"), unit, *years, spent.total, spent.yearly, spent.added])
    if costs.cover:
        lines.append([text(lang, "cost.csv.fund_cover"), "%", *(_percent(costs.cover.get(year)) for year in _YEARS)])
    return lines


def _percent(part: float | None) -> float | None:
    return None if part is None else 100 * part


def _targets(sheet: Worksheet, at: int, costs: Costs, rows: Sequence[TargetRow], lang: Language) -> int:
    """A line for each target that gains or loses, and one for all; returns the next free row."""
    names = {row.id: row.name_zh if lang == "zh" else row.name_en for row in rows}
    unit = costs.unit_zh if lang == "zh" else costs.unit_en
    heads = [text(lang, "cost.targets_title"), text(lang, "table.id")]
    heads += [text(lang, f"cost.{key}") for key in ("off", "on", "points", "ratio")]
    header(sheet, at, heads, lang)
    set_row(sheet, at, {1: heads[0], **dict(enumerate(heads[2:], start=3))})
    for id_, gain in costs.gains.items():
        at += 1
        _line(sheet, at, [names.get(id_, ""), id_, gain.off, gain.on, gain.points, costs.per_target.get(id_)], lang)
        set_row(sheet, at, {1: names.get(id_, "")})
    at += 1
    name = f"{text(lang, 'cost.all_targets')} ({unit})"
    _line(sheet, at, [name, "", None, None, costs.points, costs.per_point], lang)
    close_table(sheet, at, len(heads))
    return at + 1


def _line(sheet: Worksheet, at: int, line: Sequence[object], lang: Language) -> None:
    body = look(sheet, body_font(lang))
    numbers = [value for value in line if isinstance(value, float)]
    for column, value in enumerate(line, start=1):
        put(sheet, at, column, value, number_format(numbers) if isinstance(value, float) else "", body)
