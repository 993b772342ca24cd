"""How the work of a filter bank is cut: blocks of outputs, parts of the filters, runs of terms; and scratch."""

from __future__ import annotations

from math import ceil, prod
from typing import NamedTuple

import numpy as np

from convlab.backends.tiles import machine, pool, scratch
from convlab.backends.tiles.bank.kernels import VECTORS, rows
from convlab.backends.tiles.bank.panels import TAP_WORDS
from convlab.backends.tiles.runs import run_terms
from convlab.spec import ConvSpec

TERMS_AT_ONCE = 512  # of a panel: with the weights of a tile it stays in the caches of one processor
PIECE_MACS = 1 << 21  # what a thread takes at a time: some tens of microseconds
PIECES = 4  # that each thread finds at least, if there are so many
PANEL_COST = 3.0  # laying a panel out takes as long as so many filters
MANY = 32  # filters of a single tap: the tiles would read x anew for each few of them, from as many places as channels
# A y that is larger is made a tile's filters at a time, which writes it in few long rows ...
CACHE_BYTES = 1 << 20
READ_BYTES = 1 << 18  # ... while the next filters find so much of x still in the cache
Three = tuple[int, int, int]


class Shape(NamedTuple):
    """A convolution of three spatial axes, as the loops see it."""

    space: Three
    taps: Three
    out: Three
    stride: Three
    dilation: Three
    before: Three


def lifted(spec: ConvSpec) -> Shape:
    """Return a spec with axes of length 1 in front, up to three.

    Examples
    --------
    >>> lifted(ConvSpec((1, 1, 5), (1, 1, 2), "full")).out
    (1, 1, 6)
    """
    fill = 3 - spec.rank
    ones, zeros = (1,) * fill, (0,) * fill
    return Shape(
        ones + spec.space, ones + spec.taps, ones + spec.y_shape[2:], ones + spec.stride, ones + spec.dilation,
        zeros + tuple(lo for lo, _ in spec.pads),
    )  # fmt: skip


def in_one_line(shape: Shape, steps: Three, size: int) -> Shape | None:
    """Return a convolution of single taps as one along a single row, where the values of an image stand in a line.

    Parameters
    ----------
    shape : Shape
    steps : tuple of int
        Bytes from one value of x to the next, along each spatial axis.
    size : int
        Bytes of a value.

    Returns
    -------
    Shape or None
        None where there is more than one tap, a stride or a zero, or where the values do not stand in a line.

    Examples
    --------
    >>> in_one_line(lifted(ConvSpec((1, 1, 4, 6), (1, 1, 1, 1))), (0, 24, 4), 4).out
    (1, 1, 24)
    """
    space = shape.space
    if prod(shape.taps) * prod(shape.stride) > 1 or shape.out != space:
        return None
    wanted = (space[1] * space[2] * size, space[2] * size, size)
    if any(n > 1 and step != right for n, step, right in zip(space, steps, wanted)):
        return None
    points, ones = (1, 1, prod(space)), (1, 1, 1)
    return Shape(points, ones, points, ones, ones, (0, 0, 0))


def rows_pay(spec: ConvSpec, shape: Shape) -> bool:
    """Return whether blocks within rows, short ones included, cost less than to lay out panels for full ones.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 500, 500), (8, 1, 5, 5)), ConvSpec((8, 64, 7, 7), (64, 64, 3, 3))
    >>> [rows_pay(one, lifted(one)) for one in spec]
    [True, False]
    """
    lanes, filters, columns = machine.width(spec.dtype), spec.w_shape[0] // spec.groups, shape.out[2]
    if prod(shape.taps) == 1 and filters >= MANY:
        return False
    vectors = ceil(columns / lanes)
    bordering = min(1.0, 2 / ceil(vectors / VECTORS)) if any(map(any, spec.pads)) else 0.0
    panels = (
        bordering * PANEL_COST / min(filters, rows()[0])
    )  # of blocks at the border, anew for each tile's filters
    return vectors * lanes / columns + panels <= 1 + PANEL_COST / filters


class Cut:
    """The pieces that threads take, and what each thread works in.

    Attributes
    ----------
    width : int
        Outputs of a block: a tile's.
    blocks, blocks_at_once : int
        How many there are, and how many a piece has.
    parts, part_filters : int
        Into how many parts the filters of a group are cut, and filters of a part.
    run : int
        Terms of a sum that are added up before they are added to the total.
    channels_at_once, taps_at_once : int
        Terms of a panel: all taps of some channels, or some taps of one; whole runs.
    pieces : int
    fences, sums, scratch_bytes : int
        Where a thread's table of fences and its sums begin behind its panel, and bytes of all three.
    """

    def __init__(self, spec: ConvSpec, shape: Shape, by_rows: bool) -> None:
        plane, taps, most = prod(shape.out), prod(shape.taps), rows()[0]
        filters, wanted = spec.w_shape[0] // spec.groups, PIECES * pool.threads()
        self.width = VECTORS * machine.width(spec.dtype)
        lines = spec.x_shape[0] * plane // shape.out[2]
        self.blocks = (
            lines * ceil(shape.out[2] / self.width) if by_rows else ceil(lines * shape.out[2] / self.width)
        )
        row = self.width * np.dtype(spec.dtype).itemsize
        few = by_rows and self.blocks * filters * spec.groups * row > CACHE_BYTES
        tiles, least = ceil(filters / most), ceil(wanted / (self.blocks * spec.groups))
        self.part_filters = most if few else most * max(1, tiles // least)
        self.parts = ceil(filters / self.part_filters)
        share = self.blocks * spec.groups * self.parts // wanted
        worth = PIECE_MACS // (self.width * spec.terms * self.part_filters)
        near = READ_BYTES // (row * spec.w_shape[1] * shape.taps[0])
        self.blocks_at_once = max(1, min(share, worth, near))
        self.pieces = ceil(self.blocks / self.blocks_at_once) * spec.groups * self.parts
        self.run = run_terms(spec.w_shape[1], spec.taps)
        terms = max(1, TERMS_AT_ONCE // self.run) * self.run
        self.channels_at_once = min(spec.w_shape[1], terms // taps if taps <= self.run else 1)
        self.taps_at_once = min(taps, max(terms, TERMS_AT_ONCE // taps * taps))
        spans_images = not by_rows and spec.x_shape[0] > 1 and plane % self.width > 0
        self.fences = scratch.lines(self.channels_at_once * self.taps_at_once * row)
        self.sums = self.fences + scratch.lines(8 * TAP_WORDS * self.taps_at_once)
        self.scratch_bytes = self.sums + min(self.part_filters, filters) * row * spans_images
