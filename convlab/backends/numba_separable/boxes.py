"""Boxes: filters whose taps are all the same number, as sums of neighbours and two multiplications.

What such a filter does is add up; a mean over k by k values is a sum and one multiplication. How sums of k neighbours
are made without k additions, and why not by adding what enters and subtracting what leaves, is said in
`convlab.backends.numba_separable.sums`; `convlab.backends.numba_separable.strips` has the loops around it.

**The one number.** Each value of x is multiplied by the largest power of two up to the magnitude of the tap (by 1, if
that is more), which is exact, and each sum by what is left of the tap: one rounding, and none for a tap that is a power
of two. So no partial sum is larger than the definition's may be, nothing overflows that would not there, and no more is
lost below the smallest numbers of the dtype. On its way to the output a value goes through ``kh + kw - 1`` roundings at
most, where the definition's has ``kh·kw``: the bound of a direct convolution holds, and whole numbers come out exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod

import numpy as np

from convlab.backends.numba_separable import strips, sums
from convlab.backends.tiles import machine, pool, scratch
from convlab.backends.tiles.launch import address, share
from convlab.spec import ConvSpec

MOST_VECTORS = 64  # that a box is wide: the sums of so many wait in registers, or in memory near them
LINES_BYTES = 3 << 17  # of a strip: in the second-level cache, beside the sums that are kept on the way
STRIPS = 3  # for each thread, where there are rows enough
LEAST_COLUMNS = 512  # of a strip: all its lines begin with some vectors without meaning
# What an output costs, in multiplications of a direct convolution: to be read, written, and added up down the columns;
# and for each addition along the row. Measured for 3 to 31 taps a side, in the second-level cache.
BOX_COST, ADDITION_COST = 12.0, 2.0
LAUNCH_MACS = 100_000  # what can be done directly in the time that it takes to begin

MOST_LAYOUTS = 64  # of x and y that one box remembers


def is_box(w: np.ndarray) -> bool:
    """Return whether every filter is one finite number everywhere.

    Examples
    --------
    >>> is_box(np.full((1, 1, 3, 5), 0.1)), is_box(np.arange(15.0).reshape(1, 1, 3, 5))
    (True, False)
    """
    taps = w.reshape(len(w), -1)
    return bool(np.isfinite(taps[:, 0]).all() and (taps == taps[:, :1]).all())


def can_box(spec: ConvSpec) -> bool:
    """Return whether filters of this shape may be boxes: of two axes and one channel, with steps of 1.

    Examples
    --------
    >>> [can_box(ConvSpec((1, c, 9, 9), (1, c, 3, 3))) for c in (1, 2)]
    [True, False]
    """
    steps = {*spec.stride, *spec.dilation}
    wide = spec.taps[-1] <= MOST_VECTORS * machine.width(spec.dtype)
    return spec.rank == 2 and spec.w_shape[1] == 1 and steps == {1} and wide


def cost(spec: ConvSpec) -> float:
    """Return the work of a box, in multiplications of a direct convolution.

    Examples
    --------
    >>> [cost(ConvSpec((1, 1, k, k), (1, 1, k, k))) for k in (1, 7, 31)]
    [12.0, 20.0, 28.0]
    """
    additions = spec.taps[1].bit_length() - 1 + spec.taps[1].bit_count() - 1
    return (BOX_COST + ADDITION_COST * additions) * prod(spec.y_shape)


@dataclass(frozen=True, eq=False)
class Strips:
    """How y is cut into strips.

    Attributes
    ----------
    spec : ConvSpec
        Which `can_box`.
    threads : int
    """

    spec: ConvSpec
    threads: int

    @cached_property
    def item(self) -> int:
        """Bytes of a value."""
        return np.dtype(self.spec.dtype).itemsize

    @cached_property
    def lag(self) -> int:
        """Vectors without meaning at the beginning of a line."""
        return sums.lag(self.spec.taps[1], self.spec.dtype)

    @cached_property
    def columns(self) -> int:
        """Columns of a strip: as many as there are, if a few blocks of lines of that length fit the cache."""
        _, _, height, width = self.spec.y_shape
        tall = self.spec.taps[0] + min(height, 3 * self.spec.taps[0])
        fit = max(LEAST_COLUMNS, LINES_BYTES // (tall * self.item))
        each = -(-width // -(-width // fit))
        whole = sums.ABREAST * machine.width(self.spec.dtype)
        return min(width, -(-each // whole) * whole)

    @cached_property
    def rows(self) -> int:
        """Rows of a strip: a number of whole blocks, so that strips change no output's order."""
        taps, height = self.spec.taps[0], self.spec.y_shape[2]
        fit = LINES_BYTES // self.line_bytes - taps
        planes = prod(self.spec.y_shape[:2]) * -(-self.spec.y_shape[3] // self.columns)
        fair = -(-height * planes // (STRIPS * self.threads))
        return max(taps, min(fit, max(fair, 2 * taps), height) // taps * taps)

    @cached_property
    def line_bytes(self) -> int:
        """Bytes of a line of sums, and an odd number of cache lines: columns of lines use all places of a cache."""
        lanes = machine.width(self.spec.dtype)
        used = (-(-self.columns // lanes) + self.lag) * lanes * self.item
        return (scratch.lines(used) // scratch.LINE | 1) * scratch.LINE

    @cached_property
    def kept_bytes(self) -> int:
        """Bytes of the sums that are kept of a block."""
        return self.spec.taps[0] * sums.ABREAST * machine.width(self.spec.dtype) * self.item

    @cached_property
    def scratch_bytes(self) -> int:
        """Bytes for one thread: sums that are kept, lines, and one more line, which is read and not used."""
        lines = min(self.rows, self.spec.y_shape[2]) + self.spec.taps[0]
        return scratch.lines(self.kept_bytes + lines * self.line_bytes)

    @cached_property
    def counts(self) -> tuple[int, int]:
        """Strips along the rows and the columns of a plane."""
        return -(-self.spec.y_shape[2] // self.rows), -(-self.spec.y_shape[3] // self.columns)


@lru_cache(256)
def cut(spec: ConvSpec) -> Strips:
    """Return how a spec is cut for the threads of this process."""
    return Strips(spec, pool.threads())


def workspace_bytes(spec: ConvSpec) -> int:
    """Return what all threads together keep between x and y, if both are in C order."""
    return cut(spec).scratch_bytes * pool.threads() + scratch.LINE


class Box:
    """A convolution with a box; several threads may call it at once.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape
        Which `is_box`.
    spec : ConvSpec
        With at least one value of x, w and y.

    Examples
    --------
    >>> x, w = np.arange(16.0).reshape(1, 1, 4, 4), np.full((1, 1, 3, 3), 2.0)
    >>> Box(w, ConvSpec(x.shape, w.shape, dtype="float64"))(x)[0, 0]
    array([[ 90., 108.],
           [162., 180.]])
    """

    def __init__(self, w: np.ndarray, spec: ConvSpec) -> None:
        self._spec, self._factors = spec, _taken_apart(w[:, 0, 0, 0].astype(spec.dtype))
        self._strips = prod(spec.y_shape[:2]) * prod(cut(spec).counts)
        self._room, self._known = cut(spec).scratch_bytes * pool.threads(), {}

    def __call__(self, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return y, written into `out` if given; an x or `out` whose columns are not side by side is copied whole."""
        spec, item = self._spec, self._factors.itemsize
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        source = x if x.strides[3] == item else np.ascontiguousarray(x)
        target = y if y.strides[3] == item else np.empty(spec.y_shape, spec.dtype)
        words = self._words(source.strides, target.strides).copy()
        words[strips.X], words[strips.Y] = address(source), address(target)
        memory = scratch.own(self._room)
        words[strips.SCRATCH] = address(memory)
        share(strips.strip, words, self._strips)
        if target is not y:
            y[...] = target
        return y

    def _words(self, x: tuple[int, ...], y: tuple[int, ...]) -> np.ndarray:
        """Return the table for operands of some strides, but for where they and the scratch memory are."""
        found = self._known.get((x, y))
        if found is None:
            if len(self._known) >= MOST_LAYOUTS:
                self._known.clear()
            facts = _facts(cut(self._spec)) | {
                "FACTORS": address(self._factors),
                "X": 0,
                "Y": 0,
                "SCRATCH": 0,
            }
            for name, steps in (("X", x), ("Y", y)):
                facts |= {f"{name}_IMAGE": steps[0], f"{name}_PLANE": steps[1], f"{name}_ROW": steps[2]}
            found = self._known[x, y] = np.array([facts[name] for name in strips.NAMES], np.int64)
        return found


def _taken_apart(taps: np.ndarray) -> np.ndarray:
    """Return for each tap a power of two, at most 1, and what it is to be multiplied by.

    Examples
    --------
    >>> _taken_apart(np.array([0.75, -3.0]))
    array([[ 0.5,  1.5],
           [ 1. , -3. ]])
    """
    _, exponents = np.frexp(taps)
    lowest = np.finfo(taps.dtype).minexp
    before = np.ldexp(np.ones_like(taps), np.clip(exponents - 1, lowest, 0))
    return np.stack([before, taps / before], axis=1)


def _facts(how: Strips) -> dict[str, int]:
    """Return the words of the table that do not depend on the operands."""
    spec = how.spec
    return {
        "SCRATCH_BYTES": how.scratch_bytes, "LINES": how.kept_bytes, "LINE_BYTES": how.line_bytes,
        "LEAD_BYTES": how.lag * machine.width(spec.dtype) * how.item, "SIZE": how.item,
        "LANES": machine.width(spec.dtype), "LAG": how.lag, "PLANES": spec.w_shape[0],
        "EACH": spec.w_shape[0] // spec.groups, "HEIGHT": spec.space[0], "WIDTH": spec.space[1],
        "OUT_HEIGHT": spec.y_shape[2], "OUT_WIDTH": spec.y_shape[3], "TOP": spec.pads[0][0], "LEFT": spec.pads[1][0],
        "TAPS": spec.taps[0], "ACROSS": sums.across(spec.taps[1], spec.dtype), "DOWN": sums.down(spec.dtype),
        "ROWS": how.rows, "COLUMNS": how.columns, "ROW_STRIPS": how.counts[0], "COLUMN_STRIPS": how.counts[1],
    }  # fmt: skip
