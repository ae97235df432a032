"""How a target's verdict looks: the fill of its bar, the mark in a grid, its texts as a figure sets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.report import verdicts
from sim.report.plots.layout import text_mm
from sim.report.plots.style import BLACK, DARK, GREY, MIDDLE, SMALL_PT, WARM
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow


@dataclass(frozen=True)
class Look:
    """Fill, hatch and edge of a bar, and the marker of a grid cell."""

    fill: str
    hatch: str = ""
    edge: str = BLACK
    marker: str = "o"
    fillstyle: str = "full"


LOOKS = {
    "achieved": Look(DARK),
    "near": Look(MIDDLE, "\\\\\\\\", fillstyle="left"),
    "late": Look(WARM, marker=">", fillstyle="none"),
    "missed": Look("#fdf1e1", fillstyle="none"),
    "met_at_base": Look("#a6a6a6", edge=GREY, marker="s"),
    "imposed": Look("#ffffff", "////", marker="s", fillstyle="none"),
    "extrapolated": Look("#ffffff", "....", marker="D", fillstyle="none"),
}
"""The marks differ in shape and filling, the bars in lightness and hatching: colour carries nothing alone."""


def look_of(row: TargetRow) -> str:
    """Which of :data:`LOOKS` a row has: its basis first, then its verdict."""
    if row.basis in ("imposed", "extrapolated"):
        return str(row.basis)
    if row.verdict in ("early", "met"):
        return "achieved"
    return row.verdict if row.verdict in LOOKS else "missed"


def look_of_runs(row: TargetRow, verdict: str) -> str:
    """As `look_of`, by the verdict that the runs of an ensemble speak for; "" where there is none."""
    if row.basis in ("imposed", "extrapolated"):
        return str(row.basis)
    if verdict in ("early", "met"):
        return "achieved"
    return verdict if verdict in LOOKS else "missed" if verdict else ""


def typeset(content: str, lang: Language) -> str:
    """A table's ASCII text with the signs that a figure's fonts have.

    >>> typeset(">=14000", "zh"), typeset("3-4", "zh"), typeset("-5", "en")
    ('≥14000', '3–4', '−5')
    """
    signs = content.replace(">=", "≥").replace("<=", "≤")
    head, rest = signs[:1], signs[1:]
    if head == "-" and rest and lang == "en":
        head = "\N{MINUS SIGN}"
    if head == "-" and not rest:
        return "–"
    return head + (rest.replace("-", "–") if rest[:1].isdigit() or head.isdigit() else rest)


def value_text(row: TargetRow, lang: Language) -> str:
    """The value of the target year as the table shows it."""
    return typeset(verdicts.value_text(row), lang)


def target_text(row: TargetRow, lang: Language) -> str:
    """The target as the table shows it."""
    shown = verdicts.target_text(row, lang)
    return typeset(shown, lang) if any(character.isdigit() for character in shown) else shown


def verdict_text(row: TargetRow, lang: Language) -> str:
    """The verdict in full."""
    return verdicts.verdict_text(row, lang)


def unit(row: TargetRow, lang: Language) -> str:
    """The row's unit; a bare ratio has none."""
    name = row.unit_zh if lang == "zh" else row.unit_en
    return "" if name == "1" else str(name)


def name(row: TargetRow, lang: Language) -> str:
    """The row's name."""
    return str(row.name_zh if lang == "zh" else row.name_en)


def group(row: TargetRow, lang: Language) -> str:
    """The plan group's name."""
    return str(row.group_zh if lang == "zh" else row.group_en)


def legend_rows(keys: Sequence[str], width_mm: float, lang: Language, mark_mm: float) -> list[list[tuple[str, float]]]:
    """Keys of :data:`LOOKS` with the left edge of each in millimetres, broken into lines that fit.

    Parameters
    ----------
    mark_mm
        What a key's mark or box takes, with the gap to its word.
    """
    rows: list[list[tuple[str, float]]] = [[]]
    across = 1.0
    for key in keys:
        need = mark_mm + text_mm(text(lang, f"figure.look.{key}"), SMALL_PT) + 4.0
        if rows[-1] and across + need > width_mm:
            rows.append([])
            across = 1.0
        rows[-1].append((key, across))
        across += need
    return rows
