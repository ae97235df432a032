"""How likely it is that all targets of a group hold in the same run (同时实现概率)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import Place, Problem
from sim.nearest import nearest
from sim.targets.by_run import Judged
from sim.targets.chances import Tables, share_of

USUAL = tuple(f"T{number:02d}" for number in range(1, 28))
"""The group if none is named: the main targets of the plan, of which those that the model gives count."""


@dataclass(frozen=True)
class Joint:
    """A group of targets over an ensemble; what there is none of is ``None``.

    Parameters
    ----------
    named
        Targets of the group.
    counted
        Those among them that have a verdict of their own; the others decide nothing.
    probability
        Share of the judged runs in which all of them hold, each in its year.
    error
        Standard error of the probability, as that of a single target.
    judged
        Runs in which each of them has a verdict.
    """

    named: tuple[str, ...]
    counted: tuple[str, ...]
    probability: float | None
    error: float | None
    judged: int

    @property
    def size(self) -> int:
        """How many targets count."""
        return len(self.counted)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Targets of the group that don't count."""
        return tuple(name for name in self.named if name not in self.counted)


def joint(judged: Judged, named: Sequence[str], bases: Collection[str], tables: Tables | None = None) -> Joint:
    """The probability that all targets of a group hold.

    Parameters
    ----------
    named
        The group; those that the model alone gives (``bases``) and that have a verdict in some run count.
    bases
        Targets that may count, by their basis.
    tables
        The park table of each run, shape (runs,), where they differ.

    >>> from sim.targets.by_run import CODE
    >>> codes = np.array([[CODE["met"], CODE["met"]], [CODE["missed"], CODE["met"]]], dtype=np.int8)
    >>> found = joint(Judged(("A", "B"), np.zeros((2, 2)), codes), ["A", "B", "C"], {"A", "B"})
    >>> found.probability, found.size, found.left_out
    (0.5, 2, ('C',))
    """
    with_verdict = np.asarray(judged.counted.any(axis=1))
    rows = [row for row, name in enumerate(judged.ids) if name in named and name in bases and with_verdict[row]]
    counted = tuple(judged.ids[row] for row in rows)
    if not rows:
        return Joint(tuple(named), (), None, None, 0)
    runs = np.asarray(judged.counted[rows].all(axis=0))
    share = share_of(np.asarray(judged.met[rows].all(axis=0))[runs], None if tables is None else tables[runs])
    return Joint(tuple(named), counted, share.share, share.error, share.number)


def group_of(named: Sequence[str] | None, bases: Mapping[str, str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """A group of targets, and which of them may count.

    What is set by the scenario or not modelled never counts; what is extrapolated only where it was named.

    Parameters
    ----------
    named
        What was asked for; ``None``: `USUAL`.
    bases
        The basis of each target in the scenario.

    >>> group_of(None, {"T01": "model", "T02": "extrapolated", "T99": "model"})
    (('T01', 'T02'), frozenset({'T01'}))
    """
    allowed = ("model",) if named is None else ("model", "extrapolated")
    group = tuple(dict.fromkeys(name for name in (USUAL if named is None else named) if name in bases))
    return group, frozenset(name for name in group if bases[name] in allowed)


def unknown_targets(named: Iterable[str], known: Collection[str], place: Place | None = None) -> list[Problem]:
    """A problem for each name that is no target.

    >>> [(p.code, p.suggestion) for p in unknown_targets(["T01", "T1"], ["T01"])]
    [('joint_unknown', 'T01')]
    """
    wrong = [name for name in dict.fromkeys(named) if name not in known]
    return [Problem(place, "joint_unknown", {"name": name}, nearest(name, known)) for name in wrong]
