"""Runs on PySD, one after the other: the reference for meaning, and what runs a model that kernels don't cover."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from sim.cache import Cache
from sim.engine.inputs import Array, RunInputs
from sim.engine.pysd_engine import RunOrder, run_model
from sim.errors import EngineError, InputError, Place, Problem
from sim.simulate.own_text import Changes, changed_text
from sim.simulate.request import Work
from sim.simulate.results import Done, Explain, Results
from sim.simulate.variables import Described


def run_reference(work: Work, cache: Cache, done: Done | None = None) -> tuple[Results, Explain]:
    """Every run of a request.

    Returns
    -------
    tuple
        The results, and what explains a failed run.
    """
    params = work.params
    inputs = RunInputs(work.timing.grid, params.constants, params.series, params.varying, params.runs)
    results = Results(work, "pysd")
    broken: dict[int, Problem] = {}
    for run in range(params.runs):
        try:
            arrays = _once(work, inputs.run(run), cache)
        except EngineError as error:
            results.bad[run] = True
            reasons = [str(problem.values.get("reason", problem)) for problem in error.problems] or [str(error)]
            broken[run] = Problem(Place(work.source.path), "run_by_reference", {"reason": "; ".join(reasons)})
            continue
        except InputError as error:
            raise InputError(work.source.placed(error.problems)) from None
        for name, values in arrays.items():
            results.put(run, name, values[..., np.newaxis])
        if done:
            done(run + 1, params.runs)
    return results, lambda run: broken.get(run) or results.where_broken(run)


def _once(work: Work, inputs: RunInputs, cache: Cache) -> Mapping[str, Array]:
    """One run; shape (kept rows, *axes) by variable."""
    variables = work.source.variables
    given, started, tables, names = [], {}, {}, {}
    for name, values in (*inputs.constants.items(), *((name, None) for name in inputs.series)):
        variable = variables[name]
        if variable.kind == "lookup" and values is not None:
            tables[name] = (variable, values)
        elif variable.kind in ("stock", "held") and values is not None:
            started[name] = (variable, _free(f"first value of {name}", variables))
            names[name] = started[name][1]
        elif variable.kind != "constant":
            given.append(variable)
    try:
        changes = Changes(given, started, tables)
        text = changed_text(work.source.entries, work.source.same, inputs.grid, changes)
    except ValueError:
        raise InputError(Problem(None, "initial_not_stock", {"name": name}) for name in started) from None
    constants = {
        names.get(name, name): _with_labels(variables[name], values)
        for name, values in inputs.constants.items()
        if name not in tables
    }
    follow = {name: (_labels(variables[name]), course) for name, course in inputs.series.items()}
    order = RunOrder(constants, follow, tuple(o.name for o in work.outputs), tuple(inputs.grid.times.tolist()))
    shapes = {output.name: output.shape for output in work.outputs}
    return {n: values.reshape(-1, *shapes[n]) for n, values in run_model(text, order, cache).items()}


def _free(name: str, variables: Mapping[str, Described]) -> str:
    while name in variables:
        name += " x"
    return name.replace('"', "")


def _labels(variable: Described) -> dict[str, list[str]]:
    return {axis: list(labels) for axis, labels in zip(variable.axes, variable.labels, strict=True)}


def _with_labels(variable: Described, values: Array) -> float | xr.DataArray:
    if not variable.axes:
        return float(values)
    return xr.DataArray(values, dims=variable.axes, coords=_labels(variable))


