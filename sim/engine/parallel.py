"""Several runs at once, in processes of their own that end when nobody waits for them any more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker

import xarray as xr

from sim.engine.interface import Engine, StudyInputs
from sim.errors import EngineError

Arrays = Mapping[str, xr.DataArray]
Tell = Callable[[str, int, int], None]
"""Called with the name of a run that ended, how many have ended, and of how many."""

MOST_PROCESSES = 60
"""Windows can wait for no more than 63 at once."""


@dataclass(frozen=True)
class Job:
    """One run: a bound model text, its inputs, the variables to keep, and the name to tell when it ends."""

    text: str
    inputs: StudyInputs
    variables: Sequence[str]
    name: str


def run_all(jobs: Sequence[Job], engine: Engine, tell: Tell | None = None) -> list[Arrays]:
    """Each job's arrays, in order; a single job runs here, several in processes of their own.

    Raises
    ------
    EngineError
        If a run fails or its process dies.
    """
    if len(jobs) == 1:
        found = [engine.simulate(jobs[0].text, jobs[0].inputs, jobs[0].variables)]
        if tell:
            tell(jobs[0].name, 1, 1)
        return found
    # "spawn" everywhere: the same on Windows, and no copies of a parent with threads.
    context = multiprocessing.get_context("spawn")
    workers = min(len(jobs), os.cpu_count() or 1, MOST_PROCESSES)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_attend) as pool:
        try:
            return list(_results(pool, jobs, engine, tell))
        except BrokenProcessPool:
            raise EngineError("a process ended before its run was done; is there enough memory?") from None
        except BaseException:
            _stop(pool)
            raise


def _results(
    pool: ProcessPoolExecutor, jobs: Sequence[Job], engine: Engine, tell: Tell | None
) -> Iterator[Arrays]:
    with _interrupts_held():
        futures: list[Future[Arrays]] = [
            pool.submit(engine.simulate, job.text, job.inputs, job.variables) for job in jobs
        ]
    for number, (future, job) in enumerate(zip(futures, jobs, strict=True), start=1):
        yield future.result()
        if tell:
            tell(job.name, number, len(jobs))


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold a Ctrl-C back while processes start; they never hear of any, for a terminal tells all and only we answer.

    A process that starts inherits which signals are blocked. Ours raises the interrupt that it noted at the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    blocked = None
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # it unblocks the signal when it starts, which must be over by then
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if blocked is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, before)
    if noted:
        raise KeyboardInterrupt


def _attend() -> None:
    """In a process of the pool: be deaf to Ctrl-C, and leave when the parent is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows nothing is inherited
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End runs that nobody waits for any more, now and not when they are done."""
    pool.shutdown(wait=False, cancel_futures=True)
    for child in multiprocessing.active_children():
        child.terminate()
