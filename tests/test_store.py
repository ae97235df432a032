"""Shards of an ensemble and the store that keeps them: the same bits, whole or not at all, never another ensemble's."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from zarr.storage import LocalStore

from sim.analysis.ensemble import resized, road_of, run_ensemble
from sim.analysis.ensemble_result import EnsembleResult
from sim.analysis.identity import identity
from sim.analysis.shard import SHARD, Shard, Span, Supply, Tick, in_order, spans, together
from sim.analysis.store import Store, opened
from sim.analysis.write_ensemble import bands_dataset, joint_csv, parks_csv, runs_dataset, targets_csv
from sim.errors import InputError
from sim.folder_lock import FileLock
from sim.study import Prepared, prepare
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

RUNS, SIZE = 40, 16
PLAN = "scenarios/plan.toml"
FILES = ("targets.csv", "joint.csv", "parks.csv", "runs.nc", "bands.nc")


@pytest.fixture(scope="module")
def ready(started: Workplace) -> Prepared:
    with chdir(started.folder):
        return resized(prepare(started.folder / PLAN, "compiled"), RUNS)


@pytest.fixture(scope="module")
def whole(ready: Prepared) -> EnsembleResult:
    return run_ensemble(ready, threads=1)


@pytest.fixture(scope="module")
def filled(ready: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with all shards."""
    folder = tmp_path_factory.mktemp("store") / "已完成"
    with opened(folder, identity(ready, SIZE), SIZE) as store:
        run_ensemble(ready, 2, through=store.through, size=SIZE)
    return folder


@pytest.fixture
def kept(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "store"))


def same(one: EnsembleResult, other: EnsembleResult) -> bool:
    tables = all(table(one) == table(other) for table in (targets_csv, joint_csv, parks_csv))
    return tables and all(data(one).identical(data(other)) for data in (runs_dataset, bands_dataset))


def again(ready: Prepared, folder: Path, size: int = SIZE) -> tuple[EnsembleResult, list[Span]]:
    """An ensemble through a store, and which spans had to be computed."""
    asked: list[Span] = []
    with opened(folder, identity(ready, size), size) as store:

        def through(own: Supply) -> Supply:
            def noted(wanted: Sequence[Span], tick: Tick) -> Iterator[Shard]:
                asked.extend(wanted)
                return own(wanted, tick)

            return store.through(noted)

        return run_ensemble(ready, 1, through=through, size=size), asked


