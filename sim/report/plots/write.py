"""Figures of a run drawn and written. Imports little by itself: a second process loads the rest when it has begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.words.catalogue import Language

if TYPE_CHECKING:
    import xarray as xr

    from sim.targets.rows import TargetRow

HERE, BESIDE = ("3", "4", "6", "7"), ("1", "2", "5")
"""Figures that a run draws itself, and those that a second process draws: about equal work."""

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
    """Which figures, and how: numbers or codes (none: all), file formats, width in mm, names of parks.

    >>> Drawing(only=("5",)).formats
    ('png', 'svg')
    """

    only: Sequence[str] = ()
    formats: Sequence[str] = ("png", "svg")
    width_mm: float | None = None
    name_parks: bool = False


def write_figures(drawn: FigureInput, folder: Path, lang: Language, how: Drawing | None = None) -> list[Path]:
    """Draw figures and write them into a folder; returns the files.

    Raises
    ------
    InputError
        ``font_missing`` where no font has the characters.
    """
    # matplotlib takes a second to import, and --no-plots must not pay for it
    from sim.report.plots.context import FigureContext
    from sim.report.plots.registry import draw_all
    from sim.report.plots.save import save
    from sim.report.plots.style import WIDTH_MM

    how = how or Drawing()
    own = drawn.results.attrs.get("own_table") == "1"
    context = FigureContext(
        drawn.results, drawn.rows, lang, drawn.reference, how.width_mm or WIDTH_MM, how.name_parks,
        maturity_bar=MATURITY_BAR,
        base_origins={} if own else BASE_ORIGINS, base_ranges={} if own else BASE_RANGES,
    )  # fmt: skip
    folder.mkdir(exist_ok=True)
    written: list[Path] = []
    for code, figure in draw_all(context, how.only).items():
        written += save(figure, folder / code, how.formats, str(drawn.results.attrs["run_id"]))
    return written
