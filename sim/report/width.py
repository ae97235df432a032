"""Display width: Chinese characters take two cells of a terminal, and tables must line up in all of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

Align = Literal["left", "right"]

# Characters that GBK lacks, or that take one cell here and two there: tables use the plain ones.
_PLAIN = {
    "\u00a0": " ",
    "\u00b0": " deg",
    "\u00b2": "2",
    "\u00b3": "3",
    "\u00b7": "-",
    "\u00d7": "x",
    "\u2013": "-",
    "\u2014": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2026": "..",
    "\u2030": " per mille",
    "\u2082": "2",
    "\u2093": "x",
    "\u2192": "->",
    "\u2212": "-",
    "\u2248": "~",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2713": "+",
    "\u2717": "x",
    "\u00e9": "e",
    "\u3000": "  ",
}
_TABLE = str.maketrans(_PLAIN)


def plain(text: str) -> str:
    """``text`` in characters whose width every terminal agrees on; line breaks and tabs become blanks.

    >>> plain("≥ 80 m²…")
    '>= 80 m2..'
    """
    return " ".join(text.translate(_TABLE).split("\n")).replace("\t", " ").replace("\r", " ")


@lru_cache(maxsize=20_000)
def cells(text: str) -> int:
    """Number of terminal cells: two for East-Asian wide and full-width characters, none for combining ones.

    >>> cells("GDP亿元")
    7
    """
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def truncate(text: str, width: int) -> str:
    """At most ``width`` cells; what was cut is marked with two points.

    >>> truncate("开发区生产总值", 10)
    '开发区生..'
    """
    if cells(text) <= width:
        return text
    mark = ".."[: max(width, 0)]
    kept, used = "", cells(mark)
    for character in text:
        used += _cell(character)
        if used > width:
            break
        kept += character
    return kept + mark


def pad(text: str, width: int, align: Align = "left") -> str:
    """Exactly ``width`` cells: filled with blanks, cut if too long.

    >>> pad("亿元", 6, "right"), pad("GDP", 5)
    ('  亿元', 'GDP  ')
    """
    cut = truncate(text, width)
    blanks = " " * (width - cells(cut))
    return blanks + cut if align == "right" else cut + blanks


def pack(parts: Iterable[str], width: int, separator: str = "  ", indent: str = "") -> list[str]:
    """Lines that hold as many whole parts as fit; a part longer than a line is wrapped.

    >>> pack(["a 口径敏感", "e 趋势外推"], 12)
    ['a 口径敏感', 'e 趋势外推']
    """
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]}{separator}{part}" if lines else part
        if lines and cells(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(f"{indent}{part}" if lines else part)
    return [cut for line in lines for cut in wrap(line, width, indent)]


_NEVER_FIRST = frozenset(",.;:!?)]}、。,;:!?)》”%")


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most ``width`` cells, broken at blanks and between Chinese characters.

    >>> wrap("所需年均增速 8.7%,情景 6.1%", 16, "  ")
    ['所需年均增速', '  8.7%,情景 6.1%']
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if cells((line + piece).rstrip()) <= width or not line.strip():
            line += piece
        else:
            lines.append(line.rstrip())
            line = indent + piece.lstrip()
        while cells(line.rstrip()) > width:  # one piece longer than a line is cut
            head = _prefix(line, width)
            rest = line[len(head) :]
            lines.append(head)
            line = indent + rest if len(head) > len(indent) else rest
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _prefix(text: str, width: int) -> str:
    """As many characters as fit, and at least one."""
    used = 0
    for number, character in enumerate(text):
        used += _cell(character)
        if used > width and number:
            return text[:number]
    return text


def _pieces(text: str) -> list[str]:
    """The text cut wherever a line may end."""
    pieces: list[str] = []
    for character in text:
        last = pieces[-1][-1] if pieces else ""
        wide = _cell(character) == 2 or (last != "" and _cell(last) == 2)
        breaks = (wide and character not in _NEVER_FIRST) or (character == " ") != (last == " ")
        if character == " " and last != " ":
            breaks = False  # a blank stays with the word before it
        if not pieces or breaks:
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces
