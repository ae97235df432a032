"""A Vensim model file as text: its entries, and the park dimension and constants bound to a table.

Nothing here evaluates an equation. The file may come from a stranger, so what could reach beyond a simulation
(external files, odd characters that would end up in generated code) is refused here, before any translation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.errors import InputError, Place, Problem

MAX_BYTES = 5_000_000
_ENCODING_MARK = "{UTF-8}"
_SKETCH = r"\\\---///"
_LABEL = re.compile(r"[^\W\d]\w*(?: \w+)*")
# A translator puts names and subscripts between quotation marks of its own: none may hold one, or a backslash.
_NAME = re.compile(r'\w[\w ]*|"[\w &%().,/\-#>]+"')
# Where no such translator reads the text, a name may hold what doesn't end it or the entry.
_ANY_NAME = re.compile(r"\w[\w $']*|\"[^\"\\\n|~{}]+\"")
_QUOTED = re.compile(r'"[^"]*"')
_REFUSED = re.compile(r"[^\w\s+\-*/^<>=:!()\[\],.;]")
_REFUSED_ANYWHERE = re.compile(r"[^\w\s+\-*/^<>=:!()\[\],.;$']")
_RANGE = re.compile(r"(\d+)\s*-\s*[^\W\d]\w*?(\d+)\s*\)")
MOST_LABELS = 10_000
# Functions that read or write files, or talk to the user: a model of strangers must not do either.
# GET … functions read files too, unless they ask for a time or for data that the model holds already.
_FORBIDDEN = re.compile(
    r"\b(GET\s+(?!TIME\s+VALUE|DATA\s+(?:AT|BETWEEN|FIRST|LAST|M[A-Z]+|STDV|TOTAL)\b)\w+\s+\w+|GET\s+\w+(?=\s*\()"
    r"|MESSAGE|VENSIM\s+\w+|TABXL)\s*\(",
    re.IGNORECASE,
)
_FROM_FILES = re.compile(
    r"\(?\s*GET\s+(?:XLS|DIRECT|123)\s+(?:DATA|CONSTANTS?|LOOKUPS?|SUBSCRIPT)\s*\(", re.IGNORECASE
)
_RANDOM = re.compile(r"\b(RANDOM(?:\s+\w+)*)\s*\(", re.IGNORECASE)
_ENTRY = re.compile(
    # possessive: a name of millions of characters without an operator must not be tried at every length
    r'("[^"\n]*"|[^"=:\[\n(]++)\s*(\[[^\]]*\])?\s*(:EXCEPT:[^=]*)?'
    r"(?::(INTERPOLATE|LOOK FORWARD|HOLD BACKWARD|RAW):\s*(?=:=|$))?(:IS:|:=|==|=|:|\(|$)(.*)",
    re.DOTALL | re.IGNORECASE,
)
_LEFT = re.compile(r'("[^"\n]*"|[^\W\d][^"=:\[\n(~|]{0,200}+)\s*(?:\[([^\]\n]*)\]\s*)?(:?=|\()')
_REALITY_CHECK = re.compile(r'("[^"\n]*"|[^"=:\[\n(]++)\s*(\[[^\]]*\])?\s*:(THE CONDITION|TEST INPUT):', re.IGNORECASE)
_COMMENT = re.compile(r'"[^"\n]*"|\{[^{}]*\}|[~|]')
_FUNCTION_NUMBERS = re.compile(r"^[\s\d.,;eE+\-]+$")


@dataclass(frozen=True)
class Entry:
    """One entry of the equations section: ``left = right ~ units ~ documentation |``.

    >>> Entry("GDP", ("park",), "=", "SUM(x[park!])", "CNY100M/Year", "开发区生产总值. GDP.", 3, "Production").names
    ('开发区生产总值', 'GDP')
    """

    name: str
    subscripts: tuple[str, ...]
    operator: str
    right: str
    units: str
    documentation: str
    line: int
    group: str
    excepted: str = ""
    """``:EXCEPT: [label, …]`` as it stands, for the elements that the entry leaves out."""
    keyword: str = ""
    """Of data: ``INTERPOLATE``, ``LOOK FORWARD``, ``HOLD BACKWARD`` or ``RAW``; how it is read between its points."""

    @property
    def is_subscript(self) -> bool:
        """Whether the entry defines a subscript range."""
        return self.operator == ":"

    @property
    def is_data(self) -> bool:
        """Whether the entry defines data: a course over time that comes from outside the equations."""
        return self.operator == ":="

    @property
    def is_numbers(self) -> bool:
        """Whether the right side is nothing but numbers (a constant, possibly an array)."""
        return self.operator == "=" and bool(_FUNCTION_NUMBERS.match(self.right))

    @property
    def names(self) -> tuple[str, str]:
        """Chinese name and English meaning: the two sentences of the documentation."""
        chinese, _, english = self.documentation.partition(". ")
        return chinese, english.rstrip(".")


def read_model_text(path: Path) -> str:
    """The text of a ``.mdl`` file.

    Raises
    ------
    InputError
        If the file is missing, binary, too large or not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError([Problem(Place(path), "model_unreadable", {"reason": error.strerror or error})]) from None
    if len(raw) > MAX_BYTES:
        raise InputError([Problem(Place(path), "model_too_large", {"limit": MAX_BYTES // 1_000_000})])
    if b"\x00" in raw:
        raise InputError([Problem(Place(path), "model_binary")])
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError([Problem(Place(path), "model_encoding")]) from None


def _split(text: str) -> list[tuple[int, str]]:
    """The entries of the equations section with their first lines; group headers stay entries of their own."""
    body = text.split(_SKETCH, 1)[0]
    if body.startswith(_ENCODING_MARK):
        body = " " * len(_ENCODING_MARK) + body[len(_ENCODING_MARK) :]
    pieces, line = [], 1
    for piece in body.split("|"):
        lead = len(piece) - len(piece.lstrip())
        pieces.append((line + piece[:lead].count("\n"), piece.strip()))
        line += piece.count("\n")
    return [(number, piece) for number, piece in pieces if piece]


def without_comments(text: str) -> str:
    """A model text with blanks for every ``{comment}`` of its equations; documentation stays as it is.

    >>> without_comments("{UTF-8} r: a, {old} b ~ {unit} ~ {kept} |")
    '{UTF-8} r: a,       b ~ {unit} ~ {kept} |'
    """
    tildes, head = 0, len(_ENCODING_MARK) if text.startswith(_ENCODING_MARK) else 0

    def blank(token: re.Match[str]) -> str:
        nonlocal tildes
        found = token[0]
        if found[0] == "{" and not tildes:
            return re.sub(r"[^\n]", " ", found)
        if found in "|~" or tildes:  # quotation marks mean nothing in documentation
            *before, last = found.split("|")
            tildes = last.count("~") + (0 if before else tildes)
        return found

    body, mark, sketch = text[head:].partition(_SKETCH)
    return text[:head] + _COMMENT.sub(blank, body) + mark + sketch


def entries(text: str, path: Path, *, whole: bool = False, files: bool = False) -> tuple[Entry, ...]:
    """Every entry of a model text, in the order of the file; Reality Checks, which no run needs, are left out.

    Parameters
    ----------
    whole
        Whether random numbers, data without an equation and names with odd characters may stand in it.
    files
        Whether it may say which files its numbers come from; :mod:`sim.model.external` then takes these calls out.

    Raises
    ------
    InputError
        With every entry that is not one (the file is cut off or is no model), every function that reads files,
        and every name that could not stand in generated code.

    >>> entries("a = 1 ~ Dmnl ~ Eins. One. |", Path("m.mdl"))[0].right
    '1'
    """
    checked = checked_entries(text, path, whole=whole, files=files)
    if checked.problems:
        raise InputError(checked.problems)
    return checked.entries


@dataclass(frozen=True)
class Checked:
    """Entries and what is wrong with some of them.

    Parameters
    ----------
    entries
        A stand-in in the place of each that is wrong, so that the others can be checked.
    lost
        Whether there are parts that don't say what they define, or the file breaks off.
    known
        Whether all numbers are known; ones stand for those that files don't give.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    lost: bool
    known: bool = True


def checked_entries(text: str, path: Path, *, whole: bool = False, files: bool = False) -> Checked:
    """As :func:`entries`, but with the mistakes beside the entries.

    >>> checked_entries("a = 1 ~ | b = 2 ~~|", Path("m.mdl"), whole=True).entries[0].right
    '0'
    """
    found: list[Entry] = []
    problems: list[Problem] = []
    lost, group = False, ""
    pieces = _split(without_comments(text))
    for line, piece in pieces:
        if piece.startswith("*"):
            header = re.search(r"\.([^\n*]+)", piece)
            group = header.group(1).strip() if header else ""
            continue
        if _REALITY_CHECK.match(piece):
            continue
        entry = _entry(piece, line, group)
        if entry is None or (entry.is_data and not entry.right and not whole):
            problems.append(Problem(Place(path, line), "model_entry", {"text": " ".join(piece.split())[:60]}))
            entry = _broken(piece, line)
            lost |= entry is None or piece is pieces[-1][1]
            found += [entry] if entry else []
            continue
        if not (files and (entry.operator == ":IS:" or _FROM_FILES.match(entry.right))):
            wrong = [Problem(Place(path, line), code, values) for code, values in _unsafe(entry, whole)]
            problems += wrong
            if wrong and (entry.is_subscript or any(one.code in ("model_name", "model_label") for one in wrong)):
                lost = True
                continue
            entry = stand_in(entry) if wrong else entry
        found.append(entry)
    if not found and not problems:
        problems.append(Problem(Place(path), "model_empty"))
    return Checked(tuple(found), tuple(problems), lost)


def stand_in(entry: Entry) -> Entry:
    """An entry of the same name and subscripts with a right side that says as little as it can."""
    right = "((0,0),(1,1))" if entry.operator == "(" or entry.is_data else "0"
    return replace(entry, right=right, operator="=" if entry.operator == "==" else entry.operator, excepted="")


def _broken(piece: str, line: int) -> Entry | None:
    """What takes the place of a text that is no entry, if it shows which name it defines."""
    left = _LEFT.match(piece)
    if left is None or not _ANY_NAME.fullmatch(left[1].strip()):
        return None
    labels = tuple(label.strip() for label in left[2].split(",")) if left[2] else ()
    return stand_in(Entry(" ".join(left[1].split()), labels, left[3], "", "", "", line, ""))


def _entry(piece: str, line: int, group: str) -> Entry | None:
    parts = [part.strip() for part in piece.split("~")]
    if len(parts) < 3:
        return None
    match = _ENTRY.fullmatch(parts[0])
    if not match:
        return None
    name, subscripts, excepted, keyword, operator, right = match.groups()
    operator = operator or ":="  # a name alone is data that comes from outside
    labels = tuple(x.strip() for x in subscripts[1:-1].split(",")) if subscripts else ()
    # A lookup definition opens a bracket right after its name; it stays whole.
    right = operator + right if operator == "(" else right
    documentation = " ".join("~".join(parts[2:]).split())
    joined = right.replace("\\\n", " ").strip()  # a backslash at the end of a line goes on in the next
    but = " ".join((excepted or "").split())
    how = " ".join((keyword or "").upper().split())
    return Entry(" ".join(name.split()), labels, operator, joined, parts[1], documentation, line, group, but, how)


_INSTEAD = {"×": "*", "÷": "/", "【": "[", "】": "]", "“": '"', "”": '"', "≤": "<=", "≥": ">=", "≠": "<>", "−": "-"}


def _odd_character(name: str, character: str) -> tuple[str, dict[str, object]]:
    """What is said of a character; one that a Chinese keyboard gives has one that is meant.

    >>> _odd_character("x", "，")[1]["instead"]
    ','
    """
    instead = _INSTEAD.get(character, unicodedata.normalize("NFKC", character))
    if instead.isascii() and instead != character:
        return "model_character_instead", {"name": name, "character": character, "instead": instead}
    return "model_character", {"name": name, "character": character}


def _unsafe(entry: Entry, whole: bool) -> list[tuple[str, dict[str, object]]]:
    """What could reach beyond a simulation: an allow-list, for a model file may come from anybody."""
    found: list[tuple[str, dict[str, object]]] = []
    for code, pattern in (("model_function", _FORBIDDEN), *((("model_random", _RANDOM),) if not whole else ())):
        refused = pattern.search(entry.right)
        if refused:
            found.append((code, {"function": " ".join(refused.group(1).split()).upper()}))
    quoted = _QUOTED.findall(entry.right)
    names = [entry.name, *quoted] if not entry.is_subscript else quoted
    allowed, refused_characters = (_ANY_NAME, _REFUSED_ANYWHERE) if whole else (_NAME, _REFUSED)
    found += [("model_name", {"name": name.strip('"')}) for name in names if not allowed.fullmatch(name)]
    character = refused_characters.search(_QUOTED.sub("", entry.right) + _QUOTED.sub("", entry.excepted))
    if character:
        found.append(_odd_character(entry.name, character.group()))
    found += [("model_label", {"label": label}) for label in _labels(entry) if not _LABEL.fullmatch(label)]
    found += [
        ("model_range", {"name": entry.name, "limit": MOST_LABELS})
        for first, last in _RANGE.findall(entry.right if entry.is_subscript else "")
        if len(last) > 9 or int(last) - int(first[-9:]) >= MOST_LABELS
    ]
    return found


def _labels(entry: Entry) -> list[str]:
    """Everything in an entry that stands for subscripts: a range and its elements, or what is in brackets."""
    labels = list(entry.subscripts)
    labels += re.split(r"[\[\],\s]+", entry.excepted[len(":EXCEPT:") :])
    if entry.is_subscript:
        labels += [entry.name, *re.split(r"[,()\-\s>]+", entry.right)]
    return [label for label in labels if label]


def bind_text(text: str, path: Path, parks: Sequence[str]) -> str:
    """The equations alone, with the park dimension replaced and number arrays over parks reduced to one number.

    Units and documentation are dropped: they say nothing to an engine, and text from strangers then cannot reach
    generated code. An array over parks in the file fits the file's own parks only; its values come from the park
    table, so its first number stands in until they are set.

    >>> print(bind_text("park: A, B ~ ~ | x[park] = 1, 2 ~ km2 ~ y. |", Path("m.mdl"), ["P1"]))
    {UTF-8}
    park: P1 ~ ~ |
    x[park] = 1 ~ ~ |
    <BLANKLINE>
    """
    lines = [_ENCODING_MARK]
    controls = []
    for entry in entries(text, path):
        left = entry.name + (f"[{', '.join(entry.subscripts)}]" if entry.subscripts else "")
        left += f" {entry.excepted}" if entry.excepted else ""
        right = entry.right
        if entry.is_subscript and entry.name.lower() == "park":
            right = ", ".join(parks)
        elif "park" in entry.subscripts and entry.is_numbers:
            right = re.split(r"[,;]", right)[0].strip()
        if entry.group.lower() == "control":
            controls.append(f"{entry.name}  = {right}\n\t~\t\n\t~\t\n\t|\n")
        elif entry.is_subscript:
            lines.append(f"{left}: {right} ~ ~ |")
        elif entry.operator == "(":
            lines.append(f"{left}{right} ~ ~ |")
        else:
            lines.append(f"{left} {entry.operator} {right} ~ ~ |")
    if controls:
        # PySD finds the control variables only below a header in Vensim's own form.
        stars = "*" * 56
        lines.append(f"\n{stars}\n\t.Control\n{stars}~\n\t\tSimulation Control Parameters\n\t|\n")
        lines += controls
    return "\n".join(lines) + "\n"


def constants_of(found: Sequence[Entry]) -> dict[str, Entry]:
    """The constants of a model by name: entries whose right side is nothing but numbers, control section left out.

    >>> list(constants_of(entries("a = 1 ~~| b = a + 1 ~~|", Path("m.mdl"))))
    ['a']
    """
    whole = [e for e in found if e.is_numbers and e.group.lower() != "control"]
    partial = {e.name for e in found if not e.is_subscript and not e.is_numbers}
    return {e.name: e for e in whole if e.name not in partial}
