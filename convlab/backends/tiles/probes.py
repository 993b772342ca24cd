"""The two ceilings that no kernel passes: fused multiply-adds from registers, and copies through each cache.

A kernel that is short of arithmetic can at most keep the multipliers busy; one that is short of memory can at most move
what it moves at the rate of the cache, or of the memory, that it lies in. What is measured here is written by the same
generator as the kernels, so that a fraction of it says how good a kernel is and not how good a compiler.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from convlab.backends.tiles import machine

if TYPE_CHECKING:
    from convlab.backends.tiles.lanes import Lanes

SUMS = 12  # chains at once: an addition takes 4 steps or so, and two begin in each
ABREAST = 8  # vectors that a copy has in flight


def multiply_adds(dtype: str) -> tuple[Callable[[int], None], int]:
    """Return a function that does nothing but fused multiply-adds for some turns, and its operations per turn.

    Python's lock is open meanwhile, so that threads run it side by side; each makes its own.

    Examples
    --------
    >>> turn, flops = multiply_adds("float64")
    >>> turn(10), flops == 2 * SUMS * machine.width("float64")
    (None, True)
    """
    lanes = machine.width(dtype)
    numbers = np.zeros((SUMS + 2, lanes), dtype)
    numbers[0], numbers[1], numbers[2:] = 0.5, 1.0, np.arange(SUMS)[:, None]  # no sum grows, no two are alike
    function = _native("multiply_adds", 2, dtype)

    def turns(count: int) -> None:
        function(count, numbers.ctypes.data)

    return turns, 2 * SUMS * lanes


def copies(each_bytes: int) -> tuple[Callable[[int], None], int]:
    """Return a function that copies a block some times, and the bytes that it reads and writes each time.

    Examples
    --------
    >>> copy, moved = copies(1 << 14)
    >>> copy(2), moved
    (None, 32768)
    """
    step = machine.width("float32") * 4 * ABREAST
    values = max(1, each_bytes // step) * step // 4
    source, target = np.ones(values, np.float32), np.zeros(values, np.float32)
    function = _native("copies", 4, "float32")

    def times(count: int) -> None:
        function(count, values * 4 // step, source.ctypes.data, target.ctypes.data)

    return times, 8 * values


def _write_multiply_adds(lanes: Lanes, turns: object, address: object) -> None:
    """Write SUMS chains of ``sum = sum * a + b``, whose numbers come from memory and go back to it."""
    half, one = lanes.load(address), lanes.load(lanes.plus(address, lanes.bytes))
    places = [lanes.plus(address, lanes.bytes * (2 + n)) for n in range(SUMS)]
    sums = [lanes.load(place) for place in places]
    ends = lanes.loop(turns, sums, lambda _, sums: [lanes.fma(one_sum, half, one) for one_sum in sums])
    for end, place in zip(ends, places, strict=True):
        lanes.store(end, place)


def _write_copies(lanes: Lanes, count: object, steps: object, source: object, target: object) -> None:
    """Write a copy of `steps` times ABREAST vectors, done `count` times."""
    apart = lanes.bytes * ABREAST

    def step(i: object, _: list) -> list:
        at = lanes.times(i, apart)
        places = [lanes.plus(at, lanes.bytes * n) for n in range(ABREAST)]
        read = [lanes.load(lanes.plus(source, place)) for place in places]
        for vector, place in zip(read, places, strict=True):
            lanes.store(vector, lanes.plus(target, place))
        return []

    def once(_: object, __: list) -> list:
        lanes.loop(steps, [], step)
        return []

    lanes.loop(count, [], once)


@cache
def _native(name: str, arguments: int, dtype: str) -> Callable[..., None]:
    """Return one of the two functions, compiled; calling it through ctypes opens Python's lock."""
    write = {"multiply_adds": _write_multiply_adds, "copies": _write_copies}[name]
    address = machine.assembled(name, arguments, dtype, write)
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * arguments)(address)
