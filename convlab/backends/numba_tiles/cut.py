"""How row-sliding tiles cut a convolution: planes for the strides, pieces for the threads and the caches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import gcd, prod

import numpy as np

from convlab.backends import threads
from convlab.backends.numba_tiles.planes import Entry, Remainder, entries
from convlab.backends.tiles import machine, rows, scratch
from convlab.backends.tiles.runs import run_terms
from convlab.spec import ConvSpec

PIECE_MACS = (1 << 18, 1 << 27)  # a piece takes microseconds at least, and threads end together
PIECES = 16  # for each thread, where there is work enough
WINDOW_BYTES = 3 << 17  # lines of x that a row of tiles reads stay in a second-level cache for the next row
MANY_IMAGES = 8  # vectors of images, from which on blocks of them waste little of their last vector
PACKED_BYTES = 1 << 19  # and so do copied lines, beside what is made of them


@dataclass(frozen=True, eq=False)
class Cut:
    """The pieces of a spec of two axes, as `convlab.backends.tiles.rows.loops` makes them.

    Attributes
    ----------
    spec : ConvSpec
    unit, block : int
        Layout of a line, as `convlab.backends.tiles.rows.loops` says: 1 and 1 where the image index stands first, all
        images and 1 where it stands last and lines are flat, else 1 and the images of a block.
    is_copied : bool
        Whether x is copied for every piece: its columns do not stand next to each other, or are made in blocks.
    threads : int
    """

    spec: ConvSpec
    unit: int
    block: int
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

    @cached_property
    def periods(self) -> tuple[int, int]:
        """How many taps on is the next tap that reads the same remainder, for rows and columns."""
        return tuple(s // gcd(s, d) for s, d in zip(self.spec.stride, self.spec.dilation, strict=True))

    @cached_property
    def apart(self) -> tuple[int, int]:
        """How far apart neighbouring taps of one remainder stand in its plane, in rows and in columns."""
        return tuple(d // gcd(s, d) for s, d in zip(self.spec.stride, self.spec.dilation, strict=True))

    @cached_property
    def run_channels(self) -> int:
        """How many whole channels a run has; 1 where a channel has several runs."""
        return max(1, run_terms(self.spec.w_shape[1], self.spec.taps) // prod(self.spec.taps))

    @cached_property
    def entries(self) -> list[Entry]:
        """What a tile slides over in a channel, in order; a run ends before the first one."""
        run, found, terms = run_terms(self.spec.w_shape[1], self.spec.taps), [], 0
        for i, one in enumerate(self.remainders):
            terms += one.height * one.taps
            ends = i == 0 or (run < prod(self.spec.taps) and terms > run)
            terms = one.height * one.taps if ends else terms
            if terms <= run:
                found.append(Entry(i, 0, 0, one.height, one.taps, int(ends), 0, one.height))
            else:
                found += entries(i, one.height, one.taps, ends)
        return found

    @cached_property
    def rows(self) -> int:
        """Rows of a tile: one more than the filter of any plane has, and no more than there are."""
        # Where a run ends within a plane, a tile is as tall in each of its runs as in a plane of its own.
        height = min(min(one.each, one.height - one.cuts * one.each) for one in self.entries)
        height += min(one.height for one in self.entries) > 1  # one row has nothing to share
        return min(rows.MOST_ROWS, height, -(-self.spec.y_shape[2] // self.apart[0]))

    @cached_property
    def vectors(self) -> int:
        """Vectors of a tile at most."""
        return rows.most_vectors(self.rows)

    @cached_property
    def length(self) -> int:
        """Outputs along a line, or columns where it has a run for each."""
        return self.spec.y_shape[3] * self.unit

    @cached_property
    def images(self) -> int:
        """How often the pieces of an image are made: for each, for all at once, or for each block."""
        return -(-self.spec.x_shape[0] // (self.unit * self.block))

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
        item, channels, lanes = np.dtype(spec.dtype).itemsize, spec.w_shape[1], machine.width(spec.dtype)
        each = spec.terms * (spec.w_shape[0] // spec.groups) * self.block
        macs = min(PIECE_MACS[1], max(PIECE_MACS[0], spec.macs // (PIECES * self.threads)))
        lines = channels * (spec.extent[0] - 1 + tall) * self.block * item
        step = 1 if self.block > 1 else lanes
        beyond = (spec.extent[1] - 1) * self.unit  # what a piece reads beside its own columns
        fit = max(beyond, WINDOW_BYTES // lines - beyond)
        length = _even(self.length, max(step * self.vectors, fit), step)
        fit = macs // (length * each)
        if self.copies:
            line = channels * len(self.remainders) * self._columns(length) * self.unit * self.block * item
            fit = min(fit, max(2 * tall, PACKED_BYTES // line - spec.extent[0] + 1))
        height = _even(spec.y_shape[2], fit, tall)
        if height < spec.y_shape[2] or length < self.length:
            return 1, height, length
        return _even(self.images, macs // (height * length * each), 1), height, length

    def _columns(self, length: int) -> int:
        """Return the columns of a plane that outputs of a row read."""
        columns = length if self.unit == 1 else min(self.spec.y_shape[3], (length - 2) // self.unit + 2)
        return columns + (max(one.taps for one in self.remainders) - 1) * self.apart[1]

    @cached_property
    def plane(self) -> tuple[int, int]:
        """Lines of a plane that is copied, and values of a line."""
        _, height, length = self.piece
        lines = height + (max(one.height for one in self.remainders) - 1) * self.apart[0]
        return lines, self._columns(length) * self.unit * self.block

    @cached_property
    def at_once(self) -> int:
        """How many channels are copied at a time."""
        item, channels = np.dtype(self.spec.dtype).itemsize, self.spec.w_shape[1]
        fit = 2 * PACKED_BYTES // (prod(self.plane) * len(self.remainders) * item)
        return min(channels, max(1, fit // self.run_channels) * self.run_channels)

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
        copied = scratch.lines(lines)
        filters = self.spec.w_shape[0] // self.spec.groups
        total = copied + filters * prod(self.piece[1:]) * self.block * item * sums
        return copied, scratch.lines(total)

    @cached_property
    def shapes(self) -> set[tuple[int, int]]:
        """Return rows and vectors of all tiles that the pieces are covered with."""
        _, height, length = self.piece
        lanes, found = machine.width(self.spec.dtype), set()
        for tall in {height, self.spec.y_shape[2] % height or height}:
            heights = {r for first in range(min(tall, self.apart[0])) for r in self._heights(tall - first)}
            for wide in self._runs(length):
                vectors = -(-wide // lanes)
                cuts = -(-vectors // self.vectors)
                found |= {(r, v) for r in heights for v in {vectors // cuts, -(-vectors // cuts)}}
        return found

    def _runs(self, length: int) -> set[int]:
        """Return how long runs of outputs are."""
        if self.block > 1:
            return {self.block, self.spec.x_shape[0] % self.block or self.block}
        return {length, self.length % length or length}

    def _heights(self, rows_: int) -> set[int]:
        """Return the rows of the tiles that cover rows of one remainder (`convlab.backends.tiles.rows.loops._tall`)."""
        left, found = -(-rows_ // self.apart[0]), set()
        while left:
            even = left >= 2 * self.rows or left <= self.rows
            found.add(min(self.rows, left) if even else (left + 1) // 2)
            left -= min(self.rows, left) if even else (left + 1) // 2
        return found


@lru_cache(256)
def cut(spec: ConvSpec, unit: int = 1, block: int = 1, is_copied: bool = False) -> Cut:
    """Return how a spec of two axes is cut on this machine.

    Examples
    --------
    >>> one = cut(ConvSpec((1, 1, 9, 9), (1, 1, 3, 2), stride=2))
    >>> one.remainders[0], len(one.remainders), one.apart
    (Remainder(row=0, column=0, height=2, taps=1), 4, (1, 1))
    """
    return Cut(spec, unit, block, is_copied, threads.count())


@lru_cache(256)
def image_last(spec: ConvSpec) -> tuple[int, int]:
    """Return unit and block of a spec whose x has the image index last.

    Lines are flat where twice as many columns as an output reads, of all images, stay in the cache for all rows that
    a tile reads; else only some images are copied and made at a time, as many as a tile is wide. Few images would
    waste much of the last vector of each block, and are flat always.

    Examples
    --------
    >>> image_last(ConvSpec((5, 1, 100, 100), (1, 1, 11, 11)))
    (5, 1)
    """
    images, one = spec.x_shape[0], cut(spec, spec.x_shape[0])
    wide, item = one.vectors * machine.width(spec.dtype), np.dtype(spec.dtype).itemsize
    lines = spec.w_shape[1] * (spec.extent[0] - 1 + one.rows * one.apart[0])
    is_small = lines * 2 * spec.extent[1] * images * item <= 2 * WINDOW_BYTES
    if is_small or images < MANY_IMAGES * machine.width(spec.dtype):
        return images, 1
    return 1, wide


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
