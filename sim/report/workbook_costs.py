"""The sheet of costs: money by year, and what each percentage point of progress takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from openpyxl.worksheet.worksheet import Worksheet

from sim.costs import FIRST, LAST, Costs
from sim.report.cost_tables import compared_ids, compared_lines, cost_sentence, name_of
from sim.report.policy_tables import asking, share
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
    if asking(costs):
        at = _policies(sheet, at + 2, costs, lang)
    at = _targets(sheet, at + 2, costs, rows, lang)
    words = [cost_sentence(costs, lang), text(lang, "cost.note")]
    words += [text(lang, "cost.cover_note")] if costs.cover else []
    words += [text(lang, "cost.policies.note")] if asking(costs) else []
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
    if costs.shortfall is not None:
        missing = costs.shortfall
        years = [missing.by_year.get(year) for year in _YEARS]
        lines.append([text(lang, "cost.csv.fund_shortfall"), unit, *years, missing.total, missing.yearly])
    return lines


def _policies(sheet: Worksheet, at: int, costs: Costs, lang: Language) -> int:
    """What the fund pays for each policy that asks, by year and in sum; returns the row of the last line."""
    unit = costs.unit_zh if lang == "zh" else costs.unit_en
    heads = [text(lang, "cost.policies.title"), text(lang, "table.unit"), *map(str, _YEARS), text(lang, "cost.total")]
    heads += [text(lang, f"cost.policies.{key}") for key in ("share", "asked")]
    header(sheet, at, heads, lang)
    known = [(name_of(policy, lang), policy.paid, policy.asked) for policy in asking(costs)]
    if costs.paid is not None and costs.asked is not None:
        known.append((text(lang, "cost.policies.total"), costs.paid, costs.asked))
    for name, paid, asked in known:
        at += 1
        years = [paid.by_year.get(year) for year in _YEARS]
        part = share(paid.total, costs.paid.total) if costs.paid else None
        _line(sheet, at, [name, unit, *years, paid.total, part, asked.total], lang)
        set_row(sheet, at, {1: name})
    close_table(sheet, at, len(heads))
    return at


def fill_compared_costs(sheet: Worksheet, costs: Mapping[str, Costs | None], lang: Language) -> None:
    """Sums, points and the public money of each policy, a line each, by scenario."""
    known = [one for one in costs.values() if one is not None]
    lines = {name: compared_lines(one) for name, one in costs.items()}
    heads = [text(lang, "cost.item"), text(lang, "table.unit"), *costs]
    set_widths(sheet, [44, 16, *([16] * len(costs))])
    at = title(sheet, text(lang, "sheet.costs_title"), len(heads), lang)
    header(sheet, at, heads, lang)
    print_setup(sheet, at, f"C{at + 1}", lang)
    for id_ in compared_ids(costs):
        at += 1
        one = next(found[id_] for found in lines.values() if id_ in found)
        values = [found[id_].value if id_ in found else None for found in lines.values()]
        _line(sheet, at, [one.name(lang), one.unit(known[0], lang), *values], lang)
        set_row(sheet, at, {1: one.name(lang)})
    close_table(sheet, at, len(heads))
    note(sheet, at + 1, text(lang, "cost.compared_note"), len(heads), lang)


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
