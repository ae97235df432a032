"""Print to any terminal or pipe: what its encoding lacks is replaced, never an error."""

from __future__ import annotations

import re
import sys
from typing import TextIO

from sim.report.width import plain

# What could move the cursor, recolour or reorder a terminal's text; names and keys may come from a stranger's file.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def encodable(text: str, encoding: str) -> str:
    """``text`` with every character that ``encoding`` lacks replaced by a plain one, else by ``?``.

    >>> encodable("亩均投资强度 ≥ 150 ✓", "gbk"), encodable("≥ 9 m²", "ascii")
    ('亩均投资强度 ≥ 150 +', '>= 9 m2')
    """
    return "".join(_character(character, encoding) for character in text)


def _character(character: str, encoding: str) -> str:
    for attempt in (character, plain(character) if character > "~" else character):
        try:
            attempt.encode(encoding)
        except UnicodeEncodeError:
            continue
        return attempt
    return "?"


def echo(text: str = "", stream: TextIO | None = None) -> None:
    """Write a line to ``stream`` (standard output), whatever its encoding; never a ``UnicodeEncodeError``.

    >>> echo("6 项: 达到")
    6 项: 达到
    """
    out = sys.stdout if stream is None else stream
    text = _CONTROL.sub("?", text)
    encoding = getattr(out, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = encodable(text, encoding)
    out.write(text + "\n")
