"""What the tests of confidence read and write: the bundle's file, history, the page, and the command."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from sim.bundle import load_bundle
from sim.confidence.behaviour import signed
from sim.confidence.finding import Both, Figure, Finding, Note, held, reported
from sim.confidence.history import Compared, compare, naive, theil
from sim.confidence.history_data import COLUMNS, Point, points, read_history
from sim.confidence.page import hypertext, markdown, record, screen
from sim.confidence.read import read_confidence
from sim.confidence.run import TESTS, Validation, chosen
from sim.confidence.spec import FILE, NO_FILE, Comparison, History
from sim.confidence.tables import tables
from sim.errors import InputError
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"
HEAD = ",".join(COLUMNS) + "\n"


def problems_of(place: Workplace, text: str) -> list[tuple[int | None, str, str]]:
    (place.bundle / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_confidence(load_bundle(place.bundle))
    return [(p.place and p.place.line, p.code, p.suggestion) for p in caught.value.problems]


def test_every_mistake_at_once_with_its_line(place: Workplace) -> None:
    text = """\
[elsewhere]
within = "1e-6"
withn = 1
[extremes]
shares = ["capacity us"]
[[extremes.case]]
name_en = "x"
name_zh = "x"
set.levers = { "innovation.rd_subsidi" = 0.01, "park" = 1, "infrastructure.fund" = 501 }
set.constants = { "TFP trnd" = 0.0 }
set.drivers = { demand_growth = "slmp" }
set.copies = { "table planned land" = "table built up lan" }
expect = [{ must = "same" }]
[loops]
year = 2025
least = 0.1
[[loops.loop]]
code = "R2"
name_en = "x"
name_zh = "x"
off.series = { "log outside markt" = 0.0 }
output = "gdpp"
sign = 2
"""
    assert problems_of(place, text) == [
        (2, "number_as_text", "1e-06"),
        (3, "unknown_key", "within"),
        (5, "confidence_unknown", "capacity use"),
        (9, "confidence_unknown", "innovation.rd_subsidy"),
        (9, "confidence_unknown", ""),
        (9, "out_of_range", ""),
        (10, "confidence_unknown", "TFP trend"),
        (11, "confidence_unknown", "slump"),
        (12, "confidence_unknown", "table built up land"),
        (13, "unknown_choice", ""),
        (21, "confidence_unknown", "log outside market"),
        (22, "confidence_unknown", "gdp"),
        (23, "unknown_choice", ""),
    ]


def test_what_is_no_park_has_no_league(place: Workplace) -> None:
    text = """\
