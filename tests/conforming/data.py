"""Numbers from files, data variables, and macros."""

from __future__ import annotations

from tests.conforming.arrays import each
from tests.conforming.case import Case, Clock, vensim
from tests.conforming.workbook import workbook

DIRECT, DATA, MACRO = vensim("fn_get_direct_data"), vensim("dataequations"), vensim("22145", "macros")
CONSTANTS, TABLES = vensim("fn_get_direct_constants"), vensim("fn_get_direct_lookups")
NA = -(2.0**109)
SERIES = {"data.csv": "time,demand\n0,10\n2,14\n4,30\n"}
BOOK = {"data.xlsx": workbook("Series", [["time", "demand"], [0, 10], [2, 14], [4, 30]])}
READ = "GET DIRECT DATA('data.csv', ',', 'A', 'B2')"
ACROSS = {"data.csv": "time,0,2,4\ndemand,10,14,30\n"}
LINES = [10, 12, 14, 22, 30]
BY_ELEMENT = {"data.csv": "time,north,south\n0,1,5\n4,5,1\n"}
GROWTH = ":MACRO: GROWS(rate, first)\nGROWS = INTEG(rate * GROWS, first)\n:END OF MACRO:\n"

CASES = [
    Case("data_interpolated", ("data variables", "GET DIRECT DATA"), f"{DIRECT} {DATA}", "interpolating is the default: halfway between 10 and 14, 14 and 30.",
         f"d := {READ}\ny = d * 2", {"d": LINES, "y": [20, 24, 28, 44, 60]}, files=SERIES),
    Case("data_with_a_keyword", (":INTERPOLATE:", "GET DIRECT DATA"), f"{DIRECT} {DATA}", "as the default.",
         f"d :INTERPOLATE: := {READ}\ny = d", {"y": LINES}, files=SERIES),
    Case("data_held", (":HOLD BACKWARD:",), f"{DIRECT} {DATA}", "a value holds until there is a new one.",
         f"d :HOLD BACKWARD: := {READ}\ny = d", {"y": [10, 10, 14, 14, 30]}, files=SERIES),
    Case("data_looking_forward", (":LOOK FORWARD:",), f"{DIRECT} {DATA}", "the next value is used.",
         f"d :LOOK FORWARD: := {READ}\ny = d", {"y": [10, 14, 14, 30, 30]}, files=SERIES),
    Case("data_raw", (":RAW:", ":NA:"), f"{DIRECT} {DATA}", ":NA: where there is no value.",
         f"d :RAW: := {READ}\ny = IF THEN ELSE(d = :NA:, 1, 0)", {"y": [0, 1, 0, 1, 0]}, files=SERIES),
    Case("data_across", ("GET DIRECT DATA",), DIRECT, "times in row 1, values in row 2.",
         "d := GET DIRECT DATA('data.csv', ',', '1', 'B2')\ny = d", {"y": LINES}, files=ACROSS),
    Case("data_separated_by_tabs", ("GET DIRECT DATA",), DIRECT, "the second argument names the separator.",
         "d := GET DIRECT DATA('data.tab', 'tab', 'A', 'B2')\ny = d", {"y": LINES}, files={"data.tab": SERIES["data.csv"].replace(",", "\t")}),
    Case("data_of_an_array", ("GET DIRECT DATA", "arrays"), DIRECT, "a column for each element, from the cell on.",
         "r: north, south\nd[r] := GET DIRECT DATA('data.csv', ',', 'A', 'B2')\ny[r] = d[r]", each("y", "north south", [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]),
         files=BY_ELEMENT),
    Case("data_of_data", ("data variables",), DATA, "a data variable may be worked out from data.", f"d := {READ}\ne := d * 10\ny = e", {"y": [100, 120, 140, 220, 300]},
         files=SERIES),
    Case("data_that_drives_a_stock", ("data variables", "INTEG"), DATA, "sums of the interpolated values: 0, 10, 22, 36, 58.",
         f"d := {READ}\ns = INTEG(d, 0)", {"s": [0, 10, 22, 36, 58]}, files=SERIES),
    Case("get_data_between_times", ("GET DATA BETWEEN TIMES",), vensim("fn_get_data_between_times"), "mode 0 between the points, 1 the later, -1 the earlier; :NA: outside.",
         f"d := {READ}\na = GET DATA BETWEEN TIMES(d, 3, 0)\nb = GET DATA BETWEEN TIMES(d, 3, 1)\nc = GET DATA BETWEEN TIMES(d, 3, -1)\n"
         "e = GET DATA BETWEEN TIMES(d, 9, 0)\ny = d", {"a": 22, "b": 30, "c": 14, "e": NA}, files=SERIES),
    Case("get_data_at_time", ("GET DATA AT TIME",), vensim("fn_get_data_at_time", "function_changes"), "the value at a time that has one, else :NA:.",
         f"d := {READ}\na = GET DATA AT TIME(d, 2)\nb = GET DATA AT TIME(d, 3)\ny = d", {"a": 14, "b": NA}, files=SERIES),
    Case("get_data_first_and_last_time", ("GET DATA FIRST TIME", "GET DATA LAST TIME"), vensim("fn_get_data_first_time", "fn_get_data_last_time"),
         "the ends of the data.", f"d := {READ}\na = GET DATA FIRST TIME(d)\nb = GET DATA LAST TIME(d)\ny = d", {"a": 0, "b": 4}, files=SERIES),
    Case("time_shift", ("TIME SHIFT",), vensim("22055", "fn_time_shift"), "what the data will be 2 later; held at the end is not asked for.",
         f"d := {READ}\ne := TIME SHIFT(d, 2)\ny = e", {"y": [14, 22, 30]}, Clock(0, 2, 1), files=SERIES),
    Case("cumulate", ("CUMULATE",), vensim("fn_cumulate"), "points 10, 14, 30 at 0, 2, 4: their sums 10, 24, 54 there, whatever lies between.",
         f"d := {READ}\ne := CUMULATE(d)\ny = e", {"y": [10, 24, 54]}, Clock(0, 4, 2), files=SERIES),
    Case("cumulatef", ("CUMULATEF",), vensim("fn_cumulate"), "the sum of all points, 54, at the time of the last.",
         f"d := {READ}\ne := CUMULATEF(d)\ny = e\na = GET DATA FIRST TIME(e)", {"y": [float("nan"), float("nan"), 54], "a": 4}, Clock(0, 4, 2), files=SERIES),
    Case("cumulate_of_an_array", ("CUMULATE", "arrays"), vensim("fn_cumulate"), "points 1, 5 and 5, 1 at 0, 4: sums 1, 6 and 5, 6.",
         "r: north, south\nd[r] := GET DIRECT DATA('data.csv', ',', 'A', 'B2')\ne[r] := CUMULATE(d[r])\ny[r] = e[r]",
         each("y", "north south", [1, 6], [5, 6]), Clock(0, 4, 4), files=BY_ELEMENT),
    Case("constant_from_a_file", ("GET DIRECT CONSTANTS",), CONSTANTS, "the number in cell B2.",
         "k = GET DIRECT CONSTANTS('k.csv', ',', 'B2')\ny = k * Time", {"k": 2.5, "y": lambda t: 2.5 * t}, files={"k.csv": "name,value\nk,2.5\n"}),
    Case("constants_of_a_row", ("GET DIRECT CONSTANTS", "arrays"), CONSTANTS, "from B2 to the right.",
         "r: a, b, c\nk[r] = GET DIRECT CONSTANTS('k.csv', ',', 'B2')\ny[r] = k[r] + Time",
         each("y", "a b c", lambda t: 1 + t, lambda t: 2 + t, lambda t: 4 + t), files={"k.csv": ",a,b,c\nk,1,2,4\n"}),
    Case("constants_of_a_column", ("GET DIRECT CONSTANTS", "arrays"), CONSTANTS, "a star after the cell: downwards.",
         "r: a, b, c\nk[r] = GET DIRECT CONSTANTS('k.csv', ',', 'B2*')\ny = SUM(k[r!])", {"y": 7, **each("k", "a b c", 1, 2, 4)},
         files={"k.csv": "name,k\na,1\nb,2\nc,4\n"}),
    Case("constants_of_a_table", ("GET DIRECT CONSTANTS", "arrays"), CONSTANTS, "rows by the first, columns by the last range.",
         "r: a, b\ni: x, y, z\nm[r, i] = GET DIRECT CONSTANTS('m.csv', ',', 'B2')\ns[r] = SUM(m[r, i!])",
         {**each("s", "a b", 6, 15), **each("m", "a,x a,z b,y", 1, 3, 5)}, files={"m.csv": ",x,y,z\na,1,2,3\nb,4,5,6\n"}),
    Case("lookup_from_a_file", ("GET DIRECT LOOKUPS",), TABLES, "x in column A, y from B2 down: (0,0), (2,4), (4,0).",
         "f = GET DIRECT LOOKUPS('f.csv', ',', 'A', 'B2')\ny = f(Time)", {"y": [0, 2, 4, 2, 0]}, files={"f.csv": "x,y\n0,0\n2,4\n4,0\n"}),
    Case("data_from_a_sheet", ("GET DIRECT DATA",), DIRECT, "of a workbook: its sheet, times in column A, values from B2 on.",
         "d := GET DIRECT DATA('data.xlsx', 'Series', 'A', 'B2')\ny = d", {"y": LINES}, files=BOOK),
    Case("data_from_a_workbook", ("GET XLS DATA",), vensim("fn_get_xls_data"), "as GET DIRECT DATA.",
         "d := GET XLS DATA('data.xlsx', 'Series', 'A', 'B2')\ny = d", {"y": LINES}, files=BOOK),
    Case("constants_from_a_workbook", ("GET XLS CONSTANTS",), vensim("fn_get_xls_constants"), "one cell, and a column of three.",
         "r: a, b, c\nk = GET XLS CONSTANTS('data.xlsx', 'Series', 'B3')\nm[r] = GET XLS CONSTANTS('data.xlsx', 'Series', 'B2*')\ny = k * 100 + SUM(m[r!])",
         {"y": 1454, **each("m", "a b c", 10, 14, 30)}, files=BOOK),
    Case("lookup_from_a_workbook", ("GET XLS LOOKUPS",), vensim("fn_get_xls_lookups"), "x in column A, y from B2 on: (0,10), (2,14), (4,30).",
         "f = GET XLS LOOKUPS('data.xlsx', 'Series', 'A', 'B2')\ny = f(Time) + f(9)", {"y": [40, 42, 44, 52, 60]}, files=BOOK),
    Case("data_from_a_sheet_of_lotus", ("GET 123 DATA",), vensim("fn_get_123_data"), "the times in column A, the values from B2 on; the sheet is one of Excel.",
         "d := GET 123 DATA('data.xlsx', 'Series', 'A', 'B2')\ny = d", {"y": LINES}, files=BOOK),
    Case("constant_from_a_sheet_of_lotus", ("GET 123 CONSTANTS",), vensim("fn_get_123_constants"), "the number in B3: 14; the sheet is one of Excel.",
         "c = GET 123 CONSTANTS('data.xlsx', 'Series', 'B3')\ny = c", {"y": 14}, files=BOOK),
    Case("macro", ("macros",), MACRO, "the macro's expression with the arguments in place: 3 + 2 Time.",
         ":MACRO: ADDED(a, b)\nADDED = a + b\n:END OF MACRO:\nx = Time * 2\ny = ADDED(x, 3)", {"y": lambda t: 3 + 2 * t}),
    Case("macro_with_a_stock", ("macros", "INTEG"), MACRO, "each call has a stock of its own: 1.5^n from 2, 2^n from 1.",
         f"{GROWTH}y = GROWS(0.5, 2)\nz = GROWS(1, 1)", {"y": lambda t: 2 * 1.5**t, "z": lambda t: 2**t}),
    Case("macro_in_an_expression", ("macros",), MACRO, "1 + 2 * (a call) + (a call).",
         f"{GROWTH}y = 1 + 2 * GROWS(1, 1) + GROWS(0, 5)", {"y": lambda t: 6 + 2 * 2**t}),
    Case("macro_with_inner_variables", ("macros",), MACRO, "names inside mean nothing outside: x here is 7, x there is a + 1.",
         ":MACRO: TWICE(a)\nTWICE = 2 * x\nx = a + 1\n:END OF MACRO:\nx = 7\ny = TWICE(x) + TWICE(Time)", {"y": lambda t: 16 + 2 * (t + 1)}),
    Case("macro_that_names_the_model", ("macros",), MACRO, "a dollar sign after a name means the model's variable: TIME STEP is 0.5, k is 3.",
         ":MACRO: PER STEP(a)\nPER STEP = a * TIME STEP$ + k$\n:END OF MACRO:\nk = 3\ny = PER STEP(8)", {"y": 7}, Clock(0, 2, 0.5)),
    Case("macro_with_two_results", ("macros",), MACRO, "the second result stands after the colon: sum 5 + Time, difference 5 - Time.",
         ":MACRO: BOTH(a, b: less)\nBOTH = a + b\nless = a - b\n:END OF MACRO:\ny = BOTH(5, Time: z)\nw = z * 10",
         {"y": lambda t: 5 + t, "w": lambda t: 50 - 10 * t}),
    Case("macro_in_a_macro", ("macros",), MACRO, "macros may call macros: (a + 1) * 2 of Time.",
         ":MACRO: ONE MORE(a)\nONE MORE = a + 1\n:END OF MACRO:\n:MACRO: DOUBLED(b)\nDOUBLED = ONE MORE(b) * 2\n:END OF MACRO:\ny = DOUBLED(Time)",
         {"y": lambda t: 2 * (t + 1)}),
    Case("macro_of_an_array", ("macros", "arrays"), MACRO, "subscripted values may be passed: a stock for each element.",
         f"{GROWTH}r: a, b\nk[r] = 1, 2\ny[r] = GROWS(k[r], k[r])", each("y", "a b", lambda t: 2**t, lambda t: 2 * 3**t)),
    Case("macro_with_a_delay", ("macros", "SMOOTHI"), MACRO, "10 - 8 * 0.75^n, doubled.",
         ":MACRO: SLOW(x)\nSLOW = 2 * SMOOTHI(x, 2, 2)\n:END OF MACRO:\ny = SLOW(10)", {"y": lambda t: 2 * (10 - 8 * 0.75 ** (2 * t))}, Clock(0, 4, 0.5)),
]  # fmt: skip
