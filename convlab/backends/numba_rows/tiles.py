"""How numba-rows cuts a convolution into pieces: which outputs are made at a time, and where their taps stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from convlab.spec import ConvSpec

PIECE_MACS = (1 << 20, 1 << 23)  # a piece is worth a call, and small enough that threads end together
PIECE_BYTES = 1 << 19  # its lines of x and its sums: half of a second-level cache
NARROW = 256  # outputs along a row that are not cut any further


class Piece(NamedTuple):
    """Outputs that are made together: some images, one group, one depth, some rows, some columns.

    Attributes
    ----------
    images, rows, columns : slice
        Of y.
    group, depth : int
    """

    images: slice
    group: int
    depth: int
    rows: slice
    columns: slice


@dataclass(frozen=True, eq=False)
class Tiling:
    """The pieces of a spec of three axes, all of one size but the last ones, and the buffer that each needs.

    A buffer holds, for each image, the lines of x that a piece reads, sorted so that outputs of neighbouring columns
    and rows read neighbouring values whatever the stride: padded row P and column Q stand in the plane of their
    remainders ``P % stride`` and ``Q % stride``, at ``P // stride`` and ``Q // stride``.

    Attributes
    ----------
    spec : ConvSpec
        Of three axes.
    images, rows, columns : int
        Outputs of a piece, per filter.
    """

    spec: ConvSpec
    images: int
    rows: int
    columns: int

    @cached_property
    def buffer(self) -> tuple[int, ...]:
        """Shape of the buffer: images, channels, depths, remainders of rows and columns, rows, columns."""
        spec, (_, down, across) = self.spec, self.spec.stride
        rows, columns = (
            n - 1 + -(-e // s)
            for n, e, s in zip((self.rows, self.columns), spec.extent[1:], (down, across), strict=True)
        )
        return (self.images, spec.w_shape[1], spec.taps[0], down, across, rows, columns)

    @cached_property
    def sums(self) -> tuple[int, ...]:
        """Shape of the sums of a piece: filters, images, rows, and columns as far as the buffer has them.

        Of more than one filter, an even number: the sums of one that is all zeros are read by nobody.
        """
        filters = self.spec.w_shape[0] // self.spec.groups
        return (filters + (filters > 1 and filters % 2), self.images, self.rows, self.buffer[-1])

    @cached_property
    def offsets(self) -> np.ndarray:
        """Where each tap of a filter, in C order, stands in the buffer of an image, shape (terms,)."""
        _, channels, depths, down, across, rows, columns = self.buffer
        plane = rows * columns
        p, q = (np.arange(k) * d for k, d in zip(self.spec.taps[1:], self.spec.dilation[1:], strict=True))
        along_rows = p % down * across * plane + p // down * columns
        along_columns = q % across * plane + q // across
        planes = np.arange(channels * depths) * down * across * plane
        return (planes[:, None, None] + along_rows[:, None] + along_columns).ravel().astype(np.intp)

    @property
    def count(self) -> int:
        """How many pieces there are."""
        images, _, depths, rows, columns = self.spec.y_shape
        cuts = (-(-images // self.images), -(-rows // self.rows), -(-columns // self.columns))
        return prod(cuts) * self.spec.groups * depths

    def pieces(self) -> Iterator[Piece]:
        """Yield all pieces, in C order."""
        images, _, depths, rows, columns = self.spec.y_shape
        for first in range(0, images, self.images):
            for group, depth in product(range(self.spec.groups), range(depths)):
                for row in range(0, rows, self.rows):
                    for column in range(0, columns, self.columns):
                        yield Piece(
                            slice(first, min(images, first + self.images)), group, depth,
                            slice(row, min(rows, row + self.rows)),
                            slice(column, min(columns, column + self.columns)),
                        )  # fmt: skip


@lru_cache(64)
def tiling(spec: ConvSpec, threads: int) -> Tiling:
    """Return how a spec, as one of three axes, is cut for a number of threads.

    A piece is worth about a tenth of a millisecond, a quarter of a thread's share if that is less, and fits the
    cache where a row of it does.

    Examples
    --------
    >>> one = tiling(ConvSpec((50, 1, 100, 100), (1, 1, 11, 11)), 2)
    >>> one.images, one.rows, one.columns, one.count, len(list(one.pieces()))
    (6, 90, 90, 9, 9)
    """
    spec = lifted(spec)
    images, _, _, rows, columns = spec.y_shape
    filters, item = spec.w_shape[0] // spec.groups, np.dtype(spec.dtype).itemsize
    each = max(1, spec.terms * filters)
    macs = min(PIECE_MACS[1], max(PIECE_MACS[0], spec.macs // (4 * threads)))
    kept = item * (filters + spec.w_shape[1] * spec.taps[0] * prod(spec.stride[1:]))
    positions = max(1, min(macs // each, PIECE_BYTES // max(1, kept)))
    columns = _even(columns, max(NARROW, positions))
    rows = _even(rows, positions // columns)
    return Tiling(spec, _even(images, positions // (rows * columns)), rows, columns)


def lifted(spec: ConvSpec) -> ConvSpec:
    """Return a spec of three axes that computes the same; the added axes have length 1.

    Examples
    --------
    >>> str(lifted(ConvSpec((1, 1, 5), (1, 1, 2), "full")))
    'x(1, 1, 1, 1, 5) w(1, 1, 1, 1, 2) ((0, 0), (0, 0), (1, 1)) float32'
    """
    ones = (1,) * (3 - spec.rank)
    return replace(
        spec, x_shape=(*spec.x_shape[:2], *ones, *spec.space), w_shape=(*spec.w_shape[:2], *ones, *spec.taps),
        stride=ones + spec.stride, dilation=ones + spec.dilation, mode="padded",
        padding=((0, 0),) * len(ones) + spec.pads,
    )  # fmt: skip


def inside(start: int, step: int, count: int, size: int) -> tuple[slice, slice]:
    """Return which of the positions ``start + step * i``, i < count, lie on an axis of a size, and where.

    Examples
    --------
    >>> inside(-3, 2, 4, 5)
    (slice(2, 4, None), slice(1, 4, 2))
    """
    first = max(0, -(start // step))
    last = max(first, min(count, (size - 1 - start) // step + 1))
    return slice(first, last), slice(start + first * step, max(0, start + (last - 1) * step + 1), step)


def _even(whole: int, part: int) -> int:
    """Return the size of parts that cut a whole evenly and are at most, or about, as large as asked."""
    parts = -(-whole // max(1, min(whole, part)))
    return max(1, -(-whole // max(1, parts)))
