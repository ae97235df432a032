"""What made a result: run id, versions and hashes, the same for the same inputs on any machine."""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sim._version import __version__
from sim.bundle import FILES, Bundle
from sim.engine.interface import Engine
from sim.folder import DRAWS, INPUTS
from sim.scenario.show import resolved_toml
from sim.scenario.types import DrawsFile, Scenario
from sim.tested import CONFIDENCE, FIGURES

LIBRARIES = ("numpy", "xarray", "pysd", "matplotlib", "openpyxl")


def inputs_text(scenario: Scenario) -> str:
    """The resolved scenario without comments: what of it can change a result, whatever file a value stands in."""
    lines = resolved_toml(scenario).splitlines()
    kept = [line.split("  #")[0].rstrip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    table = scenario.uncertainty.draws  # where it stands is of no account
    stands = [] if table is None else [f"draws {table.digest}"]
    return "\n".join([*(line for line in kept if not line.startswith(("bundle =", "lang =", "draws ="))), *stands])


def run_id(bundle: Bundle, scenario: Scenario, engine: Engine, reconstruction: str = "") -> str:
    """Stem of the scenario and six hex digits of everything that decides the numbers.

    Two runs with the same id have the same numbers: same bundle files, resolved scenario, version and engine, and where
    park tables are drawn anew, the same files that they are drawn from.
    """
    tested = "" if bundle.history == "untested" else f"history test {bundle.history}"  # every heading says it
    parts = (__version__, engine.describe(), bundle.fingerprint, inputs_text(scenario), reconstruction, tested)
    content = "\n".join(part for part in parts if part)
    return f"{scenario.path.stem}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"


def provenance(bundle: Bundle, scenario: Scenario, engine: Engine, reconstruction: str = "") -> dict[str, str]:
    """Attributes of a results Dataset; nothing in them depends on the day or the machine.

    Parameters
    ----------
    reconstruction
        Hash of the files from which park tables are drawn anew; "" where they are not.
    """
    drawn = {"reconstruction_sha256": reconstruction} if reconstruction else {}
    return {
        "run_id": run_id(bundle, scenario, engine, reconstruction),
        "scenario": scenario.path.stem,
        "scenario_name": scenario.name,
        "scenario_name_zh": scenario.name_zh,
        "information_until": str(scenario.information_until),
        "clock": f"{scenario.clock.start}-{scenario.clock.end} step {scenario.clock.step:g} {scenario.clock.method}",
        "seed": str(scenario.uncertainty.seed),
        "bundle": scenario.bundle.name,
        "bundle_sha256": bundle.fingerprint,
        "scenario_sha256": hashlib.sha256(inputs_text(scenario).encode()).hexdigest(),
        "engine": engine.describe(),
        "sim_version": __version__,
        "reported_base": scenario.reported_base,
        "history_test": bundle.history,
        "own_table": "0" if bundle.parks.shipped else "1",
        **drawn,
    }


def now() -> str:
    """The time of day, for a manifest.

    >>> now()[10]
    'T'
    """
    return datetime.now(UTC).isoformat(timespec="seconds")


def manifest(bundle: Bundle, scenario: Scenario, engine: Engine, reconstruction: str = "") -> dict[str, object]:
    """Fields of ``manifest.json``: the provenance, versions, the scenario's files, and when it was made.

    The time is here alone: every other file of a run is the same byte for byte if it is made again.
    """
    files = sorted({str(place.file) for place in scenario.origins.values()})
    return {
        **provenance(bundle, scenario, engine, reconstruction),
        "created": now(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "scenario_file": scenario.path.as_posix(),
        "scenario_files": files,
    }


def keep_inputs(bundle: Bundle, folder: Path, more: Iterable[str] = (), draws: DrawsFile | None = None) -> None:
    """Copy the files of the bundle that a run reads into the folder of its results, byte for byte.

    With them go those that state how the model's test against history ended, which every heading repeats.

    Parameters
    ----------
    more
        Further files of the bundle that these results rest on.
    draws
        The scenario's table of draws; it is kept as ``draws.csv``.
    """
    kept = folder / INPUTS
    kept.mkdir()
    stated = [name for name in (CONFIDENCE, FIGURES) if (bundle.path / name).is_file()]
    read = [name for name in FILES if (bundle.path / name).is_file()]  # one of them may be missing
    for name in (*read, *stated, *more):
        shutil.copyfile(bundle.path / name, kept / name)
    if draws is not None:
        shutil.copyfile(draws.path, kept / DRAWS)
