"""Every function and construct: what the manuals say, what PySD does, what is done here. Facts in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of docs/functions.md.

    Parameters
    ----------
    vensim, xmile, pysd
        What the manual of Vensim documents, what the specification of XMILE says, what PySD 3.14.3 does.
    here
        What is done here beyond the documented meaning, or otherwise.
    probe
        An equation that asks for it, where no model with known results shows it.
    """

    name: str
    vensim: str
    xmile: str = "–"
    pysd: str = "same"
    here: str = ""
    probe: str = ""


R = Row
NO, NONE = "not known", "–"
OWN = "own numbers: the same in every run of a model, not those of another program"
DRAWN = "own numbers; parameters up to a million, a larger one makes the run fail"
OPEN = "no model: the manual does not fix the numbers"

OPERATORS = [
    R("+", "sum, from the left; a sign in front", "same"),
    R("-", "difference, from the left; a sign in front", "same"),
    R("*", "product, from the left", "same; element by element for arrays"),
    R("/", "quotient, from the left", "same", here="division by 0 gives infinity, and the run fails if a kept value needs it"),
    R("^", "power. The table of operators lists the sign in front above powers, so `-2 ^ 2` would be 4; not tried in Vensim", "power binds closer than a sign: `-2^2` is -4; from the right", "-4; from the right; `(-2) ^ 2` loses its brackets and is -4, too", "`-2 ^ 2` as PySD: its meaning in Vensim is not established, so no model asks for it; `(-2) ^ 2` is 4"),
    R("()", "brackets", "same", "same, but for `(-2) ^ 2`"),
    R("=", "equal; only in conditions", "gives 1 or 0 anywhere", here="gives 1 or 0 anywhere; exact, without tolerance"),
    R("<>", "not equal", "same"),
    R("<", "less", "same"),
    R("<=", "less or equal", "same"),
    R(">", "greater", "same"),
    R(">=", "greater or equal", "same", "time accumulates the step: with 0.1, `Time >= 0.8` is false at 0.8", "time is start + number * step"),
    R(":AND:", "and; above :OR:", "AND, above OR", "a chain is read from the right", "as documented"),
    R(":OR:", "or", "OR", "a chain is read from the right", "after :AND:"),
    R(":NOT:", "not; the table of operators lists it above comparisons, so `:NOT: x = 2` would be `(:NOT: x) = 2`; not tried in Vensim", "NOT, before `=`", "after comparisons", "as PySD; no model asks for it without brackets"),
    R("numbers", "digits, point, exponent", "same", here="digits with leading zeros are refused"),
    R("functions", "may stand in each other", "same"),
    R("==", "a constant that cannot be changed", NONE, "a constant", "a constant that can be set like others"),
    R(":NA:", "the number -2^109, for what is missing; `x = :NA:` can be asked", NONE, "NaN, so that `x = :NA:` never holds", "the number; not inside a list of numbers"),
]

