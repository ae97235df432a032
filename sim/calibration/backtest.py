"""The model held against what was published after it begins: ranges of draws of the prior and of a posterior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from sim.analysis.calibrated import draws_file
from sim.analysis.draws import DrawPlan, plan_draws
from sim.binding import bind
from sim.calibration.bench import Bench, Watched, variables_of
from sim.calibration.read import Knowledge, read_calibration
from sim.confidence.history import ENOUGH, STILL, in_form, naive, theil
from sim.confidence.history_data import points
from sim.confidence.read import read_confidence
from sim.confidence.spec import Comparison, Confidence, History
from sim.engine.compiled_engine import CompiledEngine
from sim.errors import InputError, Place, Problem
from sim.posterior import read_posterior
from sim.provenance import provenance
from sim.report.fits import Coverage, Judged, Range, coverage
from sim.study import Prepared

Array = npt.NDArray[np.float64]
Tell = Callable[[int, int], None]

USUAL, FEWEST, MOST = 2048, 64, 100_000
"""Draws of the prior, and the fewest and most that may be asked for."""

AT_ONCE = 1024
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Asked:
    """What is asked for; ``None``: the usual, and no posterior."""

    runs: int | None = None
    seed: int | None = None
    draws: Path | None = None
    """A table of draws, as ``[uncertainty] draws`` of a scenario takes it."""

    @property
    def size(self) -> int:
        """Draws of the prior."""
        return USUAL if self.runs is None else self.runs


@dataclass(frozen=True)
class Errors:
    """The errors of a series, by one set of values (the model's own, or medians of draws).

    Parameters
    ----------
    mean, root
        Mean absolute error, and the root of the mean squared one, as shares.
    parts
        Theil's shares by bias, variance and covariance; ``None`` for fewer than five figures.
    """

    mean: float
    root: float
    parts: tuple[float, float, float] | None


@dataclass(frozen=True)
class Series:
    """A comparison as a whole.

    Parameters
    ----------
    skill_trend, trend
        Skill against carrying on the mean growth before, and that growth; ``None`` where no earlier figure is known.
    skill_still
        Skill against "no change".
    """

    name_en: str
    name_zh: str
    count: int
    own: Errors
    prior: Errors
    posterior: Errors | None
    trend: float | None
    skill_trend: float | None
    skill_still: float | None


@dataclass(frozen=True)
class Tested:
    """What a backtest found.

    Parameters
    ----------
    needed
        Share of the figures that must lie inside the interval of 90 %.
    failed
        Runs that broke.
    drawn, told
        What varied, and what of it the table of draws gave.
    """

    prepared: Prepared
    knowledge: Knowledge
    history: History
    judged: tuple[Judged, ...]
    series: tuple[Series, ...]
    prior: Coverage
    posterior: Coverage | None
    runs: int
    posterior_runs: int
    failed: int
    seed: int
    draws: Path | None
    drawn: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def needed(self) -> float:
        """Share of the figures that must lie inside the interval of 90 %."""
        return self.history.least_inside

    @property
    def decisive(self) -> Coverage:
        """The coverage that the verdict rests on: that of the posterior if there is one."""
        return self.posterior or self.prior

    @property
    def passed(self) -> bool:
        """Whether enough figures lie inside."""
        found = self.decisive
        return found.inside90 >= self.needed * found.of


def asked_of(prepared: Prepared, asked: Asked) -> tuple[Prepared, Knowledge, Confidence]:
    """The scenario with the seed and the bundle's own park table, with what its bundle knows.

    Raises
    ------
    InputError
        With everything that cannot be, and every mistake of the table of draws.
    """
    problems = []
    if not FEWEST <= asked.size <= MOST:
        problems.append(Problem(None, "calibration_runs", {"found": asked.size, "least": FEWEST, "most": MOST}))
    if asked.seed is not None and not 0 <= asked.seed < 2**63:
        problems.append(Problem(None, "ensemble_seed", {"found": asked.seed}))
    if not isinstance(prepared.chosen.engine, CompiledEngine):
        problems.append(Problem(None, "ensemble_engine", {"engine": prepared.chosen.engine.name}))
    if draws_file(prepared.scenario):
        problems.append(Problem(None, "backtest_has_draws", {"file": draws_file(prepared.scenario)}))
    knowledge = confidence = None
    try:
        knowledge = read_calibration(prepared.bundle)
        confidence = read_confidence(prepared.bundle)
    except InputError as error:
        problems += error.problems
    if confidence is not None:
        problems += _unfit(prepared, confidence)
    if asked.draws is not None:
        try:
            read_posterior(asked.draws, prepared.bundle)
        except InputError as error:
            problems += error.problems
    if problems or knowledge is None or confidence is None:
        raise InputError(problems)
    usual = prepared.scenario.uncertainty
    drawing = replace(usual, seed=usual.seed if asked.seed is None else asked.seed, redraw_parks=False)
    scenario = replace(prepared.scenario, uncertainty=drawing)
    told = provenance(prepared.bundle, scenario, prepared.chosen.engine)
    return replace(prepared, scenario=scenario, provenance=MappingProxyType(told)), knowledge, confidence


def _unfit(prepared: Prepared, confidence: Confidence) -> list[Problem]:
    history, end = confidence.history, prepared.scenario.clock.end
    if history is None:
        return [Problem(Place(prepared.bundle.path), "backtest_no_section")]
    if end < history.last:
        place = prepared.scenario.origins.get("clock.end")
        return [Problem(place, "backtest_short", {"end": end, "last": history.last})]
    return []


def backtest(
    prepared: Prepared,
    knowledge: Knowledge,
    confidence: Confidence,
    asked: Asked,
    threads: int | None = None,
    tell: Tell | None = None,
) -> Tested:
    """Run the draws and hold them against the published figures.

    Parameters
    ----------
    prepared, knowledge, confidence
        From :func:`asked_of`.

    Raises
    ------
    InputError
        If nothing varies, or no comparison has a published figure.
    """
    return _Backtest(prepared, knowledge, confidence, asked, threads, tell).found()


class _Backtest:
    """One backtest on its way."""

    def __init__(
        self, prepared: Prepared, knowledge: Knowledge, confidence: Confidence, asked: Asked, threads: int | None,
        tell: Tell | None,
    ) -> None:  # fmt: skip
        history = confidence.history
        assert history is not None  # asked_of has seen to it
        self.prepared, self.knowledge, self.history, self.asked = prepared, knowledge, history, asked
        engine = prepared.chosen.engine
        assert isinstance(engine, CompiledEngine)
        variables = variables_of(knowledge.spec.figure, history.comparison)
        clock = replace(prepared.scenario.clock, end=history.last)  # later years are asked of nobody
        scenario = replace(prepared.scenario, clock=clock)
        self.bench = Bench(prepared.bundle, bind(prepared.bundle, scenario), engine, variables, threads)
        found = [(one, points(knowledge.rows, one, history.first, history.last)) for one in history.comparison]
        self.asked_for = [(one, some) for one, some in found if some]
        if not self.asked_for:
            raise InputError([Problem(Place(prepared.bundle.path), "backtest_no_figure")])
        self.watched = [Watched(one) for one, _ in self.asked_for]
        self.plan = plan_draws(prepared.bundle, scenario, asked.size)
        if not self.plan.drawn:
            raise InputError([Problem(None, "ensemble_nothing_varies")])
        self.tell, self.failed, self.done = tell, 0, 0
        self.seed = prepared.scenario.uncertainty.seed

    def found(self) -> Tested:
        after = None if self.asked.draws is None else self._with_table(self.asked.draws)
        count, rows = self.asked.size, 0 if after is None or after.posterior is None else after.posterior.rows
        prior = self._ranges(self.plan, count, count + rows)
        posterior = None if after is None else self._ranges(after, rows, count + rows)
        own = self._values(self.bench.central(self.watched))
        judged = tuple(self._judged(own, prior, posterior))
        series = tuple(self._series(own, prior, posterior))
        return Tested(
            self.prepared, self.knowledge, self.history, judged, series,
            coverage([(one.prior, one.published, one.verified) for one in judged]),
            None if posterior is None else coverage(
                [(one.posterior, one.published, one.verified) for one in judged if one.posterior]),
            count, rows, self.failed, self.seed, self.asked.draws,
            tuple(one.name for one in self.plan.drawn), () if after is None else tuple(after.told),
        )  # fmt: skip

    def _with_table(self, file: Path) -> DrawPlan:
        """The draws of an ensemble that takes a table, as many as it has rows: each row is one run."""
        table = read_posterior(file, self.prepared.bundle)
        points = replace(self.plan.points, runs=table.rows)
        return replace(self.plan, points=points, posterior=table)

    def _values(self, paths: Sequence[Array]) -> list[list[Array]]:
        """In the form of each figure, by series and figure: shape (runs,)."""
        with np.errstate(all="ignore"):  # runs that broke are among them
            return [[in_form(one, point.year, self.bench.years, path) for point in some]
                    for (one, some), path in zip(self.asked_for, paths, strict=True)]  # fmt: skip

    def _ranges(self, plan: DrawPlan, count: int, total: int) -> list[list[Range]]:
        """Quantiles of what the draws say and of the error of the published number, by series and figure."""
        parts = []
        for first in range(0, count, AT_ONCE):
            last = min(first + AT_ONCE, count)
            numbers = plan.numbers(first, last - first)
            parts.append(self.bench.paths(numbers.constants, self.watched, numbers.series))
            self.done += last - first
            if self.tell:
                self.tell(self.done, total)
        paths = [np.concatenate(found, axis=1) for found in zip(*parts, strict=True)]
        self.failed += int(np.isnan(np.concatenate(paths)).any(axis=0).sum())
        generator = np.random.Generator(np.random.Philox(key=self.seed))  # the same errors for prior and posterior
        error = self.knowledge.error
        return [
            [_range(values, error(point), generator) for values, point in zip(by_point, some, strict=True)]
            for by_point, (_, some) in zip(self._values(paths), self.asked_for, strict=True)
        ]

    def _judged(
        self, own: list[list[Array]], prior: list[list[Range]], posterior: list[list[Range]] | None
    ) -> list[Judged]:
        found = []
        for place, (one, some) in enumerate(self.asked_for):
            for number, point in enumerate(some):
                after = None if posterior is None else posterior[place][number]
                found.append(Judged(
                    one.name_en, one.name_zh, point.year, point.value, self.knowledge.error(point), point.verified,
                    point.vintage.of("en"), point.vintage.of("zh"), point.reliability, float(own[place][number][0]),
                    prior[place][number], after,
                ))  # fmt: skip
        return found

    def _series(
        self, own: list[list[Array]], prior: list[list[Range]], posterior: list[list[Range]] | None
    ) -> list[Series]:
        found = []
        for place, (one, some) in enumerate(self.asked_for):
            published = np.array([point.value for point in some])
            mine = errors_of(np.array([float(value[0]) for value in own[place]]), published)
            before = errors_of(np.array([entry.p50 for entry in prior[place]]), published)
            after = None
            if posterior is not None:
                after = errors_of(np.array([entry.p50 for entry in posterior[place]]), published)
            trend = self._trend(one)
            found.append(Series(one.name_en, one.name_zh, len(some), mine, before, after, trend,
                                None if trend is None else skill(mine.mean, published, trend),
                                skill(mine.mean, published, 0.0)))  # fmt: skip
        return found

    def _trend(self, one: Comparison) -> float | None:
        return None if one.published in STILL else naive(self.knowledge.rows, one, self.history)


def _range(values: Array, error: float, generator: np.random.Generator) -> Range:
    """Quantiles of draws with the error of the published number added; runs that broke are left out."""
    noise = error * generator.standard_normal(len(values))
    return Range(*(float(one) for one in np.nanquantile(values + noise, QUANTILES)))


def errors_of(model: Array, published: Array) -> Errors:
    """Errors of some values against the published ones.

    >>> errors_of(np.array([0.02, 0.04]), np.array([0.01, 0.01])).mean
    0.02
    """
    errors = model - published
    parts = theil(errors, model, published) if len(published) >= ENOUGH else None
    return Errors(float(np.abs(errors).mean()), float(np.sqrt(np.mean(errors**2))), parts)


def skill(error: float, published: Array, guess: float) -> float | None:
    """How much smaller a mean absolute error is than that of one guess for all figures; ``None`` if that is perfect.

    >>> skill(0.01, np.array([0.02, 0.06]), 0.0)
    0.75
    """
    without = float(np.abs(guess - published).mean())
    return 1.0 - error / without if without else None
