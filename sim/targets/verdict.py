"""When a target counts as met: one rule for every row, on whole years; no figure here is for show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim import dims
from sim.words.catalogue import Language, text

FORMS = ("level", "growth", "share", "count", "intensity", "change", "cumulative", "rule")
COMPARATORS = (">=", ">", "<=", "<", "range", "all")
WORDINGS = (
    "reach",
    "strive",
    "not_below",
    "above",
    "all",
    "in_principle",
    "forbid",
    "decrease",
    "control",
)
VERDICTS = ("outside", "imposed", "met_at_base", "early", "met", "near", "late", "missed")
FAVOURABLE = ("met_at_base", "early", "met")
"""Verdicts of a target that holds in its year."""

DEFAULT_TOLERANCE: Mapping[str, float] = {
    "level": 0.03,
    "intensity": 0.03,
    "cumulative": 0.03,
    "growth": 0.3,
    "share": 1.0,
    "count": 0.0,
    "change": 0.0,
    "rule": 0.0,
}
"""A share of the target for amounts; percentage points for growth and shares; a number for counts."""

_NO_TOLERANCE = ("all", "not_below", "forbid", "decrease", "control")
_EARLY_FORMS = ("level", "share", "count")
_AGAINST_BASE = ("growth", "change")


@dataclass(frozen=True)
class Rule:
    """What must hold, and in which year.

    Parameters
    ----------
    form
        One of `FORMS`; decides the tolerance, and whether "early" and "met at base" make sense.
    comparator
        One of `COMPARATORS`; ``all`` asks for the full value (100 % of the parks).
    low, high
        The bar: ``low`` for ``>= > all``, ``high`` for ``<= <``, both for ``range``.
    wording, nature
        The plan's force; "all", "not below", "forbid" and binding targets have no tolerance.
    tolerance
        ``None``: the default of the form.
    year
        The year in which it must hold.
    """

    form: str
    comparator: str
    low: float | None
    high: float | None
    wording: str = "reach"
    nature: str = "unmarked"
    tolerance: float | None = None
    year: int = dims.TARGET_YEAR

    @property
    def target(self) -> float | None:
        """The one number to compare with; ``None`` for a range."""
        if self.comparator == "range":
            return None
        return self.high if self.comparator in ("<=", "<") else self.low

    @property
    def allowed(self) -> float:
        """The tolerance in force, in the unit of `DEFAULT_TOLERANCE`."""
        if self.wording in _NO_TOLERANCE or self.comparator == "all" or self.nature == "binding":
            return 0.0
        return DEFAULT_TOLERANCE[self.form] if self.tolerance is None else self.tolerance


@dataclass(frozen=True)
class Judgement:
    """A verdict, the year in which the target is reached and, if it is lost again, the last year it held."""

    code: str
    year_reached: int | None = None
    lost_after: int | None = None


def holds(rule: Rule, value: float, margin: float = 0.0) -> bool:
    """Whether a value satisfies the bar, moved ``margin`` in its favour; an undefined value never does.

    >>> rule = Rule("share", ">=", 50.0, None)
    >>> holds(rule, 50.0), holds(rule, 100 * 57 / 116)
    (True, False)
    >>> holds(Rule("level", ">", 1000.0, None), 1000.0)
    False
    """
    if not math.isfinite(value):
        return False
    low = -math.inf if rule.low is None else rule.low - margin
    high = math.inf if rule.high is None else rule.high + margin
    below, above = _hair(low), _hair(high)  # a last bit of rounding is not a result
    match rule.comparator:
        case ">":
            return value > low + below
        case "<":
            return value < high - above
        case "<=":
            return value <= high + above
        case "range":
            return low - below <= value <= high + above
    return value >= low - below


def _hair(bar: float) -> float:
    return 1e-9 * max(1.0, abs(bar)) if math.isfinite(bar) else 0.0


def close(rule: Rule, value: float) -> bool:
    """Whether a value that misses the bar lies within the tolerance.

    >>> close(Rule("level", ">=", 14000.0, None), 13600.0), close(Rule("count", ">=", 14.0, None), 13.0)
    (True, False)
    """
    if rule.allowed <= 0.0:
        return False
    bar = max(abs(b) for b in (rule.low, rule.high) if b is not None)
    relative = rule.form in ("level", "intensity", "cumulative")
    return holds(rule, value, rule.allowed * bar if relative else rule.allowed)


def judge(rule: Rule, path: Mapping[int, float]) -> Judgement:
    """The verdict on the values of a scenario by year; years without a value count as not met.

    Parameters
    ----------
    rule
        The bar.
    path
        Value by calendar year, from 2015 to the clock's end; the target year must be there.

    >>> judge(Rule("level", ">=", 10.0, None), {2015: 5, 2018: 9, 2019: 11, 2020: 12})
    Judgement(code='early', year_reached=2019, lost_after=None)
    >>> judge(Rule("count", ">=", 10.0, None), {2015: 5, 2018: 11, 2020: 9, 2024: 10})
    Judgement(code='late', year_reached=2024, lost_after=2018)
    """
    met = {year: holds(rule, value) for year, value in path.items()}
    first = dims.BASE_YEAR + (1 if rule.form in _AGAINST_BASE else 0)  # 2015 against itself says nothing
    if met.get(rule.year, False):
        if first == dims.BASE_YEAR and met.get(first, False):
            return Judgement("met_at_base", first)
        start = rule.year
        while start - 1 > dims.BASE_YEAR and met.get(start - 1, False):
            start -= 1
        if start < rule.year and rule.form in _EARLY_FORMS:
            return Judgement("early", start)
        return Judgement("met", rule.year)
    held = [year for year, ok in met.items() if ok and first <= year < rule.year]
    # an average growth above the bar in the first year is no target reached: it is asked of the whole period
    lost = max(held) if held and rule.form != "growth" else None
    later = min((year for year, ok in met.items() if ok and year > rule.year), default=None)
    if close(rule, path.get(rule.year, math.nan)):
        return Judgement("near", later, lost)
    return Judgement("missed" if later is None else "late", later, lost)


def verdict_word(lang: Language, code: str, year: int | None, end: int) -> str:
    """The word of a verdict, with the year of a late one and the clock's end of a missed one.

    >>> verdict_word("zh", "late", 2023, 2030)
    '预计晚于期限(2023)'
    """
    return text(lang, f"verdict.{code}", year=year, end=end)


def gap(rule: Rule, value: float) -> float:
    """Value minus bar (of a range: the bar it lies beyond; 0 inside).

    >>> gap(Rule("level", ">=", 10.0, None), 8.0), gap(Rule("level", "range", 3.0, 4.0), 4.5)
    (-2.0, 0.5)
    """
    if rule.target is not None:
        return value - rule.target
    low, high = rule.low or 0.0, rule.high or 0.0
    return value - low if value < low else value - high if value > high else 0.0


def progress(rule: Rule, base: float | None, value: float | None) -> float | None:
    """Share of the way from the base to the bar, in %; ``None`` where there is no way to go.

    That is: without a base, for a range, where bar and base differ by less than 1 % of the bar, and where the
    base already satisfies it (a percentage of a way that was never needed misleads).

    >>> progress(Rule("level", ">=", 14000.0, None), 9209.0, 11604.5)
    50.0
    """
    target = rule.target
    if base is None or value is None or target is None or rule.form in _AGAINST_BASE:
        return None
    if abs(target - base) < 0.01 * abs(target) or target == base or holds(rule, base):
        return None
    return (value - base) / (target - base) * 100.0 + 0.0  # no minus before a zero


def mean_growth(start: float | None, end: float | None, years: int) -> float | None:
    """Mean annual growth in % between two positive values, else ``None``.

    >>> round(mean_growth(9209.0, 14000.0, 5), 2)
    8.74
    """
    if start is None or end is None or start <= 0.0 or end <= 0.0 or years <= 0:
        return None
    return float(((end / start) ** (1.0 / years) - 1.0) * 100.0)
