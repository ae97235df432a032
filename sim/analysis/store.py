"""Finished shards of an ensemble in a zarr store (format 3), so that only what is missing is run again.

``FOLDER`` is a group whose attributes tell the ensemble; ``FOLDER/shard-000003`` is a group with the arrays of a shard
and their hash. A shard is written beside its place and renamed: it is there whole or not at all, and what a crash of
the machine leaves of it is told by the hash. Nothing in a store is code: arrays of plain numbers are read, by known
codecs, and nothing else.
"""

from __future__ import annotations

import errno
import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec
from zarr.storage import LocalStore

from sim.analysis.identity import differences
from sim.analysis.shard import Shard, Span, Supply, Tick
from sim.cache_entry import OLD, discard
from sim.errors import InputError, OutputError, Place, Problem
from sim.folder import PROGRAM
from sim.folder_lock import FileLock, LockHeldError

LAYOUT = 1
GROUP = "zarr.json"
_SHARD, _NEW, _LOCK = "shard-", ".new-", ".lock"
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_KINDS = {"values": "float64", "codes": "int8", "reached": "int16", "totals": "float64", "failed": "bool",
          "parks": "uint8"}  # fmt: skip
_CODECS = {"BytesCodec", "BloscCodec"}
_DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)
"""What zarr and its codecs raise for a store that isn't what was written."""


