"""Where a bundle is put to the test: its model under any change, on one kernel for all tests.

A kernel takes some ten seconds to build, so every run of every test keeps the same variables and may vary the same
inputs; only the method of integration asks for a kernel of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.derived import CAPITAL, EMISSIONS, QUEUE, RANK, VALUE_ADDED
from sim.binding import Study, bind
from sim.bundle import MODEL, Bundle
from sim.confidence.finding import Both
from sim.confidence.spec import FILE, NOTHING, Change, Confidence
from sim.engine.compiled_engine import CompiledEngine, Ensemble, labelled
from sim.engine.interface import Series, StudyInputs
from sim.engine.run import Block
from sim.errors import EngineError, InputError, Place, Problem
from sim.scenario.types import Clock, Scenario, Setting, Uncertainty
from sim.schedule import Schedule, constant

Array = npt.NDArray[np.float64]
END = 2030


@dataclass(frozen=True)
class Run:
    """One run: arrays by model variable, dims of the variable, then ``time``."""

    ensemble: Ensemble
    block: Block

    def __getitem__(self, variable: str) -> xr.DataArray:
        output = self.ensemble.outputs[variable]
        values = self.ensemble.take(self.block, variable)[..., 0]
        return labelled(output, values, self.ensemble.kernel.plan.labels, self.times)

    @property
    def times(self) -> tuple[float, ...]:
        """Model times that were kept."""
        return tuple(self.ensemble.inputs.grid.times.tolist())

    def total(self, variable: str) -> xr.DataArray:
        """Sum over all elements of a variable, by ``time``."""
        array = self[variable]
        return array.sum([name for name in array.dims if name != dims.TIME])

    def same(self, other: Run) -> bool:
        """Whether every number is the same to the last bit."""
        return self.block.values.tobytes() == other.block.values.tobytes()

    @property
    def finite(self) -> bool:
        """Whether every number is one."""
        return bool(np.isfinite(self.block.values).all())


class Lab:
    """A bundle on the test bench.

    Parameters
    ----------
    variables
        What every run keeps, by the names of the model file.
    runs, seed
        Size and seed of the draws.

    Raises
    ------
    InputError
        Later, if the kernel doesn't cover the model.
    """

    def __init__(
        self, bundle: Bundle, spec: Confidence, engine: CompiledEngine, variables: Sequence[str], runs: int, seed: int
    ) -> None:
        self.bundle, self.spec, self.engine = bundle, spec, engine
        self.variables = tuple(sorted(set(variables)))
        self.runs, self.seed = runs, seed
        self.text = bundle.bound_text()
        self.bound: dict[tuple[str, int], Study] = {}

    def scenario(self, change: Change = NOTHING, end: int = END) -> Scenario:
        """The bundle's own values (the first path of every driver, no policy), but for a change."""
        place = Place(self.bundle.path / FILE)

        def settings(values: Mapping[str, Any]) -> Mapping[str, Setting]:
            return MappingProxyType({key: Setting(_schedule(value), place) for key, value in values.items()})

        known = {name: value for name, value in change.constants.items() if name in self.bundle.parameters}
        growth = {key: constant(value, dims.BASE_YEAR) for key, value in change.growth.items()}
        return Scenario(
            path=Path(FILE), name=FILE, name_zh=FILE, description="", description_zh="", information_until=2100,
            bundle=self.bundle.path, bundle_text="", lang=None, clock=Clock(dims.BASE_YEAR, end),
            policies=settings(change.levers), since=MappingProxyType({}),
            drivers=settings({**change.drivers, **growth}), parameters=settings(known),
            uncertainty=Uncertainty(self.runs, self.seed), origins=MappingProxyType({}), warnings=(),
        )  # fmt: skip

    def study(self, change: Change = NOTHING, end: int = END) -> Study:
        """What a run under a change takes; what shapes no zone and no queue is put in after binding, which is slow."""
        shaping = {name: value for name, value in change.constants.items() if name in (EMISSIONS, CAPITAL, VALUE_ADDED)}
        core = Change(levers=change.levers, drivers=change.drivers, growth=change.growth, constants=shaping)
        key = (repr(core), end)
        if key not in self.bound:
            self.bound[key] = bind(self.bundle, self.scenario(core, end))
        study = self.bound[key]
        return replace(study, inputs=changed(study.inputs, change))

    def under(self, changes: Iterable[Change], end: int = END) -> list[Run]:
        """A run under each of some changes."""
        return self.together([self.study(change, end).inputs for change in changes])

    @cached_property
    def base(self) -> Run:
        """The run without any change."""
        return self.of(self.study().inputs)

    @cached_property
    def full(self) -> Change:
        """Every lever that the model knows at the upper end of its range, but for what the bundle says of it."""
        given = self.spec.prior.full if self.spec.prior else {}
        ends = {key: lever.high for key, lever in self.bundle.levers.items() if lever.numeric and lever.variable}
        return Change(levers={**ends, **given})

    def named(self, output: str) -> Both:
        """An output's name for people."""
        one = self.bundle.outputs[output]
        return Both(one.name_zh, one.name_en)

    def of(self, inputs: StudyInputs, every_step: bool = False) -> Run:
        """One run of given inputs; values at whole years, or at every step."""
        ensemble = self.ensemble(inputs)
        if every_step:
            numbers = ensemble.inputs
            ensemble = replace(ensemble, inputs=replace(numbers, grid=replace(numbers.grid, every=1)))
        return Run(ensemble, next(blocks_of(ensemble)))

    def together(self, studies: Sequence[StudyInputs]) -> list[Run]:
        """Runs of one clock side by side, which takes a fraction of the time of one after the other."""
        runs: dict[int, Run] = {}
        for places in _groups(studies).values():
            first, some = studies[places[0]], [studies[place] for place in places]
            ensemble = self.ensemble(first, *stacked(some))
            for block in blocks_of(ensemble):
                for lane in range(block.runs):
                    alone = Block(block.first + lane, block.values[..., lane : lane + 1])
                    runs[places[block.first + lane]] = Run(ensemble, alone)
        return [runs[place] for place in range(len(studies))]

    def ensemble(
        self,
        inputs: StudyInputs,
        draws: Mapping[str, xr.DataArray] = MappingProxyType({}),
        courses: Mapping[str, Series] = MappingProxyType({}),
    ) -> Ensemble:
        """Many runs; the place of parks in the queue of the retrofit may differ by run in all of them."""
        given = [*draws.values(), *(series.values for series in courses.values())]
        count = int(given[0].sizes[dims.RUN]) if given else 1
        queue = {name: inputs.constants[name].expand_dims({dims.RUN: count}) for name in (RANK, QUEUE)}
        try:
            return self.engine.ensemble(self.text, inputs, {**queue, **draws}, self.variables, courses=courses)
        except InputError as error:
            file = self.bundle.path / MODEL
            raise InputError(replace(p, place=p.place or Place(file)) for p in error.problems) from None


