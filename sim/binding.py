"""Bundle and scenario bound into study inputs: every constant and series that the model takes, as labelled arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from sim import dims
from sim.bundle import Bundle
from sim.clusters import CHOICES, half_scale, near_bar
from sim.drivers import Driver
from sim.engine.interface import YEAR, Series, StudyInputs
from sim.membership import Membership, hosts, leaving, upgrades
from sim.parameters import Numbers, Parameter, element
from sim.scenario.resolve import driver_schedules, lever_schedule, parameter_value
from sim.scenario.types import DEFAULT_FROM, Scenario
from sim.schedule import Schedule
from sim.selection import large_zones, queue_position, retrofit_order
from sim.toml_values import ELEMENTS


@dataclass(frozen=True)
class Study:
    """One scenario made ready to run: inputs for the engine, membership, and the levers in force by year."""

    inputs: StudyInputs
    membership: Membership
    levers: Mapping[str, Mapping[int, float | str | bool]]

    def levers_in(self, year: int) -> dict[str, float | str | bool]:
        """The value of every lever in a calendar year, by full key."""
        return {key: values[year] for key, values in self.levers.items()}


def bind(bundle: Bundle, scenario: Scenario) -> Study:
    """Turn a bundle and a scenario into study inputs.

    Every array carries the labels of its dims; parks are in the order of the table. Levers follow calendar years (see
    :class:`sim.engine.interface.Series`); logarithms of driver indices are linear between year-ends.
    """
    years = tuple(range(scenario.clock.start, scenario.clock.end + 1))
    levers = _levers_by_year(bundle, scenario, years)
    constants = dict(_parameters(bundle, scenario))
    series = _lever_series(bundle, levers, years) | _driver_series(bundle, scenario, years)
    clock = scenario.clock
    bare = StudyInputs((), constants, series, clock.start, clock.end, clock.step, clock.method)
    return _with_parks(bundle, levers, years, bare)


def rebind(bundle: Bundle, study: Study) -> Study:
    """The same scenario with another park table: that of ``bundle``, which is otherwise the study's own."""
    return _with_parks(bundle, study.levers, study.membership.years, study.inputs)


def _with_parks(
    bundle: Bundle,
    levers: Mapping[str, Mapping[int, float | str | bool]],
    years: tuple[int, ...],
    inputs: StudyInputs,
) -> Study:
    """Inputs with everything that follows from the park table."""
    table = bundle.parks.frame
    membership = _membership(table, levers, years)
    constants = {**inputs.constants, **_table_constants(bundle)}
    constants |= _derived_constants(bundle, constants, str(levers["circular_retrofit.select"][years[0]]))
    constants |= _cluster_constants(constants, str(levers["cluster_formation.which"][years[0]]))
    series = {**inputs.series, **_tier_series(table, membership, levers)}
    bound = replace(inputs, parks=tuple(table.index), constants=constants, series=series)
    return Study(bound, membership, levers)


def _levers_by_year(
    bundle: Bundle, scenario: Scenario, years: tuple[int, ...]
) -> dict[str, dict[int, float | str | bool]]:
    found: dict[str, dict[int, float | str | bool]] = {}
    for key, lever in bundle.levers.items():
        value = lever_schedule(scenario, lever)
        found[key] = {
            year: value.at(year) if isinstance(value, Schedule) else _from(scenario, key, value, lever.no_policy, year)
            for year in years
        }
    return found


def _from(
    scenario: Scenario, key: str, value: float | str | bool, no_policy: float | str | bool, year: int
) -> float | str | bool:
    """A switch acts from the ``from`` of its policy on, like a number; a choice is a choice in every year."""
    return value if not isinstance(value, bool) or year >= _starts(scenario, key) else no_policy


def _starts(scenario: Scenario, key: str) -> int:
    since = scenario.since.get(key.split(".", maxsplit=1)[0])
    return DEFAULT_FROM if since is None else int(str(since.value))


def _membership(
    table: pd.DataFrame, levers: Mapping[str, Mapping[int, float | str | bool]], years: tuple[int, ...]
) -> Membership:
    def follow(key: str) -> list[int]:
        return [round(float(levers[key][year])) for year in years]

    counties = [bool(levers["governance.one_zone_per_county"][year]) for year in years]
    exits = leaving([bool(levers["governance.exit_rule"][year]) for year in years])
    rule = str(levers["mergers.rule"][years[0]])
    national = upgrades(table, follow("level_upgrade.national"))
    return Membership(years, hosts(table, follow("mergers.zones"), counties, rule, national, exits), national)


