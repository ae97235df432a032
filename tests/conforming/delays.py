"""Functions that remember: smooths, delays, trends, present values."""

from __future__ import annotations

from math import comb

from tests.conforming.case import Case, Clock, at_least, stepped, vensim

HALF, QUARTER = Clock(0, 8, 0.5), Clock(0, 8, 0.25)
IDS = {"s": vensim("fn_smooth", "fn_smooth3"), "d": vensim("fn_delay1", "fn_delay3")}
N = stepped(1, 0.25)
"""Quarter steps since a step at time 1."""


def rest(order: int, steps: int, share: float) -> float:
    """What a cascade still holds back of a step."""
    return 1 - at_least(order, steps, share)


def _series(count: int, start: float, change: object) -> list[float]:
    found = [start]
    for number in range(count):
        found.append(change(found[-1], number))  # type: ignore[operator]
    return found


def _input(n: int) -> float:
    """10, and 20 from time 2 on, at half steps."""
    return 20 if n >= 4 else 10


AVERAGE = _series(16, 10, lambda a, n: a + 0.5 * (_input(n) - a) / 4)
TRENDING = _series(16, 10 / 1.4, lambda a, n: a + 0.5 * (_input(n) - a) / 4)
FACTOR = _series(16, 1.0, lambda d, n: d - 0.5 * d * 0.1 / (1 + 0.1 * 0.5))
FLOWING = _series(16, 10.0, lambda lv, n: lv + 0.5 * (10 - lv / (1 + 0.25 * n)))
"""A first-order delay of 10 whose time is 1 + Time / 2: the level, from input * time."""
MOVED = _series(16, 2.0, lambda y, n: y + 0.5 * (10 - y) / (2 + 0.5 * n))


def _present(rate: int) -> list[float]:
    """NPV of a stream of 100: what came before, and the current step."""
    return [0.5 * 100 * sum(FACTOR[: n + 1]) * rate for n in range(17)]


