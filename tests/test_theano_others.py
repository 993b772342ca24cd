"""The words for movies, transforms, causal and separable layers, and the older ones: numbers, rules and refusals."""

from itertools import product

import numpy as np
import pytest

from convlab import theano
from convlab.errors import SpecError
from tests.golden import whole


def test_conv3D_is_conv3d2d_on_other_axes_turned_and_with_a_bias():
    v, w, b = whole(2, 5, 4, 6, 3), whole(4, 3, 2, 3, 3), whole(4)
    turned = w[:, ::-1, ::-1, ::-1].transpose(0, 3, 4, 1, 2)
    movie = theano.conv3d2d(v.transpose(0, 3, 4, 1, 2), turned).transpose(0, 3, 4, 1, 2)
    assert np.array_equal(theano.conv3D(v, w, b, (1, 1, 1)), movie + b)


@pytest.mark.parametrize(
    "shapes, d, text",
    [
        ([(1, 4, 4, 4), (1, 2, 2, 2, 1), (1,)], (1, 1, 1), "Conv3D: V must be a 5 dimensional tensor"),
        ([(1, 4, 4, 4, 1), (1, 2, 2, 2), (1,)], (1, 1, 1), "Conv3D: W must be a 5 dimensional tensor"),
        ([(1, 4, 4, 4, 1), (1, 2, 2, 2, 1), (1, 1)], (1, 1, 1), "Conv3D: b must be a vector."),
        ([(1, 4, 4, 4, 1), (1, 2, 2, 2, 1), (1,)], 1, "Conv3D: d must be a vector."),
        ([(1, 4, 4, 4, 1), (1, 2, 2, 2, 1), (1,)], (1, 1), "3 stride length arguments expected (row, col, time) but 2"),
        ([(1, 4, 4, 4, 1), (1, 2, 2, 2, 1), (1,)], (1, 0, 1), "Strides must all be positive but are 1, 0, 1"),
        ([(1, 4, 4, 4, 2), (1, 2, 2, 2, 1), (1,)], (1, 1, 1), "W operates on a 1 channel image but the image has 2"),
        ([(1, 4, 4, 4, 1), (2, 2, 2, 2, 1), (1,)], (1, 1, 1), "b adds to a(n) 1 channel output image but the output"),
        ([(1, 4, 4, 4, 1), (1, 5, 2, 2, 1), (1,)], (1, 1, 1), "W has a height of 5 but V is only 4 pixels tall"),
        ([(1, 4, 4, 4, 1), (1, 2, 6, 2, 1), (1,)], (1, 1, 1), "W has a width of 6 but V is only 4 pixels wide"),
        ([(1, 4, 4, 4, 1), (1, 2, 2, 7, 1), (1,)], (1, 1, 1), "W has a duration of 7 but V is only 4 pixels long"),
    ],
)  # fmt: skip
def test_conv3D_refuses_in_its_own_words(shapes, d, text):
    with pytest.raises(SpecError) as caught:
        theano.conv3D(*(np.ones(shape) for shape in shapes), d)
    assert text in caught.value.asked and caught.value.found and caught.value.hint


@pytest.mark.parametrize(
    "frames, border_mode, text",
    [
        (1, "valid", "is this allowed?"),
        (1, ("half", "valid", "valid"), None),
        (4, ("same", "valid", "valid"), "('invalid border mode', 'same')"),
        (4, ("valid", 1, 1), "('invalid border mode', 1)"),
        (4, ("valid", "valid"), "It is one word, or three"),
    ],
)
def test_conv3d2d_refuses_what_its_time_does_not_hold(frames, border_mode, text):
    signals, filters = np.ones((1, frames, 1, 4, 4)), np.ones((1, 3, 1, 2, 2))
    if text is None:
        assert theano.conv3d2d(signals, filters, border_mode=border_mode).shape == (1, 1, 1, 3, 3)
        return
    with pytest.raises(SpecError) as caught:
        theano.conv3d2d(signals, filters, border_mode=border_mode)
    assert text in str(caught.value)


