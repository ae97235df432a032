"""Shards computed by the workers of a dask.distributed cluster: one that is there, or one started here."""

from __future__ import annotations

import logging
import re
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from sim.analysis import undisturbed
from sim.analysis.identity import differences, versions
from sim.analysis.parcel import Parcel, computed
from sim.analysis.shard import Shard, Span, Supply, Tick
from sim.errors import InputError, Problem, SimError

CONNECT = 10.0
"""Seconds in which a scheduler must answer, and a first worker be there."""

PATIENCE = 60.0
"""Seconds without any worker after which an ensemble gives up."""

START = 120.0
"""Seconds in which workers that are started here must be ready."""

AHEAD = 2
"""Shards for each worker that are on their way: one that is computed and one that waits."""

MOST_LOCAL = 256
_TCP = re.compile(r"tcp://(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})")
_LOCAL = re.compile(r"local:(\d{1,4})")
_PULSE = 2.0


@dataclass(frozen=True)
class Scheduler:
    """Whose workers compute: those of the scheduler at an address, or ``workers`` processes that are started here."""

    address: str = ""
    workers: int = 0


def scheduler_of(text: str) -> Scheduler:
    """What ``--scheduler`` names.

    Raises
    ------
    InputError
        ``scheduler_form`` if it is neither, ``scheduler_missing`` without the library.

    >>> scheduler_of("tcp://10.0.0.5:8786"), scheduler_of("local:4")
    (Scheduler(address='tcp://10.0.0.5:8786', workers=0), Scheduler(address='', workers=4))
    """
    remote, local = _TCP.fullmatch(text.strip()), _LOCAL.fullmatch(text.strip())
    if remote and 0 < int(remote[2]) < 65536:
        found = Scheduler(remote[0])
    elif local and 0 < int(local[1]) <= MOST_LOCAL:
        found = Scheduler(workers=int(local[1]))
    else:
        raise InputError([Problem(None, "scheduler_form", {"found": text, "most": MOST_LOCAL})])
    if find_spec("distributed") is None:
        raise InputError([Problem(None, "scheduler_missing")])
    return found


@contextmanager
def connected(asked: Scheduler, patience: float = CONNECT) -> Iterator[Cluster]:
    """Workers, of the same versions as this process; those that are started here end with the block.

    Raises
    ------
    InputError
        ``scheduler_unreachable``, ``scheduler_no_workers``, ``worker_differs``, ``worker_without``.
    """
    import dask
    import distributed

    if asked.address:
        with _quiet(), _client(asked.address, patience) as client:
            yield _ready(client, asked.address, patience)
        return
    room = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with room, dask.config.set({"temporary-directory": room.name}), _quiet():
        # no limit on memory: a worker takes what a thread takes, and one that is ended for it would only come back
        try:
            cluster = distributed.LocalCluster(
                n_workers=asked.workers, threads_per_worker=1, processes=True, dashboard_address=None,
                local_directory=room.name, memory_limit=0, silence_logs=logging.CRITICAL,
                preload=[undisturbed.__name__], scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # any free port
            )  # fmt: skip
        except (OSError, RuntimeError, TimeoutError) as error:
            raise InputError([Problem(None, "scheduler_local", {"why": _reason(error)})]) from error
        with cluster, _client(cluster.scheduler_address, patience) as client:
            client.wait_for_workers(asked.workers, timeout=START)
            yield _ready(client, "local", patience)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the log of the library: what matters of it is told in words of ours."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _client(address: str, patience: float) -> Iterator[Any]:
    import distributed

    try:
        client = distributed.Client(address, timeout=patience, set_as_default=False)
    except Exception as error:  # nothing there, or something else that speaks another language
        values = {"address": address, "seconds": f"{patience:g}", "why": _reason(error)}
        raise InputError([Problem(None, "scheduler_unreachable", values)]) from error
    try:
        yield client
    finally:
        client.close(timeout=5)


def _ready(client: Any, address: str, patience: float) -> Cluster:
    """The cluster, after a look at the versions of all workers."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        values = {"address": address, "seconds": f"{patience:g}"}
        raise InputError([Problem(None, "scheduler_no_workers", values)]) from error
    here = versions()
    problems: list[Problem] = []
    for worker, found in client.run(versions, on_error="return").items():
        if isinstance(found, dict):
            problems += _of_worker(worker, differences(found, here, "worker_differs", None))
        else:
            problems.append(Problem(None, "worker_without", {"worker": worker, "why": _reason(found)}))
    if problems:
        raise InputError(problems)
    return Cluster(client)


def _of_worker(worker: str, problems: Sequence[Problem]) -> list[Problem]:
    return [Problem(None, one.code, {**one.values, "worker": worker}) for one in problems]


def _reason(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:160] if lines else type(error).__name__


def _shard(parcel: Parcel, span: Span) -> tuple[str, Shard | dict[str, str]]:
    """A shard, with the address of the worker that it was computed by; what a worker runs."""
    from distributed import get_worker

    worker = get_worker()
    return worker.address, computed(parcel, span, worker.local_directory)


class Cluster:
    """Workers that compute shards; from `connected`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def supply(self, parcel: Parcel) -> Supply:
        """Shards as they become ready; one whose worker dies is computed by another, and each is given once."""

        def computed_there(wanted: Sequence[Span], tick: Tick) -> Iterator[Shard]:
            todo, flying = deque(wanted), dict[Any, Span]()
            try:
                while todo or flying:
                    while todo and len(flying) < AHEAD * max(1, self.workers()):
                        span = todo.popleft()
                        flying[self.client.submit(_shard, parcel, span, pure=False, priority=-span.first)] = span
                    for future in self._next(list(flying)):
                        shard = self._taken(future, parcel)
                        del flying[future]
                        tick(shard.span.runs)
                        yield shard
            finally:
                if flying and self.client.status == "running":
                    self.client.cancel(list(flying), force=True)

        return computed_there

    def workers(self) -> int:
        """How many there are now."""
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def _next(self, futures: list[Any]) -> list[Any]:
        """Those that are done, at least one."""
        from distributed import wait

        alone_since = time.monotonic()
        while True:
            try:
                with self.client.as_current():
                    return list(wait(futures, timeout=_PULSE, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                pass
            if self.client.status != "running":
                raise InputError([Problem(None, "scheduler_lost")])
            now = time.monotonic()
            alone_since = now if self.workers() else alone_since
            if now - alone_since > PATIENCE:
                raise InputError([Problem(None, "scheduler_deserted", {"seconds": f"{PATIENCE:g}"})])

    def _taken(self, future: Any, parcel: Parcel) -> Shard:
        from distributed.scheduler import KilledWorker

        try:
            worker, found = future.result(timeout=PATIENCE)
        except SimError:
            raise
        except KilledWorker as error:
            raise InputError([Problem(None, "scheduler_killed", {"why": _reason(error)})]) from error
        except Exception as error:  # whatever a worker on another machine may raise
            raise InputError([Problem(None, "scheduler_failed", {"why": _reason(error)})]) from error
        if isinstance(found, Shard):
            return found
        raise InputError(_of_worker(worker, differences(found, parcel.identity, "worker_differs", None)))
