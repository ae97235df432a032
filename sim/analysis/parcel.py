"""What another process or machine needs to compute shards: the scenario and the files of its bundle, in one piece."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from sim.analysis.ensemble import Road, resized, road_of
from sim.analysis.identity import identity
from sim.analysis.shard import Shard, Span
from sim.folder import RESOLVED
from sim.provenance import keep_inputs
from sim.recall import as_it_was
from sim.reconstruct.source import FILES as SOURCES
from sim.scenario.show import resolved_toml
from sim.study import Prepared, prepare


@dataclass(frozen=True)
class Parcel:
    """A scenario on its way.

    Parameters
    ----------
    packed
        A zip file with the resolved scenario and the files of its bundle.
    name
        Stem of the scenario file.
    identity
        What whoever opens it must find too, see `sim.analysis.identity`.
    size
        Runs of a shard.
    """

    packed: bytes
    name: str
    identity: Mapping[str, str]
    size: int


def parcel_of(prepared: Prepared, size: int) -> Parcel:
    """Everything that decides an ensemble: whoever opens it needs nothing of this machine."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sources = SOURCES if "reconstruction_sha256" in prepared.provenance else ()
        keep_inputs(prepared.bundle, folder, sources, prepared.scenario.uncertainty.draws)
        (folder / RESOLVED).write_text(resolved_toml(prepared.scenario), encoding="utf-8", newline="\n")
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                packed.write(file, file.relative_to(folder).as_posix())
    return Parcel(buffer.getvalue(), prepared.scenario.path.stem, dict(identity(prepared, size)), size)


def computed(parcel: Parcel, span: Span, room: str | None = None) -> Shard | dict[str, str]:
    """A shard of a parcel's ensemble; or what the ensemble is here, where that is another one.

    Parameters
    ----------
    room
        Folder in which the parcel is unpacked for a moment.
    """
    with _opening:  # threads of one process share what is opened
        here, road = _opened(parcel.packed, parcel.name, parcel.size, room)
    if here != parcel.identity or road is None:
        return here
    (shard,) = road.shards([span], lambda _: None)
    return shard


_opening = Lock()


@lru_cache(maxsize=2)
def _opened(packed: bytes, name: str, size: int, room: str | None) -> tuple[dict[str, str], Road | None]:
    """The identity of a parcel's ensemble as it comes out here, and its road."""
    with tempfile.TemporaryDirectory(dir=room) as temporary:
        folder = Path(temporary)
        with zipfile.ZipFile(io.BytesIO(packed)) as inside:
            inside.extractall(folder)
        prepared = resized(prepare(as_it_was(folder, folder / f"{name}.toml"), "compiled"))
        return identity(prepared, size), road_of(prepared, threads=1)