NUMBERS = [
    R("ABS", "absolute value", "same"),
    R("ARCCOS", "inverse cosine, radians", "same"),
    R("ARCSIN", "inverse sine, radians", "same"),
    R("ARCTAN", "inverse tangent, radians", "same"),
    R("COS", "cosine of radians", "same"),
    R("COSH", "hyperbolic cosine", NONE),
    R("EXP", "e to a power", "same"),
    R("GAMMA LN", "logarithm of the gamma function", NONE, NO),
    R("GAME", "its argument, unless a game is played", NONE),
    R("IF THEN ELSE", "one of two values; only the chosen one is worked out", "IF THEN ELSE, a statement", "scalars: one branch; arrays: both", "both branches are worked out, and the other one's infinity is dropped"),
    R("INTEGER", "cut towards zero", "INT is the integer below (floor)"),
    R("LN", "natural logarithm", "same"),
    R("LOG", "logarithm to a base", "LOG10"),
    R("MAX", "larger of two", "same; of an array with one argument"),
    R("MIN", "smaller of two", "same; of an array with one argument"),
    R("MODULO", "A - QUANTUM(A, B): the sign of A", "MOD has the sign of the divisor"),
    R("PI", NONE, "the number, without brackets", "known inside; its parser of XMILE does not take it", "`PI()` in a .mdl, as PySD", "y = PI()"),
    R("POWER", "as ^", NONE),
    R("QUANTUM", "the multiple of B next to A towards zero; A where B <= 0", NONE, "a B under 1e-6 counts as nothing", "as PySD"),
    R("SIN", "sine of radians", "same"),
    R("SINH", "hyperbolic sine", NONE),
    R("SQRT", "square root", "same"),
    R("TAN", "tangent of radians", "same"),
    R("TANH", "hyperbolic tangent", NONE),
    R("XIDZ", "quotient, or the third argument where the divisor is 0", "Stella: SAFEDIV with three arguments", "a divisor nearer to 0 than 1e-6 counts as 0", "as PySD"),
    R("ZIDZ", "quotient, or 0 where the divisor is 0", "Stella: SAFEDIV", "a divisor nearer to 0 than 1e-6 counts as 0", "as PySD"),
    R("A FUNCTION OF", "what the sketch writes for an equation that is missing", NONE, "NaN", here="it has no value", probe="y = A FUNCTION OF(Time)"),
    R("SSHAPE", "an S-shaped curve of one parameter", NONE, NO, OPEN, "y = SSHAPE(Time, 2, 3)"),
    R("SIMULTANEOUS", "solves equations that need each other", NONE, NO, "needs iteration: no answer that two programs share", "y = SIMULTANEOUS(Time, 1)"),
    R("FIND ZERO", "the vector at which equations are 0", NONE, NO, "needs iteration: no answer that two programs share", "y = FIND ZERO(Time, 1, 2, 3, 4, 5, 6, 7, 8)"),
    R("MESSAGE", "shows a message", NONE, NO, "reaches outside the simulation", "y = MESSAGE(1, 2, 3)"),
    R("PROBE IF TRUE", "remembers the value at a condition", NONE, NO, OPEN, "y = PROBE IF TRUE(Time > 2, Time, 1)"),
]

CLOCKS = [
    R("Time", "the time of the step", "TIME", "accumulated"),
    R("INITIAL TIME", "start", "STARTTIME"),
    R("FINAL TIME", "end", "STOPTIME"),
    R("TIME STEP", "step; powers of 1/2 are advised", "DT"),
    R("SAVEPER", "distance of the saved times", NONE),
    R("INTEG", "a stock: first value, then the integral of its net flow", "stock with inflow and outflow", "Euler only", "Euler; RK4 on request, or where an XMILE file asks for it"),
    R("INITIAL", "the value at the start", "INIT"),
    R("REINITIAL", "named beside INITIAL; its own page was not found", NONE, NO, "no model: its meaning is not established", "y = REINITIAL(Time)"),
    R("ACTIVE INITIAL", "another equation for the start", "init_eqn of some programs"),
    R("PULSE", "1 while start < Time + TIME STEP / 2 < start + width; a width of 0 counts as TIME STEP", "magnitude / DT for one DT, perhaps again", "compares with Time; a width of 0 gives nothing", "as documented"),
    R("PULSE TRAIN", "PULSE repeated, each compared with Time + TIME STEP / 2 as there; a width up to TIME STEP gives one step, a distance under the width no gaps; an end that coincides with a pulse is not settled", "PULSE with an interval", "compares with Time: from start (exact) to before end; a width of 0 gives nothing", "every pulse, the first as the others, by the rule of PULSE; a narrow one takes the first step with beginning < Time + TIME STEP / 2; none while Time > end, at the end still"),
    R("RAMP", "slope * (Time - start) from start to end, then constant", "without an end"),
    R("STEP", "the height once Time + TIME STEP / 2 > step time", "at the time"),
    R("SAMPLE IF TRUE", "the value when the condition held last; the variable itself on the right is its previous value", NONE, "endless recursion where the variable is on its own right side", "as documented where it is the whole right side; in a part of one, or by way of another variable, it is a circle"),
    R("GET TIME VALUE", "time in several measures", NONE, "measure 0 of the current time, and the clock of the computer", "measure 0 of the current or the initial time; the calendar and the computer's clock are not compiled"),
    R("TIME BASE", "START + SLOPE * Time", NONE, NO),
    R("NOISE SEED", "seed of all random numbers", "seed of each function", "not used", "other numbers for another seed; 0 if the model has none"),
]

