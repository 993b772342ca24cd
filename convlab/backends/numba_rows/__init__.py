"""numba-rows: whole rows of outputs at once, eight taps at a time, on all processors; compiled by numba."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import product
from math import prod
from types import ModuleType

import numpy as np

from convlab.backends import threads
from convlab.backends.backend import Backend
from convlab.backends.compiled import compiled
from convlab.backends.formula import formula
from convlab.backends.library import missing
from convlab.backends.numba_rows import loops
from convlab.backends.numba_rows.tiles import Piece, Tiling, inside, tiling
from convlab.backends.work import Work, direct
from convlab.operands import group_blocks, lifted, turned
from convlab.spec import ConvSpec


class NumbaRows(Backend):
    """Loops over taps in the dtype of the operands, several taps to a pass over some rows of outputs, by threads.

    The lines of x that a piece of y reads are copied side by side, so that one tap's value for output k stands at k
    plus a distance that is the tap's own, whatever stride, dilation or layout x has. What is left to compute is the
    same loop for every convolution, eight such distances at a time, or four for two filters, and compiled soon.

    Notes
    -----
    Sums are kept in y's own dtype: by eights or fours, by runs of 128, and these together, which keeps the rounding of
    long sums small. Every output has one fixed order whatever the machine and its threads. float16 is computed as
    float32 and rounded once. Zeros of the padding are copied and multiplied like any value, so an infinite or missing
    weight meets them. No more of x is copied at a time than a cache holds.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> NumbaRows().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "numba-rows"
    how = "whole rows at once"
    device = "cpu"
    family = "numba"
    flips = "either"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = ""

    def unavailable(self) -> str | None:
        """Return a sentence when numba is not installed."""
        return missing("numba")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse longdouble, which numba cannot compile."""
        if spec.dtype == "longdouble":
            return "This is longdouble; numba compiles numbers up to float64. Convert x and w to float64."
        return None

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the filters as rows, and for each thread the lines of x and the sums of one piece."""
        if not prod(spec.y_shape) * spec.terms:
            return 0
        cut = tiling(spec, threads.count())
        each = prod(cut.buffer) + prod(cut.sums) + 2 * loops.BLOCK
        values = self._rows(cut) * spec.terms + self._busy(cut) * each
        return values * np.dtype(_computed(spec)).itemsize + 8 * spec.terms

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: G rows of a filter each, T threads, each with L values of x and S sums."""
        if not prod(spec.y_shape) * spec.terms:
            return formula("0", spec)
        cut = tiling(spec, threads.count())
        numbers = {"T": self._busy(cut), "L": prod(cut.buffer), "S": prod(cut.sums) + 2 * loops.BLOCK}
        numbers["G"] = self._rows(cut)
        item = np.dtype(_computed(spec)).itemsize
        return formula(f"(G·I·{{taps}} + T·(L + S))·{item} + I·{{taps}}·8", spec, **numbers)

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, and the copies of x and of the sums, piece by piece."""
        if not prod(spec.y_shape) * spec.terms:
            return direct(spec, "0")
        cut = tiling(spec, threads.count())
        moved = cut.count * (prod(cut.buffer) + prod(cut.sums)) * np.dtype(_computed(spec)).itemsize
        return direct(spec, str(cut.count), moved)

    @staticmethod
    def _rows(cut: Tiling) -> int:
        """Return how many rows the filters take, twice where they are filled up."""
        filters, held = cut.spec.w_shape[0], cut.spec.groups * cut.sums[0]
        return filters + (held if held > filters else 0)

    @staticmethod
    def _busy(cut: Tiling) -> int:
        return min(threads.count(), cut.count)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Let the threads make y piece by piece."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        if not prod(y.shape) * spec.terms:
            y[...] = 0
            return y
        dtype, cut = _computed(spec), tiling(spec, threads.count())
        loop = loops.in_pairs if cut.sums[0] > 1 else loops.one_by_one
        multiply = compiled(loop, signature, dtype, self.name)
        filters = _filters(turned(w, spec), dtype, spec)
        make = partial(_make, cut, multiply, lifted(x), filters, lifted(y))
        threads.share(make, list(cut.pieces()), threads.count())
        return y


def _make(
    cut: Tiling,
    multiply: Callable,
    x: np.ndarray,
    filters: np.ndarray,
    y: np.ndarray,
    pieces: Iterable[Piece],
) -> None:
    """Make one piece of y after the other, in memory that is used again."""
    buffer, sums, offsets = *(np.empty(shape, filters.dtype) for shape in (cut.buffer, cut.sums)), cut.offsets
    lines, totals = buffer.reshape(cut.images, -1), sums.reshape(*cut.sums[:2], -1)
    blocks, each = [block for _, block in group_blocks(cut.spec)], cut.spec.w_shape[0] // cut.spec.groups
    for piece in pieces:
        images, rows, columns = (part.stop - part.start for part in (piece.images, piece.rows, piece.columns))
        _collect(x, cut.spec, piece, buffer[:images])
        multiply(lines, offsets, filters[piece.group], totals, images, (rows - 1) * cut.sums[3] + columns)
        found = sums[:, :images, :rows, :columns].swapaxes(0, 1)
        y[piece.images, blocks[piece.group], piece.depth, piece.rows, piece.columns] = found[:, :each]


def _collect(x: np.ndarray, spec: ConvSpec, piece: Piece, buffer: np.ndarray) -> None:
    """Copy the lines of x that a piece reads to where the buffer has them, and zeros where x has ended."""
    _, channels, depths, down, across, rows, columns = buffer.shape
    block = slice(piece.group * channels, (piece.group + 1) * channels)
    deep, high, wide = map(
        _start, (piece.depth, piece.rows.start, piece.columns.start), spec.stride, spec.pads
    )
    for d, p, q in product(range(depths), range(down), range(across)):
        depth, into = deep + d * spec.dilation[0], buffer[:, :, d, p, q]
        height, h = inside(high + p, down, rows, spec.space[1])
        width, v = inside(wide + q, across, columns, spec.space[2])
        within = 0 <= depth < spec.space[0]
        if not within or height.stop - height.start < rows or width.stop - width.start < columns:
            into[...] = 0
        if within:
            into[:, :, height, width] = x[piece.images, block, depth, h, v]


def _filters(w: np.ndarray, dtype: str, spec: ConvSpec) -> np.ndarray:
    """Return the filters as rows, shape (groups, filters, terms), of more than one an even number: zeros fill up."""
    rows = np.require(w, dtype, "CA").reshape(spec.groups, -1, spec.terms)
    if rows.shape[1] == 1 or rows.shape[1] % 2 == 0:
        return rows
    return np.concatenate([rows, np.zeros_like(rows[:, :1])], axis=1)


def _start(output: int, step: int, pads: tuple[int, int]) -> int:
    """Return where the window of an output begins on an axis of x; negative on the zeros before it."""
    return output * step - pads[0]


def _computed(spec: ConvSpec) -> str:
    """Return the dtype of the sums."""
    return "float64" if spec.dtype == "float64" else "float32"


def signature(types: ModuleType, number: object) -> object:
    """Return the types of the loop's arguments: arrays without gaps, however x, w and y lie in memory."""
    lines, places = types.Array(number, 2, "C"), types.Array(types.intp, 1, "C")
    filters = types.Array(number, 2, "C", readonly=True)
    return types.void(lines, places, filters, types.Array(number, 3, "C"), types.intp, types.intp)
