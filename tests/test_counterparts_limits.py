"""The limits of the counterparts: what passes one is refused in its sentence, what just keeps to it is computed."""

from dataclasses import replace

import numpy as np
import pytest

import convlab as cl
from convlab.backends import CATALOGUE, admit, get, usual
from convlab.errors import Unsupported
from convlab.reference import dgrad, wgrad
from convlab.spec import ConvSpec
from tests.specs import complaint, integers, reals
from tests.takers import LIMITED

PICTURE = ConvSpec((2, 4, 8, 8), (16, 4, 3, 3))
FILM = ConvSpec((2, 3, 5, 6, 8), (4, 3, 2, 3, 3))
LIMITS = [  # a backend, a question that it takes, what is changed in it, what the refusal says of that
    ("numpy-corrmm", PICTURE, {"x_shape": (2, 4, 8), "w_shape": (16, 4, 3)}, "x has 1 spatial axis; GpuCorrMM"),
    ("numpy-corrmm", PICTURE, {"dtype": "float16"}, "float16; GpuCorrMM computes in float32 and float64"),
    ("numpy-corr3dmm", FILM, {"x_shape": (2, 3, 6, 8), "w_shape": (4, 3, 3, 3)}, "GpuCorr3dMM slides over 3"),
    ("numpy-corr3dmm", FILM, {"dtype": "longdouble"}, "This is longdouble"),
    ("numpy-fft", PICTURE, {"x_shape": (2, 4, 8), "w_shape": (16, 4, 3)}, "conv2d_fft transforms 2"),
    ("numpy-fft", PICTURE, {"stride": (1, 2)}, "The stride is 1 × 2; conv2d_fft moves the window by 1"),
    ("numpy-fft", PICTURE, {"dilation": 2}, "The dilation is 2 × 2"),
    ("numpy-fft", PICTURE, {"w_shape": (16, 2, 3, 3), "groups": 2}, "There are 2 groups"),
    ("numpy-fft", PICTURE, {"mode": "same"}, r"conv2d_fft has valid and full, here \(\(0, 0\), \(0, 0\)\) and"),
    ("numpy-fft", PICTURE, {"x_shape": (2, 4, 8, 7)}, r"8 × 7: its width is not even.*pad_last_dim=True"),
    ("numpy-fft", PICTURE, {"x_shape": (2, 4, 8, 7), "mode": "full"}, "12 × 11: its width is not even"),
    ("numpy-fft", FILM, {"x_shape": (2, 3, 5, 6, 7)}, r"conv3d_fft\(..., pad_last_dim=True\)"),
    ("numpy-fft", FILM, {"dtype": "float16"}, "conv3d_fft computes in float32 and float64"),
    ("numpy-conv3d", FILM, {"x_shape": (2, 3, 6, 8), "w_shape": (4, 3, 3, 3)}, "conv3D slides over 3"),
    ("numpy-conv3d", FILM, {"mode": "half"}, "conv3D has valid, here"),
    ("numpy-conv3d", FILM, {"dilation": (1, 1, 2)}, "The dilation is 1 × 1 × 2"),
    ("numpy-conv3d", FILM, {"w_shape": (3, 1, 2, 3, 3), "groups": 3}, "There are 3 groups"),
    ("numpy-conv3d2d", FILM, {"stride": (2, 1, 1)}, "The stride is 2 × 1 × 1"),
    ("numpy-conv3d2d", FILM, {"dilation": 2}, "The dilation is 2 × 2 × 2"),
    ("numpy-conv3d2d", FILM, {"w_shape": (3, 1, 2, 3, 3), "groups": 3}, "There are 3 groups"),
    ("numpy-conv3d2d", FILM, {"padding": ((0, 1), (0, 0), (0, 0))}, r"The padding in time is \(0, 1\)"),
    ("numpy-conv3d2d", FILM, {"padding": ((0, 0), (2, 2), (1, 1))}, "the same for both"),
    ("numba-legacy", PICTURE, {"x_shape": FILM.x_shape, "w_shape": FILM.w_shape}, "ConvOp slides over 2"),
    ("numba-legacy", PICTURE, {"mode": "half"}, "ConvOp has valid and full"),
    ("numba-legacy", PICTURE, {"dilation": 2}, "ConvOp reads taps that stand side by side"),
    ("numba-legacy", PICTURE, {"w_shape": (16, 2, 3, 3), "groups": 2}, "every filter of ConvOp reads all"),
    ("numba-c01b", PICTURE, {"x_shape": (2, 5, 8, 8), "w_shape": (16, 5, 3, 3)}, "5 channels; FilterActs takes 1 to 3"),
    ("numba-c01b", PICTURE, {"w_shape": (24, 4, 3, 3)}, "24 filters; FilterActs wants a multiple of 16"),
    ("numba-c01b", PICTURE, {"w_shape": (16, 2, 3, 3), "groups": 2}, "8 filters in each group"),
    ("numba-c01b", PICTURE, {"w_shape": (64, 1, 3, 3), "groups": 4}, "Each group has 1 channel; FilterActs"),
    ("numba-c01b", PICTURE, {"w_shape": (16, 4, 3, 2)}, "The filter is 3 × 2; FilterActs wants square ones"),
    ("numba-c01b", PICTURE, {"stride": (1, 2)}, "The stride is 1 × 2; FilterActs has one for both axes"),
    ("numba-c01b", PICTURE, {"stride": 4}, "here of at most 3, the filter"),
    ("numba-c01b", PICTURE, {"stride": 2}, "leaves 1 × 1 of x unread; FilterActs wants all of it visited"),
    ("numba-c01b", PICTURE, {"padding": (1, 0)}, "one number for all four sides"),
    ("numba-c01b", PICTURE, {"padding": ((1, 0), (1, 0))}, "one number for all four sides"),
    ("numba-c01b", PICTURE, {"dilation": 2}, "The dilation is 2 × 2; FilterActs reads taps"),
]  # fmt: skip
NEIGHBOURS = [  # as near to a limit as one may come
    ("numpy-corrmm", PICTURE, {"stride": (3, 2), "dilation": (1, 2), "padding": ((2, 5), (1, 0)), "flip": False}),
    ("numpy-corr3dmm", FILM, {"stride": (1, 3, 2), "dilation": (2, 1, 3), "padding": ((2, 0), (0, 0), (1, 4))}),
    ("numpy-fft", PICTURE, {"mode": "full", "flip": False}),
    ("numpy-fft", PICTURE, {"w_shape": (16, 4, 8, 8)}),  # a filter as large as the image
    ("numpy-fft", PICTURE, {"w_shape": (16, 4, 9, 10), "mode": "full"}),  # and larger
    ("numpy-fft", PICTURE, {"padding": 2}),  # full, said in numbers
    ("numpy-fft", FILM, {"x_shape": (2, 3, 5, 7, 8), "mode": "full"}),
    ("numpy-conv3d", FILM, {"stride": (3, 1, 2), "flip": False}),
    ("numpy-conv3d", FILM, {"stride": (2, 4, 5)}),
    ("numpy-conv3d2d", FILM, {"padding": ((1, 1), (0, 0), (0, 0))}),
    ("numpy-conv3d2d", FILM, {"padding": ((0, 0), (2, 2), (2, 2)), "flip": False}),
    ("numpy-conv3d2d", FILM, {"mode": "half"}),
    ("numpy-conv3d2d", FILM, {"w_shape": (4, 3, 7, 3, 3), "mode": "full"}),  # more slices than frames
    ("numba-legacy", PICTURE, {"stride": (3, 2), "mode": "full", "flip": False}),
    ("numba-c01b", PICTURE, {"x_shape": (2, 3, 8, 8), "w_shape": (16, 3, 3, 3)}),
    ("numba-c01b", PICTURE, {"x_shape": (2, 6, 8, 5), "w_shape": (32, 6, 3, 3), "flip": False}),
    ("numba-c01b", PICTURE, {"w_shape": (32, 2, 3, 3), "groups": 2}),
    ("numba-c01b", PICTURE, {"stride": 3, "padding": 2}),
    ("numba-c01b", PICTURE, {"mode": "full"}),
]  # fmt: skip