MEMORY = [
    R("SMOOTH", "first-order average, begins with its input", "SMTH1"),
    R("SMOOTHI", "the same with a first value", "SMTH1 with three arguments", "cuts its input to a whole number where the first value is one", "not cut"),
    R("SMOOTH3", "three stages", "SMTH3"),
    R("SMOOTH3I", "three stages with a first value", "SMTH3 with three arguments", "as SMOOTHI"),
    R("SMOOTH N", "n stages: input, time, first value, order", "SMTHN: order third", here="an order that changes is not compiled"),
    R("DELAY1", "first-order delay that conserves, begins with input * time", "DELAY1"),
    R("DELAY1I", "the same with a first output", "DELAY1 with three arguments"),
    R("DELAY3", "three levels", "DELAY3"),
    R("DELAY3I", "three levels with a first output", "DELAY3 with three arguments"),
    R("DELAY N", "n levels: input, time, first output, order; uses earlier delay times only; shorter than order * TIME STEP lowers the order", "DELAYN: order third", "each stage keeps the time that was when its content came in", "a time that changes is not compiled, a time that is too short is refused"),
    R("DELAYP", "DELAY3 that also gives what is under way", NONE, "its parser stops at the colon", "written out as a macro"),
    R("DELAY FIXED", "the input a fixed time earlier; only the first value of the time counts, at least TIME STEP. Times between steps: not settled", "DELAY", "rounds the number of steps, halves up", "rounds as PySD"),
    R("DELAY MATERIAL", "as DELAY FIXED, with a time that may change, conserving", NONE, NO, "a time that changes is not compiled: how gaps are spread over steps is not settled"),
    R("DELAY INFORMATION", "as DELAY FIXED, with a time that may change, the newest wins", NONE, NO, "a time that changes is not compiled"),
    R("DELAY BATCH", "collects and releases in batches", NONE, NO, OPEN, "y = DELAY BATCH(Time, 1, 2, 3, 4, 5)"),
    R("DELAY CONVEYOR", "a conveyor with leakage", "conveyor", NO, OPEN, "y = DELAY CONVEYOR(Time, 1, 2, 3, 4, 5)"),
    R("DELAY PROFILE", "a delay of any shape", NONE, NO, OPEN, "y = DELAY PROFILE(Time, 1, 2, 3, 4)"),
    R("QUEUE FIFO", "a queue", "queue", NO, OPEN, "y = QUEUE FIFO(Time, 1, 2, 3, 4)"),
    R("QUEUE AGE AVERAGE", "mean age of what has waited longest in a queue", NONE, NO, "no model: the age within a step is not fixed", "y = QUEUE AGE AVERAGE(Time, 0)"),
    R("SHIFT IF TRUE", "moves elements along a range", NONE, NO, OPEN, "y = SHIFT IF TRUE(Time, 1, 2, 3, 4)"),
    R("TREND", "(input - average) / (time * |average|), average from input / (1 + first trend * time)", "TREND; first trend 0 if not given"),
    R("FORECAST", "input * (1 + horizon * trend)", "FORCST"),
    R("NPV", "discounted sum up to and with the current step", NONE, NO),
    R("NPVE", "the same, each step valued at its end", NONE, NO),
    R("NET PRESENT VALUE", "the same by fiscal periods", NONE, NO, OPEN, "y = NET PRESENT VALUE(100, 0.1, 1, 0, 0)"),
    R("INTERNAL RATE OF RETURN", "rate at which the present value is 0", NONE, NO, OPEN, "y = INTERNAL RATE OF RETURN(100, 1, 0, 0)"),
    R("DEPRECIATE STRAIGHTLINE", "equal parts over a lifetime, by fiscal periods; the current investment takes part", NONE, NO),
    R("DEPRECIATE BY SCHEDULE", "parts by a schedule", NONE, NO, OPEN, "y = DEPRECIATE BY SCHEDULE(100, 1, 0, 5, 0)"),
]

LOOKUPS = [
    R("lookup", "straight lines between points, first and last value held; pairs, or every x and then every y", "gf, continuous", "no second form, no two points at one x", "at a jump (two points at one x) the second counts; not at an end, not in LOOKUP functions, and in an array only with the same x everywhere"),
    R("WITH LOOKUP", "a table inside an equation", "gf of a variable"),
    R("LOOKUP EXTRAPOLATE", "goes on with the slopes of the ends", "gf, extrapolate", "not for lookups of a .mdl"),
    R("LOOKUP FORWARD", "the next y", NONE, "not for lookups of a .mdl"),
    R("LOOKUP BACKWARD", "the y before", "gf, discrete", "not for lookups of a .mdl"),
    R("LOOKUP INVERT", "the smallest x that gives y, :NA: outside", NONE, NO),
    R("LOOKUP AREA", "the area under the curve, ends held", NONE, NO),
    R("LOOKUP SLOPE", "dy / dx; mean of both sides at a point. One example of the manual contradicts its text and is left out", NONE, NO, "at the first and last point the slope of their only line"),
    R("VECTOR LOOKUP", "a lookup whose y are an array, read in ten ways", NONE, NO, "from the first element; mode 6 is 0 beyond the ends; mode 8, INVERT with lines that go on, is not compiled: several x may give the y, and the manual does not say which counts"),
]

