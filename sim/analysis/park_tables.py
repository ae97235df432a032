"""Park tables that an ensemble draws anew, bound once each and shared by the runs that take them.

Whatever follows from a table follows from the run's own: constants, membership, tiers, the order of the retrofit, the
rosters that targets look at. Memory grows with the number of tables, not with the number of runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.derived import derived_draws
from sim.binding import Study, rebind
from sim.bundle import BOUND, Bundle
from sim.engine.compiled_engine import CASE, Cases
from sim.engine.interface import Series
from sim.errors import InputError, Problem
from sim.reconstruct.draw import Draw, shipped_draw
from sim.reconstruct.ground import ground_of
from sim.reconstruct.redraw import Redraw, likeness
from sim.reconstruct.source import has_source, read_source
from sim.reconstruct.table import park_table
from sim.scenario.types import Scenario
from sim.targets.array import Array
from sim.targets.recorded import OwnParks

ROSTERS = ("key24", "key13", "demonstration")
"""Flags of parks that differ from table to table and that targets look at."""

NOT_DRAWN = ("in league",)
"""Constants over parks that are the same in every table."""

Numbers = npt.NDArray[np.int64]
Draws = Mapping[str, xr.DataArray]


@dataclass(frozen=True)
class Decision:
    """Whether an ensemble draws park tables anew, and what deserves a word."""

    redraw: Redraw | None
    notices: tuple[Problem, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hash of the files that tables are drawn from; "" if none are."""
        return "" if self.redraw is None else self.redraw.ground.source.fingerprint


def decide(bundle: Bundle, scenario: Scenario) -> Decision:
    """Redraw if the scenario says so; if it says nothing, where the bundle's table is its own draw.

    Raises
    ------
    InputError
        If tables are asked for that cannot be drawn, or the files that they are drawn from hold mistakes.
    """
    asked, place = scenario.uncertainty.redraw_parks, scenario.origins.get("uncertainty.redraw_parks")
    if asked is False:
        return Decision(None)
    if not has_source(bundle.path) or not bundle.parks.shipped:
        if asked:
            code = "redraw_no_source" if bundle.parks.shipped else "redraw_own_table"
            raise InputError([Problem(place, code, {"folder": str(bundle.path)})])
        return Decision(None)
    ground = ground_of(read_source(bundle.path))
    own = park_table(ground, shipped_draw(ground), bundle.columns)
    found = likeness(bundle.parks, own, ground)
    if asked and found == "other":
        raise InputError([Problem(place, "redraw_other_parks", {"file": str(bundle.parks.path)})])
    if not asked and found != "same":
        return Decision(None, (Problem(None, "redraw_edited", {"file": str(bundle.parks.path)}),))
    drawing = scenario.uncertainty
    return Decision(Redraw(ground, own, bundle.columns, drawing.seed, drawing.tables))


@dataclass(frozen=True)
class Bound:
    """A scenario bound to one table."""

    bundle: Bundle
    study: Study
    draw: Draw

    @cached_property
    def hosts(self) -> Numbers:
        """Row of the host of each park, -1 for one that has left, shape (park, year)."""
        return _rows(self.study)


