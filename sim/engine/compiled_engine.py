"""The compiled kernel behind the engine interface: one run, or an ensemble in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.cache import Cache
from sim.engine.compile import Kernel, Order, Tell, kernel
from sim.engine.covered import equations_of, not_covered, refuse
from sim.engine.inputs import Array, Course, Grid, RunInputs
from sim.engine.interface import YEAR, Parallel, Series, StudyInputs
from sim.engine.kernel import Method, Output, Slot
from sim.engine.run import Block, Runner
from sim.errors import EngineError, InputError, Problem

if TYPE_CHECKING:
    from sim.model.ir import Equations

TIME, CASE = "time", "case"


class CompiledEngine:
    """Kernels made of PySD's reading of a model.

    Parameters
    ----------
    cache
        Where kernels are kept; the user's cache folder if not given.
    tell
        Told "compile" when a kernel has to be built.
    """

    name = "compiled"
    parallel: Parallel = "threads"

    def __init__(self, cache: Cache | None = None, tell: Tell | None = None) -> None:
        self.cache = cache or Cache()
        self.tell = tell

    def describe(self) -> str:
        """Name and version, for the manifest; nothing of the machine, for every machine gives the same bits."""
        return "compiled"

    def translate(self, text: str) -> None:
        """Read the equations, unless that is done already; runs nothing.

        Raises
        ------
        InputError
            If the equations hold a mistake or what kernels don't cover.
        """
        refuse(not_covered(text, self.cache))

    def prepare(self, text: str, inputs: StudyInputs, outputs: Sequence[str]) -> None:
        """Build the kernel, unless that is done already; raises what :meth:`simulate` raises for its inputs."""
        self._ready(text, inputs, outputs)

    def simulate(self, text: str, inputs: StudyInputs, outputs: Sequence[str]) -> Mapping[str, xr.DataArray]:
        """Run the bound model ``text`` and give yearly values of ``outputs``.

        Dims of each array: those of the model variable, then ``time`` (whole years, float64).

        Raises
        ------
        InputError
            If an input or output names no variable, or its labels are not those of the model.
        NotCompiledError
            If the model holds what kernels don't cover.
        EngineError
            If a value becomes something that is no number: names variable, element and year.
        """
        made, numbers = self._ready(text, inputs, outputs)
        block = next(Runner(made.plan, made.library, numbers).blocks(1))
        arrays = {}
        for output in made.plan.outputs:
            values = _taken(block.values, output)[..., 0]
            arrays[output.name] = labelled(output, values, made.plan.labels, inputs.years)
        if not np.isfinite(block.values).all():
            raise self.failure(text, numbers, arrays, inputs.method)
        self._check(made, block, text, inputs)
        return arrays

    def ensemble(
        self,
        text: str,
        inputs: StudyInputs,
        draws: Mapping[str, xr.DataArray],
        outputs: Sequence[str],
        threads: int | None = None,
        cases: Cases | None = None,
        courses: Mapping[str, Series] = MappingProxyType({}),
    ) -> Ensemble:
        """Many runs of the bound model ``text``.

        Parameters
        ----------
        draws
            By constant of the model: dims ``run``, then those of the variable.
        cases
            What whole groups of runs share; a name in ``draws`` too goes by run.
        courses
            By series of ``inputs`` those that differ by run, over the same years: dims ``run``, those of the variable,
            ``year``.
        """
        cases = cases or Cases()
        given = {**cases.constants, **draws}
        varying = [name for name, array in given.items() if dims.PARK in array.dims]
        followed = {**cases.series, **courses}
        varying += [name for name, one in followed.items() if dims.PARK in one.values.dims]
        made, numbers = self._ready(text, inputs, outputs, tuple(sorted(varying)))
        return Ensemble(made, _many(made, numbers, draws, cases, courses), threads)

    def _ready(
        self, text: str, inputs: StudyInputs, outputs: Sequence[str], varying: tuple[str, ...] = ()
    ) -> tuple[Kernel, RunInputs]:
        wanted = tuple(sorted(set(outputs)))
        series, varying = tuple(sorted(inputs.series)), (*_by_default(inputs), *varying)
        order = Order(wanted, series, varying=varying, method=inputs.method)
        made = kernel(text, lambda: _equations(text, inputs, wanted, self.cache), order, self.cache, self.tell)
        return made, numbers_of(made, inputs)

    def _check(self, made: Kernel, block: Block, text: str, inputs: StudyInputs) -> None:
        broken = [check for check in made.plan.checks if (block.values[0, check.cell] > 0).any()]
        if broken:
            raise EngineError([Problem(None, check.code, {"name": check.variable}) for check in broken])

    def failure(
        self, text: str, numbers: RunInputs, arrays: Mapping[str, xr.DataArray], method: Method
    ) -> EngineError:
        """Where a run broke: found by the slow twin, which looks at every value."""
        from sim.engine.trace_failure import first_failure

        equations = equations_of(text, self.cache)
        found = first_failure(equations, numbers, method, list(arrays))
        if found is not None:
            return found.error()
        for name, array in arrays.items():  # the twin saw nothing: at least say where the kernel did
            bad = np.argwhere(~np.isfinite(array.to_numpy()))
            if len(bad):
                return EngineError(f"'{name}' is not a number")
        return EngineError("a value is not a number")


@dataclass(frozen=True)
class Cases:
    """Inputs that whole groups of runs share, each case held once.

    Parameters
    ----------
    constants, series
        By variable: dims ``case``, then those of the variable.
    of_run
        The case of each run, shape (runs,).
    """

    constants: Mapping[str, xr.DataArray] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    of_run: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def names(self) -> frozenset[str]:
        """Everything that goes by cases."""
        return frozenset(self.constants) | frozenset(self.series)


@dataclass(frozen=True)
class Ensemble:
    """Many runs, ready to be computed block by block."""

    kernel: Kernel
    inputs: RunInputs
    threads: int | None

    def blocks(self) -> Iterator[Block]:
        """Results in the order of the runs; take arrays out with :meth:`take`."""
        return Runner(self.kernel.plan, self.kernel.library, self.inputs).blocks(self.threads)

    @property
    def outputs(self) -> Mapping[str, Output]:
        """By model variable its place in a block."""
        return {output.name: output for output in self.kernel.plan.outputs}

    def take(self, block: Block, name: str) -> Array:
        """Values of a variable: shape (times, *axes, runs)."""
        output = self.outputs[name]
        size = int(np.prod(output.shape, dtype=int))
        kept = block.values[:, output.cell : output.cell + size]
        return kept.reshape(kept.shape[0], *output.shape, block.runs)


def _by_default(inputs: StudyInputs) -> tuple[str, ...]:
    """What may vary by run without a new kernel: all but the arrays over parks."""
    names = [name for name, array in inputs.constants.items() if dims.PARK not in array.dims]
    names += [name for name, series in inputs.series.items() if dims.PARK not in series.values.dims]
    return tuple(sorted(names))


def numbers_of(made: Kernel, inputs: StudyInputs) -> RunInputs:
    """Study inputs as plain arrays in the order of the model's axes.

    Raises
    ------
    InputError
        With every array whose dims or labels are not those of its variable.
    """
    problems: list[Problem] = []
    plan = made.plan
    constants = {
        slot.name: _plain(slot.name, inputs.constants[slot.name], slot, plan.labels, problems)
        for slot in plan.inputs
        if slot.name in inputs.constants and not slot.part
    }
    series = {}
    for slot in plan.courses:
        if slot.name in inputs.series:
            found = inputs.series[slot.name]
            values = _plain(slot.name, found.values, slot, plan.labels, problems, last=YEAR)
            series[slot.name] = Course(found.values[YEAR].to_numpy().astype(float), values, found.between)
    if problems:
        raise InputError(problems)
    every = round(1.0 / inputs.step)
    grid = Grid(float(inputs.start), inputs.step, (inputs.end - inputs.start) * every, every)
    return RunInputs(grid, constants, series)


def _many(
    made: Kernel,
    one: RunInputs,
    draws: Mapping[str, xr.DataArray],
    cases: Cases,
    followed: Mapping[str, Series],
) -> RunInputs:
    """Inputs of one run, with what differs by run or by case put in.

    Raises
    ------
    InputError
        With every array whose dims are not those of its variable.
    """
    slots = {slot.name: slot for slot in made.plan.inputs if not slot.part}
    courses = {slot.name: slot for slot in made.plan.courses}
    labels, problems = made.plan.labels, list[Problem]()
    constants, series = dict(one.constants), dict(one.series)
    for name in cases.constants.keys() & slots.keys():
        constants[name] = _plain(name, cases.constants[name], slots[name], labels, problems, first=CASE)
    for name in draws.keys() & slots.keys():
        constants[name] = _plain(name, draws[name], slots[name], labels, problems, first=dims.RUN)
    for name in cases.series.keys() & courses.keys():
        values = _plain(name, cases.series[name].values, courses[name], labels, problems, first=CASE, last=YEAR)
        series[name] = replace(series[name], values=values)
    for name in followed.keys() & courses.keys():
        given = followed[name]
        values = _plain(name, given.values, courses[name], labels, problems, first=dims.RUN, last=YEAR)
        series[name] = Course(given.values[YEAR].to_numpy().astype(float), values, given.between)
    if problems:
        raise InputError(problems)
    by_run = {**draws, **{name: given.values for name, given in followed.items()}}
    runs = {int(array.sizes[dims.RUN]) for array in by_run.values()}
    runs |= {len(cases.of_run)} if cases.names else set()
    (count,) = runs or {1}
    known = slots.keys() | courses.keys()
    by_case = (cases.names - by_run.keys()) & known
    varying = by_case | (by_run.keys() & known)
    return RunInputs(one.grid, constants, series, varying, count, by_case, cases.of_run)


def _plain(
    name: str,
    array: xr.DataArray,
    slot: Slot,
    labels: Mapping[str, tuple[str, ...]],
    problems: list[Problem],
    *,
    first: str = "",
    last: str = "",
) -> Array:
    """An array without labels, its axes in the order of the variable, between one before and one after them."""
    wanted = (*((first,) if first else ()), *slot.axes, *((last,) if last else ()))
    if set(array.dims) != set(wanted):
        values = {"name": name, "found": ", ".join(map(str, array.dims)), "expected": ", ".join(slot.axes)}
        problems.append(Problem(None, "engine_dims", values))
        return np.zeros(0)
    placed = array.transpose(*wanted)
    for axis in slot.axes:
        known = labels.get(axis)
        if known is not None and axis in placed.coords and tuple(map(str, placed[axis].to_numpy())) != known:
            placed = placed.reindex({axis: list(known)})
    return np.ascontiguousarray(placed.to_numpy(), dtype=float)


def _taken(values: Array, output: Output) -> Array:
    size = int(np.prod(output.shape, dtype=int))
    kept = values[:, output.cell : output.cell + size]
    return kept.reshape(kept.shape[0], *output.shape, values.shape[2])


def labelled(
    output: Output, values: Array, labels: Mapping[str, tuple[str, ...]], times: Sequence[float]
) -> xr.DataArray:
    """An array of shape (times, *axes) with labels, dims of the variable first and ``time`` last."""
    coords = {axis: list(labels[axis]) for axis in output.axes}
    moved = np.ascontiguousarray(np.moveaxis(values, 0, -1))
    return xr.DataArray(moved, dims=(*output.axes, TIME), coords={**coords, TIME: list(times)})


def _equations(text: str, inputs: StudyInputs, outputs: Sequence[str], cache: Cache) -> Equations:
    from sim.model.override import override

    found = equations_of(text, cache)
    _refuse_unknown([*inputs.constants, *inputs.series, *outputs], found)
    given = [name for name in inputs.constants if found.variables[name].kind != "constant"]
    return override(found, given, inputs.series)


def _refuse_unknown(names: Sequence[str], equations: Equations) -> None:
    missing = [name for name in names if name not in equations.variables]
    if missing:
        raise InputError(
            Problem(None, "model_variable_missing", {"name": name, "where": "the study"}) for name in missing
        )
