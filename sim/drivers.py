"""``drivers.toml`` of a bundle: what is given from outside, with the paths that a scenario may choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from sim.errors import InputError, Problem
from sim.schedule import Schedule
from sim.toml_places import read_toml
from sim.toml_values import ELEMENTS, Closed, Spot, closed, driver_values, refuse
from sim.words.catalogue import Language

Form = Literal["growth", "level"]
Origin = Literal["published", "derived", "reconstructed", "assumed"]

FILE = "drivers.toml"


@dataclass(frozen=True)
class DriverPath:
    """One path of a driver: yearly values, for all or by element, and the year of its newest datum."""

    key: str
    information_until: int
    origin: Origin
    source: str
    note_en: str
    note_zh: str
    values: Schedule | Mapping[str, Schedule]


@dataclass(frozen=True)
class Driver:
    """A driver and its paths; the first path of the file holds where a scenario names none.

    Parameters
    ----------
    variable
        Data variable of the model file.
    dims
        No dimension, or one.
    form
        ``growth``: yearly rates, compounded to an index (2015 = 1); ``level``: yearly values as they are.
    """

    key: str
    variable: str
    dims: tuple[str, ...]
    units: str
    units_zh: str
    form: Form
    name_en: str
    name_zh: str
    paths: Mapping[str, DriverPath]

    @property
    def default(self) -> DriverPath:
        """The path that holds where a scenario names none."""
        return next(iter(self.paths.values()))

    def name(self, lang: Language) -> str:
        """Its name for people."""
        return self.name_zh if lang == "zh" else self.name_en


class _PathTable(Closed):
    information_until: int
    origin: Origin
    source: str = Field(min_length=1)
    note_en: str = ""
    note_zh: str = ""
    values: Any


class _DriverTable(Closed):
    variable: str = Field(min_length=1)
    dims: list[str]
    units: str = Field(min_length=1)
    units_zh: str = Field(min_length=1)
    form: Form
    name_en: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    path: dict[str, Any] = Field(min_length=1)


class _File(Closed):
    driver: dict[str, Any]


def read_drivers(path: Path) -> Mapping[str, Driver]:
    """Read a ``drivers.toml``: drivers by key, in the order of the file.

    Raises
    ------
    InputError
        With every problem of the file.

    >>> read_drivers(Path("models/inner-mongolia/drivers.toml"))["demand_growth"].default.key
    'trend'
    """
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    drivers = {}
    if closed(root, _File, problems):
        for spot in root.child("driver").children():
            driver = _driver(spot, problems)
            if driver:
                drivers[driver.key] = driver
    if problems:
        raise InputError(problems)
    return MappingProxyType(drivers)


def check_rates(
    spot: Spot, values: Schedule | Mapping[str, Schedule], form: Form, problems: list[Problem]
) -> None:
    """Refuse a yearly growth rate that can only be a percentage by mistake (7.2 for 0.072)."""
    schedules = {"": values} if isinstance(values, Schedule) else values
    wild = [value for item in schedules.values() for _, value in item if not -0.9 <= value <= 1.0]
    if form == "growth" and wild:
        suggestion = f"{wild[0] / 100:.10g}" if abs(wild[0]) < 100 else ""
        refuse(problems, spot, "wild_rate", suggestion, value=wild[0])


def _driver(spot: Spot, problems: list[Problem]) -> Driver | None:
    read = closed(spot, _DriverTable, problems)
    if read is None:
        return None
    if len(read.dims) > 1 or any(name not in ELEMENTS for name in read.dims):
        refuse(problems, spot.child("dims"), "unknown_dims", dims=", ".join(ELEMENTS))
        return None
    names = tuple(read.dims)
    paths = [_path(inner, names, read.form, problems) for inner in spot.child("path").children()]
    return Driver(
        key=spot.name,
        variable=read.variable,
        dims=names,
        units=read.units,
        units_zh=read.units_zh,
        form=read.form,
        name_en=read.name_en,
        name_zh=read.name_zh,
        paths=MappingProxyType({item.key: item for item in paths if item}),
    )


def _path(spot: Spot, names: tuple[str, ...], form: Form, problems: list[Problem]) -> DriverPath | None:
    read = closed(spot, _PathTable, problems)
    given = isinstance(spot.value, dict) and "values" in spot.value
    values = driver_values(spot.child("values"), names, problems) if given else None
    if values is not None:
        check_rates(spot.child("values"), values, form, problems)
    if read is None or values is None:
        return None
    return DriverPath(
        key=spot.name,
        information_until=read.information_until,
        origin=read.origin,
        source=read.source,
        note_en=read.note_en,
        note_zh=read.note_zh,
        values=values,
    )
