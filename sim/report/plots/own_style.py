"""A style file of the user's own: colours, lines, ticks, grid and fonts, and nothing that could do more than look.

The file has the form that matplotlib's style files have, but is read here. Of matplotlib's keys only those are taken
that name a colour, a width, a side or a font: others choose a program that draws, name files and folders, pass text to
LaTeX, or have an expression evaluated. A file may come from anybody.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.colors import is_color_like

from sim.errors import InputError, Place, Problem
from sim.nearest import nearest
from sim.report.plots.fonts import CHINESE, LATIN, installed_family

MAX_BYTES = 100_000
GENERIC = ("serif", "sans-serif", "monospace", "cursive", "fantasy")
_TICKS = ("color", "labelcolor", "direction", "major.size", "major.width", "minor.size", "minor.width")
KEYS = frozenset(
    (
        *("axes.edgecolor", "axes.facecolor", "axes.labelcolor", "axes.linewidth", "axes.prop_cycle"),
        *("axes.grid", "axes.grid.axis", "axes.grid.which"),
        *(f"axes.spines.{side}" for side in ("left", "right", "top", "bottom")),
        *("font.family", *(f"font.{name}" for name in GENERIC)),
        *(f"grid.{name}" for name in ("color", "linestyle", "linewidth", "alpha")),
        *("hatch.color", "hatch.linewidth", "patch.linewidth"),
        *(f"legend.{name}" for name in ("frameon", "facecolor", "edgecolor", "framealpha", "labelcolor")),
        "text.color",
        *(f"{axis}tick.{name}" for axis in "xy" for name in _TICKS),
    )
)
"""What a style file may set; sizes of type and of the figure are those of print and stay."""

_COMMENT = re.compile(r"""^((?:[^"'#]|"[^"]*"|'[^']*')*)#.*$""")


@dataclass(frozen=True)
class OwnStyle:
    """What a style file sets.

    Parameters
    ----------
    settings
        Of matplotlib, checked.
    colours
        Of lines, in their order; empty where the file has none.
    families
        Fonts, before the usual ones.
    """

    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    colours: tuple[str, ...] = ()
    families: tuple[str, ...] = ()


def read_style(path: Path) -> OwnStyle:
    """Read a style file.

    Raises
    ------
    InputError
        With every line that cannot be taken.
    """
    given: dict[str, tuple[str, Place]] = {}
    problems: list[Problem] = []
    for line, content in enumerate(_text(path).splitlines(), start=1):
        place, bare = Place(path, line), _COMMENT.sub(r"\1", content).strip()
        if not bare:
            continue
        key, colon, value = (part.strip() for part in bare.partition(":"))
        if not colon:
            problems.append(Problem(place, "style_line", {"found": bare[:40]}))
        elif key not in KEYS:
            problems.append(Problem(place, "style_key", {"key": key[:40]}, nearest(key, KEYS)))
        else:
            given[key] = value.strip('"'), place
    values = {key: value for key, (value, place) in given.items()}
    settings: dict[str, Any] = {}
    for key, (value, place) in given.items():
        try:
            if key != "axes.prop_cycle" and not key.startswith("font."):
                settings[key] = mpl.RcParams({key: value})[key]
        except ValueError:
            problems.append(Problem(place, "style_value", {"key": key, "found": value[:40]}))
    colours = _colours(*given["axes.prop_cycle"], problems) if "axes.prop_cycle" in given else ()
    families = _families(values, given["font.family"][1], problems) if "font.family" in given else ()
    if problems:
        raise InputError(problems)
    return OwnStyle(path.name, settings, colours, families)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Problem(Place(path), "style_unreadable", {"reason": reason})]) from None
    try:
        if len(raw) > MAX_BYTES or b"\x00" in raw:
            raise ValueError
        return raw.decode("utf-8-sig")
    except ValueError:
        raise InputError([Problem(Place(path), "style_text")]) from None


def _colours(value: str, place: Place, problems: list[Problem]) -> tuple[str, ...]:
    """The colours in ``cycler('color', [...])`` or ``cycler(color=[...])``: read, never evaluated.

    >>> problems = []
    >>> _colours("cycler('color', ['k', '1f4e79'])", Place(Path("a")), problems), problems
    (('k', '#1f4e79'), [])
    """
    found = tuple(colour if is_color_like(colour) else f"#{colour}" for colour in _listed(value))
    if not found or not all(is_color_like(colour) for colour in found):
        problems.append(Problem(place, "style_cycle", {"found": value[:40]}))
    return found


def _listed(value: str) -> Iterator[str]:
    try:
        call = ast.parse(value.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "cycler"):
        return
    named = len(call.keywords) == 1 and call.keywords[0].arg == "color" and not call.args
    first = call.args[0] if len(call.args) == 2 and not call.keywords else None
    listed = call.keywords[0].value if named else call.args[1] if first is not None else None
    if not named and not (isinstance(first, ast.Constant) and first.value == "color"):
        return
    if isinstance(listed, ast.List | ast.Tuple):
        for one in listed.elts:
            yield one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else ""


def _families(values: Mapping[str, str], place: Place, problems: list[Problem]) -> tuple[str, ...]:
    """Fonts that the system has, the generic ones by what the file puts under them."""
    found: list[str] = []
    for name in _names(values["font.family"]):
        found += _names(values.get(f"font.{name}", "")) if name in GENERIC else [name]
    there = [name for name in found if installed_family([name])]
    if found and not there:
        known = ", ".join(name for name in (*CHINESE, LATIN) if installed_family([name]))
        problems.append(Problem(place, "style_font", {"fonts": ", ".join(found)[:80], "known": known}))
    return tuple(there)


def _names(listed: str) -> list[str]:
    return [name.strip().strip("\"'") for name in listed.split(",") if name.strip()]
