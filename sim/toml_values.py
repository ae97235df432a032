"""Checked values out of a placed TOML file: a reader returns a typed value, or notes a problem."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim import dims
from sim.errors import Place, Problem
from sim.nearest import nearest
from sim.schedule import Schedule, constant
from sim.toml_places import Keys, PlacedToml

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

ELEMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        dims.INDUSTRY: dims.INDUSTRIES,
        "material": dims.MATERIAL,
        dims.POLLUTANT: dims.POLLUTANTS,
        dims.TIER: dims.TIERS,
        dims.LEAGUE: dims.LEAGUES,
        "level": dims.LEVELS,
        "region": dims.REGIONS,
    }
)
"""Names that a table "by element" may and must use, by dimension."""

_NUMBER_THEN_UNIT = re.compile(r"\s*([-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)\s*([%％]?)\s*(.*)", re.DOTALL)
_TYPE_CODES = MappingProxyType(
    {
        "string_type": "expected_text",
        "bool_type": "expected_switch",
        "int_type": "expected_integer",
        "int_from_float": "expected_integer",
        "list_type": "expected_list",
        "dict_type": "expected_table",
        "model_type": "expected_table",
        "finite_number": "not_finite",
    }
)
_BOUNDS = MappingProxyType(
    {
        "greater_than": (">", "gt"),
        "greater_than_equal": (">=", "ge"),
        "less_than": ("<", "lt"),
        "less_than_equal": ("<=", "le"),
    }
)
"""By kind of mistake the sign of a bound on a number, and where its limit stands."""
_COUNTS = MappingProxyType({"too_short": (">=", "min_length"), "too_long": ("<=", "max_length")})
"""The same for numbers of members."""


Said = Annotated[str, Field(pattern=r"\S")]
"""A text that says something: blanks alone are none."""


class Closed(BaseModel):
    """A table whose keys are all known: anything else is a mistake, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Spot:
    r"""A value together with where it stands.

    >>> from pathlib import Path
    >>> from sim.toml_places import parse_toml
    >>> spot = Spot.root(parse_toml("[clock]\nend = 2030", Path("a.toml"))).child("clock").child("end")
    >>> spot.key, spot.value, str(spot.place)
    ('clock.end', 2030, 'a.toml:2')
    """

    toml: PlacedToml
    keys: Keys
    value: Any

    @classmethod
    def root(cls, toml: PlacedToml) -> Spot:
        """The whole file."""
        return cls(toml, (), toml.data)

    def child(self, key: str | int) -> Spot:
        """A member of this table or array."""
        return Spot(self.toml, (*self.keys, key), self.value[key])

    def children(self) -> list[Spot]:
        """Every member of this table."""
        return [self.child(key) for key in self.value]

    @property
    def name(self) -> str:
        """The last key."""
        return str(self.keys[-1])

    @property
    def key(self) -> str:
        """The keys as a user would say them: names with dots; positions in arrays are left to the line."""
        return ".".join(key for key in self.keys if isinstance(key, str))

    @property
    def where(self) -> str:
        """The table as its header, or the file's name for the whole file."""
        return f"[{self.key}]" if self.keys else self.toml.file.name

    @property
    def place(self) -> Place:
        """File and line."""
        return self.toml.place(*self.keys)