def _groups(studies: Sequence[StudyInputs]) -> dict[bytes, list[int]]:
    """Places of studies that differ in nothing that has a park dimension, the queue of the retrofit apart."""
    groups: dict[bytes, list[int]] = {}
    for place, inputs in enumerate(studies):
        digest = hashlib.sha256(repr((inputs.start, inputs.end, inputs.step, inputs.method)).encode())
        for name, array in _by_park(inputs):
            digest.update(name.encode() + array.to_numpy().tobytes())
        groups.setdefault(digest.digest(), []).append(place)
    return groups


def _by_park(inputs: StudyInputs) -> Iterator[tuple[str, xr.DataArray]]:
    constants = ((name, array) for name, array in inputs.constants.items() if name not in (RANK, QUEUE))
    series = ((name, series.values) for name, series in inputs.series.items())
    yield from ((name, array) for name, array in sorted((*constants, *series)) if dims.PARK in array.dims)


def stacked(studies: Sequence[StudyInputs]) -> tuple[dict[str, xr.DataArray], dict[str, Series]]:
    """Constants and series that differ between studies, with a dimension ``run`` in front."""
    draws, courses = {}, {}
    first = studies[0]
    for name in first.constants:
        arrays = [inputs.constants[name] for inputs in studies]
        if name in (RANK, QUEUE) or _differ(arrays):
            draws[name] = _beside(arrays)
    for name, series in first.series.items():
        arrays = [inputs.series[name].values for inputs in studies]
        if _differ(arrays):
            courses[name] = Series(_beside(arrays), series.between)
    return draws, courses


