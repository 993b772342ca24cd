"""Boxes: filters whose taps are all the same number, as sums of neighbours and two multiplications.

What such a filter does is add up; a mean over k by k values is a sum and one multiplication. How sums of k neighbours
are made without k additions, and why not by adding what enters and subtracting what leaves, is said in
`convlab.backends.numba_separable.sums`; `convlab.backends.numba_separable.strips` has the loops around it.

**The one number.** Each value of x is multiplied by the largest power of two up to the tap's magnitude (1, if the tap is
larger than that), which is exact, and each sum by what is left of the tap: one rounding, and none for a tap that is a
power of two. So no partial sum is larger than the sum of the definition's products may be, nothing overflows that would
not there, and nothing is lost to numbers below the smallest that the products would not lose. The chain of additions has
fewer roundings than the definition's, so with that one the bound of a direct convolution holds.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod

import numpy as np

from convlab.backends.numba_separable import strips, sums
from convlab.backends.tiles import machine, pool
from convlab.backends.tiles.launch import address, share
from convlab.spec import ConvSpec

MOST_VECTORS = 64  # that a box is wide: the sums of so many wait in registers, or in memory near them
LINES_BYTES = 3 << 17  # of a strip: in the second-level cache, beside the sums that are kept on the way
STRIPS = 3  # for each thread, where there are rows enough
LEAST_COLUMNS = 512  # of a strip: all its lines begin with some vectors without meaning
# What an output costs, in multiplications of a direct convolution: to be read, written, and added up down the columns;
# and for each doubling along the row. Measured for 3 to 63 taps a side.
BOX_COST, DOUBLING_COST = 9.0, 1.5
LAUNCH_MACS = 60_000  # what can be done directly in the time that it takes to begin

_OWN = threading.local()


def is_box(w: np.ndarray, spec: ConvSpec) -> bool:
    """Return whether every filter is one number everywhere, of one channel and two axes, with steps of 1.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 9, 9), (1, 1, 3, 5), dtype="float64")
    >>> is_box(np.full(spec.w_shape, 0.1), spec), is_box(np.arange(15.0).reshape(spec.w_shape), spec)
    (True, False)
    """
    first = w[:, :1, :1, :1] if w.ndim == 4 else w
    return can_box(spec) and bool(np.isfinite(first).all() and (w == first).all())


def can_box(spec: ConvSpec) -> bool:
    """Return whether a filter of this shape may be a box.

    Examples
    --------
    >>> [can_box(ConvSpec((1, c, 9, 9), (1, c, 3, 3))) for c in (1, 2)]
    [True, False]
    """
    steps = {*spec.stride, *spec.dilation}
    wide = spec.taps[-1] <= MOST_VECTORS * machine.width(spec.dtype)
    return spec.rank == 2 and spec.w_shape[1] == 1 and steps == {1} and wide


def cost(spec: ConvSpec, launches: float = 0.0) -> float:
    """Return the work of a box, in multiplications of a direct convolution.

    Parameters
    ----------
    spec : ConvSpec
    launches : float
        What it takes beside to begin.
    """
    digits = spec.taps[1].bit_length() - 1 + spec.taps[1].bit_count() - 1
    return (BOX_COST + DOUBLING_COST * digits) * prod(spec.y_shape) + launches


@dataclass(frozen=True, eq=False)
class Strips:
    """How y is cut into strips.

    Attributes
    ----------
    spec : ConvSpec
        `can_box` of it.
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
        planes = prod(self.spec.y_shape[:2])
        fair = -(-height * planes // (STRIPS * self.threads))
        return max(taps, min(fit, max(fair, 2 * taps), height) // taps * taps)

    @cached_property
    def line_bytes(self) -> int:
        """Bytes of a line of sums, and an odd number of cache lines: columns of lines use all places of a cache."""
        lanes = machine.width(self.spec.dtype)
        used = (-(-self.columns // lanes) + self.lag) * lanes * self.item
        return (-(-used // 64) | 1) * 64

    @cached_property
    def kept_bytes(self) -> int:
        """Bytes of the sums that are kept of a block."""
        return self.spec.taps[0] * sums.ABREAST * machine.width(self.spec.dtype) * self.item

    @cached_property
    def scratch_bytes(self) -> int:
        """Bytes for one thread: sums that are kept, lines, and one more line, which is read and not used."""
        lines = min(self.rows, self.spec.y_shape[2]) + self.spec.taps[0]
        return -(-(self.kept_bytes + lines * self.line_bytes) // 64) * 64

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
    return cut(spec).scratch_bytes * pool.threads() + 64


class Box:
    """A convolution with a box; several threads may call it at once.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape
        `is_box`.
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
        self._facts = _facts(cut(spec)) | {"FACTORS": address(self._factors)}

    def __call__(self, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return y, written into `out` if given; an x or `out` whose columns are not side by side is copied whole."""
        spec, item = self._spec, self._factors.itemsize
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        source = x if x.strides[3] == item else np.ascontiguousarray(x)
        target = y if y.strides[3] == item else np.empty(spec.y_shape, spec.dtype)
        steps = {"X": source, "Y": target}
        facts = self._facts | {f"{name}_{to}": step for name, array in steps.items()
                               for to, step in zip(("IMAGE", "PLANE", "ROW"), array.strides, strict=False)}  # fmt: skip
        facts |= {name: address(array) for name, array in steps.items()}
        facts["SCRATCH"] = _scratch(workspace_bytes(spec))
        words = np.array([facts[name] for name in strips.NAMES], np.int64)
        share(strips.strip, words, prod(spec.y_shape[:2]) * prod(cut(spec).counts))
        if target is not y:
            y[...] = target
        return y


def _taken_apart(taps: np.ndarray) -> np.ndarray:
    """Return for each tap a power of two, at most 1, and what it is to be multiplied by.

    Examples
    --------
    >>> _taken_apart(np.array([0.1, -3.0, 0.0]))
    array([[ 0.0625,  1.6   ],
           [ 1.    , -3.    ],
           [ 1.    ,  0.    ]])
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


def _scratch(count: int) -> int:
    """Return the address of memory of this Python thread's own, which it keeps for its next call."""
    held = getattr(_OWN, "scratch", None)
    if held is None or held.size < count:
        held = _OWN.scratch = np.empty(count, np.uint8)
    return -(-address(held) // 64) * 64
