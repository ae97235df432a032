"""The files of a bundle as they were run against the files as they are now: what changed, with old and new value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim import drivers, levers, outputs_spec, parameters, uncertainty
from sim.bundle import MODEL, PARKS, TARGETS
from sim.errors import InputError, Place
from sim.model.mdl_text import Entry, entries, read_model_text
from sim.parks.columns import FILE as COLUMNS
from sim.toml_places import Keys, read_toml
from sim.verify.difference import Difference

ORDER = (
    parameters.FILE, levers.FILE, drivers.FILE, uncertainty.FILE, PARKS, TARGETS, outputs_spec.FILE, COLUMNS, MODEL,
)  # fmt: skip
"""Files of a bundle, what a user changes most often first."""

NAMES = ("id", "code", "name", "constant")
"""What an element of a list of tables is called by, if it has one of these."""

MOST = 20
"""Changes told of one file; the rest is counted."""

LONGEST = 60


def bundle_differences(then: Path, now: Path, more: Sequence[str] = ()) -> list[Difference]:
    """What differs between two folders with the files of a bundle.

    Line ends don't count. A file that differs in nothing but comments or layout is told as such.

    Parameters
    ----------
    more
        Further files to look at.
    """
    found: list[Difference] = []
    for name in (*ORDER, *more):
        before, after = _content(then / name), _content(now / name)
        if before == after:
            continue
        if before is None or after is None:
            code = "file_new" if before is None else "file_gone"
            found.append(Difference("bundle", code, {"file": name}, Place(now / name)))
            continue
        told = list(_changes(name, then, now))
        found += told[:MOST] or [Difference("bundle", "layout", {"file": name}, Place(now / name))]
        if len(told) > MOST:
            found.append(Difference("bundle", "more", {"file": name, "count": len(told) - MOST}, Place(now / name)))
    return found


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return None


def _changes(name: str, then: Path, now: Path) -> Iterator[Difference]:
    try:
        if name == PARKS:
            yield from table_changes(then / name, now / name)
        elif name == MODEL:
            yield from model_changes(then / name, now / name)
        elif name.endswith(".toml"):
            yield from toml_changes(then / name, now / name)
        else:
            yield Difference("bundle", "other", {"file": name}, Place(now / name))
    except InputError as error:
        for problem in error.problems:
            yield Difference("bundle", "unreadable", {"problem": problem})


@dataclass(frozen=True)
class Leaf:
    """A value of a TOML file with the keys that lead to it."""

    keys: Keys
    value: object


def toml_changes(then: Path, now: Path) -> Iterator[Difference]:
    """Values that differ between two TOML files, with the line of the one that there is now.

    Raises
    ------
    InputError
        If one of them is no TOML.
    """
    before, after = read_toml(then), read_toml(now)
    old, new = dict(_leaves(before.data)), dict(_leaves(after.data))
    for name in dict.fromkeys((*new, *old)):
        mine, other = old.get(name), new.get(name)
        if mine is None and other is not None:
            known = {"what": name, "after": short(other.value)}
            yield Difference("bundle", "added", known, after.place(*other.keys))
        elif other is None and mine is not None:
            yield Difference("bundle", "removed", {"what": name, "before": short(mine.value)}, Place(now))
        elif mine is not None and other is not None and mine.value != other.value:
            known = {"what": name, "before": short(mine.value), "after": short(other.value)}
            yield Difference("bundle", "value", known, after.place(*other.keys))


def _leaves(value: object, keys: Keys = (), names: tuple[str, ...] = ()) -> Iterator[tuple[str, Leaf]]:
    """Every value by a name that people know: the heading of the table is left out, elements of a list have theirs."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*keys, key), (*names, str(key)) if keys else names)
    elif isinstance(value, list) and value and all(isinstance(inner, Mapping) for inner in value):
        for place, inner in enumerate(value):
            called = next((str(inner[key]) for key in NAMES if key in inner), str(place + 1))
            yield from _leaves(inner, (*keys, place), (*names, called))
    else:
        yield ", ".join(names) or str(keys[-1]), Leaf(keys, value)


def short(value: object) -> object:
    """A value that stands in a line: a number as it is, a long text or list cut.

    >>> short(0.5), short("x" * 100)[-3:], short([[2016, 0.05]])
    (0.5, 'xx…', '[[2016, 0.05]]')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    words = " ".join(str(value).split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def table_changes(then: Path, now: Path) -> Iterator[Difference]:
    """Parks that came or went, columns that came or went, and cells with another value."""
    old, new = _rows(then), _rows(now)
    for park in dict.fromkeys((*new, *old)):
        if park not in old:
            yield Difference("bundle", "park_new", {"park": park}, Place(now, new[park].line))
        elif park not in new:
            yield Difference("bundle", "park_gone", {"park": park}, Place(now))
    columns = [list(next(iter(rows.values())).cells) if rows else [] for rows in (old, new)]
    for column in columns[0] + columns[1]:
        if column not in columns[1]:
            yield Difference("bundle", "column_gone", {"column": column}, Place(now, 1))
        elif column not in columns[0]:
            yield Difference("bundle", "column_new", {"column": column}, Place(now, 1))
    for park in (park for park in new if park in old):
        for column, after in new[park].cells.items():
            before = old[park].cells.get(column, after)
            if _number(before) != _number(after):
                known = {"park": park, "column": column, "before": before or '""', "after": after or '""'}
                yield Difference("bundle", "cell", known, Place(now, new[park].line))


@dataclass(frozen=True)
class _Row:
    line: int
    cells: dict[str, str]


def _rows(file: Path) -> dict[str, _Row]:
    """The rows of a park table by id."""
    text = file.read_bytes().decode("utf-8-sig", errors="replace")
    lines = list(csv.reader(io.StringIO(text)))
    heads = [cell.strip() for cell in lines[0]] if lines else []
    found = {}
    for number, cells in enumerate(lines[1:], start=2):
        row = dict(zip(heads, (cell.strip() for cell in cells), strict=False))
        if any(row.values()):
            found[row.get("id") or f"({number})"] = _Row(number, row)
    return found


def _number(cell: str) -> object:
    """A cell as a number where it is one: 1.0 and 1 are the same value."""
    try:
        return float(cell)
    except ValueError:
        return cell


def model_changes(then: Path, now: Path) -> Iterator[Difference]:
    """Equations that came, went or read otherwise.

    Raises
    ------
    InputError
        If one of the files is no model text.
    """
    old, new = (_equations(file) for file in (then, now))
    for name in dict.fromkeys((*new, *old)):
        mine, other = old.get(name), new.get(name)
        if mine is None and other is not None:
            yield Difference("bundle", "added", {"what": name, "after": short(other.right)}, Place(now, other.line))
        elif other is None and mine is not None:
            yield Difference("bundle", "removed", {"what": name, "before": short(mine.right)}, Place(now))
        elif mine is not None and other is not None:
            for key in ("right", "units"):
                before, after = (" ".join(str(getattr(one, key)).split()) for one in (mine, other))
                if before != after:
                    known = {"what": name, "before": short(before), "after": short(after)}
                    yield Difference("bundle", "value", known, Place(now, other.line))


def _equations(file: Path) -> dict[str, Entry]:
    found = entries(read_model_text(file), file)
    return {_left(entry): entry for entry in found}


def _left(entry: Entry) -> str:
    subscripts = f"[{', '.join(entry.subscripts)}]" if entry.subscripts else ""
    return " ".join(filter(None, (entry.name + subscripts, entry.excepted)))
