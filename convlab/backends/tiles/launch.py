"""Plain functions as jobs of the pool, called from Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np

from convlab.backends.tiles import entry, pool
from convlab.backends.tiles.plain import call, native, put, word
from convlab.backends.tiles.sharing import SHARE


def share(job: Callable, words: np.ndarray, items: int) -> None:
    """Let the threads of the pool do a job for all items, or the caller alone where there is no pool.

    Parameters
    ----------
    job : plain function of (address of words, item, thread)
        `convlab.backends.tiles.plain`.
    words : ndarray of int64
        The job's table.
    items : int

    Examples
    --------
    >>> words = np.zeros(3, np.int64)
    >>> share(_number, words, 3)
    >>> words.tolist()
    [1, 2, 3]
    """
    _begin()(pool.state(), native(job), address(words), items)


def address(array: np.ndarray) -> int:
    """Return where the first value of an array lies, as `array.ctypes.data` does in five times the time.

    Examples
    --------
    >>> values = np.arange(3)[::-1]
    >>> address(values) == values.ctypes.data
    True
    """
    if entry.is_readable():
        return ctypes.c_int64.from_address(id(array) + entry.DATA).value
    return array.ctypes.data


@cache
def _begin() -> Callable:
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4)(native(begin))


def _number(words, item, _thread):
    """Write the item's number, from 1 on: the example above."""
    put(words, item, item + 1)


def begin(state: int, job: int, words: int, items: int) -> None:
    """Share the items, as a plain function."""
    if state != 0 and items > 1:
        call(word(state, SHARE), state, job, words, items)
    else:
        for item in range(items):
            call(job, words, item, 0)
