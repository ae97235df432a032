"""Where the words of a sketch view stand: columns from causes to effects below a row of stocks with pipes.

A word has a centre and half a width and height, in pixels at 96 to the inch, y downwards.  Only sums, products and
comparisons of numbers decide, in a fixed order, so that the same view always gets the same places.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

CHARACTER, LINE = 6.5, 16  # mean width of a character and height of a line of 10 points
LEFT, TOP, RIGHT = 60, 110, 2440
GAP = 20
LANE = 44
PIPE, BREAK = 80, 150  # between a stock and its flow; between two that no pipe joins, with room for clouds
GRID_COLUMNS = 6
SWEEPS = 40
GRAVITY = 0.3
STEPS, WORD_COST, OUTSIDE_COST = 32, 100, 2000  # points of an arrow that are looked at; costs in pixels of detour
BENDS = (0.0, 0.05, -0.05, 0.1, -0.1, 0.15, -0.15, 0.2, -0.2, 0.3, -0.3, 0.4, -0.4)


@dataclass(eq=False)
class Word:
    """A word of a view: a variable, or the shadow of one that is defined elsewhere."""

    name: str
    kind: str
    """``auxiliary``, ``stock``, ``flow`` (the name under a valve) or ``shadow``."""
    x: float = 0
    y: float = 0
    column: int = 0
    half_width: int = field(init=False)
    half_height: int = field(init=False)

    def __post_init__(self) -> None:
        widest, lines = _wrapped(f"<{self.name}>" if self.kind == "shadow" else self.name)
        is_stock = self.kind == "stock"
        self.half_width = max(22, round(widest * CHARACTER / 2) + (10 if is_stock else 4))
        self.half_height = LINE * lines // 2 + (8 if is_stock else 2)

    def covers(self, x: float, y: float) -> bool:
        """Whether a point lies on the word."""
        return abs(x - self.x) <= self.half_width and abs(y - self.y) <= self.half_height


def _wrapped(label: str) -> tuple[int, int]:
    """Characters of the longest line, and lines, of a label broken into at most two."""
    cuts = [place for place, character in enumerate(label) if character == " "]
    if len(label) <= 14 or not cuts:
        return len(label), 1
    return min(max(cut, len(label) - cut - 1) for cut in cuts), 2


Arrows = Sequence[tuple[Word, Word]]


def assign_columns(words: Sequence[Word], arrows: Arrows) -> None:
    """Give each word its column: right of its causes, and as close to its effects as that allows.

    An arrow that would close a loop is left out, one into a stock rather than another: it is drawn backwards.
    """
    causes: dict[Word, list[Word]] = {word: [] for word in words}
    for cause, effect in sorted(arrows, key=lambda arrow: arrow[1].kind == "stock"):
        if cause in causes and effect in causes and not _reaches(effect, cause, causes):
            causes[effect].append(cause)
    ordered = _causes_first(words, causes)
    for word in ordered:
        word.column = max((cause.column + 1 for cause in causes[word]), default=0)
    for word in reversed(ordered):
        word.column = min((other.column - 1 for other in words if word in causes[other]), default=word.column)


def _reaches(start: Word, goal: Word, causes: Mapping[Word, Sequence[Word]]) -> bool:
    seen: set[Word] = set()
    waiting = [goal]
    while waiting:
        word = waiting.pop()
        if word is start:
            return True
        if word not in seen:
            seen.add(word)
            waiting += causes[word]
    return False


def _causes_first(words: Sequence[Word], causes: Mapping[Word, Sequence[Word]]) -> list[Word]:
    done: dict[Word, None] = {}

    def visit(word: Word) -> None:
        for cause in causes[word]:
            if cause not in done:
                visit(cause)
        done.setdefault(word)

    for word in words:
        visit(word)
    return list(done)


def place(words: Sequence[Word], arrows: Arrows, row: Sequence[Word], pipes: set[tuple[Word, Word]]) -> None:
    """Give every word its place; columns must be assigned.

    ``row`` holds the stocks with pipes and their flows from left to right, ``pipes`` the pairs that a pipe joins.
    """
    causes: dict[Word, list[Word]] = {word: [] for word in words}
    effects: dict[Word, list[Word]] = {word: [] for word in words}
    for cause, effect in arrows:
        causes[effect].append(cause)
        effects[cause].append(effect)
    rest = [word for word in words if word not in row]
    above = [w for w in rest if not causes[w] and effects[w] and all(effect in row for effect in effects[w])]
    alone = [w for w in rest if not causes[w] and not effects[w]]
    bottom = _place_row(row, pipes, above, effects)
    columns: dict[int, list[Word]] = {}
    for word in rest:
        if word not in above and word not in alone:
            columns.setdefault(word.column, []).append(word)
    in_order = [columns[number] for number in sorted(columns)]
    _spread_columns(in_order)
    _settle(in_order, {word: causes[word] + effects[word] for word in words}, bottom)
    lowest = [word.y + word.half_height for column in in_order for word in column]
    _place_grid(alone, max(lowest, default=bottom) + 2 * GAP)
    for word in words:
        word.x, word.y = round(word.x), round(word.y)


def _place_row(
    row: Sequence[Word], pipes: set[tuple[Word, Word]], above: Sequence[Word], effects: Mapping[Word, Sequence[Word]]
) -> float:
    """Stocks and valves at one height, what acts on them alone in two lanes above; returns where they end."""
    level = TOP + (2 * LANE if above else 0) + 20
    right = float(LEFT)
    for before, word in zip([None, *row], row, strict=False):
        joined = before is not None and ((before, word) in pipes or (word, before) in pipes)
        right += PIPE if joined or before is None else BREAK
        word.x, word.y = right + word.half_width, level
        right = word.x + word.half_width
        if word.kind == "flow":  # the name hangs below its valve
            word.y += 8 + word.half_height
    wishes = {word: sum(effect.x for effect in effects[word]) / len(effects[word]) for word in above}
    ordered = sorted(above, key=lambda word: wishes[word])
    # in two lanes by turns, so that each word sees the row between two of the other lane
    half = 0.55 * max((word.half_width for word in above), default=0)
    for number, (word, x) in enumerate(zip(ordered, _apart(ordered, wishes, lambda _: half), strict=True)):
        word.x, word.y = x, TOP + LANE * (number % 2)
    shift = LEFT - min((word.x - word.half_width for word in above), default=LEFT)
    if shift > 0:
        for word in (*above, *row):
            word.x += shift
    return level + 60 if row else TOP - 20


def _apart(words: Sequence[Word], wishes: Mapping[Word, float], half: Callable[[Word], float]) -> list[float]:
    """Positions in the given order without overlap, with the least sum of squared distances from the wishes."""
    offsets = [0.0] if words else []
    for one, other in itertools.pairwise(words):
        offsets.append(offsets[-1] + half(one) + half(other) + GAP)
    blocks: list[tuple[float, int]] = []  # sum of wishes and number of words that have to move together
    for word, offset in zip(words, offsets, strict=True):
        total, count = wishes[word] - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            total, count = total + blocks[-1][0], count + blocks[-1][1]
            blocks.pop()
        blocks.append((total, count))
    levels = [total / count for total, count in blocks for _ in range(count)]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _spread_columns(columns: Sequence[Sequence[Word]]) -> None:
    widths = [2 * max(word.half_width for word in column) for column in columns]
    between = max(GAP, min(110.0, (RIGHT - LEFT - sum(widths)) / max(1, len(columns) - 1)))
    left = float(LEFT)
    for column, width in zip(columns, widths, strict=True):
        for word in column:
            word.x = left + width / 2
        left += width + between


def _settle(columns: Sequence[Sequence[Word]], near: Mapping[Word, Sequence[Word]], top: float) -> None:
    """Heights inside the columns: a word wants to be level with what it is joined to, and not far from the rest."""
    tallest = max((_height(column) for column in columns), default=0.0)
    middle, reach = top + tallest / 2, 0.6 * tallest
    for column in columns:
        for number, word in enumerate(column):
            word.y = middle + (number - len(column) / 2) * LANE
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else list(reversed(columns)):
            wishes: dict[Word, float] = {}
            for word in column:
                wish = (sum(other.y for other in near[word]) + GRAVITY * middle) / (len(near[word]) + GRAVITY)
                wishes[word] = min(max(wish, middle - reach), middle + reach)
            ordered = sorted(column, key=lambda word: wishes[word])
            for word, y in zip(ordered, _apart(ordered, wishes, lambda w: w.half_height), strict=True):
                word.y = y
    lift = top - min((word.y - word.half_height for column in columns for word in column), default=top)
    for word in itertools.chain.from_iterable(columns):
        word.y += lift


def _height(column: Sequence[Word]) -> float:
    return sum(2 * word.half_height + GAP for word in column)


def _place_grid(words: Sequence[Word], top: float) -> None:
    pitch = 2 * max((word.half_width for word in words), default=0) + 3 * GAP
    for number, word in enumerate(words):
        word.x = LEFT + pitch * (number % GRID_COLUMNS) + pitch / 2
        word.y = top + 60 * (number // GRID_COLUMNS) + 20


def bend(cause: Word, effect: Word, words: Sequence[Word]) -> tuple[float, int, int]:
    """How far an arrow bows aside, as a part of its length, to cross few words without a long way; its middle point."""
    others = [word for word in words if word is not cause and word is not effect]
    lowest = max(word.y + word.half_height for word in words) + LANE
    across, down = effect.x - cause.x, effect.y - cause.y

    def middle(part: float) -> tuple[float, float]:
        return (cause.x + effect.x) / 2 - part * down, (cause.y + effect.y) / 2 + part * across

    def cost(part: float) -> float:
        x, y = middle(part)
        points = []
        for step in range(1, STEPS):
            t = step / STEPS
            u, v, w = (1 - t) * (1 - 2 * t), 4 * t * (1 - t), t * (2 * t - 1)  # the parabola through the middle
            points.append((u * cause.x + v * x + w * effect.x, u * cause.y + v * y + w * effect.y))
        crossed = sum(any(word.covers(*point) for point in points) for word in others)
        outside = any(not TOP - LANE <= level <= lowest for _, level in points)
        return WORD_COST * crossed + abs(part) * (abs(across) + abs(down)) + OUTSIDE_COST * outside

    best = min(BENDS, key=cost) if cost(0.0) else 0.0
    x, y = middle(best)
    return best, round(x), round(y)
