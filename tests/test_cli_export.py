"""``sim export`` as a user types it: files that come out, and what is refused."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xarray as xr

from sim import dims
from sim.model.mdl_text import entries, read_model_text
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

SCENARIO = "scenarios/plan.toml"


def test_a_model_of_all_parks(place: Workplace) -> None:
    told = place.sim("export", SCENARIO, "--format", "mdl", "--output", "out/plan.mdl")
    assert told.code == 0, told.err
    assert "written to" in told.out
    file = place.folder / "out" / "plan.mdl"
    found = {entry.name: entry for entry in entries(read_model_text(file), file)}
    assert len(found["park"].right.split(",")) == 5
    assert found["FINAL TIME"].right == "2021"
    assert "WITH LOOKUP(calendar year" in found["retrofit coverage"].right
    assert "规划情景" in file.read_text(encoding="utf-8")


def test_a_model_of_one_park(place: Workplace) -> None:
    parks = list(csv.reader(io.StringIO((place.bundle / "parks.csv").read_text(encoding="utf-8-sig"))))
    park = parks[2][0]
    told = place.sim("export", SCENARIO, "--park", "第2开发区", "--flatten", "--output", "one.mdl")
    assert told.code == 0, told.err
    assert "running all parks of" in told.err
    file = place.folder / "one.mdl"
    found = entries(read_model_text(file), file)
    assert not [entry for entry in found if entry.is_subscript or entry.subscripts]
    assert f"park {park} of 5" in file.read_text(encoding="utf-8")


def test_tables_hold_the_results(place: Workplace) -> None:
    for name in ("r.nc", "r.csv", "r.xlsx"):
        told = place.sim("export", SCENARIO, "--output", name, lang="zh")
        assert told.code == 0, told.err
    results = xr.load_dataset(place.folder / "r.nc", engine="h5netcdf")
    raw = (place.folder / "r.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == sum(array.isel(run=0).size for array in results.data_vars.values())
    assert {row["variable"] for row in rows} == set(results.data_vars)
    park = str(results["park"].values[1])
    mine = [r for r in rows if (r["variable"], r["park"], r["industry"]) == ("capital", park, "metals")]
    assert [int(row["year"]) for row in mine] == results["time"].values.tolist()
    expected = results["capital"].sel(run=0, park=park, industry="metals").values
    np.testing.assert_array_equal([float(row["value"]) for row in mine], expected)
    assert mine[0]["name_zh"] == results["capital"].attrs[dims.LONG_NAME_ZH]
    gdp = next(row for row in rows if row["variable"] == "revenue" and row["park"] == park)
    assert gdp["base_origin"] == str(results["revenue_origin"].sel(park=park).item()) == "user"
    _check_workbook(place.folder / "r.xlsx", results, park)


def _check_workbook(file: Path, results: xr.Dataset, park: str) -> None:
    book = openpyxl.load_workbook(file)
    assert book.sheetnames[0] == "分年总量"
    assert len(book.sheetnames) == 8
    years = [str(year) for year in results["time"].values.tolist()]
    leagues = [list(line) for line in book["分盟市"].iter_rows(values_only=True)]
    assert leagues[1][3:] == years
    gdp = [line for line in leagues if line[0] == results["gdp"].attrs[dims.LONG_NAME_ZH]]
    assert len(gdp) == len(set(results["park_league"].values.tolist()))
    np.testing.assert_allclose(
        np.sum([line[3:] for line in gdp], axis=0, dtype=float), results["gdp"].isel(run=0).sum("park").values
    )
    industries = [list(line) for line in book["分产业"].iter_rows(values_only=True)]
    metals = [
        line for line in industries if line[2] == "冶金" and line[0] == results["output"].attrs[dims.LONG_NAME_ZH]
    ]
    expected = results["output"].sel(run=0, industry="metals").sum("park").values
    np.testing.assert_allclose(np.array(metals[0][3:], dtype=float), expected)
    use = [list(line) for line in book["开发区能耗与排放"].iter_rows(values_only=True)]
    so2 = next(line for line in use if str(line[0]).endswith("SO2") and line[2] == park)
    np.testing.assert_allclose(
        np.array(so2[7:], dtype=float), results["emissions"].sel(run=0, park=park, pollutant="SO2").values
    )
    output = [list(line) for line in book["开发区产出与贸易"].iter_rows(values_only=True)]
    revenue = [line for line in output if line[0] == results["revenue"].attrs[dims.LONG_NAME_ZH]]
    assert {line[6] for line in revenue} == {"用户自备"}


def test_everything_that_is_wrong_is_told_at_once(place: Workplace) -> None:
    before = place.hashes()
    park = (place.bundle / "parks.csv").read_text(encoding="utf-8-sig").splitlines()[1].split(",")[0]
    options = ("--format", "csv", "--output", "x.nc", "--park", f"{park}x", "--flatten")
    told = place.sim("export", SCENARIO, *options)
    assert told.code == 2
    assert "a csv file must have a name that ends with .csv" in told.err
    assert "--park goes with --format mdl, not with csv" in told.err
    assert "--flatten goes with --format mdl, not with csv" in told.err
    assert f"the park table has no '{park}x'; did you mean '{park}'?" in told.err
    assert place.hashes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--output", "x.foo"), "give --format with one of mdl, csv, xlsx, nc"),
        (("--output", "x.mdl", "--flatten"), "--park and --flatten go together"),
        (("--output", "x.mdl", "--park", "P001"), "--park and --flatten go together"),
        (("--output", "scenarios", "--format", "mdl"), "is a folder, and a file name was expected"),
        (("--output", "models/inner-mongolia/park.mdl"), "is not replaced by an export"),
        (("--output", "models/inner-mongolia/new.csv"), "is not replaced by an export"),
        ((), "--output is missing"),
    ],
)
def test_what_is_refused(place: Workplace, options: tuple[str, ...], message: str) -> None:
    before = place.hashes()
    told = place.sim("export", SCENARIO, *options)
    assert told.code == 2
    assert message in told.err
    assert place.hashes() == before


def test_a_wrong_scenario_and_a_wrong_request_are_told_together(place: Workplace) -> None:
    own = place.scenario('name = "X"\nname_zh = "X"\ninformation_until = 2016\nextends = ["plan.toml"]\nnonsense = 1\n')
    told = place.sim("export", own, "--output", "x.mdl", "--flatten")
    assert told.code == 2
    assert "nonsense" in told.err
    assert "--park and --flatten go together" in told.err


def test_runge_kutta(place: Workplace) -> None:
    """The whole model is exported, with a word on the method; between steps nothing is known of other parks."""
    own = place.scenario(
        'name = "R"\nname_zh = "R"\ninformation_until = 2016\nextends = ["plan.toml"]\n[clock]\nmethod = "rk4"\n'
    )
    told = place.sim("export", own, "--output", "r.mdl")
    assert told.code == 0, told.err
    assert "choose RK4 Fixed" in told.err
    assert "Runge-Kutta" in (place.folder / "r.mdl").read_text(encoding="utf-8")
    park = (place.bundle / "parks.csv").read_text(encoding="utf-8-sig").splitlines()[1].split(",")[0]
    alone = place.sim("export", own, "--output", "a.mdl", "--park", park, "--flatten")
    assert alone.code == 2
    assert "own.toml:" in alone.err
    assert "Euler steps only" in alone.err


def test_an_existing_file_is_replaced_whole_and_one_that_is_held_stays(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place.folder / "plan.mdl"
    file.write_text("old", encoding="utf-8")
    assert place.sim("export", SCENARIO, "--output", "plan.mdl").code == 0
    new = file.read_bytes()
    assert new.startswith(b"{UTF-8}")
    assert sorted(p.name for p in place.folder.iterdir() if "partial" in p.name) == []
    file.write_text("old", encoding="utf-8")
    replace = os.replace

    def held(source: Path, goal: Path) -> None:
        if Path(goal).name == "plan.mdl":
            raise PermissionError(13, "in use")
        replace(source, goal)

    monkeypatch.setattr(Path, "replace", held)
    told = place.sim("export", SCENARIO, "--output", "plan.mdl")
    assert told.code == 2
    assert "is open in another program" in told.err
    assert file.read_text(encoding="utf-8") == "old"
    assert (place.folder / "plan.new.mdl").read_bytes() == new
