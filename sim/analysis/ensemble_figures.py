"""Figures of an ensemble drawn from its folder, with the data and captions beside them; nothing is run again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.errors import InputError, Problem
from sim.folder import write_whole
from sim.redraw import deliver, unknown_figures
from sim.report.csv_tables import csv_bytes
from sim.report.ensemble_files import StoredEnsemble
from sim.report.figure_data import DataSheet
from sim.report.plots.captions import CAPTIONS, COLUMNS, DATA, About, FigureFiles, caption_row, sheet_of
from sim.report.plots.chance_context import ChanceContext
from sim.report.plots.ensemble_registry import FIGURES, captions_of, ensemble_caption, wanted
from sim.report.plots.save import save_pages, stamp_of
from sim.report.plots.style import WIDTH_MM, own_style
from sim.report.plots.write import Drawing
from sim.report.stamp import APART
from sim.report.workbook_figures import figures_workbook
from sim.words.catalogue import Language


def write_figures(stored: StoredEnsemble, folder: Path, lang: Language) -> None:
    """Draw all figures of an ensemble that is being written; the folder is made.

    Raises
    ------
    InputError
        ``font_missing`` where no font has the characters.
    OutputError
        If a file cannot be written.
    """
    folder.mkdir()
    drawn, lines, sheets = draw_figures(stored, folder, lang, Drawing())
    if drawn:
        write_whole(folder / DATA, figures_workbook(sheets, lang))
        write_whole(folder / CAPTIONS, csv_bytes(COLUMNS, lines.values()))


def redraw_ensemble(stored: StoredEnsemble, folder: Path, lang: Language, how: Drawing) -> list[Path]:
    """Draw figures of a stored ensemble into ``folder``, each file whole or not at all; returns the files.

    Raises
    ------
    InputError
        For a figure that isn't one or that this ensemble has not, for names of parks, or a font that is missing.
    OutputError
        If a file cannot be written, or the data or captions that are there cannot be read.
    """
    check(stored, how)
    with tempfile.TemporaryDirectory() as temporary:
        drawn, lines, sheets = draw_figures(stored, Path(temporary), lang, how)
        return deliver(folder, drawn, lines, sheets, lang)


def check(stored: StoredEnsemble, how: Drawing) -> None:
    """Refuse what cannot be drawn.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    problems = unknown_figures(how.only, FIGURES)
    if how.name_parks:
        problems.append(Problem(None, "ensemble_plot_names"))
    if stored.size.runs < 2:
        problems.append(Problem(None, "ensemble_plot_few"))
    elif not problems:
        there = wanted(ChanceContext(stored, "en"), how.only)
        missing = [name for name in how.only if not any(spec.called(name) for spec in there)]
        problems += [Problem(None, "ensemble_plot_none", {"figure": name}) for name in missing]
    if problems:
        raise InputError(problems)


def draw_figures(
    stored: StoredEnsemble, folder: Path, lang: Language, how: Drawing
) -> tuple[list[FigureFiles], Mapping[str, list[object]], list[DataSheet]]:
    """Figures written into a folder, their lines of ``captions.csv`` by code, and their sheets."""
    context = ChanceContext(stored, lang, how.width_mm or WIDTH_MM)
    about = About.of([stored.attrs])
    drawn: list[FigureFiles] = []
    lines: dict[str, list[object]] = {}
    sheets = []
    for spec in wanted(context, how.only):
        arguments = (*ensemble_arguments(stored), APART, "--only", spec.code, *how.arguments(lang))
        with own_style(how.style):
            pages = spec.pages(context)
        files = save_pages(spec.code, pages, folder, how.formats, stamp_of([stored.attrs], "ensemble", arguments))
        told = captions_of(spec, context)
        lines |= {one.code: caption_row(one, lang, told, about) for one in files}
        sheets.append(sheet_of(spec.code, lang, ensemble_caption(spec, context), about, spec.data(context)))
        drawn += files
    return drawn, lines, sheets


def ensemble_arguments(stored: StoredEnsemble) -> Sequence[str]:
    """What follows the scenario on the command line that makes the ensemble again, as its resolved scenario says it."""
    drawing, words = stored.drawing, []
    for key in ("runs", "seed", "tables"):
        if key in drawing and (key != "tables" or stored.size.tables):
            words += [f"--{key}", str(drawing[key])]
    joint = drawing.get("joint")
    return [*words, "--joint", ",".join(map(str, joint))] if isinstance(joint, list) else words
