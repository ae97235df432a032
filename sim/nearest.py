"""The known name most like one that isn't known, for messages that suggest it."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str]) -> str:
    """The choice most like ``word``, or "" if none is near: spelled alike, or holding the word.

    >>> nearest("land_treshold", ["land_threshold", "mergers"]), nearest("spiral", ["pi", "sin"])
    ('land_threshold', '')
    """
    from rapidfuzz import fuzz, process  # here, for only who made a mistake needs it

    lowered = {option.lower().replace("-", "_"): option for option in reversed(list(choices))}
    written = word.lower().replace("-", "_")
    alike = process.extract(written, list(lowered), scorer=fuzz.WRatio, score_cutoff=60, limit=None)
    return next((lowered[option] for option, _, _ in alike if _is_near(written, option)), "")


def _is_near(word: str, option: str) -> bool:
    """Whether at most two letters in five are wrong, missing or too many, or the option holds a word of some length."""
    from rapidfuzz.distance import OSA

    holds = len(word) >= (4 if word.isascii() else 2) and word in option
    return holds or OSA.normalized_similarity(word, option) >= 0.6
