"""What a test of confidence finds: figures with what was measured, the bar, and whether it was passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

from sim.words.catalogue import Language, text

Status = Literal["failed", "passed", "not_applicable"]
Unit = Literal["percent", "number", "count"]


@dataclass(frozen=True)
class Both:
    """A name in two languages.

    >>> Both("土地", "land").of("en")
    'land'
    """

    zh: str
    en: str

    def of(self, lang: Language) -> str:
        """The name in a language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Note:
    """A sentence ``confidence.<code>`` of the catalogues with what it names."""

    code: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, lang: Language) -> str:
        """The sentence in a language."""
        filled = {key: x.of(lang) if isinstance(x, Both | Note) else x for key, x in self.values.items()}
        return text(lang, f"confidence.{self.code}", **filled)


@dataclass(frozen=True)
class Figure:
    """One line of a test.

    Parameters
    ----------
    what
        What was measured.
    value
        The number; ``None`` where there is none to be had.
    low, high
        The bar: the value must lie within; ``None`` for no bar on that side.
    unit
        How the numbers are shown; ``percent``: they are shares, shown times 100.
    passed
        ``None``: reported only, there is no bar.
    remark
        What else a reader must know.
    told
        The bar in other words than its two ends.
    """

    what: Note
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: Unit = "number"
    passed: bool | None = None
    remark: Note | None = None
    told: str = ""

    @property
    def measured(self) -> str:
        """The number for people, with as many digits as it takes to see on which side of the bar it lies."""
        if self.value is None:
            return "-"
        bars = [bar for bar in (self.low, self.high) if bar is not None and bar != self.value]
        few = shown(self.value, self.unit)
        return shown(self.value, self.unit, 10) if few in [shown(bar, self.unit) for bar in bars] else few

    @property
    def bar(self) -> str:
        """The bar for people."""
        if self.told:
            return self.told
        low = "" if self.low is None else shown(self.low, self.unit)
        high = "" if self.high is None else shown(self.high, self.unit)
        if low and high:
            return low if self.low == self.high else f"{low} - {high}"
        return f">= {low}" if low else f"<= {high}" if high else "-"


def shown(value: float, unit: Unit, digits: int = 3) -> str:
    """A number for people.

    >>> shown(0.00123, "percent"), shown(1.0, "percent"), shown(41, "count"), shown(0.0, "number")
    ('0.123%', '100%', '41', '0')
    """
    if unit == "count":
        return f"{value:.0f}"
    return f"{100 * value:.{digits}g}%" if unit == "percent" else f"{value:.{digits + 1}g}"


def held(
    what: Note,
    value: float,
    low: float | None = None,
    high: float | None = None,
    unit: Unit = "number",
    remark: Note | None = None,
) -> Figure:
    """A figure that passes where its value lies within the bar; what is no number never does.

    >>> held(Note("x"), 1.0, high=2.0).passed, held(Note("x"), float("nan"), high=2.0).passed
    (True, False)
    """
    passed = bool((low is None or value >= low) and (high is None or value <= high) and np.isfinite(value))
    return Figure(what, value, low, high, unit, passed, remark)


def reported(what: Note, value: float | None, unit: Unit = "number", remark: Note | None = None) -> Figure:
    """A figure without a bar."""
    return Figure(what, value, unit=unit, remark=remark)


@dataclass(frozen=True)
class Finding:
    """One test of confidence.

    Parameters
    ----------
    code
        Its short name, such as ``base-year``.
    reasons
        Why it could not be made at all; it may be told together with figures of the part that could.
    notes
        What a reader must know beyond the figures.
    """

    code: str
    figures: tuple[Figure, ...] = ()
    reasons: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def status(self) -> Status:
        """Failed where one figure failed; not applicable where nothing could be measured against a bar."""
        judged = [figure.passed for figure in self.figures if figure.passed is not None]
        return "not_applicable" if not judged else "passed" if all(judged) else "failed"


def outcome(
    code: str, figures: Iterable[Figure], reasons: Iterable[Note] = (), notes: Iterable[Note] = ()
) -> Finding:
    """A test with its figures, those that failed first."""
    ordered = sorted(figures, key=lambda figure: figure.passed is not False)
    return Finding(code, tuple(ordered), tuple(reasons), tuple(notes))
