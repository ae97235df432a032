"""Elements of the page. Text is only ever put into elements, so that the serialiser escapes all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from sim.words.catalogue import Language, text

Child = str | Element
Content = Child | Iterable[Child] | None
"""What may stand in an element: text, elements, several of both, or nothing."""


def tag(kind: str, /, *content: Content, **attributes: str) -> Element:
    """An element with its content; ``class_`` and ``for_`` stand for ``class`` and ``for``.

    >>> from xml.etree.ElementTree import tostring
    >>> tostring(tag("p", "a < b ", tag("b", "c"), class_="note"), encoding="unicode")
    '<p class="note">a &lt; b <b>c</b></p>'
    """
    element = Element(kind, {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value})
    for child in flat(content):
        if isinstance(child, Element):
            element.append(child)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + child
        else:
            element.text = (element.text or "") + child
    return element


def flat(content: Iterable[Content]) -> Iterable[Child]:
    """The parts of a content one by one."""
    for part in content:
        if isinstance(part, str | Element):
            yield part
        elif part is not None:
            yield from part


@dataclass(frozen=True)
class Speech:
    """The languages of the page: one, or both with everything said twice and one of them hidden."""

    langs: tuple[Language, ...]

    def say(self, key: str, /, **values: object) -> list[Child]:
        """A text of the catalogues in each language."""
        return self.each(lambda lang: text(lang, f"handbook.{key}", **values))

    def origin(self, of: str) -> list[Child]:
        """Where a number comes from, in the words of all reports."""
        return self.each(lambda lang: text(lang, f"origin.{of}"))

    def each(self, content: Callable[[Language], Content]) -> list[Child]:
        """What ``content`` gives for each language.

        >>> [part.get("class") for part in Speech(("zh", "en")).each(lambda lang: lang)], Speech(("en",)).each(str)
        (['l-zh', 'l-en'], ['en'])
        """
        if len(self.langs) == 1:
            return list(flat([content(self.langs[0])]))
        return [tag("span", content(lang), class_=f"l-{lang}", lang=lang) for lang in self.langs]

    def basis(self, of: str) -> list[Child]:
        """What a target rests on, in the words of all reports."""
        return self.each(lambda lang: text(lang, f"basis.{of}"))

    def pair(self, zh: str, en: str) -> list[Child]:
        """A text of the bundle in each language."""
        return self.each(lambda lang: zh if lang == "zh" else en)

    def blocks(self, content: Callable[[Language], Content]) -> list[Child]:
        """The same for what is no part of a sentence: figures, paragraphs."""
        if len(self.langs) == 1:
            return list(flat([content(self.langs[0])]))
        return [tag("div", content(lang), class_=f"l-{lang}", lang=lang) for lang in self.langs]


def table(heads: Sequence[Content], rows: Iterable[Element], class_: str = "") -> Element:
    """A table with a head that is repeated on every printed page."""
    head = tag("thead", tag("tr", *[tag("th", cell, scope="col") for cell in heads]))
    return tag("div", tag("table", head, tag("tbody", rows), class_=class_), class_="scroll")


def row(*cells: Content, id: str = "") -> Element:
    """A row of a table."""
    return tag("tr", *[tag("td", cell) for cell in cells], id=id)


def code(content: Content) -> Element:
    """Text in the letters of an equation."""
    return tag("code", content)
