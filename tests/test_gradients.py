"""Gradients are what the definition of a convolution makes them: sums written out, the adjoint, differences."""

from __future__ import annotations

import numpy as np
import pytest

import convlab as cl
from convlab import numerics, reference
from convlab.errors import Refused, SpecError, Unsupported
from convlab.gradients import dgrad, dgrad_as, dgrad_spec, wgrad, wgrad_as, wgrad_spec
from convlab.spec import ConvSpec
from tests.backward import operands, written_out
from tests.golden import arrays, cases, words
from tests.specs import SPECS, drawn, integers, reals

SMALL = [spec for spec in SPECS if spec.macs < 1500]
MANY = SPECS + drawn(200, seed=3)
DIFFERED = [
    ConvSpec((2, 2, 5, 4), (2, 2, 2, 3), stride=2, padding=1, dtype="float64"),
    ConvSpec((2, 2, 6), (4, 1, 2), "half", stride=3, dilation=2, groups=2, flip=False, dtype="float64"),
    ConvSpec(
        (1, 2, 3, 4, 3), (2, 2, 2, 2, 1), padding=((2, 0), (0, 3), (1, 1)), stride=(1, 2, 2), dtype="float64"
    ),
]


@pytest.mark.parametrize("spec", SMALL, ids=str)
def test_the_judge_of_gradients_adds_up_what_is_written_out(spec):
    x, w, dy = operands(spec)
    dx, dw = written_out(x, w, dy, spec)
    assert reference.dgrad(dy, w, spec).tolist() == dx
    assert reference.wgrad(x, dy, spec).tolist() == dw


@pytest.mark.parametrize("make", [integers, reals])
def test_each_gradient_as_a_convolution_equals_the_judges(make):
    for spec in MANY:
        x, w, dy = operands(spec, make)
        found, wanted = dgrad(dy, w, spec), reference.dgrad(dy, w, spec)
        assert found.shape == wanted.shape == spec.x_shape and found.dtype == wanted.dtype
        assert np.allclose(found, wanted, 0, 1e-11 if make is reals else 0), spec
        found, wanted = wgrad(x, dy, spec), reference.wgrad(x, dy, spec)
        assert found.shape == wanted.shape == spec.w_shape and found.dtype == wanted.dtype
        assert np.allclose(found, wanted, 0, 1e-11 if make is reals else 0), spec


def test_dy_times_y_is_dx_times_x_is_dw_times_w():
    for spec in MANY:
        x, w, dy = operands(spec)
        whole = (dy * reference.judge(x, w, spec)).sum()
        assert (dgrad(dy, w, spec) * x).sum() == whole, spec
        assert (wgrad(x, dy, spec) * w).sum() == whole, spec


@pytest.mark.parametrize("spec", DIFFERED, ids=str)
def test_each_value_is_half_the_difference_that_one_more_and_one_less_make(spec):
    x, w, dy = operands(spec)

    def loss(x, w):
        return (dy * reference.judge(x, w, spec)).sum()

    dx, dw = dgrad(dy, w, spec), wgrad(x, dy, spec)
    for at in np.ndindex(*spec.x_shape):
        step = np.zeros(spec.x_shape)
        step[at] = 1
        assert dx[at] == (loss(x + step, w) - loss(x - step, w)) / 2
    for at in np.ndindex(*spec.w_shape):
        step = np.zeros(spec.w_shape)
        step[at] = 1
        assert dw[at] == (loss(x, w + step) - loss(x, w - step)) / 2


def test_the_specs_of_the_gradients_fit_their_operands_and_their_results():
    for spec in MANY:
        x, w, dy = operands(spec)
        back, across = dgrad_as(dy, w, spec), wgrad_as(x, dy, spec)
        for rewrite, alone in ((back, dgrad_spec(spec)), (across, wgrad_spec(spec))):
            assert rewrite.spec == alone
            assert (rewrite.x.shape, rewrite.w.shape) == (alone.x_shape, alone.w_shape)
        assert back.spec.y_shape == spec.x_shape and back.spec.flip is not spec.flip
        assert across.spec.y_shape == (spec.w_shape[1], spec.w_shape[0], *spec.taps)
        assert (across.spec.stride, across.spec.dilation) == (spec.dilation, spec.stride)