def shown(value: object) -> str:
    """A value as it would stand in the file, shortened.

    >>> shown(True), shown("50%")
    ('true', '"50%"')
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def refuse(problems: list[Problem], spot: Spot, code: str, suggestion: str = "", **values: object) -> None:
    """Note a problem at a spot; its text may use ``key`` and ``found`` besides ``values``."""
    filled = {"key": spot.key, "found": shown(spot.value)} | values
    problems.append(Problem(spot.place, code, MappingProxyType(filled), suggestion))


def refuse_unknown(problems: list[Problem], spot: Spot, known: Iterable[str]) -> None:
    """Note that a key is not one of those known in its table."""
    parent = Spot(spot.toml, spot.keys[:-1], None)
    values = MappingProxyType({"key": spot.name, "where": parent.where})
    problems.append(Problem(spot.place, "unknown_key", values, nearest(spot.name, known)))


def number(spot: Spot, problems: list[Problem]) -> float | None:
    """A finite number; text that holds a number with a unit is refused with the bare number as suggestion."""
    value = spot.value
    if isinstance(value, str):
        bare = bare_number(value)
        refuse(problems, spot, "number_as_text" if bare else "expected_number", bare)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        refuse(problems, spot, "expected_number")
    elif not math.isfinite(value) or abs(value) > 1e300:
        refuse(problems, spot, "not_finite")
    else:
        return float(value)
    return None


def bare_number(text: str) -> str:
    """The number in a text such as "150万元/亩", "50%" or "1/16", or "" if it does not begin with one.

    >>> [bare_number(text) for text in ("150万元/亩", "50%", "0.5 ", "1/16", "x")]
    ['150', '0.5', '0.5', '0.0625', '']
    """
    found = _NUMBER_THEN_UNIT.fullmatch(text)
    if not found:
        return ""
    value = float(found[1].replace(",", ""))
    divisor = re.fullmatch(r"/\s*(\d+)\s*", found[3])
    if divisor and float(divisor[1]):
        return f"{value / float(divisor[1]):.10g}"
    return f"{value / 100 if found[2] else value:.10g}"


def integer(spot: Spot, problems: list[Problem]) -> int | None:
    """A whole number, written without a point."""
    value = number(spot, problems)
    if value is not None and not isinstance(spot.value, int):
        refuse(problems, spot, "expected_integer", f"{value:.0f}" if value.is_integer() else "")
        return None
    return None if value is None else int(spot.value)


def text(spot: Spot, problems: list[Problem]) -> str | None:
    """A text that is not empty."""
    if not isinstance(spot.value, str):
        refuse(problems, spot, "expected_text")
    elif not spot.value.strip():
        refuse(problems, spot, "empty_text")
    else:
        return spot.value
    return None


def switch(spot: Spot, problems: list[Problem]) -> bool | None:
    """``true`` or ``false``; 0 and 1, "yes" and "是" are refused with the right word as suggestion."""
    if isinstance(spot.value, bool):
        return spot.value
    word = str(spot.value).strip().lower()
    meant = "true" if word in ("1", "true", "yes", "on", "是") else ""
    meant = "false" if word in ("0", "false", "no", "off", "否") else meant
    refuse(problems, spot, "expected_switch", meant)
    return None


def choice(spot: Spot, choices: Iterable[str], problems: list[Problem]) -> str | None:
    """One of the given words."""
    options = list(choices)
    if isinstance(spot.value, str) and spot.value in options:
        return spot.value
    suggestion = nearest(spot.value, options) if isinstance(spot.value, str) else ""
    refuse(problems, spot, "unknown_choice", suggestion, choices=", ".join(map(shown, options)))
    return None


def table(spot: Spot, problems: list[Problem]) -> Spot | None:
    """The spot itself if it is a table."""
    if isinstance(spot.value, dict):
        return spot
    refuse(problems, spot, "expected_table")
    return None


def schedule(
    spot: Spot, problems: list[Problem], leaf: Callable[[Spot, list[Problem]], float | None] = number
) -> Schedule | None:
    """A list of pairs ``[year, value]`` with rising years; ``leaf`` reads and checks each value."""
    if not isinstance(spot.value, list) or not spot.value:
        refuse(problems, spot, "expected_schedule")
        return None
    if len(spot.value) == 2 and not isinstance(spot.value[0], list | dict | str | bool):
        refuse(problems, spot, "expected_schedule", f"[{shown(spot.value)}]")
        return None
    before = len(problems)
    points: list[tuple[int, float]] = []
    last: int | None = None
    for index in range(len(spot.value)):
        year = _year(spot.child(index), problems)
        if year is None:
            continue
        if last is not None and year <= last:
            code = "year_twice" if year == last else "years_fall"
            refuse(problems, spot.child(index), code, year=year, before=last)
        last = year
        value = leaf(spot.child(index).child(1), problems)
        if value is not None:
            points.append((year, value))
    return Schedule(tuple(points)) if len(problems) == before else None


def _year(spot: Spot, problems: list[Problem]) -> int | None:
    """The year of a pair ``[year, value]``."""
    if not isinstance(spot.value, list) or len(spot.value) != 2:
        refuse(problems, spot, "expected_point")
        return None
    year, value = spot.value
    if isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2200:
        swapped = isinstance(value, int) and 1900 <= value <= 2200
        refuse(problems, spot, "expected_point", shown([value, year]) if swapped else "")
        return None
    return year


def driver_values(
    spot: Spot, names: tuple[str, ...], problems: list[Problem]
) -> Schedule | Mapping[str, Schedule] | None:
    """A schedule for all elements, a plain number for all years, or a table of these by element."""

    def leaf(inner: Spot, noted: list[Problem]) -> Schedule | None:
        if isinstance(inner.value, list):
            return schedule(inner, noted)
        value = number(inner, noted)
        return None if value is None else constant(value, dims.BASE_YEAR)

    read: Schedule | Mapping[str, Schedule] | None = by_element(spot, names, leaf, problems)
    return read


def by_element(
    spot: Spot,
    names: tuple[str, ...],
    leaf: Callable[[Spot, list[Problem]], T | None],
    problems: list[Problem],
    complete: bool = True,
) -> Any:
    """One value for all elements, or a table by element of the dimensions ``names``, nested in their order.

    Returns ``leaf``'s value, a (nested) read-only mapping of such values, or None if there was a problem.
    ``complete`` demands every element.
    """
    if not isinstance(spot.value, dict):
        return leaf(spot, problems)
    if not names:
        refuse(problems, spot, "not_by_element")
        return None
    before, elements = len(problems), ELEMENTS[names[0]]
    read = {}
    for inner in spot.children():
        if inner.name not in elements:
            values = {"element": inner.name, "elements": ", ".join(elements)}
            refuse(problems, inner, "unknown_element", nearest(inner.name, elements), **values)
        else:
            read[inner.name] = by_element(inner, names[1:], leaf, problems, complete)
    missing = [element for element in elements if element not in read] if complete else []
    if missing and len(problems) == before:
        refuse(problems, spot, "missing_elements", elements=", ".join(missing))
    return MappingProxyType(read) if len(problems) == before else None


def closed(spot: Spot, model: type[M], problems: list[Problem]) -> M | None:
    """Check a table against a closed schema, every mistake with its own line."""
    if table(spot, problems) is None:
        return None
    try:
        return model.model_validate(spot.value)
    except ValidationError as error:
        before = len(problems)
        for details in error.errors(include_url=False):
            _note(spot, model, dict(details), problems)
        if len(problems) == before:  # a number where none of several forms fits
            refuse(problems, spot, "not_allowed", reason=error.errors(include_url=False)[0]["msg"])
    return None


def _note(spot: Spot, model: type[BaseModel], details: dict[str, Any], problems: list[Problem]) -> None:
    kind, path = details["type"], _keys_of(spot.value, details["loc"])
    inner = Spot(spot.toml, (*spot.keys, *path), details["input"])
    if kind == "missing":
        parent = Spot(spot.toml, inner.keys, None)
        refuse(problems, parent, "missing_key", key=details["loc"][-1], where=parent.where)
    elif kind == "extra_forbidden":
        refuse_unknown(problems, inner, model.model_fields if len(path) == 1 else ())
    elif kind == "literal_error":
        refuse(problems, inner, "unknown_choice", choices=details["ctx"]["expected"].replace("'", '"'))
    elif kind in ("float_type", "float_parsing"):
        number(inner, problems)
    elif kind in _TYPE_CODES:
        refuse(problems, inner, _TYPE_CODES[kind])
    else:
        _note_limit(inner, details, problems)


def _keys_of(value: Any, path: Sequence[str | int]) -> Keys:
    """The part of a path that stands in the file: pydantic also names the form of several that it tried."""
    kept: list[str | int] = []
    for key in path:
        members = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(members, dict) and key in members:
            kept.append(key)
            value = members[key]
    return tuple(kept)


def _note_limit(inner: Spot, details: dict[str, Any], problems: list[Problem]) -> None:
    """A value of the right type that a schema doesn't allow: by its own sentence, or by pydantic's reason."""
    kind, context = details["type"], details.get("ctx", {})
    if isinstance(inner.value, str) and not inner.value.strip():
        refuse(problems, inner, "empty_text")
    elif kind in _BOUNDS:
        sign, where = _BOUNDS[kind]
        refuse(problems, inner, "beyond_bound", sign=sign, limit=context[where])
    elif kind in _COUNTS:
        sign, where = _COUNTS[kind]
        refuse(problems, inner, "wrong_count", count=context["actual_length"], sign=sign, limit=context[where])
    else:
        refuse(problems, inner, "not_allowed", reason=details["msg"])
