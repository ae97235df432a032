"""Look up what a user reads: dotted keys in ``zh/*.toml`` and ``en/*.toml``, merged by language; keys are equal."""

from __future__ import annotations

import locale
import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from sim.errors import Problem
from sim.words.system import system_key

Language = Literal["zh", "en"]


def _flatten(table: dict[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= _flatten(value, name + ".")
        else:
            flat[name] = str(value)
    return flat


@cache
def catalogue(lang: Language) -> dict[str, str]:
    """Every text of a language by dotted key.

    >>> "problem.unknown_key" in catalogue("zh")
    True
    """
    merged: dict[str, str] = {}
    for entry in sorted(files("sim.words").joinpath(lang).iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            merged |= _flatten(tomllib.loads(entry.read_text(encoding="utf-8")))
    return merged


def text(lang: Language, key: str, /, **values: object) -> str:
    """The text of ``key`` with its placeholders filled in (``str.format``).

    Raises
    ------
    KeyError
        If the catalogue has no such key: a mistake in the program, not of the user's.

    >>> text("en", "verdict.met")
    'met on time'
    """
    template = catalogue(lang)[key]
    return template.format(**values) if values else template


def system_language() -> Language:
    """``zh`` where the system's language is Chinese, else ``en``: the last resort after ``--lang`` and the scenario's.

    >>> system_language() in ("zh", "en")
    True
    """
    name = next((os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), "")
    if not name:
        name = locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def problem_line(lang: Language, problem: Problem) -> str:
    """One line for the screen: place, what is wrong, what was expected, suggestion.

    >>> problem_line("en", Problem(None, "unknown_key", {"key": "polcy", "where": "the scenario"}, "policy"))
    "unknown key 'polcy' in the scenario; did you mean 'policy'?"
    """
    values = {key: _in_words(lang, value) for key, value in problem.values.items()}
    sentence = text(lang, f"problem.{problem.code}", **values)
    if problem.suggestion:
        sentence += text(lang, "word.did_you_mean", suggestion=problem.suggestion)
    return f"{problem.place}: {sentence}" if problem.place else sentence


def _in_words(lang: Language, value: object) -> object:
    key = system_key(value)
    return text(lang, key) if key else value
