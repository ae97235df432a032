"""What decides a target: numbers by parameter, whether the design was large enough, and the answer in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.report.columns import WIDTH, Column, table
from sim.report.heading import Heading
from sim.report.numbers import shown
from sim.report.verdicts import target_text
from sim.report.width import pack, plain, wrap
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

Method = Literal["morris", "sobol", "delta"]
Result = Literal["value", "met"]
RESULTS: tuple[Result, Result] = ("value", "met")
"""The target's value in its year, and whether the target is met then."""

BOUND = 0.1
"""Widest 95 % interval (on either side) that is enough; of Morris, against the largest effect."""

LEAST = 0.05
"""An input below that is not named, and its rank is of no account."""

NAMED = 3


@dataclass(frozen=True)
class Number:
    """An index with half the width of its 95 % interval; from half the design too."""

    value: float
    error: float
    half: float = math.nan


@dataclass(frozen=True)
class Share:
    """What a parameter decides of one result; see `sim.analysis.indices.Indices`."""

    main: Number
    beside: Number | None


@dataclass(frozen=True)
class Factor:
    """A parameter, a deviation of a driver, a delay or a delivered share of a policy.

    Parameters
    ----------
    name_en
        As the files of the bundle call it.
    low, high
        The target's value at the 5 % and the 95 % point of the parameter's range, everything else at its own number.
    shares
        By result, ``None`` where the result never changes.
    told_en
        How English text calls it; "" where that is ``name_en``.
    """

    name_en: str
    name_zh: str
    low: float
    high: float
    value: Share | None
    met: Share | None
    told_en: str = ""

    def name(self, lang: Language) -> str:
        """Its name as a reader knows it."""
        return (self.name_zh or self.name_en) if lang == "zh" else self.told_en or self.name_en

    def share(self, result: Result) -> Share | None:
        """What it decides of a result."""
        return self.value if result == "value" else self.met


@dataclass(frozen=True)
class Screened:
    """What was left out before: parameters of which so many had the least effect in trajectories of Morris."""

    trajectories: int
    runs: int
    of: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """What an analysis found.

    Parameters
    ----------
    row
        The target on the scenario's own numbers.
    factors
        Those that were analysed, the most important first.
    points, used
        Points of the design by result, and of them those without a broken run.
    runs, failed
        Of the model, screening and all.
    probability
        Share of the runs of the design that meet the target; for Morris of no meaning, ``None``.
    floors
        Of delta: what an input that decides nothing would seem to decide, by result.
    """

    row: TargetRow
    heading: Heading
    method: Method
    factors: tuple[Factor, ...]
    points: int
    used: dict[Result, int]
    runs: int
    failed: int
    seed: int
    drawn: int
    probability: float | None
    floors: dict[Result, float]
    screened: Screened | None

    @property
    def arguments(self) -> list[str]:
        """What follows the scenario on a command line that gives the same numbers."""
        keep = ["--keep", str(len(self.factors))] if self.screened else []
        design = ["--method", self.method, "--runs", str(self.points), "--seed", str(self.seed)]
        return ["--target", self.row.id, *design, *keep]

    def varies(self, result: Result) -> bool:
        """Whether a result differs between runs."""
        return any(factor.share(result) is not None for factor in self.factors)

    def ranked(self, result: Result) -> list[tuple[Factor, Share]]:
        """Parameters by what they decide of a result."""
        found = [(factor, share) for factor in self.factors if (share := factor.share(result)) is not None]
        return sorted(found, key=lambda one: -one[1].main.value)

    def scale(self, result: Result) -> float:
        """What an index is measured against: the largest effect of Morris, else 1."""
        if self.method != "morris":
            return 1.0
        return max((share.main.value for _, share in self.ranked(result)), default=1.0) or 1.0

    def named(self, result: Result) -> list[tuple[Factor, Share]]:
        """The few that a sentence names: above the least, and told apart from nothing."""
        scale, floor = self.scale(result), self.floors.get(result, 0.0)
        found = [
            (factor, share)
            for factor, share in self.ranked(result)
            if share.main.value >= LEAST * scale and share.main.value > max(floor, share.main.error)
        ]
        return found[:NAMED]