def parameter_array(numbers: Numbers, names: tuple[str, ...]) -> xr.DataArray:
    """A parameter's numbers as a labelled array over its elements."""
    labels = [list(ELEMENTS[name]) for name in names]
    values = np.empty([len(label) for label in labels])
    for place in np.ndindex(*values.shape):
        values[place] = element(numbers, *(labels[i][j] for i, j in enumerate(place)))
    return xr.DataArray(values, dims=names, coords=dict(zip(names, labels, strict=True)))


def _parameters(bundle: Bundle, scenario: Scenario) -> Iterator[tuple[str, xr.DataArray]]:
    for name, parameter in bundle.parameters.items():
        yield name, _parameter(parameter, scenario)


def _parameter(parameter: Parameter, scenario: Scenario) -> xr.DataArray:
    return parameter_array(parameter_value(scenario, parameter), parameter.dims)


def _table_constants(bundle: Bundle) -> dict[str, xr.DataArray]:
    """Table columns as constants of the model: one by one, and the columns of an element side by side."""
    table = bundle.parks.frame
    parks = {dims.PARK: list(table.index)}
    found: dict[str, xr.DataArray] = {}
    parts: dict[str, dict[str, np.ndarray]] = {}
    for column in bundle.columns:
        if not column.variable:
            continue
        values = table[column.key].to_numpy(dtype=float)
        if column.element:
            parts.setdefault(column.variable, {})[column.element] = values
        else:
            found[column.variable] = xr.DataArray(values, dims=dims.PARK, coords=parks)
    for variable, by_element in parts.items():
        found[variable] = xr.DataArray(
            np.stack(list(by_element.values()), axis=1),
            dims=(dims.PARK, "material"),
            coords={**parks, "material": list(by_element)},
        )
    member = (table["league"].to_numpy()[:, None] == np.array(dims.LEAGUES)).astype(float)
    found["in league"] = xr.DataArray(
        member, dims=(dims.PARK, dims.LEAGUE), coords={**parks, dims.LEAGUE: list(dims.LEAGUES)}
    )
    return found


def _derived_constants(
    bundle: Bundle, constants: Mapping[str, xr.DataArray], rule: str
) -> dict[str, xr.DataArray]:
    """The order of the retrofit, and the zones that are to become large ones."""
    table = bundle.parks.frame
    output = constants["table output"] * constants["table industry share"]
    material = list(dims.MATERIAL)
    so2 = constants["reference emission intensity"].sel(pollutant="SO2", industry=material, drop=True)
    emitted = (output * so2.rename({dims.INDUSTRY: "material"})).sum("material")
    weight = constants["reference capital output ratio"].rename({dims.INDUSTRY: "material"})
    ratio = constants["reference value added ratio"].sel(industry="services", drop=True)
    services = constants["table services"] / ratio
    heavy = (output * weight.sel(material=material)).sum("material")
    light = services * weight.sel(material="services", drop=True)
    capital = (constants["table capital"] * heavy / (heavy + light).where(heavy + light > 0, 1.0)).to_numpy()
    duration = constants["table retrofit duration"].to_numpy()
    keys = pd.DataFrame({"so2": emitted.to_numpy(), "revenue": table["revenue"], "cost": capital}, index=table.index)
    rank = retrofit_order(table, keys, rule)
    parks = {dims.PARK: list(table.index)}
    return {
        "retrofit rank": xr.DataArray(rank.astype(float), dims=dims.PARK, coords=parks),
        "large zone candidate": xr.DataArray(large_zones(table), dims=dims.PARK, coords=parks),
        "retrofit queue position": xr.DataArray(queue_position(rank, capital / duration), dims=dims.PARK, coords=parks),
    }


def _cluster_constants(constants: Mapping[str, xr.DataArray], which: str) -> dict[str, xr.DataArray]:
    """The scale at which a cluster counts as formed in 2015, those that come next, and which are supported."""
    output = constants["table output"] * constants["table industry share"]
    cells = (output * constants["in league"]).sum(dims.PARK).transpose(dims.LEAGUE, "material")
    axes = (dims.LEAGUE, dims.INDUSTRY)
    near = np.zeros((len(dims.LEAGUES), len(dims.INDUSTRIES)))
    near[:, : len(dims.MATERIAL)] = near_bar(cells.sel(material=list(dims.MATERIAL)).to_numpy())
    labels = {dims.LEAGUE: list(dims.LEAGUES), dims.INDUSTRY: list(dims.INDUSTRIES)}
    return {
        "cluster half scale": xr.DataArray(half_scale(cells.to_numpy())),
        "cluster near bar": xr.DataArray(near, dims=axes, coords=labels),
        "cluster selection": xr.DataArray(float(CHOICES.index(which))),
    }


