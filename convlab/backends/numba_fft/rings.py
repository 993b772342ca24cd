"""Overlap-save: rings for the tiles of one axis, and how many tiles that makes.

A ring of P values gives ``P - extent + 1`` right outputs of one axis; in the others, what comes round meets what was
there. So a large image is cut into tiles: each reads P values, of which neighbours share ``extent - 1``, and keeps what
is right. An axis in one tile needs fewer points: the zeros around it may come round as well, and meet nothing.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from convlab.backends.numba_fft import roots
from convlab.backends.ring import fast_length
from convlab.spec import ConvSpec

TURN = 10.3  # cycles of turning a square, per complex vector; measured like `roots.COST`
LEAST_KEPT = 16  # outputs along an axis that are not cut any further
LEAST_POINTS, TIMES_EXTENT = 512, 8  # rings up to so many points, or so many times a filter, are looked at
CANDIDATES = 8  # rings of each axis that are compared with each other


class Axis(NamedTuple):
    """One spatial axis: points of the ring, outputs that a tile keeps, and how many tiles there are."""

    points: int
    kept: int
    tiles: int


def axes(spec: ConvSpec, axis: int, is_paired: bool) -> list[Axis]:
    """Return the rings that are worth a look for one axis: the cheapest for each number of tiles, and of those some.

    Parameters
    ----------
    spec : ConvSpec
    axis : int
    is_paired : bool
        Whether two values make one complex value of the ring.

    Examples
    --------
    >>> [one for one in axes(ConvSpec((1, 1, 500), (1, 1, 32)), 0, True) if one.tiles < 3]
    [Axis(points=512, kept=469, tiles=1), Axis(points=288, kept=235, tiles=2)]
    """
    unit, step, extent, count = 1 + is_paired, spec.stride[axis], spec.extent[axis], spec.y_shape[2 + axis]
    alone = Axis(unit * _cheap(ceil(_whole(spec, axis) / unit)), count, 1)
    found = {1: alone}
    for size in roots.sizes(min(alone.points, max(LEAST_POINTS, TIMES_EXTENT * extent)) // unit):
        points = size * unit
        if points >= extent:
            tiles = ceil(count / ((points - extent) // step + 1))
            kept = ceil(count / tiles)
            one = Axis(points, kept, tiles := ceil(count / kept))
            if (
                tiles > 1
                and kept >= LEAST_KEPT
                and (tiles not in found or _cost(one, unit) < _cost(found[tiles], unit))
            ):
                found[tiles] = one
    best = sorted(found.values(), key=lambda one: _cost(one, unit))[:CANDIDATES]
    return sorted({*best, alone}, key=lambda one: one.tiles)


def _cheap(least: int) -> int:
    """Return the size that costs least, from a number on: the next one is not always the cheapest."""
    near = [size for size in roots.sizes(fast_length(least) * 5 // 4) if size >= least]
    return min(near, key=lambda size: size * (roots.cost(roots.radices(size)) + TURN))


def _cost(one: Axis, unit: int) -> float:
    size = one.points // unit
    return one.tiles * size * (roots.cost(roots.radices(size)) + TURN)


def _whole(spec: ConvSpec, axis: int) -> int:
    """Return the points of a ring that takes an axis at once: what comes round must meet zeros, or be dropped."""
    (before, _), extent = spec.pads[axis], spec.extent[axis]
    made = (spec.y_shape[2 + axis] - 1) * spec.stride[axis] + 1
    read = min(before + spec.space[axis], made + extent - 1)
    return max(read, made + extent - 1 - before, made, extent)
