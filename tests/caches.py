"""A cache with one entry, for tests of what may happen to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sim.cache import Cache, key_of

ROOT = Path(__file__).parents[1]
KEY = key_of("the text of a model", b"version 1")
OTHER = key_of("another text")
FILES = {"kernel.o": bytes(range(256)) * 8, "source.py": b"x = 1\n", "empty": b""}
NOBODY = 65534
AS_ROOT = sys.platform != "win32" and os.geteuid() == 0
posix = pytest.mark.skipif(sys.platform == "win32", reason="owners and rights of POSIX")
as_root = pytest.mark.skipif(not AS_ROOT, reason="only root can give files to others")


@pytest.fixture
def store(tmp_path: Path) -> Cache:
    """A cache with one entry."""
    cache = Cache(tmp_path / "缓存 cache")
    cache.put("kernels", KEY, FILES, "park model")
    return cache


def entry(store: Cache) -> Path:
    return store.folder / "kernels" / KEY


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