ARRAYS = [
    R("arrays", "variables by one or more ranges", "dimensions"),
    R("ranges", "labels, (e1-e9), other ranges, subranges", "dim with elem or size"),
    R("partial definitions", "several equations for parts of a variable", "non-apply-to-all: one for each element", "elements that need each other recurse without end", "ordered by element; an element without equation is not compiled"),
    R(":EXCEPT:", "leaves elements out", NONE),
    R("mappings", "`A -> B`, `A -> (B: b2, b1)`, groups, `A <-> B`", NONE, "silently corrupts a mapping that is spelled out", "own reader"),
    R("subscripts as numbers", "an element counts from 1", "Dimension.element"),
    R("ELMCOUNT", "number of elements of a range", "SIZE"),
    R("SUM", "sum over ranges marked with !", "SUM(x[*])", "leaves NaN out", "NaN, and the run has failed"),
    R("PROD", "product", "PROD", "leaves NaN out", "as SUM"),
    R("VMAX", "largest", "MAX of an array", "leaves NaN out", "as SUM"),
    R("VMIN", "smallest", "MIN of an array", "leaves NaN out", "as SUM"),
    R("TABBED ARRAY", "numbers as a table", NONE),
    R("VECTOR SELECT", "sum, product, least, largest, mean over chosen elements; action 5 is the product of selection ^ value", NONE, "action 5 is value ^ selection", "an action that is no number is not compiled; an error that is asked for makes the run fail"),
    R("VECTOR ELM MAP", "the element an offset away; :NA: outside", "flat index `A(10)`", NO),
    R("VECTOR SORT ORDER", "zero-based places in sorted order", "RANK", "same", "equals stay in the order of their range"),
    R("VECTOR REORDER", "elements by an order", NONE),
    R("VECTOR RANK", "rank from 1; among equals arbitrary", "RANK", here="equals in the order of their range"),
    R("INVERT MATRIX", "inverse of a square matrix", NONE, "same; ignores the size"),
    R("ALLOCATE AVAILABLE", "shares out by priority curves: 0 fixed, 1 rectangle, 2 triangle, 3 normal, 4 exponential, 5 constant elasticity", NONE, "no fixed quantity", "curve 5 is not compiled"),
    R("ALLOCATE BY PRIORITY", "shares out by priorities and a width", NONE),
    R("ALLOC P", "ALLOCATE BY PRIORITY at a given level", NONE, NO, OPEN, "y = ALLOC P(Time, 1, 2, 3)"),
    R("MARKETP", "the level at which it clears", NONE, NO, OPEN, "y = MARKETP(Time, 1, 2, 3, 4)"),
    R("FIND MARKET PRICE", "where demand and supply curves meet", NONE, NO),
    R("DEMAND AT PRICE", "demand at a price", NONE, NO),
    R("SUPPLY AT PRICE", "supply at a price", NONE, NO),
]

RANDOM = [
    R("RANDOM 0 1", "uniform from 0 to 1", "RANDOM(0, 1)", here=OWN),
    R("RANDOM UNIFORM", "uniform; the stream of a seed", "RANDOM", here=OWN),
    R("RANDOM NORMAL", "normal, cut off", "NORMAL, not cut off", here=OWN),
    R("RANDOM EXPONENTIAL", "exponential, stretched, shifted, cut off", "EXPRND", here=OWN),
    R("RANDOM POISSON", "Poisson, stretched, shifted, cut off", "POISSON", NO, DRAWN),
    R("RANDOM TRIANGULAR", "triangular, cut off", NONE, NO, OWN),
    R("RANDOM WEIBULL", "Weibull with mean 1, stretched, shifted, cut off", NONE, NO, OWN),
    R("RANDOM BETA", "beta, stretched, shifted, cut off", "Stella: BETA", NO, DRAWN),
    R("RANDOM BINOMIAL", "successes of N trials, stretched, shifted, cut off", "Stella: BINOMIAL", NO, DRAWN),
    R("RANDOM GAMMA", "gamma of an order of at least 1, stretched, shifted, cut off", "Stella: GAMMA, of any order", NO, DRAWN),
    R("RANDOM LOOKUP", "by a lookup as density, stretched, shifted, cut off", NONE, NO, "own numbers; from the first to the last point; a lookup with two points at one x is refused"),
    R("RANDOM NEGATIVE BINOMIAL", "trials until N have succeeded, stretched, shifted, cut off", NONE, NO, DRAWN),
    R("RANDOM PINK NOISE", "normal noise with a correlation time; mean and deviation hang neither on it nor on TIME STEP", NONE, NO, "own numbers; a stock that follows white noise, normal and cut at 6 deviations, whose deviation is the one asked for times the root of (2 - s) / s, s = TIME STEP / correlation time"),
]

