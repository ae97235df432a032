"""Read ``targets.toml`` into :class:`~sim.targets.target.Target`, with every mistake and its line at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim import dims
from sim.errors import InputError
from sim.outputs_spec import Output
from sim.targets.expressions import parse_expression
from sim.targets.fields import Fields, Table
from sim.targets.revised_outputs import read_revisions
from sim.targets.shapes import shape_problems
from sim.targets.syntax import FLAGS, FUNCTIONS, LABELS, Expression
from sim.targets.target import (
    BASE_ORIGINS,
    BASES,
    MARGINS,
    NATURES,
    PRICES,
    Constant,
    Group,
    Imposer,
    Reading,
    Target,
    Vocabulary,
)
from sim.targets.verdict import COMPARATORS, FORMS, WORDINGS, Rule
from sim.toml_places import PlacedToml, read_toml

_MAIN = ("main", "main_zh", "main_en")
_OTHER = ("code", "name_zh", "name_en")
_REQUIRED = (
    *("id", "name_zh", "name_en", "scope_zh", "scope_en"),
    *("restatement_zh", "restatement_en", "plan_place", "source"),
)
_OPTIONAL = ("reconstructed", "note_zh", "note_en", "reason_zh", "reason_en")
_READING_KEYS = frozenset(
    (
        *("unit_zh", "unit_en", "expression", "scale", "constants", "basis", "imposed_by"),
        *("form", "comparator", "target", "target_low", "target_high"),
        *("tolerance", "wording", "nature", "year"),
    )
)
_TARGET_KEYS = frozenset(
    (
        *(*_READING_KEYS, *_MAIN, *_REQUIRED, *_OPTIONAL, "group", "reading"),
        *("base", "base_origin", "price_basis", "whole_region", "proxy", "margin"),
    )
)


def read_targets(path: Path, known_outputs: Collection[str]) -> tuple[Target, ...]:
    """Read the targets of a bundle.

    Parameters
    ----------
    path
        ``targets.toml``.
    known_outputs
        Names that a run records; expressions may use no others. From a mapping to
        `sim.outputs_spec.Output` the dims are known too, and expressions that they don't fit are refused here
        and not after the run.

    Returns
    -------
    tuple of Target
        In the order of the file.

    Raises
    ------
    InputError
        With every problem of the file: its line, what was expected, the nearest valid name.
    """
    toml = read_toml(path)
    fields = Fields(toml)
    targets = _Reader(toml, fields, frozenset(known_outputs)).targets()
    if isinstance(known_outputs, Mapping) and not fields.problems:
        specs = {name: spec for name, spec in known_outputs.items() if isinstance(spec, Output)}
        fields.problems += shape_problems(targets, specs)
    if fields.problems:
        raise InputError(fields.problems)
    return targets


class _Reader:
    """Goes through the file once; complaints gather in ``fields``."""

    def __init__(self, toml: PlacedToml, fields: Fields, outputs: frozenset[str]) -> None:
        self.fields, self.outputs = fields, outputs
        self.root = Table(toml.data, ())
        self.extra: set[str] = set()

    def targets(self) -> tuple[Target, ...]:
        self.fields.only(self.root, {"group", "constant", "define", "revision", "target"}, "targets.toml")
        groups = {code: self._group(code, table) for code, table in self.fields.tables(self.root, "group")}
        constants = {name: self._constant(name, t) for name, t in self.fields.tables(self.root, "constant")}
        self.extra |= set(constants)
        revisions = read_revisions(self.fields, self.root, constants, self.outputs)
        vocabulary = Vocabulary(MappingProxyType(constants), MappingProxyType(self._definitions()), revisions)
        found: list[Target] = []
        seen: set[str] = set()
        for table in self.fields.array(self.root, "target"):
            target = self._target(table, groups, vocabulary)
            if target.id in seen:
                self.fields.complain(table, "id", "target_twice", id=target.id)
            seen.add(target.id)
            found.append(target)
        if not found:
            self.fields.complain(self.root, "target", "target_none")
        return tuple(found)

    def _group(self, code: str, table: Table) -> Group:
        fields = self.fields
        fields.only(table, {"name_zh", "name_en", "place"}, f"group.{code}")
        text = {key: fields.text(table, key, required=True) for key in ("name_zh", "name_en", "place")}
        return Group(code, **text)

    def _constant(self, name: str, table: Table) -> Constant:
        fields = self.fields
        texts = ("unit", "meaning_zh", "meaning_en", "source")
        fields.only(table, {"value", "origin", *texts}, f"constant.{name}")
        self._new_name(table, name)
        value = fields.number(table, "value", required=True)
        origin = fields.choice(table, "origin", BASE_ORIGINS, "assumed")
        text = {key: fields.text(table, key, required=True) for key in texts}
        return Constant(name, value or 0.0, origin=origin, **text)

    def _new_name(self, table: Table, name: str) -> None:
        taken = {*self.outputs, *FLAGS, *LABELS, *FUNCTIONS, *self.extra}
        if name in taken or not name.isidentifier():
            self.fields.complain(table, "", "target_name_taken", name=name)

    def _definitions(self) -> dict[str, Expression]:
        """Named expressions; each may use those above it, so there are no circles."""
        found: dict[str, Expression] = {}
        table = self.fields.table(self.root, "define") or Table({}, ("define",))
        for name in table.data:
            self._new_name(table, name)
            expression = self._expression(table, name)
            if expression is not None:
                found[name] = expression
            self.extra.add(name)
        return found

    def _expression(self, table: Table, key: str) -> Expression | None:
        text = self.fields.text(table, key)
        if not text:
            return None
        try:
            return parse_expression(text, self.outputs, self.extra, self.fields.place(table, key))
        except InputError as error:
            self.fields.problems.extend(error.problems)
            return None

    def _target(self, table: Table, groups: Mapping[str, Group], vocabulary: Vocabulary) -> Target:
        fields = self.fields
        name = str(table.data.get("id", "target"))
        fields.only(table, _TARGET_KEYS, name)
        code = fields.choice(table, "group", groups, "", required=True)
        texts = {key: fields.text(table, key, required=True) for key in _REQUIRED}
        main = self._reading(table, None)
        self._complete(table, main)
        return Target(
            **texts,
            **{key: fields.text(table, key) for key in _OPTIONAL},
            group=groups.get(code, Group(code, "", "", "")),
            main=main,
            readings=self._other_readings(table, main, name),
            base=fields.number(table, "base"),
            base_origin=fields.choice(table, "base_origin", BASE_ORIGINS, "none"),
            price_basis=fields.choice(table, "price_basis", PRICES, "") or None,
            whole_region=fields.flag(table, "whole_region", True),
            proxy=fields.flag(table, "proxy", False),
            margin=fields.choice(table, "margin", MARGINS, "value"),
            vocabulary=vocabulary,
        )

    def _other_readings(self, table: Table, main: Reading, name: str) -> tuple[Reading, ...]:
        readings: list[Reading] = []
        for inner in self.fields.array(table, "reading"):
            self.fields.only(inner, _READING_KEYS | set(_OTHER), f"{name}.reading")
            reading = self._reading(inner, main)
            if reading.code in {main.code, *(r.code for r in readings)}:
                self.fields.complain(inner, "code", "target_reading_twice", code=reading.code, id=name)
            readings.append(reading)
        return tuple(readings)

    def _complete(self, table: Table, main: Reading) -> None:
        """A row that is computed needs an expression and a bar, one that is not needs the reason."""
        fields = self.fields
        if main.basis in ("model", "extrapolated") and "expression" not in table.data:
            fields.complain(table, "basis", "target_no_expression", id=table.data.get("id", ""))
        if main.basis == "outside":
            for key in ("reason_zh", "reason_en"):
                fields.text(table, key, required=True)

    def _reading(self, table: Table, main: Reading | None) -> Reading:
        """A reading; what it doesn't say it takes from the main one."""
        fields = self.fields
        prefix = _MAIN if main is None else _OTHER
        code, name_zh, name_en = (
            fields.text(table, key, required=main is not None) or fallback
            for key, fallback in zip(prefix, ("main", "主口径", "main reading"), strict=True)
        )
        rule = self._rule(table, main.rule if main else None)
        own = "expression" in table.data
        scale = fields.number(table, "scale")
        return Reading(
            code,
            name_zh,
            name_en,
            fields.text(table, "unit_zh", required=main is None) or (main.unit_zh if main else ""),
            fields.text(table, "unit_en", required=main is None) or (main.unit_en if main else ""),
            self._expression(table, "expression") if own or main is None else main.expression,
            rule,
            fields.choice(table, "basis", BASES, main.basis if main else "model", required=main is None),
            self._imposers(table) if "imposed_by" in table.data or main is None else main.imposed_by,
            1.0 if scale is None else scale,
            MappingProxyType(self._overrides(table)),
        )

    def _rule(self, table: Table, main: Rule | None) -> Rule:
        fields = self.fields
        comparator = fields.choice(table, "comparator", COMPARATORS, main.comparator if main else ">=")
        form = fields.choice(table, "form", FORMS, main.form if main else "", required=main is None)
        low, high = self._bar(table, comparator, main)
        year = fields.number(table, "year")
        inherited = main.tolerance if main and main.form == form else None
        return Rule(
            form or "level",
            comparator,
            low,
            high,
            fields.choice(table, "wording", WORDINGS, main.wording if main else "", required=main is None),
            fields.choice(table, "nature", NATURES, main.nature if main else "unmarked"),
            fields.number(table, "tolerance") if "tolerance" in table.data else inherited,
            int(year) if year is not None else main.year if main else dims.TARGET_YEAR,
        )

    def _bar(self, table: Table, comparator: str, main: Rule | None) -> tuple[float | None, float | None]:
        fields = self.fields
        target, low, high = (fields.number(table, k) for k in ("target", "target_low", "target_high"))
        if comparator == "range":
            if low is None and high is None and main and main.comparator == "range":
                return main.low, main.high
            if low is None or high is None or low > high or target is not None:
                fields.complain(table, "comparator", "target_range")
            return low, high
        if low is not None or high is not None:
            fields.complain(table, "target_low", "target_not_range", comparator=comparator)
        if target is None and main is not None:
            target = main.target
        computed = main is not None or table.data.get("basis") in ("model", "extrapolated")
        if target is None and computed:
            fields.complain(table, "target", "target_missing_key", key="target", where=_where(table))
        return (None, target) if comparator in ("<=", "<") else (target, None)

    def _imposers(self, table: Table) -> tuple[Imposer, ...]:
        """``["policy.lever"]`` or ``[{ lever = "policy.lever", minimum = 150 }]``."""
        found: list[Imposer] = []
        entries = table.data.get("imposed_by", [])
        if not isinstance(entries, list):
            self.fields.complain(table, "imposed_by", "target_not_list", key="imposed_by")
            return ()
        for entry in entries:
            imposer = _imposer(entry)
            if imposer is None:
                self.fields.complain(table, "imposed_by", "target_lever", found=str(entry)[:60])
            else:
                found.append(imposer)
        return tuple(found)

    def _overrides(self, table: Table) -> dict[str, float]:
        inner = self.fields.table(table, "constants")
        if inner is None:
            return {}
        constants = self.root.data.get("constant", {})
        self.fields.only(inner, set(constants) if isinstance(constants, dict) else set(), "constants")
        return {name: self.fields.number(inner, name) or 0.0 for name in inner.data}


def _where(table: Table) -> str:
    return str(table.data.get("id") or table.data.get("code") or ".".join(str(k) for k in table.path))


def _imposer(entry: Any) -> Imposer | None:
    if isinstance(entry, str):
        entry = {"lever": entry}
    if not isinstance(entry, dict) or not set(entry) <= {"lever", "minimum", "equals"}:
        return None
    lever, minimum, equals = entry.get("lever"), entry.get("minimum"), entry.get("equals")
    named = isinstance(lever, str) and lever.count(".") == 1 and all(lever.split("."))
    number = minimum is None or (isinstance(minimum, int | float) and not isinstance(minimum, bool))
    if not named or not number or not (equals is None or isinstance(equals, str)):
        return None
    return Imposer(str(lever), None if minimum is None else float(minimum), equals)
