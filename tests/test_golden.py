"""convlab's Theano gives the numbers that were recorded from the real one: all families, forward and gradients."""

import os
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import convlab as cl
from convlab import theano
from convlab.backends import CATALOGUE, get
from convlab.numerics import BOUNDS, gradient_bounds, unit_roundoff
from convlab.reference import judge
from tests.golden import FAMILIES, Layer, arrays, assert_matches, cases, layers, named, without, words

EVERY = cases()
DIFFERENTIATED = [case for case in EVERY if case["gradient_of"]]
LAYERS = [layer for case in EVERY for layer in layers(case)]
TAKEN = {  # how many of the layers a backend computes, and of how many the gradients; all of them if it is not named
    "numpy-corrmm": (130, 126),
    "numpy-corr3dmm": (32, 32),
    "numpy-fft": (35, 0),
    "numpy-conv3d": (18, 18),
    "numpy-conv3d2d": (18, 18),
    "numba-legacy": (81, 66),
    "numba-c01b": (0, 0),  # its filters come by sixteen; see below
    "numba-fft": (132, 128),
    "numba-tiles": (132, 128),  # two axes; numba-3d has the rest
    "numba-winograd": (46, 46),
    "numba-winograd-f2": (46, 46),
    "numba-3d": (32, 32),
    "numba-separable": (162, 158),  # two and three axes
    "numba-pointwise": (11, 11),
    "theano-corrmm": (81, 79),  # of those in float64 and the seeds: test_theano_live asks for all
    "theano-convop": (44, 37),
}
WORD = {
    "conv2d": "conv2d", "conv3d": "conv3d", "conv3d2d": "conv3d2d", "conv3D_legacy": "conv3D",
    "conv2d_transpose": "conv2d_transpose", "separable": "separable_conv2d", "causal1d": "causal_conv1d",
    "signal": "signal_conv2d",
}  # fmt: skip


def test_all_of_the_recordings_are_here():
    assert len(EVERY) == 170 and len(FAMILIES) == 10 and len(DIFFERENTIATED) == 166
    unshared = [case for case in EVERY if case["params"].get("unshared")]
    assert len(unshared) == 8 and len(LAYERS) == 170 - 8 + len(cases("separable"))


def word_of(case):
    """Return the function of `cl.theano` that has the name of the recorded one."""
    legacy = case["op"].endswith("nnet.conv.conv2d")
    return getattr(theano, "legacy_conv2d" if legacy else WORD.get(case["family"], "conv2d"))


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_a_word_gives_the_numbers_of_the_real_theano(case):
    a = arrays(case)
    operands = [a[role] for role in ("x", "w", "v", "b") if role in a]
    y = word_of(case)(*operands, **words(case))
    # Both sides round: twice the bound of a sum of `terms` products, none larger than `scale`.
    terms = np.prod(a["w"].shape[1:]) * (a["v"].shape[1] if "v" in a else 1)
    scale = np.prod([np.abs(operand).max() for operand in operands])
    assert_matches(y, case, a["y"], 2 * 4 * terms**1.5 * unit_roundoff(case["dtype"]) * max(scale, 1))


def gradient_words(case):
    """Return dx, dw and what else was recorded, computed by Theano's words for the gradients."""
    a, given = (
        arrays(case),
        without(words(case), "input_shape", "image_shape", "filter_shape", "output_shape"),
    )
    x, w, g = a["x"], a["w"], a["g"]
    if case["family"] == "conv2d_transpose":
        dw = theano.conv2d_grad_wrt_weights(g, x, w.shape, **_renamed(given))
        return {"dx": theano.conv2d(g, w, **_renamed(given)), "dw": dw}
    if case["family"] == "separable":
        return _separable(x, w, a["v"], g, given)
    if case["family"] == "signal":
        x, w = (array.reshape(-1, 1, *array.shape[-2:]) for array in (x, w))
        g = g.reshape(len(x), len(w), *g.shape[-2:])
    dx = theano.conv2d_grad_wrt_inputs(g, w, x.shape, w.shape, **given)
    dw = theano.conv2d_grad_wrt_weights(x, g, w.shape, x.shape, **given)
    return {"dx": dx.reshape(a["x"].shape), "dw": dw.reshape(a["w"].shape)}


def _renamed(given):
    return {"subsample" if name == "input_dilation" else name: value for name, value in given.items()}


def _separable(x, w, v, g, given):
    depthwise = {"num_groups": given.pop("num_channels"), **given}
    middle = theano.conv2d(x, w, **depthwise)
    inside = theano.conv2d_grad_wrt_inputs(g, v, middle.shape)
    return {
        "dv": theano.conv2d_grad_wrt_weights(middle, g, v.shape),
        "dw": theano.conv2d_grad_wrt_weights(x, inside, w.shape, **depthwise),
        "dx": theano.conv2d_grad_wrt_inputs(inside, w, x.shape, **depthwise),
    }


TWO_AXES = ("conv2d", "seeds", "convop", "signal", "conv2d_transpose", "separable")


@pytest.mark.parametrize("case", [c for c in DIFFERENTIATED if c["family"] in TWO_AXES], ids=named)
def test_the_words_for_gradients_give_those_of_the_real_theano(case):
    a, found = arrays(case), gradient_words(case)
    assert set(found) == {role for role in a if role.startswith("d")}
    for role, gradient in found.items():
        assert_matches(gradient, case, a[role])


