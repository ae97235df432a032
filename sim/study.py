"""The road of a scenario, one function per arrow: prepare, simulate, judge. The commands only call these."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import xarray as xr

from sim import dims
from sim.binding import Study, bind
from sim.bundle import Bundle, load_bundle
from sim.engine.interface import Engine, StudyInputs
from sim.engine.pysd_engine import PysdEngine, translated
from sim.errors import InputError, Problem
from sim.provenance import provenance
from sim.results import build
from sim.scenario.resolve import load_scenario
from sim.scenario.types import Scenario
from sim.targets.evaluate import evaluate_targets
from sim.targets.rows import TargetRow
from sim.targets.spec import read_targets
from sim.targets.target import Target

Arrays = Mapping[str, xr.DataArray]
Tell = Callable[[str, int, int], None]
"""Called with the name of a run that ended, how many have ended, and of how many."""


@dataclass(frozen=True)
class Prepared:
    """A scenario ready to run: everything read and checked, nothing simulated yet.

    Parameters
    ----------
    study
        Inputs of the scenario.
    reference
        Inputs of the same scenario with every lever at its no-policy value; ``None`` where it sets no lever.
    provenance
        Attributes of its results, ``run_id`` among them.
    """

    scenario: Scenario
    bundle: Bundle
    targets: tuple[Target, ...]
    study: Study
    reference: Study | None
    provenance: Mapping[str, str]

    @property
    def run_id(self) -> str:
        """Identifier of the run, decided by its inputs."""
        return self.provenance["run_id"]


@dataclass(frozen=True)
class Outcome:
    """What a run gave: results, the same with policies off (``None`` where nothing is switched on), and verdicts."""

    prepared: Prepared
    results: xr.Dataset
    reference: xr.Dataset | None
    rows: tuple[TargetRow, ...]


def prepare(path: Path, engine: Engine) -> Prepared:
    """Read and check a scenario with its bundle and targets.

    Raises
    ------
    InputError
        With every problem of every file at once.
    """
    problems: list[Problem] = []
    scenario = bundle = None
    try:
        scenario = load_scenario(path)
    except InputError as error:
        problems += error.problems
    if scenario is not None:
        try:
            bundle = load_bundle(scenario.bundle)
        except InputError as error:
            problems += error.problems
    targets: tuple[Target, ...] = ()
    if bundle is not None:
        try:
            targets = read_targets(bundle.targets_path, bundle.outputs)
        except InputError as error:
            problems += error.problems
    if problems or scenario is None or bundle is None:
        raise InputError(dict.fromkeys(problems) if _hashable(problems) else problems)
    study = bind(bundle, scenario)
    return Prepared(scenario, bundle, targets, study, _without_policy(bundle, scenario, study),
                    MappingProxyType(provenance(bundle, scenario, engine)))  # fmt: skip


def _hashable(problems: Sequence[Problem]) -> bool:
    try:
        hash(tuple(problems))
    except TypeError:
        return False
    return True


def _without_policy(bundle: Bundle, scenario: Scenario, study: Study) -> Study | None:
    if not scenario.policies:
        return None
    off = bind(bundle, replace(scenario, policies=MappingProxyType({}), since=MappingProxyType({})))
    return None if _key(off.inputs) == _key(study.inputs) else off


def _key(inputs: StudyInputs) -> str:
    """Hash of study inputs: two runs with the same inputs are one run."""
    parts: list[object] = [inputs.parks, inputs.start, inputs.end, inputs.step]
    parts += [(name, array.dims, array.to_numpy().tobytes()) for name, array in sorted(inputs.constants.items())]
    parts += [
        (name, s.between, s.values.dims, s.values.to_numpy().tobytes()) for name, s in sorted(inputs.series.items())
    ]
    return hashlib.sha256(pickle.dumps(parts, protocol=4)).hexdigest()


def simulate(prepared: Sequence[Prepared], engine: PysdEngine, tell: Tell | None = None) -> list[Outcome]:
    """Run scenarios, each with its policies-off twin, on all cores; runs with equal inputs run once.

    Parameters
    ----------
    tell
        Told when a run ends.

    Raises
    ------
    EngineError
        If a run fails.
    """
    jobs: dict[tuple[str, str], tuple[str, StudyInputs, list[str], str]] = {}
    for one in prepared:
        text = one.bundle.bound_text()
        variables = sorted({spec.variable for spec in one.bundle.outputs.values()})
        for study in (one.study, one.reference):
            if study is not None:
                key = (hashlib.sha256(text.encode()).hexdigest(), _key(study.inputs))
                jobs.setdefault(key, (text, study.inputs, variables, one.scenario.path.stem))
        translated(text, engine.cache)  # once, before several processes want it
    arrays = dict(zip(jobs, _run_all(list(jobs.values()), engine, tell), strict=True))

    def of(one: Prepared, study: Study) -> xr.Dataset:
        key = (hashlib.sha256(one.bundle.bound_text().encode()).hexdigest(), _key(study.inputs))
        return build(one.bundle, study, arrays[key], one.provenance)

    outcomes = []
    for one in prepared:
        results = of(one, one.study)
        reference = None if one.reference is None else of(one, one.reference)
        outcomes.append(Outcome(one, results, reference, judge(one, results)))
    return outcomes


def _run_all(
    jobs: Sequence[tuple[str, StudyInputs, list[str], str]], engine: PysdEngine, tell: Tell | None
) -> list[Arrays]:
    """Each job's arrays, in order; a single job runs here, several in processes of their own."""
    if len(jobs) == 1:
        text, inputs, variables, name = jobs[0]
        found = engine.simulate(text, inputs, variables)
        if tell:
            tell(name, 1, 1)
        return [found]
    # "spawn" everywhere: the same on Windows, and no copies of a parent with threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(len(jobs), os.cpu_count() or 1), mp_context=context) as pool:
        try:
            futures = [pool.submit(engine.simulate, text, inputs, names) for text, inputs, names, _ in jobs]
            for number, (future, job) in enumerate(zip(futures, jobs, strict=True), start=1):
                future.result()
                if tell:
                    tell(job[3], number, len(jobs))
        except BaseException:
            _stop(pool, futures)
            raise
    return [future.result() for future in futures]


def _stop(pool: ProcessPoolExecutor, futures: Sequence[Future[Arrays]]) -> None:
    """End runs that nobody waits for any more, now and not when they are done."""
    pool.shutdown(wait=False, cancel_futures=True)
    for child in multiprocessing.active_children():
        child.terminate()


def judge(prepared: Prepared, results: xr.Dataset) -> tuple[TargetRow, ...]:
    """The verdict on every target.

    Raises
    ------
    InputError
        With every target expression that doesn't fit the results.
    """
    levers = prepared.study.levers_in(dims.TARGET_YEAR)
    active = {key: value for key, value in levers.items() if key in prepared.scenario.policies}
    return evaluate_targets(results, prepared.targets, active, own_table=not prepared.bundle.parks.shipped)
