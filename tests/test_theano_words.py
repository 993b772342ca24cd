"""Theano's words beyond the recordings: what they take, what they say, what they refuse, and what they warn of."""

import warnings

import numpy as np
import pytest

import convlab.theano as cl_theano
from convlab.dialects.theano import conv2d_spec
from convlab.dialects.theano.speed import SPEED
from convlab.errors import Refused, SpecError
from convlab.theano import SpeedOnly

RNG = np.random.default_rng(20141124)
X, W = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
DY = np.ones((1, 1, 3, 3))
MOVIE, CLIP = np.ones((1, 4, 1, 4, 4)), np.ones((1, 2, 1, 2, 2))
V, WC = np.ones((1, 4, 4, 4, 1)), np.ones((1, 2, 2, 2, 1))
EVEN = np.ones((1, 1, 4, 4))
CALLS = {  # one right call of each word: its arrays, and what else it must be told
    "conv2d": ((X, W), {}),
    "conv3d": ((np.ones((1, 1, 4, 4, 4)), np.ones((1, 1, 2, 2, 2))), {}),
    "conv3d2d": ((MOVIE, CLIP), {}),
    "conv3D": ((V, WC, np.zeros(1)), {"d": (1, 1, 1)}),
    "conv2d_transpose": ((DY, W), {"output_shape": (1, 1, 5, 5)}),
    "conv2d_grad_wrt_inputs": ((DY, W), {"input_shape": (1, 1, 5, 5)}),
    "conv2d_grad_wrt_weights": ((X, DY), {"filter_shape": (1, 1, 3, 3)}),
    "separable_conv2d": ((X, W, np.ones((1, 1, 1, 1))), {"num_channels": 1}),
    "causal_conv1d": ((np.ones((1, 1, 5)), np.ones((1, 1, 2))), {"filter_shape": (1, 1, 2)}),
    "legacy_conv2d": ((X, W), {}),
    "signal_conv2d": ((X[0, 0], W[0, 0]), {}),
    "conv2d_fft": ((EVEN, W), {}),
    "conv3d_fft": ((EVEN[None], W[None]), {}),
}


def call(name, arrays=None, **given):
    right, words = CALLS[name]
    return getattr(cl_theano, name)(*(arrays or right), **{**words, **given})


@pytest.mark.parametrize(
    "dtype, result", [("float32", "float32"), ("float64", "float64"), ("int64", "float64")]
)
@pytest.mark.parametrize("name", CALLS)
def test_a_result_has_the_type_of_its_operands_and_integers_become_float64(name, dtype, result):
    assert call(name, [array.astype(dtype) for array in CALLS[name][0]]).dtype == result


WIDER = ["longdouble"] * (np.dtype("longdouble") != np.float64)  # on some machines it is float64


@pytest.mark.parametrize("dtype", ["float16", "complex64", *WIDER])
@pytest.mark.parametrize("name", CALLS)
def test_a_type_that_theano_does_not_compute_on_the_cpu_is_refused(name, dtype):
    with pytest.raises(SpecError, match=r"support|compiling the node|Unsupported dtype"):
        call(name, [array.astype(dtype) for array in CALLS[name][0]])


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("legacy_conv2d", "signal_conv2d")])
def test_a_wider_type_may_stand_first_and_not_second(name):
    arrays = [array.astype("float32") for array in CALLS[name][0]]
    first = (
        1 if name in ("conv2d_transpose", "conv2d_grad_wrt_inputs") else 0
    )  # a gradient of the inputs is the filters'
    arrays[first] = arrays[first].astype("float64")
    assert call(name, arrays).dtype == "float64"
    with pytest.raises(SpecError, match="no implementation available"):
        call(name, [array.astype("float32" if array.dtype == "float64" else "float64") for array in arrays])


@pytest.mark.parametrize("name", ["legacy_conv2d", "signal_conv2d"])
def test_convop_wants_one_type(name):
    x, w = CALLS[name][0]
    with pytest.raises(SpecError, match=r"must have the same type.inputs\(float64\), kerns\(float32\)"):
        call(name, [x, w.astype("float32")])


DECLARATIONS = [
    ("conv2d", "input_shape", (1, 1, 6, 5)),
    ("conv2d", "filter_shape", (1, 1, 3)),
    ("conv3d", "input_shape", (1, 1, 4, 4, 5)),
    ("conv3d2d", "signals_shape", (1, 5, 1, 4, 4)),
    ("conv3d2d", "filters_shape", (2, 2, 1, 2, 2)),
    ("conv2d_transpose", "output_shape", (1, 2, 5, 5)),
    ("conv2d_transpose", "filter_shape", (1, 1, 3, 4)),
    ("conv2d_grad_wrt_inputs", "input_shape", (2, 1, 5, 5)),
    ("conv2d_grad_wrt_weights", "filter_shape", (2, 1, 3, 3)),
    ("conv2d_grad_wrt_weights", "input_shape", (1, 1, 5, 6)),
    ("separable_conv2d", "depthwise_filter_shape", (2, 1, 3, 3)),
    ("separable_conv2d", "pointwise_filter_shape", (1, 2, 1, 1)),
    ("causal_conv1d", "filter_shape", (1, 1, 3)),
    ("causal_conv1d", "input_shape", (1, 1, 6)),
    ("signal_conv2d", "image_shape", (6, 5)),
    ("conv2d_fft", "image_shape", (1, 1, 4, 6)),
    ("conv3d_fft", "filter_shape", (1, 1, 1, 3, 4)),
]


