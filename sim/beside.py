"""One call in a process of its own, which loads what it needs before the arguments are known."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing import connection
from types import TracebackType
from typing import Generic, TypeVar

from sim.errors import SimError
from sim.interrupts import interrupts_held

T = TypeVar("T")


class GoneError(Exception):
    """The process could not be asked, or ended before it had answered; whoever asked does the work itself."""


class Beside(Generic[T]):
    """A process that makes one call; it ends with its answer, with this object, or with the program.

    Parameters
    ----------
    loaded
        Modules to import meanwhile, heavy ones.

    >>> with Beside[tuple[int, int]](["math"]) as beside:
    ...     beside.call(divmod, 17, 5)
    ...     beside.answer()
    (3, 2)
    """

    def __init__(self, loaded: Sequence[str] = ()) -> None:
        # "spawn" everywhere: the same on Windows, and no copy of a program with threads.
        context = multiprocessing.get_context("spawn")
        self._sender: threading.Thread | None = None
        self._unsent: Exception | None = None
        self._answer, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, tuple(loaded)), daemon=True)
        with theirs, interrupts_held():
            try:
                self._process.start()
            except OSError:
                self._answer.close()

    def __enter__(self) -> Beside[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def call(self, function: Callable[..., T], *arguments: object) -> None:
        """Have ``function`` called; it and its arguments must be picklable. Returns at once."""
        # In a thread: a pipe takes no more than a little before the other side reads, which it does when it has loaded.
        self._sender = threading.Thread(target=self._send, args=((function, arguments),), daemon=True)
        self._sender.start()

    def _send(self, asked: tuple[Callable[..., T], tuple[object, ...]]) -> None:
        try:
            self._answer.send(asked)
        except OSError:  # the process is gone: so says the answer
            return
        except Exception as error:  # something in it can't be sent, and no answer will come
            self._unsent = error

    def answer(self) -> T:
        """Wait for what the call gave.

        Raises
        ------
        SimError
            What the call raised, where that is an error of ours.
        GoneError
            If the process ended without an answer.
        """
        try:
            if self._sender is not None:
                self._sender.join()
            if self._unsent is not None:
                raise GoneError(str(self._unsent)) from self._unsent
            done, found = self._answer.recv()
        except (EOFError, OSError) as error:
            raise GoneError from error
        if isinstance(found, SimError) and not done:
            raise found
        if not done:
            raise GoneError(found)
        result: T = found
        return result

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.pid is not None:
            self._process.terminate()
            self._process.join()
        if self._sender is not None:
            self._sender.join()
        self._answer.close()


def _work(answer: connection.Connection, loaded: Sequence[str]) -> None:
    """In the process: load modules, wait for the call, make it, and send what it gave, or why it failed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows nothing is inherited
    threading.Thread(target=leave_with_parent, daemon=True).start()
    try:
        with suppress(Exception):  # the call itself will tell
            for name in loaded:
                import_module(name)
        function, arguments = answer.recv()
    except (EOFError, OSError):  # the parent went before it had asked
        return
    try:
        answer.send((True, function(*arguments)))
    except SimError as error:
        answer.send((False, error))
    except Exception as error:  # the parent makes the call again, and tells of it in its own way
        answer.send((False, f"{type(error).__name__}: {error}"))


def leave_with_parent() -> None:
    """Leave when the parent is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
