"""``loops.toml`` of a bundle: the named feedback loops, checked link by link against the equations."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from pydantic import Field

from sim.errors import InputError, Place, Problem
from sim.model.causes import Causes
from sim.model.equations import plain
from sim.nearest import nearest
from sim.toml_places import read_toml
from sim.toml_values import Closed, Said, Spot, closed, number, refuse
from sim.words.catalogue import Language

FILE = "loops.toml"
Sign = Literal["+", "-", "?"]
SIGNS = ("+", "-", "?")
_CODE = re.compile(r"[RB][1-9]\d?")


@dataclass(frozen=True)
class Link:
    """One link of a loop: a variable, the next one, the sign of the effect, and where that is written."""

    cause: str
    effect: str
    sign: Sign
    place: Place


@dataclass(frozen=True)
class Loop:
    """A feedback loop.

    Parameters
    ----------
    code
        ``R`` (reinforcing) or ``B`` (balancing) and a number.
    links
        In their order; the last one ends where the first begins.
    off
        By parameter the value that cuts the loop.
    """

    code: str
    name_zh: str
    name_en: str
    links: tuple[Link, ...]
    off: Mapping[str, float]
    note_zh: str = ""
    note_en: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the chain."""
        return tuple(link.cause for link in self.links)

    def name(self, lang: Language) -> str:
        """Its name for people."""
        return self.name_zh if lang == "zh" else self.name_en

    def note(self, lang: Language) -> str:
        """What a reader should know about it."""
        return self.note_zh if lang == "zh" else self.note_en


@dataclass(frozen=True)
class Absent:
    """A loop that models of this kind usually have and this one lacks, with the reason."""

    code: str
    name_zh: str
    name_en: str
    reason_zh: str
    reason_en: str

    def name(self, lang: Language) -> str:
        """Its name for people."""
        return self.name_zh if lang == "zh" else self.name_en

    def reason(self, lang: Language) -> str:
        """Why it is not there, or what is missing."""
        return self.reason_zh if lang == "zh" else self.reason_en


@dataclass(frozen=True)
class Loops:
    """The loops of a model by code, those that it has and those that it lacks."""

    present: Mapping[str, Loop]
    absent: Mapping[str, Absent]


class _LoopTable(Closed):
    name_zh: Said
    name_en: Said
    chain: list[Any] = Field(min_length=2)
    off: dict[str, Any]
    note_zh: str = ""
    note_en: str = ""


class _AbsentTable(Closed):
    name_zh: Said
    name_en: Said
    reason_zh: Said
    reason_en: Said


class _File(Closed):
    loop: dict[str, Any]
    absent: dict[str, Any] = Field(default_factory=dict)


def read_loops(path: Path, model: Causes, parameters: Collection[str]) -> Loops:
    """Read a ``loops.toml``; nothing where there is no such file.

    Parameters
    ----------
    model
        The equations; every link must be a way in them that passes no other stock and no other variable of the loop.
    parameters
        Names of ``parameters.toml``.

    Raises
    ------
    InputError
        With every problem of the file, each at its line.
    """
    if not path.is_file():
        return Loops(MappingProxyType({}), MappingProxyType({}))
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    present: dict[str, Loop] = {}
    absent: dict[str, Absent] = {}
    if closed(root, _File, problems):
        for spot in root.child("loop").children():
            loop = _loop(spot, model, parameters, problems)
            if loop:
                present[loop.code] = loop
        for spot in root.child("absent").children() if "absent" in root.value else ():
            _check_code(spot, problems)
            if spot.name in root.value["loop"]:
                refuse(problems, spot, "loop_both", loop=spot.name)
            read = closed(spot, _AbsentTable, problems)
            if read:
                absent[spot.name] = Absent(spot.name, read.name_zh, read.name_en, read.reason_zh, read.reason_en)
    if problems:
        raise InputError(problems)
    return Loops(MappingProxyType(present), MappingProxyType(absent))


def ways(model: Causes, link: Link, loop: Collection[str]) -> list[tuple[str, ...]]:
    """The shortest ways that a link stands for: through auxiliaries that the loop doesn't name, and never a stock."""
    stocks = {name for name, node in model.nodes.items() if node.is_stock}
    return model.paths(link.cause, link.effect, stocks | {*loop})


def _loop(spot: Spot, model: Causes, parameters: Collection[str], problems: list[Problem]) -> Loop | None:
    before = len(problems)
    _check_code(spot, problems)
    read = closed(spot, _LoopTable, problems)
    if read is None:
        return None
    links = _links(spot.child("chain"), model, problems)
    off = dict(_switches(spot.child("off"), parameters, problems))
    loop = Loop(spot.name, read.name_zh, read.name_en, links, MappingProxyType(off), read.note_zh, read.note_en)
    if len(problems) == before:
        _check(spot, loop, model, problems)
    return loop


def _check_code(spot: Spot, problems: list[Problem]) -> None:
    if not _CODE.fullmatch(spot.name):
        refuse(problems, spot, "loop_code", loop=spot.name)


def _links(spot: Spot, model: Causes, problems: list[Problem]) -> tuple[Link, ...]:
    known = {plain(name): name for name in model.nodes}
    found: list[tuple[str, Sign, Place]] = []
    for index in range(len(spot.value)):
        inner = spot.child(index)
        if not isinstance(inner.value, list) or len(inner.value) != 2 or inner.value[1] not in SIGNS:
            refuse(problems, inner, "loop_step")
            continue
        name = known.get(plain(str(inner.value[0])), "")
        if not name:
            refuse(problems, inner, "loop_variable", nearest(str(inner.value[0]), model.nodes), name=inner.value[0])
        elif name in [earlier for earlier, _, _ in found]:
            refuse(problems, inner, "loop_twice", name=name)
        else:
            found.append((name, cast(Sign, inner.value[1]), inner.place))
    return tuple(Link(one[0], other[0], one[1], one[2]) for one, other in pairwise([*found, *found[:1]]))


def _switches(spot: Spot, parameters: Collection[str], problems: list[Problem]) -> Iterator[tuple[str, float]]:
    for inner in spot.children():
        if inner.name not in parameters:
            refuse(problems, inner, "loop_parameter", nearest(inner.name, parameters), name=inner.name)
            continue
        value = number(inner, problems)
        if value is not None:
            yield inner.name, value


def _check(spot: Spot, loop: Loop, model: Causes, problems: list[Problem]) -> None:
    """Every link is in the equations, and the signs make the loop what its letter says."""
    for link in loop.links:
        if not ways(model, link, loop.variables):
            problems.append(Problem(link.place, "loop_link", {"cause": link.cause, "effect": link.effect}))
    signs = [link.sign for link in loop.links]
    if "?" not in signs and (signs.count("-") % 2 == 0) != (loop.code[0] == "R"):
        refuse(problems, spot, "loop_polarity", loop=loop.code, count=signs.count("-"))