DATA = [
    R("data variables", "`:=`, or a name without equation; interpolated if nothing else is said", NONE, "not without a keyword where the name stands alone"),
    R(":INTERPOLATE:", "straight lines between data", NONE),
    R(":HOLD BACKWARD:", "the last value", NONE),
    R(":LOOK FORWARD:", "the next value", NONE),
    R(":RAW:", ":NA: where there is no value", NONE, "NaN"),
    R("GET DIRECT DATA", "a series from a text file or sheet", NONE),
    R("GET DIRECT CONSTANTS", "constants from a text file or sheet", NONE),
    R("GET DIRECT LOOKUPS", "a lookup from a text file or sheet", NONE),
    *(R(f"GET XLS {what}", f"{what.lower()} from a workbook", NONE) for what in ("DATA", "CONSTANTS", "LOOKUPS")),
    *(R(f"GET 123 {what}", f"{what.lower()} from a sheet of Lotus 1-2-3", NONE, NO, "as GET XLS, from the files that it reads; no file of Lotus") for what in ("DATA", "CONSTANTS")),
    *(R(f"GET {what}", "numbers from a database or a file of results", NONE, NO, "reads files of other programs", f"y = GET {what}('a', 'b', 'c', 'd')") for what in ("ODBC DATA", "VDF DATA", "VDF CONSTANTS")),
    R("GET DATA AT TIME", "the value at a time that has one, else :NA:", NONE, NO),
    R("GET DATA BETWEEN TIMES", "the value at a time by a mode, :NA: outside", NONE, NO),
    R("GET DATA FIRST TIME", "first time of data", NONE, NO),
    R("GET DATA LAST TIME", "last time of data", NONE, NO),
    *(R(f"GET DATA {what}", f"{what.lower()} of data over an interval", NONE, NO, OPEN, f"y = GET DATA {what}(Time, 0, 1)") for what in ("MAX", "MEAN", "MIN", "MEDIAN", "STDV")),
    R("GET DATA TOTAL POINTS", "number of points of data", NONE, NO, OPEN, "y = GET DATA TOTAL POINTS(Time)"),
    R("TIME SHIFT", "data moved in time", NONE, NO),
    R("CUMULATE", "data: the running sum of the points of other data", NONE, NO, "of a whole data variable, under the subscripts of the left side"),
    R("CUMULATEF", "data: the sum of all points, at the time of the last", NONE, NO, "as CUMULATE"),
    R("macros", "`:MACRO:` … `:END OF MACRO:`; own names inside, `name$` for the model's, results after a colon", "macro", "no `$`, no second result", "a call inside SUM and its like is refused"),
    R("TABXL", "an external function", NONE, NO, "runs code of others", "y = TABXL(1, 2)"),
    R("VENSIM functions", "external functions", NONE, NO, "run code of others", "y = VENSIM FUNCTION(1, 2)"),
]

FORM = [
    R("names", "any letters; case, blanks and underscores don't count; others in quotation marks", "same; line breaks count as blanks", "not every character in quotation marks", "in quotation marks any character but a quotation mark, a backslash, ~ | { } and the end of the line"),
    R("comments", "in braces, anywhere in an equation", "in braces", "its parser does not take them"),
    R("layout", "units with limits, groups, `:SUPPLEMENTARY`, lines that go on, a sketch", NONE),
    R("encodings", "UTF-8 with the mark {UTF-8}, else the system's", "XML", "as the mark says", "UTF-8, UTF-16, GB18030; else Windows-1252"),
    R("order", "equations in any order", "any order", "recursion: long chains end it"),
]

