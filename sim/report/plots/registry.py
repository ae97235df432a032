"""The figures of a run: their numbers, codes and titles, and drawing some or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import xarray as xr
from matplotlib.figure import Figure

from sim.report.figure_data import Block
from sim.report.plots import growth_sources
from sim.report.plots.board import board_data, boards
from sim.report.plots.context import FigureContext
from sim.report.plots.emissions import emissions, emissions_data
from sim.report.plots.fonts import require_glyphs
from sim.report.plots.land import land, land_data
from sim.report.plots.leagues import leagues, leagues_data
from sim.report.plots.retrofit_clusters import retrofit_clusters, retrofit_clusters_data
from sim.report.plots.sizes import sizes, sizes_data
from sim.report.plots.totals import PANELS, totals, totals_data


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
    data
        The numbers behind it.
    outputs
        Outputs that it takes; without one of them it is left out.
    totals
        Outputs whose totals of the base year it shows.
    columns
        Columns of the park table behind its base year.
    plan
        Whether it shows targets of the plan.
    """

    number: int
    code: str
    draw: Callable[[FigureContext], Figure | tuple[Figure, ...]]
    data: Callable[[FigureContext], tuple[Block, ...]]
    outputs: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    plan: bool = True

    @property
    def title_key(self) -> str:
        """Key of its title in the catalogues; the title stands in the caption, never in the figure."""
        return f"figure.title.{self.number}"

    @property
    def note_key(self) -> str:
        """Key of the note under it: how to read it and what its numbers rest on."""
        return f"figure.note.{self.number}"

    def missing(self, results: xr.Dataset) -> tuple[str, ...]:
        """Outputs that it takes and the results do not hold."""
        return tuple(name for name in self.outputs if name not in results)

    def called(self, name: str) -> bool:
        """Whether a number or a code means this figure."""
        return name in (self.code, str(self.number))


_TOTALS = tuple(name for name, _ in PANELS)
_LAND = ("land_planned", "land_occupied", "land_other", "land_idle", "land_vacant", "new_project_intensity")
FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec(1, "1-target-board", lambda context: boards(context.rows, context.lang, context.width_mm), board_data),
    FigureSpec(2, "2-main-totals", totals, totals_data, _TOTALS, totals=_TOTALS),
    FigureSpec(3, "3-leagues", leagues, leagues_data, ("gdp",), totals=("gdp",), columns=("gdp",), plan=False),
    FigureSpec(4, "4-size-distribution", sizes, sizes_data, ("revenue",), totals=("revenue",), columns=("revenue",)),
    FigureSpec(
        5, "5-land", land, land_data, (*_LAND, "land_threshold", "land_refused", "land_requests"),
        columns=("land_planned", "built_up", "industrial_land", "idle_land"), plan=False,
    ),
    FigureSpec(6, "6-emissions", emissions, emissions_data, ("emissions",), columns=("output",), plan=False),
    FigureSpec(
        7, "7-retrofit-clusters", retrofit_clusters, retrofit_clusters_data,
        ("retrofit_done", "retrofit_admitted", "cluster_output", "cluster_maturity"),
        columns=("output", "demonstration", "retrofit_done"),
    ),
    FigureSpec(
        8, "8-growth-sources", growth_sources.growth_sources, growth_sources.growth_sources_data,
        growth_sources.OUTPUTS, totals=("gdp",), columns=("iva", "services", "capital", "employment"), plan=False,
    ),
)  # fmt: skip


def wanted(only: Iterable[str] = ()) -> tuple[FigureSpec, ...]:
    """The figures with these numbers or codes (``"5"`` or ``"5-land"``), in their order; none: all of them."""
    names = list(only)
    return tuple(spec for spec in FIGURES if not names or any(spec.called(name) for name in names))


def draw_all(context: FigureContext, only: Iterable[str] = ()) -> dict[str, Figure]:
    """The figures by code, in the order of their numbers; further pages end in ``-2`` and so on.

    Parameters
    ----------
    context
        What they are drawn from; it carries the language. A figure whose outputs it lacks is left out.
    only
        Codes or numbers (``"5-land"`` or ``"5"``) to draw; none: all of them.

    Raises
    ------
    InputError
        ``font_missing``: no font for the texts.
    """
    figures: dict[str, Figure] = {}
    for spec in wanted(only):
        if not spec.missing(context.results):
            figures |= pages_of(spec, context)
    for figure in figures.values():
        require_glyphs(figure)
    return figures


def pages_of(spec: FigureSpec, context: FigureContext) -> dict[str, Figure]:
    """A figure by code, or its pages."""
    drawn = spec.draw(context)
    pages = drawn if isinstance(drawn, tuple) else (drawn,)
    return {spec.code if page == 1 else f"{spec.code}-{page}": figure for page, figure in enumerate(pages, start=1)}
