"""Park tables drawn anew: every one meets what is published, and every run of an ensemble stands on its own table."""

from __future__ import annotations

import io
import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import xarray as xr

from sim import dims
from sim.analysis.ensemble import resized, run_ensemble
from sim.analysis.ensemble_result import EnsembleResult
from sim.analysis.park_tables import ROSTERS, ParkTables, decide
from sim.analysis.write_ensemble import bands_dataset, fields_of, runs_dataset, targets_csv
from sim.binding import bind
from sim.bundle import load_bundle
from sim.engine.compiled_engine import CompiledEngine
from sim.engine.inputs import Course, Grid, RunInputs
from sim.errors import InputError, Place
from sim.membership import hosts
from sim.reconstruct.ground import ground_of
from sim.reconstruct.redraw import Redraw
from sim.reconstruct.source import read_source
from sim.reconstruct.table import park_table
from sim.results import build
from sim.scenario.types import Setting
from sim.starter.source import copy_starter
from sim.study import Prepared, prepare
from sim.targets.array import Array
from sim.targets.evaluate import evaluate_targets
from sim.targets.membership import Membership
from sim.targets.quantity import Quantity
from sim.targets.verdict import VERDICTS
from sim.toml_values import ELEMENTS
from tests.datasets import BUNDLE
from tests.drawn_run import with_courses
from tests.workplace import Workplace, coarsen, keep_targets, park_workbook

RUNS, TABLES = 24, 5
PUBLISHED = {
    "gdp": 9209.0, "gross_output": 18484.0, "revenue": 16235.0, "tax": 787.0, "trade": 74.0, "fdi": 161.4 / 5,
    "built_up": 1941.0, "enterprises": 24478.0, "labour": 150.0,
}  # fmt: skip
OVER = {"nested": [50, 5, 2], "disjoint": [50, 7, 2]}
KEPT = ("T01", "T06", "T07", "T08", "T09", "T10", "T20", "T28", "T30", "T39", "T44")
PLAN = Path("scenarios/plan.toml")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A working folder with the region's own table and a coarse clock."""
    place = Workplace(tmp_path_factory.mktemp("redraw") / "work")
    copy_starter(place.folder)
    coarsen(place.folder)
    keep_targets(place, *KEPT)
    return place


def prepared(place: Workplace, scenario: Path = PLAN) -> Prepared:
    with chdir(place.folder):
        return prepare(place.folder / scenario, "compiled")


@pytest.fixture(scope="module")
def ready(shipped: Workplace) -> Prepared:
    return resized(prepared(shipped), RUNS, tables=TABLES)


@pytest.fixture(scope="module")
def whole(ready: Prepared) -> EnsembleResult:
    return run_ensemble(ready, threads=1)


def tables_of(result: EnsembleResult) -> ParkTables:
    assert result.tables is not None
    return result.tables


# --- the tables


@pytest.fixture(scope="module")
def redraw() -> Redraw:
    bundle = load_bundle(BUNDLE)
    found = decide(bundle, prepare(BUNDLE.parents[1] / PLAN, "compiled").scenario).redraw
    assert found is not None
    return found


def test_a_run_takes_the_same_table_whatever_the_number_of_runs(redraw: Redraw) -> None:
    many = redraw.of_runs(0, 1000)
    assert [int(redraw.of_runs(run, 1)[0]) for run in (0, 1, 63, 64, 700)] == many[[0, 1, 63, 64, 700]].tolist()
    assert redraw.of_runs(100, 300).tolist() == many[100:400].tolist()


def test_each_round_deals_out_every_table_once_in_another_order(redraw: Redraw) -> None:
    rounds = redraw.of_runs(0, 3 * redraw.tables).reshape(3, redraw.tables)
    assert [sorted(one) for one in rounds.tolist()] == [list(range(redraw.tables))] * 3
    assert len({tuple(one) for one in rounds.tolist()}) == 3


def test_a_table_does_not_depend_on_how_many_there_are(redraw: Redraw) -> None:
    few = replace(redraw, tables=3)
    assert [few.draw(table) for table in range(3)] == [redraw.draw(table) for table in range(3)]
    assert replace(redraw, seed=redraw.seed + 1).draw(0) != redraw.draw(0)


