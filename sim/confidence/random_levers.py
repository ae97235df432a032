"""Draws of the prior with every lever at random: numbers by run, and what shapes zones and queues by group of runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from sim import dims
from sim.analysis.derived import QUEUE, RANK, derived_draws
from sim.analysis.draws import plan_draws
from sim.binding import Study
from sim.confidence.lab import END, Lab
from sim.confidence.spec import Change
from sim.engine.interface import YEAR, Series, StudyInputs
from sim.levers import Lever
from sim.scenario.types import DEFAULT_FROM, Scenario
from sim.uncertainty import Ranges

GROUPS = 8
"""Groups of runs that share zones, levels and the order of the retrofit, which the program works out before a run."""

LATEST = 5
"""Years after the usual one from which a lever may act."""

Draws = tuple[StudyInputs, dict[str, xr.DataArray], dict[str, Series]]


def prior(lab: Lab, scenario: Scenario, study: Study, first: int, count: int) -> dict[str, xr.DataArray]:
    """Drawn parameters and what follows from them for neighbouring runs (counted from 0) of a scenario's design.

    Drivers keep their paths, and the levers have draws of their own: the ranges of ``uncertainty.toml`` don't enter.
    """
    draws = plan_draws(replace(lab.bundle, ranges=Ranges()), scenario, lab.runs).draws(first, count)
    rule = str(study.levers["circular_retrofit.select"][dims.BASE_YEAR])
    draws |= derived_draws(lab.bundle, study.inputs.constants, draws, rule)
    for name in (RANK, QUEUE):
        if name not in draws:
            draws[name] = study.inputs.constants[name].expand_dims({dims.RUN: count})
    return draws


def random_studies(lab: Lab, end: int = END) -> Iterator[Draws]:
    """Groups of runs that together are the lab's number of draws."""
    generator = np.random.default_rng(lab.seed)
    size = -(-lab.runs // GROUPS)
    for first in range(0, lab.runs, size):
        count = min(size, lab.runs - first)
        shared = {key: _any(lever, lab, generator) for key, lever in lab.bundle.levers.items() if not _by_run(lever)}
        change = Change(levers=shared)
        study = lab.study(change, end)
        courses = {
            lever.variable: _course(lever, study.inputs.series[lever.variable], count, generator)
            for lever in lab.bundle.levers.values()
            if _by_run(lever)
        }
        yield study.inputs, prior(lab, lab.scenario(change, end), study, first, count), courses


def _by_run(lever: Lever) -> bool:
    return lever.numeric and bool(lever.variable)


def _any(lever: Lever, lab: Lab, generator: np.random.Generator) -> Any:
    """A value of a lever that the program turns into membership, order or a choice."""
    if lever.kind == "switch":
        return bool(generator.integers(2))
    if lever.kind == "choice":
        return lever.choices[int(generator.integers(len(lever.choices)))]
    most = min(lever.high, len(lab.bundle.parks))
    value = float(generator.uniform(lever.low, most))
    return round(value) if lever.kind == "integer" else value


def _course(lever: Lever, own: Series, count: int, generator: np.random.Generator) -> Series:
    """A lever by run: without policy up to some year, then at any value of its range; a third are at its ends."""
    years = own.values[YEAR].to_numpy()
    value = generator.uniform(lever.low, lever.high, size=count)
    end = generator.integers(6, size=count)
    value = np.where(end == 0, lever.low, np.where(end == 1, lever.high, value))
    value = np.round(value) if lever.kind == "integer" else value
    since = generator.integers(DEFAULT_FROM - 1, DEFAULT_FROM + LATEST, size=count)
    values = np.where(years[None, :] >= since[:, None], value[:, None], float(lever.no_policy))
    return Series(xr.DataArray(values, dims=(dims.RUN, YEAR), coords={YEAR: years}), own.between)
