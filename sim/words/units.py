"""Units of a model file in words of a language."""

from __future__ import annotations

import re

from sim.words.catalogue import Language, catalogue

_ATOM = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def units_of(units: str, lang: Language) -> str:
    """Units of a model file in words.

    >>> units_of("CNY100M/(Year*km2) [0,?]", "zh"), units_of("Dmnl", "en")
    ('亿元/(年*平方公里)', '1')
    """
    known = catalogue(lang)

    def word(atom: re.Match[str]) -> str:
        return known.get(f"figure.unit.{atom[0]}", atom[0])

    return _ATOM.sub(word, units.split(" [")[0].strip())
