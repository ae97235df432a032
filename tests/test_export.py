"""Exported Vensim models: the same numbers from engines that share no code, and nothing in a text can break them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import simlin

from sim.binding import bind
from sim.bundle import Bundle, load_bundle
from sim.cache import Cache
from sim.engine.covered import equations_of
from sim.engine.inputs import Grid, RunInputs
from sim.engine.interface import StudyInputs
from sim.engine.trace import evaluate
from sim.errors import EngineError, InputError
from sim.export import flat, vensim
from sim.export.flat import flat_text
from sim.export.outside import courses, plain_inputs
from sim.export.whole import Titles, whole_text
from sim.model.ir import Ref
from sim.model.mdl_text import entries
from sim.model.translate import translate
from sim.scenario.resolve import load_scenario
from tests import exported
from tests.exported import TITLES, Cells

ROOT = Path(__file__).parents[1]
PARKS = ("P04", "P05", "P08", "X01")
"""Two of them rise to national level in the plan, which leaves steps in their tiers."""

BOUND = 1e-6
SCENARIOS = sorted((ROOT / "scenarios").glob("*.toml"))


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(ROOT / "models" / "inner-mongolia")


def study(bundle: Bundle, scenario: str = "plan", **clock: object) -> StudyInputs:
    loaded = load_scenario(ROOT / "scenarios" / f"{scenario}.toml")
    inputs = bind(bundle, replace(loaded, clock=replace(loaded.clock, **clock))).inputs  # type: ignore[arg-type]
    return exported.with_parks(inputs, PARKS)


def compare(cells: Cells, found: dict[str, np.ndarray]) -> None:
    largest = exported.largest_of(cells)
    for (stock, labels), values in cells.items():
        name = exported.column(stock, labels)
        assert exported.difference(values, found[name], largest[stock]) <= BOUND, name


# --- every park


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_pysimlin_gives_the_same_numbers_for_every_scenario(bundle: Bundle, scenario: Path, tmp_path: Path) -> None:
    inputs = study(bundle, scenario.stem)
    file = tmp_path / "park.mdl"
    file.write_text(whole_text(bundle, inputs, TITLES), encoding="utf-8")
    cells = exported.ours(bundle, inputs)
    assert len(cells) > 100
    compare(cells, exported.by_simlin(file, [exported.column(*key) for key in cells]))


def test_pysd_gives_the_same_numbers(bundle: Bundle, tmp_path: Path) -> None:
    inputs = study(bundle, end=2018, step=0.25)
    file = tmp_path / "park.mdl"
    file.write_text(whole_text(bundle, inputs, TITLES), encoding="utf-8")
    cells = exported.ours(bundle, inputs)
    arrays = exported.by_pysd(file, sorted({stock for stock, _ in cells}))
    found = {}
    equations = equations_of(exported.bound(bundle, inputs), Cache())
    for stock, labels in cells:
        axes = equations.variables[stock].axes
        place = tuple(equations.ranges[axis].index(label) for axis, label in zip(axes, labels, strict=True))
        found[exported.column(stock, labels)] = arrays[stock][place]
    compare(cells, found)


@pytest.mark.parametrize(("method", "step"), [("euler", 0.125), ("rk4", 0.25), ("euler", 0.1)])
def test_our_own_reading_of_the_file_is_the_study(bundle: Bundle, method: str, step: float) -> None:
    """What steps by years and what is linear between them come out of the lookups as they went in."""
    inputs = replace(study(bundle, end=2021), step=step)
    again = translate(whole_text(bundle, inputs, TITLES), Path("exported.mdl"))
    equations = equations_of(exported.bound(bundle, inputs), Cache())
    numbers = plain_inputs(equations, inputs)
    names = [*exported.stocks_of(equations), *inputs.series]
    found = evaluate(again, RunInputs(numbers.grid), names, method)  # type: ignore[arg-type]
    for name, expected in evaluate(equations, numbers, names, method).items():  # type: ignore[arg-type]
        np.testing.assert_allclose(found[name], expected, rtol=1e-9, atol=1e-12, err_msg=name)


def test_the_file_needs_nothing_else_and_is_documented(bundle: Bundle, tmp_path: Path) -> None:
    inputs = study(bundle)
    text = whole_text(bundle, inputs, TITLES)
    found = {e.name: e for e in entries(text, Path("m.mdl")) if e.documentation}
    for entry in bundle.entries:
        if entry.documentation and entry.group != "Control":
            assert found[entry.name].units == entry.units, entry.name
            assert found[entry.name].documentation.startswith(entry.documentation), entry.name
    assert text.startswith("{UTF-8}\npark: P04, P05, P08, X01")
    assert "GET " not in text
    assert found["TIME STEP"].right == "0.0625"
    assert "INTEGER" in found["calendar year"].right
    file = tmp_path / "park.mdl"
    file.write_text(text, encoding="utf-8")
    assert [issue.message for issue in simlin.load(file).check()] == []


def test_views_are_kept_and_place_what_was_added(bundle: Bundle) -> None:
    inputs = study(bundle)
    text = whole_text(bundle, inputs, TITLES)
    views = text.split(r"\\\---///")[1:]
    before = bundle.model_text.split(r"\\\---///")[1:]
    assert len(views) == len(before) + 1
    assert re.search(r"^10,1,calendar year,", views[-1], re.MULTILINE)
    assert text.rstrip().endswith(bundle.model_text.rstrip()[-40:])
    lists = {line.split(",")[2] for view in views for line in view.splitlines() if line.startswith("10,")}
    added = {e.name for e in entries(text, Path("m.mdl"))} - {e.name for e in bundle.entries}
    assert added <= lists
    # a driver is a lookup now: nothing acts on it any more, but it is still there
    drawn = next(view for view in views if "\n*Drivers" in view)
    word = re.search(r"^10,(\d+),log outside market,", drawn, re.MULTILINE)
    assert word
    assert not re.search(rf"^1,\d+,\d+,{word[1]},", drawn, re.MULTILINE)
    assert re.search(rf"^1,\d+,{word[1]},\d+,", drawn, re.MULTILINE)


NASTY = 'a | b ~ c " d {e} \\\n|\\\\\\---/// :MACRO: X(y) ~ | x = 1 ~~|'


def test_no_text_ends_an_entry(bundle: Bundle, tmp_path: Path) -> None:
    inputs = study(bundle, end=2016, step=0.5)
    changed = tuple(
        replace(e, documentation=e.documentation and f"{e.documentation} {NASTY}", units=e.units and f'{e.units} "|~')
        for e in bundle.entries
    )
    titles = Titles(NASTY, NASTY, "plan-000000")
    for made, plain in (
        (whole_text(replace(bundle, entries=changed), inputs, titles), whole_text(bundle, inputs, TITLES)),
        (_flat(replace(bundle, entries=changed), inputs, titles), _flat(bundle, inputs, TITLES)),
    ):
        ours, theirs = (entries(text, Path("m.mdl")) for text in (made, plain))
        assert [(e.name, e.subscripts, e.right) for e in ours] == [(e.name, e.subscripts, e.right) for e in theirs]
        assert made.count(r"\\\---///") == plain.count(r"\\\---///")
        assert _read_by_simlin(tmp_path, made) == _read_by_simlin(tmp_path, plain)


def _read_by_simlin(folder: Path, text: str) -> list[str]:
    file = folder / "park.mdl"
    file.write_text(text, encoding="utf-8")
    return [variable.name for variable in simlin.load(file).variables]


def test_what_is_no_number_is_refused(bundle: Bundle) -> None:
    inputs = study(bundle)
    broken = inputs.constants["table output"] * np.nan
    with pytest.raises(InputError) as refused:
        whole_text(bundle, replace(inputs, constants={**inputs.constants, "table output": broken}), TITLES)
    assert [problem.code for problem in refused.value.problems] == ["export_no_number"]


# --- one park


def _flat(bundle: Bundle, inputs: StudyInputs, titles: Titles = TITLES, park: str = "P05") -> str:
    return flat_text(bundle, equations_of(exported.bound(bundle, inputs), Cache()), inputs, park, titles)


@pytest.fixture(scope="module")
def some_years(bundle: Bundle) -> StudyInputs:
    return study(bundle, end=2019, step=0.25)


@pytest.fixture(scope="module")
def alone(bundle: Bundle, some_years: StudyInputs) -> str:
    """The model of one park."""
    return _flat(bundle, some_years)


@pytest.fixture(scope="module")
def stocks(bundle: Bundle, some_years: StudyInputs) -> dict[str, np.ndarray]:
    """Its stocks in the full run, by their names there."""
    return exported.scalar_names(bundle, some_years, exported.ours(bundle, some_years), "P05")


def test_one_park_goes_its_way_again(alone: str, stocks: dict[str, np.ndarray], tmp_path: Path) -> None:
    file = tmp_path / "P05.mdl"
    file.write_text(alone, encoding="utf-8")
    assert "[park" not in re.sub(r"Element of [^\n]*", "", alone)
    assert not [e for e in entries(alone, file) if e.is_subscript or e.subscripts]
    assert "capital of coal chemicals" in stocks
    assert "emission requirement of metals SO2" in stocks
    found = exported.by_simlin(file, list(stocks))
    for name, values in stocks.items():
        assert exported.difference(values, found[name], float(np.abs(values).max())) <= BOUND, name
    assert [issue.message for issue in simlin.load(file).check()] == []


def test_pysd_runs_one_park(alone: str, stocks: dict[str, np.ndarray], tmp_path: Path) -> None:
    file = tmp_path / "P05.mdl"
    file.write_text(alone, encoding="utf-8")
    found = exported.by_pysd(file, list(stocks))
    for name, values in stocks.items():
        assert exported.difference(values, found[name], float(np.abs(values).max())) <= BOUND, name


def test_names_are_legal_and_every_variable_is_listed_and_told(alone: str) -> None:
    found = [e for e in entries(alone, Path("m.mdl")) if e.group != "Control"]
    assert all(re.fullmatch(r'[^\W\d][\w ]*|"[^"]+"', e.name) for e in found)
    assert len({vensim.variable_name(e.name).lower() for e in found}) == len(found)
    listed = re.findall(r"^10,\d+,([^,\n]+),", alone, re.MULTILINE)
    assert sorted(listed) == sorted(e.name for e in found)
    assert all(re.search("[一-鿿]", e.documentation) for e in found)
    region = [e for e in found if e.group == "Region"]
    assert region
    assert all("Given: " in e.documentation for e in region)
    assert any(e.name == "regional demand of metals" and "WITH LOOKUP" in e.right for e in region)
    capital = next(e for e in found if e.name == "capital of metals")
    assert capital.documentation == "资本存量(冶金). Productive capital (metals). Element of capital[park, industry]."


def test_what_the_park_computes_itself_answers_to_a_change(alone: str, tmp_path: Path) -> None:
    """What comes from the region doesn't."""
    changed = re.sub(r"^depreciation rate = [\d.]+", "depreciation rate = 0.2", alone, flags=re.MULTILINE)
    assert changed != alone
    names = ["capital of metals", "regional demand of metals"]
    values = []
    for number, body in enumerate((alone, changed)):
        file = tmp_path / f"{number}.mdl"
        file.write_text(body, encoding="utf-8")
        values.append(exported.by_simlin(file, names))
    assert values[1][names[0]][-1] < 0.97 * values[0][names[0]][-1]
    assert values[1][names[1]].tolist() == values[0][names[1]].tolist()


