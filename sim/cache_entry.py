"""One entry of the cache on disk: a folder of files with ``entry.json``, written once, checked at every reading.

A hash finds damage; that nobody else wrote an entry is told by its owner and its rights.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

LAYOUT = 1
MANIFEST = "entry.json"
OLD = ".old-"

# Lower case only: on some systems two names that differ in case are the same file.
_NAME = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9_](?:[a-z0-9._-]{0,78}[a-z0-9_-])?")
_MOST_MANIFEST = 1 << 20
_DAY = 86400.0
_READ = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"))
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_LINK_TAGS = {getattr(stat, f"IO_REPARSE_TAG_{name}", None) for name in ("SYMLINK", "MOUNT_POINT")} - {None}


def is_plain(name: str) -> bool:
    """Whether a file of an entry may have this name: lower case, no folder, none that Windows reserves.

    >>> [name for name in ("model.py", "Model.py", "../x", "nul.py", "entry.json") if is_plain(name)]
    ['model.py']
    """
    return name != MANIFEST and _NAME.fullmatch(name) is not None


def is_ours(folder: Path) -> bool:
    """Whether it is a real folder, no link, into which nobody else can have written: kernels are machine code.

    >>> is_ours(Path("no-such-folder"))
    False
    """
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and not _is_link(found) and _only_ours(found)


def _is_link(found: os.stat_result) -> bool:
    """A symbolic link, or a junction of Windows, which looks like a folder."""
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", None) in _LINK_TAGS


def _only_ours(found: os.stat_result) -> bool:
    if sys.platform == "win32":  # the folder of a user's own data is closed to others there
        return True
    else:
        return found.st_uid == os.geteuid() and not found.st_mode & stat.S_IWOTH


# --- reading


def checked(place: Path, kind: str, key: str) -> dict[str, bytes]:
    """The files of an entry by name.

    Raises
    ------
    ValueError
        If it isn't exactly what was put in, or others may have written it. (``RecursionError`` from a manifest that
        is nested a thousand deep.)
    OSError
        If it cannot be read.
    """
    if not is_ours(place):
        raise ValueError("not a folder that only this user can write")
    manifest = manifest_of(place)
    if (manifest.get("layout"), manifest.get("kind"), manifest.get("key")) != (LAYOUT, kind, key):
        raise ValueError("an entry of another layout or place")
    listed = manifest.get("files")
    if not isinstance(listed, dict) or not all(is_plain(name) for name in listed):
        raise ValueError("no list of files")
    return {name: _content(place / name, expected) for name, expected in listed.items()}


def manifest_of(place: Path) -> dict[str, object]:
    """The manifest as it stands, its files not looked at; errors as of :func:`checked`."""
    manifest = json.loads(read_ours(place / MANIFEST, _MOST_MANIFEST))
    if not isinstance(manifest, dict):
        raise ValueError("not a manifest")
    return manifest


def _content(path: Path, expected: object) -> bytes:
    size = expected.get("size") if isinstance(expected, dict) else None
    if not isinstance(expected, dict) or not isinstance(size, int):
        raise ValueError("no size")
    content = read_ours(path, size)
    if len(content) != size or hashlib.sha256(content).hexdigest() != expected.get("sha256"):
        raise ValueError("not the content that was put in")
    return content


def read_ours(path: Path, most: int) -> bytes:
    """A plain file of ours, of at most ``most`` bytes; what else may lie there is neither followed nor waited for."""
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        raise ValueError("a file is missing") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or not _only_ours(found) or found.st_size > most:
            raise ValueError("not a file of ours")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(found.st_size)
    finally:
        os.close(descriptor)


def touch(place: Path) -> None:
    """Note the use, once a day: a read-only folder or a slow network drive is asked no more than that."""
    manifest = place / MANIFEST
    with suppress(OSError):
        if abs(time.time() - manifest.lstat().st_mtime) > _DAY:
            os.utime(manifest)


def last_use(place: Path) -> float:
    """Seconds since 1970 of the last use, to the day; 0 if nothing tells it."""
    used = 0.0
    with suppress(OSError):
        used = place.lstat().st_mtime
        used = (place / MANIFEST).lstat().st_mtime
    return used


def size_of(place: Path) -> int:
    """Bytes in all files below, links not followed."""
    size = 0
    with suppress(OSError):
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or _is_link(found):
            return found.st_size
        for folder, _, names in os.walk(place):
            size += sum((Path(folder) / name).lstat().st_size for name in names)
    return size


# --- writing and removing


def write_entry(folder: Path, kind: str, key: str, files: Mapping[str, bytes], description: str) -> None:
    """Write files and manifest into an empty folder, for this user alone; the manifest comes last."""
    listed = {n: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)} for n, content in files.items()}
    fields = {"layout": LAYOUT, "kind": kind, "key": key, "description": description[:200], "files": listed}
    manifest = json.dumps(fields, indent=1, sort_keys=True).encode("ascii") + b"\n"
    for name, content in [*files.items(), (MANIFEST, manifest)]:
        with os.fdopen(os.open(folder / name, _WRITE, 0o600), "wb") as file:
            file.write(content)


def discard(place: Path) -> bool:
    """Remove a link itself, a file, or a folder with what is in it; whether it is gone. Links are never followed."""
    with suppress(OSError):
        found = place.lstat()
        if stat.S_ISDIR(found.st_mode) and not _is_link(found):
            aside = place.with_name(f"{OLD}{secrets.token_hex(8)}")
            place.rename(aside)  # first, so that no reader meets half an entry
            shutil.rmtree(aside, ignore_errors=True)
        else:
            place.unlink()
    return not os.path.lexists(place)
