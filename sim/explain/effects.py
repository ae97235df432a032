"""What each input does to a target: the scenario run again with one thing changed at a time, all runs together.

A parameter goes to either end of its range, a lever is taken away, a driver follows each other path that needs no later
knowledge. Table columns have no range of their own: an ensemble draws the whole table anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import xarray as xr

from sim import dims
from sim.analysis.derived import CAPITAL, EMISSIONS, VALUE_ADDED
from sim.binding import Study, bind, driver_series, parameter_array
from sim.bundle import Bundle
from sim.drivers import Driver
from sim.engine.compiled_engine import CompiledEngine
from sim.engine.interface import Series
from sim.engine.parallel import Job, run_all
from sim.errors import EngineError, Place
from sim.explain.inputs import Input
from sim.levers import Lever
from sim.parameters import Parameter
from sim.results import build
from sim.scenario.types import Scenario, Setting
from sim.targets.by_run import judge_runs, needed_outputs
from sim.targets.revision import as_reported
from sim.targets.target import Target
from sim.targets.verdict import holds

SHAPING = (EMISSIONS, CAPITAL, VALUE_ADDED)
"""Parameters that decide the order of the retrofit, which is worked out before a run."""


@dataclass(frozen=True)
class Effect:
    """A target with one input changed.

    Parameters
    ----------
    case
        ``low`` or ``high`` end of a range, ``without`` a lever, or the path of a driver.
    value
        Of the target in its year; ``None`` where the run breaks or there is none.
    holds
        Whether the target holds then.
    """

    case: str
    value: float | None
    holds: bool


Effects = Mapping[tuple[str, str], tuple[Effect, ...]]
"""By kind and key of an input."""


@dataclass(frozen=True)
class _Trial:
    """One changed run: numbers put in the place of others, or a study of its own where more follows from the change."""

    of: tuple[str, str]
    case: str
    constants: Mapping[str, xr.DataArray] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    study: Study | None = None


@dataclass(frozen=True)
class Laboratory:
    """What trials are made with.

    Parameters
    ----------
    results
        Of the scenario itself, for labels.
    targets
        All targets of the bundle, which say how a revised base is reported.
    """

    bundle: Bundle
    scenario: Scenario
    study: Study
    engine: CompiledEngine
    results: xr.Dataset
    targets: Sequence[Target]

    @property
    def variables(self) -> list[str]:
        """All that a run records, so that the kernel is the one that `sim run` has built."""
        return sorted({spec.variable for spec in self.bundle.outputs.values()})


def effects_of(inputs: Sequence[Input], target: Target, lab: Laboratory) -> Effects:
    """The value of a target with each input changed alone.

    Raises
    ------
    EngineError
        If the scenario itself cannot be run.
    """
    trials = [trial for one in inputs for trial in _trials(one, lab)]
    light = [trial for trial in trials if trial.study is None]
    values = dict(zip(map(id, light), _together(light, target, lab), strict=True))
    values |= {id(trial): _alone(trial, target, lab) for trial in trials if trial.study is not None}
    found: dict[tuple[str, str], tuple[Effect, ...]] = {}
    for trial in trials:
        value = values[id(trial)]
        told = Effect(trial.case, value, value is not None and holds(target.main.rule, value))
        found[trial.of] = (*found.get(trial.of, ()), told)
    return found


def _trials(one: Input, lab: Laboratory) -> Iterator[_Trial]:
    if isinstance(one.spec, Parameter):
        yield from _parameter(one.spec, lab)
    elif isinstance(one.spec, Lever):
        yield _lever(one.spec, lab)
    elif isinstance(one.spec, Driver):
        yield from _driver(one, one.spec, lab)


def _parameter(parameter: Parameter, lab: Laboratory) -> Iterator[_Trial]:
    if parameter.distribution == "fixed":
        return
    for case, numbers in (("low", parameter.low), ("high", parameter.high)):
        of = ("parameter", parameter.name)
        if parameter.name not in SHAPING:
            yield _Trial(of, case, {parameter.name: parameter_array(numbers, parameter.dims)})
            continue
        given = {**lab.scenario.parameters, parameter.name: Setting(numbers, Place(lab.bundle.path))}
        yield _Trial(of, case, study=bind(lab.bundle, replace(lab.scenario, parameters=MappingProxyType(given))))


def _lever(lever: Lever, lab: Laboratory) -> _Trial:
    of = ("lever", lever.key)
    if lever.variable:
        series = lab.study.inputs.series[lever.variable]
        nothing = xr.full_like(series.values, float(lever.no_policy))
        return _Trial(of, "without", series={lever.variable: Series(nothing, series.between)})
    kept = {key: setting for key, setting in lab.scenario.policies.items() if key != lever.key}
    return _Trial(of, "without", study=bind(lab.bundle, replace(lab.scenario, policies=MappingProxyType(kept))))


def _driver(one: Input, driver: Driver, lab: Laboratory) -> Iterator[_Trial]:
    """Paths that the scenario could have taken with what it may know."""
    years = lab.study.membership.years
    for key, path in driver.paths.items():
        known = path.information_until <= lab.scenario.information_until
        if known and key != one.value:
            yield _Trial(("driver", driver.key), key,
                         series={driver.variable: driver_series(driver, path.values, years)})  # fmt: skip


def _together(trials: Sequence[_Trial], target: Target, lab: Laboratory) -> list[float | None]:
    """Trials that change nothing over parks, as an ensemble of one kernel."""
    if not trials:
        return []
    draws = _beside({name for trial in trials for name in trial.constants}, [trial.constants for trial in trials],
                    lab.study.inputs.constants)  # fmt: skip
    given = [{name: series.values for name, series in trial.series.items()} for trial in trials]
    usual = lab.study.inputs.series
    followed = _beside({name for one in given for name in one}, given,
                       {name: series.values for name, series in usual.items()})  # fmt: skip
    courses = {name: Series(values, usual[name].between) for name, values in followed.items()}
    return _values(lab, target, draws, courses, len(trials))


def _beside(
    names: set[str], given: Sequence[Mapping[str, xr.DataArray]], usual: Mapping[str, xr.DataArray]
) -> dict[str, xr.DataArray]:
    """Arrays with a dimension ``run`` in front, the usual one for a run that changes it not."""
    found = {}
    for name in sorted(names):
        order = usual[name].dims
        stacked = [one.get(name, usual[name]).transpose(*order).to_numpy() for one in given]
        found[name] = xr.DataArray(np.stack(stacked), dims=(dims.RUN, *order), coords=usual[name].coords)
    return found


def _values(
    lab: Laboratory, target: Target, draws: Mapping[str, xr.DataArray] = MappingProxyType({}),
    followed: Mapping[str, Series] = MappingProxyType({}), count: int = 1,
) -> list[float | None]:  # fmt: skip
    text = lab.bundle.bound_text()
    ensemble = lab.engine.ensemble(text, lab.study.inputs, draws, lab.variables, courses=followed)
    specs = [lab.bundle.outputs[name] for name in needed_outputs([target], lab.bundle.outputs)]
    arrays = {}
    for spec in specs:
        output = ensemble.outputs[spec.variable]
        shape = (len(lab.study.inputs.years), *output.shape, count)
        arrays[spec.name] = (dims.TIME, *output.axes, dims.RUN), np.full(shape, np.nan)
    with closing(ensemble.blocks()) as blocks:  # type: ignore[type-var]
        for block in blocks:
            for spec in specs:
                there = slice(block.first, block.first + block.runs)
                arrays[spec.name][1][..., there] = ensemble.take(block, spec.variable)
    return _judged(lab, target, xr.Dataset({name: (names, values) for name, (names, values) in arrays.items()}))


def _judged(lab: Laboratory, target: Target, runs: xr.Dataset) -> list[float | None]:
    """The value of the target in each run, with the labels of the scenario's own results."""
    labels = {name: coord.variable for name, coord in lab.results.coords.items() if dims.RUN not in coord.dims}
    ordered = [name for name in dims.ORDER if name in runs.dims]
    attributed = {name: array.transpose(*(d for d in ordered if d in array.dims)).assign_attrs(lab.results[name].attrs)
                  for name, array in runs.data_vars.items()}  # fmt: skip
    numbers = np.arange(runs.sizes[dims.RUN])
    dataset = xr.Dataset(attributed, {**labels, dims.RUN: numbers}, lab.results.attrs)
    with np.errstate(all="ignore"):  # runs that broke are among them
        judged = judge_runs(as_reported(dataset, lab.targets), [target], {})
    return [float(value) if np.isfinite(value) else None for value in judged.values[0]]


def _alone(trial: _Trial, target: Target, lab: Laboratory) -> float | None:
    """A trial from which more follows than a number: zones, queues and tiers of its own."""
    assert trial.study is not None
    job = Job(lab.bundle.bound_text(), trial.study.inputs, lab.variables, trial.case)
    try:
        (arrays,) = run_all([job], lab.engine)
    except EngineError:
        return None
    results = build(lab.bundle, trial.study, arrays, {str(k): str(v) for k, v in lab.results.attrs.items()})
    value = judge_runs(as_reported(results, lab.targets), [target], {}).values[0, 0]
    return float(value) if np.isfinite(value) else None
