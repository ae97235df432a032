"""The workbook of what decides a target: one sheet, ready to print."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.styles import Alignment

from sim.report.decided import RESULTS, Decided, check_lines, meaning, sentences
from sim.report.workbook_style import (
    body_font,
    close_table,
    header,
    look,
    note,
    number_format,
    print_setup,
    put,
    set_widths,
    title,
    workbook_bytes,
)
from sim.words.catalogue import Language, text


def decided_workbook(decided: Decided, lang: Language) -> bytes:
    """The table by parameter, the answer above it, checks and meaning below; same content, same bytes."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = decided.row.id
    names, rows = _cells(decided, lang)
    set_widths(sheet, [30.0, *[13.0] * (len(names) - 1)])
    row = title(sheet, f"{decided.row.id} {decided.row.name_zh if lang == 'zh' else decided.row.name_en}", len(names),
                lang, decided.heading.line(lang))  # fmt: skip
    for line in sentences(decided, lang):
        row = note(sheet, row, line, len(names), lang)
    top = row
    header(sheet, row, names, lang)
    body = look(sheet, body_font(lang), Alignment(vertical="center"))
    formats = ["", *[number_format([float(cells[i]) for cells in rows]) for i in (1, 2)]]  # type: ignore[arg-type]
    index = "0.000" if decided.method != "morris" else "General"
    for cells in rows:
        row += 1
        for column, value in enumerate(cells, start=1):
            put(sheet, row, column, value, formats[column - 1] if column < 4 else index, like=body)
    close_table(sheet, row, len(names))
    row += 1
    for line in [*check_lines(decided, lang), meaning(decided, lang)]:
        row = note(sheet, row, line, len(names), lang)
    print_setup(sheet, top, f"B{top + 1}", lang)
    return workbook_bytes(workbook)


def _cells(decided: Decided, lang: Language) -> tuple[list[str], list[list[object]]]:
    names = [text(lang, f"sensitivity.{key}") for key in ("parameter", "low", "high")]
    rows: list[list[object]] = [[factor.name(lang), factor.low, factor.high] for factor in decided.factors]
    for result in RESULTS:
        if not decided.varies(result):
            continue
        short = text(lang, f"sensitivity.short.{result}")
        names += [text(lang, f"sensitivity.column.{decided.method}", result=short), "±"]
        if decided.method != "delta":
            names.append(text(lang, f"sensitivity.beside.{decided.method}"))
        for cells, factor in zip(rows, decided.factors, strict=True):
            share = factor.share(result)
            if share is not None:
                cells += [share.main.value, share.main.error, *([share.beside.value] if share.beside else [])]
    return names, rows