@pytest.mark.parametrize(
    "spec, pads",
    [
        (ConvSpec((1, 1, 5), (1, 1, 3)), (2, 2)),  # valid: back is full
        (ConvSpec((1, 1, 5), (1, 1, 3), "full"), (0, 0)),  # full: back is valid
        (ConvSpec((1, 1, 5), (1, 1, 4), "same"), (1, 2)),  # same: back leans to the other side
        (ConvSpec((1, 1, 6), (1, 1, 3), stride=2), (2, 3)),  # one input is left over
        (ConvSpec((1, 1, 5), (1, 1, 3), dilation=2), (4, 4)),
    ],
    ids=str,
)
def test_the_way_back_has_the_padding_that_the_way_there_left_out(spec, pads):
    assert dgrad_spec(spec).pads == (pads,)


def test_where_padding_is_larger_than_the_filter_reaches_dy_is_cropped():
    spec = ConvSpec((1, 1, 3), (1, 1, 2), padding=((3, 2),))
    dy = np.arange(1.0, 8).reshape(1, 1, 7)
    rewrite = dgrad_as(dy, np.ones((1, 1, 2)), spec)
    assert rewrite.x.tolist() == [[[3, 4, 5, 6]]] and rewrite.spec.pads == ((0, 0),)


def test_where_the_only_window_stands_on_padding_there_is_nothing_to_learn():
    spec = ConvSpec((1, 1, 3), (1, 1, 1), padding=((3, 0),), stride=9)
    x, w, dy = np.ones(spec.x_shape), np.ones(spec.w_shape), np.ones(spec.y_shape)
    assert not wgrad(x, dy, spec).any() and not dgrad(dy, w, spec).any()


def test_an_input_that_no_window_reads_has_no_gradient_and_gives_none_even_if_it_is_no_number():
    spec = ConvSpec((1, 1, 6), (1, 1, 3), stride=2, dtype="float64")
    x, w, dy = operands(spec)
    x = np.where(np.arange(6) == 5, np.nan, x)
    for back in (dgrad, reference.dgrad):
        assert back(dy, w, spec)[0, 0, 5] == 0
    for across in (wgrad, reference.wgrad):
        assert np.isfinite(across(x, dy, spec)).all()


def test_the_judge_leaves_padding_out_so_an_infinite_weight_does_not_meet_it():
    spec = ConvSpec((1, 1, 3), (1, 1, 2), "full", stride=2, dtype="float64")
    dx = reference.dgrad(np.ones((1, 1, 2)), np.array([[[np.inf, 1.0]]]), spec)
    assert dx.tolist() == [[[np.inf, 1.0, np.inf]]]
    dx = reference.dgrad(np.array([[[1.0, np.nan]]]), np.ones((1, 1, 2)), spec)
    assert dx[0, 0, 0] == 1 and np.isnan(dx[0, 0, 1:]).all()


