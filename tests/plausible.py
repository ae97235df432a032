"""Results and target rows with believable magnitudes, for tests that look at figures."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from sim import dims
from sim.targets.rows import TargetRow
from tests.datasets import synthetic_results

TOTALS = {
    "gdp": (9209, 0.071),
    "iva": (5545, 0.065),
    "revenue": (16235, 0.07),
    "gross_output": (18484, 0.066),
    "labour": (150, 0.02),
    "tax": (787, 0.06),
    "trade": (74, 0.12),
    "fdi": (30, 0.03),
    "fixed_investment": (5100, 0.06),
    "energy_use": (16100, 0.03),
    "water_use": (52000, 0.02),
    "land_planned": (6100, 0.0),
    "land_unserviced": (3700, -0.03),
    "land_vacant": (459, 0.01),
    "land_occupied": (1150, 0.035),
    "land_idle": (180, 0.01),
    "land_other": (611, 0.02),
    "built_up": (1941, 0.03),
    "capital": (30291, 0.06),
    "infrastructure": (3000, 0.05),
    "rd_spending": (92, 0.08),
}
EMISSIONS = {"COD": 41000, "NH3N": 4100, "SO2": 410000, "NOX": 380000, "VOC": 120000, "CO2": 4.2e8}


def plausible_results(parks: int = 116, end: int = 2030, seed: int = 1, policy: float = 1.0) -> xr.Dataset:
    """A run whose totals and distribution look like the region's; ``policy`` 0 switches the effects off."""
    rng = np.random.default_rng(seed)
    results = synthetic_results(parks=parks, end=end, seed=seed)
    years = np.asarray(results[dims.TIME].values)
    size = np.sort(rng.lognormal(0.0, 1.25, parks))[::-1]
    size /= size.sum()
    late = np.clip(years - 2016, 0, None)
    for name, (total, growth) in TOTALS.items():
        if name in results:
            path = total * np.exp((growth + 0.004 * policy) * (years - 2015) - 0.0006 * (years - 2015) ** 2)
            weight = size * rng.lognormal(0.0, 0.15, parks) if name not in ("revenue", "gdp") else size
            field = results[name]
            values = (weight / weight.sum())[:, None] * path
            extra = [results.sizes[dim] for dim in field.dims[2:-1]]
            if extra:
                values = values[:, None, :] / extra[0] * np.ones((1, extra[0], 1))
            if name == "gdp":  # parks grow apart, the total stays
                apart = np.exp(0.02 * rng.normal(size=(parks, 1)) * (years - 2015))
                values = values * apart * (values.sum(axis=0) / (values * apart).sum(axis=0))
            results[name] = field.copy(data=np.broadcast_to(values, field.shape))
    fade = np.stack(
        [total * np.exp(0.02 * (years - 2015) - policy * 0.02 * late) for total in EMISSIONS.values()]
    )
    fade = fade * np.array([1, 0.98, 0.9, 0.95, 1.05, 1.0])[:, None] ** late
    results["emissions"].data[:] = size[None, :, None, None] * fade[None, None]
    _land_rules(results, years, policy)
    _productivity(results, years, policy)
    _retrofit(results, years, policy, rng)
    output = rng.lognormal(5.6, 1.1, (12, 6, 1)) * np.exp(0.06 * (years - 2015))
    results["cluster_output"].data[:] = output
    results["cluster_maturity"].data[:] = np.clip(
        rng.uniform(0.1, 0.8, (12, 6, 1)) + 0.03 * policy * late, 0, 1
    )
    return results


def _land_rules(results: xr.Dataset, years: np.ndarray, policy: float) -> None:
    on = policy * (years >= 2017)
    level = np.array([1.0, 0.72, 0.5])[:, None]
    results["land_threshold"].data[:] = np.array([150.0, 80.0, 0.0])[:, None] * on
    results["new_project_intensity"].data[:] = 270 * level + np.array([60.0, 35.0, -10.0])[:, None] * on
    results["land_requests"].data[:] = np.array([14.0, 22.0, 9.0])[:, None] * np.exp(0.03 * (years - 2015))
    share = np.array([0.28, 0.19, 0.0])[:, None] * on
    results["land_refused"].data[:] = results["land_requests"].data * share


