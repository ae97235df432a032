"""Equations for the page: every variable in them leads to its row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sim.handbook.html import Child, tag
from sim.handbook.subject import Explained, Subject
from sim.model.equations import plain

_NAME = re.compile(r'"[^"]*"|[^\W\d]\w*(?:\s+\w+)*')
_LONGEST = 1200
"""Characters of an equation that are shown; a table of numbers may be longer."""


def anchors(subject: Subject) -> dict[str, str]:
    """By variable the name of its row on the page: letters, digits and hyphens, each once."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in subject.variables:
        stem = "v-" + re.sub(r"[^0-9a-z]+", "-", plain(name)).strip("-")
        anchor, number = stem, 2
        while anchor in taken:
            anchor, number = f"{stem}-{number}", number + 1
        taken.add(anchor)
        found[name] = anchor
    return found


def reference(name: str, places: Mapping[str, str], label: str = "") -> Child:
    """A variable's name that leads to its row."""
    return tag("a", label or name, href=f"#{places[name]}") if name in places else label or name


def equation(variable: Explained, places: Mapping[str, str]) -> Iterator[Child]:
    """The equations of a variable, one line each."""
    known = {plain(name): name for name in places}
    for left, right in variable.equations:
        shown = right if len(right) <= _LONGEST else right[:_LONGEST] + " …"
        yield tag("div", tag("code", f"{left} ", _linked(shown, known, places)), class_="equation")


def _linked(right: str, known: Mapping[str, str], places: Mapping[str, str]) -> Iterator[Child]:
    last = 0
    for word in _NAME.finditer(right):
        name = known.get(plain(word.group()))
        if name:
            yield right[last : word.start()]
            yield reference(name, places, word.group())
            last = word.end()
    yield right[last:]
