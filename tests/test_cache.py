"""The cache with real files: what goes in comes out, damage, clearing, size."""

from __future__ import annotations

import json
import os
import shutil
import string
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cache import KINDS, VARIABLE, Cache, default_folder, key_of
from sim.cache_entry import LAYOUT, MANIFEST, is_plain
from tests.caches import FILES, KEY, OTHER, entry, everything, posix, store

__all__ = ["store"]


# --- what goes in comes out

NAMES = st.text(string.ascii_lowercase + string.digits + "._-", min_size=1, max_size=30).filter(is_plain)


@settings(max_examples=60)
@given(files=st.dictionaries(NAMES, st.binary(max_size=500), max_size=4), kind=st.sampled_from(KINDS), text=st.text())
def test_what_was_put_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], kind: str, text: str
) -> None:
    cache = Cache(tmp_path_factory.getbasetemp() / "property")
    key = key_of(kind, text, repr(files))
    cache.put(kind, key, files, text)
    assert cache.get(kind, key) == files
    for name in files:
        path = cache.path(kind, key, name)
        assert path is not None
        assert path.read_bytes() == files[name]


@given(parts=st.lists(st.binary(max_size=4), max_size=4), others=st.lists(st.binary(max_size=4), max_size=4))
def test_only_equal_parts_have_one_key(parts: list[bytes], others: list[bytes]) -> None:
    assert (key_of(*parts) == key_of(*others)) == (parts == others)


def test_the_folder_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert default_folder().is_absolute()
    assert "sim-parks" in default_folder().parts
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert Cache().folder == tmp_path


def test_absent(store: Cache, tmp_path: Path) -> None:
    assert store.get("kernels", OTHER) is None
    assert store.get("models", KEY) is None
    assert store.path("kernels", KEY, "other.o") is None
    nowhere = Cache(tmp_path / "nowhere")
    assert nowhere.get("kernels", KEY) is None
    assert nowhere.entries() == []
    assert not nowhere.folder.exists()


@pytest.mark.parametrize("key", ["", "a" * 31, "a" * 65, KEY.upper(), "../" + "a" * 40, KEY + "\n", KEY[:40] + "/"])
def test_what_is_no_key(store: Cache, key: str) -> None:
    for call in (store.get, lambda kind, key: store.put(kind, key, {})):
        with pytest.raises(ValueError, match="not a key"):
            call("kernels", key)


@pytest.mark.parametrize("kind", ["", "..", "kernel", "kernels/..", "/"])
def test_what_is_no_kind(store: Cache, kind: str) -> None:
    for call in (lambda: store.get(kind, KEY), lambda: store.put(kind, KEY, {}), lambda: store.clear(kind)):
        with pytest.raises(ValueError, match="not a kind"):
            call()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "A", "nul", "con.py", "com1.o", MANIFEST, ".x", "x.", "x\n", "a:b",
             "a" * 81, "é"],
)  # fmt: skip
def test_what_is_no_name(store: Cache, name: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        store.put("kernels", OTHER, {"good": b"", name: b""})
    assert store.get("kernels", OTHER) is None


# --- damage


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes() or b"\0")
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] if path.stat().st_size else b"?")


def replaced_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" ?")


@pytest.mark.parametrize("damage", [flipped, truncated, grown, Path.unlink, replaced_by_folder])
@pytest.mark.parametrize("name", [*FILES])
def test_a_damaged_file_is_never_given(store: Cache, name: str, damage: Callable[[Path], None]) -> None:
    damage(entry(store) / name)
    assert store.get("kernels", KEY) is None
    assert not entry(store).exists()
    store.put("kernels", KEY, FILES)
    assert store.get("kernels", KEY) == FILES


def manifest(**changes: object) -> bytes:
    fields = {"layout": LAYOUT, "kind": "kernels", "key": KEY, "description": "", "files": {}} | changes
    return json.dumps(fields).encode()


