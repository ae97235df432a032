"""Numbers and labels that a model takes from files, put into its text: GET XLS …, GET DIRECT … and data from outside.

A model may come from a stranger. It reads files of its own folder only, and those that the user names by ``--data``;
where they lie is the user's to say: a path with ``..`` or from the root is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path, PurePosixPath, PureWindowsPath

from sim.errors import InputError, Place, Problem
from sim.model.equations import plain
from sim.model.mdl_text import Entry
from sim.model.sheets import Sheet, SheetError, column_number, read_sheet
from sim.model.subscripts import Ranges, read_ranges

_CALL = re.compile(
    r"\(?\s*GET\s+(?:XLS|DIRECT|123)\s+(DATA|CONSTANTS?|LOOKUPS?|SUBSCRIPT)\s*\(((?:'[^']*'|[^()'])*)\)\s*\)?",
    re.IGNORECASE,
)
_STRING = re.compile(r"'([^']*)'|([^,'\s][^,']*)")
_BRACKETS = re.compile(r"(.*?)\s*\[([^\]]*)\]\s*")
_ARGUMENTS = {"DATA": 4, "LOOKUP": 4, "CONSTANT": 3, "SUBSCRIPT": 5}


@dataclass(frozen=True)
class Files:
    """Where the numbers of a model may come from.

    Parameters
    ----------
    folder
        Of the model.
    given
        Files that the user names; a call that names a file of that name means it.
    tags
        Files by what a model calls them after ``?``.
    """

    folder: Path
    given: tuple[Path, ...] = ()
    tags: Mapping[str, Path] = field(default_factory=dict)

    @staticmethod
    def named(folder: Path, data: Sequence[str]) -> Files:
        """The files of a folder and those that options name: ``FILE`` or ``?tag=FILE``.

        >>> Files.named(Path("m"), ["a.csv", "?in=b.xlsx"]).tags
        {'in': PosixPath('b.xlsx')}
        """
        tagged = dict(one[1:].split("=", 1) for one in data if one.startswith("?") and "=" in one)
        given = tuple(Path(one) for one in data if not one.startswith("?"))
        return Files(folder, given, {tag.strip().lower(): Path(file) for tag, file in tagged.items()})

    def find(self, name: str) -> Path:
        """The file that a model means.

        Raises
        ------
        SheetError
            If it lies outside the folder and the user did not name it.
        """
        if name.startswith("?"):
            if name[1:].strip().lower() not in self.tags:
                raise SheetError("data_tag", tag=name)
            return self.tags[name[1:].strip().lower()]
        base = PureWindowsPath(name).name
        for file in self.given:
            if file.name.lower() == base.lower():
                return file
        parts = PureWindowsPath(name).parts
        outside = PureWindowsPath(name).anchor or PurePosixPath(name).is_absolute() or ".." in parts
        file = self.folder.joinpath(*parts) if not outside else self.folder
        if outside or not file.resolve().is_relative_to(self.folder.resolve()):
            raise SheetError("data_outside", file=name)
        return file


class NumbersMissingError(InputError):
    """Files don't give all numbers: with entries that have ones in their place, for other mistakes to be found."""

    def __init__(self, problems: Iterable[Problem], entries: tuple[Entry, ...]) -> None:
        super().__init__(problems)
        self.entries = entries


def put_numbers_in(
    found: Sequence[Entry], same: Sequence[tuple[str, str]], path: Path, files: Files
) -> tuple[Entry, ...]:
    """Entries with what they take from files in the place of the calls, and string variables gone.

    Raises
    ------
    NumbersMissingError
        With every file, sheet and cell that is missing, and every data variable without points.
    InputError
        Where labels of ranges are missing.
    """
    work = _Reading(path, files, found)
    found = [entry for entry in found if entry.operator != ":IS:"]
    found = [work.labels(entry) if entry.is_subscript else entry for entry in found]
    ranges = Ranges()
    if not work.problems:
        ranges, wrong = read_ranges(found, same, path)
        work.problems += wrong
    written = [made for entry in found for made in work.entry(entry, ranges)] if not work.problems else []
    if work.problems:
        raise NumbersMissingError(work.problems, tuple(written)) if written else InputError(work.problems)
    return tuple(written)


