"""From a scenario file to a frozen `Scenario`, and from that to the values that hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from sim.drivers import Driver
from sim.errors import InputError, Place, Problem
from sim.levers import Lever
from sim.parameters import Numbers, Parameter
from sim.scenario import check
from sim.scenario.read import OWN, Leaves, lay_out, path_text, read_family
from sim.scenario.specs import Specs, bundle_of, read_specs
from sim.scenario.types import DEFAULT_FROM, Clock, ReportedBase, Scenario, Setting
from sim.schedule import Schedule
from sim.toml_places import PlacedToml
from sim.toml_values import ELEMENTS, choice, text
from sim.words.catalogue import Language

REQUIRED = ("name", "information_until", "bundle")
REQUIRED_DRIVER = "demand_growth"
INFORMATION_YEARS = (2000, 2100)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario with all its parents and check it against its bundle.

    Parents are the files of ``extends``, relative to the file that names them. A later one wins over an
    earlier one, the own file over all, key by key; a parent of several counts once, before all of them. The
    bundle is looked for from the folder of the file that names it, then from each folder above.

    Raises
    ------
    InputError
        With every problem of all files of the family.

    >>> scenario = load_scenario(Path("scenarios/plan.toml"))
    >>> scenario.policies["land_threshold.national"].value, str(scenario.origins["clock.end"])
    (150.0, 'scenarios/baseline.toml:15')
    """
    problems: list[Problem] = []
    files = read_family(path, problems)
    whole = not problems  # where a file could not be read, what it may have set must not be called missing
    leaves = lay_out(files, problems)
    bundle, specs = _bundle(leaves, problems)
    if whole:
        _check_required(path, leaves, specs, problems)
    words = {key: text(leaves[key,], problems) or "" for key in OWN if (key,) in leaves}
    lang = leaves.get(("lang",))
    language: Language | None = None
    if lang and choice(lang, ("zh", "en"), problems):
        language = "zh" if lang.value == "zh" else "en"
    base = leaves.get(("reported_base",))
    reported: ReportedBase = "published"
    if base and choice(base, get_args(ReportedBase), problems):
        reported = "revised" if base.value == "revised" else "published"
    clock = check.read_clock(leaves, problems)
    uncertainty = check.read_uncertainty(leaves, problems)
    known = leaves.get(("information_until",))
    until = check.whole_number(known, *INFORMATION_YEARS, problems) if known else None
    settings = _settings(files, leaves, specs, clock, until, problems) if specs else _Settings()
    if problems or bundle is None or until is None:
        raise InputError(_in_order(problems, path))
    return Scenario(
        path=path,
        name=words["name"],
        name_zh=words.get("name_zh", ""),
        description=words.get("description", ""),
        description_zh=words.get("description_zh", ""),
        information_until=until,
        bundle=bundle,
        bundle_text=leaves["bundle",].value,
        lang=language,
        clock=clock,
        policies=MappingProxyType(settings.policies),
        since=MappingProxyType(settings.since),
        drivers=MappingProxyType(settings.drivers),
        parameters=MappingProxyType(settings.parameters),
        uncertainty=uncertainty,
        origins=MappingProxyType({".".join(keys): spot.place for keys, spot in leaves.items()}),
        warnings=tuple(settings.warnings),
        reported_base=reported,
    )


def lever_schedule(scenario: Scenario, lever: Lever) -> Schedule | float | str | bool:
    """What a lever does in a scenario.

    A lever that may follow years gives a schedule: a plain number acts from the ``from`` of its policy on and
    the no-policy value before; a lever that is not set keeps its no-policy value throughout. Any other lever
    gives its value.

    >>> from sim.levers import all_levers, read_levers
    >>> scenario = load_scenario(Path("scenarios/plan.toml"))
    >>> levers = all_levers(read_levers(scenario.bundle / "levers.toml"))
    >>> lever_schedule(scenario, levers["land_threshold.national"])
    Schedule(points=((2016, 0.0), (2017, 150.0)))
    """
    setting = scenario.policies.get(lever.key)
    value = lever.no_policy if setting is None else setting.value
    if not lever.schedule or isinstance(value, Schedule):
        return value  # type: ignore[return-value]
    if setting is None:
        return Schedule(((scenario.clock.start, _number(value)),))
    since = scenario.since.get(lever.key.split(".")[0])
    year = int(_number(since.value)) if since else DEFAULT_FROM
    return Schedule(((year - 1, _number(lever.no_policy)), (year, _number(value))))


