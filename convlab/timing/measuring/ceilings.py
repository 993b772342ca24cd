"""How fast this machine can be at all, on one thread and on all: multiply-adds from registers, and copies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter

from convlab.timing.measuring.machine import usable

BLOCK_S = 2e-3  # long enough for threads to begin together, short enough to fall into a quiet moment
TRIES = 25
# Bytes that one copy reads: as many stand beside them where it writes.
CACHES = (("L1", 12 << 10), ("L2", 192 << 10), ("L3", 3 << 20), ("memory", 96 << 20))
Make = Callable[[], tuple[Callable[[int], None], int]]


def ceilings() -> dict:
    """Measure both kinds of ceiling. A duty of about a second.

    Returns
    -------
    dict
        "threads"; "gflops": for each dtype the rate on one thread and on all; "copy_gbs": for each cache, and for
        memory, the bytes read and written in a second, the same two.
    """
    from convlab.backends.tiles import probes

    threads = usable()
    found: dict = {"threads": threads, "gflops": {}, "copy_gbs": {}}
    for dtype in ("float32", "float64"):
        found["gflops"][dtype] = _both(lambda dtype=dtype: probes.multiply_adds(dtype), threads)
    for name, size in CACHES:
        found["copy_gbs"][name] = _both(lambda size=size: probes.copies(size), threads)
    return found


def peak(dtype: str) -> float:
    """Return the multiply-adds of all threads, in GF/s, in some ten milliseconds: beside what is timed just now."""
    from convlab.backends.tiles import probes

    return rate(lambda: probes.multiply_adds(dtype), usable())


def rate(make: Make, threads: int, tries: int = TRIES, block_s: float = BLOCK_S) -> float:
    """Return the most units that some threads did together, in billions a second.

    Parameters
    ----------
    make : function
        Gives a thread its own function of a number of turns, and the units of a turn.
    threads : int
    tries : int
        The best of them counts: what disturbs only takes away.
    block_s : float
        Seconds of one try.

    Examples
    --------
    >>> import time
    >>> found = rate(lambda: (lambda turns: time.sleep(turns * 1e-4), 10**6), 2, tries=3)
    >>> 0 < found <= 20
    True
    """
    made = [make() for _ in range(threads)]
    units = made[0][1]
    turns = _enough(made[0][0], block_s)
    return max(_together([run for run, _ in made], turns, units) for _ in range(tries)) / 1e9


def _both(make: Make, threads: int) -> dict[str, float]:
    one = rate(make, 1)
    return {"one": round(one, 2), "all": round(max(one, rate(make, threads)), 2)}


def _enough(run: Callable[[int], None], block_s: float) -> int:
    """Return how many turns take `block_s`, by doubling."""
    turns = 1
    while True:
        began = perf_counter()
        run(turns)
        if perf_counter() - began >= block_s:
            return turns
        turns *= 2


def _together(runs: list[Callable[[int], None]], turns: int, units: int) -> float:
    """Return the units a second of all threads, from the first one's beginning to the last one's end."""
    ready, spans = threading.Barrier(len(runs)), []

    def work(run: Callable[[int], None]) -> None:
        ready.wait()
        began = perf_counter()
        run(turns)
        spans.append((began, perf_counter()))

    helpers = [threading.Thread(target=work, args=(run,)) for run in runs[1:]]
    for helper in helpers:
        helper.start()
    work(runs[0])
    for helper in helpers:
        helper.join()
    seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
    return len(runs) * turns * units / seconds