def test_readings_and_value_added_follow_their_distributions(redraw: Redraw) -> None:
    draws = [redraw.draw(table) for table in range(2000)]
    nested = np.mean([draw.reading == "nested" for draw in draws])
    assert abs(nested - redraw.ground.source.assumed.draw.nested.probability) < 0.03
    added = np.array([draw.value_added for draw in draws])
    assert added.min() > 5200
    assert added.max() < 6147
    assert added.mean() == pytest.approx((5200 + 5545 + 6147) / 3, abs=15)


def test_fifty_tables_meet_what_is_published_and_run(redraw: Redraw) -> None:
    """Totals of the base year in the engine and counts by class, level and list, for both readings."""
    bundle, engine = load_bundle(BUNDLE), CompiledEngine()
    scenario = prepare(BUNDLE.parents[1] / PLAN, "compiled").scenario
    scenario = replace(scenario, clock=replace(scenario.clock, end=2021, step=1.0))
    study, fifty = bind(bundle, scenario), replace(redraw, tables=50)
    tables = ParkTables(fifty, bundle, study)
    variables = sorted({bundle.outputs[name].variable for name in (*PUBLISHED, "iva")})
    run = engine.ensemble(bundle.bound_text(), study.inputs, {}, variables, cases=tables.cases(0, 50))
    found = {name: np.zeros(50) for name in (*PUBLISHED, "iva")}
    revenue = np.zeros((50, len(bundle.parks)))
    for block in run.blocks():
        assert np.isfinite(block.values).all()
        assert not [check.variable for check in run.kernel.plan.checks if (block.values[0, check.cell] > 0).any()]
        for name in found:
            values = run.take(block, bundle.outputs[name].variable)[0].reshape(-1, block.runs)
            found[name][block.first : block.first + block.runs] = values.sum(axis=0)
        revenue[block.first : block.first + block.runs] = run.take(block, bundle.outputs["revenue"].variable)[0].T
    for name, total in PUBLISHED.items():
        assert np.abs(found[name] / total - 1).max() < 1e-3, name
    order = fifty.of_runs(0, 50)
    draws = [fifty.draw(int(table)) for table in order]
    assert {draw.reading for draw in draws} == {"nested", "disjoint"}
    assert np.allclose(found["iva"], [draw.value_added for draw in draws], rtol=1e-3)
    for row, draw in enumerate(draws):
        assert [int((revenue[row] >= bar).sum()) for bar in (100, 500, 1000)] == OVER[draw.reading]
        table = park_table(redraw.ground, draw, bundle.columns)  # through the reader of files
        drawn = fifty.park_table(int(order[row]))
        assert table.shipped
        assert drawn.frame.equals(table.frame)
        counts = table.frame["level"].value_counts()
        assert counts[list(dims.LEVELS)].tolist() == [11, 53, 19, 33]
        assert table.frame[["demonstration", "key24", "key13"]].sum().tolist() == [41, 24, 13]


# --- whether tables are drawn anew


def test_the_region_draws_anew_and_an_own_table_does_not(ready: Prepared, tmp_path: Path) -> None:
    assert ready.scenario.uncertainty.redraw_parks is True
    assert decide(ready.bundle, ready.scenario).redraw is not None
    above = Workplace(tmp_path)
    told = above.sim("new", "own", "--parks", park_workbook(tmp_path / "园区.xlsx", 5))
    assert told.code == 0, told.err
    own = prepared(Workplace(tmp_path / "own"))
    assert decide(own.bundle, own.scenario).redraw is None
    assert resized(own, 10).run_id == resized(own, 10, tables=64).run_id


def with_redraw(place: Workplace, value: str) -> Path:
    return place.scenario(f'name = "x"\nextends = ["plan.toml"]\n[uncertainty]\nredraw_parks = {value}\n')


def test_a_scenario_switches_it_off(shipped: Workplace, tmp_path: Path) -> None:
    place = shipped.copy(tmp_path / "off")
    off = resized(prepared(place, with_redraw(place, "false")), 4)
    assert decide(off.bundle, off.scenario).redraw is None
    assert "reconstruction_sha256" not in off.provenance