@pytest.mark.parametrize("name, spec, change, says", LIMITS, ids=str)
def test_what_passes_a_limit_is_refused_in_its_sentence(name, spec, change, says):
    assert get(name).supports(spec) is None, "and what keeps to it is taken"
    beyond = replace(spec, **{"stride": 1, "dilation": 1, **change})
    with pytest.raises(Unsupported, match=says) as caught:
        admit(name, beyond)
    assert caught.value.hint.endswith("does this one.")
    assert get(name).supports_gradients(beyond)


@pytest.mark.parametrize("name, spec, change", NEIGHBOURS, ids=str)
def test_what_just_keeps_to_the_limits_is_computed(name, spec, change):
    backend, near = admit(name, replace(spec, **change)), replace(spec, **change)
    assert complaint(backend.run, near, exact=backend.is_exact, bound=backend.bound) is None
    assert complaint(backend.run, near, exact=False, bound=backend.bound, make=reals) is None
    if backend.supports_gradients(near) is None:
        (x, w), dy = integers(near), integers(near, seed=2)[0].ravel()
        dy = np.resize(dy, near.y_shape)
        assert np.array_equal(backend.dgrad(dy, w, near), dgrad(dy, w, near))
        assert np.array_equal(backend.wgrad(x, dy, near), wgrad(x, dy, near))


