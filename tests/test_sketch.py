"""The sketch of the shipped model: every variable has its place in Vensim, and the equations make the same sketch."""

from __future__ import annotations

import importlib
import itertools
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pysd
import pytest
import simlin
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.model.mdl_text import Entry, entries, read_model_text

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"
MODEL = BUNDLE / "park.mdl"
GROUPS = (
    "Drivers", "Table", "Production", "Market", "Investment", "Labour", "Land", "Infrastructure", "Finance",
    "Innovation", "Openness", "Clusters", "Retrofit", "Costs", "Fund", "Emissions", "Approvals", "Governance",
)  # fmt: skip
STOCK_BOX, ATTACHED = 3, 40


def _script(name: str) -> ModuleType:
    """A script of the bundle, which finds its neighbours in its own folder."""
    sys.path.insert(0, str(BUNDLE))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(BUNDLE))


sketch, layout = _script("sketch"), _script("sketch_layout")


@dataclass
class Drawn:
    """A view as it stands in a file, read without the script that wrote it."""

    title: str
    objects: dict[int, list[str]] = field(default_factory=dict)
    arrows: list[list[str]] = field(default_factory=list)

    def words(self, *, shadow: bool = False) -> dict[str, list[str]]:
        found = [o for o in self.objects.values() if o[0] == "10" and (int(o[8]) % 2 == 0) is shadow]
        return {o[2]: o for o in found}

    def causes(self, effect: str, *, pipes: bool = False) -> set[str]:
        """Names at the tails of the arrows into a word, with the flows of its pipes if wanted."""
        number = self.words()[effect][1]
        found = {self.objects[int(a[2])][2] for a in self.arrows if a[3] == number and int(a[7]) < 20}
        if pipes:
            named = {valve[1]: word[2] for valve, word in itertools.pairwise(self.objects.values()) if valve[0] == "11"}
            found |= {named[a[2]] for a in self.arrows if a[3] == number and int(a[7]) > 20}
        return found

    def boxes(self) -> Iterator[tuple[str, float, float, float, float]]:
        for o in self.objects.values():
            x, y, half_width, half_height = map(int, o[3:7])
            yield f"{o[0]} {o[2]}", x - half_width, x + half_width, y - half_height, y + half_height


def read_views(text: str) -> list[Drawn]:
    views = []
    for section in text.split("\\\\\\---///")[1:]:
        lines = section.split("///---")[0].splitlines()
        drawn = Drawn(next(line[1:] for line in lines if line.startswith("*")))
        for line in lines:
            parts = line.split(",")
            if parts[0] == "1":
                drawn.arrows.append(parts)
            elif parts[0] in {"10", "11", "12"}:
                assert int(parts[1]) not in drawn.objects
                drawn.objects[int(parts[1])] = parts
        views.append(drawn)
    return views


def small_model(body: str) -> tuple[list[Drawn], tuple[Entry, ...]]:
    header = "********************************************************\n\t.One\n****~\n\t\t|\n"
    raw = ("{UTF-8}\n" + header + body + "\n" + sketch.MARKER + "\n").encode()
    text = sketch.with_sketch(raw, Path("m.mdl")).decode()
    return read_views(text), entries(text, Path("m.mdl"))


TEXT = read_model_text(MODEL)
VARIABLES = {e.name: e.group for e in entries(TEXT, MODEL) if not e.is_subscript and e.group != "Control"}
VIEWS = read_views(TEXT)
BY_GROUP = {view.title.split()[0]: view for view in VIEWS}


def test_the_file_holds_what_the_script_makes() -> None:
    """If this fails, run ``python models/inner-mongolia/sketch.py``: the equations have changed."""
    raw = MODEL.read_bytes()
    again = sketch.with_sketch(raw, MODEL)
    assert again == raw
    assert again.partition(sketch.MARKER.encode())[0] == raw.partition(sketch.MARKER.encode())[0]


def test_one_view_for_each_group_with_a_chinese_name() -> None:
    assert tuple(BY_GROUP) == tuple(dict.fromkeys(VARIABLES.values())) == GROUPS
    for view in VIEWS:
        assert re.search("[一-鿿]", view.title)
        assert len(view.title.encode()) <= 30  # Vensim's limit


