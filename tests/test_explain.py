"""Explanations: the arithmetic gives the value, parts add up, elements are those counted, effects are those of runs."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pytest

from sim.bundle import load_bundle
from sim.document.blocks import Document, Grid, Heading, Items
from sim.errors import InputError
from sim.explain.calculation import Calculation, Calculator
from sim.explain.elements import Board
from sim.explain.park import check_park, park_part
from sim.explain.parts import adds_up
from sim.explain.terms import written
from sim.report.plain_document import plain_lines
from sim.report.width import cells
from sim.targets.evaluate import evaluate_targets
from sim.targets.expressions import parse_expression
from sim.targets.recorded import recorded
from sim.targets.series import Evaluator
from sim.targets.spec import read_targets
from sim.targets.syntax import Binary
from sim.targets.target import Target
from tests.datasets import BUNDLE, synthetic_results
from tests.workplace import Result, Workplace, place, started

__all__ = ["place", "started"]

RESULTS = synthetic_results(parks=24, seed=3)
TARGETS = [one for one in read_targets(BUNDLE / "targets.toml", list(RESULTS.data_vars)) if one.main.expression]
ROWS = {row.id: row for row in evaluate_targets(RESULTS, TARGETS, {})}
COMPUTED = [one for one in TARGETS if ROWS[one.id].value_2020 is not None]


def calculator_of(target: Target) -> Calculator:
    record = recorded(RESULTS)
    interpreter = Evaluator(record).interpreter(target, target.main)
    assert target.main.expression
    interpreter.series(target.main.expression)
    constants = {name: one.value for name, one in target.vocabulary.constants.items()}
    definitions = {name: one.root for name, one in target.vocabulary.definitions.items()}
    return Calculator(interpreter, Board(record), constants, definitions)


def calculation_of(target: Target) -> tuple[Calculator, Calculation]:
    calculator = calculator_of(target)
    assert target.main.expression
    return calculator, calculator.of(target.main.expression.root, target.main.rule.year)


def bare(node: Any) -> Any:
    """A tree without the columns where its parts were written, chains of ``and`` and ``or`` flat."""
    if isinstance(node, Binary) and node.operator in ("and", "or"):
        sides = (bare(node.left), bare(node.right))
        flat = [side[1] if isinstance(side, tuple) and side[0] == node.operator else [side] for side in sides]
        return node.operator, flat[0] + flat[1]
    if isinstance(node, tuple):
        return tuple(map(bare, node))
    if not is_dataclass(node):
        return node
    return type(node).__name__, [bare(getattr(node, one.name)) for one in fields(node) if one.name != "column"]


def expressions() -> Iterator[tuple[str, Target]]:
    for target in TARGETS:
        for reading in (target.main, *target.readings):
            if reading.expression:
                yield reading.expression.text, target
    yield from ((one.text, TARGETS[0]) for one in TARGETS[0].vocabulary.definitions.values())
    for text in ("-(1 - 2 - 3) / (4 / 5)", 'nth(output[not (industry == "metals" or key24)], 3)', "all(gdp > 1, park)",
                 "(1 + 2) * -sum(gdp) < 3", "at(sum(gdp), 2018) - (2 - 1)"):  # fmt: skip
        yield text, TARGETS[0]


@pytest.mark.parametrize(("text", "target"), list(expressions()))
def test_an_expression_written_again_means_the_same(text: str, target: Target) -> None:
    names = [*target.vocabulary.constants, *target.vocabulary.definitions]
    root = parse_expression(text, list(map(str, RESULTS.data_vars)), names).root
    again = parse_expression(written(root), list(map(str, RESULTS.data_vars)), names).root
    assert bare(again) == bare(root)


@pytest.mark.parametrize("target", COMPUTED, ids=lambda one: one.id)
def test_terms_give_the_value_and_parts_add_up(target: Target) -> None:
    calculator, found = calculation_of(target)
    year, row = found.year, ROWS[target.id]
    value = calculator.with_terms(found.cut.tree, {term.letter: term.path for term in found.terms})
    assert value == pytest.approx(dict(row.path), rel=1e-12, abs=1e-12)
    for term in found.terms:
        for one in term.breakdowns:
            assert adds_up(one.parts, one.total), (term.text, one.by)
            if term.function in ("sum", "count", "mean"):
                assert math.isclose(one.total, term.path[year], rel_tol=1e-9, abs_tol=1e-9)
            regions = {part.label: part for part in one.whole}
            if one.by == "place":
                for label, region in regions.items():
                    inside = [part.value for part in one.parts if part.within == label]
                    assert math.isclose(math.fsum(inside), region.value, rel_tol=1e-9, abs_tol=1e-9)
        if term.tally is not None:
            counted, there = len(term.tally.counted), len(term.tally.elements)
            expected = counted if term.function == "count" else counted / there if term.function == "share" else None
            assert expected is None or term.path[year] == pytest.approx(expected)
            for element in term.tally.elements:
                assert element.holds == all(test.holds for test in element.tests)
                assert element.distance == 0 or (element.distance > 0) == element.holds
                assert element.since is None or (element.since <= year) == element.holds
        if term.picked is not None:
            inner = {one.letter: one.path for one in term.picked.terms}
            assert calculator.with_terms(term.picked.cut.tree, inner)[year] == pytest.approx(term.path[year])


def test_every_kind_of_term_is_among_them() -> None:
    terms = [term for target in COMPUTED for term in calculation_of(target)[1].terms]
    functions = {term.function for term in terms}
    assert {"sum", "count", "share", "mean", "max", "max_per", "zones", "parks", ""} <= functions
    assert {"place", "level", "industry"} <= {one.by for term in terms for one in term.breakdowns}
    assert any(term.picked for term in terms)


def test_parts_by_industry_through_another_output() -> None:
    """An output that another one adds up to, park by park, falls into that one's industries."""
    results = RESULTS.assign(gdp=RESULTS.value_added.sum("industry").assign_attrs(RESULTS.gdp.attrs))
    target = next(one for one in TARGETS if one.id == "T01")
    record = recorded(results)
    interpreter = Evaluator(record).interpreter(target, target.main)
    assert target.main.expression
    found = Calculator(interpreter, Board(record), {}, {}).of(target.main.expression.root, 2020)
    industries = next(one for one in found.terms[0].breakdowns if one.by == "industry")
    assert (industries.through, len(industries.parts)) == ("value_added", 6)
    assert adds_up(industries.parts, found.terms[0].path[2020])