def _differ(arrays: Sequence[xr.DataArray]) -> bool:
    return any(not np.array_equal(one.to_numpy(), arrays[0].to_numpy()) for one in arrays[1:])


def _beside(arrays: Sequence[xr.DataArray]) -> xr.DataArray:
    """Arrays of the same labels side by side."""
    values = np.stack([array.transpose(*arrays[0].dims).to_numpy() for array in arrays])
    return xr.DataArray(values, dims=(dims.RUN, *arrays[0].dims), coords=arrays[0].coords)


def blocks_of(ensemble: Ensemble) -> Iterator[Block]:
    """Blocks in the order of the runs.

    Raises
    ------
    EngineError
        If a condition of the model is broken, such as a delay shorter than the step.
    """
    checks = ensemble.kernel.plan.checks
    with closing(ensemble.blocks()) as blocks:  # type: ignore[type-var]
        for block in blocks:
            for check in checks:
                if (block.values[0, check.cell] > 0).any():
                    raise EngineError([Problem(None, check.code, {"name": check.variable})])
            yield block


def _schedule(value: Any) -> Any:
    """A list of pairs as a schedule; anything else as it is."""
    return Schedule(tuple((int(year), float(x)) for year, x in value)) if isinstance(value, list) else value


def changed(inputs: StudyInputs, change: Change) -> StudyInputs:
    """Inputs with the constants and series that a scenario cannot set.

    >>> one = xr.DataArray([1.0, 2.0], dims="park", coords={"park": ["a", "b"]})
    >>> inputs = StudyInputs(("a", "b"), {"x": one}, {}, 2015, 2016, 1.0)
    >>> changed(inputs, Change(times={"x": 3.0})).constants["x"].values
    array([3., 6.])
    """
    constants, series = dict(inputs.constants), dict(inputs.series)
    for name, value in change.constants.items():
        constants[name] = xr.full_like(constants[name], value)
    for name, value in change.times.items():
        constants[name] = constants[name] * value
    for name, other in change.copies.items():
        constants[name] = constants[other]
    for name, value in change.series.items():
        series[name] = Series(xr.full_like(series[name].values, value), series[name].between)
    return replace(inputs, constants=constants, series=series)


def joined(first: Change, second: Change) -> Change:
    """Both changes; where they touch the same, the second.

    >>> joined(Change(constants={"x": 1.0}), Change(constants={"y": 2.0})).constants
    {'x': 1.0, 'y': 2.0}
    """
    return Change(**{key: {**getattr(first, key), **getattr(second, key)} for key in Change.model_fields})


def written(change: Change) -> str:
    """A change in one line, by the names of the bundle; empty for none.

    >>> written(Change(levers={"infrastructure.fund": 100.0}, times={"table planned land": 0.5}))
    'infrastructure.fund = 100, table planned land × 0.5'
    """
    tables = (change.levers, change.drivers, change.growth, change.constants, change.copies, change.series)
    parts = [f"{key} = {_plain(value)}" for table in tables for key, value in table.items()]
    return ", ".join([*parts, *(f"{key} × {value:g}" for key, value in change.times.items())])


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
