"""Functions of whole vectors: selection, order, matrices, allocation, markets; and random numbers."""

from __future__ import annotations

from tests.conforming.arrays import each
from tests.conforming.case import Case, Clock, vensim

SELECT, ELM, SORT = vensim("fn_vector_select"), vensim("fn_vector_elm_map"), vensim("fn_vector_sort_order")
PROFILE = vensim("fn_allocate_available", "24335")
R4 = "r: a, b, c, d\nk[r] = 3, 9, 1, 5"
CHOICE = "r: a, b, c, d\ns[r] = 0, 2, 0, 3\nx[r] = 7, 5, 11, 4"
BUYERS = "r: a, b\nq[r] = 10, 20\npp: ptype, ppriority, pwidth, pextra\n"
DRAWN = "an unbroken run within the limits counts its steps: 8 of 8."


def within(drawn: str, low: float, high: float) -> str:
    """Counts the steps at which a drawn number was within its limits."""
    return f"x = {drawn}\nfine = IF THEN ELSE(x >= {low} :AND: x <= {high}, 1, 0)\ns = INTEG(fine, 0)"


def whole(name: str, function: str, drawn: str) -> Case:
    """A model that says whether random numbers are whole."""
    return Case(name, (function,), vensim("fn_random"), DRAWN, f"x = {drawn}\nfine = IF THEN ELSE(INTEGER(x) = x, 1, 0)\ns = INTEG(fine, 0)",
                {"fine": 1, "s": lambda t: t}, Clock(0, 8, 1))


def random(name: str, function: str, drawn: str, low: float, high: float) -> Case:
    """A model that says whether random numbers keep within their limits."""
    return Case(name, (function,), vensim("fn_random"), DRAWN, within(drawn, low, high), {"fine": 1, "s": lambda t: t}, Clock(0, 8, 1))


def rectangle(supply: float) -> tuple[float, float]:
    """10 units asked for at priorities 4 to 6, 20 at 2 to 4: the higher ones are served first."""
    return min(supply, 10), min(max(supply - 10, 0), 20)


