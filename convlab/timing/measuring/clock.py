"""How long a block of calls is, and how many it takes: long enough for the clock, short enough to take turns."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

BLOCK_S = 1e-3
STEPS = 1000  # of the timer, in a block
MOST_LOOPS = 1 << 20
Block = Callable[[int], float]  # how many calls -> how many seconds they took
Clock = Callable[[], float]


def step(clock: Clock = perf_counter, tries: int = 10) -> float:
    """Return the smallest step that a clock was seen to make, in seconds.

    Examples
    --------
    >>> 0 < step() < 1e-3
    True
    """
    steps = []
    for _ in range(tries):
        began = now = clock()
        while now == began:
            now = clock()
        steps.append(now - began)
    return min(steps)


def enough(clock: Clock = perf_counter) -> float:
    """Return how long a block has to be, in seconds: 1 ms, or 1000 steps of a coarse clock.

    Examples
    --------
    >>> enough() >= BLOCK_S
    True
    """
    return max(BLOCK_S, STEPS * step(clock))


def calibrate(block: Block, enough_s: float = BLOCK_S, most: int = MOST_LOOPS) -> int:
    """Return how many calls make a block of `enough_s` seconds, by doubling; the blocks on the way warm up.

    Examples
    --------
    >>> calibrate(lambda loops: loops * 0.3e-3)
    4
    """
    loops = 1
    while loops < most and min(block(loops), block(loops)) < enough_s:  # one alone may be long by accident
        loops *= 2
    return loops


def blocks(block: Block, loops: int, seconds: float, clock: Clock = perf_counter) -> list[float]:
    """Time blocks one after the other until `seconds` have passed; one at least.

    Returns
    -------
    list of float
        Seconds of one call, by block.

    Examples
    --------
    >>> blocks(lambda loops: loops * 1e-3, 2, 0.0)
    [0.001]
    """
    began, found = clock(), []
    while not found or clock() - began < seconds:
        found.append(block(loops) / loops)
    return found


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep Python's collector of garbage from a block that it might fall into.

    Examples
    --------
    >>> with undisturbed():
    ...     gc.isenabled()
    False
    """
    was_on = gc.isenabled()
    gc.disable()  # without collecting first: where numba is loaded that takes longer than a slice
    try:
        yield
    finally:
        if was_on:
            gc.enable()
