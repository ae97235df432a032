"""All mistakes of a model at once: those of single entries first, then what the others say with stand-ins for these."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sim.errors import Problem
from sim.model.mdl_text import Entry, stand_in

_ABSENT = frozenset({"model_reference", "model_control", "model_function_unknown"})
"""What can't be told of a file with a part that can't be read: the names may stand there."""

OF_ANY_NUMBERS = frozenset({
    "model_reference", "model_function_unknown", "model_equation", "model_syntax", "model_arguments", "model_no_lookup",
    "model_element", "model_not_reduced", "model_nothing_reduced", "model_macro", "model_macro_call",
})  # fmt: skip
"""What is wrong whatever numbers stand in the place of those that files don't give."""


def sound(found: Sequence[Entry], problems: Iterable[Problem]) -> tuple[Entry, ...]:
    """Entries with stand-ins for those whose equation is not complete; no parser reads these."""
    about = {(p.place.line, p.values["name"]) for p in problems if p.place and p.code == "model_equation"}
    return tuple(
        stand_in(entry) if not entry.is_subscript and (entry.line, entry.name) in about else entry for entry in found
    )


def each_once(problems: Iterable[Problem], lost: bool = False) -> list[Problem]:
    """Problems in the order of the file, each once; if a part is ``lost``, without those that it may answer.

    A name that nothing defines has no dimensions: what is said of these then is left out.
    """
    found = list(problems)
    unknown = {(one.place, one.values.get("name")) for one in found if one.code == "model_reference"}
    kept: dict[object, Problem] = {}
    for one in found:
        follows = one.code == "model_dimension" and (one.place, one.values.get("name")) in unknown
        if not follows and not (lost and one.code in _ABSENT):
            said = frozenset((key, str(value)) for key, value in one.values.items())
            kept.setdefault((one.place, one.code, said), one)
    return sorted(kept.values(), key=lambda one: (one.place.line if one.place else None) or math.inf)
