"""Names for variables without subscripts: ``capital[P04, coal_chemicals]`` becomes ``capital of coal chemicals``."""

from __future__ import annotations

import re

from sim import dims
from sim.model.equations import plain
from sim.model.ir import Equations, Reduce, Ref
from sim.words.catalogue import Language, catalogue

_ODD = re.compile(r"[^\w &%().,/\-]")
_SUMS = {"sum": "sum", "product": "product", "minimum": "minimum", "maximum": "maximum"}
_WORDS = ("export.label", "figure.pollutant", "figure.tier", "sheet.league")


class ScalarNames:
    """Names of elements, each given once: what would be the same in Vensim gets a number.

    Parameters
    ----------
    taken
        Names that are given already.
    """

    def __init__(self, equations: Equations, taken: tuple[str, ...] = ()) -> None:
        self.equations = equations
        self._given: dict[tuple[str, tuple[int, ...]], str] = {}
        self._taken = {plain(name) for name in taken}

    def labels(self, variable: str, place: tuple[int, ...]) -> list[str]:
        """Labels of an element, that of the park left out."""
        axes = self.equations.variables[variable].axes
        return [
            self.equations.ranges[axis][position]
            for axis, position in zip(axes, place, strict=True)
            if axis != dims.PARK
        ]

    def of(self, variable: str, place: tuple[int, ...]) -> str:
        """The name of an element."""
        key = variable, place
        if key not in self._given:
            self._given[key] = self.free(_named(variable, self.labels(variable, place)))
        return self._given[key]

    def of_sum(self, expression: Reduce, owner: str) -> str:
        """The name of a sum over parks: after the variable that is added up, else after the one that takes it."""
        word = _SUMS[expression.operator]
        if isinstance(expression.body, Ref):
            name, index = expression.body.variable, expression.body.index
            axes = self.equations.variables[name].axes
            labels = [
                self.equations.ranges[axis][one.at(0)]
                for axis, one in zip(axes, index, strict=True)
                if one.axis is None
            ]
            return self.free(f"regional {word} of {_named(name, labels)}")
        return self.free(f"regional {word} for {_bare(owner)}")

    def free(self, name: str) -> str:
        """The name, with a number if another has it; taken from now on."""
        candidate, number = name, 1
        while plain(candidate) in self._taken:
            number += 1
            candidate = f"{name} {number}"
        self._taken.add(plain(candidate))
        return candidate


def _named(variable: str, labels: list[str]) -> str:
    name = _bare(variable)
    return f"{name} of {' '.join(label.replace('_', ' ') for label in labels)}" if labels else name


def _bare(name: str) -> str:
    """A name without quotation marks and signs that no name may hold (made variables begin with one)."""
    return " ".join(_ODD.sub(" ", name.strip('"')).split())


def label_words(label: str, lang: Language) -> str:
    """A label for people: what the catalogue calls it, else the label with blanks."""
    words = catalogue(lang)
    return next((words[f"{table}.{label}"] for table in _WORDS if f"{table}.{label}" in words), label.replace("_", " "))
