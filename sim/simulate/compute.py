"""From a request to a Dataset: inputs checked, an engine chosen, runs computed, numbers labelled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xarray as xr

from sim import dims
from sim._version import __version__
from sim.cache import Cache
from sim.engine.choose import CHOICES, Choice
from sim.engine.inputs import Array
from sim.errors import InputError, Place, Problem
from sim.simulate.outcome import EXPLAINED, Failed, Outcome
from sim.simulate.params import Params, find, read_params
from sim.simulate.source import Source
from sim.simulate.timing import Asked, Timing, timing
from sim.simulate.variables import Described
from sim.toml_values import nearest

Method = Literal["euler", "rk4"]
METHODS: tuple[Method, ...] = ("euler", "rk4")
_MAPPED = re.compile(r"->\s*\(")
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Request:
    """What a user asks of a model.

    Parameters
    ----------
    params
        See :func:`sim.simulate.params.read_params`.
    outputs
        Names of variables; all but constants and lookups if ``None``.
    method
        That of the file if ``None``.
    threads
        As many as there are cores if ``None``.
    """

    params: Mapping[str, Any] | None = None
    outputs: Sequence[str] | None = None
    asked: Asked = field(default_factory=Asked)
    engine: Choice = "compiled"
    method: Method | None = None
    threads: int | None = None


@dataclass(frozen=True)
class Work:
    """A request checked: what every engine takes.

    Parameters
    ----------
    engine
        The one asked for.
    """

    source: Source
    engine: Choice
    params: Params
    outputs: tuple[Described, ...]
    timing: Timing
    method: Method
    threads: int | None


Done = Callable[[int, int], None]
"""Told how many runs are done, of how many."""

Explain = Callable[[int], Problem]
"""What broke in a run."""


class Results:
    """Arrays being filled, run by run: shape (runs, *axes, times) by variable."""

    def __init__(self, work: Work) -> None:
        self.work = work
        kept = len(work.timing.rows)
        try:
            self.arrays = {o.name: np.empty((work.params.runs, *o.shape, kept)) for o in work.outputs}
        except (MemoryError, ValueError):
            cells = work.params.runs * kept * sum(o.cells for o in work.outputs)
            raise InputError([Problem(None, "results_too_large", {"gigabytes": f"{cells * 8e-9:.3g}"})]) from None
        self.bad = np.zeros(work.params.runs, dtype=bool)

    def put(self, first: int, name: str, values: Array) -> None:
        """Take values of neighbouring runs, shape (kept rows of the engine, *axes, runs)."""
        rows = self.work.timing.rows
        kept = values if len(rows) == len(values) else values[rows]
        moved = np.moveaxis(kept, (-1, 0), (0, -1))
        count = moved.shape[0]
        self.arrays[name][first : first + count] = moved
        self.bad[first : first + count] |= ~np.isfinite(moved).reshape(count, -1).all(axis=1)

    def where_broken(self, run: int) -> Problem:
        """The first number of a run that is none, in order of time."""
        found = []
        for output in self.work.outputs:
            bad = np.argwhere(~np.isfinite(self.arrays[output.name][run]))
            if len(bad):
                *place, row = bad[np.argmin(bad[:, -1])].tolist()
                found.append((row, output, place))
        row, output, place = min(found, key=lambda one: one[0])
        labels = ",".join(names[at] for names, at in zip(output.labels, place, strict=True))
        element = f"{output.name}[{labels}]" if labels else output.name
        return Problem(None, "run_not_finite", {"element": element, "time": f"{self.work.timing.times[row]:.10g}"})


def compute(
    work: Work, cache: Cache | None = None, tell: Callable[[str], None] | None = None, done: Done | None = None
) -> Outcome:
    """Run a model.

    Parameters
    ----------
    tell
        Told "compile" when a kernel has to be built.

    Raises
    ------
    InputError
        If every run fails: with what broke in the first of them.
    EngineError
        If an engine fails for a reason that is not the user's.
    """
    cache = cache or Cache()
    if work.source.equations is None or work.engine == "pysd":
        from sim.simulate.by_reference import run_reference

        name, (results, explain) = "pysd", run_reference(work, cache, done)
    else:
        from sim.simulate.by_kernel import run_kernel

        name, (results, explain) = "compiled", run_kernel(work, cache, tell, done)
    failed = _failed(results, explain)
    missing = work.source.missing if work.engine == "auto" else ()
    return Outcome(_dataset(results, name), failed, int(results.bad.sum()), work.params.runs, missing)


def _failed(results: Results, explain: Explain) -> tuple[Failed, ...]:
    """Explains the first failed runs and blanks them all."""
    broken = np.flatnonzero(results.bad)
    labels = results.work.params.labels
    failed = tuple(
        Failed(str(run if labels is None else labels[run]), explain(int(run))) for run in broken[:EXPLAINED]
    )
    if len(broken) == results.work.params.runs:
        problems = [Problem(None, "runs_all_failed", {"runs": len(broken)})] if len(broken) > 1 else []
        for one in failed:
            problems += [one.problem] if one.problem not in problems else []
        raise InputError(problems)
    for array in results.arrays.values():
        array[broken] = np.nan
    return failed


def checked(source: Source, request: Request) -> Work:
    """A request ready to be computed.

    Raises
    ------
    InputError
        With every problem of the request at once.
    """
    problems: list[Problem] = []
    params, when = Params(), None
    try:
        params = read_params(request.params, source.variables)
    except InputError as error:
        problems += error.problems
    try:
        when = timing(source.clocks, request.asked)
    except InputError as error:
        problems += error.problems
    outputs = _outputs(source, request.outputs, params, problems)
    problems += _engine_problems(source, request)
    if problems or when is None:
        raise InputError(problems)
    method = request.method or source.method
    return Work(source, request.engine, params, outputs, when, method, request.threads)


def _engine_problems(source: Source, request: Request) -> Iterable[Problem]:
    method = source.method if request.method is None else request.method
    for name, value, known in (("engine", request.engine, CHOICES), ("method", method, METHODS)):
        if value not in known:
            values = {"name": name, "found": value, "known": ", ".join(known)}
            yield Problem(None, "simulate_choice", values, nearest(str(value), known))
    if request.threads is not None and not (isinstance(request.threads, int) and request.threads >= 1):
        yield Problem(None, "simulate_threads", {"found": request.threads})
    if request.engine == "compiled":
        for reason in source.missing:
            yield Problem(None, "not_compiled", {"reason": reason})
    by_pysd = request.engine == "pysd" or (request.engine == "auto" and source.missing)
    if by_pysd and method == "rk4":
        yield Problem(None, "simulate_pysd_method")
    for entry in source.entries if by_pysd else ():
        if entry.is_subscript and _MAPPED.search(entry.right):  # PySD takes the mapping for labels, silently
            yield Problem(Place(source.path, entry.line), "simulate_pysd_mapping", {"name": entry.name})


def _outputs(
    source: Source, asked: Sequence[str] | None, params: Params, problems: list[Problem]
) -> tuple[Described, ...]:
    """Variables to keep, in the order of the file (or as asked for)."""
    if asked is None:
        chosen = tuple(v for v in source.variables.values() if v.kind not in ("constant", "lookup"))
        return chosen + tuple(source.variables[n] for n in params.series if source.variables[n].kind == "constant")
    found: dict[str, Described] = {}
    for name in [asked] if isinstance(asked, str) else asked:
        variable = find(str(name), source.variables)
        if isinstance(variable, Problem):
            code = "output_clock" if variable.code == "param_clock" else "output_unknown"
            problems.append(Problem(None, code, variable.values, variable.suggestion))
        elif variable.kind == "lookup":
            problems.append(Problem(None, "output_lookup", {"name": variable.name}))
        else:
            found[variable.name] = variable
    if not found and not problems:
        problems.append(Problem(None, "output_none"))
    return tuple(found.values())


def _dataset(results: Results, engine: str) -> xr.Dataset:
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
        "model": work.source.path.name, "model_sha256": work.source.fingerprint, "engine": engine,
        "method": work.method, "initial_time": grid.start, "final_time": work.timing.end, "time_step": grid.step,
        "created_by": f"sim {__version__}",
    }  # fmt: skip
    return xr.Dataset(variables, coords, about)
