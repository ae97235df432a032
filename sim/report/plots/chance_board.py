"""How likely every target is: a row each, in the groups of the plan, and all of a group together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report import verdicts
from sim.report.figure_data import Block
from sim.report.numbers import shown
from sim.report.plots import looks
from sim.report.plots.chance_context import ChanceContext, Likely, listed, percent_text, put_stamp
from sim.report.plots.group_pages import GROUP_MM, groups_mm, pages_of_groups
from sim.report.plots.layout import LINE_MM, wrap
from sim.report.plots.numbers import NOTHING
from sim.report.plots.style import BLACK, GREY, LIGHT, PALE, SMALL_PT, blank, lines_of_text, sheet, styled
from sim.words.catalogue import text

PAD_MM, NARROW_PAD_MM, HEAD_MM, LEGEND_MM = 1.3, 1.4, 9.5, 4.6
HALF_BAR_MM = 1.25

JOINT = looks.Look("#595959")
"""Bar of the joint probability, which is no target's."""


@dataclass(frozen=True)
class Columns:
    """Left and right of each column in millimetres.

    Parameters
    ----------
    storeys
        Whether a row's name and range stand above its bar, number and word.
    """

    name: tuple[float, float]
    target: tuple[float, float]
    spread: tuple[float, float]
    bar: tuple[float, float]
    chance: tuple[float, float]
    word: tuple[float, float]
    storeys: bool

    def across(self, percent: float) -> float:
        """Where a probability in % lies."""
        left, right = self.bar
        return left + min(max(percent, 0.0), 100.0) / 100.0 * (right - left)


@dataclass(frozen=True)
class Line:
    """A row with its texts broken into lines.

    Parameters
    ----------
    spread
        5 to 95 % of the value; with its target before it where the row has storeys.
    probability, error
        In %; NaN where there is none.
    """

    id: str
    name: list[str]
    target: str
    spread: list[str]
    probability: float
    error: float
    word: list[str]
    look: looks.Look
    storeys: bool

    @property
    def height(self) -> float:
        """Height in millimetres."""
        if self.storeys:
            return (len(self.name) + len(self.spread) + len(self.word)) * LINE_MM + NARROW_PAD_MM
        return max(len(self.name), len(self.word)) * LINE_MM + PAD_MM


def columns(context: ChanceContext) -> Columns:
    """Columns for a board of that width; what is left over goes to the names and the bars."""
    width, zh = context.width_mm, context.lang == "zh"
    if context.narrow:
        end = width - 1.0
        word, chance = (end - (13.5 if zh else 12.5), end), (end - 31.0, end - 15.0)
        return Columns((8.0, end), (8.0, end), (8.0, end), (10.0, end - 33.0), chance, word, storeys=True)
    fixed = {"target": 13.5, "spread": 23.0, "chance": 18.5, "word": 24.5 if zh else 19.0}
    rest = width - 9.0 - sum(fixed.values())
    sizes = (rest * 0.66, fixed["target"], fixed["spread"], rest * 0.34, fixed["chance"], fixed["word"])
    edges = [8.0, *(8.0 + float(one) for one in np.cumsum(sizes))]
    name, target, spread, bar, chance, word = ((edges[i], edges[i + 1] - 1.5) for i in range(6))
    return Columns(name, target, spread, (bar[0] + 2.0, bar[1]), chance, word, storeys=False)


def chance_boards(context: ChanceContext) -> tuple[Figure, ...]:
    """The board, in as many figures as pages are needed; a group stays whole.

    A narrow one leaves nothing out: its rows have storeys, and its pages are meant to stand side by side.
    """
    with styled(context.lang):
        places = columns(context)
        groups: dict[str, list[Line]] = {}
        for one in context.likely:
            groups.setdefault(looks.group(one.row, context.lang), []).append(_line(one, places, context))
        joint = _joint_line(places, context)
        if joint:
            groups[context.word("board.together")] = [joint]
        barred = {looks.look_of(one.row) for one in context.likely if one.chance.probability is not None}
        keys = [key for key in looks.LOOKS if key in barred]
        legend = looks.legend_rows(keys, context.width_mm, context.lang, 6.5)
        return tuple(_page(page, legend, places, context) for page in pages_of_groups(groups))


def spread_text(one: Likely) -> str:
    """The middle 90 % of a target's values.

    >>> from types import SimpleNamespace
    >>> spread_text(SimpleNamespace(chance=SimpleNamespace(p05=12801.0, p95=13400.0)))
    '12801 – 13400'
    """
    low, high = one.chance.p05, one.chance.p95
    if low is None or high is None:
        return NOTHING
    return shown(low) if shown(low) == shown(high) else f"{shown(low)} – {shown(high)}"


