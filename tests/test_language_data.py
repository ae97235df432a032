"""Data over time, files beside a model, and macros: values by hand, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

from sim.cache import Cache
from sim.engine.inputs import Grid, RunInputs
from sim.engine.trace import evaluate
from sim.errors import InputError
from sim.model.external import Files
from sim.model.macros import expand_macros, split_macros
from sim.model.mdl_text import entries
from sim.model.reading import read_entries
from sim.simulate.own_text import own_text
from sim.simulate.source import read_source
from sim.words.catalogue import problem_line
from tests.kernels import authored
from tests.language import NA, same_in_kernel, values

CONTROL = "INITIAL TIME = 0 ~~| FINAL TIME = 3 ~~| TIME STEP = 1 ~~| SAVEPER = 1 ~~| stock = INTEG(1, 0) ~~|"
SERIES = "((0, 1), (2, 5), (4, 3))"

COURSES = [
    (f"v := {SERIES} ~~|", [1, 3, 5, 4, 3, 3]),
    (f"v :INTERPOLATE: := {SERIES} ~~|", [1, 3, 5, 4, 3, 3]),
    (f"v :HOLD BACKWARD: := {SERIES} ~~|", [1, 1, 5, 5, 3, 3]),
    (f"v :LOOK FORWARD: := {SERIES} ~~|", [1, 5, 5, 3, 3, 3]),
    (f"v :RAW: := {SERIES} ~~|", [1, NA, 5, NA, 3, NA]),
    (f"d := {SERIES} ~~| v := d * 2 ~~|", [2, 6, 10, 8, 6, 6]),
    (f"d := {SERIES} ~~| v := TIME SHIFT(d, 1) ~~|", [3, 5, 4, 3, 3, 3]),
    (f"d := {SERIES} ~~| v = GET DATA AT TIME(d, Time) ~~|", [1, NA, 5, NA, 3, NA]),
    (f"d := {SERIES} ~~| v = GET DATA BETWEEN TIMES(d, Time + 0.5, 0) ~~|", [2, 4, 4.5, 3.5, NA, NA]),
    (f"d := {SERIES} ~~| v = GET DATA BETWEEN TIMES(d, Time + 0.5, 1) ~~|", [5, 5, 3, 3, NA, NA]),
    (f"d := {SERIES} ~~| v = GET DATA BETWEEN TIMES(d, Time + 0.5, -1) ~~|", [1, 1, 5, 5, NA, NA]),
    (f"d := {SERIES} ~~| v = GET DATA FIRST TIME(d) + 10 * GET DATA LAST TIME(d) ~~|", [40] * 6),
]


@pytest.mark.parametrize(("body", "expected"), COURSES)
def test_data_between_its_points(body: str, expected: list[float]) -> None:
    np.testing.assert_allclose(values(body, steps=5)["v"], expected, rtol=1e-15)


def test_elements_may_have_times_of_their_own() -> None:
    body = "r: a, b ~~| v[a] :HOLD BACKWARD: := ((0,1),(2,5)) ~~| v[b] :HOLD BACKWARD: := ((1,10),(3,20)) ~~|"
    assert values(body, steps=3)["v"].T.tolist() == [[1, 1, 5, 5], [10, 10, 10, 20]]


def test_points_are_met_whatever_rounding_does_to_the_time() -> None:
    points = ", ".join(f"({n / 10}, {n})" for n in range(11))
    found = values(f"h :HOLD BACKWARD: := ({points}) ~~| f :LOOK FORWARD: := ({points}) ~~|", steps=10, step=0.1)
    assert found["h"].tolist() == found["f"].tolist() == list(range(11))


def test_kernels_read_data_alike() -> None:
    same_in_kernel("".join(body.replace("d", f"d{n}").replace("v", f"v{n}") for n, (body, _) in enumerate(COURSES[:6])))


# --- files

MODEL = """{UTF-8}
file :IS: 'a.csv' ~ ~ |
r: GET DIRECT SUBSCRIPT('a.csv', ',', 'B1', '1', '') ~ ~ |
c[r] = GET DIRECT CONSTANTS(file, ',', 'B2') ~ ~ |
turned[r] = GET XLS CONSTANTS('b.xlsx', 'S', 'B2*') ~ ~ |
square[r, q] = GET XLS CONSTANTS('b.xlsx', 'S', 'corner') ~ ~ |
q: x, y ~ ~ |
d[r] := GET DIRECT DATA('a.csv', ',', 'A', 'B2') ~ ~ |
across :HOLD BACKWARD: := GET XLS DATA('b.xlsx', 'S', '5', 'B6') ~ ~ |
look[r](GET DIRECT LOOKUPS('a.csv', ',', 'A', 'B2')) ~ ~ |
v[r] = look[r](Time) ~ ~ |
outside[r] ~ ~ |
tagged = GET DIRECT CONSTANTS('?in', ',', 'A1') ~ ~ |
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = tmp_path / "model"
    own.mkdir()
    (own / "a.csv").write_text("Time,B1x,B2x\n0,1,10\n2,3,30\n", encoding="utf-8")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    for row in ([], [None, 7, 8], [None, 9, 11], [], ["t", 0, 1.5, 3], ["y", 4, 5, 6]):
        sheet.append(row)
    book.defined_names["corner"] = DefinedName("corner", attr_text="S!$B$2")
    book.save(own / "b.xlsx")
    (tmp_path / "given.tab").write_text("Time\toutside[B1x]\toutside[ b2X ]\n0\t1\t2\n3\t4\t\n", encoding="utf-8")
    (tmp_path / "tag.csv").write_text("42\n", encoding="utf-8")
    (own / "m.mdl").write_text(MODEL + CONTROL.replace("~~|", "~ ~ |\n"), encoding="utf-8")
    return own


