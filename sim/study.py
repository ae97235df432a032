"""The road of a scenario, one function per arrow: prepare, simulate, judge. The commands only call these."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Mapping
from collections.abc import Sequence
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
    scenario = _read(lambda: load_scenario(path), problems)
    folder = scenario.bundle if scenario else _bundle_named(path)
    bundle = folder and _read(lambda: load_bundle(folder), problems)
    outputs = bundle.outputs if bundle else folder and _read(lambda: read_outputs(folder / OUTPUTS), problems)
    targets = folder and outputs and _read(lambda: read_targets(folder / TARGETS, outputs), problems)
    if scenario:
        problems += check_names(scenario)
    if problems or scenario is None or bundle is None or not targets:
        raise InputError(problems)
    study = bind(bundle, scenario)
    return Prepared(scenario, bundle, targets, study, _without_policy(bundle, scenario, study),
                    MappingProxyType(provenance(bundle, scenario, engine)))  # fmt: skip


def _read(reader: Callable[[], T], problems: list[Problem]) -> T | None:
    """What a reader reads; if it cannot, its problems join those known, each once."""
    try:
        return reader()
    except InputError as error:
        problems += [problem for problem in error.problems if problem not in problems]
        return None


def _bundle_named(path: Path) -> Path | None:
    """The bundle of a scenario that has mistakes, so that those of the bundle are told in the same go."""
    known: list[Problem] = []  # told already by whoever read the scenario first
    named = lay_out(read_family(path, known), known).get(("bundle",))
    return bundle_of(named, known) if named and path_text(named, known) else None


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
