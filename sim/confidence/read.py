"""``confidence.toml`` of a bundle: read, and every name in it looked up in the bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sim import dims
from sim.bundle import Bundle
from sim.confidence.spec import FILE, NO_FILE, Confidence, Named, Ratio, Table
from sim.errors import InputError, Problem
from sim.model.mdl_text import constants_of
from sim.nearest import nearest
from sim.scenario.check import lever_value
from sim.scenario.types import Clock
from sim.toml_places import read_toml
from sim.toml_values import Spot, closed, refuse

_KINDS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("parts", "whole", "stock", "inflows", "outflows", "variable", "of", "over", "under"), "variable")
    | dict.fromkeys(("shares", "signed"), "variable")
    | dict.fromkeys(("output", "totals", "main"), "output")
    | {"elasticity": "constant", "league": "league"}
)
"""Keys whose text, or each text of whose list, is a name."""

_TABLES: Mapping[str, str] = MappingProxyType(
    {"constants": "constant", "times": "constant", "copies": "constant", "drivers": "driver", "growth": "driver",
     "series": "series"}
)  # fmt: skip
"""Tables whose keys are names."""


def read_confidence(bundle: Bundle) -> Confidence:
    """What a bundle tells of itself for the tests of confidence; nothing where it has no such file.

    Raises
    ------
    InputError
        With every problem of the file: what the schema doesn't know, and every name that the bundle doesn't have.

    >>> from sim.bundle import load_bundle
    >>> from pathlib import Path
    >>> read_confidence(load_bundle(Path("models/inner-mongolia"))).elsewhere.within
    1e-06
    """
    path = bundle.path / FILE
    if not path.is_file():
        return NO_FILE
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    read = closed(root, Confidence, problems)
    _Names(bundle, problems).check(root)
    if problems or read is None:
        raise InputError(sorted(map(_suggested, problems), key=_line))
    return read


def check_names(bundle: Bundle, root: Spot, problems: list[Problem]) -> None:
    """Look up every name that a file of the same vocabulary holds, and note those that the bundle doesn't have."""
    _Names(bundle, problems).check(root)


def _suggested(problem: Problem) -> Problem:
    """An unknown key deep in the file gets the nearest word of the whole schema."""
    if problem.code != "unknown_key" or problem.suggestion:
        return problem
    tables: list[type[Table]] = [Confidence, *Table.__subclasses__(), *Named.__subclasses__(), *Ratio.__subclasses__()]
    words = {word for table in tables for word in table.model_fields}
    return replace(problem, suggestion=nearest(str(problem.values["key"]), words))


def _line(problem: Problem) -> int:
    return (problem.place and problem.place.line) or 0


@dataclass(frozen=True)
class _Names:
    """Looks up every name of the file; what has the wrong type is passed over, for the schema has told it."""

    bundle: Bundle
    problems: list[Problem]

    def check(self, spot: Spot) -> None:
        """A table or an array, and all that is in it."""
        if isinstance(spot.value, list):
            for index in range(len(spot.value)):
                self.check(spot.child(index))
        if not isinstance(spot.value, dict):
            return
        for inner in spot.children():
            if inner.name in _KINDS:
                self._texts(inner, self._known(_KINDS[inner.name]))
            elif inner.name in ("levers", "full") and isinstance(inner.value, dict):
                self._levers(inner)
            elif inner.name in _TABLES and isinstance(inner.value, dict):
                self._keys(inner, _TABLES[inner.name])
            else:
                self.check(inner)
        if spot.value.get("league"):
            self._by_park(spot)

    def _by_park(self, table: Spot) -> None:
        """What is taken of one league alone must differ by park."""
        with_parks = {e.name for e in self.bundle.entries if dims.PARK in e.subscripts}
        known = set(self._known("variable"))
        for side in table.children():
            if side.name not in ("over", "under") or not isinstance(side.value, list):
                continue
            for inner in (side.child(i) for i in range(len(side.value))):
                if isinstance(inner.value, str) and inner.value in known - with_parks:
                    refuse(self.problems, inner, "confidence_no_park")

    def _known(self, kind: str) -> Iterable[str]:
        names: Mapping[str, Callable[[], Iterable[str]]] = {
            "variable": lambda: [e.name for e in self.bundle.entries if not e.is_subscript],
            "output": lambda: self.bundle.outputs,
            "league": lambda: dims.LEAGUES,
            "constant": lambda: constants_of(self.bundle.entries),
            "driver": lambda: self.bundle.drivers,
            "series": lambda: [driver.variable for driver in self.bundle.drivers.values()],
        }
        return names[kind]()

    def _texts(self, spot: Spot, known: Iterable[str]) -> None:
        options = set(known)
        spots = [spot.child(i) for i in range(len(spot.value))] if isinstance(spot.value, list) else [spot]
        for inner in spots:
            if isinstance(inner.value, str) and inner.value and inner.value not in options:
                refuse(self.problems, inner, "confidence_unknown", nearest(inner.value, options))

    def _keys(self, table: Spot, kind: str) -> None:
        known = set(self._known(kind))
        for inner in table.children():
            if inner.name not in known:
                values = {"found": f'"{inner.name}"'}
                refuse(self.problems, inner, "confidence_unknown", nearest(inner.name, known), **values)
            elif table.name == "copies":
                self._texts(inner, known)
            elif table.name == "drivers":
                self._texts(inner, self.bundle.drivers[inner.name].paths)

    def _levers(self, table: Spot) -> None:
        clock = Clock()
        for inner in table.children():
            lever = self.bundle.levers.get(inner.name)
            if lever is None:
                values = {"found": f'"{inner.name}"'}
                near = nearest(inner.name, self.bundle.levers)
                refuse(self.problems, inner, "confidence_unknown", near, **values)
            else:
                lever_value(inner, lever, clock, self.problems)