def test_an_edited_table_is_kept_with_a_word(shipped: Workplace, tmp_path: Path) -> None:
    place = shipped.copy(tmp_path / "edited")
    path = place.bundle / "parks.csv"
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace(",293.9861,", ",293.9862,", 1), encoding="utf-8")
    told = place.sim("ensemble", PLAN, "--runs", 2, "--no-plots")
    assert told.code == 0, told.err
    assert "not the bundle's own draw" in told.err
    assert "the bundle's park table in all runs" in " ".join(told.out.split())
    asked = resized(prepared(place, with_redraw(place, "true")), 2)
    assert decide(asked.bundle, asked.scenario).redraw is not None


@pytest.mark.parametrize("code", ["redraw_no_source", "redraw_other_parks", "redraw_own_table"])
def test_what_cannot_be_drawn_is_refused(shipped: Workplace, tmp_path: Path, code: str) -> None:
    place = shipped.copy(tmp_path / "refused")
    path = place.bundle / "parks.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    if code == "redraw_no_source":
        (place.bundle / "roster.csv").unlink()
    elif code == "redraw_other_parks":
        path.write_text("\n".join([lines[0], lines[2], lines[1], *lines[3:]]), encoding="utf-8")
    else:
        path.write_text("\n".join(lines[:40]), encoding="utf-8")
    scenario = with_redraw(place, "true")
    with pytest.raises(InputError) as caught:
        resized(prepared(place, scenario), 2)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.place is not None
    assert (problem.place.file.name, problem.place.line) == ("own.toml", 4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tables", "0"], "the number of park tables is 0; expected 1 to 1024"),
        (["--tables", "2000"], "the number of park tables is 2000"),
    ],
)
def test_mistakes_end_with_code_2(shipped: Workplace, arguments: list[str], said: str) -> None:
    before = shipped.hashes()
    told = shipped.sim("ensemble", PLAN, *arguments)
    assert told.code == 2
    assert said in told.err
    assert shipped.hashes() == before


def test_mistakes_in_the_files_are_told_with_their_line(shipped: Workplace, tmp_path: Path) -> None:
    place = shipped.copy(tmp_path / "wrong")
    path = place.bundle / "reconstruction.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("tax = 0.30", "tax = -1.0"), encoding="utf-8")
    for command in ("ensemble", "check"):
        told = place.sim(command, PLAN)
        assert told.code == 2, told.err
        assert "reconstruction.toml:" in told.err
        assert "spread.tax is -1.0" in told.err


# --- runs on their own tables


def test_threads_change_no_bit(ready: Prepared, whole: EnsembleResult) -> None:
    other = run_ensemble(ready, threads=2)
    assert targets_csv(other) == targets_csv(whole)
    assert runs_dataset(other).identical(runs_dataset(whole))
    assert bands_dataset(other).identical(bands_dataset(whole))


@pytest.mark.parametrize("run", [1, 17, RUNS])
def test_a_run_alone_gives_the_same_bits(ready: Prepared, whole: EnsembleResult, run: int) -> None:
    alone = run_ensemble(ready, only=run)
    assert np.array_equal(alone.judged.values[:, 0], whole.judged.values[:, run - 1], equal_nan=True)
    assert np.array_equal(alone.judged.codes[:, 0], whole.judged.codes[:, run - 1])
    assert list(tables_of(alone).made) == tables_of(whole).of_runs(run - 1, 1).tolist()  # no other table is made


def test_a_run_is_the_same_in_a_larger_ensemble(ready: Prepared, whole: EnsembleResult) -> None:
    more = run_ensemble(resized(ready, 300, tables=TABLES))
    assert np.array_equal(more.judged.values[:, :RUNS], whole.judged.values, equal_nan=True)
    assert np.array_equal(more.judged.codes[:, :RUNS], whole.judged.codes)


def test_scenarios_of_a_seed_take_the_same_tables(shipped: Workplace, whole: EnsembleResult) -> None:
    other = run_ensemble(resized(prepared(shipped, Path("scenarios/baseline.toml")), RUNS, tables=TABLES))
    one, two = tables_of(whole), tables_of(other)
    assert one.of_runs(0, RUNS).tolist() == two.of_runs(0, RUNS).tolist()
    for table in one.made:
        assert one.bound(table).bundle.parks.frame.equals(two.bound(table).bundle.parks.frame)


