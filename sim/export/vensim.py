r"""Parts of a Vensim model file as text: numbers, lookups, entries, groups, the control section.

What comes from a bundle or a scenario passes :func:`comment`, so that no text can end an entry or begin another.
Entries have the form in which Vensim itself writes them; PySD finds the control section in this form only.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Points = Sequence[tuple[float, float]]

ENCODING = "{UTF-8}"
WIDTH = 100
"""Characters of a line before it goes on in the next."""

_STARS = "*" * 56
# what ends an entry, begins a macro or a comment, or stands for a line that goes on, as its full-width twin
_TWINS = str.maketrans({"~": "～", "|": "｜", "\\": "＼", '"': "＂", "{": "｛", "}": "｝"})
_MACRO = re.compile(r":(?=\s*(?:MACRO|END\s+OF\s+MACRO)\s*:)", re.IGNORECASE)
_NOT_IN_UNITS = re.compile(r"[^\w\s*/^().,\[\]?$%&+\-]")
_PLAIN_NAME = re.compile(r"[^\W\d][\w ]*")


def comment(text: str) -> str:
    r"""A text that may stand as units or documentation: on one line, nothing in it that means something to a reader.

    >>> comment('a | b ~ c\n :MACRO: {x} "y"')
    'a ｜ b ～ c：MACRO: ｛x｝ ＂y＂'
    """
    one_line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())
    return re.sub(r"\s*" + _MACRO.pattern, "：", one_line, flags=re.IGNORECASE).translate(_TWINS)


def units(text: str) -> str:
    """Units as they may stand in an entry: what no unit needs is left out.

    >>> units("CNY100M/(Year*km2) [0,?]"), units('t"|~ /Year {x}')
    ('CNY100M/(Year*km2) [0,?]', 't /Year x')
    """
    return " ".join(_NOT_IN_UNITS.sub("", text).split())


def variable_name(name: str) -> str:
    """A name as it stands in equations: between quotation marks if it holds more than letters, digits and spaces.

    >>> variable_name("capital of metals"), variable_name('"GDP (real)"'), variable_name("5 year plan")
    ('capital of metals', '"GDP (real)"', '"5 year plan"')
    """
    inner = name.strip('"')
    return inner if _PLAIN_NAME.fullmatch(inner) else f'"{inner}"'


def number(value: float) -> str:
    """The shortest text that reads back as the same number.

    >>> number(2.0), number(0.1), number(-1e-07), number(1e22)
    ('2', '0.1', '-1e-07', '1e+22')
    """
    text = repr(float(value))
    return text.removesuffix(".0")


def numbers(values: Array) -> str:
    """One or two axes of numbers: commas along the last axis, a semicolon after each row of several.

    >>> numbers(np.array([[1.0, 2.0], [3.0, 4.5]]))
    '1, 2; 3, 4.5;'
    """
    if np.ndim(values) < 2:
        return ", ".join(map(number, np.atleast_1d(values).tolist()))
    return " ".join(", ".join(map(number, row)) + ";" for row in values.tolist())


def with_lookup(argument: str, points: Points, digits: int = 17) -> str:
    """Straight lines between points; beyond them the first and the last value hold."""
    return f"WITH LOOKUP({argument}, {table(points, digits)})"


def table(points: Points, digits: int = 17) -> str:
    """The points of a lookup, with the box around them, in the brackets of its definition.

    Parameters
    ----------
    digits
        That y values keep; by default all that they have.

    >>> table([(2015, 0.0), (2016, 1.0)])
    '([(2015,0)-(2016,1)], (2015,0), (2016,1))'
    """
    ys = [y if digits >= 17 else float(f"{y:.{digits}g}") for _, y in points]
    low, high = min(ys), max(ys)
    first, last = number(points[0][0]), number(points[-1][0])
    box = f"[({first},{number(low)})-({last},{number(high if high > low else low + 1)})]"
    return f"({box}, " + ", ".join(f"({number(x)},{number(y)})" for (x, _), y in zip(points, ys, strict=True)) + ")"


def telling(values: Array) -> npt.NDArray[np.intp]:
    """Positions along the last axis without those between two of the same values, whatever the other axes.

    >>> telling(np.array([[0.0, 0.0, 0.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0, 2.0]])).tolist()
    [0, 2, 3, 4]
    """
    flat = values.reshape(-1, values.shape[-1])
    changes = np.any(flat[:, 1:] != flat[:, :-1], axis=0)
    return np.flatnonzero(np.concatenate([[True], changes]) | np.concatenate([changes, [True]]))


def entry(equation: str, units: str = "", documentation: str = "", *, last: bool = True) -> str:
    """One entry; of the equations of a variable only the ``last`` carries units and documentation."""
    body = wrapped(equation)
    return f"{body}\n\t~\t{units}\n\t~\t{documentation}\n\t|\n" if last else f"{body}\n\t~~|"


def constants(name: str, labels: Sequence[Sequence[str]], axes: Sequence[str], values: Array) -> Iterator[str]:
    """The equations (without units) of a constant; more than two axes take one equation for each leading label.

    >>> list(constants("x", [["A", "B"], ["m"], ["u", "v"]], ["park", "i", "j"], np.ones((2, 1, 2))))
    ['x[A, i, j] = 1, 1;', 'x[B, i, j] = 1, 1;']
    """
    leading = max(0, values.ndim - 2)
    for place in np.ndindex(values.shape[:leading]):
        subscripts = [labels[axis][position] for axis, position in enumerate(place)] + list(axes[leading:])
        yield f"{element(name, subscripts)} = {numbers(values[place])}"


def element(name: str, subscripts: Iterable[str]) -> str:
    """A variable with its subscripts.

    >>> element("capital", ["park", "metals"]), element("time", [])
    ('capital[park, metals]', 'time')
    """
    inside = ", ".join(subscripts)
    return f"{name}[{inside}]" if inside else name


def group(name: str, documentation: str = "") -> str:
    """The header of a group of variables."""
    return f"{_STARS}\n\t.{comment(name)}\n{_STARS}~\n\t\t{comment(documentation)}\n\t|\n"


def control(start: float, end: float, step: float, saveper: float, remark: str = "") -> str:
    """The control section."""
    lines = (
        ("FINAL TIME ", end, "Year", "The final time for the simulation."),
        ("INITIAL TIME ", start, "Year", "The initial time for the simulation."),
        ("SAVEPER ", saveper, "Year [0,?]", "The frequency with which output is stored."),
        ("TIME STEP ", step, "Year [0,?]", f"The time step for the simulation. {remark}".strip()),
    )
    listed = (entry(f"{name} = {number(value)}", units, comment(told)) for name, value, units, told in lines)
    return "\n".join([group("Control", "Simulation Control Parameters"), *listed])


def wrapped(text: str) -> str:
    r"""A long entry on several lines, broken after commas, semicolons and operators between blanks.

    >>> print(wrapped("x = " + ", ".join(["123456789"] * 12)).replace("\t", "->"))
    x = 123456789, 123456789, 123456789, 123456789, 123456789, 123456789, 123456789, 123456789, \
    ->->123456789, 123456789, 123456789, 123456789
    """
    lines = [""]
    for piece in _pieces(text):
        if len(lines[-1]) + len(piece) > WIDTH and lines[-1].strip():
            lines.append("")
        lines[-1] += piece
    return "\\\n\t\t".join(lines)


def _pieces(text: str) -> Iterator[str]:
    """Parts between which a line may end; what stands between quotation marks or subscripts is not taken apart."""
    for whole, part in itertools.groupby(re.split(r'("[^"]*"|\[[^\]]*\])', text), lambda p: p[:1] in ('"', "[")):
        joined = "".join(part)
        yield from [joined] if whole else [p for p in re.split(r"(?<=[,;] )|(?<= [-+*/^] )", joined) if p]
