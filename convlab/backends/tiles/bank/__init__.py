"""The filter bank: several filters share every load, whatever the rank, stride, dilation, padding or groups.

**What is gained.** A loop over one filter loads a vector of x for each of its multiply-adds, and a processor that
begins one of each in a cycle spends half of its time on loads. But all filters of a bank look at the same x: a vector
that has been loaded once is multiplied by a weight of each of 8 filters before the next one is loaded. A tile of 8
filters by 3 vectors of outputs needs, for each term of its sums, 3 vectors of x and 8 weights (a *broadcast* into all
lanes each): 11 loads for 24 multiply-adds, which therefore decide how long it takes.

**Why 8 by 3.** The 24 sums stay in registers from the first term to the last; 3 vectors of x and a weight make it 28
of 32. Each multiply-add waits some 4 cycles for the one before it on the same sum; with 24 sums in turn nobody waits.
Where there are 16 registers, 4 by 3 sums, 3 vectors and a weight fill them. Tails: a mask on the last vector keeps
reads and writes within the outputs; filters that are left over get tiles of 4 or 2, the last one with a filter of
zeros beside it that is not written.

**The offset table.** Term t of the sum of an output stands ``offsets[t]`` bytes behind its first one, and that is the
same for every output: a table of one number per term says all about channels, depth, rows, columns and dilation, so
one tile serves convolutions of any rank. It works wherever neighbouring outputs see neighbouring values of x, within
a row and with stride 1, and all of them lie inside x: then x is read in place.

**Panels.** Everywhere else (the border, a stride, rows shorter than a tile, values that stand apart in memory) the
tile looks at a *panel*: for each term a row of what 48 outputs (of float32, with 16 lanes) see of x, zeros where x
has ended. That is the well-known *im2col* matrix, but of 48 outputs and at most `cut.TERMS_AT_ONCE` terms, 96
KiB, which never leave the cache; and as all filters look at the same panel, it takes as long as some 3 filters more.
Blocks of outputs then run through rows and images as if these stood in one line: 7 x 7 outputs of 8 images are 9
blocks, and hardly a vector is short.

**What bounds it.** Each output is written once for 2 K operations, K terms a sum. Layers of 3 x 3 taps and 64
channels (K = 576) are bound by multiply-adds alone. Single taps of 64 channels (K = 64) and 3 x 3 taps of 3 (K = 27)
write 4 bytes for 128 and 54 operations: a processor of 117 Gflop/s would have to write 3.7 and 8.7 GB/s, and reads as
much, since it fetches a line before it writes into it. So a tile asks for its lines of y when it begins, and finds
them when its sums are there; and a y that no cache holds is made a tile's filters at a time, because memory likes 8
long rows more than 256 short ones.

**The order of a sum.** An output is added up in y's own dtype, channel by channel, in each tap by tap in C order of the
filter as it is slid, in runs of at most 512 terms (`convlab.backends.tiles.runs`): each is one chain of fused
multiply-adds that begins at +0, and is added to the total of those before it, which waits in y. Tiles, tails, panels
and threads change nothing in that order, so the bits are the same for any number of them. Zeros around x are terms
like any other: an infinite or missing weight meets them.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np

from convlab.backends.tiles import machine, pool, scratch
from convlab.backends.tiles.bank import kernels, loops, panels
from convlab.backends.tiles.bank.cut import Cut, Shape, Three, in_one_line, lifted, rows_pay
from convlab.backends.tiles.launch import address, share
from convlab.operands import turned
from convlab.spec import ConvSpec

LAYOUTS = 64  # tables for specs and strides that are remembered


class Engine:
    """A bank of filters, packed for its tiles; called with x and y it writes y.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape
        Any strides; it is copied.
    spec : ConvSpec
        Of float32 or float64, with an image, a channel and a filter at least.

    Attributes
    ----------
    nbytes : int
        What it keeps of the filters.
    """

    def __init__(self, w: np.ndarray, spec: ConvSpec) -> None:
        self._spec = spec
        self._weights = _packed(turned(w, spec), spec)
        self.nbytes = self._weights.nbytes
        self._known: tuple = None, None, None  # the strides of the last operands, and the layout for them

    def __call__(self, x: np.ndarray, y: np.ndarray) -> None:
        """Write the convolution of x, shape spec.x_shape, into y, shape spec.y_shape; both of any strides.

        A y whose spatial axes are not those of one block of memory is computed elsewhere and copied.
        """
        if not x.flags.aligned:
            x = x.copy()
        if not (y.flags.aligned and y[0, 0].flags.c_contiguous):
            found = np.empty(y.shape, y.dtype)
            self(x, found)
            y[...] = found
            return
        x_strides, y_strides, layout = self._known
        if x_strides != x.strides or y_strides != y.strides:
            layout = _layout(self._spec, x.strides, y.strides[:2])
            self._known = x.strides, y.strides, layout
        layout.run(x, self._weights, y)


def prepare(w: np.ndarray, spec: ConvSpec) -> Engine:
    """Return an engine for a bank of filters: everything that depends on w alone is done once, here."""
    return Engine(w, spec)


def filter_bytes(spec: ConvSpec) -> int:
    """Return what an engine keeps of the filters, in bytes: their weights, filled up to whole tiles."""
    return spec.groups * _filled(spec.w_shape[0] // spec.groups) * spec.terms * _size(spec)


def scratch_bytes(spec: ConvSpec) -> int:
    """Return what all threads together work in, in bytes."""
    shape, tap_bytes = lifted(spec), 8 * panels.TAP_WORDS
    cut = Cut(spec, shape, by_rows=False)
    tables = 8 * (spec.terms + cut.channels_at_once * cut.taps_at_once) + tap_bytes * prod(shape.taps)
    return pool.threads() * cut.scratch_bytes + tables


class _Layout:
    """The table that the loops read, for operands of certain strides, and what it points to."""

    def __init__(self, spec: ConvSpec, x_strides: tuple[int, ...], y_strides: tuple[int, ...]) -> None:
        size, shape = _size(spec), lifted(spec)
        steps = (0,) * (3 - spec.rank) + x_strides[2:]
        if line := in_one_line(shape, steps, size):
            shape, steps = line, (0, 0, size)
        by_rows = shape.stride[2] == 1 and steps[2] == size and rows_pay(spec, shape)
        cut = Cut(spec, shape, by_rows)
        taps = _tap_offsets(shape, steps)
        in_place = np.add.outer(np.arange(spec.w_shape[1], dtype=np.int64) * x_strides[1], taps).ravel()
        in_panel = np.arange(cut.channels_at_once * cut.taps_at_once, dtype=np.int64) * cut.width * size
        table = np.zeros((taps.size, panels.TAP_WORDS), np.int64)
        table[:, 0] = taps
        self._kept = in_place, in_panel, table
        named = _sizes(spec, shape) | _cuts(cut) | {
            "X_IMAGE": x_strides[0], "X_CHANNEL": x_strides[1], "X_DEPTH": steps[0], "X_ROW": steps[1],
            "X_COLUMN": steps[2], "Y_IMAGE": y_strides[0], "Y_FILTER": y_strides[1], "BY_ROWS": by_rows,
            "WEIGHTS_GROUP": filter_bytes(spec) // spec.groups, "IN_PLACE": in_place.ctypes.data,
            "IN_PANEL": in_panel.ctypes.data, "TAP_TABLE": table.ctypes.data,
            "TILE": kernels.tile(spec.dtype), "PANEL": panels.panel(spec.dtype),
            "COPY": kernels.copy(spec.dtype),
        }  # fmt: skip
        self._words = np.array([named.get(name, 0) for name in loops.NAMES], np.int64)
        self._places = [loops.X, loops.WEIGHTS, loops.Y, loops.SCRATCH]
        self._pieces, self._scratch_bytes = cut.pieces, cut.scratch_bytes * pool.threads()

    def run(self, x: np.ndarray, weights: np.ndarray, y: np.ndarray) -> None:
        """Let the threads make y, piece by piece."""
        words, memory = self._words.copy(), scratch.own(self._scratch_bytes)
        words[self._places] = address(x), address(weights), address(y), address(memory)
        share(loops.piece, words, self._pieces)


_layout = lru_cache(LAYOUTS)(_Layout)


def _sizes(spec: ConvSpec, shape: Shape) -> dict[str, int]:
    """Return what the loops want to know of the convolution, by the names of their table."""
    axes = {
        ("DEPTHS", "HEIGHT", "WIDTH"): shape.space, ("KD", "KH", "KW"): shape.taps,
        ("OUT_DEPTHS", "OUT_HEIGHT", "OUT_WIDTH"): shape.out, ("STRIDE_D", "STRIDE_H", "STRIDE_W"): shape.stride,
        ("APART_D", "APART_H", "APART_W"): shape.dilation, ("BEFORE_D", "BEFORE_H", "BEFORE_W"): shape.before,
    }  # fmt: skip
    found = {name: n for names, numbers in axes.items() for name, n in zip(names, numbers, strict=True)}
    return found | {
        "SIZE": _size(spec), "LANES": machine.width(spec.dtype), "MOST": kernels.rows()[0],
        "IMAGES": spec.x_shape[0], "GROUPS": spec.groups, "CHANNELS": spec.w_shape[1],
        "FILTERS": spec.w_shape[0] // spec.groups,
    }  # fmt: skip


def _cuts(cut: Cut) -> dict[str, int]:
    """Return what the loops want to know of how the work is cut."""
    return {
        "BLOCKS": cut.blocks, "BLOCKS_AT_ONCE": cut.blocks_at_once, "PARTS": cut.parts,
        "PART_FILTERS": cut.part_filters, "CHANNELS_AT_ONCE": cut.channels_at_once,
        "TAPS_AT_ONCE": cut.taps_at_once, "RUN": cut.run, "SCRATCH_BYTES": cut.scratch_bytes,
        "FENCES": cut.fences, "SUMS": cut.sums,
    }  # fmt: skip


def _packed(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the weights of each group, tile by tile, in each term by term: shape (groups, values)."""
    filters, terms = spec.w_shape[0] // spec.groups, spec.terms
    flat = w.reshape(spec.groups, filters, terms)
    packed = np.zeros((spec.groups, _filled(filters) * terms), spec.dtype)
    for first, rows in _tiles(filters):
        real = min(rows, filters - first)
        into = packed[:, first * terms : (first + rows) * terms].reshape(spec.groups, terms, rows)
        into[..., :real] = flat[:, first : first + real].swapaxes(1, 2)
    return packed


def _tiles(filters: int) -> list[tuple[int, int]]:
    """Return the first filter and the size of every tile: the largest that is full but for one filter at most."""
    found, first = [], 0
    while first < filters:
        rows = next((r for r in kernels.rows() if filters - first >= r - 1), kernels.rows()[-1])
        found.append((first, rows))
        first += rows
    return found


def _filled(filters: int) -> int:
    return sum(_tiles(filters)[-1]) if filters else 0


def _tap_offsets(shape: Shape, steps: Three) -> np.ndarray:
    """Return how many bytes behind the first tap of a filter each one stands, in C order."""
    d, h, w = (
        np.arange(k, dtype=np.int64) * apart * step
        for k, apart, step in zip(shape.taps, shape.dilation, steps)
    )
    return (d[:, None, None] + h[:, None] + w).ravel()


def _size(spec: ConvSpec) -> int:
    return np.dtype(spec.dtype).itemsize