def _line(one: Likely, places: Columns, context: ChanceContext) -> Line:
    lang, row = context.lang, one.row
    name, unit = looks.name(row, lang), looks.unit(row, lang)
    called = text(lang, "figure.board.named", name=name, unit=unit) if unit else name
    target, spread = looks.target_text(row, lang), _signed(spread_text(one), context)
    room = places.name[1] - places.name[0]
    if places.storeys:
        told = context.word("board.target_spread", target=target, spread=spread)
        beside, word = wrap(told, room, SMALL_PT), [verdicts.verdict_short(row, lang)]
    else:
        beside, word = [spread], wrap(looks.verdict_text(row, lang), places.word[1] - places.word[0], SMALL_PT)
    return Line(row.id, wrap(called, room, SMALL_PT), target, beside, one.probability, one.error, word,
                looks.LOOKS[looks.look_of(row)], places.storeys)  # fmt: skip


def _signed(content: str, context: ChanceContext) -> str:
    return content if context.lang == "zh" else content.replace("-", "\N{MINUS SIGN}")


def _joint_line(places: Columns, context: ChanceContext) -> Line | None:
    """All targets of the group in the same run; none where no target counts."""
    joint = context.stored.joint
    if joint.probability is None or joint.error is None:
        return None
    named = context.word("board.joint", size=joint.size, group=listed(context.lang, joint.counted))
    room = (places.name[1] if places.storeys else places.spread[1]) - places.name[0]
    return Line("", wrap(named, room, SMALL_PT), "", [] if places.storeys else [""], 100.0 * joint.probability,
                100.0 * joint.error, [""], JOINT, places.storeys)  # fmt: skip


def _page(
    groups: Mapping[str, Sequence[Line]], legend: list[list[tuple[str, float]]], places: Columns, context: ChanceContext
) -> Figure:
    bottom = HEAD_MM + groups_mm(groups)
    figure = blank((context.width_mm, bottom + len(legend) * LEGEND_MM + 2.0 + context.stamp_mm))
    page = sheet(figure)
    _head(page, places, context)
    down, feet, beside = HEAD_MM, [], []
    end = places.word[1] + 0.5
    for title, lines in groups.items():
        page.add_patch(Rectangle((0.5, down), end - 0.5, GROUP_MM - 0.4, facecolor=PALE, linewidth=0, zorder=2))
        lines_of_text(page, 1.0, down + GROUP_MM / 2 - 0.1, [title], zorder=5, fontsize=8.0)
        down += GROUP_MM
        for line in lines:
            top = down + (line.height - LINE_MM - NARROW_PAD_MM / 2 if line.storeys else 0.0)
            _row(page, places, line, down, context)
            down += line.height
            feet.append(down)
            beside.append((top, down))
    _grid(page, places, beside if places.storeys else [(HEAD_MM, bottom)])
    _rules(page, [((0.5, end), (foot, foot)) for foot in feet], color=LIGHT, linewidth=0.3, zorder=1)
    _legend(page, legend, down + 3.4, context)
    put_stamp(figure, context)
    return figure


def _head(page: Axes, places: Columns, context: ChanceContext) -> None:
    def write(across: float, down: float, key: str, ha: str = "left") -> None:
        lines_of_text(page, across, down, [context.word(f"board.{key}")], ha=ha)

    lines_of_text(page, 1.0, 2.6, [context.common("board.id")])
    lines_of_text(page, places.name[0], 2.6, [context.common("board.target_unit")])
    bars = (places.bar[0] + places.bar[1]) / 2
    if places.storeys:
        write(places.word[1], 2.6, "probability", "right")
    else:
        lines_of_text(page, places.target[1], 2.6, [context.common("board.goal")], ha="right")
        write(places.spread[1], 2.6, "spread", "right")
        write(bars, 2.6, "probability", "center")
        write(places.chance[1], 2.6, "error", "right")
        write(places.word[0], 2.6, "verdict")
    for tick in (0, 50, 100):
        lines_of_text(page, places.across(tick), HEAD_MM - 2.8, [str(tick)], ha="center", color="#404040")
    page.plot([0.5, places.word[1] + 0.5], [HEAD_MM - 0.6] * 2, color=BLACK, linewidth=0.6)


