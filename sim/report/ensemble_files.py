"""The folder of an ensemble read back: what its figures and reports are made from, without a run."""

from __future__ import annotations

import hashlib
import io
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.bundle import TARGETS as TARGETS_FILE
from sim.errors import InputError, Place, Problem
from sim.folder import DRAWS, INPUTS, RESOLVED, read_manifest
from sim.netcdf import from_bytes
from sim.outputs_spec import FILE as OUTPUTS_FILE
from sim.outputs_spec import read_outputs
from sim.report.calibration import Calibration
from sim.report.csv_tables import read_targets_csv
from sim.report.ensemble_table import Size
from sim.report.heading import Heading
from sim.scenario.resolve import load_scenario
from sim.scenario.types import Scenario
from sim.targets.by_run import Judged, Years
from sim.targets.chances import Chance, Tables
from sim.targets.joint import Joint
from sim.targets.rows import TargetRow, columns
from sim.targets.spec import read_targets
from sim.targets.verdict import Rule
from sim.tested import Bar, known, read_bar

TARGETS_CSV, JOINT, PARKS, RUNS, BANDS, MEMBERS = (
    "targets.csv", "joint.csv", "parks.csv", "runs.nc", "bands.nc", "members.nc",
)  # fmt: skip

YEAR_RUN = "year_run"
"""Dimension of the first runs of a design, in which all years are judged."""

IDENTITY = ("run_id", "scenario", "scenario_name", "scenario_name_zh", "bundle_sha256")
"""Attributes without which nobody knows what an ensemble is of."""


@dataclass(frozen=True)
class ParkChance:
    """How likely a park passes a bar: a line of ``parks.csv``.

    Parameters
    ----------
    probability, error, judged
        ``None`` and 0 where the question is never asked.
    basis
        ``imposed`` where the scenario itself sets the standard.
    reconstructed
        Whether the value that the bar rests on is an estimate.
    """

    park: str
    league: str
    bar: str
    year: int
    probability: float | None
    error: float | None
    judged: int
    basis: str
    reconstructed: bool


@dataclass(frozen=True)
class StoredEnsemble:
    """An ensemble as its folder holds it.

    Parameters
    ----------
    rows
        Verdicts on the scenario's own values, in the order of the plan.
    chances
        One for each row.
    judged
        Values and verdicts, shape (targets, runs).
    runs
        Numbers of the runs, from 1.
    reached
        Year in which a target is reached for the first of the runs, shape (targets, some of the runs).
    tables
        The park table of each run, shape (runs,); ``None`` where all runs took the bundle's own.
    bands, members
        Totals by year: statistics, and paths of a few single runs (``None`` where they are not kept).
    attrs
        What made the numbers: id, scenario, versions.
    told
        What the manifest says of the ensemble: runs, design, seed, park tables.
    drawing
        ``[uncertainty]`` of the resolved scenario; empty where that cannot be read.
    lang
        Language of the command that made it; "" if that is not known.
    """

    folder: Path
    rows: tuple[TargetRow, ...]
    chances: tuple[Chance, ...]
    joint: Joint
    judged: Judged
    runs: npt.NDArray[np.int64]
    reached: Years | None
    tables: Tables | None
    bands: xr.Dataset
    members: xr.Dataset | None
    parks: tuple[ParkChance, ...]
    size: Size
    attrs: Mapping[str, str]
    told: Mapping[str, Any]
    drawing: Mapping[str, object]
    lang: str

    @property
    def heading(self) -> Heading:
        """What stands above its tables."""
        zh, en, run_id = (self.attrs[key] for key in ("scenario_name_zh", "scenario_name", "run_id"))
        return Heading(zh, en, run_id, history=known(self.attrs.get("history_test")))

    @property
    def calibration(self) -> Calibration:
        """What its probabilities rest on: the same words as when it was run."""
        told = self.told.get("calibration")
        draws = told.get("draws") if isinstance(told, dict) else None
        return Calibration(str(draws or ""), self.heading.history, self._bar())

    def _bar(self) -> Bar | None:
        try:
            return read_bar(self.folder / INPUTS)
        except InputError:  # edited since; it is needed for the words of a reason alone
            return None

    @property
    def draws_sha256(self) -> str:
        """Hash of the table of draws that it took, as the folder keeps it; "-" for none."""
        kept = self.folder / INPUTS / DRAWS
        return hashlib.sha256(kept.read_bytes()).hexdigest() if kept.is_file() else "-"

    def scenario(self) -> Scenario:
        """The scenario as it was run.

        Raises
        ------
        InputError
            If its file, or a table of draws that it names, is gone or was edited so that it cannot be read.
        """
        return load_scenario(self.folder / RESOLVED)

    def rules(self) -> dict[str, Rule]:
        """The bar of each target, from the files that the folder keeps.

        Raises
        ------
        InputError
            If these cannot be read.
        """
        kept = self.folder / INPUTS
        targets = read_targets(kept / TARGETS_FILE, read_outputs(kept / OUTPUTS_FILE))
        return {target.id: target.main.rule for target in targets}


def is_ensemble(folder: Path) -> bool:
    """Whether a folder holds the results of an ensemble."""
    return isinstance((read_manifest(folder) or {}).get("ensemble"), dict)