def test_a_file_that_runs_otherwise_is_not_handed_out(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "DIGITS", 3)
    with pytest.raises(EngineError, match="export_off"):
        _flat(bundle, study(bundle, end=2017, step=0.25))


CONTROL = "INITIAL TIME = 0 ~~| FINAL TIME = 2 ~~| TIME STEP = 0.5 ~~| SAVEPER = 1 ~~|"
SMALL = """park: A, B ~~| kind: k1, k2 ~~|
size[park] = 1, 2 ~~| rate[kind] = 0.1, 0.2 ~~| curve((0, 0), (10, 5)) ~~|
stock[park, kind] = INTEG(flow[park, kind] - SMOOTH(stock[park, kind], 2) * 0.1, size[park]) ~~|
flow[park, kind] = rate[kind] * stock[park, kind] + curve(total) / peak + PROD(stock[park, kind!]) * 0.001 ~~|
total = SUM(stock[park!, kind!]) ~~|
peak = VMAX(stock[park!, kind!]) + late ~~|
late = DELAY FIXED(total, 1, 3) ~~|
other[park] = stock[B, k1] + size[A] + MAX(0, -size[park]) ^ 2 ~~|
"kept, (x)"[park] = IF THEN ELSE(other[park] > 3 :AND: Time >= 1, 1, other[park]) - (1 - (2 - Time)) ~~|
kept x[park] = 1 + size[park] ~~|
"""