def listed(**changes: object) -> bytes:
    return manifest(files={"source.py": {"size": 6, "sha256": "0" * 64} | changes})


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"[]", b"null", b"1", b"\xff\xfe", b"{}", b'{"program": "sim-parks"}', b"[" * 100_000, b"9" * 5000,
        manifest(layout=LAYOUT + 1), manifest(kind="models"), manifest(key=OTHER), manifest(files=[]),
        manifest(files=None), manifest(files={"../source.py": {}}), manifest(files={"/etc/passwd": {}}),
        manifest(files={"source.py": None}), manifest(files={"source.py": {}}), manifest(files={MANIFEST: {}}),
        listed(), listed(size="6"), listed(size=-1), listed(size=10**30), listed(sha256=None), b" " * (1 << 20) + b"{}",
    ],
    ids=range(26),
)  # fmt: skip
def test_another_manifest(store: Cache, text: bytes) -> None:
    (entry(store) / MANIFEST).write_bytes(text)
    assert len(store.entries()) == 1
    assert store.get("kernels", KEY) is None
    assert store.made_once("kernels", KEY, lambda: FILES) == FILES
    assert store.get("kernels", KEY) == FILES


@pytest.mark.parametrize("place", range(0, 600, 7))
def test_a_flipped_bit_in_the_manifest(store: Cache, place: int) -> None:
    path = entry(store) / MANIFEST
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << place % 8
    path.write_bytes(bytes(content))
    assert store.get("kernels", KEY) in (None, FILES)


@pytest.mark.parametrize("remains", [[], ["kernel.o"], ["model.py"]])
def test_half_an_entry_is_made_good(store: Cache, remains: list[str]) -> None:
    """As a power failure, or a version that wrote no manifest, leaves it."""
    shutil.rmtree(entry(store))
    entry(store).mkdir()
    for name in remains:
        (entry(store) / name).write_bytes(b"half")
    store.put("kernels", KEY, FILES)  # nobody looked before
    assert store.get("kernels", KEY) == FILES
    assert len(store.entries()) == 1


def test_a_file_in_the_place_of_an_entry(store: Cache) -> None:
    shutil.rmtree(entry(store))
    entry(store).write_bytes(b"")
    store.put("kernels", KEY, FILES)
    assert store.get("kernels", KEY) == FILES


def test_an_entry_copied_to_another_key(store: Cache) -> None:
    shutil.copytree(entry(store), entry(store).with_name(OTHER))
    assert store.get("kernels", OTHER) is None
    assert store.get("kernels", KEY) == FILES


def test_a_sound_entry_stays(store: Cache) -> None:
    before = (entry(store) / "kernel.o").stat().st_ino
    store.put("kernels", KEY, FILES)
    assert (entry(store) / "kernel.o").stat().st_ino == before
    assert everything(store.folder / "kernels") == {KEY, *(f"{KEY}/{name}" for name in (*FILES, MANIFEST))}


def test_what_nobody_checked_is_removed_before_a_path_is_given(store: Cache) -> None:
    (entry(store) / "__pycache__").mkdir()
    (entry(store) / "__pycache__" / "source.cpython-311.pyc").write_bytes(b"")
    (entry(store) / "json.py").write_bytes(b"")
    assert store.path("kernels", KEY, "source.py") == entry(store) / "source.py"
    assert everything(entry(store)) == {*FILES, MANIFEST}


# --- clearing, and what never goes


def test_clear_by_kind(store: Cache) -> None:
    store.put("models", OTHER, {"model.json": b"{}"})
    size = sum(path.stat().st_size for path in entry(store).iterdir())
    cleared = store.clear("kernels")
    assert (cleared.entries, cleared.size, cleared.kept) == (1, size, 0)
    assert [stored.kind for stored in store.entries()] == ["models"]
    assert store.clear().entries == 1
    assert store.clear().entries == 0


