"""Check each key that a scenario family sets: its name, type, unit, range and years."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import get_args

from sim.drivers import Driver, check_rates
from sim.errors import Problem
from sim.levers import Lever, Policy
from sim.parameters import Numbers, Parameter, outside
from sim.scenario.draws_file import read_draws
from sim.scenario.read import Leaves, suggest
from sim.scenario.types import Clock, Design, Method, Setting, Uncertainty
from sim.schedule import Schedule
from sim.toml_places import PlacedToml
from sim.toml_values import (
    Spot,
    bare_number,
    by_element,
    choice,
    driver_values,
    integer,
    number,
    refuse,
    refuse_unknown,
    schedule,
    switch,
    text,
)

STEPS = tuple(1 / 2**power for power in range(7))
LAST_YEARS = (2021, 2050)
MOST_TABLES = 1024


def whole_number(spot: Spot, low: int, high: int, problems: list[Problem]) -> int | None:
    """A whole number within bounds."""
    value = integer(spot, problems)
    if value is not None and not low <= value <= high:
        refuse(problems, spot, "out_of_bounds", low=low, high=high)
        return None
    return value


def read_clock(leaves: Leaves, problems: list[Problem]) -> Clock:
    """The clock; what is not set or wrong stays as usual."""
    usual = Clock()
    start, end, step, method = (leaves.get(("clock", key)) for key in ("start", "end", "step", "method"))
    if start:
        value = integer(start, problems)
        if value is not None and value != usual.start:
            refuse(problems, start, "clock_start", str(usual.start), year=usual.start)
    last = whole_number(end, *LAST_YEARS, problems) if end else None
    chosen = choice(method, get_args(Method), problems) if method else usual.method
    return Clock(
        usual.start, last or usual.end, _step(step, problems) if step else usual.step,
        next((known for known in get_args(Method) if known == chosen), usual.method),
    )  # fmt: skip


def _step(spot: Spot, problems: list[Problem]) -> float:
    value = number(spot, problems)
    if value is not None and value not in STEPS:
        best = min(STEPS, key=lambda step: abs(step - value))
        refuse(problems, spot, "clock_step", f"{best:.10g}", steps=", ".join(f"{s:.10g}" for s in STEPS))
    return Clock().step if value is None else value


def read_uncertainty(leaves: Leaves, problems: list[Problem]) -> Uncertainty:
    """What an ensemble draws; what is not set or wrong stays as usual."""
    usual = Uncertainty()
    runs, seed, design = (leaves.get(("uncertainty", key)) for key in ("runs", "seed", "design"))
    redraw, tables, joint = (leaves.get(("uncertainty", key)) for key in ("redraw_parks", "tables", "joint"))
    drivers, risks, draws = (leaves.get(("uncertainty", key)) for key in ("drivers", "implementation", "draws"))
    drawn = choice(design, get_args(Design), problems) if design else usual.design
    return Uncertainty(
        runs=(whole_number(runs, 1, 10_000_000, problems) if runs else None) or usual.runs,
        seed=usual.seed if seed is None else whole_number(seed, 0, 2**63 - 1, problems) or 0,
        design=next((known for known in get_args(Design) if known == drawn), usual.design),
        redraw_parks=switch(redraw, problems) if redraw else usual.redraw_parks,
        tables=(whole_number(tables, 1, MOST_TABLES, problems) if tables else None) or usual.tables,
        joint=read_group(joint, problems) if joint else usual.joint,
        drivers=switch(drivers, problems) is not False if drivers else usual.drivers,
        implementation=switch(risks, problems) is not False if risks else usual.implementation,
        draws=read_draws(draws, problems) if draws else usual.draws,
    )


def read_group(spot: Spot, problems: list[Problem]) -> tuple[str, ...] | None:
    """A list of targets; whether there are such targets is for the bundle to tell."""
    if not isinstance(spot.value, list):
        refuse(problems, spot, "expected_targets")
        return None
    names = [text(spot.child(index), problems) for index in range(len(spot.value))]
    return tuple(dict.fromkeys(name.strip() for name in names if name is not None))


def check_years(spot: Spot, values: Schedule, clock: Clock, problems: list[Problem]) -> None:
    """Refuse points outside the clock; the year before its start may fix what holds at the start."""
    for index, (year, _) in enumerate(values):
        if not clock.start - 1 <= year <= clock.end:
            point = Spot(spot.toml, (*spot.keys, index), spot.value)
            refuse(problems, point, "year_outside", year=year, first=clock.start - 1, last=clock.end)


def read_policies(
    leaves: Leaves, policies: Mapping[str, Policy], clock: Clock, problems: list[Problem]
) -> dict[str, Setting]:
    """Every lever that is set, by its full key; levers and policies that the bundle lacks are noted."""
    settings = {}
    for keys, spot in leaves.items():
        if keys[0] != "policy":
            continue
        policy = policies.get(keys[1])
        if policy is None:
            _refuse_policy(Spot(spot.toml, keys[:2], None), policies, problems)
        elif len(keys) == 2:  # [policy.X] without content is harmless, policy.X = 1 is not
            if spot.value != {}:
                refuse(problems, spot, "expected_table")
        elif keys[2] == "from":
            whole_number(spot, clock.start, clock.end, problems)
        elif keys[2] not in policy.levers:
            refuse_unknown(problems, spot, (*policy.levers, "from"))
        else:
            lever = policy.levers[keys[2]]
            value = lever_value(spot, lever, clock, problems)
            if value is not None:
                settings[lever.key] = Setting(value, spot.place)
    return settings


def _refuse_policy(spot: Spot, policies: Mapping[str, Policy], problems: list[Problem]) -> None:
    levers = [lever.key for policy in policies.values() for lever in policy.levers.values()]
    suggestion = suggest(spot.name, list(policies), levers)
    noted = Problem(spot.place, "unknown_key", {"key": spot.name, "where": "[policy]"}, suggestion)
    if noted not in problems:  # once, however many levers stand under the wrong name
        problems.append(noted)


def lever_value(
    spot: Spot, lever: Lever, clock: Clock, problems: list[Problem]
) -> float | int | str | bool | Schedule | None:
    """The value of a lever: a switch, a word, a number, or a schedule of numbers."""
    if lever.kind == "switch":
        return switch(spot, problems)
    if lever.kind == "choice":
        return choice(spot, lever.choices, problems)
    if isinstance(spot.value, list) and lever.schedule:
        values = schedule(spot, problems, partial(_lever_number, lever))
        if values is not None:
            check_years(spot, values, clock, problems)
            _check_rise(spot, values, lever, problems)
        return values
    if isinstance(spot.value, list | dict):
        refuse(problems, spot, "expected_lever" if lever.schedule else "expected_number")
        return None
    value = _lever_number(lever, spot, problems)
    return int(value) if value is not None and lever.kind == "integer" else value


def _lever_number(lever: Lever, spot: Spot, problems: list[Problem]) -> float | None:
    value = integer(spot, problems) if lever.kind == "integer" else number(spot, problems)
    if value is None or lever.low <= value <= lever.high:
        return value
    # 7 where at most 1 is allowed was meant as 7 %; 1.4 hardly as 1.4 %
    percent = lever.high <= 1 and value >= 2 and lever.low <= value / 100 <= lever.high
    limits = {"low": f"{lever.low:g}", "high": f"{lever.high:g}"}
    units = {"units": lever.units, "units_zh": lever.units_zh}
    refuse(problems, spot, "out_of_range", f"{value / 100:.10g}" if percent else "", **limits, **units)
    return None


def _check_rise(spot: Spot, values: Schedule, lever: Lever, problems: list[Problem]) -> None:
    points = values.points
    for index in range(1, len(points)):
        if lever.increasing and points[index][1] < points[index - 1][1]:
            point = Spot(spot.toml, (*spot.keys, index), spot.value)
            year, value = points[index]
            refuse(problems, point, "value_falls", year=year, value=value, before=points[index - 1][1])


def check_from(
    files: list[PlacedToml], leaves: Leaves, policies: Mapping[str, Policy], problems: list[Problem]
) -> None:
    """Refuse a ``from`` without effect: it speaks of plain numbers, and a schedule has its own years."""
    for toml in files:
        tables = toml.data.get("policy")
        for name, policy in policies.items():
            values = tables.get(name) if isinstance(tables, dict) else None
            if not isinstance(values, dict) or "from" not in values:
                continue
            beside = [key for key in values if key != "from"]
            plain = any(_acts_from_a_year(policy, key, values[key]) for key in beside)
            if not beside:
                plain = any(_acts_from_a_year(policy, key, value) for key, value in _set(leaves, name))
            if not plain:
                refuse(problems, Spot(toml, ("policy", name, "from"), values["from"]), "from_unused")


def _set(leaves: Leaves, policy: str) -> list[tuple[str, object]]:
    wanted = {keys: spot for keys, spot in leaves.items() if keys[:2] == ("policy", policy)}
    return [(keys[2], spot.value) for keys, spot in wanted.items() if keys[2:] not in ((), ("from",))]


def _acts_from_a_year(policy: Policy, key: str, value: object) -> bool:
    lever = policy.levers.get(key)
    return lever is None or (lever.schedule and not isinstance(value, list))


def read_since(
    leaves: Leaves, settings: Mapping[str, Setting], policies: Mapping[str, Policy]
) -> dict[str, Setting]:
    """The year of ``from`` by policy, where a plain number is set that it governs."""
    since = {}
    for name, policy in policies.items():
        spot = leaves.get(("policy", name, "from"))
        governed = any(
            lever.key in settings and lever.schedule and not isinstance(settings[lever.key].value, Schedule)
            for lever in policy.levers.values()
        )
        if spot and governed and isinstance(spot.value, int):
            since[name] = Setting(spot.value, spot.place)
    return since


def read_drivers(
    leaves: Leaves, drivers: Mapping[str, Driver], clock: Clock, until: int | None, problems: list[Problem]
) -> dict[str, Setting]:
    """Every driver that is set: the name of a path, a schedule, or schedules by element."""
    settings = {}
    for keys, spot in leaves.items():
        if keys[0] != "drivers":
            continue
        driver = drivers.get(keys[1])
        if driver is None:
            refuse_unknown(problems, spot, drivers)
            continue
        value = _driver_value(spot, driver, clock, until, problems)
        if value is not None:
            settings[driver.key] = Setting(value, spot.place)
    return settings


def _driver_value(
    spot: Spot, driver: Driver, clock: Clock, until: int | None, problems: list[Problem]
) -> str | Schedule | Mapping[str, Schedule] | None:
    if isinstance(spot.value, str):
        path = driver.paths.get(spot.value)
        if path is None and bare_number(spot.value):
            refuse(problems, spot, "number_as_text", bare_number(spot.value))
        elif path is None:
            choice(spot, driver.paths, problems)
        elif until is not None and path.information_until > until:
            refuse(problems, spot, "foresight", path=path.key, year=path.information_until, until=until)
        return spot.value
    values = driver_values(spot, driver.dims, problems)
    if values is None:
        return None
    check_rates(spot, values, driver.form, problems)
    inner = {"": spot} if isinstance(values, Schedule) else {key: spot.child(key) for key in values}
    for key, at in inner.items():
        check_years(at, values if isinstance(values, Schedule) else values[key], clock, problems)
    return values


def check_unset_drivers(until: Spot, unset: Mapping[str, Driver], problems: list[Problem]) -> None:
    """Refuse the usual path of a driver that is not set if it knows more than the scenario may."""
    for driver in unset.values():
        known = driver.default.information_until
        if known > until.value:
            values = {"path": driver.default.key, "year": known, "until": until.value}
            refuse(problems, until, "foresight_unset", driver=driver.key, **values)


def read_parameters(
    leaves: Leaves, parameters: Mapping[str, Parameter], warnings: list[Problem], problems: list[Problem]
) -> dict[str, Setting]:
    """Every parameter that is set: a number, or numbers by element; outside its range with a warning."""
    settings = {}
    for keys, spot in leaves.items():
        if keys[0] != "parameters":
            continue
        parameter = parameters.get(keys[1])
        if parameter is None:
            refuse_unknown(problems, spot, parameters)
            continue
        value = by_element(spot, parameter.dims, number, problems, complete=False)
        if value is not None:
            settings[parameter.name] = Setting(value, spot.place)
            _warn_outside(spot, parameter, value, warnings)
    return settings


def _warn_outside(spot: Spot, parameter: Parameter, value: Numbers, warnings: list[Problem]) -> None:
    for names, given, low, high in outside(value, parameter.low, parameter.high):
        inner = Spot(spot.toml, (*spot.keys, *names), given)
        limits = {"low": f"{low:g}", "high": f"{high:g}", "units": parameter.units}
        refuse(warnings, inner, "parameter_outside", **limits)
