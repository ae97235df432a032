"""Excel files for the draft: ``summary.xlsx`` of a run and the workbook of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from sim.folder import write_whole
from sim.report.summary import Assumption
from sim.report.terminal import InputDifference
from sim.report.workbook_costs import fill_compared_costs, fill_costs
from sim.report.workbook_series import fill_parks, fill_totals
from sim.report.workbook_style import (
    body_font,
    close_table,
    header,
    look,
    print_setup,
    put,
    set_row,
    set_widths,
    title,
    workbook_bytes,
)
from sim.report.workbook_targets import fill_comparison, fill_targets
from sim.tested import History
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    import xarray as xr

    from sim.costs import Costs
    from sim.targets.rows import TargetRow


def write_summary(
    path: Path,
    rows: Sequence[TargetRow],
    dataset: xr.Dataset,
    assumptions: Sequence[Assumption],
    about: Mapping[str, str],
    lang: Language,
    costs: Costs | None = None,
    history: History = "untested",
) -> None:
    """Write the summary: targets (ready to print), totals by year, parks by year, costs, assumptions, about.

    Parameters
    ----------
    path
        The ``.xlsx`` file; same content gives the same bytes.
    rows
        All targets.
    dataset
        Results, dims ``run, park, league, tier, industry, pollutant, time``; the first run is shown.
    assumptions
        One line each, in the order given.
    about
        What identifies the run: label and value, in the order given and in the language of the workbook.
    costs
        ``None`` where the bundle records none: then there is no such sheet.
    history
        How the model's test against history ended; the sheet of targets says it.

    Raises
    ------
    OutputError
        If the file cannot be written, for instance because Excel has it open.
    """
    workbook = Workbook()
    keys = ("targets", "totals", "parks", *(("costs",) if costs else ()), "assumptions", "about")
    sheets = dict(zip(keys, _sheets(workbook, keys, lang), strict=True))
    fill_targets(sheets["targets"], rows, lang, history)
    fill_totals(sheets["totals"], dataset, lang)
    long = fill_parks(sheets["parks"], dataset, lang)
    if costs:
        fill_costs(sheets["costs"], costs, rows, lang)
    _fill_assumptions(sheets["assumptions"], assumptions, lang)
    fill_about(sheets["about"], about, lang)
    write_whole(path, workbook_bytes(workbook, [long]))


def write_comparison(
    path: Path,
    rows_by_scenario: Mapping[str, Sequence[TargetRow]],
    differences: Sequence[InputDifference],
    lang: Language,
    costs: Mapping[str, Costs | None] | None = None,
) -> None:
    """Write scenarios side by side: targets with verdicts and differences, costs, then the inputs that differ.

    Parameters
    ----------
    rows_by_scenario
        Rows by the scenario's name as shown; differences are from the first.
    differences
        ``(key, {scenario: value})`` pairs.
    costs
        By the same names; there is no such sheet where nothing is known of any.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    workbook = Workbook()
    known = costs if costs and any(costs.values()) else None
    keys = ("comparison", *(("costs",) if known else ()), "inputs")
    sheets = dict(zip(keys, _sheets(workbook, keys, lang), strict=True))
    fill_comparison(sheets["comparison"], rows_by_scenario, lang)
    if known:
        fill_compared_costs(sheets["costs"], known, lang)
    fill_inputs(sheets["inputs"], differences, list(rows_by_scenario), lang)
    write_whole(path, workbook_bytes(workbook))


def _sheets(workbook: Workbook, keys: Sequence[str], lang: Language) -> list[Worksheet]:
    return sheets(workbook, {key: text(lang, f"sheet.tab_{key}") for key in keys})


def sheets(workbook: Workbook, tabs: Mapping[str, str]) -> list[Worksheet]:
    """The sheets of a new workbook, one for each tab."""
    first = workbook.active
    assert first is not None  # a new workbook has one sheet
    workbook.remove(first)
    return [workbook.create_sheet(tab) for tab in tabs.values()]


def _fill_assumptions(sheet: Worksheet, assumptions: Sequence[Assumption], lang: Language) -> None:
    keys = [field.name for field in fields(Assumption)]
    heads = [text(lang, f"sheet.assumption_{key}") for key in keys]
    lines = [[getattr(assumption, key) for key in keys] for assumption in assumptions]
    widths = (30, 12, 14, 10, 10, 10, 40, 12, 50)
    _plain_table(sheet, text(lang, "sheet.assumptions_title"), heads, lines, widths, lang)


def fill_about(sheet: Worksheet, about: Mapping[str, str], lang: Language) -> None:
    """What identifies a run: label and value."""
    heads = [text(lang, "sheet.about_item"), text(lang, "sheet.about_value")]
    _plain_table(sheet, text(lang, "sheet.about_title"), heads, list(about.items()), (28, 90), lang)


def fill_inputs(
    sheet: Worksheet, differences: Sequence[InputDifference], names: Sequence[str], lang: Language
) -> None:
    """The inputs that are not the same in all scenarios."""
    heads = [text(lang, "table.input_key"), *names]
    lines = [[key, *(_shown_input(values.get(name)) for name in names)] for key, values in differences]
    widths = [40, *([24] * len(names))]
    _plain_table(sheet, text(lang, "table.inputs_title"), heads, lines, widths, lang)


def _shown_input(value: object) -> object:
    return value if value is None or isinstance(value, int | float | str) else str(value)


def _plain_table(
    sheet: Worksheet,
    name: str,
    heads: Sequence[str],
    lines: Sequence[Sequence[object]],
    widths: Sequence[float],
    lang: Language,
) -> None:
    """A three-line table whose texts wrap."""
    set_widths(sheet, widths)
    at = title(sheet, name, len(heads), lang)
    header(sheet, at, heads, lang)
    print_setup(sheet, at, f"B{at + 1}", lang)
    wrapped = look(sheet, body_font(lang), Alignment(wrap_text=True, vertical="center"))
    for line in lines:
        at += 1
        for column, value in enumerate(line, start=1):
            put(sheet, at, column, value, like=wrapped)
        set_row(sheet, at, {i: value for i, value in enumerate(line, start=1) if isinstance(value, str)})
    close_table(sheet, at, len(heads))