XMILE = [
    *(R(f"XMILE {name}", vensim, said, pysd, here) for name, vensim, said, pysd, here in (
        ("stock", "INTEG", "inflows less outflows", "same", ""),
        ("flow", "an auxiliary", "a flow of one or two stocks", "same", ""),
        ("non_negative", NONE, "outflows cut to what there is; a flow not below 0; for one, or by `behavior` for all", "does not cut the outflow", "as the help of isee systems has it: stock / DT and what flows in, in the order in which the stock names its outflows. Where an inflow hangs on the outflow nothing is cut, and the run fails where the stock would fall below 0"),
        ("conveyor", "DELAY MATERIAL of a constant time", "what comes on comes off a transit time later; what lies on it at first is spread evenly", NO, "with a constant transit time, a whole number of DT. Capacity, limits of the inflow, leaks, arrest, lots are refused by name, as are queues and ovens"),
        ("names", "as names", "blanks, underscores, line breaks, case don't count; several blanks are one", "two underscores are two", ""),
        ("comments", "braces", "braces", "its parser does not take them", ""),
        ("dt", "TIME STEP", "dt, or its reciprocal", "accumulated", ""),
        ("operators", "as +, -, …", "conditions give 1 or 0", "same", ""),
        ("^", "^", "from the right, before a sign", "same", ""),
        ("MOD", "MODULO has the sign of the dividend", "floored: the sign of the divisor", "not known", ""),
        ("INT", "INTEGER cuts towards zero", "floor", "cuts towards zero", ""),
        ("AND OR NOT", ":AND: :OR: :NOT:", "NOT before comparisons, AND before OR", "NOT after comparisons", ""),
        ("IF THEN ELSE", "IF THEN ELSE", "a statement, may be nested", "not nested without brackets", ""),
        ("ABS EXP LN SQRT", "the same", "functions of a number", "same", ""),
        ("LOG10", "LOG(x, 10)", "logarithm to the base 10", NO, ""),
        ("MIN MAX", "MIN, MAX", "of two numbers", "same", ""),
        ("SIN COS TAN ARCTAN", "the same", "radians", "same", ""),
        ("ARCSIN ARCCOS", "the same", "radians", "same", ""),
        ("PI", NONE, "the number, no brackets", "taken for a variable", ""),
        ("TIME DT STARTTIME STOPTIME", "Time, TIME STEP, INITIAL TIME, FINAL TIME", "no brackets", "DT is taken for a variable", ""),
        ("STEP", "STEP", "height from a time on", "same", ""),
        ("RAMP", "RAMP with an end", "slope from a time on", "same", ""),
        ("PULSE", "PULSE", "magnitude / DT for one DT; again after an interval", "same", ""),
        ("SMTH1", "SMOOTH, SMOOTHI", "first-order average", "same", ""),
        ("SMTH3", "SMOOTH3, SMOOTH3I", "third-order average", "same", ""),
        ("SMTHN", "SMOOTH N", "input, time, order, first value", "same", ""),
        ("DELAY", "DELAY FIXED", "input, time, first value", "same", ""),
        ("DELAY1", "DELAY1, DELAY1I", "first-order material delay", "same", ""),
        ("DELAY3", "DELAY3, DELAY3I", "third-order material delay", "same", ""),
        ("DELAYN", "DELAY N", "input, time, order, first value", "same", ""),
        ("TREND", "TREND", "input, time, first trend", "same", ""),
        ("FORCST", "FORECAST", "input, time, horizon, first trend", "same", ""),
        ("SAFEDIV", "ZIDZ, XIDZ", "not of the specification: Stella's", "same", ""),
        ("INIT", "INITIAL", "value at the start", "same", ""),
        ("PREVIOUS", "DELAY FIXED by a step", "value a DT ago; SELF is the variable itself", NO, ""),
        ("gf", "lookup", "continuous, extrapolate, discrete; xscale or xpts; with a name", "reads every type as continuous", ""),
        ("arrays", "arrays", "apply-to-all or by element; names or numbers", "no numbers in brackets", "slices (`a:b`), positions (`@1`) and subscripts that are worked out are refused"),
        ("SUM", "SUM(x[r!])", "over a star", "its parser does not take the star", ""),
        ("MIN MAX MEAN PROD SIZE", "VMIN, VMAX, SUM, PROD, ELMCOUNT", "of an array", "its parser does not take the star", ""),
        ("RANDOM NORMAL EXPRND LOGNORMAL POISSON", "RANDOM …", "random numbers, with or without a seed; LOGNORMAL by mean and deviation of the logarithm", NO, "own numbers, the same in every run"),
        ("BETA BINOMIAL GAMMA", "RANDOM …", "not of the specification: Stella's; two shapes; trials and chance; shape and scale", NO, "own numbers; GEOMETRIC, INVNORM, LOGISTIC, MONTECARLO, NEGBINOMIAL, PARETO, TRIANGULAR, WEIBULL are refused by name: what their parameters mean was not established"),
        ("modules", NONE, "models in models, connected by name", "names with a point are not known", ""),
        ("macro", "macros", "own functions", NO, "an equation of parameters; one with variables of its own is refused"),
    )),
]

