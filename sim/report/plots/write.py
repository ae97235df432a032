"""Figures of a run drawn and written. Imports little by itself: a second process loads the rest when it has begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.words.catalogue import Language

if TYPE_CHECKING:
    import xarray as xr

    from sim.report.figure_data import DataSheet
    from sim.report.plots.captions import Caption, FigureFiles
    from sim.report.plots.context import FigureContext
    from sim.report.plots.own_style import OwnStyle
    from sim.targets.rows import TargetRow

HERE, BESIDE = ("3", "4", "6", "7"), ("1", "2", "5", "8")
"""Figures that a run draws itself, and those that a second process draws: about equal work beside all else."""

BASE_RANGES = {"iva": (5200.0, 6147.0)}
"""Totals of 2015 that no source publishes: the range that park reports and the plan's own growth rates leave open."""

MATURITY_BAR = 0.5
"""Maturity from which a cell counts as a cluster: the model sets its scale so that it is one half."""

BASE_ORIGINS = {"gdp": "published", "iva": "derived", "revenue": "published", "fixed_investment": "derived"}


@dataclass(frozen=True)
class FigureInput:
    """What the figures of a run are drawn from."""

    results: xr.Dataset
    reference: xr.Dataset | None
    rows: Sequence[TargetRow]


@dataclass(frozen=True)
class Drawing:
    """Which figures, and how: numbers or codes (none: all), file formats, width in mm, names of parks, style file.

    >>> Drawing(only=("5",)).formats
    ('png', 'svg')
    """

    only: Sequence[str] = ()
    formats: Sequence[str] = ("png", "svg")
    width_mm: float | None = None
    name_parks: bool = False
    style: OwnStyle | None = None

    def arguments(self, lang: Language) -> tuple[str, ...]:
        """How a command line says it, but for the figures and formats.

        >>> " ".join(Drawing(width_mm=160.0).arguments("zh"))
        '--lang zh --width 160'
        """
        width = () if self.width_mm is None else ("--width", f"{self.width_mm:g}")
        named = ("--name-parks",) if self.name_parks else ()
        return "--lang", lang, *width, *named, *(("--style", self.style.name) if self.style else ())


def context_of(drawn: FigureInput, lang: Language, how: Drawing) -> FigureContext:
    """What figures are drawn from, with what is known of the base year of the shipped park table."""
    # matplotlib takes a second to import, and --no-plots must not pay for it
    from sim.report.plots.context import FigureContext
    from sim.report.plots.style import WIDTH_MM

    own = drawn.results.attrs.get("own_table") == "1"
    return FigureContext(
        drawn.results, drawn.rows, lang, drawn.reference, how.width_mm or WIDTH_MM, how.name_parks,
        maturity_bar=MATURITY_BAR,
        base_origins={} if own else BASE_ORIGINS, base_ranges={} if own else BASE_RANGES,
    )  # fmt: skip


def write_figures(drawn: FigureInput, folder: Path, lang: Language, how: Drawing | None = None) -> list[FigureFiles]:
    """Draw figures and write them into a folder; a figure whose outputs the results lack is left out.

    Raises
    ------
    InputError
        ``font_missing`` where no font has the characters.
    """
    from sim.report.plots.registry import pages_of, wanted
    from sim.report.plots.save import save_pages, stamp_of
    from sim.report.plots.style import own_style

    how = how or Drawing()
    context = context_of(drawn, lang, how)
    folder.mkdir(exist_ok=True)
    written: list[FigureFiles] = []
    for spec in wanted(how.only):
        if spec.missing(drawn.results):
            continue
        arguments = ("--only", spec.code, *how.arguments(lang))
        stamp = stamp_of([drawn.results.attrs], "run", arguments)
        with own_style(how.style):
            pages = pages_of(spec, context)
        written += save_pages(spec.code, pages, folder, how.formats, stamp, str(spec.number))
    return written


def data_sheets(drawn: FigureInput, lang: Language, how: Drawing | None = None) -> list[DataSheet]:
    """The numbers behind the same figures, for ``figures.xlsx``."""
    from sim.report.plots.captions import About, caption_of, sheet_of
    from sim.report.plots.registry import wanted

    how = how or Drawing()
    context, about = context_of(drawn, lang, how), About.of([drawn.results.attrs])
    return [
        sheet_of(spec.code, lang, caption_of(spec, context), about, spec.data(context))
        for spec in wanted(how.only)
        if not spec.missing(drawn.results)
    ]


def captions(drawn: FigureInput, lang: Language, how: Drawing | None = None) -> Mapping[str, Caption]:
    """Title, note and source line of every figure, by code."""
    from sim.report.plots.captions import caption_of
    from sim.report.plots.registry import wanted

    context = context_of(drawn, lang, how or Drawing())
    return {spec.code: caption_of(spec, context) for spec in wanted()}


def write_data(drawn: FigureInput, folder: Path, lang: Language) -> None:
    """Write ``figures.xlsx`` of all default figures."""
    from sim.folder import write_whole
    from sim.report.plots.captions import DATA
    from sim.report.workbook_figures import figures_workbook

    write_whole(folder / DATA, figures_workbook(data_sheets(drawn, lang), lang))


def caption_lines(
    drawn: FigureInput, lang: Language, written: Sequence[FigureFiles], how: Drawing | None = None
) -> Mapping[str, list[object]]:
    """Lines of ``captions.csv`` by code, in the order of the figures."""
    from sim.report.plots.captions import About, caption_row, in_both
    from sim.report.plots.registry import wanted

    context, about = context_of(drawn, lang, how or Drawing()), About.of([drawn.results.attrs])
    told = {spec.code: in_both(spec, context) for spec in wanted()}
    ordered = sorted(written, key=lambda one: (int(one.number), one.page))
    return {one.code: caption_row(one, lang, told[one.sheet], about) for one in ordered}


def write_captions(drawn: FigureInput, folder: Path, lang: Language, written: Sequence[FigureFiles]) -> None:
    """Write ``captions.csv`` of figures that were written."""
    from sim.folder import write_whole
    from sim.report.csv_tables import csv_bytes
    from sim.report.plots.captions import CAPTIONS, COLUMNS

    write_whole(folder / CAPTIONS, csv_bytes(COLUMNS, caption_lines(drawn, lang, written).values()))
