"""A model file of any kind as a text in Vensim's language, and how to tell XMILE from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SUFFIXES = (".xmile", ".stmx", ".itmx")
Method = Literal["euler", "rk4"]


@dataclass(frozen=True)
class Converted:
    """A text in Vensim's language, and the method that the file asks for."""

    text: str
    method: Method


def is_xmile(path: Path, raw: bytes) -> bool:
    """Whether a file is XMILE, by its name or what it begins with."""
    return path.suffix.lower() in SUFFIXES or raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:5] in (b"<?xml", b"<xmil")
