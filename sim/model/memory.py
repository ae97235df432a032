"""Functions that remember (SMOOTH, DELAY, TREND, …) as stocks, with the formulas of PySD 3.14.3's ``statefuls``.

Every function gets its arguments as expressions, adds variables and equations to the draft, and gives the expression
that stands for the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.model.draft import Draft, Made, Reason, Scope
from sim.model.ir import Check, Clock, Expression, Index, Number, Op, Past, Ref, parts, rebuild

SIMPLE_ORDERS = {
    "SMOOTH": 1, "SMOOTHI": 1, "SMOOTH3": 3, "SMOOTH3I": 3, "DELAY1": 1, "DELAY1I": 1, "DELAY3": 3, "DELAY3I": 3,
}  # fmt: skip
"""Orders of the functions whose name says it."""

_MOST_STAGES = 1000


@dataclass(frozen=True)
class Site:
    """A call of a function that remembers: its name, and where its stocks go.

    Parameters
    ----------
    whole
        Whether the call is the whole right side of an auxiliary.
    """

    draft: Draft
    scope: Scope
    function: str
    whole: bool = False

    @property
    def word(self) -> str:
        """The function in the names of made variables."""
        return self.function.lower()


def remember(site: Site, arguments: tuple[Expression, ...]) -> Expression:
    """The expression for a call; the number of arguments is right."""
    return MEMORY[site.function][1](site, *arguments)


def _integ(site: Site, flow: Expression, initial: Expression) -> Expression:
    stock = site.draft.make(site.scope, site.word, "stock", (flow, initial))
    site.draft.give(stock, "initial", initial)
    site.draft.give(stock, "flow", flow)
    return stock.ref


def _smooth(site: Site, target: Expression, time: Expression, initial: Expression | None = None) -> Expression:
    return _smooth_stages(site, target, time, target if initial is None else initial, SIMPLE_ORDERS[site.function])


def _smooth_n(site: Site, target: Expression, time: Expression, initial: Expression, order: Expression) -> Expression:
    return _smooth_stages(site, target, time, initial, _order(site, order))


def _smooth_stages(
    site: Site, target: Expression, time: Expression, initial: Expression, order: int
) -> Expression:
    for stage in _stages(site, order, (target, time, initial)):
        site.draft.give(stage, "initial", initial)
        gap = Op("subtract", (target, stage.ref))
        site.draft.give(stage, "flow", Op("divide", (_times_order(gap, order), time)))
        target = stage.ref
    return target


def _delay(site: Site, inflow: Expression, time: Expression, initial: Expression | None = None) -> Expression:
    return _delay_stages(site, inflow, time, inflow if initial is None else initial, SIMPLE_ORDERS[site.function])


def _delay_n(site: Site, inflow: Expression, time: Expression, initial: Expression, order: Expression) -> Expression:
    # where the delay time changes, PySD lets each stage keep the time that was when its content came in
    reason = Reason("DELAY N(…, time, …)", site.scope.variable, site.scope.line)
    site.draft.steady.append((time, reason))
    return _delay_stages(site, inflow, time, initial, _order(site, order))


def _delay_stages(
    site: Site, inflow: Expression, time: Expression, initial: Expression, order: int
) -> Expression:
    stages = _stages(site, order, (inflow, time, initial))
    for stage in stages:
        site.draft.give(stage, "initial", Op("multiply", (initial, time)))
        outflow = Op("divide", (stage.ref, time))
        site.draft.give(stage, "flow", _times_order(Op("subtract", (inflow, outflow)), order))
        inflow = outflow
    shortest = Op("multiply", (Number(float(order)), Clock("step")))
    loops = stages[0].scope.loops
    site.draft.checks.append(Check("delay_too_short", site.scope.variable, loops, shortest, time))
    return inflow


def _times_order(rate: Expression, order: int) -> Expression:
    return rate if order == 1 else Op("multiply", (rate, Number(float(order))))


def _stages(site: Site, order: int, inside: tuple[Expression, ...]) -> list[Made]:
    return [site.draft.make(site.scope, site.word, "stock", inside) for _ in range(order)]


def _order(site: Site, order: Expression) -> int:
    """The order of a SMOOTH N or DELAY N; where a constant gives it, a run with another value must be refused."""
    draft, value = site.draft, order.value if isinstance(order, Number) else float("nan")
    if isinstance(order, Ref):
        variable = draft.variables.get(order.variable)
        if variable and variable.kind == "constant" and not variable.axes:
            (value,) = variable.values
            number = Number(value)
            for small, large in ((order, number), (number, order)):
                draft.checks.append(Check("delay_order_fixed", site.scope.variable, (), small, large))
    if value not in range(1, _MOST_STAGES + 1):
        draft.missing(site.scope, f"{site.function}(…, order)")
        return 1
    return int(value)


def _delay_fixed(site: Site, entering: Expression, delay: Expression, initial: Expression) -> Expression:
    if isinstance(entering, Ref):
        return Past(entering.variable, entering.index, delay, initial)
    made = site.draft.make(site.scope, site.word, "auxiliary", (entering,))
    site.draft.give(made, "value", entering)
    return Past(made.name, made.index, delay, initial)


def _delay_discrete(
    site: Site, entering: Expression, delay: Expression, initial: Expression, missing: Expression | None = None
) -> Expression:
    """DELAY MATERIAL and DELAY INFORMATION, which are DELAY FIXED as long as the delay time stays as it is.

    ``missing`` fills the gaps that a growing delay time would make; there are none.
    """
    words = "…, time, …, …" if site.function == "DELAY MATERIAL" else "…, time, …"
    site.draft.steady.append((delay, Reason(f"{site.function}({words})", site.scope.variable, site.scope.line)))
    return _delay_fixed(site, entering, delay, initial)


def _trend(site: Site, observed: Expression, time: Expression, initial: Expression) -> Expression:
    average = _average(site, observed, time, initial, Op("multiply", (initial, time)))
    scale = Op("multiply", (time, Op("absolute", (average,))))
    return Op("zidz", (Op("subtract", (observed, average)), scale))


def _forecast(site: Site, observed: Expression, time: Expression, horizon: Expression) -> Expression:
    average = _average(site, observed, time, Number(0.0), Number(0.0))
    trend = Op("zidz", (Op("subtract", (observed, average)), Op("multiply", (time, average))))
    growth = Op("add", (Number(1.0), Op("multiply", (trend, horizon))))
    return Op("multiply", (observed, growth))


def _average(
    site: Site, observed: Expression, time: Expression, initial: Expression, growth: Expression
) -> Expression:
    """A stock that follows what is observed, at the start behind it by ``growth``."""
    average = site.draft.make(site.scope, site.word, "stock", (observed, time, initial))
    site.draft.give(average, "initial", Op("divide", (observed, Op("add", (Number(1.0), growth)))))
    site.draft.give(average, "flow", Op("divide", (Op("subtract", (observed, average.ref)), time)))
    return average.ref


def _present_value(
    site: Site, stream: Expression, rate: Expression, initial: Expression, factor: Expression
) -> Expression:
    """What Vensim's documentation gives as equivalent to NPV, and to NPVE, whose discount is one step further."""
    growth = Op("add", (Number(1.0), Op("multiply", (rate, Clock("step")))))
    first = Op("divide", (Number(1.0), growth)) if site.function == "NPVE" else Number(1.0)
    discount = site.draft.make(site.scope, site.word, "stock", (rate,))
    site.draft.give(discount, "initial", first)
    fall = Op("divide", (Op("multiply", (Op("negative", (discount.ref,)), rate)), growth))
    site.draft.give(discount, "flow", fall)
    value = Op("multiply", (stream, discount.ref))
    total = _integ(site, value, initial)
    now = Op("add", (total, Op("multiply", (Op("multiply", (stream, Clock("step"))), discount.ref))))
    return Op("multiply", (now, factor))


