"""Test 8: the same numbers from engines that share little code with ours: PySD, and pysimlin where it is installed.

PySD reads the model file for our engine too; pysimlin has a parser of its own, so its agreement says most. It takes no
years from outside and no large table, hence a few parks of the table on the file's own path, without levers.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
import xarray as xr

from sim import dims
from sim.bundle import MODEL
from sim.confidence.finding import Figure, Finding, Note, held, outcome
from sim.confidence.lab import Lab
from sim.confidence.spec import Change, Elsewhere
from sim.confidence.units import CHECKER
from sim.engine.interface import StudyInputs
from sim.model.mdl_text import bind_text

CODE = "elsewhere"
FEW = 4
"""Parks of the table that pysimlin gets, large and small."""

TOLD = 3


def elsewhere(lab: Lab, years: int) -> Finding:
    """Largest relative difference of any output of the bundle.

    Parameters
    ----------
    years
        Years that PySD computes; a run of all takes it half a minute.
    """
    spec = lab.spec.elsewhere or Elsewhere(within=1e-6)
    figures = [*_pysd(lab, spec, years)]
    reasons = []
    if find_spec(CHECKER) is None:
        reasons.append(Note("elsewhere.no_simlin"))
    else:
        figures.append(_simlin(lab, spec))
    return outcome(CODE, figures, reasons)


def _outputs(lab: Lab) -> list[str]:
    return sorted({output.variable for output in lab.bundle.outputs.values()})


def _pysd(lab: Lab, spec: Elsewhere, years: int) -> Iterator[Figure]:
    from sim.engine.pysd_engine import PysdEngine  # takes a second to import

    engine, names = PysdEngine(lab.engine.cache), _outputs(lab)
    # at full force from the first year on, for PySD may get few
    levers = {
        key: [[dims.BASE_YEAR, value]] if lab.bundle.levers[key].schedule and not isinstance(value, list) else value
        for key, value in lab.full.levers.items()
    }
    inputs = lab.study(Change(levers=levers), dims.BASE_YEAR + years).inputs
    theirs, ours = engine.simulate(lab.text, inputs, names), lab.of(inputs)
    gaps = {name: gap(ours[name], theirs[name]) for name in names}
    values = {"engine": engine.describe(), "parks": len(inputs.parks), "years": years, "count": len(names)}
    yield _figure(gaps, spec, values)


def gap(ours: xr.DataArray, theirs: xr.DataArray) -> float:
    """Largest difference, relative to the largest value of the variable.

    >>> one = xr.DataArray([1.0, 2.0], dims="time")
    >>> gap(one, one + 0.5)
    0.2
    """
    other = theirs.transpose(*ours.dims).to_numpy()
    scale = float(np.abs(other).max()) or 1.0
    return float(np.abs(ours.to_numpy() - other).max()) / scale


def _figure(gaps: Mapping[str, float], spec: Elsewhere, values: Mapping[str, object]) -> Figure:
    worst = sorted(gaps, key=gaps.__getitem__, reverse=True)[:TOLD]
    remark = Note("words", {"words": ", ".join(f"{name} {gaps[name]:.1e}" for name in worst)})
    return held(Note("elsewhere.gap", values), max(gaps.values()), high=spec.within, remark=remark)


def prepare(lab: Lab) -> None:
    """Build the kernel of the few parks, unless that is done already."""
    if find_spec(CHECKER) is not None:
        lab.engine.prepare(*_small(lab), _outputs(lab))


def _small(lab: Lab) -> tuple[str, StudyInputs]:
    """The model of a few parks, and what it takes."""
    table = lab.bundle.parks.frame.sort_values("revenue")
    places = np.unique(np.linspace(0, len(table) - 1, FEW).round().astype(int))
    parks = tuple(sorted(table.index[places]))
    text = bind_text(lab.bundle.model_text, lab.bundle.path / MODEL, parks)
    return text, _few(lab.study().inputs, parks)


def _simlin(lab: Lab, spec: Elsewhere) -> Figure:
    text, inputs = _small(lab)
    names, parks = _outputs(lab), inputs.parks
    ours = lab.engine.simulate(text, inputs, names)
    frame = _by_simlin(text, inputs)
    gaps = {name: gap(ours[name], _from_frame(frame, ours[name], name)) for name in names}
    values = {"engine": CHECKER, "parks": len(parks), "years": inputs.end - inputs.start, "count": len(names)}
    return _figure(gaps, spec, values)


def _few(inputs: StudyInputs, parks: tuple[str, ...]) -> StudyInputs:
    """Constants of a few parks; what follows the years is left to the model file, but for what depends on parks."""

    def some(array: xr.DataArray) -> xr.DataArray:
        return array.sel({dims.PARK: list(parks)}) if dims.PARK in array.dims else array

    constants = {name: some(array) for name, array in inputs.constants.items()}
    for name, series in inputs.series.items():
        if dims.PARK in series.values.dims:
            constants[name] = some(series.values).isel(year=0, drop=True)
    return replace(inputs, parks=parks, constants=constants, series=MappingProxyType({}))


def _plain(name: str) -> str:
    return re.sub(r"\s+", "_", name.lower())


def _by_simlin(text: str, inputs: StudyInputs) -> Mapping[str, np.ndarray]:
    """Yearly values by column, such as ``gdp[p01]``."""
    import simlin

    overrides = {}
    for name, array in inputs.constants.items():
        for place in np.ndindex(*array.shape):
            labels = [str(array[axis].to_numpy()[i]) for axis, i in zip(array.dims, place, strict=True)]
            key = _plain(name) + (f"[{','.join(map(_plain, labels))}]" if labels else "")
            overrides[key] = float(array.to_numpy()[place])
    with tempfile.TemporaryDirectory(prefix="sim-model-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder) / "park.mdl"
        file.write_text(text, encoding="utf-8")
        model = simlin.load(file)
        model.project.set_sim_specs(stop=float(inputs.end), dt=inputs.step, save_step=1.0, sim_method=inputs.method)
        frame = model.run(overrides=overrides, analyze_loops=False).results
    return {str(column): frame[column].to_numpy() for column in frame.columns}


def _from_frame(frame: Mapping[str, np.ndarray], like: xr.DataArray, name: str) -> xr.DataArray:
    """A variable of their table in the shape of ours."""
    values = np.empty(like.shape)
    axes = like.dims[:-1]
    for place in np.ndindex(*like.shape[:-1]):
        labels = [_plain(str(like[axis].to_numpy()[i])) for axis, i in zip(axes, place, strict=True)]
        values[place] = frame[_plain(name) + (f"[{','.join(labels)}]" if labels else "")]
    return like.copy(data=values)
