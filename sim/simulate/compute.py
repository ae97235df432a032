"""From a request to its results: an engine chosen, runs computed, those that failed explained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.cache import Cache
from sim.errors import InputError, Problem
from sim.simulate.by_kernel import run_kernel
from sim.simulate.outcome import EXPLAINED, Failed, Outcome
from sim.simulate.request import Work
from sim.simulate.results import Done, Explain, Results


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
        from sim.simulate.by_reference import run_reference  # takes a second to import

        results, explain = run_reference(work, cache, done)
    else:
        results, explain = run_kernel(work, cache, tell, done)
    failed = _failed(results, explain)
    missing = work.source.missing if work.engine == "auto" else ()
    return Outcome(results, failed, int(results.bad.sum()), work.params.runs, missing)


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
