"""When the cache has to be looked over: a file beside its entries to which everyone who puts one in adds its size.

To look at every entry takes seconds where there are thousands, and so it is done once a day, and when what the file
adds up to is beyond the limit. The file is no more than an estimate: one that is missing, damaged or not ours only
means that the entries are looked over now.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from sim.cache_entry import discard, read_ours

NAME = ".tally"
_DAY = 86400.0
_MOST = 1 << 20
_STEP = 50
"""A part of the limit: where it is exceeded by entries still in use, so much more has to come before another look."""

_APPEND = os.O_WRONLY | os.O_APPEND | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"))


class Tally:
    """The file in one folder. Its first line holds the seconds since 1970 and the bytes of the last look."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def add(self, size: int) -> None:
        """Note that so many bytes were put in; nothing if there was no look yet."""
        with suppress(OSError):
            file = os.open(self.path, _APPEND)
            try:
                os.write(file, b"%d\n" % size)
            finally:
                os.close(file)

    def due(self, limit: int) -> bool:
        """Whether it is time for a look.

        >>> with tempfile.TemporaryDirectory() as name:
        ...     tally, found = Tally(Path(name)), []
        ...     found.append(tally.due(1000))
        ...     tally.begin(900)
        ...     found.append(tally.due(1000))
        ...     tally.add(101)
        ...     [*found, tally.due(1000)]
        [True, False, True]
        """
        try:
            (seen, total), *added = (tuple(map(int, line.split())) for line in read_ours(self.path, _MOST).splitlines())
            since = sum(size for (size,) in added)
        except (OSError, ValueError):
            return True
        return not 0 <= time.time() - seen <= _DAY or (total + since > limit and since > limit // _STEP)

    def begin(self, total: int) -> None:
        """Begin anew after a look that found so many bytes."""
        fresh = None
        with suppress(OSError):
            handle, name = tempfile.mkstemp(prefix=".new-", dir=self.path.parent)
            fresh = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(b"%d %d\n" % (time.time(), total))
            if self.path.is_dir():
                discard(self.path)
            fresh.replace(self.path)
            fresh = None
        if fresh is not None:
            discard(fresh)

    def end(self) -> None:
        """Remove the file."""
        if os.path.lexists(self.path):
            discard(self.path)
