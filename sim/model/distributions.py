"""Distribution functions that have no closed form, and their inverse: gamma, beta, Poisson, binomial and its like.

The regularised incomplete gamma function ``P(a, x)`` and beta function ``I_x(a, b)`` (NIST Handbook of Mathematical
Functions, 8.2 and 8.17) take the parameters up by eight with their recurrences (8.8.5, 8.17.20 and 8.17.21) and
integrate the density of what is left, which is close to normal over the logarithm (of the odds), from its nearer end by
Gauss and Legendre's rule with 28 points. The error is below 3e-11, as probability, for parameters up to 10,000, and
grows in proportion to them beyond; parameters above a million give no number, and the run fails there.

Counting distributions are the same functions with the count as a parameter, so counts are found as numbers are: by
enclosing the place where the probability is reached (:mod:`sim.model.enclosing`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model.algebra import Term, between, ceiling, exp, least, log, log_gamma, most, nested, sqrt, where
from sim.model.draft import Scope
from sim.model.enclosing import enclose, keep
from sim.model.ir import Expression, Index, Number, Reduce, Ref, Variable

if TYPE_CHECKING:
    from sim.model.functions import Reader

ROUNDS = 16
"""Rounds of an inversion: they leave 4e-15 of what lay between the bounds."""
LARGEST = 1e6
"""The largest parameter."""

_SHIFT = 8
_CUT = 40.0
"""Logarithm of what a density has fallen to where its integral is cut off."""
_POINTS = (
    0.9964424975739544, 0.9813031653708727, 0.9542592806289382, 0.9156330263921321, 0.8658925225743951,
    0.8056413709171791, 0.7356108780136318, 0.656651094038865, 0.5697204718114017, 0.4758742249551183,
    0.3762515160890787, 0.2720616276351781, 0.16456928213338076, 0.05507928988403427,
)  # fmt: skip
_WEIGHTS = (
    0.009124282593094517, 0.02113211259277126, 0.03290142778230438, 0.04427293475900423, 0.05510734567571675,
    0.0652729239669996, 0.07464621423456878, 0.08311341722890121, 0.09057174439303284, 0.09693065799792992,
    0.10211296757806076, 0.10605576592284642, 0.10871119225829413, 0.1100470130164752,
)  # fmt: skip
NODES = (*((-x, w) for x, w in zip(_POINTS, _WEIGHTS, strict=True)), *zip(_POINTS, _WEIGHTS, strict=True))
"""Points between -1 and 1 and weights of Gauss and Legendre's rule."""

_RANGES = (("#four", 4), ("#seven", 7))
"""The points are laid out over two short ranges: one of eight or more would be a loop around everything."""

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
"""Bernoulli numbers B(2k) / (2k (2k - 1)), k = 1 … 8."""


@dataclass(frozen=True)
class Desk:
    """Where parts of a formula are kept."""

    read: Reader
    scope: Scope

    def kept(self, x: Term) -> Term:
        """The same number, worked out once."""
        return Term(keep(self.read, "part", x.expression, self.scope))

    def integral(self, low: Term, high: Term, density: Callable[[Term], Term]) -> Term:
        """The integral of a smooth function between two numbers; nothing where they are in the wrong order."""
        draft = self.read.draft
        for name, size in _RANGES:
            draft.made_ranges[name] = tuple(str(number) for number in range(size))
        over = tuple(name for name, _ in _RANGES)
        parts = []
        for word, numbers in (("#points", [x for x, _ in NODES]), ("#weights", [w for _, w in NODES])):
            draft.made.setdefault(word, Variable(word, "constant", over, tuple(numbers), made=True))
            parts.append(Term(Ref(word, tuple(Index(name) for name in over))))
        middle, half = self.kept((low + high) / 2.0), self.kept(most(0.0, (high - low) / 2.0))
        body = parts[1] * density(middle + half * parts[0])
        return half * self.kept(Term(Reduce("sum", tuple((name, name) for name in over), body.expression)))


def _stirling(x: Term) -> Term:
    """What Stirling's formula lacks of the logarithm of the gamma function, for numbers from 8 on."""
    square = 1.0 / (x * x)
    found = square * _STIRLING[-1]
    for coefficient in reversed(_STIRLING[1:-1]):
        found = square * (found + coefficient)
    return (found + _STIRLING[0]) / x


