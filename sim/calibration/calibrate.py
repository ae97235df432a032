"""The road of a calibration: prior of a scenario → runs of the first year → figures known by then → posterior."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.calibrated import draws_file
from sim.analysis.draws import DrawPlan, dimensions, plan_draws
from sim.binding import bind
from sim.bundle import Bundle
from sim.calibration import weights as importance
from sim.calibration.bench import Bench, Watched, at_quantiles, compared, variables_of
from sim.calibration.chain import Chain, taken, to_quantiles, walk
from sim.calibration.posterior import columns_of
from sim.calibration.read import Knowledge, read_calibration
from sim.calibration.screen import FELT, PLACES, effects
from sim.calibration.spec import FILE
from sim.confidence.history import in_form
from sim.confidence.read import read_confidence
from sim.engine.compiled_engine import CompiledEngine
from sim.errors import InputError, Place, Problem
from sim.provenance import provenance
from sim.report.fits import Belief, Felt, Fit, Marginal
from sim.scenario.types import Scenario, Setting
from sim.study import Prepared

Array = npt.NDArray[np.float64]
Method = Literal["weights", "mcmc"]
METHODS: tuple[Method, ...] = ("weights", "mcmc")

USUAL: dict[Method, int] = {"weights": 16384, "mcmc": 49152}
"""Runs of the model."""

FEWEST, MOST = 256, 1_000_000
ROWS = 2048
"""Draws of ``posterior.csv``."""

AT_ONCE = 1024
"""Runs between two words of progress."""

SHARES = (0.05, 0.5, 0.95)

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """What is asked for; ``None``: the usual. ``rows``: draws of ``posterior.csv``."""

    method: Method = "weights"
    runs: int | None = None
    seed: int | None = None
    rows: int = ROWS

    @property
    def size(self) -> int:
        """Runs of the model."""
        return USUAL[self.method] if self.runs is None else self.runs


@dataclass(frozen=True)
class Calibrated:
    """What a calibration found.

    Parameters
    ----------
    plan
        What is drawn of the parameters.
    apart
        What an ensemble of the scenario draws besides, and no figure can say anything of: drivers and policies.
    asked
        Runs that were asked for.
    runs, failed
        Of the model, without those of the screening, and those of them that broke.
    felt
        What figures feel, the strongest first; ``left`` is the effect of the strongest of the others.
    fits, marginals
        By figure; by number that was drawn, in the order of ``posterior.csv``.
    draws
        Equally likely draws, dims ``run`` and those of each.
    distinct
        How many of them differ.
    effective
        Effective sample size: of the weights, or of the chain.
    bits
        What was learnt, in bits; ``None`` for a chain, which doesn't tell.
    chain
        ``None`` for weights.
    """

    prepared: Prepared
    knowledge: Knowledge
    plan: DrawPlan
    apart: tuple[str, ...]
    method: Method
    asked: int
    runs: int
    failed: int
    felt: tuple[Felt, ...]
    left: float
    fits: tuple[Fit, ...]
    marginals: tuple[Marginal, ...]
    draws: dict[str, xr.DataArray]
    distinct: int
    effective: float
    bits: float | None
    weights: Array | None
    chain: Chain | None


def asked_of(prepared: Prepared, asked: Asked) -> tuple[Prepared, Knowledge]:
    """The scenario with the seed and the bundle's own park table, and what its bundle knows.

    Raises
    ------
    InputError
        With everything in ``asked`` that cannot be, what `sim.calibration.read.read_calibration` tells, and if emcee
        is missing.
    """
    problems = list(_problems(prepared, asked))
    knowledge = None
    try:
        knowledge = read_calibration(prepared.bundle)
    except InputError as error:
        problems += error.problems
    if problems or knowledge is None:
        raise InputError(problems)
    usual = prepared.scenario.uncertainty
    drawing = replace(usual, seed=usual.seed if asked.seed is None else asked.seed, redraw_parks=False)
    scenario = replace(prepared.scenario, uncertainty=drawing)
    told = provenance(prepared.bundle, scenario, prepared.chosen.engine)
    return replace(prepared, scenario=scenario, provenance=MappingProxyType(told)), knowledge


def _problems(prepared: Prepared, asked: Asked) -> list[Problem]:
    problems = []
    if not FEWEST <= asked.size <= MOST:
        problems.append(Problem(None, "calibration_runs", {"found": asked.size, "least": FEWEST, "most": MOST}))
    if asked.seed is not None and not 0 <= asked.seed < 2**63:
        problems.append(Problem(None, "ensemble_seed", {"found": asked.seed}))
    if not isinstance(prepared.chosen.engine, CompiledEngine):
        problems.append(Problem(None, "ensemble_engine", {"engine": prepared.chosen.engine.name}))
    if draws_file(prepared.scenario):
        problems.append(Problem(None, "calibration_has_draws", {"file": draws_file(prepared.scenario)}))
    if asked.method == "mcmc" and find_spec("emcee") is None:
        problems.append(Problem(None, "calibration_no_emcee"))
    return problems


def training(scenario: Scenario, knowledge: Knowledge) -> Scenario:
    """The scenario's parameters in a world without policy, on the drivers of the training run, to its end."""
    run = knowledge.spec.run
    place = Place(scenario.bundle / FILE)
    drivers = {name: Setting(path, place) for name, path in run.drivers.items()}
    return replace(
        scenario, clock=replace(scenario.clock, end=run.until), policies=MappingProxyType({}),
        since=MappingProxyType({}), drivers=MappingProxyType(drivers),
    )  # fmt: skip


