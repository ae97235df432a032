"""What decides a target: Morris over everything that is drawn, then Sobol or delta over the few that matter.

Parameters, deviations of drivers, delays and delivered shares of policies move over their own ranges, as in an
ensemble: one number between 0 and 1 for each, shared by the elements of a parameter. What a table of draws holds moves
over its own draws. All of them move independently of each other, for the indices rest on that: correlations of groups
and of a table of draws don't enter. The park table is the bundle's own in all runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim.analysis import indices
from sim.analysis.draws import Drawn, DrawPlan, Points, plan_draws
from sim.analysis.ensemble import MOST_RUNS, Road, Tell
from sim.analysis.indices import Array, Indices
from sim.engine.compiled_engine import CompiledEngine
from sim.errors import InputError, Problem
from sim.nearest import nearest
from sim.provenance import provenance
from sim.report.decided import RESULTS, Decided, Factor, Method, Number, Result, Screened, Share
from sim.report.heading import Heading
from sim.study import Prepared
from sim.targets.by_run import FAILED
from sim.targets.rows import TargetRow

METHODS: tuple[Method, ...] = ("morris", "sobol", "delta")
USUAL: dict[Method, int] = {"morris": 32, "sobol": 512, "delta": 2048}
"""Points of a design: trajectories of Morris, points of Sobol (two runs more than parameters each), runs of delta."""

FEWEST = 8
TRAJECTORIES = 16
"""Of the screening."""

KEEP, MOST_KEPT = 12, 40
LOW, HIGH = 0.05, 0.95
"""Places on a parameter's range whose values the tornado shows."""


@dataclass(frozen=True)
class Asked:
    """What is asked for; ``None``: the usual."""

    target: str
    method: Method | None = None
    points: int | None = None
    seed: int | None = None
    keep: int = KEEP


@dataclass(frozen=True)
class Cube(DrawPlan):
    """A design given row by row.

    Parameters
    ----------
    rows
        Numbers between 0 and 1, a column for each of ``drawn``; NaN: the scenario's own number.
    """

    rows: Array

    def values(self, first: int, count: int) -> dict[str, xr.DataArray]:
        """Values for neighbouring rows (counted from 0)."""
        some = self.rows[first : first + count]
        return {one.name: self._value(one, some[:, one.column]) for one in self.drawn}

    def _value(self, one: Drawn, quantiles: Array) -> xr.DataArray:
        inside = np.where(np.isnan(quantiles), 0.5, quantiles)
        told = self.posterior is not None and one.name in self.posterior.values
        found = one.labelled(self.posterior.at(one.name, inside)) if told and self.posterior else one.at(inside)
        own = np.isnan(quantiles).reshape(-1, *[1] * len(one.dims))
        return found.copy(data=np.where(own, one.central, found.to_numpy()))


def asked_of(prepared: Prepared, asked: Asked) -> Prepared:
    """The scenario with the seed and the bundle's own park table; its id tells the difference.

    Raises
    ------
    InputError
        With everything in ``asked`` that cannot be, with what the scenario does not allow, and if SALib is missing.
    """
    problems = _problems(prepared, asked)
    if problems:
        raise InputError(problems)
    usual = prepared.scenario.uncertainty
    drawing = replace(usual, seed=usual.seed if asked.seed is None else asked.seed, redraw_parks=False)
    scenario = replace(prepared.scenario, uncertainty=drawing)
    told = provenance(prepared.bundle, scenario, prepared.chosen.engine)
    return replace(prepared, scenario=scenario, provenance=MappingProxyType(told))


