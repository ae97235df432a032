"""Macros written out: every call becomes equations of its own, and a reference to what they give.

As in Vensim, names inside a macro mean nothing outside, ``NAME$`` inside means the model's own, and what a call makes
is called after the variable that calls: ``#v>f#`` is what macro ``f`` gives in the equation of ``v``, ``#v>f>x#`` its
variable ``x``. A macro knows no subscripts; a call takes those of the left side that name ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.errors import InputError, Place, Problem
from sim.model.equations import plain
from sim.model.mdl_text import Entry, entries
from sim.nearest import nearest

MOST_CALLS, MOST_TEXT = 10_000, 5_000_000
"""Calls, and characters of equations that they make: macros that call macros twice double with each."""
DEEPEST = 50
"""Macros inside each other; more are one that calls itself."""

HIDDEN = '"#'
"""How names that a call makes begin."""

_BLOCK = re.compile(r":MACRO:(.*?):END OF MACRO:", re.DOTALL | re.IGNORECASE)
_HEAD = re.compile(r"\s*([^\W\d][\w $]*?)\s*\(([^():]*)(?::([^()]*))?\)", re.DOTALL)
_OF_MODEL = re.compile(r"([^\W\d]\w*(?:[ \t]+\w+)*)\$")
_MARK = "of the model "
_TOKEN = re.compile(
    r'"[^"]*"|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|:[A-Za-z ]+:|(?P<name>[^\W\d]\w*(?:\s+\w+)*)(?P<call>\s*\()?'
)
_DELAYP = re.compile(r"\bDELAYP\s*\(", re.IGNORECASE)
_DELAYP_TEXT = """DELAYP(input, delay time: pipeline)
    DELAYP = DELAY3(input, delay time) ~~|
    pipeline = INTEG(input - DELAYP, input * delay time) ~~|
"""
"""DELAYP, whose second result stands after a colon, as its manual writes it out."""

_GATHER = re.compile(r"\b(?:SUM|PROD|VMIN|VMAX|VECTOR\s+SELECT)\s*\(", re.IGNORECASE)
_CLOCK = ("time", "time step", "initial time", "final time", "saveper")


@dataclass(frozen=True)
class Macro:
    """A macro: what goes in, what comes out besides its own value, and its equations by plain name."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    body: Mapping[str, Entry]


def split_macros(text: str, path: Path) -> tuple[str, Mapping[str, Macro]]:
    """A model text without its macros, lines kept, and the macros by plain name.

    Raises
    ------
    InputError
        If a macro is cut off, or has a part that can't be read.

    >>> text, macros = split_macros(":MACRO: f(x) f = x * 2 ~~| :END OF MACRO: v = f(3) ~~|", Path("m.mdl"))
    >>> text.strip(), macros["f"].inputs
    ('v = f(3) ~~|', ('x',))
    """
    macros: dict[str, Macro] = {}
    problems: list[Problem] = []
    for block in _BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n") + 1
        try:
            macro = _macro(block[1], line, path)
        except InputError as error:
            problems += error.problems
            continue
        macros[plain(macro.name)] = macro
    if _DELAYP.search(text) and "delayp" not in macros:
        macros["delayp"] = _macro(_DELAYP_TEXT, 1, path)
    rest = _BLOCK.sub(lambda block: re.sub(r"[^\n]", "", block[0]), text)
    if ":MACRO:" in rest.upper():
        line = rest[: rest.upper().index(":MACRO:")].count("\n") + 1
        problems.append(Problem(Place(path, line), "model_macro", {"name": ":MACRO:"}))
    if problems:
        raise InputError(problems)
    return rest, macros


