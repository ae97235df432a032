"""Where the table stands in an own file: its header row, its columns, their units, and the rows of parks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.errors import Place, Problem
from sim.nearest import nearest
from sim.parks.cells import blank, number_in
from sim.parks.columns import Column, Columns, plain
from sim.parks.grid import Grid, Row
from sim.parks.units import FACTORS, MUST_BE_SAID, HeaderText, of_quantity, split_header, units_in

HEADER_WITHIN = 30
"""The header is looked for in this many rows from the top."""

_TOTAL = re.compile(
    r"^[\s(（]*(合计|总计|小计|共计|总和|累计|平均|均值|全区|全盟|其中|(total|subtotal|grandtotal|sum|average)$)"
    r"|(合计|总计|小计|共计)[\s)）]*$"
)
_NOTE = re.compile(
    r"^\s*(注|备注|说明|资料来源|数据来源|来源|填表|制表|审核|单位负责人|单位[:：]|note|source)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A column of the own table: its header as it stands there, what it was taken for, unit and factor."""

    column: Column
    index: int
    header: str
    unit: str
    factor: float


@dataclass(frozen=True)
class Layout:
    """The understood table: columns found, rows of parks, headers that nothing knows."""

    grid: Grid
    found: tuple[Found, ...]
    rows: tuple[Row, ...]
    notices: tuple[Problem, ...]


def is_total(name: str) -> bool:
    """Whether a row's name says that it sums others.

    >>> is_total("合 计"), is_total("其中:国家级小计"), is_total("包头铝业产业园区")
    (True, True, False)
    """
    return bool(_TOTAL.search(re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).lower()))


def find_layout(grids: Sequence[Grid], columns: Columns, problems: list[Problem]) -> Layout | None:
    """The table in the sheet that knows most columns; None, with a problem noted, where there is none."""
    words = columns.headers()
    scored = [
        (len(_recognised(row, words)), -position, number, grid)
        for number, grid in enumerate(grids)
        for position, row in enumerate(grid.rows[:HEADER_WITHIN])
    ]
    hits, negative, _, grid = max(scored, key=lambda item: (item[0], -item[2], item[1]))
    if hits < 2:
        headers = "、".join(columns[key].name_zh for key in ("name_zh", "revenue", "output"))
        problems.append(Problem(Place(grid.path), "parks_own_header", {"columns_zh": headers}))
        return None
    at = -negative
    below, body = _unit_row(grid, at)
    found, notices = _columns(grid, at, below, columns, problems)
    rows = _park_rows(grid, body, found, problems, notices)
    others = {item[3].sheet for item in scored if item[0] >= 2} - {grid.sheet}
    notices += [
        Problem(Place(grid.path, cell=sheet), "parks_other_sheet", {"sheet": sheet})
        for sheet in sorted(others)
    ]
    return Layout(grid, found, rows, tuple(notices))


def _recognised(row: Row, words: Mapping[str, str]) -> dict[str, int]:
    keys: dict[str, int] = {}
    for index, cell in enumerate(row.cells):
        if isinstance(cell, str):
            key = words.get(plain(split_header(cell).name))
            if key:
                keys.setdefault(key, index)
    return keys


def _unit_row(grid: Grid, at: int) -> tuple[Row | None, tuple[Row, ...]]:
    """The row of units under the header, if there is one, and the rows below."""
    below = grid.rows[at + 1 :]
    if below:
        texts = [cell for cell in below[0].cells if cell is not None]
        if len(texts) > 1 and all(isinstance(t, str) and (units_in(t) or blank(t)) for t in texts):
            return below[0], below[1:]
    return None, below


def _stated_above(grid: Grid, at: int) -> tuple[str, ...]:
    """Units of a line such as 单位:亿元、万人 above the header."""
    texts = (cell for row in grid.rows[:at] for cell in row.cells if isinstance(cell, str))
    lines = (unicodedata.normalize("NFKC", text) for text in texts)
    return tuple(unit for line in lines if "单位" in line for unit in units_in(line[line.index("单位") :]))


