"""A small CSV file of a bundle with a fixed header → rows that know their line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError, Place, Problem
from sim.nearest import nearest
from sim.parks.grid import read_grids
from sim.toml_values import shown


@dataclass(frozen=True)
class CsvRow:
    """One row: its line, and its text by column ("" where it is empty)."""

    place: Place
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str, problems: list[Problem], high: float = 1e9) -> float | None:
        """A finite number of at least 0; else None with a problem noted."""
        try:
            value = float(self[column])
        except ValueError:
            value = math.nan
        if 0.0 <= value <= high:
            return value
        values = {"column": column, "found": shown(self[column]), "high": f"{high:g}"}
        problems.append(Problem(self.place, "reconstruction_number", values))
        return None

    def word(self, column: str, choices: Sequence[str], problems: list[Problem]) -> str:
        """One of the given words; else the first of them with a problem noted."""
        if self[column] in choices:
            return self[column]
        known = ", ".join(shown(choice) for choice in choices)
        values = {"column": column, "found": shown(self[column]), "choices": known}
        problems.append(Problem(self.place, "reconstruction_word", values, nearest(self[column], choices)))
        return choices[0]


def read_rows(path: Path, columns: Sequence[str]) -> list[CsvRow]:
    """The rows of a file whose header has just these columns, in any order.

    Raises
    ------
    InputError
        If the file cannot be read, with every column that is missing, stands twice or is unknown, and every row that
        is longer than the header.
    """
    if not path.is_file():
        raise InputError([Problem(Place(path), "reconstruction_missing", {"file": str(path)})])
    (grid, *_) = read_grids(path)
    first, place = [str(cell or "") for cell in grid.rows[0].cells], Place(path, grid.rows[0].line)
    problems = [Problem(place, "reconstruction_no_column", {"column": c}) for c in columns if c not in first]
    for name in first:
        if name not in columns:
            near = nearest(name, columns)
            problems.append(Problem(place, "reconstruction_unknown_column", {"column": shown(name)}, near))
        elif first.count(name) > 1:
            problems.append(Problem(place, "parks_column_twice", {"column": name}))
    rows = []
    for row in grid.rows[1:]:
        here = Place(path, row.line)
        if any(cell is not None for cell in row.cells[len(first) :]):
            problems.append(Problem(here, "reconstruction_long_row", {"columns": len(first)}))
        rows.append(CsvRow(here, {name: str(row.cell(i) or "") for i, name in enumerate(first)}))
    if problems:
        raise InputError(problems)
    return rows
