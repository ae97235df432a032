"""The reconstructed park table meets every published total and count, whatever the draw."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.dims import LEAGUES, LEVELS, REGIONS
from sim.parks.columns import Columns, read_columns
from sim.parks.read import read_parks, table_from

BUNDLE = Path(__file__).parent.parent / "models" / "inner-mongolia"
TOTALS = {
    "output": 18484.0,
    "revenue": 16235.0,
    "gdp": 9209.0,
    "iva": 5545.0,
    "services": 3664.0,
    "tax": 787.0,
    "trade": 74.0,
    "fdi": 32.28,
    "built_up": 1941.0,
    "enterprises": 24478.0,
    "employment": 150.0,
    "capital": 30291.0,
    "land_planned": 7764.0,
    "industrial_land": 942.0,
    "idle_land": 75.0,
    "infrastructure": 1941.0,
}
INDUSTRY_TOTALS = {
    "coal_chemicals": 7000.0,
    "metals": 5400.0,
    "equipment": 1700.0,
    "agri_processing": 3084.0,
    "emerging": 1300.0,
}
OVER = {"nested": {100: 50, 500: 5, 1000: 2}, "disjoint": {100: 50, 500: 7, 1000: 2}}
EAST = ("xilingol", "chifeng", "tongliao", "hinggan", "hulunbuir")
DRAWS = given(seed=st.integers(0, 2**32), reading=st.sampled_from(sorted(OVER)))
FEW = settings(max_examples=15, deadline=None)


def load_script(path: Path) -> Any:
    """The bundle's script as a module; only a test does this, the program never runs code from a bundle."""
    spec = importlib.util.spec_from_file_location("bundle_reconstruct", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name while they are made
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script(BUNDLE / "reconstruct.py")


@pytest.fixture(scope="module")
def columns() -> Columns:
    return read_columns(BUNDLE / "columns.toml")


def shares_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[f"share_{industry}" for industry in INDUSTRY_TOTALS]]


@FEW
@DRAWS
def test_totals_are_the_published_ones(seed: int, reading: str) -> None:
    frame = SCRIPT.reconstruct(seed, reading)
    sums = {column: float(frame[column].sum()) for column in TOTALS}
    assert sums == pytest.approx(TOTALS, rel=1e-9)
    by_industry = shares_of(frame).mul(frame["output"], axis=0).sum().to_numpy()
    assert by_industry == pytest.approx(list(INDUSTRY_TOTALS.values()), rel=1e-4)


@FEW
@DRAWS
def test_counts_by_class_hold_and_keep_off_the_bars(seed: int, reading: str) -> None:
    revenue = SCRIPT.reconstruct(seed, reading)["revenue"].to_numpy()
    assert {bar: int((revenue >= bar).sum()) for bar in OVER[reading]} == OVER[reading]
    assert all(np.abs(revenue / bar - 1).min() >= 0.02 - 1e-6 for bar in OVER[reading])


@FEW
@DRAWS
def test_every_row_is_possible(seed: int, reading: str) -> None:
    frame = SCRIPT.reconstruct(seed, reading)
    assert frame.select_dtypes("number").min().min() >= 0
    assert np.abs(frame["iva"] + frame["services"] - frame["gdp"]).max() <= 1e-9
    assert (frame["idle_land"] < frame["industrial_land"]).all()
    assert (frame["built_up"] >= 1.2 * frame["industrial_land"]).all()
    assert (frame["land_planned"] >= 1.5 * frame["built_up"]).all()
    assert (frame["iva"] < frame["output"]).all()
    shares = shares_of(frame)
    assert np.abs(shares.sum(axis=1) - 1).max() <= 1e-9
    assert shares.min().min() >= 0.002 - 1e-6
    assert frame["retrofit_duration"].between(3, 5).all()
    assert frame["retrofit_done"].between(0, 0.6).all()
    assert (frame.loc[frame["demonstration"] == 0, "retrofit_done"] == 0).all()


@FEW
@DRAWS
@example(seed=8912, reading="nested")
@example(seed=8912, reading="disjoint")
def test_most_parks_are_built_on_less_than_a_third(seed: int, reading: str) -> None:
    frame = SCRIPT.reconstruct(seed, reading)
    assert (frame["built_up"] / frame["land_planned"] < 1 / 3).mean() > 0.5


