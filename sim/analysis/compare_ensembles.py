"""Ensembles side by side: whether run k is the same run in all of them, and what differs run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.analysis.compare import folder_name_of, input_differences, shown_names
from sim.analysis.studies import study_path
from sim.errors import InputError, Place, Problem
from sim.report.ensemble_files import StoredEnsemble, is_ensemble, open_ensemble
from sim.report.sides import LETTERS, Side, Sides
from sim.report.terminal import InputDifference
from sim.scenario.types import Scenario
from sim.targets.by_run import FAILED, Flags, Judged
from sim.targets.chances import Tables, chances
from sim.targets.joint import Joint, joint
from sim.targets.paired import failed_in, kept, pair_of, paired
from sim.targets.rows import TargetRow
from sim.words.catalogue import Language

ATTRIBUTES = ("bundle_sha256", "own_table", "sim_version", "reconstruction_sha256")
"""What results tell of themselves and must have in common, beside the years of the clock."""

DRAWS = ("seed", "design", "dimensions", "park_tables")
"""What a manifest tells of an ensemble and must be the same, or run k is another run."""

HYPERCUBE = "latin-hypercube"

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ComparedEnsembles:
    """Ensembles side by side.

    Parameters
    ----------
    stored
        By the name that they are shown under; the first is what the others are compared with.
    differences
        Inputs that are not the same in all scenarios.
    """

    stored: Mapping[str, StoredEnsemble]
    differences: Sequence[InputDifference]
    sides: Sides

    @property
    def folder_name(self) -> str:
        """Name of the folder for the comparison, another one than that for single runs of the same scenarios."""
        return folder_name_of(one.attrs["scenario"] for one in self.stored.values()) + "-ensemble"


def ensembles_named(names: Sequence[str]) -> list[Path] | None:
    """The folders of ensembles behind names; ``None`` where no name is that of an ensemble.

    Raises
    ------
    InputError
        ``compare_mixed`` where some are and some are not, ``compare_unknown`` for what is neither; ``compare_twice``,
        ``compare_one``, ``compare_many``.
    """
    found = {name: _folder(name) for name in names}
    folders = [folder for folder in found.values() if folder is not None]
    if not folders:
        return None
    single = [name for name, folder in found.items() if folder is None]
    if single:
        ensembles = ", ".join(folder.as_posix() for folder in folders)
        raise InputError(
            Problem(None, "compare_mixed", {"name": name, "ensembles": ensembles})
            if study_path(name)
            else Problem(None, "compare_unknown", {"name": name})
            for name in single
        )
    twice = [name for place, name in enumerate(names) if found[name] in [found[one] for one in names[:place]]]
    problems = [Problem(None, "compare_twice", {"name": name}) for name in twice]
    if not problems and len(names) < 2:
        problems = [Problem(None, "compare_one")]
    if len(names) > len(LETTERS):
        problems.append(Problem(None, "compare_many", {"most": len(LETTERS)}))
    if problems:
        raise InputError(problems)
    return folders


def _folder(name: str) -> Path | None:
    """The folder of an ensemble: as it stands, else of ``outputs/``."""
    path = study_path(name)
    return path if path is not None and path.is_dir() and is_ensemble(path) else None


def compare_ensembles(folders: Sequence[Path], lang: Language) -> ComparedEnsembles:
    """Put ensembles side by side, run by run.

    Raises
    ------
    InputError
        For a folder that cannot be read, and for ensembles in which run k is not the same run: each difference with its
        two values.
    """
    found, scenarios = _read(folders)
    _refuse_unlike(found)
    numbers = _common(found)
    names = shown_names([(one.heading, one.folder) for one in found], lang)
    stored = dict(zip(names, found, strict=True))
    differences = input_differences(dict(zip(names, scenarios, strict=True)), lang)
    return ComparedEnsembles(stored, differences, _sides(stored, numbers))


def _read(folders: Sequence[Path]) -> tuple[list[StoredEnsemble], list[Scenario]]:
    problems: list[Problem] = []
    found, scenarios = [], []
    for folder in folders:
        try:
            found.append(open_ensemble(folder))
            scenarios.append(found[-1].scenario())
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise InputError(problems)
    return found, scenarios


def _refuse_unlike(found: Sequence[StoredEnsemble]) -> None:
    """Every difference from the first by which run k is another run, or values cannot be compared."""
    first = found[0]
    wanted = _alike(first)
    problems = [
        Problem(
            Place(one.folder),
            f"compare_{key}",
            {"found": value, "expected": wanted.get(key, "-"), "first": first.folder},
        )
        for one in found[1:]
        for key, value in _alike(one).items()
        if value != wanted.get(key, "-")
    ]  # fmt: skip
    if problems:
        raise InputError(problems)


def _alike(one: StoredEnsemble) -> dict[str, str]:
    """What must be the same, in words."""
    told = {key: one.attrs.get(key, "-")[:24] for key in ATTRIBUTES}
    told |= {key: str(one.told.get(key, "-")) for key in DRAWS}
    told["draws"] = one.draws_sha256[:12]
    told["clock"] = one.attrs.get("clock", "-").partition(" ")[0]
    told["targets"] = ", ".join(one.judged.ids)
    if told["design"] == HYPERCUBE:  # another one for each number of runs
        told["design_size"] = str(one.told.get("design_size", "-"))
    return told


def _common(found: Sequence[StoredEnsemble]) -> Numbers:
    """Numbers of the runs that all ensembles have, with the same park table in each.

    Raises
    ------
    InputError
        Where they have none in common, or a run took another table.
    """
    numbers = found[0].runs
    for one in found[1:]:
        numbers = np.intersect1d(numbers, one.runs)
    if not len(numbers):
        raise InputError([Problem(Place(found[-1].folder), "compare_no_run", {"first": found[0].folder})])
    tables = [_tables(one, numbers) for one in found]
    for one, table in zip(found[1:], tables[1:], strict=True):
        if table is not None and tables[0] is not None and (table != tables[0]).any():
            run = int(numbers[np.flatnonzero(table != tables[0])[0]])
            raise InputError([Problem(Place(one.folder), "compare_other_table", {"run": run})])
    return numbers


def _places(one: StoredEnsemble, numbers: Numbers) -> Numbers:
    return np.searchsorted(one.runs, numbers)


def _tables(one: StoredEnsemble, numbers: Numbers) -> Tables | None:
    return None if one.tables is None else one.tables[_places(one, numbers)]


def _sides(stored: Mapping[str, StoredEnsemble], numbers: Numbers) -> Sides:
    found = list(stored.values())
    first = found[0]
    whole = [_taken(one.judged, _places(one, numbers)) for one in found]
    good = ~failed_in(*whole)
    if not good.any():
        raise InputError([Problem(Place(first.folder), "compare_all_failed", {"runs": len(numbers)})])
    rules, every = first.rules(), _tables(first, numbers)
    tables = None if every is None else every[good]
    judged = [kept(one, good) for one in whole]
    group = [name for name in first.told.get("joint", {}).get("counted", []) if _counts(name, found)]
    joints = [joint(one, group, group, tables) for one in judged]
    held = [_all_met(one, joints[0]) for one in judged]
    sides = {}
    for place, (name, one) in enumerate(stored.items()):
        places = _places(one, numbers)[good]
        years = None if one.reached is None else one.reached[:, places[places < one.reached.shape[1]]]
        sides[name] = Side(
            one.attrs["run_id"], one.attrs["scenario"], one.calibration, one.rows, judged[place],
            chances(judged[place], rules, tables, years),
            paired(judged[0], judged[place], rules, tables) if place else (),
            joints[place],
            pair_of(*held[0][:1], *held[place][:1], held[0][1] & held[place][1], tables) if place and group else None,
            len(one.runs), int((whole[place].codes == FAILED).all(axis=0).sum()),
        )  # fmt: skip
    different = 0 if tables is None else len(np.unique(tables))
    return Sides(
        sides, rules, int(good.sum()), int(numbers[0]), int(numbers[-1]), int(first.told["seed"]),
        str(first.told["design"]), different,
    )  # fmt: skip


def _taken(judged: Judged, places: Numbers) -> Judged:
    return Judged(judged.ids, judged.values[:, places], judged.codes[:, places])


def _counts(target: str, found: Sequence[StoredEnsemble]) -> bool:
    """Whether a target has a verdict of its own in all ensembles."""

    def row(one: StoredEnsemble) -> TargetRow | None:
        return next((row for row in one.rows if row.id == target), None)

    return all(at is not None and at.basis in ("model", "extrapolated") for at in map(row, found))


def _all_met(judged: Judged, group: Joint) -> tuple[Flags, Flags]:
    """By run whether all targets of a group hold, and whether each of them has a verdict."""
    rows = [judged.ids.index(name) for name in group.counted]
    return np.asarray(judged.met[rows].all(axis=0)), np.asarray(judged.counted[rows].all(axis=0))
