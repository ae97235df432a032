"""Read a TOML file and remember the line of every key, so that any later complaint can name its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tree_sitter_toml
from rapidfuzz import process
from tree_sitter import Language, Node, Parser

from sim.errors import InputError, Place, Problem

Keys = tuple[str | int, ...]

MAX_BYTES = 5_000_000
"""Larger files are refused: no scenario comes near this, and a wrong file must not fill the memory."""

_FULL_WIDTH = MappingProxyType(
    dict(zip("，＝［］｛｝“”‘’：．＂＇＃、。（）；", ",=[]{}\"\"'':.\"'#,.();", strict=True))
    | {"\u3000": "(space)", "\u00a0": "(space)"}
)
_NOT_SYNTAX = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_REASONS = MappingProxyType(
    {
        "Cannot overwrite": "toml_twice",
        "Cannot declare": "toml_twice",
        "Duplicate": "toml_twice",
        "Unclosed": "toml_unclosed",
        "Unterminated": "toml_unclosed",
        "Illegal character": "toml_unclosed",
        "Invalid value": "toml_value",
        "Expected newline": "toml_after",
    }
)
"""Words of the parser → code of the message; what no word matches is plain ``toml_syntax``."""
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True)
class PlacedToml:
    """The values of a TOML file, with the line of every key.

    Parameters
    ----------
    file
        The file as it was named.
    data
        The values, as `tomllib` gives them.
    lines
        1-based line by path of keys; elements of arrays count from 0.
    """

    file: Path
    data: dict[str, Any]
    lines: Mapping[Keys, int] = field(default_factory=dict, repr=False)

    def place(self, *keys: str | int) -> Place:
        r"""File and line of a key, or of the nearest parent whose line is known.

        >>> toml = parse_toml("[policy.land_threshold]\nnational = 150\n", Path("a.toml"))
        >>> str(toml.place("policy", "land_threshold", "national"))
        'a.toml:2'
        >>> str(toml.place("policy", "land_threshold", "regional"))
        'a.toml:1'
        """
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.lines:
                return Place(self.file, self.lines[keys[:length]])
        return Place(self.file)


def read_toml(path: Path) -> PlacedToml:
    """Read a TOML file; a byte-order mark in front is accepted.

    Raises
    ------
    InputError
        If there is no such file, it is a folder, too large, not UTF-8, or not TOML.
    """
    return parse_toml(_decode(path, _read_bytes(path)), path)


@lru_cache(maxsize=32)  # a scenario is checked against files that are then read as part of its bundle
def parse_toml(text: str, file: Path) -> PlacedToml:
    """Parse the text of a TOML file; ``file`` is what complaints name. What it gives is shared and not to be changed.

    >>> parse_toml("a = 1", Path("a.toml")).data
    {'a': 1}
    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(_syntax_problems(text, file, error)) from None
    return PlacedToml(file, data, dict(_lines(text)))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError([Problem(Place(path), "toml_is_folder", {"file": str(path)})])
        if not path.exists():
            found = nearest_file(path)
            raise InputError([Problem(Place(path), "toml_missing", {"file": str(path)}, found)])
        size = path.stat().st_size
        if size > MAX_BYTES:
            values = {"file": str(path), "size": f"{size / 1e6:.1f}", "limit": MAX_BYTES // 1_000_000}
            raise InputError([Problem(Place(path), "toml_too_large", values)])
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem(Place(path), "toml_unreadable", {"file": str(path), "reason": reason})
        raise InputError([problem]) from None


def nearest_file(path: Path) -> str:
    """The file that was perhaps meant by a path that does not exist, or ""."""
    if path.suffix != ".toml" and path.with_name(path.name + ".toml").is_file():
        return str(path.with_name(path.name + ".toml"))
    if not path.parent.is_dir():
        return ""
    names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".toml"]
    best = process.extractOne(path.name, names, score_cutoff=70)
    return str(path.with_name(best[0])) if best else ""


