"""``uncertainty.toml`` of a bundle: what ensembles draw beside parameters, and what of all that goes together.

Three kinds of tables: how far a driver may go beside its path (``[driver.KEY.NAME]``), how late and how far a policy
may be carried out (``[policy.KEY.delay]``, ``[policy.KEY.delivery]``), and groups of drawn quantities that are
correlated (``[group.NAME]``). A bundle may lack the file: then nothing of it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sim.correlation import Kind, check_members, read_correlation
from sim.drivers import Driver
from sim.errors import InputError, Problem
from sim.levers import Policy
from sim.parameters import Origin, Parameter
from sim.toml_places import read_toml
from sim.toml_values import ELEMENTS, Closed, Said, Spot, by_element, closed, number, refuse, refuse_unknown
from sim.words.catalogue import Language

FILE = "uncertainty.toml"

Spread = Literal["uniform", "triangular", "normal", "lognormal"]
Role = Literal["deviation", "delay", "delivery"]

DELAY, DELIVERY = "delay", "delivery"
LONGEST_DELAY = 15.0
"""Years: as long as the usual clock."""

OWN: Mapping[Role, float] = {"deviation": 0.0, "delay": 0.0, "delivery": 1.0}
"""What the scenario itself says: its own path, in time, in full."""


@dataclass(frozen=True)
class Quantity:
    """A number that differs by run and is no parameter.

    Parameters
    ----------
    name
        As draws files and reports call it: ``demand_growth.to_2020``, ``circular_retrofit.delay``.
    low, value, high
        Range, and what is most likely in it (the mode, the centre or the median, by ``distribution``).
    """

    name: str
    role: Role
    low: float
    value: float
    high: float
    distribution: Spread
    meaning_en: str
    meaning_zh: str
    source: str
    source_zh: str
    origin: Origin

    def meaning(self, lang: Language) -> str:
        """What it stands for."""
        return self.meaning_zh if lang == "zh" else self.meaning_en


@dataclass(frozen=True)
class Deviation:
    """How far a driver goes beside the path of the scenario.

    Parameters
    ----------
    first, last
        Calendar years in which it acts; ``None``: from the first year that the path doesn't know, and to the end.
    weights
        By element of the driver what of it counts there; one number for a driver without elements.
    """

    quantity: Quantity
    driver: str
    first: int | None
    last: int | None
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Risk:
    """How late and how far a policy is carried out; ``None``: in time, in full."""

    policy: str
    delay: Quantity | None
    delivery: Quantity | None


@dataclass(frozen=True)
class Group:
    """Drawn quantities that go together, by a Gaussian copula.

    Parameters
    ----------
    normal
        Correlations of the normal scores, symmetric and positive definite, in the order of ``members``.
    """

    name: str
    members: tuple[str, ...]
    normal: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Ranges:
    """Everything that the file says."""

    deviations: tuple[Deviation, ...] = ()
    risks: tuple[Risk, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All that is drawn beside parameters, in a fixed order whatever a scenario sets."""
        risks = [one for risk in self.risks for one in (risk.delay, risk.delivery) if one is not None]
        return (*(one.quantity for one in self.deviations), *risks)


class _RangeTable(Closed):
    value: float
    low: float
    high: float
    distribution: Spread
    meaning_en: Said
    meaning_zh: Said
    source: Said
    source_zh: Said
    origin: Origin


class _DeviationTable(_RangeTable):
    first: int | None = Field(default=None, alias="from")
    until: int | None = None
    weights: Any = None


class _RiskTable(Closed):
    delay: Any = None
    delivery: Any = None


class _GroupTable(Closed):
    members: list[str]
    kind: Kind
    correlation: Any
    source: Said
    source_zh: Said
    origin: Origin


class _File(Closed):
    driver: dict[str, Any] = Field(default_factory=dict)
    policy: dict[str, Any] = Field(default_factory=dict)
    group: dict[str, Any] = Field(default_factory=dict)


def read_uncertainty(
    path: Path,
    drivers: Mapping[str, Driver],
    policies: Mapping[str, Policy],
    parameters: Mapping[str, Parameter],
) -> Ranges:
    """Read an ``uncertainty.toml`` against the other files of its bundle; nothing is drawn where there is none.

    Raises
    ------
    InputError
        With every problem of the file.

    >>> read_uncertainty(Path("there is no such file"), {}, {}, {})
    Ranges(deviations=(), risks=(), groups=())
    """
    if not path.is_file():
        return Ranges()
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    if not closed(root, _File, problems):
        raise InputError(problems)
    deviations = [one for spot in _tables(root, "driver", problems) for one in _deviations(spot, drivers, problems)]
    risks = [_risk(spot, policies, problems) for spot in _tables(root, "policy", problems)]
    ranges = Ranges(tuple(deviations), tuple(one for one in risks if one))
    varying = [name for name, one in parameters.items() if one.distribution != "fixed"]
    known = [*varying, *_named(root)]
    taken: dict[str, str] = {}
    groups = [_group(spot, known, taken, problems) for spot in _tables(root, "group", problems)]
    if problems:
        raise InputError(problems)
    return Ranges(ranges.deviations, ranges.risks, tuple(one for one in groups if one))


