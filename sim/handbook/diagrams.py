"""The diagrams of the page, each no wider than the page: fewer variables are shown until it fits."""

from __future__ import annotations

from collections.abc import Callable

from sim.handbook import content
from sim.handbook.content import Content
from sim.handbook.layout import arrange
from sim.handbook.picture import Direction, Picture
from sim.handbook.subject import Subject
from sim.words.catalogue import Language, catalogue, text

PAGE = 960.0
"""Width of the page in pixels: A4 lying, with a margin."""

TALL = 820.0
"""Height in pixels that can still be read when it is made to fit a printed page."""
_MOST = (14, 12, 10, 8, 6, 4, 2, 0)


def sector_name(group: str, lang: Language) -> str:
    """The name of a group of the model file; its own where the catalogues have none.

    >>> sector_name("Land", "zh"), sector_name("Something new", "zh"), sector_name("", "en")
    ('土地', 'Something new', 'no group')
    """
    return catalogue(lang).get(f"handbook.sector.{group.lower()}", group) or text(lang, "handbook.no_group")


def fitted(title: str, made: Callable[[int], Content], directions: tuple[Direction, ...]) -> Picture | None:
    """The diagram with the most variables that fits the page; None where there is nothing to draw.

    Parameters
    ----------
    made
        Gives the content for a number of variables at most.
    """
    picture = None
    for most in _MOST:
        boxes = made(most)
        if not boxes.wires:
            continue
        for direction in directions:
            picture = arrange(title, boxes.boxes, boxes.wires, direction)
            if picture.width <= PAGE and picture.height <= TALL:
                return picture
    return picture  # too large even with nothing but stocks and flows: it is shown smaller


def stock_flow(subject: Subject, group: str, lang: Language) -> Picture | None:
    """The stocks and flows of a sector."""
    title = text(lang, "handbook.stock_flow_title", group=sector_name(group, lang))
    return fitted(title, lambda most: content.stock_flow(subject, group, most, lang), ("LR", "TB"))


def causal(subject: Subject, group: str, lang: Language, feedback: frozenset[str]) -> Picture | None:
    """The feedback of a sector."""
    title = text(lang, "handbook.causal_title", group=sector_name(group, lang))
    return fitted(title, lambda most: content.causal(subject, group, most, lang, feedback), ("TB", "LR"))


def overview(subject: Subject, lang: Language) -> Picture | None:
    """The sectors and what passes between them: of many sectors only the arrows that stand for most variables."""
    names = {group: sector_name(group, lang) for group in subject.groups}
    return fitted(
        text(lang, "handbook.overview"),
        lambda most: content.overview(subject, names, 1 + _MOST.index(most)), ("LR", "TB"),
    )  # fmt: skip
