"""Constructs for the fuzzer that take more than a right side: macros, data, vectors, tables read otherwise, mappings.

Each function draws one variable and gives its axes and its rules; helpers of a variable go where it goes, since they
carry its name. What PySD doesn't know is said for it in functions that it knows (:class:`tests.fuzz_grammar.Term`).
"""

from __future__ import annotations

from tests.fuzz_grammar import PERIODS, STARTS, Author, Rule, Special, Term, wide

Drawn = tuple[tuple[str, ...], list[Rule]]

HEAD = {
    "[other]": "other: o1, o2, o3 -> r ~~|",
    "eye": "eye[r1, mate] = 1, 0, 0 ~~|\neye[r2, mate] = 0, 1, 0 ~~|\neye[r3, mate] = 0, 0, 1 ~~|",
    "mate": "mate <-> r ~~|",
    "first in line": "curve: ptype, ppriority, pwidth, pextra ~~|\nfirst in line[r1, curve] = 3, 5, 2, 0 ~~|\n"
    "first in line[r2, curve] = 3, 6.5, 1.5, 0 ~~|\nfirst in line[r3, curve] = 3, 4, 2.5, 0 ~~|",
    "place": "place[r] = 3, 1, 2 ~~|",
    "GAINED": ":MACRO: GAINED(a, b)\nGAINED = a + b * inner ~~|\ninner = b - 0.5 * a ~~|\n:END OF MACRO:",
    "DRAINED": ":MACRO: DRAINED(flow, time to drain)\nDRAINED = INTEG(flow - DRAINED / time to drain, 1.5) ~~|\n"
    ":END OF MACRO:",
    "EASED": ":MACRO: EASED(a, over)\nEASED = SMOOTHI(a, over, 0.25) * 2 ~~|\n:END OF MACRO:",
}
"""What stands at the head of a model that names it; each may need those after it."""
FILES = {
    "data.csv": "t,p,q1,q2\n-1,1,2.5,-1\n0.5,3,0.5,2\n2.25,-2,4,1\n5,2,1,0.25\n",
    "numbers.csv": "name,a,b,c\nx,1.5,-2,0.25\ny,0.5,3,-1\n",
}
"""Beside every model that reads them; the data reach beyond the run at both ends."""


def parts(author: Author, name: str, axes: tuple[str, ...], depth: int = 2) -> tuple[str, Rule]:
    """A helper array of the variable, surely of these axes, and how it is referred to."""
    helper = f"of {name.strip(chr(34)).replace('.', ' ').replace('&', '').replace('(', '').replace(')', '')}"
    places = f"[{', '.join(axes)}]"
    return helper, Rule(name, helper + places, wide(author.term(axes, depth), axes))


def macro(author: Author, name: str) -> Drawn:
    form = author.pick(("GAINED({0}, {1})", "DRAINED({0}, 2.5)", "EASED({0}, 3.25)", "1 - 2 * DRAINED({0}, 4.75) + {1}",
                        "GAINED(DRAINED({0}, 2.5), {1})", "EASED({0}, 2.5) * GAINED({1}, 0.5)"))  # fmt: skip
    return (), [Rule(name, name, Term(form, (author.term((), 2), author.term((), 1))))]


def data(author: Author, name: str) -> Drawn:
    keyword = author.pick(("", ":INTERPOLATE: ", ":HOLD BACKWARD: ", ":LOOK FORWARD: "))
    axes = author.random.choice(((), ("q",)))
    cell = "C2" if axes else "B2"
    read = Term(f"GET DIRECT DATA('data.csv', ',', 'A', '{cell}')")
    return axes, [Rule(name, f"{name}[q]" if axes else name, read, f"{keyword}:= ")]


def constants(author: Author, name: str) -> Drawn:
    axes, cell = author.random.choice((((), "B2"), ((), "D3"), (("r",), "B3"), (("q",), "C2*"), (("q", "r"), "B2")))
    left = f"{name}[{', '.join(axes)}]" if axes else name
    rule = Rule(name, left, Term(f"GET DIRECT CONSTANTS('numbers.csv', ',', '{cell}')"))
    return axes, [rule]


