"""``posterior.csv``: equally likely draws of the parameters, one line each, as `sim.posterior` reads them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.draws import Drawn, DrawPlan
from sim.posterior import DRAW, column_name, places
from sim.report.csv_tables import csv_bytes

Array = npt.NDArray[np.float64]

FILE = "posterior.csv"


def columns_of(one: Drawn) -> list[str]:
    """Columns of something drawn: its name, or with each of its elements in brackets.

    >>> some = np.zeros(6)
    >>> columns_of(Drawn("energy trend", 0, ("industry",), "uniform", some, some, some, some > 0))[1]
    'energy trend[metals]'
    """
    return [column_name(one.name, labels) for _, labels in places(one.dims)]


def posterior_csv(plan: DrawPlan, draws: Mapping[str, xr.DataArray]) -> bytes:
    """The file: UTF-8 with BOM, ``draw`` from 1, values as they go into the model.

    An element that the scenario holds outside its range stands there at the end of the range: a table of draws is
    refused otherwise, and the scenario goes on holding it.
    """
    told = [one for one in plan.drawn if one.name in draws]
    header = [DRAW, *(column for one in told for column in columns_of(one))]
    values = np.concatenate([_flat(draws[one.name].clip(one.low, one.high)) for one in told], axis=1)
    return csv_bytes(header, ([number, *line] for number, line in enumerate(values.tolist(), start=1)))


def _flat(array: xr.DataArray) -> Array:
    return np.asarray(array.to_numpy().reshape(array.sizes[dims.RUN], -1))
