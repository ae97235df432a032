"""Where the shipped bundle and scenarios are: inside an installed package, or in a checkout of the project."""

from __future__ import annotations

import shutil
from pathlib import Path

from sim.errors import OutputError, Place, Problem

PACKAGE = Path(__file__).parent
PROJECT = PACKAGE.parents[1]
BUNDLE_NAME = "inner-mongolia"


def bundle_folder() -> Path:
    """Folder of the shipped bundle.

    >>> (bundle_folder() / "park.mdl").is_file()
    True
    """
    inside = PACKAGE / "bundle"
    return inside if (inside / "park.mdl").is_file() else PROJECT / "models" / BUNDLE_NAME


def scenarios_folder() -> Path:
    """Folder of the shipped scenarios.

    >>> (scenarios_folder() / "plan.toml").is_file()
    True
    """
    inside = PACKAGE / "scenarios"
    return inside if (inside / "plan.toml").is_file() else PROJECT / "scenarios"


def copy_starter(target: Path) -> Path:
    """Copy the shipped bundle and scenarios into a new or empty folder; returns the bundle's folder there.

    Raises
    ------
    OutputError
        If the folder exists and is not empty, or cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError([Problem(Place(target), "folder_not_empty")])
    bundle = target / "models" / BUNDLE_NAME
    skip = shutil.ignore_patterns("__pycache__", "__init__.py")
    try:
        shutil.copytree(bundle_folder(), bundle, ignore=skip)
        shutil.copytree(scenarios_folder(), target / "scenarios", ignore=skip)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise OutputError([Problem(Place(target), "folder_unmade", {"reason": str(error)})]) from None
    return bundle