class _Reading:
    def __init__(self, path: Path, files: Files, found: Sequence[Entry]) -> None:
        self.path, self.files = path, files
        self.strings = {plain(e.name): e.right.strip().strip("'") for e in found if e.operator == ":IS:"}
        self.sheets: dict[tuple[Path, str], Sheet] = {}
        self.problems: list[Problem] = []
        self._given: dict[str, tuple[Sheet, int]] | None = None

    def _problem(self, entry: Entry, error: SheetError) -> None:
        values = {"name": entry.name, **error.values}
        self.problems.append(Problem(Place(self.path, entry.line), error.code, values))

    def _call(self, entry: Entry) -> tuple[str, list[str]] | None:
        """What an entry takes from a file, and the arguments."""
        call = _CALL.fullmatch(entry.right.strip())
        if call is None:
            return None
        kind = call[1].upper().rstrip("S")
        arguments = [text or self.strings.get(plain(name), name.strip()) for text, name in _STRING.findall(call[2])]
        if kind == "SUBSCRIPT":
            arguments += [""] * (5 - len(arguments))
        if len(arguments) != _ARGUMENTS[kind]:
            values = {"name": entry.name, "function": f"GET … {call[1].upper()}", "found": len(arguments)}
            values["expected"] = _ARGUMENTS[kind]
            self.problems.append(Problem(Place(self.path, entry.line), "model_arguments", values))
            return None
        return kind, arguments

    def _sheet(self, file: str, tab: str) -> Sheet:
        key = (self.files.find(file), tab)
        if key not in self.sheets:
            self.sheets[key] = read_sheet(*key)
        return self.sheets[key]

    # --- labels

    def labels(self, entry: Entry) -> Entry:
        """A range with its labels."""
        left, arrow, mapping = entry.right.partition("->")
        call = self._call(replace(entry, right=left))
        if call is None:
            return entry
        file, tab, first, last, prefix = call[1]
        try:
            sheet = self._sheet(file, tab)
            found = list(self._listed(sheet, first, last))
            if not found:
                raise SheetError("data_nothing", cell=first)
        except SheetError as error:
            self._problem(entry, error)
            return entry
        listed = ", ".join(prefix + label for label in found)
        return replace(entry, right=f"{listed} {arrow} {mapping}" if arrow else listed)

    @staticmethod
    def _listed(sheet: Sheet, first: str, last: str) -> Iterator[str]:
        row, column = sheet.place(first)
        if re.fullmatch(r"[A-Za-z]{1,3}", last.strip()):
            bottom, right = sheet.height - 1, column_number(last.strip())
        elif last.strip().isdigit():
            bottom, right = int(last) - 1, sheet.width - 1
        else:
            bottom, right = sheet.place(last) if last.strip() else (sheet.height - 1, sheet.width - 1)
        for y in range(row, min(bottom, sheet.height - 1) + 1):
            for x in range(column, min(right, sheet.width - 1) + 1):
                if sheet.text(y, x):
                    yield sheet.text(y, x)

    # --- numbers

    def entry(self, entry: Entry, ranges: Ranges) -> Iterator[Entry]:
        """An entry with its numbers, or one for each element where every element has points of its own."""
        if entry.is_subscript:
            yield entry
            return
        call = self._call(entry)
        try:
            if call is not None and call[0] == "CONSTANT":
                yield replace(entry, right=self._constants(call[1], entry, ranges))
            elif call is not None:
                yield from self._series(call[1], entry, ranges, lookup=call[0] == "LOOKUP")
            elif entry.is_data and not entry.right:
                yield from self._from_outside(entry, ranges)
            else:
                yield entry
        except SheetError as error:
            self._problem(entry, error)
            if call is not None and call[0] == "CONSTANT":
                yield replace(entry, right="1")
            else:
                points = {0.0: 1.0, 1.0: 1.0}
                yield _with_points(entry, entry.subscripts, points, lookup=call is not None and call[0] == "LOOKUP")

    def _constants(self, arguments: Sequence[str], entry: Entry, ranges: Ranges) -> str:
        """Numbers to the right along the last range and down along the one before; with ``*`` the other way round."""
        sheet = self._sheet(*arguments[:2])
        cell = arguments[2].strip()
        row, column = sheet.place(cell.rstrip("*"))
        sizes = [len(ranges.meant(x)) for x in entry.subscripts if ranges.range(x)]
        if len(sizes) > 2:
            raise SheetError("data_dimensions", found=len(sizes))
        across, down = (sizes or [1])[-1], sizes[0] if len(sizes) == 2 else 1
        lines = []
        for y, x in product(range(down), range(across)):
            place = (row + x, column + y) if cell.endswith("*") else (row + y, column + x)
            number = sheet.number(*place)
            if number is None:
                raise SheetError("data_no_number", cell=_name(*place), found=sheet.text(*place))
            lines.append(repr(number) + ("," if x < across - 1 else ";" if down > 1 else ""))
        return " ".join(lines)

    def _series(self, arguments: Sequence[str], entry: Entry, ranges: Ranges, *, lookup: bool) -> Iterator[Entry]:
        """Points along a row or column of x, elements side by side in the other direction."""
        sheet = self._sheet(*arguments[:2])
        axis, (row, column) = arguments[2].strip(), sheet.place(arguments[3])
        if not re.fullmatch(r"[A-Za-z]{1,3}|\d+", axis) or entry.excepted:
            raise SheetError("data_cell", cell=axis)
        down = not axis.isdigit()
        for number, labels in enumerate(product(*(ranges.meant(x) for x in entry.subscripts))):
            if down:
                where = [(y, column_number(axis), y, column + number) for y in range(row, sheet.height)]
            else:
                where = [(int(axis) - 1, x, row + number, x) for x in range(column, sheet.width)]
            pairs = [(sheet.number(a, b), sheet.number(c, d)) for a, b, c, d in where]
            points = {x: y for x, y in pairs if x is not None and y is not None}
            if not points:
                raise SheetError("data_nothing", cell=_name(row + number * (not down), column + number * down))
            yield _with_points(entry, labels, points, lookup=lookup)

    def _from_outside(self, entry: Entry, ranges: Ranges) -> Iterator[Entry]:
        """Points of a data variable from the columns of the files that the user names."""
        columns = self._columns()
        for labels in product(*(ranges.meant(x) for x in entry.subscripts)):
            name = f"{plain(entry.name)}[{','.join(map(plain, labels))}]" if labels else plain(entry.name)
            if name not in columns:
                raise SheetError("model_data_not_given")
            sheet, column = columns[name]
            pairs = [(sheet.number(row, 0), sheet.number(row, column)) for row in range(1, sheet.height)]
            points = {x: y for x, y in pairs if x is not None and y is not None}
            if not points:
                raise SheetError("data_nothing", cell=_name(0, column))
            yield _with_points(entry, labels, points, lookup=False)

    def _columns(self) -> dict[str, tuple[Sheet, int]]:
        """By name of an element the table and column that hold it: time stands in the first column."""
        if self._given is None:
            self._given = {}
            for file in self.files.given:
                sheet = read_sheet(file, "")
                for column in range(1, len(sheet.rows[0]) if sheet.rows else 0):
                    self._given.setdefault(_element(sheet.text(0, column)), (sheet, column))
        return self._given


def _element(header: str) -> str:
    """The element that a column is for, as elements are looked up.

    >>> _element("Land_Use[ North , y]"), _element("Price")
    ('land use[north,y]', 'price')
    """
    match = _BRACKETS.fullmatch(header)
    return f"{plain(match[1])}[{','.join(map(plain, match[2].split(',')))}]" if match else plain(header)


def _with_points(entry: Entry, labels: tuple[str, ...], points: Mapping[float, float], *, lookup: bool) -> Entry:
    pairs = ", ".join(f"({x!r}, {y!r})" for x, y in sorted(points.items()))
    return replace(entry, subscripts=labels, operator="(" if lookup else ":=", right=f"({pairs})")


def _name(row: int, column: int) -> str:
    """A cell as a spreadsheet calls it.

    >>> _name(1, 27)
    'AB2'
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
