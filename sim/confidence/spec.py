"""The closed schema of ``confidence.toml``: what a bundle tells of itself so that its model can be put to the test.

A section that isn't there leaves its test out, with that as the reason. A ``set`` says how a run differs from the
bundle's own: levers at values that act as in a scenario, paths or one yearly growth of drivers, numbers in place of
constants (for all elements), constants times a factor, and constants that copy another.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from sim.tested import CONFIDENCE, Stated
from sim.toml_values import Closed

FILE = CONFIDENCE

Sign = Literal[-1, 0, 1]
Expected = Literal["none", "at least", "at most", "below base", "above base", "same as base"]
Published = Literal["rates", "levels", "since", "change", "mean rate"]
Form = Literal["ratio", "growth", "largest share"]


class Table(Closed):
    """A table whose keys are all known and whose values stay as they are."""

    model_config = ConfigDict(frozen=True)


class Named(Table):
    """Something with a name for people in two languages."""

    name_en: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)


class Change(Table):
    """How a run differs from the bundle's own.

    Parameters
    ----------
    levers
        By full key; a plain number acts from the usual year on.
    drivers
        By driver the name of a path.
    growth
        By driver one growth a year for all elements.
    constants, times, copies
        By constant a number for all elements; a factor on its own numbers; the constant whose numbers it takes.
    series
        By the variable of a driver one value for all years, as the model takes it.
    """

    levers: dict[str, Any] = Field(default_factory=dict)
    drivers: dict[str, str] = Field(default_factory=dict)
    growth: dict[str, float] = Field(default_factory=dict)
    constants: dict[str, float] = Field(default_factory=dict)
    times: dict[str, float] = Field(default_factory=dict)
    copies: dict[str, str] = Field(default_factory=dict)
    series: dict[str, float] = Field(default_factory=dict)


NOTHING = Change()


class Ratio(Table):
    """A sum of variables over another; nothing below the line stands for 1."""

    over: list[str] = Field(min_length=1)
    under: list[str] = Field(default_factory=list)


class PublishedTotal(Table):
    """A column of ``published.csv`` that a run must meet in the base year; ``times`` brings it to the output's unit."""

    column: str
    output: str
    times: float = 1.0


class BaseYear(Table):
    """Test 1, levels."""

    within: float
    total: list[PublishedTotal] = Field(default_factory=list)


class Balance(Table):
    """Test 1, rates: with everything outside growing at one rate, ratios stay what they were."""

    within: float
    until: int
    set: Change
    ratio: list[Ratio] = Field(min_length=1)


class Identity(Named):
    """Parts that sum to a whole at all times; ``constant``: which doesn't change either."""

    parts: list[str] = Field(min_length=1)
    whole: str
    constant: bool = False


class StockFlow(Named):
    """A stock that changes by its flows alone, step by step."""

    stock: str
    inflows: list[str] = Field(default_factory=list)
    outflows: list[str] = Field(default_factory=list)


class Source(Table):
    """A source of growth: a variable, and the constant that is the elasticity to it (``rest``: one less that)."""

    variable: str
    elasticity: str = ""
    rest: bool = False


class Growth(Named):
    """Logarithmic growth of a variable is the sum of its sources."""

    of: str
    source: list[Source] = Field(min_length=1)


class Conservation(Table):
    """Test 3."""

    identity: list[Identity] = Field(default_factory=list)
    flow: list[StockFlow] = Field(default_factory=list)
    growth: list[Growth] = Field(default_factory=list)


class Expect(Table):
    """What a variable must be in an extreme run; ``same as base`` is said of every output, without a variable.

    Parameters
    ----------
    year
        All years if not given, but the last for a comparison with the base run.
    """

    variable: str = ""
    must: Expected
    bound: float | None = None
    year: int | None = None


class Extreme(Named):
    """One extreme condition."""

    set: Change
    expect: list[Expect] = Field(min_length=1)


