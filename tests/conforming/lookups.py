"""Lookups: how they are written, read, and continued beyond their points."""

from __future__ import annotations

from tests.conforming.case import Case, Clock, vensim

USED, WRITTEN = vensim("22820"), vensim("lookups")
WIDE = Clock(-1, 5, 0.5)
TENT = "f((0,0),(2,4),(4,0))"


def tent(x: float) -> float:
    """Up to 4 at 2 and down to 0 at 4; 0 outside."""
    return max(0.0, 4 - 2 * abs(x - 2))


CASES = [
    Case("lookup", ("lookup",), USED, "straight lines between (0,0), (2,4), (4,0).", f"{TENT}\ny = f(Time)", {"y": tent}, Clock(0, 4, 0.5)),
    Case("lookup_beyond_its_points", ("lookup",), USED, "the manual: holds the first and the last value.",
         "f((0,1),(1,2),(3,8))\ny = f(Time)", {"y": lambda t: 1 + min(max(t, 0), 1) + 3 * min(max(t - 1, 0), 2)}, WIDE),
    Case("lookup_example_of_the_manual", ("lookup",), USED, "((0,0),(1,2),(2,3)) at 0.67, 1, 1.7, rounded there to 1.3, 2.0, 2.7.",
         "f((0,0),(1,2),(2,3))\na = f(0.67)\nb = f(1)\nc = f(1.7)", {"a": 1.34, "b": 2, "c": 2.7}),
    Case("lookup_with_a_scale", ("lookup",), WRITTEN, "the range in square brackets is for drawing only.",
         "f([(0,0)-(10,10)],(0,0),(2,4),(4,0))\ny = f(Time)", {"y": tent}, WIDE),
    Case("lookup_with_reference_points", ("lookup",), WRITTEN, "reference points after the range are for drawing only.",
         "f([(0,0)-(10,10),(1,1),(3,9)],(0,0),(2,4),(4,0))\ny = f(Time)", {"y": tent}, WIDE),
    Case("lookup_of_two_lists", ("lookup",), WRITTEN, "first every x, then every y.", "f(0, 2, 4, 0, 4, 0)\ny = f(Time)", {"y": tent}, WIDE),
    Case("lookup_of_odd_numbers", ("lookup",), WRITTEN, "negative numbers and exponents: from (-1, 1000) to (1.5, -1000).",
         "f((-1,1e3),(+1.5,-1.0E+03))\ny = f(Time / 2)", {"y": lambda t: 1000 - 800 * (min(t / 2, 1.5) + 1)}, Clock(-2, 4, 1)),
    Case("with_lookup", ("WITH LOOKUP",), vensim("fn_with_lookup"), "the table of the equation itself.",
         "y = WITH LOOKUP(Time, ((0,0),(2,4),(4,0)))\nz = WITH LOOKUP(4 - 2 * Time, ([(0,0)-(9,9)],(0,0),(2,4),(4,0)))",
         {"y": tent, "z": lambda t: tent(4 - 2 * t)}, WIDE),
    Case("lookup_in_an_expression", ("lookup",), USED, "1 + 2 f(f(Time)).", f"{TENT}\ny = 1 + 2 * f(f(Time))",
         {"y": lambda t: 1 + 2 * tent(tent(t))}, WIDE),
    Case("lookup_in_a_loop", ("lookup", "INTEG"), USED, "growth stops where the table is 0: 1, 2, 3, 3.5, 3.75 ...",
         "f((0,1),(2,1),(4,0))\ns = INTEG(f(s), 1)", {"s": [1, 2, 3, 3.5, 3.75, 3.875]}, Clock(0, 5, 1)),
    Case("lookup_by_element", ("lookup", "arrays"), USED, "each element has a table of its own, with points of its own.",
         "r: a, b\nf[a]((0,0),(4,8))\nf[b]((0,5),(1,6),(4,0))\ny[r] = f[r](Time)\nz = f[b](Time / 2)",
         {"y[a]": lambda t: 2 * min(max(t, 0), 4), "y[b]": lambda t: 5 + min(max(t, 0), 1) - 2 * min(max(t - 1, 0), 3),
          "z": lambda t: 5 + min(max(t / 2, 0), 1) - 2 * min(max(t / 2 - 1, 0), 3)}, WIDE),
    Case("one_lookup_for_an_array", ("lookup", "arrays"), USED, "the same table for each element.",
         f"r: a, b\nk[r] = 1, 0.5\n{TENT}\ny[r] = f(Time * k[r])", {"y[a]": tent, "y[b]": lambda t: tent(t / 2)}, WIDE),
    Case("lookup_with_a_jump", ("lookup",), USED, "two points at x = 2: 1 before, 5 after; it is not asked at 2 itself.",
         "f((0,1),(2,1),(2,5),(4,5))\ny = f(Time + 0.25)", {"y": lambda t: 5 if t + 0.25 > 2 else 1}, WIDE),
    Case("lookup_extrapolate", ("LOOKUP EXTRAPOLATE",), vensim("fn_lookup_extrapolate"), "the example of the manual: 1, 1.5, 2.5.",
         "look((0,1),(1,1),(2,2))\na = LOOKUP EXTRAPOLATE(look, -1)\nb = LOOKUP EXTRAPOLATE(look, 1.5)\nc = LOOKUP EXTRAPOLATE(look, 2.5)",
         {"a": 1, "b": 1.5, "c": 2.5}),
    Case("lookup_extrapolate_both_ways", ("LOOKUP EXTRAPOLATE",), vensim("fn_lookup_extrapolate"), "the lines of the ends go on: slopes 2 and 3.",
         "f((0,1),(1,3),(3,9))\ny = LOOKUP EXTRAPOLATE(f, Time)", {"y": lambda t: 1 + 2 * t if t < 1 else 3 * t}, WIDE),
    Case("lookup_forward", ("LOOKUP FORWARD",), vensim("fn_lookup_forward"), "the example of the manual: the next y, 1, 2, 2.",
         "look((0,1),(1,1),(2,2))\na = LOOKUP FORWARD(look, -1)\nb = LOOKUP FORWARD(look, 1.5)\nc = LOOKUP FORWARD(look, 2.5)",
         {"a": 1, "b": 2, "c": 2}),
    Case("lookup_backward", ("LOOKUP BACKWARD",), vensim("fn_lookup_backward"), "the y before: 1 up to 1, from there 1, from 2 on 2.",
         "look((0,1),(1,3),(2,2))\na = LOOKUP BACKWARD(look, 0.5)\nb = LOOKUP BACKWARD(look, 1.5)\nc = LOOKUP BACKWARD(look, 2.5)",
         {"a": 1, "b": 3, "c": 2}),
    Case("lookup_invert", ("LOOKUP INVERT",), vensim("fn_lookup_invert"), "the example of the manual: 0.5 and 2, :NA: outside.",
         "look((0,0),(1,1),(3,2))\na = LOOKUP INVERT(look, 0.5)\nb = LOOKUP INVERT(look, 1.5)\nc = LOOKUP INVERT(look, -1)",
         {"a": 0.5, "b": 2, "c": -(2.0**109)}),
    Case("lookup_invert_of_a_tent", ("LOOKUP INVERT",), vensim("fn_lookup_invert"), "the smallest x that gives y: on the way up.",
         f"{TENT}\ny = LOOKUP INVERT(f, Time)", {"y": lambda t: t / 2}, Clock(0, 4, 0.5)),
    Case("lookup_area", ("LOOKUP AREA",), vensim("fn_lookup_area"), "the example of the manual: 1, 4, 3.",
         "look((0,1),(1,1),(2,2))\na = LOOKUP AREA(look, 0, 1)\nb = LOOKUP AREA(look, 2, 4)\nc = LOOKUP AREA(look, 0.5, 2.5)",
         {"a": 1, "b": 4, "c": 3}),
    Case("lookup_slope", ("LOOKUP SLOPE",), vensim("fn_lookup_slope"),
         "between points dy / dx, at a point the mean of both sides, outside by the mode 0, the nearest slope, or :NA:.",
         "look((0,1),(1,2),(3,3))\na = LOOKUP SLOPE(look, 0.5, 0)\nb = LOOKUP SLOPE(look, 2, 0)\nc = LOOKUP SLOPE(look, 1, 0)\n"
         "d = LOOKUP SLOPE(look, -1, 0)\ne = LOOKUP SLOPE(look, -1, 1)\ng = LOOKUP SLOPE(look, 4, 1)\nh = LOOKUP SLOPE(look, 4, -1)",
         {"a": 1, "b": 0.5, "c": 0.75, "d": 0, "e": 1, "g": 0.5, "h": -(2.0**109)}),
    Case("vector_lookup", ("VECTOR LOOKUP",), vensim("fn_vector_lookup"), "y at equal distances from 0 to 4; mode 0 as a lookup, 3 extrapolates.",
         "r: (p1-p3)\nv[r] = 0, 4, 0\ny = VECTOR LOOKUP(v[p1], Time, 0, 4, 0)\nz = VECTOR LOOKUP(v[p1], Time, 0, 4, 3)",
         {"y": tent, "z": lambda t: 4 - 2 * abs(t - 2)}, WIDE),
    Case("vector_lookup_steps", ("VECTOR LOOKUP",), vensim("fn_vector_lookup", "fn_lookup_forward"), "y 0, 4, 1 at 0, 2, 4; mode 2 the point before, 4 the next, ends held.",
         "r: (p1-p3)\nv[r] = 0, 4, 1\ny = VECTOR LOOKUP(v[p1], Time - 1, 0, 4, 2)\nz = VECTOR LOOKUP(v[p1], Time - 1, 0, 4, 4)",
         {"y": [0, 0, 0, 4, 4, 1, 1], "z": [0, 0, 4, 4, 1, 1, 1]}, Clock(0, 6, 1)),
    Case("vector_lookup_area", ("VECTOR LOOKUP",), vensim("fn_vector_lookup", "fn_lookup_area"),
         "under y 2, 4, 1 at 0, 2, 4, from 0 on: 2.5, 6, 9.25, 11 up to 1, 2, 3, 4; one before 0 is -2 with the end held (mode 1), -1.5 where the line goes on (7); one past 4 is 1 and 0.25 more.",
         "r: (p1-p3)\nv[r] = 2, 4, 1\ny = VECTOR LOOKUP(v[p1], Time - 1, 0, 4, 1)\nz = VECTOR LOOKUP(v[p1], Time - 1, 0, 4, 7)",
         {"y": [-2, 0, 2.5, 6, 9.25, 11, 12], "z": [-1.5, 0, 2.5, 6, 9.25, 11, 11.25]}, Clock(0, 6, 1)),
    Case("vector_lookup_slope", ("VECTOR LOOKUP",), vensim("fn_vector_lookup", "fn_lookup_slope"),
         "lines of slope 1 and -1.5; at the point between them the mean; beyond the ends their slopes in mode 9.",
         "r: (p1-p3)\nv[r] = 2, 4, 1\ny = VECTOR LOOKUP(v[p1], 0.5 + Time, 0, 4, 6)\nz = VECTOR LOOKUP(v[p1], 2 * Time - 3, 0, 4, 9)\nw = VECTOR LOOKUP(v[p1], 2, 0, 4, 6)",
         {"y": [1, 1, -1.5, -1.5], "z": [1, 1, 1, -1.5], "w": -0.25}, Clock(0, 3, 1)),
    Case("vector_lookup_invert", ("VECTOR LOOKUP",), vensim("fn_vector_lookup", "fn_lookup_invert"),
         "the smallest x that gives y, :NA: where none does; y 0, 4, 1 at 10, 12, 14: 2 first at 11, 4 at 12.",
         "r: (p1-p3)\nv[r] = 0, 4, 1\ny = VECTOR LOOKUP(v[p1], 2 * Time - 2, 10, 14, 5)", {"y": [-(2.0**109), 10, 11, 12, -(2.0**109)]}, Clock(0, 4, 1)),
]  # fmt: skip
