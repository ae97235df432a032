"""The equations of a model text and what of its language kernels don't cover, each found once and kept in the cache."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cache import Cache, key_of
from sim.engine.compile import toolchain
from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from sim.model.ir import Equations


@lru_cache(maxsize=4)
def _read(text: str, key: str, cache: Cache) -> Equations:
    from sim.model.ir_json import from_json, to_json

    made: list[Equations] = []

    def make() -> dict[str, bytes]:
        from sim.model.translate import translate  # takes half a second to import

        made.append(translate(text, Path("model.mdl")))
        return {"equations.json": to_json(made[0])}

    files = cache.made_once("models", key, make, "equations")
    return made[0] if made else from_json(files["equations.json"])


def equations_of(text: str, cache: Cache) -> Equations:
    """The equations of a bound model text, from the cache or translated now.

    Raises
    ------
    InputError
        If the equations hold a mistake.
    NotCompiledError
        If the model holds what kernels don't cover.
    """
    return _read(text, key_of("equations", text, toolchain()), cache)


def not_covered(text: str, cache: Cache) -> tuple[str, ...]:
    """What of a model's language kernels don't cover, one phrase each; empty if they cover the model.

    Raises
    ------
    InputError
        If the equations hold a mistake.
    """
    files = cache.made_once("models", key_of("covered", text, toolchain()), lambda: _examine(text, cache), "coverage")
    return tuple(json.loads(files["missing.json"]))


def _examine(text: str, cache: Cache) -> dict[str, bytes]:
    from sim.model.translate import NotCompiledError

    try:
        equations_of(text, cache)
    except NotCompiledError as error:
        return {"missing.json": json.dumps([str(reason) for reason in error.reasons]).encode()}
    return {"missing.json": b"[]"}


def refuse(missing: Sequence[str]) -> None:
    """Refuse a model that kernels don't cover.

    Raises
    ------
    InputError
        With everything that isn't covered.
    """
    if missing:
        raise InputError(Problem(None, "not_compiled", {"reason": reason}) for reason in missing)
