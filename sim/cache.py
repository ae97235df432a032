"""What can be made again, kept in the user's cache folder by the hash of what it was made from.

``FOLDER/KIND/KEY/`` holds the files of an entry and ``entry.json`` with the SHA-256 of each. Nothing in here is needed
and nothing is trusted unseen: what is damaged, unreadable, of another layout or writable by others counts as absent,
and what cannot be written is left. Which versions and which processor an entry was made for belongs in its key.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from sim.cache_entry import (
    MANIFEST,
    OLD,
    checked,
    discard,
    is_ours,
    is_plain,
    last_use,
    manifest_of,
    size_of,
    touch,
    write_entry,
)
from sim.cache_tally import Tally
from sim.folder_lock import FileLock, LockHeldError

KINDS = ("kernels", "models", "parks", "pysd")
"""Object code of kernels, parsed models, park tables, PySD's translated modules."""

VARIABLE = "SIM_CACHE_DIR"
"""Environment variable that names another cache folder; no result depends on it."""

_KEY = re.compile(r"[0-9a-f]{32,64}")
_NEW = ".new-"
_LEFT = re.compile(r"\.(?:new|old)-\w+|\.[0-9a-f]{32,64}\.lock")
_DAY = 86400.0

Obstacle = Literal["", "cache_foreign", "cache_unwritable"]


@dataclass(frozen=True)
class Stored:
    """One entry as ``sim cache`` lists it: size in bytes, last use in seconds since 1970 (to the day)."""

    kind: str
    key: str
    size: int
    used: float
    description: str


@dataclass(frozen=True)
class Cleared:
    """What :meth:`Cache.clear` did: entries removed, bytes freed, entries that could not be removed."""

    entries: int
    size: int
    kept: int


