"""How wide the columns of a table are: as asked for, but no word broken where there is room."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

from sim.document.blocks import Grid

_BREAKS = re.compile(r"\s+|(?<=[-/,;:])")
_NARROW = frozenset("iIjlrtf.,:;'|()[]!- ")


def widths_of(grid: Grid, room: float, size: float, margin: float) -> list[float]:
    """Widths in points that sum to ``room``.

    Parameters
    ----------
    size
        Of the type, in points.
    margin
        Room that a cell keeps free on both sides together.

    >>> grid = Grid("", ["Id", "Unit"], [["T17", "incubators"]], widths=(4, 1))
    >>> [round(width) for width in widths_of(grid, 100, 6, 5)]
    [61, 39]
    """
    shares = list(grid.widths) or [1.0] * len(grid.heads)
    asked = [room * share / sum(shares) for share in shares]
    least = [min(margin + size * longest, room / 2) for longest in _longest(grid)]
    if sum(least) >= room:
        return asked
    lacking = sum(max(0.0, need - width) for need, width in zip(least, asked, strict=True))
    spare = sum(max(0.0, width - need) for need, width in zip(least, asked, strict=True))
    kept = 1 - lacking / spare if spare else 1.0
    return [need + max(0.0, width - need) * kept for need, width in zip(least, asked, strict=True)]


def _longest(grid: Grid) -> list[float]:
    """The longest word of each column, in widths of a Chinese character; the head is bold."""
    longest = [1.08 * _word(head) for head in grid.heads]
    for row in grid.rows:
        if len(row) > 1:
            longest = [max(most, _word(cell)) for most, cell in zip(longest, row, strict=True)]
    return longest


def _word(words: str) -> float:
    return max((_length(part) for word in _BREAKS.split(words) for part in _parts(word)), default=0.0)


def _parts(word: str) -> list[str]:
    """Chinese breaks after every character."""
    return re.findall(r"[\u2e80-\u9fff\uff00-\uffef]|[^\u2e80-\u9fff\uff00-\uffef]+", word)


def _length(word: str) -> float:
    """Width of a word in widths of a Chinese character, in a wide font.

    >>> _length("亿"), round(_length("T01"), 2)
    (1.0, 1.98)
    """
    return sum(_letter(letter) for letter in word)


def _letter(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.38
    return 0.84 if letter in "mwMW+<>≥≤" else 0.7 if letter.isupper() else 0.64  # digits of the widest fonts of offices