def _productivity(results: xr.Dataset, years: np.ndarray, policy: float) -> None:
    """Value added as a product of its sources."""
    since = years - 2015
    late = np.clip(years - 2016, 0, None)
    results["technology"].data[:] = np.exp(0.025 * since)
    results["capital_elasticity"].data[:] = 0.5
    results["knowledge_effect"].data[:] = 1 + 0.002 * policy * late
    results["agglomeration_effect"].data[:] = 1 + 0.003 * policy * late
    results["status_effect"].data[:] = 1.0
    results["infrastructure_effect"].data[:] = 1 - 0.0005 * since
    results["capacity_use"].data[:] = 0.76 - 0.004 * np.sin(since)
    made = results["technology"] * results["capacity_use"] * (results["capital"] * results["labour"]) ** 0.5
    for name in ("knowledge_effect", "agglomeration_effect", "status_effect", "infrastructure_effect"):
        made = made * results[name]
    shape = results["value_added"].dims
    made = made * 9209 / float(made.sel({dims.TIME: 2015}).sum())
    results["value_added"] = results["value_added"].copy(data=made.transpose(*shape).values)


def _retrofit(results: xr.Dataset, years: np.ndarray, policy: float, rng: np.random.Generator) -> None:
    parks = results.sizes[dims.PARK]
    start = np.where(np.arange(parks) < 0.35 * parks, 2013, 2017 + 1.5 * rng.uniform(0, 4, parks))
    never = np.arange(parks) >= parks * (0.35 + 0.45 * policy)
    done = np.clip((years - start[:, None] - 0.5) / rng.uniform(3, 6, (parks, 1)), 0, 1)
    done[never] = 0
    results["retrofit_done"].data[:] = done
    results["retrofit_admitted"].data[:] = (years >= start[:, None]) & ~never[:, None]


GROUPS = {
    "scale": ("发展规模", "Scale"),
    "layout": ("产业与集群", "Industry and clusters"),
    "green": ("绿色发展", "Green development"),
    "open": ("创新与开放", "Innovation and opening"),
}

NAMES = {
    "T01": ("开发区生产总值", "GDP of the parks"),
    "T02": ("开发区生产总值年均增速", "average growth of the parks' GDP"),
    "T03": ("工业增加值", "industrial value added"),
    "T05": ("国家级开发区", "national-level parks"),
    "T06": ("营业收入超千亿元开发区", "parks with revenue over 100 billion CNY"),
    "T07": ("营业收入500亿元至1000亿元开发区", "parks with revenue from 50 to 100 billion CNY"),
    "T08": (
        "西部盟市24个工业集中区和重点工业园区工业增加值占比",
        "share of the 24 western concentrations and key parks in value added of the western leagues' parks",
    ),
    "T10": ("千亿元产业集群", "industrial clusters over 100 billion CNY"),
    "T11": ("五百亿元产业集群", "industrial clusters over 50 billion CNY"),
    "T12": ("百亿元产业集群", "industrial clusters over 10 billion CNY"),
    "T32": ("国家级开发区主导产业数", "leading industries in national-level parks"),
    "T13": ("开发区企业研发经费支出占比", "R&D spending of park enterprises relative to GDP"),
    "T16": ("新增国家级企业技术中心", "new national enterprise technology centres"),
    "T25": ("外贸进出口总额", "foreign trade"),
    "T23": (
        "国家级开发区新增工业项目亩均投资强度",
        "investment intensity of new projects, national-level parks",
    ),
    "T22": (
        "主要污染物排放量较2015年变化(五项中最大增幅)",
        "change of the main pollutants since 2015 (largest of five)",
    ),
    "T44": ("完成循环化改造的开发区占比", "share of parks that completed the circular retrofit"),
    "T34": ("具有国内影响力的肉类加工企业", "meat processors of national influence"),
}