def lookup_from_a_file(author: Author, name: str) -> Drawn:
    helper, _ = parts(author, name, ("r",), 0)
    table = Rule(name, helper, Term("(GET DIRECT LOOKUPS('data.csv', ',', 'A', 'B2'))"), "")
    return (), [table, Rule(name, name, Term(helper + "({0})", (author.term((), 2),)))]


def table_otherwise(author: Author, name: str) -> Drawn:
    """LOOKUP FORWARD and its like, for PySD as conditions on the points of ``table``."""
    forms = (
        ("LOOKUP EXTRAPOLATE(table, {0})",
         "IF THEN ELSE({0} < -2, 1 - ({0} + 2) / 2, IF THEN ELSE({0} > 6, 4 + ({0} - 6) * 1.5, table({0})))"),
        ("LOOKUP FORWARD(table, {0})",
         "IF THEN ELSE({0} <= -2, 1, IF THEN ELSE({0} <= 0, 0, IF THEN ELSE({0} <= 1, 2.5, "
         "IF THEN ELSE({0} <= 3, -0.5, 4))))"),
        ("LOOKUP BACKWARD(table, {0})",
         "IF THEN ELSE({0} < 0, 1, IF THEN ELSE({0} < 1, 0, IF THEN ELSE({0} < 3, 2.5, "
         "IF THEN ELSE({0} < 6, -0.5, 4))))"),
    )  # fmt: skip
    text, other = author.random.choice(forms)
    return (), [Rule(name, name, Term(text, (author.term((), 2),), other))]


def inverted_table(author: Author, name: str) -> Drawn:
    """The x of a rising table at a y within it."""
    helper, _ = parts(author, name, ("r",), 0)
    value = Term("MIN(MAX({0}, -0.75), 4.5)", (author.term((), 2),))
    inverse = "WITH LOOKUP({0}, ((-1.0625,0),(0.53125,1),(5.0625,4)))"
    table = Rule(name, helper, Term("((0,-1.0625),(1,0.53125),(4,5.0625))"), "")
    return (), [table, Rule(name, name, Term(f"LOOKUP INVERT({helper}, {{0}})", (value,), inverse))]


def element_away(author: Author, name: str) -> Drawn:
    """VECTOR ELM MAP of a place that the run decides."""
    helper, rule = parts(author, name, ("r",))
    place = Term("INTEGER(MIN(ABS({0}), 2.5))", (author.term((), 2),))
    other = f"IF THEN ELSE({{0}} = 0, {helper}[r1], IF THEN ELSE({{0}} = 1, {helper}[r2], {helper}[r3]))"
    return (), [rule, Rule(name, name, Term(f"VECTOR ELM MAP({helper}[r1], {{0}})", (place,), other))]


def in_order(author: Author, name: str) -> Drawn:
    """Of elements that differ: equal ones stand in the order of the range here, and the other way round in PySD."""
    helper, rule = parts(author, name, ("r",))
    which, apart = author.pick(("1", "-1")), f"apart {helper}"
    form = author.pick((f"VECTOR SORT ORDER({apart}[r], {which})", f"VECTOR RANK({apart}[r], {which})",
                        f"VECTOR REORDER({apart}[r], VECTOR SORT ORDER({apart}[r], {which}))"))  # fmt: skip
    differ = Rule(name, f"{apart}[r]", Term(f"{helper}[r] + 0.137 * place[r]"))
    return ("r",), [rule, differ, Rule(name, f"{name}[r]", Term(form))]


def selected(author: Author, name: str) -> Drawn:
    helper, rule = parts(author, name, ("r",))
    chosen = Term("IF THEN ELSE({0}, 2, 0)", (author.condition(("r",), 1),))
    sieve = Rule(name, f"sieve {helper}[r]", Term("{0} * (eye[r, r1] + eye[r, r2])", (chosen,)))
    action = author.pick(("0", "1", "2", "3"))
    form = f"VECTOR SELECT(sieve {helper}[r!], {helper}[r!], {{0}}, {action}, 0)"
    return (), [rule, sieve, Rule(name, name, Term(form, (Term(author.pick(STARTS)),)))]