def test_numbers_from_files(folder: Path) -> None:
    data = [str(folder.parent / "given.tab"), f"?in={folder.parent / 'tag.csv'}"]
    source = read_source(folder / "m.mdl", Cache(folder / "cache"), data)
    assert source.equations is not None
    found = evaluate(source.equations, RunInputs(Grid(0.0, 1.0, 3)), authored(source.equations))
    assert found["c"][0].tolist() == [1, 10]
    assert found["turned"][0].tolist() == [7, 9]
    assert found["square"][0].tolist() == [[7, 8], [9, 11]]
    assert found["d"].T.tolist() == found["v"].T.tolist() == [[1, 2, 3, 3], [10, 20, 30, 30]]
    assert found["across"].tolist() == [4, 4, 5, 6]
    assert found["outside"].T.tolist() == [[1, 2, 3, 4], [2, 2, 2, 2]]
    assert found["tagged"][0] == 42
    assert "model" not in source.text
    assert read_entries(source.text, folder)[0]


BROKEN = [
    ("'a.csv', ',', 'B2')", "'../a.csv', ',', 'B2')", "data_outside"),
    ("'a.csv', ',', 'A', 'B2') ~", "'/etc/a.csv', ',', 'A', 'B2') ~", "data_outside"),
    ("'a.csv', ',', 'A', 'B2') ~", r"'C:\a.csv', ',', 'A', 'B2') ~", "data_outside"),
    ("'a.csv', ',', 'A', 'B2') ~", "'no.csv', ',', 'A', 'B2') ~", "data_file_missing"),
    ("'b.xlsx', 'S', 'B2*'", "'b.xlsx', 'T', 'B2*'", "data_sheet_missing"),
    ("'b.xlsx', 'S', 'B2*'", "'b.xlsx', 'S', 'nowhere'", "data_cell"),
    ("'b.xlsx', 'S', 'B2*'", "'b.xlsx', 'S', 'A4'", "data_no_number"),
    ("'A', 'B2') ~", "'A', 'F2') ~", "data_nothing"),
    ("'A', 'B2') ~", "'A') ~", "model_arguments"),
    ("'?in'", "'?other'", "data_tag"),
    ("square[r, q]", "square[r, q, q]", "data_dimensions"),
    ("outside[r] ", "elsewhere[r] ", "model_data_not_given"),
]


@pytest.mark.parametrize(("old", "new", "code"), BROKEN)
def test_what_files_lack_is_told_with_its_line(folder: Path, old: str, new: str, code: str) -> None:
    text = (folder / "m.mdl").read_text(encoding="utf-8").replace("(file,", "('a.csv',")
    assert old in text
    (folder / "m.mdl").write_text(text.replace(old, new, 1), encoding="utf-8")
    data = [str(folder.parent / "given.tab"), f"?in={folder.parent / 'tag.csv'}"]
    with pytest.raises(InputError) as error:
        read_source(folder / "m.mdl", Cache(folder / "cache"), data)
    assert [problem.code for problem in error.value.problems] == [code]
    for problem in error.value.problems:
        assert problem.place
        assert problem.place.line
        assert "{" not in problem_line("zh", problem) + problem_line("en", problem)