def _straight_line(
    site: Site, stream: Expression, lifetime: Expression, period: Expression, initial: Expression
) -> Expression:
    """What was invested in each of the last n fiscal periods, n = lifetime / period, is written off in n parts.

    Of this period the stream as it is counts; of the n - 1 before, what came in. Before the start came ``initial``;
    the stock is what came in beyond that.
    """
    quotient = Op("divide", (lifetime, period))
    count = Op("maximum", (Number(1.0), Op("integer", (Op("add", (quotient, Number(0.5))),))))
    before = Op("subtract", (count, Number(1.0)))
    beyond = _integ(site, Op("subtract", (stream, initial)), Number(0.0))
    since = Op("subtract", (Clock("time"), Clock("start")))
    soon = Op("add", (since, Op("divide", (Clock("step"), Number(2.0)))))
    begins = Op("less", (Op("modulo", (soon, period)), Clock("step")))
    closed = site.draft.make(site.scope, site.word, "auxiliary", (beyond, period))
    site.draft.give(closed, "value", _sample(site, begins, beyond, Number(0.0)))
    ended = Past(closed.name, closed.index, Op("multiply", (before, period)), Number(0.0))
    whole = Op("multiply", (count, period))
    earlier = Op("divide", (Op("subtract", (closed.ref, ended)), whole))
    earlier = Op("where", (Op("less", (before, Number(0.5))), Number(0.0), earlier))
    now = Op("divide", (Op("add", (stream, Op("multiply", (before, initial)))), count))
    return Op("add", (now, earlier))


