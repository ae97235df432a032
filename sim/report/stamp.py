"""What a figure's file says of itself: the runs behind it, and how it was drawn. Nothing of the day or the machine.

The stamp is one line of ASCII, so that the metadata of PNG, SVG and PDF hold it alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

VERSION = 1
KEY = "sim-stamp"
"""Name of the text in a PNG file."""

APART = "--"
"""In the arguments of an ensemble's figure: before it stands how the ensemble is run, after it how it is drawn."""

RUN = (
    *("run_id", "scenario", "scenario_name", "scenario_name_zh", "information_until", "clock", "seed", "bundle"),
    *("bundle_sha256", "scenario_sha256", "engine", "sim_version", "reported_base", "history_test", "own_table"),
    *("runs", "tables"),
)
"""Attributes of results that a stamp keeps."""

LONGEST = 20_000
"""Characters of a stamp, many times what one takes."""


@dataclass(frozen=True)
class Stamp:
    """The stamp of a figure.

    Parameters
    ----------
    figure
        Its code, the stem of its file.
    kind
        ``run``, ``comparison`` of several, ``ensemble``, ``ensembles`` side by side, or ``sensitivity``.
    arguments
        What follows the folder on the command line that draws it again; of an ensemble see :data:`APART`.
    runs
        Attributes of the runs behind it, see :data:`RUN`.
    libraries
        Versions of what drew it.

    >>> stamp = Stamp("5-land", "run", ("--lang", "zh"), ({"run_id": "plan-1a2b3c"},), {"matplotlib": "3.10"})
    >>> parsed(stamp.text()) == stamp
    True
    """

    figure: str
    kind: str
    arguments: tuple[str, ...]
    runs: tuple[Mapping[str, str], ...]
    libraries: Mapping[str, str]

    @property
    def run_ids(self) -> str:
        """Identifiers of the runs, with a blank between them."""
        return " ".join(run.get("run_id", "") for run in self.runs)

    def of(self, figure: str) -> Stamp:
        """The same for another figure, or another page of it."""
        return replace(self, figure=figure)

    def text(self) -> str:
        """The stamp as one line of ASCII."""
        fields = {
            "sim-stamp": VERSION, "figure": self.figure, "kind": self.kind, "arguments": list(self.arguments),
            "runs": [dict(run) for run in self.runs], "libraries": dict(self.libraries),
        }  # fmt: skip
        return json.dumps(fields, ensure_ascii=True, separators=(",", ":"))


def stamped(
    runs: Sequence[Mapping[str, object]], kind: str, arguments: Sequence[str], libraries: Mapping[str, str]
) -> Stamp:
    """A stamp without a figure yet, from the attributes of results."""
    kept = tuple({key: str(attrs[key]) for key in RUN if key in attrs} for attrs in runs)
    return Stamp("", kind, tuple(arguments), kept, dict(libraries))


def parsed(line: str) -> Stamp:
    """The stamp in a text that may come from anybody.

    Raises
    ------
    ValueError
        If it is none, of a later version, or holds what could spoil a terminal.

    >>> parsed('{"sim-stamp": 99}')
    Traceback (most recent call last):
    ...
    ValueError: not a stamp of version 1
    """
    if len(line) > LONGEST:
        raise ValueError("too long")
    fields = json.loads(line)
    if not isinstance(fields, dict) or fields.get(KEY) != VERSION:
        raise ValueError(f"not a stamp of version {VERSION}")
    runs = fields.get("runs")
    if not isinstance(runs, list) or not runs:
        raise ValueError("no runs")
    arguments = fields.get("arguments")
    if not isinstance(arguments, list):
        raise ValueError("no arguments")
    return Stamp(
        _plain(fields.get("figure")),
        _plain(fields.get("kind")),
        tuple(_plain(argument) for argument in arguments),
        tuple(_texts(run) for run in runs),
        _texts(fields.get("libraries")),
    )


def _texts(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        raise ValueError("not a table")
    return {_plain(key): _plain(value) for key, value in found.items()}


def _plain(found: object) -> str:
    if not isinstance(found, str) or not found.replace("\u3000", " ").isprintable():
        raise ValueError("not a plain text")
    return found
