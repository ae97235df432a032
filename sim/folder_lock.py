"""One writer at a time: a lock on a small file, given back by the system when its process dies."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Windows locks bytes against reading too: one far behind the text is locked, so that the pid stays readable.
_FAR = 1 << 30
_BUSY = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class LockHeldError(Exception):
    """Another process holds the lock; ``pid`` is its number as far as the file tells, else ``"?"``."""

    def __init__(self, pid: str) -> None:
        self.pid = pid
        super().__init__(pid)


class FileLock:
    """A lock held by the operating system on ``path``, so that no stale lock can outlive a killed process.

    Parameters
    ----------
    path
        The lock file; made if it isn't there, removed on release.

    Raises
    ------
    LockHeldError
        If another holder has it.
    OSError
        If the file cannot be made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     lock = FileLock(Path(name) / "x.lock")
    ...     lock.release()
    ...     (Path(name) / "x.lock").exists()
    False
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = self._acquire()

    def _acquire(self) -> int:
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _lock(descriptor)
            except OSError as error:
                os.close(descriptor)
                if error.errno in _BUSY:
                    raise LockHeldError(_pid_in(self.path)) from None
                raise
            # Removed by the former holder between our open and our lock? Then ours locks nothing.
            if self._is_current(descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
                return descriptor
            os.close(descriptor)

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock back and remove its file."""
        if sys.platform == "win32":  # an open file cannot be removed there, so unlock first
            with suppress(OSError):
                os.lseek(self._descriptor, _FAR, os.SEEK_SET)
                msvcrt.locking(self._descriptor, msvcrt.LK_UNLCK, 1)
            os.close(self._descriptor)
            with suppress(OSError):
                self.path.unlink()
        else:
            with suppress(OSError):
                self.path.unlink()
            os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _pid_in(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return "?"
    return text if text.isdigit() else "?"