def _lever_series(
    bundle: Bundle, levers: Mapping[str, Mapping[int, float | str | bool]], years: tuple[int, ...]
) -> dict[str, Series]:
    found = {}
    for key, lever in bundle.levers.items():
        if lever.variable:
            values = [float(levers[key][year]) for year in years]
            found[lever.variable] = Series(xr.DataArray(values, dims=YEAR, coords={YEAR: list(years)}), "steps")
    return found


def _driver_series(bundle: Bundle, scenario: Scenario, years: tuple[int, ...]) -> dict[str, Series]:
    return {
        driver.variable: driver_series(driver, driver_schedules(scenario, driver), years)
        for driver in bundle.drivers.values()
    }


def driver_series(driver: Driver, schedules: Schedule | Mapping[str, Schedule], years: tuple[int, ...]) -> Series:
    """Yearly growth compounded into the logarithm of an index, 0 in the first year; or yearly values as they are."""

    def path(schedule: Schedule) -> np.ndarray:
        values = np.array([schedule.at(year) for year in years])
        if driver.form == "level":
            return values
        return np.concatenate([[0.0], np.cumsum(np.log1p(values[1:]))])

    if not driver.dims:
        assert isinstance(schedules, Schedule)
        return Series(xr.DataArray(path(schedules), dims=YEAR, coords={YEAR: list(years)}), "linear")
    labels = list(ELEMENTS[driver.dims[0]])
    each = [path(schedules if isinstance(schedules, Schedule) else schedules[label]) for label in labels]
    coords = {driver.dims[0]: labels, YEAR: list(years)}
    return Series(xr.DataArray(np.stack(each), dims=(driver.dims[0], YEAR), coords=coords), "linear")


def _tier_series(
    table: pd.DataFrame, membership: Membership, levers: Mapping[str, Mapping[int, float | str | bool]]
) -> dict[str, Series]:
    """By year: each park's tier (its host's), the tier whose threshold binds it, who has risen, who has joined."""
    ids = list(table.index)
    place = {park: i for i, park in enumerate(ids)}
    own = np.repeat(np.array(ids, dtype=object)[:, None], len(membership.years), axis=1)
    # a park that has left stands by itself and outside all tiers: no threshold, no share of the fund, no status
    inside = membership.host != ""
    hosted = np.vectorize(place.__getitem__)(np.where(inside, membership.host, own))
    year = np.arange(len(membership.years))
    # a park keeps its own national level under whatever host (two national parks of a county)
    national = (membership.national[hosted, year] | membership.national) & inside
    level = table["level"].to_numpy()[hosted]
    regional = ~national & (level == "regional") & inside
    covered = str(levers["land_threshold.covers"][membership.years[0]]) == "regional and departmental"
    bound = regional | (covered & (level == "departmental") & ~national & inside)
    # against 2015, when a park may already belong to a national zone: its status of then is part of the balance
    was_national = national[:, :1]
    coords = {dims.PARK: ids, YEAR: list(membership.years)}

    def tiers(middle: np.ndarray) -> Series:
        stacked = np.stack([national, middle, ~(national | middle)], axis=1).astype(float)
        labels = {dims.PARK: ids, dims.TIER: list(dims.TIERS), YEAR: list(membership.years)}
        return Series(xr.DataArray(stacked, dims=(dims.PARK, dims.TIER, YEAR), coords=labels), "steps")

    def flags(which: np.ndarray) -> Series:
        return Series(xr.DataArray(which.astype(float), dims=(dims.PARK, YEAR), coords=coords), "steps")

    return {
        "in tier": tiers(regional),
        "in threshold tier": tiers(bound),
        "upgraded": flags(national & ~was_national),
        "merged": flags(_joined(membership)),
    }


def _joined(membership: Membership) -> np.ndarray:
    """Whether another zone hosts a park than in the first year, shape (park, year)."""
    return np.asarray((membership.host != membership.host[:, :1]) & (membership.host != ""))
