"""What decides the numbers of an ensemble, field by field: whether shards made elsewhere or earlier belong to it."""

from __future__ import annotations

import hashlib
import json
import platform
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from sim._version import __version__
from sim.bundle import FILES
from sim.errors import Place, Problem
from sim.provenance import inputs_text
from sim.reconstruct.source import FILES as SOURCES
from sim.study import Prepared

LIBRARIES = ("numpy", "scipy", "llvmlite")
"""Libraries that make numbers; whatever else is installed only writes them down."""

_WORDS = ("name", "name_zh", "description", "description_zh", "information_until")
_ANY_NUMBER = ("uncertainty.runs", "uncertainty.joint")
"""Settings of which the runs of an ensemble don't depend; a Latin hypercube does on the number of runs."""

_TOLD_OTHERWISE = (
    "run_id", "scenario", "scenario_name", "scenario_name_zh", "scenario_sha256", "information_until", "clock", "seed",
    "bundle", "bundle_sha256", "sim_version", "history_test",
)  # fmt: skip
_MOST_TOLD = 8


def versions() -> dict[str, str]:
    """Versions on which the bits of a run hang: of Python, the program with its sources, and the libraries.

    >>> sorted(versions())
    ['llvmlite', 'numpy', 'python', 'scipy', 'sim', 'sim sources']
    """
    own = {"sim": __version__, "sim sources": sources(), "python": ".".join(platform.python_version_tuple()[:2])}
    return own | {name: version(name) for name in LIBRARIES}


@cache
def sources() -> str:
    """Hash of the program's own text, 12 hex digits: two copies of one version may differ."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{file.relative_to(package).as_posix()}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def identity(prepared: Prepared, size: int) -> dict[str, str]:
    """Every field that decides the shards of a scenario's ensemble, for `differences`.

    Parameters
    ----------
    size
        Runs of a shard.
    """
    drawn = prepared.scenario.uncertainty
    settings = settings_of(inputs_text(prepared.scenario))
    settings["uncertainty.tables"] = str(drawn.tables)
    free = _ANY_NUMBER if drawn.design != "latin-hypercube" else _ANY_NUMBER[1:]
    told = versions()
    told |= {name: value for name, value in settings.items() if name not in (*_WORDS, *free)}
    files = (*FILES, *SOURCES) if "reconstruction_sha256" in prepared.provenance else FILES
    told |= {name: _hash(prepared.bundle.path / name) for name in files}
    told |= {name: value for name, value in prepared.provenance.items() if name not in _TOLD_OTHERWISE}
    return told | {"shard": str(size)}


def differences(found: Mapping[str, str], wanted: Mapping[str, str], code: str, place: Place | None) -> list[Problem]:
    """What differs, field by field; of very many the first.

    Parameters
    ----------
    code
        Of the problems: their text may name ``field``, ``found`` and ``wanted``.

    >>> differences({"numpy": "1", "sim": "3"}, {"numpy": "2", "sim": "3"}, "store_differs", None)[0].values["found"]
    '1'
    """
    names = [name for name in dict.fromkeys((*wanted, *found)) if found.get(name) != wanted.get(name)]
    return [
        Problem(place, code, {"field": name, "found": _short(found.get(name)), "wanted": _short(wanted.get(name))})
        for name in names[:_MOST_TOLD]
    ]


def settings_of(text: str) -> dict[str, str]:
    r"""Settings of a resolved scenario by dotted key; a line that sets nothing counts under its first word.

    >>> settings_of('name = "x"\n[clock]\nstep = 0.5\ndraws 0a1b')
    {'name': '"x"', 'clock.step': '0.5', 'draws': '0a1b'}
    """
    lines = text.splitlines()
    bare = [line for line in lines if "=" not in line and not line.startswith("[")]
    told = dict(_flat(tomllib.loads("\n".join(line for line in lines if line not in bare))))
    return told | {word: rest for word, _, rest in (line.partition(" ") for line in bare if line)}


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", json.dumps(value, ensure_ascii=False)


def _hash(file: Path) -> str:
    """Hash of a file without regard to line ends; "-" for one that is missing."""
    if not file.is_file():
        return "-"
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]


def _short(value: str | None) -> str:
    if value is None:
        return "-"
    return value if len(value) <= 60 else f"{value[:57]}…"
