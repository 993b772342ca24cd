"""Row-sliding tiles as a convolution of two axes: packed filters, and the table that the compiled loops work from."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np

from convlab.backends.numba_tiles.cut import Cut, cut, image_last
from convlab.backends.tiles import machine, pool, rows, scratch
from convlab.backends.tiles.launch import address, share
from convlab.backends.tiles.rows import lines, loops
from convlab.operands import turned
from convlab.spec import ConvSpec

MOST_LAYOUTS = 64  # of x and y that one engine remembers


class Layout(NamedTuple):
    """What a call with some strides of x and y needs.

    Attributes
    ----------
    words : ndarray of int64
        The table that `convlab.backends.tiles.rows.loops` names, without the addresses of x, y, filters and scratch.
    items : int
        Pieces.
    scratch_bytes : int
        Of all threads.
    kept : tuple of ndarray
        Tables that `words` has the addresses of.
    """

    words: np.ndarray
    items: int
    scratch_bytes: int
    kept: tuple[np.ndarray, ...]


class Sliding:
    """A convolution of two axes by row-sliding tiles, with its filters.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape
        Copied, turned if the spec flips, into the order in which tiles read it.
    spec : ConvSpec
        Of two axes, in float32 or float64, with at least one value of x, w and y.

    Attributes
    ----------
    nbytes : int
        What is kept of the filters.
    """

    def __init__(self, w: np.ndarray, spec: ConvSpec) -> None:
        self.spec = spec
        self._w = packed(turned(w, spec), cut(spec))
        self.nbytes = self._w.nbytes
        self._known: dict[tuple, Layout] = {}

    def __call__(self, x: np.ndarray, y: np.ndarray) -> None:
        """Write y; x and y may have any strides."""
        found = self._known.get((x.strides, y.strides)) or self._look_up(x, y)
        words = found.words.copy()
        words[loops.X], words[loops.Y], words[loops.W] = address(x), address(y), address(self._w)
        memory = scratch.own(found.scratch_bytes)
        words[loops.SCRATCH] = address(memory)
        share(loops.piece, words, found.items)

    def _look_up(self, x: np.ndarray, y: np.ndarray) -> Layout:
        if len(self._known) >= MOST_LAYOUTS:
            self._known.clear()
        found = self._known[x.strides, y.strides] = _layout(self.spec, x.strides, y.strides)
        return found


def prepare(w: np.ndarray, spec: ConvSpec) -> Sliding:
    """Return the convolution of a spec with its filters."""
    return Sliding(w, spec)


def filter_bytes(spec: ConvSpec) -> int:
    """Return what is kept of the filters: as many values as they have."""
    return prod(spec.w_shape) * np.dtype(spec.dtype).itemsize


def scratch_bytes(spec: ConvSpec) -> int:
    """Return what all threads together copy of an x in C order, for a y in C order."""
    return cut(spec).scratch_bytes(sums=False)[1] * pool.threads()


def packed(w: np.ndarray, how: Cut) -> np.ndarray:
    """Return filters as tiles read them, shape (filters, terms).

    For each channel and each remainder of the strides, the first tap of all its rows, then the second, and so on: a
    tile finds the weights of neighbouring rows, which it needs together, next to each other.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape
        As it is slid over x, not turned any more.
    how : Cut

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 9, 9), (1, 1, 2, 3), dtype="float64")
    >>> packed(np.arange(6.0).reshape(spec.w_shape), cut(spec))
    array([[0., 3., 1., 4., 2., 5.]])
    """
    down, across = how.periods
    planes = [
        w[:, :, a::down, b::across]
        for a in range(min(down, w.shape[2]))
        for b in range(min(across, w.shape[3]))
    ]
    parts = [
        planes[one.remainder][:, :, one.row : one.row + one.height, one.tap : one.tap + one.taps]
        .swapaxes(2, 3)
        .reshape(*w.shape[:2], -1)
        for one in how.entries
    ]
    return np.concatenate(parts, axis=2).reshape(w.shape[0], -1).astype(how.spec.dtype, order="C")


def layout(strides: tuple[int, ...], spec: ConvSpec) -> tuple[int, int]:
    """Return unit and block of a line of an x with some strides, as `cut` takes them.

    Examples
    --------
    >>> spec, stack = ConvSpec((3, 1, 5, 6), (1, 1, 2, 2)), np.empty((5, 6, 3), np.float32)
    >>> layout(stack.transpose(2, 0, 1)[:, None].strides, spec), layout((120, 120, 24, 4), spec)
    ((3, 1), (1, 1))
    """
    images, item = spec.x_shape[0], np.dtype(spec.dtype).itemsize
    is_last = images > 1 and strides[0] == item and (spec.space[1] == 1 or strides[3] == images * item)
    return image_last(spec) if is_last else (1, 1)


@lru_cache(512)
def _layout(spec: ConvSpec, x: tuple[int, ...], y: tuple[int, ...]) -> Layout:
    """Return the table for x and y of some strides."""
    item = np.dtype(spec.dtype).itemsize
    unit, block = layout(x, spec)
    stack = spec.x_shape[0] if block > 1 else unit  # images in a column of x
    is_beside = spec.space[1] == 1 or x[3] == stack * item
    how = cut(spec, unit, block, not is_beside or block > 1)
    is_direct = stack == 1 or y[0] == item
    if block == 1:
        is_direct = is_direct and (spec.y_shape[3] == 1 or y[3] == stack * item)
    column = stack * item if is_beside else x[3]
    tables = _tables(how, x[1], x[2], column)
    words = _where(how, x, y) | _what(how) | {name: address(table) for name, table in tables.items()}
    words["X_COLUMN"] = column
    words["Y_STEP"] = y[3] if block > 1 else item
    words["SUMS"], words["SCRATCH_BYTES"] = how.scratch_bytes(sums=not is_direct)
    words |= {"DIRECT": is_direct, "SIZE": item}
    words |= {"LINES": lines.lines(1, spec.dtype), "EVERY_SECOND": lines.lines(2, spec.dtype)}
    numbers = np.array([words[name] for name in loops.NAMES], np.int64)
    return Layout(numbers, prod(how.counts), words["SCRATCH_BYTES"] * pool.threads(), tuple(tables.values()))


def _where(how: Cut, x: tuple[int, ...], y: tuple[int, ...]) -> dict[str, int]:
    """Return how values follow each other in the operands and in copied lines; addresses come with a call."""
    (tall, values), item = how.plane, np.dtype(how.spec.dtype).itemsize
    return {
        "X": 0, "X_IMAGE": x[0] * how.block, "X_CHANNEL": x[1], "X_ROW": x[2],
        "Y": 0, "Y_IMAGE": y[0] * how.block, "Y_FILTER": y[1], "Y_ROW": y[2], "Y_COLUMN": y[3], "Y_VALUE": y[0],
        "W": 0, "FILTER_BYTES": how.spec.terms * item, "CHANNEL_BYTES": prod(how.spec.taps) * item,
        "SCRATCH": 0, "PLANE_BYTES": tall * values * item, "LINE_BYTES": values * item,
    }  # fmt: skip


def _what(how: Cut) -> dict[str, int]:
    """Return what is computed, and in which pieces."""
    spec = how.spec
    return {
        "UNIT": how.unit, "BLOCK": how.block, "STACK": spec.x_shape[0] if how.block > 1 else how.images,
        "LANES": machine.width(spec.dtype), "ROWS": how.rows, "VECTORS": how.vectors, "IN_PLACE": how.is_in_place,
        "GROUPS": spec.groups, "CHANNELS": spec.w_shape[1], "FILTERS": spec.w_shape[0] // spec.groups,
        "HEIGHT": spec.space[0], "WIDTH": spec.space[1], "OUT_HEIGHT": spec.y_shape[2], "OUT_LENGTH": how.length,
        "TOP": spec.pads[0][0], "LEFT": spec.pads[1][0],
        "STRIDE_ROWS": spec.stride[0], "STRIDE_COLUMNS": spec.stride[1],
        "REACH_ROWS": spec.extent[0] - 1, "REACH_COLUMNS": spec.extent[1] - 1,
        "APART_ROWS": how.apart[0], "APART_COLUMNS": how.apart[1],
        "COUNT": len(how.remainders), "ENTRIES": len(how.entries), "AT_ONCE": how.at_once, "IMAGES": how.images,
        **dict(zip(("PIECE_IMAGES", "PIECE_ROWS", "PIECE_LENGTH"), how.piece, strict=True)),
        "ROW_PIECES": how.counts[2], "LENGTH_PIECES": how.counts[3],
    }  # fmt: skip


def _tables(how: Cut, channel: int, row: int, column: int) -> dict[str, np.ndarray]:
    """Return the addresses of the tiles, and the planes in x, of such distances in bytes, and in copied lines."""
    tiles = np.zeros((rows.MOST_ROWS, loops.TILES_WIDE), np.int64)
    for tall, wide in how.shapes:
        tiles[tall - 1, wide - 1] = rows.tile(tall, wide, how.spec.dtype)
    item, count = np.dtype(how.spec.dtype).itemsize, len(how.remainders)
    value, plane = how.unit * how.block * item, prod(how.plane) * item
    there = _planes(how, how.spec.w_shape[1], channel, 0, row, column)
    copied = _planes(how, how.at_once, plane * count, plane, how.plane[1] * item, value)
    named = {"TILES": tiles, "PLANES": there, "PACKED_PLANES": copied, "REMAINDERS": how.remainders}
    return {name: np.array(table, np.int64) for name, table in named.items()}


def _planes(
    how: Cut, channels: int, channel: int, plane: int, row: int, column: int
) -> list[tuple[int, ...]]:
    """Return the table of planes of `rows.tile` for some channels; distances in bytes."""
    down, across = how.apart
    return [
        (
            c * channel + one.remainder * plane + one.row * down * row + one.tap * across * column,
            one.height, one.taps, one.ends if i else int(c > 0 and c % how.run_channels == 0), one.cuts, one.each,
        )
        for c in range(channels)
        for i, one in enumerate(how.entries)
    ]  # fmt: skip
