"""The table of draws that a scenario names: found as its bundle is, and known by what stands in it."""

from __future__ import annotations

from pathlib import Path

from sim.errors import Problem
from sim.nearest import nearest
from sim.posterior import file_digest
from sim.scenario.read import path_text
from sim.scenario.types import DrawsFile
from sim.toml_values import Spot, refuse


def find_draws(named: str, folder: Path) -> Path | None:
    """The file ``named`` as seen from ``folder``, else from the nearest folder above that has it."""
    start = folder.resolve()
    for base in (start, *start.parents):
        if (base / named).is_file():
            return (base / named).resolve()
    return None


def _similar(path: Path) -> str:
    """A table beside the one that was meant, where its folder exists."""
    if not path.parent.is_dir():
        return ""
    found = nearest(path.name, (entry.name for entry in path.parent.iterdir() if entry.suffix.lower() == ".csv"))
    return found


def read_draws(spot: Spot, problems: list[Problem]) -> DrawsFile | None:
    """The table that a scenario file names; None with a problem noted. What stands in it is for the bundle to judge."""
    named = path_text(spot, problems)
    if named is None:
        return None
    folder = spot.toml.file.parent
    found = find_draws(named, folder)
    if found is None:
        code = "draws_is_folder" if (folder / named).is_dir() else "draws_missing"
        refuse(problems, spot, code, _similar(folder / named), file=named)
        return None
    try:
        return DrawsFile(found, named, file_digest(found))
    except OSError as error:
        refuse(problems, spot, "draws_unreadable", reason=error.strerror or error)
        return None
