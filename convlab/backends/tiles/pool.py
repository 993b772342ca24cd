"""Threads of our own that native code wakes by itself: a launch costs a microsecond, and Python's lock is not asked.

A convolution that takes thirty microseconds on one processor can take fifteen on two, but not if it takes twenty to
tell the other one. A pool of Python's threads takes that long: to hand work over it needs Python's lock, a queue and
the operating system. These threads enter native code once and stay there; what they wait for is a word in memory.

What sharing two equal halves loses, one call after the other, against half of the time that one thread takes for both
(two cores of an AMD EPYC, Zen 4; the least of a thousand): 0.4 to 0.7 µs here, 3 to 4 µs by numba's layer for TBB, 1.4
µs by "omp", 26 µs by "workqueue", 16 to 20 µs by `concurrent.futures.ThreadPoolExecutor`. Threads that have fallen
asleep are at work after 9 to 20 µs, which is what the operating system takes to wake one, for whomever.

So there is nothing left that TBB would be faster at, and one library less to find. They also fail where this does
not: "workqueue" ends the process when two Python threads meet in it, and "omp" fights with the threads of other
libraries over the processors. Here, who finds the pool at work for somebody else works alone, and both go on.

How it stays right, whoever comes late, is said in `convlab.backends.tiles.sharing`.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import time
from collections.abc import Callable
from functools import cache

from convlab.backends import threads as processors
from convlab.backends.tiles import sharing
from convlab.backends.tiles.machine import assembled

SYSTEM = {  # where the functions of the operating system are written down, and what they are called
    sharing.LOCK: "pthread_mutex_lock",
    sharing.UNLOCK: "pthread_mutex_unlock",
    sharing.SLEEP: "pthread_cond_wait",
    sharing.WAKE: "pthread_cond_broadcast",
    sharing.CLOCK: "clock_gettime",
}
GOODBYE_S = 0.5  # how long the end of the process waits for threads that are on their way home
_LOCK = threading.Lock()
_POOLS: list[_Pool] = []  # the one of this process, once it is asked for
_FORMER: list[_Pool] = []  # of the processes that forked this one: somebody may still know their addresses


def state() -> int:
    """Return the address of the pool's state, which native code shares jobs by; 0 where there is none.

    The first call starts the threads. There is none on one processor, nor where the operating system is no Unix: who
    shares a job (`convlab.backends.tiles.launch`) then does all of it in the thread that calls.

    Examples
    --------
    >>> state() == state()
    True
    """
    return (_POOLS or _started())[0].address


def helpers() -> int:
    """Return how many threads of the pool there are, which is less than `threads` where the system gave fewer.

    Examples
    --------
    >>> 0 <= helpers() < threads() or threads() == 1
    True
    """
    return len((_POOLS or _started())[0].threads)


@cache
def threads() -> int:
    """Return how many threads may be at one job, the caller's included: scratch is for that many.

    It stays the same for the life of a process and of those that it forks.

    Examples
    --------
    >>> threads() >= 1
    True
    """
    return processors.count()


def _started() -> list[_Pool]:
    with _LOCK:
        if not _POOLS:
            _POOLS.append(_Pool(threads()))
        return _POOLS


class _Pool:
    """Threads that wait for jobs, and the memory in which they hear of them.

    Parameters
    ----------
    count : int
        Of threads, the caller's included.

    Attributes
    ----------
    address : int
        Of the memory; 0 when there are no threads.
    threads : list of threading.Thread
    """

    def __init__(self, count: int) -> None:
        line = 8 * sharing.LINE
        self._memory = (ctypes.c_int64 * (sharing.THREADS + sharing.LINE * (count + 1)))()
        self._words = (ctypes.c_int64 * sharing.THREADS).from_buffer(
            self._memory, -ctypes.addressof(self._memory) % line
        )
        self.address, self.threads = 0, []
        if count > 1 and self._knows_the_system():
            self._start(count)

    def _knows_the_system(self) -> bool:
        """Write down what threads need of the operating system, and return whether it has all of it."""
        try:
            library = ctypes.CDLL(None)
            for place, name in SYSTEM.items():
                self._words[place] = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
            self._words[sharing.CLOCK_ID] = time.CLOCK_MONOTONIC
            library.pthread_mutex_init(ctypes.c_void_p(self._place(sharing.MUTEX)), None)
            for door in (sharing.BEGUN, sharing.LEFT):
                library.pthread_cond_init(
                    ctypes.c_void_p(self._place(sharing.DOORS + door * sharing.LINE)), None
                )
        except (OSError, AttributeError, TypeError):  # Windows has neither the library nor the clock
            return False
        return True

    def _start(self, count: int) -> None:
        share, follow, self._stop = _natives()
        self._words[sharing.SHARE] = share
        for number in range(1, count):
            thread = threading.Thread(
                target=self._serve, args=(follow, number), name=f"convlab-tiles-{number}", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:  # the system has no more threads, or the process is ending
                break
            self.threads.append(thread)
            self.address = self._place(0)

    def _serve(self, follow: Callable[[int, int], None], number: int) -> None:
        """Be a thread of the pool. Its frame keeps the memory for as long as it looks there, to the very end."""
        follow(self._place(0), number)

    def _place(self, word: int) -> int:
        return ctypes.addressof(self._words) + 8 * word

    def send_home(self) -> None:
        """Let the threads return, and wait for them, unless somebody has them at work: those end with the process."""
        if self.threads:
            self._stop(self._place(0))
        until = time.monotonic() + GOODBYE_S * (self._words[sharing.OPEN] == sharing.STOP)
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        """Let everybody who still knows the address work alone: in a forked process the threads are not there."""
        self._words[sharing.BUSY] = 1


@cache
def _natives() -> tuple[int, Callable[[int, int], None], Callable[[int], None]]:
    """Return the address of `share`, and `follow` and `stop`, which Python calls without its lock."""
    share, follow, stop = (
        assembled(write.__name__, arguments, "float64", write)
        for write, arguments in ((sharing.share, 4), (sharing.follow, 2), (sharing.stop, 1))
    )
    word = ctypes.c_int64
    return share, ctypes.CFUNCTYPE(None, word, word)(follow), ctypes.CFUNCTYPE(None, word)(stop)


def _forked() -> None:
    """Begin anew in a forked process: the lock may have been held, and the threads are not there."""
    global _LOCK
    _LOCK = threading.Lock()
    for pool in _POOLS:
        pool.close()
    _FORMER.extend(_POOLS)
    _POOLS.clear()


@atexit.register
def _ended() -> None:
    for pool in _POOLS:
        pool.send_home()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
