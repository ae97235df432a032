"""Loaded by worker processes that are started here: on Ctrl-C the process that started them ends them in order."""

from __future__ import annotations

import signal


def dask_setup(worker: object) -> None:
    """Leave interrupts of the terminal, which reach every process in it, to the process that waits for the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