@dataclass(frozen=True)
class Check:
    """Whether a design was large enough for one result.

    Parameters
    ----------
    width
        Widest interval, on either side, against the scale.
    moved
        Parameters among the named ones whose rank is another one with half the design.
    advised
        Points that would bring the width under the bound; 0 where the width is no reason.
    """

    width: float
    moved: tuple[Factor, ...]
    advised: int

    @property
    def enough(self) -> bool:
        """Whether nothing speaks against the numbers."""
        return self.width <= BOUND and not self.moved


def check(decided: Decided, result: Result) -> Check:
    """Look at the intervals, and at the ranks with half the design."""
    ranked, scale = decided.ranked(result), decided.scale(result)
    width = max((share.main.error for _, share in ranked), default=0.0) / scale
    before = sorted(ranked, key=lambda one: -one[1].main.half)
    important = [factor for factor, share in ranked if share.main.value >= LEAST * scale][:NAMED]
    moved = tuple(one for place, one in enumerate(important) if before[place][0] is not one)
    wanted = decided.points * max((width / BOUND) ** 2, 2.0 if moved else 1.0)
    advised = 0 if width <= BOUND and not moved else 2 ** math.ceil(math.log2(max(wanted, 2.0)))
    return Check(width, moved, advised)


def sentences(decided: Decided, lang: Language) -> list[str]:
    """The answer: what decides the value, and what decides whether the target is met."""
    return [_sentence(decided, result, lang) for result in RESULTS]


def _sentence(decided: Decided, result: Result, lang: Language) -> str:
    target = decided.row.id
    if not decided.varies(result):
        met = decided.probability if decided.probability is not None else float(decided.row.verdict in _MET)
        key = "same" if result == "value" else "always" if met >= 0.5 else "never"
        return text(lang, f"sensitivity.answer.{key}", target=target)
    named, doubt = decided.named(result), "" if check(decided, result).enough else text(lang, "sensitivity.doubt")
    if not named:
        return doubt + text(lang, f"sensitivity.answer.{result}_nothing", target=target)
    parts = [_part(factor, share, decided, result, lang) for factor, share in named]
    chance = "" if decided.probability is None else percent(decided.probability)
    key = f"sensitivity.answer.{result}" if chance or result == "value" else "sensitivity.answer.met_morris"
    rest = text(lang, "sensitivity.and").join(parts[1:])
    told = parts[0] + (text(lang, "sensitivity.then") + rest if rest else "")
    return doubt + text(lang, key, target=target, parts=told, share=chance)


_MET = ("met", "early", "met_at_base")


def _part(factor: Factor, share: Share, decided: Decided, result: Result, lang: Language) -> str:
    index = share.main.value / decided.scale(result)
    value = text(lang, f"sensitivity.of.{decided.method}", percent=percent(index), index=f"{index:.2f}")
    up = factor.high - factor.low
    way = "" if result == "met" or not up else text(lang, "sensitivity.raises" if up > 0 else "sensitivity.lowers")
    return text(lang, "sensitivity.part", name=factor.name(lang), value=value, way=way)


def percent(share: float) -> str:
    """A share in whole per cent.

    >>> percent(0.123)
    '12'
    """
    return f"{100.0 * share:.0f}"


