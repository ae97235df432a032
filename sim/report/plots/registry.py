"""The figures of a run: their numbers, codes and titles, and drawing some or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from matplotlib.figure import Figure

from sim.report.plots.board import boards
from sim.report.plots.context import FigureContext
from sim.report.plots.emissions import emissions
from sim.report.plots.fonts import require_glyphs
from sim.report.plots.growth_sources import growth_sources
from sim.report.plots.land import land
from sim.report.plots.leagues import leagues
from sim.report.plots.retrofit_clusters import retrofit_clusters
from sim.report.plots.sizes import sizes
from sim.report.plots.totals import totals


@dataclass(frozen=True)
class FigureSpec:
    """A figure of the default set.

    Parameters
    ----------
    number
        Its number in reports.
    code
        File name without ending, and what ``--only`` takes.
    draw
        From the context to the figure, or to several where one page does not hold it.
    """

    number: int
    code: str
    draw: Callable[[FigureContext], Figure | tuple[Figure, ...]]

    @property
    def title_key(self) -> str:
        """Key of its title in the catalogues; the title stands in the caption, never in the figure."""
        return f"figure.title.{self.number}"

    @property
    def note_key(self) -> str:
        """Key of the note under it: how to read it and what its numbers rest on."""
        return f"figure.note.{self.number}"


FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec(1, "1-target-board", lambda context: boards(context.rows, context.lang, context.width_mm)),
    FigureSpec(2, "2-main-totals", totals),
    FigureSpec(3, "3-leagues", leagues),
    FigureSpec(4, "4-size-distribution", sizes),
    FigureSpec(5, "5-land", land),
    FigureSpec(6, "6-emissions", emissions),
    FigureSpec(7, "7-retrofit-clusters", retrofit_clusters),
    FigureSpec(8, "8-growth-sources", growth_sources),
)


def draw_all(context: FigureContext, only: Iterable[str] = ()) -> dict[str, Figure]:
    """The figures by code, in the order of their numbers; further pages end in ``-2`` and so on.

    Parameters
    ----------
    context
        What they are drawn from; it carries the language.
    only
        Codes or numbers (``"5-land"`` or ``"5"``) to draw; none: all of them.

    Raises
    ------
    InputError
        ``font_missing``: no font for the texts.
    """
    wanted = set(only)
    figures: dict[str, Figure] = {}
    for spec in FIGURES:
        if not wanted or spec.code in wanted or str(spec.number) in wanted:
            drawn = spec.draw(context)
            pages = drawn if isinstance(drawn, tuple) else (drawn,)
            for page, figure in enumerate(pages, start=1):
                figures[spec.code if page == 1 else f"{spec.code}-{page}"] = figure
    for figure in figures.values():
        require_glyphs(figure)
    return figures
