"""dw where filters or channels fill vectors: one of the operands as lanes, the other one as rows.

One of the operands, the **lanes**, is copied block by block into an order where its channels stand side by side, and is
met by the other one, the **rows**, where that stands: no zeros are written around anything, because every tap is met
only where it is inside x. The filters of dy are the lanes, unless x has the channels that fill vectors better.

The order of a sum: dy (or x) is cut into **blocks** of images or rows, and blocks are dealt to a fixed number of
**parts**. Within a block a weight is one chain of fused multiply-adds, line by line, the columns first that all rows
of its tile have inside x. Chains are added up within a part, block by block, and at last the parts one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, prod

import numpy as np

from convlab.backends.tiles import pool
from convlab.backends.tiles.launch import share
from convlab.backends.tiles.machine import width
from convlab.backends.tiles.wgrad import kernels, loops
from convlab.spec import ConvSpec

BLOCK_BYTES = 1 << 17  # of lanes, packed: they stay in a second-level cache while all rows pass
RUN = 512  # positions in a chain at most: roundings that all lean to one side do not get further
PARTS, PARTS_BYTES = 8, 1 << 21  # partial sums: enough for some threads, and small beside a cache
BUSY = 4  # shares per thread, so that threads end together
LONE_ROWS = {1: 0.45, 2: 0.7}  # how much of its speed a tile of so few rows keeps


@dataclass(frozen=True)
class Meeting:
    """Where one tap of one axis is inside x: at positions t from `first` to `end`.

    There the lanes stand at ``t * l_step + l_shift`` and the rows at ``t * r_step + r_shift``.
    """

    first: int
    end: int
    l_step: int
    l_shift: int
    r_step: int
    r_shift: int


@dataclass(frozen=True, eq=False)
class Broad:
    """How the gradient of the weights of one spec of three axes is cut into blocks, parts and tiles.

    Attributes
    ----------
    spec : ConvSpec
        Of float32 or float64, three axes, nothing empty.
    by_filters : bool
        Whether the lanes are filters of dy, and the rows channels of x; else the other way round.
    """

    spec: ConvSpec
    by_filters: bool

    @cached_property
    def lanes(self) -> int:
        """How many filters (or channels) of a group stand in lanes."""
        return self._channels[0]

    @cached_property
    def rows(self) -> int:
        """How many channels (or filters) of a group are rows."""
        return self._channels[1]

    @property
    def _channels(self) -> tuple[int, int]:
        filters, reads = self.spec.w_shape[0] // self.spec.groups, self.spec.w_shape[1]
        return (filters, reads) if self.by_filters else (reads, filters)

    @cached_property
    def vectors(self) -> int:
        """How many vectors a tile is wide: those that leave fewest lanes idle."""
        whole = ceil(self.lanes / width(self.spec.dtype))
        fitting = [v for v in kernels.VECTORS if v <= kernels.most_vectors()]
        return min(fitting, key=lambda v: (ceil(whole / v) * v, -v))

    @cached_property
    def bundles(self) -> int:
        """How many tiles side by side all lanes take."""
        return ceil(self.lanes / (width(self.spec.dtype) * self.vectors))

    @cached_property
    def space(self) -> tuple[int, ...]:
        """Size of the lanes' operand."""
        return self.spec.y_shape[2:] if self.by_filters else self.spec.space

    @cached_property
    def block(self) -> tuple[int, int, int]:
        """Images, rows and columns of a block of lanes."""
        most = max(1, min(RUN, BLOCK_BYTES // self.position_bytes))
        _, high, wide = self.space
        columns = min(wide, most)
        rows = min(high, max(1, most // columns))
        return (max(1, most // (rows * columns)) if rows == high else 1), rows, columns

    @cached_property
    def position_bytes(self) -> int:
        """Bytes of one position of the packed lanes."""
        return self.vectors * width(self.spec.dtype) * self.item

    @cached_property
    def item(self) -> int:
        """Bytes of a number."""
        return np.dtype(self.spec.dtype).itemsize

    @cached_property
    def blocks(self) -> tuple[int, int, int, int]:
        """How many blocks there are along images, depths, rows and columns."""
        sizes = (self.spec.x_shape[0], *self.space)
        images, rows, columns = self.block
        return tuple(ceil(n / size) for n, size in zip(sizes, (images, 1, rows, columns), strict=True))

    @cached_property
    def part_bytes(self) -> int:
        """Bytes of the sums of one part."""
        taps = prod(self.spec.taps)
        return self.spec.groups * self.bundles * self.rows * taps * self.position_bytes

    @cached_property
    def parts(self) -> int:
        """How many partial sums there are."""
        return max(1, min(PARTS, prod(self.blocks), PARTS_BYTES // self.part_bytes))

    @property
    def block_bytes(self) -> int:
        """Bytes of a packed block."""
        return prod(self.block) * self.position_bytes

    @cached_property
    def meetings(self) -> tuple[tuple[Meeting, ...], ...]:
        """Where each tap is inside x, per axis."""
        return tuple(
            tuple(self._meeting(axis, tap) for tap in range(self.spec.taps[axis])) for axis in range(3)
        )

    def _meeting(self, axis: int, tap: int) -> Meeting:
        spec = self.spec
        step, shift = spec.stride[axis], tap * spec.dilation[axis] - spec.pads[axis][0]
        first = max(0, -(shift // step))
        end = max(first, min(spec.y_shape[2 + axis], (spec.space[axis] - 1 - shift) // step + 1))
        if self.by_filters:
            return Meeting(first, end, 1, 0, step, shift)
        if step == 1:  # positions counted in x, so that neighbouring taps share their lanes
            return Meeting(first + shift, end + shift, 1, 0, 1, -shift)
        return Meeting(first, end, step, shift, 1, 0)

    @cached_property
    def tiles(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Per tile its rows, as (row, column of the tap); they read the same lanes at the same time."""
        columns = range(self.spec.taps[2])
        if self.rows < 4 and (self.by_filters or self.spec.stride[2] == 1):
            sets = [[(row, q) for q in columns for row in range(self.rows)]]
        else:
            sets = [[(row, q) for row in range(self.rows)] for q in columns]
        found = []
        for terms in sets:
            start = 0
            for size in kernels.split(len(terms), self.vectors):
                found.append(tuple(terms[start : start + size]))
                start += size
        return tuple(sorted(found))

    def cost(self) -> float:
        """Return how long it takes beside a cut that leaves no lane and no register idle."""
        idle = self.bundles * self.vectors * width(self.spec.dtype) / self.lanes
        rows = sum(len(tile) / LONE_ROWS.get(len(tile), 1) for tile in self.tiles) / sum(map(len, self.tiles))
        return idle * rows

    @property
    def scratch_bytes(self) -> int:
        """Bytes of sums, of blocks for all threads, and of tables."""
        tables = self._tables((0,) * 5)[1].nbytes
        return self.parts * self.part_bytes + pool.threads() * self.block_bytes + tables

    @cached_property
    def _known(self) -> dict[tuple[int, ...], tuple]:
        """The tables of the strides that were met last."""
        return {}

    def run(self, x: np.ndarray, dy: np.ndarray, dw: np.ndarray) -> None:
        """Write down what the threads have to know, and let them add up; then let them put the sums in their place."""
        packed, passing = (dy, x) if self.by_filters else (x, dy)
        if packed.strides[-1] != self.item:
            packed = np.ascontiguousarray(packed)
        threads = pool.threads()
        sums = np.zeros(self.parts * self.part_bytes, np.uint8)
        blocks = np.empty(threads * self.block_bytes, np.uint8)
        found = self._known.get(passing.strides)
        if found is None:
            found = self._tables(passing.strides)
            self._known.clear()  # most callers have one layout
            self._known[passing.strides] = found  # and another thread may clear it at once
        heads, tables = found
        groups, bundles = self.spec.groups, self.bundles
        shares = min(len(self.tiles), max(1, ceil(BUSY * threads / (self.parts * groups * bundles))))
        numbers = {
            "OUTER": kernels.outer(self.spec.dtype), "TURN": kernels.turn(self.spec.dtype),
            "LANES": packed.ctypes.data, "ROWS": passing.ctypes.data, "SUMS": sums.ctypes.data,
            "BLOCKS": blocks.ctypes.data, "DW": dw.ctypes.data,
            "L_IMAGE": packed.strides[0], "L_LANE": packed.strides[1], "L_DEPTH": packed.strides[2],
            "L_ROW": packed.strides[3], "R_IMAGE": passing.strides[0], "R_LANE": passing.strides[1],
            "R_DEPTH": passing.strides[2], "R_ROW": passing.strides[3], "R_COLUMN": passing.strides[4],
            "IMAGES": packed.shape[0], "DEPTHS": packed.shape[2], "HIGH": packed.shape[3], "WIDE": packed.shape[4],
            "BLOCK_IMAGES": self.block[0], "BLOCK_ROWS": self.block[1], "BLOCK_COLUMNS": self.block[2],
            "BLOCK_BYTES": self.block_bytes, "POSITION": self.position_bytes, "WIDTH": width(self.spec.dtype),
            "ITEM": self.item, "VECTORS": self.vectors, "PER_GROUP": self.lanes, "PER_ROW": self.rows,
            "BUNDLES": bundles, "GROUPS": groups, "PARTS": self.parts, "SHARES": shares, "PART_BYTES": self.part_bytes,
            "TAPS": prod(self.spec.taps), "ROW_TAPS": self.spec.taps[1], "DEPTH_TAPS": self.spec.taps[0],
            "COLUMN_TAPS": self.spec.taps[2], "FLIP": self.spec.flip, "BY_FILTERS": self.by_filters,
            "TILES": len(self.tiles),
            **{name: tables.ctypes.data + 8 * start for name, start in heads.items()},
        }  # fmt: skip
        words = np.zeros(len(loops.NAMES), np.int64)
        for name, number in numbers.items():
            words[loops.NAMES.index(name)] = number
        outside = 1 if self.by_filters else self.rows
        lines = prod(self.spec.w_shape[1:]) if self.by_filters else prod(self.spec.taps)
        chunks = ceil(lines / (loops.CHUNK * width(self.spec.dtype)))
        share(loops.add_up, words, self.parts * groups * bundles * shares)
        share(loops.put_down, words, groups * bundles * self.vectors * outside * chunks)

    def _tables(self, strides: tuple[int, ...]) -> tuple[dict[str, int], np.ndarray]:
        """Return tables of whole numbers one behind the other, and where each begins."""
        _, channel, _, _, column = strides
        columns, taps = self.meetings[2], prod(self.spec.taps)
        turned = -1 if self.spec.flip else 1
        tiles, terms = [], []
        for tile in self.tiles:
            met = [columns[q] for _, q in tile]
            first, end = max(m.first for m in met), min(m.end for m in met)
            tiles += [
                len(terms) // 4,
                len(tile),
                first,
                max(first, end),
                met[0].l_step,
                met[0].l_shift,
                met[0].r_step,
            ]
            for (row, q), m in zip(tile, met, strict=True):
                place = row * taps + turned * q
                terms += [row * channel + m.r_shift * column, place * self.position_bytes, m.first, m.end]
        lines = [[n for m in self.meetings[axis] for n in vars(m).values()] for axis in (0, 1)]
        heads, table = {}, []
        for name, numbers in zip(
            ("DEPTH_TABLE", "ROW_TABLE", "TILE_TABLE", "TERM_TABLE"), (*lines, tiles, terms)
        ):
            heads[name] = len(table)
            table += numbers
        return heads, np.array(table, np.int64)
