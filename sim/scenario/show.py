"""A resolved scenario for people: row by row with origins, and as one stand-alone file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sim.scenario.draws_file import find_draws
from sim.scenario.specs import Specs, find_bundle, read_specs
from sim.scenario.types import DEFAULT_FROM, DrawsFile, Scenario, Setting, Uncertainty
from sim.schedule import Schedule
from sim.words.catalogue import Language, text


class Line(NamedTuple):
    """One row of ``sim show``: dotted key, value, unit, and file:line or the word for "default"."""

    key: str
    value: str
    unit: str
    origin: str


def show_lines(scenario: Scenario, lang: Language) -> list[Line]:
    """Everything that holds in a scenario, set or not, with where it was set; parameters only where set.

    Raises
    ------
    InputError
        If the bundle can no longer be read.

    >>> from sim.scenario.resolve import load_scenario
    >>> rows = show_lines(load_scenario(Path("scenarios/land-threshold.toml")), "zh")
    >>> next(tuple(row) for row in rows if row.key == "policy.land_threshold.national")
    ('policy.land_threshold.national', '150', '万元/亩', 'scenarios/land-threshold.toml:12')
    """
    specs = read_specs(scenario.bundle)
    usual = text(lang, "show.default")
    return [
        *_head(scenario, usual),
        *_policies(scenario, specs, lang),
        *_drivers(scenario, specs, lang),
        *_parameters(scenario, specs),
    ]


def _head(scenario: Scenario, usual: str) -> Iterator[Line]:
    clock, drawn = scenario.clock, scenario.uncertainty
    values = {
        "name": scenario.name,
        "name_zh": scenario.name_zh,
        "information_until": scenario.information_until,
        "bundle": scenario.bundle_text,
        "lang": scenario.lang or "",
        "reported_base": scenario.reported_base,
        "clock.start": clock.start,
        "clock.end": clock.end,
        "clock.step": clock.step,
        "clock.method": clock.method,
        "uncertainty.runs": drawn.runs,
        "uncertainty.seed": drawn.seed,
        "uncertainty.design": drawn.design,
        "uncertainty.redraw_parks": "" if drawn.redraw_parks is None else drawn.redraw_parks,
        "uncertainty.tables": drawn.tables,
        "uncertainty.joint": "" if drawn.joint is None else ", ".join(drawn.joint) or "[]",
        "uncertainty.drivers": drawn.drivers,
        "uncertainty.implementation": drawn.implementation,
        "uncertainty.draws": "" if drawn.draws is None else drawn.draws.text,
    }
    for key, value in values.items():
        if value != "":
            yield Line(key, _shown(value), "", str(scenario.origins.get(key, usual)))


def _policies(scenario: Scenario, specs: Specs, lang: Language) -> Iterator[Line]:
    for policy in specs.policies.values():
        plain = False
        for lever in policy.levers.values():
            setting = scenario.policies.get(lever.key)
            unit = lever.units_zh if lang == "zh" else lever.units
            key = f"policy.{lever.key}"
            if setting is None:
                yield Line(key, _shown(lever.no_policy), unit, text(lang, "show.no_policy"))
            else:
                yield Line(key, _shown(setting.value), unit, str(setting.place))
                plain |= lever.schedule and not isinstance(setting.value, Schedule)
        if plain:
            since = scenario.since.get(policy.key)
            year = since.value if since else DEFAULT_FROM
            origin = str(since.place) if since else text(lang, "show.default")
            yield Line(f"policy.{policy.key}.from", _shown(year), "", origin)


def _drivers(scenario: Scenario, specs: Specs, lang: Language) -> Iterator[Line]:
    for driver in specs.drivers.values():
        setting = scenario.drivers.get(driver.key)
        value = driver.default.key if setting is None else setting.value
        origin = text(lang, "show.default") if setting is None else str(setting.place)
        unit = driver.units_zh if lang == "zh" else driver.units
        yield Line(f"drivers.{driver.key}", _shown(value), unit, origin)


def _parameters(scenario: Scenario, specs: Specs) -> Iterator[Line]:
    for name, setting in scenario.parameters.items():
        unit = specs.parameters[name].units
        yield Line(f"parameters.{name}", _shown(setting.value), unit, str(setting.place))


def _shown(value: object) -> str:
    """A value for the eye.

    >>> _shown(Schedule(((2016, 0.354), (2017, 0.5)))), _shown({"metals": 0.5}), _shown(True)
    ('2016: 0.354, 2017: 0.5', 'metals 0.5', 'true')
    """
    if isinstance(value, Schedule):
        return ", ".join(f"{year}: {_shown(number)}" for year, number in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def resolved_toml(scenario: Scenario, folder: Path | None = None) -> str:
    """The scenario as one file without parents, each value with its origin as a comment.

    The file loads to an equal scenario. Where the bundle or the table of draws, named as the scenario names it, would
    not be found from ``folder``, its full path is written instead.

    >>> from sim.scenario.resolve import load_scenario
    >>> print(resolved_toml(load_scenario(Path("scenarios/slump.toml"))).splitlines()[0])
    name = "Slump"  # slump.toml:5
    """
    bundle = scenario.bundle_text
    if folder is not None and find_bundle(bundle, folder) != scenario.bundle:
        bundle = scenario.bundle.as_posix()
    head = {
        "name": scenario.name,
        "name_zh": scenario.name_zh or None,
        "description": scenario.description or None,
        "description_zh": scenario.description_zh or None,
        "information_until": scenario.information_until,
        "bundle": bundle,
        "lang": scenario.lang,
        "reported_base": None if scenario.reported_base == "published" else scenario.reported_base,
    }
    lines = [_assign(scenario, "", key, value) for key, value in head.items() if value is not None]
    clock, drawn = scenario.clock, scenario.uncertainty
    times = {"start": clock.start, "end": clock.end, "step": clock.step, "method": clock.method}
    lines += _table(scenario, "clock", times)
    by_policy: dict[str, dict[str, Setting]] = {}
    for key, setting in scenario.policies.items():
        policy, lever = key.split(".", 1)
        by_policy.setdefault(policy, {})[lever] = setting
    for policy, settings in by_policy.items():
        since = {"from": scenario.since[policy]} if policy in scenario.since else {}
        lines += _table(scenario, f"policy.{policy}", _values(settings | since))
    lines += _table(scenario, "drivers", _values(scenario.drivers))
    lines += _table(scenario, "parameters", _values(scenario.parameters))
    drawing: dict[str, object] = {"runs": drawn.runs, "seed": drawn.seed, "design": drawn.design}
    if drawn.redraw_parks is not None:
        drawing["redraw_parks"] = drawn.redraw_parks
    if drawn.tables != Uncertainty.tables:
        drawing["tables"] = drawn.tables
    if drawn.joint is not None:
        drawing["joint"] = drawn.joint
    drawing |= {key: False for key in ("drivers", "implementation") if not getattr(drawn, key)}
    if drawn.draws is not None:
        drawing["draws"] = _draws_text(drawn.draws, folder)
    lines += _table(scenario, "uncertainty", drawing)
    return "\n".join(lines) + "\n"


def _draws_text(draws: DrawsFile, folder: Path | None) -> str:
    """The table of draws as the scenario names it, if it is found so from a folder; else its full path."""
    there = folder is None or find_draws(draws.text, folder) == draws.path
    return draws.text if there else draws.path.as_posix()


def _values(settings: Mapping[str, Setting]) -> dict[str, object]:
    return {key: setting.value for key, setting in settings.items()}


def _table(scenario: Scenario, header: str, values: Mapping[str, object]) -> list[str]:
    if not values:
        return []
    return ["", f"[{header}]", *(_assign(scenario, f"{header}.", key, v) for key, v in values.items())]


def _assign(scenario: Scenario, prefix: str, key: str, value: object) -> str:
    place = scenario.origins.get(f"{prefix}{key}")
    line = f"{_key(key)} = {_toml(value)}"
    return f"{line}  # {place.file.name}:{place.line}" if place else line


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if plain else _toml(key)


def _toml(value: object) -> str:
    r"""A value as TOML.

    >>> _toml("a\n\x7f"), _toml(Schedule(((2016, 0.5),))), _toml({"a b": 1})
    ('"a\\n\\u007f"', '[[2016, 0.5]]', '{ "a b" = 1 }')
    """
    if isinstance(value, Schedule):
        return "[" + ", ".join(f"[{year}, {_toml(number)}]" for year, number in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, str):  # JSON's escapes are TOML's, but for DEL, which JSON leaves as it is
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return repr(value)