@pytest.mark.parametrize("time, rows", list(product(["valid", "half", "full"], repeat=2)))
def test_conv3d2d_pads_time_in_its_own_mode_and_turns_all_three_axes(time, rows):
    signals, filters = whole(2, 5, 2, 6, 7), whole(3, 4, 2, 3, 2)
    zeros = [
        {"valid": 0, "half": k // 2, "full": k - 1}[mode] for mode, k in ((time, 4), (rows, 3), (rows, 2))
    ]
    movie, clip = (array.swapaxes(1, 2) for array in (signals, filters))
    y = theano.conv3d2d(signals, filters, border_mode=(time, rows, rows))
    assert np.array_equal(y.swapaxes(1, 2), theano.conv3d(movie, clip, border_mode=tuple(zeros)))


def test_conv3d2d_tells_time_from_channels():
    with pytest.raises(SpecError, match="time comes before the channels"):
        theano.conv3d2d(np.ones((1, 3, 5, 4, 4)), np.ones((1, 3, 3, 2, 2)))


@pytest.mark.parametrize("mode", ["valid", "full"])
@pytest.mark.parametrize("pad", [False, True])
@pytest.mark.parametrize("width", [7, 8])
def test_a_transform_wants_an_even_width_and_conv2d_fft_pads_an_even_one_too(width, pad, mode):
    x, w = whole(2, 3, 6, width).astype("float32"), whole(4, 3, 3, 2).astype("float32")
    if (width + pad) % 2:
        with pytest.raises(SpecError, match="in conv2d_fft: width is not even"):
            theano.conv2d_fft(x, w, border_mode=mode, pad_last_dim=pad)
    else:
        y, truth = (
            theano.conv2d_fft(x, w, border_mode=mode, pad_last_dim=pad),
            theano.conv2d(x, w, border_mode=mode),
        )
        assert y.dtype == np.float32 and y.shape == truth.shape
        assert np.abs(y - truth).max() <= 2e-6 * np.abs(truth).max()


@pytest.mark.parametrize("mode", ["valid", "full"])
@pytest.mark.parametrize("pad", [False, True])
@pytest.mark.parametrize("width", [7, 8])
def test_conv3d_fft_pads_an_odd_width_only(width, pad, mode):
    x, w = whole(1, 2, 4, 5, width), whole(2, 2, 3, 2, 4)
    if width % 2 and not pad:
        with pytest.raises(
            SpecError, match=r"total size of new array must be unchanged.*Set pad_last_dim=True"
        ):
            theano.conv3d_fft(x, w, border_mode=mode, pad_last_dim=pad)
    else:
        y, truth = (
            theano.conv3d_fft(x, w, border_mode=mode, pad_last_dim=pad),
            theano.conv3d(x, w, border_mode=mode),
        )
        assert np.abs(y - truth).max() <= 1e-12 * np.abs(truth).max()


def test_a_transform_has_two_modes_and_no_room_for_a_filter_larger_than_its_image():
    with pytest.raises(SpecError, match=r"^invalid mode\. Asked for border_mode='half'"):
        theano.conv2d_fft(np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3)), border_mode="half")
    with pytest.raises(SpecError, match="reaches over 5 rows"):
        theano.conv2d_fft(np.ones((1, 1, 4, 4)), np.ones((1, 1, 5, 3)))


