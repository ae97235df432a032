"""``comparison.xlsx`` of ensembles: probabilities and differences side by side, and the inputs that differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from sim.folder import write_whole
from sim.report.sides import LETTERS, Side, Sides
from sim.report.sides_table import CLEAR, counts, joint_text, verdict_of
from sim.report.terminal import InputDifference
from sim.report.verdicts import target_text
from sim.report.width import plain
from sim.report.workbook import fill_inputs, sheets
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
    workbook_bytes,
)
from sim.words.catalogue import Language, text

PAIR = (
    "difference_points",
    "difference_error",
    "better_share",
    "gained",
    "lost",
    "value_p05",
    "value_p50",
    "value_p95",
)
POINTS = "0.0"

Cells = list[tuple[object, str]]
"""Values with Excel's format of each."""


def write_sides(path: Path, sides: Sides, differences: Sequence[InputDifference], lang: Language) -> None:
    """Write the workbook of a comparison of ensembles.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    workbook = Workbook()
    table, inputs = sheets(workbook, {key: text(lang, f"sheet.tab_{key}") for key in ("comparison", "inputs")})
    _fill(table, sides, lang)
    fill_inputs(inputs, differences, sides.names, lang)
    write_whole(path, workbook_bytes(workbook))


def _fill(sheet: Worksheet, sides: Sides, lang: Language) -> None:
    heads = _heads(sides, lang)
    set_widths(sheet, [6, 30, 12, 11, *([11] * (len(heads) - 4))])
    below = text(lang, "sides.below", runs=sides.runs, seed=sides.seed, first=sides.names[0])
    at = title(sheet, text(lang, "sides.title"), len(heads), lang, below)
    header(sheet, at, heads, lang)
    sheet.row_dimensions[at].height = 58
    print_setup(sheet, at, f"C{at + 1}", lang)
    words = look(sheet, body_font(lang), Alignment(wrap_text=True, vertical="center"))
    for place in sides.shown:
        at += 1
        line = _line(sides, place, lang)
        for column, (value, shape) in enumerate(line, start=1):
            put(sheet, at, column, value, shape, words)
        set_row(sheet, at, {2: str(line[1][0])})
    close_table(sheet, at, len(heads))
    at += 1
    for letter, (name, side) in zip(LETTERS, sides.of.items(), strict=False):
        line_ = text(lang, "sides.side", letter=letter, name=name, id=side.run_id, runs=side.given)
        at = note(sheet, at, line_, len(heads), lang)
        if side.pairs:
            told = text(lang, "sides.counts", b=letter, a=LETTERS[0], times=f"{CLEAR:g}", **counts(sides, side))
            at = note(sheet, at, told, len(heads), lang)
            at = note(sheet, at, joint_text(sides, side, letter, lang), len(heads), lang)
    for line_ in (text(lang, "sides.meaning"), *sides.calibrations(lambda one: one.lines(lang))):
        at = note(sheet, at, line_, len(heads), lang)


def _heads(sides: Sides, lang: Language) -> list[str]:
    heads = [text(lang, f"table.{key}") for key in ("id", "name", "unit", "target")]
    for name, side in sides.of.items():
        keys = ["sides.probability", "sides.error", "table.verdict"]
        keys += [f"sides.{key}" for key in PAIR] if side.pairs else []
        heads += [text(lang, "sides.of", name=name, what=text(lang, key)) for key in keys]
    return heads


def _line(sides: Sides, place: int, lang: Language) -> Cells:
    row = sides.first.rows[place]
    name, unit = (row.name_zh, row.unit_zh) if lang == "zh" else (row.name_en, row.unit_en)
    line: Cells = [(row.id, ""), (name, ""), (unit, ""), (plain(target_text(row, lang)), "")]
    for side in sides.of.values():
        line += _side(side, place, lang)
    return line


def _side(side: Side, place: int, lang: Language) -> Cells:
    row, chance = side.rows[place], side.chances[place]
    verdict = verdict_of(row, chance)
    year = chance.year if chance.year is not None else f">{row.end_year}"
    word = text(lang, f"short.{verdict}", year=year) if verdict else ""
    cells: Cells = [(_percent(chance.probability), POINTS), (_percent(chance.error), POINTS), (word, "")]
    if side.pairs:
        pair = side.pairs[place]
        shares = (pair.difference, pair.error, pair.better, pair.gained, pair.lost)
        values = [pair.p05, pair.p50, pair.p95]
        shape = number_format([value for value in values if value is not None])
        cells += [(_percent(share), POINTS) for share in shares] + [(value, shape) for value in values]
    return cells


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share
