"""``parameters.toml`` of a bundle: every constant with value, unit, range, meaning and source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from sim.errors import InputError, Problem
from sim.toml_places import read_toml
from sim.toml_values import ELEMENTS, Closed, Said, Spot, by_element, closed, number, refuse
from sim.words.catalogue import Language
from sim.words.sources import reliability_text, source_text

Distribution = Literal["uniform", "triangular", "normal", "lognormal", "fixed"]
Range = Literal["absolute", "factor"]
Origin = Literal["published", "derived", "reconstructed", "assumed"]
Numbers = float | Mapping[str, Any]
"""One number for all elements, or a mapping by element, nested in the order of the dims."""

FILE = "parameters.toml"


@dataclass(frozen=True)
class Parameter:
    """One constant of the model file.

    Parameters
    ----------
    name
        Name of the variable in the model file.
    value
        One number, or a (nested) mapping by element of ``dims``.
    low, high
        Range in the parameter's own unit: one number for all elements, or of the shape of ``value``.
    source_zh
        The source in Chinese words; "" where the file has none.
    relative
        Whether the file gives the range as factors of the value (``range = "factor"``): then elements keep
        their proportions.
    """

    name: str
    value: Numbers
    dims: tuple[str, ...]
    units: str
    low: Numbers
    high: Numbers
    distribution: Distribution
    meaning_en: str
    meaning_zh: str
    source: str
    reliability: str
    origin: Origin
    relative: bool = False
    source_zh: str = ""

    def meaning(self, lang: Language) -> str:
        """What it stands for."""
        return self.meaning_zh if lang == "zh" else self.meaning_en

    def source_in(self, lang: Language) -> str:
        """The source; English that has no Chinese words is marked in Chinese."""
        return source_text(self.source, lang, self.source_zh)

    def reliability_in(self, lang: Language) -> str:
        """How far the source carries."""
        return reliability_text(self.reliability, lang)


class _ParameterTable(Closed):
    value: Any
    dims: list[str] = Field(default_factory=list)
    units: Said
    range: Range = "absolute"
    low: Any
    high: Any
    distribution: Distribution
    meaning_en: Said
    meaning_zh: Said
    source: Said
    source_zh: Said | None = None
    reliability: Said
    origin: Origin


class _File(Closed):
    parameter: dict[str, Any]


def read_parameters(path: Path) -> Mapping[str, Parameter]:
    """Read a ``parameters.toml``: parameters by name, in the order of the file.

    Raises
    ------
    InputError
        With every problem of the file; a parameter without unit, range, meaning or source is one.

    >>> read_parameters(Path("models/inner-mongolia/parameters.toml"))["capital elasticity"].value
    0.5
    """
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    parameters = {}
    if closed(root, _File, problems):
        for spot in root.child("parameter").children():
            parameter = _parameter(spot, problems)
            if parameter:
                parameters[parameter.name] = parameter
    if problems:
        raise InputError(problems)
    return MappingProxyType(parameters)


def element(numbers: Numbers, *names: str) -> float:
    """The number for one element; a plain number holds for every element.

    >>> element({"metals": {"SO2": 2.0}}, "metals", "SO2"), element(0.5, "metals")
    (2.0, 0.5)
    """
    for name in names:
        if not isinstance(numbers, Mapping):
            break
        numbers = numbers[name]
    if isinstance(numbers, Mapping):
        raise KeyError(f"{names} names no single number")
    return float(numbers)


def each(numbers: Numbers, *names: str) -> Iterator[tuple[tuple[str, ...], float]]:
    """Every number with the names of its element.

    >>> list(each({"metals": 1.0, "services": 2.0}))
    [(('metals',), 1.0), (('services',), 2.0)]
    """
    if isinstance(numbers, Mapping):
        for name, inner in numbers.items():
            yield from each(inner, *names, name)
    else:
        yield names, float(numbers)


def _parameter(spot: Spot, problems: list[Problem]) -> Parameter | None:
    read = closed(spot, _ParameterTable, problems)
    names = _dims(spot, problems)
    numbers: dict[str, Numbers | None] = {"value": None, "low": None, "high": None}
    for key in numbers:  # also where the rest of the table is wrong: all mistakes at once
        if names is not None and key in spot.value:
            numbers[key] = by_element(spot.child(key), names, number, problems)
    value, low, high = numbers["value"], numbers["low"], numbers["high"]
    if read is None or names is None or value is None or low is None or high is None:
        return None
    if read.range == "factor":
        low, high = _times(value, low), _times(value, high)
    if read.distribution != "fixed":
        _check_width(spot, read.distribution, names, low, high, problems)
    for inner, middle, lowest, highest in outside(value, low, high):
        wrong = Spot(spot.toml, (*spot.keys, "value", *inner), middle)
        refuse(problems, wrong, "range_order", low=lowest, value=middle, high=highest)
    return Parameter(
        name=spot.name,
        value=value,
        dims=names,
        units=read.units,
        low=low,
        high=high,
        distribution=read.distribution,
        meaning_en=read.meaning_en,
        meaning_zh=read.meaning_zh,
        source=read.source,
        reliability=read.reliability,
        origin=read.origin,
        relative=read.range == "factor",
        source_zh=read.source_zh or "",
    )


def _check_width(
    spot: Spot, drawn: Distribution, names: tuple[str, ...], low: Numbers, high: Numbers, problems: list[Problem]
) -> None:
    """Refuse ranges that nothing can be drawn from: none of the elements has a width, or one has no logarithm."""
    elements = list(product(*(ELEMENTS[name] for name in names)))
    least, most = ([element(one, *labels) for labels in elements] for one in (low, high))
    if least == most:
        stays = 'distribution = "fixed"'
        refuse(problems, spot.child("low"), "range_empty", stays, name=spot.name, low=least[0], high=most[0])
    if drawn == "lognormal" and min(least) <= 0:
        refuse(problems, spot.child("low"), "range_lognormal", name=spot.name, low=f"{min(least):g}")


def _dims(spot: Spot, problems: list[Problem]) -> tuple[str, ...] | None:
    """The dimensions of a parameter's table, or None where they or the table make no sense."""
    names = spot.value.get("dims", []) if isinstance(spot.value, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None  # the closed schema has said so
    if any(name not in ELEMENTS for name in names):
        refuse(problems, spot.child("dims"), "unknown_dims", dims=", ".join(ELEMENTS))
        return None
    return tuple(names)


def _times(value: Numbers, factor: Numbers) -> Numbers:
    if isinstance(value, Mapping):
        names = {name: factor[name] if isinstance(factor, Mapping) else factor for name in value}
        return MappingProxyType({name: _times(value[name], inner) for name, inner in names.items()})
    return element(value) * element(factor)


def outside(
    value: Numbers, low: Numbers, high: Numbers, *names: str
) -> Iterator[tuple[tuple[str, ...], float, float, float]]:
    """Every element whose value is not within its range: names, value, low, high.

    >>> list(outside({"metals": 1.0, "services": 3.0}, 0.0, 2.0))
    [(('services',), 3.0, 0.0, 2.0)]
    """
    tables = [numbers for numbers in (value, low, high) if isinstance(numbers, Mapping)]
    if tables:
        for name in tables[0]:
            middle, lowest, highest = (n[name] if isinstance(n, Mapping) else n for n in (value, low, high))
            yield from outside(middle, lowest, highest, *names, name)
    elif not element(low) <= element(value) <= element(high):
        yield names, element(value), element(low), element(high)
