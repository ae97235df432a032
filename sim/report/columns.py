"""Columns of a plain-text table: widths that fit 100 cells, a header with its rule, spanning headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.report.width import Align, cells, pad, plain

WIDTH = 100
"""Cells that no table exceeds."""

_LEAST = 12  # cells that a column of words keeps as long as another can give way


@dataclass(frozen=True)
class Column:
    """A column: its heading and its cells (plain text), its side, whether it gives way if room is short.

    >>> Column("目标", [">=14000"], "right").natural
    7
    """

    head: str
    body: Sequence[str]
    align: Align = "left"
    gives_way: bool = False

    @property
    def natural(self) -> int:
        """Cells of its widest text."""
        return max(cells(text) for text in (self.head, *self.body))


def widths_of(columns: Sequence[Column]) -> list[int]:
    """Natural widths; beyond 100 cells the widest column that gives way loses a cell at a time.

    >>> widths_of([Column("", ["x" * 80], gives_way=True), Column("", ["y" * 40])])
    [59, 40]
    """
    widths = [column.natural for column in columns]
    while sum(widths) + len(widths) - 1 > WIDTH:
        candidates = [i for i, c in enumerate(columns) if c.gives_way and widths[i] > _LEAST]
        widest = max(candidates or range(len(columns)), key=lambda i: widths[i])
        widths[widest] -= 1
    return widths


def _line(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = (pad(t, w, c.align) for t, w, c in zip(texts, widths, columns, strict=True))
    return " ".join(padded).rstrip()


def table(columns: Sequence[Column]) -> tuple[list[str], list[str]]:
    """Header with its rule, and one line per row.

    >>> table([Column("id", ["T01"]), Column("n", ["10"], "right")])
    (['id   n', '------'], ['T01 10'])
    """
    widths = widths_of(columns)
    rule = "-" * (sum(widths) + len(widths) - 1)
    head = [_line([column.head for column in columns], columns, widths), rule]
    count = len(columns[0].body)
    return head, [_line([column.body[i] for column in columns], columns, widths) for i in range(count)]


def spanning(left: Sequence[Column], parts: Mapping[str, Sequence[Column]]) -> list[str]:
    r"""A table whose columns right of ``left`` stand in groups, each under a heading of its own.

    >>> parts = {"A": [Column("n", ["10"])], "B": [Column("n", ["9"])]}
    >>> print("\n".join(spanning([Column("id", ["T01"])], parts)))
        A  B
    id  n  n
    --------
    T01 10 9
    """
    columns = [*left, *(column for part in parts.values() for column in part)]
    widths = widths_of(columns)
    used = len(left)
    heads = [" " * (sum(widths[:used]) + used - 1)]
    for name, part in parts.items():
        heads.append(pad(plain(name), sum(widths[used : used + len(part)]) + len(part) - 1))
        used += len(part)
    head, body = table(columns)
    return [" ".join(heads).rstrip(), *head, *body]
