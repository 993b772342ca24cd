"""How numba-fft cuts a convolution: the sizes of its transforms, tiles of outputs, and blocks of tiles for a thread.

Small tiles (`rings`) throw more of their work away; large ones leave the cache, and there are fewer of them for the
threads to share. `tiling` counts what every choice costs, and takes the cheapest.

A *block* is what one thread works on at a time: a tile, or several below each other where a tile would leave lanes
idle. Where few channels are read, a thread makes all outputs of a block before it takes the next. Where many are, all
threads first transform as many blocks as are held at once, then multiply, then transform back: so the transforms of the
filters, which no cache holds any more, are read once for all of these blocks.

The choice depends on the processor's vectors, but not on how many threads there are: so neither do the bits of y.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from math import ceil, prod

import numpy as np

from convlab.backends.numba_fft import roots
from convlab.backends.numba_fft.rings import TURN, Axis, axes
from convlab.spec import ConvSpec

CACHE_BYTES = 7 << 16  # of a block, and as much of a filter, in a second-level cache: more waits for the next
SCRATCH_BYTES = 16 << 20  # of one thread, where there is a choice
SPECTRA_BYTES = 12 << 20  # of transforms and products that all threads have at hand
FILTER_BYTES = 32 << 20  # of transforms of filters at a time, where there is a choice
FEW = 8  # channels that one thread may hold
MOST_STACKED = 8  # tiles in a block
# Cycles per complex vector: of copying in or out, of a product, of sums on their way to memory
# and back; measured like `roots.COST`. And how many times slower it is beyond the cache.
COPY, PRODUCT, MEETING, SLOWER = 4.7, 4.5, 9.0, 1.4
READ_BYTES = 6.0  # of filters that no cache holds, in a cycle
LAUNCH, BLOCK = 6000.0, 500.0  # cycles of sharing at all, and of a block whatever its size
THREADS = (1, 2, 4)  # a choice is judged by how evenly its blocks go to so many threads


@dataclass(frozen=True)
class Tiling:
    """The sizes of everything. Of an image, the rows are transformed in pairs: P points are P / 2 complex values.

    Attributes
    ----------
    spec : ConvSpec
    lanes : int
    rows, columns : Axis
        Of one spatial axis, `rows` is that axis and `columns` has a single point.
    stack : int
        Tiles in a block: below each other, or for one spatial axis side by side in the lanes.
    """

    spec: ConvSpec
    lanes: int
    rows: Axis
    columns: Axis
    stack: int

    @cached_property
    def height(self) -> int:
        """Complex values of a tile down its ring of rows."""
        return self.rows.points // 2

    @cached_property
    def panels(self) -> int:
        """Vectors side by side that hold the columns of a tile."""
        return ceil(self.columns.points / self.lanes)

    @cached_property
    def strips(self) -> int:
        """Vectors side by side that hold the rows of a block."""
        deep = 1 if self.spec.rank == 1 else self.stack
        return ceil(deep * self.height / self.lanes)

    @cached_property
    def vector_bytes(self) -> int:
        """Bytes of one complex vector."""
        return 2 * self.lanes * item_bytes(self.spec)

    @cached_property
    def block_bytes(self) -> int:
        """Bytes of a block of one channel: its height is rounded up to whole squares."""
        return self.panels * self.strips * self.lanes * self.vector_bytes

    @cached_property
    def strip_bytes(self) -> int:
        """Bytes of one strip; of one spatial axis, of the lines that are copied before they are turned."""
        if self.spec.rank == 1:
            return self.lanes * self.line_bytes
        return self.panels * self.lanes * self.vector_bytes

    @cached_property
    def line_bytes(self) -> int:
        """Bytes of one tile of one spatial axis before it is turned: its second half is read in whole squares, too."""
        return (self.height + ceil(self.height / self.lanes) * self.lanes) * item_bytes(self.spec)

    @cached_property
    def is_alone(self) -> bool:
        """Whether each channel has one filter that reads nothing else: then no transform has to wait for another."""
        return self.spec.w_shape[1] == 1 and self.spec.w_shape[0] == self.spec.groups

    @cached_property
    def is_few(self) -> bool:
        """Whether a thread makes all outputs of a block: its few channels stay in the cache, and blocks are enough."""
        channels = self.spec.w_shape[1]
        fits = channels <= FEW and (channels + 1) * self.block_bytes <= CACHE_BYTES
        return self.is_alone or (fits and self.blocks * self.spec.groups >= max(THREADS))

    @cached_property
    def scratch_bytes(self) -> int:
        """Bytes that one thread works in: a block, a strip, and the transforms that wait for their filters."""
        held = self.spec.w_shape[1] if self.is_few and not (self.is_alone and self.spec.rank == 2) else 0
        return (1 + held) * self.block_bytes + self.strip_bytes

    @cached_property
    def at_once(self) -> int:
        """How many blocks are transformed, in all channels, before the first filter is met."""
        held = (self.spec.x_shape[1] + self.spec.w_shape[0]) * self.block_bytes
        return min(self.blocks, max(1, SPECTRA_BYTES // held))

    @cached_property
    def vectors(self) -> int:
        """Complex vectors of a transformed block."""
        return self.height if self.spec.rank == 1 else self.strips * self.columns.points

    @cached_property
    def spectra_step(self) -> int:
        """Bytes from one complex vector of all blocks and channels to the next; not a power of two."""
        return (self.at_once * self.spec.x_shape[1] + 1) * self.vector_bytes

    @cached_property
    def filter_step(self) -> int:
        """Bytes from one complex vector of all filters and their channels to the next."""
        return (prod(self.spec.w_shape[:2]) + 1) * self.vector_bytes

    @cached_property
    def spectra_bytes(self) -> int:
        """Bytes of what is transformed before the first filter is met."""
        return 0 if self.is_few else self.vectors * self.spectra_step

    @cached_property
    def shared_bytes(self) -> int:
        """Bytes that all threads work in together: transforms, and their products with those of the filters."""
        if self.is_few:
            return 0
        return self.spectra_bytes + self.at_once * self.spec.w_shape[0] * self.block_bytes

    @cached_property
    def filter_bytes(self) -> int:
        """Bytes of the transforms of all filters."""
        together = prod(self.spec.w_shape[:2]) * self.block_bytes
        return together if self.is_few else self.vectors * self.filter_step

    @cached_property
    def tiles(self) -> int:
        """Tiles of all images."""
        return self.spec.x_shape[0] * self.rows.tiles * self.columns.tiles

    @cached_property
    def blocks(self) -> int:
        """Blocks of tiles."""
        return ceil(self.tiles / self.stack)

    @cached_property
    def cycles(self) -> float:
        """What all of it costs: the measure by which one tiling is chosen among many."""
        vectors, filters = self.strips * self.lanes * self.panels, self.spec.w_shape[0]
        if self.spec.rank == 1:
            one = self.height * (roots.cost(roots.radices(self.height)) + COPY) + vectors * TURN
        else:
            deep, wide = self.stack * self.height, self.columns.points
            down = deep * self.panels * (roots.cost(roots.radices(self.height)) + COPY)
            one = down + self.strips * wide * roots.cost(roots.radices(wide)) + vectors * TURN
        one = BLOCK + (SLOWER if self.block_bytes > CACHE_BYTES else 1) * one
        products = vectors * ((0 if self.is_few else MEETING) + PRODUCT * self.spec.w_shape[1])
        items = self.blocks * (self.spec.groups if self.is_few else filters)
        uneven = sum(ceil(items / t) * t / items for t in THREADS) / len(THREADS)
        work = self.blocks * (self.spec.x_shape[1] * one + filters * (one + products))
        reading = 0 if self.is_few else ceil(self.blocks / self.at_once) * self.filter_bytes / READ_BYTES
        return uneven * (work + reading) + LAUNCH * (items > 1)


def item_bytes(spec: ConvSpec) -> int:
    """Return the bytes of one number as it is computed: float16 is computed as float32."""
    return max(4, np.dtype(spec.dtype).itemsize)


@lru_cache(256)
def tiling(spec: ConvSpec, lanes: int) -> Tiling:
    """Return the cheapest tiling of a spec for vectors of so many lanes.

    Examples
    --------
    >>> tiling(ConvSpec((50, 1, 100, 100), (1, 1, 31, 31)), 16).rows
    Axis(points=100, kept=70, tiles=1)
    """
    if spec.rank == 1:
        found = [Tiling(spec, lanes, rows, Axis(1, 1, 1), lanes) for rows in axes(spec, 0, True)]
    else:
        pairs = product(axes(spec, 0, True), axes(spec, 1, False))
        found = [Tiling(spec, lanes, *pair, _stacked(spec, lanes, *pair)) for pair in pairs]
    small = [
        one
        for one in found
        if one.scratch_bytes + one.shared_bytes <= SCRATCH_BYTES and one.filter_bytes <= FILTER_BYTES
    ]
    if small:
        return min(small, key=lambda one: one.cycles)
    return min(found, key=lambda one: one.scratch_bytes + one.shared_bytes + one.filter_bytes)


def _stacked(spec: ConvSpec, lanes: int, rows: Axis, columns: Axis) -> int:
    """Return how many tiles to stack, so that few lanes of the last strip are idle and the block stays in the cache."""
    tiles, height = spec.x_shape[0] * rows.tiles * columns.tiles, rows.points // 2
    each = height * columns.points * 2 * item_bytes(spec)
    most = max(1, min(MOST_STACKED, tiles, CACHE_BYTES // (2 * each)))
    return min(range(1, most + 1), key=lambda stack: (round(ceil(stack * height / lanes) / stack, 1), stack))
