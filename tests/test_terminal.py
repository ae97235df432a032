"""Tables in the terminal: width, GBK, what is counted, marks; and printing that never fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.report.heading import Heading
from sim.report.numbers import progress, shown, signed
from sim.report.safe_print import encodable
from sim.report.terminal import comparison_table, inputs_difference_table, verdict_table
from sim.report.verdicts import MARKS, count_by_verdict, target_text, value_text
from sim.report.width import cells, pack, pad, plain, truncate, wrap
from sim.targets.verdict import VERDICTS
from sim.words.catalogue import Language, catalogue
from tests.target_rows import row, sample_rows

LANGS: tuple[Language, Language] = ("zh", "en")
HEADING = Heading("规划情景", "Plan in full", "plan-1a2b3c")

texts = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("GDP", 3), ("亿元", 4), ("(全角)", 6),
     ("（全角）", 8), ("e\u0301", 1), ("a\u200bb", 2), ("ｆｕｌｌ", 8)],
)
def test_cells(text: str, expected: int) -> None:
    assert cells(text) == expected


@given(texts, st.integers(0, 30), st.sampled_from(["left", "right"]))
def test_padded_text_has_exactly_its_width(text: str, width: int, align: str) -> None:
    assert cells(pad(text, width, align)) == width  # type: ignore[arg-type]
    assert cells(truncate(text, width)) <= width


@given(texts, st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrap(text, width, "  ")
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(texts, max_size=5), st.integers(4, 30))
def test_packed_lines_fit(parts: list[str], width: int) -> None:
    assert all(cells(line) <= width for line in pack(parts, width))


@pytest.mark.parametrize(
    ("value", "met", "expected"),
    [
        (None, False, "-"),
        (float("nan"), False, "-"),
        (99.4, False, "99"),
        (99.7, False, "99.7"),
        (99.99999, False, "<100"),
        (100.2, True, "100"),
        (-0.2, False, "0"),
        (-4321.0, False, "<-999"),
        (4321.0, True, ">999"),
    ],
)
def test_progress_never_says_hundred_of_what_is_missed(value: float | None, met: bool, expected: str) -> None:
    assert progress(value, met) == expected


@given(st.floats(-1e12, 1e12))
def test_shown_numbers_are_near_and_short(value: float) -> None:
    text = shown(value)
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=0.006, abs=1e-12)
    assert signed(value).startswith("+") == (value > 0 and float(text) != 0)


@pytest.mark.parametrize("lang", LANGS)
def test_layout(lang: Language) -> None:
    lines = verdict_table(sample_rows(), HEADING, lang).splitlines()
    assert all(cells(line) <= 100 for line in lines)
    assert all(line == line.rstrip() for line in lines)
    rules = [line for line in lines if set(line) == {"-"}]
    assert len(rules) == 2
    assert len(set(rules)) == 1
    assert HEADING.run_id in " ".join(lines[:2])


def test_rows_in_chinese() -> None:
    table = verdict_table(sample_rows(), HEADING, "zh")
    lines = {line[:3]: " ".join(line.split()) for line in table.splitlines() if line.startswith("T")}
    assert lines["T01"] == "T01 开发区生产总值 亿元 9209 11804 >=14000 54 - 预计晚于期限(2023) a"
    assert lines["T03"].endswith("9899.96 >=9900 99.999 ~ 接近目标")
    assert lines["T06"].endswith("2 6 >=14 33 -- 期内难以实现 r")
    assert lines["T23"].endswith(">=150 - S 情景设定")
    assert lines["T32"].endswith("3-4 - = 基期已达到")
    assert "一、发展规模(第二章第三节)" in table
    assert "二、绿色发展(第二章第三节等)" in table
    assert "模型测算 5 项: 基期已达到 1, 提前 0, 如期 1, 接近 1, 晚于期限 1, 期内难以实现 1" in table
    assert "情景设定 1 项、趋势外推 1 项、未纳入测算 3 项, 均不计入上列" in table
    assert "T34 T35: 模型不含单个企业" in table
    assert "T37: " in table


def test_columns_line_up_in_cells() -> None:
    table = verdict_table(sample_rows(), HEADING, "zh")
    starts = set()
    for line in table.splitlines():
        found = re.search(r" (=|~|-|--|\+|S) +(预计|接近|期内|情景|基期)", line)
        if found and line.startswith("T"):
            starts.add(cells(line[: found.start(2)]))
    assert len(starts) == 1


@pytest.mark.parametrize("lang", LANGS)
@given(name=texts, unit=texts, reason=texts, place=texts)
def test_any_words_fit(lang: Language, name: str, unit: str, reason: str, place: str) -> None:
    changed = {"name_zh": name, "name_en": name, "unit_zh": unit, "unit_en": unit, "plan_place": place}
    rows = [replace(r, reason_zh=reason, reason_en=reason, **changed) for r in sample_rows()]  # type: ignore[arg-type]
    for table in (
        verdict_table(rows, HEADING, lang),
        comparison_table({"a": rows, name: rows, "c": rows}, lang),
        inputs_difference_table([(name, {unit: place, "b": 1, "c": 2, "d": 3, "e": 4})], lang),
    ):
        assert all(cells(line) <= 100 for line in table.split("\n"))


def test_chinese_tables_survive_gbk() -> None:
    tables = (
        verdict_table(sample_rows(), HEADING, "zh"),
        comparison_table({"规划情景": sample_rows(), "基准情景": sample_rows()}, "zh"),
        inputs_difference_table([("policy.x", {"规划情景": 1, "基准情景": "≥ 2 m²"})], "zh"),
    )
    for table in tables:
        assert table.encode("gbk").decode("gbk") == table
    ours = ("table.", "short.", "basis.", "closing.", "change.", "sheet.", "verdict.", "problem.output_")
    for key, words in catalogue("zh").items():
        if key.startswith(ours):
            assert words.encode("gbk").decode("gbk") == words, key


def test_catalogues_have_equal_keys() -> None:
    ours = ("table.", "short.", "basis.", "closing.", "change.", "sheet.", "problem.output_")
    keys = [{key for key in catalogue(lang) if key.startswith(ours)} for lang in LANGS]
    assert keys[0] == keys[1]
    assert {f"short.{code}" for code in VERDICTS} <= keys[0]
    assert set(MARKS) == set(VERDICTS)
    for key in keys[0]:
        fields = [set(re.findall(r"\{(\w+)\}", catalogue(lang)[key])) for lang in LANGS]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize(
    ("changed", "value", "target"),
    [
        ({"value_2020": 13999.7}, "13999.7", ">=14000"),
        ({"value_2020": None}, "-", ">=14000"),
        ({"comparator": "all", "target_low": 100.0, "value_2020": 99.97}, "99.97", "100"),
        ({"comparator": "<", "target_low": None, "target_high": 1.25, "value_2020": 1.3}, "1.30", "<1.25"),
        ({"target_low": None}, "11804", "below base"),
    ],
)
def test_value_and_target(changed: dict[str, object], value: str, target: str) -> None:
    changed_row = row(**changed)
    assert (value_text(changed_row), target_text(changed_row, "en")) == (value, target)


def test_only_modelled_rows_are_counted() -> None:
    counts = count_by_verdict(sample_rows())
    assert sum(counts.values()) == 5
    assert counts["imposed"] == counts["outside"] == 0


def test_nothing_to_show() -> None:
    assert "0" in verdict_table([], HEADING, "en")
    outside = [r for r in sample_rows() if r.basis == "outside"]
    assert "T34" in verdict_table(outside, HEADING, "en")
    assert comparison_table({}, "en") == ""
    assert inputs_difference_table([], "zh") == "各情景输入相同"


def test_comparison_in_blocks() -> None:
    rows = sample_rows()
    better = [replace(r, value_2020=14210.0, verdict="met") if r.id == "T01" else r for r in rows][:2]
    table = comparison_table({"规划情景": rows, "乙": better, "丙": rows, "丁": rows}, "zh")
    lines = table.splitlines()
    assert sum("指标" in line for line in lines) == 2
    assert not any(line.startswith("T34") for line in lines)
    first = next(" ".join(line.split()) for line in lines if line.startswith("T01"))
    assert first == "T01 开发区生产总值 亿元 >=14000 11804 2023年 14210 如期 +2406"
    missing = next(" ".join(line.split()) for line in lines if line.startswith("T06"))
    assert missing.endswith("6 难以实现 - - -")


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("亩均 ✓ m²", "gbk", "亩均 + m2"),
        ("亿元", "ascii", "??"),
        ("“a” — b…", "ascii", '"a" - b..'),
        ("\ud800", "utf-8", "?"),
    ],
)
def test_what_an_encoding_lacks_is_replaced(text: str, encoding: str, expected: str) -> None:
    assert encodable(text, encoding) == expected


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "utf-8", "cp1252"])
def test_echo_never_fails(encoding: str) -> None:
    code = "from sim.report.safe_print import echo; echo('亿元 m² ✓ ≥ é \\ud800 end')"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=root, check=True)
    assert done.stdout.decode(encoding).rstrip().endswith("end")
    assert done.stderr == b""


@given(texts)
def test_plain_text_is_one_line(text: str) -> None:
    assert not set("\n\r\t") & set(plain(text))
