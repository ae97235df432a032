"""The shipped model file on an engine that shares no code with ours or with PySD, for tests of the model itself.

It is quick (a run of the file's two stand-in parks takes hundredths of a second), so the model's behaviour is tested
here, and one test holds that PySD gives the same numbers.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import simlin

from sim.dims import MATERIAL

MODEL = Path(__file__).parents[1] / "models" / "inner-mongolia" / "park.mdl"
PARKS = ("p001", "p002")

# The stand-in parks are alike; different leagues, sizes and mixes make a test see more.
UNLIKE = {
    "table_output[p002]": 420.0,
    "table_industrial_value_added[p002]": 120.0,
    "table_services[p002]": 60.0,
    "table_revenue[p002]": 380.0,
    "table_capital[p002]": 700.0,
    "table_demonstration[p001]": 1.0,
    "table_retrofit_done[p001]": 0.2,
    **{
        f"table_industry_share[p002,{name}]": share
        for name, share in zip(MATERIAL, (0.5, 0.3, 0.1, 0.06, 0.04), strict=True)
    },
}


def name_of(variable: str) -> str:
    return re.sub(r"\s+", "_", variable.lower())


def simulate(
    overrides: Mapping[str, float] | None = None,
    *,
    stop: float = 2030,
    step: float = 1 / 16,
    save: float | None = None,
    method: str = "euler",
) -> pd.DataFrame:
    """Every variable by time; columns like ``gdp[p001]``. Overrides by the same names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = simlin.load(MODEL)
        model.project.set_sim_specs(stop=stop, dt=step, save_step=save or 1.0, sim_method=method)
        return model.run(overrides={**UNLIKE, **(overrides or {})}, analyze_loops=False).results


def total(frame: pd.DataFrame, variable: str) -> pd.Series:
    """Sum over all elements of a variable."""
    return columns(frame, variable).sum(axis=1)


def columns(frame: pd.DataFrame, variable: str) -> pd.DataFrame:
    return frame[[c for c in frame.columns if c == name_of(variable) or c.startswith(name_of(variable) + "[")]]
