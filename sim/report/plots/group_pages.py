"""Rows in groups of the plan on as many pages as they need; a group stays whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

PAGE_MM = 200.0
"""Height of rows that a page of A4 holds beside the head, the legend and a caption."""

LARGEST_MM = 210.0
"""Where whole groups make a page taller than this, there is one page more."""

GROUP_MM = 5.0
"""Height of a group's title."""


Page = TypeVar("Page")


class Tall(Protocol):
    """A row that knows how tall it is."""

    @property
    def height(self) -> float:
        """Height in millimetres."""


Row = TypeVar("Row", bound=Tall)


def groups_mm(groups: Mapping[str, Sequence[Tall]]) -> float:
    """Height of groups with their titles, in millimetres."""
    return sum(GROUP_MM + sum(line.height for line in lines) for lines in groups.values())


def pages_of_groups(groups: Mapping[str, list[Row]]) -> list[dict[str, list[Row]]]:
    """Groups by page, the pages about equally full and none over-full; at least one page."""
    number = max(1, math.ceil(groups_mm(groups) / PAGE_MM))
    pages = _shared(groups, number)
    while number < len(groups) and max(map(groups_mm, pages)) > LARGEST_MM:
        number += 1
        pages = _shared(groups, number)
    return pages


def _shared(groups: Mapping[str, list[Row]], number: int) -> list[dict[str, list[Row]]]:
    share = groups_mm(groups) / number
    pages: list[dict[str, list[Row]]] = [{}]
    for title, lines in groups.items():
        with_it = groups_mm(pages[-1] | {title: lines})
        if pages[-1] and len(pages) < number and with_it - share > share - groups_mm(pages[-1]):
            pages.append({})
        pages[-1][title] = lines
    return pages


def by_page(code: str, pages: Sequence[Page]) -> dict[str, Page]:
    """Pages by the stem of their files.

    >>> by_page("compare-ridges", ["first", "second"])
    {'compare-ridges': 'first', 'compare-ridges-2': 'second'}
    """
    return {code if place == 1 else f"{code}-{place}": page for place, page in enumerate(pages, start=1)}
