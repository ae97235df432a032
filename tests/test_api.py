"""The public Python interface: numbers of one's own, ensembles, courses, other clocks; and what it refuses."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import warnings
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.errors import InputError
from sim.model.mdl_text import Entry, entries
from sim.simulate.outcome import ModelInputError, SimulationWarning
from sim.simulate.own_text import is_control, own_text
from tests.model_files import TABLE, TOWN, model_file

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is translated and compiled goes to a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIM_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "kernels"))
        yield


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, own_cache: None) -> sim.Model:
    return sim.load_model(model_file(tmp_path_factory.mktemp("models") / "town.mdl"))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, own_cache: None) -> sim.Model:
    return sim.load_model(model_file(tmp_path_factory.mktemp("models") / "table.mdl", TABLE, every="TIME STEP"))


def runs(values: Any, *dims: str, **coords: Any) -> xr.DataArray:
    return xr.DataArray(values, dims=("run", *dims), coords=coords)


# --- what a model tells of itself


def test_a_model_tells_its_variables(town: sim.Model) -> None:
    assert repr(town) == "<Model town.mdl: 9 variables (1 stock), 2015 to 2018, step 0.25>"
    assert town.names[:4] == ("start", "growth", "limit", "land")
    assert {name: town.ranges[name] for name in ("park", "industry")} == {
        "park": ("P1", "P2"), "industry": ("mining", "metals", "food")
    }  # fmt: skip
    land = town.variables.loc["land"]
    assert (land["kind"], land["dims"], land["units"], land["line"]) == ("stock", ("park", "industry"), "km2", 9)
    assert land["equation"] == "land[park, industry] = INTEG (new land[park, industry], start[park, industry])"
    assert dict(town.variables["kind"].value_counts()) == {"auxiliary": 4, "constant": 4, "stock": 1}


def test_results_carry_names_labels_and_units(town: sim.Model) -> None:
    found = town.simulate()
    assert list(found.data_vars) == ["land", "new land", "room", "all land", "ratio"]
    assert found["land"].dims == ("park", "industry", "time")
    assert found["land"].attrs == {"units": "km2", "long_name": "Land in use."}
    assert found.industry.values.tolist() == ["mining", "metals", "food"]
    assert found.time.values.tolist() == [2015.0, 2015.5, 2016.0, 2016.5, 2017.0, 2017.5, 2018.0]
    first = found["land"].isel(time=0)
    assert first.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert found.attrs["engine"] == "compiled"


def test_constants_come_when_they_are_asked_for(town: sim.Model) -> None:
    found = town.simulate(outputs=["limit", "All_Land"])
    assert list(found.data_vars) == ["limit", "all land"]
    assert (found["limit"] == [[20], [30]]).all()


# --- both engines


CASES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "numbers": {"growth": 0.2, "limit": np.array([15.0, 50.0])},
    "an element": {"start": {"P2,food": 9.0}, "limit": {("P1",): 11}},
    "first values, an auxiliary and a course": {
        "land": np.arange(6.0).reshape(2, 3),
        "room": [0.5, 0.25],
        "growth": xr.DataArray([0.1, 0.5], dims="time", coords={"time": [2016, 2017.3]}),
    },
    "courses of an auxiliary and a stock": {
        "room": xr.DataArray([[0, 1], [1, 2.0]], {"time": [2015, 2018], "park": ["P2", "P1"]}, ("time", "park")),
        "land": xr.DataArray([1, 2.0], dims="time", coords={"time": [2015, 2018]}),
    },
}


@pytest.mark.parametrize("params", CASES.values(), ids=CASES)
def test_engines_agree(town: sim.Model, params: dict[str, Any]) -> None:
    ours, theirs = town.simulate(params), town.simulate(params, engine="pysd")
    xr.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_engines_agree_on_another_clock(town: sim.Model) -> None:
    how: Any = {"start": 2014, "end": 2016.5, "step": 0.125, "times": [2014, 2014.125, 2016]}
    ours, theirs = town.simulate(**how), town.simulate(engine="pysd", **how)
    assert ours.time.values.tolist() == how["times"]
    xr.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("params", [{}, {"effect": [0.5, 1.5, 1], "level": 3}], ids=str)
def test_engines_agree_on_lookups_and_delays(table: sim.Model, params: dict[str, Any]) -> None:
    ours, theirs = table.simulate(params), table.simulate(params, engine="pysd")
    assert len(ours.time) == 13  # SAVEPER is TIME STEP
    xr.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_a_lookup_by_run(table: sim.Model) -> None:
    effects = runs([[0, 1, 2], [0.5, 1.5, 1]], "point", point=[0, 1, 5])
    many = table.simulate({"effect": effects})
    alone = table.simulate({"effect": [0.5, 1.5, 1]})
    assert (many["level"].values[1] == alone["level"].values).all()
    xr.testing.assert_allclose(many, table.simulate({"effect": effects}, engine="pysd"), rtol=1e-9)


def test_saved_at_every_step_with_another_step(table: sim.Model) -> None:
    assert len(table.simulate(step=0.5).time) == 7


# --- ensembles


def ensemble(count: int, seed: int) -> dict[str, xr.DataArray]:
    """Everything that may vary: a constant, an array, first values and a course."""
    draw = np.random.default_rng(seed)
    return {
        "growth": runs(draw.uniform(0, 0.3, (count, 2)), "time", time=[2015, 2017]),
        "limit": runs(draw.uniform(15, 40, (count, 2)), "park", park=["P2", "P1"]),
        "land": runs(draw.uniform(0, 5, (count, 3)), "industry", industry=["food", "mining", "metals"]),
        "divisor": runs(draw.uniform(1, 2, count)),
    }


@settings(max_examples=8)
@given(count=st.integers(1, 40), seed=st.integers(0, 1000), data=st.data())
def test_a_run_is_the_same_alone(town: sim.Model, count: int, seed: int, data: st.DataObject) -> None:
    params = ensemble(count, seed)
    run = data.draw(st.integers(0, count - 1))
    many = town.simulate(params)
    alone = town.simulate({name: array.isel(run=run) for name, array in params.items()})
    assert many.sizes["run"] == count
    for name in many.data_vars:
        assert (many[name].values[run] == alone[name].values).all()


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_threads_change_nothing(town: sim.Model, method: Any) -> None:
    params = ensemble(50, 1)
    assert town.simulate(params, threads=1, method=method).identical(town.simulate(params, threads=2, method=method))


def test_engines_agree_on_an_ensemble(town: sim.Model) -> None:
    params = ensemble(2, 2)
    xr.testing.assert_allclose(town.simulate(params), town.simulate(params, engine="pysd"), rtol=1e-9)


def test_rk4_is_nearer(table: sim.Model) -> None:
    """The level doubles its inflow up to 1, where the slope changes: compare before that."""
    exact = 0.1 * np.exp(2.0)
    how: Any = {"start": 2015, "end": 2017, "times": [2017], "step": 0.25}
    methods: tuple[Any, ...] = ("euler", "rk4")
    euler, rk4 = (table.simulate({"level": 0.1}, ["level"], method=each, **how).level.item() for each in methods)
    assert abs(rk4 - exact) < 1e-3 * abs(euler - exact)


def test_a_table_of_runs_from_pandas(town: sim.Model) -> None:
    frame = pd.DataFrame({"growth": [0.1, 0.2], "divisor": [1.0, 2.0]}, index=pd.Index(["low", "high"], name="run"))
    found = town.simulate(frame)  # type: ignore[arg-type]
    assert found.run.values.tolist() == ["low", "high"]
    assert float(found["ratio"][1, 0]) == 10.5


def test_failed_runs_leave_the_others(town: sim.Model) -> None:
    with pytest.warns(SimulationWarning, match=r"1[^\n]*3[^\n]*\n.*town\.mdl:14.*ratio.*2015.*21 / 0"):
        found = town.simulate({"divisor": runs([1.0, 0.0, 2.0])})
    assert np.isnan(found["land"].values[1]).all()
    assert np.isfinite(found["land"].values[[0, 2]]).all()
    with pytest.raises(InputError) as caught:
        town.simulate({"divisor": runs([0.0, 0.0])})
    assert [p.code for p in caught.value.problems] == ["runs_all_failed", "run_division_by_zero"]


# --- what is refused


def time(*labels: float) -> xr.DataArray:
    return xr.DataArray(np.ones(len(labels)), dims="time", coords={"time": list(labels)})


def parks(*labels: str) -> xr.DataArray:
    return xr.DataArray(np.ones(len(labels)), dims="park", coords={"park": list(labels)})


REFUSED: list[tuple[dict[str, Any], str, dict[str, object]]] = [
    ({"params": {"grwth": 1}}, "param_unknown", {"name": "grwth"}),
    ({"params": {"growth": 1, "Growth": 2}}, "param_twice", {}),
    ({"params": {"TIME STEP": 1}}, "param_clock", {}),
    ({"params": {"growth": "much"}}, "param_text", {}),
    ({"params": {"growth": True}}, "param_text", {}),
    ({"params": {"growth": None}}, "param_text", {}),
    ({"params": {"limit": [[1], [2, 3]]}}, "param_text", {}),
    ({"params": {"growth": float("nan")}}, "param_number", {}),
    ({"params": {"limit": [1, float("inf")]}}, "param_number", {"name": "limit[1]"}),
    ({"params": {"limit": [1, 2, 3]}}, "param_shape", {"found": "3", "expected": "park 2"}),
    ({"params": {"start": np.ones((3, 2))}}, "param_shape", {"found": "3 × 2", "expected": "park 2 × industry 3"}),
    ({"params": {"growth": [1.0, 2.0]}}, "param_shape", {"found": "2", "expected": "1"}),
    ({"params": {"limit": xr.DataArray([1, 2, 3], dims="park")}}, "param_shape", {}),
    ({"params": {"limit": xr.DataArray([1, 2], dims="zone")}}, "param_dims", {"found": "zone"}),
    ({"params": {"limit": pd.Series([1.0, 2.0])}}, "param_dims", {}),
    ({"params": {"limit": parks("P1", "P3")}}, "param_label", {"label": "P3", "axis": "park"}),
    ({"params": {"limit": parks("P1")}}, "param_labels_missing", {"labels": "P2"}),
    ({"params": {"limit": parks("P1", "P2", "P1")}}, "param_label_twice", {"label": "P1"}),
    ({"params": {"limit": {"P3": 1}}}, "param_label", {}),
    ({"params": {"limit": {"P1,food": 1}}}, "param_element", {}),
    ({"params": {"room": {"P1": 1}}}, "param_rest", {"first": "P2"}),
    ({"params": {"growth": runs([])}}, "param_no_runs", {}),
    ({"params": {"growth": runs([1, 2]), "divisor": runs([1, 2, 3])}}, "param_runs", {}),
    ({"params": {"growth": runs([1, 2]), "divisor": runs([1, 2], run=[5, 6])}}, "param_runs", {}),
    ({"params": {"growth": runs([1, 2], run=[5, 5])}}, "param_label_twice", {}),
    ({"params": {"growth": time(2016, 2015)}}, "param_times", {}),
    ({"params": {"growth": xr.DataArray([1, 2], dims="time")}}, "param_times", {}),
    ({"outputs": ["lnd"]}, "output_unknown", {"name": "lnd"}),
    ({"outputs": []}, "output_none", {}),
    ({"outputs": ["FINAL TIME"]}, "output_clock", {}),
    ({"step": 0}, "timing_step", {}),
    ({"step": -1}, "timing_step", {}),
    ({"step": float("nan")}, "timing_number", {}),
    ({"step": "fast"}, "timing_number", {}),
    ({"step": 0.7}, "timing_horizon", {"start": "2015", "end": "2018", "step": "0.7"}),
    ({"end": 2018.1}, "timing_horizon", {}),
    ({"end": 2014}, "timing_end", {}),
    ({"step": 1e-9}, "timing_long", {}),
    ({"step": 1}, "timing_every", {"every": "0.5"}),
    ({"times": [2015.1]}, "timing_times", {"found": "2015.1"}),
    ({"times": [2014]}, "timing_times", {}),
    ({"times": [2016, 2015]}, "timing_times_order", {}),
    ({"times": []}, "timing_times_order", {}),
    ({"engine": "fortran"}, "simulate_choice", {}),
    ({"method": "rk5"}, "simulate_choice", {}),
    ({"method": "rk4", "engine": "pysd"}, "simulate_pysd_method", {}),
    ({"threads": 0}, "simulate_threads", {}),
    ({"params": {"divisor": 0}}, "run_division_by_zero", {"element": "ratio", "time": "2015"}),
]


@pytest.mark.parametrize(("how", "code", "values"), REFUSED)
def test_refused(town: sim.Model, how: dict[str, Any], code: str, values: dict[str, object]) -> None:
    with pytest.raises(ModelInputError) as caught:
        town.simulate(**how)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert values.items() <= problem.values.items()
    assert "{" not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_everything_wrong_at_once(town: sim.Model) -> None:
    with pytest.raises(InputError) as caught:
        town.simulate({"grwth": 1, "limit": [1]}, ["lnd"], step=0.7, threads=0)
    assert [p.code for p in caught.value.problems] == [
        "param_unknown", "param_shape", "timing_horizon", "output_unknown", "simulate_threads"
    ]  # fmt: skip
    assert caught.value.problems[0].suggestion == "growth"


@pytest.mark.parametrize(
    ("values", "code"),
    [([1, 2], "param_shape"), (1.0, "param_shape"), (xr.DataArray(1.0), "param_dims"),
     (xr.DataArray([1, 2, 3], dims="point", coords={"point": [0, 2, 5]}), "param_points"),
     (xr.DataArray([1, 2], dims="point"), "param_shape"), ({0: 1}, "param_lookup_elements"),
     (xr.DataArray([1, 2], dims="time", coords={"time": [1, 2]}), "param_dims")],
)  # fmt: skip
def test_refused_for_a_lookup(table: sim.Model, values: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        table.simulate({"effect": values})
    assert [p.code for p in caught.value.problems] == [code]


MODELS: list[tuple[str, str, str]] = [
    ("a = INTEG(b, 0) ~~| b = a + growht ~~| growth = 1 ~~|", "model_reference", "growth"),
    ("a = INTEG(b, 0) ~~| b = c ~~| c = b ~~|", "model_loop", ""),
    ("a = 1 ~~| b = a + 1 ~~|", "simulate_no_stock", ""),
    ("a = INTEG(b, 0) ~~| b = GET XLS DATA('f', 's', 'A', 'B2') ~~|", "data_file_missing", ""),
    ("a = INTEG(b, 0) ~~| b = run ~~| run = 2 ~~|", "simulate_name_kept", ""),
]


@pytest.mark.parametrize(("text", "code", "suggestion"), MODELS)
def test_models_that_are_refused(tmp_path: Path, text: str, code: str, suggestion: str) -> None:
    file = model_file(tmp_path / "m.mdl", "\n" + text)
    with pytest.raises(InputError) as caught:
        sim.load_model(file)
    problem = caught.value.problems[0]
    assert (problem.code, problem.suggestion) == (code, suggestion)
    assert problem.place is not None
    assert problem.place.file == file
    assert code == "simulate_no_stock" or problem.place.line == 2


def test_a_model_without_a_clock(tmp_path: Path) -> None:
    file = tmp_path / "m.mdl"
    file.write_text("{UTF-8}\na = INTEG(1, 0) ~~| TIME STEP = 1 ~~|", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        sim.load_model(file)
    assert {(p.code, p.values["name"]) for p in caught.value.problems} == {
        ("model_control", name) for name in ("INITIAL TIME", "FINAL TIME", "SAVEPER")
    }


def test_dimensions_that_do_not_fit(tmp_path: Path) -> None:
    text = "\npark: A, B ~~| year: Y1, Y2, Y3 ~~| x[park] = INTEG(y[year], 0) ~~| y[year] = 1, 2, 3 ~~|"
    with pytest.raises(InputError) as caught:
        sim.load_model(model_file(tmp_path / "m.mdl", text))
    assert caught.value.problems[0].place is not None
    assert caught.value.problems[0].place.line == 2
    assert "park" in str(caught.value)
    assert "year" in str(caught.value)


# --- the language


RANGES = """
park: P1, P2, P3 ~~|
other <-> park ~~|
big: P1, P2 ~~|
A: A1, A2 ~~|
B: B1, B2 -> (A: A2, A1) ~~|
x[A] = 1, 2 ~~|
y[B] = 3, 4 ~~| w[A] = x[A] + y[B] ~~|
d[park, other] = 1 ~~|
z[park] :EXCEPT: [P3] = 5 ~~|
z[P3] = 7 ~~|
s[park] = INTEG(SUM(d[park, other!]) + z[park] + SUM(w[A!]), 0) ~~|
t[big] = s[big] * 2 ~~|
"""


def test_ranges_of_every_sort(tmp_path: Path) -> None:
    model = sim.load_model(model_file(tmp_path / "ranges.mdl", RANGES, end="2016"))
    found = model.simulate({"z": {"P1": 6}}, times=[2016])
    assert model.variables["dims"].to_dict() | {"y": ()} == {
        "x": ("A",), "y": (), "w": ("A",), "d": ("park", "other"), "z": ("park",), "s": ("park",), "t": ("big",)
    }  # fmt: skip
    assert found["w"].values.ravel().tolist() == [5, 5]
    assert found["s"].values.ravel().tolist() == [19, 18, 20]
    assert found["t"].sel(big="P2", time=2016) == 36
    with pytest.raises(InputError) as caught:
        model.simulate(engine="pysd")
    assert [(p.code, p.place and p.place.line) for p in caught.value.problems] == [("simulate_pysd_mapping", 6)]


def test_what_kernels_lack_goes_to_pysd(tmp_path: Path) -> None:
    text = TOWN + "rank[industry] = VECTOR RANK(land[P1, industry], 1) ~~|\neffect((0, 1), (10, 2)) ~~| "
    text += "late = DELAY N(Time, 2 + STEP(1, 2), 1, 3) ~~| "
    model = sim.load_model(model_file(tmp_path / "rank.mdl", text + "again[industry] = effect(rank[industry]) ~~|"))
    assert [reason.startswith("DELAY N") for reason in model.not_compiled] == [True]
    assert list(model.variables.loc["rank", ["kind", "dims", "line"]]) == ["auxiliary", ("industry",), 16]
    with pytest.warns(SimulationWarning, match="DELAY N"):
        found = model.simulate({"effect": [3, 4], "start": {"P1,food": 1.5}}, ["rank", "again"], engine="auto")
    assert found["rank"].values[:, 0].tolist() == [1, 3, 2]
    assert found["again"].values[:, 0].tolist() == pytest.approx([3.1, 3.3, 3.2])
    with pytest.raises(InputError) as caught:
        model.simulate()
    assert [p.code for p in caught.value.problems] == ["not_compiled"]


@pytest.mark.parametrize("text", [TOWN, TABLE, (ROOT / "models/inner-mongolia/park.mdl").read_text(encoding="utf-8")])
def test_entries_stay_at_their_lines(text: str) -> None:
    """So that what an engine says of its text can be told of the file."""
    found = [entry for entry in entries(text, Path("m.mdl")) if not is_control(entry)]
    again = entries(own_text(found), Path("m.mdl"))
    assert [_bare(entry) for entry in again] == [_bare(entry) for entry in found]


def _bare(entry: Entry) -> tuple[object, ...]:
    return entry.name, entry.subscripts, entry.operator, entry.excepted, " ".join(entry.right.split()), entry.line


# --- what is not in a model's interface, but in its promise


def test_import_is_cheap() -> None:
    heavy = {"numpy", "xarray", "pandas", "pysd", "llvmlite"}
    code = f"import sim, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_examples_of_the_page(tmp_path: Path) -> None:
    """docs/python.md: what stands there runs, in order, and gives what stands there."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```vensim\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "land.mdl").write_text(text, encoding="utf-8")
    names: dict[str, Any] = {}
    with chdir(tmp_path), warnings.catch_warnings():
        for body in re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
            exec(compile(body, "python.md", "exec"), names)
    for expression, expected in re.findall(r"^`(.+?)` gives `(.+?)`", page, re.MULTILINE):
        assert repr(eval(expression, names)) == expected