def test_clear_leaves_what_is_not_ours(store: Cache) -> None:
    kept = {"notes.txt", "models/inner-mongolia/park.mdl", "kernels/readme", "kernels/.hidden", "other/" + KEY + "/x"}
    for name in kept:
        path = store.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"own")
    for left in (".new-abc_1", ".old-0123456789abcdef"):
        (store.folder / "kernels" / left).mkdir()
    (store.folder / "kernels" / f".{KEY}.lock").write_bytes(b"1\n")
    assert store.clear().entries == 1
    assert {name for name in everything(store.folder) if (store.folder / name).is_file()} == kept
    assert {path.name for path in (store.folder / "kernels").iterdir()} == {"readme", ".hidden"}


@posix
@pytest.mark.parametrize("linked", ["kernels", f"kernels/{OTHER}", f"kernels/{KEY}/kernel.o", f"kernels/{KEY}/sub"])
def test_links_are_never_followed(store: Cache, tmp_path: Path, linked: str) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(entry(store), outside / KEY)
    shutil.copytree(entry(store), outside / OTHER)
    target = outside / KEY / "kernel.o" if linked.endswith(".o") else outside
    link = store.folder / linked
    if link.is_dir():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    before = everything(outside)
    for key in (KEY, OTHER):
        store.path("kernels", key, "kernel.o")
        store.get("kernels", key)
        store.put("kernels", key, FILES)
    store.entries()
    store.clear()
    assert everything(outside) == before
    assert (outside / KEY / "kernel.o").read_bytes() == FILES["kernel.o"]
    assert linked == "kernels" or not os.path.lexists(link)


@posix
def test_the_folder_itself_may_be_a_link(store: Cache, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store.folder)
    assert Cache(tmp_path / "link").get("kernels", KEY) == FILES
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert Cache(tmp_path / "round").made_once("kernels", KEY, lambda: FILES) == FILES
    assert Cache(tmp_path / "round").obstacle() == "cache_unwritable"


@posix
def test_a_pipe_is_not_waited_for(store: Cache) -> None:
    (entry(store) / "kernel.o").unlink()
    os.mkfifo(entry(store) / "kernel.o")
    assert store.get("kernels", KEY) is None


# --- size


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    day, now = 86400.0, time.time()
    cache = Cache(tmp_path, limit=5000)
    keys = {age: key_of(str(age)) for age in (40, 30, 20, 1)}
    for key in keys.values():
        cache.put("kernels", key, {"kernel.o": bytes(1500)})
    for age, key in keys.items():
        os.utime(tmp_path / "kernels" / key / MANIFEST, (now - age * day,) * 2)
    assert cache.get("kernels", keys[40]) is not None  # used: now it is the youngest
    left = tmp_path / "kernels" / ".new-left"
    left.mkdir()
    os.utime(left, (now - 2 * day,) * 2)
    cache.put("models", KEY, {"model.json": bytes(1500)})
    assert {stored.key for stored in cache.entries()} == {keys[40], keys[1], KEY}  # over the limit, but in use
    assert not left.exists()


def test_the_entries_are_looked_over_once_a_day(tmp_path: Path) -> None:
    """With thousands of them that takes longer than what is put in took to make."""
    cache, now = Cache(tmp_path), time.time()
    stale = tmp_path / "kernels" / ".new-left"
    for told, looked in [
        (None, True),  # not there yet
        (f"{int(now)} 100\n", False),
        (f"{int(now)} 100\n{cache.limit}\n", True),
        (f"{int(now)} {cache.limit + 1}\n5\n", False),  # more than the limit, and known to be in use
        (f"{now - 90_000:.0f} 100\n", True),
        (f"{now + 90_000:.0f} 100\n", True),
        ("1 2 3\n", True),
        ("", True),
        ("0" * 2_000_000, True),
    ]:
        stale.mkdir(parents=True, exist_ok=True)
        os.utime(stale, (now - 2 * 86400,) * 2)
        if told is not None:
            (tmp_path / ".tally").write_text(told, encoding="ascii")
        cache.put("models", key_of(str(told)), {"model.json": b"{}"})
        assert stale.exists() is not looked, told
    assert cache.clear().entries == 9
    assert not (tmp_path / ".tally").exists()