def driver_schedules(scenario: Scenario, driver: Driver) -> Schedule | Mapping[str, Schedule]:
    """The yearly values of a driver, for all or by element; the first path of the bundle if none is set.

    >>> from sim.drivers import read_drivers
    >>> scenario = load_scenario(Path("scenarios/baseline.toml"))
    >>> driver_schedules(scenario, read_drivers(scenario.bundle / "drivers.toml")["prices"])
    Schedule(points=((2016, 0.0),))
    """
    setting = scenario.drivers.get(driver.key)
    if setting is None:
        return driver.default.values
    if isinstance(setting.value, str):
        return driver.paths[setting.value].values
    return setting.value  # type: ignore[return-value]


def parameter_value(scenario: Scenario, parameter: Parameter) -> Numbers:
    """The value of a parameter: the scenario's where it sets one, by element the bundle's for the others.

    >>> from sim.parameters import read_parameters
    >>> scenario = load_scenario(Path("scenarios/demand-limited.toml"))
    >>> parameters = read_parameters(scenario.bundle / "parameters.toml")
    >>> parameter_value(scenario, parameters["market share elasticity"])
    0.0
    """
    setting = scenario.parameters.get(parameter.name)
    if setting is None:
        return parameter.value
    return _overlay(parameter.value, setting.value, len(parameter.dims), parameter)


def _overlay(below: Numbers, above: Any, depth: int, parameter: Parameter) -> Numbers:
    if not isinstance(above, Mapping):
        return float(above)
    elements = ELEMENTS[parameter.dims[-depth]]
    merged = {}
    for name in elements:
        inner: Numbers = below[name] if isinstance(below, Mapping) else below
        merged[name] = _overlay(inner, above[name], depth - 1, parameter) if name in above else inner
    return MappingProxyType(merged)


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"{value!r} is not a number")


@dataclass
class _Settings:
    policies: dict[str, Setting] = field(default_factory=dict)
    since: dict[str, Setting] = field(default_factory=dict)
    drivers: dict[str, Setting] = field(default_factory=dict)
    parameters: dict[str, Setting] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


def _settings(
    files: list[PlacedToml],
    leaves: Leaves,
    specs: Specs,
    clock: Clock,
    until: int | None,
    problems: list[Problem],
) -> _Settings:
    read = _Settings()
    read.policies = check.read_policies(leaves, specs.policies, clock, problems)
    check.check_from(files, leaves, specs.policies, problems)
    read.since = check.read_since(leaves, read.policies, specs.policies)
    read.drivers = check.read_drivers(leaves, specs.drivers, clock, until, problems)
    if until is not None:
        named = {keys[1] for keys in leaves if keys[0] == "drivers" and len(keys) == 2}
        unset = {key: driver for key, driver in specs.drivers.items() if key not in named}
        check.check_unset_drivers(leaves["information_until",], unset, problems)
    read.parameters = check.read_parameters(leaves, specs.parameters, read.warnings, problems)
    return read


def _bundle(leaves: Leaves, problems: list[Problem]) -> tuple[Path | None, Specs | None]:
    """The bundle of the family and what it lets a scenario set, as far as they can be read."""
    spot = leaves.get(("bundle",))
    if spot is None or path_text(spot, problems) is None:
        return None, None
    bundle = bundle_of(spot, problems)
    if bundle is None:
        return None, None
    try:
        return bundle, read_specs(bundle)
    except InputError as error:
        problems.extend(error.problems)
        return bundle, None


def _check_required(path: Path, leaves: Leaves, specs: Specs | None, problems: list[Problem]) -> None:
    for key in REQUIRED:
        if (key,) not in leaves:
            problems.append(Problem(Place(path), "missing_key", {"key": key, "where": path.name}))
    demanded = specs is not None and REQUIRED_DRIVER in specs.drivers
    if demanded and ("drivers", REQUIRED_DRIVER) not in leaves:
        values = {"key": REQUIRED_DRIVER, "where": "[drivers]"}
        problems.append(Problem(Place(path), "missing_key", values))


def _in_order(problems: list[Problem], path: Path) -> list[Problem]:
    """The asked-for file first, then by file and line, as one would mend them."""

    def order(problem: Problem) -> tuple[bool, str, int]:
        place = problem.place or Place(path)
        return place.file != path, str(place.file), place.line or 0

    return sorted(problems, key=order)
