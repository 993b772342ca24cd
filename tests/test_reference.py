"""The definition has witnesses outside the house: SciPy, NumPy, and a sum written out in words of its own."""

from itertools import product

import numpy as np
import pytest
from scipy import ndimage, signal

from convlab import reference
from convlab.spec import ConvSpec
from tests.specs import SPECS, integers, reals

SMALL = [spec for spec in SPECS if spec.macs < 3000]
WITNESSED = [((7,), (3,)), ((6,), (4,)), ((5, 6), (3, 2)), ((4, 4), (4, 4)), ((4, 3, 5), (2, 3, 2))]


def drawn(*shapes):
    rng = np.random.default_rng(0)
    return [rng.integers(-9, 10, shape) for shape in shapes]


def defined(x, w, *modes, **options):
    spec = ConvSpec((1, 1, *x.shape), (1, 1, *w.shape), *modes, dtype="float64", **options)
    return reference.conv(x[None, None], w[None, None], spec)[0, 0]


@pytest.mark.parametrize("spec", SMALL, ids=str)
def test_both_ways_to_compute_the_definition_agree_to_the_last_bit(spec):
    for make in (integers, reals):
        x, w = make(spec)
        assert np.array_equal(reference.conv(x, w, spec), reference.judge(x, w, spec))


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@pytest.mark.parametrize(("x", "w"), WITNESSED)
def test_scipy_convolves_to_the_same_numbers(x, w, mode):
    x, w = drawn(x, w)
    assert np.array_equal(defined(x, w, mode), signal.convolve(x, w, mode, method="direct"))


@pytest.mark.parametrize("mode", ["valid", "full"])
@pytest.mark.parametrize(("x", "w"), WITNESSED)
def test_scipy_correlates_to_the_same_numbers(x, w, mode):
    x, w = drawn(x, w)
    assert np.array_equal(defined(x, w, mode, flip=False), signal.correlate(x, w, mode, method="direct"))


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (3, 1, 5)])
def test_ndimage_agrees_for_odd_filters_and_zeros_at_the_border(shape, flip):
    x, w = drawn((6, 5, 7)[: len(shape)], shape)
    witness = ndimage.convolve if flip else ndimage.correlate
    assert np.array_equal(defined(x, w, "same", flip=flip), witness(x, w, mode="constant"))


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_numpy_convolves_lines_to_the_same_numbers(mode):
    x, w = drawn((9,), (4,))
    assert np.array_equal(defined(x, w, mode), np.convolve(x, w, mode))


def test_batches_and_channels_are_summed_as_einsum_sums_them():
    x, w = drawn((2, 3, 5, 6), (4, 3, 2, 3))
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 3), (2, 3))
    spec = ConvSpec(x.shape, w.shape, flip=False, dtype="float64")
    assert np.array_equal(reference.conv(x, w, spec), np.einsum("nchwij,ocij->nohw", windows, w))


def test_stride_dilation_padding_and_groups_follow_the_formula():
    spec = ConvSpec(
        (2, 4, 6, 7), (6, 2, 3, 2), stride=(2, 3), dilation=(1, 2), groups=2, padding=((1, 2), (0, 3))
    )
    x, w = integers(spec)
    y = reference.conv(x, w, spec)
    for n, o, i, j in product(*map(range, spec.y_shape)):
        total = 0.0
        for c, u, v in product(range(2), range(3), range(2)):
            row, column = 2 * i + (2 - u) - 1, 3 * j + (1 - v) * 2
            if 0 <= row < 6 and 0 <= column < 7:
                total += float(x[n, o // 3 * 2 + c, row, column]) * float(w[o, c, u, v])
        assert y[n, o, i, j] == total


def test_padding_is_left_out_so_an_infinite_weight_does_not_meet_it():
    x, w = np.ones((1, 1, 3)), np.array([[[np.inf, 1.0]]])
    spec = ConvSpec(x.shape, w.shape, "full")
    for way in (reference.conv, reference.judge):
        assert way(x, w, spec)[0, 0].tolist() == [np.inf, np.inf, np.inf, 1.0]


def test_both_ways_spread_what_is_no_number_alike():
    for spec in (spec for spec in SPECS if spec.macs < 500 and min(spec.x_shape[:2] + spec.w_shape[:2]) > 0):
        for bad in (0, 1):
            operands = [array.copy() for array in integers(spec)]
            operands[bad].flat[0], operands[bad].flat[-1] = np.nan, np.inf
            with np.errstate(invalid="ignore"):
                slow, fast = reference.conv(*operands, spec), reference.judge(*operands, spec)
            assert np.array_equal(slow, fast, equal_nan=True), spec


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_definition_computes_in_float64(dtype):
    x, w = np.full((1, 1, 64), 0.1, dtype), np.full((1, 1, 64), 0.1, dtype)
    for way in (reference.conv, reference.judge):
        y = way(x, w, ConvSpec(x.shape, w.shape, dtype=dtype))
        assert y.dtype == np.float64 and y[0, 0, 0] == pytest.approx(64 * float(x[0, 0, 0]) ** 2, rel=1e-14)


def test_the_definition_keeps_longdouble():
    x = np.ones((1, 1, 2), np.longdouble)
    assert reference.judge(x, x, ConvSpec(x.shape, x.shape, dtype="longdouble")).dtype == np.longdouble
