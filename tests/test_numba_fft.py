"""numba-fft: its transforms against NumPy's, its tiles at every offset, and what it reads, writes and keeps."""

import ctypes
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import prod

import numpy as np
import pytest

from convlab.backends import admit, get, numba_fft
from convlab.backends.numba_fft import engine, kernels, roots, tiling
from convlab.backends.numba_fft.tiling import Axis
from convlab.backends.tiles import machine
from convlab.errors import Unsupported
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.specs import drawn, reals

STARTS = {"a ring": Fraction(0), "a ring with a turn": Fraction(1, 4)}
IMAGE = ConvSpec((1, 1, 90, 75), (1, 1, 9, 6))
BACKEND = get("numba-fft")


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
    lanes, channels, blocks, held = machine.width("float64"), 3, 2, 5
    shape = (blocks, held, radix, 2, lanes)  # of x, which holds more channels than w reads
    rng = np.random.default_rng(radix)
    x, w, table = (
        rng.normal(size=shape),
        rng.normal(size=shape)[:, :channels].copy(),
        rng.normal(size=2 * radix * blocks),
    )
    found, plain = np.full((blocks * radix, 2, lanes), np.nan), np.empty((blocks * radix, 2, lanes))
    kernel("multiply", "float64")(
        x[:, 1:].ctypes.data,
        x.strides[0],
        w.ctypes.data,
        channels,
        found.ctypes.data,
        table.ctypes.data,
        radix,
        blocks,
    )
    parts = x[:, 1 : 1 + channels, :, 0] + 1j * x[:, 1 : 1 + channels, :, 1]
    total = (parts * (w[..., 0, :] + 1j * w[..., 1, :])).sum(axis=1).reshape(-1, lanes)
    plain[:, 0], plain[:, 1] = total.real, total.imag
    kernel("inverse", "float64")(plain.ctypes.data, table.ctypes.data, radix, blocks, 1)
    assert np.abs(found - plain).max() < 1e-12


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


def share_of_bound(spec, y, x, w):
    truth = judge(x, w, spec)
    return measure(y, truth, BOUNDS["fft"](x, w, spec, truth)).share


def tiled(monkeypatch, **parts):
    """Let every engine that is made next have tiles of these sizes."""

    def planned(spec):
        return replace(tiling.tiling(spec, machine.width(spec.dtype)), **parts)

    monkeypatch.setattr(engine, "planned", planned)
    numba_fft._cuts.cache_clear()


