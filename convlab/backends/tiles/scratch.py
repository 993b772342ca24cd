"""Memory to work in: it begins where a line of the cache does, and who calls again finds it again."""

from __future__ import annotations

import threading

import numpy as np

from convlab.backends.tiles.launch import address

LINE = 64  # bytes of a line of a cache
_OWN = threading.local()


def lines(count: int) -> int:
    """Return a number of bytes, filled up to whole lines of the cache.

    Examples
    --------
    >>> lines(0), lines(1), lines(64)
    (0, 64, 64)
    """
    return -(-count // LINE) * LINE


def aligned(count: int) -> np.ndarray:
    """Return so many bytes of new memory that begin a line.

    Examples
    --------
    >>> memory = aligned(100)
    >>> memory.size, memory.ctypes.data % LINE
    (100, 0)
    """
    memory = np.empty(count + LINE, np.uint8)
    start = -address(memory) % LINE
    return memory[start : start + count]


def own(count: int) -> np.ndarray:
    """Return so many bytes that begin a line, for the thread of Python that calls.

    They are kept, so that the system is not asked for them in every call. All that a thread calls shares them, one
    after the other: what waits for another call to return must not have anything there. Hold on to the array until the
    native function has returned: a signal's handler that convolves, too, may come in between and ask for more.

    Examples
    --------
    >>> own(100) is own(99), own(100).ctypes.data % LINE
    (True, 0)
    """
    held = getattr(_OWN, "memory", None)
    if held is None or held.size < count:
        held = _OWN.memory = aligned(count)
    return held
