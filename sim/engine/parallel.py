"""Several runs at once, in processes of their own that end when nobody waits for them any more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import SpawnProcess

import xarray as xr

from sim.beside import leave_with_parent
from sim.engine.interface import Engine, StudyInputs
from sim.errors import EngineError, SimError
from sim.interrupts import heed_interrupts, interrupts_held

Arrays = Mapping[str, xr.DataArray]
Tell = Callable[[str, int, int], None]
"""Called with the name of a run that ended, how many have ended, and of how many."""

ENDED = "a process ended before its run was done; is there enough memory?"
HEED = 1.0
"""Seconds between two looks whether somebody interrupted."""

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
    """Each job's arrays, in order; a single job runs here, several in threads or processes of their own.

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
    if engine.parallel == "threads":
        return _in_threads(jobs, engine, tell)
    # Not an executor: it may fail to notice that a process of it died, and then waits for ever.
    waiting = list(range(len(jobs)))[::-1]
    running: dict[connection.Connection, tuple[int, SpawnProcess]] = {}
    arrays: dict[int, Arrays] = {}
    most = min(len(jobs), os.cpu_count() or 1, MOST_PROCESSES)
    try:
        while len(arrays) < len(jobs):
            started = []
            while waiting and len(running) < most:
                answer, process = _start()
                running[answer] = waiting.pop(), process
                started.append(answer)
            for answer in started:  # when all have begun to load what they need
                _send(answer, engine, jobs[running[answer][0]])
            heed_interrupts()
            for ready in connection.wait(list(running), HEED):
                assert isinstance(ready, connection.Connection)
                place, process = running[ready]
                arrays[place] = _received(ready)
                process.join()
                del running[ready]
                if tell:
                    tell(jobs[place].name, len(arrays), len(jobs))
    finally:
        for _, process in running.values():  # runs that nobody waits for any more
            process.terminate()
        for answer, (_, process) in running.items():
            answer.close()
            process.join()
    return [arrays[place] for place in range(len(jobs))]


def _in_threads(jobs: Sequence[Job], engine: Engine, tell: Tell | None) -> list[Arrays]:
    arrays: dict[int, Arrays] = {}
    for job in jobs:  # what is built once is built here, where Ctrl-C ends it
        engine.prepare(job.text, job.inputs, job.variables)
    with ThreadPoolExecutor(min(len(jobs), os.cpu_count() or 1)) as pool:
        places = {
            pool.submit(engine.simulate, job.text, job.inputs, job.variables): n for n, job in enumerate(jobs)
        }
        for done in as_completed(places):
            arrays[places[done]] = done.result()
            if tell:
                tell(jobs[places[done]].name, len(arrays), len(jobs))
    return [arrays[place] for place in range(len(jobs))]


def _start() -> tuple[connection.Connection, SpawnProcess]:
    # "spawn" everywhere: the same on Windows, and no copies of a parent with threads.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    with theirs, interrupts_held():
        try:
            process.start()
        except OSError as error:
            raise EngineError(f"a process for the run could not be started: {error}") from error
    return ours, process


def _send(answer: connection.Connection, engine: Engine, job: Job) -> None:
    """Give a process its job. As an argument of its start, a job would be lost on a process that dies early."""
    try:
        answer.send((engine, job))
    except OSError:
        raise EngineError(ENDED) from None


def _received(answer: connection.Connection) -> Arrays:
    try:
        with answer:
            found: Arrays | SimError = answer.recv()
    except (EOFError, OSError):
        raise EngineError(ENDED) from None
    if isinstance(found, SimError):
        raise found
    return found


def _work(answer: connection.Connection) -> None:
    """In a process of its own: take a job, run it, and send what it gave, or why it failed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows nothing is inherited
    threading.Thread(target=leave_with_parent, daemon=True).start()
    try:
        engine, job = answer.recv()
    except (EOFError, OSError):  # the parent went before it had given one
        return
    found: Arrays | SimError
    try:
        found = engine.simulate(job.text, job.inputs, job.variables)
    except SimError as error:
        found = error
    except Exception as error:
        found = EngineError(f"{type(error).__name__}: {error}")
    answer.send(found)
