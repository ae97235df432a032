"""What a document is made of, whatever format it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sim.words.catalogue import Language
from sim.words.punctuation import full_width


@dataclass(frozen=True)
class Heading:
    """A heading.

    Parameters
    ----------
    level
        0 is the title of the document.
    """

    words: str
    level: Literal[0, 1, 2, 3] = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of running text; a ``small`` one is for notes and sources."""

    words: str
    small: bool = False


@dataclass(frozen=True)
class Items:
    """A list, one line each."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Grid:
    """A three-line table (三线表): rules above and below its head and at its end.

    Parameters
    ----------
    title
        Stands above the table, after its number.
    heads
        Words of the head, one for each column.
    rows
        Texts and numbers; a row of one text alone is a subheading across the table.
    unit
        The unit that all numbers share, at the top right; "" where columns name their own.
    notes
        Under the table.
    widths
        Relative widths of the columns.
    small
        Whether in the small type of long tables.
    numbers
        Places of columns that are set flush right.
    whole
        Places of columns that a narrow screen must not cut.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    unit: str = ""
    notes: Sequence[str] = ()
    widths: Sequence[float] = ()
    small: bool = False
    numbers: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A figure; its caption stands below, after its number.

    Parameters
    ----------
    path
        A PNG with its resolution.
    width_mm
        Width on the page; a narrower type area narrows it.
    notes
        Note and source, under the caption.
    goes_on
        Whether this is a further page of the figure before it, whose number it bears.
    """

    path: Path
    caption: str
    width_mm: float
    notes: Sequence[str] = ()
    goes_on: bool = False


Block = Heading | Paragraph | Items | Grid | Picture


@dataclass(frozen=True)
class Document:
    """A whole document.

    Parameters
    ----------
    blocks
        In the order of reading; the first is its title.
    lang
        Language of its labels, fonts and page.
    facts
        What the file itself says of where it comes from (run id, versions), by name: in Word among the properties.
    """

    blocks: Sequence[Block]
    lang: Language
    facts: dict[str, str]

    @property
    def title(self) -> str:
        """Words of the title."""
        return next((block.words for block in self.blocks if isinstance(block, Heading)), "")


def in_print(document: Document) -> Document:
    """The document with the punctuation of its language in print, wherever its parts come from."""
    if document.lang != "zh":
        return document
    return replace(document, blocks=[_chinese(block) for block in document.blocks])


def _chinese(block: Block) -> Block:
    match block:
        case Heading() | Paragraph():
            return replace(block, words=full_width(block.words))
        case Items():
            return Items(_each(block.lines))
        case Picture():
            return replace(block, caption=full_width(block.caption), notes=_each(block.notes))
        case Grid():
            return replace(
                block, title=full_width(block.title), heads=_each(block.heads), unit=full_width(block.unit),
                rows=[_each(row) for row in block.rows], notes=_each(block.notes),
            )  # fmt: skip


def _each(lines: Sequence[str]) -> list[str]:
    return [full_width(line) for line in lines]
