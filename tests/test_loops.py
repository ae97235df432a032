"""`loops.toml`: the shipped loops are in the equations, and broken ones are refused with their lines."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.loops import Loops, read_loops, ways
from sim.model.causes import Causes, causes_of
from sim.model.mdl_text import entries, read_model_text
from sim.parameters import read_parameters
from sim.words.catalogue import problem_line

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"

MODEL = """\
stock = INTEG(inflow - outflow, start) ~~|
inflow = rate * effect ~~|
effect = share(level) ~~|
share((0, 0), (1, 1)) ~~|
level = 1 - stock / limit ~~|
outflow = stock * rate ~~|
other = INTEG(level - other, 0) ~~|
rate = 1 ~~|
limit = 2 ~~|
start = 1 ~~|
"""
LOOPS = """\
[loop.B1]
name_zh = "上限"
name_en = "limit"
chain = [
  ["stock", "-"],
  ["level", "+"],
  ["inflow", "+"],
]
off = { "rate" = 0.0 }
"""


@pytest.fixture(scope="module")
def park_model() -> Causes:
    path = BUNDLE / "park.mdl"
    return causes_of(entries(read_model_text(path), path))


def read(tmp_path: Path, text: str) -> Loops:
    file = tmp_path / "loops.toml"
    file.write_text(text, encoding="utf-8")
    return read_loops(file, causes_of(entries(MODEL, Path("m.mdl"))), ("rate", "limit"))


def test_every_link_of_the_shipped_loops_is_in_the_equations(park_model: Causes) -> None:
    loops = read_loops(BUNDLE / "loops.toml", park_model, read_parameters(BUNDLE / "parameters.toml"))
    assert {"R1", "R2", "R3", "R4", "B1", "B2", "B5"} <= set(loops.present)
    for loop in loops.present.values():
        assert loop.links[-1].effect == loop.links[0].cause
        for link in loop.links:
            for way in ways(park_model, link, loop.variables):
                for cause, effect in pairwise(way):
                    assert cause in park_model[effect].causes
                assert not any(park_model[name].is_stock for name in way[1:-1])


def test_every_loop_has_its_row_in_the_text(park_model: Causes) -> None:
    loops = read_loops(BUNDLE / "loops.toml", park_model, read_parameters(BUNDLE / "parameters.toml"))
    text = (BUNDLE.parents[1] / "docs" / "model.md").read_text(encoding="utf-8")
    for code, loop in loops.present.items():
        assert f"| {code} {loop.name_en} |" in text


def test_a_small_loop(tmp_path: Path) -> None:
    loop = read(tmp_path, LOOPS).present["B1"]
    assert [(link.cause, link.effect, link.sign) for link in loop.links] == [
        ("stock", "level", "-"),
        ("level", "inflow", "+"),  # through a lookup
        ("inflow", "stock", "+"),
    ]
    assert dict(loop.off) == {"rate": 0.0}


def test_no_file_no_loops(tmp_path: Path) -> None:
    assert not read_loops(tmp_path / "loops.toml", causes_of(entries(MODEL, Path("m.mdl"))), ()).present


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "suggestion"),
    [
        ("loop.B1", "loop.X1", "loop_code", 1, ""),
        ("loop.B1", "loop.R1", "loop_polarity", 1, ""),
        ("name_en", "nam_en", "unknown_key", 3, "name_en"),
        ('name_zh = "上限"\n', "", "missing_key", 1, ""),
        ('"limit"', '" "', "empty_text", 3, ""),
        ('["stock", "-"]', '["stok", "-"]', "loop_variable", 5, "stock"),
        ('["stock", "-"]', '["stock", "minus"]', "loop_step", 5, ""),
        ('["stock", "-"]', '"stock"', "loop_step", 5, ""),
        ('["inflow", "+"]', '["level", "+"]', "loop_twice", 7, ""),
        ('["inflow", "+"]', '["limit", "+"]', "loop_link", 6, ""),  # nothing acts on a constant
        ('["level", "+"]', '["other", "+"]', "loop_link", 6, ""),  # acts on nothing but itself
        ('["stock", "-"]', '["stock", "?"],\n  ["rate", "+"]', "loop_link", 5, ""),
        ('"rate" = 0.0', '"rat" = 0.0', "loop_parameter", 9, "rate"),
        ('"rate" = 0.0', '"rate" = "0"', "number_as_text", 9, "0"),
        ('off = { "rate" = 0.0 }', "off = 3", "expected_table", 9, ""),
        ("chain = [", "chain = 3\nchian = [", "expected_list", 4, ""),
    ],
)
def test_mistakes_have_their_line(
    tmp_path: Path, old: str, new: str, code: str, line: int, suggestion: str
) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, LOOPS.replace(old, new, 1))
    found = [(p.code, p.place.line if p.place else 0, p.suggestion) for p in refused.value.problems]
    assert (code, line, suggestion) in found
    for lang in ("zh", "en"):
        assert all(problem_line(lang, problem) for problem in refused.value.problems)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = LOOPS.replace('["stock", "-"]', '["stok", "-"]').replace('"rate" = 0.0', '"rat" = 0.0')
    absent = '[absent.B1]\nname_zh = "一"\nname_en = "one"\nreason_zh = ""\nreason_en = "none"\n'
    with pytest.raises(InputError) as refused:
        read(tmp_path, text + absent)
    codes = {problem.code for problem in refused.value.problems}
    assert codes == {"loop_variable", "loop_parameter", "loop_both", "empty_text"}
