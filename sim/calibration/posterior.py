"""``posterior.csv``: equally likely draws, one line each; a column for each number that was drawn."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.draws import Drawn, DrawPlan
from sim.errors import InputError, Place, Problem
from sim.report.csv_tables import csv_bytes
from sim.toml_values import ELEMENTS, nearest

Array = npt.NDArray[np.float64]

FILE, NUMBER = "posterior.csv", "draw"
MOST_NAMED = 6
"""Missing columns, or cells without a number, that are told one by one."""


def columns_of(one: Drawn) -> list[str]:
    """Columns of something drawn: its name, or with each of its elements in brackets.

    >>> some = np.zeros(6)
    >>> columns_of(Drawn("energy trend", 0, ("industry",), "uniform", some, some, some, some > 0))[1]
    'energy trend[metals]'
    """
    if not one.dims:
        return [one.name]
    shape = tuple(len(ELEMENTS[name]) for name in one.dims)
    return [f"{one.name}[{', '.join(_labels(one, place))}]" for place in np.ndindex(*shape)]


def _labels(one: Drawn, place: tuple[int, ...]) -> Iterator[str]:
    return (ELEMENTS[name][at] for name, at in zip(one.dims, place, strict=True))


def posterior_csv(plan: DrawPlan, draws: Mapping[str, xr.DataArray]) -> bytes:
    """The file: UTF-8 with BOM, ``draw`` from 1, values as they go into the model."""
    told = [one for one in plan.drawn if one.name in draws]
    header = [NUMBER, *(column for one in told for column in columns_of(one))]
    values = np.concatenate([_flat(draws[one.name]) for one in told], axis=1)
    return csv_bytes(header, ([number, *line] for number, line in enumerate(values.tolist(), start=1)))


def _flat(array: xr.DataArray) -> Array:
    return np.asarray(array.to_numpy().reshape(array.sizes[dims.RUN], -1))


def read_posterior(path: Path, plan: DrawPlan) -> dict[str, xr.DataArray]:
    """Draws of everything that ``plan`` draws; columns that it doesn't draw are left aside.

    Raises
    ------
    InputError
        If there is no such file, it is no table, columns are missing, a cell is not a number, or there is no draw.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (OSError, UnicodeError, csv.Error) as error:
        code = "posterior_no_file" if isinstance(error, OSError) else "posterior_no_table"
        raise InputError([Problem(Place(path), code)]) from None
    header, body = ([_plain(cell) for cell in lines[0]] if lines else []), [line for line in lines[1:] if line]
    wanted = [column for one in plan.drawn for column in columns_of(one)]
    problems = list(_unusable(path, header, body, wanted))
    if problems:
        raise InputError(problems)
    places = [header.index(column) for column in wanted]
    problems += _no_numbers(path, header, lines, places)
    if problems:
        raise InputError(problems)
    values = np.array([[float(line[place]) for place in places] for line in body])
    found, start = {}, 0
    for one in plan.drawn:
        shape = tuple(len(ELEMENTS[name]) for name in one.dims)
        size = int(np.prod(shape, dtype=int))
        labels = {name: list(ELEMENTS[name]) for name in one.dims}
        array = values[:, start : start + size].reshape(-1, *shape)
        found[one.name] = xr.DataArray(array, dims=(dims.RUN, *one.dims), coords=labels)
        start += size
    return found


def _plain(cell: str) -> str:
    """A column as :func:`columns_of` writes it.

    >>> _plain(" x[a,b]")
    'x[a, b]'
    """
    return ", ".join(part.strip() for part in cell.split(","))


def _unusable(path: Path, header: list[str], body: list[list[str]], wanted: list[str]) -> Iterator[Problem]:
    missing = [column for column in wanted if column not in header]
    for column in missing[:MOST_NAMED]:
        near = nearest(column, header)
        yield Problem(Place(path, 1), "posterior_column", {"column": column}, near)
    if len(missing) > MOST_NAMED:
        yield Problem(Place(path, 1), "posterior_columns", {"more": len(missing) - MOST_NAMED})
    if not missing and not body:
        yield Problem(Place(path), "posterior_empty")


def _no_numbers(path: Path, header: list[str], lines: list[list[str]], places: list[int]) -> Iterator[Problem]:
    told = 0
    for number, line in enumerate(lines[1:], start=2):
        for place in places if line else ():
            cell = line[place] if place < len(line) else ""
            if not _is_number(cell) and told < MOST_NAMED:
                told += 1
                yield Problem(Place(path, number), "posterior_number", {"column": header[place], "found": cell})


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
