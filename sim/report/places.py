"""Where something stands in the plan, in words of a language; the bundle gives places in the plan's own numerals."""

from __future__ import annotations

import re

from sim.words.catalogue import Language, text

_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
_PART = re.compile(r"第([一二三四五六七八九十]+)(章|节)")


def place_in(place: str, lang: Language) -> str:
    """A place in the plan; one that isn't made of chapters and sections stays as it is.

    >>> place_in("第三章第一节、第三节", "en"), place_in("第三章第一节", "zh"), place_in("附表", "en")
    ('ch. 3, sec. 1, sec. 3', '第三章第一节', '附表')
    """
    parts = _PART.findall(place)
    if lang == "zh" or not parts or _PART.sub("", place).strip("、,; "):
        return place
    kinds = {"章": "chapter", "节": "section"}
    return ", ".join(text(lang, f"table.{kinds[kind]}", number=_number(written)) for written, kind in parts)


def _number(written: str) -> int:
    """A number in Chinese numerals, up to 99.

    >>> _number("九"), _number("十二"), _number("二十")
    (9, 12, 20)
    """
    tens, ten, ones = written.rpartition("十")
    return (_DIGITS[tens] if tens else 1) * 10 * bool(ten) + (_DIGITS[ones] if ones else 0)
