"""Pages of explanations as a reader meets them: what a year or a value rests on is said, in words of the page."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sim.explain.page import equal_readings, fallen
from sim.explain.page_parts import proportional
from sim.explain.words import Words
from sim.parameters import read_parameters
from sim.targets.verdict import Rule
from tests.test_cli_explain import explained, place, ran, started
from tests.workplace import Workplace

__all__ = ["place", "ran", "started"]

ORIGINS = ("published", "derived", "reconstructed", "assumed")

HALF = Rule("share", ">=", 50.0, None)


@pytest.mark.parametrize(
    ("reached", "path", "year"),
    [
        (2021, {2020: 43.0, 2021: 50.0, 2024: 50.0, 2025: 49.1, 2026: 50.0}, 2025),
        (2021, {2020: 43.0, 2021: 50.0, 2030: 51.0}, None),
        (2015, {2015: 60.0, 2017: 40.0, 2020: 55.0, 2022: 49.0}, 2022),
        (None, {2015: 0.0, 2020: 43.0}, None),
    ],
)
def test_a_bar_that_is_missed_again(reached: int | None, path: dict[int, float], year: int | None) -> None:
    row = SimpleNamespace(year_reached=reached, year=2020, path=path)
    found = SimpleNamespace(row=row, target=SimpleNamespace(main=SimpleNamespace(rule=HALF)))
    assert fallen(cast(Any, found)) == year


def rows_of(ran: Workplace, file: str) -> list[dict[str, str]]:
    with (ran.folder / "outputs/plan" / file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_year_in_which_the_bar_is_reached_is_shown(ran: Workplace) -> None:
    reached = [row for row in rows_of(ran, "targets.csv") if row["year_reached"] and row["basis"] == "model"]
    assert reached
    for row in [row for row in reached if row["verdict"] != "met_at_base"][:3] or reached[:1]:
        page = explained(ran, "plan", row["id"], "--quick").out
        assert row["year_reached"] in page.split("The value by year")[1].splitlines()[1].split()


def test_the_origin_of_the_base_value_is_told(ran: Workplace) -> None:
    rows = [row for row in rows_of(ran, "targets.csv") if row["base_2015"] and row["base_origin"] in ORIGINS]
    for row in {row["base_origin"]: row for row in rows}.values():
        page = explained(ran, "plan", row["id"], "--quick").out
        assert re.search(rf"^- 2015: .* \({row['base_origin']}\)$", page, re.MULTILINE), row["id"]


def test_readings_stand_where_the_page_says(ran: Workplace) -> None:
    counts = Counter(row["id"] for row in rows_of(ran, "targets_readings.csv"))
    assert max(counts.values()) > 1
    for id_ in dict(counts.most_common()[:1] + counts.most_common()[-1:]):
        page = explained(ran, "plan", id_, "--quick").out
        told = re.search(rf"Readings: \S+/targets_readings\.csv, rows\s+{id_}", page)
        assert bool(told) == (counts[id_] > 1), (id_, counts[id_], page.split("Where these numbers stand")[1])


def test_a_park_in_chinese(ran: Workplace) -> None:
    page = explained(ran, "plan", "T01", "--quick", "--park", "U002", lang="zh").out
    assert re.search(r"A:U002在2020年为[\d.]+亿元\(2015年为[\d.]+\),占全部的", page)


def test_a_chinese_page_has_chinese_words_for_standard_ones(ran: Workplace) -> None:
    page = re.sub(r"\s+", "", explained(ran, "plan", "T01", "--quick", lang="zh").out)
    assert re.search(r"来源:设定；未查到来源;可靠性低", page)
    assert re.search(r"标准:2020年不低于[\d.]+亿元", page)
    assert not re.search(r"Dmnl|可靠性(low|high|medium)|来源:assumed|1/Year", page)


def test_a_chinese_page_has_the_chinese_sources_of_parameters(ran: Workplace) -> None:
    """They stood in English, marked as such, though the bundle has Chinese ones."""
    known = read_parameters(ran.bundle / "parameters.toml")
    told = json.loads(explained(ran, "plan", "T01", "--quick", "--json", lang="zh").out)["inputs"]
    parameters = [one for one in told if one["kind"] == "parameter"]
    assert parameters
    assert [one["source"] for one in parameters] == [known[one["key"]].source_in("zh") for one in parameters]
    assert all(known[one["key"]].source_zh == one["source"] for one in parameters)
    page = re.sub(r"\s+", "", explained(ran, "plan", "T01", "--quick", lang="zh").out)
    assert page.count(";来源:") >= 10
    for one in re.findall(r"- ([^-]*?)\([^-]*?;来源:英文原文", page):
        assert one not in known


@pytest.mark.parametrize(("lang", "place"), [("en", "ch. 2, sec. 3, "), ("zh", "第二章第三节,")])
def test_the_place_in_the_plan_is_in_the_words_of_the_page(ran: Workplace, lang: str, place: str) -> None:
    page = explained(ran, "plan", "T01", "--quick", lang=lang).out
    assert place in page
    assert lang == "zh" or "第二章第三节" not in page.split("Value and verdict")[0]


def test_sums_that_are_multiples_of_each_other_are_said_to_be() -> None:
    """As R&D, which is a share of GDP in every park: its split over regions is no finding."""

    def term(letter: str, function: str, *values: float) -> Any:
        parts = [SimpleNamespace(label=f"L{at}", value=value) for at, value in enumerate(values)]
        one = SimpleNamespace(by="place", parts=parts, total=sum(values))
        return SimpleNamespace(letter=letter, function=function, breakdowns=[one])

    gdp, research = term("B", "sum", 1.0, 2.0, 5.0), term("A", "sum", 0.01, 0.02, 0.05)
    assert [(one.letter, two.letter) for one, two in proportional([research, gdp])] == [("A", "B")]
    assert not list(proportional([term("A", "sum", 0.01, 0.02, 0.051), gdp]))
    assert not list(proportional([term("A", "count", 1.0, 2.0, 5.0), gdp]))
    assert not list(proportional([term("A", "sum", 0.01, 0.02), gdp]))
    assert not list(proportional([term("A", "sum", 0.0, 0.0, 0.0), gdp]))


def test_a_driver_has_its_values(ran: Workplace) -> None:
    page = re.sub(r"\s+", " ", explained(ran, "plan", "T01", "--quick").out)
    assert re.search(r"growth of demand outside the region, path \S+: .*?; values -?[\d.]+ \.\. -?[\d.]+ \(1/yr;", page)


@pytest.mark.parametrize(
    ("comparator", "zh", "en"),
    [(">=", "不低于50%", "at least 50 %"), (">", "高于50%", "above 50 %"), ("all", "不低于50%", "at least 50 %")],
)
def test_a_bar_in_a_sentence(comparator: str, zh: str, en: str) -> None:
    rule = Rule("share", comparator, 50.0, None)
    for lang, told in (("zh", zh), ("en", en)):
        words = Words(cast(Any, lang), cast(Any, None), cast(Any, None), {}, {})
        assert words.bar_told(rule, "%") == told


@pytest.mark.parametrize(
    ("base", "value", "told"), [(9209.0, 13110.07, True), (9209.0, 13110.08, False), (2.0, 4.0, False)]
)
def test_readings_that_differ_in_nothing_are_named(base: float, value: float, told: bool) -> None:
    """As where producer prices stay at those of 2015; equal counts are no news."""
    main = SimpleNamespace(is_main=True, base_2015=base, value_2020=13110.07 if value > 100 else value)
    other = SimpleNamespace(is_main=False, base_2015=base, value_2020=value, name_zh="现价", name_en="current prices")
    words = Words("en", cast(Any, None), cast(Any, None), {}, {})
    notes = list(equal_readings(cast(Any, [main, other]), words))
    assert [note.startswith("'current prices' has the value") for note in notes] == ([True] if told else [])


def test_parameters_are_not_said_to_stand_by_an_effect_that_was_not_tried(ran: Workplace) -> None:
    assert "Parameters, the nearest first" in explained(ran, "plan", "T01", "--quick").out


def test_lines_of_a_copy_are_not_offered_for_a_change(ran: Workplace, tmp_path: Path) -> None:
    """Where the scenario's own file is not there, lines are those of the copy that the result keeps."""
    assert "a copy in the result" not in explained(ran, "outputs/plan", "T01", "--quick").out
    file = ran.folder / "scenarios/plan.toml"
    away = file.rename(tmp_path / file.name)
    try:
        page = explained(ran, "outputs/plan", "T01", "--quick").out
    finally:
        away.rename(file)
    assert "scenario.resolved.toml:" in page
    assert "scenario.resolved.toml is a copy in the result" in re.sub(r"\s+", " ", page)


def test_a_folder_of_the_same_name_does_not_hide_the_results(place: Workplace) -> None:
    assert place.sim("run", "scenarios/plan.toml", "--no-plots").code == 0
    (place.folder / "scenarios/plan.toml").rename(place.folder / "elsewhere.toml")
    (place.folder / "plan").mkdir()
    assert "outputs/plan" in explained(place, "plan", "T44", "--quick").out


@pytest.mark.parametrize("name", ["t06.docx", "t06.html"])
def test_a_file_that_exists_is_not_written_over(ran: Workplace, name: str) -> None:
    """As of a report: what somebody has written into the file since stays there."""
    file = ran.folder / name
    file.write_bytes(b"my own notes")
    before = ran.hashes()
    for lang, words in (("en", "is not replaced"), ("zh", "文件已存在")):
        told = ran.sim("explain", "plan", "T06", "--quick", "--output", name, lang=lang)
        assert (told.code, told.out, words in told.err, name in told.err) == (2, "", True, True), told.err
    assert ran.hashes() == before