@pytest.mark.parametrize("name", [name for name in LIMITED if get(name).counterpart])
def test_each_counterpart_says_whose_it_is(name):
    assert get(name).counterpart.split("'s ")[0] in ("Theano", "cuda-convnet")
    assert list(CATALOGUE).index(name) > list(CATALOGUE).index("numpy-loops")


GRADIENTS = [
    ("numpy-fft", PICTURE, {}, "conv2d_fft has no gradient of its own"),
    ("numba-legacy", PICTURE, {"stride": 2}, "The stride is 2 × 2; ConvOp has gradients of valid for steps of up to 1"),
    ("numba-legacy", PICTURE, {"mode": "full", "stride": (1, 3)}, "gradients of full for steps of up to 2"),
    ("numba-c01b", PICTURE, {"x_shape": (2, 6, 8, 8), "w_shape": (16, 6, 3, 3)}, "WeightActs takes 1 to 3, or"),
    ("numba-c01b", PICTURE, {"w_shape": (32, 2, 3, 3), "groups": 2}, "2 channels; ImageActs wants a multiple of 4"),
]  # fmt: skip
KEEPS = [
    ("numba-legacy", PICTURE, {}),
    ("numba-legacy", PICTURE, {"mode": "full", "stride": 2}),
    ("numba-c01b", PICTURE, {"x_shape": (2, 3, 8, 8), "w_shape": (16, 3, 3, 3)}),
    ("numba-c01b", PICTURE, {"x_shape": (2, 8, 8, 8), "w_shape": (32, 4, 3, 3), "groups": 2}),
]


@pytest.mark.parametrize("name, spec, change, says", GRADIENTS, ids=str)
def test_gradients_have_limits_of_their_own(name, spec, change, says):
    asked = replace(spec, **change)
    assert get(name).supports(asked) is None and says in get(name).supports_gradients(asked)
    (x, w), dy = integers(asked), np.zeros(asked.y_shape, asked.dtype)
    how = {"mode": asked.mode, "stride": asked.stride, "groups": asked.groups}
    with pytest.raises(Unsupported, match=f"{usual(asked)} does this one"):
        cl.gradients(x, w, dy, backend=name, **how)


@pytest.mark.parametrize("name, spec, change", KEEPS, ids=str)
def test_gradients_that_keep_to_them_are_computed(name, spec, change):
    assert get(name).supports_gradients(replace(spec, **change)) is None