def gamma_below(desk: Desk, a: Term, log_x: Term) -> Term:
    """``P(a, x)``, the chance that a gamma variable of order ``a`` >= 0 stays below ``x``, by the logarithm of x."""
    x, n = desk.kept(exp(log_x)), desk.kept(a + float(_SHIFT))
    first = exp(a * log_x - x - log_gamma(a + 1.0)) * nested(x / (a + float(j)) for j in range(1, _SHIFT))
    at, reach = desk.kept(log_x - log(n)), desk.kept(sqrt(2.0 * _CUT / n))
    below = at <= 0.0
    low = where(below, -(reach + _CUT / 2.0 / n), least(at, reach))
    high = where(below, at, reach)
    part = desk.integral(low, high, lambda w: exp(-(n * (exp(w) - 1.0 - w))))
    part = desk.kept(part * sqrt(n / (2.0 * math.pi)) * exp(-_stirling(n)))
    return desk.kept(first + where(below, part, 1.0 - part))


def beta_below(desk: Desk, a: Term, b: Term, odds: Term) -> Term:
    """``I_x(a, b)`` for the logarithm of the odds ``x / (1 - x)``; the parameters may be 0, but not both."""
    log_x = desk.kept(least(odds, 0.0) - log(1.0 + exp(least(odds, -odds))))
    log_rest = desk.kept(log_x - odds)
    x, rest, n, m = exp(log_x), exp(log_rest), desk.kept(a + float(_SHIFT)), desk.kept(b + float(_SHIFT))
    scale = log_gamma(a + b) - log_gamma(a + 1.0) - log_gamma(b + 1.0)
    more = nested(x * (a + b + float(j)) / (a + float(j + 1)) for j in range(_SHIFT - 1))
    first = desk.kept(b * exp(a * log_x + b * log_rest + scale) * more)
    scale = log_gamma(n + b) - log_gamma(n) - log_gamma(b + 1.0)
    more = nested(rest * (n + b + float(j)) / (b + float(j + 1)) for j in range(_SHIFT - 1))
    second = desk.kept(exp(n * log_x + b * log_rest + scale) * more)
    whole = desk.kept(n + m)
    curve, share = desk.kept(n * m / whole), desk.kept(n / whole)
    at, reach = desk.kept(odds - log(n / m)), desk.kept(sqrt(2.0 * _CUT / curve))
    left, right, below = -(reach + _CUT / 2.0 / n), reach + _CUT / 2.0 / m, at <= 0.0
    low, high = where(below, left, least(at, right)), where(below, at, right)
    part = desk.integral(low, high, lambda w: exp(n * w - whole * log(1.0 - share + share * exp(w))))
    part = part * sqrt(curve / (2.0 * math.pi)) * exp(_stirling(whole) - _stirling(n) - _stirling(m))
    part = desk.kept(part)
    return desk.kept(first - second + where(below, part, 1.0 - part))


Below = Callable[[Desk, Term], Term]
"""A distribution function, of a number in the scope of a desk."""


def inverse(desk: Desk, below: Below, chance: Term, low: Term, high: Term) -> Term:
    """The number between two bounds that the variable stays below with a chance."""

    def holds(at: Expression, scope: Scope) -> Expression:
        return (below(Desk(desk.read, scope), Term(at)) < chance).expression

    bottom, width = enclose(desk.read, desk.scope, (low.expression, high.expression), holds, ROUNDS)
    return Term(bottom) + Term(width) / 2.0


def count(desk: Desk, below: Below, chance: Term, high: Term) -> Term:
    """The smallest count that is not exceeded with at least a chance, if it isn't above ``high``."""
    return most(0.0, ceiling(desk.kept(inverse(desk, below, chance, Term(Number(-1.0)), high))))


def surely(chance: Term) -> Term:
    """A chance kept clear of 0 and 1."""
    return between(1e-300, 1.0 - 2.0**-53, chance)


def valid(condition: Term, found: Term) -> Term:
    """A number, or none where the parameters are not those of a distribution."""
    return where(condition, found, math.nan)
