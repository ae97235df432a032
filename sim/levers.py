"""``levers.toml`` of a bundle: every policy and lever that a scenario may set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from sim.errors import InputError, Problem
from sim.toml_places import read_toml
from sim.toml_values import Closed, Spot, choice, closed, number, refuse, switch
from sim.words.catalogue import Language

Kind = Literal["number", "integer", "choice", "switch"]

FILE = "levers.toml"


@dataclass(frozen=True)
class Lever:
    """One lever of a policy.

    Parameters
    ----------
    key
        Policy and lever, as in ``"circular_retrofit.coverage"``.
    variable
        Constant of the model file that it drives; "" where the program turns it into membership or order.
    kind
        ``number``, ``integer``, ``choice`` (one of ``choices``) or ``switch`` (true or false).
    units, units_zh
        Unit of a number; "" for choices and switches.
    low, high
        Range of a number; 0 for choices and switches.
    no_policy
        The value at which the lever does exactly nothing.
    schedule
        Whether it may follow years, and whether a plain number acts from a year on.
    increasing
        Whether a schedule of it must not fall.
    """

    key: str
    variable: str
    kind: Kind
    units: str
    units_zh: str
    low: float
    high: float
    no_policy: float | str | bool
    schedule: bool
    increasing: bool
    choices: tuple[str, ...]
    name_en: str
    name_zh: str

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in ("number", "integer")

    def name(self, lang: Language) -> str:
        """Its name for people."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Policy:
    """A policy: its levers by their key within it, and the place of the plan that it stands for.

    Parameters
    ----------
    element
        What the model's subscript `policy` calls it, if it is there.
    """

    key: str
    name_en: str
    name_zh: str
    place: str
    levers: Mapping[str, Lever]
    element: str


class _LeverTable(Closed):
    variable: str
    kind: Kind
    units: str = ""
    units_zh: str = ""
    low: float | None = None
    high: float | None = None
    no_policy: Any
    # "schedule" is a word of the file format; pydantic keeps some names to itself, hence the alias
    by_year: bool = Field(default=False, alias="schedule")
    increasing: bool = False
    choices: list[str] = Field(default_factory=list)
    name_en: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)


class _PolicyTable(Closed):
    name_en: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    place: str
    element: str = Field(default="", pattern=r"^\w*$")
    lever: dict[str, Any]


class _File(Closed):
    policy: dict[str, Any]


def read_levers(path: Path) -> Mapping[str, Policy]:
    """Read a ``levers.toml``: policies by key, in the order of the file.

    Raises
    ------
    InputError
        With every problem of the file.

    >>> levers = read_levers(Path("models/inner-mongolia/levers.toml"))
    >>> levers["circular_retrofit"].levers["coverage"].no_policy
    0.0
    """
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    policies = {}
    if closed(root, _File, problems):
        for spot in root.child("policy").children():
            policy = _policy(spot, problems)
            if policy:
                policies[policy.key] = policy
    if problems:
        raise InputError(problems)
    return MappingProxyType(policies)


def all_levers(policies: Mapping[str, Policy]) -> Mapping[str, Lever]:
    """Every lever by its full key, in the order of the file.

    >>> all_levers(read_levers(Path("models/inner-mongolia/levers.toml")))["land_threshold.national"].high
    600.0
    """
    return MappingProxyType({lever.key: lever for p in policies.values() for lever in p.levers.values()})


def _policy(spot: Spot, problems: list[Problem]) -> Policy | None:
    read = closed(spot, _PolicyTable, problems)
    if read is None:
        return None
    levers = {inner.name: _lever(spot.name, inner, problems) for inner in spot.child("lever").children()}
    found = {key: lever for key, lever in levers.items() if lever}
    element = read.element or spot.name
    return Policy(spot.name, read.name_en, read.name_zh, read.place, MappingProxyType(found), element)


def _lever(policy: str, spot: Spot, problems: list[Problem]) -> Lever | None:
    read = closed(spot, _LeverTable, problems)
    if read is None:
        return None
    if spot.name == "from":
        refuse(problems, spot, "reserved_key")
    no_policy = _no_policy(spot, read, problems)
    if no_policy is None:
        return None
    return Lever(
        key=f"{policy}.{spot.name}",
        variable=read.variable,
        kind=read.kind,
        units=read.units,
        units_zh=read.units_zh,
        low=read.low or 0.0,
        high=read.high or 0.0,
        no_policy=no_policy,
        schedule=read.by_year,
        increasing=read.increasing,
        choices=tuple(read.choices),
        name_en=read.name_en,
        name_zh=read.name_zh,
    )


def _no_policy(spot: Spot, read: _LeverTable, problems: list[Problem]) -> float | str | bool | None:
    """The value without policy, of the lever's kind and inside its range."""
    inner = spot.child("no_policy")
    if read.kind == "switch":
        return switch(inner, problems)
    if read.kind == "choice":
        if not read.choices:
            refuse(problems, spot, "missing_key", key="choices", where=spot.where)
            return None
        return choice(inner, read.choices, problems)
    missing = [key for key in ("low", "high", "units", "units_zh") if key not in spot.value]
    for key in missing:
        refuse(problems, spot, "missing_key", key=key, where=spot.where)
    value = number(inner, problems)
    if missing or value is None or read.low is None or read.high is None:
        return None
    if not read.low <= value <= read.high:
        refuse(problems, inner, "range_order", low=read.low, value=value, high=read.high)
        return None
    return value