def key_of(*parts: str | bytes) -> str:
    """The key of what is made from ``parts``: SHA-256 (hex) over each with its length, so that no two lists clash.

    >>> key_of("ab", "c") == key_of("a", "bc")
    False
    >>> len(key_of("text", b"code"))
    64
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(raw) + raw)
    return digest.hexdigest()


def default_folder() -> Path:
    """The folder that ``SIM_CACHE_DIR`` names, else the system's place for a user's caches.

    >>> default_folder().is_absolute()
    True
    """
    named = os.environ.get(VARIABLE, "")
    return Path(named).absolute() if named else user_cache_path("sim-parks", appauthor=False).absolute()


class Cache:
    """The store. No method raises an ``OSError``: a cache that does not work makes a program slow, never wrong.

    Parameters
    ----------
    folder
        Where it lies; :func:`default_folder` if not given. Made when something is put in.
    limit
        Bytes beyond which the entries longest unused are dropped; none used in the last ``spare`` seconds is.

    Raises
    ------
    ValueError
        From every method: for a kind, key or file name that is not one, a mistake in the program.

    >>> with tempfile.TemporaryDirectory() as name:
    ...     cache = Cache(Path(name) / "cache")
    ...     key = key_of("model text", "version 1")
    ...     cache.put("models", key, {"model.json": b"{}"})
    ...     dict(cache.get("models", key)), cache.get("models", key_of("another text"))
    ({'model.json': b'{}'}, None)
    """

    def __init__(self, folder: Path | None = None, *, limit: int = 500_000_000, spare: float = 7 * _DAY) -> None:
        self.folder = default_folder() if folder is None else folder.absolute()
        self.limit = limit
        self.spare = spare

    # --- one entry

    def get(self, kind: str, key: str) -> Mapping[str, bytes] | None:
        """Every file of an entry, as it was put in (checked against its hash); ``None`` if there is no sound one.

        A damaged entry is removed where that is possible.
        """
        place = self._place(kind, key)
        if not self._usable(kind):
            return None
        try:
            place.lstat()
            files = checked(place, kind, key)
        except (ValueError, RecursionError):
            discard(place)
            return None
        except OSError:  # absent, or held open by another program for a moment: no reason to remove it
            return None
        touch(place)
        return files

    def put(self, kind: str, key: str, files: Mapping[str, bytes], description: str = "") -> None:
        """Keep ``files`` (content by plain lower-case name) under ``key``, all of them or nothing.

        If there is a sound entry already it stays: the same key means the same content. Where the folder cannot be
        written or the disk is full, nothing is kept.
        """
        place = self._place(kind, key)
        wrong = [name for name in files if not is_plain(name)]
        if wrong:
            raise ValueError(f"not a plain file name: {wrong}")
        folder = self._made(kind)
        if folder is None:
            return
        fresh = None
        with suppress(OSError):
            fresh = Path(tempfile.mkdtemp(prefix=_NEW, dir=folder))
        if fresh is None:
            return
        try:
            with suppress(OSError):
                write_entry(fresh, kind, key, files, description)
                self._take_place(fresh, place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)  # after the renaming there is none
        tally = Tally(self.folder)
        tally.add(size_of(place))
        if tally.due(self.limit):
            tally.begin(self._prune())

    def path(self, kind: str, key: str, name: str) -> Path | None:
        """Where a file of a sound entry lies, for what must be a file (a module to import); ``None`` without one.

        Whatever else lies beside it is removed first, such as byte code that Python left there and nobody checked.
        The cache may be cleared at any moment: whoever finds the file gone makes it in a temporary folder.
        """
        files = self.get(kind, key)
        if files is None or name not in files:
            return None
        place = self._place(kind, key)
        try:
            strays = [child for child in place.iterdir() if child.name not in {*files, MANIFEST}]
        except OSError:
            return None
        return None if [child for child in strays if not discard(child)] else place / name

    def made_once(
        self,
        kind: str,
        key: str,
        make: Callable[[], Mapping[str, bytes]],
        description: str = "",
        patience: float = 120.0,
    ) -> Mapping[str, bytes]:
        """The entry, made by ``make`` and put in if there is none.

        A second process (or thread) that asks meanwhile waits up to ``patience`` seconds for the first, then makes its
        own. The lock is the system's: it ends with the process that holds it. Errors of ``make`` pass through.

        >>> with tempfile.TemporaryDirectory() as name:
        ...     cache, key = Cache(Path(name)), key_of("x")
        ...     cache.made_once("kernels", key, lambda: {"object": b"1"}) == cache.get("kernels", key)
        True
        """
        found = self.get(kind, key)
        if found is not None:
            return found
        lock = self._locked(kind, key, patience)
        try:
            found = self.get(kind, key)  # the former holder of the lock may have made it
            if found is None:
                found = make()
                self.put(kind, key, found, description)
            return found
        finally:
            if lock is not None:
                lock.release()

    # --- the whole store

    def entries(self) -> list[Stored]:
        """Every entry, sound or not, by kind and key."""
        return [_stored(kind, place) for kind in KINDS for place in self._children(kind) if _KEY.fullmatch(place.name)]

    def clear(self, kind: str | None = None) -> Cleared:
        """Remove every entry (of one kind) and what killed processes left; nothing outside the folder is touched.

        Links in the place of an entry are removed, never followed; other files in the folder stay.
        """
        if kind is not None:
            _refuse_kind(kind)
        removed, size, kept = 0, 0, 0
        for each in KINDS if kind is None else (kind,):
            for place in self._children(each):
                if _KEY.fullmatch(place.name):
                    stored = _stored(each, place)
                    gone = discard(place)
                    removed, size, kept = removed + gone, size + gone * stored.size, kept + (not gone)
                elif _LEFT.fullmatch(place.name):
                    discard(place)
        if kind is None and self._usable(KINDS[0]):
            Tally(self.folder).end()
        return Cleared(removed, size, kept)

    def obstacle(self) -> Obstacle:
        """Why nothing can be kept; "" if it can.

        ``cache_foreign``: others may write there, or a link or file stands where a folder of ours should.
        """
        try:
            if not os.path.lexists(self.folder):
                above = next(parent for parent in self.folder.parents if parent.exists())
                return "" if above.is_dir() and os.access(above, os.W_OK) else "cache_unwritable"
            if self.folder.is_dir() and not is_ours(self.folder.resolve()):
                return "cache_foreign"
            if any(os.path.lexists(self.folder / kind) and not self._usable(kind) for kind in KINDS):
                return "cache_foreign"
            Path(tempfile.mkdtemp(prefix=_NEW, dir=self.folder)).rmdir()
        except OSError:
            return "cache_unwritable"
        return ""

    # --- places

    def _place(self, kind: str, key: str) -> Path:
        _refuse_kind(kind)
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key (32 to 64 hex digits): {key!r}")
        return self.folder / kind / key

    def _usable(self, kind: str) -> bool:
        """Both folders above an entry are ours; the upper one may be a link that the user made."""
        try:
            return is_ours(self.folder.resolve()) and is_ours(self.folder / kind)
        except (OSError, RuntimeError):  # a link that leads to itself
            return False

    def _made(self, kind: str) -> Path | None:
        folder = self.folder / kind
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            return None
        return folder if self._usable(kind) else None

    def _children(self, kind: str) -> list[Path]:
        if not self._usable(kind):
            return []
        try:
            return sorted((self.folder / kind).iterdir())
        except OSError:
            return []

    def _take_place(self, fresh: Path, place: Path) -> None:
        # On Windows a scanner that still reads the new files forbids the renaming for a moment: hence the pauses.
        for pause in (0.0, 0.05, 0.2):
            time.sleep(pause)
            try:
                fresh.rename(place)
            except OSError:
                with suppress(OSError, ValueError, RecursionError):
                    checked(place, place.parent.name, place.name)
                    return  # another process was first
                discard(place)
            else:
                return

    def _locked(self, kind: str, key: str, patience: float) -> FileLock | None:
        folder = self._made(kind)
        until = time.monotonic() + patience
        while folder is not None:
            try:
                return FileLock(folder / f".{key}.lock")
            except LockHeldError:
                if time.monotonic() >= until:
                    break
                time.sleep(0.05)
            except OSError:  # a file system without locks
                break
        return None

    def _prune(self) -> int:
        """Drop what killed processes left and, beyond the limit, what is longest unused; bytes that stay."""
        now = time.time()
        entries: list[tuple[float, int, Path]] = []
        for kind in KINDS:
            for place in self._children(kind):
                with suppress(OSError):
                    if place.name.startswith((_NEW, OLD)) and now - place.lstat().st_mtime > _DAY:
                        discard(place)
                if _KEY.fullmatch(place.name):
                    entries.append((last_use(place), size_of(place), place))
        total = sum(size for _, size, _ in entries)
        for used, size, place in sorted(entries):
            if total <= self.limit or now - used < self.spare:
                break
            if discard(place):
                total -= size
        return total


def _refuse_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"not a kind of entry: {kind!r}")


def _stored(kind: str, place: Path) -> Stored:
    description: object = ""
    with suppress(OSError, ValueError, RecursionError):
        if is_ours(place):
            description = manifest_of(place).get("description")
    told = description if isinstance(description, str) else ""
    return Stored(kind, place.name, size_of(place), last_use(place), told)
