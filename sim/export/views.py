r"""Sketch views of an exported model: those of the model file, and plain lists of what the export adds.

A view is a list of lines; a word is ``10,number,name,x,y,…``, an arrow ``1,number,from,to,…``. An even number in the
ninth field of a word makes it a shadow of a variable that is placed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from sim.export import vensim
from sim.model.equations import plain

MARKER = r"\\\---///"
_HEAD = r"\\\---/// Sketch information - do not modify anything except names"
_VERSION = "V300  Do not put anything below this section - it will be ignored"
_FONT = "$192-192-192,0,Times New Roman|10||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0"
_SETTINGS = "///---\\\\\\"
_FIELDS = re.compile(r'((?:"[^"]*"|[^,"])*)(?:,|$)')

COLUMNS, LEFT, TOP, WIDE, HIGH = 6, 160, 120, 250, 44
"""A list of words: how many stand side by side, where the first stands, and their distances in pixels."""

LONGEST = 2000
"""Characters of a line that can be a word or an arrow."""

_ORDINARY, _SHADOW = "8,3,0,0,0,0,0,0", "8,2,0,3,-1,0,0,0,128-128-128,0-0-0,|10||128-128-128"


def with_view(
    text: str, replaced: Collection[str], added: Sequence[str], causes: Sequence[str], title: str, end: str
) -> str:
    """The sketch section of a model text with one more view.

    Parameters
    ----------
    replaced
        Plain names of variables with new equations: arrows into them are taken away.
    added, causes
        The variables that the new view places, and what acts on the first of them.
    title
        Of the new view.
    end
        Settings of a file that has none.
    """
    _, marker, sketch = text.partition(MARKER)
    body, settings, rest = sketch.partition(_SETTINGS)
    views = [_without_arrows(view, replaced) for view in body.split(MARKER)] if marker else []
    views = [f"{MARKER}{view.rstrip()}\n" for view in views]
    views.append(f"{_HEAD}\n" + "\n".join(_acted_on(title, added, causes)) + "\n")
    return "".join(views) + (f"{_SETTINGS}{rest.rstrip()}\n" if settings else end)


def listing(titles: Mapping[str, Sequence[str]], end: str) -> str:
    """A sketch section with a view for each group that lists its variables."""
    views = [f"{_HEAD}\n" + "\n".join(_listed(title, names)) + "\n" for title, names in titles.items()]
    return "".join(views) + end


def settings(start: float, end: float) -> str:
    """The settings that end a model file."""
    first, last = vensim.number(start), vensim.number(end)
    lines = [
        _SETTINGS, ":L\x7f<%^E!@", "9:Current", "15:0,0,0,0,0,0", "19:100,0", "27:0,", "34:0,", "4:Time", "35:Date",
        "36:YYYY-MM-DD", "37:2000", "38:1", "39:1", "40:2", "41:0", "42:1", f"24:{first}", f"25:{last}", f"26:{last}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _title(title: str) -> list[str]:
    """The first lines of a view; a title takes at most thirty bytes."""
    shown = vensim.comment(title).replace(",", " ").encode()[:30].decode(errors="ignore").strip()
    return [_VERSION, f"*{shown}", _FONT]


def _listed(title: str, names: Sequence[str]) -> Iterable[str]:
    yield from _title(title)
    for place, name in enumerate(names):
        row, column = divmod(place, COLUMNS)
        yield _word(place + 1, name, LEFT + WIDE * column, TOP + HIGH * row, _ORDINARY)


def _word(number: int, name: str, x: int, y: int, shape: str) -> str:
    return f"10,{number},{vensim.variable_name(name)},{x},{y},{WIDE // 2 - 8},18,{shape}"


def _acted_on(title: str, names: Sequence[str], causes: Sequence[str]) -> Iterable[str]:
    yield from _title(title)
    numbers = iter(range(1, 1_000_000))
    first, x = next(numbers), LEFT + 2 * WIDE
    yield _word(first, names[0], x, TOP, _ORDINARY)
    for place, name in enumerate(names[1:], start=1):
        yield _word(next(numbers), name, x, TOP + HIGH * place, _ORDINARY)
    for place, cause in enumerate(causes):
        y, shadow = TOP + HIGH * place, next(numbers)
        yield _word(shadow, cause, LEFT, y, _SHADOW)
        yield f"1,{next(numbers)},{shadow},{first},0,0,0,0,0,64,0,-1--1--1,,1|({LEFT + WIDE},{y})|"


def _without_arrows(view: str, replaced: Collection[str]) -> str:
    """A view without the arrows into some variables, and without shadows from which no other arrow starts."""
    lines = view.split("\n")
    words = {f[1]: f for line in lines if (f := _fields(line))[0] == "10" and len(f) > 8}
    gone = {number for number, f in words.items() if plain(f[2]) in replaced and not _is_shadow(f)}
    arrows = [f for line in lines if (f := _fields(line))[0] == "1" and len(f) > 3]
    kept = {f[2] for f in arrows if f[3] not in gone}
    idle = {f[2] for f in arrows if f[3] in gone and f[2] not in kept and f[2] in words and _is_shadow(words[f[2]])}

    def stays(line: str) -> bool:
        f = _fields(line)
        if f[0] == "1" and len(f) > 3:
            return f[3] not in gone
        return not (f[0] == "10" and f[1] in idle)

    return "\n".join(line for line in lines if stays(line))


def _is_shadow(fields: Sequence[str]) -> bool:
    return fields[8].isdigit() and int(fields[8]) % 2 == 0


def _fields(line: str) -> list[str]:
    """The fields of a line; a name between quotation marks may hold a comma.

    >>> _fields('10,2,"a, b",3')
    ['10', '2', '"a, b"', '3']
    """
    if not line.startswith(("1,", "10,")) or len(line) > LONGEST:
        return [""]
    return [found[1] for found in _FIELDS.finditer(line) if found.start() < len(line)]