_TABLE: tuple[tuple[Any, ...], ...] = (
    ("T01", "scale", "亿元", "1e8 CNY", "model", 9209, 13229, 14000, None, "late", 2022),
    ("T02", "scale", "%", "%", "model", None, 7.5, 9, None, "missed", None),
    ("T03", "scale", "亿元", "1e8 CNY", "model", 5545, 7554, 9900, None, "missed", None),
    ("T05", "scale", "个", "parks", "imposed", 11, 15, 15, None, "imposed", 2020),
    ("T06", "scale", "个", "parks", "model", 2, 4, 14, None, "missed", None),
    ("T07", "scale", "个", "parks", "model", 3, 12, 10, None, "met", 2020),
    ("T08", "layout", "%", "%", "model", 75, 76, 70, None, "met_at_base", 2015),
    ("T10", "layout", "个", "clusters", "model", 3, 8, 5, None, "early", 2018),
    ("T11", "layout", "个", "clusters", "model", 10, 10, 10, None, "met_at_base", 2015),
    ("T12", "layout", "个", "clusters", "model", 20, 29, 15, None, "met_at_base", 2015),
    ("T32", "layout", "个", "industries", "model", 2.4, 2.9, 3, 4, "near", None),
    ("T13", "open", "%", "%", "model", 1.0, 1.6, 2.5, None, "missed", None),
    ("T16", "open", "家", "centres", "extrapolated", 14, 22, 34, None, "missed", None),
    ("T25", "open", "亿美元", "1e8 USD", "model", 74, 131.9, 170, None, "late", 2023),
    ("T23", "green", "万元/亩", "1e4 CNY/mu", "imposed", None, 384, 150, None, "imposed", 2020),
    ("T22", "green", "%", "%", "model", None, 3.2, None, 0, "missed", None),
    ("T44", "green", "%", "%", "model", 0, 41.4, 50, None, "near", 2021),
    ("T34", "open", "家", "firms", "outside", None, None, 3, 5, "outside", None),
)


def _row(entry: tuple[Any, ...], better: float = 0.0) -> TargetRow:
    id_, group, unit_zh, unit_en, basis, base, value, low, high, verdict, year = entry
    zh, en = NAMES[id_]
    goal = low if low is not None else high
    near = base is None or value is None or abs(goal - base) < 0.01 * abs(goal)
    given: dict[str, Any] = {
        "id": id_,
        "group": group,
        "group_zh": GROUPS[group][0],
        "group_en": GROUPS[group][1],
        "name_zh": zh,
        "name_en": en,
        "unit_zh": unit_zh,
        "unit_en": unit_en,
        "basis": basis,
        "base_2015": base,
        "target_low": low,
        "target_high": high,
        "value_2020": None if value is None else value * (1 + better),
        "verdict": verdict,
        "comparator": "<=" if low is None else ">=" if high is None else "range",
        "year_reached": year,
        "path": {2015: 0.0, 2030: 1.0},
        "end_year": 2030,
        "year": 2020,
        "readings": (),
        "progress_pct": None if near else (value - base) / (goal - base) * 100,
        "gap": None if value is None else value - goal,
        "form": "count" if unit_zh in ("个", "家") else "level",
    }
    blanks: dict[str, Any] = {"str": "", "bool": False}
    rest = {
        field.name: blanks.get(str(field.type))
        for field in dataclasses.fields(TargetRow)
        if field.name not in given
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
    names = {field.name for field in dataclasses.fields(TargetRow)}
    return TargetRow(**{key: value for key, value in (rest | given).items() if key in names})


def plausible_rows(better: float = 0.0) -> list[TargetRow]:
    """Rows of every basis and verdict, with long and short names; ``better`` lifts the values."""
    return [_row(entry, better) for entry in _TABLE]
