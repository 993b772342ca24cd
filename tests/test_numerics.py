"""Error bounds: wide enough for every right answer, too narrow for a wrong one."""

import numpy as np
import pytest

from convlab import reference
from convlab.backends import get
from convlab.numerics import BOUNDS, direct_bound, fft_bound, measure, unit_roundoff
from convlab.spec import ConvSpec
from tests.specs import drawn

DRAWN = [spec for spec in drawn(40, seed=7) if spec.macs]
FAR_APART = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "positive": lambda rng, shape: rng.random(shape) + 0.5,
    "of many sizes": lambda rng, shape: rng.normal(size=shape) * 10.0 ** rng.integers(-6, 7, shape),
}


def operands(spec, values, seed=0):
    rng = np.random.default_rng(seed)
    return [FAR_APART[values](rng, shape).astype(spec.dtype) for shape in (spec.x_shape, spec.w_shape)]


def share(y, x, w, spec, kind):
    truth = reference.judge(x, w, spec)
    return measure(y, truth, BOUNDS[kind](x, w, spec, truth)).share


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_unit_roundoff_is_the_largest_step_that_addition_loses(dtype):
    u, one = unit_roundoff(dtype), np.ones(1, dtype)
    lost, kept = one + np.array(u, dtype), one + np.array(u, dtype) * 3
    assert lost == one and kept > one


@pytest.mark.parametrize("values", FAR_APART)
@pytest.mark.parametrize("name", ["numpy-loops", "numpy-im2col", "scipy-fft"])
def test_rounding_stays_well_inside_the_bound(name, values):
    backend, shares = get(name), []
    for spec in DRAWN:
        x, w = operands(spec, values)
        shares.append(share(backend.run(x, w, spec), x, w, spec, backend.bound))
    assert 0 < max(shares) < 0.6


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
def test_transforms_of_a_few_points_stay_inside_the_bound_too(n):
    spec = ConvSpec((500, 1, n), (4, 1, 2), "full")
    x, w = operands(spec, "of many sizes")
    assert share(get("scipy-fft").run(x, w, spec), x, w, spec, "fft") < 0.8


@pytest.mark.parametrize("values", FAR_APART)
def test_a_value_that_is_one_term_short_is_outside_the_bound(values):
    for spec in DRAWN:
        x, w = operands(spec, values)
        broken = np.zeros_like(w)
        broken[:, 1:] = w[:, 1:]
        y = reference.judge(x, broken, spec).astype(spec.dtype)
        if reference.judge(x, w, spec).any():
            assert share(y, x, w, spec, "direct") > 1


def test_sums_in_half_precision_do_not_pass_for_single():
    spec = ConvSpec((1, 16, 8, 8), (4, 16, 3, 3))
    x, w = operands(spec, "normal")
    y = get("numpy-im2col").run(x.astype(np.float16), w.astype(np.float16), spec).astype("float32")
    assert share(y, x, w, spec, "direct") > 10


def test_the_bound_of_a_transform_looks_at_whole_images_and_filters():
    x = np.array([[[1e6, 0, 0, 0, 1.0, 1.0]]])
    w = np.ones((1, 1, 2))
    spec = ConvSpec(x.shape, w.shape, dtype="float64")
    y = reference.judge(x, w, spec)
    direct, fft = direct_bound(x, w, spec, y)[0, 0], fft_bound(x, w, spec, y)[0, 0]
    assert direct[-1] < 1e-14 < 1e-10 < fft[-1]


def test_groups_have_norms_of_their_own():
    x, w = np.array([[[1e6, 1e6], [1.0, 1.0]]]), np.ones((2, 1, 1))
    spec = ConvSpec(x.shape, w.shape, groups=2, dtype="float64")
    bound = fft_bound(x, w, spec, reference.judge(x, w, spec))
    assert bound.shape == (1, 2, 2) and bound[0, 0, 0] > 1e5 * bound[0, 1, 0]


@pytest.mark.parametrize("kind", BOUNDS)
@pytest.mark.parametrize("shapes", [((0, 2, 3), (4, 2, 2)), ((2, 2, 3), (0, 2, 2)), ((2, 0, 3), (4, 0, 2))])
def test_bounds_of_empty_results_are_empty_or_nearly_nothing(kind, shapes):
    spec = ConvSpec(*shapes)
    x, w = (np.ones(shape, "float32") for shape in shapes)
    bound = BOUNDS[kind](x, w, spec, reference.judge(x, w, spec))
    assert np.broadcast_to(bound, spec.y_shape).shape == spec.y_shape
    assert (bound < 1e-40).all()


def test_products_too_small_for_the_dtype_are_rounding_too():
    spec = ConvSpec((1, 1, 4), (1, 1, 2))
    x, w = np.full(spec.x_shape, 1e-30, "float32"), np.full(spec.w_shape, 1e-30, "float32")
    y = np.zeros(spec.y_shape, "float32")  # 1e-60 is nothing in float32
    assert share(y, x, w, spec, "direct") <= 1 and share(y, x, w, spec, "fft") <= 1
    assert share(y + np.float32(1e-40), x, w, spec, "direct") > 1


def test_longdouble_is_not_judged_by_float64s_rounding():
    spec = ConvSpec((2, 3, 9), (4, 3, 3), dtype="longdouble")
    x, w = operands(spec, "normal")
    x, w = x / np.longdouble(3), w / np.longdouble(7)
    assert share(get("numpy-im2col").run(x, w, spec), x, w, spec, "direct") <= 1
    if np.finfo(np.longdouble).eps < np.finfo(np.float64).eps:
        rounded = get("numpy-im2col").run(x.astype("float64"), w.astype("float64"), spec)
        assert share(rounded, x, w, spec, "direct") > 1


def test_longdouble_errors_below_float64s_grain_are_seen():
    tiny = np.finfo(np.longdouble).eps
    truth = np.ones(1, np.longdouble)
    assert measure(truth + tiny, truth, 1.0).largest == float(tiny)


def test_nan_agrees_with_nan_and_infinity_with_the_same_infinity():
    odd = np.array([np.nan, np.inf, -np.inf, 1.0])
    assert measure(odd, odd.copy(), 0.0).count == 0
    for wrong in (odd[[1, 1, 2, 3]], odd[[0, 2, 2, 3]], odd[[0, 3, 2, 3]]):
        error = measure(wrong, odd, 1.0)
        assert (error.largest, error.share, error.count) == (np.inf, np.inf, 1)


def test_nan_where_the_bound_is_nan_is_still_an_error():
    assert measure(np.array([np.nan]), np.array([1.0]), np.array([np.nan])).share == np.inf


def test_overflow_of_the_dtype_is_not_an_error_but_overflow_of_a_sum_is():
    assert measure(np.array([np.inf], "float16"), np.array([1e6]), 0.0).count == 0
    assert measure(np.array([np.inf], "float16"), np.array([6e4]), 1.0).share == np.inf
    assert measure(np.array([np.inf], "float16"), np.array([-1e6]), 1.0).share == np.inf


def test_an_error_says_where_and_how_often():
    error = measure(np.array([[1.0, 2.5], [9.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]), 2.0)
    assert (error.largest, error.at, error.first, error.count, error.share) == (6.0, (1, 0), (0, 1), 2, 3.0)


def test_nothing_differs_from_nothing():
    assert measure(np.empty((0, 3)), np.empty((0, 3)), 0.0).at is None
