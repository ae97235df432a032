"""Cells of a CSV file, the same in every table that we write.

Numbers stand as Python writes them (the shortest text that reads back to the same number), truth as 0 or 1,
an empty cell where there is nothing. A *text* that a spreadsheet would take for a formula (it begins with
``= + - @`` or a control character and is longer than a sign alone) gets an apostrophe in front.
"""

from __future__ import annotations

import math

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell_text(value: object) -> str:
    """The text of a cell; see the head of the module.

    >>> [cell_text(value) for value in (2 / 3, 3.0, float("nan"), ">=", "=", "@x", ("a", "b"))]
    ['0.6666666666666666', '3.0', '', '>=', '=', "'@x", 'a; b']
    """
    if hasattr(value, "item"):  # a scalar of numpy, whose repr names its type
        value = value.item()
    if isinstance(value, tuple | list):
        value = "; ".join(str(part) for part in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return repr(value) if math.isfinite(value) else ""
    text = str(value)
    risky = text.startswith(_FORMULA) and len(text) > 1
    return f"'{text}" if risky or text.startswith("'") else text
