"""A table of draws in place of ranges: rows by run, what it holds and leaves, every mistake, kept and replayed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.draws import plan_draws
from sim.analysis.ensemble import resized
from sim.analysis.parcel import computed, parcel_of
from sim.analysis.shard import SHARD, Shard, Span
from sim.bundle import Bundle, load_bundle
from sim.dims import INDUSTRIES
from sim.errors import InputError
from sim.posterior import MOST_TOLD, Posterior, columns, read_posterior
from sim.provenance import inputs_text
from sim.scenario.resolve import load_scenario
from sim.scenario.show import resolved_toml, show_lines
from sim.scenario.types import Scenario
from sim.study import prepare
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

ROOT = Path(__file__).parents[1]
RATIO = "reference capital output ratio"
NAMES = ["TFP trend", *(f"{RATIO}[{name}]" for name in INDUSTRIES), "demand_growth.to_2020", "innovation.delay"]
Cells = list[list[str]]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(ROOT / "models" / "inner-mongolia")


def table(bundle: Bundle, rows: int = 5) -> Cells:
    """Rows within the ranges, no two alike."""
    known = columns(bundle)
    shares = np.linspace(0.1, 0.9, rows)
    values = [[repr(float(known[n].low + s * (known[n].high - known[n].low))) for n in NAMES] for s in shares]
    return [["draw", *NAMES], *([str(row), *cells] for row, cells in enumerate(values, start=1))]


def written(path: Path, cells: Cells) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(cells)
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    return path


def drawing(folder: Path, cells: Cells, *more: str) -> Scenario:
    """A scenario on a table of draws."""
    written(folder / "posterior.csv", cells)
    file = folder / "own.toml"
    parent = (ROOT / "scenarios" / "plan.toml").as_posix()
    lines = ['name = "own"', f'extends = ["{parent}"]', *more, "[uncertainty]", 'draws = "posterior.csv"']
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_scenario(file)


def test_runs_take_rows_whole_and_leave_the_rest_to_the_ranges(bundle: Bundle, tmp_path: Path) -> None:
    cells = table(bundle)
    scenario = drawing(tmp_path, cells)
    plan = plan_draws(bundle, scenario, 20)
    drawn = plan.values(0, 10)
    usual = plan_draws(bundle, load_scenario(ROOT / "scenarios" / "plan.toml"), 20).values(0, 10)
    rows = [cells[1:][row] for row in plan.posterior.of_runs(plan.points.seed, 0, 10)] if plan.posterior else []
    assert len(rows) == 10
    assert {row[0] for row in rows[:5]} == {row[0] for row in rows[5:]} == set("12345")  # each once in a round
    for run, row in enumerate(rows):
        told = dict(zip(cells[0], row, strict=True))
        assert float(drawn["TFP trend"][run]) == float(told["TFP trend"])
        assert float(drawn["innovation.delay"][run]) == float(told["innovation.delay"])
        for name in INDUSTRIES:
            assert float(drawn[RATIO].sel(industry=name)[run]) == float(told[f"{RATIO}[{name}]"])
    held = {"TFP trend", RATIO, "demand_growth.to_2020", "innovation.delay"}
    assert all(drawn[name].identical(usual[name]) == (name not in held) for name in drawn)
    more = plan_draws(bundle, scenario, 4096).values(3, 2)
    assert all(np.array_equal(more[name].to_numpy(), drawn[name].to_numpy()[3:5]) for name in drawn)


def test_what_the_scenario_sets_or_switches_off_stays_its_own(bundle: Bundle, tmp_path: Path) -> None:
    scenario = drawing(tmp_path, table(bundle), "[parameters]", f'"{RATIO}" = {{ metals = 1.0 }}', '"TFP trend" = 0.02')
    scenario = replace(scenario, uncertainty=replace(scenario.uncertainty, drivers=False))
    drawn = plan_draws(bundle, scenario, 8).values(0, 8)
    assert (drawn[RATIO].sel(industry="metals") == 1.0).all()
    assert drawn[RATIO].sel(industry="services").std() > 0
    assert not {"TFP trend", "demand_growth.to_2020"} & set(drawn)


Change = Callable[[Cells], object]


def put(row: int, column: int, text: str) -> Change:
    return lambda cells: cells[row].__setitem__(column, text)


def dropped(column: int) -> Change:
    return lambda cells: [row.pop(column) for row in cells]


@pytest.mark.parametrize(
    ("change", "code", "line", "suggestion"),
    [
        (dropped(0), "draws_first_column", 1, ""),
        (put(0, 0, "run"), "draws_first_column", 1, ""),
        (put(0, 1, "TFP trent"), "draws_column_unknown", 1, "TFP trend"),
        (put(0, 1, ""), "draws_column_empty", 1, ""),
        (put(0, 1, "draw"), "draws_column_twice", 1, ""),
        (put(0, 1, "demand_growth.to_2020"), "draws_column_twice", 1, ""),
        (put(0, 1, "base growth[metals]"), "draws_column_fixed", 1, ""),
        (put(0, 1, "innovation.dely"), "draws_column_unknown", 1, "innovation.delay"),
        (dropped(3), "draws_elements", 1, ""),
        (put(0, 2, RATIO), "draws_column_unknown", 1, RATIO),
        (put(3, 1, "nan"), "draws_cell", 4, ""),
        (put(3, 1, "inf"), "draws_cell", 4, ""),
        (put(3, 1, "0.02%"), "draws_cell", 4, ""),
        (put(3, 1, " "), "draws_cell_empty", 4, ""),
        (put(2, 1, "0.5"), "draws_range", 3, ""),
        (put(2, len(NAMES), "-0.1"), "draws_range", 3, ""),
        (put(2, 0, "7"), "draws_number", 3, ""),
        (lambda cells: cells[4].pop(), "draws_ragged", 5, ""),
        (lambda cells: cells.__delitem__(slice(1, None)), "draws_no_rows", 1, ""),
        (lambda cells: cells.__setitem__(slice(None), [["draw"], ["1"]]), "draws_no_columns", 1, ""),
        (lambda cells: cells.clear(), "draws_no_rows", None, ""),
    ],
)
def test_mistakes(
    bundle: Bundle, tmp_path: Path, change: Change, code: str, line: int | None, suggestion: str
) -> None:
    cells = table(bundle)
    change(cells)
    with pytest.raises(InputError) as caught:
        read_posterior(written(tmp_path / "x.csv", cells), bundle)
    problem = caught.value.problems[0]
    assert (problem.code, problem.place and problem.place.line) == (code, line)
    if suggestion:
        assert problem.suggestion.startswith(suggestion)


def test_all_mistakes_at_once_up_to_a_limit(bundle: Bundle, tmp_path: Path) -> None:
    cells = table(bundle)
    cells[0][1] = "x"
    cells[1][2] = ""
    cells[2][3] = "1e9"
    with pytest.raises(InputError) as caught:
        read_posterior(written(tmp_path / "x.csv", cells), bundle)
    assert {one.code for one in caught.value.problems} == {"draws_column_unknown", "draws_cell_empty", "draws_range"}
    many = table(bundle, 200)
    for row in many[1:]:
        row[1] = "text"
    with pytest.raises(InputError) as caught:
        read_posterior(written(tmp_path / "y.csv", many), bundle)
    assert len(caught.value.problems) == MOST_TOLD + 1
    assert caught.value.problems[-1].values == {"count": 200 - MOST_TOLD}


@pytest.mark.parametrize(
    ("name", "code"), [("posteriro.csv", "draws_missing"), ("inner", "draws_is_folder"), ("", "empty_text")]
)
def test_a_table_that_is_not_there(bundle: Bundle, tmp_path: Path, name: str, code: str) -> None:
    scenario = drawing(tmp_path, table(bundle))
    (tmp_path / "inner").mkdir()
    text = scenario.path.read_text(encoding="utf-8")
    scenario.path.write_text(text.replace('"posterior.csv"', f'"{name}"'), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scenario(scenario.path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place and problem.place.line) == (code, 4)
    assert problem.suggestion == ("posterior.csv" if code == "draws_missing" else "")


def test_text_that_is_no_table(bundle: Bundle, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    for content, code in ((b"\xff\xfe\x00", "draws_encoding"), (b'draw,"TFP\n', "draws_csv")):
        file.write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_posterior(file, bundle)
        assert [one.code for one in caught.value.problems] == [code]


def test_what_stands_in_the_table_decides_the_run_and_not_where_it_is(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, same = (drawing(tmp_path / name, table(bundle)) for name in "ab")
    other = drawing(tmp_path / "b", table(bundle, 4))
    assert inputs_text(one) == inputs_text(same) != inputs_text(other)
    elsewhere = tmp_path / "a" / "deep"
    elsewhere.mkdir()
    again = elsewhere / "again.toml"
    again.write_text(resolved_toml(one, elsewhere), encoding="utf-8")
    assert load_scenario(again).uncertainty == one.uncertainty  # found in a folder above, as a bundle is
    again = tmp_path / "elsewhere.toml"
    again.write_text(resolved_toml(one, tmp_path), encoding="utf-8")
    assert load_scenario(again).uncertainty == one.uncertainty  # written in full where it would not be found
    shown = {line.key: line.value for line in show_lines(one, "en")}
    assert shown["uncertainty.draws"] == "posterior.csv"
    assert shown["uncertainty.drivers"] == shown["uncertainty.implementation"] == "true"


def test_an_ensemble_keeps_its_table_and_replays(place: Workplace, bundle: Bundle) -> None:
    own = load_bundle(place.bundle)
    scenario = place.folder / "scenarios" / "own.toml"
    written(place.folder / "posterior.csv", table(own))
    scenario.write_text(
        'name = "own"\nextends = ["plan.toml"]\n[uncertainty]\ndraws = "posterior.csv"\nimplementation = false\n',
        encoding="utf-8",
    )
    told = place.sim("ensemble", "scenarios/own.toml", "--runs", "8")
    assert told.code == 0, told.err
    folder = place.folder / "outputs" / "own-ensemble"
    assert (folder / "inputs" / "draws.csv").read_bytes() == (place.folder / "posterior.csv").read_bytes()
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))["ensemble"]
    assert set(fields["from_draws"]) == {"TFP trend", RATIO, "demand_growth.to_2020"}
    assert {"demand_growth.to_2020", "trade.shift"} <= set(fields["drawn"])
    assert "innovation.delay" in fields["held_by_scenario"]
    verified = place.sim("verify", "outputs/own-ensemble")
    assert verified.code == 0, verified.out + verified.err
    with chdir(place.folder):
        ready = resized(prepare(scenario, "compiled"), 8)
        assert isinstance(computed(parcel_of(ready, SHARD), Span(0, 2)), Shard)  # the table goes with the scenario
    written(place.folder / "posterior.csv", table(own, 4))
    changed = place.sim("verify", "outputs/own-ensemble")
    assert changed.code == 3
    assert "uncertainty.draws" in changed.out
    (place.folder / "posterior.csv").write_text("draw,x\n1,2\n", encoding="utf-8")
    refused = place.sim("run", "scenarios/own.toml")
    assert refused.code == 2
    assert "posterior.csv:1" in refused.err


def test_rows_are_dealt_out_in_rounds() -> None:
    found = Posterior({}, 7).of_runs(5, 0, 21).reshape(3, 7)
    assert (np.sort(found, axis=1) == np.arange(7)).all()
    assert not np.array_equal(found[0], found[1])
    assert not np.array_equal(found.ravel(), Posterior({}, 7).of_runs(6, 0, 21))
