"""`sim explain` with real results: every number found again, effects those of runs, documents, mistakes."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pytest

from sim.document.blocks import Document, Grid, Heading, Items
from sim.report.plain_document import plain_lines
from sim.report.width import cells
from tests.workplace import Result, Workplace, place, started

__all__ = ["place", "started"]


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
