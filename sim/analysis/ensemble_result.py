"""What an ensemble gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim.analysis.draws import DrawPlan
from sim.analysis.park_tables import ParkTables
from sim.analysis.precision import Precision
from sim.errors import Problem
from sim.study import Prepared
from sim.targets.by_run import FAILED, Judged, Years
from sim.targets.chances import Chance
from sim.targets.halved import HalfStep
from sim.targets.joint import Joint
from sim.targets.park_bars import ParkChances
from sim.targets.rows import TargetRow


@dataclass(frozen=True)
class Failed:
    """A run that broke.

    Parameters
    ----------
    run
        Its number, counted from 1.
    problem
        Variable, element and time of the first bad number.
    """

    run: int
    problem: Problem


@dataclass(frozen=True)
class EnsembleResult:
    """What an ensemble gave.

    Parameters
    ----------
    rows
        Verdicts on the scenario's own values, which is no run of the design.
    first
        Number of the first run, counted from 1.
    judged
        Values and verdicts by target and run; -1 as verdict and NaN as value where a run failed.
    chances
        One for each row.
    parks
        How likely each park passes the bars of a single park.
    bands
        See `sim.analysis.bands`.
    joint
        How likely it is that all targets of a group hold.
    failures
        The first few that failed.
    kernel
        Lanes, method and work of the kernel.
    precision
        How near probabilities came, where that was asked for.
    tables
        Park tables that were drawn anew, ``None`` if all runs took the bundle's own.
    reached
        Year in which a target is reached (see `sim.targets.by_run.years_reached`) for the first runs, shape (targets,
        some of the runs); ``None`` where it is known for none.
    half_step
        How the first runs come out at half the step, where that was looked at.
    """

    prepared: Prepared
    plan: DrawPlan
    rows: tuple[TargetRow, ...]
    first: int
    judged: Judged
    chances: tuple[Chance, ...]
    joint: Joint
    parks: ParkChances
    bands: xr.Dataset
    failures: tuple[Failed, ...]
    kernel: Mapping[str, object]
    tables: ParkTables | None = None
    precision: Precision | None = None
    reached: Years | None = None
    half_step: HalfStep | None = None

    @property
    def runs(self) -> int:
        """Runs that were computed."""
        return int(self.judged.codes.shape[1])

    @property
    def failed(self) -> npt.NDArray[np.bool_]:
        """By run whether it failed, shape (runs,)."""
        return np.asarray((self.judged.codes == FAILED).all(axis=0))