def allocated(author: Author, name: str) -> Drawn:
    helper, rule = parts(author, name, ("r",))
    # PySD loses the smallest shares where next to nothing of what is asked for is there
    asked = Rule(name, f"asked {helper}[r]", Term(f"MIN(ABS({helper}[r]), 100) + 0.5"))
    supply = Term("ABS({0}) + 0.25", (author.term((), 1),))
    form = author.pick((f"ALLOCATE AVAILABLE(asked {helper}[r], first in line[r, ptype], {{0}})",
                        f"ALLOCATE BY PRIORITY(asked {helper}[r], place[r], ELMCOUNT(r), 1.5, {{0}})"))  # fmt: skip
    return ("r",), [rule, asked, Rule(name, f"{name}[r]", Term(form, (supply,)))]


def inverted_matrix(author: Author, name: str) -> Drawn:
    """Of a matrix whose diagonal outweighs the rest."""
    helper, _ = parts(author, name, ("r",), 0)
    body = Term("eye[r, mate] * (2 + ABS({0})) + 0.25 * place[r] - 0.125 * place[mate]", (author.term(("r",), 2),))
    return ("r",), [
        Rule(name, f"{helper}[r, mate]", body),
        Rule(name, f"inverse {helper}[r, mate]", Term(f"INVERT MATRIX({helper}[r, mate], 3)")),
        Rule(name, f"{name}[r]", Term(f"inverse {helper}[r, {author.pick(('r1', 'r2', 'r3'))}]")),
    ]


def mapped(author: Author, name: str) -> Drawn:
    """An array of one range taken by another, to which it is mapped one to one."""
    helper, _ = parts(author, name, ("r",), 0)
    low, high = author.term((), 2), author.term((), 1)
    return ("r",), [
        Rule(name, f"{helper}[o1]", low),
        Rule(name, f"{helper}[o2]", high),
        Rule(name, f"{helper}[o3]", Term(author.pick(STARTS))),
        Rule(name, f"{name}[r]", Term(author.pick((f"{helper}[other]", f"{helper}[other] * place[r]")))),
    ]


def with_exceptions(author: Author, name: str) -> Drawn:
    """A matrix but for a row, a column, an element or several, which stand by themselves."""
    whole = ("r", "q")
    apart = author.random.choice((("r2, q1",), ("r1, q2", "r3, q1"), ("part, q2",), ("r1, q",), ("r3, q1", "r3, q2")))
    rules = [Rule(name, f"{name}[r, q] :EXCEPT: {', '.join(f'[{one}]' for one in apart)}",
                  wide(author.term(whole, 2), whole))]  # fmt: skip
    for one in apart:
        axes = tuple(label for label in one.split(", ") if label in ("part", "q"))
        rules.append(Rule(name, f"{name}[{one}]", author.term(axes, 2)))
    return whole, rules


def remembered(author: Author, name: str) -> Drawn:
    """Averages of averages, with a time of their own, in a stock's place."""
    form = author.pick(("TREND(ABS({0}) + 1, {1}, 0.25)", "SMOOTH({0}, {1} + ABS(SIN({0})))",
                        "SAMPLE IF TRUE(Time = 1 :OR: Time = 2.5, {0}, 0.25)",
                        "FORECAST(ABS({0}) + 1, {1}, 1.5)"))  # fmt: skip
    return (), [Rule(name, name, Term(form, (author.term((), 2), Term(author.pick(PERIODS)))))]


SPECIAL: tuple[Special, ...] = (
    macro, data, constants, lookup_from_a_file, table_otherwise, inverted_table, element_away, in_order, selected,
    allocated, inverted_matrix, mapped, with_exceptions, remembered,
)  # fmt: skip
