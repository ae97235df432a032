"""An ensemble written into its output folder: targets with probabilities, values by run, bands, the manifest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from sim import dims
from sim.analysis.calibrated import calibration_of
from sim.analysis.ensemble_result import EnsembleResult
from sim.folder import RESOLVED, manifest_bytes, output_folder
from sim.netcdf import to_bytes
from sim.provenance import keep_inputs, manifest
from sim.publish import FIGURES
from sim.reconstruct.assumptions import READINGS
from sim.reconstruct.source import FILES as SOURCES
from sim.report.csv_tables import csv_bytes
from sim.report.ensemble_files import (
    BANDS,
    JOINT,
    MEMBERS,
    PARKS,
    RUNS,
    TARGETS_CSV,
    YEAR_RUN,
    open_ensemble,
)
from sim.report.ensemble_table import Size
from sim.scenario.show import resolved_toml
from sim.targets.by_run import CODE, FAILED, NEVER, NO_VERDICT
from sim.targets.halved import HalfStep
from sim.targets.park_bars import ORIGIN
from sim.targets.rows import columns
from sim.targets.verdict import verdict_word
from sim.words.catalogue import Language, problem_line, text

CHANCE_COLUMNS = (
    "probability", "mc_error", "runs_judged", "runs_undefined", "runs_failed", "p05", "p50", "p95", "worst5_mean",
    "verdict_likely", "verdict_likely_zh", "year_p50", "never_share", "year_runs", "calibration",
    "calibration_zh",
    "half_step_runs", "half_step_changed", "half_step_change", "half_step_verdict", "half_step_likely",
    "half_step_marked",
)  # fmt: skip
JOINT_COLUMNS = (
    "group", "counted", "size", "left_out", "probability", "mc_error", "runs_judged", "runs", "calibration", "scenario",
    "run_id",
)  # fmt: skip
PARK_COLUMNS = (
    "park", "level", "league", "bar", "bar_zh", "bar_en", "year", "probability", "mc_error", "runs_judged", "basis",
    "origin", "reconstructed", "calibration", "scenario", "run_id",
)  # fmt: skip
SET_BY = {("land", "national"): "T23", ("land", "regional"): "T24"}
"""Targets that tell whether a bar of single parks is set by the scenario."""

ESTIMATED = ("reconstructed", "assumed")
"""Origins of values of a park that no source gives."""


def size_of(result: EnsembleResult) -> Size:
    """How large an ensemble is, for its tables."""
    known = result.prepared.scenario.uncertainty
    tables = 0 if result.tables is None else len(np.unique(result.tables.of_runs(result.first - 1, result.runs)))
    return Size(result.runs, int(result.failed.sum()), known.seed, known.design, len(result.plan.drawn), tables)


def write_ensemble(
    result: EnsembleResult, target: Path, lang: Language, members: xr.Dataset | None = None, *, plots: bool = True
) -> None:
    """Write everything of an ensemble into ``target``, which is replaced whole or not at all.

    Parameters
    ----------
    members
        Paths of a few single runs, see `sim.analysis.members`.
    plots
        Whether figures are drawn; of a single run there are none.

    Raises
    ------
    InputError
        ``font_missing``: no font for the figures.
    OutputError
        If the folder is not this program's, cannot be written, or a file in it is open elsewhere.
    """
    with output_folder(target) as folder:
        (folder / TARGETS_CSV).write_bytes(targets_csv(result))
        (folder / JOINT).write_bytes(joint_csv(result))
        (folder / PARKS).write_bytes(parks_csv(result))
        (folder / RUNS).write_bytes(to_bytes(runs_dataset(result)))
        (folder / BANDS).write_bytes(to_bytes(bands_dataset(result)))
        resolved = resolved_toml(result.prepared.scenario, target)
        (folder / RESOLVED).write_text(resolved, encoding="utf-8", newline="\n")
        more = () if result.tables is None else SOURCES
        keep_inputs(result.prepared.bundle, folder, more, result.prepared.scenario.uncertainty.draws)
        (folder / "manifest.json").write_bytes(manifest_bytes(fields_of(result) | {"lang": lang}))
        if members is not None:
            (folder / MEMBERS).write_bytes(to_bytes(members))
        if plots and result.runs > 1:
            from sim.analysis.ensemble_figures import write_figures  # matplotlib, which --no-plots doesn't need

            write_figures(open_ensemble(folder), folder / FIGURES, lang)


def targets_csv(result: EnsembleResult) -> bytes:
    """The columns of a single run's ``targets.csv``, for the scenario's own values, and those of the ensemble."""
    failed = int(result.failed.sum())
    rests = calibration_of(result.prepared)
    stamp = (rests.code, rests.words("zh"))
    lines = []
    for row, chance in zip(result.rows, result.chances, strict=True):
        told = (chance.probability, chance.error, chance.judged, chance.undefined, failed)
        own = [getattr(row, column) for column in columns()]
        word = verdict_word("zh", chance.verdict, chance.year, row.end_year) if chance.verdict else None
        values = (chance.p05, chance.p50, chance.p95, chance.worst5)
        years = (chance.year, chance.never, chance.year_runs or None)
        lines.append([*own, *told, *values, chance.verdict, word, *years, *stamp, *_halved(result, row.id)])
    return csv_bytes((*columns(), *CHANCE_COLUMNS), lines)


def _halved(result: EnsembleResult, target: str) -> tuple[object, ...]:
    """What half the step makes of a target, in the last six columns; empty where it was not looked at."""
    found = () if result.half_step is None else result.half_step.targets
    one = next((one for one in found if one.id == target), None)
    if one is None:
        return (None,) * 6
    return one.runs, one.changed if one.runs else None, one.change, one.central, one.likely, one.marked


def joint_csv(result: EnsembleResult) -> bytes:
    """The joint probability: one line, without a probability where no target of the group counts."""
    found, of = result.joint, result.prepared.provenance
    stamp = calibration_of(result.prepared).code
    told = (found.named, found.counted, found.size, found.left_out, found.probability, found.error, found.judged)
    return csv_bytes(JOINT_COLUMNS, [[*told, result.runs, stamp, of["scenario"], of["run_id"]]])


def runs_dataset(result: EnsembleResult) -> xr.Dataset:
    """Value and verdict of each target in each run, dims ``target, run``; runs are counted from 1."""
    judged = result.judged
    names = sorted(CODE, key=CODE.__getitem__)
    meanings = {"flag_values": np.array([FAILED, *range(len(names))], dtype=np.int8),
                "flag_meanings": " ".join(["failed", *names])}  # fmt: skip
    numbers = np.arange(result.first, result.first + result.runs)
    return xr.Dataset(
        {
            **_parks_by_run(result),
            **_years_by_run(result),
            "value": (("target", dims.RUN), judged.values),
            "verdict": (("target", dims.RUN), judged.codes, meanings),
            "central": ("target", np.array([np.nan if r.value_2020 is None else r.value_2020 for r in result.rows])),
        },
        coords={"target": np.array(judged.ids, dtype=object), dims.RUN: numbers, **_year_runs(result),
                "unit": ("target", np.array([row.unit_en for row in result.rows], dtype=object))},
        attrs=dict(result.prepared.provenance),
    )  # fmt: skip


def _parks_by_run(result: EnsembleResult) -> dict[str, tuple[object, ...]]:
    """Which park table each run took, how that reads the counts, and its industrial value added of 2015."""
    if result.tables is None:
        return {}
    of_run = result.tables.of_runs(result.first - 1, result.runs)
    different, place = np.unique(of_run, return_inverse=True)
    draws = [result.tables.redraw.draw(int(table)) for table in different]
    readings = {"flag_values": np.arange(len(READINGS), dtype=np.int8), "flag_meanings": " ".join(READINGS)}
    money = {dims.UNITS: "1e8 CNY/yr", dims.UNITS_ZH: "亿元/年"}
    return {
        "park_table": (dims.RUN, of_run + 1),
        "park_reading": (dims.RUN, np.array([READINGS.index(d.reading) for d in draws], np.int8)[place], readings),
        "value_added_2015": (dims.RUN, np.array([draw.value_added for draw in draws])[place], money),
    }


def _year_runs(result: EnsembleResult) -> dict[str, object]:
    """Numbers of the runs whose years of reaching are known."""
    return {} if result.reached is None else {YEAR_RUN: result.first + np.arange(result.reached.shape[1])}


def _years_by_run(result: EnsembleResult) -> dict[str, tuple[object, ...]]:
    """The year in which each target is reached, in the first runs of a design: it tells late from missed there."""
    if result.reached is None:
        return {}
    meanings = {"flag_values": np.array([NO_VERDICT, NEVER], dtype=np.int16), "flag_meanings": "no_verdict never"}
    return {"year_reached": (("target", YEAR_RUN), result.reached, meanings)}


def parks_csv(result: EnsembleResult) -> bytes:
    """One line for each park and bar, without names: what stands on estimates must not look like news of a zone."""
    parks, of = result.prepared.bundle.parks, result.prepared.provenance
    bases = {row.id: row.basis for row in result.rows}
    stamp = calibration_of(result.prepared).code
    lines: list[list[object]] = []
    for row, (park, entry) in enumerate(parks.frame.iterrows()):
        for bar, shares in result.parks.shares.items():
            one, origin = shares[row], str(parks.origins.at[park, ORIGIN[bar]])
            words = (text("zh", f"ensemble.bar.{bar}"), text("en", f"ensemble.bar.{bar}"))
            lines.append([
                park, entry["level"], entry["league"], bar, *words, result.parks.year, one.share, one.error, one.number,
                bases.get(SET_BY.get((bar, str(entry["level"])), ""), "model"), origin, origin in ESTIMATED,
                stamp, of["scenario"], of["run_id"],
            ])  # fmt: skip
    return csv_bytes(PARK_COLUMNS, lines)


def _joint_fields(result: EnsembleResult) -> dict[str, object]:
    found = result.joint
    return {"counted": list(found.counted), "left_out": list(found.left_out), "size": found.size,
            "probability": found.probability, "mc_error": found.error}  # fmt: skip


def _half_fields(found: HalfStep) -> dict[str, object]:
    fields: dict[str, object] = {"step": found.step, "first_run": found.first, "runs": found.runs}
    if found.problem is not None:
        return fields | {"failed": problem_line("en", found.problem)}
    central = [one.id for one in found.targets if one.central_moved]
    changed = {one.id: one.changed for one in found.changed}
    return fields | {"failed_at_one_step": found.broken, "changed_runs": changed, "changed_central": central,
                     "marked": list(found.marked)}  # fmt: skip


def bands_dataset(result: EnsembleResult) -> xr.Dataset:
    """Totals of the region by year with their statistics; see `sim.analysis.bands`."""
    return result.bands.assign_attrs(**result.prepared.provenance)


def fields_of(result: EnsembleResult) -> dict[str, object]:
    """Fields of the manifest: the provenance, and what was drawn, run and left out."""
    prepared, plan = result.prepared, result.plan
    ensemble = {
        "runs": result.runs,
        "first_run": result.first,
        "design": plan.points.design,
        "design_size": plan.points.runs,
        "dimensions": plan.points.dimensions,
        "seed": plan.points.seed,
        "drawn": [one.name for one in plan.drawn],
        "from_draws": plan.told,
        "held_by_scenario": list(plan.held),
        "failed": int(result.failed.sum()),
        "failed_runs": (np.flatnonzero(result.failed)[:100] + result.first).tolist(),
        "kernel": dict(result.kernel),
        "joint": _joint_fields(result),
        "calibration": calibration_of(prepared).fields(),
    }
    near = result.precision
    if near is not None:
        ensemble["precision"] = {"bound": near.bound, "met": near.met, "largest_error": near.error,
                                 "target": near.target, "most_runs": near.most}  # fmt: skip
    if result.half_step is not None:
        ensemble["half_step"] = _half_fields(result.half_step)
    source = ""
    if result.tables is not None:
        source = result.tables.redraw.ground.source.fingerprint
        ensemble |= {"park_tables": result.tables.redraw.tables, "park_tables_used": size_of(result).tables}
    return manifest(prepared.bundle, prepared.scenario, prepared.chosen.engine, source) | {"ensemble": ensemble}