def test_every_variable_is_placed_once_in_the_view_of_its_group() -> None:
    placed = [(name, group) for group, view in BY_GROUP.items() for name in view.words()]
    assert sorted(placed) == sorted(VARIABLES.items())
    for view in VIEWS:
        names = [o[2] for o in view.objects.values() if o[0] == "10" and int(o[8]) % 2]
        assert max(Counter(names).values()) == 1


@pytest.mark.parametrize("group", GROUPS)
def test_shadows_stand_for_variables_of_other_views_and_take_no_arrows(group: str) -> None:
    view = BY_GROUP[group]
    shadows = {int(o[1]): o[2] for o in view.objects.values() if o[0] == "10" and int(o[8]) % 2 == 0}
    known = {*VARIABLES, "Time", "TIME STEP", "INITIAL TIME", "FINAL TIME"}
    assert set(shadows.values()) <= known - {name for name, home in VARIABLES.items() if home == group}
    assert not {int(a[3]) for a in view.arrows} & set(shadows)
    assert {int(a[2]) for a in view.arrows} >= set(shadows)


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_overlaps_and_the_view_is_of_a_readable_size(group: str) -> None:
    boxes = list(BY_GROUP[group].boxes())
    for one, other in itertools.combinations(boxes, 2):
        apart = one[1] >= other[2] or other[1] >= one[2] or one[3] >= other[4] or other[3] >= one[4]
        assert apart, (one[0], other[0])
    assert min(min(box[1], box[3]) for box in boxes) >= 0
    assert max(box[2] for box in boxes) <= 2500
    assert max(box[4] for box in boxes) <= 1800


def test_words_fit_their_boxes() -> None:
    """Two lines of about six pixels a character: half of a long name, and never less than its longest word."""
    for view in VIEWS:
        for word in view.words().values():
            longest = max(len(part) for part in word[2].split())
            assert 2 * int(word[5]) >= 6 * max(longest, len(word[2]) / 2)


def test_arrows_come_from_the_causes_that_an_independent_reader_finds() -> None:
    model = simlin.load(MODEL)
    plain = {re.sub(r"\s+", "_", name.lower()): name for name in VARIABLES}
    for key, name in plain.items():
        variable = model.get_variable(key)
        links = set(model.get_incoming_links(key))
        if isinstance(variable, simlin.Stock):
            for flow in (label.replace(" ", "_") for label in (*variable.inflows, *variable.outflows)):
                # the reader makes a flow of its own for a rate that is an expression
                links |= {flow} if flow in plain else set(model.get_incoming_links(flow))
        clock = {"Time", "TIME STEP"}  # which the reader does not list
        drawn = BY_GROUP[VARIABLES[name]].causes(name, pipes=True) - clock
        assert {re.sub(r"\s+", "_", cause.lower()) for cause in drawn} == links - {key}, name


def test_stocks_are_boxes_and_plain_flows_are_valves() -> None:
    stocks = {e.name: e for e in entries(TEXT, MODEL) if e.right.startswith("INTEG")}
    for group, view in BY_GROUP.items():
        boxed = {name for name, word in view.words().items() if int(word[7]) == STOCK_BOX}
        assert boxed == {name for name in stocks if VARIABLES[name] == group}
        for name, word in view.words().items():
            if int(word[7]) == ATTACHED:
                objects = list(view.objects.values())
                valve = objects[objects.index(word) - 1]
                assert valve[0] == "11", name
                assert [a[2] for a in view.arrows if int(a[7]) > 20].count(valve[1]) == 2, name
    invest = BY_GROUP["Investment"].words()
    flows = {"investment starts", "stage one flow", "stage two flow", "completion", "depreciation", "capital closure"}
    assert {name for name, word in invest.items() if int(word[7]) == ATTACHED} == flows


