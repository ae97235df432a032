"""Figures of ensembles side by side, with the data and captions beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from sim.folder import write_whole
from sim.report.csv_tables import csv_bytes
from sim.report.figure_data import Block
from sim.report.plots import differences, ridges, sides_board
from sim.report.plots.captions import (
    CAPTIONS,
    COLUMNS,
    DATA,
    LANGUAGES,
    About,
    Caption,
    Captions,
    always,
    caption_row,
    noted,
    sheet_of,
    source_line,
)
from sim.report.plots.save import FORMATS, save_pages, stamp_of
from sim.report.sides import Sides
from sim.report.workbook_figures import figures_workbook
from sim.words.catalogue import Language, text
from sim.words.punctuation import full_width

KIND = "ensembles"
"""What the stamp of these figures says they are of."""


@dataclass(frozen=True)
class SidesFigure:
    """A figure of ensembles side by side: its code, its key in the catalogues, how it is drawn, its numbers."""

    code: str
    key: str
    draw: Callable[[Sides, Language], dict[str, Figure]]
    data: Callable[[Sides, Language], Block]


FIGURES = (
    SidesFigure(sides_board.CODE, "compare_chances", sides_board.board_figures, sides_board.board_data),
    SidesFigure(differences.CODE, "compare_differences", differences.difference_figures, differences.difference_data),
    SidesFigure(ridges.CODE, "compare_ridges", ridges.ridge_figures, ridges.ridge_data),
)


def write_figures(sides: Sides, attrs: Sequence[Mapping[str, object]], folder: Path, lang: Language) -> None:
    """Draw them all.

    Parameters
    ----------
    attrs
        Where each ensemble comes from, in the order of ``sides``.
    folder
        Where everything goes; it exists.

    Raises
    ------
    InputError
        ``font_missing`` where no font has the characters.
    OutputError
        If a file cannot be written.
    """
    about, stamp = About.of(attrs), stamp_of(attrs, KIND, ("--lang", lang))
    sheets, lines = [], []
    for one in FIGURES:
        told = captions(one, sides, about)
        drawn = save_pages(one.code, one.draw(sides, lang), folder, FORMATS, stamp)
        lines += [caption_row(page, lang, told, about) for page in drawn]
        sheets.append(sheet_of(one.code, lang, told[lang], about, (one.data(sides, lang),)))
    write_whole(folder / DATA, figures_workbook(sheets, lang))
    write_whole(folder / CAPTIONS, csv_bytes(COLUMNS, lines))


def captions(one: SidesFigure, sides: Sides, about: About) -> Captions:
    """Title, note and source of a figure in both languages."""

    def caption(lang: Language) -> Caption:
        runs = text(lang, "figure.note.compare_runs", runs=sides.runs, seed=sides.seed)
        stamp = [full_width(line) for line in sides.calibrations(lambda found: [found.sentence(lang)])]
        notes = [text(lang, f"figure.note.{one.key}", first=sides.names[0]), runs, *stamp]
        items = [("published", text(lang, "figure.source.plan")), *always(lang, about),
                 ("assumed", text(lang, "figure.source.ranges"))]  # fmt: skip
        title = text(lang, f"figure.title.{one.key}")
        return Caption(title, noted(lang, notes, about), source_line(lang, items))

    return {lang: caption(lang) for lang in LANGUAGES}
