"""Results as a Dataset: every variable with its dims, labels and unit, and what made them."""

from __future__ import annotations

from typing import Any

import xarray as xr

from sim import dims
from sim._version import __version__
from sim.simulate.results import Results


def dataset_of(results: Results) -> xr.Dataset:
    """Labelled results: dims ``run`` where anything varies, the variable's own, ``time``."""
    work = results.work
    coords: dict[str, Any] = {dims.TIME: work.timing.times}
    if work.params.labels is not None:
        coords[dims.RUN] = work.params.labels
    variables = {}
    for output in work.outputs:
        coords |= {dim: list(labels) for dim, labels in zip(output.dims, output.labels, strict=True)}
        values = results.arrays[output.name]
        lead = () if work.params.labels is None else (dims.RUN,)
        attrs = {dims.UNITS: output.units, dims.LONG_NAME: output.documentation or output.name}
        shown = values if lead else values[0]
        variables[output.name] = xr.Variable((*lead, *output.dims, dims.TIME), shown, attrs)
    grid = work.timing.grid
    about: dict[str, Any] = {
        "model": work.source.path.name, "model_sha256": work.source.fingerprint, "engine": results.engine,
        "method": work.method, "initial_time": grid.start, "final_time": work.timing.end, "time_step": grid.step,
        "created_by": f"sim {__version__}",
    }  # fmt: skip
    return xr.Dataset(variables, coords, about)
