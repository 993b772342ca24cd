"""convlab's Theano gives the numbers and the refusals that were recorded from the real one."""

import numpy as np
import pytest

from convlab import theano
from convlab.backends import CATALOGUE, get
from convlab.dialects.theano import conv2d_spec, conv2d_words
from convlab.errors import ConvLabError, SpecError
from convlab.numerics import BOUNDS, measure, unit_roundoff
from convlab.reference import judge
from convlab.spec import ConvSpec
from tests.golden import ENGINE, arrays, cases, words

FORWARD = cases("conv2d", "seeds", "convop")
LAYERS = [case for case in FORWARD if not case["params"].get("unshared")]


def named(case):
    return case["id"]


def call(case):
    given = words(case)
    given["input_shape"] = given.pop("image_shape", given.get("input_shape"))
    return given


def assert_matches(y, case, recorded, bound):
    assert y.shape == recorded.shape and y.dtype == recorded.dtype
    if case.get("data") == "int":
        np.testing.assert_array_equal(y, recorded)
    else:
        assert measure(y, recorded, bound).share <= 1


def spec_of(case):
    given = {k: v for k, v in words(case).items() if k not in ("image_shape", "filter_shape", "unshared")}
    shapes = {role: tuple(shape) for role, shape in case["shapes"].items()}
    return conv2d_spec(shapes["x"], shapes["w"], dtype=case["dtype"], **given)


@pytest.mark.parametrize("case", FORWARD, ids=named)
def test_conv2d_gives_the_numbers_of_the_real_theano(case):
    a = arrays(case)
    y = theano.conv2d(a["x"], a["w"], **call(case))
    terms = np.prod(a["w"].shape[-3:])
    scale = np.abs(a["x"]).max() * np.abs(a["w"]).max()
    # Both sides round: twice the bound of a sum of `terms` products, none larger than `scale`.
    assert_matches(y, case, a["y"], 2 * 4 * terms**1.5 * unit_roundoff(case["dtype"]) * scale)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_backend_gives_the_numbers_of_the_real_theano(name):
    backend, taken = get(name), 0
    for case in LAYERS:
        spec, a = spec_of(case), arrays(case)
        if backend.unavailable() or backend.supports(spec):
            continue
        bound = 2 * BOUNDS[backend.bound](a["x"], a["w"], spec, judge(a["x"], a["w"], spec))
        exact = backend.is_exact or case.get("data") != "int"
        y = backend.run(a["x"], a["w"], spec)
        assert_matches(y, case if exact else {}, a["y"], bound)
        taken += 1
    assert taken > 40


@pytest.mark.parametrize("case", cases("conv3d", "causal1d"), ids=named)
def test_three_and_one_axes_follow_the_same_definition(case):
    given, a = words(case), arrays(case)
    x, w = a["x"], a["w"]
    border = given.get("border_mode", "valid")
    shape = {"mode": border} if isinstance(border, str) else {"padding": border}
    dilation = given.get("filter_dilation", 1)
    if case["family"] == "causal1d":
        shape = {"padding": ((dilation * (w.shape[2] - 1), 0),)}
    spec = ConvSpec(
        x.shape, w.shape, stride=given.get("subsample", 1), dilation=dilation, groups=given.get("num_groups", 1),
        flip=given.get("filter_flip", True), dtype=case["dtype"], **shape,
    )  # fmt: skip
    truth = judge(x, w, spec)
    assert_matches(truth.astype(case["dtype"]), case, a["y"], 2 * BOUNDS["direct"](x, w, spec, truth))


def test_every_recorded_output_size_is_computed_or_refused():
    columns = ENGINE["shape_table"]["columns"]
    made = refused = 0
    for row in ENGINE["shape_table"]["rows"]:
        image, taps, border, stride, dilation, size = (
            row[columns.index(name)]
            for name in ("image", "kernel", "border_mode", "subsample", "dilation", "output")
        )
        border = tuple(border) if isinstance(border, list) else border
        how = {"mode": border} if isinstance(border, str) else {"padding": (border,)}
        if not isinstance(border, (str, tuple)):
            how = {"padding": border}
        try:
            spec = ConvSpec((1, 1, image), (1, 1, taps), stride=stride, dilation=dilation, **how)
        except SpecError:
            assert size <= 0
            refused += 1
        else:
            assert spec.y_shape == (1, 1, size)
            made += 1
    assert made > 300 and refused > 10


