"""XML of strangers as a small tree with lines: no entities of its own, no document type, bounds on size and depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_BYTES, MOST_NODES, DEEPEST = 50_000_000, 2_000_000, 100
_SKIPPED = ("views", "view", "model_units", "style", "prefs", "interface")


class XmlError(Exception):
    """What is wrong with a file: a code of the catalogue, the line, and values."""

    def __init__(self, code: str, line: int, **values: object) -> None:
        super().__init__(code)
        self.code, self.line, self.values = code, line, values


@dataclass
class Node:
    """An element; names are without their namespace."""

    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Node]:
        """Children with one of these names."""
        return (child for child in self.children if child.tag in tags)

    def first(self, tag: str) -> Node | None:
        """The first child of that name."""
        return next(self.all(tag), None)

    def said(self, tag: str) -> str:
        """The text of the first child of that name; empty if there is none."""
        child = self.first(tag)
        return child.text.strip() if child else ""


def parse_xml(raw: bytes) -> Node:
    """The tree of a file; what only draws (views, units, styles) is left out.

    Raises
    ------
    XmlError
        If the file is no XML, declares a document type, or is too large or too deep.

    >>> parse_xml(b"<a><b x='1'>t</b></a>").children[0].attributes
    {'x': '1'}
    """
    if len(raw) > MOST_BYTES:
        raise XmlError("xml_too_large", 1, limit=MOST_BYTES // 1_000_000)
    return _Builder().parse(raw)


class _Builder:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.root = Node("", {}, 0)
        self.trail = [self.root]
        self.count, self.skipped = 0, 0

    def parse(self, raw: bytes) -> Node:
        try:
            self.parser.Parse(raw, True)
        except expat.ExpatError as error:
            raise XmlError("xml_broken", error.lineno, reason=expat.ErrorString(error.code)) from None
        except (ValueError, LookupError):  # an encoding that nobody knows
            raise XmlError("xml_broken", 1, reason="encoding") from None
        return self.root.children[0]

    def _refuse(self, *_: object) -> None:
        raise XmlError("xml_doctype", self.parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2].lower()
        if self.skipped or tag in _SKIPPED:
            self.skipped += 1
            return
        self.count += 1
        if self.count > MOST_NODES or len(self.trail) > DEEPEST:
            raise XmlError("xml_too_large", self.parser.CurrentLineNumber, limit=MOST_BYTES // 1_000_000)
        own = {key.rpartition(" ")[2].lower(): value for key, value in attributes.items()}
        node = Node(tag, own, self.parser.CurrentLineNumber)
        self.trail[-1].children.append(node)
        self.trail.append(node)

    def _end(self, _: str) -> None:
        if self.skipped:
            self.skipped -= 1
        else:
            self.trail.pop()

    def _said(self, text: str) -> None:
        if not self.skipped:
            self.trail[-1].text += text
