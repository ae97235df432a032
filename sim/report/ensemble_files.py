"""The folder of an ensemble read back: what its figures and reports are made from, without a run."""

from __future__ import annotations

import io
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.errors import InputError, Place, Problem
from sim.folder import read_manifest
from sim.netcdf import from_bytes
from sim.report.csv_tables import read_targets_csv
from sim.report.ensemble_table import Size
from sim.report.heading import Heading
from sim.targets.by_run import Judged
from sim.targets.chances import Chance
from sim.targets.joint import Joint
from sim.targets.rows import TargetRow, columns
from sim.tested import known

TARGETS_CSV, JOINT, PARKS, RUNS, BANDS, MEMBERS = (
    "targets.csv", "joint.csv", "parks.csv", "runs.nc", "bands.nc", "members.nc",
)  # fmt: skip

RESOLVED = "scenario.resolved.toml"


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
    tables
        The park table of each run, ``None`` where all runs took the same.
    bands, members
        Totals by year: statistics, and paths of a few single runs (``None`` where they are not kept).
    attrs
        What made the numbers: id, scenario, versions.
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
    tables: npt.NDArray[np.int64] | None
    bands: xr.Dataset
    members: xr.Dataset | None
    parks: tuple[ParkChance, ...]
    size: Size
    attrs: Mapping[str, object]
    drawing: Mapping[str, object]
    lang: str

    @property
    def heading(self) -> Heading:
        """What stands above its tables."""
        zh, en, run_id = (str(self.attrs[key]) for key in ("scenario_name_zh", "scenario_name", "run_id"))
        return Heading(zh, en, run_id, history=known(self.attrs.get("history_test")))


def is_ensemble(folder: Path) -> bool:
    """Whether a folder holds the results of an ensemble."""
    return isinstance((read_manifest(folder) or {}).get("ensemble"), dict)


def open_ensemble(folder: Path) -> StoredEnsemble:
    """Read an ensemble back from its folder.

    Raises
    ------
    InputError
        ``ensemble_broken``: a file of it is gone or cannot be read; all such files are named.
    """
    found, problems = {}, []
    readers = {RUNS: _dataset, BANDS: _dataset, TARGETS_CSV: read_targets_csv, JOINT: read_targets_csv,
               PARKS: read_targets_csv}  # fmt: skip
    for name, reader in (readers | ({MEMBERS: _dataset} if (folder / MEMBERS).exists() else {})).items():
        try:
            found[name] = reader(folder / name)
        except Exception:  # the readers raise whatever a damaged file makes of them
            problems.append(Problem(Place(folder / name), "ensemble_broken"))
    if problems:
        raise InputError(problems)
    try:
        return _stored(folder, read_manifest(folder) or {}, found)
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
    tables = runs["park_table"].values.astype(np.int64) if "park_table" in runs else None
    return StoredEnsemble(
        folder, rows, tuple(map(_chance, lines)), _joint(joint[0]), judged, tables, bands,
        members if isinstance(members, xr.Dataset) else None, tuple(map(_park, parks)), _size(fields), runs.attrs,
        _drawing(folder), str(fields.get("lang", "")),
    )  # fmt: skip


def _drawing(folder: Path) -> Mapping[str, object]:
    try:
        resolved = tomllib.loads((folder / RESOLVED).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # taken away or edited; it is needed for the words of a command line alone
        return {}
    told = resolved.get("uncertainty", {})
    return told if isinstance(told, dict) else {}


def _size(fields: Mapping[str, object]) -> Size:
    told = fields["ensemble"]
    if not isinstance(told, dict):
        raise ValueError("not an ensemble")
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
