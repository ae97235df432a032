"""Numbers, names and signs of an equation in XMILE."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r'\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|"(?P<quoted>[^"]*)"'
    r"|(?P<name>\.?[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*)|(?P<sign><>|<=|>=|[-+*/^()\[\],<>=:@'!]))"
)
COMMENT = re.compile(r"\{[^{}]*\}")


class ExpressionError(Exception):
    """What is wrong with an expression: a code of the catalogue, and what it is about."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


def plain_name(name: str) -> str:
    r"""A name as XMILE compares it: case, underscores, blanks and ``\n`` don't count.

    >>> plain_name('"Heat_loss\\nTo  Room"')
    'heat loss to room'
    """
    return " ".join(re.sub(r"\\n|[_\s\u00a0]", " ", name.strip('"')).lower().split())


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind (number, name or sign) and text, in the order of an equation."""
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise ExpressionError("model_syntax", text[place : place + 20].strip())
        kind = str(match.lastgroup)
        yield ("name" if kind == "quoted" else kind, f'"{match[kind]}"' if kind == "quoted" else match[kind])
        place = match.end()
