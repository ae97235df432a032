"""Test 9: what the ranges of the parameters, drawn from, say before anything is held against data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim import dims
from sim.confidence.finding import Both, Figure, Finding, Note, held, outcome
from sim.confidence.lab import Lab, blocks_of
from sim.confidence.random_levers import prior as drawn
from sim.confidence.ratio import by_run
from sim.confidence.spec import NOTHING, Change, Prior, Range
from sim.engine.compiled_engine import Ensemble
from sim.engine.run import Block

Array = npt.NDArray[np.float64]

CODE = "prior"


def prior(lab: Lab) -> Finding:
    """Share of the draws outside of each range, without policy and with all levers at full force."""
    spec = lab.spec.prior
    if spec is None:
        return outcome(CODE, (), [Note("missing.section", {"section": "prior"})])
    figures: list[Figure] = []
    for policy, change in (("none", NOTHING), ("full", lab.full)):
        ranges = [one for one in spec.range if one.policy == policy]
        if ranges:
            figures += _figures(lab, spec, change, ranges)
    return outcome(CODE, figures, notes=[Note("prior.draws", {"runs": lab.runs})])


def _figures(lab: Lab, spec: Prior, change: Change, ranges: Sequence[Range]) -> Iterator[Figure]:
    scenario, study = lab.scenario(change, spec.end), lab.study(change, spec.end)
    ensemble = lab.ensemble(study.inputs, drawn(lab, scenario, study, 0, lab.runs))
    parts = [[measured(ensemble, block, one) for one in ranges] for block in blocks_of(ensemble)]
    for number, one in enumerate(ranges):
        figure = _figure(spec, one, np.concatenate([part[number] for part in parts], axis=1))
        # how large the largest of a few parks may be is no question to the model
        whole = one.form != "largest share" or lab.bundle.parks.shipped
        yield figure if whole else replace(figure, passed=None, low=None, high=None)


def measured(ensemble: Ensemble, block: Block, one: Range) -> Array:
    """The quantity of a range by year (one row for growth) and run."""
    places = [place for place, year in enumerate(ensemble.inputs.grid.times) if one.first <= year <= one.last]
    with np.errstate(all="ignore"):  # a run that broke gives no number, and that counts as outside
        if one.form == "largest share":
            return _largest_share(ensemble, block, one)[places]
        values = by_run(ensemble, block, one)[places]
        if one.form == "growth":
            values = (values[-1:] / values[:1]) ** (1.0 / (one.last - one.first)) - 1.0
    return values


def _largest_share(ensemble: Ensemble, block: Block, one: Range) -> Array:
    """By year and run the share of the largest park in the whole."""
    by_park = []
    for name in one.over:
        values, axes = ensemble.take(block, name), ensemble.outputs[name].axes
        others = tuple(place + 1 for place, axis in enumerate(axes) if axis != dims.PARK)
        by_park.append(values.sum(axis=others))
    parks = np.asarray(sum(by_park))
    return np.asarray(parks.max(axis=1) / parks.sum(axis=1))


def _figure(spec: Prior, one: Range, values: Array) -> Figure:
    low, high = (-np.inf if one.low is None else one.low), (np.inf if one.high is None else one.high)
    inside = ((values >= low) & (values <= high)).all(axis=0)
    usual = [f"{value:.3g}" for value in np.nanquantile(values, (0.05, 0.5, 0.95))]
    what = Note("prior.range", {
        "name": Both(one.name_zh, one.name_en), "levers": Note(f"levers.{one.policy}"), "first": one.first,
        "last": one.last, "low": "-" if one.low is None else f"{one.low:g}",
        "high": "-" if one.high is None else f"{one.high:g}",
    })  # fmt: skip
    remark = Note("prior.usual", dict(zip(("p05", "p50", "p95"), usual, strict=True)))
    return held(what, float(1.0 - inside.mean()), high=spec.most_outside, unit="percent", remark=remark)
