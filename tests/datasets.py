"""Made-up results in the shape that a run has, for tests of what comes after the engine."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import xarray as xr

from sim import dims

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"


def synthetic_results(parks: int = 12, start: int = 2015, end: int = 2030, seed: int = 0) -> xr.Dataset:
    """Smooth positive series for every output of the shipped bundle, with the coordinates that a park table gives."""
    rng = np.random.default_rng(seed)
    years = np.arange(start, end + 1)
    ids = [f"P{i:03d}" for i in range(1, parks + 1)]
    labels = {
        dims.RUN: [0],
        dims.PARK: ids,
        dims.LEAGUE: list(dims.LEAGUES),
        dims.TIER: list(dims.TIERS),
        dims.INDUSTRY: list(dims.INDUSTRIES),
        dims.POLLUTANT: list(dims.POLLUTANTS),
        dims.POLICY: ["circular_retrofit", "mergers"],
        dims.TIME: years,
    }
    data = {}
    with (BUNDLE / "outputs.toml").open("rb") as file:
        outputs = tomllib.load(file)["output"]
    for spec in outputs:
        names = (dims.RUN, *spec["dims"], dims.TIME)
        shape = [len(labels[d]) for d in names]
        base = rng.lognormal(3.0, 1.0, size=[*shape[:-1], 1])
        growth = rng.normal(0.05, 0.02, size=[*shape[:-1], 1])
        values = base * np.exp(growth * (years - start))
        if spec["units"] == "1" and spec["kind"] != "rate":
            values = np.clip(np.broadcast_to((years - start) / 10.0, shape) + rng.uniform(0, 0.2, shape), 0, 1)
        data[spec["name"]] = xr.DataArray(
            values,
            dims=names,
            attrs={
                dims.UNITS: spec["units"],
                dims.UNITS_ZH: spec["units_zh"],
                dims.LONG_NAME: spec["name_en"],
                dims.LONG_NAME_ZH: spec["name_zh"],
                "kind": spec["kind"],
            },
        )
    dataset = xr.Dataset(data, coords=labels)
    level = np.array(dims.LEVELS)[np.minimum(np.arange(parks) % 5, 3)]
    league = np.array(dims.LEAGUES)[np.arange(parks) % 12]
    region = ["hubaoe" if x in dims.LEAGUES[:5] else "wuhai" if x in ("wuhai", "alxa") else "east" for x in league]
    host = np.array(ids, dtype=object)[:, None].repeat(len(years), axis=1)
    if parks > 4:
        host[4, 3:] = ids[0]
    return dataset.assign_coords(
        name_zh=(dims.PARK, [f"第{i}开发区" for i in range(1, parks + 1)]),
        name_en=(dims.PARK, [f"Park {i}" for i in range(1, parks + 1)]),
        level=(dims.PARK, level),
        league=(dims.LEAGUE, list(dims.LEAGUES)),
        park_league=(dims.PARK, league),
        region=(dims.PARK, region),
        county=(dims.PARK, [f"county {i // 2}" for i in range(parks)]),
        key24=(dims.PARK, np.arange(parks) % 3 == 0),
        key13=(dims.PARK, np.arange(parks) % 4 == 1),
        demonstration=(dims.PARK, np.arange(parks) % 3 == 1),
        revenue_origin=(dims.PARK, ["published"] * 2 + ["reconstructed"] * (parks - 2)),
        host=((dims.PARK, dims.TIME), host),
        national=((dims.PARK, dims.TIME), (level == "national")[:, None].repeat(len(years), axis=1)),
    )
