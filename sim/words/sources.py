"""Where an input comes from, in words of a language: sources are one text each, reliability and units have words."""

from __future__ import annotations

import re

from sim.words.catalogue import Language, catalogue, text
from sim.words.units import units_of

_STANDARD = {
    "assumed": "assumed", "assumed; no source found": "assumed_none", "numerical bound": "bound",
    "assumed; the plan gives no base": "assumed_no_base",
}  # fmt: skip
"""Sources that say no more than how the value came about."""

_BEGINNINGS = {
    "assumed by industry": "by_industry", "assumed": "assumed",
    "numerical bound": "bound", "numerical choice": "choice",
}  # fmt: skip

_FIRST = re.compile(rf"({'|'.join(_BEGINNINGS)})[;:,] ")
"""How a longer source begins; what follows is its own text."""

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"\b[a-z]{2,}(?:[ ,;:]+[a-z]{2,}){2}\b")
"""Three English words in a row: such a text is not Chinese, even if it names a Chinese document."""


def source_text(source: str, lang: Language, chinese: str = "") -> str:
    """A source: in Chinese the bundle's own words, else those for a standard one, else the English, marked as such.

    >>> source_text("assumed; no source found", "zh"), source_text("assumed; land take", "zh")
    ('设定,未找到出处', '设定(英文原文:land take)')
    >>> source_text("assumed: land take", "en"), source_text("内政办发〔2017〕11号", "zh")
    ('assumed: land take', '内政办发〔2017〕11号')
    >>> source_text("as assumed in 内政办发〔2017〕11号", "zh")
    '英文原文:as assumed in 内政办发〔2017〕11号'
    >>> source_text("assumed: land take", "zh", "设定:征地")
    '设定:征地'
    """
    if lang == "en":
        return source
    if chinese:
        return chinese
    if source in _STANDARD:
        return text(lang, f"explain.sources_said.{_STANDARD[source]}")
    if source.startswith("plan "):
        return text(lang, "explain.sources_said.plan") + source.removeprefix("plan ")
    if (_CHINESE.search(source) and not _ENGLISH.search(source)) or " " not in source:  # a title, or the name of a file
        return source
    first = _FIRST.match(source)
    if first is None:
        return text(lang, "explain.sources_said.only_english", words=source)
    rest = text(lang, "explain.sources_said.english", words=source[first.end() :])
    return text(lang, f"explain.sources_said.{_BEGINNINGS[first[1]]}") + rest


def reliability_text(reliability: str, lang: Language) -> str:
    """A reliability in words; one that has none stays as it is.

    >>> reliability_text("low-medium", "zh"), reliability_text("my own", "zh")
    ('中偏低', 'my own')
    """
    return catalogue(lang).get(f"explain.reliability.{reliability.replace(' ', '_').replace('-', '_')}", reliability)


def unit_text(units: str, lang: Language) -> str:
    """Units of a model file in words.

    >>> unit_text("Dmnl", "zh"), unit_text("CNY100M/Year", "zh"), unit_text("1/Year", "en")
    ('无量纲', '亿元/年', '1/yr')
    """
    return text(lang, "figure.unit.none") if units in ("", "Dmnl") else units_of(units, lang)