@pytest.mark.parametrize("stride, dilation", [(1, 1), (2, 1), (1, 3), (3, 2)])
def test_a_causal_value_has_seen_nothing_that_comes_later(stride, dilation):
    x, w = whole(1, 2, 9), whole(3, 2, 3)
    y = theano.causal_conv1d(x, w, w.shape, subsample=stride, filter_dilation=dilation)
    assert y.shape == (1, 3, 8 // stride + 1)
    for t in range(9):
        later = x.copy()
        later[..., t + 1 :] += 1
        seen = t // stride + 1
        again = theano.causal_conv1d(later, w, w.shape, subsample=stride, filter_dilation=dilation)
        assert np.array_equal(again[..., :seen], y[..., :seen])


@pytest.mark.parametrize(
    "shapes, given, text",
    [
        ([(1, 1, 5, 1), (1, 1, 2)], {}, "Input should be 3D for causal convolution."),
        ([(1, 1, 5), (1, 2)], {}, "Filters should be 3D for causal convolution"),
        ([(1, 1, 5), (1, 1, 2)], {"unshared": True}, "kern must be 6D tensor for unshared convolution"),
        ([(1, 2, 5), (1, 1, 2)], {}, "CorrMM images and kernel must have the same stack size"),
        ([(1, 1, 5), (1, 1, 2)], {"filter_shape": (1, 1, None)}, "Theano pads by its third size"),
    ],
)
def test_causal_conv1d_refuses_as_theano_does(shapes, given, text):
    x, w = (np.ones(shape) for shape in shapes)
    with pytest.raises(SpecError) as caught:
        theano.causal_conv1d(x, w, **{"filter_shape": w.shape, **given})
    assert text in str(caught.value)


def test_a_separable_layer_is_refused_for_its_second_half_before_the_first_is_computed(monkeypatch):
    monkeypatch.setattr("convlab.theano.special.forward", lambda *_: pytest.fail("computed"))
    with pytest.raises(SpecError, match="must have the same stack size"):
        theano.separable_conv2d(
            np.ones((1, 2, 5, 5)), np.ones((4, 1, 3, 3)), np.ones((1, 3, 1, 1)), num_channels=2
        )


@pytest.mark.parametrize("images, filters", list(product([(), (1,), (2,)], [(), (1,), (3,)])), ids=str)
def test_signal_conv2d_leaves_out_the_axes_that_were_not_there(images, filters):
    x, w = whole(*images, 5, 6), whole(*filters, 2, 3)
    y = theano.signal_conv2d(x, w, border_mode="full", subsample=(2, 1))
    assert y.shape == (*images, *filters, 3, 8)
    layer = theano.conv2d(
        x.reshape(-1, 1, 5, 6), w.reshape(-1, 1, 2, 3), border_mode="full", subsample=(2, 1)
    )
    assert np.array_equal(y.ravel(), layer.ravel())


@pytest.mark.parametrize("declared", [((3, 3), (5, 5)), ((1, 3, 3), (2, 5, 5))], ids=str)
def test_signal_conv2d_looks_at_declared_shapes_when_there_are_both(declared):
    arrays = [np.ones(shape) for shape in declared]
    with pytest.raises(SpecError, match=r"^Output dimensions are not valid -1x-1"):
        theano.signal_conv2d(*arrays)
    with pytest.raises(SpecError, match=r"^Bad size for the output shape. .* input shape \(\(1, 3, 3\)\)"):
        theano.signal_conv2d(*arrays, *declared)


def test_signal_conv2d_says_what_theano_leaves_unsaid():
    with pytest.raises(SpecError, match="bare AssertionError"):
        theano.signal_conv2d(np.ones((1, 1, 5, 5)), np.ones((3, 3)))


@pytest.mark.parametrize(
    "x_shape, w_shape, word",
    [((1, 1, 0, 5), (1, 1, 3, 3), "does not come to an end"), ((1, 1, 5, 5), (1, 1, 0, 3), "signal 11")],
)
def test_convop_does_not_survive_what_is_empty(x_shape, w_shape, word):
    with pytest.raises(SpecError, match=word):
        theano.legacy_conv2d(np.ones(x_shape), np.ones(w_shape), border_mode="full")


@pytest.mark.parametrize(
    "given, text",
    [
        ({"filter_shape": (None, None, 2, None)}, "number of rows in the filter (2) isn't the run time shape (3)"),
        ({"image_shape": (None, 2, None, None)}, "image stack size (2) isn't the run time shape (1)"),
        ({"image_shape": (9, None, None, None)}, "batch size (9) isn't the run time shape (1)"),
        ({"filter_shape": (9, None, None, None)}, "number of kernels in the filter (9) isn't the run time shape (1)"),
        ({"filter_shape": (None, 9, None, None)}, "Theano does not check this"),
        ({"image_shape": (1, 1, 2, 5), "filter_shape": (1, 1, 3, 3)}, "input shape ((1, 2, 5)) and kern shape((3, 3))"),
        ({"subsample": (0, 1)}, "Output dimensions are not valid -2147483648x3"),
        ({"subsample": (2, 2, 2)}, "ConvOp reads the first two and goes on"),
    ],
)  # fmt: skip
def test_convop_compares_what_was_declared_with_what_it_gets(given, text):
    with pytest.raises(SpecError) as caught:
        theano.legacy_conv2d(np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3)), **given)
    assert text in str(caught.value)
