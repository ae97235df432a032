"""The closing sentences: every number in them is traceable, and none is a bare "n of m"."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.report.heading import Heading
from sim.report.sentences import Sentence, closing_sentences, relative_gap
from sim.targets.rows import TargetRow
from sim.targets.target import PRICES
from sim.targets.verdict import VERDICTS
from sim.words.catalogue import Language
from tests.target_rows import row, sample_rows

LANGS: tuple[Language, Language] = ("zh", "en")
HEADING = Heading("规划情景", "Plan", "plan-1a2b3c")


def numbers_in(text: str) -> list[str]:
    return re.findall(r"[0-9]+(?:\.[0-9]+)?", re.sub(r"T[0-9]{2}", "", text))


def resolve(source: str, rows: list[TargetRow]) -> object:
    """The value behind a source, found by the source's own text alone."""
    file, _, rest = source.partition(":")
    if file == "heading":
        return {"base_year+1": 2016}.get(rest) or getattr(HEADING, rest)
    if rest.startswith("count("):
        kept = rows
        for condition in rest.removeprefix("count(").removesuffix(")").split(","):
            if ">" in condition:
                kept = [r for r in kept if (getattr(r, condition.split(">")[0]) or 0) > 0]
            else:
                column, value = condition.split("=")
                wanted: object = True if value == "1" else value
                kept = [r for r in kept if getattr(r, column) == wanted]
        return len(kept)
    id_, column = rest.split(":")
    return getattr(next(r for r in rows if r.id == id_), column)


def check(sentence: Sentence, rows: list[TargetRow]) -> None:
    assert [shown for shown, _ in sentence.numbers] == numbers_in(sentence.text)
    for shown, source in sentence.numbers:
        value = resolve(source, rows)
        if isinstance(value, str):
            assert shown in value or source.endswith("unit_en")
            continue
        assert isinstance(value, int | float)
        factor = 100 if source.endswith("reconstructed_share") else 1
        assert float(shown) == pytest.approx(abs(value * factor), rel=0.02, abs=0.5)


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_is_traced(lang: Language) -> None:
    rows = sample_rows()
    for sentence in closing_sentences(rows, HEADING, lang):
        check(sentence, rows)
        assert sentence.text.endswith("。" if lang == "zh" else ".")


def test_what_they_say() -> None:
    verdicts, gap, grounds = (sentence.text for sentence in closing_sentences(sample_rows(), HEADING, "zh"))
    assert "模型测算的5项目标中，基期已达到1项（T32）" in verdicts
    assert "开发区生产总值（T01）预计为11804亿元（按不变价计算），目标为14000亿元，预计到2023年方能达到" in verdicts
    assert "工业增加值（T03）" in verdicts
    assert "营业收入超千亿元开发区（T06），2020年预计为6个，目标为14个，相差8个" in gap
    assert "开发区生产总值（T01），要如期实现，2016—2020年需年均增长8.74%，本情景为5.09%" in gap
    assert "单次运行，未给出概率，模型未经历史检验" in grounds
    assert "情景设定1项、趋势外推1项、未纳入测算3项" in grounds
    assert "有5项用到推算的开发区数据，推算部分占62%至100%" in grounds
    assert "（T01）" in grounds


@pytest.mark.parametrize(("history", "words"), [("passed", "已通过历史检验"), ("failed", "仅供参考")])
def test_the_test_against_history_is_told(history: str, words: str) -> None:
    heading = replace(HEADING, history=history)  # type: ignore[arg-type]
    assert words in closing_sentences(sample_rows(), heading, "zh")[2].text


@pytest.mark.parametrize("lang", LANGS)
def test_extremes(lang: Language) -> None:
    met = [row(verdict="met", value_2020=14100.0, sensitive=False, reconstructed_share=None)]
    outside = [r for r in sample_rows() if r.basis == "outside"]
    for rows in ([], met, outside, sample_rows()[:1]):
        for sentence in closing_sentences(rows, HEADING, lang):
            check(sentence, rows)
    assert "0" not in numbers_in(closing_sentences(met, HEADING, lang)[1].text)


def test_a_long_list_of_ids_is_cut() -> None:
    rows = [row(id=f"T{i:02d}") for i in range(1, 12)]
    text = closing_sentences(rows, HEADING, "zh")[0].text
    assert "11项（T01、T02、T03、T04、T05、T06等）" in text


@pytest.mark.parametrize("lang", LANGS)
def test_every_price_basis_and_verdict_has_words(lang: Language) -> None:
    for prices in PRICES:
        for verdict in VERDICTS:
            rows = [row(price_basis=prices, verdict=verdict)]
            check(closing_sentences(rows, HEADING, lang)[0], rows)


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_relative_gap_is_a_share_of_the_bound(value: float, bound: float) -> None:
    found = relative_gap(row(value_2020=value, target_low=bound))
    assert found == pytest.approx(abs(value - bound) / bound)
    assert relative_gap(row(value_2020=None)) == 0
