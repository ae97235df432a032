"""Series that differ by run: drivers beside their path, policies late or carried out in part.

**Drivers.** A deviation x of a driver acts in the years after the last one that the scenario's path knows (its
``information_until``) and within its own years. Of a driver that grows, in run r:
``ln(1 + growth of year Y in r) = ln(1 + growth of the path) + sum of weight * x``, so x is a difference of continuous
yearly rates; of a level, ``value in r = value of the path + sum of weight * x``.

**Policies.** A lever that the scenario sets follows in year Y ``b + s * (v(Y - d) - b)``: v its values of calendar
years, linear between them, b the value before the first year, d the delay in years and s the share that is delivered.
A lever in force through a year and shifted by half a year is in force half of that year, which is its mean there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.binding import driver_series
from sim.bundle import Bundle
from sim.drivers import Driver
from sim.engine.interface import YEAR, Series
from sim.scenario.resolve import driver_schedules, lever_schedule
from sim.scenario.types import Scenario
from sim.schedule import Schedule
from sim.toml_values import ELEMENTS
from sim.uncertainty import Deviation, Risk

Array = npt.NDArray[np.float64]
Drawings = Mapping[str, Array]
"""Values of quantities by run, shape (runs,)."""


@dataclass(frozen=True)
class Shift:
    """A deviation within one scenario.

    Parameters
    ----------
    weights
        By element, shape of the driver's elements; () for a driver without.
    reach
        What of it is in the series by year: years in which it has acted so far for an index, 1 or 0 for a level.
    """

    name: str
    weights: Array
    reach: Array


@dataclass(frozen=True)
class DriverCourse:
    """A driver that deviates from its path.

    Parameters
    ----------
    own
        The series of the scenario, shape (*elements, years).
    """

    variable: str
    dims: tuple[str, ...]
    years: tuple[int, ...]
    own: Array
    shifts: tuple[Shift, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities that move it."""
        return tuple(shift.name for shift in self.shifts)

    def series(self, drawn: Drawings) -> Series:
        """The driver by run, dims ``run``, those of the driver, ``year``; a name that isn't drawn is 0."""
        runs = len(next(drawn[name] for name in self.names if name in drawn))
        values = np.broadcast_to(self.own, (runs, *self.own.shape))
        for shift in self.shifts:
            if shift.name in drawn:
                moved = shift.weights[..., None] * shift.reach
                values = values + drawn[shift.name].reshape(-1, *[1] * self.own.ndim) * moved
        labels = {name: list(ELEMENTS[name]) for name in self.dims}
        coords = {**labels, YEAR: list(self.years)}
        return Series(xr.DataArray(values, dims=(dims.RUN, *self.dims, YEAR), coords=coords), "linear")


