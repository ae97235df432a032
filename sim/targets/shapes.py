"""Try every expression on a made-up park: dims that do not fit are found before a run and not after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import xarray as xr

from sim import dims
from sim.errors import InputError, Problem
from sim.outputs_spec import Output
from sim.targets.interpret import NotComputable
from sim.targets.series import Evaluator
from sim.targets.target import Target

_LABELS: Mapping[str, tuple[object, ...]] = {
    dims.RUN: (0,),
    dims.PARK: ("P1",),
    dims.LEAGUE: dims.LEAGUES,
    dims.TIER: dims.TIERS,
    dims.INDUSTRY: dims.INDUSTRIES,
    dims.POLLUTANT: dims.POLLUTANTS,
    dims.TIME: (dims.BASE_YEAR, dims.TARGET_YEAR),
}


def shape_problems(targets: Iterable[Target], outputs: Mapping[str, Output]) -> list[Problem]:
    """Every expression whose dims don't fit, or that leaves parks, industries … over.

    Parameters
    ----------
    targets
        Read already: their expressions use known names only.
    outputs
        What a run records, with dims and kind.
    """
    evaluator = Evaluator(_one_park(outputs))
    problems: list[Problem] = []
    for target in targets:
        for reading in (target.main, *target.readings):
            try:
                evaluator.series(target, reading)
            except InputError as error:
                problems += [p for p in error.problems if p not in problems]
            except NotComputable:  # a year that this little clock has not
                continue
    return problems


def _one_park(outputs: Mapping[str, Output]) -> xr.Dataset:
    """Ones in the shape of the results."""
    data = {}
    for name, output in outputs.items():
        names = (dims.RUN, *output.dims, dims.TIME)
        ones = np.ones([len(_LABELS[d]) for d in names])
        data[name] = xr.DataArray(ones, dims=names, attrs={"kind": output.kind})
    dataset = xr.Dataset(data, coords={name: list(labels) for name, labels in _LABELS.items()})
    words = {"region": "east", "level": "national", "park_league": dims.LEAGUES[0], "county": "c"}
    flags = ("key24", "key13", "demonstration")
    years = len(_LABELS[dims.TIME])
    return dataset.assign_coords(
        {name: (dims.PARK, [word]) for name, word in words.items()}
        | {name: (dims.PARK, [True]) for name in flags}
        | {"national": ((dims.PARK, dims.TIME), np.ones((1, years), dtype=bool))}
    )