def test_a_nan_in_x_reaches_the_weights_that_met_it():
    spec = ConvSpec((2, 2, 4), (2, 1, 2), groups=2, stride=2, flip=False, dtype="float64")
    x, _, dy = operands(spec)
    x = x.copy()
    x[1, 0, 3] = np.nan
    for across in (wgrad, reference.wgrad):
        assert np.isnan(across(x, dy, spec)).tolist() == [[[False, True]], [[False, False]]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_the_judge_sums_in_float64_and_keeps_longdouble(dtype):
    spec = ConvSpec((1, 1, 64), (1, 1, 64), dtype=dtype)
    x, w = np.full((2, 1, 1, 64), 0.1, dtype)
    wide = np.longdouble if dtype == "longdouble" else np.float64
    dx, dw = (
        reference.dgrad(np.ones((1, 1, 1), dtype), w, spec),
        reference.wgrad(x, np.ones((1, 1, 1), dtype), spec),
    )
    assert dx.dtype == dw.dtype == wide
    assert (dx == wide(x[0, 0, 0])).all() and (dw == dx).all()


# The call


def test_the_example_that_people_ask_about():
    for last, x in (([], [1, 2, 3, 4, 5]), ([0], [1, 2, 3, 4, 5, 6])):
        dx, dw = cl.gradients(x, [1, 10, 100], [1, 2], stride=2, flip=False)
        assert dx.tolist() == [1, 10, 102, 20, 200, *last] and dw.tolist() == [7, 10, 13]


@pytest.mark.parametrize("backend", ["auto", "reference", "numpy-loops", "numba-direct"])
def test_bare_operands_give_bare_gradients(backend):
    x, w = np.arange(20).reshape(4, 5), np.array([[1, 2, 0], [3, 5, 4]])
    dx, dw = cl.gradients(x, w, np.ones((3, 3)), backend=backend)
    assert (dx.shape, dw.shape, dx.dtype, dw.dtype) == ((4, 5), (2, 3), np.float64, np.float64)
    assert dx[0].tolist() == [4, 9, 12, 8, 3] and dx.sum() == 9 * w.sum()
    assert dw[1, 2] == x[:3, :3].sum() and dw[0, 0] == x[1:, 2:].sum()


@pytest.mark.parametrize("backend", ["auto", "reference", "numpy-loops"])
def test_every_option_reaches_the_gradients(backend):
    spec = ConvSpec((2, 4, 7, 6), (6, 2, 3, 2), stride=(2, 1), dilation=(1, 2), groups=2, flip=False,
                    padding=((1, 2), (0, 1)), dtype="float64")  # fmt: skip
    x, w, dy = operands(spec)
    dx, dw = cl.gradients(
        x,
        w,
        dy,
        stride=(2, 1),
        dilation=(1, 2),
        groups=2,
        flip=False,
        padding=((1, 2), (0, 1)),
        backend=backend,
    )
    assert np.array_equal(dx, reference.dgrad(dy, w, spec))
    assert np.array_equal(dw, reference.wgrad(x, dy, spec))


@pytest.mark.parametrize("backend", ["auto", "reference"])
@pytest.mark.parametrize(
    "dtypes, wanted",
    [
        (("int64", "uint8", "bool"), "float64"), (("int8", "int8", "float16"), "float64"),
        (("float32",) * 3, "float32"), (("float32", "float32", "float64"), "float64"),
        (("float16",) * 3, "float16"), (("longdouble", "float32", "float32"), np.longdouble),
        ((">f4", "f4", ">f4"), "float32"),
    ],
    ids=str,
)  # fmt: skip
def test_the_dtype_is_the_one_that_y_and_dy_are_promoted_to(dtypes, wanted, backend):
    x, w, dy = (np.ones(n).astype(dtype) for n, dtype in zip((4, 2, 3), dtypes))
    dx, dw = cl.gradients(x, w, dy, backend=backend)
    assert dx.dtype == dw.dtype == np.dtype(wanted) and dx.dtype.isnative
    assert dx.tolist() == [1, 2, 2, 1] and dw.tolist() == [3, 3]


@pytest.mark.parametrize(
    "x, w, dy, options, says",
    [
        ((4, 5), (2, 3), (3, 4), {}, r"dy \(3, 4\)\. y is \(3, 3\): rows 4 − 2 \+ 1 = 3, columns 5 − 3 \+ 1 = 3\."),
        ((2, 3, 5, 6), (1, 3, 3, 2), (2, 1, 5, 6), {"stride": (2, 1), "padding": 1},
         r"y is \(2, 1, 3, 7\): 2 images, 1 filter, rows \(5 \+ 1 \+ 1 − 3\) // 2 \+ 1 = 3, columns 6 \+ 1 \+ 1 − 2"),
        ((7,), (2,), (), {"stride": 2, "dilation": 3}, r"dy \(\)\. y is \(2,\): columns \(7 − 4\) // 2 \+ 1 = 2\."),
        ((1, 1, 4, 5), (1, 1, 2, 3), (3, 3), {}, r"y is \(1, 1, 3, 3\): 1 image, 1 filter"),
    ],
)  # fmt: skip
def test_a_dy_that_is_not_shaped_like_y_is_told_which_shape_y_has_and_why(x, w, dy, options, says):
    with pytest.raises(SpecError, match=says) as caught:
        cl.gradients(np.ones(x), np.ones(w), np.ones(dy), **options)
    proposed = caught.value.hint.removeprefix(
        "Give dy one value for every value of y, for example "
    ).removesuffix(".")
    assert cl.gradients(np.ones(x), np.ones(w), eval(proposed), **options)[0].shape == x


@pytest.mark.parametrize("dy", ["text", [1j, 1, 1], [[1], [1, 2]]], ids=str)
def test_a_dy_that_is_not_made_of_real_numbers_is_refused_by_name(dy):
    with pytest.raises(SpecError, match="dy"):
        cl.gradients(np.ones(4), np.ones(2), dy)


def test_no_such_convolution_has_no_gradients_either():
    with pytest.raises(SpecError, match="reaches over 5 columns"):
        cl.gradients(np.ones(4), np.ones(5), np.ones(1))
    with pytest.raises(SpecError, match="numpy-loops, numpy-im2col"):
        cl.gradients(np.ones(4), np.ones(2), np.ones(3), backend="fast")


def test_a_backend_without_gradients_says_why_and_who_has_them():
    x, w, dy = (np.ones(n, np.float16) for n in (4, 2, 3))
    with pytest.raises(
        Unsupported, match=r"gradients of scipy-direct on .*float16.* numpy-im2col does this one\."
    ):
        cl.gradients(x, w, dy, backend="scipy-direct")


@pytest.mark.parametrize("backend", ["numpy-im2col", "reference", "numpy-loops"])
def test_gradients_that_cannot_fit_into_memory_are_refused_before_they_are_begun(backend):
    dy = np.broadcast_to(1.0, (2 * 10**6 + 3, 2 * 10**6 + 4))
    with pytest.raises(Refused, match=r"dx of shape \(1, 1, 4, 5\).*about [\d,.]+ TiB of memory"):
        cl.gradients(np.ones((4, 5)), np.ones((2, 2)), dy, padding=10**6, backend=backend)


# The recordings of the real Theano


RECORDED = [
    case
    for case in cases("conv2d", "conv3d", "seeds", "convop", "causal1d")
    if "dx" in case["shapes"] and not case["params"].get("unshared")
]


def asked(case):
    """Return a recorded call in the words of `cl.gradients`."""
    given = words(case)
    border, dilation = given.get("border_mode", "valid"), given.get("filter_dilation", 1)
    how = {"mode": border} if isinstance(border, str) else {"padding": border}
    if case["family"] == "causal1d":
        how = {"padding": ((dilation * (case["shapes"]["w"][2] - 1), 0),)}
    return how | {
        "stride": given.get("subsample", 1), "dilation": dilation, "groups": given.get("num_groups", 1),
        "flip": given.get("filter_flip", True),
    }  # fmt: skip


@pytest.mark.parametrize("backend", ["auto", "reference", "numpy-loops", "numba-direct"])
def test_the_gradients_are_those_that_the_real_theano_recorded(backend):
    assert len(RECORDED) > 100
    for case in RECORDED:
        a = arrays(case)
        x, w, dy, options = a["x"], a["w"], a["g"], asked(case)
        found = cl.gradients(x, w, dy, backend=backend, **options)
        spec = ConvSpec(x.shape, w.shape, dtype=case["dtype"], **options)
        for name, gradient, bound in zip(("dx", "dw"), found, numerics.gradient_bounds(x, w, dy, spec)):
            recorded = a[name]
            assert (gradient.shape, gradient.dtype) == (recorded.shape, recorded.dtype), case["id"]
            limit = 0.0 if case.get("data") == "int" else 2 * bound  # both sides round
            assert numerics.measure(gradient, recorded, limit).share <= 1, f"{name} of {case['id']}"