class ParkTables:
    """The tables of an ensemble, each made when a run first takes it.

    Parameters
    ----------
    bundle, study
        Those of the scenario itself, with the bundle's own table.
    """

    def __init__(self, redraw: Redraw, bundle: Bundle, study: Study) -> None:
        self.redraw, self.bundle, self.study = redraw, bundle, study
        self.made: dict[int, Bound] = {}
        self.hosts = _rows(study)

    def bound(self, table: int) -> Bound:
        """One table; the same object however often it is asked for.

        Raises
        ------
        InputError
            If it cannot meet the published totals.
        """
        if table not in self.made:
            bundle = replace(self.bundle, parks=self.redraw.park_table(table))
            self.made[table] = Bound(bundle, rebind(bundle, self.study), self.redraw.draw(table))
        return self.made[table]

    def of_runs(self, first: int, count: int) -> Numbers:
        """The tables of neighbouring runs (counted from 0, and so are the tables)."""
        return self.redraw.of_runs(first, count)

    def cases(self, first: int, count: int) -> Cases:
        """What runs share with others of their table, for neighbouring runs (counted from 0)."""
        tables, of_run = np.unique(self.redraw.of_runs(first, count), return_inverse=True)
        studies = [self.bound(int(table)).study for table in tables]
        own = self.study.inputs
        constants = {
            name: _stacked([study.inputs.constants[name] for study in studies])
            for name, array in own.constants.items()
            if (dims.PARK in array.dims or name in BOUND) and name not in NOT_DRAWN
        }
        series = {
            name: Series(_stacked([study.inputs.series[name].values for study in studies]), course.between)
            for name, course in own.series.items()
            if dims.PARK in course.values.dims
        }
        return Cases(constants, series, of_run.astype(np.int64))

    def derived(self, first: int, draws: Draws, rule: str) -> dict[str, xr.DataArray]:
        """Derived constants that differ by run beyond their table; see `sim.analysis.derived`."""
        count = max(int(array.sizes[dims.RUN]) for array in draws.values()) if draws else 0
        of_run = self.redraw.of_runs(first, count)
        parks = {dims.PARK: list(self.bundle.parks.frame.index)}
        found: dict[str, npt.NDArray[np.float64]] = {}
        for table in np.unique(of_run):
            rows, bound = np.flatnonzero(of_run == table), self.bound(int(table))
            some = {name: array[rows] for name, array in draws.items()}
            for name, values in derived_draws(bound.bundle, bound.study.inputs.constants, some, rule).items():
                found.setdefault(name, np.empty((count, len(parks[dims.PARK]))))[rows] = values.to_numpy()
        return {name: xr.DataArray(values, dims=(dims.RUN, dims.PARK), coords=parks) for name, values in found.items()}

    def own_parks(self, runs: Numbers, times: Sequence[int]) -> OwnParks:
        """Rosters, levels and zones of some runs (counted from 0), for some of the kept years."""
        tables, of_run = np.unique(self._tables(runs), return_inverse=True)
        studies = [self.bound(int(table)) for table in tables]
        flags = {
            key: np.stack([one.bundle.parks.frame[key].to_numpy().astype(np.int8) for one in studies])[of_run]
            for key in ROSTERS
        }
        labels = {key: Array.of((dims.RUN, dims.PARK), values) for key, values in flags.items()}
        national = np.stack([one.study.membership.national[:, list(times)] for one in studies]).astype(np.int8)
        labels["national"] = Array.of((dims.RUN, dims.PARK, dims.TIME), national[of_run])
        hosts = np.stack([one.hosts[:, list(times)] for one in studies])
        same = bool((hosts == self.hosts[:, list(times)]).all())
        return OwnParks(labels, None if same else hosts[of_run])

    def live(self, first: int, count: int) -> npt.NDArray[np.bool_]:
        """Whether each park still belongs to a zone, for neighbouring runs (counted from 0), by year, park and run."""
        tables, of_run = np.unique(self.redraw.of_runs(first, count), return_inverse=True)
        live = np.stack([self.bound(int(table)).hosts.T >= 0 for table in tables], axis=-1)
        return np.asarray(live[..., of_run])

    def _tables(self, runs: Numbers) -> Numbers:
        first = int(runs.min())
        return self.redraw.of_runs(first, int(runs.max()) + 1 - first)[runs - first]


def _rows(study: Study) -> Numbers:
    """Row of the host of each park, shape (park, year)."""
    place = {park: row for row, park in enumerate(study.inputs.parks)} | {"": -1}  # of parks that have left
    hosts = study.membership.host
    return np.array([place[str(host)] for host in hosts.ravel()], dtype=np.int64).reshape(hosts.shape)


def _stacked(arrays: Sequence[xr.DataArray]) -> xr.DataArray:
    """Arrays of the same labels with a first axis of cases; plainly, for aligning labels takes longer than a run."""
    first = arrays[0]
    values = np.stack([array.transpose(*first.dims).to_numpy() for array in arrays])
    return xr.DataArray(values, dims=(CASE, *first.dims), coords=first.coords)
