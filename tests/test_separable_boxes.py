"""Boxes of numba-separable: every number of taps, in the order that is said, within the bound, and nothing beyond."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest

from convlab.backends import get
from convlab.backends.numba_separable import boxes, passes
from convlab.backends.numba_separable.boxes import Box, Strips
from convlab.backends.numba_separable.passes import Passes
from convlab.backends.tiles import machine, scratch
from convlab.numerics import BOUNDS, measure
from convlab.reference import judge
from convlab.spec import MODES, ConvSpec
from tests.chains import guarded_pages

BACKEND = get("numba-separable")
DTYPES = ("float32", "float64")


def constant(spec, *taps):
    """Return filters with one number each."""
    return np.broadcast_to(np.reshape(taps, (-1, 1, 1, 1)), spec.w_shape).astype(spec.dtype)


def framed(rng, spec):
    """Return an x of whole numbers in a frame of NaN."""
    frame = np.full([n + 4 for n in spec.x_shape], np.nan, spec.dtype)
    x = frame[tuple(slice(2, -2) for _ in spec.x_shape)]
    x[...] = rng.integers(-9, 10, spec.x_shape)
    return x


@pytest.mark.parametrize("dtype", DTYPES)
def test_boxes_of_1_to_40_taps_are_exact_on_whole_numbers_and_touch_nothing_else(dtype):
    """Odd sizes, all borders, reversed and strided views, several filters for a channel."""
    rng = np.random.default_rng(DTYPES.index(dtype))
    every = range(1, 41, 1 if dtype == "float32" else 3)  # each is compiled for itself
    for across, down in zip(every, rng.permutation(every)):
        down, mode = int(down), MODES[across % len(MODES)]
        space = (int(rng.integers(down, down + 40)), int(rng.integers(across, across + 70)))
        spec = ConvSpec((2, 2, *space), (4, 1, down, across), mode, groups=2, dtype=dtype)
        x, w = framed(rng, spec), constant(spec, 3, -2, 0.5, 0)
        x = x[::-1, :, :: int(rng.choice([1, -1])), :: int(rng.choice([1, 1, -1]))]
        around = np.full([n + 2 for n in spec.y_shape], 7.0, dtype)
        y = around[tuple(slice(1, -1) for _ in spec.y_shape)]
        assert Box(w, spec)(x, y) is y
        np.testing.assert_array_equal(y, judge(x, w, spec), str(spec))
        y[...] = 7
        assert (around == 7).all(), str(spec)


def test_an_out_whose_columns_stand_apart_is_written_too():
    spec = ConvSpec((2, 1, 20, 30), (3, 1, 4, 5), dtype="float64")
    x, w, frame = (
        framed(np.random.default_rng(0), spec),
        constant(spec, 1, 2, 3),
        np.full((27, 18, 3, 4), 7.0),
    )
    y = frame[::-1, 1:, :, 1::2].transpose(3, 2, 1, 0)[..., 1:]
    assert Box(w, spec)(x, y) is y
    np.testing.assert_array_equal(y, judge(x, w, spec))
    y[...] = 7
    assert (frame == 7).all()


def doubled(x, taps):
    """Return sums along rows, in the order of `sums`: windows of 2**n, and those of the last digits of `taps`."""
    windows, joined = x, None
    for level in range(taps.bit_length()):
        if taps >> level & 1:
            ahead = None if joined is None else joined[..., 1 << level :]
            joined = windows if ahead is None else windows[..., : ahead.shape[-1]] + ahead
        windows = windows[..., : -(1 << level)] + windows[..., 1 << level :]
    return joined[..., : x.shape[-1] - taps + 1]


def stacked(x, taps):
    """Return sums down columns, in the order of `sums`: the rest of a block of rows, and the beginning of the next."""
    rows = []
    for i in range(x.shape[-2] - taps + 1):
        start = i // taps * taps
        rest = beginning = np.zeros_like(x[..., 0, :])
        for j in reversed(range(i, start + taps)):
            rest = rest + x[..., j, :]
        for j in range(start + taps, i + taps):
            beginning = beginning + x[..., j, :]
        rows.append(rest + beginning)
    return np.stack(rows, axis=-2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("taps", [(1, 1), (3, 16), (7, 13), (8, 37), (31, 31), (2, 150)], ids=str)
def test_a_sum_has_the_order_that_is_said(taps, dtype):
    rng = np.random.default_rng(taps[1])
    spec = ConvSpec((1, 1, taps[0] + 40, taps[1] + 60), (1, 1, *taps), dtype=dtype)
    x, w = rng.standard_normal(spec.x_shape).astype(dtype), constant(spec, 0.3)
    before = x.dtype.type(0.25)
    expected = stacked(doubled(x * before, taps[1]), taps[0]) * (w[0, 0, 0, 0] / before)
    np.testing.assert_array_equal(Box(w, spec)(x), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_any_numbers_stay_within_the_bound_of_a_direct_convolution(size, dtype):
    """Small values beside large ones, which a running sum would lose; one sign, where errors add up."""
    rng = np.random.default_rng(0)
    for taps, tap in (((5, 7), 1 / 35), ((31, 31), -0.7), ((40, 3), 3e-5), ((1, 63), 1.0)):
        spec = ConvSpec((2, 1, 70, 90), (1, 1, *taps), "same", dtype=dtype)
        w = constant(spec, tap)
        wide = rng.standard_normal(spec.x_shape) * 10.0 ** rng.integers(-6, 7, spec.x_shape)
        for x in (wide, np.full(spec.x_shape, 0.1)):
            x = (x * size).astype(dtype)
            truth = judge(x, w, spec)
            assert measure(Box(w, spec)(x), truth, BOUNDS["direct"](x, w, spec, truth)).share < 1, str(spec)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_mean_of_the_largest_numbers_is_one_of_them_and_of_the_smallest_as_near_as_they_are(dtype):
    spec = ConvSpec((1, 1, 20, 33), (1, 1, 7, 7), dtype=dtype)
    limits, w = np.finfo(dtype), constant(spec, 1 / 49)
    large = Box(w, spec)(np.full(spec.x_shape, 0.99 * limits.max, dtype))
    np.testing.assert_allclose(large, 0.99 * limits.max, rtol=1e-6)
    x = np.full(spec.x_shape, 300 * limits.smallest_subnormal, dtype)
    assert (np.abs(Box(w, spec)(x) / limits.smallest_subnormal - 300) <= 50).all()
    lowest = constant(spec, float(limits.smallest_subnormal))
    assert (Box(lowest, spec)(np.ones(spec.x_shape, dtype)) == 49 * limits.smallest_subnormal).all()


def test_infinities_and_nan_reach_the_outputs_that_read_them_and_no_others():
    rng = np.random.default_rng(3)
    for taps, mode in product(((1, 9), (9, 1), (7, 20), (33, 35)), ("valid", "full")):
        spec = ConvSpec((1, 2, 70, 81), (2, 1, *taps), mode, groups=2)
        x, w = rng.standard_normal(spec.x_shape).astype("float32"), constant(spec, 2, -0.3)
        for value in (np.nan, np.inf, -np.inf, np.inf):
            x[0, rng.integers(2), rng.integers(70), rng.integers(81)] = value
        with np.errstate(invalid="ignore"):
            y, truth = Box(w, spec)(x), judge(x, w, spec)
        strange = ~np.isfinite(truth)
        assert np.array_equal(~np.isfinite(y), strange) and 0 < strange.sum() < y.size
        np.testing.assert_array_equal(y[strange], truth[strange])


@pytest.mark.parametrize("tap", [1, -3, 0])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_sums_of_zeros_have_no_sign_as_the_definition_says(zero, tap):
    spec = ConvSpec((1, 1, 9, 30), (1, 1, 3, 4), "full")
    y = Box(constant(spec, tap), spec)(np.full(spec.x_shape, zero, "float32"))
    assert not np.signbit(y).any() and not y.any()


@pytest.mark.parametrize("behind", [True, False])
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_nothing_is_read_or_written_before_or_behind_the_operands(mode, behind):
    """x, then y, begins or ends where memory does that ends the process."""
    rng = np.random.default_rng(0)
    for taps in ((3, 5), (1, 17), (9, 2)):
        spec = ConvSpec((1, 1, 13, 37), (1, 1, *taps), mode)
        x, w = rng.integers(-9, 10, spec.x_shape).astype("float32"), constant(spec, 2)
        truth, there = judge(x, w, spec), placed(spec.x_shape, behind)
        there[...] = x
        np.testing.assert_array_equal(Box(w, spec)(there), truth)
        np.testing.assert_array_equal(Box(w, spec)(x, placed(spec.y_shape, behind)), truth)


def placed(shape, behind):
    """Return an array that begins or ends where forbidden pages do."""
    pages = guarded_pages()
    count = int(np.prod(shape)) * 4
    return (pages[-count:] if behind else pages[:count]).view("float32").reshape(shape)


def test_no_way_of_cutting_into_strips_changes_a_bit(monkeypatch):
    spec = ConvSpec((2, 2, 100, 700), (4, 1, 9, 11), "same", groups=2)
    x, w = (
        np.random.default_rng(0).standard_normal(spec.x_shape).astype("float32"),
        constant(spec, 0.1, 3, -1, 7),
    )
    found, strips = set(), set()
    for threads, lines, columns in product((1, 40), (1, 30_000, 60_000, 1 << 20), (1, 300)):
        monkeypatch.setattr(boxes, "LINES_BYTES", lines)
        monkeypatch.setattr(boxes, "LEAST_COLUMNS", columns)
        how = Strips(spec, threads)
        monkeypatch.setattr(boxes, "cut", lambda _, how=how: how)
        found.add(Box(w, spec)(x).tobytes())
        strips.add((how.rows, how.columns))
    assert len(found) == 1 and len(strips) > 4
    assert all(rows % 9 == 0 for rows, _ in strips)


def test_several_threads_of_python_may_call_one_box(monkeypatch):
    """Each has scratch memory of its own, and what one has looked up another may forget."""
    monkeypatch.setattr(boxes, "MOST_LAYOUTS", 1)
    spec = ConvSpec((1, 1, 60, 90), (1, 1, 7, 9), "same")
    x, w = np.random.default_rng(0).standard_normal(spec.x_shape).astype("float32"), constant(spec, 0.1)
    box = Box(w, spec)
    layouts = [np.empty((200, 1, 60, 90 + n), "float32")[..., :90] for n in range(8)]
    with ThreadPoolExecutor(4) as threads:
        found = {y.tobytes() for y in threads.map(lambda n: box(x, layouts[n % 8][n : n + 1]), range(200))}
    assert found <= {box(x).tobytes()}


def test_a_plan_finds_boxes_where_they_pay():
    def planned(shape, taps=0.1, **more):
        spec = ConvSpec((1, more.pop("channels", 1), 400, 400), shape, **more)
        w = np.full(shape, taps, spec.dtype)
        return type(BACKEND.plan(w, spec)), BACKEND.gain(w, spec), BACKEND.workspace_bytes(spec)

    kind, gain, said = planned((1, 1, 15, 15))
    assert (
        kind is Box and gain > 8 and said >= boxes.workspace_bytes(ConvSpec((1, 1, 400, 400), (1, 1, 15, 15)))
    )
    small = ConvSpec((1, 1, 400, 400), (1, 1, 5, 5))
    assert planned((1, 1, 5, 5))[2] == boxes.workspace_bytes(small) > 0, "no passes pay there"
    for more in ({"stride": 2}, {"dilation": 2}):
        assert planned((1, 1, 15, 15), **more)[0] is Passes
    assert planned((2, 2, 15, 15), channels=2)[0] is Passes, "channels are added up"
    assert planned((2, 1, 5, 5), channels=2, groups=2)[0] is Box
    for taps, pays in (((1, 2), False), ((2, 2), False), ((3, 3), True)):
        assert (planned((1, 1, *taps))[0] is Box) == pays
    most = boxes.MOST_VECTORS * machine.width("float32")
    assert [boxes.can_box(ConvSpec((1, 1, 3, 2000), (1, 1, 3, taps))) for taps in (most, most + 1)] == [
        True,
        False,
    ]
    assert Box not in {planned((1, 1, 5, 5), strange)[0] for strange in (np.nan, np.inf)}
    spec = ConvSpec((1, 1, 12, 12), (1, 1, 5, 5))
    assert not isinstance(BACKEND.plan(constant(spec, 1), spec), Box), "too little work to begin for"


def test_a_filter_that_is_off_in_one_tap_is_no_box():
    spec = ConvSpec((1, 1, 300, 300), (1, 1, 9, 9), dtype="float64")
    w = constant(spec, 1 / 81)
    for place in ((0, 0), (4, 4), (8, 8)):
        other = w.copy()
        other[(0, 0, *place)] = np.nextafter(1 / 81, 1)
        assert boxes.is_box(w) and not boxes.is_box(other)


def test_memory_between_x_and_y_is_what_is_said():
    spec = ConvSpec((2, 1, 300, 1100), (1, 1, 31, 31), "same", dtype="float64")
    scratch._OWN.__dict__.clear()
    Box(constant(spec, 1), spec)(np.ones(spec.x_shape))
    assert scratch._OWN.memory.base.nbytes == boxes.workspace_bytes(spec) <= BACKEND.workspace_bytes(spec)
    assert boxes.workspace_bytes(spec) < 2 * (boxes.LINES_BYTES + (1 << 18)) * boxes.pool.threads()


@pytest.mark.parametrize(
    "lines",
    [
        ([1] * 15, range(1, 16)),
        (range(1, 16), [1] * 15),
        ([1] * 5, [1] * 15, [2] * 33),
        ([3] * 31, range(5), [1] * 15),
    ],
    ids=["rows", "columns", "all of three axes", "depth and rows of three"],
)
def test_passes_whose_taps_are_one_number_are_boxes(lines, monkeypatch):
    """The others are convolved; slabs of whole blocks of rows give the same bits."""
    made, shape = [], (2, 1, *(len(line) + 9 for line in lines))
    monkeypatch.setattr(passes, "Box", lambda w, spec: made.append(spec.taps) or Box(w, spec))
    w = np.array(lines[-1], float)
    for line in lines[-2::-1]:
        w = np.multiply.outer(np.array(line, float), w)
    spec = ConvSpec(shape, (1, 1, *w.shape), "same", dtype="float64")
    factors = [np.array(line, float)[::-1].reshape(1, 1, 1, -1) for line in lines]
    rng = np.random.default_rng(0)
    x, noise, bits = (
        rng.integers(-9, 10, spec.x_shape).astype(float),
        rng.standard_normal(spec.x_shape),
        set(),
    )
    taps, planes = len(lines[-2]), int(np.prod(spec.space[:-2]))
    a_block_and_more = planes * (2 * taps + 1 if spec.rank == 2 else 3 * taps + 3) * spec.y_shape[-1] * 8
    for slab in (1 << 30, a_block_and_more):
        monkeypatch.setattr(passes, "SLAB_BYTES", slab)
        plan = Passes(factors, spec, get("numba-tiles"))
        np.testing.assert_array_equal(plan(x), judge(x, w[None, None], spec))
        bits.add(plan(noise).tobytes())
    assert len(bits) == 1 and plan.slabs.is_cut
    boxed = set(made)
    monkeypatch.setattr(passes, "SLAB_BYTES", 1)
    made.clear()
    np.testing.assert_array_equal(Passes(factors, spec, get("numba-tiles"))(x), judge(x, w[None, None], spec))
    assert (len(lines[-2]), 1) not in made, "a slab of one row has no block of rows"
    pays = {len(line) for line in lines if len(set(line)) == 1 and len(line) > 4}
    assert {max(taps) for taps in boxed} == pays
