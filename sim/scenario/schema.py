"""JSON Schema of scenario files, for editors: completion and hints out of the bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from sim.drivers import Driver
from sim.levers import Lever, Policy
from sim.parameters import Parameter
from sim.scenario.check import LAST_YEARS, MOST_TABLES, STEPS
from sim.scenario.resolve import INFORMATION_YEARS
from sim.scenario.specs import read_specs
from sim.scenario.types import DEFAULT_FROM, Clock, Design, Method, ReportedBase, Uncertainty
from sim.toml_values import ELEMENTS

Schema = dict[str, Any]


def scenario_schema(bundle: Path) -> Schema:
    """The schema of scenarios of a bundle, as JSON Schema draft 7, which editors of TOML understand.

    It knows names, types and ranges; what needs more than one key (years within the clock, rising schedules,
    information that is too new) only loading tells.

    Raises
    ------
    InputError
        If the bundle cannot be read.

    >>> schema = scenario_schema(Path("models/inner-mongolia"))
    >>> schema["properties"]["policy"]["properties"]["governance"]["properties"]["exit_rule"]["type"]
    'boolean'
    """
    specs = read_specs(bundle)
    words = {"type": "string", "minLength": 1}
    first, last = INFORMATION_YEARS
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sim scenario / 情景文件",
        **_table(
            {
                "name": words | {"description": "name / 英文名称"},
                "name_zh": words | {"description": "Chinese name / 中文名称"},
                "description": words | {"description": "description / 英文说明"},
                "description_zh": words | {"description": "Chinese description / 中文说明"},
                "information_until": {
                    "type": "integer",
                    "minimum": first,
                    "maximum": last,
                    "description": "year of the newest information used / 所用信息截至年份",
                },
                "bundle": words | {"description": "folder of the model bundle / 模型文件夹"},
                "lang": {"enum": ["zh", "en"], "description": "language of reports / 报告语言"},
                "reported_base": {
                    "enum": list(get_args(ReportedBase)),
                    "default": "published",
                    "description": "base of tables and verdicts / 报表口径:原公布或统计口径修订",
                },
                "extends": {
                    "anyOf": [words, {"type": "array", "items": words}],
                    "description": "parent files, later wins / 上级情景文件,后者优先",
                },
                "clock": _clock(),
                "policy": _table({policy.key: _policy(policy) for policy in specs.policies.values()}),
                "drivers": _table({driver.key: _driver(driver) for driver in specs.drivers.values()}),
                "parameters": _table({p.name: _parameter(p) for p in specs.parameters.values()}),
                "uncertainty": _uncertainty(),
            }
        ),
    }


def schema_text(bundle: Path) -> str:
    """The schema as it stands in ``docs/scenario.schema.json``."""
    return json.dumps(scenario_schema(bundle), ensure_ascii=False, indent=1) + "\n"


def _table(properties: Mapping[str, Schema], description: str = "") -> Schema:
    table: Schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    return table | {"description": description} if description else table


def _clock() -> Schema:
    usual, (first, last) = Clock(), LAST_YEARS
    return _table(
        {
            "start": {"const": usual.start, "description": "base year / 基期"},
            "end": {"type": "integer", "minimum": first, "maximum": last, "description": "last year / 末年"},
            "step": {"enum": list(STEPS), "description": "time step in years / 步长(年)"},
            "method": {"enum": list(get_args(Method)), "description": "Euler or Runge-Kutta / 欧拉法或龙格-库塔法"},
        }
    )


def _uncertainty() -> Schema:
    usual = Uncertainty()
    return _table(
        {
            "runs": {"type": "integer", "minimum": 1, "default": usual.runs, "description": "runs / 次数"},
            "seed": {"type": "integer", "minimum": 0, "default": usual.seed, "description": "seed / 种子"},
            "design": {"enum": list(get_args(Design)), "description": "design of the draw / 抽样方法"},
            "redraw_parks": {
                "type": "boolean",
                "description": "park tables drawn anew; by default where the bundle's table is its own draw / "
                "重新推算开发区表(默认:模型文件夹的开发区表未改动时)",
            },
            "tables": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_TABLES,
                "default": usual.tables,
                "description": "number of different park tables / 不同开发区表的个数",
            },
            "drivers": {
                "type": "boolean",
                "default": usual.drivers,
                "description": "drivers deviate from their paths / 外部驱动因素偏离所设路径",
            },
            "implementation": {
                "type": "boolean",
                "default": usual.implementation,
                "description": "policies come late or in part / 政策实施推迟或打折扣",
            },
            "draws": {
                "type": "string",
                "minLength": 1,
                "description": "table of draws (CSV) in place of ranges / 代替取值区间的抽样表(CSV)",
            },
            "joint": {
                "type": "array",
                "items": {"type": "string"},
                "description": "targets for the joint probability; by default T01 to T27 that the model gives / "
                "计算同时实现概率的目标(默认:T01至T27中由模型测算的)",
            },
        }
    )


def _schedule(number: Schema) -> Schema:
    point = {
        "type": "array",
        "items": [{"type": "integer", "minimum": 1900, "maximum": 2200}, number],
        "minItems": 2,
        "maxItems": 2,
    }
    return {"type": "array", "items": point, "minItems": 1}


def _policy(policy: Policy) -> Schema:
    levers = {key: _lever(lever) for key, lever in policy.levers.items()}
    year = {
        "type": "integer",
        "default": DEFAULT_FROM,
        "description": "year from which plain numbers act / 单个数字开始生效的年份",
    }
    return _table(levers | {"from": year}, f"{policy.name_zh} / {policy.name_en} ({policy.place})")


def _lever(lever: Lever) -> Schema:
    words = f"{lever.name_zh} / {lever.name_en}"
    if lever.kind == "switch":
        return {"type": "boolean", "default": lever.no_policy, "description": words}
    if lever.kind == "choice":
        return {"enum": list(lever.choices), "default": lever.no_policy, "description": words}
    number = {"type": lever.kind, "minimum": lever.low, "maximum": lever.high}
    about = {
        "default": lever.no_policy,
        "description": f"{words}; {lever.low:g}–{lever.high:g} {lever.units_zh} / {lever.units}",
    }
    return about | ({"anyOf": [number, _schedule(number)]} if lever.schedule else number)


def _by_element(dims: tuple[str, ...], leaf: Schema, complete: bool) -> Schema:
    """``leaf`` for all elements, or a table by element of the first dimension, and so on."""
    if not dims:
        return leaf
    elements = ELEMENTS[dims[0]]
    table = _table({name: _by_element(dims[1:], leaf, complete) for name in elements})
    if complete:
        table["required"] = list(elements)
    return {"anyOf": [leaf, table]}


def _driver(driver: Driver) -> Schema:
    rate = {"minimum": -0.9, "maximum": 1.0} if driver.form == "growth" else {}
    number: Schema = {"type": "number", **rate}
    given = _by_element(driver.dims, {"anyOf": [number, _schedule(number)]}, complete=True)
    notes = "; ".join(f"{path.key}: {path.note_zh}" for path in driver.paths.values())
    return {
        "description": f"{driver.name_zh} / {driver.name_en}; {driver.units_zh}; {notes}",
        "anyOf": [{"enum": list(driver.paths)}, given],
    }


def _parameter(parameter: Parameter) -> Schema:
    words = f"{parameter.meaning_zh} / {parameter.meaning_en}; {parameter.units}; {parameter.origin}"
    return {"description": words, **_by_element(parameter.dims, {"type": "number"}, complete=False)}