class Extremes(Table):
    """Test 4.

    Parameters
    ----------
    shares
        Variables that must stay within 0 and 1.
    signed
        Stocks that may be negative by their meaning, such as logarithms; no other may.
    """

    shares: list[str] = Field(default_factory=list)
    signed: list[str] = Field(default_factory=list)
    case: list[Extreme] = Field(default_factory=list)


class Integration(Table):
    """Test 5: outputs whose totals may move by no more than ``within`` at half the step."""

    within: float
    totals: list[str] = Field(min_length=1)


class Effect(Table):
    """The sign of what levers do to the total of an output; ``without_response`` where it differs without market."""

    output: str
    sign: Sign
    without_response: Sign | None = None


class Behaviour(Named):
    """Levers and what they should do."""

    levers: dict[str, Any] = Field(min_length=1)
    effect: list[Effect] = Field(min_length=1)


class Behaviours(Table):
    """Test 6.

    Parameters
    ----------
    bite
        Relative change below which a lever has no bite.
    main
        Outputs by which bite is measured; a lever that moves others but not the first is named too.
    without_response
        What closes the response of the market.
    """

    year: int
    bite: float
    main: list[str] = Field(min_length=1)
    without_response: Change
    case: list[Behaviour] = Field(min_length=1)


class Comparison(Named, Ratio):
    """What of ``history.csv`` a run is held against.

    Parameters
    ----------
    published
        ``rates``: figures are growth in % a year; ``levels``: growth from year to year is taken of them; ``since``:
        their change since a year is; ``change``: they are changes in % since a year; ``mean rate``: they are mean
        growth in % a year since a year.
    vintage
        Only figures of this vintage; all if not given.
    league
        Only the parks of this league, where that is what was published; the whole region if not given.
    """

    quantity: str
    published: Published
    vintage: str = ""
    since: int | None = None
    league: str = ""


class History(Table):
    """Test 7: a scenario against what happened, from ``first`` to ``last``.

    Parameters
    ----------
    least_inside
        Share of the published figures that must lie inside the model's range of 90 %.
    outcome
        How the test ended, as headings of results repeat it (see `sim.tested`); nothing stated: "untested".
    """

    scenario: str
    first: int
    last: int
    least_inside: float
    outcome: Stated | None = None
    comparison: list[Comparison] = Field(min_length=1)


class Elsewhere(Table):
    """Test 8: largest difference, relative to the largest value of a variable."""

    within: float


class Range(Named, Ratio):
    """What a quantity must lie within in draws of the prior, between two years.

    Parameters
    ----------
    policy
        ``none`` or ``full``, all levers at full force.
    form
        ``ratio``: in every year; ``growth``: mean growth in % a year; ``largest share``: of a park, in every year.
    """

    policy: Literal["none", "full"]
    form: Form
    first: int
    last: int
    low: float | None = None
    high: float | None = None


class Prior(Table):
    """Test 9.

    Parameters
    ----------
    most_outside
        Share of the draws that may lie outside a range.
    full
        Levers that aren't at the upper end of their range when everything is at full force.
    """

    most_outside: float
    end: int
    full: dict[str, Any] = Field(default_factory=dict)
    range: list[Range] = Field(min_length=1)


class Loop(Named):
    """A feedback loop: what opens it, the run in which that shows, and the sign of the change of an output's total.

    Parameters
    ----------
    inert
        True where it is known to do nothing, and why stands in ``name``.
    """

    code: str = Field(min_length=1)
    off: Change
    set: Change = NOTHING
    output: str
    sign: Sign


class Loops(Table):
    """Test 10; ``least`` is the relative change below which a loop is inert."""

    year: int
    least: float
    loop: list[Loop] = Field(min_length=1)


class Confidence(Table):
    """The whole file."""

    base_year: BaseYear | None = None
    balance: Balance | None = None
    conservation: Conservation | None = None
    extremes: Extremes | None = None
    integration: Integration | None = None
    behaviour: Behaviours | None = None
    history: History | None = None
    elsewhere: Elsewhere | None = None
    prior: Prior | None = None
    loops: Loops | None = None


NO_FILE = Confidence()
