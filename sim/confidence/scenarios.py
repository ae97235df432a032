"""The scenarios that go with a bundle: those in a folder ``scenarios`` beside it or above that name it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sim.bundle import Bundle
from sim.confidence.lab import Lab
from sim.errors import InputError, Problem
from sim.study import Prepared, bundle_named, prepare

FOLDER = "scenarios"


def scenarios_of(bundle: Bundle) -> tuple[Path, ...]:
    """Scenario files in the nearest folder ``scenarios`` beside the bundle or above it.

    >>> from sim.bundle import load_bundle
    >>> Path("scenarios/plan.toml").resolve() in scenarios_of(load_bundle(Path("models/inner-mongolia")))
    True
    """
    above = bundle.path.resolve()
    # an installed package keeps the two side by side
    near = next((folder / FOLDER for folder in (above, *above.parents[:3]) if (folder / FOLDER).is_dir()), None)
    return tuple(sorted(near.glob("*.toml"))) if near else ()


@lru_cache(maxsize=1)
def prepared(lab: Lab) -> dict[str, Prepared]:
    """The scenarios of a bundle by name of their file, ready to run.

    Raises
    ------
    InputError
        With every problem of all of them.
    """
    problems: list[Problem] = []
    found = {}
    for path in scenarios_of(lab.bundle):
        named = _bundle_of(path)
        if named is None or named.resolve() != lab.bundle.path.resolve():
            continue  # of another bundle, or not to be told; its mistakes are no mistakes of this one
        try:
            found[path.stem] = prepare(path, "compiled", lab.engine.cache, lab.engine.tell)
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise InputError(problems)
    return found


def _bundle_of(path: Path) -> Path | None:
    try:
        return bundle_named(path)
    except InputError:
        return None
