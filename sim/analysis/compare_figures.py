"""Figures of a comparison, with the data and captions beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.folder import write_whole
from sim.report.csv_tables import csv_bytes
from sim.report.plots.captions import (
    CAPTIONS,
    COLUMNS,
    DATA,
    LANGUAGES,
    About,
    Caption,
    Captions,
    FigureFiles,
    always,
    caption_row,
    noted,
    sheet_of,
    source_line,
)
from sim.report.plots.comparison import INDICATORS, Indicator, indicator_data, indicator_figure
from sim.report.plots.grid import grid_data, verdict_grids
from sim.report.plots.save import FORMATS, save_pages
from sim.report.plots.write import BASE_ORIGINS
from sim.report.workbook_figures import figures_workbook
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    import xarray as xr

    from sim.targets.rows import TargetRow

GRID = "compare-targets"


def write_figures(
    results: Mapping[str, xr.Dataset], rows: Mapping[str, Sequence[TargetRow]], folder: Path, lang: Language
) -> None:
    """Draw the main indicators and the grid of verdicts.

    Parameters
    ----------
    results, rows
        By the scenario's name as it is shown; the target of an indicator is that of the first.
    folder
        Where everything goes; it exists.

    Raises
    ------
    InputError
        ``font_missing`` where no font has the characters.
    OutputError
        If a file cannot be written.
    """
    about = About.of([run.attrs for run in results.values()])
    first = next(iter(rows.values()))
    sheets, lines = [], []
    for indicator in (one for one in INDICATORS if one.known_to(results.values())):
        told = _indicator_captions(indicator, about)
        figure = indicator_figure(results, indicator, lang, first)
        drawn = save_pages(indicator.file, {indicator.file: figure}, folder, FORMATS, about.run_id)
        lines += [caption_row(one, lang, told, about) for one in drawn]
        block = indicator_data(results, indicator, lang, first)
        sheets.append(sheet_of(indicator.file, lang, told[lang], about, (block,)))
    told = _grid_captions(about)
    lines += [caption_row(one, lang, told, about) for one in write_grids(results, rows, folder, lang)]
    sheets.append(sheet_of(GRID, lang, told[lang], about, (grid_data(rows, lang),)))
    write_whole(folder / DATA, figures_workbook(sheets, lang))
    write_whole(folder / CAPTIONS, csv_bytes(COLUMNS, lines))


def write_grids(
    results: Mapping[str, xr.Dataset],
    rows: Mapping[str, Sequence[TargetRow]],
    folder: Path,
    lang: Language,
    formats: Sequence[str] = FORMATS,
) -> list[FigureFiles]:
    """Draw the targets by scenario, on as many pages as targets and scenarios need."""
    about = About.of([run.attrs for run in results.values()])
    return save_pages(GRID, verdict_grids(rows, lang), folder, formats, about.run_id)


def _indicator_captions(indicator: Indicator, about: About) -> Captions:
    def caption(lang: Language) -> Caption:
        name = text(lang, f"figure.indicator.{indicator.code}")
        items = [("published", text(lang, "figure.source.plan"))] if indicator.target else []
        if indicator.code in BASE_ORIGINS and not about.own_table:
            named = text(lang, f"figure.column.{indicator.code}")
            items.append((BASE_ORIGINS[indicator.code], text(lang, "figure.source.total", name=named)))
        return Caption(
            text(lang, "figure.title.compare_indicator", indicator=name),
            noted(lang, [text(lang, "figure.note.compare_indicator")], about),
            source_line(lang, [*items, *always(lang, about)]),
        )

    return {lang: caption(lang) for lang in LANGUAGES}


def grid_caption(about: About, lang: Language) -> Caption:
    """What stands beside the grid of verdicts."""
    return _grid_captions(about)[lang]


def _grid_captions(about: About) -> Captions:
    return {
        lang: Caption(
            text(lang, "figure.title.compare_targets"),
            noted(lang, [text(lang, "figure.note.compare_targets")], about),
            source_line(lang, [("published", text(lang, "figure.source.plan")), *always(lang, about)]),
        )
        for lang in LANGUAGES
    }