def test_zones_count_at_their_host() -> None:
    """P005 joins P001 in 2018: its part of a count of zones is that of the host."""
    target = next(one for one in TARGETS if one.id == "T06")
    calculator, found = calculation_of(target)
    part = park_part(calculator, found, target.main.rule, _bundle_of_results(), "P005", [])
    assert (part.host, part.members, part.shares[0].park) == ("P001", ("P001", "P005"), "P001")
    element = part.shares[0].element
    assert element
    together = RESULTS.revenue.sel(park=["P001", "P005"], time=2020).sum()
    assert element.tests[0].value == pytest.approx(float(together))


def grown(values: np.ndarray) -> float:
    return float(values[-1] / values[0])


@pytest.mark.parametrize(
    ("id_", "own"),
    [
        ("T02", lambda d: 100 * ((d.gdp[-1] / d.gdp[0]) ** 0.2 - 1)),
        ("T14", lambda d: 100 * d.emerging[-1] / d.gdp[-1]),
        ("T21", lambda d: 100 * (max(grown(d.energy), grown(d.water)) / grown(d.gdp) - 1)),
        ("T01", None),
        ("T08", None),
        ("T15", None),
        ("T27", None),
    ],
)
def test_a_target_for_one_park(id_: str, own: Callable[[Any], float] | None) -> None:
    """The target is computed for a park alone where its bar can be held against one, and not where it can't."""
    target = next(one for one in TARGETS if one.id == id_)
    calculator, found = calculation_of(target)
    part = park_part(calculator, found, target.main.rule, _bundle_of_results(), "P002", ["output"])
    if own is None:
        assert (part.own, part.meets) == ({}, None)
    else:
        of = RESULTS.isel(run=0).sel(park="P002", time=[2015, 2020])
        data = type("Data", (), {
            "gdp": of.gdp.values, "emerging": of.value_added.sel(industry="emerging").values,
            "energy": of.energy_use.sum("industry").values, "water": of.water_use.sum("industry").values,
        })  # fmt: skip
        assert part.own[2020] == pytest.approx(own(data))
        assert part.meets is not None
    for share in part.shares:
        assert share.rank is None or 1 <= share.rank <= share.among


def _bundle_of_results() -> Any:
    """The shipped bundle with the ids of the made-up parks."""
    bundle = load_bundle(BUNDLE)
    ids = [f"P{number:03d}" for number in range(1, 25)]
    frame, origins = (one.iloc[:24].set_axis(ids) for one in (bundle.parks.frame, bundle.parks.origins))
    return replace(bundle, parks=replace(bundle.parks, frame=frame, origins=origins))


