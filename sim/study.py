"""The road of a scenario, one function per arrow: prepare, simulate, judge. The commands only call these."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import xarray as xr

from sim import dims
from sim.binding import Study, bind
from sim.bundle import MODEL, TARGETS, Bundle, load_bundle
from sim.cache import Cache
from sim.costs import Costs, count_costs
from sim.engine.choose import Choice, Chosen, choose
from sim.engine.interface import StudyInputs
from sim.engine.parallel import Arrays, Job, Tell, run_all
from sim.errors import InputError, Place, Problem
from sim.outputs_spec import FILE as OUTPUTS
from sim.outputs_spec import read_outputs
from sim.posterior import read_posterior
from sim.provenance import provenance
from sim.results import build
from sim.scenario.read import lay_out, path_text, read_family
from sim.scenario.resolve import load_scenario
from sim.scenario.specs import bundle_of
from sim.scenario.types import Scenario
from sim.targets.evaluate import both_bases
from sim.targets.joint import unknown_targets
from sim.targets.rows import TargetRow
from sim.targets.spec import read_targets
from sim.targets.target import Target

T = TypeVar("T")

LONGEST_NAME = 100
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')


@dataclass(frozen=True)
class Prepared:
    """A scenario ready to run: everything read and checked, nothing simulated yet.

    Parameters
    ----------
    study
        Inputs of the scenario.
    reference
        Inputs of the same scenario with every lever at its no-policy value; ``None`` where it sets no lever.
    chosen
        The engine for its model.
    provenance
        Attributes of its results, ``run_id`` among them.
    """

    scenario: Scenario
    bundle: Bundle
    targets: tuple[Target, ...]
    study: Study
    reference: Study | None
    chosen: Chosen
    provenance: Mapping[str, str]

    @property
    def run_id(self) -> str:
        """Identifier of the run, decided by its inputs."""
        return self.provenance["run_id"]


@dataclass(frozen=True)
class Outcome:
    """What a run gave: results, the same with policies off (``None`` where nothing is switched on), verdicts, costs."""

    prepared: Prepared
    results: xr.Dataset
    reference: xr.Dataset | None
    rows: tuple[TargetRow, ...]
    costs: Costs | None
    published_rows: tuple[TargetRow, ...]
    """Verdicts on the published base, on which figures stand: ``rows`` unless the scenario reports the revised one."""


def prepare(
    path: Path, choice: Choice = "auto", cache: Cache | None = None, notice: Callable[[str], None] | None = None
) -> Prepared:
    """Read and check a scenario with its bundle and targets, and choose the engine for its model.

    Parameters
    ----------
    notice
        Told "compile" if a kernel has to be built later.

    Raises
    ------
    InputError
        With every problem of every file at once.
    """
    problems: list[Problem] = []
    scenario = _read(lambda: load_scenario(path), problems)
    folder = scenario.bundle if scenario else bundle_named(path)
    bundle = outputs = targets = chosen = None
    if folder is not None:
        bundle = _read(lambda: load_bundle(folder), problems)
        outputs = bundle.outputs if bundle else _read(lambda: read_outputs(folder / OUTPUTS), problems)
    if folder is not None and outputs is not None:
        targets = _read(lambda: read_targets(folder / TARGETS, outputs), problems)
    if scenario is not None and targets is not None:
        group, place = scenario.uncertainty.joint, scenario.origins.get("uncertainty.joint")
        problems += unknown_targets(group or (), [target.id for target in targets], place)
    problems += _odd_names(path, scenario)
    if bundle is not None and scenario is not None and scenario.uncertainty.draws is not None:
        table, known = scenario.uncertainty.draws.path, bundle
        _read(lambda: read_posterior(table, known), problems)
    if bundle is not None:
        file, bound = bundle.path / MODEL, bundle.bound_text()
        chosen = _read(lambda: choose(bound, choice, cache, notice), problems, file)
    if problems or scenario is None or bundle is None or targets is None or chosen is None:
        raise InputError(problems)
    if chosen.engine.name == "pysd" and scenario.clock.method == "rk4":
        raise InputError([Problem(scenario.origins.get("clock.method"), "simulate_pysd_method")])
    study = bind(bundle, scenario)
    return Prepared(scenario, bundle, targets, study, _without_policy(bundle, scenario, study), chosen,
                    MappingProxyType(provenance(bundle, scenario, chosen.engine)))  # fmt: skip


def bundle_folder_of(path: Path) -> Path | None:
    """The bundle that a scenario file names, even where the file has mistakes; None where it names none.

    >>> bundle = bundle_folder_of(Path("scenarios/plan.toml"))
    >>> bundle.name if bundle else None
    'inner-mongolia'
    """
    scenario = _read(lambda: load_scenario(path), [])
    if scenario:
        return scenario.bundle
    return _read(lambda: bundle_named(path), [])


def _read(reader: Callable[[], T], problems: list[Problem], file: Path | None = None) -> T | None:
    """What a reader reads; if it cannot, its problems join those known, each once; ``file`` for those without place."""
    try:
        return reader()
    except InputError as error:
        placed = (p if p.place or file is None else replace(p, place=Place(file)) for p in error.problems)
        problems += [problem for problem in placed if problem not in problems]
        return None


def bundle_named(path: Path) -> Path | None:
    """The bundle of a scenario that has mistakes, so that those of the bundle are told in the same go."""
    known: list[Problem] = []  # told already by whoever read the scenario first
    named = lay_out(read_family(path, known), known).get(("bundle",))
    return bundle_of(named, known) if named and path_text(named, known) else None


def _odd_names(path: Path, scenario: Scenario | None) -> Iterator[Problem]:
    """The name of the file becomes that of the output folder, the name of the scenario stands in every heading."""
    stem = path.stem
    odd = stem.startswith(".") or stem.endswith((".", " ")) or not _is_plain(stem) or _NOT_IN_NAMES.search(stem)
    if odd or _DEVICES.fullmatch(stem) or len(stem) > LONGEST_NAME:
        yield Problem(Place(path), "scenario_file_name", {"limit": LONGEST_NAME})
    for key in ("name", "name_zh"):
        value = getattr(scenario, key, "")
        if not _is_plain(value) or len(value) > LONGEST_NAME:
            place = scenario.origins.get(key) if scenario else None
            yield Problem(place, "scenario_name", {"key": key, "limit": LONGEST_NAME})


def _is_plain(text: str) -> bool:
    """Whether a text is safe on a terminal: no control characters, and nothing that UTF-8 cannot hold."""
    return text.replace("\u3000", " ").isprintable()


def _without_policy(bundle: Bundle, scenario: Scenario, study: Study) -> Study | None:
    if not scenario.policies:
        return None
    off = bind(bundle, replace(scenario, policies=MappingProxyType({}), since=MappingProxyType({})))
    return None if _key(off.inputs) == _key(study.inputs) else off


def _key(inputs: StudyInputs) -> str:
    """Hash of study inputs: two runs with the same inputs are one run."""
    digest = hashlib.sha256(repr((inputs.parks, inputs.start, inputs.end, inputs.step, inputs.method)).encode())
    for name, array in sorted(inputs.constants.items()):
        digest.update(repr((name, array.dims)).encode() + array.to_numpy().tobytes())
    for name, series in sorted(inputs.series.items()):
        digest.update(repr((name, series.between, series.values.dims)).encode() + series.values.to_numpy().tobytes())
    return digest.hexdigest()


def translate(prepared: Prepared) -> None:
    """Make sure that the engine can run the model of a scenario; runs nothing.

    Raises
    ------
    InputError
        If the model cannot be translated; the problem names the model file.
    """
    problems: list[Problem] = []
    engine, bundle = prepared.chosen.engine, prepared.bundle
    _read(lambda: engine.translate(bundle.bound_text()), problems, bundle.path / MODEL)
    if problems:
        raise InputError(problems)


def simulate(prepared: Sequence[Prepared], tell: Tell | None = None) -> list[Outcome]:
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
    arrays: dict[tuple[str, ...], Arrays] = {}
    for engine in {one.chosen.engine.name: one.chosen.engine for one in prepared}.values():
        jobs: dict[tuple[str, ...], Job] = {}
        for one in prepared:
            if one.chosen.engine.name != engine.name:
                continue
            text = one.bundle.bound_text()
            variables = sorted({spec.variable for spec in one.bundle.outputs.values()})
            for study in (one.study, one.reference):
                if study is not None:
                    jobs.setdefault(_run_key(one, study), Job(text, study.inputs, variables, one.scenario.path.stem))
            if engine.parallel == "processes":
                translate(one)  # once, before several processes want it
        arrays |= dict(zip(jobs, run_all(list(jobs.values()), engine, tell), strict=True))

    def of(one: Prepared, study: Study) -> xr.Dataset:
        return build(one.bundle, study, arrays[_run_key(one, study)], one.provenance)

    outcomes = []
    for one in prepared:
        results = of(one, one.study)
        reference = None if one.reference is None else of(one, one.reference)
        rows, published = judge(one, results)
        costs = count_costs(results, reference, rows, one.targets)
        outcomes.append(Outcome(one, results, reference, rows, costs, published))
    return outcomes


def _run_key(prepared: Prepared, study: Study) -> tuple[str, ...]:
    text = hashlib.sha256(prepared.bundle.bound_text().encode()).hexdigest()
    return prepared.chosen.engine.name, text, _key(study.inputs)


def judge(prepared: Prepared, results: xr.Dataset) -> tuple[tuple[TargetRow, ...], tuple[TargetRow, ...]]:
    """The verdict on every target, on the base that the scenario reports and on the published one.

    Raises
    ------
    InputError
        With every target expression that doesn't fit the results.
    """
    levers = prepared.study.levers_in(dims.TARGET_YEAR)
    active = {key: value for key, value in levers.items() if key in prepared.scenario.policies}
    return both_bases(results, prepared.targets, active, own_table=not prepared.bundle.parks.shipped)
