"""Operators, comparisons, and functions of numbers."""

from __future__ import annotations

import math

from tests.conforming.case import Case, Clock, vensim

OPERATORS, HAND = vensim("operators"), "by hand."
FLAG = "IF THEN ELSE({}, 1, 0)"


def flag(condition: str) -> str:
    """1 where a condition holds, else 0."""
    return FLAG.format(condition)


CASES = [
    Case("add_and_subtract", ("+", "-"), OPERATORS, "from the left: (10 - 4) - 3 + Time; 10 - (4 - 3).",
         "y = 10 - 4 - 3 + Time\nz = 10 - (4 - 3)", {"y": lambda t: 3 + t, "z": 9}),
    Case("multiply_and_divide", ("*", "/"), OPERATORS, "from the left: (24 / 4) / 2, (24 / 4) * 2, 24 / (4 / 2).",
         "y = 24 / 4 / 2\nz = 24 / 4 * 2\nw = 24 / (4 / 2)\nv = Time * 3 / 2", {"y": 3, "z": 12, "w": 12, "v": lambda t: 1.5 * t}),
    Case("precedence_of_operators", ("+", "*", "^"), OPERATORS, "powers before products before sums: 2 + 3 * 16.",
         "y = 2 + 3 * 4 ^ 2\nz = (2 + 3) * 4 ^ 2\nw = 2 * 3 ^ 2 / 6 - 1", {"y": 50, "z": 80, "w": 2}),
    Case("unary_minus", ("-",), OPERATORS, "a sign after an operator belongs to what follows it.",
         "a = 3\ny = 3 * -2\nz = 5 - -2\nw = -a + Time\nv = 2 ^ -2\nu = +a", {"y": -6, "z": 7, "w": lambda t: t - 3, "v": 0.25, "u": 3}),
    Case("negative_number_to_a_power", ("^",), OPERATORS, "brackets leave no doubt: (-2)^2 is 4, -(2^2) is -4, (-2)^3 is -8.",
         "y = (-2) ^ 2\nz = -(2 ^ 2)\nw = (-2) ^ 3\na = -2\nv = a ^ 2", {"y": 4, "z": -4, "w": -8, "v": 4}),
    Case("fractional_powers", ("^", "POWER"), vensim("operators", "fn_power"), "4^0.5 = 2, 8^(1/3) = 2, 2^Time.",
         "y = 4 ^ 0.5\nz = POWER(8, 1 / 3)\nw = 2 ^ Time", {"y": 2, "z": 2, "w": lambda t: 2**t}),
    Case("brackets_in_brackets", ("()",), OPERATORS, "((1 + 2) * (3 + (4 - 1))) / 2 = 9.",
         "y = ((1 + 2) * (3 + (4 - 1))) / 2", {"y": 9}),
    Case("comparisons", ("=", "<>", "<", "<=", ">", ">="), OPERATORS, "Time against 2.",
         "\n".join(f"{n} = {flag(f'Time {o} 2')}" for n, o in zip("abcdef", ("=", "<>", "<", "<=", ">", ">="), strict=True)),
         {"a": [0, 0, 1, 0, 0], "b": [1, 1, 0, 1, 1], "c": [1, 1, 0, 0, 0], "d": [1, 1, 1, 0, 0], "e": [0, 0, 0, 1, 1],
          "f": [0, 0, 1, 1, 1]}),
    Case("logic", (":AND:", ":OR:", ":NOT:"), OPERATORS, "truth tables of Time > 1 and Time < 3.",
         f"a = {flag('Time > 1 :AND: Time < 3')}\nb = {flag('Time < 1 :OR: Time > 3')}\nc = {flag(':NOT: (Time = 2)')}",
         {"a": [0, 0, 1, 0, 0], "b": [1, 0, 0, 0, 1], "c": [1, 1, 0, 1, 1]}),
    Case("logic_and_before_or", (":AND:", ":OR:"), OPERATORS,
         ":AND: stands above :OR: in the order of precedence, so false :AND: true :OR: true is true.",
         f"t = 1\na = {flag('t = 2 :AND: t = 1 :OR: t = 1')}\nb = {flag('t = 1 :OR: t = 1 :AND: t = 2')}\n"
         f"c = {flag('t = 2 :AND: (t = 1 :OR: t = 1)')}", {"a": 1, "b": 1, "c": 0}),
    Case("logic_in_brackets", (":AND:", ":OR:", ":NOT:"), OPERATORS, "truth tables.",
         f"a = {flag('(Time > 0 :AND: Time < 2) :OR: (Time > 2 :AND: Time < 4)')}\nb = {flag(':NOT: (Time > 1 :OR: Time < 1)')}",
         {"a": [0, 1, 0, 1, 0], "b": [0, 1, 0, 0, 0]}),
    Case("condition_that_is_a_number", ("IF THEN ELSE",), vensim("fn_if_then_else"), "0 is false, 1 is true.",
         "s = MODULO(Time, 2)\ny = IF THEN ELSE(s, 10, 20)", {"y": [20, 10, 20, 10, 20]}),
    Case("if_then_else_works_out_one_branch", ("IF THEN ELSE",), vensim("fn_if_then_else"),
         "the manual: where X is 0, 1/X is not computed and there is no error.",
         "x = Time\ny = IF THEN ELSE(x = 0, 1, 1 / x)", {"y": [1, 1, 0.5, 1 / 3, 0.25]}),
    Case("nested_if_then_else", ("IF THEN ELSE",), vensim("fn_if_then_else"), HAND,
         "y = IF THEN ELSE(Time < 1, 1, IF THEN ELSE(Time < 3, 2, 3)) * 10", {"y": [10, 20, 20, 30, 30]}),
    Case("comparison_of_sums", ("IF THEN ELSE", "<"), OPERATORS, "arithmetic before comparison: Time + 1 < 2 * 2.",
         "y = IF THEN ELSE(Time + 1 < 2 * 2, 5, 6)", {"y": [5, 5, 5, 6, 6]}),
    Case("abs", ("ABS",), vensim("fn_abs"), "|Time - 2|.", "y = ABS(Time - 2)", {"y": [2, 1, 0, 1, 2]}),
    Case("exp", ("EXP",), vensim("fn_exp"), "e^(-Time / 2).", "y = EXP(-Time / 2)", {"y": lambda t: math.exp(-t / 2)}),
    Case("ln", ("LN",), vensim("fn_ln"), "natural logarithm.", "y = LN(Time + 1)", {"y": lambda t: math.log(t + 1)}),
    Case("log", ("LOG",), vensim("fn_log"), "ln(x) / ln(base): LOG(8, 2) = 3, LOG(1000, 10) = 3.",
         "y = LOG(8, 2)\nz = LOG(1000, 10)\nw = LOG(Time + 1, 4)", {"y": 3, "z": 3, "w": lambda t: math.log(t + 1) / math.log(4)}),
    Case("sqrt", ("SQRT",), vensim("fn_sqrt"), "square roots.", "y = SQRT(Time * Time + 9)", {"y": lambda t: math.sqrt(t * t + 9)}),
    Case("sin_cos_tan", ("SIN", "COS", "TAN"), vensim("fn_sin", "fn_cos", "fn_tan"), "angles are in radians.",
         "s = SIN(Time)\nc = COS(Time)\nt = TAN(Time / 4)", {"s": math.sin, "c": math.cos, "t": lambda t: math.tan(t / 4)}),
    Case("arcs", ("ARCSIN", "ARCCOS", "ARCTAN"), vensim("fn_arcsin", "fn_arccos", "fn_arctan"), "inverse functions, in radians.",
         "x = Time / 4 - 0.5\ns = ARCSIN(x)\nc = ARCCOS(x)\nt = ARCTAN(x)",
         {"s": lambda t: math.asin(t / 4 - 0.5), "c": lambda t: math.acos(t / 4 - 0.5), "t": lambda t: math.atan(t / 4 - 0.5)}),
    Case("hyperbolic", ("SINH", "COSH", "TANH"), vensim("fn_sinh", "fn_cosh", "fn_tanh"), "(e^x - e^-x) / 2 and so on.",
         "s = SINH(Time)\nc = COSH(Time)\nt = TANH(Time)", {"s": math.sinh, "c": math.cosh, "t": math.tanh}),
    Case("min_and_max", ("MIN", "MAX"), vensim("fn_min", "fn_max"), "of Time and 4 - Time.",
         "y = MIN(Time, 4 - Time)\nz = MAX(Time, 4 - Time)\nw = MAX(MIN(Time, 3), 1)",
         {"y": [0, 1, 2, 1, 0], "z": [4, 3, 2, 3, 4], "w": [1, 1, 2, 3, 3]}),
    Case("integer", ("INTEGER",), vensim("fn_integer"), "cut towards zero: 5.4 gives 5, -2.7 gives -2.",
         "y = INTEGER(5.4)\nz = INTEGER(-2.7)\nw = INTEGER(Time * 1.5 - 2.5)", {"y": 5, "z": -2, "w": [-2, -1, 0, 2, 3]}),
    Case("quantum", ("QUANTUM",), vensim("fn_quantum"), "the examples of the manual, negative numbers among them.",
         "a = QUANTUM(1.9, 1)\nb = QUANTUM(0.9, 1)\nc = QUANTUM(-0.9, 1)\nd = QUANTUM(-1.9, 1)\ne = QUANTUM(112.3, 10)\n"
         "f = QUANTUM(50, 12)\ng = QUANTUM(423, 63)", {"a": 1, "b": 0, "c": 0, "d": -1, "e": 110, "f": 48, "g": 378}),
    Case("quantum_of_nothing", ("QUANTUM",), vensim("fn_quantum"), "where B is zero or less, A is returned.",
         "y = QUANTUM(Time + 0.5, 0)\nz = QUANTUM(Time + 0.5, -1)", {"y": lambda t: t + 0.5, "z": lambda t: t + 0.5}),
    Case("modulo", ("MODULO",), vensim("fn_modulo"), "the examples of the manual, and Time.",
         "a = MODULO(9, 5)\nb = MODULO(76.5, 70)\nc = MODULO(Time, 3)", {"a": 4, "b": 6.5, "c": [0, 1, 2, 0, 1]}),
    Case("modulo_of_negatives", ("MODULO",), vensim("fn_modulo"),
         "A - QUANTUM(A, B), as % in C: the sign is that of A. -7.5 - (-6) = -1.5.",
         "a = MODULO(-7.5, 2)\nb = MODULO(-9, 5)\nc = MODULO(-4, 2)", {"a": -1.5, "b": -4, "c": 0}),
    Case("zidz", ("ZIDZ",), vensim("fn_zidz"), "the quotient, 0 where the divisor is 0.",
         "y = ZIDZ(6, Time - 2)\nz = ZIDZ(0, 0)", {"y": [-3, -6, 0, 6, 3], "z": 0}),
    Case("xidz", ("XIDZ",), vensim("fn_xidz"), "the quotient, the third argument where the divisor is 0.",
         "y = XIDZ(6, Time - 2, 7)\nz = XIDZ(1, 0, Time)", {"y": [-3, -6, 7, 6, 3], "z": lambda t: t}),
    Case("gamma_ln", ("GAMMA LN",), vensim("fn_gamma_ln"), "ln of the gamma function: ln((n - 1)!) for whole numbers.",
         "y = GAMMA LN(Time + 1)\nz = GAMMA LN(0.5)", {"y": lambda t: math.log(math.factorial(round(t))), "z": math.log(math.pi) / 2}),
    Case("game", ("GAME",), vensim("fn_game"), "outside of a game the value of its argument.",
         "y = GAME(Time * 2)", {"y": lambda t: 2 * t}),
    Case("missing_value", (":NA:",), vensim("na"), ":NA: is the number -2^109, so that x = :NA: can be asked.",
         "x = IF THEN ELSE(Time = 2, :NA:, Time)\ny = IF THEN ELSE(x = :NA:, 1, 0)", {"y": [0, 0, 1, 0, 0]}),
    Case("missing_value_as_a_number", (":NA:",), vensim("na"), "-2^109.", "y = :NA:", {"y": -(2.0**109)}),
    Case("forms_of_numbers", ("numbers",), vensim("22030"), "1e3 = 1000, .5, 1.5E-2, 2e+2.",
         "a = 1e3\nb = .5\nc = 1.5E-2\nd = 2e+2 + Time", {"a": 1000, "b": 0.5, "c": 0.015, "d": lambda t: 200 + t}),
    Case("function_names_in_any_case", ("names",), vensim("ref_variable_types"), "case does not count.",
         "y = max(Time, 2) + If Then Else(Time > 2, sqrt(4), Abs(-1))", {"y": [3, 3, 3, 5, 6]}),
    Case("functions_in_functions", ("functions",), vensim("22030"), "ln(e^x) = x, sqrt(x^2) = |x|.",
         "y = LN(EXP(Time)) + SQRT((Time - 3) ^ 2) + MIN(MAX(Time, 1), 2)", {"y": [4, 4, 5, 5, 7]}),
    Case("sums_of_many_terms", ("+",), OPERATORS, "400 times Time.",
         "y = " + " + ".join(["Time"] * 400), {"y": lambda t: 400 * t}),
    Case("products_and_sums_of_squares", ("*", "^"), OPERATORS, "(a + b)(a - b) = a^2 - b^2.",
         "a = Time + 2\nb = 1.5\ny = (a + b) * (a - b)\nz = a ^ 2 - b ^ 2",
         {"y": lambda t: (t + 2) ** 2 - 2.25, "z": lambda t: (t + 2) ** 2 - 2.25}, Clock(0, 2, 0.5)),
]  # fmt: skip
