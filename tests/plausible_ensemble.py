"""An ensemble as its folder would give it, made up: no run is needed to look at its figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from sim import dims
from sim.report.ensemble_files import ParkChance, StoredEnsemble
from sim.report.ensemble_table import Size
from sim.targets.by_run import CODE, FAILED, Judged
from sim.targets.chances import chances
from sim.targets.joint import joint
from sim.targets.park_bars import BARS
from sim.targets.rows import TargetRow
from sim.targets.verdict import Rule, holds
from tests.plausible import plausible_rows

STATISTICS = ("central", "mean", "deviation", "least", "p05", "p25", "p50", "p75", "p95", "most")
ATTRS = {"run_id": "plan-1a2b3c", "scenario": "plan", "scenario_name": "Plan in full", "scenario_name_zh": "规划情景",
         "bundle": "inner-mongolia", "own_table": "0", "history_test": "failed", "seed": "7"}  # fmt: skip
YEARS = np.arange(2015, 2031)


def plausible_ensemble(
    runs: int = 300, parks: int = 116, members: int = 5, failed: int = 2, draws: str | None = None, **attrs: str
) -> StoredEnsemble:
    """Runs about the values of `tests.plausible`, on 20 park tables; the last few failed."""
    rng = np.random.default_rng(1)
    rows = plausible_rows()
    values, codes = (np.stack(parts) for parts in zip(*(_runs(row, runs, rng) for row in rows), strict=True))
    if failed:
        values[:, -failed:], codes[:, -failed:] = np.nan, FAILED
    judged = Judged(tuple(row.id for row in rows), values, codes)
    tables = rng.integers(0, 20, runs)
    bases = [row.id for row in rows if row.basis == "model"]
    rules = {row.id: Rule(row.form, row.comparator, row.target_low, row.target_high) for row in rows}
    return StoredEnsemble(
        Path("outputs/plan-ensemble"), tuple(rows), chances(judged, rules, tables), joint(judged, bases, bases, tables),
        judged, np.arange(1, runs + 1), None, tables, _bands(), _members(members) if members else None,
        tuple(_parks(parks, rng)), Size(runs, failed, 7, "sobol", 141, 20), ATTRS | attrs,
        {"calibration": {"draws": draws}}, {"runs": runs, "seed": 7, "tables": 20}, "zh",
    )  # fmt: skip


def _runs(row: TargetRow, runs: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    middle = np.nan if row.value_2020 is None else row.value_2020
    values = middle + (0.06 * abs(middle) + 0.01) * rng.standard_normal(runs)
    values = values.round() if row.form == "count" else values
    if row.basis in ("outside", "imposed"):
        return values, np.full(runs, CODE[row.basis], dtype=np.int8)
    rule = Rule(row.form, row.comparator, row.target_low, row.target_high)
    met = np.array([holds(rule, float(value)) for value in values])
    return values, np.where(met, CODE["met"], CODE["missed"]).astype(np.int8)


def _course(start: float, growth: float) -> np.ndarray:
    return np.asarray(start * growth ** (YEARS - 2015))


STARTS = {"gdp": 9209.0, "iva": 5545.0, "revenue": 16235.0, "fixed_investment": 4980.0}


def _bands() -> xr.Dataset:
    growths = (1.07, 1.068, 0.0, 1.02, 1.04, 1.055, 1.066, 1.075, 1.085, 1.1)
    bands = {
        name: (("statistic", dims.TIME), np.stack([_course(start, growth) for growth in growths]))
        for name, start in STARTS.items()
    }
    return xr.Dataset(bands, {"statistic": list(STATISTICS), dims.TIME: YEARS})


def _members(number: int) -> xr.Dataset:
    growths = 1.05 + 0.01 * np.arange(number)
    paths = {
        name: ((dims.RUN, dims.TIME), np.stack([_course(start, growth) for growth in growths]))
        for name, start in STARTS.items()
    }
    return xr.Dataset(paths, {dims.RUN: np.arange(1, number + 1), dims.TIME: YEARS})


def _parks(number: int, rng: np.random.Generator) -> list[ParkChance]:
    """Chances from 0 to 1; land is set by the scenario, and of every seventh park nobody asks for the bottom three."""
    found = []
    for park in range(number):
        for place, bar in enumerate(BARS):
            asked = bar != "bottom" or park % 7 > 0
            share = float(np.clip(rng.normal(0.2 * place + 0.3, 0.5), 0.0, 1.0)) if asked else None
            basis = "imposed" if bar == "land" else "model"
            league = dims.LEAGUES[park % len(dims.LEAGUES)]
            error = 0.01 if asked else None
            found.append(ParkChance(f"P{park + 1:02d}", league, bar, 2020, share, error, 298 if asked else 0, basis,
                                    bar != "land"))  # fmt: skip
    return found