@pytest.mark.parametrize("rule", ["largest emitters first", "smallest first", "cheapest first"])
def test_a_run_is_what_a_scenario_on_its_table_gives(ready: Prepared, rule: str) -> None:
    """Numbers, membership and verdicts: the run's table as the bundle's own, its draws under [parameters]."""
    policies = {
        **ready.scenario.policies,
        "circular_retrofit.select": Setting(rule, Place(Path("x"))),
        "governance.one_zone_per_county": Setting(True, Place(Path("x"))),
        "mergers.zones": Setting(60, Place(Path("x"))),
    }
    scenario = replace(ready.scenario, policies=MappingProxyType(policies))
    ready = replace(ready, scenario=scenario, study=bind(ready.bundle, scenario))
    whole = run_ensemble(ready, threads=1)
    run, names = 7, {spec.variable for spec in ready.bundle.outputs.values()}
    drawn = {
        name: Setting(nested(array[0].to_numpy(), array.dims[1:]), Place(Path("x")))  # type: ignore[arg-type]
        for name, array in whole.plan.draws(run - 1, 1).items()
    }
    (table,) = tables_of(whole).of_runs(run - 1, 1).tolist()
    bundle = tables_of(whole).bound(table).bundle
    assert not bundle.parks.frame.equals(ready.bundle.parks.frame)
    study = bind(bundle, replace(scenario, parameters=MappingProxyType(drawn)))
    study = with_courses(study, whole.plan, run)
    found = ready.chosen.engine.simulate(bundle.bound_text(), study.inputs, sorted(names))
    results = build(bundle, study, found, ready.provenance)
    levers = study.levers_in(dims.TARGET_YEAR)
    active = {key: value for key, value in levers.items() if key in scenario.policies}
    for row, value, code in zip(
        evaluate_targets(results, ready.targets, active),
        whole.judged.values[:, run - 1], whole.judged.codes[:, run - 1], strict=True,
    ):  # fmt: skip
        expected = np.nan if row.value_2020 is None else row.value_2020
        assert value == pytest.approx(expected, rel=1e-9, nan_ok=True), row.id
        late = {"late": "missed"}  # no year after the target's is judged
        assert VERDICTS[code] == late.get(row.verdict, row.verdict), row.id


def nested(values: np.ndarray, names: tuple[str, ...]) -> object:
    if not names:
        return float(values)
    return {label: nested(inner, names[1:]) for label, inner in zip(ELEMENTS[names[0]], values, strict=True)}


def test_rosters_and_zones_are_the_runs_own(ready: Prepared, whole: EnsembleResult) -> None:
    tables, runs = tables_of(whole), np.array([0, 3, 3, 9])
    own = tables.own_parks(runs, [0, 5])
    for row, run in enumerate(runs.tolist()):
        (table,) = tables.of_runs(run, 1).tolist()
        frame = tables.bound(table).bundle.parks.frame
        for key in ROSTERS:
            assert own.labels[key].inner((dims.RUN, dims.PARK))[..., row, :].ravel().tolist() == frame[key].tolist()
        assert own.hosts is not None
        expected = tables.bound(table).study.membership.host[:, [0, 5]]
        ids = np.array(frame.index, dtype=object)
        assert (np.where(own.hosts[row] < 0, "", ids[own.hosts[row]]) == expected).all()
    shares = whole.judged.values[whole.judged.ids.index("T08")]
    assert np.ptp(shares) > 1.0  # the roster of key zones follows each table
    counts = whole.judged.values[whole.judged.ids.index("T07")]
    assert len(set(counts.tolist())) > 1


def test_totals_leave_out_the_parks_that_leave_in_each_run(ready: Prepared) -> None:
    """Which zones leave follows from the run's own table, so a total is that of the verdict on the same run."""
    live = tables_of(run_ensemble(ready, only=1)).live(0, RUNS)
    assert not live[-1].all()
    assert (live != live[:, :, :1]).any()  # not the same parks in every table
    for run in (1, 2, 3):
        alone = run_ensemble(ready, only=run)
        verdict = alone.judged.values[alone.judged.ids.index("T01"), 0]
        band = alone.bands["gdp"].sel(statistic="p50", time=dims.TARGET_YEAR)
        assert float(band) == pytest.approx(verdict, rel=1e-12)
        by_league = alone.bands["gdp_by_league"].sel(statistic="p50", time=dims.TARGET_YEAR)
        assert float(by_league.sum()) == pytest.approx(verdict, rel=1e-12)