class Store:
    """Shards on disk; from `opened`."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self.known: dict[Span, bool] = {}

    def has(self, span: Span) -> bool:
        """Whether a shard is there whole, with at least so many runs; read to the last byte when first asked."""
        if span not in self.known:
            try:
                self.read(span)
                self.known[span] = True
            except _DAMAGED:
                self.known[span] = False
        return self.known[span]

    def read(self, span: Span) -> Shard:
        """A shard, or its first runs.

        Raises
        ------
        ValueError and others (``_DAMAGED``)
            If it is not there or not what was written.
        """
        group = zarr.open_group(LocalStore(self._place(span), read_only=True), mode="r", zarr_format=3)
        told = group.attrs.asdict()
        whole = Span(span.first, int(str(told["runs"])))
        if not span.runs <= whole.runs <= self.size or told["first"] != span.first:
            raise ValueError("other runs")
        shapes = told["shapes"]
        if not isinstance(shapes, dict) or set(shapes) != set(_KINDS):
            raise ValueError("other arrays")
        found = {name: _array(group, name, tuple(map(int, shape))) for name, shape in shapes.items()}
        if _hash(found) != told["sha256"]:
            raise ValueError("not what was written")
        return Shard(whole, **found).until(span.runs)  # type: ignore[arg-type]

    def put(self, shard: Shard) -> None:
        """Keep a shard; one that is there whole already stays.

        Raises
        ------
        OutputError
            If the disk is full or the store cannot be written; what was there before stays.
        """
        fresh = self.folder / f"{_NEW}{secrets.token_hex(8)}"
        arrays = shard.arrays()
        told = {"first": shard.span.first, "runs": shard.span.runs, "sha256": _hash(arrays),
                "shapes": {name: list(array.shape) for name, array in arrays.items()}}  # fmt: skip
        try:
            group = zarr.create_group(LocalStore(fresh), zarr_format=3, attributes=told)
            for name, array in arrays.items():
                if array.size:
                    group.create_array(name, data=np.ascontiguousarray(array), chunks=array.shape, compressors=_codec())
            self._take_place(fresh, shard.span)
        except OSError as error:
            raise OutputError([self._problem(error)]) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        self.known[shard.span] = True

    def runs(self, wanted: Sequence[Span]) -> int:
        """How many of some runs are there."""
        return sum(span.runs for span in wanted if self.has(span))

    def finished(self) -> int:
        """Runs of all shards that are known to be there whole."""
        return sum(span.runs for span, there in self.known.items() if there)

    def through(self, supply: Supply) -> Supply:
        """Shards in the order in which they are asked for: those that are here read, the others computed and kept."""

        def kept(wanted: Sequence[Span], tick: Tick) -> Iterator[Shard]:
            there = {span for span in wanted if self.has(span)}
            missing = [span for span in wanted if span not in there]
            tick(sum(span.runs for span in there))
            with closing(supply(missing, tick)) as made:  # type: ignore[type-var]
                for span in wanted:
                    shard: Shard | None = None
                    while span not in there:
                        shard = next(made)
                        self.put(shard)
                        there.add(shard.span)
                    yield shard if shard is not None and shard.span == span else self._again(span)

        return kept

    def _again(self, span: Span) -> Shard:
        try:
            return self.read(span)
        except _DAMAGED as error:
            raise InputError([Problem(Place(self._place(span)), "store_changed")]) from error

    def _place(self, span: Span) -> Path:
        return self.folder / f"{_SHARD}{span.first // self.size:06d}"

    def _take_place(self, fresh: Path, span: Span) -> None:
        place = self._place(span)
        for pause in (0.0, 0.05, 0.2, 0.5):  # a scanner that reads the new files forbids it for a moment on Windows
            time.sleep(pause)
            if place.exists():
                with suppress(*_DAMAGED):
                    self.read(span)
                    return
                discard(place)
            with suppress(PermissionError, FileExistsError):
                fresh.rename(place)
                return
        fresh.rename(place)

    def _problem(self, error: OSError) -> Problem:
        code = "store_full" if error.errno in _FULL else "store_unwritable"
        return Problem(None, code, {"path": str(self.folder), "why": error.strerror or str(error)})


@contextmanager
def opened(
    folder: Path, wanted: Mapping[str, str], size: int, *, resume: bool = False, passing: bool = False
) -> Iterator[Store]:
    """The store of an ensemble, made if there is none; no other process may have it meanwhile.

    Parameters
    ----------
    wanted
        From `sim.analysis.identity.identity`.
    resume
        Whether there must be one.
    passing
        Whether it is kept only until the results are written: removed if the block ends without an error, and
        replaced if it is that of another ensemble, unless it is to be resumed.

    Raises
    ------
    InputError
        ``store_nothing`` where there must be one, ``store_differs`` for that of another ensemble, field by field,
        ``store_not_ours`` for a folder or file of others, ``store_busy`` if another process has it.
    OutputError
        If it cannot be written.
    """
    store = Store(folder.absolute(), size)
    folder = store.folder
    try:
        _check(folder, wanted, resume, passing)
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
    except LockHeldError as error:
        raise InputError([Problem(Place(folder), "store_busy", {"pid": error.pid})]) from None
    except OSError as error:
        raise OutputError([store._problem(error)]) from error
    done = False
    try:
        _make_ready(store, wanted, resume, passing)
        yield store
        done = True
    finally:
        lock.release()
        if passing and (done or not any(folder.glob(f"{_SHARD}*"))):
            _clear(folder)
            with suppress(OSError):  # whatever else lies there is somebody's
                folder.rmdir()


def _make_ready(store: Store, wanted: Mapping[str, str], resume: bool, passing: bool) -> None:
    """Clear away what killed processes left, and what a store of another ensemble held; write what this one is."""
    folder = store.folder
    differs = _check(folder, wanted, resume, passing)  # another process may have made it meanwhile
    _clear(folder, "" if differs else _NEW, OLD)
    if (folder / GROUP).exists():
        return
    fresh = folder / f"{_NEW}{secrets.token_hex(8)}"
    try:
        told = {"program": PROGRAM, "holds": "shards", "layout": LAYOUT, "ensemble": dict(wanted)}
        zarr.create_group(LocalStore(fresh), zarr_format=3, attributes=told)
        (fresh / GROUP).replace(folder / GROUP)
    except OSError as error:
        raise OutputError([store._problem(error)]) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _clear(folder: Path, *starts: str) -> None:
    """Remove what this program made in a store, or of it what has such a name; nothing else."""
    for path in folder.iterdir():
        ours = path.name == GROUP or path.name.startswith((_SHARD, _NEW, OLD))
        if ours and path.name.startswith(starts or ""):
            discard(path)


def _check(folder: Path, wanted: Mapping[str, str], resume: bool, passing: bool) -> bool:
    """Whether a store that may be replaced is that of another ensemble; refuses others' folders and other ensembles."""
    place = Place(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError([Problem(None, "store_not_ours", {"path": str(folder)})])
    told = _told(folder)
    if told is None:
        if folder.is_dir() and any(path.name != _LOCK and not path.name.startswith(_NEW) for path in folder.iterdir()):
            raise InputError([Problem(None, "store_not_ours", {"path": str(folder)})])
        if resume:
            raise InputError([Problem(None, "store_nothing", {"path": str(folder)})])
        return False
    found = differences(told, wanted, "store_differs", place)
    if found and (resume or not passing):
        raise InputError(found)
    return bool(found)


def _told(folder: Path) -> dict[str, str] | None:
    """What the ensemble of a store is; ``None`` where there is no store of ours."""
    try:
        found = json.loads((folder / GROUP).read_text(encoding="utf-8"))
        attrs = found["attributes"]
        if (found["zarr_format"], attrs["program"], attrs["holds"]) != (3, PROGRAM, "shards"):
            return None
        fields = {str(key): str(value) for key, value in attrs["ensemble"].items()}
        return fields if attrs["layout"] == LAYOUT else fields | {"layout": str(attrs["layout"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _codec() -> BloscCodec:
    """Light: numbers of runs hardly shrink (totals to 85 %), verdicts and parks do."""
    return BloscCodec(cname="lz4", clevel=3, shuffle="shuffle")


def _array(group: zarr.Group, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.generic]:
    """An array of the kind that is written here, and no other."""
    if 0 in shape:
        return np.zeros(shape, dtype=_KINDS[name])
    array = group[name]
    if not isinstance(array, zarr.Array) or array.shape != shape or str(array.dtype) != _KINDS[name]:
        raise ValueError("another array")
    codecs = {type(codec).__name__ for codec in array.metadata.codecs}  # type: ignore[union-attr]
    if not codecs <= _CODECS:
        raise ValueError("other codecs")
    return np.asarray(array[...])


def _hash(arrays: Mapping[str, npt.NDArray[np.generic]]) -> str:
    digest = hashlib.sha256()
    for name in _KINDS:
        array = np.ascontiguousarray(arrays[name])
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name}{array.shape}".encode() + little.tobytes())
    return digest.hexdigest()
