"""Ensembles compared: the probability board, targets down and scenarios across, word, number and bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.report.ensemble_table import probability_text
from sim.report.figure_data import Block, Cell
from sim.report.plots import looks
from sim.report.plots.grid import Entry, Sheet, grids
from sim.report.plots.numbers import known
from sim.report.plots.style import WIDTH_MM
from sim.report.sides import Side, Sides
from sim.report.sides_table import verdict_of
from sim.report.verdicts import target_text
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.chances import Chance
    from sim.targets.rows import TargetRow

CODE = "compare-chances"
WITH_ERROR = 4
"""Scenarios side by side whose cells have room for the error of the probability."""


def board_figures(sides: Sides, lang: Language, width_mm: float = WIDTH_MM) -> dict[str, Figure]:
    """The board in as many figures as scenarios and pages need, by the stem of their files."""
    rows = {sides.first.rows[place].id: sides.first.rows[place] for place in sides.shown}
    return grids(CODE, rows, _cells(sides, lang), lang, width_mm)


def _cells(sides: Sides, lang: Language) -> Sheet:
    def of(side: Side) -> dict[str, Entry]:
        inside = [(side.rows[place], side.chances[place]) for place in sides.shown]
        return {row.id: _entry(row, chance, lang, error=len(sides.of) <= WITH_ERROR) for row, chance in inside}

    return {name: of(side) for name, side in sides.of.items()}


def _entry(row: TargetRow, chance: Chance, lang: Language, *, error: bool) -> Entry:
    word = word_of(row, chance, lang)
    if chance.probability is None:
        return Entry(looks.look_of_runs(row, verdict_of(row, chance)), (word, "–"))
    whole = probability_text(chance)
    number = f"{whole.replace('(', '% (')}" if error else f"{whole.partition('(')[0]}%"
    return Entry(looks.look_of_runs(row, verdict_of(row, chance)), (word, number), chance.probability)


def word_of(row: TargetRow, chance: Chance, lang: Language) -> str:
    """The verdict that the runs speak for, short, with the year where it is late; a dash where there is none."""
    verdict = verdict_of(row, chance)
    return text(lang, f"short.{verdict}", year=chance.year) if verdict else "–"


def board_data(sides: Sides, lang: Language) -> Block:
    """The numbers of the board: a row for each target and scenario."""
    words = (
        "figure.board.id",
        "figure.board.target",
        "figure.board.scenario",
        "figure.board.goal",
        "figure.board.unit",
        "sides.probability",
        "sides.error",
        "figure.board.verdict",
        "figure.board.basis",
    )
    rows: list[tuple[Cell, ...]] = []
    for name, side in sides.of.items():
        for place in sides.shown:
            row, chance = side.rows[place], side.chances[place]
            numbers = (100.0 * known(chance.probability), 100.0 * known(chance.error))
            rows.append((row.id, looks.name(row, lang), name, target_text(row, lang), looks.unit(row, lang), *numbers,
                         word_of(row, chance, lang), text(lang, f"basis.{row.basis}")))  # fmt: skip
    return Block(tuple(text(lang, word) for word in words), tuple(rows))
