"""The transforms of numba-fft against NumPy's: every size, there and back, and the vector code one piece at a time."""

import ctypes
from fractions import Fraction
from functools import cache
from math import prod

import numpy as np
import pytest

from convlab.backends.numba_fft import kernels, roots, tiling
from convlab.backends.tiles import machine
from convlab.spec import ConvSpec

STARTS = {"a ring": Fraction(0), "a ring with a turn": Fraction(1, 4)}


@cache
def kernel(name, dtype):
    """Return a kernel as a function of Python."""
    names = [write.__name__ for write, _ in kernels.KERNELS]
    address, count = kernels.addresses(dtype)[names.index(name)], dict(zip(names, kernels.KERNELS))[name][1]
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * count)(address)


def passed(name, values, start):
    """Return complex vectors, (n, 2, lanes), after all passes of a transform, there or back."""
    found, dtype = values.copy(), values.dtype.name
    table, passes = roots.twiddles(len(values), start, dtype)
    for radix, blocks, run, first in passes if name == "forward" else passes[::-1]:
        at = table.ctypes.data + first * table.itemsize
        kernel(name, dtype)(found.ctypes.data, at, radix, blocks, run)
    return found


def joined(values):
    return values[:, 0].astype(complex) + 1j * values[:, 1]


def vectors(n, dtype, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2, machine.width(dtype))).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("start", STARTS)
def test_a_transform_finds_what_numpy_finds_in_an_order_of_its_own_and_comes_back(start, dtype):
    turn, u = STARTS[start], np.finfo(dtype).eps
    for n in (*roots.sizes(60), 64, 75, 81, 100, 125, 135, 144, 200, 243, 288, 320, 625, 1024):
        x = vectors(n, dtype, n)
        found = passed("forward", x, turn)
        turned = joined(x) * np.exp(2j * np.pi * float(turn) * np.arange(n) / n)[:, None]
        sorted_ = np.fft.ifft(turned, axis=0) * n  # at the points k / n of a turn, and a little further
        places = [round(float(leaf * n - turn)) % n for leaf in roots.leaves(roots.radices(n), turn)]
        assert sorted(places) == list(range(n)), "every point once"
        scale = np.sqrt((np.abs(joined(x)) ** 2).sum(axis=0))
        assert (np.abs(joined(found) - sorted_[places]) <= 4 * u * (1 + np.log2(n)) * scale).all(), n
        powers = (found.astype(float) ** 2).sum(axis=(0, 1)), (x.astype(float) ** 2).sum(axis=(0, 1))
        assert np.allclose(powers[0], n * powers[1], rtol=50 * u), "Parseval: no power is lost"
        again = passed("inverse", found, turn) / n
        assert (np.abs(joined(again) - joined(x)) <= 6 * u * (1 + np.log2(n)) * scale).all(), n


def test_the_vector_code_does_what_the_few_lines_of_numpy_say():
    for n in (6, 20, 32, 45):
        x = vectors(n, "float64", n)
        found = joined(passed("forward", x, Fraction(1, 4)))
        assert np.allclose(found[:, 1], roots.values(joined(x)[:, 1], Fraction(1, 4)), rtol=0, atol=1e-12)


def test_sizes_are_the_products_of_two_three_and_five_and_a_prime_is_rounded_up():
    assert all(prod(roots.radices(n)) == n for n in roots.sizes(2000))
    assert {n for n in range(1, 200) if roots.radices(n)} == set(roots.sizes(199))
    primes = (7, 11, 13, 97, 101, 499)
    assert not any(map(roots.radices, primes))
    for n in primes:
        points = tiling.tiling(ConvSpec((1, 1, n), (1, 1, min(n, 3))), 16).rows.points
        assert points % 2 == 0 and roots.radices(points // 2)


def test_roots_are_right_to_the_last_bit():
    turns = [Fraction(k, n) for n in (3, 5, 8, 25, 96, 1024) for k in range(-n, 2 * n)]
    found = np.array([roots.root(turn) for turn in turns]).T
    angles = 2 * np.pi * np.array([float(turn % 1) for turn in turns])
    assert np.abs(found - [np.cos(angles), np.sin(angles)]).max() < 1e-15
    assert np.abs(np.hypot(*found) - 1).max() <= 2**-52
    assert [roots.root(Fraction(k, 4)) for k in range(4)] == [(1, 0), (0, 1), (-1, 0), (0, -1)]


@pytest.mark.parametrize("radix", roots.RADICES)
def test_products_are_summed_over_channels_before_the_first_pass_back(radix):
    n, channels, table = 2 * radix, 3, np.random.default_rng(radix).normal(size=4 * radix)
    x, w = (vectors(channels * n, "float64", seed).reshape(channels, n, 2, -1) for seed in (1, 2))
    found, plain, at = np.full_like(x[0], np.nan), np.empty_like(x[0]), table.ctypes.data
    kernel("multiply", "float64")(
        x.ctypes.data, w.ctypes.data, x.strides[0], channels, found.ctypes.data, at, radix, n // radix
    )
    total = sum(joined(a) * joined(b) for a, b in zip(x, w))
    plain[:, 0], plain[:, 1] = total.real, total.imag
    kernel("inverse", "float64")(plain.ctypes.data, at, radix, n // radix, 1)
    assert np.abs(found - plain).max() < 1e-12


@pytest.mark.parametrize("filters", [1, 2, 3, 4])
def test_one_vector_of_every_channel_meets_up_to_four_filters(filters):
    x, w = vectors(5, "float64", 1), vectors(7 * filters, "float64", 2).reshape(filters, 7, 2, -1)
    found = np.full((filters + 1, *x.shape[1:]), np.nan)
    kernel("meet", "float64")(
        x.ctypes.data, w.ctypes.data, w.strides[0], len(x), found.ctypes.data, found.strides[0], filters
    )
    for o in range(filters):
        assert np.abs(joined(found[o : o + 1]) - (joined(x) * joined(w[o, :5])).sum(axis=0)).max() < 1e-14
    assert np.isnan(found[filters]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_squares_are_turned_and_nothing_beside_them_is_touched(dtype):
    lanes, count = machine.width(dtype), 3
    x = np.arange(lanes * lanes * count, dtype=dtype).reshape(lanes, count * lanes)
    y = np.full((count * lanes, lanes + 2), -1, dtype)
    kernel("turn", dtype)(
        x.ctypes.data,
        x.strides[0],
        lanes * x.itemsize,
        y.ctypes.data,
        y.strides[0],
        lanes * y.strides[0],
        count,
    )
    assert np.array_equal(y[:, :lanes], x.T) and (y[:, lanes:] == -1).all()
