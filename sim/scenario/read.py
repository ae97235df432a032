"""Read a scenario file with all its parents, and lay out what each of them sets, key by key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sim.errors import InputError, Place, Problem
from sim.nearest import nearest
from sim.toml_places import PlacedToml, nearest_file, read_toml
from sim.toml_values import Spot, refuse, refuse_unknown, table, text

OWN = ("name", "name_zh", "description", "description_zh")
"""What a file says about itself alone: its children must not go under its name."""

SHARED = ("information_until", "bundle", "lang", "reported_base")
TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "clock": ("start", "end", "step", "method"),
        "uncertainty": ("runs", "seed", "design", "redraw_parks", "tables", "joint",
                        "drivers", "implementation", "draws"),
        "drivers": (),
        "parameters": (),
    }
)
"""Tables of one level and their keys; the keys of drivers and parameters are the bundle's."""

TOP = (*OWN, *SHARED, "extends", "policy", *TABLES)
"""Every key at the top of a scenario file."""

NOT_READ = {"toml_missing", "toml_is_folder", "toml_unreadable"}
"""Codes that say that a file is not there, as against what stands in it."""

Leaves = dict[tuple[str, ...], Spot]
"""What is set, by path of keys: ``("clock", "end")``, ``("policy", "land_threshold", "national")``."""


@dataclass
class _Walk:
    """State of reading a family: finished files in order, parents first."""

    problems: list[Problem]
    done: dict[Path, PlacedToml | None] = field(default_factory=dict)
    chain: list[Path] = field(default_factory=list)


def read_family(path: Path, problems: list[Problem]) -> list[PlacedToml]:
    """The files of a scenario, parents before children and each only once, the asked-for file last.

    A file that two parents share comes before both, so that what one of them changes is not undone by the
    other. Files that cannot be read are left out and noted.
    """
    walk = _Walk(problems)
    _visit(path, walk, None)
    return [toml for toml in walk.done.values() if toml]


def _visit(path: Path, walk: _Walk, named: Spot | None) -> None:
    """Read ``path``, which the entry ``named`` of a child's ``extends`` asked for."""
    real = path.resolve()
    if named is not None and real in walk.chain:
        cycle = [*walk.chain[walk.chain.index(real) :], real]
        refuse(walk.problems, named, "circular_extends", cycle=" → ".join(file.name for file in cycle))
        return
    if real in walk.done:
        return
    if named is not None and not path.is_file():
        refuse(walk.problems, named, "parent_missing", nearest_file(path), file=str(path))
        return
    toml = _read(path, walk.problems)
    if toml:
        walk.chain.append(real)
        for entry in parents(toml, walk.problems):
            parent = Path(os.path.normpath(path.parent / entry.value))
            _visit(parent, walk, entry)
        walk.chain.pop()
    walk.done[real] = toml


def _read(path: Path, problems: list[Problem]) -> PlacedToml | None:
    try:
        return read_toml(path)
    except InputError as error:
        there = not {problem.code for problem in error.problems} & NOT_READ
        if path.suffix.lower() != ".toml" and there:  # its lines would only be noise
            problems.append(Problem(Place(path), "not_toml", {"file": str(path)}))
        else:
            problems.extend(error.problems)
        return None


def parents(toml: PlacedToml, problems: list[Problem]) -> list[Spot]:
    """The entries of ``extends``: a list of files, or a single one."""
    if "extends" not in toml.data:
        return []
    spot = Spot.root(toml).child("extends")
    if isinstance(spot.value, str):
        return [spot] if path_text(spot, problems) else []
    if not isinstance(spot.value, list):
        refuse(problems, spot, "expected_files")
        return []
    return [entry for entry in map(spot.child, range(len(spot.value))) if path_text(entry, problems)]


def path_text(spot: Spot, problems: list[Problem]) -> str | None:
    r"""A path; ``"models\new"`` in double quotes silently holds a line break, which no path does."""
    value = text(spot, problems)
    if value is not None and not value.isprintable():
        escapes = {"\n": "/n", "\t": "/t", "\b": "/b", "\f": "/f", "\r": "/r"}
        refuse(problems, spot, "path_escape", "".join(escapes.get(char, char) for char in value))
        return None
    if value is not None and any(len(part.encode()) > 255 for part in Path(value).parts):
        refuse(problems, spot, "path_long")  # the system would refuse to look for it
        return None
    return value


def lay_out(files: list[PlacedToml], problems: list[Problem]) -> Leaves:
    """What the family sets, key by key: a later file wins over an earlier one, the own over its parents."""
    leaves: Leaves = {}
    for toml in files:
        root = Spot.root(toml)
        for spot in root.children():
            name = spot.name
            if name in OWN:
                if toml is files[-1]:
                    leaves[(name,)] = spot
            elif name in SHARED:
                leaves[(name,)] = spot
            elif name in TABLES:
                _lay_out_table(spot, leaves, problems)
            elif name == "policy":
                _lay_out_policies(spot, leaves, problems)
            elif name != "extends":
                refuse_unknown(problems, spot, TOP)
    return leaves


def _lay_out_table(spot: Spot, leaves: Leaves, problems: list[Problem]) -> None:
    known = TABLES[spot.name]
    if table(spot, problems) is None:
        return
    for inner in spot.children():
        if known and inner.name not in known:
            refuse_unknown(problems, inner, known)
        else:
            leaves[spot.name, inner.name] = inner


def _lay_out_policies(spot: Spot, leaves: Leaves, problems: list[Problem]) -> None:
    if table(spot, problems) is None:
        return
    for policy in spot.children():
        if isinstance(policy.value, dict) and policy.value:
            for lever in policy.children():
                leaves["policy", policy.name, lever.name] = lever
        else:  # kept as it is: whether the name or the value is wrong needs the bundle to tell
            leaves["policy", policy.name] = policy


def suggest(word: str, *groups: list[str]) -> str:
    """The name that ends in ``word``, else the nearest of the first group that has one near.

    >>> suggest("coverage", ["mergers"], ["circular_retrofit.coverage"])
    'circular_retrofit.coverage'
    """
    exact = [name for group in groups for name in group if name.split(".")[-1] == word]
    return next((found for found in (*exact, *(nearest(word, group) for group in groups)) if found), "")
