"""The sheet of the plan's targets, ready to print, and the sheet that sets scenarios side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from sim import dims
from sim.report.places import place_in
from sim.report.terminal import group_titles
from sim.report.verdicts import (
    LETTERS,
    VERDICTS,
    count_by_verdict,
    notes,
    target_text,
    value_text,
    verdict_short,
    verdict_text,
)
from sim.report.workbook_style import (
    body_font,
    close_table,
    header,
    look,
    note,
    print_setup,
    put,
    set_row,
    set_widths,
    title,
)
from sim.tested import History
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

_WIDTHS = (6, 30, 12, 10, 10, 11, 9, 8, 9, 9, 19, 11, 5, 16)
_PRETTY = {">=": "≥", "<=": "≤"}


def fill_targets(sheet: Worksheet, rows: Sequence[TargetRow], lang: Language, history: History = "untested") -> None:
    """All targets in a three-line frame, with counts, notes and the reasons of what is outside below."""
    inside = [row for row in rows if row.basis != "outside"]
    names = _target_header(lang)
    columns = len(names)
    set_widths(sheet, _WIDTHS)
    below = text(lang, "sheet.subtitle", scenario=rows[0].scenario, id=rows[0].run_id) if rows else ""
    below += f"    {text(lang, f'table.history.{history}')}" if rows else ""
    at = title(sheet, text(lang, "sheet.targets_title"), columns, lang, below)
    header(sheet, at, names, lang)
    sheet.row_dimensions[at].height = 30
    print_setup(sheet, at, f"C{at + 1}", lang)
    titles, last = group_titles(inside, lang), ""
    looks = [
        look(sheet, body_font(lang), Alignment(horizontal="left", vertical="center", wrap_text=True)),
        look(sheet, body_font(lang), Alignment(horizontal="right", vertical="center", wrap_text=False)),
    ]
    for row in inside:
        if row.group != last:
            at += 1
            last = row.group
            put(sheet, at, 1, titles[last]).font = body_font(lang, bold=True)
        at += 1
        _target_line(sheet, at, row, looks, lang)
    close_table(sheet, at, columns)
    _notes_below(sheet, at + 1, rows, columns, lang)


def _target_header(lang: Language) -> list[str]:
    years = [text(lang, "table.year", year=year) for year in (dims.BASE_YEAR, dims.TARGET_YEAR)]
    keys = ("gap", "progress", "growth_required", "growth_scenario", "verdict", "basis", "note", "place")
    start = [text(lang, f"table.{key}") for key in ("id", "name", "unit")]
    return [*start, *years, text(lang, "table.target"), *(text(lang, f"sheet.{key}") for key in keys)]


def _target_line(sheet: Worksheet, at: int, row: TargetRow, looks: Sequence[Any], lang: Language) -> None:
    zh = lang == "zh"
    name, unit = (row.name_zh, row.unit_zh) if zh else (row.name_en, row.unit_en)
    target, place = target_text(row, lang), place_in(row.plan_place or "", lang)
    for sign, pretty in _PRETTY.items():
        target = target.replace(sign, pretty)
    shown = value_text(row)
    decimals = len(shown.partition(".")[2]) if "e" not in shown else 2
    plain_format = "0" + ("." + "0" * decimals if decimals else "")
    line: list[tuple[Any, str]] = [
        (row.id, ""),
        (name, ""),
        (unit, ""),
        (row.base_2015, plain_format if decimals else ""),
        (row.value_2020, plain_format),
        (target, ""),
        (row.gap, plain_format),
        (row.progress_pct, "0.0"),
        (row.growth_required_pct, "0.00"),
        (row.growth_scenario_pct, "0.00"),
        (verdict_text(row, lang), ""),
        (text(lang, f"basis.{row.basis}"), ""),
        (notes(row), ""),
        (place, ""),
    ]
    for column, (value, number_format) in enumerate(line, start=1):
        put(sheet, at, column, value, number_format, looks[column in (4, 5, 6, 7, 8, 9, 10)])
    set_row(sheet, at, {2: name, 3: unit, 11: str(line[10][0]), 14: place})


def _notes_below(sheet: Worksheet, at: int, rows: Sequence[TargetRow], columns: int, lang: Language) -> None:
    counts, bases = count_by_verdict(rows), Counter(row.basis for row in rows)
    by_verdict = {verdict: counts[verdict] for verdict in VERDICTS}
    others = {basis: bases[basis] for basis in ("imposed", "extrapolated", "outside")}
    words = [
        text(lang, "table.model_counts", total=bases["model"], **by_verdict),
        text(lang, "table.other_counts", **others),
        "  ".join(text(lang, f"table.notes.{letter}") for letter in LETTERS),
        *(text(lang, "table.lost", id=row.id, year=row.lost_after) for row in rows if row.lost_after),
        *_remarks(rows, lang),
        *_margins(rows, lang),
    ]
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.basis == "outside":
            name, reason = (row.name_zh, row.reason_zh) if lang == "zh" else (row.name_en, row.reason_en)
            reasons.setdefault(reason or "", []).append(f"{row.id} {name}")
    if reasons:
        words.append(text(lang, "table.outside_title"))
    for reason, members in reasons.items():
        listed = text(lang, "closing.comma").join(members)
        words.append(text(lang, "table.outside_row", ids=listed, reason=reason))
    for line in words:
        at = note(sheet, at, line, columns, lang)


def _remarks(rows: Sequence[TargetRow], lang: Language) -> list[str]:
    """What a reader must know about single values, as the targets' file tells it."""
    inside = [row for row in rows if row.basis != "outside"]
    told = [(row.id, row.reason_zh if lang == "zh" else row.reason_en) for row in inside]
    return [text(lang, "table.outside_row", ids=id_, reason=remark) for id_, remark in told if remark]


