"""The reference of a scenario's keys, from the JSON Schema that editors use: one table for each part of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sim.scenario.schema import scenario_schema
from tests.docs_tables import BUNDLE, table

Schema = Mapping[str, Any]

SCHEDULE = "schedule"
HEADS = ("key", "value", "if not said", "meaning")


def keys(*path: str) -> Callable[[str], str]:
    """A table of the keys of a part of a file: of the file itself, without its tables, for no path."""

    def rows(_: str) -> str:
        part: Any = scenario_schema(BUNDLE)
        for name in path:
            part = part["properties"][name]
        return table(HEADS, _rows(part, ""))

    return rows


def _rows(part: Schema, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, key in part["properties"].items():
        if key.get("type") != "object":
            yield f"`{prefix}{name}`", _value(key), _default(key), _cell(str(key.get("description", "")))
        elif "information_until" not in part["properties"]:  # tables of the file have tables of their own here
            yield f"**`{name}`**", "", "", _cell(str(key.get("description", "")))
            yield from _rows(key, f"{name}.")


def _value(key: Schema) -> str:
    """What a key takes, in words."""
    if "const" in key:
        return f"`{_toml(key['const'])}`"
    if "enum" in key:
        return ", ".join(f"`{_toml(one)}`" for one in key["enum"])
    if "anyOf" in key:
        first, *rest = [_value(one) for one in key["anyOf"]]
        number, _, limits = first.partition(",")
        if rest == [SCHEDULE + (f",{limits}" if limits else "")]:
            return f"{number} or schedule" + (f",{limits}" if limits else "")
        return "; or ".join(dict.fromkeys([first, *rest]))
    kind = key.get("type")
    if kind == "array":
        items = key["items"]
        if items.get("type") == "array":
            return SCHEDULE + _range(items["items"][1])
        return f"list of {_value(items)}"
    if kind == "object":
        names = list(key["properties"])
        return "table with " + ", ".join(f"`{name}`" for name in names)
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true`, `false`"}
    return words[str(kind)] + _range(key)


def _range(key: Schema) -> str:
    low, high = key.get("minimum"), key.get("maximum")
    if low is None and high is None:
        return ""
    if high is None:
        return f" from {low:g}"
    return f", {low:g} to {high:g}" if low is not None else f" up to {high:g}"


def _default(key: Schema) -> str:
    return f"`{_toml(key['default'])}`" if "default" in key else ""


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:.9g}"


def _cell(words: str) -> str:
    return words.replace("\n", " ")


TABLES: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("scenario-reference.md", "keys"): keys(),
    ("scenario-reference.md", "clock"): keys("clock"),
    ("scenario-reference.md", "uncertainty"): keys("uncertainty"),
    ("scenario-reference.md", "policies"): keys("policy"),
    ("scenario-reference.md", "drivers"): keys("drivers"),
    ("scenario-reference.md", "parameters"): keys("parameters"),
}
"""By page and name."""