def of_parameters(plan: DrawPlan, bundle: Bundle) -> DrawPlan:
    """The same draws of the parameters, and of nothing else."""
    known = bundle.parameters
    drawn = tuple(one for one in plan.drawn if one.name in known)
    return replace(plan, drawn=drawn, held=tuple(name for name in plan.held if name in known))


def moving(plan: DrawPlan, bundle: Bundle) -> dict[str, int]:
    """The dimensions of the design on which what is drawn hangs, by quantity.

    Its own ones and, through a copula, those of all that goes together with it: drivers and policies too, and
    parameters that the scenario holds.
    """
    own = {one.column for one in plan.drawn}
    groups = (set(copula.columns) for copula in plan.copulas)
    found = own.union(*(group for group in groups if group & own))
    return {name: column for name, column in dimensions(bundle).items() if column in found}


def calibrate(
    prepared: Prepared, knowledge: Knowledge, asked: Asked, threads: int | None = None, tell: Tell | None = None
) -> Calibrated:
    """Weigh draws of the prior, or walk through the posterior.

    Parameters
    ----------
    prepared, knowledge
        From :func:`asked_of`.
    tell
        Told how many runs are done, and of how many.

    Raises
    ------
    InputError
        If nothing varies, or no run of the prior gives numbers.
    """
    return _Calibration(prepared, knowledge, asked, threads, tell).found()


