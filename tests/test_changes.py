"""Targets as CSV and back, and what changed since the last run."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.report.changes import changes
from sim.report.csv_cells import cell_text
from sim.report.csv_tables import (
    csv_bytes,
    read_targets_csv,
    write_readings_csv,
    write_targets_csv,
)
from sim.targets.rows import columns, readings_columns
from tests.target_rows import row, sample_rows

RESOLVED = '[clock]\nstart = 2015\n\n[policy.x]\n# from the plan\nfrom = 2016\n\n[policy.y]\nfrom = 2016\n'


@pytest.fixture
def old(tmp_path: Path) -> Path:
    write_targets_csv(tmp_path / "targets.csv", sample_rows())
    return tmp_path / "targets.csv"


def test_csv_opens_in_excel_and_comes_back(old: Path) -> None:
    raw = old.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid,group_zh")
    assert raw.count(b"\r\n") == raw.count(b"\n") == len(sample_rows()) + 1
    read = read_targets_csv(old)
    assert [list(line) for line in read] == [list(columns())] * len(sample_rows())
    first = read[0]
    assert (first["name_zh"], first["value_2020"], first["sensitive"]) == ("开发区生产总值", "11804.25", "1")
    assert (first["lost_after"], first["comparator"], first["gap"]) == ("", ">=", "-2195.75")


def test_readings_have_a_line_each(tmp_path: Path) -> None:
    write_readings_csv(tmp_path / "r.csv", sample_rows()[:1])
    read = read_targets_csv(tmp_path / "r.csv")
    assert list(read[0]) == list(readings_columns())
    assert [(line["id"], line["is_main"]) for line in read] == [("T01", "1"), ("T01", "0")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-x", "'-x"),
        ("@SUM", "'@SUM"),
        ("\tx", "'\tx"),
        ("-", "-"),
        (">=", ">="),
        ("'quoted'", "''quoted'"),
        (-1.5, "-1.5"),
        (np.float64(0.1), "0.1"),
        (np.bool_(True), "1"),
        (np.int64(7), "7"),
        (math.inf, ""),
        (("a", "b"), "a; b"),
    ],
)
def test_cells(value: object, expected: str) -> None:
    assert cell_text(value) == expected


words = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"))


@given(st.lists(st.lists(words, min_size=2, max_size=2)))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(csv_bytes(["a", "b"], lines))
    assert [list(line.values()) for line in read_targets_csv(path)] == lines


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_exact(value: float) -> None:
    assert float(cell_text(value)) == value


def test_first_run_and_no_change(old: Path) -> None:
    assert changes(None, sample_rows(), None, RESOLVED, "zh") == ["没有可比较的上次运行结果"]
    assert changes(old.with_name("none.csv"), sample_rows(), None, RESOLVED, "zh")[0].startswith("没有")
    assert changes(old, sample_rows(), RESOLVED, RESOLVED, "zh") == ["与上次运行相比没有变化"]
    assert changes(old, sample_rows(), None, RESOLVED, "en") == ["nothing changed since the last run"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"a,b\r\n1\r\n", b"a,b\r\n1,2\r\n", b'id,verdict\r\n"T01']
)
def test_an_old_file_of_another_shape_counts_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "targets.csv"
    path.write_bytes(content)
    assert changes(path, sample_rows(), None, RESOLVED, "en")[0].startswith("no results")


def test_verdicts_values_and_lines_that_moved(old: Path) -> None:
    rows = [r for r in sample_rows() if r.id != "T37"]
    rows[0] = replace(rows[0], verdict="missed", year_reached=None, value_2020=11000.0)
    rows[1] = replace(rows[1], value_2020=9899.96 * 1.0009)
    rows[2] = replace(rows[2], value_2020=9.0)
    rows.append(row(id="T48", name_zh="新指标"))
    resolved = RESOLVED.replace("[policy.y]\nfrom = 2016", "[policy.y]\nfrom = 2018")
    resolved = resolved.replace("# from", "# of")  # comments say nothing about the run
    assert changes(old, rows, RESOLVED, resolved, "zh") == [
        "T01 开发区生产总值: 结论由“2023年”变为“难以实现”",
        "T48 新指标: 本次新增指标",
        "T37: 本次不再包含该指标",
        "T06 营业收入超千亿元开发区: 由 6 变为 9 个(变动 +3)",
        "T01 开发区生产总值: 由 11804 变为 11000 亿元(变动 -804)",
        "情景删去: policy.y.from = 2016",
        "情景新增: policy.y.from = 2018",
    ]


def test_a_late_year_that_moves_is_a_change(old: Path) -> None:
    rows = sample_rows()
    rows[0] = replace(rows[0], year_reached=2025)
    assert changes(old, rows, RESOLVED, RESOLVED, "en") == [
        "T01 GDP of the parks: verdict moved from 'in 2023' to 'in 2025'"
    ]


def test_long_lists_are_cut(old: Path) -> None:
    resolved = "".join(f"a{i} = 1\n" for i in range(50))
    found = changes(old, sample_rows(), "", resolved, "en")
    assert len(found) == 21
    assert found[-1] == "30 more lines of the scenario changed"


def test_csv_is_plain_csv(old: Path) -> None:
    with old.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["verdict"] for r in rows} == {r.verdict for r in sample_rows()}
    assert all(set(r) == set(columns()) for r in rows)