def test_other_constructs_are_written_out(tmp_path: Path) -> None:
    """Delays, lookups, products, other parks by name, quoted names: run against the whole model by the slow twin."""
    equations = translate(SMALL + CONTROL, Path("m.mdl"))
    inputs = StudyInputs(("A", "B"), {}, {}, 0, 2, 0.5)
    bundle = load_bundle(ROOT / "models" / "inner-mongolia")
    own = replace(bundle, model_text=SMALL + CONTROL, entries=entries(SMALL + CONTROL, Path("m.mdl")))
    for park in ("A", "B"):
        again = translate(flat_text(own, equations, inputs, park, TITLES), Path("flat.mdl"))
        place = equations.ranges["park"].index(park)
        names = {"other": "other", '"kept, (x)"': '"kept, (x)"', "kept x": "kept x"}
        grid = Grid(0.0, 0.5, 4)
        whole = evaluate(equations, RunInputs(grid), list(names))
        alone = evaluate(again, RunInputs(grid), list(names.values()))
        for name, scalar in names.items():
            np.testing.assert_allclose(alone[scalar], whole[name][:, place], rtol=1e-9)


def test_courses_are_those_of_the_full_run(bundle: Bundle) -> None:
    inputs = study(bundle, end=2017)
    equations = equations_of(exported.bound(bundle, inputs), Cache())
    labour = Ref("labour limit")
    found = courses(equations, plain_inputs(equations, inputs), [labour])[labour]
    assert found.shape == (33,)
    assert found[0] == pytest.approx(1.0)


def test_what_keeps_a_value_has_no_form_without_subscripts(bundle: Bundle) -> None:
    text = "park: A, B ~~| x[park] = SAMPLE IF TRUE(Time > 1, Time, 0) ~~| s[park] = INTEG(x[park], 0) ~~|" + CONTROL
    own = replace(bundle, model_text=text, entries=entries(text, Path("m.mdl")))
    inputs = StudyInputs(("A", "B"), {}, {}, 0, 2, 0.5)
    with pytest.raises(InputError) as refused:
        flat_text(own, translate(text, Path("m.mdl")), inputs, "A", TITLES)
    assert [problem.code for problem in refused.value.problems] == ["export_held"]