def _problems(prepared: Prepared, asked: Asked) -> list[Problem]:
    problems = []
    known = [target.id for target in prepared.targets]
    if asked.target not in known:
        problems.append(Problem(None, "unknown_target", {"target": asked.target}, nearest(asked.target, known)))
    if asked.points is not None and not FEWEST <= asked.points <= MOST_RUNS // 10:
        values = {"found": asked.points, "least": FEWEST, "most": MOST_RUNS // 10}
        problems.append(Problem(None, "sensitivity_points", values))
    if asked.seed is not None and not 0 <= asked.seed < 2**63:
        problems.append(Problem(None, "ensemble_seed", {"found": asked.seed}))
    if not 1 <= asked.keep <= MOST_KEPT:
        problems.append(Problem(None, "sensitivity_keep", {"found": asked.keep, "most": MOST_KEPT}))
    if prepared.scenario.reported_base != "published":
        problems.append(Problem(prepared.scenario.origins.get("reported_base"), "ensemble_reported_base"))
    if not isinstance(prepared.chosen.engine, CompiledEngine):
        problems.append(Problem(None, "ensemble_engine", {"engine": prepared.chosen.engine.name}))
    if find_spec("SALib") is None:
        problems.append(Problem(None, "sensitivity_no_salib"))
    return problems


def decide(prepared: Prepared, asked: Asked, threads: int | None = None, tell: Tell | None = None) -> Decided:
    """Screen, run, and say what decides the target.

    Parameters
    ----------
    prepared
        From :func:`asked_of`.
    tell
        Told how many runs of the screening, and then of the design, are done.

    Raises
    ------
    InputError
        If no parameter has a range, the target is not the model's to decide, or too many runs break.
    EngineError
        If the scenario's own run fails, or all runs do.
    """
    return _Study(prepared, asked, threads, tell).decided()


@dataclass(frozen=True)
class _Ran:
    """Results by row of a design: the target's value, and 1 where it is met; NaN where there is none."""

    value: Array
    met: Array
    failed: int
    row: TargetRow

    def of(self, result: Result) -> Array:
        return self.value if result == "value" else self.met

    def part(self, rows: slice) -> _Ran:
        return replace(self, value=self.value[rows], met=self.met[rows])


class _Study:
    """One analysis on its way."""

    def __init__(self, prepared: Prepared, asked: Asked, threads: int | None, tell: Tell | None) -> None:
        self.prepared, self.asked, self.threads, self.tell = prepared, asked, threads, tell
        self.seed = prepared.scenario.uncertainty.seed
        self.plan = plan_draws(prepared.bundle, prepared.scenario, 1)
        if not self.plan.drawn:
            raise InputError([Problem(None, "ensemble_nothing_varies")])
        target = next(one for one in prepared.targets if one.id == asked.target)
        self.place = prepared.targets.index(target)
        self.method: Method = asked.method or ("delta" if target.main.rule.form == "count" else "sobol")
        self.points = asked.points or USUAL[self.method]
        self.runs = self.failed = 0

    def decided(self) -> Decided:
        drawn, screened = self.plan.drawn, None
        if self.method != "morris" and len(drawn) > self.asked.keep:
            drawn, screened = self._screen()
        rows = self._rows(len(drawn))
        ran = self._run(drawn, np.vstack([rows, _swings(len(drawn))]))
        design, swings = ran.part(slice(len(rows))), ran.value[len(rows) :].reshape(-1, 2)
        found = {result: self._indices(rows, design.of(result)) for result in RESULTS}
        factors = [self._factor(one, place, swings[place], found) for place, one in enumerate(drawn)]
        by = found["value"] or found["met"]
        order = range(len(drawn)) if by is None else by.order.tolist()
        known, history = self.prepared.scenario, self.prepared.bundle.history
        met = design.met[np.isfinite(design.met)]
        return Decided(
            ran.row, Heading(known.name_zh, known.name, self.prepared.run_id, history=history), self.method,
            tuple(factors[place] for place in order), self.points,
            {result: one.used for result, one in found.items() if one is not None}, self.runs, self.failed, self.seed,
            len(self.plan.drawn), None if self.method == "morris" or not met.size else float(met.mean()),
            {result: one.floor for result, one in found.items() if one is not None}, screened,
        )  # fmt: skip

    def _screen(self) -> tuple[tuple[Drawn, ...], Screened]:
        """The parameters with the largest mean effect on the value or on whether the target is met."""
        everything = self.plan.drawn
        rows = indices.morris_rows(len(everything), TRAJECTORIES, self.seed)
        ran = self._run(everything, rows)
        weight = np.zeros(len(everything))
        for result in RESULTS:
            values = ran.of(result)
            if not indices.constant(values):
                effect = self._checked(indices.morris(rows, values, self.seed)).main.values
                weight = np.maximum(weight, effect / (effect.max() or 1.0))
        kept = sorted(np.argsort(-weight, kind="stable")[: self.asked.keep].tolist())
        left = tuple(one.name for place, one in enumerate(everything) if place not in kept)
        return tuple(everything[place] for place in kept), Screened(TRAJECTORIES, len(rows), len(everything), left)

    def _rows(self, inputs: int) -> Array:
        if self.method == "morris":
            return indices.morris_rows(inputs, self.points, self.seed)
        if self.method == "sobol":
            return indices.sobol_rows(Points("sobol", 2 * inputs, self.seed, self.points).quantiles(0, self.points))
        return Points("sobol", inputs, self.seed, self.points).quantiles(0, self.points)

    def _indices(self, rows: Array, values: Array) -> Indices | None:
        if indices.constant(values):
            return None
        if self.method == "morris":
            return self._checked(indices.morris(rows, values, self.seed))
        if self.method == "sobol":
            return self._checked(indices.sobol(values, rows.shape[1], self.seed))
        return self._checked(indices.delta(rows, values, self.seed))

    def _checked(self, found: Indices) -> Indices:
        if found.used < FEWEST // 2:
            raise InputError([Problem(None, "sensitivity_broken", {"used": found.used, "target": self.asked.target})])
        return found

    def _run(self, drawn: Sequence[Drawn], rows: Array) -> _Ran:
        engine = self.prepared.chosen.engine
        assert isinstance(engine, CompiledEngine)  # asked_of has seen to it
        everything = tuple(replace(one, column=column) for column, one in enumerate(self.plan.drawn))
        names = [one.name for one in everything]
        wide = np.full((len(rows), len(names)), np.nan)  # all of them each time: one kernel for both designs
        wide[:, [names.index(one.name) for one in drawn]] = rows
        points = Points("random", len(names), self.seed, len(rows))
        plan = self.plan
        cube = Cube(points, everything, plan.held, wide, courses=plan.courses, posterior=plan.posterior)
        road = Road(self.prepared, engine, cube, self.threads)
        row = road.rows[self.place]
        if row.basis in ("outside", "imposed"):
            raise InputError([Problem(None, f"sensitivity_{row.basis}", {"target": row.id})])
        judged = road.result(0, len(rows), self.tell).judged
        values = np.where(np.isfinite(judged.values[self.place]), judged.values[self.place], np.nan)
        met = np.where(np.isfinite(values), judged.met[self.place].astype(float), np.nan)
        failed = int((judged.codes == FAILED).all(axis=0).sum())
        self.runs, self.failed = self.runs + len(rows), self.failed + failed
        return _Ran(values, met, failed, row)

    def _factor(
        self, one: Drawn, place: int, swing: npt.NDArray[np.float64], found: dict[Result, Indices | None]
    ) -> Factor:
        value, met = (_share(found[result], place) for result in RESULTS)
        return Factor(one.name, one.meaning_zh, float(swing[0]), float(swing[1]), value, met, one.meaning_en)


def _swings(inputs: int) -> Array:
    """Each parameter alone at both ends, the others at their own numbers."""
    rows = np.full((2 * inputs, inputs), np.nan)
    for column in range(inputs):
        rows[2 * column : 2 * column + 2, column] = LOW, HIGH
    return rows


def _share(found: Indices | None, place: int) -> Share | None:
    if found is None:
        return None
    main = Number(*(float(one[place]) for one in (found.main.values, found.main.errors, found.half)))
    if found.beside is None:
        return Share(main, None)
    return Share(main, Number(float(found.beside.values[place]), float(found.beside.errors[place])))
