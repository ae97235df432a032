"""Some runs of an ensemble once more at half the step: whether a verdict or a probability hangs on the step."""

from __future__ import annotations

from dataclasses import replace

from sim.analysis.ensemble import Road
from sim.analysis.ensemble_result import EnsembleResult
from sim.engine.compiled_engine import CompiledEngine
from sim.errors import EngineError, InputError, Problem
from sim.study import Prepared
from sim.targets.by_run import Judged
from sim.targets.halved import AtStep, HalfStep, broken_at_one, halved

MOST = 128
"""Runs that are repeated at most, each of which takes twice as long: the first ones of a design, which cover it evenly
where it is a Sobol sequence."""


def at_half_step(prepared: Prepared) -> Prepared:
    """The same scenario with steps half as long, also where that is a finer one than a scenario may ask for.

    What is decided for a year is in force a fixed time after it begins, whatever the step, so that nothing else moves.
    """
    clock = prepared.scenario.clock
    scenario = replace(prepared.scenario, clock=replace(clock, step=clock.step / 2))
    inputs = replace(prepared.study.inputs, step=prepared.study.inputs.step / 2)
    return replace(prepared, scenario=scenario, study=replace(prepared.study, inputs=inputs))


def with_half_step(result: EnsembleResult, threads: int | None = None, most: int = MOST) -> EnsembleResult:
    """An ensemble that knows how its first runs come out at half the step.

    Parameters
    ----------
    threads
        All cores if not given; the numbers don't depend on it.
    most
        Runs that are repeated, or all where there are fewer.

    Raises
    ------
    InputError
        If the kernel doesn't cover the model.
    """
    engine = result.prepared.chosen.engine
    if not isinstance(engine, CompiledEngine):
        raise InputError([Problem(None, "ensemble_engine", {"engine": engine.name})])
    prepared = at_half_step(result.prepared)
    told = HalfStep(prepared.scenario.clock.step, result.first, min(result.runs, most))
    try:
        fine = Road(prepared, engine, result.plan, threads, result.tables).result(told.first - 1, told.runs)
    except EngineError as error:
        broken = Problem(None, "ensemble_run_failed", {"run": told.first})  # where the slow twin saw nothing
        return replace(result, half_step=replace(told, problem=next(iter(error.problems), broken)))
    at, half = _first(result, told.runs), _first(fine, told.runs)
    rules = {target.id: target.main.rule for target in prepared.targets}
    rows = halved(at, half, rules, result.chances)
    return replace(result, half_step=replace(told, broken=broken_at_one(at, half), targets=rows))


def _first(result: EnsembleResult, runs: int) -> AtStep:
    """The first runs of an ensemble, with what is known of the years in which targets are reached."""
    judged, reached = result.judged, result.reached
    some = Judged(judged.ids, judged.values[:, :runs], judged.codes[:, :runs])
    return AtStep(result.rows, some, None if reached is None else reached[:, :runs])
