"""What a cell says: numbers as people type them, words of a choice, yes and no."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from types import MappingProxyType

from sim.errors import Place, Problem
from sim.nearest import nearest
from sim.parks.columns import Column, Columns, plain
from sim.parks.grid import Formula, Value
from sim.toml_values import shown

ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""Names that the model file can carry as subscripts."""

_YES = frozenset(("1", "是", "yes", "true", "y", "√", "✓", "有"))
_NO = frozenset(("0", "否", "no", "false", "n", "×", "无"))
_BLANK = frozenset(
    (
        "",
        "-",
        "--",
        "—",
        "——",
        "–",
        "…",
        "……",
        "/",
        "\\",
        "缺",
        "缺失",
        "不详",
        "未知",
        "暂无",
        "na",
        "n/a",
        "nan",
        "null",
        "none",
    )
)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?")


def blank(value: Value) -> bool:
    """Whether a cell says that the value is unknown.

    >>> [blank(value) for value in (None, "—", "不详", 0, "0")]
    [True, True, True, False, False]
    """
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and value.strip().lower() in _BLANK)


def number_in(value: Value) -> float | None:
    """The number in a cell, None if it is none; full-width digits, thousands separators and spaces are fine.

    A percentage is read as a fraction.

    >>> [number_in(value) for value in ("1,234.5", "１２３", "1，234", "35%", "12亿元", True)]
    [1234.5, 123.0, 1234.0, 0.35, None, None]
    """
    if isinstance(value, bool | Formula) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    text = re.sub(r"[\s_']", "", unicodedata.normalize("NFKC", value)).lower().replace("−", "-")
    percent = text.endswith("%")
    text = text.removesuffix("%")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        return None
    read = float(text) / (100.0 if percent else 1.0)
    return read if math.isfinite(read) else None


class CellReader:
    """Reads cells of one table into typed values and notes every mistake with its place."""

    def __init__(self, columns: Columns) -> None:
        self.problems: list[Problem] = []
        self._columns = columns
        self._words = {key: columns.option_words(key) for key in columns.options}

    def refuse(self, place: Place, code: str, column: Column, suggestion: str = "", **values: object) -> None:
        """Note a problem of a cell."""
        filled = {"key": column.key, "name_zh": column.name_zh, "name_en": column.name_en} | values
        self.problems.append(Problem(place, code, MappingProxyType(filled), suggestion))

    def number(self, value: Value, column: Column, place: Place, factor: float = 1.0) -> float:
        """A number in the column's own unit, NaN if there was a problem."""
        if isinstance(value, Formula):
            self.refuse(place, "parks_formula", column, formula=shown(value.text))
            return math.nan
        read = number_in(value)
        if read is None:
            self.refuse(place, "parks_not_number", column, found=shown(value))
            return math.nan
        read *= factor
        if read < 0 or (read == 0 and column.positive):
            code = "parks_negative" if read < 0 else "parks_zero"
        elif not column.low <= read <= column.high:
            code = "parks_bounds"
        elif column.integer and not read.is_integer():
            code = "parks_not_whole"
        else:
            return read
        limits = {"low": f"{column.low:g}", "high": f"{column.high:g}"}
        self.refuse(place, code, column, found=shown(value), **limits)
        return math.nan

    def flag(self, value: Value, column: Column, place: Place) -> float:
        """1 for yes, 0 for no, NaN if there was a problem."""
        word = str(value.text if isinstance(value, Formula) else value).strip().lower()
        word = word.removesuffix(".0") if isinstance(value, float) else unicodedata.normalize("NFKC", word)
        if word in _YES or value is True:
            return 1.0
        if word in _NO or value is False:
            return 0.0
        self.refuse(place, "parks_flag", column, found=shown(value))
        return math.nan

    def choice(self, value: Value, column: Column, place: Place) -> str:
        """The key of an option, "" if there was a problem."""
        word = "" if isinstance(value, Formula) else str(value)
        found = self._words[column.key].get(plain(word))
        if found:
            return found
        options = self._columns.options[column.key]
        names = [name for option in options.values() for name in (option.key, option.name_zh, option.name_en)]
        choices_zh = "、".join(option.name_zh for option in options.values())
        values = {"found": shown(word), "choices_zh": choices_zh, "choices_en": ", ".join(options)}
        self.refuse(place, "parks_choice", column, nearest(word, names) if word else "", **values)
        return ""

    def text(self, value: Value, column: Column, place: Place) -> str:
        """A text; whole numbers lose the point that a spreadsheet gives them."""
        if isinstance(value, Formula):
            self.refuse(place, "parks_formula", column, formula=shown(value.text))
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else re.sub(r"\s+", " ", str(value)).strip()

    def identifier(self, value: Value, column: Column, place: Place) -> str:
        """A name that the model file can carry as a subscript."""
        word = unicodedata.normalize("NFKC", self.text(value, column, place))
        if not ID.fullmatch(word):
            suggestion = re.sub(r"[^A-Za-z0-9_]+", "_", word).strip("_")
            suggestion = suggestion if ID.fullmatch(suggestion) else f"P{suggestion}" if suggestion else ""
            self.refuse(place, "parks_id", column, suggestion, found=shown(word))
        return word


def repeated(words: Iterable[tuple[str, Place]]) -> list[tuple[str, Place, Place]]:
    """Words that stand twice (upper and lower case are one), with both places.

    >>> from pathlib import Path
    >>> [word for word, _, _ in repeated([("P1", Place(Path("a"), 2)), ("p1", Place(Path("a"), 3))])]
    ['p1']
    """
    first: dict[str, Place] = {}
    twice = []
    for word, place in words:
        if word.lower() in first:
            twice.append((word, place, first[word.lower()]))
        first.setdefault(word.lower(), place)
    return twice
