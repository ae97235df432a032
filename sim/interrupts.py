"""Ctrl-C: one that is noted and never lost, and one that waits while processes start."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_noted = threading.Event()


def note_interrupts() -> None:
    """From here on a Ctrl-C raises KeyboardInterrupt, and is remembered.

    Python raises it wherever it happens to be. In the callback of a weak reference, as an import has one, it is told
    and forgotten: whoever waits for long calls `heed_interrupts` in between.
    """
    # not in a thread, and not where whoever started us wants the signal ignored
    here = threading.current_thread() is threading.main_thread()
    if here and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def _note(number: int, frame: FrameType | None) -> None:
    _noted.set()
    raise KeyboardInterrupt


def heed_interrupts() -> None:
    """Raise KeyboardInterrupt if there was one since `note_interrupts`.

    >>> heed_interrupts()
    """
    if _noted.is_set():
        raise KeyboardInterrupt


@contextmanager
def interrupts_held() -> Iterator[None]:
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
        from multiprocessing import resource_tracker  # here, for most commands start no process

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
