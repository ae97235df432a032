"""Series by year as a table: what a panel shows, line by line, with where the value of the base year comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.dims import TARGET_YEAR
from sim.report.figure_data import Block
from sim.report.plots.context import FigureContext


@dataclass(frozen=True)
class Line:
    """One series.

    Parameters
    ----------
    part
        The panel, by the name of its axis, which holds the unit.
    name
        The series.
    values
        By year of the context; NaN where there is nothing.
    origin
        Where the base year's value comes from: a key under ``origin``, or "" for what the model computes.
    """

    part: str
    name: str
    values: np.ndarray
    origin: str = ""


def year_block(context: FigureContext, lines: Iterable[Line], title: str = "") -> Block:
    """A row for each series, a column for each year."""
    years = context.years.tolist()
    heads = (*(context.word(f"sheet.{key}") for key in ("part", "series", "origin")), *map(str, years))
    rows = [
        (line.part, line.name, context.origin(line.origin), *np.broadcast_to(line.values, len(years)).tolist())
        for line in lines
    ]
    return Block(heads, tuple(rows), title, even=True)


def in_year(context: FigureContext, value: float, year: int = TARGET_YEAR) -> np.ndarray:
    """A series that is known in one year only."""
    return np.where(context.years == year, value, np.nan)
