"""What a scenario costs, and what it moves the plan's targets by: results and verdicts → :class:`Costs`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sim import dims
from sim.targets.evaluate import progress_without_policy
from sim.targets.rows import TargetRow
from sim.targets.target import Target

if TYPE_CHECKING:
    import xarray as xr

EXHAUSTED = 0.995
"""The fund counts as exhausted in a year in which it pays less than this part of what is asked."""

LEAST_GAIN = 1.0
"""Percentage points of progress from which a target gets a cost of its own: below, the ratio is noise."""

FIRST, LAST = dims.BASE_YEAR + 1, dims.TARGET_YEAR
"""The years over which costs are added up."""


@dataclass(frozen=True)
class Spent:
    """Money of one kind.

    Parameters
    ----------
    by_year
        Spent in each calendar year after 2015.
    total
        Over 2016 to the target year.
    added
        The same less what is spent with policies off; ``None`` without such a run.

    >>> round(Spent({2016: 4.0, 2017: 6.0}, 10.0, None).yearly, 9)
    2.0
    """

    by_year: Mapping[int, float]
    total: float
    added: float | None

    @property
    def yearly(self) -> float:
        """Mean a year."""
        return self.total / (LAST - FIRST + 1)


@dataclass(frozen=True)
class PolicyCost:
    """Public money of one policy.

    Parameters
    ----------
    key
        As in ``levers.toml``.
    asked, paid
        What it asks of the fund, and what the fund pays for it; by the same sums as the public cost.
    """

    key: str
    name_zh: str
    name_en: str
    asked: Spent
    paid: Spent

    @property
    def asks(self) -> bool:
        """Whether it asks for anything in any year."""
        return any(self.asked.by_year.values())


@dataclass(frozen=True)
class Gain:
    """Progress of a target in its year, in % of the way from base to bar and within 0 to 100."""

    off: float
    on: float

    @property
    def points(self) -> float:
        """Percentage points that the policies add."""
        return self.on - self.off


@dataclass(frozen=True)
class Costs:
    """What a run costs and what it gains.

    Parameters
    ----------
    public, private
        ``None`` where the bundle records no such cost.
    cover
        Part of the public money asked for that the fund can pay, by year; empty where the bundle records none.
    gains
        By target: those that count as modelled in this scenario and have a way to go from base to bar.
    unit_zh, unit_en
        Of the money.
    policies
        What the public cost is made of, in the order of the model; empty where the bundle doesn't record it.
    """

    public: Spent | None
    private: Spent | None
    cover: Mapping[int, float]
    gains: Mapping[str, Gain]
    unit_zh: str
    unit_en: str
    policies: tuple[PolicyCost, ...] = ()

    @property
    def points(self) -> float | None:
        """Percentage points gained by all targets together; ``None`` without a run with policies off."""
        known = self.public or self.private
        return None if known is None or known.added is None else sum(gain.points for gain in self.gains.values())

    @property
    def per_point(self) -> float | None:
        """Public money for each percentage point gained; ``None`` where nothing is gained or nothing spent."""
        return _ratio(self.public, self.points)

    @property
    def per_target(self) -> dict[str, float]:
        """The whole public money for each percentage point of one target, where it gains at least one."""
        gained = {id_: gain.points for id_, gain in self.gains.items() if gain.points >= LEAST_GAIN}
        found = {id_: _ratio(self.public, points) for id_, points in gained.items()}
        return {id_: ratio for id_, ratio in found.items() if ratio is not None}

    @property
    def paid(self) -> Spent | None:
        """What the fund pays for all policies; ``None`` where it isn't recorded by policy."""
        return _together([policy.paid for policy in self.policies])

    @property
    def asked(self) -> Spent | None:
        """What all policies ask for; ``None`` where it isn't recorded by policy."""
        return _together([policy.asked for policy in self.policies])

    @property
    def shortfall(self) -> Spent | None:
        """What is asked for and not paid; ``None`` where it isn't recorded by policy."""
        asked, paid = self.asked, self.paid
        return None if asked is None or paid is None else less(asked, paid)

    @property
    def exhausted(self) -> tuple[int, int, float] | None:
        """First year up to the target year in which the fund falls short, the worst one, and its cover then."""
        short = {year: part for year, part in self.cover.items() if part < EXHAUSTED and FIRST <= year <= LAST}
        if not short:
            return None
        worst = min(short, key=lambda year: short[year])
        return min(short), worst, short[worst]


