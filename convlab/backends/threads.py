"""Threads of our own for work that lets go of Python's lock: how many, and one pool for all who call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache


def count() -> int:
    """Return how many threads a computation uses: as many as there are processors that this process may run on.

    Examples
    --------
    >>> count() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(work: Callable[[Iterable], None], items: list, threads: int) -> None:
    """Let several threads take items from one list until it is empty.

    Parameters
    ----------
    work : function of an iterable
        Called once per thread; takes what it does next from the iterable, so that a slow thread takes less.
    items : list
    threads : int
        How many at most, the caller's own included: with 1, or one item, no other thread hears of it.

    Raises
    ------
    Exception
        What `work` raised, after all threads have stopped.

    Examples
    --------
    >>> found = []
    >>> share(lambda items: found.extend(item * 10 for item in items), [1, 2, 3], threads=2)
    >>> sorted(found)
    [10, 20, 30]
    """
    left = iter(items)  # a list's iterator gives every item to one thread only
    helpers = min(threads, len(items)) - 1
    helping = [_pool().submit(work, left) for _ in range(helpers)]
    try:
        work(left)
    finally:
        for helper in helping:
            if not helper.cancel():  # one that has not begun would find nothing left
                helper.exception()
    for helper in helping:
        if not helper.cancelled():
            helper.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, count() - 1), "convlab")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, but not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
