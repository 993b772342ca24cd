"""Jobs for the pool of native threads, and pools of any size, for its tests."""

import ctypes
from contextlib import contextmanager
from functools import cache

from convlab.backends.tiles import pool
from convlab.backends.tiles.machine import assembled
from convlab.backends.tiles.words import Words

SHARE = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4)
USLEEP = ctypes.cast(ctypes.CDLL(None).usleep, ctypes.c_void_p).value


@cache
def native(write):
    """Return the address of a job of (words, item, thread), written without numba."""
    return assembled(write.__name__, 3, "float64", write)


def tick(lanes, words, item, thread):
    """Count in word `item`."""
    Words(lanes, words).add(item, 1)


def tick_slowly(lanes, words, item, thread):
    """Sleep as long as the word of the thread says, count, and count for the thread; words: usleep, naps, counts."""
    shared = Words(lanes, words)
    shared.call(shared.load(0), shared.load(lanes.plus(thread, 1)))
    shared.add(lanes.plus(item, 20), 1)
    shared.add(lanes.plus(thread, 10), 1)


def occupy(lanes, words, item, thread):
    """Take the word of the thread for a moment; word 0 counts those who found it taken, word 1 the items."""
    shared = Words(lanes, words)
    place = lanes.plus(thread, 2)
    with lanes.builder.if_else(shared.take(place)) as (free, taken):
        with free:
            lanes.loop(lanes.number(200), [], lambda i, _: shared.pause() or [])
            shared.put(place, 0)
        with taken:
            shared.add(0, 1)
    shared.add(1, 1)


def nest(lanes, words, item, thread):
    """Share ticks from inside; words: share, state, tick, then four counts for every item."""
    shared = Words(lanes, words)
    inner = lanes.plus(words, lanes.times(lanes.plus(lanes.times(item, 4), 3), 8))
    shared.call(shared.load(0), shared.load(1), shared.load(2), inner, 4)


@contextmanager
def started(count):
    """Start a pool of some threads, and send them home afterwards."""
    own = pool._Pool(count)
    try:
        yield own
    finally:
        own.send_home()
        assert not any(thread.is_alive() for thread in own.threads)


def share(address, job, words, items):
    SHARE(pool._natives()[0])(address, job, words.ctypes.data, items)
