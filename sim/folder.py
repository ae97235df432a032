"""The output folder, whole or not at all: written beside its place, then swapped in.

A folder ``NAME`` has these neighbours, all gone after a clean end: ``.NAME.partial-<pid>`` while it is
written, ``.NAME.previous`` during the swap, ``.NAME.lock`` as long as a process writes. ``NAME.new`` holds
new results that could not take the place of old ones because a file there was open in another program.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sim.errors import OutputError, Place, Problem
from sim.folder_lock import FileLock, LockHeldError

PROGRAM = "sim-parks"
"""``program`` in every ``manifest.json``: how a folder of results is told from a user's own folder."""

MANIFEST = "manifest.json"
RESOLVED = "scenario.resolved.toml"
"""The scenario with all its parents taken in, as it was run."""

INPUTS = "inputs"
"""Folder of a result with the files of the bundle as they were run, from which the run can be replayed."""

DRAWS = "draws.csv"
"""What the scenario's table of draws is called there."""

MARKER = ".sim-partial"

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_HELD = {errno.EACCES, errno.EPERM, errno.EBUSY}
_JUNK = {"thumbs.db", "desktop.ini", ".ds_store"}

Move = Callable[[Path, Path], object]


def manifest_bytes(fields: Mapping[str, object]) -> bytes:
    """The text of a ``manifest.json`` that :func:`output_folder` knows as its own (keys in order, UTF-8).

    >>> print(manifest_bytes({"seed": 1}).decode(), end="")
    {
      "program": "sim-parks",
      "seed": 1
    }
    """
    whole = {**fields, "program": PROGRAM}
    return (json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode("utf-8")


def read_manifest(folder: Path) -> dict[str, object] | None:
    """The manifest of a results folder; ``None`` if there is none or another program's.

    >>> read_manifest(Path("no-such-folder")) is None
    True
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("program") == PROGRAM else None


@dataclass(frozen=True)
class _Names:
    """The target and its neighbours."""

    target: Path

    def beside(self, suffix: str) -> Path:
        return self.target.with_name(f".{self.target.name}.{suffix}")

    @property
    def partial(self) -> Path:
        return self.beside(f"partial-{os.getpid()}")

    @property
    def previous(self) -> Path:
        return self.beside("previous")

    @property
    def new(self) -> Path:
        return self.target.with_name(f"{self.target.name}.new")


@contextmanager
def output_folder(target: Path, *, move: Move = Path.rename) -> Iterator[Path]:
    """A folder to write into, which takes the place of ``target`` when the block ends without an error.

    The block must write a ``manifest.json`` made by :func:`manifest_bytes`; ``files`` (size and SHA-256 of
    every file) is added to it. Files in the old folder that the program did not write are a user's own: they
    move along.

    Parameters
    ----------
    target
        The results folder; its parents are made.
    move
        Renames a folder; another one only in tests of what a system does that holds open files.

    Raises
    ------
    OutputError
        If the target holds files of others, another process writes it, it cannot be written, the disk is
        full, or a file in it is open elsewhere (then the new results are in ``NAME.new``). The old results
        always stand.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     target = Path(name) / "plan"
    ...     with output_folder(target) as folder:
    ...         _ = (folder / "targets.csv").write_bytes(b"id")
    ...         _ = (folder / "manifest.json").write_bytes(manifest_bytes({}))
    ...     sorted(path.name for path in target.iterdir()), len(list(Path(name).iterdir()))
    (['manifest.json', 'targets.csv'], 1)
    """
    names = _Names(_resolved(target))
    lock = _locked(names)
    try:
        _recover(names)
        _remove_stale_partials(names)
        _refuse_what_is_not_ours(names)
        with _partial_folder(names) as partial:
            yield partial
            _finish(partial)
            _swap(names, partial, move)
    finally:
        lock.release()


def write_whole(path: Path, content: bytes) -> None:
    """Write a single file whole or not at all (temporary neighbour, then replaced).

    Raises
    ------
    OutputError
        If it cannot be written; a file open elsewhere keeps its content, and the new one is beside it as
        ``NAME.new.EXT``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     write_whole(Path(name) / "a.csv", b"1")
    ...     (Path(name) / "a.csv").read_bytes()
    b'1'
    """
    temporary = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise OutputError([Problem(Place(path), "output_is_folder", {"path": str(path)})])
        temporary.write_bytes(content)
        try:
            temporary.replace(path)
        except PermissionError:
            beside = path.with_name(f"{path.stem}.new{path.suffix}")
            temporary.replace(beside)
            raise OutputError([_held_problem(path, path, beside)]) from None
    except OSError as error:
        raise OutputError([_problem_of(error, path)]) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


# --- before writing


def _resolved(target: Path) -> Path:
    """The real place of the folder (behind links); never where the user stands, for it gets renamed."""
    try:
        real = target.resolve()
        here = Path.cwd()
    except (OSError, RuntimeError) as error:
        values = {"path": str(target), "why": str(error)}
        raise OutputError([Problem(Place(target), "output_unwritable", values)]) from error
    if not real.name or real == here or real in here.parents:
        raise OutputError([Problem(Place(target), "output_is_current", {"path": str(target)})])
    return real


def _locked(names: _Names) -> FileLock:
    try:
        names.target.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(names.beside("lock"))
    except LockHeldError as held:
        values = {"path": str(names.target), "pid": held.pid}
        raise OutputError([Problem(Place(names.target), "output_busy", values)]) from None
    except OSError as error:
        raise OutputError([_problem_of(error, names.target)]) from error


def _recover(names: _Names) -> None:
    """Put right what a kill between the two renames of a swap left behind."""
    previous, target = names.previous, names.target
    if not previous.is_dir() or not _is_ours(previous):
        return
    if target.is_dir() and _is_empty(target):
        shutil.rmtree(target, ignore_errors=True)
    if not target.exists():
        previous.rename(target)
    elif _is_ours(target):
        shutil.rmtree(previous, ignore_errors=True)


def _remove_stale_partials(names: _Names) -> None:
    """Folders of dead processes: we hold the lock, so whoever wrote them is gone.

    Only with our exact name and our marker inside (or, killed in the middle of a swap, our manifest).
    """
    pattern = re.compile(re.escape(f".{names.target.name}.partial-") + r"[0-9]+")
    for path in names.target.parent.iterdir():
        ours = pattern.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
        if ours and ((path / MARKER).is_file() or read_manifest(path) is not None):
            shutil.rmtree(path, ignore_errors=True)


def _refuse_what_is_not_ours(names: _Names) -> None:
    for path in (names.target, names.previous):
        if path.is_dir():
            if not _is_ours(path):
                raise OutputError([Problem(Place(path), "output_not_ours", {"path": str(path)})])
        elif path.exists():
            raise OutputError([Problem(Place(path), "output_is_file", {"path": str(path)})])


def _is_empty(folder: Path) -> bool:
    return all(entry.name.lower() in _JUNK for entry in folder.iterdir())


def _is_ours(folder: Path) -> bool:
    return _is_empty(folder) or read_manifest(folder) is not None


@contextmanager
def _partial_folder(names: _Names) -> Iterator[Path]:
    partial = names.partial
    try:
        try:
            partial.mkdir()
            (partial / MARKER).write_bytes(b"")
        except OSError as error:
            raise OutputError([_problem_of(error, names.target)]) from error
        yield partial
    except OutputError as error:  # of a file inside: a user knows the folder by its final name only
        told = [_at_its_place(problem, partial, names.target) for problem in error.problems]
        raise OutputError(told) from error
    except OSError as error:
        if error.errno in _FULL | _FORBIDDEN and _is_within(error, partial):
            raise OutputError([_problem_of(error, names.target)]) from error
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # after a swap it has its new name


def _at_its_place(problem: Problem, partial: Path, target: Path) -> Problem:
    values = {
        key: value.replace(str(partial), str(target)) if isinstance(value, str) else value
        for key, value in problem.values.items()
    }
    place = problem.place
    if place is not None and place.file.is_relative_to(partial):
        place = replace(place, file=target / place.file.relative_to(partial))
    return replace(problem, place=place, values=values)


def _is_within(error: OSError, partial: Path) -> bool:
    """Errors in a write call carry no file name; one that names a file elsewhere is not about the output."""
    return error.filename is None or str(error.filename).startswith(str(partial))


# --- the swap


def _finish(partial: Path) -> None:
    """List what was written in the manifest and drop the marker: the folder is ready to be swapped in."""
    manifest = read_manifest(partial)
    if manifest is None:
        raise RuntimeError(f"the block wrote no {MANIFEST} by manifest_bytes()")
    (partial / MARKER).unlink()
    manifest["files"] = _inventory(partial)
    (partial / MANIFEST).write_bytes(manifest_bytes(manifest))


def _files(folder: Path) -> list[str]:
    """Relative names of all files, with forward slashes, in order."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.as_posix() for path in found)


def _inventory(folder: Path) -> dict[str, object]:
    listed: dict[str, object] = {}
    for name in _files(folder):
        if name != MANIFEST:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            listed[name] = {"bytes": (folder / name).stat().st_size, "sha256": digest}
    return listed


def _foreign_files(folder: Path) -> list[str]:
    """Files that are not in the manifest, without what Windows and Excel strew about."""
    listed = (read_manifest(folder) or {}).get("files")
    ours = {MANIFEST, MARKER, *(listed if isinstance(listed, dict) else ())}
    names = [name for name in _files(folder) if name not in ours]
    return [n for n in names if Path(n).name.lower() not in _JUNK and not Path(n).name.startswith("~$")]


def _carry_over(old: Path, partial: Path) -> None:
    """Copy what the old folder holds beyond our own files: a user's notes and drafts are never deleted."""
    for name in _foreign_files(old):
        goal = partial / name
        while goal.exists():  # the program writes a file of this name by now: the user's gets another
            goal = goal.with_name(f"{goal.stem}.kept{goal.suffix}")
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(old / name, goal, follow_symlinks=False)


def _swap(names: _Names, partial: Path, move: Move) -> None:
    target, previous = names.target, names.previous
    moved_away = False
    try:
        if target.exists():
            _carry_over(target, partial)
            _patiently(move, target, previous)
            moved_away = True
        _patiently(move, partial, target)
    except BaseException as error:
        if moved_away and not target.exists():
            previous.rename(target)
        if not isinstance(error, OSError):
            raise
        held = error.errno in _HELD
        problem = _left_beside(names, partial) if held else _problem_of(error, target)
        raise OutputError([problem]) from error
    shutil.rmtree(previous, ignore_errors=True)


def _patiently(move: Move, source: Path, goal: Path) -> None:
    """Rename; virus scanners hold fresh files for a moment, so a refusal is tried again before it counts."""
    for pause in (0.05, 0.2, 0.5):
        try:
            move(source, goal)
            return
        except PermissionError:
            time.sleep(pause)
    move(source, goal)


def _left_beside(names: _Names, partial: Path) -> Problem:
    """Keep the new results as ``NAME.new`` (or ``NAME.new2`` … where that holds something of the user's)."""
    for name in _foreign_files(partial):  # copies of the user's files: the originals are still in their place
        (partial / name).unlink()
    goal, number = names.new, 1
    while goal.exists() and not (read_manifest(goal) and not _foreign_files(goal)):
        number += 1
        goal = names.target.with_name(f"{names.target.name}.new{number}")
    shutil.rmtree(goal, ignore_errors=True)
    partial.rename(goal)
    return _held_problem(names.target, _held_file(names.target), goal)


def _held_file(folder: Path) -> Path:
    """The first file that cannot be opened for writing, as another program holds it; else the folder."""
    for name in _files(folder):
        try:
            with (folder / name).open("r+b"):
                pass
        except OSError:
            return folder / name
    return folder


def _held_problem(place: Path, held: Path, beside: Path) -> Problem:
    return Problem(Place(place), "output_held", {"held": str(held), "beside": str(beside)})


def _problem_of(error: OSError, path: Path) -> Problem:
    full, forbidden = error.errno in _FULL, error.errno in _FORBIDDEN
    code = "output_disk_full" if full else "output_forbidden" if forbidden else "output_unwritable"
    return Problem(Place(path), code, {"path": str(path), "why": error.strerror or str(error)})
