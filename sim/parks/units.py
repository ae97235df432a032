"""Units as people write them in a header: which they are, and the factor to the park table's own unit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sim.parks.columns import Quantity

FACTORS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "money": {"元": 1e-8, "千元": 1e-5, "万元": 1e-4, "百万元": 1e-2, "千万元": 0.1, "亿元": 1.0}
        | {"亿": 1.0, "亿元人民币": 1.0, "万元人民币": 1e-4, "1e8 cny": 1.0, "1e4 cny": 1e-4},
        "usd": {
            "美元": 1e-8,
            "万美元": 1e-4,
            "百万美元": 1e-2,
            "千万美元": 0.1,
            "亿美元": 1.0,
            "1e8 usd": 1.0,
        },
        "land": {
            "平方公里": 1.0,
            "平方千米": 1.0,
            "km2": 1.0,
            "sq km": 1.0,
            "公顷": 0.01,
            "ha": 0.01,
            "hm2": 0.01,
        }
        | {"万亩": 20.0 / 3.0, "亩": 1.0 / 1500.0, "mu": 1.0 / 1500.0}
        | {"平方米": 1e-6, "m2": 1e-6, "万平方米": 0.01, "万m2": 0.01},
        "people": {"万人": 1.0, "千人": 0.1, "人": 1e-4, "persons": 1e-4, "1e4 persons": 1.0},
        "count": {"户": 1.0, "家": 1.0, "个": 1.0, "firms": 1.0},
        "share": {"%": 0.01, "1": 1.0, "小数": 1.0},
        "years": {"年": 1.0, "years": 1.0},
    }
)
"""Factor to 亿元, 亿美元, km², 万人, firms, a fraction of 1, years."""

MUST_BE_SAID = ("money", "usd", "land", "people")
"""Quantities whose unit is never guessed: two usual ones differ by a factor of up to ten thousand."""

_KIND_OF = {unit: kind for kind, units in FACTORS.items() for unit in units}
_BRACKETS = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
_YEAR = re.compile(r"(19|20)\d\d\s*(年末|年底|年度|年)?")


@dataclass(frozen=True)
class HeaderText:
    """A header cell taken apart: the name, and the units found in or after it.

    >>> split_header("2015年主营业务收入（亿元）")
    HeaderText(name='主营业务收入', units=('亿元',))
    """

    name: str
    units: tuple[str, ...]


def units_in(text: str) -> tuple[str, ...]:
    """Every known unit in a text of nothing but units, () if there is anything else.

    >>> units_in("亿元、万人"), units_in("万元/亿元"), units_in("截至年末")
    (('亿元', '万人'), ('万元', '亿元'), ())
    """
    text = unicodedata.normalize("NFKC", text).replace("㎞", "km").strip().lower()
    text = re.sub(r"^单位\s*[:：]?\s*", "", text)
    words = [word.strip() for word in re.split(r"[、,，;；/或]|\s{2,}", text) if word.strip()]
    return tuple(words) if words and all(word in _KIND_OF for word in words) else ()


def split_header(text: str) -> HeaderText:
    """Name and units of a header cell; years are dropped."""
    text = unicodedata.normalize("NFKC", text)
    units: list[str] = []
    for inside in _BRACKETS.findall(text):
        found = units_in(inside)
        if found:
            units += found
            text = re.sub(r"[(\[【〔]" + re.escape(inside) + r"[)\]】〕]", "", text)
    tail = re.split(r"[\n,，:：/]", text)
    if len(tail) == 2 and units_in(tail[1]):
        units += units_in(tail[1])
        text = tail[0]
    text = re.sub(r"[(\[]\s*[)\]]", "", _YEAR.sub("", text))
    return HeaderText(re.sub(r"\s+", "", text) if not text.isascii() else text.strip(), tuple(units))


def of_quantity(units: tuple[str, ...], quantity: Quantity) -> tuple[str, ...]:
    """Those of the units that measure this quantity, each factor once.

    >>> of_quantity(("亿元", "万人"), "people")
    ('万人',)
    """
    factors = FACTORS.get(quantity, {})
    return tuple({factors[unit]: unit for unit in reversed(units) if unit in factors}.values())[::-1]
