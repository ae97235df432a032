"""``reconstruction.toml`` of a bundle → what the reconstruction assumes, every mistake with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from sim import dims
from sim.errors import InputError, Problem
from sim.nearest import nearest
from sim.toml_places import read_toml
from sim.toml_values import Closed, Spot, choice, closed, refuse

FILE = "reconstruction.toml"

Reading = Literal["nested", "disjoint"]
"""``nested``: the zones over 1000 亿元 of revenue are among those over 500; ``disjoint``: beside them."""

READINGS: tuple[Reading, ...] = ("nested", "disjoint")
MOST = 1e7
WIDEST = 3.0
"""Largest standard deviation of a logarithm: e³ is a factor of 20 either way."""

MOST_ZONES = 1000

UNNAMED = ("industrial", "economic")
"""Types of zones without a known name: usually, and at national level."""


class Nested(Closed):
    """How likely the nested reading is, in an ensemble."""

    probability: float
    origin: Literal["assumed"]
    how: str = Field(min_length=1)


class Shipped(Closed):
    """Which draw the bundle's own table is, and how ensembles draw theirs."""

    seed: int
    reading: Reading
    nested: Nested


class Total(Closed):
    """A total that the plan does not give; ``low`` and ``high`` where it is uncertain."""

    value: float
    low: float | None = None
    high: float | None = None
    origin: Literal["derived", "assumed"]
    how: str = Field(min_length=1)


class DrawnTotal(Closed):
    """A total that ensembles draw between ``low`` and ``high``, most likely at ``value``."""

    value: float
    low: float
    high: float
    distribution: Literal["triangular"]
    origin: Literal["derived", "assumed"]
    how: str = Field(min_length=1)


class Totals(Closed):
    """Totals of 2015 that the plan does not give: 亿元, km²."""

    iva: DrawnTotal
    land_planned: Total
    industrial_land: Total
    idle_land: Total
    infrastructure: Total


class LevelCounts(Closed):
    """Order in which zones of unknown level fill the published counts."""

    order: list[Literal["national", "regional", "departmental", "below"]]


class Industry(Closed):
    """Gross output of all zones by industry, and what goes with it; lists in the order of ``keys``."""

    keys: list[str]
    output: list[float]
    value_added_ratio: list[float]
    capital_ratio: list[float]
    workers_ratio: list[float]
    land_intensity: list[float]
    share_floor: float


class Services(Closed):
    """Capital of services (亿元, all zones) and their workers (万人 per 亿元 of value added)."""

    capital: float
    workers_ratio: float


class Expected(Closed):
    """Gross output expected of a zone of which only the level is known, 亿元."""

    national: float
    regional: float
    departmental: float
    below: float


class Size(Closed):
    """Revenue classes, and how well sizes are known."""

    bars: list[float]
    margin: float
    lowest: float
    highest: float
    spread: list[float]
    noise_reported: float
    noise_assumed: float
    noise_unnamed: float
    unnamed_cap: float
    expected: Expected


class League(Closed):
    """A league: its zones and counties, and what is expected of zones that nobody names."""

    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    region: Literal["hubaoe", "wuhai", "east"]
    zones: int
    counties: int
    factor: float
    profile: list[float]


class ZoneType(Closed):
    """How a type of zone leans towards services, trade and foreign investment."""

    services: float
    trade: float
    fdi: float


class Unnamed(Closed):
    """Leagues with a national-level zone whose name is not known."""

    national: list[str]


class Spread(Closed):
    """Standard deviation of the logarithm around the rule of each column."""

    output: float
    industry: float
    iva: float
    services: float
    tax: float
    employment: float
    enterprises: float
    capital: float
    industrial_land: float
    built_up: float
    planned: float
    idle: float
    infrastructure: float
    trade: float
    fdi: float


class Bounds(Closed):
    """Least and greatest ratio of two columns."""

    output_to_revenue: list[float]
    built_up_to_industrial: list[float]
    built_up_to_planned: list[float]
    idle_to_industrial: list[float]


class Retrofit(Closed):
    """Works done in 2015 (share, uniform) and how long works take (years, triangular)."""

    done: list[float]
    duration: list[float]


class Assumptions(Closed):
    """Everything that the reconstruction takes for granted where nothing is published."""

    draw: Shipped
    level_counts: LevelCounts
    total: Totals
    industry: Industry
    services: Services
    size: Size
    league: dict[str, League]
    profile: dict[str, list[float]]
    type: dict[str, ZoneType]
    unnamed: Unnamed
    spread: Spread
    bounds: Bounds
    retrofit: Retrofit


