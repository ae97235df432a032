"""Which engine runs a model: the compiled kernel where it covers the model, PySD where it was asked for or must."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sim.cache import Cache
from sim.engine.covered import not_covered, refuse
from sim.engine.interface import Engine

Choice = Literal["auto", "compiled", "pysd"]
CHOICES: tuple[Choice, ...] = ("auto", "compiled", "pysd")


@dataclass(frozen=True)
class Chosen:
    """An engine for a model.

    Parameters
    ----------
    missing
        What of the model's language kernels don't cover, which is why PySD runs it; empty otherwise.
    """

    engine: Engine
    missing: tuple[str, ...] = ()


def choose(text: str, choice: Choice, cache: Cache | None = None, tell: Callable[[str], None] | None = None) -> Chosen:
    """The engine for a bound model text.

    Parameters
    ----------
    tell
        Told "compile" when a kernel has to be built.

    Raises
    ------
    InputError
        If the equations hold a mistake, or ``compiled`` was asked for and doesn't cover the model.
    """
    cache = cache or Cache()
    if choice != "pysd":
        missing = not_covered(text, cache)
        if not missing or choice == "compiled":
            refuse(missing)
            from sim.engine.compiled_engine import CompiledEngine  # imports xarray

            return Chosen(CompiledEngine(cache, tell))
    else:
        missing = ()
    from sim.engine.pysd_engine import PysdEngine  # takes a second to import

    return Chosen(PysdEngine(cache), missing)
