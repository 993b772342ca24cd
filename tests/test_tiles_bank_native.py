"""The native functions of the filter bank, one call at a time: every tail, and nothing beyond."""

import ctypes

import numpy as np
import pytest

from convlab.backends.tiles import machine
from convlab.backends.tiles.bank import kernels, panels
from convlab.backends.tiles.bank.kernels import VECTORS
from convlab.backends.tiles.bank.panels import (
    FENCED,
    INSIDE,
    PAIRS_FENCED,
    PAIRS_INSIDE,
    QUADS_FENCED,
    QUADS_INSIDE,
    SINGLES,
)
from tests.chains import Runs, guarded_pages
from tests.frames import SENTINEL, frame_of, framed

DTYPES = ("float32", "float64")
KINDS = [
    (INSIDE, 1), (FENCED, 1), (PAIRS_INSIDE, 2), (PAIRS_FENCED, 2), (QUADS_INSIDE, 4), (QUADS_FENCED, 4), (SINGLES, 3),
]  # fmt: skip


def called(address, *numbers):
    given = [n.ctypes.data if isinstance(n, np.ndarray) else int(n) for n in numbers]
    ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * len(given))(address)(*given)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("place", range(len(kernels.rows())))
def test_tiles_are_runs_of_fused_sums_and_touch_nothing_else(dtype, place):
    """Every number of lanes in the last vector; one tile, tiles of other filters, and tiles of outputs beside."""
    rng, lanes, rows = np.random.default_rng(place), machine.width(dtype), kernels.rows()[place]
    for last in range(1, lanes + 1):
        vectors, filters = 1 + last % VECTORS, rows - last % 2
        columns, terms, fresh = (vectors - 1) * lanes + last, 1 + last % 5, last % 3 > 0
        times, beside, run = 1 + last % 4, last % 8 < 4, 1 + last % 7
        x = framed(rng.standard_normal((terms, times * columns)).astype(dtype))
        w = framed(rng.standard_normal((times, terms, rows)).astype(dtype).reshape(-1))
        y = framed(rng.standard_normal((times * filters, times * columns)).astype(dtype), around=SENTINEL)
        order, expected, made_of = (
            rng.permutation(terms),
            y.copy(),
            w.reshape(times, terms, rows)[..., :filters],
        )
        for one in range(times):
            across = slice(one * columns, (one + 1) * columns) if beside else slice(columns)
            down = slice(filters) if beside else slice(one * filters, (one + 1) * filters)
            sums = Runs(run, expected[down, across].shape, dtype)
            sums.total = None if fresh else expected[down, across]
            for t, line in enumerate(order):
                sums.add(x[line, across], made_of[0 if beside else one, t, :, None])
            expected[down, across] = sums.end()
        size = x.itemsize
        next_weights, next_x = (0, columns * size) if beside else (terms * rows * size, 0)
        next_y = columns * size if beside else filters * y.strides[0]
        before = frame_of(y)
        called(kernels.tile(dtype), VECTORS * place + vectors - 1, times, next_weights, next_x, next_y, w, x,
               order * x.strides[0], terms, run, y, y.strides[0], columns, filters, fresh)  # fmt: skip
        np.testing.assert_array_equal(
            y, expected, f"{filters} of {rows} filters, {columns} columns, {times} times"
        )
        assert frame_of(y) == before


def laid_out(kind, x, step, fences, columns):
    """Return the panel of channels that the native function makes: (channels, taps, columns), in a sentinel frame."""
    channels, taps, lanes = x.shape[0], len(fences), machine.width(x.dtype.name)
    table = np.array([(t * x.itemsize, first, end) for t, (first, end) in enumerate(fences)])
    panel = np.full((channels * taps, VECTORS * lanes), SENTINEL, x.dtype)
    called(panels.panel(x.dtype.name), VECTORS * kind + -(-columns // lanes) - 1, x, table, taps, channels,
           x.strides[0], panel, columns, step * x.itemsize)  # fmt: skip
    assert (panel[:, columns:] == SENTINEL).all(), "what follows belongs to other outputs"
    return panel[:, :columns].reshape(channels, taps, columns)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind, step", KINDS)
def test_a_panel_has_what_each_output_sees_and_zeros_outside_the_fence(dtype, kind, step):
    rng, lanes = np.random.default_rng(kind), machine.width(dtype)
    for columns in range(1, VECTORS * lanes + 1):
        x = framed(rng.standard_normal((2, (columns - 1) * step + 3)).astype(dtype))
        fences = [(0, columns)] * 3
        if kind not in (INSIDE, PAIRS_INSIDE, QUADS_INSIDE):
            ends = np.sort(rng.integers(0, columns + 1, (3, 2)))
            fences = [(first, end) if first < end else (0, 0) for first, end in ends.tolist()]
        expected = np.zeros((2, 3, columns), dtype)
        for t, (first, end) in enumerate(fences):
            expected[:, t, first:end] = x[:, t + first * step : t + (end - 1) * step + 1 : step] if end else 0
        np.testing.assert_array_equal(
            laid_out(kind, x, step, fences, columns), expected, f"{columns} columns"
        )


@pytest.mark.parametrize("kind, step", KINDS)
def test_a_panel_reads_no_value_behind_the_last_nor_before_the_first(kind, step):
    """The pages around this one are forbidden: to read one value too many would end the process."""
    page, lanes = guarded_pages().view(np.float32), machine.width("float32")
    for columns in range(1, VECTORS * lanes + 1):
        reach = (columns - 1) * step + 1
        for x in (page[page.size - reach :], page[:reach]):
            found = laid_out(kind, x[None], step, [(0, columns)], columns)
            np.testing.assert_array_equal(found[0, 0], x[::step])
        if kind in (FENCED, PAIRS_FENCED, QUADS_FENCED, SINGLES) and columns > 2:
            beyond = np.ndarray(
                (1, reach), np.float32, memoryview(page), 0
            )  # begins where two outputs see nothing
            table = np.array([(-2 * step * 4, 2, columns)])
            panel = np.empty(VECTORS * lanes, np.float32)
            called(panels.panel("float32"), VECTORS * kind + -(-columns // lanes) - 1, beyond, table, 1, 1, 0,
                   panel, columns, 4 * step)  # fmt: skip
            np.testing.assert_array_equal(panel[2:columns], page[: (columns - 3) * step + 1 : step])


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_sums_are_copied_up_to_their_last_value(dtype):
    rng, lanes = np.random.default_rng(0), machine.width(dtype)
    for columns in range(1, VECTORS * lanes + 1):
        source = framed(rng.standard_normal((3, columns)).astype(dtype))
        target = framed(np.zeros((3, columns), dtype), around=SENTINEL)
        called(kernels.copy(dtype), -(-columns // lanes), source, source.strides[0], target, target.strides[0], 3,
               columns)  # fmt: skip
        np.testing.assert_array_equal(target, source)
        assert frame_of(target) == target.base.size - target.size
