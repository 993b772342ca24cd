"""Row-sliding tiles and copied lines, one native call at a time: every tail, bit for bit, and nothing beyond."""

import ctypes
import itertools

import numpy as np
import pytest

from convlab.backends.tiles import machine, rows
from convlab.backends.tiles.rows import lines
from tests.chains import Runs, fma, guarded_pages

DTYPES = ("float32", "float64")
SENTINEL = 2.0**40


def called(address, *numbers):
    given = [n.ctypes.data if isinstance(n, np.ndarray) else int(n) for n in numbers]
    ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * len(given))(address)(*given)


def framed(rng, shape, dtype, margin=3):
    """Return real numbers inside a frame of NaN."""
    whole = np.full([n + 2 * margin for n in shape], np.nan, dtype)
    inner = whole[(slice(margin, -margin),) * len(shape)]
    inner[...] = rng.standard_normal(shape)
    return inner


def one_tile(rng, dtype, tall, wide, last, filters, tap=1, apart=1, resume=0, ends=0):
    """Make one tile over planes of some filters in a frame of NaN, and return it with what it should be."""
    lanes = machine.width(dtype)
    length = (wide - 1) * lanes + last
    height, taps = max(f[0] for f in filters), max(f[1] for f in filters)
    x = framed(rng, (len(filters) + 1, (tall + height - 1) * apart, length + (taps - 1) * tap), dtype)
    w = [rng.standard_normal(shape).astype(dtype) for shape in filters]
    packed = np.full(sum(f.size for f in w) + 6, np.nan, dtype)
    packed[3:-3] = np.concatenate([f.T.ravel() for f in w])
    table = np.array([(n * x.strides[0], *shape, n % 2 * ends, 0, 0) for n, shape in enumerate(filters)])
    y = np.full((tall * apart + 2, length + 2 * lanes), SENTINEL, dtype)
    inner = y[1:-1:apart, 1 : 1 + length][:tall]
    if resume:
        inner[...] = rng.standard_normal(inner.shape)
    expected = y.copy()
    sums = Runs(10**9, inner.shape, dtype)
    sums.total = inner.copy() if resume else None
    for n, f in enumerate(w):
        if ends and n % 2:
            sums.end()
        for p, q in itertools.product(*map(range, f.shape)):
            seen = x[n, p * apart : (p + tall - 1) * apart + 1 : apart, q * tap : q * tap + length]
            sums.add(seen, f[p, q])
    expected[1:-1:apart, 1 : 1 + length][:tall] = sums.end()
    size = x.itemsize
    called(rows.tile(tall, wide, dtype), resume, x, apart * x.strides[1], tap * size, table, len(filters), packed[3:],
           inner, apart * y.strides[0], last)  # fmt: skip
    return y, expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tall", range(1, rows.MOST_ROWS + 1))
def test_a_tile_is_one_chain_for_each_output_and_touches_nothing_else(dtype, tall):
    """Every number of lanes in the last vector, filters from one row less than the tile on, several planes."""
    rng = np.random.default_rng(tall)
    for last in range(1, machine.width(dtype) + 1):
        wide = (1, 2, rows.most_vectors(tall))[last % 3]
        low = max(1, tall - 1)
        filters = [(low + last % 3, 1 + last % 4), (low, 2), (tall + 1, 1)][: 1 + last % 3]
        y, expected = one_tile(rng, dtype, tall, wide, last, filters, resume=last % 2, ends=last // 2 % 2)
        np.testing.assert_array_equal(y, expected, f"{tall} rows, {wide} vectors, {last} lanes of the last")


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_and_taps_may_stand_apart(dtype):
    rng = np.random.default_rng(0)
    for tap, apart in ((3, 1), (1, 2), (5, 3)):
        y, expected = one_tile(rng, dtype, 2, 2, 3, [(3, 4)], tap, apart)
        np.testing.assert_array_equal(y, expected)


def test_the_order_of_a_sum_shows_in_its_bits():
    """Else a chain in another order would pass for this one."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 50, 9)).astype(np.float32)
    forth, back = np.zeros((2, 50), np.float32)
    for t in range(9):
        forth = fma(x[:, t], w[:, t], forth)
        back = fma(x[:, 8 - t], w[:, 8 - t], back)
    apart = np.zeros(50, np.float32)
    for t in range(9):
        apart = apart + x[:, t] * w[:, t]
    assert (forth != back).any() and (forth != apart).any()


def test_a_sum_of_nothing_but_negative_zeros_is_positive_zero():
    x, w, y = np.full(64, -0.0, np.float32), np.ones(1, np.float32), np.full(16, 7, np.float32)
    table = np.array([(0, 1, 1, 0, 0, 0)])
    lanes = machine.width("float32")
    called(rows.tile(1, 1, "float32"), 0, x, 4, 4, table, 1, w, y, 64, lanes)
    assert not np.signbit(y[:lanes]).any() and (y[:lanes] == 0).all()


def test_tiles_fill_the_registers_and_no_more():
    for tall in range(1, rows.MOST_ROWS + 1):
        wide = rows.most_vectors(tall)
        assert tall * wide + wide + 1 <= machine.registers()
        assert wide == rows.MOST_VECTORS or (wide + 1) * (tall + 1) + 1 > machine.registers()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", lines.STEPS)
def test_lines_are_copied_between_zeros(dtype, step):
    rng, lanes = np.random.default_rng(step), machine.width(dtype)
    for count in range(2 * lanes + 2):
        before, after = int(rng.integers(0, 2 * lanes)), int(rng.integers(0, lanes + 2))
        reach = max(0, (count - 1) * step + 1)
        source = framed(rng, (3, reach), dtype)
        total = before + count + after
        target = np.full((4, total + 2), SENTINEL, dtype)
        expected = target.copy()
        expected[:3, 1:-1] = np.pad(source[:, ::step], ((0, 0), (before, after)))
        called(lines.lines(step, dtype), target[:, 1:], target.strides[0], source, source.strides[0], before, count,
               after, 3)  # fmt: skip
        np.testing.assert_array_equal(target, expected, f"{before} zeros, {count} values, {after} zeros")


@pytest.mark.parametrize("step", lines.STEPS)
def test_a_copied_line_may_end_with_the_last_page(step):
    """The page behind is forbidden: to read one value beyond the last would end the process."""
    page = guarded_pages().view(np.float32)
    for count in range(1, 2 * machine.width("float32") + 2):
        taken = page[page.size - (count - 1) * step - 1 :]
        target = np.full(count, SENTINEL, np.float32)
        called(lines.lines(step, "float32"), target, 0, taken, 0, 0, count, 0, 1)
        np.testing.assert_array_equal(target, taken[::step])