SECTIONS: Mapping[str, list[Row]] = {
    "operators": OPERATORS, "numbers": NUMBERS, "time": CLOCKS, "memory": MEMORY, "lookups": LOOKUPS, "arrays": ARRAYS,
    "random": RANDOM, "data": DATA, "form": FORM, "xmile": XMILE,
}  # fmt: skip
"""By name of the table on the page."""

CLASSES: Mapping[str, tuple[str, ...]] = {
    "ArithmeticStructure": ("+", "*", "^"), "LogicStructure": (":AND:", "<"), "SubscriptsReferenceStructure": ("arrays",),
    "ReferenceStructure": ("names",), "CallStructure": ("functions",), "GameStructure": ("GAME",),
    "AllocateAvailableStructure": ("ALLOCATE AVAILABLE",), "AllocateByPriorityStructure": ("ALLOCATE BY PRIORITY",),
    "InitialStructure": ("INITIAL",), "IntegStructure": ("INTEG",), "DelayStructure": ("DELAY1", "DELAY3"), "DelayNStructure": ("DELAY N",),
    "DelayFixedStructure": ("DELAY FIXED",), "SmoothStructure": ("SMOOTH", "SMOOTH3"), "SmoothNStructure": ("SMOOTH N",),
    "TrendStructure": ("TREND",), "ForecastStructure": ("FORECAST",), "SampleIfTrueStructure": ("SAMPLE IF TRUE",),
    "LookupsStructure": ("lookup",), "InlineLookupsStructure": ("WITH LOOKUP",), "DataStructure": ("data variables",),
    "GetLookupsStructure": ("GET DIRECT LOOKUPS", "GET XLS LOOKUPS"), "GetDataStructure": ("GET DIRECT DATA", "GET XLS DATA"),
    "GetConstantsStructure": ("GET DIRECT CONSTANTS", "GET XLS CONSTANTS"), "AbstractSyntax": ("functions",),
    "AbstractComponent": ("names",), "AbstractUnchangeableConstant": ("==",), "AbstractLookup": ("lookup",), "AbstractData": ("data variables",),
    "AbstractElement": ("partial definitions",), "AbstractControlElement": ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER"),
    "AbstractSubscriptRange": ("ranges", "mappings"), "AbstractConstraint": (), "AbstractTestInput": (), "AbstractSection": ("macros",),
    "AbstractModel": ("order",),
}  # fmt: skip
"""By class of PySD's abstract syntax the rows that tell what becomes of it; none for Reality Checks, which are no part of a simulation."""

SPELLED: Mapping[str, str] = {
    "integ": "INTEG", "reference": "names", "subscripts_ref": "arrays", "arithmetic": "+", "logic": ":AND:", "call": "functions",
    "data": "data variables", "inline_lookup": "WITH LOOKUP", "init": "XMILE INIT", "stock": "XMILE stock", "delay": "XMILE DELAY",
    "delayn": "XMILE DELAYN", "smth1": "XMILE SMTH1", "smth3": "XMILE SMTH3", "smthn": "XMILE SMTHN", "forcst": "XMILE FORCST",
    "safediv": "XMILE SAFEDIV", "negative": "-", "int": "XMILE INT", "Xpulse": "XMILE PULSE", "Xpulse_train": "XMILE PULSE", "Xramp": "XMILE RAMP",
    "vmax_xmile": "XMILE MIN MAX MEAN PROD SIZE", "vmin_xmile": "XMILE MIN MAX MEAN PROD SIZE",
}  # fmt: skip
"""Names of PySD that are not those of a row in small letters."""
