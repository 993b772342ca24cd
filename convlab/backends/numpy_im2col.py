"""numpy-im2col: every window becomes a column, and one matrix product does the rest."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.work import Work, column_passes, direct
from convlab.gradients import dgrad_spec
from convlab.operands import padded, padded_copy, strided, turned
from convlab.spec import ConvSpec

COLUMN_BYTES = 4 << 20  # at most this much of the column matrix exists at once


class NumpyIm2col(Backend):
    """Windows copied into the columns of a matrix, then multiplied by the matrix of filters, block by block.

    The whole column matrix repeats each input value once per tap: 9 times x for a 3 × 3 filter. A few output
    rows at a time keep it to `COLUMN_BYTES`, which is faster as well, for a block stays in the cache. Groups
    are a batch of smaller products.

    Notes
    -----
    K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for document
    processing", 2006; what Theano's CorrMM and Caffe do. Zeros of the padding are multiplied like any value,
    so an infinite or NaN weight makes the border NaN, where the definition leaves the padding out.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> NumpyIm2col().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "numpy-im2col"
    device = "cpu"
    family = "numpy"
    flips = "never"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = "Theano's CorrMM"

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the padded copy of x, the filter matrix, and columns and products of the largest block."""
        per_column = spec.terms * spec.groups + spec.w_shape[0]
        values = padded_copy(spec) + prod(spec.w_shape) + _columns_in_block(spec) * per_column
        return values * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters; P positions of y are the largest block."""
        copy = "N·C·{padded} + " if padded_copy(spec) else ""
        letters = f"({copy}O·I·{{taps}} + P·(C·{{taps}} + O))·{{b}}"
        return formula(letters, spec, P=_columns_in_block(spec))

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, and every window copied into a column."""
        item, positions = np.dtype(spec.dtype).itemsize, spec.x_shape[0] * prod(spec.y_shape[2:])
        columns = column_passes(spec) * spec.terms * spec.groups
        moved = padded_copy(spec) + positions * (columns + spec.w_shape[0])
        turns = -(-positions // max(1, _columns_in_block(spec)))
        return direct(spec, str(turns), moved * item)

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the padded dx or x, the filter matrix, and a block of columns beside its part of dy.

        Where dx is taken as a convolution, the operands and the workspace of that, if these are more.
        """
        own, back = self.workspace_bytes(spec), dgrad_spec(spec)
        copies = (prod(back.x_shape) + prod(back.w_shape)) * np.dtype(spec.dtype).itemsize
        return max(own, copies + self.workspace_bytes(back)) if _hardly_spread(spec) else own

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Refuse nothing."""
        return None

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Copy the windows of a block into columns, multiply, put the products in their place; next block."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        filters, windows = _matrices(w, spec), _windows(padded(x, spec), spec)
        for images, *space in blocks((spec.x_shape[0], *spec.y_shape[2:]), _columns_at_once(spec)):
            target = y[(images, slice(None), *space)]
            target[...] = _product(filters, windows[(images, ..., *space)]).reshape(target.shape)
        return y

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Multiply a block of dy by the turned matrix of filters, and add each row of the columns where it came from.

        The opposite of copying windows into columns is adding columns to windows ("col2im"): all positions of one
        tap at once, for these never overlap. Where that would skip few zeros, the convolution that dx is needs no
        adding and takes less time.
        """
        if _hardly_spread(spec):
            return super().dgrad(dy, w, spec)
        whole = np.zeros((*spec.x_shape[:2], *spec.padded), spec.dtype)
        filters, windows = _matrices(w, spec).swapaxes(1, 2), _windows(whole, spec)
        for images, *space in blocks((spec.x_shape[0], *spec.y_shape[2:]), _columns_at_once(spec)):
            part, target = dy[(images, slice(None), *space)], windows[(images, ..., *space)]
            _hand_back(np.matmul(filters, _side_by_side(part, spec)), target, spec)
        inner = tuple(slice(lo, lo + n) for (lo, _), n in zip(spec.pads, spec.space, strict=True))
        return np.ascontiguousarray(whole[(..., *inner)])

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Multiply a block of dy by its columns, which adds up all its positions and images; then the next block."""
        dw = np.zeros(spec.w_shape, spec.dtype)
        target, windows = turned(dw, spec), _windows(padded(x, spec), spec)
        for images, *space in blocks((spec.x_shape[0], *spec.y_shape[2:]), _columns_at_once(spec)):
            part = _side_by_side(dy[(images, slice(None), *space)], spec)
            columns = _side_by_side(windows[(images, ..., *space)], spec).swapaxes(1, 2)
            target += np.matmul(part, columns).reshape(spec.w_shape)
            del columns  # or two blocks of them exist at once
        return dw


def _matrices(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return one matrix of filters per group, each row a filter as it is slid: (G, O/G, terms)."""
    return turned(w, spec).reshape(spec.groups, spec.w_shape[0] // spec.groups, spec.terms)


def _product(filters: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Return filters (G, O/G, terms) times a block of windows (N, C, *taps, *space): (N, G, O/G, columns)."""
    groups, _, terms = filters.shape
    space = block.shape[2 + (block.ndim - 2) // 2 :]
    return np.matmul(filters, block.reshape(block.shape[0], groups, terms, prod(space)))


def _hand_back(columns: np.ndarray, windows: np.ndarray, spec: ConvSpec) -> None:
    """Add columns (G, terms, N * positions) to the windows (N, C, *taps, *space) that they stand for."""
    images, space = windows.shape[0], windows.shape[2 + spec.rank :]
    columns = columns.reshape(spec.x_shape[1], *spec.taps, images, *space)
    for tap in np.ndindex(*spec.taps):
        windows[(slice(None), slice(None), *tap)] += columns[(slice(None), *tap)].swapaxes(0, 1)


def _side_by_side(block: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return a block (N, rows..., *space) as one matrix per group: (G, rows / G, N * positions)."""
    moved = np.moveaxis(block, 0, -1 - spec.rank)
    rows, positions = moved.shape[: -1 - spec.rank], moved.shape[-1 - spec.rank :]
    return moved.reshape(spec.groups, prod(rows) // spec.groups, prod(positions))


def _windows(whole: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return a view of every window of an array with its zeros: shape (N, C, *taps, *space of y)."""
    axes = tuple(range(2, 2 + spec.rank))
    view = sliding_window_view(whole, spec.extent, axis=axes, writeable=True)
    view = view[(..., *strided(spec), *(slice(None, None, d) for d in spec.dilation))]
    return view.transpose(0, 1, *(a + spec.rank for a in axes), *axes)


def _hardly_spread(spec: ConvSpec) -> bool:
    """Return whether dx as a convolution takes at most twice the multiply-adds of y: few zeros in or around dy."""
    return prod(spec.space) <= 2 * prod(spec.y_shape[2:])


def _columns_at_once(spec: ConvSpec) -> int:
    """Return how many columns fit into the limit; one at least."""
    bytes_each = spec.terms * spec.groups * np.dtype(spec.dtype).itemsize
    return max(1, COLUMN_BYTES // max(1, bytes_each))


def _columns_in_block(spec: ConvSpec) -> int:
    """Return how many columns the largest block, which is the first, has."""
    first = next(blocks((spec.x_shape[0], *spec.y_shape[2:]), _columns_at_once(spec)))
    return prod(part.stop - part.start for part in first)


def blocks(shape: tuple[int, ...], most: int) -> Iterator[tuple[slice, ...]]:
    """Yield slices that cover a shape in C order, in boxes of at most `most` values, the first the largest.

    Examples
    --------
    >>> list(blocks((2, 3), 2))[:2]
    [(slice(0, 1, None), slice(0, 2, None)), (slice(0, 1, None), slice(2, 3, None))]
    """
    inner = prod(shape[1:])
    if shape[0] and inner > most:
        for i in range(shape[0]):
            for rest in blocks(shape[1:], most):
                yield slice(i, i + 1), *rest
        return
    step = max(1, most // max(1, inner))
    for start in range(0, max(1, shape[0]), step):
        yield slice(start, min(start + step, shape[0])), *(slice(0, n) for n in shape[1:])