def _decode(path: Path, raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError([Problem(Place(path), "toml_utf16", {"file": str(path)})])
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
    try:
        raw.decode("gb18030")
        code = "toml_gb18030"
    except UnicodeDecodeError:
        code = "toml_not_utf8"
    raise InputError([Problem(Place(path, line), code, {"file": str(path)})])


def _syntax_problems(text: str, file: Path, error: Exception) -> list[Problem]:
    """Say what is wrong in terms of what people really type: the parser's own words only come last."""
    bare = _NOT_SYNTAX.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    full_width = list(_full_width_problems(bare, file))
    if full_width:
        return full_width
    reason = str(error)
    at = _AT_LINE.search(reason)
    line = int(at.group(1)) if at else _first_error_line(text) or text.rstrip().count("\n") + 1
    shown, place = _line(text, line), Place(file, line)
    if not isinstance(error, tomllib.TOMLDecodeError):  # nested too deep, or a number of thousands of digits
        return [Problem(Place(file), "toml_too_deep", {"file": str(file)})]
    if "Unescaped '\\'" in reason or "Invalid hex value" in reason:
        return [Problem(place, "toml_backslash", {}, _slashes(text, line))]
    if "{" in _line(bare, line) and _line(bare, line).count("{") > _line(bare, line).count("}"):
        return [Problem(place, "toml_inline_lines", {"text": shown})]
    if not _line(bare, line).isascii():
        return [Problem(place, "toml_unquoted", {"text": shown})]
    code = next((code for words, code in _REASONS.items() if words in reason), "toml_syntax")
    return [Problem(place, code, {"text": shown})]


def _full_width_problems(bare: str, file: Path) -> Iterator[Problem]:
    for number, line in enumerate(bare.split("\n"), 1):
        found = [char for char in dict.fromkeys(line) if char in _FULL_WIDTH]
        if found:
            wanted = " ".join(dict.fromkeys(_FULL_WIDTH[char] for char in found))
            shown = " ".join(found)
            yield Problem(Place(file, number), "toml_full_width", {"found": shown, "wanted": wanted})


def _line(text: str, line: int) -> str:
    lines = text.split("\n")
    return lines[line - 1].strip()[:80] if line <= len(lines) else ""


def _slashes(text: str, line: int) -> str:
    quoted = re.search(r'"[^"]*\\[^"]*"', _line(text, line))
    return quoted.group().replace("\\", "/") if quoted else ""


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


def _first_error_line(text: str) -> int | None:
    """Line of what the other parser trips over: at the end of the document the first one knows no line."""
    nodes = [_parser().parse(text.encode()).root_node]
    while nodes:
        node = nodes.pop()
        if node.type == "ERROR" or node.is_missing:
            return int(node.start_point.row) + 1
        nodes.extend(reversed([child for child in node.children if child.has_error or child.is_missing]))
    return None


def _key(node: Node) -> list[str]:
    if node.type == "dotted_key":
        return [part for child in node.named_children for part in _key(child)]
    raw = (node.text or b"").decode()
    return [next(iter(tomllib.loads(f"{raw} = 0")))] if node.type == "quoted_key" else [raw]


def _line_of(node: Node) -> int:
    return int(node.start_point.row) + 1


def _lines(text: str) -> Iterator[tuple[Keys, int]]:
    """Every (path of keys, line) of a text that is known to be TOML; later pairs correct earlier ones."""
    counts: dict[Keys, int] = {}
    seen: set[Keys] = set()
    for node in _parser().parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            yield from _pair_lines(node, (), seen)
        elif node.type in ("table", "table_array_element"):
            path: Keys = ()
            names = _key(node.named_children[0])
            for depth, name in enumerate(names):
                path = (*path, name)
                if path not in seen:
                    seen.add(path)
                    yield path, _line_of(node)
                if node.type == "table_array_element" and depth == len(names) - 1:
                    counts[path] = counts.get(path, -1) + 1
                if path in counts:  # a header below an array of tables speaks of its newest element
                    path = (*path, counts[path])
            yield path, _line_of(node)
            for pair in node.named_children[1:]:
                if pair.type == "pair":
                    yield from _pair_lines(pair, path, seen)


def _pair_lines(pair: Node, parent: Keys, seen: set[Keys]) -> Iterator[tuple[Keys, int]]:
    parts = [child for child in pair.named_children if child.type != "comment"]
    path = parent
    for name in _key(parts[0]):
        path = (*path, name)
        if path not in seen:
            seen.add(path)
            yield path, _line_of(pair)
    yield from _value_lines(parts[1], path, seen)


def _value_lines(value: Node, path: Keys, seen: set[Keys]) -> Iterator[tuple[Keys, int]]:
    children = [child for child in value.named_children if child.type != "comment"]
    if value.type == "array":
        for index, child in enumerate(children):
            yield (*path, index), _line_of(child)
            yield from _value_lines(child, (*path, index), seen)
    elif value.type == "inline_table":
        for child in children:
            yield from _pair_lines(child, path, seen)
