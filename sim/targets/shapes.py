"""Try every expression on a made-up park: dims that do not fit are found before a run and not after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sim import dims
from sim.errors import InputError, Problem
from sim.outputs_spec import Output
from sim.targets.array import Array
from sim.targets.interpret import NotComputable
from sim.targets.recorded import Recorded
from sim.targets.series import Evaluator
from sim.targets.target import Target

_LABELS: Mapping[str, tuple[object, ...]] = {
    dims.RUN: (0,),
    dims.PARK: ("P1",),
    dims.LEAGUE: dims.LEAGUES,
    dims.TIER: dims.TIERS,
    dims.INDUSTRY: dims.INDUSTRIES,
    dims.POLLUTANT: dims.POLLUTANTS,
    dims.POLICY: ("p1",),
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


def _one_park(outputs: Mapping[str, Output]) -> Recorded:
    """Ones in the shape of the results."""
    data = {}
    for name, output in outputs.items():
        names = (dims.RUN, *output.dims, dims.TIME)
        data[name] = Array.of(names, np.ones([len(_LABELS[d]) for d in names]))
    labels = {name: Array.of([name], np.array(elements)) for name, elements in _LABELS.items()}
    words = {"region": "east", "level": "national", "park_league": dims.LEAGUES[0], "county": "c"}
    labels |= {name: Array.of([dims.PARK], np.array([word])) for name, word in words.items()}
    labels |= {name: Array.of([dims.PARK], np.array([True])) for name in ("key24", "key13", "demonstration")}
    years = np.array(_LABELS[dims.TIME])
    labels["national"] = Array.of([dims.PARK, dims.TIME], np.ones((1, years.size), dtype=bool))
    return Recorded(data, labels, years, frozenset(name for name, x in outputs.items() if x.kind == "level"))
