"""The empty form of an own park table (`sim parks --template`): headers with units, choices, explanations."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sim.parks.columns import Column, Columns
from sim.words.catalogue import Language, text

ROWS = 500
"""Rows for which the form offers choices."""

_REQUIRED = PatternFill("solid", fgColor="FFF2CC")


def header_of(column: Column, lang: Language) -> str:
    """The header of a column in the form: name and unit, as :func:`sim.parks.own.import_table` reads it."""
    units = column.units_zh if lang == "zh" else column.units
    return f"{column.name(lang)}({units})" if units and units != "1" else column.name(lang)


def template(columns: Columns, lang: Language = "zh") -> Workbook:
    """The empty form: a sheet to fill in, and one that explains every column."""
    workbook = Workbook()
    form = workbook.worksheets[0]
    form.title = text(lang, "parks.template.form")
    _form(form, columns, lang)
    _explain(workbook.create_sheet(text(lang, "parks.template.explain")), columns, lang)
    return workbook


def _form(sheet: Worksheet, columns: Columns, lang: Language) -> None:
    for index, column in enumerate(columns, 1):
        cell = sheet.cell(1, index, header_of(column, lang))
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        if _needed(column):
            cell.fill = _REQUIRED
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = 28 if column.key == "name_zh" else 14
        if column.kind == "choice":
            words = [option.name(lang) for option in columns.options[column.key].values()]
            _offer(sheet, letter, words, text(lang, "parks.template.pick"))
        elif column.kind == "flag":
            words = [text(lang, "parks.template.yes"), text(lang, "parks.template.no")]
            _offer(sheet, letter, words, text(lang, "parks.template.pick"))
    sheet.row_dimensions[1].height = 45
    sheet.freeze_panes = "C2"


def _needed(column: Column) -> bool:
    return column.required or column.key in ("revenue", "output")


def _offer(sheet: Worksheet, letter: str, words: list[str], prompt: str) -> None:
    # Excel allows 255 characters in such a list and takes commas as separators
    rule = DataValidation(
        type="list", formula1='"' + ",".join(word.replace(",", " ") for word in words) + '"'
    )
    rule.allow_blank = True
    rule.error = prompt
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{ROWS + 1}")


def _explain(sheet: Worksheet, columns: Columns, lang: Language) -> None:
    headings = ("column", "unit", "need", "meaning", "unknown")
    sheet.append([text(lang, f"parks.template.{heading}") for heading in headings])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in columns:
        units = column.units_zh if lang == "zh" else column.units
        need = text(lang, "parks.template.required" if _needed(column) else "parks.template.optional")
        unknown = _when_unknown(column, columns, lang)
        sheet.append([column.name(lang), units, need, column.explanation(lang), unknown])
    for letter, width in zip("ABCDE", (30, 14, 12, 60, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.append([])
    for note in ("note_unknown", "note_totals", "note_size"):
        sheet.append([text(lang, f"parks.template.{note}")])


def _when_unknown(column: Column, columns: Columns, lang: Language) -> str:
    """How a value is filled that the table does not give."""
    rule = column.estimate
    if isinstance(rule, tuple):
        comma = text(lang, "parks.mapping.comma")
        bases = comma.join(columns[base].name(lang) for base in rule)
        return text(lang, "parks.template.ratio", bases=bases)
    named = ("identity", "profile", "demonstration", "common", "league")
    if rule in named:
        return text(lang, f"parks.template.rule_{rule}")
    if rule is None:
        return text(lang, "parks.template.rule_id" if column.kind == "id" else "parks.template.rule_none")
    if column.kind == "choice":
        return text(lang, "parks.template.value", value=columns.options[column.key][rule].name(lang))
    if column.kind == "flag":
        return text(lang, "parks.template.value", value=text(lang, "parks.template.no"))
    return text(lang, "parks.template.value", value=rule) if rule else text(lang, "parks.template.rule_blank")