class _Calibration:
    """One calibration on its way."""

    def __init__(
        self, prepared: Prepared, knowledge: Knowledge, asked: Asked, threads: int | None, tell: Tell | None
    ) -> None:
        self.prepared, self.knowledge, self.asked, self.tell = prepared, knowledge, asked, tell
        engine = prepared.chosen.engine
        assert isinstance(engine, CompiledEngine)  # asked_of has seen to it
        self.seed = prepared.scenario.uncertainty.seed
        everything = plan_draws(prepared.bundle, prepared.scenario, asked.size)
        self.plan = of_parameters(everything, prepared.bundle)  # all else is fixed in the training run
        self.drawn = self.plan.drawn
        kept = {one.name for one in self.drawn}
        self.apart = tuple(one.name for one in everything.drawn if one.name not in kept)
        self.moving = moving(self.plan, prepared.bundle)
        if not self.drawn:
            raise InputError([Problem(None, "ensemble_nothing_varies")])
        study = bind(prepared.bundle, training(prepared.scenario, knowledge))
        history = compared(read_confidence(prepared.bundle))  # so that the backtest runs on the same kernel
        variables = variables_of(knowledge.spec.figure, history)
        self.bench = Bench(prepared.bundle, study, engine, variables, threads)
        self.watched = [Watched(one.figure, one.figure.element) for one in knowledge.data]
        self.published = np.array([one.point.value for one in knowledge.data])
        self.deviation = np.array([one.deviation for one in knowledge.data])
        self.runs = self.failed = 0

    def predict(self, cube: Array) -> Array:
        """What the model says to each figure at points of the design, shape (figures, runs)."""
        paths = self.bench.paths(at_quantiles(self.plan, cube), self.watched)
        data = self.knowledge.data
        with np.errstate(all="ignore"):  # runs that broke are among them
            found = np.stack([in_form(one.figure, one.figure.against, self.bench.years, path)
                              for one, path in zip(data, paths, strict=True)])  # fmt: skip
        self.runs += found.shape[1]
        self.failed += int((~np.isfinite(found)).any(axis=0).sum())
        return found

    def likelihood(self, cube: Array) -> Array:
        """Logarithm of the likelihood at points of the design."""
        return importance.log_likelihood(self.predict(cube), self.published, self.deviation)

    def found(self) -> Calibrated:
        felt, left = self._screened()
        self.runs = self.failed = 0
        if self.asked.method == "mcmc" and not felt:
            raise InputError([Problem(None, "calibration_nothing_felt")])
        return self._weighed(felt, left) if self.asked.method == "weights" else self._walked(felt, left)

    def _screened(self) -> tuple[tuple[Felt, ...], float]:
        names = list(self.moving)
        places = self.plan.points.quantiles(0, PLACES)
        found = effects(self.predict, places, list(self.moving.values()), self.deviation)
        order = np.argsort(-found, kind="stable")
        felt = tuple(self._felt(names[k], float(found[k])) for k in order if found[k] >= FELT)
        return felt, max((float(found[k]) for k in order[len(felt) :]), default=0.0)

    def _felt(self, name: str, effect: float) -> Felt:
        bundle = self.prepared.bundle
        others = {one.name: one.meaning_zh for one in bundle.ranges.quantities}
        return Felt(name, others[name] if name in others else bundle.parameters[name].meaning_zh, effect)

    def _weighed(self, felt: tuple[Felt, ...], left: float) -> Calibrated:
        count = self.asked.size
        cube = self.plan.points.quantiles(0, count)
        parts = []
        for first in range(0, count, AT_ONCE):
            parts.append(self.predict(cube[first : first + AT_ONCE]))
            self._told(min(first + AT_ONCE, count), count)
        predicted = np.concatenate(parts, axis=1)
        try:
            weights = importance.weights_of(importance.log_likelihood(predicted, self.published, self.deviation))
        except ValueError:
            raise InputError([Problem(None, "calibration_impossible")]) from None
        places = importance.resampled(weights, self.asked.rows, self.seed)
        runs, failed = self.runs, self.failed
        everything, good = at_quantiles(self.plan, cube), np.isfinite(predicted).all(axis=0)
        equal = good / good.sum()
        return Calibrated(
            self.prepared, self.knowledge, self.plan, self.apart, "weights", count, runs, failed, felt,
            left,
            self._fits(predicted, equal, predicted, weights), self._marginals(everything, equal, everything, weights),
            at_quantiles(self.plan, cube[places]), len(np.unique(places)), importance.effective_size(weights),
            importance.information(weights), weights, None,
        )  # fmt: skip

    def _walked(self, felt: tuple[Felt, ...], left: float) -> Calibrated:
        columns = [self.moving[one.name_en] for one in felt]
        middle = np.full(self.plan.points.dimensions, 0.5)

        def at(points: Array) -> Array:
            cube = np.repeat(middle[None], len(points), axis=0)
            cube[:, columns] = to_quantiles(points)
            return self.likelihood(cube)

        try:
            chain = walk(at, len(columns), self.asked.size, self.seed, tell=self._told)
        except ValueError:
            raise InputError([Problem(None, "calibration_impossible")]) from None
        runs, failed = self.runs, self.failed
        rows = self.asked.rows
        prior = self.plan.points.quantiles(0, rows)
        cube = prior.copy()  # what isn't felt stays as the prior has it
        cube[:, columns] = to_quantiles(taken(chain, rows, self.seed))
        equal = np.full(rows, 1.0 / rows)
        before, after = at_quantiles(self.plan, prior), at_quantiles(self.plan, cube)
        fits = self._fits(self.predict(prior), equal, self.predict(cube), equal)
        return Calibrated(
            self.prepared, self.knowledge, self.plan, self.apart, "mcmc", self.asked.size, runs, failed, felt,
            left, fits,
            self._marginals(before, equal, after, equal), after, len(np.unique(cube[:, columns], axis=0)),
            chain.effective, None, None, chain,
        )  # fmt: skip

    def _told(self, done: int, total: int) -> None:
        if self.tell:
            self.tell(done, total)

    def _fits(self, before: Array, prior: Array, after: Array, posterior: Array) -> tuple[Fit, ...]:
        return tuple(
            Fit(one.figure.name_en, one.figure.name_zh, one.figure.year, one.figure.against, one.point.value, one.error,
                one.figure.discrepancy, belief(before[place], prior), belief(after[place], posterior))
            for place, one in enumerate(self.knowledge.data)
        )  # fmt: skip

    def _marginals(
        self, before: dict[str, xr.DataArray], prior: Array, after: dict[str, xr.DataArray], posterior: Array
    ) -> tuple[Marginal, ...]:
        found = []
        for one in self.drawn:
            meaning = self.prepared.bundle.parameters[one.name].meaning_zh
            arrays = (before[one.name], after[one.name])
            pair = [array.to_numpy().reshape(array.sizes[dims.RUN], -1) for array in arrays]
            for place, column in enumerate(columns_of(one)):
                if not one.held.reshape(-1)[place]:
                    told = (belief(pair[0][:, place], prior), belief(pair[1][:, place], posterior))
                    found.append(Marginal(column, one.name, meaning, *told))
        return tuple(found)


def belief(values: Array, weights: Array) -> Belief:
    """What weighted values say of a number; those that are none are left out."""
    good = np.isfinite(values) & (weights > 0)
    some, share = values[good], weights[good] / weights[good].sum()
    return Belief(*importance.spread(some, share), *importance.quantiles(some, share, SHARES))