CASES = [
    Case("smooth", ("SMOOTH",), IDS["s"], "10 (1 - (1 - dt / T)^n), n steps after the input rose from 0 to 10.",
         "y = SMOOTH(STEP(10, 1), 2)", {"y": lambda t: 10 * (1 - 0.875 ** N(t))}, QUARTER),
    Case("smooth_begins_with_its_input", ("SMOOTH",), IDS["s"], "the first value is the input: nothing moves.",
         "y = SMOOTH(7, 3)\nz = SMOOTH3(7, 3)", {"y": 7, "z": 7}, HALF),
    Case("smoothi", ("SMOOTHI",), vensim("fn_smoothi"), "input + (first - input)(1 - dt / T)^n.",
         "y = SMOOTHI(10, 4, 2)", {"y": lambda t: 10 - 8 * 0.875 ** (2 * t)}, HALF),
    Case("smoothi_from_a_whole_number", ("SMOOTHI",), vensim("fn_smoothi"), "1.7 + 3.3 (1 - 1 / 8)^n: 4.5875 after a step of 1.",
         "y = SMOOTHI(1.7, 8, 5)", {"y": lambda t: 1.7 + 3.3 * 0.875**t}),
    Case("smooth3", ("SMOOTH3",), IDS["s"], "three stages of T / 3: 10 P(at least 3 of n), each with the share 3 dt / T.",
         "y = SMOOTH3(STEP(10, 1), 3)", {"y": lambda t: 10 * at_least(3, N(t), 0.25)}, QUARTER),
    Case("smooth3i", ("SMOOTH3I",), vensim("fn_smooth3i"), "input + (first - input) P(fewer than 3 of n).",
         "y = SMOOTH3I(10, 3, 4)", {"y": lambda t: 10 - 6 * rest(3, round(4 * t), 0.25)}, QUARTER),
    Case("smooth_n", ("SMOOTH N",), vensim("fn_smooth_n"), "N stages of T / N: P(fewer than N of n), share N dt / T.",
         "y = SMOOTH N(10, 4, 6, 2)\nz = SMOOTH N(10, 5, 0, 5)\nw = SMOOTH N(10, 4, 6, 1)",
         {"y": lambda t: 10 - 4 * rest(2, round(4 * t), 0.125), "z": lambda t: 10 * at_least(5, round(4 * t), 0.25),
          "w": lambda t: 10 - 4 * 0.9375 ** (4 * t)}, QUARTER),
    Case("smooth_of_a_moving_time", ("SMOOTHI",), vensim("fn_smoothi"), "y <- y + dt (10 - y) / T(t), T = 2 + Time.",
         "y = SMOOTHI(10, 2 + Time, 2)", {"y": MOVED}, HALF),
    Case("smooth_of_a_smooth", ("SMOOTH",), IDS["s"], "two stages of T = 2: P(at least 2 of n), share dt / 2.",
         "x = SMOOTH(STEP(10, 1), 2)\ny = SMOOTH(x, 2)", {"y": lambda t: 10 * at_least(2, N(t), 0.125)}, QUARTER),
    Case("smooth_inside_an_expression", ("SMOOTH",), IDS["s"], "1 + 2 times the smooth.",
         "y = 1 + 2 * SMOOTH(STEP(10, 1), 2)", {"y": lambda t: 1 + 20 * (1 - 0.875 ** N(t))}, QUARTER),
    Case("delay1", ("DELAY1",), IDS["d"], "10 (1 - (1 - dt / T)^n) after the input rose; a pulse comes out as 10 dt / T (1 - dt / T)^(n-1).",
         "y = DELAY1(STEP(10, 1), 2)", {"y": lambda t: 10 * (1 - 0.875 ** N(t))}, QUARTER),
    Case("delay1i", ("DELAY1I",), vensim("fn_delay1i"), "input + (first - input)(1 - dt / T)^n: the level begins with first * T.",
         "y = DELAY1I(10, 4, 2)", {"y": lambda t: 10 - 8 * 0.875 ** (2 * t)}, HALF),
    Case("delay1_of_a_moving_time", ("DELAY1",), IDS["d"],
         "the level flows out at level / T(t), T = 1 + Time / 2, from input * T(0).",
         "y = DELAY1(10, 1 + Time / 2)", {"y": [lv / (1 + 0.25 * n) for n, lv in enumerate(FLOWING)]}, HALF),
    Case("delay3", ("DELAY3",), IDS["d"], "three levels, each passing on 3 dt / T: 10 P(at least 3 of n).",
         "y = DELAY3(STEP(10, 1), 3)", {"y": lambda t: 10 * at_least(3, N(t), 0.25)}, QUARTER),
    Case("delay3_of_a_pulse", ("DELAY3",), IDS["d"], "what came in at time 1 leaves in the step when its third passage falls due.",
         "y = DELAY3(PULSE(1, 0.25) * 40, 3)", {"y": lambda t: 40 * comb(N(t) - 1, 2) * 0.25**3 * 0.75 ** (N(t) - 3) if N(t) > 2 else 0},
         QUARTER),
    Case("delay3i", ("DELAY3I",), vensim("fn_delay3i"), "input + (first - input) P(fewer than 3 of n).",
         "y = DELAY3I(10, 3, 4)", {"y": lambda t: 10 - 6 * rest(3, round(4 * t), 0.25)}, QUARTER),
    Case("delay_n", ("DELAY N",), vensim("fn_delay_n"), "as a cascade of N levels: P(fewer than N of n), share N dt / T.",
         "y = DELAY N(10, 5, 4, 5)\nz = DELAY N(STEP(10, 1), 4, 0, 2)",
         {"y": lambda t: 10 - 6 * rest(5, round(4 * t), 0.25), "z": lambda t: 10 * at_least(2, N(t), 0.125)}, QUARTER),
    Case("delays_conserve", ("DELAY3", "INTEG"), vensim("mgu09_material_and_information_delays"),
         "what went in, less what came out, is what is under way: input * T at rest.",
         "in = 6\nout = DELAY3(in, 3)\nunder way = INTEG(in - out, in * 3)", {"under way": 18, "out": 6}, QUARTER),
    Case("delayp", ("DELAYP",), vensim("fn_delayp"), "the delay is that of DELAY3; the pipeline holds input - output since the start.",
         "y = DELAYP(STEP(10, 1), 3: held)\nz = held",
         {"y": lambda t: 10 * at_least(3, N(t), 0.25),
          "z": lambda t: 0.25 * sum(10 * (1 - at_least(3, k, 0.25)) for k in range(N(t)))}, QUARTER),
    Case("delay_fixed", ("DELAY FIXED",), vensim("fn_delay_fixed"), "the input 2 earlier; 5 before there is one.",
         "x = Time * 10\ny = DELAY FIXED(x, 2, 5)", {"y": lambda t: 10 * (t - 2) if t >= 2 else 5}, HALF),
    Case("delay_fixed_of_a_step", ("DELAY FIXED",), vensim("fn_delay_fixed"), "the step of time 1 arrives at 4.",
         "y = DELAY FIXED(STEP(10, 1), 3, 0)", {"y": lambda t: 10 * (t >= 4)}, QUARTER),
    Case("delay_fixed_too_short", ("DELAY FIXED",), vensim("fn_delay_fixed"), "the manual: a shorter delay acts like TIME STEP.",
         "x = Time\ny = DELAY FIXED(x, 0, 9)\nz = DELAY FIXED(x, 0.1, 9)",
         {"y": lambda t: t - 0.5 if t else 9, "z": lambda t: t - 0.5 if t else 9}, HALF),
    Case("delay_fixed_of_a_moving_time", ("DELAY FIXED",), vensim("fn_delay_fixed"), "the manual: only the initial value of the time is used.",
         "x = Time\nwait = 1 + Time\ny = DELAY FIXED(x, wait, 0)", {"y": lambda t: max(t - 1, 0)}, HALF),
    Case("delay_fixed_in_a_loop", ("DELAY FIXED", "INTEG"), vensim("fn_delay_fixed"), "s grows by 2 a time unit until 3, then what went in leaves.",
         "s = INTEG(2 - out, 0)\nout = DELAY FIXED(2, 3, 0)", {"s": lambda t: 2 * min(t, 3), "out": lambda t: 2 * (t >= 3)}, HALF),
    Case("delay_material", ("DELAY MATERIAL",), vensim("fn_delay_material"), "with a constant time the same as DELAY FIXED.",
         "x = Time * 10\ny = DELAY MATERIAL(x, 2, 5, 0)", {"y": lambda t: 10 * (t - 2) if t >= 2 else 5}, HALF),
    Case("delay_information", ("DELAY INFORMATION",), vensim("fn_delay_information"), "with a constant time the same as DELAY FIXED.",
         "x = Time * 10\ny = DELAY INFORMATION(x, 2, 5)", {"y": lambda t: 10 * (t - 2) if t >= 2 else 5}, HALF),
    Case("trend", ("TREND",), vensim("fn_trend"), "its equations: an average from input / (1 + ini T), (input - average) / (T |average|).",
         "x = 10 + STEP(10, 2)\ny = TREND(x, 4, 0.1)",
         {"y": [(_input(n) - a) / (4 * a) for n, a in enumerate(TRENDING)]}, HALF),
    Case("trend_of_steady_growth", ("TREND",), vensim("fn_trend"), "growth of g per step from the right start is found at once and for ever.",
         "s = INTEG(0.1 * s, 50)\ny = TREND(s, 5, 0.1)", {"y": 0.1}, Clock(0, 10, 0.5)),
    Case("forecast", ("FORECAST",), vensim("fn_forecast"), "its equations: input (1 + horizon (input - average) / (T average)).",
         "x = 10 + STEP(10, 2)\ny = FORECAST(x, 4, 3)",
         {"y": [_input(n) * (1 + 3 * (_input(n) - a) / (4 * a)) for n, a in enumerate(AVERAGE)]}, HALF),
    Case("npv", ("NPV",), vensim("fn_npv"), "its equations: accumulated stream * factor, plus the current step.",
         "y = NPV(100, 0.1, 0, 1)", {"y": _present(1)}, HALF),
    Case("npv_with_start_and_factor", ("NPV",), vensim("fn_npv"), "(7 + the same) * 2.",
         "y = NPV(100, 0.1, 7, 2)", {"y": [2 * (7 + value) for value in _present(1)]}, HALF),
    Case("npve", ("NPVE",), vensim("fn_npve"), "its equations: as NPV, every factor one step further: 1 / 1.05^(n+1).",
         "y = NPVE(100, 0.1, 0, 1)\nz = NPVE(100, 0.1, 7, 2)",
         {"y": lambda t: 1000 * (1 - 1.05 ** -(2 * t + 1)), "z": lambda t: 14 + 2000 * (1 - 1.05 ** -(2 * t + 1))}, HALF),
    Case("depreciation_at_rest", ("DEPRECIATE STRAIGHTLINE",), vensim("fn_depreciate_straightline"),
         "the manual: a stream that stays at the initial value depreciates by as much.",
         "y = DEPRECIATE STRAIGHTLINE(30, 5, 1, 30)", {"y": 30}),
    Case("depreciation_of_one_investment", ("DEPRECIATE STRAIGHTLINE",), vensim("fn_depreciate_straightline"),
         "100 at time 2 over 4 periods: a quarter in its own period and in each of the three that follow.",
         "y = DEPRECIATE STRAIGHTLINE(IF THEN ELSE(Time = 2, 100, 0), 4, 1, 0)",
         {"y": lambda t: 25 * (2 <= t < 6)}, Clock(0, 8, 1)),
]  # fmt: skip
