"""Reading TOML: the line of every key, and a message of its own for what people really do to such files."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError, Problem
from sim.toml_places import MAX_BYTES, parse_toml, read_toml
from sim.words.catalogue import problem_line

TEXT = """\
a.b = 1
[x."y z".'q']
k = [[2015, 1.0], # comment
  # comment
  [2016, 2.0]]
t = { c = 1, "中" = [1, 2] }
[[out]]
name = "a"
[[out]]
name = "b"
[out.sub]
v = 1
"""


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_toml(path)
    for problem in caught.value.problems:
        for lang in ("zh", "en"):
            assert "{" not in problem_line(lang, problem).replace("{b = 1", "")
    return caught.value.problems


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("a", "b"), 1),
        (("x",), 2),
        (("x", "y z", "q", "k", 1), 5),
        (("x", "y z", "q", "k", 1, 1), 5),
        (("x", "y z", "q", "t", "中", 1), 6),
        (("out", 0, "name"), 8),
        (("out", 1), 9),
        (("out", 1, "sub", "v"), 12),
        (("out", 1, "sub", "nowhere", "deeper"), 11),
        (("nowhere",), None),
    ],
)
def test_line_of_key(keys: tuple[str | int, ...], line: int | None) -> None:
    assert parse_toml(TEXT, Path("a.toml")).place(*keys).line == line


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_byte_order_mark_and_line_ends_of_windows(tmp_path: Path, mark: bytes, newline: str) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(mark + TEXT.replace("\n", newline).encode())
    toml = read_toml(file)
    assert toml.data == tomllib.loads(TEXT)
    assert toml.place("out", 1, "name").line == 10


@pytest.mark.parametrize(
    ("text", "code", "lines"),
    [
        ("a = 1\nb＝2\n", "toml_full_width", [2]),
        ("a = “x”\nb = 1\nc = [1，2]\n［t］", "toml_full_width", [1, 3, 4]),
        ("a = '，'\n“b” = 1", "toml_full_width", [2]),
        ("a = 1\u3000\nb = 2 #　", "toml_full_width", [1]),
        ('a = 1\np = "C:\\Users\\x"', "toml_backslash", [2]),
        ('p = "C:\\data"', "toml_backslash", [1]),
        ("a = 1\na = 2", "toml_twice", [2]),
        ("[a]\n[b]\n[a]\n", "toml_twice", [3]),
        ("n = 规划情景", "toml_unquoted", [1]),
        ("n = 150万元/亩", "toml_unquoted", [1]),
        ("n = 50%", "toml_after", [1]),
        ("step = 1/16", "toml_after", [1]),
        ("a = [1,\n2\n", "toml_unclosed", [1]),
        ('a = "x\nb = 1', "toml_unclosed", [1]),
        ("a =\nb = 1", "toml_value", [1]),
        ("a = 0.\n", "toml_after", [1]),
        ("t = {b = 1,\n}", "toml_inline_lines", [1]),
        ("= 1", "toml_syntax", [1]),
        ("policy.x\n", "toml_syntax", [1]),
        ("a = " + "[" * 4000, "toml_too_deep", [None]),
        ("a = " + "9" * 5000, "toml_too_deep", [None]),
    ],
)
def test_syntax(tmp_path: Path, text: str, code: str, lines: list[int | None]) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text, encoding="utf-8")
    found = problems_of(file)
    assert [(problem.code, problem.place and problem.place.line) for problem in found] == [
        (code, line) for line in lines
    ]


def test_backslash_suggests_slashes(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('p = "C:\\Users\\x"')
    assert problems_of(tmp_path / "a.toml")[0].suggestion == '"C:/Users/x"'


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        ("a = 1\nname = '规划情景'".encode("gb18030"), "toml_gb18030", 2),
        (b"a = 1\n\nb = '\xff\xff\xff'", "toml_not_utf8", 3),
        ("a = 1".encode("utf-16"), "toml_utf16", None),
        (b"#" * (MAX_BYTES + 1), "toml_too_large", None),
    ],
)
def test_bytes(tmp_path: Path, raw: bytes, code: str, line: int | None) -> None:
    (tmp_path / "a.toml").write_bytes(raw)
    (problem,) = problems_of(tmp_path / "a.toml")
    assert (problem.code, problem.place and problem.place.line) == (code, line)


def test_no_file(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("a = 1")
    assert problems_of(tmp_path)[0].code == "toml_is_folder"
    for wrong in ("plan", "plna.toml"):
        (problem,) = problems_of(tmp_path / wrong)
        assert (problem.code, problem.suggestion) == ("toml_missing", str(tmp_path / "plan.toml"))
    assert problems_of(tmp_path / "none" / "a.toml")[0].suggestion == ""
    assert problems_of(tmp_path / ("x" * 300))[0].code == "toml_unreadable"


names = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=6)


@given(st.dictionaries(names, st.lists(st.integers(), max_size=3), max_size=6))
def test_every_key_has_its_line(values: dict[str, list[int]]) -> None:
    lines = []
    for name, numbers in values.items():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        lines += [f'"{quoted}" = [ # comment', *(f"  {number}," for number in numbers), "]"]
    toml = parse_toml("\n".join(lines), Path("a.toml"))
    assert toml.data == values
    at = 1
    for name, numbers in values.items():
        assert toml.place(name).line == at
        lines_of_numbers = [toml.place(name, index).line for index in range(len(numbers))]
        assert lines_of_numbers == list(range(at + 1, at + 1 + len(numbers)))
        at += len(numbers) + 2


@given(st.text(st.sampled_from(list("ab.=[]{},\"'\\\n #10_-“，中\x00\r")), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert parse_toml(text, Path("a.toml")).data == tomllib.loads(text)