@pytest.mark.parametrize(
    ("named", "meant"),
    [("P4", "P41"), ("包头稀土高新技术产业开发区", "P04"), ("", None), ("p04", "P04"), ("xyzzy 99", None)],
)
def test_a_park_that_is_not_there(named: str, meant: str | None) -> None:
    with pytest.raises(InputError) as refused:
        check_park(load_bundle(BUNDLE), named)
    (problem,) = refused.value.problems
    assert problem.code == "explain_park"
    assert meant is None or problem.suggestion == meant


# --- the command


@pytest.fixture(scope="module")
def ran(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A result of the plan."""
    place = started.copy(tmp_path_factory.mktemp("解释") / "测算")
    assert place.sim("run", "scenarios/plan.toml", "--no-plots").code == 0
    return place


def explained(place: Workplace, *arguments: str, lang: str = "en") -> Result:
    told = place.sim("explain", *arguments, lang=lang)
    assert told.code == 0, told.err
    return told


@pytest.fixture(scope="module")
def records(ran: Workplace) -> Mapping[str, Any]:
    """Explanations of three targets with the part of a park, for programs."""
    park = json.loads(explained(ran, "plan", "T06", "--quick", "--json").out)["calculation"]["terms"][0]["counted"]
    first = park["elements"][0]["park"]
    ids = ("T01", "T06", "T44")
    return {id_: json.loads(explained(ran, "plan", id_, "--park", first, "--json").out) for id_ in ids}


@pytest.mark.parametrize("id_", ["T01", "T03", "T06", "T20", "T23", "T32", "T39", "T40", "T43", "T44"])
def test_every_target_can_be_explained(ran: Workplace, id_: str) -> None:
    for lang in ("zh", "en"):
        told = explained(ran, "plan", id_, "--quick", lang=lang)
        assert all(cells(line) <= 100 for line in told.out.splitlines())
        told.out.encode("gbk", "strict") if lang == "zh" else None
        assert not re.search(r"explain\.\w+|[{}]", told.out)


def test_the_record_holds_what_targets_csv_says(ran: Workplace, records: Mapping[str, Any]) -> None:
    rows = {row["id"]: row for row in json.loads(ran.sim("targets", "outputs/plan", "--json").out)}
    for id_, told in records.items():
        assert told["target"] == rows[id_]
        assert told["run_id"] == rows[id_]["run_id"]
        terms = {term["letter"]: term for term in told["calculation"]["terms"]}
        for term in terms.values():
            for one in term["breakdowns"]:
                whole = math.fsum(part["value"] for part in one["parts"] if not part["within"])
                assert whole == pytest.approx(term["path"]["2020"], rel=1e-9)
        share = told["park"]["shares"][0]
        assert share["term"] in terms


def test_every_input_stands_where_it_is_said_to(ran: Workplace, records: Mapping[str, Any]) -> None:
    word = {"parameter": "value", "constant": "value", "column": "id,name_zh"}
    for told in records.values():
        assert {one["kind"] for one in told["inputs"]} >= {"lever", "driver", "parameter", "column"}
        for one in told["inputs"]:
            file, line = ran.folder / one["place"]["file"], one["place"]["line"]
            text = file.read_text(encoding="utf-8-sig").splitlines()[line - 1]
            expected = word.get(one["kind"], one["key"].rsplit(".", 1)[-1])
            assert text.startswith(expected), (one["key"], text)
            if one["kind"] == "parameter" and isinstance(one["value"], float):
                assert float(text.split("=")[1].split("#")[0]) == one["value"]


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, str):
        yield from (float(word) for word in re.findall(r"\d+(?:\.\d+)?", value))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from numbers_in(str(key))
            yield from numbers_in(inner)
    else:
        for inner in value:
            yield from numbers_in(inner)


@pytest.mark.parametrize("id_", ["T01", "T06", "T44"])
def test_every_number_on_the_page_is_in_the_results_or_the_bundle(
    ran: Workplace, records: Mapping[str, Any], id_: str
) -> None:
    """Rounded as it is shown; percentages are parts over a whole, counts are of elements that are listed."""
    told = records[id_]
    known = list(numbers_in(told))
    known += [100 * one for one in known if abs(one) <= 100]
    parts = [one for term in told["calculation"]["terms"] for one in term["breakdowns"]]
    for one in parts:
        whole = [part for part in one["parts"] if not part["within"]]
        total = math.fsum(part["value"] for part in whole)
        known += [total, math.fsum(part["base"] for part in whole), sum(part["elements"] for part in whole)]
        known += [100 * part["value"] / total for part in one["parts"] if total]
    for share, term in ((s, t) for s in told["park"]["shares"] for t in told["calculation"]["terms"]):
        if share["term"] == term["letter"] and share["path"]:
            known.append(100 * share["path"]["2020"] / term["path"]["2020"] if term["path"]["2020"] else 0.0)
    for term in told["calculation"]["terms"]:
        elements = (term["counted"] or {"elements": []})["elements"]
        known += [len(elements), sum(one["counted"] for one in elements)]
    known += [len(told["inputs"]), len(told["park"]["table"]), told["effect_runs"], 5.0, 4.0]
    known += [len([one for one in told["inputs"] if one["kind"] == "parameter"]) - 12]
    known += [sum(one["origin"] in ("reconstructed", "assumed") for one in told["park"]["table"])]
    page = explained(ran, "plan", id_, "--park", told["park"]["park"]).out.split("Where to change it")[0]
    page = re.sub(r"Table \d+|^[-=]+$|\w+\.(?:toml|csv|mdl):\d+", "", page, flags=re.MULTILINE)
    files = (*ran.bundle.glob("*.toml"), *ran.folder.glob("scenarios/*.toml"))
    bundle = "\n".join(file.read_text(encoding="utf-8-sig") for file in files)
    written_there = set(re.findall(r"\d+(?:\.\d+)?", bundle))
    exact = np.array([abs(one) for one in known])
    for word in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])", page):
        digits = len(word.partition(".")[2])
        near = np.abs(exact - float(word)) <= 0.5000001 * 10.0**-digits
        assert near.any() or word in written_there or _few_digits(word, exact), word


def _few_digits(word: str, exact: np.ndarray) -> bool:
    """A number that is shown with four digits, such as the numbers of margins."""
    return bool((np.abs(exact - float(word)) <= 5e-4 * np.maximum(exact, 1e-9)).any())


EFFECTS = [
    ("parameter", "capital elasticity", "low", '[parameters]\n"capital elasticity" = 0.4\n'),
    ("parameter", "market share elasticity", "high", '[parameters]\n"market share elasticity" = 3.0\n'),
    ("driver", "demand_growth", "slump", '[drivers]\ndemand_growth = "slump"\n'),
    ("lever", "innovation.rd_subsidy", "without", "[policy.innovation]\nrd_subsidy = 0.0\n"),
    ("lever", "level_upgrade.national", "without", "[policy.level_upgrade]\nnational = 0\n"),
]


@pytest.mark.parametrize(("kind", "key", "case", "change"), EFFECTS, ids=lambda value: str(value)[:24])
def test_an_effect_is_what_a_run_with_that_change_gives(
    ran: Workplace, records: Mapping[str, Any], kind: str, key: str, case: str, change: str
) -> None:
    told = next(one for one in records["T01"]["inputs"] if (one["kind"], one["key"]) == (kind, key))
    effect = next(one["value"] for one in told["effects"] if one["case"] == case)
    ran.scenario(f'name = "changed"\nextends = "plan.toml"\n{change}', "changed.toml")
    run = ran.sim("run", "scenarios/changed.toml", "--no-plots", "--json")
    assert run.code == 0, run.err
    value = next(row["value_2020"] for row in json.loads(run.out) if row["id"] == "T01")
    assert effect == pytest.approx(value, rel=1e-9)
    assert effect != pytest.approx(records["T01"]["target"]["value_2020"], rel=1e-9)


def test_shaping_parameters_move_the_queue_with_them(ran: Workplace, records: Mapping[str, Any]) -> None:
    """One that decides the order of the retrofit is bound anew, as a run would."""
    told = next(one for one in records["T44"]["inputs"] if one["key"] == "reference capital output ratio")
    low = next(one["value"] for one in told["effects"] if one["case"] == "low")
    settings = ", ".join(f"{name} = {value}" for name, value in told["low"].items())
    ran.scenario(
        f'name = "changed"\nextends = "plan.toml"\n[parameters]\n"reference capital output ratio" = {{ {settings} }}\n',
        "changed.toml",
    )
    run = json.loads(ran.sim("run", "scenarios/changed.toml", "--no-plots", "--json").out)
    assert low == pytest.approx(next(row["value_2020"] for row in run if row["id"] == "T44"))


def test_without_effects_nothing_is_run(ran: Workplace) -> None:
    told = explained(ran, "plan", "T44", "--quick")
    assert "Effects:" not in told.out
    assert "At low" not in told.out
    assert json.loads(explained(ran, "plan", "T44", "--quick", "--json").out)["effect_runs"] is None


def test_a_target_without_a_value_names_the_levers_that_set_it(ran: Workplace) -> None:
    told = explained(ran, "plan", "T43", "--quick").out
    assert "Nothing is computed for this target" in told
    assert "Levers that act in this scenario" in told


def test_results_that_are_missing_are_made_first(place: Workplace) -> None:
    told = explained(place, "scenarios/baseline.toml", "T44", "--quick")
    assert "no results or out of date, running now" in told.err
    assert (place.folder / "outputs" / "baseline" / "results.nc").is_file()
    again = explained(place, "outputs/baseline", "T44", "--quick")
    assert again.out.split("Where these numbers stand")[0] == told.out.split("Where these numbers stand")[0]


def test_a_bundle_that_has_changed_since(place: Workplace) -> None:
    explained(place, "baseline", "T44", "--quick")
    with (place.bundle / "levers.toml").open("a", encoding="utf-8") as file:
        file.write("# seen\n")
    told = explained(place, "outputs/baseline", "T44", "--quick")
    assert "The bundle has changed since this was run" in told.out
    for file in (place.folder / "outputs" / "baseline" / "inputs").iterdir():
        file.unlink()
    refused = place.sim("explain", "outputs/baseline", "T44")
    assert (refused.code, refused.out, "keep no copy of theirs" in refused.err) == (2, "", True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plam", "T01"), ["'plam' is neither a scenario file", "did you mean 'plan'"]),
        (("plan", "t06"), ["'t06' is not a target", "did you mean 'T06'"]),
        (("plan", "T48", "--park", "Q9"), ["'T48' is not a target", "has no 'Q9'", "2 problems"]),
        (("outputs/plan", "T48"), ["'T48' is not a target"]),
        (("plan", "T01", "--output", "t01.pdf"), ["must end with .docx or .html"]),
        (("plan", "T01", "--output", "t01.docx", "--json"), ["do not go together"]),
        (("plan",), ["TARGET is missing"]),
        (("x" * 5000, "T01"), ["is neither a scenario file"]),
    ],
)
def test_mistakes(ran: Workplace, arguments: tuple[str, ...], words: list[str]) -> None:
    before = ran.hashes()
    told = ran.sim("explain", *arguments)
    assert (told.code, told.out) == (2, "")
    assert [word for word in words if word not in told.err] == []
    assert "Traceback" not in told.err
    assert ran.hashes() == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_word_file(ran: Workplace, tmp_path: Path, lang: str) -> None:
    files = [tmp_path / name for name in ("one.docx", "two.docx")]
    for file in files:
        explained(ran, "plan", "T06", "--quick", "--output", str(file), lang=lang)
    assert files[0].read_bytes() == files[1].read_bytes()
    word = docx.Document(io.BytesIO(files[0].read_bytes()))
    headings = [one.text for one in word.paragraphs if one.style and one.style.name == "Heading 1"]
    assert len(headings) == 7
    assert "T06" in word.paragraphs[0].text
    run_id = json.loads((ran.folder / "outputs/plan/manifest.json").read_text(encoding="utf-8"))["run_id"]
    assert run_id in word.paragraphs[1].text
    captions = [one.text for one in word.paragraphs if one.style and one.style.name == "Caption"]
    assert len(captions) == len(word.tables) >= 6


def test_web_page(ran: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "t44.html"
    explained(ran, "plan", "T44", "--quick", "--output", str(file))
    page = file.read_text(encoding="utf-8")
    assert page.count("<table") >= 5
    assert "circular retrofit" in page


def test_a_document_on_a_screen() -> None:
    long = "word " * 60
    document = Document(
        [Heading("标题", 0), Heading("Part"), Items([long]),
         Grid("Parts", ["what", "n", "place"], [["a" * 90, "1.0", "x" * 30], ["the rest"], ["b", "10.0", "y"]],
              "km2", ["note"], numbers=frozenset((1,)), whole=frozenset((2,)))],
        "en", {},
    )  # fmt: skip
    lines = list(plain_lines(document))
    assert all(cells(line) <= 100 for line in lines)
    assert lines[:2] == ["标题", "===="]
    assert "x" * 30 in "\n".join(lines)
    assert lines.index("the rest") == next(at for at, line in enumerate(lines) if line.startswith("b ")) - 1
    assert any(line == "Table 1  Parts  Unit: km2" for line in lines)