def test_a_file_that_is_missing_hides_no_other_mistake(tmp_path: Path) -> None:
    """And what the model makes of the numbers is no mistake of its own."""
    path = tmp_path / "m.mdl"
    path.write_text(
        """r: north, south ~~|
d[r] :INTERPOLATE: := GET DIRECT DATA('none.csv', ',', 'A', 'B2') ~~|
c[r] = GET DIRECT CONSTANTS('none.csv', ',', 'B2') ~~|
t = GET DIRECT LOOKUPS('none.csv', ',', 'A', 'B2') ~~|
w := GET DIRECT DATA('none.csv', ',') ~~|
fine[r] = d[r] + c[r] + t(Time) + w + GET DATA AT TIME(w, 1) ~~|
wrong = fine[north] + nowhere ~~|
s = INTEG(wrong, 0) ~~|
cut = 3 |
INITIAL TIME = 0 ~~| FINAL TIME = 1 ~~| TIME STEP = 1 ~~| SAVEPER = 1 ~~|
"""
    )
    with pytest.raises(InputError) as error:
        read_source(path, Cache(tmp_path / "cache"))
    assert [(p.place and p.place.line, p.code) for p in error.value.problems] == [
        (2, "data_file_missing"),
        (3, "data_file_missing"),
        (4, "data_file_missing"),
        (5, "model_arguments"),
        (7, "model_reference"),
        (9, "model_entry"),
    ]


def test_what_files_lack_is_told_with_all_else(folder: Path) -> None:
    """What follows from the numbers that stand in for them (an order of 1, a clock that ends at 1) is not told."""
    text = (folder / "m.mdl").read_text(encoding="utf-8").replace("FINAL TIME = 3", "FINAL TIME = missing")
    wrong = (
        "missing = GET DIRECT CONSTANTS('no.csv', ',', 'A1') ~ ~ |\nv[r] = f(Time, nix) + no function(2) ~ ~ |\n"
        "lines(GET DIRECT LOOKUPS('no.csv', ',', 'A', 'B2')) ~ ~ |\nbad = lines(3) + ~ ~ |\n"
        ":MACRO: f(x) f = x ~ ~ | :END OF MACRO:\n"
    )
    (folder / "m.mdl").write_text(text.replace("v[r] = look[r](Time) ~ ~ |\n", wrong), encoding="utf-8")
    data = [str(folder.parent / "given.tab")]
    with pytest.raises(InputError) as error:
        read_source(folder / "m.mdl", Cache(folder / "cache"), data)
    found = [problem.code for problem in error.value.problems]
    assert {"data_file_missing", "data_tag", "model_macro_call"} <= set(found)
    (folder / "m.mdl").write_text(text.replace("v[r] = look[r](Time) ~ ~ |\n", wrong.replace(", nix", " + nix")),
                                  encoding="utf-8")  # fmt: skip
    with pytest.raises(InputError) as error:
        read_source(folder / "m.mdl", Cache(folder / "cache"), data)
    found = [problem.code for problem in error.value.problems]
    assert sorted(found) == [
        "data_file_missing", "data_file_missing", "data_tag", "model_equation", "model_function_unknown",
        "model_reference",
    ]  # fmt: skip


def test_files_that_are_no_tables_are_refused(folder: Path) -> None:
    cases = (
        ("a.csv", b"\xff\x00\x81", "data_file_unreadable"),
        ("b.xlsx", b"no zip", "data_file_unreadable"),
        ("a.csv", b"\xd0\xcf\x11\xe0rest", "data_file_old"),
    )
    for name, raw, code in cases:
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(raw)
        with pytest.raises(InputError) as error:
            read_source(folder / "m.mdl", Cache(folder / "cache"))
        assert code in {problem.code for problem in error.value.problems}
        (folder / name).write_bytes(kept)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "link.csv").symlink_to(folder.parent / "tag.csv")
    text = "v = GET DIRECT CONSTANTS('link.csv', ',', 'A1') ~ ~ |"
    with pytest.raises(InputError) as error:
        read_entries(text, folder / "m.mdl", Files(folder))
    assert [problem.code for problem in error.value.problems] == ["data_outside"]


