"""Variables of a model file as its author wrote them: name, kind, dimensions, unit, documentation, equation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from sim.model.equations import plain
from sim.model.ir import Equations, Kind
from sim.model.mdl_text import Entry

POINT = "point"
"""Dimension of the points of a lookup."""


@dataclass(frozen=True)
class Described:
    """One variable.

    Parameters
    ----------
    dims
        Names of its dimensions: those of the ranges; a range that occurs twice gets ``.2``.
    labels
        By dimension.
    values
        Of a constant its numbers in C order, of a lookup its y, the points innermost; empty if not known.
    points
        Of a lookup the x of its points.
    equation
        Every equation of the variable, one a line.
    line
        Of the first equation in the file; 0 if not known.
    """

    name: str
    kind: Kind
    axes: tuple[str, ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    values: tuple[float, ...] = ()
    points: tuple[float, ...] = ()
    units: str = ""
    documentation: str = ""
    equation: str = ""
    line: int = 0

    @property
    def dims(self) -> tuple[str, ...]:
        """Names for the dimensions of an array.

        >>> Described("trade", "constant", ("park", "park"), (("A",), ("A",))).dims
        ('park', 'park.2')
        """
        return dims_of(self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of labels by dimension."""
        return tuple(len(labels) for labels in self.labels)

    @property
    def cells(self) -> int:
        """Number of elements."""
        return prod(self.shape)


def dims_of(axes: Sequence[str]) -> tuple[str, ...]:
    """Dimensions for axes that run over ranges."""
    counted = [(name, list(axes[: place + 1]).count(name)) for place, name in enumerate(axes)]
    return tuple(name if number == 1 else f"{name}.{number}" for name, number in counted)


@dataclass(frozen=True)
class Written:
    """What the entries of a file say of a variable besides its meaning."""

    name: str
    units: str
    documentation: str
    equation: str
    line: int


def written(found: Iterable[Entry]) -> Mapping[str, Written]:
    """By plain name what the file says; unit and documentation of the first entry that has one.

    >>> from pathlib import Path
    >>> from sim.model.mdl_text import entries
    >>> written(entries("x[a] = 1 ~ km ~| x[b] = 2 ~~ How far. |", Path("m.mdl")))["x"].equation.splitlines()
    ['x[a] = 1', 'x[b] = 2']
    """
    by_name: dict[str, list[Entry]] = {}
    for entry in found:
        if not entry.is_subscript:
            by_name.setdefault(plain(entry.name), []).append(entry)
    return {name: _written(group) for name, group in by_name.items()}


def _written(group: Sequence[Entry]) -> Written:
    lines = [equation_line(entry) for entry in group]
    units = next((entry.units for entry in group if entry.units), "")
    told = next((entry.documentation for entry in group if entry.documentation), "")
    return Written(group[0].name, " ".join(units.split()), told, "\n".join(lines), group[0].line)


def equation_line(entry: Entry) -> str:
    """An entry's left and right side in one line, with its subscripts."""
    left = entry.name + (f"[{', '.join(entry.subscripts)}]" if entry.subscripts else "")
    left += f" {entry.excepted}" if entry.excepted else ""
    right = " ".join(entry.right.split())
    if entry.operator == "(":
        return left + right
    left += f" :{entry.keyword}:" if entry.keyword else ""
    return f"{left}{'' if entry.is_subscript else ' '}{entry.operator} {right}".rstrip()


def of_equations(equations: Equations, found: Iterable[Entry]) -> dict[str, Described]:
    """The variables of translated equations, in the order of the file, without those that translation made."""
    told = written(found)
    described = {}
    for name, variable in equations.variables.items():
        text = told.get(plain(name))
        if variable.made or text is None or plain(name) in CONTROLS:
            continue
        labels = tuple(equations.ranges[axis] for axis in variable.axes)
        described[name] = Described(
            name, variable.kind, variable.axes, labels, variable.values, variable.points,
            text.units, text.documentation, text.equation, text.line,
        )  # fmt: skip
    return described


CONTROLS = ("initial time", "final time", "time step", "saveper")
"""The control section; every Vensim model has these four."""