def _macro(text: str, line: int, path: Path) -> Macro:
    head = _HEAD.match(text)
    if head is None:
        raise InputError([Problem(Place(path, line), "model_macro", {"name": " ".join(text.split())[:40]})])
    inputs, outputs = (
        tuple(" ".join(x.split()) for x in (part or "").split(",") if x.strip()) for part in head.groups()[1:]
    )
    before = "\n" * (line - 1 + text[: head.end()].count("\n"))
    found = entries(before + _OF_MODEL.sub(rf"{_MARK}\1", text[head.end() :]), path, whole=True)
    body = {plain(entry.name): entry for entry in found}
    name = head[1].strip()
    absent = [wanted for wanted in (name, *outputs) if plain(wanted) not in body]
    if absent or any(entry.subscripts or entry.is_subscript or entry.is_data for entry in found):
        raise InputError([Problem(Place(path, line), "model_macro", {"name": name})])
    return Macro(name, inputs, outputs, body)


def expand_macros(found: Sequence[Entry], macros: Mapping[str, Macro], path: Path) -> tuple[Entry, ...]:
    """Entries with every call of a macro written out; what a call makes stands before the entry that calls.

    Raises
    ------
    InputError
        With every call that doesn't fit its macro; at once where calls go on without end, or make too much text.
    """
    if not macros:
        return tuple(found)
    ranges = {plain(entry.name) for entry in found if entry.is_subscript}
    work = _Expansion(macros, path, ranges)
    written = [made for entry in found for made in work.entry(entry, 0)]
    if work.problems:
        raise InputError(work.problems)
    return tuple(written)


