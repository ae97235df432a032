"""The reconstructed park table meets every published total and count, whatever the draw."""

from __future__ import annotations

import shutil
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.dims import LEAGUES, LEVELS, REGIONS
from sim.errors import InputError
from sim.parks.columns import Columns, read_columns
from sim.parks.read import read_parks
from sim.reconstruct.assumptions import READINGS, Reading
from sim.reconstruct.draw import Draw, drawn
from sim.reconstruct.ground import ground_of
from sim.reconstruct.source import FILES, has_source, read_source
from sim.reconstruct.table import park_table, rows_of
from tests.workplace import Workplace

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
OVER: dict[Reading, dict[int, int]] = {"nested": {100: 50, 500: 5, 1000: 2}, "disjoint": {100: 50, 500: 7, 1000: 2}}
EAST = ("xilingol", "chifeng", "tongliao", "hinggan", "hulunbuir")
DRAWS = given(seed=st.integers(0, 2**32), reading=st.sampled_from(READINGS))
FEW = settings(max_examples=15, deadline=None)


GROUND = ground_of(read_source(BUNDLE))


@cache
def rebuilt(seed: int, reading: Reading = "nested", value_added: float = 5545.0) -> pd.DataFrame:
    """A draw as a frame in the form of parks.csv."""
    header, *rows = rows_of(GROUND, Draw(seed, reading, value_added))
    return pd.DataFrame(rows, columns=[str(cell) for cell in header])


@pytest.fixture(scope="module")
def columns() -> Columns:
    return read_columns(BUNDLE / "columns.toml")


def shares_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[f"share_{industry}" for industry in INDUSTRY_TOTALS]]


@FEW
@DRAWS
def test_totals_are_the_published_ones(seed: int, reading: Reading) -> None:
    frame = rebuilt(seed, reading)
    sums = {column: float(frame[column].sum()) for column in TOTALS}
    assert sums == pytest.approx(TOTALS, rel=1e-9)
    by_industry = shares_of(frame).mul(frame["output"], axis=0).sum().to_numpy()
    assert by_industry == pytest.approx(list(INDUSTRY_TOTALS.values()), rel=1e-4)


@FEW
@DRAWS
def test_counts_by_class_hold_and_keep_off_the_bars(seed: int, reading: Reading) -> None:
    revenue = rebuilt(seed, reading)["revenue"].to_numpy()
    assert {bar: int((revenue >= bar).sum()) for bar in OVER[reading]} == OVER[reading]
    assert all(np.abs(revenue / bar - 1).min() >= 0.02 - 1e-6 for bar in OVER[reading])


@FEW
@DRAWS
def test_every_row_is_possible(seed: int, reading: Reading) -> None:
    frame = rebuilt(seed, reading)
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
def test_most_parks_are_built_on_less_than_a_third(seed: int, reading: Reading) -> None:
    frame = rebuilt(seed, reading)
    assert (frame["built_up"] / frame["land_planned"] < 1 / 3).mean() > 0.5


@FEW
@DRAWS
def test_lists_have_their_length_and_region(seed: int, reading: Reading) -> None:
    frame = rebuilt(seed, reading)
    assert frame[["demonstration", "key24", "key13"]].sum().to_list() == [41, 24, 13]
    assert not frame.loc[frame["key24"] == 1, "league"].isin(EAST).any()
    assert frame.loc[frame["key13"] == 1, "league"].isin(EAST).all()


def test_identity_does_not_depend_on_the_draw() -> None:
    same = ["id", "name_zh", "name_en", "level", "type", "league", "region", "county", "host"]
    pd.testing.assert_frame_equal(rebuilt(1)[same], rebuilt(2, "disjoint")[same])


def test_names_levels_and_counties() -> None:
    frame = rebuilt(0)
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
        park = rebuilt(3, reading).set_index("id").loc["P36"]
        known = {"gdp": 145.6, "output": 355.0, "tax": 30.95, "employment": 1.4994}
        assert {column: float(park[column]) for column in known} == pytest.approx(known, abs=1e-12)
        assert {park[f"{column}_origin"] for column in known} == {"published"}
        assert park["revenue_origin"] == "reconstructed"


def test_only_known_values_are_called_published() -> None:
    frame = rebuilt(0)
    numbers = [f"{column}_origin" for column in TOTALS]
    published = frame.set_index("id")[numbers].eq("published").any(axis=1)
    assert list(published[published].index) == ["P36"]


def test_same_seed_same_table_other_seed_other_values() -> None:
    pd.testing.assert_frame_equal(rebuilt(7), rebuilt(7))
    assert not rebuilt(7)["revenue"].equals(rebuilt(8)["revenue"])