@pytest.mark.parametrize(
    ("body", "valves", "clouds"),
    [
        ("a = 1 ~~| b = 2 ~~| s = INTEG(a - b, 1) ~~|", {"a", "b"}, 2),
        ("a = 1 ~~| s = INTEG(-a, 1) ~~| t = INTEG(a, 1) ~~|", {"a"}, 0),
        ("a[x] = 1 ~~| s[x] = INTEG(a[x], 1) ~~|", {"a"}, 1),
        ("a = 1 ~~| b = 2 ~~| c = 3 ~~| s = INTEG(a + b - c, 1) ~~|", {"a", "b", "c"}, 3),
        ("a = 1 ~~| s = INTEG(a * 2, 1) ~~|", set(), 0),
        ("a = 1 ~~| s = INTEG((a - s) / 2, a) ~~|", set(), 0),
        ("a = 1 ~~| s = INTEG(MAX(a, 0), 1) ~~|", set(), 0),
        ("a = 1 ~~| s = INTEG(a, 1) ~~| t = INTEG(a, 1) ~~|", {"a"}, 1),
    ],
)
def test_a_rate_of_plain_flows_becomes_pipes(body: str, valves: set[str], clouds: int) -> None:
    (view,), _ = small_model(body)
    assert {name for name, word in view.words().items() if int(word[7]) == ATTACHED} == valves
    assert sum(o[0] == "12" and o[2] == "48" for o in view.objects.values()) == clouds
    assert view.causes("s", pipes=True) == valves | ({"a"} if not valves else set())


def test_an_arrow_on_an_initial_value_alone_is_marked() -> None:
    (view,), _ = small_model("a = 1 ~~| b = 1 ~~| s = INTEG(a * b, a + start) ~~| start = 3 ~~|")
    marked = {view.objects[int(a[2])][2]: a[10] for a in view.arrows}
    assert marked == {"a": "0", "b": "0", "start": "1"}


def test_line_ends_stay_and_a_file_without_a_marker_is_refused(tmp_path: Path) -> None:
    raw = b"{UTF-8}\r\na = 1 ~~ |\r\n\r\n" + sketch.MARKER.encode() + b"\r\nold"
    made = sketch.with_sketch(raw, Path("m.mdl"))
    assert made.startswith(raw.removesuffix(b"\r\nold"))
    assert made.count(b"\n") == made.count(b"\r\n")
    path = tmp_path / "m.mdl"
    path.write_bytes(raw)
    sketch.main([str(path)])
    assert path.read_bytes() == made == sketch.with_sketch(made, path)
    assert [file.name for file in tmp_path.iterdir()] == ["m.mdl"]
    with pytest.raises(ValueError, match="has no line"):
        sketch.with_sketch(b"a = 1 ~~ |", Path("m.mdl"))
    with pytest.raises(InputError):
        sketch.with_sketch(b"nonsense\n" + sketch.MARKER.encode(), Path("m.mdl"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["auxiliary", "stock"]), st.integers(1, 30)), min_size=1, max_size=25),
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=60),
)
def test_no_network_makes_words_overlap(kinds: list[tuple[str, int]], pairs: list[tuple[int, int]]) -> None:
    words = [layout.Word("n" * (size // 2) + " " + "m" * (size - size // 2), kind) for kind, size in kinds]
    arrows = [(words[i], words[j]) for i, j in pairs if i != j and max(i, j) < len(words)]
    layout.assign_columns(words, arrows)
    layout.place(words, arrows, [], set())
    for one, other in itertools.combinations(words, 2):
        assert (
            abs(one.x - other.x) >= one.half_width + other.half_width
            or abs(one.y - other.y) >= one.half_height + other.half_height
        )


def test_pysd_finds_the_views(tmp_path: Path) -> None:
    """Each view becomes a module of its own; that PySD reads the file whole is tested with the model."""
    copy = tmp_path / "park.mdl"
    copy.write_bytes(MODEL.read_bytes())
    model = pysd.read_vensim(str(copy), split_views=True)
    modules = {path.stem.split("_")[0] for path in (tmp_path / "modules_park").glob("*.py")}
    assert modules == {group.lower() for group in GROUPS}
    assert set(model.namespace) >= set(VARIABLES)


def test_the_diagram_can_be_drawn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = simlin.load(MODEL)
        assert [issue.message for issue in model.check()] == []
        svg = model.diagram().svg
    for view in VIEWS:
        assert view.title in svg
    assert all(name in re.sub(r"<[^>]+>", " ", svg).lower() for name in ("capital", "gdp", "idling"))
