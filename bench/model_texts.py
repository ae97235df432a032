"""Model texts of any number of equations, the same at every call."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

CONTROL = "INITIAL TIME = 0 ~~|\nFINAL TIME = 10 ~~|\nTIME STEP = 0.5 ~~|\nSAVEPER = TIME STEP ~~|\n"


def flat(count: int) -> str:
    """Scalars by turns: a constant, a stock, and two auxiliaries that take what stands just before."""
    draw = random.Random(1)

    def equation(n: int) -> str:
        match n % 4:
            case 0:
                return f"c{n} = {draw.random():.4f}"
            case 1:
                return f"s{n} = INTEG(c{n - 1} * 0.1 - s{n} * 0.05, {draw.randint(1, 9)})"
            case 2:
                return f"a{n} = s{n - 1} * c{n - 2} + MAX(Time, c{n - 2})"
        return f"b{n} = IF THEN ELSE(a{n - 1} > 2, a{n - 1} / 3, SQRT(s{n - 2}))"

    return _text(equation, count)


def mixed(count: int) -> str:
    """A range of five elements, and functions that remember, sum, look up and avoid a division by zero."""
    draw = random.Random(1)

    def equation(n: int) -> str:
        match n % 5:
            case 0:
                return f"c{n}[land] = {draw.random():.4f}"
            case 1:
                return f"s{n}[land] = INTEG(c{n - 1}[land] * 0.1 - s{n}[land] * 0.05, {draw.randint(1, 9)})"
            case 2:
                return f"a{n}[land] = SMOOTH(s{n - 1}[land] * c{n - 2}[land], 3) + MAX(Time, c{n - 2}[land])"
            case 3:
                return f"b{n} = SUM(a{n - 1}[land!]) + WITH LOOKUP(Time, ((0, 0), (5, {n}), (10, 2)))"
        return f"d{n}[land] = DELAY3(b{n - 1}, 2) * s{n - 3}[land] + XIDZ(b{n - 1}, s{n - 3}[land], 0)"

    return _text(equation, count, "land: L1, L2, L3, L4, L5 ~~|\n")


def chain(count: int) -> str:
    """Each equation needs the one before it."""
    return _text(lambda n: f"x{n} = x{n - 1} + 1" if n else "x0 = Time", count)


def total(count: int) -> str:
    """One equation that adds up so many terms, beside a stock."""
    terms = " + ".join(f"a{n % 50} * s" for n in range(count))
    return _text(lambda n: f"a{n} = {n}", 50, f"s = INTEG(sum of all, 1) ~~|\nsum of all = {terms} ~~|\n")


def _text(equation: Callable[[int], str], count: int, before: str = "") -> str:
    def lines() -> Iterator[str]:
        yield "{UTF-8}\n" + before
        for number in range(count):
            yield f"{equation(number)} ~~|\n"
        yield CONTROL

    return "".join(lines())
