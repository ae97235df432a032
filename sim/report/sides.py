"""Ensembles side by side over the same runs: what tables, workbook and figures of a comparison are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.report.calibration import Calibration

if TYPE_CHECKING:
    from sim.targets.by_run import Judged
    from sim.targets.chances import Chance
    from sim.targets.joint import Joint
    from sim.targets.paired import Pair, Paired
    from sim.targets.rows import TargetRow
    from sim.targets.verdict import Rule

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What scenarios are called in tables that have no room for their names."""


@dataclass(frozen=True)
class Side:
    """One of the ensembles.

    Parameters
    ----------
    calibration
        What its probabilities rest on.
    rows
        Targets with the verdicts on the scenario's own values.
    judged, chances
        Over the runs that are compared, target by target as in ``rows``.
    pairs
        Against the first ensemble; empty for the first itself.
    joint, joint_pair
        How likely it is that all targets of the common group hold, and that against the first ensemble.
    given, failed
        Runs that the ensemble has, and those among the compared numbers that failed in it.
    """

    run_id: str
    scenario: str
    calibration: Calibration
    rows: Sequence[TargetRow]
    judged: Judged
    chances: Sequence[Chance]
    pairs: Sequence[Paired]
    joint: Joint
    joint_pair: Pair | None
    given: int
    failed: int


@dataclass(frozen=True)
class Sides:
    """Ensembles by the name that they are shown under; the first is what the others are compared with.

    Parameters
    ----------
    rules
        The bar of each target.
    runs
        Runs that are compared, without those that failed in one of the ensembles.
    first_run, last_run
        Numbers of the first and the last run that were looked at.
    tables
        Different park tables that these runs take; 0 where all take the bundle's own.
    """

    of: Mapping[str, Side]
    rules: Mapping[str, Rule]
    runs: int
    first_run: int
    last_run: int
    seed: int
    design: str
    tables: int

    def calibrations(self, shown: Callable[[Calibration], Sequence[str]]) -> list[str]:
        """Lines on what the probabilities rest on; by letter where that is not the same for all."""
        found = [side.calibration for side in self.of.values()]
        if len(set(found)) == 1:
            return list(shown(found[0]))
        return [f"{letter}: {line}" for letter, one in zip(LETTERS, found, strict=False) for line in shown(one)]

    @property
    def names(self) -> list[str]:
        """Names of the scenarios."""
        return list(self.of)

    @property
    def first(self) -> Side:
        """What the others are compared with."""
        return next(iter(self.of.values()))

    @property
    def shown(self) -> list[int]:
        """Places of the targets that one of the scenarios gives a value."""
        sides = list(self.of.values())
        return [place for place in range(len(self.first.rows))
                if any(side.rows[place].basis != "outside" for side in sides)]  # fmt: skip

    def bases(self, place: int) -> set[str]:
        """What a target rests on in the scenarios."""
        return {side.rows[place].basis for side in self.of.values()}
