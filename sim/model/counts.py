"""RANDOM … functions without a closed inverse, and pink noise; arguments and meaning as in Vensim's manual.

All take the least and the largest value that may come out and, behind the parameters of the distribution, how it is
shifted and stretched and the stream. A distribution is cut off after it is stretched and shifted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.model.algebra import Term, between, ceiling, exp, floor, least, log, log_gamma, most, op, sqrt, where
from sim.model.distributions import (
    LARGEST,
    Below,
    Desk,
    beta_below,
    count,
    gamma_below,
    inverse,
    surely,
    valid,
)  # fmt: skip
from sim.model.draft import Scope
from sim.model.draws import normal, uniform
from sim.model.ir import Clock, Expression, Number
from sim.model.selections import Arguments, Write
from sim.model.tables import area_to, named_table

if TYPE_CHECKING:
    from sim.model.functions import Reader

_CERTAIN = 45.0
"""Beyond the bound for a chance of exp(-45) there is next to nothing."""


class _Call:
    """A call: its arguments, kept, and the uniform number that it draws."""

    def __init__(self, read: Reader, arguments: Arguments, scope: Scope) -> None:
        *others, stream = arguments
        self.desk = Desk(read, scope)
        found = [self.desk.kept(Term(read.number(argument, scope))) for argument in others]
        self.least, self.most, *self.parameters, self.shift, self.stretch = found
        self.share = Term(uniform(read, scope, read.number(stream, scope)))

    def borders(self) -> tuple[Term, Term]:
        """The least and the largest value before the distribution is stretched and shifted."""
        ends = [(border - self.shift) / self.stretch for border in (self.least, self.most)]
        return least(*ends), most(*ends)

    def chance(self, below_least: Term, below_most: Term) -> Term:
        """The uniform number as a chance within the part of the distribution that may come out."""
        low = self.desk.kept(below_least)
        return self.desk.kept(surely(low + (below_most - low) * self.share))

    def result(self, standard: Term, allowed: Term) -> Expression:
        """A value stretched and shifted; what rounding may have put outside is put on the border."""
        found = between(self.least, self.most, self.shift + self.stretch * standard)
        return valid(allowed, found).expression

    def counted(self, below: Below, high: Term, end: Term, allowed: Term, more: Term | float = 0.0) -> Expression:
        """A count by its distribution function.

        Parameters
        ----------
        high, end
            Bounds that are exceeded with less than 1e-15 of the chance that is looked for, and next to never.
        more
            What is added to the count.
        """
        low, top = self.borders()
        first, last = (between(-1.0, end, x) for x in (ceiling(low) - 1.0 - more, floor(top) - more))
        chance = self.chance(below(self.desk, self.desk.kept(first)), below(self.desk, self.desk.kept(last)))
        return self.result(count(self.desk, below, chance, high) + more, allowed)


def _tail(chance: Term) -> Term:
    """By how many e-folds the chance of more has fallen."""
    return -log(1.0 - chance)


def _poisson(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Of at most k with the mean m: 1 - P(k + 1, m)."""
    call = _Call(read, arguments, scope)
    (mean,) = call.parameters
    log_mean = call.desk.kept(log(most(1e-300, mean)))

    def below(desk: Desk, k: Term) -> Term:
        return 1.0 - gamma_below(desk, k + 1.0, log_mean)

    def bound(tail: Term | float) -> Term:
        return mean + sqrt(2.0 * mean * tail) + tail  # by Bernstein's inequality

    high = bound(_CERTAIN)
    return call.counted(below, high, high, op("and", mean >= 0.0, mean <= LARGEST))


