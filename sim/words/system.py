"""What the operating system says of a file, in words of a language: it speaks one language of its own."""

from __future__ import annotations

import errno
import os

_KNOWN = ("ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "EEXIST", "ENOSPC", "EROFS", "ENAMETOOLONG", "EBUSY")
_KEYS = {os.strerror(getattr(errno, name)): f"system.{name}" for name in _KNOWN}


def system_key(said: object) -> str:
    """The catalogue's entry for what the system says; "" for everything else.

    >>> system_key(os.strerror(errno.ENOENT)), system_key(3)
    ('system.ENOENT', '')
    """
    return _KEYS.get(said, "") if isinstance(said, str) else ""
