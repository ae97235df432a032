"""The margin of a count or of a date: how little would have to move for it to be another one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim import dims
from sim.targets.distance import Elements, Floats, distance
from sim.targets.interpret import Interpreter, NotComputable
from sim.targets.series import Evaluator, Values
from sim.targets.syntax import Call, Expression, Number, swapped, walk
from sim.targets.target import Target
from sim.targets.verdict import Judgement, Rule, holds
from sim.words.catalogue import Language, text

TIGHT = 2.0
"""A count is tight where values that move by less than this, in %, give another count."""

TIGHT_YEARS = 0.1
"""The same where elements count by when they are done: 2 % of the five years of the plan."""

_HAIR = 1e-6
_LANGUAGES: tuple[Language, Language] = ("zh", "en")


@dataclass(frozen=True)
class Margin:
    """A margin as a row tells it.

    Parameters
    ----------
    size
        In %: how far the nearest number is from the bar of its element. In years: by how much the target is reached
        after its year (negative: before), or the element that decides is done.
    unit
        ``%`` or ``year``.
    tight
        Whether the count hangs on a hair.
    notes
        What it is made of, in both languages.
    """

    size: float | None
    unit: str
    tight: bool
    notes: Mapping[str, str]


def margin_of(evaluator: Evaluator, target: Target, values: Values, judgement: Judgement) -> Margin | None:
    """The margin of a target's main reading; ``None`` where it has none, or none that means anything.

    Counts (one ``count`` or ``share`` of a condition) have that of their elements; other rows that of the year in
    which they reach the bar, interpolated between whole years.
    """
    reading = target.main
    if reading.expression is None or target.margin == "none":
        return None
    interpreter = evaluator.interpreter(target, reading)
    counts = [node for node in walk(reading.expression.root) if isinstance(node, Call) and _counts(node)]
    try:
        if len(counts) == 1:
            count = _Count(interpreter, reading.expression, counts[0], reading.scale, reading.rule, evaluator.years)
            return count.in_time() if target.margin == "time" else count.in_size()
        path = _unrounded(interpreter, reading.expression, evaluator.years) if reading.scale == 1 else None
        return None if counts else _date(reading.rule, path or values.path, judgement)
    except NotComputable:
        return None


def _counts(node: Call) -> bool:
    return node.function in ("count", "share") and node.option is None


@dataclass(frozen=True)
class _Count:
    """A count inside a reading's expression."""

    interpreter: Interpreter
    expression: Expression
    node: Call
    scale: float
    rule: Rule
    years: list[int]

    def _elements(self) -> Elements:
        return distance(self.interpreter, self.node.operands[0]).elements(len(self.years))

    def _needed(self, elements: int, now: int) -> int | None:
        """How many elements the bar asks for; ``None`` where more don't help or the value isn't linear in them."""

        def value(count: int) -> float:
            part = float(count) if self.node.function == "count" else count / max(elements, 1)
            root = swapped(self.expression.root, self.node, Number(part))
            series = self.interpreter.series(Expression(self.expression.text, root, self.expression.place))
            return float(series[0, self.years.index(self.rule.year)]) * self.scale

        none, each = value(0), value(1) - value(0)
        if self.rule.comparator not in (">=", ">", "all") or not each > 0:
            return None
        if not math.isclose(value(now), none + each * now, rel_tol=1e-9, abs_tol=1e-9):
            return None
        first = max(0, math.floor(((self.rule.low or 0.0) - none) / each) - 1)
        return next((count for count in range(first, first + 4) if holds(self.rule, none + each * count)), None)

    def in_size(self) -> Margin | None:
        """By how much the nearest numbers lie on their side of the bar."""
        found, at_year = self._elements(), self.years.index(self.rule.year)
        taking = found.taking[:, at_year]
        signed, values, bars = (a[taking, at_year] for a in (found.signed, found.value, found.bar))
        decided = np.isfinite(signed)
        if not decided.any():
            return None
        inside = ~np.signbit(signed)
        parts = self._rank(signed, values, bars, int(inside.sum()))
        nearest = []
        for key, side in (("inside", inside & decided), ("outside", ~inside & decided)):
            if side.any():
                at = int(np.flatnonzero(side)[np.argmin(np.abs(signed[side]))])
                nearest.append(100 * abs(float(signed[at])))
                told = {"value": _shown(values[at]), "bar": _shown(bars[at]), "share": _percent(nearest[-1])}
                parts.append(_notes(key, **told))
        return Margin(min(nearest), "%", min(nearest) < TIGHT, _joined(parts))

    def _rank(self, signed: Floats, values: Floats, bars: Floats, now: int) -> list[dict[str, str]]:
        """The element on which the bar of the target hangs."""
        needed = self._needed(len(signed), now)
        if needed is None or needed < 1:
            return []
        if needed > len(signed):
            return [_notes("too_few", needed=needed, there=len(signed))]
        at = int(np.argsort(-signed, kind="stable")[needed - 1])
        if not math.isfinite(signed[at]):
            return []
        key = "rank_inside" if signed[at] >= 0 else "rank_outside"
        share = _percent(100 * abs(float(signed[at])))
        return [_notes(key, rank=needed, value=_shown(values[at]), bar=_shown(bars[at]), share=share)]

    def in_time(self) -> Margin | None:
        """When the element on which the bar hangs is done, and which are done just before and after the year's end."""
        found, year = self._elements(), self.rule.year
        lines = zip(found.signed, found.value, found.bar, strict=True)
        done = np.array([_crossing(self.years, *line) for line in lines])
        now = int((~np.signbit(found.signed[:, self.years.index(year)])).sum())
        parts, size = self._deciding(done, now)
        near = []
        moving = done[np.isfinite(done) & (done > dims.BASE_YEAR)]
        sides = {"last_before": moving[moving <= year + _HAIR], "first_after": moving[moving > year + _HAIR]}
        for key, side in sides.items():
            if side.size:
                at = float(side.max() if key == "last_before" else side.min())
                near.append(abs(at - year))
                parts.append(_notes(key, time=f"{at:.1f}"))
        if not parts:
            return None
        return Margin(size, "year", bool(near) and min(near) < TIGHT_YEARS, _joined(parts))

    def _deciding(self, done: Floats, now: int) -> tuple[list[dict[str, str]], float | None]:
        """The element that makes the count reach the bar, by the order in which they are done."""
        needed = self._needed(len(done), now)
        if needed is None or needed < 1:
            return [], None
        if needed > len(done):
            return [_notes("too_few", needed=needed, there=len(done))], None
        at = float(np.sort(done)[needed - 1])
        if not math.isfinite(at):
            return [_notes("rank_never", rank=needed, end=self.years[-1])], None
        size = at - self.rule.year
        return [_dated("rank_time", at, size, rank=needed)], size


