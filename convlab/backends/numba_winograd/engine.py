"""Filters held transformed, and the call that sets the compiled loops to work."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from convlab.backends.numba_winograd import kernels, loops
from convlab.backends.numba_winograd.cuts import FORMS, Cut
from convlab.backends.tiles import machine
from convlab.backends.tiles.launch import share
from convlab.backends.tiles.scratch import LINE, aligned


def transformed(w: np.ndarray, cut: Cut) -> np.ndarray:
    """Return all filters transformed, in the order in which the matrix products read them.

    Parameters
    ----------
    w : ndarray, shape (groups * filters, channels, 3, 3)
        Of a cross-correlation: already turned, if at all. Any strides.
    cut : Cut

    Returns
    -------
    ndarray, shape (groups, values)
        Panel by panel; of a panel, place by place; of a place, channel by channel, one number per filter. Filters
        that fill up the last vector are zeros.
    """
    size, layer = cut.item_bytes, cut.layer
    down, across = w.strides[2:]
    if abs(across) != size or down != 3 * across:
        w = np.ascontiguousarray(w)
        down, across = w.strides[2:]
    u = aligned(cut.weight_values * size)
    room, step = _room(9 * cut.vector_bytes, cut.threads)
    backwards, tap = across < 0, cut.vector_bytes
    facts = _facts(cut) | {
        loops.W: w.ctypes.data + 8 * min(0, across), loops.U: u.ctypes.data,
        loops.W_FILTER: w.strides[0], loops.W_CHANNEL: w.strides[1],
        loops.FIRST_TAP: 8 * tap * backwards, loops.TAP_STEP: -tap if backwards else tap,
        loops.ROOM: room.ctypes.data, loops.ROOM_STEP: step,
    }  # fmt: skip
    share(loops.transform_weights, _words(facts), layer.groups * cut.panels * cut.parts)
    return u


def convolve(u: np.ndarray, cut: Cut, x: np.ndarray, y: np.ndarray) -> None:
    """Write y, all of it, from x and filters that `transformed` returned; any strides of both."""
    room, step = _room(cut.room[-1], cut.busy)
    facts = _facts(cut) | {loops.ROOM: room.ctypes.data, loops.ROOM_STEP: step, loops.U: u.ctypes.data}
    facts |= {loops.X: x.ctypes.data, loops.Y: y.ctypes.data}
    facts |= dict(zip(range(loops.X_IMAGE, loops.X_COLUMN + 1), x.strides, strict=True))
    facts |= dict(zip(range(loops.Y_IMAGE, loops.Y_COLUMN + 1), y.strides, strict=True))
    share(loops.convolve, _words(facts), cut.jobs)


def room_bytes(cut: Cut) -> int:
    """Return the memory that `convolve` takes for itself, of all threads."""
    return _step(cut.room[-1]) * cut.busy + LINE


def _words(facts: dict[int, int]) -> np.ndarray:
    words = np.zeros(loops.COUNT, np.int64)
    words[list(facts)] = list(facts.values())
    return words


def _facts(cut: Cut) -> dict[int, int]:
    """Return what the loops are told of a cut."""
    layer, (out, v, m, _) = cut.layer, cut.room
    sizes = (
        layer.height, layer.width, layer.high, layer.wide, layer.above, layer.before, layer.channels, layer.filters,
        layer.made, cut.lanes, cut.item_bytes, cut.vectors, *cut.tiles, *cut.piece, *cut.pieces, cut.all_pieces,
        cut.blocks, cut.most, cut.filter_blocks, cut.panels, cut.parts, out, v, m, cut.steps[0],
        _width(cut),
    )  # fmt: skip
    return dict(enumerate(functions(layer.made, layer.dtype, cut.widest))) | dict(
        zip(range(loops.HEIGHT, loops.COUNT), sizes, strict=True)
    )


def _width(cut: Cut) -> int:
    """Return the bytes from tile to tile in the products of a block of filters."""
    return min(-(-cut.panels // cut.filter_blocks) * cut.widest * cut.vector_bytes, cut.steps[1])


@cache
def functions(made: int, dtype: str, widest: int) -> tuple[int, ...]:
    """Return the addresses of the native functions, in the order of the loops."""
    form = FORMS[made]
    written = (
        ("lines", 5, kernels.lines), ("rows", 5, kernels.rows),
        (f"inputs{made}", 6, partial(kernels.inputs, form=form)),
        (f"outputs{made}", 6, partial(kernels.outputs, form=form)),
        ("products", 8, partial(kernels.products, vectors=widest)),
        (f"weights{made}", 8, partial(kernels.weights, form=form)),
    )  # fmt: skip
    return tuple(machine.assembled(name, count, dtype, write) for name, count, write in written)


def _room(each: int, threads: int) -> tuple[np.ndarray, int]:
    """Return memory for a number of threads, and the bytes from one's to the next one's."""
    step = _step(each)
    return aligned(step * threads), step


def _step(each: int) -> int:
    """Return the bytes of a thread's room, an odd number of lines: rooms do not compete for the same places."""
    return (-(-each // LINE) | 1) * LINE