def less(asked: Spent, paid: Spent) -> Spent:
    """What is missing of the money asked for.

    >>> less(Spent({2016: 4.0}, 4.0, None), Spent({2016: 3.0}, 3.0, None)).total
    1.0
    """
    by_year = {year: value - paid.by_year[year] for year, value in asked.by_year.items()}
    return Spent(by_year, asked.total - paid.total, None)


def _together(parts: Sequence[Spent]) -> Spent | None:
    if not parts:
        return None
    by_year = {year: sum(part.by_year[year] for part in parts) for year in parts[0].by_year}
    return Spent(by_year, sum(part.total for part in parts), None)


def _ratio(public: Spent | None, points: float | None) -> float | None:
    if public is None or public.added is None or public.added <= 0 or points is None or points <= 0:
        return None
    return public.added / points


def count_costs(
    results: xr.Dataset, reference: xr.Dataset | None, rows: Sequence[TargetRow], targets: Iterable[Target]
) -> Costs | None:
    """Add up what a run costs, and set it against what its targets gain over the same scenario with policies off.

    Parameters
    ----------
    results, reference
        The first run of each counts; ``reference`` is the policies-off twin, ``None`` where nothing is switched on.
    rows
        Verdicts on ``results``.
    targets
        Of the same bundle; those in question are judged on the reference, where no lever imposes anything.

    Returns
    -------
    Costs or None
        ``None`` where no output has a cost as its role.
    """
    public, private = (_spent(results, reference, role) for role in ("public_cost", "private_cost"))
    if public is None and private is None:
        return None
    unit = next(results[name].attrs for name in (_named(results, r) for r in ("public_cost", "private_cost")) if name)
    cover = _path(results, "fund_cover")
    gains = {} if reference is None else _gains(reference, rows, targets)
    return Costs(
        public, private, cover, gains,
        str(unit[dims.UNITS_ZH]), str(unit[dims.UNITS]), tuple(_policies(results)),
    )  # fmt: skip


def _named(results: xr.Dataset, role: str) -> str:
    # the bare variables: a DataArray of each, with its coordinates, would cost more than all sums below
    return next((str(name) for name, one in results.variables.items() if one.attrs.get("role") == role), "")


def _path(results: xr.Dataset, role: str, **label: str) -> dict[int, float]:
    """Values of the output with a role by whole year, of one element where it has some; nothing where there is none."""
    name = _named(results, role)
    if not name:
        return {}
    years = np.asarray(results[dims.TIME].values, dtype=float)
    values = np.asarray(results[name].isel({dims.RUN: 0}).sel(label).values, dtype=float)
    whole = np.isclose(years, np.rint(years), atol=1e-6)
    return {round(year): float(value) for year, value in zip(years[whole], values[whole], strict=True)}


def _spent(results: xr.Dataset, reference: xr.Dataset | None, role: str, **label: str) -> Spent | None:
    path = _path(results, role, **label)
    if dims.BASE_YEAR not in path or LAST not in path:
        return None
    years = sorted(path)
    by_year = {year: path[year] - path[before] for before, year in pairwise(years)}
    total = path[LAST] - path[dims.BASE_YEAR]
    off = _path(reference, role, **label) if reference is not None else {}
    added = total - (off[LAST] - off[dims.BASE_YEAR]) if LAST in off else None
    return Spent(by_year, total, added)


def _policies(results: xr.Dataset) -> Iterator[PolicyCost]:
    """Nothing where the bundle records only one of the two, or neither."""
    if not _named(results, "policy_asked") or not _named(results, "policy_paid"):
        return
    names = (results[key].values for key in (dims.POLICY, "policy_zh", "policy_en"))
    for key, name_zh, name_en in zip(*names, strict=True):
        asked, paid = (_spent(results, None, role, policy=str(key)) for role in ("policy_asked", "policy_paid"))
        if asked is not None and paid is not None:
            yield PolicyCost(str(key), str(name_zh), str(name_en), asked, paid)


def _gains(reference: xr.Dataset, rows: Sequence[TargetRow], targets: Iterable[Target]) -> dict[str, Gain]:
    asked = {row.id: row.progress_pct for row in rows if row.counted and row.progress_pct is not None}
    own = reference.attrs.get("own_table") == "1"
    off = progress_without_policy(reference, [target for target in targets if target.id in asked], own_table=own)
    return {
        id_: Gain(_capped(before), _capped(now))
        for id_, now in asked.items()
        if (before := off.get(id_)) is not None and now is not None
    }


def _capped(progress: float) -> float:
    return min(max(progress, 0.0), 100.0)
