"""dw where few channels meet few filters: positions in the lanes, rows of taps by columns of taps in a tile.

A stack of pictures with one filter, or a layer whose groups have one channel each ("depthwise"), has no filters or
channels to fill a vector with. What there is plenty of is positions, so they stand in the lanes: a vector of dy times a
vector of x, added to a vector of sums, whose lanes are added up when all is over. One such product costs two loads, but
a line of x meets dy with every row of taps, and a line of dy meets x with every column of taps: a tile of 4 rows (of
taps, or filters) and 6 columns (of taps, or channels) loads 4 + 6 vectors for 24 multiply-adds. x is copied into a
frame, line by line, a line for each remainder of the columns' stride and zeros around it, so that all taps of a row
read neighbours; dy is read where it stands, and never beyond its ends.

The order of a sum: each lane of a weight adds up its positions block by block, in each line by line, those lines first
that all rows of its tile have; parts are added one after the other, and lanes by halves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil, prod

import numpy as np

from convlab.backends.tiles import pool
from convlab.backends.tiles.launch import share
from convlab.backends.tiles.machine import width
from convlab.backends.tiles.wgrad import loops_thin as loops
from convlab.backends.tiles.wgrad.kernels import MOST_ROWS, SIDES, along, fits
from convlab.spec import ConvSpec

FRAME_BYTES = 1 << 14  # of x: half of a first-level cache
PARTS, PARTS_BYTES = 8, 1 << 21
SLOWER = 1.1  # than tiles that spread a number: the lanes' tails apart


def _split(count: int, most: int) -> list[int]:
    """Return a count as sizes of tiles.

    Examples
    --------
    >>> _split(11, 6), _split(5, 4), _split(7, 6)
    ([6, 3, 2], [3, 2], [4, 3])
    """
    found = []
    while count:
        fitting = [side for side in SIDES if side <= min(count, most)]
        found.append(next((side for side in fitting if count - side != 1), fitting[0]))
        count -= found[-1]
    return found


@dataclass(frozen=True, eq=False)
class Thin:
    """How the gradient of the weights of one spec of three axes is cut, with positions in the lanes.

    Attributes
    ----------
    spec : ConvSpec
        Of float32 or float64, three axes, nothing empty.
    """

    spec: ConvSpec

    @cached_property
    def item(self) -> int:
        """Bytes of a number."""
        return np.dtype(self.spec.dtype).itemsize

    @cached_property
    def vector_bytes(self) -> int:
        """Bytes of a vector."""
        return width(self.spec.dtype) * self.item

    @cached_property
    def filters(self) -> int:
        """Filters of a group."""
        return self.spec.w_shape[0] // self.spec.groups

    @cached_property
    def frame_columns(self) -> int:
        """Columns of x that one remainder of the stride has in a frame."""
        spec = self.spec
        return spec.y_shape[4] + (spec.extent[2] - 1) // spec.stride[2]

    @cached_property
    def pitch(self) -> int:
        """Bytes of a line of a frame."""
        return ceil(self.frame_columns * self.item / self.vector_bytes) * self.vector_bytes

    @cached_property
    def rows(self) -> int:
        """Lines of x in a frame, for each channel."""
        line = self.spec.w_shape[1] * self.spec.stride[2] * self.pitch
        return max(1, min(self.spec.space[1], FRAME_BYTES // line))

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame."""
        return self.spec.w_shape[1] * self.rows * self.spec.stride[2] * self.pitch

    @cached_property
    def blocks(self) -> int:
        """Frames that one depth of one image makes."""
        return ceil(self.spec.space[1] / self.rows)

    @cached_property
    def group_bytes(self) -> int:
        """Bytes of the sums of a group."""
        return self.filters * self.spec.terms * self.vector_bytes

    @cached_property
    def parts(self) -> int:
        """How many partial sums there are."""
        frames = self.spec.x_shape[0] * self.spec.space[0] * self.blocks
        return max(1, min(PARTS, frames, PARTS_BYTES // (self.group_bytes * self.spec.groups)))

    @cached_property
    def row_tiles(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """Per tile, the remainder of the rows of x that it reads, and its rows as (filter, row of the taps)."""
        spec, found = self.spec, []
        rests = [p * spec.dilation[1] % spec.stride[1] for p in range(spec.taps[1])]
        for rest in sorted(set(rests)):  # not all remainders: a stride may be much larger than an image
            taps = [p for p in range(spec.taps[1]) if rests[p] == rest]
            if self.filters < 3:
                terms = [[(o, p) for p in taps] for o in range(self.filters)]
            else:
                terms = [[(o, p) for o in range(self.filters)] for p in taps]
            found += [(rest, chunk) for group in terms for chunk in _chunks(group, MOST_ROWS)]
        return found

    @cached_property
    def column_tiles(self) -> list[list[tuple[int, int]]]:
        """Per tile its columns, as (channel, column of the taps)."""
        most = next(
            side for side in SIDES if fits(min(MOST_ROWS, max(len(rows) for _, rows in self.row_tiles)), side)
        )
        terms = [(c, q) for c in range(self.spec.w_shape[1]) for q in range(self.spec.taps[2])]
        return list(_chunks(terms, most))

    def cost(self) -> float:
        """Return how long it takes beside tiles that leave no lane and no register idle."""
        columns, lanes = self.spec.y_shape[4], width(self.spec.dtype)
        loads, products = 0, 0
        for _, rows in self.row_tiles:
            for terms in self.column_tiles:
                loads, products = loads + 2 * (len(rows) + len(terms)), products + len(rows) * len(terms)
        return max(SLOWER, loads / products) * ceil(columns / lanes) * lanes / columns

    @property
    def scratch_bytes(self) -> int:
        """Bytes of sums, of their total, and of frames for all threads."""
        sums = self.spec.groups * self.group_bytes
        return (self.parts + (self.parts > 1)) * sums + pool.threads() * self.frame_bytes

    def run(self, x: np.ndarray, dy: np.ndarray, dw: np.ndarray) -> None:
        """Write dw, contiguous, from x and dy of three axes."""
        spec = self.spec
        if dy.strides[-1] != self.item:
            dy = np.ascontiguousarray(dy)
        sums = np.zeros((self.parts, *spec.w_shape, width(spec.dtype)), spec.dtype)
        scratch = np.zeros(pool.threads() * self.frame_bytes, np.uint8)  # zeros around lines stay
        words, _kept = self._words(x, dy, sums, scratch)
        share(loops.add_up, words, spec.groups * self.parts)
        total = sums[0]
        for part in sums[1:]:
            total += part
        while total.shape[-1] > 1:
            half = total.shape[-1] // 2
            total = total[..., :half] + total[..., half:]
        back = (..., *[slice(None, None, -1)] * 3) if spec.flip else ...
        dw[...] = total[..., 0][back].reshape(dw.shape)

    def _words(self, x: np.ndarray, dy: np.ndarray, sums: np.ndarray, scratch: np.ndarray) -> tuple:
        """Return the table of the loops, and what it points to."""
        spec, size, strides = self.spec, self.item, dy.strides
        tables = self._known.get(strides)
        if tables is None:
            tables = self._tables(strides)
            self._known.clear()  # most callers have one layout
            self._known[strides] = tables  # and another thread may clear it at once
        lanes = width(spec.dtype)
        named = {
            "TILE": along(spec.dtype), "X": x.ctypes.data, "DY": dy.ctypes.data, "SUMS": sums.ctypes.data,
            **dict(zip(("X_IMAGE", "X_CHANNEL", "X_DEPTH", "X_ROW", "X_COLUMN"), x.strides)),
            **dict(zip(("DY_IMAGE", "DY_FILTER", "DY_DEPTH", "DY_ROW"), dy.strides)),
            "SIZE": size, "BYTES": self.vector_bytes, "GROUPS": spec.groups, "FILTERS": self.filters,
            "CHANNELS": spec.w_shape[1], "IMAGES": spec.x_shape[0], **dict(zip(("DEPTHS", "HIGH", "WIDE"), spec.space)),
            "OUT_ROWS": spec.y_shape[3], "BEFORE_ROW": spec.pads[1][0], "BEFORE_COLUMN": spec.pads[2][0],
            "STRIDE_ROW": spec.stride[1], "STRIDE_COLUMN": spec.stride[2], "PITCH": self.pitch,
            "FRAME_COLUMNS": self.frame_columns, "BLOCK_ROWS": self.rows, "BLOCKS": self.blocks, "PARTS": self.parts,
            "WHOLE": spec.y_shape[4] // lanes, "TAIL": spec.y_shape[4] % lanes, "DEPTH_TAPS": spec.taps[0],
            "ROW_TILES": len(tables["ROW_TABLE"]), "COLUMN_TILES": len(tables["COLUMN_TABLE"]),
            "SCRATCH": scratch.ctypes.data,
            "SCRATCH_BYTES": self.frame_bytes, "PART_BYTES": sums[0].nbytes, "GROUP_BYTES": self.group_bytes,
            "PLANE_BYTES": prod(spec.taps[1:]) * self.vector_bytes,
            **{name: table.ctypes.data for name, table in tables.items()},
        }  # fmt: skip
        return np.array([named[name] for name in loops.NAMES], np.int64), tables

    @cached_property
    def _known(self) -> dict[tuple[int, ...], dict[str, np.ndarray]]:
        """The tables of the strides that were met last."""
        return {}

    def _tables(self, dy_strides: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Return the tables of depths, of tiles of rows and of columns, and of the terms of both, by their names."""
        spec, rows, columns, terms = self.spec, [], [], []
        taps = prod(spec.taps)
        for rest, tile_rows in self.row_tiles:
            behind = [(p * spec.dilation[1] - rest) // spec.stride[1] for _, p in tile_rows]
            rows.append((len(terms), len(tile_rows), rest, max(behind), min(behind) + spec.y_shape[3]))
            for (o, p), lines in zip(tile_rows, behind, strict=True):
                place = (o * spec.w_shape[1] * taps + p * spec.taps[2]) * self.vector_bytes
                terms.append((o * dy_strides[1] - lines * dy_strides[3], place, lines))
        for tile_columns in self.column_tiles:
            columns.append((len(terms), len(tile_columns)))
            for c, q in tile_columns:
                along, first = divmod(q * spec.dilation[2], spec.stride[2])
                line = (c * self.rows * spec.stride[2] + first) * self.pitch
                terms.append((line + along * self.item, (c * taps + q) * self.vector_bytes, 0))
        depths = [
            (spec.y_shape[2], spec.stride[0], p * spec.dilation[0] - spec.pads[0][0])
            for p in range(spec.taps[0])
        ]
        names = ("DEPTH_TABLE", "ROW_TABLE", "COLUMN_TABLE", "TERMS")
        tables = (depths, rows, columns, terms)
        return {name: np.array(table, np.int64) for name, table in zip(names, tables, strict=True)}


def _chunks(terms: list, most: int) -> Iterator[list]:
    """Yield terms as tiles of at most so many."""
    start = 0
    for size in _split(len(terms), most):
        yield terms[start : start + size]
        start += size
