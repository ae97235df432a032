"""Numbers for the eye: how many digits a table or a sentence shows. Data files get unrounded numbers."""

from __future__ import annotations

import math


def shown(value: float | None) -> str:
    """About three significant digits, no exponent below a thousand million, ``-`` where there is no number.

    >>> shown(9209.4), shown(34.56), shown(0.01234), shown(2.0), shown(None), shown(1234567.0)
    ('9209', '34.6', '0.0123', '2', '-', '1234567')
    """
    if value is None or not math.isfinite(value):
        return "-"
    size = abs(value)
    if size >= 1e9:
        return f"{value:.3e}"
    if value == round(value) or size >= 100:
        return f"{value:.0f}" if round(value) != 0 else "0"
    if size >= 1:
        return f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    return _trimmed(value, 2 - math.floor(math.log10(size)))


def signed(value: float | None) -> str:
    """As :func:`shown`, with the sign of a difference.

    >>> signed(3.0), signed(-0.25), signed(0.0), signed(None)
    ('+3', '-0.25', '0', '-')
    """
    text = shown(value)
    return f"+{text}" if value is not None and value > 0 and text not in ("-", "0") else text


def progress(value: float | None, met: bool) -> str:
    """Progress in per cent, whole; more digits where rounding would say 100 of something that is not reached.

    >>> progress(63.4, False), progress(99.7, False), progress(99.97, False), progress(100.0, True)
    ('63', '99.7', '99.97', '100')
    """
    if value is None or not math.isfinite(value):
        return "-"
    if abs(value) >= 1000:
        return ">999" if value > 0 else "<-999"
    for digits in range(4):
        text = f"{value:.{digits}f}"
        if met or value >= 100 or float(text) < 100:
            return "0" if float(text) == 0 else text
    return "<100"


def percent(share: float) -> str:
    """A share in per cent with one decimal; never 0 or 100 where it is neither.

    >>> percent(37.24), percent(0.02), percent(99.98), percent(0.0), percent(100.0)
    ('37.2', '<0.1', '>99.9', '0.0', '100.0')
    """
    written = f"{share:.1f}"
    if written == "0.0" and share > 0:
        return "<0.1"
    return ">99.9" if written == "100.0" and share < 100 else written


def _trimmed(value: float, digits: int) -> str:
    text = f"{value:.{min(digits, 12)}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