def recorded_text(name):
    return next(row["message"] for row in ENGINE["error_table"] if row["name"] == name and row["mode"] == "C")


X, W = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
REFUSALS = [
    ("channel mismatch (2,3,5,5)x(1,1,3,3), nnet.conv2d", (np.ones((2, 3, 5, 5)), W), {}),
    ("kernel larger than image, valid", (np.ones((1, 1, 3, 3)), np.ones((1, 1, 5, 5))), {}),
    ("border_mode='same'", (X, W), {"border_mode": "same"}),
    ("border_mode='wrap'", (X, W), {"border_mode": "wrap"}),
    ("border_mode=-1", (X, W), {"border_mode": -1}),
    ("border_mode=(1, 2, 3)", (X, W), {"border_mode": (1, 2, 3)}),
    ("border_mode=(1, -1)", (X, W), {"border_mode": (1, -1)}),
    ("border_mode=(1.5, 1)", (X, W), {"border_mode": (1.5, 1)}),
    ("border_mode=((1, 2, 3), 1)", (X, W), {"border_mode": ((1, 2, 3), 1)}),
    ("border_mode=[1, 1]", (X, W), {"border_mode": [1, 1]}),
    ("border_mode=None", (X, W), {"border_mode": None}),
    ("subsample of length 3", (X, W), {"subsample": (1, 1, 1)}),
    ("filter_dilation of length 1", (X, W), {"filter_dilation": (1,)}),
    ("3-D image", (X[0], W), {}),
    ("3-D filters", (X, W[0]), {}),
    ("num_groups=0", (X, W), {"num_groups": 0}),
    ("num_groups=2, 3 channels", (np.ones((1, 3, 5, 5)), np.ones((2, 1, 3, 3))), {"num_groups": 2}),
    ("num_groups=2, 3 filters", (np.ones((1, 2, 5, 5)), np.ones((3, 1, 3, 3))), {"num_groups": 2}),
]


@pytest.mark.parametrize("name, operands, given", REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_refusal_carries_the_recorded_text_and_what_was_asked(name, operands, given):
    first_line = recorded_text(name).splitlines()[0].rstrip()
    with pytest.raises(SpecError) as caught:
        theano.conv2d(*operands, **given)
    assert str(caught.value).startswith(first_line)
    assert "Asked for" in caught.value.asked and caught.value.hint


@pytest.mark.parametrize(
    "given, word",
    [
        ({"subsample": (0, 1)}, "signal 8"),
        ({"filter_dilation": (0, 1)}, "accepts it"),
        ({"input_shape": (1, 1, 6, 5)}, "does not check"),
        ({"filter_shape": (1, 1, 3)}, "does not check"),
    ],
)
def test_what_theano_gets_silently_wrong_is_refused_with_what_it_does(given, word):
    with pytest.raises(ConvLabError, match=word):
        theano.conv2d(X, W, **given)


@pytest.mark.parametrize(
    "given", [{"subsample": (-1, 1)}, {"filter_dilation": (1, 1.5)}, {"filter_flip": "no"}], ids=str
)
def test_what_theano_was_not_recorded_to_refuse_is_refused_in_our_words_alone(given):
    with pytest.raises(SpecError) as caught:
        conv2d_spec((1, 1, 5, 5), (1, 1, 3, 3), **given)
    (name,) = given
    assert str(caught.value).startswith(f"Asked for {name} ") and "CorrMM" not in str(caught.value)


def test_a_declared_shape_may_leave_sizes_open():
    assert theano.conv2d(X, W, input_shape=(None, 1, None, 5), filter_shape=(None,) * 4).shape == (1, 1, 3, 3)


@pytest.mark.parametrize("case", LAYERS, ids=named)
def test_a_spec_translates_back_into_theanos_words(case):
    spec = spec_of(case)
    again = conv2d_spec(spec.x_shape, spec.w_shape, dtype=spec.dtype, **conv2d_words(spec))
    assert (again.pads, again.stride, again.dilation, again.flip, again.groups) == (
        spec.pads, spec.stride, spec.dilation, spec.flip, spec.groups,
    )  # fmt: skip
