"""The known name most like one that isn't known, for messages that suggest it."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str]) -> str:
    """The choice most like ``word``, or "" if none is near.

    >>> nearest("land_treshold", ["land_threshold", "mergers"])
    'land_threshold'
    """
    from rapidfuzz import process  # here, for only who made a mistake needs it

    options = list(choices)
    lowered = {option.lower().replace("-", "_"): option for option in reversed(options)}
    best = process.extractOne(word.lower().replace("-", "_"), list(lowered), score_cutoff=60)
    return lowered[best[0]] if best else ""
