"""How row-sliding tiles cut a convolution: planes for the strides, pieces for the threads and the caches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import gcd, prod
from typing import NamedTuple

import numpy as np

from convlab.backends import threads
from convlab.backends.tiles import machine, rows
from convlab.spec import ConvSpec

PIECE_MACS = (1 << 18, 1 << 25)  # a piece takes microseconds at least, and threads end together
PIECES = 16  # for each thread, where there is work enough
WINDOW_BYTES = (
    3 << 17
)  # the lines of x that a row of tiles reads stay in a second-level cache for the next row
PACKED_BYTES = 1 << 19  # and so do copied lines


class Remainder(NamedTuple):
    """The taps that read the rows and columns of one remainder of the strides.

    Attributes
    ----------
    row, column : int
        Where in the padded x the plane begins.
    height, taps : int
        Rows of its filter, and taps in each.
    """

    row: int
    column: int
    height: int
    taps: int


@dataclass(frozen=True, eq=False)
class Cut:
    """The pieces of a spec of two axes, as `convlab.backends.tiles.loops_rows` makes them.

    Attributes
    ----------
    spec : ConvSpec
    unit : int
        Values of a column that stand next to each other: 1, or all images where the image index stands last. Columns
        and images are one axis then, and a tap is `unit` values from the next.
    is_copied : bool
        Whether x has to be copied for every piece, because its columns do not stand next to each other.
    threads : int
    """

    spec: ConvSpec
    unit: int
    is_copied: bool
    threads: int

    @cached_property
    def remainders(self) -> list[Remainder]:
        """What a convolution with strides is a sum of, in order."""
        rows_, columns = (
            [(a * d, len(range(a, k, period))) for a in range(min(k, period))]
            for k, d, period in zip(self.spec.taps, self.spec.dilation, self.periods, strict=True)
        )
        return [Remainder(row, column, height, taps) for row, height in rows_ for column, taps in columns]

    @property
    def periods(self) -> tuple[int, int]:
        """How many taps on is the next tap that reads the same remainder, for rows and columns."""
        return tuple(s // gcd(s, d) for s, d in zip(self.spec.stride, self.spec.dilation, strict=True))

    @property
    def apart(self) -> tuple[int, int]:
        """How far apart neighbouring taps of one remainder stand in its plane, in rows and in columns."""
        return tuple(d // gcd(s, d) for s, d in zip(self.spec.stride, self.spec.dilation, strict=True))

    @property
    def rows(self) -> int:
        """Rows of a tile: no more than the filter of any plane has, nor than there are."""
        height = min(one.height for one in self.remainders)
        return min(rows.MOST_ROWS, height, -(-self.spec.y_shape[2] // self.apart[0]))

    @property
    def vectors(self) -> int:
        """Vectors of a tile at most."""
        return rows.most_vectors(self.rows)

    @property
    def length(self) -> int:
        """Outputs of a row."""
        return self.spec.y_shape[3] * self.unit

    @cached_property
    def is_in_place(self) -> bool:
        """Whether pieces that lie inside x read it where it is."""
        return not self.is_copied and set(self.spec.stride) == {1}

    @cached_property
    def copies(self) -> bool:
        """Whether any piece reads copied lines."""
        return not self.is_in_place or any(map(any, self.spec.pads))

    @cached_property
    def piece(self) -> tuple[int, int, int]:
        """Images, rows and length of a piece."""
        spec, tall = self.spec, self.rows * self.apart[0]
        images, filters = spec.x_shape[0] if self.unit == 1 else 1, spec.w_shape[0] // spec.groups
        item, channels = np.dtype(spec.dtype).itemsize, spec.w_shape[1]
        macs = min(PIECE_MACS[1], max(PIECE_MACS[0], spec.macs // (PIECES * self.threads)))
        around = [e - 1 for e in spec.extent]
        wide = self.vectors * machine.width(spec.dtype)
        lines = channels * (around[0] + tall) * item
        length = _even(
            self.length, max(wide, WINDOW_BYTES // lines - around[1] * self.unit), wide // self.vectors
        )
        fit = macs // (length * spec.terms * filters)
        if self.copies:
            line = channels * len(self.remainders) * self._columns(length) * self.unit * item
            fit = min(fit, max(2 * tall, PACKED_BYTES // line - around[0]))
        height = _even(spec.y_shape[2], fit, tall)
        if height < spec.y_shape[2] or length < self.length:
            return 1, height, length
        return _even(images, macs // (height * length * spec.terms * filters), 1), height, length

    def _columns(self, length: int) -> int:
        """Return the columns of a plane that outputs of a row read."""
        columns = length if self.unit == 1 else min(self.spec.y_shape[3], (length - 2) // self.unit + 2)
        return columns + (max(one.taps for one in self.remainders) - 1) * self.apart[1]

    @cached_property
    def plane(self) -> tuple[int, int]:
        """Lines of a plane that is copied, and values of a line."""
        _, height, length = self.piece
        lines = height + (max(one.height for one in self.remainders) - 1) * self.apart[0]
        return lines, self._columns(length) * self.unit

    @cached_property
    def at_once(self) -> int:
        """How many channels are copied at a time."""
        item, channels = np.dtype(self.spec.dtype).itemsize, self.spec.w_shape[1]
        fit = 2 * PACKED_BYTES // (prod(self.plane) * len(self.remainders) * item)
        return max(1, min(channels, fit))

    @cached_property
    def counts(self) -> tuple[int, int, int, int]:
        """Pieces along images, groups, rows and columns."""
        images, height, length = self.piece
        stack = self.spec.x_shape[0] if self.unit == 1 else 1
        return (
            -(-stack // images),
            self.spec.groups,
            -(-self.spec.y_shape[2] // height),
            -(-self.length // length),
        )

    def scratch_bytes(self, sums: bool) -> tuple[int, int]:
        """Return the bytes of copied lines, and of these together with the sums of a piece, for one thread."""
        item = np.dtype(self.spec.dtype).itemsize
        lines = prod(self.plane) * len(self.remainders) * self.at_once * item * self.copies
        lines = -(-lines // 64) * 64
        filters = self.spec.w_shape[0] // self.spec.groups
        total = lines + filters * prod(self.piece[1:]) * item * sums
        return lines, -(-total // 64) * 64

    def shapes(self) -> set[tuple[int, int]]:
        """Return rows and vectors of all tiles that the pieces are covered with."""
        _, height, length = self.piece
        lanes, found = machine.width(self.spec.dtype), set()
        for tall in {height, self.spec.y_shape[2] % height or height}:
            heights = {r for first in range(min(tall, self.apart[0])) for r in self._heights(tall - first)}
            for wide in {length, self.length % length or length}:
                vectors = -(-wide // lanes)
                cuts = -(-vectors // self.vectors)
                found |= {(r, v) for r in heights for v in {vectors // cuts, -(-vectors // cuts)}}
        return found

    def _heights(self, rows_: int) -> set[int]:
        """Return the rows of the tiles that cover rows of one remainder (`loops_rows._tall`)."""
        left, found = -(-rows_ // self.apart[0]), set()
        while left:
            even = left >= 2 * self.rows or left <= self.rows
            found.add(min(self.rows, left) if even else (left + 1) // 2)
            left -= min(self.rows, left) if even else (left + 1) // 2
        return found


@lru_cache(256)
def cut(spec: ConvSpec, unit: int = 1, is_copied: bool = False) -> Cut:
    """Return how a spec of two axes is cut on this machine.

    Examples
    --------
    >>> one = cut(ConvSpec((1, 1, 9, 9), (1, 1, 3, 2), stride=2))
    >>> one.remainders[0], len(one.remainders), one.apart
    (Remainder(row=0, column=0, height=2, taps=1), 4, (1, 1))
    """
    return Cut(spec, unit, is_copied, threads.count())


def _even(whole: int, part: int, step: int) -> int:
    """Return the size of parts that cut a whole evenly, a multiple of a step unless the whole is less.

    Examples
    --------
    >>> _even(90, 30, 4), _even(90, 1, 4), _even(3, 8, 4)
    (32, 4, 3)
    """
    parts = -(-whole // max(step, min(whole, part)))
    each = -(-whole // parts)
    return min(whole, -(-each // step) * step)
