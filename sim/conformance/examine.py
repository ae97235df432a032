"""One model file against results that are known."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from sim.cache import Cache
from sim.conformance.compare import Difference, Tally, Tolerance
from sim.conformance.expected import Column, Expected, read_expected
from sim.conformance.matching import Match, match
from sim.engine.inputs import Array, RunInputs
from sim.engine.trace import evaluate
from sim.errors import EngineError, InputError, Place, Problem
from sim.simulate.compute import compute
from sim.simulate.request import Request, Work, checked
from sim.simulate.source import Source, read_source
from sim.simulate.timing import Asked

How = Literal["compiled", "plain"]
"""The compiled kernel, or its slow twin in plain numpy, which needs no compiler."""

Status = Literal["passed", "wrong", "refused", "unusable"]
_NEAR = 1e-2
"""Part of a step by which a written time may miss the step that it means: six digits don't tell thirds apart."""
STATUSES: tuple[Status, ...] = ("passed", "wrong", "refused", "unusable")


@dataclass(frozen=True)
class Case:
    """A model and the file of its results.

    Parameters
    ----------
    name
        Of the folder.
    results
        ``None`` where the folder has none.
    """

    name: str
    model: Path
    results: Path | None


@dataclass(frozen=True)
class Finding:
    """What became of a case.

    Parameters
    ----------
    status
        ``passed``; ``wrong``: other numbers, or the run failed; ``refused``: the compiled engine doesn't take the
        model and says why; ``unusable``: there are no results to compare with.
    hashes
        SHA-256 of the model file and of the file of results, by file name.
    columns, numbers
        How many were compared.
    wrong
        How many of the numbers differ.
    largest
        Largest error in units of the tolerance.
    problems
        Why it was refused, is unusable or has failed.
    unknown, absent
        See :class:`sim.conformance.matching.Match`.
    skipped
        Cells of the results that are no finite number.
    """

    case: Case
    status: Status
    hashes: Mapping[str, str]
    columns: int = 0
    numbers: int = 0
    wrong: int = 0
    largest: float = 0.0
    first: Difference | None = None
    problems: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    skipped: int = 0


def examine(case: Case, tolerance: Tolerance, how: How, cache: Cache) -> Finding:
    """Run a model and compare what it gives; no mistake in the files and no fault of ours ends more than this case."""
    try:
        if how == "compiled":
            return _examine(case, tolerance, how, cache)
        with tempfile.TemporaryDirectory(prefix="sim-plain-") as folder:  # what is quick to make needs no keeping
            return _examine(case, tolerance, how, Cache(Path(folder)))
    except Exception as error:
        # whatever a stranger's model sets off belongs into the table, not at the end of the run
        told = Problem(Place(case.model), "conformance_internal", {"error": f"{type(error).__name__}: {error}"[:300]})
        return Finding(case, "wrong", _hashes(case), problems=(told,))


def _examine(case: Case, tolerance: Tolerance, how: How, cache: Cache) -> Finding:
    blank = Finding(case, "refused", _hashes(case))
    if case.results is None:
        return replace(blank, status="unusable", problems=(Problem(Place(case.model), "conformance_no_results"),))
    try:
        expected = read_expected(case.results)
    except InputError as error:
        return replace(blank, status="unusable", problems=_kept(error))
    try:
        source = read_source(case.model, cache, alone=True)
    except InputError as error:
        return replace(blank, problems=_kept(error))
    matched = match(expected, source.variables, source.clocks)
    told = replace(blank, unknown=matched.unknown, absent=matched.absent, skipped=expected.skipped)
    if not matched.found:
        return replace(told, status="unusable", problems=(Problem(Place(case.results), "conformance_no_column"),))
    try:
        return _compared(told, _work(source, expected, matched), matched, tolerance, how, cache)
    except (InputError, EngineError) as error:
        return replace(told, status="wrong", problems=_kept(error))


def _kept(error: InputError | EngineError) -> tuple[Problem, ...]:
    """Problems whose values another process can read."""
    if not error.problems:
        return (Problem(None, "conformance_internal", {"error": str(error)}),)
    return tuple(replace(problem, values=dict(problem.values)) for problem in error.problems)


def _hashes(case: Case) -> dict[str, str]:
    found = {}
    for path in (case.model, case.results):
        if path is not None:
            try:
                found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                found[path.name] = ""
    return found


def _work(source: Source, expected: Expected, matched: Match) -> Work:
    """The run that gives every number of the matched columns.

    Raises
    ------
    InputError
        Also where the results have times that the model has no step at.
    """
    times = sorted({_at_step(source, time) for column, _ in matched.found for time in column.times})
    names = list(dict.fromkeys(target.variable.name for _, target in matched.found))
    try:
        return checked(source, Request(outputs=names, asked=Asked(times=times), engine="compiled", threads=1))
    except InputError as error:
        placed = [p if p.place else replace(p, place=Place(expected.path)) for p in error.problems]
        raise InputError(placed) from None


def _at_step(source: Source, time: float) -> float:
    """The time of the model that a written time means; itself where there is none."""
    clocks = source.clocks
    number = (time - clocks.start) / clocks.step if clocks.step > 0 else 0.5
    return clocks.start + round(number) * clocks.step if abs(number - round(number)) < _NEAR else time


def _compared(told: Finding, work: Work, matched: Match, tolerance: Tolerance, how: How, cache: Cache) -> Finding:
    arrays = _by_kernel(work, cache) if how == "compiled" else _by_twin(work)
    tally = Tally(tolerance)
    for column, number in matched.clocks:
        tally.take(column.name, *_numbers(column), np.full(len(column.times), number))
    for column, target in matched.found:
        variable = target.variable
        place = tuple(names.index(label) for names, label in zip(variable.labels, target.labels, strict=False))
        course = arrays[variable.name][place] if place else arrays[variable.name].reshape(-1)
        rows = _rows(work, column.times)
        tally.take(column.name, *_numbers(column), course[rows])
    status: Status = "wrong" if tally.wrong else "passed"
    count = len(matched.found) + len(matched.clocks)
    return replace(
        told, status=status, columns=count, numbers=tally.numbers, wrong=tally.wrong, largest=tally.largest,
        first=tally.first,
    )  # fmt: skip


def _numbers(column: Column) -> tuple[Array, Array]:
    return np.asarray(column.times, dtype=float), np.asarray(column.values, dtype=float)


def _rows(work: Work, times: Sequence[float]) -> list[int]:
    """Where times stand among those that the run keeps."""
    step = work.timing.grid.step
    kept = {round((time - work.timing.grid.start) / step): row for row, time in enumerate(work.timing.times)}
    return [kept[round((time - work.timing.grid.start) / step)] for time in times]


def _by_kernel(work: Work, cache: Cache) -> Mapping[str, Array]:
    """Shape (*axes, times) by variable."""
    return {name: values[0] for name, values in compute(work, cache).results.arrays.items()}


def _by_twin(work: Work) -> Mapping[str, Array]:
    assert work.source.equations is not None
    names = [output.name for output in work.outputs]
    found = evaluate(work.source.equations, RunInputs(work.timing.grid), names)
    return {name: np.moveaxis(values[work.timing.rows], 0, -1) for name, values in found.items()}
