"""The page about a model: complete, well formed, the same each time, and safe with what a stranger wrote."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from sim.engine.inputs import Grid, RunInputs
from sim.engine.signs import directions
from sim.errors import InputError
from sim.handbook import content, diagrams
from sim.handbook.curves import marks, reaching
from sim.handbook.feedback import on_loops
from sim.handbook.layout import require
from sim.handbook.page import BOTH, page_of
from sim.handbook.picture import Picture
from sim.handbook.ring import ring
from sim.handbook.subject import Subject, direction, read_subject
from sim.loops import ways
from sim.model.translate import translate
from sim.report.places import place_in
from sim.starter.source import bundle_folder
from sim.toml_places import read_toml
from tests.workplace import Workplace, keep_targets, started

__all__ = ["started"]

CONTROL = "INITIAL TIME=0~~| FINAL TIME=4~~| TIME STEP=0.5~~| SAVEPER=1~~|"
VOID = {"meta", "input"}
EVIL = "<script>alert(1)</script>\"];x[label=<b>"


class Reader(HTMLParser):
    """Goes through a page and notes what it consists of; a tag that closes nothing or stays open is a mistake."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.mistakes: list[str] = []
        self.feed(page.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        for key, value in attrs:
            self.attributes.add(key)
            if key == "id":
                self.ids[str(value)] += 1
            if key == "href":
                self.links.add(str(value))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def subject() -> Subject:
    return read_subject(bundle_folder())


@pytest.fixture(scope="module")
def page(subject: Subject) -> bytes:
    return page_of(subject, BOTH)


@pytest.fixture(scope="module")
def read(page: bytes) -> Reader:
    return Reader(page)


@pytest.fixture(scope="module")
def pictures(subject: Subject) -> list[Picture]:
    feedback = on_loops(subject.model)
    found = []
    for lang in BOTH:
        found.append(diagrams.overview(subject, lang))
        found += [diagrams.stock_flow(subject, group, lang) for group in subject.groups]
        found += [diagrams.causal(subject, group, lang, feedback) for group in subject.groups]
        found += [ring(subject, loop, lang) for loop in subject.loops.present.values()]
    return [picture for picture in found if picture]


# --- complete


def test_every_variable_has_one_row(subject: Subject, read: Reader) -> None:
    rows = [name for name in read.ids if name.startswith("v-")]
    assert len(rows) == len(subject.variables)
    text = "".join(read.text)
    for variable in subject.variables.values():
        assert variable.name in text
        assert variable.chinese in text
        assert variable.meaning in text


def test_sources_on_a_chinese_page_are_chinese_or_marked(subject: Subject) -> None:
    """The bundle's sources stood in English on a page without another English word."""
    parameters = dict(subject.bundle.parameters)
    parameters["TFP trend"] = replace(parameters["TFP trend"], source="a talk with a planner", source_zh="")
    own = replace(subject, bundle=replace(subject.bundle, parameters=parameters))
    text = Reader(page_of(own, ("zh",))).text
    for parameter in parameters.values():
        assert parameter.source_in("zh") in text
        assert not parameter.source_zh or parameter.source not in text
    assert "英文原文:a talk with a planner" in text
    assert not {"low", "low-medium", "medium", "model choice", "assumed"} & set(text)


def test_everything_else_of_the_bundle_is_there(subject: Subject, read: Reader) -> None:
    text = "".join(read.text)
    bundle = subject.bundle
    assert bundle.fingerprint in text
    for parameter in bundle.parameters.values():
        for lang in BOTH:
            assert parameter.source_in(lang) in text
            assert parameter.reliability_in(lang) in text
    for lever in bundle.levers.values():
        assert {lever.key, lever.name_en, lever.name_zh} <= set(read.text)
    for driver in bundle.drivers.values():
        assert all(path.source in text for path in driver.paths.values())
    written = {target["id"]: target.get("expression") for target in read_toml(bundle.targets_path).data["target"]}
    for target in subject.targets:
        assert {place_in(target.plan_place, lang) for lang in BOTH} <= set(read.text)
        assert {target.id, target.restatement_en, target.restatement_zh} <= set(read.text)
        assert written[target.id] in (None, *read.text)
        if target.main.basis == "outside":
            assert {target.reason_en, target.reason_zh} <= set(read.text)
    for code, loop in subject.loops.present.items():
        assert read.ids[f"loop-{code}"] == 1
        assert {loop.name_en, loop.name_zh} <= set(read.text)
    for absent in subject.loops.absent.values():
        assert {absent.reason_en, absent.reason_zh} <= set(read.text)


def test_every_sector_has_its_diagrams(subject: Subject) -> None:
    """A sector with stocks has a stock-and-flow diagram with all of them, one with feedback a causal one."""
    feedback = on_loops(subject.model)
    for group in subject.groups:
        own = [variable for variable in subject.variables.values() if variable.group == group]
        stocks = {variable.name for variable in own if variable.role == "stock"}
        picture = diagrams.stock_flow(subject, group, "en")
        assert stocks <= {box.key for box in picture.boxes if box.kind == "stock"} if picture else not stocks
        causal = diagrams.causal(subject, group, "en", feedback)
        assert bool(causal) == any(variable.name in feedback for variable in own)


def test_one_language_alone(subject: Subject) -> None:
    chinese, english = (page_of(subject, (lang,)).decode("utf-8") for lang in BOTH)
    assert "存量流量图" in chinese
    assert "Stocks and flows" not in chinese
    assert "Stocks and flows" in english
    assert "存量流量图" not in english
    assert "l-zh" not in chinese + english
    way = [f">{subject.variables['output'].label(lang)}</a> → " for lang in BOTH]
    assert (way[0] in chinese, way[1] in chinese) == (True, False)
    assert (way[0] in english, way[1] in english) == (False, True)


# --- well formed, self-contained, the same each time


def test_the_page_is_well_formed(read: Reader) -> None:
    assert read.mistakes == []
    assert read.open == []
    assert [name for name, count in read.ids.items() if count > 1] == []
    assert {link for link in read.links if link.removeprefix("#") not in read.ids} == set()


def test_nothing_comes_from_outside(page: bytes, read: Reader) -> None:
    assert not {"script", "link", "img", "iframe", "object", "image", "use"} & set(read.tags)
    assert not {name for name in read.attributes if name.startswith("on") or name in ("src", "style")}
    style = re.search(r"<style>(.*?)</style>", page.decode("utf-8"), re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_same_bytes_in_any_process(tmp_path: Path, subject: Subject) -> None:
    """Nothing hangs on a date or on the order of a set, which differs from process to process."""
    expected = hashlib.sha256(page_of(subject, ("en",))).hexdigest()
    file = tmp_path / "page.html"
    command = [sys.executable, "-m", "sim", "docs", str(bundle_folder()), "--output", str(file), "--lang", "en"]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[1])
    assert hashlib.sha256(file.read_bytes()).hexdigest() == expected


# --- diagrams


def test_diagrams_fit_the_page_and_their_boxes_keep_apart(pictures: list[Picture]) -> None:
    for picture in pictures:
        assert picture.width <= diagrams.PAGE, picture.title
        for one, other in combinations(picture.boxes, 2):
            (w1, h1), (w2, h2) = one.size(picture.direction), other.size(picture.direction)
            apart = abs(one.x - other.x) >= (w1 + w2) / 2 - 0.5 or abs(one.y - other.y) >= (h1 + h2) / 2 - 0.5
            assert apart, (picture.title, one.key, other.key)
        for box in picture.boxes:
            width, height = box.size(picture.direction)
            assert width / 2 <= box.x <= picture.width - width / 2, (picture.title, box.key)
            assert height / 2 <= box.y <= picture.height - height / 2, (picture.title, box.key)


def test_nearly_all_signs_have_room(pictures: list[Picture]) -> None:
    close = count = 0
    for picture in pictures:
        places = [place for _, place in marks(reaching(picture))]
        count += len(places)
        close += sum(abs(a[0] - b[0]) < 6 and abs(a[1] - b[1]) < 8 for a, b in combinations(places, 2))
    assert count > 100
    assert close <= 0.02 * count


def test_pipes_run_forward(pictures: list[Picture]) -> None:
    for picture in pictures:
        for wire in picture.wires:
            if wire.kind == "pipe":
                axis = 0 if picture.direction == "LR" else 1
                assert wire.points[0][axis] < wire.points[-1][axis], (picture.title, wire.tail, wire.head)


def test_a_way_through_hidden_variables_keeps_its_sign(subject: Subject) -> None:
    (way,) = content.ways_between(subject, ["capacity", "capacity use"], ["demand ratio"])
    assert (way.cause, way.effect, way.direct, way.sign) == ("capacity", "capacity use", False, "-")


# --- signs


@pytest.mark.parametrize(
    ("cause", "effect", "sign"),
    [
        ("completion", "capital", "+"),
        ("depreciation", "capital", "-"),
        ("capacity", "demand ratio", "-"),
        ("vacant land", "land allocation", "+"),  # only where land is short
        ("fiscal ratio", "fiscal cover", "+"),
        ("retrofit coverage", "admitted count", "+"),  # a lever, in steps
        ("demand weight", "demand", "±"),  # on the park itself, and on the others
    ],
)
def test_signs_that_are_known_beforehand(subject: Subject, cause: str, effect: str, sign: str) -> None:
    assert subject.directions[cause, effect] == sign


def test_signs_through_what_remembers() -> None:
    """Stages of a delay are no variables of the author; what a DELAY FIXED takes cannot be tried out at one moment."""
    text = "a = 2 + Time ~~| b = -SMOOTH3(a, 2) ~~| c = DELAY1I(b, 2, 1) ~~| d = DELAY FIXED(a, 1, 0) ~~|" + CONTROL
    model = translate(text, Path("m.mdl"))
    found = directions(model, [RunInputs(Grid(0.0, 0.5, 8))])
    assert dict(found) == {("a", "b"): "-", ("b", "c"): "+"}


def test_signs_of_the_loops_are_those_of_the_equations(subject: Subject) -> None:
    for loop in subject.loops.present.values():
        for link in loop.links:
            for way in ways(subject.model, link, loop.variables):
                assert direction(subject, way) in (link.sign, "±", "?"), (loop.code, way)


def test_the_switches_of_a_loop_cut_it(subject: Subject) -> None:
    """With the parameters at the values that switch a loop off, some link of it moves nothing any more."""
    equations = translate(subject.bundle.model_text, subject.bundle.path)
    for loop in subject.loops.present.values():
        off = {name: np.full(equations.shape(equations.variables[name].axes), x) for name, x in loop.off.items()}
        clocks = equations.clocks
        grid = Grid(clocks.start, 0.25, 20)
        left = directions(equations, [RunInputs(grid, off)])
        found = [way for link in loop.links for way in ways(subject.model, link, loop.variables)]
        assert not off or any(link not in left for way in found for link in pairwise(way)), loop.code


# --- what strangers write


@pytest.fixture
def strange(started: Workplace, tmp_path: Path) -> Workplace:
    place = started.copy(tmp_path / "外来")
    keep_targets(place, "T01", "T23")
    return place


def change(place: Workplace, name: str, old: str, new: str) -> None:
    path = place.bundle / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_text_from_strangers_is_only_text(strange: Workplace) -> None:
    evil = EVIL.replace('"', "'")
    change(strange, "park.mdl", "上缴税金. Taxes move", f"税{evil}. {evil} move")
    change(strange, "park.mdl", ".Land\n", f".{evil}\n")
    change(strange, "parameters.toml", 'source = "assumed; no source found"', f'source = "{evil}\\u0001\\u001b"')
    change(strange, "loops.toml", 'name_en = "growth"', f'name_en = "{evil}"')
    change(strange, "targets.toml", 'restatement_en = "', f'restatement_en = "{evil}')
    result = strange.sim("docs", "--output", "page.html")
    assert result.code == 0, result
    page = (strange.folder / "page.html").read_bytes()
    read = Reader(page)
    assert "script" not in read.tags
    assert read.mistakes == []
    assert "".join(read.text).count(evil) >= 5
    assert not set(page) & {0x01, 0x1B}


def test_a_wrong_sign_is_refused_with_its_line(strange: Workplace) -> None:
    text = (strange.bundle / "loops.toml").read_text(encoding="utf-8")
    wrong = text.replace('["capital", "+"]', '["capital", "-"]', 1).replace('["capacity", "+"]', '["capacity", "-"]', 1)
    (strange.bundle / "loops.toml").write_text(wrong, encoding="utf-8")
    before = strange.hashes()
    result = strange.sim("docs", "--output", "page.html")
    line = wrong[: wrong.index('["capital", "-"]')].count("\n") + 1
    assert result.code == 2
    assert any(f"loops.toml:{line}: the sign of 'capital' on 'capacity'" in one for one in result.lines)
    assert strange.hashes() == before


def test_a_bundle_without_loops_has_a_page(strange: Workplace) -> None:
    (strange.bundle / "loops.toml").unlink()
    result = strange.sim("docs", strange.bundle, "--output", "page.html")
    assert result.code == 0, result
    assert "names no loops" in (strange.folder / "page.html").read_text(encoding="utf-8")


def test_a_model_that_is_not_translated_has_a_page_without_signs(strange: Workplace) -> None:
    """The reference engine knows more functions than the equations that can be tried out."""
    change(strange, "park.mdl", "\ntax[park] = ", "\ntax[park] = 0 * DELAY N(Time, 2 + STEP(1, 2016), 1, 3) + ")
    result = strange.sim("docs", "--output", "page.html")
    assert result.code == 0, result
    assert "could not be tried out" in (strange.folder / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["page.txt", "park.mdl", "page"])
def test_only_a_web_page_is_written(strange: Workplace, name: str) -> None:
    before = strange.hashes()
    result = strange.sim("docs", "--output", name)
    assert result.code == 2
    assert "ends with .html" in result.err
    assert strange.hashes() == before


def test_without_graphviz_there_is_a_word_and_no_file(strange: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(InputError) as refused:
        require()
    assert [problem.code for problem in refused.value.problems] == ["docs_no_graphviz"]
    before = strange.hashes()
    for lang, told in (("en", "pip install"), ("zh", "pip install")):
        result = strange.sim("docs", "--output", "page.html", lang=lang)
        assert result.code == 2
        assert told in result.err
    assert strange.hashes() == before
