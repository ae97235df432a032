"""Exported model files run by other programs, and the compiled engine's numbers for the same study."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pysd
import simlin
import xarray as xr

from sim import dims
from sim.bundle import MODEL, Bundle
from sim.cache import Cache
from sim.engine.compiled_engine import CompiledEngine
from sim.engine.covered import equations_of
from sim.engine.interface import Series, StudyInputs
from sim.export.scalar_names import ScalarNames
from sim.export.whole import Titles
from sim.model.ir import Equations
from sim.model.mdl_text import bind_text

TITLES = Titles("情景", "Scenario", "plan-000000")
Cells = Mapping[tuple[str, tuple[str, ...]], np.ndarray]
"""By stock and labels of one element its values at whole years."""


def with_parks(inputs: StudyInputs, parks: Sequence[str]) -> StudyInputs:
    """The same study with some of its parks."""

    def some(array: xr.DataArray) -> xr.DataArray:
        return array.sel({dims.PARK: list(parks)}) if dims.PARK in array.dims else array

    constants = {name: some(array) for name, array in inputs.constants.items()}
    series = {name: Series(some(one.values), one.between) for name, one in inputs.series.items()}
    return replace(inputs, parks=tuple(parks), constants=constants, series=series)


def bound(bundle: Bundle, inputs: StudyInputs) -> str:
    return bind_text(bundle.model_text, bundle.path / MODEL, inputs.parks)


def stocks_of(equations: Equations) -> list[str]:
    return [name for name, variable in equations.variables.items() if variable.kind == "stock" and not variable.made]


def ours(bundle: Bundle, inputs: StudyInputs, cache: Cache | None = None) -> Cells:
    """Every element of every stock by the compiled engine."""
    cache = cache or Cache()
    text = bound(bundle, inputs)
    arrays = CompiledEngine(cache).simulate(text, inputs, stocks_of(equations_of(text, cache)))
    cells = {}
    for name, array in arrays.items():
        labels = [[str(label) for label in array[dim].to_numpy()] for dim in array.dims[:-1]]
        for place in np.ndindex(array.shape[:-1]):
            key = name, tuple(labels[axis][position] for axis, position in enumerate(place))
            cells[key] = array.to_numpy()[place]
    return cells


def scalar_names(bundle: Bundle, inputs: StudyInputs, cells: Cells, park: str) -> dict[str, np.ndarray]:
    """The stocks of one park by their names in the model without subscripts."""
    equations = equations_of(bound(bundle, inputs), Cache())
    names = ScalarNames(equations)
    found = {}
    for (stock, labels), values in cells.items():
        axes = equations.variables[stock].axes
        if dims.PARK in axes and park in labels:
            place = tuple(equations.ranges[axis].index(label) for axis, label in zip(axes, labels, strict=True))
            found[names.of(stock, place)] = values
    return found


def by_simlin(file: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Values at whole years by name such as ``capital[P01,metals]``."""
    return of_frame(simlin_frame(file), names)


def simlin_frame(file: Path) -> pd.DataFrame:
    """Everything that pysimlin computes, by its own names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return simlin.load(file).run(analyze_loops=False).results


def of_frame(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, np.ndarray]:
    return {name: frame[re.sub(r"\s+", "_", name.lower())].to_numpy() for name in names}


def by_pysd(file: Path, stocks: Sequence[str]) -> dict[str, np.ndarray]:
    """Values at whole years by stock, years last."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), np.printoptions(precision=17, floatmode="unique"):
        warnings.simplefilter("ignore")
        frame = pysd.read_vensim(str(file)).run(return_columns=list(stocks), flatten_output=False)
    return {name: np.stack([np.asarray(value, dtype=float) for value in frame[name]], axis=-1) for name in stocks}


def column(stock: str, labels: Sequence[str]) -> str:
    return f"{stock}[{','.join(labels)}]" if labels else stock


def difference(expected: np.ndarray, found: np.ndarray, largest: float) -> float:
    """The largest difference relative to the value, or to a thousandth of the largest of its variable.

    Differences of two nearly equal numbers (a logarithm near 0) carry the rounding of what they were taken from.
    """
    assert expected.shape == found.shape
    scale = np.maximum(np.abs(expected), 1e-3 * largest + 1e-300)
    return float((np.abs(expected - found) / scale).max())


def largest_of(cells: Cells) -> dict[str, float]:
    """By stock the largest of its values."""
    found: dict[str, float] = {}
    for (stock, _), values in cells.items():
        found[stock] = max(found.get(stock, 0.0), float(np.abs(values).max()))
    return found