def read_assumptions(path: Path) -> Assumptions:
    """Read a ``reconstruction.toml``.

    Raises
    ------
    InputError
        With every problem of the file.

    >>> read_assumptions(Path("models/inner-mongolia/reconstruction.toml")).total.iva.high
    6147.0
    """
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    read = closed(root, Assumptions, problems)
    if read is None:
        raise InputError(problems)
    problems += _numbers(root)
    _lists(root, read, problems)
    _names(root, read, problems)
    _ranges(root, read, problems)
    if problems:
        raise InputError(problems)
    return read


_NOUGHT = ("services.capital", "size.margin", "industry.share_floor", "retrofit.done", "draw.", "spread.", "size.noise")
"""Where a number may be 0."""


def _numbers(spot: Spot) -> Iterator[Problem]:
    """Every number of the file is a quantity: never negative, seldom 0, never absurd."""
    noted: list[Problem] = []
    if isinstance(spot.value, dict | list):
        for key in spot.value if isinstance(spot.value, dict) else range(len(spot.value)):
            yield from _numbers(spot.child(key))
    elif isinstance(spot.value, int | float) and spot.key != "draw.seed":
        low = 0.0 if spot.key.startswith(_NOUGHT) else 1e-9
        high = WIDEST if spot.key.startswith(("spread.", "size.noise")) else MOST
        if spot.key in ("draw.nested.probability", "size.margin", "industry.share_floor"):
            high = {"draw.nested.probability": 1.0, "size.margin": 0.2, "industry.share_floor": 0.1}[spot.key]
        if not low <= spot.value <= high:
            refuse(noted, spot, "out_of_bounds", low=f"{low:g}", high=f"{high:g}")
    yield from noted


def _lists(root: Spot, read: Assumptions, problems: list[Problem]) -> None:
    """Lists by industry have one number an industry; pairs have two that rise."""
    industry = root.child("industry")
    if read.industry.keys != list(dims.MATERIAL):
        refuse(problems, industry.child("keys"), "reconstruction_keys", expected=", ".join(dims.MATERIAL))
    by_industry = [industry.child(key) for key in industry.value if isinstance(industry.value[key], list)]
    by_industry += [root.child("league").child(key).child("profile") for key in read.league]
    by_industry += root.child("profile").children()
    for spot in by_industry:
        if len(spot.value) != len(dims.MATERIAL):
            refuse(problems, spot, "reconstruction_length", expected=len(dims.MATERIAL))
    size, retrofit = root.child("size"), root.child("retrofit")
    rising = {3: [size.child("bars"), retrofit.child("duration")]}
    rising[2] = [size.child("spread"), retrofit.child("done"), *root.child("bounds").children()]
    for length, spots in rising.items():
        for spot in spots:
            if len(spot.value) != length:
                refuse(problems, spot, "reconstruction_length", expected=length)
            elif any(b < a for a, b in zip(spot.value, spot.value[1:], strict=False)):
                refuse(problems, spot, "reconstruction_falls")
    if sorted(read.level_counts.order) != sorted(dims.LEVELS):
        expected = ", ".join(dims.LEVELS)
        refuse(problems, root.child("level_counts").child("order"), "reconstruction_keys", expected=expected)


def _names(root: Spot, read: Assumptions, problems: list[Problem]) -> None:
    leagues = root.child("league")
    for spot in leagues.children():
        if spot.name not in dims.LEAGUES:
            known = ", ".join(dims.LEAGUES)
            values = {"element": spot.name, "elements": known}
            refuse(problems, spot, "unknown_element", nearest(spot.name, dims.LEAGUES), **values)
        for key in ("zones", "counties"):
            if spot.value[key] > MOST_ZONES:
                refuse(problems, spot.child(key), "out_of_bounds", low=1, high=MOST_ZONES)
    missing = [league for league in dims.LEAGUES if league not in read.league]
    if missing:
        refuse(problems, leagues, "missing_elements", elements=", ".join(missing))
    named = root.child("unnamed").child("national")
    for index in range(len(read.unnamed.national)):
        choice(named.child(index), dims.LEAGUES, problems)
    for key in UNNAMED:
        if key not in read.type:
            refuse(problems, root.child("type"), "missing_key", key=key, where="[type]")
    seed = root.child("draw").child("seed")
    if not 0 <= read.draw.seed < 2**63:
        refuse(problems, seed, "out_of_bounds", low=0, high="2^63 - 1")


def _ranges(root: Spot, read: Assumptions, problems: list[Problem]) -> None:
    for spot in root.child("total").children():
        total: Total | DrawnTotal = getattr(read.total, spot.name)
        low, high = (total.value if bound is None else bound for bound in (total.low, total.high))
        if not low <= total.value <= high:
            refuse(problems, spot.child("value"), "range_order", low=low, value=total.value, high=high)
    size = read.size
    inside = [size.lowest, *size.bars, size.highest]
    if inside != sorted(inside):
        refuse(problems, root.child("size").child("bars"), "reconstruction_falls")
