"""Stocks, the clock, and inputs that depend on time."""

from __future__ import annotations

from math import floor

from tests.conforming.case import Case, Clock, vensim

HALF, QUARTER, TENTH = Clock(0, 4, 0.5), Clock(0, 4, 0.25), Clock(0, 2, 0.1)
LEVELS, BOUNDS = vensim("fn_integ"), vensim("timeboundsdates")
EULER = "Euler's method: after n steps "


def _logistic(count: int) -> list[float]:
    """x + dt r x (1 - x / k) again and again; r 0.5, k 100, dt 0.5, from 10."""
    found = [10.0]
    for _ in range(count):
        x = found[-1]
        found.append(x + 0.5 * (0.5 * x * (1 - x / 100)))
    return found


def _rotation(count: int) -> tuple[list[float], list[float]]:
    """(x, v) <- (x + dt v, v - dt x), dt 0.25, from (1, 0)."""
    x, v = [1.0], [0.0]
    for _ in range(count):
        x.append(x[-1] + 0.25 * v[-1])
        v.append(v[-1] - 0.25 * x[-2])
    return x, v


def _pulses(t: float) -> float:
    return float(any(start <= t < start + 2 for start in (1, 5, 9)))


CASES = [
    Case("stock_with_constant_flow", ("INTEG",), LEVELS, EULER + "10 + 3 n dt.", "s = INTEG(3, 10)", {"s": lambda t: 10 + 3 * t}, HALF),
    Case("exponential_growth", ("INTEG",), LEVELS, EULER + "100 (1 + 0.1 dt)^n.", "r = 0.1\ns = INTEG(r * s, 100)",
         {"s": lambda t: 100 * 1.05 ** (t / 0.5)}, HALF),
    Case("exponential_decay", ("INTEG",), LEVELS, EULER + "80 (1 - dt / 5)^n; the flow is a fifth of it.",
         "s = INTEG(-out, 80)\nout = s / 5", {"s": lambda t: 80 * 0.95 ** (4 * t), "out": lambda t: 16 * 0.95 ** (4 * t)}, QUARTER),
    Case("inflow_and_outflow", ("INTEG",), LEVELS, EULER + "20 - 15 (1 - dt / 2)^n: the balance is 10 * 2.",
         "s = INTEG(10 - s / 2, 5)", {"s": lambda t: 20 - 15 * 0.75 ** (t / 0.5)}, HALF),
    Case("two_stocks_in_a_chain", ("INTEG",), LEVELS, EULER + "a = 8 * 0.75^n, b = 8 - a: nothing is lost.",
         "move = a / 2\na = INTEG(-move, 8)\nb = INTEG(move, 0)",
         {"a": lambda t: 8 * 0.75 ** (2 * t), "b": lambda t: 8 - 8 * 0.75 ** (2 * t)}, HALF),
    Case("logistic_growth", ("INTEG",), LEVELS, "x <- x + dt r x (1 - x / k), worked out step by step.",
         "s = INTEG(0.5 * s * (1 - s / 100), 10)", {"s": _logistic(16)}, Clock(0, 8, 0.5)),
    Case("oscillator", ("INTEG",), LEVELS, "x <- x + dt v, v <- v - dt x, both from the values before the step.",
         "x = INTEG(v, 1)\nv = INTEG(-x, 0)", dict(zip("xv", _rotation(16), strict=True)), QUARTER),
    Case("stock_of_a_moving_flow", ("INTEG",), LEVELS, EULER + "dt (0 + dt + ... + (n - 1) dt) = t (t - dt) / 2.",
         "s = INTEG(Time, 0)", {"s": lambda t: t * (t - 0.25) / 2}, QUARTER),
    Case("initial_value_from_another_stock", ("INTEG",), LEVELS, "b begins with twice what a begins with.",
         "a = INTEG(1, c)\nb = INTEG(-1, 2 * a + 1)\nc = 3", {"a": lambda t: 3 + t, "b": lambda t: 7 - t}),
    Case("initial_value_from_an_auxiliary", ("INTEG",), LEVELS, "the auxiliary at the start: 2 * 5.",
         "half = 5 + Time\ns = INTEG(0, 2 * half)", {"s": 10, "half": lambda t: 5 + t}),
    Case("initial", ("INITIAL",), vensim("fn_initial"), "the value at the start, for ever.",
         "x = 3 + 2 * Time\ny = INITIAL(x)\nz = INITIAL(x * x)", {"y": 3, "z": 9, "x": lambda t: 3 + 2 * t}),
    Case("initial_of_a_stock", ("INITIAL",), vensim("fn_initial"), "s grows, its first value stays.",
         "s = INTEG(s, 4)\ny = INITIAL(s)\nratio = s / y", {"y": 4, "ratio": lambda t: 2**t}),
    Case("initial_time_as_initial", ("INITIAL",), vensim("fn_initial"), "Time at the start is 2000.",
         "y = INITIAL(Time)\nz = Time - y", {"y": 2000, "z": lambda t: t - 2000}, Clock(2000, 2004)),
    Case("active_initial", ("ACTIVE INITIAL",), vensim("fn_active_initial"),
         "at the start the second argument counts: s begins with 5; afterwards capacity is s + 1.",
         "capacity = ACTIVE INITIAL(s + 1, 5)\ns = INTEG(capacity - s, capacity)",
         {"s": lambda t: 5 + t, "capacity": lambda t: 6 + t}),
    Case("saved_less_often", ("SAVEPER",), BOUNDS, EULER + "2^n at every fourth of them.", "s = INTEG(s * 4, 1)",
         {"s": lambda t: 2 ** (4 * t)}, Clock(0, 3, 0.25, 1)),
    Case("clock_of_years", ("INITIAL TIME", "FINAL TIME", "TIME STEP"), BOUNDS, "the control section in equations.",
         "a = INITIAL TIME\nb = FINAL TIME\nc = TIME STEP\nd = SAVEPER\ne = Time - INITIAL TIME",
         {"a": 1990, "b": 1994, "c": 0.5, "d": 1, "e": lambda t: t - 1990}, Clock(1990, 1994, 0.5, 1)),
    Case("clock_from_constants", ("INITIAL TIME",), BOUNDS, "start 3, end 3 + 4, step 1/2, saved every 2 steps.",
         "begin = 3\ns = INTEG(2, 0)", {"s": lambda t: 2 * (t - 3)}, Clock(3, 7, 0.5, 1),
         control="INITIAL TIME  = begin\nFINAL TIME  = INITIAL TIME + 4\nTIME STEP  = 1 / 2\nSAVEPER  = 2 * TIME STEP"),
    Case("clock_before_zero", ("INITIAL TIME",), BOUNDS, "times from -2 to 2.", "y = Time * Time\ns = INTEG(1, -2)",
         {"y": lambda t: t * t, "s": lambda t: t}, Clock(-2, 2)),
    Case("time_reached_by_tenths", ("Time",), BOUNDS, "Time >= 0.8 holds at 0.8, though 0.1 has no exact binary form.",
         "y = IF THEN ELSE(Time >= 0.8, 1, 0)\nz = IF THEN ELSE(Time < 1.2, 1, 0)",
         {"y": lambda t: t >= 0.8, "z": lambda t: t < 1.2}, TENTH),
    Case("step", ("STEP",), vensim("fn_step"), "0 before time 2, then 10.", "y = STEP(10, 2)", {"y": lambda t: 10 * (t >= 2)}, HALF),
    Case("step_between_steps", ("STEP",), vensim("fn_step"),
         "the manual: it is there once Time + TIME STEP / 2 > step time; 1.2 and 1.3 lie around 1 + 0.25.",
         "early = STEP(1, 1.2)\nlate = STEP(1, 1.3)", {"early": lambda t: t >= 1, "late": lambda t: t >= 1.5}, HALF),
    Case("step_by_tenths", ("STEP",), vensim("fn_step"), "from 0.3 and from 0.7 on, whatever the rounding of 0.1 n.",
         "y = STEP(1, 0.3) + STEP(2, 0.7)", {"y": lambda t: (t >= 0.3) + 2 * (t >= 0.7)}, TENTH),
    Case("step_of_a_moving_height", ("STEP",), vensim("fn_step"), "the height is worked out at each time.",
         "y = STEP(Time * 2, 1)", {"y": lambda t: 2 * t * (t >= 1)}, HALF),
    Case("step_down_at_the_start", ("STEP",), vensim("fn_step"), "a step time before the start: there from the start.",
         "y = 5 + STEP(-2, -1) + STEP(1, 0)", {"y": 4}),
    Case("ramp", ("RAMP",), vensim("fn_ramp"), "the example of the manual: 0 till 10, a line to 15 at 25, then 15.",
         "y = RAMP(1, 10, 25)", {"y": lambda t: min(max(t - 10, 0), 15)}, Clock(0, 30, 1)),
    Case("ramp_down", ("RAMP",), vensim("fn_ramp"), "slope -2 between 1 and 3.", "y = 10 + RAMP(-2, 1, 3)",
         {"y": lambda t: 10 - 2 * min(max(t - 1, 0), 2)}, HALF),
    Case("ramp_between_steps", ("RAMP",), vensim("fn_ramp"), "slope * (Time - start) once Time > start; start 0.8, end 2.1.",
         "y = RAMP(10, 0.8, 2.1)", {"y": lambda t: 10 * min(max(t - 0.8, 0), 1.3)}, HALF),
    Case("pulse", ("PULSE",), vensim("fn_pulse"), "1 from 1 for an interval of 2: up to 3, without 3.", "y = PULSE(1, 2)",
         {"y": lambda t: 1 <= t < 3}, HALF),
    Case("pulse_without_width", ("PULSE",), vensim("fn_pulse"), "the manual: a width of 0 counts as TIME STEP.",
         "y = PULSE(2, 0)\ns = INTEG(y / TIME STEP, 0)", {"y": lambda t: t == 2, "s": lambda t: t > 2}, HALF),
    Case("pulse_between_steps", ("PULSE",), vensim("fn_pulse"),
         "1 while start < Time + TIME STEP / 2 < start + width: from 1.2 at time 1, from 1.3 at 1.5, both 1 wide.",
         "early = PULSE(1.2, 1)\nlate = PULSE(1.3, 1)", {"early": lambda t: 1 <= t < 2, "late": lambda t: 1.5 <= t < 2.5}, HALF),
    Case("pulse_by_tenths", ("PULSE",), vensim("fn_pulse"), "from 0.3 up to 0.8, whatever the rounding of 0.1 n.",
         "y = PULSE(0.3, 0.5)", {"y": lambda t: 0.3 <= t < 0.8}, TENTH),
    Case("pulse_that_fills_a_stock", ("PULSE", "INTEG"), vensim("fn_pulse"), "8 for one time unit from 1 on, then nothing.",
         "s = INTEG(8 * PULSE(1, 1), 0)", {"s": lambda t: 8 * min(max(t - 1, 0), 1)}, QUARTER),
    Case("pulse_train", ("PULSE TRAIN",), vensim("fn_pulse_train"), "the example of the manual: 1 from 8 for 12 hours of every 24.",
         "daytime = PULSE TRAIN(8, 12, 24, 70)", {"daytime": lambda t: 8 <= t < 70 and (t - 8) % 24 < 12}, Clock(0, 69, 1)),
    Case("pulse_train_that_ends", ("PULSE TRAIN",), vensim("fn_pulse_train"), "2 wide at 1, 5 and 9; no pulse begins after 10.",
         "y = PULSE TRAIN(1, 2, 4, 12)", {"y": _pulses}, Clock(0, 16, 0.5)),
    Case("pulse_train_cut_off", ("PULSE TRAIN",), vensim("fn_pulse_train"), "the end lies within the second pulse, at 6.",
         "y = PULSE TRAIN(1, 2, 4, 6.25)", {"y": lambda t: _pulses(t) if t < 6.25 else 0}, Clock(0, 8, 0.5)),
    Case("pulse_train_of_narrow_pulses", ("PULSE TRAIN",), vensim("fn_pulse_train"),
         "a width up to TIME STEP gives one step: at 1, 3, 5, 7.", "y = PULSE TRAIN(1, 0.25, 2, 8)\nz = PULSE TRAIN(1, 0.5, 2, 8)",
         {"y": lambda t: t in (1, 3, 5, 7), "z": lambda t: t in (1, 3, 5, 7)}, Clock(0, 8, 0.5)),
    Case("pulse_train_without_width", ("PULSE TRAIN",), vensim("fn_pulse_train"),
         "a width up to TIME STEP gives one step: at 1, 3, 5, 7.", "y = PULSE TRAIN(1, 0, 2, 8)",
         {"y": lambda t: t in (1, 3, 5, 7)}, Clock(0, 8, 0.5)),
    Case("pulse_train_without_gaps", ("PULSE TRAIN",), vensim("fn_pulse_train"),
         "the manual: if tbetween is smaller than width, 1 between start and end.", "y = PULSE TRAIN(1, 3, 2, 6.25)",
         {"y": lambda t: 1 <= t < 6.25}, Clock(0, 8, 0.5)),
    Case("pulse_train_by_tenths", ("PULSE TRAIN",), vensim("fn_pulse_train"), "0.2 wide at 0.3, 0.8, 1.3, 1.8.",
         "y = PULSE TRAIN(0.3, 0.2, 0.5, 5)", {"y": lambda t: round(10 * t) % 5 in (3, 4)}, TENTH),
    Case("pulse_train_between_steps", ("PULSE TRAIN",), vensim("fn_pulse_train", "fn_pulse"),
         "each pulse as PULSE says, on while its beginning < Time + TIME STEP / 2 < beginning + width; beginnings 0.5, 3.75, 7. "
         "At 3.5 that sum is 3.75, which is not above it; at 4.5 it is 4.75, which is not below 4.75; at 4 the first train has ended.",
         "y = PULSE TRAIN(0.5, 1, 3.25, 3.75)\nz = PULSE TRAIN(0.5, 1, 3.25, 9)",
         {"y": lambda t: t in (0.5, 1), "z": lambda t: t in (0.5, 1, 4, 7, 7.5)}, Clock(0, 8, 0.5)),
    Case("pulse_train_of_steps_between_steps", ("PULSE TRAIN",), vensim("fn_pulse_train", "fn_pulse"),
         "narrow pulses last one step, the first for which the beginning < Time + TIME STEP / 2; beginnings 0.75, 2.75, 4.75, then 0.7 earlier by 0.05.",
         "late = PULSE TRAIN(0.75, 0, 2, 9)\nearly = PULSE TRAIN(0.7, 0.5, 2, 9)",
         {"late": lambda t: t in (1, 3, 5, 7), "early": lambda t: t in (0.5, 2.5, 4.5, 6.5)}, Clock(0, 8, 0.5)),
    Case("pulse_train_that_ends_between_steps", ("PULSE TRAIN",), vensim("fn_pulse_train"),
         "1 at no time after the end: the end 3.9 lies between 3.5 and 4.", "y = PULSE TRAIN(1, 9, 10, 3.9)",
         {"y": lambda t: 1 <= t <= 3.5}, Clock(0, 8, 0.5)),
    Case("sample_if_true", ("SAMPLE IF TRUE",), vensim("fn_sample_if_true"), "7 until the first odd time, then the last odd time.",
         "y = SAMPLE IF TRUE(MODULO(Time, 2) = 1, Time, 7)", {"y": [7, 1, 1, 3, 3]}),
    Case("largest_so_far", ("SAMPLE IF TRUE",), vensim("fn_sample_if_true"),
         "as in the manual: y on the right is its previous value; x is 5, 4, 5, 8, 13.",
         "x = 4 + (Time - 1) ^ 2\ny = SAMPLE IF TRUE(x > y, x, x)", {"x": [5, 4, 5, 8, 13], "y": [5, 5, 5, 8, 13]}),
    Case("start_of_a_project", ("SAMPLE IF TRUE",), vensim("fn_sample_if_true"),
         "as in the manual: keeps the time at which something became true first.",
         "started = IF THEN ELSE(Time > 1 :AND: Time < 3, 1, 0)\n"
         "begin = SAMPLE IF TRUE(:NOT: begin :AND: started, Time, 0)", {"begin": [0, 0, 2, 2, 2]}),
    Case("time_base", ("TIME BASE",), vensim("fn_time_base"), "START + SLOPE * Time: 1970 + Time / 4.",
         "year = TIME BASE(1970, 0.25)", {"year": lambda t: 1970 + t / 4}),
    Case("get_time_value", ("GET TIME VALUE",), vensim("fn_get_time_value"),
         "measure 0 is the model's time: current + offset, initial + offset.",
         "a = GET TIME VALUE(0, 0, 0)\nb = GET TIME VALUE(0, 2.5, 0)\nc = GET TIME VALUE(1, 1, 0)",
         {"a": lambda t: t, "b": lambda t: t + 2.5, "c": 11}, Clock(10, 14)),
    Case("cumulated_time", ("INTEG", "INTEGER"), LEVELS, "counts whole time units as they pass.",
         "y = INTEGER(Time + 0.001)\ns = INTEG(y, 0)",
         {"y": lambda t: floor(t), "s": lambda t: 0.5 * sum(floor(0.5 * k) for k in range(round(t / 0.5)))}, HALF),
]  # fmt: skip
