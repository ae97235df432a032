"""A run as one long table: a line for every output, element and year."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import product

import xarray as xr

from sim import dims
from sim.report.csv_cells import cell_text

LABELS = tuple(dim for dim in dims.ORDER if dim not in (dims.RUN, dims.TIME))
HEADER = ("variable", "name_zh", "name_en", "unit_zh", "unit", "kind", *LABELS, "year", "value", "base_origin")
"""``base_origin``: where the park's value of 2015 behind the output comes from; empty where no column stands for it."""

EXCEL_ROWS = 1_048_576
"""Rows of a sheet, the header among them."""


def csv_bytes(dataset: xr.Dataset) -> bytes:
    """The table as a CSV file: UTF-8 with a mark at its beginning, numbers unrounded, labels of other dims empty."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(HEADER)
    for name in map(str, dataset.data_vars):
        writer.writerows(_rows(dataset, name))
    return buffer.getvalue().encode("utf-8-sig", errors="replace")


def row_count(dataset: xr.Dataset) -> int:
    """Rows of the table with its header.

    >>> row_count(xr.Dataset({"gdp": (("run", "park", "time"), [[[1.0, 2.0], [3.0, 4.0]]])}))
    5
    """
    return 1 + sum(int(array.isel({dims.RUN: 0}).size) for array in dataset.data_vars.values())


def _rows(dataset: xr.Dataset, name: str) -> Iterator[list[object]]:
    array = dataset[name].isel({dims.RUN: 0})
    own = [dim for dim in LABELS if dim in array.dims]
    keys = (dims.LONG_NAME_ZH, dims.LONG_NAME, dims.UNITS_ZH, dims.UNITS, "kind")
    told = [name, *(cell_text(array.attrs.get(key, "")) for key in keys)]
    years = [int(year) for year in array[dims.TIME].to_numpy()]
    places = [[cell_text(label) for label in array[dim].to_numpy()] for dim in own]
    origin = f"{name}_{dims.ORIGIN}"
    known = dims.PARK in own and origin in dataset.coords
    origins = dict(zip(places[0], map(str, dataset[origin].to_numpy()), strict=True)) if known else {}
    values = array.transpose(*own, dims.TIME).to_numpy().reshape(-1, len(years)).tolist()
    for labels, line in zip(product(*places), values, strict=True):
        here = dict(zip(own, labels, strict=True))
        cells = [here.get(dim, "") for dim in LABELS]
        source = origins.get(here.get(dims.PARK, ""), "")
        yield from ([*told, *cells, year, value, source] for year, value in zip(years, line, strict=True))
