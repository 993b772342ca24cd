"""Plain functions as jobs of the pool, called from Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np

from convlab.backends.tiles import pool
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
    _begin()(pool.state(), native(job), words.ctypes.data, items)


@cache
def _begin() -> Callable:
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4)(native(begin))


def _number(words, item, _thread):
    """Write the item's number, from 1 on: the example above."""
    put(words, item, item + 1)


def begin(state, job, words, items):
    """Share the items, as a plain function."""
    if state != 0 and items > 1:
        call(word(state, SHARE), state, job, words, items)
    else:
        for item in range(items):
            call(job, words, item, 0)