class _Expansion:
    def __init__(self, macros: Mapping[str, Macro], path: Path, ranges: set[str]) -> None:
        self.macros, self.path, self.ranges = macros, path, ranges
        self.problems: list[Problem] = []
        self.names: set[str] = set()
        self.calls, self.size = 0, 0

    def entry(self, entry: Entry, depth: int) -> Iterator[Entry]:
        """An entry and before it what its calls make."""
        if entry.is_subscript:
            yield entry
            return
        made: list[Entry] = []
        right = self._rewritten(entry.right, entry, made, depth)
        yield from made
        yield replace(entry, right=right)

    def _rewritten(self, text: str, entry: Entry, made: list[Entry], depth: int) -> str:
        done, place = list[str](), 0
        while (token := _TOKEN.search(text, place)) is not None:
            macro = self.macros.get(plain(token["name"] or "")) if token["call"] else None
            if macro is None:
                done.append(text[place : token.end()])
                place = token.end()
                continue
            inside, end = _bracketed(text, token.end())
            done += (text[place : token.start()], self._call(macro, inside, entry, made, depth))
            place = end
        return "".join((*done, text[place:]))

    def _call(self, macro: Macro, inside: str, entry: Entry, made: list[Entry], depth: int) -> str:
        """What stands in the place of a call."""
        given, _, taken = inside.partition(":") if macro.outputs else (inside, "", "")
        arguments, outputs = _listed(given), _listed(taken)
        self.calls += 1
        self._bounded(macro, entry, depth)
        wrong = len(arguments) != len(macro.inputs) or len(outputs) > len(macro.outputs)
        wrong = wrong or _is_marked(inside)
        if wrong:
            values = {"name": entry.name, "macro": macro.name, "expected": len(macro.inputs)}
            problem = Problem(Place(self.path, entry.line), "model_macro_call", values)
            self.problems += [] if problem in self.problems else [problem]
            return "0"
        subscripts = tuple(x for x in entry.subscripts if plain(x) in self.ranges)
        brackets = f"[{', '.join(subscripts)}]" if subscripts else ""
        base = self._free(entry.name.strip('"').strip("#"), macro.name)
        own = {name: f'"#{base}>{name}#"{brackets}' for name in macro.body}
        own[plain(macro.name)] = f'"#{base}#"{brackets}'
        arguments = [self._rewritten(argument, entry, made, depth) for argument in arguments]
        means = {**own, **dict(zip(map(plain, macro.inputs), map(_enclosed, arguments), strict=True))}
        for name, inner in macro.body.items():
            right = self._body(inner, means)
            self.size += len(right)
            self._bounded(macro, entry, depth)
            left = own[name].split("[")[0]
            copy = replace(entry, name=left, subscripts=subscripts, operator=inner.operator, right=right, excepted="")
            made += self.entry(replace(copy, units=inner.units, documentation=inner.documentation), depth + 1)
        for output, name in zip(outputs, macro.outputs, strict=False):
            left, right = output.split("[")[0].strip(), own[plain(name)]
            made.append(replace(entry, name=left, subscripts=subscripts, operator="=", right=right, excepted=""))
        return own[plain(macro.name)]

    def _bounded(self, macro: Macro, entry: Entry, depth: int) -> None:
        """Stop at once where calls make more and more: what else is wrong can't be found by going on."""
        place, name = Place(self.path, entry.line), entry.name.strip('"#').partition(">")[0]
        if depth > DEEPEST:
            values = {"name": name, "macro": macro.name, "limit": DEEPEST}
            raise InputError([*self.problems, Problem(place, "model_macro_deep", values)])
        if self.calls > MOST_CALLS or self.size > MOST_TEXT:
            values = {"name": name, "calls": MOST_CALLS, "limit": MOST_TEXT // 1_000_000}
            raise InputError([*self.problems, Problem(place, "model_macro_size", values)])

    def _free(self, caller: str, macro: str) -> str:
        base, number = f"{caller}>{macro}", 1
        while base in self.names:
            number += 1
            base = f"{caller}>{number:03d}{macro}"
        self.names.add(base)
        return base

    def _body(self, inner: Entry, means: Mapping[str, str]) -> str:
        """A right side of a macro with every name in it replaced by what it means in a call."""

        def meant(token: re.Match[str]) -> str:
            name = token["name"] or (token[0] if token[0].startswith('"') else "")
            if not name:
                return token[0]
            call, key = token["call"] or "", plain(name)
            if key.startswith(_MARK):
                return name[len(_MARK) :] + call
            if call and key in self.macros:
                return token[0]
            if key in means:
                return means[key].strip("()") + call if call else means[key]
            if not call and key not in _CLOCK:
                values = {"name": inner.name, "reference": name}
                suggestion = nearest(name, means)
                problem = Problem(Place(self.path, inner.line), "model_reference", values, suggestion)
                self.problems += [] if problem in self.problems else [problem]
            return token[0]

        return _TOKEN.sub(meant, inner.right)


def _enclosed(text: str) -> str:
    """An argument that stays whole in any expression: in brackets unless it is a name or a number."""
    text = " ".join(text.split())
    return text if re.fullmatch(r'(?:"[^"]*"|[\w ]+)(?:\[[^\]]*\])?|[\d.]+', text) else f"({text})"


def _bracketed(text: str, start: int) -> tuple[str, int]:
    """What stands inside a bracket that is open at ``start``, and where the text goes on after it."""
    depth, quoted = 1, False
    for place in range(start, len(text)):
        character = text[place]
        quoted ^= character == '"'
        depth += 0 if quoted else (character in "([") - (character in ")]")
        if not depth:
            return text[start:place], place + 1
    return text[start:], len(text)


def _is_marked(text: str) -> bool:
    """Whether a '!' stands outside a sum or its like, to run over elements for which a macro has no variables.

    >>> _is_marked("SUM(x[r!]), 2"), _is_marked("x[r!]")
    (False, True)
    """
    text = re.sub(r'"[^"]*"', "", text)
    while (found := _GATHER.search(text)) is not None:
        text = text[: found.start()] + text[_bracketed(text, found.end())[1] :]
    return "!" in text


def _listed(text: str) -> list[str]:
    """Parts between commas outside brackets."""
    parts, begin, depth, quoted = list[str](), 0, 0, False
    for place, character in enumerate(text):
        quoted ^= character == '"'
        depth += 0 if quoted else (character in "([") - (character in ")]")
        if character == "," and not depth and not quoted:
            parts.append(text[begin:place])
            begin = place + 1
    return [part.strip() for part in (*parts, text[begin:])] if text.strip() else []


def is_hidden(name: str) -> bool:
    """Whether a call of a macro made a variable."""
    return name.startswith(HIDDEN)
