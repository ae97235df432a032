"""Numbers as a page of an explanation shows them: as many digits in a column as its parts need to add up by eye."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from sim.report.numbers import shown
from sim.schedule import Schedule


def digits_for(values: Iterable[float | None]) -> int:
    """Decimals for numbers that stand under each other.

    >>> digits_for([13110.1, 946.9]), digits_for([3.0, 4.0]), digits_for([0.054]), digits_for([83.5, 11.4])
    (1, 0, 4, 2)
    """
    known = [abs(value) for value in values if value is not None and math.isfinite(value)]
    if all(value == round(value) for value in known):
        return 0
    largest = max(known, default=0.0)
    if largest >= 100:
        return 1
    return 2 if largest >= 1 else min(3 - math.floor(math.log10(largest)), 9) - 1 if largest > 0 else 0


def fixed(value: float | None, digits: int) -> str:
    """A number with so many decimals; ``-`` where there is none.

    >>> fixed(946.938, 1), fixed(None, 1), fixed(-0.0, 1)
    ('946.9', '-', '0.0')
    """
    if value is None or not math.isfinite(value):
        return "-"
    written = f"{value:.{digits}f}"
    return written.removeprefix("-") if float(written) == 0 else written


def percent(part: float | None, whole: float | None) -> str:
    """A part in % of the whole, one decimal.

    >>> percent(1.0, 8.0), percent(1.0, 0.0)
    ('12.5', '-')
    """
    return fixed(100 * part / whole, 1) if part is not None and whole else "-"


def setting(value: object) -> str:
    """What a lever, a driver or a parameter is set to: a number, a word, points by year, or the span of its elements.

    >>> setting(Schedule(((2016, 0.354), (2017, 0.5)))), setting(True), setting({"a": 1.0, "b": {"c": 2.5}})
    ('2016: 0.354, 2017: 0.5', 'true', '1 … 2.5')
    """
    if isinstance(value, Schedule):
        return ", ".join(f"{year}: {number:.6g}" for year, number in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        numbers = [number for inner in value.values() for number in _numbers(inner)]
        low, high = min(numbers), max(numbers)
        return f"{low:.6g}" if low == high else f"{low:.6g} … {high:.6g}"
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _numbers(value: object) -> list[float]:
    if isinstance(value, Mapping):
        return [number for inner in value.values() for number in _numbers(inner)]
    if isinstance(value, Schedule):
        return [number for _, number in value]
    return [float(value)] if isinstance(value, int | float) else []


def number(value: float | None) -> str:
    """A number on its own, about four digits.

    >>> number(997.567), number(0.49735), number(None), number(1662.7)
    ('997.57', '0.4974', '-', '1662.7')
    """
    if value is None or not math.isfinite(value):
        return "-"
    if math.isclose(value, round(value), rel_tol=1e-9, abs_tol=1e-12):  # a sum of decimals misses it by a hair
        return shown(float(round(value)))
    size = abs(value)
    return f"{value:.1f}" if size >= 1000 else f"{value:.2f}" if size >= 10 else f"{value:.4g}"