[history]
scenario = "hindsight"
first = 2016
last = 2020
least_inside = 0.9
[[history.comparison]]
name_en = "x"
name_zh = "x"
quantity = "x"
published = "rates"
league = "ordo"
over = ["revenue", "outside market"]
"""
    assert problems_of(place, text) == [(11, "confidence_unknown", "ordos"), (12, "confidence_no_park", "")]


def test_check_reads_it_and_its_absence_is_no_mistake(place: Workplace) -> None:
    assert place.sim("check", "scenarios/plan.toml").code == 0
    (place.bundle / FILE).write_text("[elsewere]\nwithin = 1e-6\n", encoding="utf-8")
    wrong = place.sim("check", "scenarios/plan.toml")
    assert wrong.code == 2
    assert f"{FILE}:1" in wrong.err
    assert "elsewhere" in wrong.err
    (place.bundle / FILE).unlink()
    assert place.sim("check", "scenarios/plan.toml").code == 0
    assert read_confidence(load_bundle(place.bundle)) is NO_FILE


def test_the_shipped_history_names_its_sources() -> None:
    rows = read_history(BUNDLE / "history.csv")
    assert len(rows) > 50
    assert all(row.source for row in rows if row.verified)
    assert not [row for row in rows if not row.verified and row.source]
    spec = read_confidence(load_bundle(BUNDLE)).history
    assert spec is not None
    for one in spec.comparison:
        assert points(rows, one, spec.first, spec.last), one.name_en


def test_every_mistake_of_a_history(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    lines = ["2016,x,1,%,,,,high", "2017,x,much,%,,,page,high", "soon,x,1,,,inf,,UNVERIFIED"]
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_history(path)
    assert [(p.place and p.place.line, p.code) for p in caught.value.problems] == [
        (2, "confidence_empty"),
        (3, "confidence_number"),
        (4, "confidence_empty"),
        (4, "confidence_number"),
        (4, "confidence_number"),
    ]
    path.write_text("year,value\n2016,1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_history(path)
    assert [p.code for p in caught.value.problems] == ["confidence_columns"]


@pytest.fixture
def rows(tmp_path: Path):  # type: ignore[no-untyped-def]
    path = tmp_path / "history.csv"
    lines = [
        "2014,x,100,u,old,0.5,page,high,",
        "2015,x,110,u,old,0.5,page,high,",
        "2016,x,121,u,old,0.5,,UNVERIFIED (memory),",
        "2016,x,150,u,new,0.5,page,high,",
        "2018,x,130,u,old,0.5,page,high,",
        "2016,y,7.5,% a year,first,0.05,page,high (a copy),初次公布",
    ]
    path.write_text(HEAD.strip() + ",vintage_zh\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return read_history(path)


def comparison(published: str, quantity: str = "x", since: int | None = None) -> Comparison:
    return Comparison.model_validate(
        {"name_en": "n", "name_zh": "n", "quantity": quantity, "published": published, "since": since,
         "vintage": "old" if quantity == "x" else "", "over": ["GDP"]}
    )  # fmt: skip


def test_published_figures_in_the_form_of_the_comparison(rows) -> None:  # type: ignore[no-untyped-def]
    (growth,) = points(rows, comparison("levels"), 2016, 2020)
    assert (growth.year, growth.verified) == (2016, False)
    assert growth.value == pytest.approx(0.1)
    assert growth.error == pytest.approx(1.1 * math.hypot(0.5 / 121, 0.5 / 110))
    since = points(rows, comparison("since", since=2015), 2016, 2020)
    assert [(point.year, point.verified) for point in since] == [(2016, False), (2018, True)]
    assert [point.value for point in since] == pytest.approx([0.1, 130 / 110 - 1])
    plain = Point(2016, 0.075, 0.0005, True, Both("初次公布", "first"), "high")
    assert points(rows, comparison("rates", "y"), 2016, 2020) == [plain]
    assert (growth.vintage, growth.reliability) == (Both("old", "old"), "")


def test_the_model_in_the_same_form(rows) -> None:  # type: ignore[no-untyped-def]
    years = [2015, 2016, 2017, 2018]
    central = np.array([1.0, 1.1, 1.1, 1.21])
    paths = np.stack([central, [1.0, 1.2, 1.3, 1.4]], axis=1)
    compared = compare(comparison("since", since=2015), [Point(2018, 0.3, 0.0, True)], years, central, paths)
    assert compared.model == pytest.approx([0.21])
    assert compared.errors == pytest.approx([-0.09])
    assert compared.inside.tolist() == [True]
    mean = compare(comparison("mean rate", since=2013), [Point(2018, 0.9, math.nan, True)], years, central, paths)
    assert mean.model == pytest.approx([1.21 ** (1 / 3) - 1])
    assert mean.inside.tolist() == [False]
    wide = Compared([Point(2018, 0.9, 1.0, True)], mean.model, mean.low, mean.high)
    assert wide.inside.tolist() == [True]  # its own error reaches into the range


def test_the_naive_trend(rows) -> None:  # type: ignore[no-untyped-def]
    spec = History(scenario="hindsight", first=2016, last=2020, least_inside=0.9, comparison=[comparison("levels")])
    assert naive(rows, comparison("levels"), spec) == pytest.approx(0.1)
    assert naive(rows, comparison("rates", "y"), spec) is None  # growth of which nothing earlier is known is not 0
    assert naive(rows, comparison("since", since=2015), spec) == 0.0


def test_theil_adds_up() -> None:
    published = np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    for model in (published + 1.0, 2.0 * published, published[::-1]):
        parts = theil(model - published, model, published)
        assert sum(parts) == pytest.approx(1.0)
        assert min(parts) > -1e-12
    assert theil(published[::-1] - published, published[::-1], published)[2] == pytest.approx(1.0)


@pytest.fixture(scope="module")
def validation() -> Validation:
    odd = Note("words", {"words": "a | b <script>"})
    named = Note("words", {"words": Both("值", "x")})
    return Validation(
        load_bundle(BUNDLE),
        (
            Finding("units", (held(Note("units.contradictions"), 0, high=0, unit="count"),)),
            Finding("loops", (), (Note("missing.section", {"section": "loops"}),)),
            Finding("history", (held(odd, 0.3, low=0.9, unit="percent"), reported(named, math.nan))),
        ),
        True,
        128,
    )  # fmt: skip


def test_what_failed_stands_first(validation: Validation) -> None:
    lines = list(screen(validation, "en"))
    assert [line.split()[0] for line in lines if line[:3].strip().isdigit()] == ["7", "2", "10"]
    page = markdown(validation, "en")
    assert page.index("## 7 ") < page.index("## 2 ") < page.index("## 10 ")
    assert "1 of 3 tests failed, 1 passed, 1 not applicable" in page
    assert "confidence.toml has no section [loops]" in page
    assert not validation.passed


def effect(response: str, value: float, sign: int, remark: Note | None = None) -> Figure:
    values = {"name": Both("政策", "lever"), "output": Both("产出", "output"), "key": "output"}
    what = Note("behaviour.effect", values | {"response": Note(f"behaviour.{response}")})
    return signed(what, value, sign, 0.001, remark)


def test_an_effect_is_one_row_with_and_without_response() -> None:
    nothing = Note("behaviour.from_nothing")
    pairs = [
        (effect("with", 0.02, 1), effect("without", 0.0004, 0)),
        (effect("with", -0.02, -1), effect("without", 0.01, -1)),
        (effect("with", 1.0, 1, nothing), effect("without", 1.0, 1, nothing)),
    ]
    rows = []
    for pair in pairs:
        (table,) = tables(Finding("behaviour", pair), "en")
        rows += [(*row, kind) for row, kind in zip(table.rows, table.kinds, strict=True)]
    assert rows == [
        ("lever", "output", "> 0; 0 ± 0.1%", "+2%", "+0.04%", "passed", "passed"),
        ("lever", "output", "< 0", "-2%", "+1%", "FAILED", "failed"),
        ("lever", "output", "> 0", "from nothing", "from nothing", "passed", "passed"),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_texts_as_they_are(validation: Validation, lang) -> None:  # type: ignore[no-untyped-def]
    assert "a \\| b &lt;script>" in markdown(validation, lang)
    page = hypertext(validation, lang)
    assert "a | b &lt;script&gt;" in page
    assert "<script" not in page
    assert f'lang="{lang}"' in page
    assert ("未通过" in page) == (lang == "zh")


def test_the_record_is_json(validation: Validation) -> None:
    again = json.loads(json.dumps(record(validation, "en"), allow_nan=False))
    assert again["passed"] is False
    assert [test["status"] for test in again["tests"]] == ["passed", "not_applicable", "failed"]
    assert again["tests"][2]["figures"][0]["value"] == 0.3
    assert again["tests"][2]["figures"][1]["value"] is None


def test_rounding_does_not_contradict() -> None:
    close = Figure(Note("words"), 0.0010001, high=0.001, unit="percent", passed=False)
    assert (close.measured, close.bar) == ("0.10001%", "<= 0.1%")
    assert held(Note("words"), 41, 41, 41, "count").bar == "41"


def test_tests_by_name_and_number() -> None:
    assert chosen([]) == tuple(TESTS)
    assert chosen(["10", "base-year"]) == ("base-year", "loops")
    with pytest.raises(InputError) as caught:
        chosen(["unit", "11"])
    assert {p.code for p in caught.value.problems} == {"confidence_test"}
    assert [p.suggestion for p in caught.value.problems] == ["", "units"]


def test_the_command(place: Workplace) -> None:
    passed = place.sim("validate", "--only", "units", "--output", "检验.html")
    assert passed.code == 0, passed.err
    assert "passed" in passed.out
    assert "<html" in (place.folder / "检验.html").read_text(encoding="utf-8")
    own = place.sim("validate", "models/inner-mongolia", "--only", "history", "--json")
    assert own.code == 0
    (test,) = json.loads(own.out)["tests"]
    assert test["status"] == "not_applicable"
    assert "own one" in test["reasons"][0]


def test_a_unit_that_contradicts_ends_with_3(place: Workplace) -> None:
    model = place.bundle / "park.mdl"
    text = model.read_text(encoding="utf-8")
    head, name, rest = text.partition("\nelapsed = ")
    wrong = rest.replace("~\tYear", "~\tkm2", 1)
    assert name
    assert wrong != rest
    model.write_text(head + name + wrong, encoding="utf-8")
    found = place.sim("validate", "--only", "2", "--output", "page.md")
    assert found.code == 3
    assert "FAILED" in found.out
    assert "FAILED" in (place.folder / "page.md").read_text(encoding="utf-8")


def test_mistakes_on_the_command_line(place: Workplace, tmp_path: Path) -> None:
    before = place.hashes()
    for arguments, told in (
        (("--only", "unts"), "units"),
        (("--output", "page.pdf"), ".html or .md"),
        (("nowhere",), "nowhere"),
    ):
        result = place.sim("validate", *arguments)
        assert result.code == 2, arguments
        assert told in result.err
    assert place.hashes() == before
    (tmp_path / "empty").mkdir()
    nothing = Workplace(tmp_path / "empty").sim("validate")
    assert nothing.code == 2
    assert "park.mdl" in nothing.err
