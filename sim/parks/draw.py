"""A new draw of the reconstructed park table, by the script that the bundle keeps beside it."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sim.errors import InputError, Place, Problem
from sim.parks.columns import Columns
from sim.parks.read import FILE, ParkTable, table_from

SCRIPT = "reconstruct.py"
Reading = Literal["nested", "disjoint"]


def can_draw(bundle: Path) -> bool:
    """Whether the bundle keeps a script that draws its table anew (a user's own table has none)."""
    return (bundle / SCRIPT).is_file()


def draw_parks(bundle: Path, columns: Columns, seed: int, reading: Reading = "nested") -> ParkTable:
    """The park table of one draw: same parks, names and levels as in ``parks.csv``, other values.

    Raises
    ------
    InputError
        If the bundle's script cannot be run, or what it draws is no park table.
    """
    path = (bundle / SCRIPT).resolve()
    try:
        frame = load_script(path).reconstruct(seed, reading)
    except Exception as error:  # the script is the bundle's, anything may happen in it
        values = {"file": str(path), "reason": f"{type(error).__name__}: {error}"}
        raise InputError([Problem(Place(path), "parks_script", values)]) from error
    return table_from(frame, columns, bundle / FILE)


@cache
def load_script(path: Path) -> Any:
    """The bundle's script as a module, loaded once."""
    # a name of its own: two bundles in one process must not share the module
    spec = importlib.util.spec_from_file_location(f"sim_bundle_{abs(hash(path))}", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name while they are made
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