def open_ensemble(folder: Path) -> StoredEnsemble:
    """Read an ensemble back from its folder.

    Raises
    ------
    InputError
        ``ensemble_none`` for another folder; ``ensemble_file_gone``, ``ensemble_unreadable`` for every file of which
        that is true; ``ensemble_broken`` where whole files don't fit together.
    """
    fields = read_manifest(folder) or {}
    if not isinstance(fields.get("ensemble"), dict):
        raise InputError([Problem(Place(folder), "ensemble_none")])
    found, problems = {}, []
    readers = {RUNS: _dataset, BANDS: _dataset, TARGETS_CSV: read_targets_csv, JOINT: read_targets_csv,
               PARKS: read_targets_csv}  # fmt: skip
    for name, reader in (readers | ({MEMBERS: _dataset} if (folder / MEMBERS).exists() else {})).items():
        try:
            found[name] = reader(folder / name)
        except FileNotFoundError:
            problems.append(Problem(Place(folder / name), "ensemble_file_gone"))
        except Exception:  # the readers raise whatever a damaged file makes of them
            problems.append(Problem(Place(folder / name), "ensemble_unreadable"))
    if problems:
        raise InputError(problems)
    try:
        return _stored(folder, fields, found)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):  # whole files of another layout
        raise InputError([Problem(Place(folder), "ensemble_broken")]) from None


def _dataset(path: Path) -> xr.Dataset:
    content = path.read_bytes()
    try:
        return from_bytes(content)
    except Exception:  # saved again by another program
        return xr.load_dataset(io.BytesIO(content), engine="h5netcdf")


def _stored(folder: Path, fields: Mapping[str, object], found: Mapping[str, object]) -> StoredEnsemble:
    runs, bands, members = found[RUNS], found[BANDS], found.get(MEMBERS)
    assert isinstance(runs, xr.Dataset)
    assert isinstance(bands, xr.Dataset)
    lines, joint, parks = found[TARGETS_CSV], found[JOINT], found[PARKS]
    assert isinstance(lines, list)
    assert isinstance(joint, list)
    assert isinstance(parks, list)
    end = int(bands[dims.TIME].values[-1])
    ids = tuple(map(str, runs["target"].values))
    rows = tuple(_row(line, end) for line in lines)
    if ids != tuple(row.id for row in rows):
        raise ValueError("the files are of different ensembles")
    judged = Judged(ids, runs["value"].transpose("target", dims.RUN).values,
                    runs["verdict"].transpose("target", dims.RUN).values.astype(np.int8))  # fmt: skip
    numbers = runs[dims.RUN].values.astype(np.int64)
    reached = runs["year_reached"].transpose("target", YEAR_RUN).values if YEAR_RUN in runs.dims else None
    tables = runs["park_table"].values.astype(np.int64) if "park_table" in runs else None
    attrs = {str(key): str(value) for key, value in runs.attrs.items()}
    if not attrs.keys() >= set(IDENTITY):
        raise ValueError("not said what it is of")
    told = fields["ensemble"]
    assert isinstance(told, dict)
    return StoredEnsemble(
        folder, rows, tuple(map(_chance, lines)), _joint(joint[0]), judged, numbers, reached, tables, bands,
        members if isinstance(members, xr.Dataset) else None, tuple(map(_park, parks)), _size(told), attrs, told,
        _drawing(folder), str(fields.get("lang", "")),
    )  # fmt: skip


def _drawing(folder: Path) -> Mapping[str, object]:
    try:
        resolved = tomllib.loads((folder / RESOLVED).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # taken away or edited; it is needed for the words of a command line alone
        return {}
    told = resolved.get("uncertainty", {})
    return told if isinstance(told, dict) else {}


def _size(told: Mapping[str, Any]) -> Size:
    drawn, tables = len(told["drawn"]), int(told.get("park_tables_used", 0))
    return Size(int(told["runs"]), int(told["failed"]), int(told["seed"]), str(told["design"]), drawn, tables)


def _number(cell: str) -> float | None:
    """A number of a table.

    >>> _number("0.25"), _number("")
    (0.25, None)
    """
    if not cell:
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def _whole(cell: str) -> int | None:
    number = _number(cell)
    return None if number is None else int(number)


def _row(line: Mapping[str, str], end: int) -> TargetRow:
    """A row of ``targets.csv``; what stands beside the file is left empty."""
    kinds = TargetRow.__annotations__
    readers: dict[str, Callable[[str], object]] = {
        "float | None": _number, "int | None": _whole, "bool": lambda cell: cell == "1",
        "str | None": lambda cell: cell or None, "str": str,
    }  # fmt: skip
    told = {name: readers[kinds[name]](line[name]) for name in columns()}
    beside = {
        "group": line["group_en"], "scope_en": "", "year": dims.TARGET_YEAR, "end_year": end, "proxy": False,
        "tight": False, "expression": "", "restatement_zh": "", "restatement_en": "", "path": {}, "readings": (),
    }  # fmt: skip
    return TargetRow(**told, **beside)  # type: ignore[arg-type]


def _chance(line: Mapping[str, str]) -> Chance:
    p05, p50, p95, worst = (_number(line[name]) for name in ("p05", "p50", "p95", "worst5_mean"))
    return Chance(
        line["id"], _number(line["probability"]), _number(line["mc_error"]), int(line["runs_judged"]),
        int(line["runs_undefined"]), p05, p50, p95, worst, line["verdict_likely"] or None, _whole(line["year_p50"]),
        _number(line["never_share"]), _whole(line["year_runs"]) or 0,
    )  # fmt: skip


def _joint(line: Mapping[str, str]) -> Joint:
    named, counted = (tuple(name for name in line[key].split("; ") if name) for key in ("group", "counted"))
    return Joint(named, counted, _number(line["probability"]), _number(line["mc_error"]), int(line["runs_judged"]))


def _park(line: Mapping[str, str]) -> ParkChance:
    return ParkChance(
        line["park"], line["league"], line["bar"], int(line["year"]), _number(line["probability"]),
        _number(line["mc_error"]), int(line["runs_judged"]), line["basis"], line["reconstructed"] == "1",
    )  # fmt: skip
