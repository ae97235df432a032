"""The shipped bundle on the engine: 2015 is the published year, and a run's dataset says what it is."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sim import dims
from sim.binding import bind
from sim.bundle import load_bundle
from sim.engine.compiled_engine import CompiledEngine
from sim.errors import InputError
from sim.netcdf import to_bytes
from sim.provenance import provenance
from sim.results import build, open_results
from sim.scenario.resolve import load_scenario
from sim.study import prepare, simulate

ROOT = Path(__file__).parents[1]
BUNDLE = load_bundle(ROOT / "models" / "inner-mongolia")

@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("short")
    scenario = folder / "short.toml"
    scenario.write_text(
        f'name = "short"\nname_zh = "短期"\ninformation_until = 2016\nextends = ["{ROOT / "scenarios/plan.toml"}"]\n'
        f'bundle = "{ROOT / "models/inner-mongolia"}"\n[clock]\nend = 2021\nstep = 1\n',
        encoding="utf-8",
    )
    resolved = load_scenario(scenario)
    study = bind(BUNDLE, resolved)
    names = [spec.variable for spec in BUNDLE.outputs.values()]
    engine = CompiledEngine()
    arrays = engine.simulate(BUNDLE.bound_text(), study.inputs, names)
    return build(BUNDLE, study, arrays, provenance(BUNDLE, resolved, engine))


def test_counts_of_2015(results: xr.Dataset) -> None:
    assert results.sizes[dims.PARK] == 116
    levels, counts = np.unique(results["level"].to_numpy().astype(str), return_counts=True)
    assert dict(zip(levels.tolist(), counts.tolist(), strict=True)) == {
        "national": 11, "regional": 53, "departmental": 19, "below": 33,
    }  # fmt: skip
    revenue = results["revenue"].isel(run=0).sel(time=2015)
    assert [int((revenue > bar).sum()) for bar in (100, 500, 1000)] == [50, 5, 2]
    assert int((results["retrofit_admitted"].isel(run=0).sel(time=2015) > 0).sum()) == 41
    assert int((results["retrofit_done"].isel(run=0).sel(time=2015) >= 1).sum()) == 0


def test_as_many_clusters_as_demonstration_bases(results: xr.Dataset) -> None:
    first = results["cluster_maturity"].isel(run=0).sel(time=2015, industry=list(dims.MATERIAL)).to_numpy().ravel()
    assert int((first >= 0.5).sum()) == 18
    assert np.abs(first - 0.5).min() > 0.005


def test_the_plan_acts_from_2017(results: xr.Dataset) -> None:
    bars = results["land_threshold"].isel(run=0).sel(tier="national")
    assert bars.sel(time=[2015, 2016, 2017]).to_numpy().tolist() == [30.0, 30.0, 150.0]
    admitted = results["retrofit_admitted"].isel(run=0).sum("park")
    assert admitted.sel(time=[2016, 2017]).to_numpy().tolist() == [41.0, 58.0]
    assert results["national"].sum("park").sel(time=[2015, 2020]).to_numpy().tolist() == [11, 15]


def test_every_variable_says_what_it_is(results: xr.Dataset) -> None:
    for name, variable in results.data_vars.items():
        assert variable.dims[0] == dims.RUN, name
        assert variable.dims[-1] == dims.TIME, name
        for key in (dims.UNITS, dims.UNITS_ZH, dims.LONG_NAME, dims.LONG_NAME_ZH, "model_variable"):
            assert variable.attrs[key], (name, key)
        assert bool(np.isfinite(variable).all()), name


def test_saved_and_opened_again_byte_for_byte(results: xr.Dataset, tmp_path: Path) -> None:
    raw = to_bytes(results)
    assert raw == to_bytes(results)
    assert len(raw) < 20_000_000
    folder = tmp_path / "结果"
    folder.mkdir()
    (folder / "results.nc").write_bytes(raw)
    again = open_results(folder)
    xr.testing.assert_equal(again, results)
    assert again["gdp"].attrs == results["gdp"].attrs
    assert xr.open_dataset(io.BytesIO(raw), engine="h5netcdf").sizes["park"] == 116


def test_origins_travel_with_the_parks(results: xr.Dataset) -> None:
    with (BUNDLE.path / "parks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert results["revenue_origin"].to_numpy().tolist() == [row["revenue_origin"] for row in rows]
    assert set(results["gdp_origin"].to_numpy().tolist()) <= {"published", "derived", "reconstructed", "assumed"}


def test_a_scenario_chooses_the_method(tmp_path: Path) -> None:
    outputs: dict[str, xr.Dataset] = {}
    for method in ("euler", "rk4"):
        scenario = tmp_path / f"{method}.toml"
        scenario.write_text(
            f'name = "{method}"\nextends = ["{ROOT / "scenarios/plan.toml"}"]\nclock.method = "{method}"\n'
            f'clock.end = 2021\nbundle = "{ROOT / "models/inner-mongolia"}"\n',
            encoding="utf-8",
        )
        outputs[method] = simulate([prepare(scenario)])[0].results
    euler, rk4 = (float(outputs[method]["gdp"].sel(time=2020).sum()) for method in ("euler", "rk4"))
    assert 0 < abs(rk4 / euler - 1) < 2e-3
    with pytest.raises(InputError) as caught:
        prepare(tmp_path / "rk4.toml", "pysd")
    assert [(p.code, p.place and p.place.line) for p in caught.value.problems] == [("simulate_pysd_method", 3)]
