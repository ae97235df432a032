"""Subscript ranges of a model file: their labels, their mappings, and which of them are the axes of a variable.

They are read from the text itself: the parser in use loses explicit mappings. What axes are called follows PySD, so
that results carry the same names whatever engine made them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sim.errors import Place, Problem
from sim.model.equations import plain
from sim.model.mdl_text import MOST_LABELS, Entry
from sim.nearest import nearest

_NUMBERED = re.compile(r"\(\s*(\w*?[^\W\d_]\w*?)(\d+)\s*-\s*(\w*?[^\W\d_]\w*?)(\d+)\s*\)")
_LABEL = re.compile(r"[^\W\d]\w*(?: \w+)*")
_OUTSIDE_BRACKETS = re.compile(r",(?![^()]*\))")

Box = tuple[tuple[str, ...], ...]
"""Elements of a variable: along each axis some labels."""


@dataclass
class Ranges:
    """The subscript ranges of a model.

    Parameters
    ----------
    labels
        By range, in the order of the file.
    mappings
        By range (plain name) and range that it is mapped to (plain name) the label of the first for each label of
        the second.
    """

    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mappings: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ranges = {plain(name): name for name in self.labels}
        spelled: dict[str, str] = {}
        for labels in self.labels.values():
            for label in labels:
                spelled.setdefault(plain(label), label)
        self._labels = spelled

    def range(self, name: str) -> str | None:
        """The range of that name, as the file spells it."""
        return self._ranges.get(plain(name))

    def label(self, name: str) -> str | None:
        """The label of that name, as the file spells it first."""
        return self._labels.get(plain(name))

    def meant(self, subscript: str) -> tuple[str, ...]:
        """The labels that a subscript on a left side stands for; empty if there is none of that name."""
        known = self.range(subscript)
        if known is not None:
            return self.labels[known]
        label = self.label(subscript)
        return () if label is None else (label,)

    def place_names(self, subscripts: Sequence[str]) -> list[str]:
        """By subscript of a left side the range that it belongs to; empty if each has one of its own already.

        >>> Ranges({"d": ("A", "B"), "e": ("A", "B", "C")}).place_names(["d", "B"])
        ['d', 'e']
        """
        mentioned = {self.range(subscript) for subscript in subscripts}
        names: list[str] = []
        for subscript in subscripts:
            name = self.range(subscript)
            if name is None:
                label = self.label(subscript)
                fits = (r for r, labels in self.labels.items() if label in labels and r not in mentioned | set(names))
                name = next(fits, "")
            names.append(name)
        return names

    def axes(self, lefts: Sequence[Sequence[str]]) -> tuple[str, ...]:
        """Axes of a variable, from the left sides of all its equations: what PySD 3.14.3 calls them.

        A range that one of the equations names and that holds exactly the labels of all, else the first range of the
        file with exactly these labels, else the first that holds them. Where all such ranges are axes already, a new
        one with a number is made.

        >>> Ranges({"d": ("A", "B", "C"), "e": ("A", "C")}).axes([["A"], ["C"]])
        ('e',)
        """
        names = [self.place_names(left) for left in lefts]
        found: list[str] = []
        for place in range(len(lefts[0])):
            together = {label for left in lefts for label in self.meant(left[place])}
            here = [row[place] for row in names if row[place]]
            others = {row[other] for row in names for other in range(len(row)) if other != place}
            exact = [name for name in here if set(self.labels[name]) == together]
            exact += [name for name, labels in self.labels.items() if set(labels) == together and name not in others]
            wider = [name for name, labels in self.labels.items() if together <= set(labels) and name not in others]
            found.append((exact + wider + [""])[0] or self._another(together))
        return tuple(found)

    def _another(self, together: set[str]) -> str:
        name = next((name for name, labels in self.labels.items() if set(labels) == together), "")
        if not name:
            return ""
        number = 1
        while f"{name}{number}" in self.labels:
            number += 1
        another = f"{name}{number}"
        self.labels[another] = self.labels[name]
        self._ranges[plain(another)] = another
        return another

    def position(self, name: str) -> tuple[float, ...]:
        """The number that a label (one) or a range (one for each label) stands for in an expression.

        It is the place in the widest range that holds it, counted from one.

        >>> Ranges({"d": ("A", "B", "C"), "e": ("C", "B")}).position("e")
        (3.0, 2.0)
        """
        meant = self.meant(name)
        found: tuple[float, ...] = ()
        for over, labels in self.labels.items():
            if self._is_main(over) and set(meant) <= set(labels):
                found = tuple(labels.index(label) + 1.0 for label in meant)
        return found

    def _is_main(self, name: str) -> bool:
        """Whether no other range holds this one; of equal ones the first in the alphabet."""
        mine = set(self.labels[name])
        return not any(
            mine < set(labels) or (mine == set(labels) and other != name and plain(other) < plain(name))
            for other, labels in self.labels.items()
        )


def simple_ranges(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A model text whose ranges are simple entries, and the pairs of ranges that it declares to be the same.

    ``B <-> A`` becomes ``B : A``, and the mapping ``-> (B: b2, b1)`` becomes ``-> (B, b2, b1)``.

    >>> simple_ranges("A: a1, a2 -> (C: c2, c1) ~~| B <-> A ~~|")
    ('A: a1, a2 -> (C, c2, c1) ~~| B : A ~~|', [('B', 'A')])
    """
    pieces, same = text.split("|"), []
    for place, piece in enumerate(pieces):
        entry, rest = piece.split("~", 1) if "~" in piece else (piece, "")
        if "=" in entry or "~" not in piece:
            continue
        left, equivalent, right = entry.partition("<->")
        if equivalent:
            same.append((" ".join(left.replace("{UTF-8}", "").split()), " ".join(right.split())))
            entry = f"{left}:{right}"
        labels, arrow, mappings = entry.partition("->")
        pieces[place] = f"{labels}{arrow}{mappings.replace(':', ',')}~{rest}"
    return "|".join(pieces), same