def an_axis(spec, axis, points):
    """Return an axis in tiles of so many points, as many as it takes."""
    kept = min((points - spec.extent[axis]) // spec.stride[axis] + 1, spec.y_shape[2 + axis])
    return Axis(points, kept, -(-spec.y_shape[2 + axis] // kept))


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_tiles_meet_without_a_seam_wherever_they_begin(monkeypatch, mode, stride):
    for points, stack in ((10, 1), (12, 2), (16, 3), (18, 1), (20, 5), (24, 2), (30, 4), (32, 1), (36, 3)):
        spec = replace(IMAGE, mode=mode, stride=stride, x_shape=(2, 1, 41, 38 + points % 7))
        across = an_axis(spec, 1, {10: 9, 12: 15}.get(points, points))
        tiled(monkeypatch, rows=an_axis(spec, 0, points), columns=across, stack=stack)
        x, w = reals(spec, points)
        assert share_of_bound(spec, BACKEND.run(x, w, spec), x, w) <= 1, (points, stack)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_tiles_of_a_signal_meet_without_a_seam_wherever_they_begin(monkeypatch, stride):
    for points in (6, 8, 10, 18, 32, 40, 54, 64, 90):
        spec = ConvSpec((2, 2, 301), (3, 2, 5), "same", stride=stride, dtype="float64")
        tiled(monkeypatch, rows=an_axis(spec, 0, points))
        x, w = reals(spec, points)
        assert share_of_bound(spec, BACKEND.run(x, w, spec), x, w) <= 1, points


@pytest.mark.parametrize("spec", [s for s in drawn(40, seed=26) if s.rank < 3], ids=str)
def test_nothing_outside_x_and_w_is_read_and_nothing_outside_y_is_written(spec):
    x, w = reals(spec)
    framed = [np.pad(a, 3, constant_values=np.nan)[(slice(3, -3),) * a.ndim] for a in (x, w)]
    whole = np.full([n + 6 for n in spec.y_shape], np.nan, spec.dtype)
    y = whole[(slice(3, -3),) * whole.ndim]
    BACKEND.run(*framed, spec, y)
    assert not y.size or share_of_bound(spec, y, x, w) <= 1
    assert np.isnan(whole).sum() == whole.size - y.size


def test_an_image_whose_index_is_last_and_a_reversed_one_are_read_in_place():
    spec = ConvSpec((5, 1, 30, 40), (1, 1, 7, 4), "same", dtype="float64")
    x, w = reals(spec)
    first = BACKEND.run(x, w, spec)
    last = np.ascontiguousarray(x[:, 0].transpose(1, 2, 0)).transpose(2, 0, 1)[:, None]
    assert np.array_equal(BACKEND.run(last, w, spec), first)
    reverse = np.ascontiguousarray(x[:, :, ::-1, ::-1])[:, :, ::-1, ::-1]
    out = np.empty((30, 40, 5)).transpose(2, 0, 1)[:, None, :, ::-1]
    assert np.array_equal(BACKEND.run(reverse, np.asfortranarray(w), spec, out), first)


def test_bits_do_not_depend_on_the_threads(monkeypatch):
    spec = replace(IMAGE, x_shape=(3, 1, 300, 200))
    several = ConvSpec((2, 4, 90, 75), (6, 2, 9, 6), groups=2)
    specs = [spec, several, ConvSpec((2, 3, 5000), (4, 3, 40))]
    first = [BACKEND.run(*reals(one), one).tobytes() for one in specs]
    assert engine.planned(spec).blocks > 1, "there is something to share"
    for count in (1, 3, 8):
        monkeypatch.setattr(engine.pool, "threads", lambda count=count: count)
        monkeypatch.setattr(engine.pool, "state", lambda: 0)
        assert [BACKEND.run(*reals(one), one).tobytes() for one in specs] == first


def test_a_plan_holds_its_filter_serves_two_threads_and_gives_the_bits_of_run():
    spec = ConvSpec((2, 2, 64, 70), (3, 2, 8, 5), "full", flip=False)
    x, w = reals(spec)
    images = [np.roll(x, k, 2) for k in range(8)]
    expected = [BACKEND.run(image, w, spec).tobytes() for image in images]
    mine = w.copy()
    plan = BACKEND.plan(mine, spec)
    mine[...] = np.nan
    with ThreadPoolExecutor(2) as threads:
        assert [y.tobytes() for y in threads.map(plan, images * 3)] == expected * 3
    out = np.empty(spec.y_shape, spec.dtype)
    assert plan(x, out) is out and out.tobytes() == expected[0]
    held = plan.args[0][0][2]
    assert BACKEND.filter_bytes(spec) == held.how.filter_bytes == held._memory.size - engine.LINE


@pytest.mark.parametrize("groups, cuts", [(1, 3), (4, 4), (2, 2), (1, 12)])
def test_filters_are_transformed_some_at_a_time_when_all_would_take_much_memory(monkeypatch, groups, cuts):
    spec = ConvSpec((2, 4, 20, 20), (12, 4 // groups, 5, 5), "same", groups=groups)
    x, w = reals(spec)
    kept = tiling.tiling, numba_fft._cuts
    monkeypatch.setattr(tiling, "FILTER_BYTES", 1)
    tiling.tiling.cache_clear()
    monkeypatch.setattr(
        tiling, "FILTER_BYTES", engine.planned(spec).filter_bytes // cuts
    )  # of the least there is
    numba_fft._cuts.cache_clear()
    try:
        covered = np.zeros((spec.x_shape[1], spec.w_shape[0]), int)
        for channels, filters in numba_fft._cuts(spec):
            covered[channels, filters] += 1
        assert len(numba_fft._cuts(spec)) == cuts
        assert (covered.sum(axis=0) >= spec.w_shape[1]).all()
        y = BACKEND.run(x, w, spec)
        assert share_of_bound(spec, y, x, w) <= 1
        assert BACKEND.plan(w, spec)(x).tobytes() == y.tobytes()
        assert BACKEND.workspace_bytes(spec) > 0 and BACKEND.filter_bytes(spec) > tiling.FILTER_BYTES / 2
    finally:
        for remembered in kept:
            remembered.cache_clear()


def test_a_nan_stays_in_the_tiles_that_read_it(monkeypatch):
    spec = replace(IMAGE, dtype="float64")
    tiled(monkeypatch, rows=an_axis(spec, 0, 30), columns=an_axis(spec, 1, 30), stack=1)
    x, w = reals(spec)
    clean, spoilt = BACKEND.run(x, w, spec), x.copy()
    spoilt[0, 0, 50, 10] = np.nan
    y = BACKEND.run(spoilt, w, spec)
    kept = 30 - 9 + 1, 30 - 6 + 1
    tile = np.isnan(y[0, 0, kept[0] : 3 * kept[0], : kept[1]])
    assert tile.all() and np.isnan(y).sum() == tile.size, (
        "rows 22 to 65 read row 50, columns 0 to 24 column 10"
    )
    assert np.array_equal(y[~np.isnan(y)], clean[~np.isnan(y)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_rounds_about_as_much_as_scipy(dtype):
    spec = ConvSpec((1, 1, 200, 180), (1, 1, 32, 31), "full", dtype=dtype)
    x, w = (
        np.random.default_rng(5).normal(size=shape).astype(dtype) for shape in (spec.x_shape, spec.w_shape)
    )
    truth = get("scipy-fft").run(
        x.astype("longdouble"), w.astype("longdouble"), replace(spec, dtype="longdouble")
    )
    errors = [np.abs(get(name).run(x, w, spec) - truth).max() for name in ("numba-fft", "scipy-rfft")]
    assert errors[0] < 3 * errors[1]


def test_scratch_and_filters_are_small_where_there_is_a_choice():
    for spec in (
        ConvSpec((1, 1, 2000, 2000), (1, 1, 32, 32), dtype="float64"),
        ConvSpec((8, 64, 112, 112), (64, 64, 7, 7)),
        ConvSpec((1, 1, 10**7), (1, 1, 1000)),
    ):
        how = engine.planned(spec)
        assert how.scratch_bytes <= tiling.SCRATCH_BYTES and how.filter_bytes <= tiling.FILTER_BYTES
        assert how.rows.tiles * how.rows.kept >= spec.y_shape[2] > (how.rows.tiles - 1) * how.rows.kept


def test_three_axes_and_longdouble_are_refused_with_a_sentence():
    for spec in (
        ConvSpec((1, 1, 4, 4, 4), (1, 1, 2, 2, 2)),
        ConvSpec((1, 1, 4), (1, 1, 2), dtype="longdouble"),
    ):
        with pytest.raises(Unsupported, match=r"transforms have 1 or 2|longdouble; vector registers"):
            admit("numba-fft", spec)
