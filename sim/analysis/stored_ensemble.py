"""An ensemble read back from its folder: verdicts and values by run, what was drawn, the scenario."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.write_ensemble import YEAR_RUN
from sim.errors import InputError, Place, Problem
from sim.folder import read_manifest
from sim.netcdf import from_bytes
from sim.outputs_spec import FILE as OUTPUTS_FILE
from sim.outputs_spec import read_outputs
from sim.provenance import INPUTS
from sim.report.csv_tables import read_targets_csv
from sim.report.ensemble_files import RESOLVED, RUNS, TARGETS_CSV
from sim.report.heading import Heading
from sim.scenario.resolve import load_scenario
from sim.scenario.types import Scenario
from sim.targets.by_run import Judged, Years
from sim.targets.chances import Tables
from sim.targets.rows import TargetRow, columns
from sim.targets.spec import read_targets
from sim.targets.verdict import Rule
from sim.tested import known


@dataclass(frozen=True)
class StoredEnsemble:
    """An ensemble as its folder holds it.

    Parameters
    ----------
    told
        What the manifest says of the ensemble: runs, design, seed, park tables.
    attrs
        Where it comes from, as every result tells it.
    rows
        Targets with the verdicts on the scenario's own values.
    runs
        Numbers of the runs, from 1.
    tables
        The park table of each run, shape (runs,); ``None`` where all runs took the bundle's own.
    reached
        Year in which a target is reached for the first of the runs, shape (targets, some of the runs).
    """

    folder: Path
    told: Mapping[str, Any]
    attrs: Mapping[str, str]
    rows: tuple[TargetRow, ...]
    judged: Judged
    runs: npt.NDArray[np.int64]
    tables: Tables | None
    reached: Years | None
    scenario: Scenario

    @property
    def heading(self) -> Heading:
        """What stands above its tables."""
        names = (self.attrs["scenario_name_zh"], self.attrs["scenario_name"], self.attrs["run_id"])
        return Heading(*names, history=known(self.attrs.get("history_test")))

    def rules(self) -> dict[str, Rule]:
        """The bar of each target, from the files that the folder keeps.

        Raises
        ------
        InputError
            If these cannot be read.
        """
        kept = self.folder / INPUTS
        targets = read_targets(kept / "targets.toml", read_outputs(kept / OUTPUTS_FILE))
        return {target.id: target.main.rule for target in targets}


def is_ensemble(folder: Path) -> bool:
    """Whether a folder says of itself that it holds an ensemble."""
    fields = read_manifest(folder)
    return fields is not None and isinstance(fields.get("ensemble"), dict)


def open_ensemble(folder: Path) -> StoredEnsemble:
    """Read an ensemble back.

    Raises
    ------
    InputError
        If a file of it is gone, broken or altered so that it cannot be read.
    """
    found = read_manifest(folder) or {}
    told = found.get("ensemble")
    if not isinstance(told, dict):
        raise InputError([Problem(Place(folder), "ensemble_none")])
    dataset, rows = _runs(folder / RUNS), _rows(folder / TARGETS_CSV)
    try:
        judged = Judged(
            tuple(str(name) for name in dataset["target"].values),
            dataset["value"].transpose("target", dims.RUN).to_numpy(),
            dataset["verdict"].transpose("target", dims.RUN).to_numpy(),
        )
        tables = dataset["park_table"].to_numpy() if "park_table" in dataset else None
        reached = dataset["year_reached"].transpose("target", YEAR_RUN).to_numpy() if YEAR_RUN in dataset.dims else None
        runs = dataset[dims.RUN].to_numpy()
        attrs = {str(key): str(value) for key, value in dataset.attrs.items()}
        _ = [attrs[key] for key in ("run_id", "scenario", "scenario_name", "scenario_name_zh", "bundle_sha256")]
    except (KeyError, ValueError):
        raise InputError([Problem(Place(folder / RUNS), "ensemble_unreadable")]) from None
    if judged.ids != tuple(row.id for row in rows):
        raise InputError([Problem(Place(folder / TARGETS_CSV), "ensemble_unreadable")])
    scenario = load_scenario(folder / RESOLVED)
    rows = tuple(replace(row, end_year=scenario.clock.end) for row in rows)
    return StoredEnsemble(folder, told, attrs, rows, judged, runs, tables, reached, scenario)


def _runs(path: Path) -> xr.Dataset:
    try:
        content = path.read_bytes()
    except OSError:
        raise InputError([Problem(Place(path), "ensemble_file_gone")]) from None
    try:
        return from_bytes(content)
    except Exception:  # the reader raises whatever a damaged file makes of it
        raise InputError([Problem(Place(path), "ensemble_unreadable")]) from None


def _rows(path: Path) -> tuple[TargetRow, ...]:
    try:
        return tuple(_row(line) for line in read_targets_csv(path))
    except OSError:
        raise InputError([Problem(Place(path), "ensemble_file_gone")]) from None
    except (UnicodeError, csv.Error, KeyError, ValueError):
        raise InputError([Problem(Place(path), "ensemble_unreadable")]) from None


def _row(line: Mapping[str, str]) -> TargetRow:
    """A row from the columns of ``targets.csv``; what the file doesn't hold has the value that says nothing."""
    hints = get_type_hints(TargetRow)
    told: dict[str, Any] = {name: _value(line[name], hints[name]) for name in columns()}
    beside: dict[str, Any] = {
        "group": line["group_en"], "scope_en": "", "year": dims.TARGET_YEAR, "end_year": dims.TARGET_YEAR,
        "proxy": False, "tight": False, "expression": "", "restatement_zh": "", "restatement_en": "", "path": {},
        "readings": (),
    }  # fmt: skip
    assert all(one.default is MISSING for one in fields(TargetRow))  # nothing is left to a default by oversight
    return TargetRow(**told, **beside)


def _value(cell: str, kind: Any) -> Any:
    """The value of a cell as its column has it.

    >>> _value("3.5", float | None), _value("", float | None), _value("1", bool), _value("", str)
    (3.5, None, True, '')
    """
    options = get_args(kind) or (kind,)
    if cell == "" and NoneType in options:
        return None
    plain = next(one for one in options if one is not NoneType)
    return cell == "1" if plain is bool else plain(cell)
