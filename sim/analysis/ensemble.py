"""The road of an ensemble: a prepared scenario → draws → blocks of runs → shards → what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import xarray as xr

from sim import dims
from sim.analysis.bands import BESIDES, Live, Totals
from sim.analysis.derived import derived_draws
from sim.analysis.draws import DrawPlan, plan_draws
from sim.analysis.ensemble_result import EnsembleResult, Failed
from sim.analysis.gather import GROUP, Gatherer, Group, Panel
from sim.analysis.park_tables import ParkTables, decide
from sim.analysis.precision import BLOCK, Precision, precision_of, precision_problems
from sim.analysis.shard import SHARD, YEAR_RUNS, Shard, Span, Supply, Through, Tick, joined, marks, spans, together
from sim.analysis.sums import Sums
from sim.engine.compiled_engine import CompiledEngine, Ensemble
from sim.errors import EngineError, InputError, Problem
from sim.outputs_spec import Output
from sim.provenance import provenance
from sim.results import build
from sim.scenario.check import MOST_TABLES
from sim.study import Prepared, judge
from sim.targets.by_run import FAILED, NO_VERDICT, ByRun, Judged, Setting, needed_outputs, years_needed
from sim.targets.chances import Tables, chances
from sim.targets.joint import Joint, group_of, joint, unknown_targets
from sim.targets.park_bars import NEEDED, Bar, ParkCounts, known_bars, park_chances, passed
from sim.targets.recorded import recorded
from sim.targets.target import Target

MOST_RUNS = 1_000_000
Tell = Callable[[int, int], None]
"""Told how many runs are done, and of how many."""


def resized(
    prepared: Prepared,
    runs: int | None = None,
    seed: int | None = None,
    tables: int | None = None,
    group: Sequence[str] | None = None,
    precision: float | None = None,
    only: int | None = None,
) -> Prepared:
    """The scenario with other runs, seed, park tables or group of targets to hold together; its id tells it.

    Whether park tables are drawn anew is decided here, and told among the warnings if it deserves a word. What
    `run_ensemble` will be asked for (``precision``, ``only``) is looked at here too, so that all mistakes come at once.

    Raises
    ------
    InputError
        ``ensemble_runs`` if there are too few runs or too many, ``ensemble_seed`` for a negative seed,
        ``ensemble_reported_base`` for a scenario that reports the revised base, ``ensemble_tables`` for a number of
        tables that cannot be, ``joint_unknown`` for a target that there is not; and what
        `sim.analysis.precision.precision_problems` and `sim.analysis.park_tables.decide` tell.
    """
    usual = prepared.scenario.uncertainty
    asked = replace(
        usual, runs=usual.runs if runs is None else runs, seed=usual.seed if seed is None else seed,
        tables=usual.tables if tables is None else tables,
        joint=usual.joint if group is None else tuple(dict.fromkeys(group)),
    )  # fmt: skip
    problems = [*_other_base(prepared), *unknown_targets(group or (), [target.id for target in prepared.targets])]
    problems += precision_problems(precision, asked.design, only)
    if not 1 <= asked.tables <= MOST_TABLES:
        problems.append(Problem(None, "ensemble_tables", {"found": asked.tables, "most": MOST_TABLES}))
    if not 1 <= asked.runs <= MOST_RUNS:
        problems.append(Problem(None, "ensemble_runs", {"found": asked.runs, "most": MOST_RUNS}))
    if not 0 <= asked.seed < 2**63:
        problems.append(Problem(None, "ensemble_seed", {"found": asked.seed}))
    if problems:
        raise InputError(problems)
    decision = decide(prepared.bundle, replace(prepared.scenario, uncertainty=asked))
    if decision.redraw is not None:
        asked = replace(asked, redraw_parks=True)
    warnings = (*prepared.scenario.warnings, *decision.notices)
    scenario = replace(prepared.scenario, uncertainty=asked, warnings=warnings)
    told = provenance(prepared.bundle, scenario, prepared.chosen.engine, decision.fingerprint)
    return replace(prepared, scenario=scenario, provenance=MappingProxyType(told))


def _other_base(prepared: Prepared) -> list[Problem]:
    """Chances are counted on the published base: a scenario that reports another one must not get them silently."""
    if prepared.scenario.reported_base == "published":
        return []
    return [Problem(prepared.scenario.origins.get("reported_base"), "ensemble_reported_base")]


def run_ensemble(
    prepared: Prepared,
    threads: int | None = None,
    only: int | None = None,
    tell: Tell | None = None,
    precision: float | None = None,
    through: Through | None = None,
    size: int = SHARD,
) -> EnsembleResult:
    """Run a scenario many times with drawn parameters and park tables and judge every target in every run.

    Parameters
    ----------
    prepared
        Its ``uncertainty`` says how many runs, which seed and which design, and whether park tables are drawn anew.
    threads
        All cores if not given; the numbers don't depend on it.
    only
        Number of a single run of the design (from 1): the same bits as in the whole ensemble.
    precision
        Stop as soon as the largest Monte Carlo error of a probability is below it; the result is that of an ensemble
        of as many runs.
    through
        What shards pass through or come from instead: a store (`sim.analysis.store`), a cluster
        (`sim.analysis.cluster`). The numbers don't depend on it.
    size
        Runs of a shard; a power of two, at most `sim.analysis.shard.SHARD`. The numbers don't depend on it.

    Raises
    ------
    InputError
        If the kernel doesn't cover the model, the scenario reports the revised base, nothing varies, there is no
        such run, or the precision makes no sense.
    EngineError
        If the scenario's own run fails, or all runs do.
    """
    unfit = [*_other_base(prepared), *precision_problems(precision, prepared.scenario.uncertainty.design, only)]
    if unfit:
        raise InputError(unfit)
    runs = prepared.scenario.uncertainty.runs
    if only is not None and not 1 <= only <= runs:
        raise InputError([Problem(None, "ensemble_no_run", {"run": only, "runs": runs})])
    road = road_of(prepared, threads)
    first, count = (0, runs) if only is None else (only - 1, 1)
    return road.result(first, count, tell, precision, None if through is None else through(road.shards), size)


def road_of(prepared: Prepared, threads: int | None = None) -> Road:
    """The road of a scenario's ensemble; errors as of `run_ensemble`."""
    engine = prepared.chosen.engine
    if not isinstance(engine, CompiledEngine):
        raise InputError([Problem(None, "ensemble_engine", {"engine": engine.name})])
    plan = plan_draws(prepared.bundle, prepared.scenario, prepared.scenario.uncertainty.runs)
    redraw = decide(prepared.bundle, prepared.scenario).redraw
    if not plan.drawn and redraw is None:
        raise InputError([Problem(None, "ensemble_nothing_varies")])
    tables = None if redraw is None else ParkTables(redraw, prepared.bundle, prepared.study)
    return Road(prepared, engine, plan, threads, tables)


