"""The cache among others: foreign files, folders that cannot be written, a full disk, two processes at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sim.cache import Cache
from sim.cache_entry import MANIFEST
from tests.caches import AS_ROOT, FILES, KEY, NOBODY, OTHER, ROOT, as_root, entry, everything, posix, store

__all__ = ["store"]


# --- whom it belongs to


@posix
def test_for_this_user_alone(store: Cache) -> None:
    for path in (store.folder, entry(store).parent, entry(store)):
        assert path.stat().st_mode & 0o777 == 0o700
    for name in (*FILES, MANIFEST):
        assert (entry(store) / name).stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("below", [".", "kernels", f"kernels/{KEY}", f"kernels/{KEY}/kernel.o"])
def test_what_everybody_may_write_is_not_trusted(store: Cache, below: str) -> None:
    (store.folder / below).chmod(0o777)
    assert store.get("kernels", KEY) is None
    assert store.obstacle() == ("cache_foreign" if below in (".", "kernels") else "")
    store.put("kernels", KEY, FILES)
    assert store.get("kernels", KEY) == (None if store.obstacle() else FILES)


@as_root
@pytest.mark.parametrize("below", [".", "kernels", f"kernels/{KEY}", f"kernels/{KEY}/{MANIFEST}"])
def test_what_is_of_another_user_is_not_trusted(store: Cache, below: str) -> None:
    os.chown(store.folder / below, NOBODY, NOBODY)
    assert store.get("kernels", KEY) is None
    assert store.made_once("kernels", KEY, lambda: FILES) == FILES
    assert store.get("kernels", KEY) == (None if store.obstacle() else FILES)


# --- where nothing can be written


@contextmanager
def as_nobody() -> Iterator[None]:
    """For root may write anywhere."""
    if not AS_ROOT:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("below", ["", "cache", "cache/deep"])
def test_a_file_in_the_place_of_the_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"content of others")
    cache = Cache(tmp_path / "file" / below if below else tmp_path / "file")
    assert cache.made_once("kernels", KEY, lambda: FILES, "", 0.0) == FILES
    assert cache.get("kernels", KEY) is None
    assert cache.path("kernels", KEY, "kernel.o") is None
    assert cache.clear().entries == 0
    assert cache.obstacle() == "cache_unwritable"
    assert (tmp_path / "file").read_bytes() == b"content of others"


@posix
def test_a_folder_that_this_user_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o555)
    with as_nobody():
        cache = Cache(tmp_path / "cache")
        assert cache.made_once("kernels", KEY, lambda: FILES) == FILES
        assert cache.get("kernels", KEY) is None
        assert cache.entries() == []
        assert cache.obstacle()
    assert list((tmp_path / "cache").iterdir()) == []


@posix
def test_a_folder_made_read_only_is_still_read() -> None:
    with TemporaryDirectory() as name:  # not below tmp_path, into which nobody but its owner can look
        if AS_ROOT:
            os.chown(name, NOBODY, NOBODY)
        with as_nobody():
            cache = Cache(Path(name) / "cache")
            cache.put("kernels", KEY, FILES)
            os.utime(entry(cache) / MANIFEST, (0.0, 0.0))
            folders = [cache.folder, entry(cache).parent, entry(cache)]
            for folder in folders:
                folder.chmod(0o555)
            before = everything(cache.folder)
            assert cache.get("kernels", KEY) == FILES
            assert cache.path("kernels", KEY, "kernel.o") is not None
            assert cache.made_once("kernels", OTHER, lambda: FILES) == FILES
            assert cache.clear().kept == 1
            assert everything(cache.folder) == before
            assert cache.obstacle() == "cache_unwritable"
            for folder in folders:
                folder.chmod(0o755)


def run(store: Cache, *lines: str) -> subprocess.Popen[str]:
    """A process with the cache at hand."""
    head = [
        "import os, sys, time",
        "from pathlib import Path",
        "from sim.cache import Cache",
        f"cache, key, files = Cache(Path({str(store.folder)!r})), {OTHER!r}, {FILES!r}",
    ]
    return subprocess.Popen(
        [sys.executable, "-c", "\n".join([*head, *lines])], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


@posix
def test_a_full_disk_leaves_nothing(store: Cache) -> None:
    before = everything(store.folder)
    process = run(
        store, "import resource", "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))",
        "files = {'a': b'small', 'b': bytes(2000)}",
        "print(cache.made_once('kernels', key, lambda: files) == files)",
    )  # fmt: skip
    assert process.communicate()[0] == "True\n"
    assert everything(store.folder) == before


# --- two at once


def test_two_processes_make_one(store: Cache, tmp_path: Path) -> None:
    made = tmp_path / "made"
    lines = [
        "def make():",
        "    time.sleep(0.5)",
        f"    with open({str(made)!r}, 'a') as file: file.write('once ')",
        "    return files",
        "print(cache.made_once('kernels', key, make) == files)",
    ]
    processes = [run(store, *lines) for _ in range(2)]
    assert [process.communicate()[0] for process in processes] == ["True\n"] * 2
    assert made.read_text() == "once "
    assert store.get("kernels", OTHER) == FILES
    assert {path.name for path in entry(store).parent.iterdir()} == {KEY, OTHER}


def held(store: Cache) -> subprocess.Popen[str]:
    """A process that is making the entry, and will for a minute."""
    process = run(
        store, "cache.made_once('kernels', key, lambda: (print('making', flush=True), time.sleep(60)) and files)"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "making\n"
    return process


def test_the_lock_of_a_killed_process_holds_nobody_up(store: Cache) -> None:
    process = held(store)
    process.kill()
    process.communicate()
    start = time.monotonic()
    assert store.made_once("kernels", OTHER, lambda: FILES) == FILES
    assert time.monotonic() - start < 30
    assert store.get("kernels", OTHER) == FILES


def test_patience_has_an_end(store: Cache) -> None:
    process = held(store)
    try:
        assert store.made_once("kernels", OTHER, lambda: FILES, patience=0.1) == FILES
        assert store.get("kernels", OTHER) == FILES
        store.clear()  # while the other one is at work
        assert store.made_once("kernels", OTHER, lambda: FILES, patience=0.1) == FILES
    finally:
        process.kill()
        process.communicate()


def test_an_error_of_the_maker_passes_and_frees_the_lock(store: Cache) -> None:
    def fail() -> dict[str, bytes]:
        raise RuntimeError("no compiler")

    with pytest.raises(RuntimeError, match="no compiler"):
        store.made_once("kernels", OTHER, fail)
    assert store.made_once("kernels", OTHER, lambda: FILES, patience=0.0) == FILES
    assert {path.name for path in entry(store).parent.iterdir()} == {KEY, OTHER}


def test_readers_and_writers_never_see_a_half(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(15):
            cache.put("kernels", KEY, FILES)
            if (turn + number) % 4 == 0:
                cache.clear("kernels")
            found = cache.get("kernels", KEY)
            if found not in (None, FILES):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    cache.put("kernels", KEY, FILES)
    assert cache.get("kernels", KEY) == FILES