def _row(page: Axes, places: Columns, line: Line, down: float, context: ChanceContext) -> None:
    middle = down + line.height / 2
    if line.storeys:
        above = len(line.name) + len(line.spread)
        lines_of_text(page, 1.0, down + len(line.name) * LINE_MM / 2 + 0.5, [line.id])
        lines_of_text(page, places.name[0], down + above * LINE_MM / 2 + 0.5, [*line.name, *line.spread])
        middle = down + line.height - (LINE_MM + NARROW_PAD_MM) / 2
    else:
        lines_of_text(page, 1.0, middle, [line.id])
        lines_of_text(page, places.name[0], middle, line.name)
        lines_of_text(page, places.target[1], middle, [line.target], ha="right")
        lines_of_text(page, places.spread[1], middle, line.spread, ha="right")
    lines_of_text(page, places.word[0], middle, line.word)
    told = percent_text(line.probability, line.error, context.lang)
    lines_of_text(page, places.chance[1], middle, [told], ha="right")
    if math.isfinite(line.probability):
        _bar(page, places, line, middle)


def _bar(page: Axes, places: Columns, line: Line, middle: float) -> None:
    """The probability from 0, with its standard error on either side."""
    left = places.across(0.0)
    page.add_patch(_box(left, middle, places.across(line.probability) - left, line.look))
    low, high = places.across(line.probability - line.error), places.across(line.probability + line.error)
    for colour, width in (("white", 2.0), (BLACK, 0.8)):  # a rim, so that it stays apart from a dark bar
        ends = [low, low, low, high, high, high]
        teeth = [middle - 0.7, middle + 0.7, middle, middle, middle - 0.7, middle + 0.7]
        page.plot(ends, teeth, color=colour, linewidth=width, zorder=5, solid_capstyle="butt")


def _box(left: float, middle: float, wide: float, look: looks.Look) -> Rectangle:
    return Rectangle((left, middle - HALF_BAR_MM), wide, 2 * HALF_BAR_MM, facecolor=look.fill, hatch=look.hatch,
                     edgecolor=look.edge, linewidth=0.5, zorder=3)  # fmt: skip


def _grid(page: Axes, places: Columns, spans: Sequence[tuple[float, float]]) -> None:
    for ticks, style in (((50,), {"color": LIGHT, "linewidth": 0.4, "zorder": 1}),
                         ((0, 100), {"color": GREY, "linewidth": 0.6, "zorder": 4})):  # fmt: skip
        _rules(page, [((places.across(tick),) * 2, span) for tick in ticks for span in spans], **style)


def _rules(page: Axes, rules: Sequence[tuple[tuple[float, float], tuple[float, float]]], **style: object) -> None:
    """Straight lines, each by its ends across and down, as one shape with gaps."""
    across = [place for ends, _ in rules for place in (*ends, math.nan)]
    down = [place for _, ends in rules for place in (*ends, math.nan)]
    page.plot(across, down, **style)  # type: ignore[arg-type]


def _legend(page: Axes, rows: list[list[tuple[str, float]]], down: float, context: ChanceContext) -> None:
    for place, entries in enumerate(rows):
        for key, across in entries:
            page.add_patch(_box(across, down + place * LEGEND_MM, 5.0, looks.LOOKS[key]))
            lines_of_text(page, across + 6.5, down + place * LEGEND_MM, [context.common(f"look.{key}")])


def board_data(context: ChanceContext) -> tuple[Block, ...]:
    """The numbers of the board, and of the joint probability."""
    words = ("id", "group", "target", "low", "high", "unit", "verdict", "basis")
    heads = {key: context.common(f"board.{key}") for key in words}
    lang = context.lang
    rows = tuple(
        (one.row.id, looks.group(one.row, lang), looks.name(one.row, lang), one.probability, one.error,
         one.chance.judged, one.chance.p05, one.chance.p50, one.chance.p95, one.row.target_low, one.row.target_high,
         looks.unit(one.row, lang), looks.verdict_text(one.row, lang), text(lang, f"basis.{one.row.basis}"))
        for one in context.likely
    )  # fmt: skip
    told = [context.word(f"board.{key}") for key in ("probability", "error_points", "runs")]
    spread = [context.word(f"statistic.{key}") for key in ("p05", "p50", "p95")]
    block = Block((heads["id"], heads["group"], heads["target"], *told, *spread, heads["low"], heads["high"],
                   heads["unit"], heads["verdict"], heads["basis"]), rows)  # fmt: skip
    joint = context.stored.joint
    if joint.probability is None or joint.error is None:
        return (block,)
    named = context.word("board.joint", size=joint.size, group=listed(lang, joint.counted))
    line = (named, 100.0 * joint.probability, 100.0 * joint.error, joint.judged)
    return block, Block((context.word("board.together"), *told), (line,), context.word("board.together"))
