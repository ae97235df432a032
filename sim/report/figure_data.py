"""The numbers behind a figure as tables, for a sheet of ``figures.xlsx``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

LONGEST_TAB = 31
"""Characters that Excel takes for the name of a sheet."""

Cell = str | int | float | None


@dataclass(frozen=True)
class Block:
    """One table of a sheet.

    Parameters
    ----------
    heads
        Names of the columns.
    rows
        Cells; a number that isn't known is NaN or ``None``.
    title
        What stands above it, where a sheet has several.
    even
        Whether the numbers of a row are of one kind, and get the same decimals.

    >>> Block(("year", "GDP"), ((2015, 9209.0),)).width
    2
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    even: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.heads) for row in self.rows):
            raise ValueError("a row has another number of cells than the head")

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.heads)


@dataclass(frozen=True)
class DataSheet:
    """The sheet of a figure.

    Parameters
    ----------
    code
        The figure's code; becomes the name of the sheet.
    title, about, note, source
        Above the tables the title and the scenario with its run; below them how to read the figure, and what the
        numbers rest on.
    """

    code: str
    title: str
    about: str
    note: str
    source: str
    blocks: tuple[Block, ...]


def tab_of(code: str) -> str:
    """The name of a figure's sheet; a long code is cut and gets six digits of its hash, so that no two are the same.

    >>> tab_of("5-land"), tab_of("var-" + "x" * 40)
    ('5-land', 'var-xxxxxxxxxxxxxxxxxxxx-90617e')
    """
    if len(code) <= LONGEST_TAB:
        return code
    return f"{code[: LONGEST_TAB - 7]}-{hashlib.sha256(code.encode()).hexdigest()[:6]}"
