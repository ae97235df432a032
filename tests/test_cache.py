"""The cache with real files and processes: damaged, foreign, unwritable, full, linked, two at once, cleared."""

from __future__ import annotations

import json
import os
import shutil
import string
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cache import KINDS, VARIABLE, Cache, default_folder, key_of
from sim.cache_entry import LAYOUT, MANIFEST, is_plain
from sim.cli.app import joined

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


# --- what goes in comes out

NAMES = st.text(string.ascii_lowercase + string.digits + "._-", min_size=1, max_size=30).filter(is_plain)


@settings(max_examples=60, deadline=None)
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


# --- the command


def sim(*arguments: str) -> tuple[int, str, str]:
    out, err, code = StringIO(), StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            joined()([*arguments], prog_name="sim")
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def used(store: Cache, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv(VARIABLE, str(store.folder))
    return store


@pytest.mark.parametrize(("lang", "words"), [("en", "compiled kernels"), ("zh", "已编译的计算内核")])
def test_the_table(used: Cache, lang: str, words: str) -> None:
    code, out, err = sim("cache", "--lang", lang)
    assert (code, err) == (0, "")
    assert str(used.folder) in out
    line = next(line for line in out.splitlines() if words in line)
    assert "(kernels)" in line
    assert " 1 " in line
    assert "kB" in line
    assert time.strftime("%Y-%m-%d", time.localtime(used.entries()[0].used)) in line


def test_json(used: Cache) -> None:
    code, out, _ = sim("cache", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["folder"], told["problem"]) == (str(used.folder), None)
    assert told["kinds"]["kernels"] == {"entries": 1, "bytes": told["bytes"]}
    (listed,) = told["entries"]
    assert (listed["key"], listed["description"]) == (KEY, "park model")


def test_clearing(used: Cache) -> None:
    assert sim("cache", "clear", "--kind", "models", "--lang", "en")[:2] == (0, f"nothing to remove in {used.folder}\n")
    code, out, _ = sim("cache", "clear", "--kind", "kernels", "--lang", "en")
    assert code == 0
    assert out.startswith("1 removed, 2.")
    code, out, _ = sim("cache", "--lang", "zh", "clear")
    assert code == 0
    assert "没有可删除的内容" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cache", "clear", "--kind", "kernel"], "did you mean 'kernels'"),
        (["cache", "claer"], "did you mean 'clear'"),
        (["cache", "--nope"], "no option '--nope'"),
        (["cache", "clear", "now"], "unexpected extra argument"),
    ],
)
def test_wrong_use(used: Cache, arguments: list[str], told: str) -> None:
    code, out, err = sim(*arguments, "--lang", "en")
    assert (code, out) == (2, "")
    assert told in err
    assert len(used.entries()) == 1


@posix
def test_a_folder_of_others_is_told_and_left(used: Cache) -> None:
    used.folder.chmod(0o777)
    code, _, err = sim("cache", "--lang", "en")
    assert code == 0
    assert "written by everybody" in err
    code, out, err = sim("cache", "clear", "--lang", "en")
    assert code == 2
    assert "nothing to remove" in out
    assert entry(used).exists()


def test_an_unwritable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    assert "nothing can be kept" in sim("cache", "--lang", "en")[2]
    assert sim("cache", "clear", "--lang", "en")[0] == 0
