"""One exclusive timing slot per machine: whoever times holds it, so that no two times disturb each other.

The slot is a lock on a file of this user, which the system takes back from a process that ends, however it ends. The
name of the machine is part of the file's name, for several machines may share a home folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import platform
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from convlab import paths

POLL_S = 0.05  # how often one who waits looks again
_Waiting = Callable[[], object]


@contextlib.contextmanager
def held(waiting: _Waiting | None = None) -> Iterator[None]:
    """Hold the slot in a block; wait for it where another holds it. Not to be taken twice by the same caller.

    Parameters
    ----------
    waiting : callable, optional
        Called at every look while another holds the slot; what it raises ends the wait.

    Examples
    --------
    >>> with held():
    ...     pass
    """
    lock = _lock()
    while not _take(lock):
        if waiting is not None:
            waiting()
        time.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()


@contextlib.asynccontextmanager
async def aheld(waiting: _Waiting | None = None) -> AsyncIterator[None]:
    """Hold the slot in a block of a coroutine; the event loop goes on while it waits. See `held`."""
    lock = _lock()
    while not _take(lock):
        if waiting is not None:
            waiting()
        await asyncio.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()


def _take(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _lock() -> FileLock:
    """Return the lock, not yet taken; among temporary files where the user's folder cannot be written to."""
    name = f"timing-{hashlib.sha256(platform.node().encode()).hexdigest()[:12]}.lock"
    file = paths.cache() / name
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError:
        user = os.getuid() if hasattr(os, "getuid") else "user"
        file = Path(tempfile.gettempdir()) / f"convlab-{user}-{name}"
    return FileLock(file, thread_local=False)  # an event loop may let go in another thread
