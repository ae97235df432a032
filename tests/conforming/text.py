"""How files are written: names, comments, encodings, order, size."""

from __future__ import annotations

from tests.conforming.case import Case, Clock, entry, vensim

FORM, NAMES = vensim("22030"), vensim("ref_variable_types")
BY_NAME = "by hand; it is the reading that is shown."
SKETCH = (
    "\\\\\\---/// Sketch information - do not modify anything except names\n"
    "V300  Do not put anything below this section - it will be ignored\n*View 1\n"
    "$192-192-192,0,Times New Roman|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|72,72,100,0\n10,1,y,300,200,20,11,8,3,0,0,0,0,0,0\n///---\\\\\\\n"
)


def chain(count: int) -> str:
    """Each variable needs the next one, which the file defines later."""
    return "\n".join(f"v{n} = v{n + 1} + 1" for n in range(count)) + f"\nv{count} = Time"


CASES = [
    Case("quoted_names", ("names",), NAMES, BY_NAME, '"cost (yuan/ton)" = 3\n"100% share" = 2 + Time\n"a-b, c & d" = "cost (yuan/ton)" * "100% share"',
         {"cost (yuan/ton)": 3, "100% share": lambda t: 2 + t, "a-b, c & d": lambda t: 6 + 3 * t}),
    Case("names_with_odd_characters", ("names",), NAMES, BY_NAME, '"x\'s price" = 3\n"rate?" = 2\n"a+b=c" = "x\'s price" * "rate?"', {"a+b=c": 6}),
    Case("chinese_names", ("names",), NAMES, BY_NAME, "开发区 产值 = 100 + 增量\n增量 = 5 * Time\n\"占比(%)\" = 增量 / 开发区_产值 * 100",
         {"开发区 产值": lambda t: 100 + 5 * t, "增量": lambda t: 5 * t, "占比(%)": lambda t: 500 * t / (100 + 5 * t)}),
    Case("names_with_accents", ("names",), NAMES, BY_NAME, "Größe = 3\nénergie = größe * Time", {"Größe": 3, "énergie": lambda t: 3 * t}),
    Case("case_and_underscores", ("names",), NAMES, "case does not count, and underscores are blanks.", "Idle Land = 4\ny = IDLE_land + idle   land + Idle_Land", {"y": 12}),
    Case("names_of_functions_and_words", ("names",), NAMES, BY_NAME, "max rate = 2\nsum of all = 3\nexp growth = max rate * sum of all\nif = 4\ny = if + exp growth", {"y": 10, "exp growth": 6}),
    Case("python_words_as_names", ("names",), NAMES, BY_NAME, "class = 1\nlambda = 2\nimport = class + lambda\nself = import * 2\nnp = 5\ny = np + self", {"import": 3, "y": 11}),
    Case("names_with_digits", ("names",), NAMES, BY_NAME, "x1 = 1\nx 2 b = 2\nx1 y2 = x1 + x 2 b\ny = x1 y2 ^ x 2 b", {"x1 y2": 3, "y": 9}),
    Case("comments_in_equations", ("comments",), FORM, "what stands in braces says nothing.", "y = 2 {two} * 3 {three: * 100}\nz = {first} y + 1", {"y": 6, "z": 7}),
    Case("comments_in_lists", ("comments",), FORM, "also among numbers and labels.", "r: a, {the next} b\nk[r] = 1, {two} 2\ny = SUM(k[r!])", {"y": 3}),
    Case("lines_that_go_on", ("layout",), FORM, "a backslash at the end of a line goes on in the next; blanks don't count.",
         "y=\n\t  1 + \\\n\t\t2 +\n   3*Time\n\t~\tDmnl\n\t~\tA comment\n\t\tof two lines.\n\t|", {"y": lambda t: 3 + 3 * t}),
    Case("equation_on_one_line", ("layout",), FORM, BY_NAME, "a = 1 ~ Dmnl ~ One. |\nb = a + 1 ~ Dmnl ~ Two. | c = b + a ~~|", {"c": 3}),
    Case("units_with_a_range", ("layout",), FORM, "limits and increment after the unit say nothing.", "y = 3\n\t~\tMonth [1,30,0.5]\n\t~\tTime to adjust.\n\t|\n\nz = y * 2\n\t~\tyuan/Month [0,?]\n\t~\t\n\t|",
         {"y": 3, "z": 6}),
    Case("supplementary", ("layout",), FORM, "the flag says nothing.", "y = Time\n\t~\tDmnl\n\t~\tNot used.\n\t~\t:SUPPLEMENTARY\n\t|", {"y": lambda t: t}),
    Case("groups", ("layout",), FORM, "headings of groups say nothing.", "*" * 56 + "\n\t.Land use\n" + "*" * 56 + "~\n\t\t|\n" + entry("y = 3") + "*" * 56 + "\n\t.People\n" + "*" * 56 + "~\n\t\t|\n" + entry("z = y + 1"),
         {"y": 3, "z": 4}),
    Case("sketch", ("layout",), FORM, "what follows the equations is drawing.", f"y = 2 * Time\n{SKETCH}", {"y": lambda t: 2 * t}),
    Case("unchangeable_constant", ("==",), vensim("operators"), "== makes a constant that can't be changed.", "k == 4.5\ny = k * 2", {"k": 4.5, "y": 9}),
    Case("windows_line_ends", ("layout",), FORM, BY_NAME, "r: a, b\nk[r] = 1, 2\ny = SUM(k[r!]) + Time", {"y": lambda t: 3 + t}, newline="\r\n"),
    Case("utf_8_with_a_mark", ("encodings",), FORM, BY_NAME, "产值 = 3 + Time", {"产值": lambda t: 3 + t}, encoding="utf-8-sig"),
    Case("gb18030", ("encodings",), FORM, "a file of a Chinese Windows, without the mark {UTF-8}.", "产值 = 3 + Time\n土地 = 产值 * 2", {"产值": lambda t: 3 + t, "土地": lambda t: 6 + 2 * t},
         encoding="gb18030"),
    Case("utf_16", ("encodings",), FORM, BY_NAME, "产值 = 3 + Time", {"产值": lambda t: 3 + t}, encoding="utf-16"),
    Case("order_of_equations", ("order",), vensim("macros"), "equations may stand in any order.", "z = y + 1\ny = x * 2\nx = Time + k\nk = 3", {"z": lambda t: 7 + 2 * t}),
    Case("chain_of_200", ("order",), FORM, "200 steps of + 1.", chain(200), {"v0": lambda t: 200 + t, "v150": lambda t: 50 + t}),
    Case("chain_of_1000", ("order",), FORM, "1000 steps of + 1.", chain(1000), {"v0": lambda t: 1000 + t}, Clock(0, 1, 1)),
    Case("brackets_30_deep", ("()",), FORM, "30 times (x + 1).", "y = " + "(" * 30 + "Time" + " + 1)" * 30, {"y": lambda t: 30 + t}),
]  # fmt: skip
