"""Verdicts at half the step beside those at the step: which of them the error of integration decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import Problem
from sim.targets.by_run import FAILED, Judged, Years
from sim.targets.chances import Chance, likely_verdict, year_of
from sim.targets.rows import TargetRow
from sim.targets.verdict import Rule


@dataclass(frozen=True)
class Halved:
    """A target at both steps, in the runs that were repeated; what there is none of is ``None``.

    Parameters
    ----------
    runs
        Repeated runs with a verdict at both steps.
    changed
        Runs among them in which the target is met at one step alone.
    change
        Probability at half the step less that at the step, in these runs.
    likely
        The verdict that these runs speak for at half the step.
    central
        The verdict on the scenario's own values at half the step.
    likely_moved, central_moved
        Whether these two are other ones than at the step.
    marked
        Whether one of the two moved, or the probability by more than its Monte Carlo error.
    """

    id: str
    runs: int
    changed: int
    change: float | None
    likely: str | None
    central: str
    likely_moved: bool
    central_moved: bool
    marked: bool


@dataclass(frozen=True)
class HalfStep:
    """A part of an ensemble repeated at half the step.

    Parameters
    ----------
    step
        Half the step, in years.
    first, runs
        Number of the first run that was repeated (from 1), and how many were.
    broken
        Runs that fail at one of the two steps alone.
    targets
        One for each row of the ensemble; none where it could not be done.
    problem
        Why it could not be done.
    """

    step: float
    first: int
    runs: int
    broken: int = 0
    targets: tuple[Halved, ...] = ()
    problem: Problem | None = None

    @property
    def marked(self) -> tuple[str, ...]:
        """Targets whose verdict or probability hangs on the step."""
        return tuple(one.id for one in self.targets if one.marked)

    @property
    def changed(self) -> tuple[Halved, ...]:
        """Targets that are met at one step alone in some run, the most runs first."""
        found = [one for one in self.targets if one.changed]
        return tuple(sorted(found, key=lambda one: -one.changed))


@dataclass(frozen=True)
class AtStep:
    """The same runs at one of the steps.

    Parameters
    ----------
    rows
        Verdicts on the scenario's own values.
    reached
        Years of `sim.targets.by_run.years_reached`, shape (targets, runs), where they are known.
    """

    rows: Sequence[TargetRow]
    judged: Judged
    reached: Years | None


def broken_at_one(one: AtStep, other: AtStep) -> int:
    """How many runs fail at one of two steps alone."""
    failed = [(at.judged.codes == FAILED).all(axis=0) for at in (one, other)]
    return int((failed[0] != failed[1]).sum())


def halved(at: AtStep, half: AtStep, rules: Mapping[str, Rule], chances: Sequence[Chance]) -> tuple[Halved, ...]:
    """One row per target.

    Parameters
    ----------
    at, half
        The same runs at the step and at half of it.
    rules
        The bar of each target.
    chances
        Of the whole ensemble: a change of probability is held against its error.

    >>> from types import SimpleNamespace
    >>> from sim.targets.by_run import CODE
    >>> rows = [SimpleNamespace(verdict="met")]
    >>> def runs(*names):
    ...     return AtStep(rows, Judged(("T",), np.zeros((1, 4)), np.array([[CODE[n] for n in names]], np.int8)), None)
    >>> chance = Chance("T", 0.75, 0.2, 4, 0, 0.0, 0.0, 0.0)
    >>> rules = {"T": Rule("level", ">=", 1.0, None)}
    >>> found = halved(runs("met", "met", "met", "near"), runs("near", "met", "met", "near"), rules, [chance])[0]
    >>> found.runs, found.changed, found.change, found.marked
    (4, 1, -0.25, True)
    """
    return tuple(_halved(row, at, half, rules[name], chances[row]) for row, name in enumerate(at.judged.ids))


def _halved(row: int, at: AtStep, half: AtStep, rule: Rule, chance: Chance) -> Halved:
    both = at.judged.counted[row] & half.judged.counted[row]
    met = [one.judged.met[row][both] for one in (at, half)]
    runs = int(both.sum())
    change = float(met[1].sum() - met[0].sum()) / runs if runs else None
    words = [_likely(one, row, both, rule) for one in (at, half)]
    central = [one.rows[row].verdict for one in (at, half)]
    likely_moved, central_moved = words[0] != words[1], central[0] != central[1]
    beyond = change is not None and abs(change) > (chance.error or 0.0)
    return Halved(
        at.judged.ids[row], runs, int((met[0] != met[1]).sum()), change, words[1], central[1], likely_moved,
        central_moved, likely_moved or central_moved or beyond,
    )  # fmt: skip


def _likely(one: AtStep, row: int, runs: np.ndarray, rule: Rule) -> str | None:
    year = None if one.reached is None else year_of(one.reached[row][runs])[0]
    return likely_verdict(one.judged.codes[row][runs], rule, year)