@pytest.mark.parametrize("value_added", [5200.0, 6147.0])
def test_value_added_of_the_range_is_met(value_added: float) -> None:
    frame = rebuilt(0, value_added=value_added)
    assert frame["iva"].sum() == pytest.approx(value_added, rel=1e-9)
    assert frame["gdp"].sum() == pytest.approx(9209, rel=1e-9)


def test_shipped_table_is_the_default_draw(tmp_path: Path) -> None:
    told = Workplace(tmp_path).sim("parks", "--reconstruct", BUNDLE, "--output", "again.csv")
    assert told.code == 0, told.err
    assert (tmp_path / "again.csv").read_bytes() == (BUNDLE / "parks.csv").read_bytes()


def test_options_make_the_draw_that_they_name(tmp_path: Path) -> None:
    options = ("--seed", 11, "--reading", "disjoint", "--value-added", 5300)
    told = Workplace(tmp_path).sim("parks", "--reconstruct", BUNDLE, *options, "--output", "other.csv")
    assert told.code == 0, told.err
    found = pd.read_csv(tmp_path / "other.csv", encoding="utf-8-sig")
    assert found["revenue"].tolist() == rebuilt(11, "disjoint", 5300.0)["revenue"].tolist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give one of --template, --reconstruct, --evidence"),
        (["--template", "a.xlsx", "--reconstruct", BUNDLE], "give one of"),
        (["--template", "a.xlsx", "--seed", 1], "--seed has no effect without --reconstruct"),
        (["--reconstruct", BUNDLE], "--reconstruct needs --output"),
        (["--reconstruct", BUNDLE, "--output", "a.xlsx"], "ends with .csv"),
        (["--reconstruct", BUNDLE, "--output", "there.csv"], "is not replaced"),
        (["--reconstruct", BUNDLE, "--output", "a.csv", "--seed", "-1"], "the seed is -1"),
        (["--reconstruct", BUNDLE, "--output", "a.csv", "--value-added", 9000], "expected 5200 to 6147"),
        (["--reconstruct", BUNDLE, "--output", "a.csv", "--value-added", "nan"], "expected 5200 to 6147"),
        (["--reconstruct", BUNDLE, "--output", "a.csv", "--reading", "neither"], "--reading"),
        (["--reconstruct", "nowhere", "--output", "a.csv"], "there is no file nowhere"),
    ],
)
def test_mistakes_on_the_command_line(tmp_path: Path, arguments: list[object], said: str) -> None:
    (tmp_path / "there.csv").write_text("mine")
    told = Workplace(tmp_path).sim("parks", *arguments)
    assert told.code == 2
    assert said in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"


@pytest.mark.parametrize("reading", READINGS)
def test_a_draw_passes_the_reader(reading: Reading, columns: Columns) -> None:
    table = park_table(GROUND, Draw(11, reading, 5545.0), columns)
    assert table.shipped
    assert table.ids == read_parks(BUNDLE / "parks.csv", columns).ids


def test_shipped_table_passes_the_reader(columns: Columns) -> None:
    table = read_parks(BUNDLE / "parks.csv", columns)
    assert table.shipped
    assert table.notices == ()
    assert "user" not in set(table.origins.to_numpy().ravel())


# --- mistakes in the files


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(BUNDLE / name, tmp_path / name)
    return tmp_path