class Road:
    """One ensemble on its way.

    Parameters
    ----------
    prepared, plan
        The scenario, and what of it is drawn.
    engine, threads
        What computes its runs.
    tables
        Park tables that runs take, if not the bundle's own.

    Raises
    ------
    EngineError
        If the scenario's own run, which comes first, fails.
    """

    def __init__(
        self,
        prepared: Prepared,
        engine: CompiledEngine,
        plan: DrawPlan,
        threads: int | None,
        tables: ParkTables | None = None,
    ) -> None:
        self.prepared, self.engine, self.plan, self.threads, self.tables = prepared, engine, plan, threads, tables
        self.text, self.method = prepared.bundle.bound_text(), prepared.scenario.clock.method
        self.ids = tuple(target.id for target in prepared.targets)
        central = self._central()
        self.rows, _ = judge(prepared, central)
        names = needed_outputs(prepared.targets, prepared.bundle.outputs)
        outputs = prepared.bundle.outputs
        self.specs: list[Output] = [outputs[name] for name in outputs if name in {*names, *BESIDES}]
        record = recorded(central)
        self.totals = Totals(self.specs, record)
        axes = {spec.name: (dims.TIME, *spec.dims, dims.RUN) for spec in self.specs}
        own = {name: central[name].transpose(*order).to_numpy() for name, order in axes.items()}
        self.central = self.totals.of(own, axes)[:, 0]
        self.panels = tuple(self._panels(central))
        self.yearly = self._all_years(central)
        bars = known_bars({spec.name: spec for spec in self.specs})
        self.bars = self._bars(central, bars)
        self.park_counts = ParkCounts(bars, len(prepared.bundle.parks.frame))
        self.kernel: Mapping[str, object] = {}

    def _panels(self, central: xr.Dataset) -> Iterator[tuple[ByRun, Panel]]:
        """Targets that look at the same years, with what they need: later years tell only late from missed."""
        years = recorded(central).years.tolist()
        groups: dict[tuple[int, ...], list[Target]] = {}
        for target in self.prepared.targets:
            groups.setdefault(years_needed(target, years), []).append(target)
        for needed, targets in groups.items():
            yield self._panel(central, targets, [years.index(year) for year in needed])

    def _panel(self, central: xr.Dataset, targets: Sequence[Target], times: Sequence[int]) -> tuple[ByRun, Panel]:
        """Some targets in some years, with the outputs that they need."""
        own = not self.prepared.bundle.parks.shipped
        setting = Setting(recorded(central.isel({dims.TIME: list(times)})), self._levers(), own)
        outputs = self.prepared.bundle.outputs
        specs = tuple(outputs[name] for name in needed_outputs(targets, outputs))
        return ByRun(targets, setting), Panel(specs, tuple(times))

    def _all_years(self, central: xr.Dataset) -> tuple[ByRun, Panel]:
        """Targets with a verdict of their own in all years."""
        bases = {row.id: row.basis for row in self.rows}
        targets = [one for one in self.prepared.targets if bases[one.id] not in ("outside", "imposed")]
        return self._panel(central, targets, range(len(recorded(central).years)))

    def _bars(self, central: xr.Dataset, bars: Sequence[Bar]) -> tuple[ByRun, Panel]:
        """What the bars of single parks look at, in the target year."""
        by, panel = self._panel(central, (), [recorded(central).years.tolist().index(dims.TARGET_YEAR)])
        wanted = {*BESIDES, *(NEEDED[bar] for bar in bars)}  # totals are taken of what some panel copies
        return by, replace(panel, specs=tuple(spec for spec in self.specs if spec.name in wanted))

    def _central(self) -> xr.Dataset:
        """The scenario's own values, run once: what `sim run` gives."""
        prepared = self.prepared
        variables = sorted({spec.variable for spec in prepared.bundle.outputs.values()})
        arrays = self.engine.simulate(self.text, prepared.study.inputs, variables)
        return build(prepared.bundle, prepared.study, arrays, prepared.provenance)

    def _levers(self) -> dict[str, object]:
        values = self.prepared.study.levers_in(dims.TARGET_YEAR)
        return {key: value for key, value in values.items() if key in self.prepared.scenario.policies}

    def result(
        self,
        first: int,
        count: int,
        tell: Tell | None = None,
        precision: float | None = None,
        supply: Supply | None = None,
        size: int = SHARD,
    ) -> EnsembleResult:
        """What neighbouring runs of the design (counted from 0) add up to, fewer where ``precision`` is reached.

        Parameters
        ----------
        supply
            Gives the shards, in their order; computed here if not given.

        Raises
        ------
        EngineError
            If all of them fail.
        """
        if supply is not None:
            self.ensemble(first, 1)  # the kernel is built once, before any process that gives shards wants it
        sums = Sums(self.ids, count, self.totals.stream, self.park_counts, self._tables_of)
        near, done = None, 0

        def tick(runs: int) -> None:
            nonlocal done
            done += runs
            if tell:
                tell(done, count)

        with closing((supply or self.shards)(spans(first, count, size), tick)) as shards:  # type: ignore[type-var]
            for shard in shards:
                sums.add(shard)
                if precision is not None and (sums.done % BLOCK == 0 or sums.done == count):
                    near = precision_of(sums.judged, self._tables_of(first, sums.done), precision, count)
                    if near.met:
                        break
        if sums.done < count:
            self._shorten(sums.done)
        whole = sums.judged
        failures = tuple(self._named(run) for run in sums.broken)
        if sums.done and (whole.codes == FAILED).all() and failures:
            raise EngineError(failure.problem for failure in failures)
        return self._told(first, whole, sums, failures, near)

    def _told(
        self, first: int, whole: Judged, sums: Sums, failures: tuple[Failed, ...], near: Precision | None
    ) -> EnsembleResult:
        rules = {target.id: target.main.rule for target in self.prepared.targets}
        of_run = self._tables_of(first, sums.done)
        return EnsembleResult(
            self.prepared, self.plan, self.rows, first + 1, whole, chances(whole, rules, of_run, sums.reached),
            self._joint(whole, of_run), park_chances(self.park_counts, dims.TARGET_YEAR),
            self.totals.dataset(self.central), failures, self.kernel, self.tables, near,
            sums.reached,
        )  # fmt: skip

    def _shorten(self, runs: int) -> None:
        """Make the ensemble one of fewer runs, as if no more had been asked for."""
        self.prepared = resized(self.prepared, runs)
        self.plan = plan_draws(self.prepared.bundle, self.prepared.scenario, runs)
        self.rows = tuple(replace(row, run_id=self.prepared.run_id) for row in self.rows)

    def _tables_of(self, first: int, count: int) -> Tables | None:
        return None if self.tables is None else self.tables.of_runs(first, count)

    def _joint(self, judged: Judged, of_run: Tables | None) -> Joint:
        group, may = group_of(self.prepared.scenario.uncertainty.joint, {row.id: row.basis for row in self.rows})
        return joint(judged, group, may, of_run)

    def shards(self, wanted: Sequence[Span], tick: Tick) -> Iterator[Shard]:
        """Shards computed here, in the order in which they are asked for; spans must not cross a shard's bounds."""
        for some in together(wanted):
            at = start = some[0].first
            ensemble = self.ensemble(start, some[-1].end - start)
            panels = [panel for _, panel in self._looked_at(start)]
            gatherer, parts, left = Gatherer(ensemble, panels, self.totals, self._live(start)), list[Shard](), some
            with closing(ensemble.blocks()) as blocks:  # type: ignore[type-var]
                for group in gatherer.groups(blocks):
                    parts.append(self._group(group, at, start))
                    at += group.runs
                    tick(group.runs)
                    if at == left[0].end:
                        yield joined(parts)
                        parts, left = [], left[1:]

    def _live(self, start: int) -> Callable[[int, int], Live] | None:
        """The parks that count in runs from ``start`` on, where zones leave: which do follows from the run's table."""
        tables = self.tables
        if tables is None or self.totals.live is None:
            return None
        return lambda first, count: tables.live(start + first, count)

    def ensemble(self, start: int, count: int) -> Ensemble:
        """Neighbouring runs of the design (counted from 0), ready to be computed."""
        study, drawn = self.prepared.study, self.plan.numbers(start, count)
        draws = drawn.constants
        rule = str(study.levers["circular_retrofit.select"][self.prepared.scenario.clock.start])
        cases = None
        if self.tables is None:
            draws |= derived_draws(self.prepared.bundle, study.inputs.constants, draws, rule)
        else:
            cases = self.tables.cases(start, count)
            draws |= self.tables.derived(start, draws, rule)
        variables = sorted({spec.variable for spec in self.specs})
        ensemble = self.engine.ensemble(self.text, study.inputs, draws, variables, self.threads, cases, drawn.series)
        plan = ensemble.kernel.plan
        self.kernel = {"lanes": plan.lanes, "method": plan.method, "elements_per_step": plan.work}
        return ensemble

    def _looked_at(self, start: int) -> tuple[tuple[ByRun, Panel], ...]:
        """What is copied in a shard: for the targets, for single parks and, in the first one, for all years."""
        return (*self.panels, self.bars, *([self.yearly] if start < YEAR_RUNS else []))

    def _group(self, group: Group, at: int, start: int) -> Shard:
        runs, failed = group.runs, group.failed
        numbers = at + np.minimum(np.arange(GROUP), runs - 1)  # the last run fills the group up
        targets = len(self.ids)
        values, codes = np.empty((targets, runs)), np.empty((targets, runs), dtype=np.int8)
        reached = np.full((targets, runs if start < YEAR_RUNS else 0), NO_VERDICT, dtype=np.int16)
        with np.errstate(all="ignore"):  # runs that failed are among them
            for (by, panel), outputs in zip(self._looked_at(start), group.outputs, strict=True):
                own = None if self.tables is None else self.tables.own_parks(numbers, panel.times)
                rows = [self.ids.index(name) for name in by.ids]
                if by is self.bars[0]:
                    held, asked = passed(by.record(outputs, GROUP, own), self.park_counts.bars)
                elif by is self.yearly[0]:
                    reached[rows] = by.reached(outputs, GROUP, own)[:, :runs]
                    reached[:, failed] = NO_VERDICT
                else:
                    part = by.judge(outputs, GROUP, own)
                    values[rows], codes[rows] = part.values[:, :runs], part.codes[:, :runs]
        values[:, failed], codes[:, failed] = np.nan, FAILED
        parks = marks(held[:, :runs], asked[:, :runs], failed)
        return Shard(Span(at, runs), values, codes, reached, group.totals, failed, parks)

    def _named(self, run: int) -> Failed:
        """Where a run (counted from 0) broke: it is run once more by the slow twin."""
        recorded_names = {spec.variable: xr.DataArray(np.zeros(0)) for spec in self.specs}
        inputs = self.ensemble(run, 1).inputs.run(0)
        problems = self.engine.failure(self.text, inputs, recorded_names, self.method).problems
        return Failed(run + 1, problems[0] if problems else Problem(None, "ensemble_run_failed", {"run": run + 1}))
