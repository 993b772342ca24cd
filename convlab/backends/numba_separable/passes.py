"""One pass along each axis: convolutions of single lines of taps, slab by slab, so that what is in between stays near.

Rows of x become *lines*, one for each channel and each product of factors; the columns of these lines, added up over
products and channels, become y. With a third axis every depth is a channel of its own at first, and a last pass adds
the depths up. Every pass is an ordinary convolution, which the catalogue has a backend for; it brings the threads. If
all taps of a line are the same number, and that is less work, it is a box (`convlab.backends.numba_separable.boxes`).

A slab is a number of images and of rows of y. Lines that two slabs need are made twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from convlab.backends.backend import Backend, Held
from convlab.backends.numba_separable import boxes
from convlab.backends.numba_separable.boxes import Box
from convlab.backends.numba_separable.factors import COLUMN_COST, PASS_COST, ROW_COST, WORTHWHILE, Factors
from convlab.spec import ConvSpec

SLAB_BYTES = 1 << 21  # of lines between two passes: the second-level caches of two processors hold them


@dataclass(frozen=True)
class Slabs:
    """How the passes of a spec are cut, for a number of products.

    Attributes
    ----------
    spec : ConvSpec
        Of two or three axes, with at least one value of x, w and y.
    products : int
        1 where there are three axes.
    """

    spec: ConvSpec
    products: int

    @cached_property
    def channels(self) -> int:
        """Pictures of an image: its channels, at every depth."""
        return self.spec.x_shape[1] * prod(self.spec.space[:-2])

    @cached_property
    def width(self) -> int:
        """Outputs in a row."""
        return self.spec.y_shape[-1]

    @cached_property
    def rows(self) -> int:
        """Rows of y in a slab: all, or a multiple of the taps if so many fit, for boxes have blocks of so many rows."""
        beside, taps = self.bytes(1, 1), self.spec.taps[-2]
        fit = max(1, 1 + (SLAB_BYTES - beside) // (self.bytes(1, 2) - beside))
        if fit >= self.spec.y_shape[-2]:
            return self.spec.y_shape[-2]
        return fit // taps * taps or fit

    @cached_property
    def is_cut(self) -> bool:
        """Whether an image has several slabs."""
        return self.rows < self.spec.y_shape[-2]

    @cached_property
    def images(self) -> int:
        """Images in a slab: several only where all rows of one do not fill it."""
        return max(1, min(self.spec.x_shape[0], SLAB_BYTES // self.bytes(1, self.spec.y_shape[-2])))

    def bytes(self, images: int, rows: int) -> int:
        """Return what stands between the passes of some rows of y: lines, and with a third axis columns."""
        columns = rows if self.spec.rank == 3 else 0
        values = images * self.channels * self.products * (self.reach(-2, rows) + columns) * self.width
        return values * np.dtype(self.spec.dtype).itemsize

    def reach(self, axis: int, outputs: int) -> int:
        """Return how many places of x neighbouring outputs read along an axis."""
        return (
            (outputs - 1) * self.spec.stride[axis] + (self.spec.taps[axis] - 1) * self.spec.dilation[axis] + 1
        )

    def row_pass(self, images: int, height: int) -> ConvSpec:
        """Return the convolution that makes lines of some rows of x."""
        spec = self.spec
        return ConvSpec(
            (images, self.channels, height, spec.space[-1]),
            (self.channels * self.products, 1, 1, spec.taps[-1]),
            stride=(1, spec.stride[-1]), dilation=(1, spec.dilation[-1]), padding=((0, 0), spec.pads[-1]),
            groups=self.channels, flip=False, dtype=spec.dtype,
        )  # fmt: skip

    def column_pass(self, images: int, rows: int) -> ConvSpec:
        """Return the convolution of the columns of lines: of two axes the last one, which adds up."""
        planes, spec = self.channels * self.products, self.spec
        groups = spec.groups if spec.rank == 2 else planes
        return ConvSpec(
            (images, planes, self.reach(-2, rows), self.width), (groups, planes // groups, spec.taps[-2], 1),
            stride=(spec.stride[-2], 1), dilation=(spec.dilation[-2], 1),
            groups=groups, flip=False, dtype=spec.dtype,
        )  # fmt: skip

    def depth_pass(self, images: int, rows: int) -> ConvSpec:
        """Return the convolution along the depth, of rows that stand one after the other; it adds up."""
        spec = self.spec
        return ConvSpec(
            (images, spec.x_shape[1], spec.space[0], rows * self.width),
            (spec.groups, spec.w_shape[1], spec.taps[0], 1),
            stride=(spec.stride[0], 1), dilation=(spec.dilation[0], 1), padding=(spec.pads[0], (0, 0)),
            groups=spec.groups, flip=False, dtype=spec.dtype,
        )  # fmt: skip


class Passes:
    """A convolution with filters that are held as factors; several threads may call it at once.

    Parameters
    ----------
    found : list of ndarray
        The factors along each axis (`factors.factored`), of filters turned as they slide.
    spec : ConvSpec
    inner : Backend
        Makes the passes.
    """

    def __init__(self, found: Factors, spec: ConvSpec, inner: Backend) -> None:
        self.slabs, self._inner, self._held = Slabs(spec, found[0].shape[2]), inner, {}
        self._factors, self._each = found, spec.w_shape[0] // spec.groups
        self._spec, self._y_shape, self._above = spec, spec.y_shape, spec.pads[-2][0]

    def __call__(self, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return y, written into `out` if given."""
        y = np.empty(self._y_shape, self._spec.dtype) if out is None else out
        make = self._columns if self._spec.rank == 2 else self._volume
        for n in range(0, len(x), self.slabs.images):
            images = slice(n, n + self.slabs.images)
            for row in range(0, y.shape[-2], self.slabs.rows):
                for o in range(self._each):
                    make(x[images], y[images, o :: self._each, ..., row : row + self.slabs.rows, :], o, row)
        return y

    def _columns(self, x: np.ndarray, y: np.ndarray, o: int, row: int) -> None:
        """Make lines of the rows of x that y reads, then columns of the lines."""
        images, rows = len(y), y.shape[-2]
        reach, step = self.slabs.reach(-2, rows), self._spec.stride[-2]
        begin, inside = _inside(row * step - self._above, reach, x.shape[-2])
        height = inside.stop - inside.start
        planes = self.slabs.channels * self.slabs.products
        lines = np.empty((images, planes, reach, self.slabs.width), self._spec.dtype)
        if height < reach:
            lines[:, :, : inside.start] = lines[:, :, inside.stop :] = 0
        if height:
            make_lines = self._pass(Slabs.row_pass, -1, o, images, height)
            make_lines(x[:, :, begin : begin + height], lines[:, :, inside])
        self._pass(Slabs.column_pass, -2, o, images, rows)(lines, y)

    def _volume(self, x: np.ndarray, y: np.ndarray, o: int, row: int) -> None:
        """Make columns at every depth of x, and add them up along the depth."""
        images, rows = len(y), y.shape[-2]
        columns = np.empty((images, self.slabs.channels, rows, self.slabs.width), y.dtype)
        self._columns(x.reshape(images, -1, *x.shape[3:]), columns, o, row)
        columns = columns.reshape(images, -1, x.shape[2], rows * self.slabs.width)
        found = y.reshape(*y.shape[:3], -1)  # a view where rows follow each other, and else a copy
        self._pass(Slabs.depth_pass, -3, o, images, rows)(columns, found)
        if not np.may_share_memory(found, y):
            y[...] = found.reshape(y.shape)

    def _pass(self, make: Callable, axis: int, o: int, images: int, count: int) -> Held:
        """Return the plan of a pass for filter o of each group, made when it is first needed."""
        key = axis, o, images, count
        if key not in self._held:
            spec = make(self.slabs, images, count)
            factor = self._factors[axis][o :: self._each].reshape(self._spec.x_shape[1], -1)
            repeated = factor.repeat(self.slabs.channels // len(factor) if axis > -3 else 1, axis=0)
            w = repeated.reshape(spec.w_shape)
            box = boxes.is_box(w) and self._pays_as_box(spec, axis)
            self._held[key] = Box(w, spec) if box else self._inner.plan(w, spec)
        return self._held[key]

    def _pays_as_box(self, spec: ConvSpec, axis: int) -> bool:
        """Return whether a pass is less work as a box; down columns, only if blocks of rows begin where slabs do."""
        if not boxes.can_box(spec) or (axis == -2 and self.slabs.rows % spec.taps[0] and self.slabs.is_cut):
            return False
        each = ROW_COST if axis == -1 else COLUMN_COST
        return WORTHWHILE * boxes.cost(spec) < (each * spec.terms + PASS_COST) * prod(spec.y_shape)


def _inside(start: int, count: int, size: int) -> tuple[int, slice]:
    """Return the first of ``start, ..., start + count - 1`` that lies on an axis of a size, and which of them do.

    Examples
    --------
    >>> _inside(-2, 6, 3), _inside(5, 2, 4), _inside(-7, 3, 4)
    ((0, slice(2, 5, None)), (5, slice(0, 0, None)), (-4, slice(3, 3, None)))
    """
    first = min(count, max(0, -start))
    last = max(first, min(count, size - start))
    return start + first, slice(first, last)