@given(first=st.integers(0, 5000), count=st.integers(0, 40000), size=st.sampled_from([8, 256, 1024]))
def test_spans_cover_the_runs_and_stop_where_shards_begin(first: int, count: int, size: int) -> None:
    found = spans(first, count, size)
    assert [run for one in found for run in (one.first, one.end)][1:-1:2] == [one.first for one in found][1:]
    assert sum(one.runs for one in found) == count
    assert all(one.first // size == (one.end - 1) // size for one in found)
    assert [one for some in together(found) for one in some] == found


def test_the_size_of_shards_changes_no_bit(ready: Prepared, whole: EnsembleResult) -> None:
    assert same(run_ensemble(ready, 2, through=in_order, size=8), whole)


def test_shards_that_come_in_any_order_change_no_bit(ready: Prepared, whole: EnsembleResult) -> None:
    def backwards(own: Supply) -> Supply:
        return in_order(lambda wanted, tick: own(wanted[::-1], tick))

    assert same(run_ensemble(ready, 1, through=backwards, size=8), whole)


def test_a_store_gives_what_it_was_given(ready: Prepared, whole: EnsembleResult, kept: Path) -> None:
    found, computed = again(ready, kept)
    assert computed == []
    assert same(found, whole)
    assert found.kernel == whole.kernel


def test_more_runs_add_to_those_that_are_there(ready: Prepared, whole: EnsembleResult, tmp_path: Path) -> None:
    few, _ = again(resized(ready, 20), tmp_path / "store")
    assert few.runs == 20
    found, computed = again(ready, tmp_path / "store")
    assert computed == [Span(16, 16), Span(32, 8)]  # the shard that was cut short is computed whole
    assert same(found, whole)
    assert same(again(resized(ready, 20), tmp_path / "store")[0], few)  # and fewer take a part of it


def cut(shard: Path) -> None:
    file = shard / "totals/c/0/0"
    file.write_bytes(file.read_bytes()[:-20])


def flip(shard: Path) -> None:
    file = shard / "codes/c/0/0"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def another_kind(shard: Path) -> None:
    shutil.rmtree(shard / "codes")
    shape = zarr.open_array(LocalStore(shard / "values"), mode="r").shape
    zarr.create_array(LocalStore(shard / "codes"), data=np.zeros(shape), zarr_format=3)


def older_format(shard: Path) -> None:
    shutil.rmtree(shard)
    zarr.create_group(LocalStore(shard), zarr_format=2, attributes={"first": 16, "runs": 16})


DAMAGE: list[Callable[[Path], object]] = [
    cut,
    flip,
    another_kind,
    older_format,
    lambda shard: shutil.rmtree(shard / "parks"),
    lambda shard: (shard / "zarr.json").write_text("{"),
    lambda shard: (shard / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}'),
    lambda shard: (shutil.rmtree(shard), shutil.copytree(shard.with_name("shard-000000"), shard)),
    lambda shard: (shutil.rmtree(shard), shard.write_text("")),
    lambda shard: (shutil.rmtree(shard), shard.mkdir()),
]


@pytest.mark.parametrize("damage", DAMAGE, ids=range(len(DAMAGE)))
def test_a_damaged_shard_is_computed_again(
    ready: Prepared, whole: EnsembleResult, kept: Path, damage: Callable[[Path], object]
) -> None:
    damage(kept / "shard-000001")
    (kept / ".new-0123").mkdir()  # what a killed process leaves
    found, computed = again(ready, kept)
    assert computed == [Span(16, 16)]
    assert same(found, whole)
    assert sorted(path.name for path in kept.iterdir()) == [
        "shard-000000", "shard-000001", "shard-000002", "zarr.json",
    ]  # fmt: skip
    assert again(ready, kept)[1] == []


def refused(wanted: dict[str, str], folder: Path, **how: bool) -> list[tuple[str, object]]:
    with pytest.raises(InputError) as caught, opened(folder, wanted, SIZE, **how):
        pass
    return [(problem.code, problem.values.get("field")) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("field", "value"),
    [("numpy", "1.0"), ("sim", "0.0.1"), ("parks.csv", "0"), ("park.mdl", "0"), ("uncertainty.seed", "7"),
     ("uncertainty.design", '"random"'), ("uncertainty.tables", "8"), ("clock.step", "0.5"), ("shard", "32"),
     ("policy.land_threshold.national", "151"), ("new setting", "1")],
)  # fmt: skip
def test_a_store_of_another_ensemble_is_refused_and_the_difference_named(
    ready: Prepared, filled: Path, field: str, value: str
) -> None:
    before = {path: path.stat().st_mtime_ns for path in filled.rglob("*")}
    other = {**identity(ready, SIZE), field: value}
    for passing, resume in ((False, False), (False, True), (True, True)):
        assert refused(other, filled, passing=passing, resume=resume) == [("store_differs", field)]
    assert {path: path.stat().st_mtime_ns for path in filled.rglob("*")} == before


def test_words_and_the_number_of_runs_are_no_difference(ready: Prepared) -> None:
    more = resized(ready, 77, group=("T01",))
    assert identity(replace(more, scenario=replace(more.scenario, name="x")), SIZE) == identity(ready, SIZE)
    drawing = replace(ready.scenario.uncertainty, design="latin-hypercube")
    cube = replace(ready, scenario=replace(ready.scenario, uncertainty=drawing))
    assert identity(resized(cube, 77), SIZE) != identity(resized(cube, 78), SIZE)


def test_nothing_of_others_is_touched(ready: Prepared, kept: Path, tmp_path: Path) -> None:
    wanted = identity(ready, SIZE)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("own", "file"):
        for how in ({}, {"passing": True}, {"resume": True}):
            assert refused(wanted, tmp_path / name, **how) == [("store_not_ours", None)]
    assert refused(wanted, tmp_path / "none", resume=True) == [("store_nothing", None)]
    assert not (tmp_path / "none").exists()
    (kept / "notes.txt").write_text("x")
    with opened(kept, {**wanted, "numpy": "0"}, SIZE, passing=True) as store:  # replaced, but for what is not ours
        assert not store.has(Span(0, SIZE))
    assert [path.name for path in kept.iterdir()] == ["notes.txt"]


def test_two_processes_do_not_share_a_store(ready: Prepared, kept: Path) -> None:
    lock = FileLock(kept / ".lock")
    try:
        assert refused(identity(ready, SIZE), kept) == [("store_busy", None)]
    finally:
        lock.release()


def test_two_that_write_the_same_shard_do_no_harm(ready: Prepared, kept: Path) -> None:
    """As on a file system without locks."""
    stores = Store(kept, SIZE), Store(kept, SIZE)
    shutil.rmtree(kept / "shard-000001")
    (shard,) = road_of(ready, 1).shards([Span(16, SIZE)], lambda _: None)
    for store in stores:
        store.put(shard)
    assert [path.name for path in kept.iterdir() if path.name.startswith(".")] == []
    assert all(np.array_equal(stores[0].read(Span(16, SIZE)).arrays()[name], array, equal_nan=array.dtype.kind == "f")
               for name, array in shard.arrays().items())  # fmt: skip


@pytest.fixture(scope="module")
def expected(started: Workplace) -> dict[str, bytes]:
    """Files of an ensemble of three shards that was computed in one go by one thread."""
    folder = started.folder / "outputs" / "expected"
    folder.parent.mkdir(exist_ok=True)
    before = {path.name for path in folder.parent.iterdir()}  # tests of other modules work here, too
    told = started.sim("ensemble", PLAN, "--runs", 2 * SHARD + 9, "--threads", 1, "--output", folder)
    assert told.code == 0, told.err
    assert {path.name for path in folder.parent.iterdir()} - before == {"expected"}
    return {name: (folder / name).read_bytes() for name in FILES}


def shards_in(folder: Path) -> int:
    return len(list(folder.glob("shard-*")))


def test_after_a_kill_resume_gives_the_same_bytes(place: Workplace, expected: dict[str, bytes]) -> None:
    arguments = ["ensemble", PLAN, "--runs", str(2 * SHARD + 9), "--lang", "en"]
    hidden = place.folder / "outputs" / ".plan-ensemble.shards"
    process = place.start(*arguments, "--threads", "1")
    while not shards_in(hidden) and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    there = shards_in(hidden)
    told = place.sim(*arguments[:-2], "--seed", 3, "--resume")
    assert told.code == 2
    assert "uncertainty.seed was 20200101 and is 3 now" in told.err
    assert shards_in(hidden) == there
    told = place.sim(*arguments[:-2], "--resume")
    assert told.code == 0, told.err
    assert f"{min(there * SHARD, 2 * SHARD + 9)} of {2 * SHARD + 9} runs are there already" in told.err
    folder = place.folder / "outputs" / "plan-ensemble"
    assert {name: (folder / name).read_bytes() for name in FILES} == expected
    assert [path.name for path in folder.parent.iterdir()] == ["plan-ensemble"]


def test_a_full_disk_is_told_and_the_store_stays_good(place: Workplace, expected: dict[str, bytes]) -> None:
    runs = str(2 * SHARD + 9)
    arguments = ["ensemble", PLAN, "--store", "store", "--output", "outputs/x", "--lang", "en"]
    told = place.sim(*arguments[:-2], "--runs", SHARD)
    assert told.code == 0, told.err
    before = place.hashes()
    process = place.start(*arguments, "--runs", runs, file_limit=100_000)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2, err
    assert "the disk is full or the quota is used up while keeping finished runs" in err.decode()
    assert f"{SHARD} finished runs are kept" in err.decode()
    assert place.hashes() == before
    told = place.sim(*arguments[:-2], "--runs", runs, "--resume")
    assert told.code == 0, told.err
    assert {name: (place.folder / "outputs/x" / name).read_bytes() for name in FILES} == expected
    assert shards_in(place.folder / "store") == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resume"], "holds no finished runs to go on with"),
        (["--resume", "--store", "nowhere"], "nowhere holds no finished runs"),
        (["--store", "scenarios"], "is no store of finished runs and is left alone"),
        (["--store", PLAN], "is no store of finished runs and is left alone"),
        (["--store", "s", "--only-run", "3"], "a single run (--only-run) is computed here and not kept"),
        (["--resume", "--only-run", "3", "--runs", "0"], "leave out --resume"),
    ],
)
def test_mistakes_end_with_code_2_and_touch_nothing(place: Workplace, arguments: list[str], said: str) -> None:
    before = place.hashes()
    told = place.sim("ensemble", PLAN, "--runs", 10, *arguments)
    assert told.code == 2
    assert said in told.err
    assert place.hashes() == before