def _crossing(years: list[int], signed: Floats, values: Floats, bars: Floats) -> float:
    """When an element is first counted, to a part of a year; infinite where it never is.

    What is done stays at its full value, so a line through two year-ends would end at the second of them: the rest
    takes the time that it takes at the fastest pace up to there.
    """
    inside = ~np.signbit(signed)
    if not inside.any():
        return math.inf
    at = int(np.argmax(inside))
    if at == 0:
        return float(years[0])
    steps = np.abs(np.diff(values[: at + 1]))
    fastest = float(np.nanmax(steps)) if np.isfinite(steps).any() else 0.0
    part = abs(float(bars[at] - values[at - 1])) / fastest if fastest > 0 else 1.0
    return years[at - 1] + min(part, 1.0) * (years[at] - years[at - 1])


def _unrounded(interpreter: Interpreter, expression: Expression, years: list[int]) -> dict[int, float] | None:
    """The path of what a whole number is taken of; ``None`` for an expression that is none."""
    root = expression.root
    if not (isinstance(root, Call) and root.function == "floor"):
        return None
    series = interpreter.series(Expression(expression.text, root.operands[0], expression.place))[0]
    return {year: value for year, value in zip(years, series.tolist(), strict=True) if math.isfinite(value)}


def _date(rule: Rule, path: Mapping[int, float], judgement: Judgement) -> Margin | None:
    """The time at which a line between year-ends meets the bar, and its distance from the year that is asked for."""
    year = judgement.year_reached
    if judgement.code in ("met_at_base", "imposed", "outside") or year is None or year not in path:
        return None
    before = path.get(year - 1, math.nan)
    if not math.isfinite(before) or holds(rule, before) or before == path[year]:
        return None
    bar = rule.low if rule.low is not None and before < path[year] else rule.high
    if bar is None:
        return None
    time = year - 1 + min(max((bar - before) / (path[year] - before), 0.0), 1.0)
    return Margin(time - rule.year, "year", False, _dated("date", time, time - rule.year))


def _dated(key: str, time: float, size: float, **values: object) -> dict[str, str]:
    """A note on a time: by how much before or after the year that is asked for."""
    side = "on_time" if abs(size) < 0.05 else "late" if size > 0 else "early"
    return {
        lang: text(lang, f"margin.{key}", time=f"{time:.1f}",
                   side=text(lang, f"margin.{side}", years=f"{abs(size):.1f}"), **values)
        for lang in _LANGUAGES
    }  # fmt: skip


def _notes(key: str, **values: object) -> dict[str, str]:
    return {lang: text(lang, f"margin.{key}", **values) for lang in _LANGUAGES}


def _joined(parts: list[dict[str, str]]) -> dict[str, str]:
    return {lang: text(lang, "margin.comma").join(part[lang] for part in parts) for lang in _LANGUAGES}


def _shown(value: float) -> str:
    """Four digits, no more are meant.

    >>> _shown(1000.0), _shown(812.345), _shown(0.49876)
    ('1000', '812.3', '0.4988')
    """
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _percent(share: float) -> str:
    return f"{share:.1f}" if share >= 0.1 else f"{share:.2g}"
