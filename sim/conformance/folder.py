"""A folder of models with known results, model by model, in one process or several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from sim.cache import Cache
from sim.conformance.compare import USUAL, Tolerance
from sim.conformance.examine import Case, Finding, How, Status, examine
from sim.errors import InputError, Place, Problem

ENDINGS = (".mdl", ".xmile", ".stmx", ".xml")
Done = Callable[[int, int], None]


@dataclass(frozen=True)
class Conformance:
    """What became of every model of a folder."""

    folder: Path
    tolerance: Tolerance
    how: How
    findings: tuple[Finding, ...]

    def count(self, status: Status) -> int:
        """How many models have a status."""
        return sum(finding.status == status for finding in self.findings)

    @property
    def sound(self) -> bool:
        """Whether no model is wrong or unusable; refused ones are no fault."""
        return not self.count("wrong") and not self.count("unusable")


def cases_of(folder: Path) -> tuple[Case, ...]:
    """The models of a folder laid out as ``NAME/*.mdl`` with ``output.csv``, ``output.tab`` or ``NAME.dat``, by name.

    A folder that holds a model itself is a case of its own.

    Raises
    ------
    InputError
        If there is no such folder, or no model in it.
    """
    if not folder.is_dir():
        raise InputError([Problem(Place(folder), "conformance_no_folder")])
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    found = tuple(case for one in (folder, *inside) for case in _cases_in(one))
    if not found:
        raise InputError([Problem(Place(folder), "conformance_no_model", {"known": ", ".join(ENDINGS)})])
    return found


def _cases_in(folder: Path) -> Iterator[Case]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    by_name = {path.name.lower(): path for path in files}
    for model in files:
        if model.suffix.lower() in ENDINGS:
            names = ("output.csv", "output.tab", f"{folder.name}.dat".lower(), f"{model.stem}.dat".lower())
            results = next((by_name[name] for name in names if name in by_name), None)
            yield Case(folder.name, model, results)


def examine_folder(
    folder: Path, tolerance: Tolerance = USUAL, how: How = "compiled", jobs: int = 1, done: Done | None = None,
    cache: Cache | None = None,
) -> Conformance:  # fmt: skip
    """Run every model of a folder and compare its results; what goes wrong with one leaves the others alone.

    Parameters
    ----------
    how
        ``compiled``, or ``plain``: the slow twin of the kernels, which needs no compiler.
    jobs
        Processes; the findings don't depend on it.
    done
        Told how many models are done, of how many.

    Raises
    ------
    InputError
        See :func:`cases_of`.
    """
    cases = cases_of(folder)
    work = partial(examine, tolerance=tolerance, how=how, cache=cache or Cache())
    findings: list[Finding] = []
    for finding in map(work, cases) if jobs == 1 else _in_processes(work, cases, jobs):
        findings.append(finding)
        if done:
            done(len(findings), len(cases))
    return Conformance(folder, tolerance, how, tuple(findings))


def _in_processes(work: Callable[[Case], Finding], cases: Sequence[Case], jobs: int) -> Iterator[Finding]:
    """Findings in the order of the cases; where a process dies, what is left runs one by one, each in its own."""
    context, given = get_context("spawn"), 0
    try:
        with ProcessPoolExecutor(jobs, context) as pool:
            for finding in pool.map(work, cases):
                given += 1
                yield finding
    except BrokenProcessPool:
        for case in cases[given:]:
            yield _alone(work, case)


def _alone(work: Callable[[Case], Finding], case: Case) -> Finding:
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return pool.submit(work, case).result()
    except BrokenProcessPool:
        return Finding(case, "wrong", {}, problems=(Problem(Place(case.model), "conformance_died"),))