@pytest.mark.parametrize(
    "name, word, shape", DECLARATIONS, ids=[f"{name}-{word}" for name, word, _ in DECLARATIONS]
)
def test_a_declared_shape_that_lies_is_refused_with_what_theano_does(name, word, shape):
    with pytest.raises(SpecError, match=r"Theano does not check this .*goes on"):
        call(name, **{word: shape})


def test_a_declared_shape_may_leave_sizes_open():
    assert call("conv2d", input_shape=(None, 1, None, 5), filter_shape=(None,) * 4).shape == (1, 1, 3, 3)
    assert call("conv2d_transpose", output_shape=(None, None, 5, 5)).shape == (1, 1, 5, 5)


@pytest.mark.parametrize("name", ["legacy_conv2d", "signal_conv2d", "conv2d"])
@pytest.mark.parametrize("keyword", SPEED)
def test_a_keyword_of_speed_is_taken_said_and_makes_no_difference(name, keyword):
    shapes = {"image_shape": X.shape, "filter_shape": W.shape} if name == "legacy_conv2d" else {}
    value = "no_fft" if keyword == "version" else 1
    with pytest.warns(SpeedOnly, match=f"{name}: {keyword} .* the numbers are the same"):
        found = call(name, **shapes, **{keyword: value})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(found, call(name))


def test_loops_are_not_unrolled_over_sizes_that_were_not_declared():
    with pytest.raises(SpecError, match="when using unroll_batch and unroll_nkern, all shape are needed"):
        call("legacy_conv2d", unroll_kern=2, filter_shape=W.shape)


@pytest.mark.parametrize("name", ["legacy_conv2d", "signal_conv2d", "conv2d"])
def test_a_keyword_that_there_is_not_is_refused_and_one_of_ours_is_named_theanos_way(name):
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'stride'. Theano calls it subsample"):
        call(name, stride=2)
    with pytest.raises(TypeError, match="It takes input, filters, "):
        call(name, unroll_loops=2)
    with pytest.raises(SpecError, match=r"are not supported anymore.*changes the numbers"):
        call(name, imshp_logical=(1, 10, 10))


def test_image_shape_is_the_older_name_of_input_shape():
    with pytest.warns(FutureWarning, match="has been renamed to `input_shape`"):
        assert call("conv2d", image_shape=(1, 1, 5, None)).shape == (1, 1, 3, 3)
    with pytest.raises(SpecError, match="should not be provided at the same time"):
        call("conv2d", image_shape=X.shape, input_shape=X.shape)


STACK = "A stack of 3 images of one channel: input[:, None]."
READINGS = [
    ("conv2d", (np.ones((3, 5, 5)), W), f"One image of 3 channels: input[None]. {STACK}"),
    ("conv2d", (X, np.ones((2, 3, 3))), "One filter of 2 channels: filters[None]. A stack of 2 filters"),
    ("conv2d", (X[0, 0], W), "One image of one channel: input[None, None]."),
    ("legacy_conv2d", (np.ones((3, 5, 5)), W), f"One image of 3 channels: input[None]. {STACK}"),
    ("conv3d", (np.ones((2, 4, 4, 4)), CLIP), "One image of 2 channels: input[None]. A stack of 2 images"),
    ("conv2d_fft", (np.ones((3, 4, 4)), W), f"One image of 3 channels: input[None]. {STACK}"),
    ("conv2d", (X[None], W), "Give input of shape (batch, channels, rows, columns)."),
]


@pytest.mark.parametrize(
    "name, arrays, hint", READINGS, ids=[f"{name}-{arrays[0].ndim}" for name, arrays, _ in READINGS]
)
def test_an_array_of_too_few_axes_is_told_every_reading_of_it(name, arrays, hint):
    with pytest.raises(SpecError) as caught:
        call(name, arrays)
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    "given, word",
    [
        ({"subsample": (0, 1)}, "signal 8"),
        ({"filter_dilation": (1, 0)}, "Theano accepts it"),
        ({"border_mode": True}, "Theano takes True for 1"),
        ({"border_mode": (True, 1)}, "Theano takes True for 1"),
    ],
)
def test_what_theano_gets_silently_wrong_is_refused_with_what_it_does(given, word):
    with pytest.raises(SpecError, match=word):
        call("conv2d", **given)


