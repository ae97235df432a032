"""What a bundle states of its model's test against history: ``outcome`` under ``[history]`` of ``confidence.toml``.

A run doesn't make that test, and its results must not look better tested than they are: so the bundle states how
the test ended, every heading repeats it, and ``sim validate`` holds the statement against what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from sim.errors import InputError, Problem
from sim.toml_places import read_toml
from sim.toml_values import Spot, choice

CONFIDENCE, FIGURES = "confidence.toml", "history.csv"
"""The file that states it, and the published figures without which there is no such test."""

Stated = Literal["passed", "failed"]
History = Literal["untested", "passed", "failed"]
"""The test as headings tell it; ``untested`` where nothing is stated, or nothing could have been tested."""


def read_stated(bundle: Path) -> History:
    """What the folder of a bundle states.

    Raises
    ------
    InputError
        If the file is not TOML, or the outcome is neither word.

    >>> read_stated(Path("models/inner-mongolia"))
    'failed'
    """
    if not (bundle / CONFIDENCE).is_file() or not (bundle / FIGURES).is_file():
        return "untested"
    root = Spot.root(read_toml(bundle / CONFIDENCE))
    section = root.value.get("history")
    if not isinstance(section, dict) or "outcome" not in section:
        return "untested"
    problems: list[Problem] = []
    choice(root.child("history").child("outcome"), get_args(Stated), problems)
    if problems:
        raise InputError(problems)
    return known(section["outcome"])


@dataclass(frozen=True)
class Bar:
    """What the test asks for: which years, and which share of the figures in the model's range of 90 %."""

    first: int
    last: int
    least_inside: float


def read_bar(bundle: Path) -> Bar | None:
    """What the test of a bundle asks for; ``None`` where the file doesn't say.

    >>> read_bar(Path("models/inner-mongolia"))
    Bar(first=2016, last=2020, least_inside=0.9)
    """
    if not (bundle / CONFIDENCE).is_file():
        return None
    section = Spot.root(read_toml(bundle / CONFIDENCE)).value.get("history")
    told = [section.get(key) for key in ("first", "last", "least_inside")] if isinstance(section, dict) else []
    first, last, share = told or (None, None, None)
    if not isinstance(first, int) or not isinstance(last, int) or not isinstance(share, int | float):
        return None  # told by whoever reads the whole file
    return Bar(first, last, float(share))


def known(word: object) -> History:
    """A word that may come from anybody's file as one of the three.

    >>> known("failed"), known("excellent")
    ('failed', 'untested')
    """
    return next((one for one in get_args(History) if one == word), "untested")
