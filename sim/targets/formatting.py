"""Write a value so that it never seems to say the opposite of its verdict."""

from __future__ import annotations

import math

from sim.targets.verdict import Rule, holds

_MOST_DIGITS = 9


def format_value(
    value: float | None,
    target_low: float | None,
    comparator: str,
    met: bool,
    target_high: float | None = None,
) -> str:
    """Round a value for a table, with more digits where rounding would contradict the verdict.

    Parameters
    ----------
    value
        ``None`` or undefined gives "-".
    target_low, target_high
        The bar; for ``<=`` and ``<`` it is ``target_high`` (or ``target_low`` where only that is given).
    comparator
        One of `sim.targets.verdict.COMPARATORS`.
    met
        Whether the exact value satisfies it.

    >>> format_value(13999.7, 14000, ">=", met=False)
    '13999.7'
    >>> format_value(14210.3, 14000, ">=", met=True)
    '14210'
    """
    if value is None or not math.isfinite(value):
        return "-"
    if comparator in ("<=", "<") and target_high is None:
        target_low, target_high = None, target_low
    rule = Rule("level", comparator, target_low, target_high)
    judged = target_low is not None or target_high is not None
    start = 0 if abs(value) >= 100 or value == round(value) else 1 if abs(value) >= 10 else 2
    for digits in range(start, _MOST_DIGITS + 1):
        written = f"{value:.{digits}f}"
        if not judged or holds(rule, float(written)) == met:
            return _without_minus_zero(written)
    return repr(value)


def _without_minus_zero(written: str) -> str:
    return written.removeprefix("-") if float(written) == 0 else written