@FEW
@DRAWS
def test_lists_have_their_length_and_region(seed: int, reading: str) -> None:
    frame = SCRIPT.reconstruct(seed, reading)
    assert frame[["demonstration", "key24", "key13"]].sum().to_list() == [41, 24, 13]
    assert not frame.loc[frame["key24"] == 1, "league"].isin(EAST).any()
    assert frame.loc[frame["key13"] == 1, "league"].isin(EAST).all()


def test_identity_does_not_depend_on_the_draw() -> None:
    same = ["id", "name_zh", "name_en", "level", "type", "league", "region", "county", "host"]
    pd.testing.assert_frame_equal(SCRIPT.reconstruct(1)[same], SCRIPT.reconstruct(2, "disjoint")[same])


def test_names_levels_and_counties() -> None:
    frame = SCRIPT.reconstruct(0)
    assert len(frame) == 116
    assert frame["id"].is_unique
    assert frame["name_zh"].is_unique
    assert frame["level"].value_counts()[list(LEVELS)].to_list() == [11, 53, 19, 33]
    assert set(frame["league"]) == set(LEAGUES)
    assert set(frame["region"]) == set(REGIONS)
    leagues = frame["league"].value_counts()
    assert leagues["ordos"] >= 17
    assert leagues["xilingol"] >= 12
    assert frame["county"].nunique() <= 103
    named = ~frame["name_zh"].str.contains("推算")
    assert (frame["name_origin"] == "published").equals(named)
    assert {f"P{number:02d}" for number in range(1, 42)} <= set(frame.loc[named, "id"])
    assert ((frame["level"] == "national") & named).sum() == 9


def test_published_values_are_kept_and_marked() -> None:
    for reading in OVER:
        park = SCRIPT.reconstruct(3, reading).set_index("id").loc["P36"]
        known = {"gdp": 145.6, "output": 355.0, "tax": 30.95, "employment": 1.4994}
        assert {column: float(park[column]) for column in known} == pytest.approx(known, abs=1e-12)
        assert {park[f"{column}_origin"] for column in known} == {"published"}
        assert park["revenue_origin"] == "reconstructed"


def test_only_known_values_are_called_published() -> None:
    frame = SCRIPT.reconstruct(0)
    numbers = [f"{column}_origin" for column in TOTALS]
    published = frame.set_index("id")[numbers].eq("published").any(axis=1)
    assert list(published[published].index) == ["P36"]


def test_same_seed_same_table_other_seed_other_values() -> None:
    pd.testing.assert_frame_equal(SCRIPT.reconstruct(7), SCRIPT.reconstruct(7))
    assert not SCRIPT.reconstruct(7)["revenue"].equals(SCRIPT.reconstruct(8)["revenue"])


@pytest.mark.parametrize("value_added", [5200.0, 6147.0])
def test_value_added_of_the_range_is_met(value_added: float) -> None:
    frame = SCRIPT.reconstruct(0, value_added=value_added)
    assert frame["iva"].sum() == pytest.approx(value_added, rel=1e-9)
    assert frame["gdp"].sum() == pytest.approx(9209, rel=1e-9)


def test_unknown_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="nested, disjoint"):
        SCRIPT.reconstruct(0, "neither")


def test_shipped_table_is_the_default_draw(tmp_path: Path) -> None:
    again = tmp_path / "parks.csv"
    command = [sys.executable, str(BUNDLE / "reconstruct.py"), "--output", str(again)]
    subprocess.run(command, check=True, capture_output=True)
    assert again.read_bytes() == (BUNDLE / "parks.csv").read_bytes()


@pytest.mark.parametrize("reading", ["nested", "disjoint"])
def test_a_draw_passes_the_reader(reading: Literal["nested", "disjoint"], columns: Columns) -> None:
    table = table_from(SCRIPT.reconstruct(11, reading), columns, BUNDLE / "parks.csv")
    assert table.shipped
    assert table.ids == read_parks(BUNDLE / "parks.csv", columns).ids


def test_shipped_table_passes_the_reader(columns: Columns) -> None:
    table = read_parks(BUNDLE / "parks.csv", columns)
    assert table.shipped
    assert table.notices == ()
    assert "user" not in set(table.origins.to_numpy().ravel())
