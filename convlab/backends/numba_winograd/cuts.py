"""How the work is cut: which tiles are transformed together, by which filters, and in how much memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod

import numpy as np

from convlab.backends.numba_winograd.forms import F2, F4, TAPS, Form
from convlab.backends.tiles import machine, pool

FORMS = {form.outputs: form for form in (F2, F4)}
LINE_BYTES = 24 << 10  # the lines that a piece of a row of tiles reads, in the nearest cache
NEAR_BYTES = 640 << 10  # transformed inputs and products of a block, in the second cache beside the weights
FEW = 16  # tiles: about three times the height of the register tile; with fewer, weights are read too often
FILTER_BYTES = 10 << 20  # transformed filters of a block: in the last cache, where all threads find them
PART = 16  # channels whose weights a thread transforms at a time


@dataclass(frozen=True)
class Layer:
    """A cross-correlation of 3 x 3 taps with stride 1 in numbers: what the loops must know.

    Attributes
    ----------
    made : int
        Outputs of a tile along an axis, 2 or 4.
    dtype : {"float32", "float64"}
    images, groups, channels, filters : int
        Channels and filters of one group.
    height, width, high, wide : int
        Of x and of y.
    above, before : int
        Where y begins: output (0, 0) reads x from row -above and column -before on.
    """

    made: int
    dtype: str
    images: int
    groups: int
    channels: int
    filters: int
    height: int
    width: int
    high: int
    wide: int
    above: int
    before: int


@dataclass(frozen=True)
class Cut:
    """How a layer is cut for a number of threads; see the attributes' own lines."""

    layer: Layer
    threads: int

    @property
    def form(self) -> Form:
        """The matrices."""
        return FORMS[self.layer.made]

    @cached_property
    def lanes(self) -> int:
        """Numbers in a vector."""
        return machine.width(self.layer.dtype)

    @property
    def item_bytes(self) -> int:
        """Bytes of a number."""
        return np.dtype(self.layer.dtype).itemsize

    @property
    def vector_bytes(self) -> int:
        """Bytes of a vector."""
        return self.lanes * self.item_bytes

    @cached_property
    def widest(self) -> int:
        """Vectors of filters in a register tile."""
        return 4 if machine.registers() >= 32 else 2

    @cached_property
    def tiles(self) -> tuple[int, int]:
        """Rows of tiles in an image, and tiles in a row."""
        return _parts(self.layer.high, self.layer.made), _parts(self.layer.wide, self.layer.made)

    @cached_property
    def piece(self) -> tuple[int, int]:
        """Rows of tiles in a piece, and tiles in its rows, at most: all of an image, if its lines fit the first cache.

        Lines that two rows of tiles read are copied once if both are in one piece.
        """
        n, made, lines = self.form.size, self.layer.made, LINE_BYTES // self.vector_bytes
        across = _even(self.tiles[1], (lines // n - 2) // made)
        down = min((lines // (across * made + 2) - 2) // made, self.fit // across)
        return _even(self.tiles[0], down), across

    @cached_property
    def pieces(self) -> tuple[int, int]:
        """How many pieces lie below each other and beside each other in an image."""
        (down, across), (high, wide) = self.tiles, self.piece
        return _parts(down, high), _parts(across, wide)

    @cached_property
    def all_pieces(self) -> int:
        """Pieces in all images."""
        return self.layer.images * prod(self.pieces)

    @property
    def vectors(self) -> int:
        """Vectors of filters in a group."""
        return _parts(self.layer.filters, self.lanes)

    @property
    def panels(self) -> int:
        """Panels of filters: as many vectors as a register tile is wide, or fewer."""
        return _parts(self.vectors, self.widest)

    @cached_property
    def steps(self) -> tuple[int, int]:
        """Bytes from tile to tile, of transformed inputs and of products of all filters."""
        return _parts(self.layer.channels, self.lanes) * self.vector_bytes, self.vectors * self.vector_bytes

    @cached_property
    def fit(self) -> int:
        """How many tiles a block may have: what fits the second cache, if that is enough to use each weight on."""
        return max(FEW, NEAR_BYTES // (self.form.size**2 * sum(self.steps)))

    @cached_property
    def blocks(self) -> int:
        """Into how many blocks the pieces are cut: one for each thread at least, if there are tiles enough."""
        tiles = self.layer.images * prod(self.tiles)
        blocks = max(
            _parts(self.all_pieces, max(1, self.fit // prod(self.piece))), min(self.threads, tiles // FEW)
        )
        if blocks > self.threads:
            blocks = _parts(blocks, self.threads) * self.threads
        return max(1, min(blocks, self.all_pieces))

    @cached_property
    def filter_blocks(self) -> int:
        """Into how many blocks the filters of a group are cut.

        More than one where the tiles are too few to share, or where the transformed filters are too large for the
        last cache: the threads then read the same part of them at about the same time.
        """
        large = self.weight_values * self.item_bytes // self.layer.groups // FILTER_BYTES
        idle = _parts(self.threads, self.blocks * self.layer.groups) - 1
        return min(self.panels, 1 + max(large, idle))

    @property
    def jobs(self) -> int:
        """What the threads share."""
        return self.blocks * self.filter_blocks * self.layer.groups

    @property
    def most(self) -> int:
        """Tiles in a block, at most."""
        return _parts(self.all_pieces, self.blocks) * prod(self.piece)

    @cached_property
    def room(self) -> tuple[int, int, int, int]:
        """Where outputs, transformed inputs and products begin in the memory of a thread, and where it ends."""
        spill = (
            self.lanes * self.vector_bytes
        )  # what `kernels.lines` and `kernels.rows` may touch beyond a line
        lines, columns = (self.layer.made * tiles for tiles in self.piece)
        out = (lines + TAPS - 1) * (columns + TAPS - 1) * self.vector_bytes + spill
        v = out + self.layer.made * columns * self.vector_bytes + spill
        m = v + self.form.size**2 * self.most * self.steps[0]
        wide = _parts(self.panels, self.filter_blocks) * self.widest * self.vector_bytes
        return out, v, m, m + self.form.size**2 * self.most * min(wide, self.steps[1])

    @property
    def busy(self) -> int:
        """For how many threads there is room: any of them may take a job, unless there is only one."""
        return self.threads if self.jobs > 1 else 1

    @property
    def parts(self) -> int:
        """Into how many parts the channels are cut where weights are transformed."""
        return _parts(self.layer.channels, PART)

    @property
    def weight_values(self) -> int:
        """Numbers that the transformed filters take: zeros fill up the last vector."""
        return self.form.size**2 * self.layer.groups * self.layer.channels * self.vectors * self.lanes


@lru_cache(256)
def cut(layer: Layer) -> Cut:
    """Return how a layer is cut for the threads that there are."""
    return Cut(layer, pool.threads())


def _even(whole: int, part: int) -> int:
    """Return the size of parts that cut a whole evenly, and are at most as large as asked."""
    return _parts(whole, _parts(whole, max(1, part)))


def _parts(whole: int, part: int) -> int:
    """Return how many parts of a size cover a whole."""
    return -(-whole // part)
