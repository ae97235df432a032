"""XMILE: building blocks, operators, built-in functions, arrays, modules."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.conforming.arrays import each
from tests.conforming.case import SPEC, Case, Clock, Course, at_least, stepped
from tests.conforming.delays import AVERAGE, TRENDING, _input, rest

UNITS, HALF, QUARTER = Clock(), Clock(0, 8, 0.5), Clock(0, 4, 0.25)
N = stepped(1, 0.25)


def aux(name: str, equation: str, inside: str = "") -> str:
    """An auxiliary."""
    plain = equation.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<aux name="{name}">\n<eqn>{plain}</eqn>\n{inside}</aux>\n'


def flow(name: str, equation: str, inside: str = "") -> str:
    """A flow."""
    return aux(name, equation, inside).replace("<aux", "<flow").replace("</aux", "</flow")


def stock(name: str, initial: str, inflow: str = "", outflow: str = "", inside: str = "") -> str:
    """A stock with its flows."""
    flows = "".join(f"<inflow>{x}</inflow>\n" for x in inflow.split()) + "".join(f"<outflow>{x}</outflow>\n" for x in outflow.split())
    return aux(name, initial, flows + inside).replace("<aux", "<stock").replace("</aux", "</stock")


def gf(kind: str, scale: str = '<xscale min="0" max="4"/>', points: str = "0,3,4") -> str:
    """A graphical function."""
    return f'<gf type="{kind}">\n{scale}\n<yscale min="0" max="10"/>\n<ypts>{points}</ypts>\n</gf>\n'


def by(dimension: str) -> str:
    """The dimension of a variable."""
    return f'<dimensions>\n<dim name="{dimension}"/>\n</dimensions>\n'


RANGE = '<dimensions>\n<dim name="r">\n<elem name="a"/>\n<elem name="b"/>\n<elem name="c"/>\n</dim>\n</dimensions>\n'


def whole(variables: str, before: str = RANGE) -> str:
    """A model with dimensions."""
    return f"{before}<model>\n<variables>\n{variables}</variables>\n</model>"


def one(name: str, shows: str, derived: str, equation: str, wanted: Course, clock: Clock = UNITS) -> Case:
    """A model with a single equation beside x, which is Time."""
    return x(f"xmile_{name}", (f"XMILE {shows}",), derived, aux("y", equation), {"y": wanted}, clock)


def x(name: str, shows: tuple[str, ...], derived: str, model: str, expected: dict[str, Course], clock: Clock = UNITS) -> Case:
    """A model in XMILE."""
    return Case(name, shows, SPEC, derived, model, expected, clock, "xmile")


def up(t: float) -> float:
    """Through (0, 0), (2, 3), (4, 4), held outside."""
    t = min(max(t, 0), 4)
    return 1.5 * t if t < 2 else 3 + (t - 2) / 2


ELEMENTS = '<element subscript="a">\n<eqn>1</eqn>\n</element>\n<element subscript="b">\n<eqn>TIME</eqn>\n</element>\n<element subscript="c">\n<eqn>5</eqn>\n</element>\n'
NON_APPLY = f'<aux name="k">\n{by("r")}{ELEMENTS}</aux>\n'
K = NON_APPLY.replace("TIME", "2")
STEPPED: Callable[[float], float] = lambda t: 10 * (1 - 0.875 ** N(t))  # noqa: E731

CASES = [
    x("xmile_stock_and_flow", ("XMILE stock", "XMILE flow"), "Euler's method: 100 * 0.9^n.",
      stock("level", "100", outflow="loss") + flow("loss", "level / rate") + aux("rate", "5"),
      {"level": lambda t: 100 * 0.9 ** (2 * t), "loss": lambda t: 20 * 0.9 ** (2 * t)}, HALF),
    x("xmile_two_flows_each_way", ("XMILE stock",), "10 + (3 + 2 - 1 - 2) t.",
      stock("level", "10", "in1 in2", "out1 out2") + flow("in1", "3") + flow("in2", "2") + flow("out1", "1") + flow("out2", "2"), {"level": lambda t: 10 + 2 * t}),
    x("xmile_flow_between_stocks", ("XMILE flow",), "a = 8 * 0.75^n, b = 8 - a.", stock("a", "8", outflow="move") + stock("b", "0", "move") + flow("move", "a / 2"),
      {"a": lambda t: 8 * 0.75 ** (2 * t), "b": lambda t: 8 - 8 * 0.75 ** (2 * t)}, HALF),
    x("xmile_names", ("XMILE names",), "blanks, underscores, line breaks and case don't count.",
      aux("Cash Balance", "TIME * 2") + aux("growth\\nrate", "3") + aux("y", "cash_balance + CASH__BALANCE * Growth_Rate"), {"y": lambda t: 8 * t}),
    x("xmile_comments", ("XMILE comments",), "braces are comments.", aux("y", "2 {two} * 3 { * 4 }"), {"y": 6}),
    x("xmile_step_of_a_fifth", ("XMILE dt",), "dt = 0.2: TIME >= 0.6 holds at 0.6.", aux("y", "IF TIME >= 0.6 THEN 1 ELSE 0"), {"y": lambda t: t >= 0.6}, Clock(0, 2, 0.2)),
    one("precedence", "operators", "2 + 3 * 4^2 / 8 - 1.", "2 + 3 * 4^2 / 8 - 1", 7),
    one("powers_from_the_right", "^", "2^(3^2).", "2^3^2", 512),
    one("power_before_sign", "^", "a power binds closer than a sign: -(2^2).", "-2^2", -4),
    one("mod", "MOD", "floored: the sign is that of the divisor. -7.5 MOD 2 = 0.5, 7 MOD -3 = -2.", "10 * ((-7.5) MOD 2) + (7 MOD (-3))", 3),
    one("int", "INT", "the next integer below: INT(2.7) = 2, INT(-2.7) = -3.", "INT(2.7) * 10 + INT(-2.7)", 17),
    one("truth_is_a_number", "AND OR NOT", "1 for true, 0 for false.", "(TIME > 1) + 2 * (TIME < 3 AND TIME > 0) + 4 * (NOT (TIME = 2))", [4, 6, 3, 5, 5]),
    one("not_before_equality", "AND OR NOT", "NOT stands above =, so (NOT TIME) = 1, which holds at 0 alone.", "IF NOT TIME = 1 THEN 1 ELSE 0", [1, 0, 0, 0, 0]),
    one("and_before_or", "AND OR NOT", "AND above OR: true OR (true AND false).", "IF 1 = 1 OR 1 = 1 AND 1 = 2 THEN 1 ELSE 0", 1),
    one("if", "IF THEN ELSE", "by hand.", "IF TIME < 1 THEN 10 ELSE IF TIME < 3 THEN 20 ELSE 30", [10, 20, 20, 30, 30]),
    one("comparisons", "operators", "= 1, <> 2, <= 4, >= 8 at TIME 2.", "(TIME = 2) + 2 * (TIME <> 2) + 4 * (TIME <= 2) + 8 * (TIME >= 2)", [6, 6, 13, 10, 10]),
    one("functions_of_numbers", "ABS EXP LN SQRT", "|-3| + e^0 + ln(e) + sqrt(16).", "ABS(-3) + EXP(0) + LN(EXP(1)) + SQRT(16)", 9),
    one("log10", "LOG10", "log10(1000) = 3.", "LOG10(1000)", 3),
    one("min_and_max", "MIN MAX", "of TIME and 4 - TIME.", "MIN(TIME, 4 - TIME) + 10 * MAX(TIME, 4 - TIME)", [40, 31, 22, 31, 40]),
    one("angles", "SIN COS TAN ARCTAN", "radians: sin(pi / 2) + cos(0) + tan(arctan(2)).", "SIN(PI / 2) + COS(0) + TAN(ARCTAN(2))", 4),
    one("arcs", "ARCSIN ARCCOS", "both together are pi / 2.", "ARCSIN(TIME / 8) + ARCCOS(TIME / 8)", math.pi / 2),
    one("pi", "PI", "the number.", "PI * 2", 2 * math.pi),
    one("times", "TIME DT STARTTIME STOPTIME", "TIME + 10 dt + 100 start + 1000 stop.", "TIME + 10 * DT + 100 * STARTTIME + 1000 * STOPTIME", lambda t: t + 5 + 200 + 6000, Clock(2, 6, 0.5)),
    one("step", "STEP", "0 before 2, then 10.", "STEP(10, 2)", lambda t: 10 * (t >= 2), HALF),
    one("ramp", "RAMP", "slope 2 from 3 on, without end.", "RAMP(2, 3)", lambda t: 2 * max(t - 3, 0), HALF),
    one("pulse", "PULSE", "once, one dt wide, magnitude / dt: 20 / 0.5 at 3.", "PULSE(20, 3)", lambda t: 40 * (t == 3), HALF),
    one("pulse_again", "PULSE", "20 / dt at 1, 3, 5, 7.", "PULSE(20, 1, 2)", lambda t: 40 * (t in (1, 3, 5, 7)), HALF),
    one("pulse_without_interval", "PULSE", "an interval of 0: once.", "PULSE(20, 1, 0)", lambda t: 40 * (t == 1), HALF),
    one("smth1", "SMTH1", "10 (1 - (1 - dt / T)^n).", "SMTH1(STEP(10, 1), 2)", STEPPED, QUARTER),
    one("smth1_with_start", "SMTH1", "10 - 8 (1 - dt / T)^n.", "SMTH1(10, 2, 2)", lambda t: 10 - 8 * 0.875 ** (4 * t), QUARTER),
    one("smth3", "SMTH3", "three stages: 10 P(at least 3 of n), share 3 dt / T.", "SMTH3(STEP(10, 1), 3)", lambda t: 10 * at_least(3, N(t), 0.25), QUARTER),
    one("smthn", "SMTHN", "order third, first value last: 10 - 6 P(fewer than 2 of n).", "SMTHN(10, 4, 2, 4)", lambda t: 10 - 6 * rest(2, round(4 * t), 0.125), QUARTER),
    one("delay", "DELAY", "the input 2 earlier; its first value before.", "DELAY(TIME * 10 + 5, 2)", lambda t: 5 + 10 * max(t - 2, 0), HALF),
    one("delay_with_start", "DELAY", "the input 2 earlier; 7 before.", "DELAY(TIME * 10, 2, 7)", lambda t: 10 * (t - 2) if t >= 2 else 7, HALF),
    one("delay1", "DELAY1", "as SMTH1 where the time is constant.", "DELAY1(STEP(10, 1), 2)", STEPPED, QUARTER),
    one("delay3", "DELAY3", "three levels.", "DELAY3(STEP(10, 1), 3)", lambda t: 10 * at_least(3, N(t), 0.25), QUARTER),
    one("delayn", "DELAYN", "order third, first value last.", "DELAYN(10, 5, 5, 4)", lambda t: 10 - 6 * rest(5, round(4 * t), 0.25), QUARTER),
    one("trend", "TREND", "the fractional change of an average from input / (1 + first trend T).", "TREND(10 + STEP(10, 2), 4, 0.1)",
        [(_input(n) - a) / (4 * a) for n, a in enumerate(TRENDING)], HALF),
    one("forcst", "FORCST", "input (1 + horizon * trend).", "FORCST(10 + STEP(10, 2), 4, 3)",
        [_input(n) * (1 + 3 * (_input(n) - a) / (4 * a)) for n, a in enumerate(AVERAGE)], HALF),
    one("safediv", "SAFEDIV", "Stella's function: 0, or the third argument, where the divisor is 0.", "SAFEDIV(6, TIME - 2) + SAFEDIV(1, 0, 100)", [97, 94, 100, 106, 103]),
    x("xmile_init", ("XMILE INIT",), "the value at the start.", aux("v", "3 + TIME") + aux("y", "INIT(v)"), {"y": 3}),
    x("xmile_previous", ("XMILE PREVIOUS",), "the value a dt ago; the second argument at first.", aux("v", "TIME * 10") + aux("y", "PREVIOUS(v, 7)"), {"y": lambda t: 10 * t - 5 if t else 7}, HALF),
    x("xmile_previous_of_itself", ("XMILE PREVIOUS",), "counts the steps.", aux("y", "PREVIOUS(SELF, 0) + 1"), {"y": lambda t: t + 1}),
    x("xmile_graphical_function", ("XMILE gf",), "ypts at equal distances over xscale, held outside.", aux("y", "TIME", gf("continuous")), {"y": up}, Clock(-1, 6, 0.5)),
    x("xmile_graphical_function_of_points", ("XMILE gf",), "xpts and ypts in pairs; no type means continuous.",
      aux("y", "TIME", "<gf>\n<xpts>0,1,4</xpts>\n<ypts>0,6,3</ypts>\n</gf>\n"), {"y": lambda t: 6 * t if t < 1 else 6 - (t - 1)}, Clock(0, 4, 0.5)),
    x("xmile_graphical_function_extrapolated", ("XMILE gf",), "the lines of the ends go on: slopes 1.5 and 0.5.", aux("y", "TIME", gf("extrapolate")),
      {"y": lambda t: 1.5 * t if t < 2 else 3 + (t - 2) / 2}, Clock(-2, 6, 0.5)),
    x("xmile_graphical_function_discrete", ("XMILE gf",), "steps: the y of the point at or before.", aux("y", "TIME", gf("discrete", points="0,3,3")),
      {"y": lambda t: 0 if t < 2 else 3}, Clock(-1, 6, 0.5)),
    x("xmile_graphical_function_by_name", ("XMILE gf",), "a gf with a name is called like a function.",
      '<gf name="f" type="continuous">\n<xscale min="0" max="4"/>\n<ypts>0,3,4</ypts>\n</gf>\n' + aux("y", "f(TIME) * 2"), {"y": lambda t: 2 * up(t)}),
    x("xmile_non_negative_stock", ("XMILE non_negative",), "the outflow is cut to what is there: 10, 6, 2, 0, 0.",
      stock("level", "10", outflow="out", inside="<non_negative/>\n") + flow("out", "4"), {"level": [10, 6, 2, 0, 0], "out": [4, 4, 2, 0, 0]}),
    x("xmile_non_negative_stock_that_is_filled", ("XMILE non_negative",),
      "isee systems, Flow prioritization: MIN(stock / DT + inflow, outflow), the first outflow first: 2 + 3 come to 4 + 1 of the 2 that are asked for, then 3 to 3 + 0.",
      stock("level", "2", "add", "first second", "<non_negative/>\n") + flow("add", "3") + flow("first", "4") + flow("second", "2"),
      {"level": [2, 0, 0, 0, 0], "first": [4, 3, 3, 3, 3], "second": [1, 0, 0, 0, 0]}),
    x("xmile_conveyor", ("XMILE conveyor",),
      "isee systems, Traditional Conveyor Computation and Initializing Discrete Stocks: 6 lie evenly on a belt of 3, what comes on comes off 3 later; the belt holds the last 3 inflows.",
      stock("belt", "6", "on", "off", "<conveyor>\n<len>3</len>\n</conveyor>\n") + flow("on", "10 * TIME") + '<flow name="off">\n</flow>\n',
      {"off": [2, 2, 2, 0, 10], "belt": [6, 4, 12, 30, 60]}),
    x("xmile_non_negative_flow", ("XMILE non_negative",), "a flow that can't turn round: max(TIME - 2, 0).",
      stock("level", "0", "add") + flow("add", "TIME - 2", "<non_negative/>\n"), {"add": [0, 0, 0, 1, 2], "level": [0, 0, 0, 0, 1]}),
    x("xmile_apply_to_all", ("XMILE arrays",), "one equation for all elements.",
      whole(K + aux("y", "k[r] * TIME + 1", by("r"))), each("y", "a b c", lambda t: 1 + t, lambda t: 1 + 2 * t, lambda t: 1 + 5 * t)),
    x("xmile_apply_to_all_without_subscripts", ("XMILE arrays",), "where every index is a dimension it may be left out.",
      whole(K + aux("y", "k * 10", by("r"))), each("y", "a b c", 10, 20, 50)),
    x("xmile_elements", ("XMILE arrays",), "an equation for each element.", whole(NON_APPLY), each("k", "a b c", 1, lambda t: t, 5)),
    x("xmile_array_of_stocks", ("XMILE arrays",), "each by Euler's method: (1 + k dt)^n.",
      whole(K + stock("level", "8", "grow", inside=by("r")) + flow("grow", "level[r] * k[r]", by("r"))),
      each("level", "a b c", lambda t: 8 * 1.5 ** (2 * t), lambda t: 8 * 2 ** (2 * t), lambda t: 8 * 3.5 ** (2 * t)), Clock(0, 2, 0.5)),
    x("xmile_sum", ("XMILE SUM",), "1 + 2 + 5 over the star.", whole(K + aux("y", "SUM(k[*]) * TIME")), {"y": lambda t: 8 * t}),
    x("xmile_functions_of_arrays", ("XMILE MIN MAX MEAN PROD SIZE",), "of 1, 2, 5: 1, 5, 8 / 3, 10, 3.",
      whole(K + aux("low", "MIN(k[*])") + aux("high", "MAX(k[*])") + aux("middle", "MEAN(k[*])") + aux("times", "PROD(k[*])") + aux("n", "SIZE(k)")),
      {"low": 1, "high": 5, "middle": 8 / 3, "times": 10, "n": 3}),
    x("xmile_one_element", ("XMILE arrays",), "an element by its label.", whole(K + aux("y", "k[b] + 10 * k[c]")), {"y": 52}),
    x("xmile_numbered_dimension", ("XMILE arrays",), "indices 1 to 3.",
      whole(K.replace('name="r"', 'name="n"').replace('"a"', '"1"').replace('"b"', '"2"').replace('"c"', '"3"') + aux("y", "k[1] + 10 * k[3]"),
            '<dimensions>\n<dim name="n" size="3"/>\n</dimensions>\n'), {"y": 51, **each("k", "1 2 3", 1, 2, 5)}),
    x("xmile_two_dimensions", ("XMILE arrays",), "m[r, i] = k[r] * w[i].",
      whole(K + '<aux name="w">\n' + by("i") + ELEMENTS.replace("TIME", "10").replace('"a"', '"u"').replace('"b"', '"v"').split('<element subscript="c"')[0] + "</aux>\n"
            + aux("m", "k[r] * w[i]", '<dimensions>\n<dim name="r"/>\n<dim name="i"/>\n</dimensions>\n'),
            RANGE.replace("</dimensions>\n", '<dim name="i">\n<elem name="u"/>\n<elem name="v"/>\n</dim>\n</dimensions>\n')),
      each("m", "a,u a,v b,u b,v c,u c,v", 1, 10, 2, 20, 5, 50)),
    x("xmile_module", ("XMILE modules",), "the part called market gets demand from outside and gives its price: 2 (3 + TIME).",
      "<model>\n<variables>\n" + aux("demand", "3 + TIME") + '<module name="market">\n<connect to="market.wanted" from="demand"/>\n</module>\n' + aux("y", "market.price + 1")
      + '</variables>\n</model>\n<model name="market">\n<variables>\n' + aux("wanted", "0").replace('name="wanted"', 'name="wanted" access="input"')
      + aux("price", "wanted * 2").replace('name="price"', 'name="price" access="output"') + "</variables>\n</model>",
      {"y": lambda t: 7 + 2 * t, "market.price": lambda t: 6 + 2 * t}),
    x("xmile_macro", ("XMILE macro",), "the macro of the specification: ln(x) / ln(base).",
      '<macro name="LOGB">\n<parm>v</parm>\n<parm>base</parm>\n<eqn>LN(v) / LN(base)</eqn>\n</macro>\n<model>\n<variables>\n' + aux("y", "LOGB(8, 2)") + "</variables>\n</model>", {"y": 3}),
    x("xmile_random_numbers", ("XMILE RANDOM NORMAL EXPRND LOGNORMAL POISSON",),
      "what comes out lies in the range of its distribution: 2 to 3, all numbers, above 0, whole numbers from 0.",
      aux("a", "RANDOM(2, 3)") + aux("b", "NORMAL(5, 0, 7)") + aux("c", "EXPRND(2)") + aux("d", "LOGNORMAL(0, 1, 3)") + aux("e", "POISSON(4)")
      + aux("fine", "IF a >= 2 AND a <= 3 AND b = 5 AND c > 0 AND d > 0 AND e = INT(e) AND e >= 0 THEN 1 ELSE 0"), {"fine": 1, "b": 5}),
    x("xmile_random_numbers_of_stella", ("XMILE BETA BINOMIAL GAMMA",),
      "in the range of its distribution: between 0 and 1, above 0; of 5 trials with chance 1 all succeed, with 0 none.",
      aux("a", "BETA(0.5, 2)") + aux("b", "BINOMIAL(5, 1)") + aux("c", "GAMMA(0.5, 3)") + aux("d", "BINOMIAL(5, 0, 3)")
      + aux("fine", "IF a >= 0 AND a <= 1 AND c > 0 THEN 1 ELSE 0"), {"fine": 1, "b": 5, "d": 0}),
]  # fmt: skip
