"""Results by name: scenario files, result folders or names; what is missing or out of date is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.engine.choose import Choice
from sim.engine.parallel import Tell
from sim.errors import InputError, Place, Problem
from sim.folder import MANIFEST, RESOLVED, read_manifest
from sim.nearest import nearest
from sim.publish import FIGURES, OUTPUTS, Stored, open_study, rehearse, write_study
from sim.results import FILE as RESULTS
from sim.scenario.resolve import load_scenario
from sim.scenario.types import Scenario
from sim.study import Prepared, prepare, simulate
from sim.words.catalogue import Language, text

SCENARIOS = Path("scenarios")
SAME = ("bundle_sha256", "clock", "own_table")
"""Attributes that results must share to stand side by side."""
ENSEMBLE = "runs.nc"
"""A file that only a folder of an ensemble holds."""


@dataclass(frozen=True)
class Found:
    """Results with the scenario that they are of."""

    stored: Stored
    scenario: Scenario


def studies_of(
    names: Sequence[str],
    engine: Choice,
    lang: Language,
    say: Callable[[str], None],
    tell: Tell | None = None,
    notice: Callable[[str], None] | None = None,
    least: int = 1,
) -> list[Found]:
    """Find results by name, and run what is missing or out of date.

    Parameters
    ----------
    names
        Scenario files, result folders, or names (``outputs/NAME``, else ``scenarios/NAME.toml``).
    say
        Takes a line about what is taken as it is and what is run.
    notice
        Told "compile" when a kernel has to be built.
    least
        How many are needed.

    Raises
    ------
    InputError
        For a name that is none of these, mistakes in a scenario, or results of different bundles or years: all
        before anything is run.
    """
    found = _find(names, least)
    ready = _prepare_all(found, engine, notice)
    folders = [_folder(ready[path]) if path in ready else path for path in found]
    _refuse_shared_folders(names, folders)
    stored = {path: open_study(path) for path in found if path not in ready}
    told = [stored[path].results.attrs if path in stored else ready[path].provenance for path in found]
    _refuse_unlike(found, told)
    stale = [one for one in ready.values() if not _fresh(one)]
    for one in ready.values():
        key = "cli.compare_run" if any(one is other for other in stale) else "cli.compare_kept"
        say(text(lang, key, name=one.scenario.title(lang), id=one.run_id))
    _run(stale, lang, tell)
    studies = [stored[path] if path in stored else open_study(_folder(ready[path])) for path in found]
    scenarios = [ready[p].scenario if p in ready else load_scenario(p / RESOLVED) for p in found]
    return [Found(study, scenario) for study, scenario in zip(studies, scenarios, strict=True)]


def _find(names: Sequence[str], least: int) -> list[Path]:
    """The file or folder behind each name; every name that has none is a problem."""
    problems: list[Problem] = []
    found: list[Path] = []
    for name in names:
        hit = study_path(name)
        wrong = _nothing_usable([hit] if hit else [Path(name), OUTPUTS / name])
        if wrong is not None:
            problems.append(wrong)
        elif hit is None:
            problems.append(Problem(None, "compare_unknown", {"name": name}, nearest(name, _known_names())))
        elif hit in found:
            problems.append(Problem(None, "compare_twice", {"name": name}))
        else:
            found.append(hit)
    if not problems and len(found) < least:
        problems.append(Problem(None, "compare_one"))
    if problems:
        raise InputError(problems)
    return found


def study_path(name: str) -> Path | None:
    """The scenario file or the folder of results behind a name: as it stands, else of ``scenarios/``, ``outputs/``.

    >>> study_path("plan").as_posix(), study_path("no such study")
    ('scenarios/plan.toml', None)
    """
    options = [Path(name), SCENARIOS / f"{name}.toml", OUTPUTS / name]
    return next((path for path in options if _is_study(path)), None)


def _is_study(path: Path) -> bool:
    try:
        return path.is_file() or (path.is_dir() and read_manifest(path) is not None)
    except (OSError, ValueError):  # a name longer than the system allows, or with a zero byte
        return False


def _nothing_usable(paths: Sequence[Path]) -> Problem | None:
    """What is wrong with the first that is a folder, where it holds no results of a single run."""
    folder = next((path for path in paths if _is_folder(path)), None)
    if folder is None or _is_results(folder):
        return None
    known = SCENARIOS / f"{folder.resolve().name}.toml"
    again = f"sim run {known.as_posix()}" if known.is_file() else f"sim run {SCENARIOS.as_posix()}/….toml"
    fields = read_manifest(folder)
    if fields is not None and (folder / ENSEMBLE).is_file():
        return Problem(Place(folder), "study_ensemble", {"again": again})
    return Problem(Place(folder), "study_unusable", {"file": RESULTS if fields else MANIFEST, "again": again})


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_results(folder: Path) -> bool:
    return read_manifest(folder) is not None and (folder / RESULTS).is_file()


def _known_names() -> list[str]:
    stored = [path.name for path in OUTPUTS.glob("*/") if read_manifest(path) is not None]
    return sorted({path.stem for path in SCENARIOS.glob("*.toml")} | set(stored))


def _prepare_all(
    found: Sequence[Path], engine: Choice, notice: Callable[[str], None] | None
) -> dict[Path, Prepared]:
    """Every scenario file read and checked, the mistakes of all of them at once."""
    problems: list[Problem] = []
    ready = {}
    for path in found:
        if path.suffix == ".toml":
            try:
                ready[path] = prepare(path, engine, notice=notice)
            except InputError as error:
                problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise InputError(problems)
    return ready


def _folder(one: Prepared) -> Path:
    return OUTPUTS / one.scenario.path.stem


def _refuse_shared_folders(names: Sequence[str], folders: Sequence[Path]) -> None:
    """Two files of the same name in different folders would write their results over each other."""
    first: dict[Path, str] = {}
    problems = []
    for name, folder in zip(names, folders, strict=True):
        other = first.setdefault(folder.resolve(), name)
        if other != name:
            problems.append(Problem(None, "compare_same_folder", {"name": name, "other": other, "folder": folder}))
    if problems:
        raise InputError(problems)


def _fresh(one: Prepared) -> bool:
    """Whether the stored results of a scenario are those that a run would give now."""
    fields = read_manifest(_folder(one))
    return fields is not None and fields.get("run_id") == one.run_id and (_folder(one) / RESULTS).is_file()


def _run(stale: Sequence[Prepared], lang: Language, tell: Tell | None) -> None:
    """Run what is missing or out of date; figures are drawn again where there were some."""
    if not stale:
        return
    for one in stale:
        rehearse(_folder(one))
    for outcome in simulate(stale, tell):
        folder = _folder(outcome.prepared)
        write_study(outcome, folder, outcome.prepared.chosen.engine, lang, plots=(folder / FIGURES).is_dir())


def _refuse_unlike(found: Sequence[Path], told: Sequence[Mapping[str, str]]) -> None:
    problems = [
        Problem(Place(path), f"compare_{key}", _both(attrs, told[0], key, found[0]))
        for path, attrs in zip(found[1:], told[1:], strict=True)
        for key in SAME
        if _that_matters(key, attrs) != _that_matters(key, told[0])
    ]
    if problems:
        raise InputError(problems)


def _that_matters(key: str, attrs: Mapping[str, str]) -> str:
    """Of a clock only the years: results are kept by year, and a scenario with sudden turns may take a finer step."""
    return attrs[key].partition(" ")[0] if key == "clock" else attrs[key]


def _both(attrs: Mapping[str, str], expected: Mapping[str, str], key: str, first: Path) -> dict[str, object]:
    found, wanted = (_that_matters(key, one)[:24] for one in (attrs, expected))
    return {"found": found, "expected": wanted, "first": first}