def edit(file: Path, old: str, new: str) -> int:
    """Change one place in a file; gives its line."""
    text = file.read_text(encoding="utf-8-sig")
    assert text.count(old) >= 1, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("reconstruction.toml", "margin = 0.02", "margn = 0.02", "unknown_key"),
        ("reconstruction.toml", "margin = 0.02", "margin = 0.9", "out_of_bounds"),
        ("reconstruction.toml", "tax = 0.30", "tax = -0.30", "out_of_bounds"),
        ("reconstruction.toml", "tax = 0.30", 'tax = "30%"', "number_as_text"),
        ("reconstruction.toml", "zones = 10", "zones = 10.5", "expected_integer"),
        ("reconstruction.toml", "zones = 10\n", "zones = 1000000000\n", "out_of_bounds"),
        ("reconstruction.toml", "profile = [0.25, 0.10, 0.10, 0.35, 0.20]", "profile = [1.0]", "reconstruction_length"),
        ("reconstruction.toml", "built_up_to_planned = [0.08, 0.64]", "built_up_to_planned = [0.64, 0.08]",
         "reconstruction_falls"),
        ("reconstruction.toml", "value = 5545.0, low = 5200.0", "value = 5100.0, low = 5200.0", "range_order"),
        ("reconstruction.toml", 'reading = "nested"', 'reading = "nest"', "unknown_choice"),
        ("reconstruction.toml", "seed = 142", "seed = -1", "out_of_bounds"),
        ("reconstruction.toml", "[league.wuhai]", "[league.wuhei]", "unknown_element"),
        ("published.csv", "B07,all,gdp,9209", "B07,all,gdp,many", "reconstruction_number"),
        ("published.csv", "B07,all,gdp,9209", "B07,all,gdp,inf", "reconstruction_number"),
        ("published.csv", "B02,all,level:national,11", "B02,all,level:national,11.5", "reconstruction_count"),
        ("published.csv", ",P36,tax,30.95,1e8 CNY,2015,value", ",P36,tax,30.95,1e8 CNY,2015,vaule",
         "reconstruction_word"),
        ("published.csv", ",P36,tax,", ",P99,tax,", "reconstruction_scope"),
        ("published.csv", ",P36,output,", ",P36,gdp,", "reconstruction_twice"),
        ("roster.csv", "P02,", "P01,", "reconstruction_zone_twice"),
        ("roster.csv", "P02,", "R02,", "reconstruction_id"),
        ("roster.csv", ",hohhot,,,,,,dairy,", ",hohot,,,,,,dairy,", "reconstruction_word"),
        ("roster.csv", ",hohhot,,,,,,dairy,", ",hohhot,,,,,,diary,", "reconstruction_word"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(copied: Path, file: str, old: str, new: str, code: str) -> None:
    line = edit(copied / file, old, new)
    with pytest.raises(InputError) as caught:
        read_source(copied)
    found = {(p.code, p.place.file.name, p.place.line) for p in caught.value.problems if p.place}
    assert (code, file, line) in found


def test_mistakes_of_all_files_come_at_once(copied: Path) -> None:
    edit(copied / "reconstruction.toml", "tax = 0.30", "tax = -0.30")
    edit(copied / "published.csv", "B07,all,gdp,9209", "B07,all,gdp,many")
    with pytest.raises(InputError) as caught:
        read_source(copied)
    assert {p.place.file.name for p in caught.value.problems if p.place} == {"reconstruction.toml", "published.csv"}
    (copied / "roster.csv").unlink()
    assert not has_source(copied)


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("published.csv", "B07,all,gdp,9209", "B07,all,gdp,5000", "reconstruction_failed"),
        ("reconstruction.toml", "idle_to_industrial = [0.01, 0.35]", "idle_to_industrial = [0.2, 0.35]",
         "reconstruction_failed"),
        ("reconstruction.toml", "services = 0.35", "services = 3.0", ""),
    ],
)  # fmt: skip
def test_totals_that_cannot_be_met_are_told(copied: Path, file: str, old: str, new: str, code: str) -> None:
    edit(copied / file, old, new)
    ground = ground_of(read_source(copied))
    if not code:  # wild, but it can be met
        assert drawn(ground, Draw(1, "nested", 5545.0))["services"].sum() == pytest.approx(3664.0)
        return
    with pytest.raises(InputError) as caught:
        drawn(ground, Draw(1, "nested", 5545.0))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_counts_that_do_not_fit_are_told(copied: Path) -> None:
    edit(copied / "published.csv", "B02,all,level:national,11", "B02,all,level:national,3")
    with pytest.raises(InputError) as caught:
        read_source(copied)
    assert [problem.code for problem in caught.value.problems] == ["reconstruction_levels"]
    edit(copied / "published.csv", "B01,all,zones,116", "B01,all,zones,117")
    with pytest.raises(InputError) as caught:
        read_source(copied)
    assert [problem.code for problem in caught.value.problems] == ["reconstruction_roster"]


def test_table_and_model_assume_the_same_industries() -> None:
    """What splits totals over parks splits a park's own over industries: the two files must not disagree."""
    assumed = tomllib.loads((BUNDLE / "reconstruction.toml").read_text(encoding="utf-8"))
    parameter = tomllib.loads((BUNDLE / "parameters.toml").read_text(encoding="utf-8"))["parameter"]
    industry = assumed["industry"]
    same = {
        "value_added_ratio": "reference value added ratio",
        "capital_ratio": "reference capital output ratio",
        "workers_ratio": "reference labour intensity",
        "land_intensity": "reference project intensity",
    }
    for key, name in same.items():
        assert industry[key] == [parameter[name]["value"][one] for one in industry["keys"]], key
    # of services the table knows value added, the model output
    ratio = parameter["reference value added ratio"]["value"]["services"]
    workers = parameter["reference labour intensity"]["value"]["services"]
    assert workers / ratio == pytest.approx(assumed["services"]["workers_ratio"])