def test_a_text_without_a_folder_reads_nothing() -> None:
    with pytest.raises(InputError) as error:
        read_entries("v = GET DIRECT CONSTANTS('a.csv', ',', 'A1') ~ ~ |", Path("m.mdl"))
    assert {problem.code for problem in error.value.problems} == {"model_function"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_texts_of_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(("价格 = 5 ~~|\r\n" + CONTROL).replace("~~|", "~ ~ |\r\n").encode(encoding))
    assert list(read_source(path, Cache(tmp_path / "cache")).variables) == ["价格", "stock"]


@pytest.mark.parametrize("name", ["m.mdl", "m.vmf"])
def test_a_binary_model_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x89\x02\x03VMF\x00" + bytes(range(256)) * 8 + b"x = 1 ~ ~ |")
    with pytest.raises(InputError) as error:
        read_source(tmp_path / name, Cache(tmp_path / "cache"))
    assert [problem.code for problem in error.value.problems] == ["model_binary"]


def test_every_equation_that_is_not_finished_is_told(tmp_path: Path) -> None:
    empty = ("<eqn>???</eqn>", "<eqn> </eqn>", "<eqn>{ to do }</eqn>", "")
    rows = "".join(f'<aux name="a{number}">{one}</aux>\n' for number, one in enumerate(empty))
    path = tmp_path / "m.stmx"
    path.write_text(
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><sim_specs><start>0</start>'
        f"<stop>1</stop></sim_specs><model><variables>\n{rows}</variables></model></xmile>", encoding="utf-8",
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        read_source(path, Cache(tmp_path / "cache"))
    found = [(problem.code, problem.place.line) for problem in error.value.problems if problem.place]
    assert found == [("xmile_unfinished", 2), ("xmile_unfinished", 3), ("xmile_unfinished", 4), ("xmile_unfinished", 5)]


# --- macros

ACCUMULATE = """:MACRO: acc(in, tau : level)
acc = level / tau ~~|
level = INTEG(in - acc, 10) ~ unit ~ |
:END OF MACRO:
"""
TWICE = """:MACRO: twice(x)
twice = acc(x, 2) + extra ~~|
extra = TIME STEP$ + k$ ~~|
:END OF MACRO:
"""


def test_macros_with_stocks_inside_and_inside_each_other() -> None:
    body = ACCUMULATE + TWICE + (
        "k = 5 ~~| r: a, b ~~| w[r] = 1, 2 ~~| v[r] = 1 + acc(w[r] + 1, 4) ~~| u = twice(3) * twice(4) ~~|"
        " z = acc(1, 2 : last) + last ~~|"
    )  # fmt: skip
    found = values(body, steps=2)
    assert found["v"].tolist() == [[3.5, 3.5], [3.375, 3.625], [3.28125, 3.71875]]
    assert found["u"].tolist() == [11 * 11, 10 * 10.5, 9.5 * 10.25]
    assert found["last"].tolist() == [10, 6, 4]
    assert found["z"].tolist() == [15, 9, 6]
    assert set(found) == {"k", "w", "v", "u", "last", "z"}


def test_a_lookup_may_go_into_a_macro() -> None:
    body = ":MACRO: f(table, x) f = table(x * 2) ~~| :END OF MACRO: t((0,0),(4,8)) ~~| v = f(t, Time) ~~|"
    assert values(body, steps=2)["v"].tolist() == [0, 4, 8]


def test_a_sum_may_go_into_a_macro() -> None:
    body = ACCUMULATE + (
        "r: a, b ~~| w[r] = 1, 2 ~~| v = acc(SUM(w[r!] * 2), VMAX(w[r!])) ~~| m[r] = acc(w[r] - PROD(w[r!]), 4) ~~|"
    )
    found = values(body, steps=2)
    numbers = body.replace("SUM(w[r!] * 2)", "6").replace("VMAX(w[r!])", "2").replace("PROD(w[r!])", "2")
    plainly = values(numbers, steps=2)
    assert found["v"].tolist() == plainly["v"].tolist()
    assert found["m"].tolist() == plainly["m"].tolist()


def test_a_text_written_out_needs_its_macros_no_more() -> None:
    text, macros = split_macros(ACCUMULATE + "v = acc(3, 2) ~~|", Path("m.mdl"))
    found = expand_macros(entries(text, Path("m.mdl")), macros, Path("m.mdl"))
    assert [entry.line for entry in found] == [5, 5, 5]
    assert [entry.name for entry in read_entries(own_text(found), Path("m.mdl"))[0]] == [entry.name for entry in found]


WRONG = [
    (ACCUMULATE + "v = acc(3) ~~|", "model_macro_call", 5),
    (ACCUMULATE + "r: a, b ~~| w[r] = 1 ~~| v = SUM(acc(w[r!], 2)) ~~|", "model_macro_call", 5),
    (ACCUMULATE + "r: a, b ~~| w[r] = 1 ~~| v = SUM(acc(SUM(w[r!]) * w[r!], 2)) ~~|", "model_macro_call", 5),
    (":MACRO: f(x) f = f(x) ~~| :END OF MACRO: v = f(2) ~~|", "model_macro_deep", 1),
    (":MACRO: f(x) g = x ~~| :END OF MACRO: v = f(2) ~~|", "model_macro", 1),
    (":MACRO: f(x) f = x ~~| v = f(2) ~~|", "model_macro", 1),
    (":MACRO: f(x) f[r] = x ~~| :END OF MACRO: v = f(2) ~~|", "model_macro", 1),
    (":MACRO: f(x) f = x + k ~~| :END OF MACRO: k = 1 ~~| v = f(2) ~~|", "model_reference", 1),
]


@pytest.mark.parametrize(("body", "code", "line"), WRONG)
def test_mistakes_with_macros(body: str, code: str, line: int) -> None:
    with pytest.raises(InputError) as error:
        read_entries(body, Path("m.mdl"))
    found = [(problem.code, problem.place.line) for problem in error.value.problems if problem.place]
    assert found[0] == (code, line)