def test_what_pysd_cannot_run_is_told_in_words(tmp_path: Path) -> None:
    """The reason alone, without the code of a message."""
    path = tmp_path / "m.mdl"
    clock = "INITIAL TIME = 0 ~~| FINAL TIME = 1 ~~| TIME STEP = 1 ~~| SAVEPER = 1 ~~|"
    path.write_text("q = DELAY N(Time, 2 + Time, 1, 0) ~~|\ns = INTEG(q, 0) ~~|\n" + clock)
    with pytest.raises(InputError) as caught:
        sim.load_model(path).simulate(engine="auto")
    (problem,) = caught.value.problems
    assert problem.code == "run_by_reference"
    assert str(problem.values["reason"]).startswith("in the equation of 'q'")


@pytest.mark.parametrize(("rules", "code"), [("x[a] = 1 + Time ~~|", "simulate_element_missing"),
                                             ("x[r] = Time ~~|\nx[b] = 2 ~~|", "simulate_element_twice")])  # fmt: skip
def test_what_no_engine_runs_is_told_also_beside_random_numbers(tmp_path: Path, rules: str, code: str) -> None:
    """And not that PySD refuses these."""
    path = tmp_path / "m.mdl"
    clock = "INITIAL TIME = 0 ~~| FINAL TIME = 1 ~~| TIME STEP = 1 ~~| SAVEPER = 1 ~~|"
    path.write_text(f"r: a, b ~~|\ns = INTEG(RANDOM POISSON(0, 9, 2, 0, 1, 0), 0) ~~|\n{rules}\n{clock}")
    with pytest.raises(InputError) as caught:
        sim.load_model(path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.values["element"]) == (code, "x[b]")
