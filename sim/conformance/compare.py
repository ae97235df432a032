"""Numbers against numbers at a stated tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.engine.inputs import Array


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the expected one: ``absolute + relative * |expected|``.

    The defaults suit results with six digits, as programs write them.

    >>> Tolerance(0.01, 0.0).error(101.5, 100.0)
    1.5
    """

    relative: float = 1e-5
    absolute: float = 1e-8

    def error(self, got: float, expected: float) -> float:
        """The distance in units of what is allowed: up to 1 is in order. Infinite for what is no number."""
        distance = abs(got - expected)
        if not math.isfinite(distance):
            return math.inf
        allowed = self.absolute + self.relative * abs(expected)
        return distance / allowed if allowed else (math.inf if distance else 0.0)


USUAL = Tolerance()


@dataclass(frozen=True)
class Difference:
    """A number that isn't the expected one.

    Parameters
    ----------
    element
        The name in the file of results.
    """

    element: str
    time: float
    expected: float
    got: float


@dataclass
class Tally:
    """What a comparison has found so far: how many numbers, the largest error, the difference that comes first."""

    tolerance: Tolerance
    numbers: int = 0
    wrong: int = 0
    largest: float = 0.0
    first: Difference | None = None

    def take(self, element: str, times: Array, expected: Array, got: Array) -> None:
        """Compare the numbers of one element, all of shape (times,)."""
        for time, wanted, found in zip(times.tolist(), expected.tolist(), got.tolist(), strict=True):
            error = self.tolerance.error(found, wanted)
            self.numbers += 1
            self.largest = max(self.largest, error)
            if error > 1:
                self.wrong += 1
                if self.first is None or time < self.first.time:
                    self.first = Difference(element, time, wanted, found)
