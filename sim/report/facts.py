"""Codes of the files in words: what a result says of itself, and values of a scenario."""

from __future__ import annotations

import re

from sim.words.catalogue import Language, catalogue, text

_CLOCK = re.compile(r"(\d+)-(\d+) step (\S+) (\w+)")
_YEAR = re.compile(r"(?<!\d)(\d{4}): ")


def fact(key: str, value: str, lang: Language) -> str:
    """An attribute of a result in words; one that is a name or a number stays as it is.

    >>> fact("clock", "2015-2030 step 0.0625 euler", "en"), fact("run_id", "plan-1a2b3c", "zh")
    ('2015 to 2030, step 0.0625 years, Euler', 'plan-1a2b3c')
    """
    clock = _CLOCK.fullmatch(value) if key == "clock" else None
    if clock:
        method = catalogue(lang).get(f"fact.method.{clock[4]}", clock[4])
        return text(lang, "fact.clock", first=clock[1], last=clock[2], step=clock[3], method=method)
    return catalogue(lang).get(f"fact.{key}.{value}", value)


def setting(value: str, lang: Language) -> str:
    """A value of a scenario as a reader takes it: yes and no, years with their numbers, choices in words.

    >>> setting("true", "en"), setting("2016: 0, 2018: 1", "zh"), setting("150", "zh")
    ('yes', '2016年0，2018年1', '150')
    """
    words = catalogue(lang).get(f"fact.setting.{value}", value)
    if lang == "zh" and _YEAR.match(words):
        return _YEAR.sub(r"\1年", words).replace(", ", "，")
    return words