TOO_LARGE = {
    (1, 1, 4, 4): "CorrMM shape inconsistency:\n  bottom shape: 1 1 3 3\n  weight shape: 1 1 4 4\n"
    "  top shape: 1 1 1 1 (expected 1 1 0 0).\n",
    (1, 1, 1, 1, 4, 4): "CorrMM regions in kernel must match output regions:\n  bottom shape: 1 1 3 3\n"
    "  weight shape: 1 1 1 1 4 4 (expected 1 0 0 1 4 4)\n  top shape(calculated): 1 1 0 0.\n",
}


@pytest.mark.parametrize("w_shape", TOO_LARGE, ids=str)
def test_compiled_theano_divides_towards_zero_and_so_finds_a_filter_too_large_only_later(w_shape):
    with pytest.raises(SpecError) as caught:
        call("conv2d", [X[..., :3, :3], np.ones(w_shape)], subsample=(2, 2), unshared=len(w_shape) == 6)
    assert caught.value.asked.startswith(TOO_LARGE[w_shape]) and "reaches over 4 rows" in caught.value.found


@pytest.mark.parametrize(
    "given", [{"subsample": (-1, 1)}, {"filter_dilation": (1, 1.5)}, {"filter_flip": "no"}], ids=str
)
def test_what_theano_was_not_recorded_to_refuse_is_refused_in_our_words_alone(given):
    with pytest.raises(SpecError) as caught:
        conv2d_spec((1, 1, 5, 5), (1, 1, 3, 3), **given)
    (name,) = given
    assert str(caught.value).startswith(f"Asked for {name} ") and "CorrMM" not in str(caught.value)


@pytest.mark.parametrize(
    "name, given",
    [
        ("conv2d", {"border_mode": 10**6}),
        ("conv2d_grad_wrt_inputs", {"input_shape": (1, 1, 2 * 10**6 + 3, 2 * 10**6 + 3), "subsample": (10**6, 10**6)}),
        ("conv2d_fft", {"border_mode": "full"}),
    ],
)  # fmt: skip
def test_what_does_not_fit_into_memory_is_refused_before_it_is_begun(name, given, monkeypatch):
    monkeypatch.setattr("convlab.memory.total_bytes", lambda: 50_000 if name == "conv2d_fft" else 2**34)
    arrays = [np.ones((9, 9, 40, 40)), np.ones((9, 9, 3, 3))] if name == "conv2d_fft" else None
    with pytest.raises(Refused):
        call(name, arrays, **given)


def drawn(seed):
    """Return a call of a layer or of one of its gradients, right or wrong: its word, arrays and keywords."""
    rng = np.random.default_rng(seed)
    groups = int(rng.choice([1, 1, 2]))
    border = [*("valid", "full", "half"), 1, (1, 2), ((0, 1), (2, 1)), "same", -1][rng.integers(8)]
    taps, space = rng.integers(1, 4, 2), rng.integers(2, 7, 2)
    words = {"border_mode": border, "subsample": tuple(map(int, rng.integers(1, 4, 2))), "num_groups": groups}
    words["filter_flip"] = bool(rng.integers(2))
    x = rng.integers(-4, 5, (2, 2 * groups, *space)).astype("float32")
    w = rng.integers(-4, 5, (groups, int(rng.choice([2, 2, 2, 3])), *taps)).astype("float32")
    size = tuple(map(int, rng.integers(1, 4, 2)))
    dy = rng.integers(-4, 5, (2, groups, *size)).astype("float32")
    unshared = {"unshared": True, **words}
    return [
        ("conv2d", {"x": x, "w": w}, words),
        ("conv2d", {"x": x, "w": np.broadcast_to(w[:, None, None], (groups, *size, *w.shape[1:]))}, unshared),
        (
            "conv2d_grad_wrt_inputs",
            {"x": dy, "w": w},
            {**words, "input_shape": (None, None, *map(int, space))},
        ),
        (
            "conv2d_grad_wrt_weights",
            {"x": x, "w": dy},
            {**words, "filter_shape": (None, None, *map(int, taps))},
        ),
    ][seed % 4]


@pytest.mark.parametrize("seed", range(16))
def test_a_drawn_call_ends_as_it_does_in_the_real_theano(theano, seed):
    name, arrays, words = drawn(seed)
    try:
        truth = theano.call(name, arrays, words).arrays["y"]
    except theano.TheanoRefused as refused:
        with pytest.raises(SpecError) as caught:
            getattr(cl_theano, name)(*arrays.values(), **words)
        assert str(caught.value).startswith(refused.text.partition("\nApply node")[0].rstrip())
    else:
        assert np.array_equal(getattr(cl_theano, name)(*arrays.values(), **words), truth)
