"""When an ensemble has run enough: the largest Monte Carlo error of its probabilities is under a bound.

Looked at after whole blocks of runs, whatever computes them, so that where an ensemble ends depends on nothing but the
scenario, the bound and the largest number of runs allowed. What it gives is what that number of runs gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.analysis.gather import GROUP
from sim.errors import Problem
from sim.scenario.types import Design
from sim.targets.by_run import Judged
from sim.targets.chances import Tables, share_of

BLOCK = 4 * GROUP
"""Runs after which the error is looked at, and a multiple of them."""

COARSEST = 0.5


@dataclass(frozen=True)
class Precision:
    """How near probabilities were to come, and how near they did.

    Parameters
    ----------
    bound
        The largest Monte Carlo error that was asked for.
    most
        Runs that were allowed.
    error, target
        The largest error, and the target that has it; none where no target has a probability.
    """

    bound: float
    most: int
    error: float | None
    target: str | None

    @property
    def met(self) -> bool:
        """Whether the error is under the bound."""
        return self.error is None or self.error < self.bound


def precision_of(judged: Judged, tables: Tables | None, bound: float, most: int) -> Precision:
    """How near the probabilities of some runs are.

    Parameters
    ----------
    tables
        The park table of each run, shape (runs,), where they differ.

    >>> from sim.targets.by_run import CODE
    >>> codes = np.array([[CODE["met"], CODE["missed"]] * 50, [CODE["imposed"]] * 100], dtype=np.int8)
    >>> found = precision_of(Judged(("A", "B"), np.zeros(codes.shape), codes), None, 0.05, 1000)
    >>> round(found.error, 3), found.target, found.met
    (0.049, 'A', True)
    """
    met, counted = judged.met, judged.counted
    errors = {}
    for row, name in enumerate(judged.ids):
        runs = counted[row]
        error = share_of(met[row][runs], None if tables is None else tables[runs]).error
        if error is not None:
            errors[name] = error
    worst = max(errors, key=lambda name: errors[name], default=None)
    return Precision(bound, most, None if worst is None else errors[worst], worst)


def precision_problems(bound: float | None, design: Design, only: int | None = None) -> list[Problem]:
    """What is wrong with asking for a precision.

    A Latin hypercube is another one for each number of runs, so that it cannot stop early; a single run has no error.

    >>> [problem.code for problem in precision_problems(0.0, "latin-hypercube", 3)]
    ['ensemble_precision', 'ensemble_precision_design', 'ensemble_precision_only']
    """
    if bound is None:
        return []
    problems = []
    if not (np.isfinite(bound) and 0.0 < bound < COARSEST):
        problems.append(Problem(None, "ensemble_precision", {"found": f"{bound:g}", "most": f"{COARSEST:g}"}))
    if design == "latin-hypercube":
        problems.append(Problem(None, "ensemble_precision_design"))
    if only is not None:
        problems.append(Problem(None, "ensemble_precision_only"))
    return problems
