"""``columns.toml`` of a bundle: the form of the park table, and the words people use for its columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from sim import dims
from sim.errors import InputError, Problem
from sim.toml_places import read_toml
from sim.toml_values import Closed, Spot, closed, refuse
from sim.words.catalogue import Language

Kind = Literal["id", "text", "choice", "flag", "number", "share"]
Quantity = Literal["", "money", "usd", "land", "people", "count", "years", "share"]
Estimate = str | tuple[str, ...] | None

FILE = "columns.toml"
NUMERIC = ("flag", "number", "share")
NAME_ORIGIN = "name"
"""Column of the origins that says where a park's name comes from."""


@dataclass(frozen=True)
class Column:
    """One column of the park table.

    Parameters
    ----------
    key
        Its header in ``parks.csv``.
    variable, element
        The constant of the model file that it fills, and the industry where that has one; "" if none.
    estimate
        How an unknown value of an own table is filled: a value, ``"identity"``, ``"profile"``, or columns
        to which the shipped table's ratio applies; None for columns that nothing can fill.
    low, high
        Least and greatest value; ``positive`` refuses zero too.
    """

    key: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    kind: Kind
    quantity: Quantity
    units: str
    units_zh: str
    variable: str
    element: str
    required: bool
    estimate: Estimate
    origin: bool
    positive: bool
    integer: bool
    low: float
    high: float
    explain_zh: str
    explain_en: str

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers (flags are 0 and 1)."""
        return self.kind in NUMERIC

    def name(self, lang: Language) -> str:
        """Its name for people."""
        return self.name_zh if lang == "zh" else self.name_en

    def explanation(self, lang: Language) -> str:
        """What belongs into it."""
        return self.explain_zh if lang == "zh" else self.explain_en


@dataclass(frozen=True)
class Option:
    """One allowed word of a choice column, with the words that people write for it."""

    key: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    region: str = ""

    def name(self, lang: Language) -> str:
        """Its name for people."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Region:
    """What a table must sum to (within ``tolerance``) to stand for the whole region; money in 亿元."""

    parks: int
    output: float
    gdp: float
    tolerance: float


@dataclass(frozen=True)
class Columns:
    """The form of the park table: columns in order, options by choice column, totals of the region."""

    by_key: Mapping[str, Column]
    options: Mapping[str, Mapping[str, Option]]
    region: Region

    def __iter__(self) -> Iterator[Column]:
        return iter(self.by_key.values())

    def __getitem__(self, key: str) -> Column:
        return self.by_key[key]

    @property
    def with_origin(self) -> tuple[str, ...]:
        """Keys of the columns that have a column ``<key>_origin``."""
        return tuple(column.key for column in self if column.origin)

    @property
    def shares(self) -> tuple[str, ...]:
        """Keys of the industry shares, which sum to 1."""
        return tuple(column.key for column in self if column.estimate == "profile")

    def headers(self) -> Mapping[str, str]:
        """Column key by every normalised word for it: key, names and aliases."""
        return MappingProxyType(
            {
                plain(word): column.key
                for column in reversed(tuple(self))
                for word in (*column.aliases, column.name_en, column.name_zh, column.key)
            }
        )

    def option_words(self, key: str) -> Mapping[str, str]:
        """Option key by every normalised word for it, for a choice column."""
        return MappingProxyType(
            {
                plain(word): option.key
                for option in self.options[key].values()
                for word in (*option.aliases, option.name_en, option.name_zh, option.key)
            }
        )


def plain(text: str) -> str:
    """A word without width, case, spaces and punctuation, so that two spellings of it are equal.

    >>> plain("主营业务 收入（亿元）") == plain("主营业务收入(亿元)")
    True
    """
    return re.sub(r"[\s_()\[\]【】〔〕、,。.:：;·*—\-/]+", "", unicodedata.normalize("NFKC", text)).lower()


class _ColumnTable(Closed):
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    aliases: list[str] = Field(default_factory=list)
    kind: Kind
    quantity: Quantity = ""
    units: str = ""
    units_zh: str = ""
    variable: str = ""
    element: str = ""
    required: bool = False
    estimate: str | list[str] | None = None
    origin: bool = False
    positive: bool = False
    integer: bool = False
    low: float = 0.0
    high: float = 1e9
    explain_zh: str
    explain_en: str


class _OptionTable(Closed):
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    aliases: list[str] = Field(default_factory=list)
    region: str = ""


class _RegionTable(Closed):
    parks: int
    output: float
    gdp: float
    tolerance: float


class _File(Closed):
    region: dict[str, Any]
    column: dict[str, Any]
    choice: dict[str, dict[str, Any]]


NEEDED = (
    *("id", "name_zh", "name_en", "level", "type", "league", "region", "county", "host", "demonstration"),
    *("revenue", "output", "iva", "services", "gdp"),
    *("land_planned", "built_up", "industrial_land", "idle_land"),
    *(f"share_{industry}" for industry in dims.MATERIAL),
)
"""Columns that the program itself uses: a form without one of them is refused."""


def read_columns(path: Path) -> Columns:
    """Read a ``columns.toml``.

    Raises
    ------
    InputError
        With every mistake in the file, each with its line.
    """
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    if closed(root, _File, problems) is None:
        raise InputError(problems)
    columns = {spot.name: _column(spot, problems) for spot in root.child("column").children()}
    options = {
        spot.name: {inner.name: _option(inner, problems) for inner in spot.children()}
        for spot in root.child("choice").children()
    }
    region = closed(root.child("region"), _RegionTable, problems)
    for key in NEEDED:
        if key not in columns:
            refuse(problems, root.child("column"), "missing_key", key=key, where="[column]")
    for key, column in columns.items():
        if column is not None and column.kind == "choice" and key not in options:
            refuse(problems, root.child("choice"), "missing_key", key=key, where="[choice]")
    if problems or region is None:
        raise InputError(problems)
    return Columns(
        MappingProxyType({key: column for key, column in columns.items() if column}),
        MappingProxyType(
            {key: MappingProxyType({k: o for k, o in words.items() if o}) for key, words in options.items()}
        ),
        Region(**region.model_dump()),
    )


def _column(spot: Spot, problems: list[Problem]) -> Column | None:
    read = closed(spot, _ColumnTable, problems)
    if read is None:
        return None
    fields = read.model_dump() | {"aliases": tuple(read.aliases)}
    if isinstance(read.estimate, list):
        fields["estimate"] = tuple(read.estimate)
    return Column(spot.name, **fields)


def _option(spot: Spot, problems: list[Problem]) -> Option | None:
    read = closed(spot, _OptionTable, problems)
    return (
        None if read is None else Option(spot.name, **(read.model_dump() | {"aliases": tuple(read.aliases)}))
    )