def test_zones_by_run_are_those_of_each_run() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(-1, 6, (3, 6, 2))
    values = rng.random((3, 6, 4, 2))
    quantity = Quantity(Array.of((dims.RUN, dims.PARK, dims.INDUSTRY, dims.TIME), values))
    many = Membership.by_run(codes)
    for how in ("sum", "min", "max"):
        found = many.zones(quantity, how)
        for run in range(3):
            names = np.array(["a", "b", "c", "d", "e", "f", ""], dtype=object)[codes[run]]
            one = Membership(list("abcdef"), Array.of((dims.PARK, dims.TIME), names), 2)
            alone = one.zones(Quantity(Array.of((dims.PARK, dims.INDUSTRY, dims.TIME), values[run])), how)
            assert np.array_equal(found.data.at(dims.RUN, run).values, alone.data.values)
            assert found.mask is not None
            assert alone.mask is not None
            assert np.array_equal(found.mask.at(dims.RUN, run).values, alone.mask.values)


def test_a_year_that_asks_for_nothing_new_leaves_the_zones(ready: Prepared) -> None:
    """Hosts worked out for all years at once are those of each year by itself."""
    table = ready.bundle.parks.frame
    counts, county = [0, 100, 100, 60, 60], [False, False, True, True, True]
    together = hosts(table, counts, county)
    for last in range(1, 6):
        assert (hosts(table, counts[:last], county[:last]) == together[:, :last]).all()
    again = hosts(table, [60, 60], [True, True])
    assert (again[:, 0] == again[:, 1]).all()


# --- what is written


def test_the_folder_tells_the_tables(shipped: Workplace, tmp_path: Path) -> None:
    place = shipped.copy(tmp_path / "folder")
    told = place.sim("ensemble", PLAN, "--runs", 6, "--tables", 4, "--no-plots")
    assert told.code == 0, told.err
    assert "4 park tables drawn anew" in told.out
    folder = place.folder / "outputs" / "plan-ensemble"
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (fields["ensemble"]["park_tables"], fields["ensemble"]["park_tables_used"]) == (4, 4)
    source = read_source(place.bundle)
    assert fields["reconstruction_sha256"] == source.fingerprint
    stored = xr.load_dataset(io.BytesIO((folder / "runs.nc").read_bytes()), engine="h5netcdf")
    redraw = Redraw(ground_of(source), load_bundle(place.bundle).parks, load_bundle(place.bundle).columns, 20200101, 4)
    assert stored["park_table"].values.tolist() == (redraw.of_runs(0, 6) + 1).tolist()
    draws = [redraw.draw(int(table)) for table in redraw.of_runs(0, 6)]
    assert stored["value_added_2015"].values.tolist() == [draw.value_added for draw in draws]
    assert stored["park_reading"].values.tolist() == [int(draw.reading == "disjoint") for draw in draws]
    resolved = (folder / "scenario.resolved.toml").read_text("utf-8")
    assert "redraw_parks = true" in resolved
    assert "tables = 4" in resolved


def test_another_reconstruction_is_another_id(shipped: Workplace, ready: Prepared, tmp_path: Path) -> None:
    place = shipped.copy(tmp_path / "other")
    path = place.bundle / "reconstruction.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("probability = 0.75", "probability = 0.5"), encoding="utf-8")
    other = resized(prepared(place), RUNS, tables=TABLES)
    assert other.bundle.fingerprint == ready.bundle.fingerprint
    assert other.run_id != ready.run_id
    assert fields_of(run_ensemble(other, only=1))["run_id"] == other.run_id


def test_the_inputs_of_a_run_are_those_of_its_case() -> None:
    """As the slow twin takes them when a run has failed."""
    course = Course(np.array([2015.0, 2016.0]), np.array([[[1.0, 2.0]], [[3.0, 4.0]]]), "steps")
    many = RunInputs(
        Grid(2015.0, 1.0, 1), {"a": np.array([[1.0], [2.0]]), "b": np.array([5.0, 6.0, 7.0]), "c": np.array([9.0])},
        {"s": course}, frozenset("abs"), 3, frozenset("as"), np.array([1, 0, 1]),
    )  # fmt: skip
    for run, case in enumerate((1, 0, 1)):
        one = many.run(run)
        assert one.constants["a"].tolist() == [1.0 + case]
        assert float(one.constants["b"]) == 5.0 + run
        assert one.constants["c"].tolist() == [9.0]
        assert one.series["s"].values.tolist() == course.values[case].tolist()
        assert not one.varying