def read_ranges(found: Iterable[Entry], same: Iterable[tuple[str, str]], path: Path) -> tuple[Ranges, list[Problem]]:
    """The ranges of a model file and what is wrong with them.

    Parameters
    ----------
    found
        The entries of the file.
    same
        Pairs of ranges declared to be the same.
    """
    entries = [entry for entry in found if entry.is_subscript]
    problems = [problem for entry in entries for problem in _malformed(entry, path)]
    labels = _spelled_out(entries, problems, path)
    if problems:
        return Ranges(), problems
    ranges = Ranges(labels)
    for entry in entries:
        for target, elements in _mappings(entry):
            problem = _map(ranges, entry, target, elements, path)
            if problem:
                problems.append(problem)
    for one, other in same:
        as_it_is = {label: label for label in ranges.meant(one)}
        for source, target in ((one, other), (other, one)):
            ranges.mappings.setdefault(plain(source), {})[plain(target)] = as_it_is
    return ranges, problems


def _spelled_out(entries: Sequence[Entry], problems: list[Problem], path: Path) -> dict[str, tuple[str, ...]]:
    """Labels by range; notes ranges that hold a label twice or too many."""
    own = {plain(entry.name): entry for entry in entries}
    spelled: dict[str, str] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        place = Place(path, entry.line)
        try:  # ranges of ranges of ranges may grow without end
            listed = [spelled.setdefault(plain(x), x) for x in islice(_labels(entry, own), MOST_LABELS)]
        except RecursionError:
            listed = [""] * MOST_LABELS
        labels[entry.name] = tuple(dict.fromkeys(listed))
        if len(listed) == MOST_LABELS:
            problems.append(Problem(place, "model_range", {"name": entry.name, "limit": MOST_LABELS}))
            break
        if len(listed) > len(labels[entry.name]):
            twice = Counter(listed).most_common(1)[0][0]
            problems.append(Problem(place, "model_label_twice", {"name": entry.name, "label": twice}))
    return labels


def _malformed(entry: Entry, path: Path) -> Iterator[Problem]:
    for part in _listed(entry.right.split("->")[0]):
        numbered = _NUMBERED.fullmatch(part)
        if numbered and (numbered[1] != numbered[3] or int(numbered[2]) >= int(numbered[4])):
            yield Problem(Place(path, entry.line), "model_numbered", {"name": entry.name, "text": part})
        elif not numbered and not _LABEL.fullmatch(part):
            yield Problem(Place(path, entry.line), "model_label", {"label": part})


def _labels(entry: Entry, ranges: dict[str, Entry]) -> Iterator[str]:
    """Labels of a range, the ranges in it and the numbered labels spelled out."""
    for part in _listed(entry.right.split("->")[0]):
        numbered = _NUMBERED.fullmatch(part)
        if numbered:
            yield from (f"{numbered[1]}{n}" for n in range(int(numbered[2]), int(numbered[4]) + 1))
        elif plain(part) in ranges:
            yield from _labels(ranges[plain(part)], ranges)
        else:
            yield part


def _listed(text: str) -> list[str]:
    return [" ".join(part.split()) for part in _OUTSIDE_BRACKETS.split(text)] if text.strip() else []


def _mappings(entry: Entry) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Ranges that a range is mapped to, with their elements where those are listed one by one."""
    for part in _listed(entry.right.partition("->")[2]):
        inside = part[1:-1] if part.startswith("(") and part.endswith(")") else part
        target, *elements = _listed(inside) or [""]
        yield target, tuple(elements)


def _map(ranges: Ranges, entry: Entry, target: str, elements: tuple[str, ...], path: Path) -> Problem | None:
    """Note one mapping; a problem if its two sides don't fit together."""
    place = Place(path, entry.line)
    known = ranges.range(target)
    if known is None:
        values = {"name": entry.name, "reference": target}
        return Problem(place, "model_reference", values, nearest(target, ranges.labels))
    sources = ranges.labels[entry.name]
    meant = [ranges.meant(element) for element in elements] or [(label,) for label in ranges.labels[known]]
    pairs = {label: source for source, labels in zip(sources, meant, strict=False) for label in labels}
    if len(sources) != len(meant) or set(pairs) != set(ranges.labels[known]):
        return Problem(place, "model_mapping", {"name": entry.name, "target": known})
    ranges.mappings.setdefault(plain(entry.name), {})[plain(known)] = pairs
    return None


def without(box: Box, left_out: Box) -> list[Box]:
    """A box as boxes that hold everything but ``left_out``.

    >>> without((("A", "B"), ("x", "y")), (("A",), ("x",)))
    [(('B',), ('x', 'y')), (('A',), ('y',))]
    """
    found = []
    for place, labels in enumerate(box):
        rest = tuple(label for label in labels if label not in left_out[place])
        inside = tuple(tuple(x for x in mine if x in out) for mine, out in zip(box[:place], left_out, strict=False))
        piece = (*inside, rest, *box[place + 1 :])
        if all(piece):
            found.append(piece)
    return found