@pytest.mark.parametrize("case", DIFFERENTIATED, ids=named)
def test_cl_gradients_gives_those_of_the_real_theano(case):
    for layer in layers(case):
        s = layer.spec
        border = {"mode": s.mode} if s.padding is None else {"padding": s.padding}
        same = {"stride": s.stride, "dilation": s.dilation, "groups": s.groups, "flip": s.flip, **border}
        found = dict(zip(("dx", "dw"), cl.gradients(layer.x, layer.w, layer.dy, **same), strict=True))
        hold_gradients(layer, found["dx"], found["dw"])


@pytest.mark.parametrize("case", cases("conv3D_legacy"), ids=named)
def test_the_gradient_of_conv3ds_bias_is_the_sum_over_all_but_its_filter(case):
    a = arrays(case)
    assert_matches(a["g"].sum((0, 1, 2, 3)), case, a["db"])
    twice = theano.conv3D(a["x"], a["w"], a["b"] + 1, **words(case)) - theano.conv3D(
        a["x"], a["w"], a["b"], **words(case)
    )
    assert np.allclose((twice * a["g"]).sum((0, 1, 2, 3)), a["db"], rtol=1e-4, atol=1e-4)


@cache
def truths(index):
    """Return y, and the bounds of y, dx and dw, of a layer; None where it has no gradient."""
    layer = LAYERS[index]
    y = judge(layer.x, layer.w, layer.spec)
    gradients = (
        gradient_bounds(layer.x, layer.w, layer.dy, layer.spec) if layer.dy is not None else (None, None)
    )
    return y, BOUNDS["direct"](layer.x, layer.w, layer.spec, y), *gradients


def hold_gradients(layer: Layer, dx, dw, bounds=(np.inf, np.inf)):
    for found, recorded, bound in ((dx, layer.dx, bounds[0]), (dw, layer.dw, bounds[1])):
        if recorded is not None:
            assert_matches(found, layer.case, recorded, 2 * bound)


def a_backend(name):
    """Return a backend; the real Theano may not be here, but where it must be it is."""
    backend = get(name)
    if reason := backend.unavailable():
        assert not (backend.family == "theano" and os.environ.get("CONVLAB_REQUIRE_THEANO")), reason
        pytest.skip(reason)
    return backend


def asked_of(backend):
    """Yield the layers that a backend is asked for: the real Theano compiles each kind, so not both types of each."""
    for index, layer in enumerate(LAYERS):
        if backend.family != "theano" or layer.spec.dtype == "float64" or layer.case["family"] == "seeds":
            yield index, layer


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_backend_gives_the_numbers_of_the_real_theano(name):
    backend, taken = a_backend(name), 0
    for index, layer in asked_of(backend):
        if backend.supports(layer.spec):
            continue
        taken += 1
        if layer.y is None:
            continue
        truth, bound, *_ = truths(index)
        if backend.bound != "direct":
            bound = BOUNDS[backend.bound](layer.x, layer.w, layer.spec, truth)
        y = backend.run(layer.x, layer.w, layer.spec) + layer.bias
        assert_matches(y.astype(layer.spec.dtype), layer.case, layer.y, 2 * bound, exact=backend.is_exact)
    assert taken == TAKEN.get(name, (len(LAYERS), 0))[0]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_backend_gives_the_gradients_of_the_real_theano(name):
    backend, taken = a_backend(name), 0
    for index, layer in asked_of(backend):
        if layer.dy is None or backend.supports_gradients(layer.spec):
            continue
        taken += 1
        dx = backend.dgrad(layer.dy, layer.w, layer.spec) if layer.dx is not None else None
        dw = backend.wgrad(layer.x, layer.dy, layer.spec) if layer.dw is not None else None
        if backend.is_exact:
            hold_gradients(layer, dx, dw, truths(index)[2:])
        else:
            kinds = gradient_bounds(layer.x, layer.w, layer.dy, layer.spec, backend.bound)
            for found, recorded, bound in ((dx, layer.dx, kinds[0]), (dw, layer.dw, kinds[1])):
                if recorded is not None:
                    assert_matches(found, layer.case, recorded, 2 * bound, exact=False)
    assert taken == TAKEN.get(name, (0, len([layer for layer in LAYERS if layer.dy is not None])))[1]


def widened(spec):
    """Return a spec of sixteen filters per group."""
    return replace(spec, w_shape=(spec.groups * 16, *spec.w_shape[1:]))


WIDE = [layer for layer in LAYERS if get("numba-c01b").supports(widened(layer.spec)) is None]


def test_cuda_convnet_takes_many_of_the_recordings_once_they_have_filters_enough():
    assert len(WIDE) > 40


@pytest.mark.parametrize("layer", WIDE, ids=lambda layer: layer.case["id"])
def test_cuda_convnet_gives_the_numbers_of_few_filters_beside_empty_ones(layer):
    spec, wide, backend = layer.spec, widened(layer.spec), a_backend("numba-c01b")
    groups = spec.groups
    kept = np.arange(groups * 16).reshape(groups, 16)[:, : spec.w_shape[0] // groups].ravel()
    w = np.zeros(wide.w_shape, spec.dtype)
    dy = np.zeros((spec.x_shape[0], groups * 16, *spec.y_shape[2:]), spec.dtype)
    w[kept] = layer.w
    assert_matches(backend.run(layer.x, w, wide)[:, kept], layer.case, layer.y)
    if layer.dy is None:
        return
    dy[:, kept] = layer.dy
    if backend.supports_gradients(wide) is None:
        hold_gradients(layer, backend.dgrad(dy, w, wide), backend.wgrad(layer.x, dy, wide)[kept])