def check_lines(decided: Decided, lang: Language) -> list[str]:
    """Whether the design was large enough, result by result, and what to do if not."""
    lines = []
    for result in RESULTS:
        if not decided.varies(result):
            continue
        found, name = check(decided, result), text(lang, f"sensitivity.result.{result}")
        values: dict[str, object] = {"result": name, "width": f"{found.width:.2f}", "bound": f"{BOUND:g}"}
        values |= {"points": decided.points, "half": decided.points // 2, "advised": found.advised}
        if found.enough:
            lines.append(text(lang, "sensitivity.enough", **values))
            continue
        if found.width > BOUND:
            lines.append(text(lang, "sensitivity.wide", **values))
        if found.moved:
            moved = text(lang, "sensitivity.comma").join(factor.name(lang) for factor in found.moved)
            lines.append(text(lang, "sensitivity.moved", moved=moved, **values))
    return lines


def decided_table(decided: Decided, lang: Language) -> str:
    """Heading, table by parameter, checks and the answer; no line wider than 100 cells."""
    lines = _heading_lines(decided, lang)
    head, body = table(_columns(decided, lang))
    lines += [*head, *body, head[-1]]
    for line in [*check_lines(decided, lang), *_screening(decided, lang), meaning(decided, lang)]:
        lines += wrap(plain(line), WIDTH, "  ")
    lines.append("")
    for line in sentences(decided, lang):
        lines += wrap(plain(line), WIDTH, "  ")
    return "\n".join(lines)


def meaning(decided: Decided, lang: Language) -> str:
    """What the numbers mean, and what they don't."""
    return text(lang, f"sensitivity.meaning.{decided.method}") + text(lang, "sensitivity.held")


def _screening(decided: Decided, lang: Language) -> list[str]:
    known = decided.screened
    if known is None:
        return []
    values = {"trajectories": known.trajectories, "runs": known.runs, "of": known.of, "kept": len(decided.factors)}
    return [text(lang, "sensitivity.screened", left=known.of - len(decided.factors), **values)]


def _heading_lines(decided: Decided, lang: Language) -> list[str]:
    row, heading = decided.row, decided.heading
    zh = lang == "zh"
    first = text(
        lang, "sensitivity.heading", name=heading.name(lang), id=heading.run_id, target=row.id,
        target_name=row.name_zh if zh else row.name_en, unit=row.unit_zh if zh else row.unit_en,
        goal=target_text(row, lang), central=shown(row.value_2020), year=heading.target_year,
        history=text(lang, f"table.history.{heading.history}"),
    )  # fmt: skip
    method = text(lang, f"sensitivity.method.{decided.method}")
    second = text(lang, "sensitivity.size", method=method, points=decided.points, runs=decided.runs,
                  failed=decided.failed, seed=decided.seed, drawn=decided.drawn)  # fmt: skip
    return [line for part in (first, second) for line in pack(plain(part).split("  "), WIDTH)]


def _columns(decided: Decided, lang: Language) -> list[Column]:
    factors = decided.factors
    columns = [
        Column(text(lang, "sensitivity.parameter"), [plain(one.name(lang)) for one in factors], gives_way=True),
        Column(text(lang, "sensitivity.low"), [shown(one.low) for one in factors], "right"),
        Column(text(lang, "sensitivity.high"), [shown(one.high) for one in factors], "right"),
    ]
    for result in RESULTS:
        if decided.varies(result):
            columns += _index_columns(decided.method, [one.share(result) for one in factors], result, lang)
    return columns


def _index_columns(method: Method, shares: Sequence[Share | None], result: Result, lang: Language) -> list[Column]:
    head = text(lang, f"sensitivity.column.{method}", result=text(lang, f"sensitivity.short.{result}"))
    columns = [Column(head, [index_text(share.main, method) if share else "-" for share in shares], "right")]
    if any(share and share.beside for share in shares):
        head = text(lang, f"sensitivity.beside.{method}")
        beside = [index_text(share.beside, method) if share and share.beside else "-" for share in shares]
        columns.append(Column(head, beside, "right"))
    return columns


def index_text(index: Number, method: Method) -> str:
    """An index with its interval.

    >>> index_text(Number(0.4567, 0.031), "sobol"), index_text(Number(123.4, float("nan")), "morris")
    ('0.46(0.03)', '123')
    """
    value, error = (shown(one) if method == "morris" else f"{one:.2f}" for one in (index.value, index.error))
    return value if math.isnan(index.error) else f"{value}({error})"


COLUMNS = (
    *("parameter", "parameter_zh", "value_at_p05", "value_at_p95"),
    *(f"{result}_{part}" for result in RESULTS for part in ("index", "error", "half_design", "beside", "beside_error")),
)
"""Of ``sensitivity.csv``."""


def lines_of(decided: Decided) -> list[list[object]]:
    """The lines of ``sensitivity.csv``, one for each parameter that was analysed."""
    lines = []
    for factor in decided.factors:
        cells: list[object] = [factor.name_en, factor.name_zh, factor.low, factor.high]
        for result in RESULTS:
            share = factor.share(result)
            beside = share.beside if share else None
            main = (share.main.value, share.main.error, share.main.half) if share else (None,) * 3
            cells += [*main, *((beside.value, beside.error) if beside else (None, None))]
        lines.append(cells)
    return lines