def _sample(site: Site, condition: Expression, sampled: Expression, initial: Expression) -> Expression:
    kept = site.draft.make(site.scope, site.word, "held", (condition, sampled, initial))
    own = tuple(Index(axis.name) for axis in site.scope.axes)
    if site.whole:
        condition, sampled = (_before(part, site.scope.variable, own, kept.ref) for part in (condition, sampled))
    latest = Op("where", (condition, sampled, kept.ref))
    site.draft.give(kept, "initial", initial)
    site.draft.give(kept, "next", latest)
    return latest


def _before(expression: Expression, variable: str, own: tuple[Index, ...], kept: Ref) -> Expression:
    """An expression in which the variable itself means what it was a step before."""
    if isinstance(expression, Ref):
        if expression.variable == variable and tuple(i for i in expression.index if i.axis is not None) == own:
            return kept
        return expression
    return rebuild(expression, [_before(part, variable, own, kept) for part in parts(expression)])


def _initial(site: Site, expression: Expression) -> Expression:
    kept = site.draft.make(site.scope, site.word, "held", (expression,))
    site.draft.give(kept, "initial", expression)
    return kept.ref


def _active_initial(site: Site, active: Expression, initial: Expression) -> Expression:
    made = site.draft.make(site.scope, site.word, "auxiliary", (active, initial))
    site.draft.give(made, "value", active)
    site.draft.give(made, "initial", initial)
    return made.ref


MEMORY: Mapping[str, tuple[int, Callable[..., Expression]]] = {
    "INTEG": (2, _integ),
    "SMOOTH": (2, _smooth), "SMOOTHI": (3, _smooth), "SMOOTH3": (2, _smooth), "SMOOTH3I": (3, _smooth),
    "SMOOTH N": (4, _smooth_n),
    "DELAY1": (2, _delay), "DELAY1I": (3, _delay), "DELAY3": (2, _delay), "DELAY3I": (3, _delay),
    "DELAY N": (4, _delay_n), "DELAY FIXED": (3, _delay_fixed),
    "DELAY MATERIAL": (4, _delay_discrete), "DELAY INFORMATION": (3, _delay_discrete),
    "TREND": (3, _trend), "FORECAST": (3, _forecast),
    "NPV": (4, _present_value), "NPVE": (4, _present_value), "DEPRECIATE STRAIGHTLINE": (4, _straight_line),
    "SAMPLE IF TRUE": (3, _sample), "INITIAL": (1, _initial), "ACTIVE INITIAL": (2, _active_initial),
}  # fmt: skip
"""By name the number of arguments and the translation. The first argument of SAMPLE IF TRUE is a truth value."""