@dataclass(frozen=True)
class LeverCourse:
    """A lever whose policy comes late or in part.

    Parameters
    ----------
    values
        Its value in the year before the first one and in each year of the clock, shape (1 + years,).
    delay, delivery
        Names of the quantities; "" where there is none.
    """

    variable: str
    years: tuple[int, ...]
    values: Array
    delay: str
    delivery: str

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities that move it."""
        return tuple(name for name in (self.delay, self.delivery) if name)

    def series(self, drawn: Drawings) -> Series:
        """The lever by run, dims ``run, year``; a name that isn't drawn is in time, or in full.

        >>> lever = LeverCourse("x", (2015, 2016, 2017), np.array([0.0, 0.0, 4.0, 4.0]), "late", "part")
        >>> lever.series({"late": np.array([0.0, 0.5]), "part": np.array([1.0, 0.5])}).values.values
        array([[0., 4., 4.],
               [0., 1., 2.]])
        """
        years = np.array(self.years, dtype=float)
        late = drawn.get(self.delay, np.zeros(1))
        share = drawn.get(self.delivery, np.ones(1))[:, None]
        at = years[None, :] - late[:, None]
        reached = np.interp(at.ravel(), [years[0] - 1.0, *years], self.values).reshape(at.shape)
        before = self.values[0]
        values = share * reached + (1.0 - share) * before
        return Series(xr.DataArray(values, dims=(dims.RUN, YEAR), coords={YEAR: list(self.years)}), "steps")


@dataclass(frozen=True)
class Courses:
    """All series that differ by run."""

    of_drivers: tuple[DriverCourse, ...] = ()
    of_levers: tuple[LeverCourse, ...] = ()

    @property
    def all(self) -> tuple[DriverCourse | LeverCourse, ...]:
        """Both kinds."""
        return (*self.of_drivers, *self.of_levers)

    @property
    def names(self) -> frozenset[str]:
        """The quantities that move any of them."""
        return frozenset(name for one in self.all for name in one.names)

    def series(self, drawn: Drawings) -> dict[str, Series]:
        """By model variable its series by run, where something that moves it is drawn."""
        moved = (one for one in self.all if any(name in drawn for name in one.names))
        return {one.variable: one.series(drawn) for one in moved}


def courses_of(bundle: Bundle, scenario: Scenario) -> Courses:
    """What of a bundle's deviations, delays and deliveries can move anything in a scenario.

    A driver whose path knows all years of a deviation isn't moved by it; a policy is at risk where the scenario sets a
    lever of it that changes after the first year and acts in the model's own series. Levers that decide who belongs to
    which zone, and the order of parks, are worked out before a run and have no risk.
    """
    years = tuple(range(scenario.clock.start, scenario.clock.end + 1))
    drivers = _drivers(bundle, scenario, years) if scenario.uncertainty.drivers else ()
    levers = _levers(bundle, scenario, years) if scenario.uncertainty.implementation else ()
    return Courses(tuple(drivers), tuple(levers))


def _drivers(bundle: Bundle, scenario: Scenario, years: tuple[int, ...]) -> Iterator[DriverCourse]:
    for driver in bundle.drivers.values():
        known = known_until(scenario, driver)
        mine = [one for one in bundle.ranges.deviations if one.driver == driver.key]
        shifts = tuple(shift for one in mine if (shift := _shift(one, driver, known, years)) is not None)
        if shifts:
            own = driver_series(driver, driver_schedules(scenario, driver), years).values
            own = own.transpose(*driver.dims, YEAR)
            yield DriverCourse(driver.variable, driver.dims, years, own.to_numpy(), shifts)


def known_until(scenario: Scenario, driver: Driver) -> int:
    """The last year that the path of a driver knows; of a path that the scenario itself writes, the scenario's."""
    setting = scenario.drivers.get(driver.key)
    if setting is None:
        return driver.default.information_until
    if isinstance(setting.value, str):
        return driver.paths[setting.value].information_until
    return scenario.information_until


def _shift(one: Deviation, driver: Driver, known: int, years: tuple[int, ...]) -> Shift | None:
    first = max(known + 1, years[0] + 1, one.first or 0)
    last = years[-1] if one.last is None else one.last
    acts = np.array([first <= year <= last for year in years], dtype=float)
    if not acts.any():
        return None
    weights = np.array(one.weights if driver.dims else one.weights[0])
    return Shift(one.quantity.name, weights, np.cumsum(acts) if driver.form == "growth" else acts)


def _levers(bundle: Bundle, scenario: Scenario, years: tuple[int, ...]) -> Iterator[LeverCourse]:
    risks: dict[str, Risk] = {risk.policy: risk for risk in bundle.ranges.risks}
    for key, lever in bundle.levers.items():
        risk = risks.get(key.split(".", maxsplit=1)[0])
        if risk is None or not lever.variable or not lever.schedule or key not in scenario.policies:
            continue
        schedule = lever_schedule(scenario, lever)
        assert isinstance(schedule, Schedule)  # a lever that may follow years
        values = np.array([float(schedule.at(year)) for year in (years[0] - 1, *years)])
        if (values != values[0]).any():
            names = ("" if one is None else one.name for one in (risk.delay, risk.delivery))
            yield LeverCourse(lever.variable, years, values, *names)