def _binomial(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Of at most k in n trials that succeed with p: I of 1 - p with n - k, k + 1."""
    call = _Call(read, arguments, scope)
    chance, trials = call.parameters
    trials = call.desk.kept(floor(trials))
    p = between(1e-300, 1.0 - 2.0**-53, chance)
    odds = call.desk.kept(log(1.0 - p) - log(p))

    def below(desk: Desk, k: Term) -> Term:
        return beta_below(desk, trials - k, k + 1.0, odds)

    allowed = op("and", op("and", chance >= 0.0, chance <= 1.0), op("and", trials >= 0.0, trials <= LARGEST))
    return call.counted(below, trials, trials, allowed)


def _negative_binomial(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Trials until n have succeeded: of at most n + k, I of p with n, k + 1."""
    call = _Call(read, arguments, scope)
    chance, successes = call.parameters
    successes = call.desk.kept(floor(successes))
    p = between(1e-300, 1.0 - 2.0**-53, chance)
    odds = call.desk.kept(log(p) - log(1.0 - p))

    def below(desk: Desk, k: Term) -> Term:
        return beta_below(desk, successes, k + 1.0, odds)

    # so many trials have fewer successes with less than exp(-45), by Chernoff's inequality
    root = (sqrt(2.0 * _CERTAIN) + sqrt(2.0 * _CERTAIN + 4.0 * successes)) / 2.0
    high = call.desk.kept(root * root / p - successes + 1.0)
    allowed = op("and", op("and", chance > 0.0, chance <= 1.0), op("and", successes >= 1.0, high <= LARGEST))
    return call.counted(below, high, high, allowed, successes)


def _gamma(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Of an order of at least 1, which a smaller one is taken for."""
    call = _Call(read, arguments, scope)
    order = call.desk.kept(most(1.0, call.parameters[0]))

    def below(desk: Desk, log_x: Term) -> Term:
        return gamma_below(desk, order, log_x)

    highest = call.desk.kept(order + sqrt(2.0 * order * _CERTAIN) + _CERTAIN)
    low, top = (between(0.0, highest, x) for x in call.borders())
    ends = [where(x > 0.0, below(call.desk, call.desk.kept(log(most(1e-300, x)))), 0.0) for x in (low, top)]
    chance = call.chance(*ends)
    tail = _tail(chance)
    first = (log(chance) + log_gamma(order + 1.0)) / order  # P(a, x) is below x^a / gamma(a + 1)
    last = log(order + sqrt(2.0 * order * tail) + tail)
    found = exp(inverse(call.desk, below, chance, first, last))
    return call.result(found, order <= LARGEST)


def _beta(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    call = _Call(read, arguments, scope)
    a, b = call.parameters

    def below(desk: Desk, odds: Term) -> Term:
        return beta_below(desk, a, b, odds)

    ends = []
    for border in call.borders():
        inside = call.desk.kept(between(1e-300, 1.0 - 2.0**-53, border))
        part = below(call.desk, call.desk.kept(log(inside) - log(1.0 - inside)))
        ends.append(where(border <= 0.0, 0.0, where(border < 1.0, part, 1.0)))
    chance = call.chance(*ends)
    whole = call.desk.kept(log_gamma(a) + log_gamma(b) - log_gamma(a + b))
    first = (log(chance) + log(a) + whole) / a  # over the odds y the density is below exp(a y) and exp(-b y) / B(a, b)
    last = (_tail(chance) - log(b) - whole) / b
    found = 1.0 / (1.0 + exp(-inverse(call.desk, below, chance, first, last)))
    return call.result(found, op("and", op("and", a > 0.0, b > 0.0), a + b <= LARGEST))


def _lookup(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """By a lookup as density, from its first to its last point."""
    table = named_table(read, arguments, scope)
    if table is None or len(table.points) < 2:
        return Number(0.0)
    call = _Call(read, arguments[1:], scope)
    whole = call.desk.kept(Term(area_to(table, Number(table.points[-1]))))

    def below(_: Desk, x: Term) -> Term:
        return Term(area_to(table, x.expression)) / whole

    first, last = (Term(Number(x)) for x in (table.points[0], table.points[-1]))
    ends = [below(call.desk, call.desk.kept(between(first, last, x))) for x in call.borders()]
    return call.result(inverse(call.desk, below, call.chance(*ends), first, last), whole > 0.0)


def _pink_noise(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    """Normal noise that forgets in a correlation time: mean and deviation hang neither on it nor on the step."""
    mean, deviation, time, stream = (Term(read.number(argument, scope)) for argument in arguments)
    shares = [uniform(read, scope, stream.expression) for _ in range(2)]
    stock = read.draft.make(scope, "pink noise", "stock", (mean.expression, *shares))
    part = Term(Clock("step")) / time
    white = [Term(normal(Number(-6.0), Number(6.0), Number(0.0), Number(1.0), share)) for share in shares]
    target = mean + deviation * white[1] * sqrt((2.0 - part) / part)
    read.draft.give(stock, "initial", (mean + deviation * white[0]).expression)
    read.draft.give(stock, "flow", ((target - Term(stock.ref)) / time).expression)
    return stock.ref


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {
    "RANDOM POISSON": ((6,), _poisson),
    "RANDOM BINOMIAL": ((7,), _binomial),
    "RANDOM NEGATIVE BINOMIAL": ((7,), _negative_binomial),
    "RANDOM GAMMA": ((6,), _gamma),
    "RANDOM BETA": ((7,), _beta),
    "RANDOM LOOKUP": ((6,), _lookup),
    "RANDOM PINK NOISE": ((4,), _pink_noise),
}
"""By name the numbers of arguments that are possible and the translation."""
