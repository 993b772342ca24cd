"""Sums as tiles add them up: runs of fused multiply-adds, one after the other, by the system's own `fma`."""

from __future__ import annotations

import ctypes
import ctypes.util
import mmap
from functools import cache
from math import gcd

import numpy as np

from convlab.operands import turned
from convlab.spec import ConvSpec

_SYSTEM = ctypes.CDLL(ctypes.util.find_library("m"))


def _fused(name: str, kind: type) -> np.ufunc:
    function = getattr(_SYSTEM, name)
    function.argtypes, function.restype = [kind] * 3, kind
    return np.frompyfunc(lambda a, b, c: function(a, b, c), 3, 1)


FUSED = {"float32": _fused("fmaf", ctypes.c_float), "float64": _fused("fma", ctypes.c_double)}


def fma(a: np.ndarray, b: np.ndarray | float, c: np.ndarray) -> np.ndarray:
    """Return a * b + c in the dtype of c, rounded once."""
    return FUSED[c.dtype.name](a, b, c).astype(c.dtype)


class Runs:
    """Sums of arrays: runs of some terms that begin at +0, each added to the total of those before it."""

    def __init__(self, terms: int, shape: tuple[int, ...], dtype: str) -> None:
        self.terms, self.count, self.total = terms, 0, None
        self.sums = np.zeros(shape, dtype)

    def add(self, a: np.ndarray, b: np.ndarray | float) -> None:
        """Add a * b, rounded once, to the run; a run that is full ends before."""
        if self.count == self.terms:
            self.end()
        self.sums, self.count = fma(a, b, self.sums), self.count + 1

    def end(self) -> np.ndarray:
        """End the run, if it has begun, and return the total."""
        if self.count or self.total is None:
            self.total = self.sums if self.total is None else self.total + self.sums
        self.sums, self.count = np.zeros_like(self.sums), 0
        return self.total


def run_of(channels: int, taps: tuple[int, ...], most: int = 512) -> int:
    """Return the terms of a run: of whole channels, else of whole rows, else of taps; as few runs as do it."""
    channel, row = int(np.prod(taps)), taps[-1]

    def even(count: int, each: int) -> int:
        runs = 1 if count * each <= most // 2 else 2
        while -(-count // runs) * each > most and runs < count:
            runs += 1
        return -(-count // runs) * each

    if channels * channel <= most // 2 or (channel <= most and channels > 1):
        return even(channels, channel)
    return even(channel // row, row) if row <= most and channel > row else even(channel, 1)


def chain(x: np.ndarray, w: np.ndarray, spec: ConvSpec, most: int = 512) -> np.ndarray:
    """Return y of a spec of two axes as numba-tiles documents it, bit for bit.

    Every output is added up in runs: the channels of its group, in each the remainders of the row and column stride, in
    each the rows of the filter, and in each its taps. A run is of whole channels, or of whole remainders as far as they
    fit, or of a part of one.
    """
    (top, bottom), (left, right) = spec.pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    w, y = turned(w, spec), np.zeros(spec.y_shape, spec.dtype)
    (down, across), (rows, columns) = spec.stride, spec.y_shape[2:]
    filters, run = spec.w_shape[0] // spec.groups, run_of(spec.w_shape[1], spec.taps, most)
    is_whole = run >= spec.taps[0] * spec.taps[1]
    planes = in_order(spec.taps, [s // gcd(s, d) for s, d in zip(spec.stride, spec.dilation)])
    for o in range(spec.w_shape[0]):
        sums = Runs(run, y[:, o].shape, y.dtype)
        for c in range(spec.w_shape[1]):
            seen = x[:, o // filters * spec.w_shape[1] + c]
            for plane in planes:
                if not is_whole and sums.count + len(plane) > run:
                    sums.end()
                    sizes = [len({tap[axis] for tap in plane}) for axis in (0, 1)]
                    sums.terms = run if len(plane) <= run else run_of(1, tuple(sizes), most)
                for p, q in plane:
                    high, wide = p * spec.dilation[0], q * spec.dilation[1]
                    met = seen[
                        :,
                        high : high + (rows - 1) * down + 1 : down,
                        wide : wide + (columns - 1) * across + 1 : across,
                    ]
                    sums.add(met, w[o, c, p, q])
                if sums.terms != run:
                    sums.end()
                    sums.terms = run
            if not is_whole:
                sums.end()
        y[:, o] = sums.end()
    return y


def in_order(taps: tuple[int, int], periods: list[int]) -> list[list[tuple[int, int]]]:
    """Return the taps of a filter in the order in which they are added up, remainder by remainder."""
    return [
        [(p, q) for p in range(a, taps[0], periods[0]) for q in range(b, taps[1], periods[1])]
        for a in range(min(taps[0], periods[0]))
        for b in range(min(taps[1], periods[1]))
    ]


@cache
def guarded_pages() -> np.ndarray:
    """Return the bytes of two pages, with pages before and behind them that end a process which reads them."""
    page = mmap.PAGESIZE
    memory = mmap.mmap(-1, 4 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    forbid = ctypes.CDLL(None).mprotect
    forbid.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for place in (start, start + 3 * page):
        assert forbid(place, page, 0) == 0
    return np.frombuffer(memory, np.uint8, 2 * page, page)
