"""Take values of a known type out of a TOML table and note a problem, with its line, for each that is not."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process

from sim.errors import Place, Problem
from sim.toml_places import PlacedToml


@dataclass(frozen=True)
class Table:
    """A table of the file and the keys that lead to it."""

    data: dict[str, Any]
    path: tuple[str | int, ...]


@dataclass
class Fields:
    """Reads fields of a file; problems gather here and are raised by the owner, all at once."""

    toml: PlacedToml
    problems: list[Problem] = field(default_factory=list)

    def place(self, table: Table, key: str) -> Place:
        """Line of a key, or of its table where it is missing."""
        return self.toml.place(*table.path, key) if key else self.toml.place(*table.path)

    def complain(self, table: Table, key: str, code: str, suggestion: str = "", /, **values: object) -> None:
        """Note a problem at a key."""
        self.problems.append(Problem(self.place(table, key), code, values, suggestion))

    def only(self, table: Table, known: Collection[str], where: str) -> None:
        """Note every key that isn't known; tables and arrays of tables below count too."""
        for key in table.data:
            if key not in known:
                best = process.extractOne(key, sorted(known), scorer=fuzz.ratio, score_cutoff=60)
                self.complain(table, key, "unknown_key", best[0] if best else "", key=key, where=where)

    def text(self, table: Table, key: str, required: bool = False) -> str:
        """A text; "" where it is missing."""
        value = table.data.get(key)
        if value is None and not required:
            return ""
        if value is None or value == "":
            self._missing(table, key)
            return ""
        if not isinstance(value, str):
            self.complain(table, key, "target_not_text", key=key, found=str(value)[:40])
            return ""
        return value

    def number(self, table: Table, key: str, required: bool = False) -> float | None:
        """A finite number; ``None`` where it is missing."""
        value = table.data.get(key)
        if value is None:
            if required:
                self._missing(table, key)
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.complain(table, key, "target_not_number", key=key, found=str(value)[:40])
            return None
        return float(value)

    def flag(self, table: Table, key: str, default: bool) -> bool:
        """``true`` or ``false``."""
        value = table.data.get(key, default)
        if not isinstance(value, bool):
            self.complain(table, key, "target_not_flag", key=key, found=str(value)[:40])
            return default
        return value

    def choice(
        self, table: Table, key: str, known: Collection[str], default: str, required: bool = False
    ) -> str:
        """One of a few words; ``default`` where it is missing."""
        value = table.data.get(key)
        if value is None:
            if required:
                self._missing(table, key)
            return default
        if value not in known:
            listed = [word for word in known if word]
            best = process.extractOne(str(value), listed, scorer=fuzz.ratio, score_cutoff=50)
            swapped = next((word for word in listed if sorted(word) == sorted(str(value))), "")  # "=>"
            values = {"key": key, "found": str(value)[:40], "known": ", ".join(listed)}
            self.complain(table, key, "target_choice", swapped or (best[0] if best else ""), **values)
            return default
        return str(value)

    def table(self, parent: Table, key: str) -> Table | None:
        """A table below; ``None`` where it is missing."""
        value = parent.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.complain(parent, key, "target_not_table", key=key)
            return None
        return Table(value, (*parent.path, key))

    def tables(self, parent: Table, key: str) -> Iterator[tuple[str, Table]]:
        """The named tables below ``[key.…]``."""
        outer = self.table(parent, key)
        for name in outer.data if outer else ():
            inner = self.table(outer, name) if outer else None
            if inner is not None:
                yield name, inner

    def array(self, parent: Table, key: str) -> Iterator[Table]:
        """The tables of ``[[key]]``."""
        value = parent.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.complain(parent, key, "target_not_array", key=key)
            return
        for index, item in enumerate(value):
            yield Table(item, (*parent.path, key, index))

    def _missing(self, table: Table, key: str) -> None:
        where = str(table.data.get("id") or table.data.get("code") or ".".join(str(k) for k in table.path))
        self.complain(table, key, "target_missing_key", key=key, where=where)