def _columns(
    grid: Grid, at: int, unit_row: Row | None, columns: Columns, problems: list[Problem]
) -> tuple[tuple[Found, ...], list[Problem]]:
    header, words, above = grid.rows[at], columns.headers(), _stated_above(grid, at)
    found: dict[str, Found] = {}
    notices: list[Problem] = []
    for index, cell in enumerate(header.cells):
        if cell is None:
            continue
        place, shown = grid.place(header, index), re.sub(r"\s+", " ", str(cell))
        taken = split_header(str(cell))
        key = words.get(plain(taken.name))
        if key is None:
            if plain(taken.name) not in ("序号", "排名", "no", "备注", "说明"):
                near = nearest(taken.name, [c.name_zh for c in columns] + [c.name_en for c in columns])
                notices.append(Problem(place, "parks_column_unknown", {"column": shown}, near))
        elif key in found:
            values = {"column": shown, "other": found[key].header, "name_zh": columns[key].name_zh}
            values["name_en"] = columns[key].name_en
            problems.append(Problem(place, "parks_own_twice", values))
        else:
            under = units_in(str(unit_row.cell(index) or "")) if unit_row else ()
            unit = _unit(taken, under, above, columns[key], place, shown, problems)
            if unit is not None:
                factor = FACTORS[columns[key].quantity][unit] if unit else 1.0
                found[key] = Found(columns[key], index, shown, unit, factor)
    return tuple(found.values()), notices


def _unit(
    header: HeaderText,
    under: tuple[str, ...],
    above: tuple[str, ...],
    column: Column,
    place: Place,
    shown: str,
    problems: list[Problem],
) -> str | None:
    """The unit of a column, "" where it needs none; None, with a problem noted, where it is unclear."""
    if not column.quantity:
        return ""
    stated = header.units + under
    units = of_quantity(stated, column.quantity) or (
        of_quantity(above, column.quantity) if not stated else ()
    )
    usual = "、".join(unit for unit in FACTORS[column.quantity] if not unit.isascii())
    values = {"column": shown, "name_zh": column.name_zh, "name_en": column.name_en, "usual": usual}
    if len(units) == 1:
        return units[0]
    if len(units) > 1:
        problems.append(Problem(place, "parks_unit_ambiguous", values | {"units": "、".join(units)}))
        return None
    if stated:
        problems.append(Problem(place, "parks_unit_wrong", values | {"units": "、".join(stated)}))
        return None
    if column.quantity in MUST_BE_SAID:
        suggestion = f"{column.name_zh}({column.units_zh})"
        problems.append(Problem(place, "parks_unit_missing", values, suggestion))
        return None
    return ""


def _park_rows(
    grid: Grid,
    rows: Sequence[Row],
    found: Sequence[Found],
    problems: list[Problem],
    notices: list[Problem],
) -> tuple[Row, ...]:
    at = {item.column.key: item.index for item in found}
    if "name_zh" not in at:
        return ()
    kept: list[Row] = []
    for row in rows:
        name = str(row.cell(at["name_zh"]) or "")
        filled = [item for item in found if item.column.key != "name_zh" and not blank(row.cell(item.index))]
        words = [cell for cell in row.cells if isinstance(cell, str) and not blank(cell)]
        numbers = any(number_in(row.cell(item.index)) is not None for item in filled if item.column.numeric)
        place = grid.place(row, at["name_zh"])
        # the word for a total may stand in another column, such as the running number
        total = next((word for word in ([name] if name else words) if is_total(word)), "")
        if total:
            problems.append(Problem(place, "parks_total_row", {"row": total}))
        elif words and _NOTE.match(words[0]) and not numbers:
            notices.append(Problem(place, "parks_note_row", {"row": words[0][:40]}))
        elif not name and filled:
            problems.append(Problem(place, "parks_no_name", {"line": row.line}))
        elif name:
            kept.append(row)
    return tuple(kept)