def _margins(rows: Sequence[TargetRow], lang: Language) -> list[str]:
    """How little would have to move for a count or a date to be another one."""
    told = [(row.id, row.margin_note_zh if lang == "zh" else row.margin_note_en) for row in rows]
    lines = [text(lang, "table.outside_row", ids=id_, reason=margin) for id_, margin in told if margin]
    return [text(lang, "margin.title"), *lines] if lines else []


def fill_comparison(sheet: Worksheet, rows_by_scenario: Mapping[str, Sequence[TargetRow]], lang: Language) -> None:
    """Targets by scenario: value, verdict and, from the second on, the difference from the first."""
    names = list(rows_by_scenario)
    by_id = {name: {row.id: row for row in rows} for name, rows in rows_by_scenario.items()}
    ids = dict.fromkeys(id_ for rows in by_id.values() for id_, row in rows.items() if row.basis != "outside")
    heads = [text(lang, f"table.{key}") for key in ("id", "name", "unit", "target")]
    for name in names:
        keys = ("value", "verdict", "difference") if name != names[0] else ("value", "verdict")
        heads += [text(lang, "sheet.of", name=name, what=text(lang, f"table.{key}")) for key in keys]
    set_widths(sheet, [6, 30, 12, 11, *([12] * (len(heads) - 4))])
    first = names[0] if names else ""
    below = text(lang, "sheet.against", name=first)
    at = title(sheet, text(lang, "sheet.comparison_title"), len(heads), lang, below)
    header(sheet, at, heads, lang)
    sheet.row_dimensions[at].height = 44
    print_setup(sheet, at, f"C{at + 1}", lang)
    for id_ in ids:
        at += 1
        _comparison_line(sheet, at, [by_id[name].get(id_) for name in names], lang)
    close_table(sheet, at, len(heads))


def _comparison_line(sheet: Worksheet, at: int, rows: Sequence[TargetRow | None], lang: Language) -> None:
    anyone = next(row for row in rows if row is not None)
    name, unit = (anyone.name_zh, anyone.unit_zh) if lang == "zh" else (anyone.name_en, anyone.unit_en)
    line: list[object] = [anyone.id, name, unit, target_text(anyone, lang)]
    for number, row in enumerate(rows):
        value = None if row is None else row.value_2020
        line += [value, "" if row is None else verdict_short(row, lang)]
        if number:
            base = None if rows[0] is None else rows[0].value_2020
            line.append(None if value is None or base is None else value - base)
    font = body_font(lang)
    decimals = max(len(value_text(row).partition(".")[2]) for row in rows if row is not None)
    number_format = "0." + "0" * decimals if decimals else "0"
    for column, entry in enumerate(line, start=1):
        cell = put(sheet, at, column, entry, number_format)
        cell.font = font
        if column == 2:
            cell.alignment = Alignment(wrap_text=True, vertical="center")
    set_row(sheet, at, {2: name})
