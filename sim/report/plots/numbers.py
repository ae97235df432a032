"""Numbers as they stand in a figure: grouped in English, plain in Chinese, never rounded across a bound."""

from __future__ import annotations

import math
from typing import Final

from sim.words.catalogue import Language

NOTHING: Final = "–"


def known(value: float | None) -> float:
    """``value``, or NaN for ``None``.

    >>> known(None)
    nan
    """
    return math.nan if value is None else float(value)


def digits_for(value: float) -> int:
    """Decimals that leave about three significant figures.

    >>> [digits_for(x) for x in (1234.5, 12.34, 1.234, 15.0)]
    [0, 1, 2, 0]
    """
    if not math.isfinite(value) or value == round(value):
        return 0
    size = abs(value)
    return 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3


def number(value: float, lang: Language, digits: int | None = None, *, sign: bool = False) -> str:
    """``value`` as text; a dash where it is not known.

    >>> number(12345.6, "en"), number(12345.6, "zh"), number(-0.5, "zh", 1, sign=True)
    ('12,346', '12346', '-0.5')
    >>> number(float("nan"), "en")
    '–'
    """
    if not math.isfinite(value):
        return NOTHING
    places = digits_for(value) if digits is None else digits
    shown = f"{value:{'+' if sign else ''}{',' if lang == 'en' else ''}.{places}f}"
    if float(shown.replace(",", "")) == 0:
        shown = shown.lstrip("+-")
    # In Chinese fonts the true minus is as wide as a character; the hyphen is what official tables use.
    return shown.replace("-", "\N{MINUS SIGN}") if lang == "en" else shown


def against(value: float, bound: float, lang: Language) -> str:
    """``value`` with as many decimals as it takes to stay on its own side of ``bound``.

    >>> against(13999.8, 14000.0, "zh"), against(13500.2, 14000.0, "zh"), against(14.0, 14.0, "zh")
    ('13999.8', '13500', '14')
    """
    if not math.isfinite(value) or not math.isfinite(bound):
        return number(value, lang)
    start = digits_for(value)
    for digits in range(start, start + 4):
        rounded = round(value, digits)
        if (rounded < bound, rounded > bound) == (value < bound, value > bound):
            return number(value, lang, digits)
    return number(value, lang, start)
