"""What a target is: the frozen types that ``targets.toml`` is read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.targets.revision import Revision
from sim.targets.syntax import Expression
from sim.targets.verdict import Rule

BASES = ("model", "imposed", "extrapolated", "outside")
BASE_ORIGINS = ("published", "derived", "reconstructed", "assumed", "none")
PRICES = ("constant", "current")
MARGINS = ("value", "time", "none")
NATURES = ("unmarked", "binding", "expected")


@dataclass(frozen=True)
class Group:
    """A heading under which targets stand, in the order of the plan."""

    code: str
    name_zh: str
    name_en: str
    place: str


@dataclass(frozen=True)
class Constant:
    """A number that expressions may name, with where it comes from."""

    name: str
    value: float
    unit: str
    meaning_zh: str
    meaning_en: str
    origin: str
    source: str


@dataclass(frozen=True)
class Vocabulary:
    """The constants, definitions and revised outputs of a file; all its targets share one."""

    constants: Mapping[str, Constant]
    definitions: Mapping[str, Expression]
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True)
class Imposer:
    """A lever that sets a target, where its value in the target year is large enough (or equal).

    >>> Imposer("land_threshold.national", minimum=150.0).acts({"land_threshold.national": 150})
    True
    >>> Imposer("governance.exit_rule").acts({"governance.exit_rule": False})
    False
    """

    lever: str
    minimum: float | None = None
    equals: str | None = None

    def acts(self, levers: Mapping[str, object]) -> bool:
        """Whether the scenario's levers (value in force in the target year by name) set the target."""
        value = levers.get(self.lever)
        if self.equals is not None:
            return value == self.equals
        if isinstance(value, bool) or not isinstance(value, int | float):
            return bool(value)
        return value >= self.minimum if self.minimum is not None else value != 0


@dataclass(frozen=True)
class Reading:
    """One way to read a target: what is computed, and the bar.

    Parameters
    ----------
    code, name_zh, name_en
        Which reading it is.
    expression
        ``None`` where nothing is computed.
    rule
        The bar.
    basis
        One of `BASES`, before the scenario's levers are asked.
    imposed_by
        Levers that set it: any one that acts is enough.
    scale
        Multiplies the values (a base as revised by the statistical office).
    constants
        Values that replace those of the file.
    """

    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    expression: Expression | None
    rule: Rule
    basis: str
    imposed_by: tuple[Imposer, ...]
    scale: float
    constants: Mapping[str, float]


@dataclass(frozen=True)
class Target:
    """One target of the plan.

    Parameters
    ----------
    main
        The reading that gives the row's verdict.
    readings
        The other ones.
    base, base_origin
        A base stated by the plan, used where the run gives none; where the base comes from.
    whole_region
        Set for all parks of the region together: not applicable to a user's own park table.
    reconstructed
        The column of the park table whose reconstructed share says how far the value rests on estimates.
    margin
        What a count's margin is measured in: the values of its elements, the time at which they are done, nothing.
    proxy
        What is computed stands in for what the plan asks.
    note_zh, note_en
        What a reader must know about the value.
    reason_zh, reason_en
        Why it is not modelled.
    """

    id: str
    group: Group
    name_zh: str
    name_en: str
    scope_zh: str
    scope_en: str
    main: Reading
    readings: tuple[Reading, ...]
    base: float | None
    base_origin: str
    price_basis: str | None
    whole_region: bool
    reconstructed: str
    proxy: bool
    margin: str
    restatement_zh: str
    restatement_en: str
    note_zh: str
    note_en: str
    reason_zh: str
    reason_en: str
    plan_place: str
    source: str
    vocabulary: Vocabulary
