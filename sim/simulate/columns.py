"""Names of columns as Vensim writes them, ``stock[park,industry]``, and numbers that a user sets by such names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sim.errors import Place, Problem
from sim.simulate.aligned import Refusal
from sim.simulate.params import REST, find, position
from sim.simulate.variables import Described

_COLUMN = re.compile(r"\s*([^\[\]]+?)\s*(?:\[([^\[\]]*)\])?\s*")


def column_names(variable: Described) -> Iterator[str]:
    """A column for each element, in C order.

    >>> list(column_names(Described("x", "stock", ("park", "year"), (("A", "B"), ("1",)))))
    ['x[A,1]', 'x[B,1]']
    """
    for labels in product(*variable.labels):
        yield f"{variable.name}[{','.join(labels)}]" if labels else variable.name


@dataclass(frozen=True)
class Target:
    """What a column or setting is for: a variable, and one of its elements (labels), or all of it (none)."""

    variable: Described
    labels: tuple[str, ...] = REST


def target_of(text: str, variables: Mapping[str, Described]) -> Target:
    """The target of a name such as ``capital`` or ``capital[P001,metals]``.

    Raises
    ------
    Refusal
        If there is no such variable or element.

    >>> target_of("X[b]", {"x": Described("x", "constant", ("park",), (("A", "B"),))}).labels
    ('B',)
    """
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise Refusal("column_form", {"text": text[:60]})
    variable = find(match[1], variables)
    if isinstance(variable, Problem):
        raise Refusal(variable.code, variable.values, variable.suggestion)
    if variable.kind == "lookup":
        raise Refusal("param_lookup_elements", {"name": variable.name})
    if match[2] is None:
        return Target(variable)
    given = [label.strip() for label in match[2].split(",")]
    if len(given) != len(variable.axes):
        values = {"name": variable.name, "found": ", ".join(given), "expected": ", ".join(variable.dims)}
        raise Refusal("param_element", values)
    places = (position(variable, axis, label) for axis, label in enumerate(given))
    return Target(variable, tuple(names[at] for names, at in zip(variable.labels, places, strict=True)))


def number_of(text: str) -> float | None:
    """The finite number of a cell; ``None`` if it is none. Blanks around it don't matter, separators do.

    >>> number_of(" 1.5e3 "), number_of("1,5"), number_of("nan"), number_of("1_000")
    (1500.0, None, None, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


Given = dict[Target, Any]
"""Numbers, or those of all runs, by target."""


def read_settings(settings: Sequence[str], variables: Mapping[str, Described], problems: list[Problem]) -> Given:
    """Settings ``NAME=NUMBER`` of a command line; what is wrong with them joins ``problems``."""
    found: Given = {}
    for setting in settings:
        name, sign, value = setting.rpartition("=")
        number = number_of(value)
        if not sign or number is None:
            problems.append(Problem(None, "set_form", {"text": setting[:80]}))
            if not sign:
                continue
        try:
            target = target_of(name, variables)
        except Refusal as refusal:
            problems.append(refusal.problem)
            continue
        if target in found:
            problems.append(Problem(None, "set_twice", {"text": name.strip()}))
        found[target] = number
    return found


def merged(first: Given, second: Given, place: Place | None, problems: list[Problem]) -> dict[str, Any]:
    """Two sets of numbers as params by variable; what both hold is a mistake, told at ``place``."""
    for target in first.keys() & second.keys():
        problems.append(Problem(place, "set_twice", {"text": shown(target)}))
    params: dict[str, Any] = {}
    for target, value in (first | second).items():
        params.setdefault(target.variable.name, {})[target.labels] = value
    return {name: parts[REST] if list(parts) == [REST] else parts for name, parts in params.items()}


def shown(target: Target) -> str:
    """A target as a user writes it."""
    return f"{target.variable.name}[{','.join(target.labels)}]" if target.labels else target.variable.name