def _named(root: Spot) -> list[str]:
    """Names of all quantities of the file, those with mistakes too: a group may speak of them."""
    tables = [table for key in ("driver", "policy") for table in root.value.get(key, {}).items()]
    return [f"{name}.{inner}" for name, found in tables if isinstance(found, dict) for inner in found]


def _tables(root: Spot, key: str, problems: list[Problem]) -> list[Spot]:
    """The tables under a heading."""
    if key not in root.value:
        return []
    found = root.child(key).children()
    for spot in found:
        if not isinstance(spot.value, dict):
            refuse(problems, spot, "expected_table")
    return [spot for spot in found if isinstance(spot.value, dict)]


def _deviations(spot: Spot, drivers: Mapping[str, Driver], problems: list[Problem]) -> list[Deviation]:
    driver = drivers.get(spot.name)
    if driver is None:
        refuse_unknown(problems, spot, drivers)
        return []
    found = [_deviation(inner, driver, problems) for inner in spot.children()]
    return [one for one in found if one]


def _deviation(spot: Spot, driver: Driver, problems: list[Problem]) -> Deviation | None:
    read = closed(spot, _DeviationTable, problems)
    weights = _weights(spot, driver, problems)
    if read is None or weights is None:
        return None
    before = len(problems)
    _check_range(spot, read, problems)
    if read.first is not None and read.until is not None and read.until < read.first:
        refuse(problems, spot.child("until"), "uncertainty_years", first=read.first)
    if driver.form == "growth":
        for key in ("low", "high"):
            if not -0.9 <= spot.value[key] <= 1.0:
                refuse(problems, spot.child(key), "wild_rate", value=spot.value[key])
    if len(problems) > before:
        return None
    return Deviation(_quantity(spot, "deviation", read), driver.key, read.first, read.until, weights)


def _weights(spot: Spot, driver: Driver, problems: list[Problem]) -> tuple[float, ...] | None:
    """By element what of the deviation counts there: 1 where nothing is said, 0 for what a table leaves out."""
    names = ELEMENTS[driver.dims[0]] if driver.dims else ("",)
    if not isinstance(spot.value, dict) or "weights" not in spot.value:
        return tuple(1.0 for _ in names)
    inner = spot.child("weights")
    if not isinstance(inner.value, dict):
        refuse(problems, inner, "expected_table")
        return None
    given = by_element(inner, driver.dims, number, problems, complete=False)
    return None if given is None else tuple(float(given.get(name, 0.0)) for name in names)


def _risk(spot: Spot, policies: Mapping[str, Policy], problems: list[Problem]) -> Risk | None:
    policy = policies.get(spot.name)
    if policy is None:
        refuse_unknown(problems, spot, policies)
        return None
    if not any(lever.variable and lever.schedule for lever in policy.levers.values()):
        refuse(problems, spot, "uncertainty_no_series", policy=policy.key)
        return None
    if closed(spot, _RiskTable, problems) is None:
        return None
    delay, delivery = (_of_policy(spot, role, problems) for role in (DELAY, DELIVERY))
    return Risk(policy.key, delay, delivery)


def _of_policy(spot: Spot, role: Any, problems: list[Problem]) -> Quantity | None:
    if role not in spot.value:
        return None
    inner = spot.child(role)
    read = closed(inner, _RangeTable, problems)
    if read is None:
        return None
    before = len(problems)
    _check_range(inner, read, problems)
    most = LONGEST_DELAY if role == DELAY else 1.0
    for key in ("low", "high"):
        if not 0.0 <= inner.value[key] <= most:
            refuse(problems, inner.child(key), "out_of_bounds", low=0, high=f"{most:g}")
    return _quantity(inner, role, read) if len(problems) == before else None


def _check_range(spot: Spot, read: _RangeTable, problems: list[Problem]) -> None:
    if read.low >= read.high:
        refuse(problems, spot.child("low"), "range_empty", low=read.low, high=read.high, name=_name(spot))
    elif not read.low <= read.value <= read.high:
        refuse(problems, spot.child("value"), "range_order", low=read.low, value=read.value, high=read.high)
    if read.distribution == "lognormal" and read.low <= 0:
        refuse(problems, spot.child("low"), "range_lognormal", low=f"{read.low:g}", name=_name(spot))


def _name(spot: Spot) -> str:
    """What the quantity of a table is called."""
    return ".".join(map(str, spot.keys[1:]))


def _quantity(spot: Spot, role: Role, read: _RangeTable) -> Quantity:
    return Quantity(
        _name(spot), role, read.low, read.value, read.high, read.distribution,
        read.meaning_en, read.meaning_zh, read.source, read.source_zh, read.origin,
    )  # fmt: skip


def _group(spot: Spot, known: list[str], taken: dict[str, str], problems: list[Problem]) -> Group | None:
    read = closed(spot, _GroupTable, problems)
    if read is None:
        return None
    check_members(spot.child("members"), known, taken, problems)
    normal = read_correlation(spot.child("correlation"), len(read.members), read.kind, problems)
    return None if normal is None else Group(spot.name, tuple(read.members), normal)