CASES = [
    *(
        Case(f"vector_select_{action}", ("VECTOR SELECT",), SELECT, f"action {action}, {what}: b and d are chosen with weights 2 and 3.",
             f"{CHOICE}\ny = VECTOR SELECT(s[r!], x[r!], -1, {action}, 0)", {"y": value})
        for action, what, value in (
            (0, "weighted sum", 22), (1, "product of weight * value", 120), (2, "least weight * value", 10), (3, "largest weight * value", 12),
            (4, "mean of weight * value", 11),
            (5, "product of weight ^ value", 2**5 * 3**4), (6, "sum", 9), (7, "product", 20), (8, "least", 4), (9, "largest", 5), (10, "mean", 4.5))
    ),
    Case("vector_select_nothing", ("VECTOR SELECT",), SELECT, "only zeros in the selection: the third argument.",
         f"{CHOICE}\nn[r] = 0\ny = VECTOR SELECT(n[r!], x[r!], Time - 7, 0, 0)", {"y": lambda t: t - 7}),
    Case("vector_select_by_row", ("VECTOR SELECT",), SELECT, "a selection for each element of another range.",
         f"{CHOICE}\ni: u, v\nw[i, r] = 1, 0, 0, 1; 0, 1, 1, 0;\ny[i] = VECTOR SELECT(w[i, r!], x[r!], 0, 6, 0)", each("y", "u v", 11, 16)),
    Case("vector_elm_map", ("VECTOR ELM MAP",), ELM, "the example of the manual: v[s1] and sub - 1 is v[sub].",
         "sub: s1, s2, s3\nv[sub] = 5, 6, 7\ny[sub] = VECTOR ELM MAP(v[s1], sub - 1)\nz[sub] = VECTOR ELM MAP(v[s1], 3 - sub)",
         {**each("y", "s1 s2 s3", 5, 6, 7), **each("z", "s1 s2 s3", 7, 6, 5)}),
    Case("vector_elm_map_to_another_range", ("VECTOR ELM MAP",), ELM, "the example of the manual: dig needs brawn, build and test need brain.",
         "task: dig, build, test\nskill: brawn, brain\ntask skill[task] = 0, 1, 1\nlabor[skill] = 3, 8\n"
         "y[task] = VECTOR ELM MAP(labor[brawn], task skill[task])", each("y", "dig build test", 3, 8, 8)),
    Case("vector_elm_map_in_an_aging_chain", ("VECTOR ELM MAP",), vensim("22095"), "each stage takes what the one before gives: 10 moves on as one.",
         "stage: (stage1-stage3)\nout[stage] = IF THEN ELSE(s[stage] > 0, s[stage], 0)\n"
         "in[stage] = IF THEN ELSE(stage = stage1, 0, VECTOR ELM MAP(out[stage1], MAX(stage - 2, 0)))\n"
         "s[stage] = INTEG(in[stage] - out[stage], IF THEN ELSE(stage = stage1, 10, 0))",
         each("s", "stage1 stage2 stage3", [10, 0, 0, 0, 0], [0, 10, 0, 0, 0], [0, 0, 10, 0, 0])),
    Case("vector_elm_map_of_two_ranges", ("VECTOR ELM MAP",), ELM, "the offset runs through all elements, the last range first.",
         "r: a, b\ni: x, y, z\nm[r, i] = 1, 2, 3; 4, 5, 6;\nn[r, i] = VECTOR ELM MAP(m[a, x], (r - 1) * ELMCOUNT(i) + (i - 1))\n"
         "y = VECTOR ELM MAP(m[a, x], 4)", {**each("n", "a,x a,z b,x b,z", 1, 3, 4, 6), "y": 5}),
    Case("vector_sort_order", ("VECTOR SORT ORDER",), SORT, "zero-based places of 3, 9, 1, 5 from the smallest, and from the largest.",
         f"{R4}\ny[r] = VECTOR SORT ORDER(k[r], 1)\nz[r] = VECTOR SORT ORDER(k[r], -1)",
         {**each("y", "a b c d", 2, 0, 3, 1), **each("z", "a b c d", 1, 3, 0, 2)}),
    Case("vector_reorder", ("VECTOR REORDER",), vensim("fn_vector_reorder", "fn_vector_sort_order"), "sorted by the order: 1, 3, 5, 9.",
         f"{R4}\no[r] = VECTOR SORT ORDER(k[r], 1)\ny[r] = VECTOR REORDER(k[r], o[r])", each("y", "a b c d", 1, 3, 5, 9)),
    Case("vector_sort_order_and_map", ("VECTOR SORT ORDER", "VECTOR ELM MAP"), SORT, "as in the manual: least, largest and median of 5 numbers.",
         "r: (c1-c5)\nk[r] = 8, 2, 9, 4, 5\no[r] = VECTOR SORT ORDER(k[r], 1)\nlow = VECTOR ELM MAP(k[c1], o[c1])\n"
         "high = VECTOR ELM MAP(k[c1], o[c5])\nmiddle = VECTOR ELM MAP(k[c1], o[c3])", {"low": 2, "high": 9, "middle": 5}),
    Case("vector_rank", ("VECTOR RANK",), vensim("fn_vector_rank"), "the example of the manual, 5000, 3000, 8000: 2, 1, 3; and from the largest.",
         "r: c1, c2, c3\nk[r] = 5000, 3000, 8000\ny[r] = VECTOR RANK(k[r], 1)\nz[r] = VECTOR RANK(k[r], 0)",
         {**each("y", "c1 c2 c3", 2, 1, 3), **each("z", "c1 c2 c3", 2, 3, 1)}),
    Case("vector_rank_that_changes", ("VECTOR RANK",), vensim("fn_vector_rank"), "Time overtakes 1.5 and 2.5.",
         "r: a, b, c\nk[a] = Time\nk[b] = 1.5\nk[c] = 2.5\ny[r] = VECTOR RANK(k[r], 1)",
         each("y", "a b c", [1, 1, 2, 3, 3], [2, 2, 1, 1, 1], [3, 3, 3, 2, 2])),
    Case("invert_matrix", ("INVERT MATRIX",), vensim("fn_invert_matrix"), "of 4 7, 2 6: 0.6 -0.7, -0.2 0.4 (determinant 10).",
         "r: a, b\ni <-> r\nm[a, r] = 4, 7\nm[b, r] = 2, 6\ny[r, i] = INVERT MATRIX(m[r, i], 2)", each("y", "a,a a,b b,a b,b", 0.6, -0.7, -0.2, 0.4)),
    Case("invert_matrix_of_three", ("INVERT MATRIX",), vensim("fn_invert_matrix"), "1 2 3, 0 1 4, 5 6 0 has the inverse -24 18 5, 20 -15 -4, -5 4 1.",
         "r: a, b, c\ni <-> r\nm[a, r] = 1, 2, 3\nm[b, r] = 0, 1, 4\nm[c, r] = 5, 6, 0\ny[r, i] = INVERT MATRIX(m[r, i], 3)",
         each("y", "a,a a,b a,c b,a b,b b,c c,a c,b c,c", -24, 18, 5, 20, -15, -4, -5, 4, 1)),
    Case("allocate_available_enough", ("ALLOCATE AVAILABLE",), PROFILE, "the manual: with more than was asked for everybody gets that, and no more.",
         f"{BUYERS}prio[a, pp] = 3, 5, 2, 0\nprio[b, pp] = 3, 7, 4, 0\ny[r] = ALLOCATE AVAILABLE(q[r], prio[r, ptype], 35)", each("y", "a b", 10, 20)),
    Case("allocate_available_in_turn", ("ALLOCATE AVAILABLE",), PROFILE, "rectangles that don't overlap: a in full before b.",
         f"{BUYERS}prio[a, pp] = 1, 5, 2, 0\nprio[b, pp] = 1, 3, 2, 0\ny[r] = ALLOCATE AVAILABLE(q[r], prio[r, ptype], 5 * Time)",
         each("y", "a b", lambda t: rectangle(5 * t)[0], lambda t: rectangle(5 * t)[1]), Clock(0, 6, 1)),
    Case("allocate_available_alike", ("ALLOCATE AVAILABLE",), PROFILE, "the same priority and shape: in proportion to what is asked for.",
         f"{BUYERS}prio[a, pp] = 3, 5, 2, 0\nprio[b, pp] = 3, 5, 2, 0\ny[r] = ALLOCATE AVAILABLE(q[r], prio[r, ptype], 12)", each("y", "a b", 4, 8)),
    Case("allocate_available_by_overlapping_rectangles", ("ALLOCATE AVAILABLE",), PROFILE,
         "at level p: 10 (7 - p) / 4 + 20 (5 - p) / 4 = 10 at p = 13 / 3, so 20 / 3 and 10 / 3.",
         f"{BUYERS}prio[a, pp] = 1, 5, 4, 0\nprio[b, pp] = 1, 3, 4, 0\ny[r] = ALLOCATE AVAILABLE(q[r], prio[r, ptype], 10)", each("y", "a b", 20 / 3, 10 / 3)),
    Case("allocate_available_by_symmetry", ("ALLOCATE AVAILABLE",), PROFILE,
         "triangles 4 wide around 6 and 5 give half of the 40 at 5.5: 20 (1 - 2 * 1.5^2 / 4^2) and 20 * 2 * 1.5^2 / 4^2.",
         "r: a, b\nq[r] = 20, 20\npp: ptype, ppriority, pwidth, pextra\nprio[a, pp] = 2, 6, 4, 0\nprio[b, pp] = 2, 5, 4, 0\n"
         "y[r] = ALLOCATE AVAILABLE(q[r], prio[r, ptype], 20)",
         each("y", "a b", 20 * (1 - 2 * 1.5**2 / 16), 20 * 2 * 1.5**2 / 16)),
    Case("allocate_by_priority_enough", ("ALLOCATE BY PRIORITY",), vensim("fn_allocate_by_priority"), "all requests are fulfilled, none is overfilled.",
         "r: a, b, c\nq[r] = 3, 5, 7\np[r] = 1, 2, 3\ny[r] = ALLOCATE BY PRIORITY(q[r], p[r], ELMCOUNT(r), 0.5, 20)", each("y", "a b c", 3, 5, 7)),
    Case("allocate_by_priority_in_turn", ("ALLOCATE BY PRIORITY",), vensim("fn_allocate_by_priority"),
         "priorities lie further apart than the width: the highest first, the rest to the next.",
         "r: a, b, c\nq[r] = 3, 5, 7\np[r] = 1, 2, 3\ny[r] = ALLOCATE BY PRIORITY(q[r], p[r], 3, 0.5, 9)", each("y", "a b c", 0, 2, 7)),
    Case("allocate_by_priority_alike", ("ALLOCATE BY PRIORITY",), vensim("fn_allocate_by_priority"), "equal requests and priorities: equal parts.",
         "r: a, b\nq[r] = 6, 6\np[r] = 2, 2\ny[r] = ALLOCATE BY PRIORITY(q[r], p[r], 2, 1, 2 * Time)", each("y", "a b", lambda t: t, lambda t: t)),
    Case("find_market_price", ("FIND MARKET PRICE", "DEMAND AT PRICE", "SUPPLY AT PRICE"), vensim("fn_find_market_price", "24340", "24335"),
         "demand 100 (7 - p) / 4 meets supply 100 (p - 1) / 4 at 4: 75 on both sides.",
         "d: d1\ns: s1\npp: ptype, ppriority, pwidth, pextra\ndq[d] = 100\nsq[s] = 100\ndp[d1, pp] = 1, 5, 4, 0\nsp[s1, pp] = 1, 3, 4, 0\n"
         "price = FIND MARKET PRICE(dq[d1], dp[d1, ptype], sq[s1], sp[s1, ptype])\n"
         "bought[d] = DEMAND AT PRICE(dq[d], dp[d, ptype], price)\nsold[s] = SUPPLY AT PRICE(sq[s], sp[s, ptype], price)",
         {"price": 4, "bought[d1]": 75, "sold[s1]": 75}),
    random("random_uniform", "RANDOM UNIFORM", "RANDOM UNIFORM(2, 3, 17)", 2, 3),
    random("random_0_1", "RANDOM 0 1", "RANDOM 0 1()", 0, 1),
    random("random_normal", "RANDOM NORMAL", "RANDOM NORMAL(4, 6, 5, 2, 17)", 4, 6),
    random("random_exponential", "RANDOM EXPONENTIAL", "RANDOM EXPONENTIAL(0, 3, 1, 2, 17)", 0, 3),
    random("random_poisson", "RANDOM POISSON", "RANDOM POISSON(0, 9, 4, 0, 1, 17)", 0, 9),
    random("random_binomial", "RANDOM BINOMIAL", "RANDOM BINOMIAL(2, 9, 0.5, 12, 0, 1, 17)", 2, 9),
    random("random_negative_binomial", "RANDOM NEGATIVE BINOMIAL", "RANDOM NEGATIVE BINOMIAL(0, 99, 0.5, 3, 0, 1, 17)", 3, 99),
    random("random_gamma", "RANDOM GAMMA", "RANDOM GAMMA(1, 5, 2, 0, 1, 17)", 1, 5),
    random("random_beta", "RANDOM BETA", "RANDOM BETA(0, 99, 2, 3, 10, 5, 17)", 10, 15),
    whole("random_poisson_gives_whole_numbers", "RANDOM POISSON", "RANDOM POISSON(0, 99, 4, 0, 1, 17)"),
    whole("random_binomial_gives_whole_numbers", "RANDOM BINOMIAL", "RANDOM BINOMIAL(0, 99, 0.5, 12, 0, 1, 17)"),
    Case("random_binomial_of_certain_trials", ("RANDOM BINOMIAL", "RANDOM NEGATIVE BINOMIAL"), vensim("fn_random"),
         "all of 5 trials succeed with probability 1, none with 0; 5 successes then take 5 trials; 3 is added to what is doubled.",
         "y = RANDOM BINOMIAL(0, 99, 1, 5, 3, 2, 0)\nz = RANDOM BINOMIAL(0, 99, 0, 5, 0, 1, 0)\nw = RANDOM NEGATIVE BINOMIAL(0, 99, 1, 5, 0, 1, 0)",
         {"y": 13, "z": 0, "w": 5}),
    Case("random_lookup", ("RANDOM LOOKUP",), vensim("fn_random"),
         "a density between 1 and 2 and from 5 to 6 only: nothing in between, nothing outside; doubled, and 10 added.",
         "look((1,1),(2,1),(2.001,0),(4.999,0),(5,1),(6,1))\nx = (RANDOM LOOKUP(look, 0, 99, 10, 2, 17) - 10) / 2\n"
         "fine = IF THEN ELSE((x >= 1 :AND: x <= 2.001) :OR: (x >= 4.999 :AND: x <= 6), 1, 0)\ns = INTEG(fine, 0)",
         {"fine": 1, "s": lambda t: t}, Clock(0, 8, 1)),
    Case("random_pink_noise_without_deviation", ("RANDOM PINK NOISE",), vensim("random_pink_noise"),
         "with a deviation of 0 it is its mean.", "y = RANDOM PINK NOISE(4, 0, 3, 17)", {"y": 4}, Clock(0, 8, 1)),
    random("random_triangular", "RANDOM TRIANGULAR", "RANDOM TRIANGULAR(0, 10, 2, 3, 7, 17)", 0, 10),
    random("random_weibull", "RANDOM WEIBULL", "RANDOM WEIBULL(1, 4, 2, 1, 2, 17)", 1, 4),
    Case("noise_seed", ("NOISE SEED",), vensim("specialvariables"), DRAWN, "NOISE SEED = 7\n" + within("RANDOM UNIFORM(2, 3, 0)", 2, 3),
         {"NOISE SEED": 7, "fine": 1, "s": lambda t: t}, Clock(0, 8, 1)),
]  # fmt: skip
