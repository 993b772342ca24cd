"""The examples of the five sources, number for number; tests hold each to what its source prints."""

from __future__ import annotations

import numpy as np

from convlab.presets.preset import Preset, ramp

_4D = ("theano", "scipy.signal.fftconvolve")
_CORR, _PASS = {"flip": False}, ("naive-no-flip", "numpy-im2col")
_STACK = ("naive", "scipy.signal.convolve2d", "scipy.ndimage.convolve")


def _f32(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(array.astype(np.float32) for array in arrays)


def _noise() -> tuple[np.ndarray, np.ndarray]:
    """Return source 001's own operands: the image is drawn first."""
    rng = np.random.RandomState(42)
    return _f32(rng.randn(500, 500), rng.randn(32, 32))


def _stack() -> tuple[np.ndarray, np.ndarray]:
    """Return a stack as source 004 makes it, image index last, in layer layout."""
    rng = np.random.default_rng(4)
    return rng.standard_normal((100, 100, 50)).transpose(2, 0, 1)[:, None], rng.standard_normal(
        (1, 1, 11, 11)
    )


def _layers(side: int) -> tuple[np.ndarray, ...]:
    """Return source 003's shapes: image 1 counts from 1 to 48, image 2 is another one, y is `side` wide."""
    second = np.random.default_rng(3).integers(1, 49, (1, 3, 4, 4))
    x = np.concatenate([ramp(1, 3, 4, 4, start=1), second])
    return x, ramp(2, 3, 2, 2, start=1), ramp(2, 2, side, side, start=1)


def _pictures(side: int, taps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two small images of a stack and one filter that tells every orientation."""
    images = np.random.default_rng(side).integers(0, 10, (2, 1, side, side))
    return images, ramp(1, 1, taps, taps, start=1)


_S000 = [
    Preset(
        "S000a", "source 000, filter of ones", "Source 000", lambda: _f32(ramp(5, 5), np.ones((3, 3))),
        {"mode": "full"}, "Theano and SciPy print the same: a filter of ones looks alike from every side.", "S000at",
    ),
    Preset(
        "S000at", "source 000, filter 1 to 9", "Source 000", lambda: _f32(ramp(5, 5), ramp(3, 3, start=1)),
        {"mode": "full"}, "The same image with a filter that tells: now the turn shows.",
    ),
    Preset(
        "S000b", "source 000, 2 images of 3 channels", "Source 000",
        lambda: _f32(ramp(2, 3, 5, 5), np.ones((1, 3, 3, 3))),
        {"mode": "full"}, "SciPy also convolves images and channels: (2, 5, 7, 7) where Theano gives (2, 1, 7, 7).",
        "S000bt", _4D,
    ),
    Preset(
        "S000bt", "source 000, channels that tell", "Source 000",
        lambda: _f32(ramp(2, 3, 5, 5), ramp(1, 3, 3, 3)),
        {}, "With 0 to 26 for the ones, valid disagrees too: SciPy turns the filter along the channels as well.",
        None, _4D,
    ),
    Preset(
        "S000c", "source 000, channels disagree", "Source 000",
        lambda: _f32(ramp(2, 3, 5, 5), np.ones((1, 1, 3, 3))),
        {"mode": "full"}, "Theano refuses 3 channels against 1; SciPy slides along the channels and answers.",
        None, _4D,
    ),
    Preset(
        "S000d", "source 000, three 1 × 1 filters", "Source 000",
        lambda: _f32(ramp(2, 1, 3, 3), np.ones((3, 1, 1, 1))),
        {"mode": "full"}, "Each filter returns the image; SciPy adds neighbouring images up: (4, 1, 3, 3).",
        "S000bt", _4D,
    ),
    Preset(
        "S000e", "source 000, the empty stride section", "Source 000",
        lambda: _f32(ramp(5, 5), np.ones((3, 3))),
        {"stride": 2}, "Theano's subsample=(2, 2) keeps the corners of valid: [[54, 72], [144, 162]].", "S000et",
    ),
    Preset(
        "S000et", "source 000, stride 2, filter 1 to 9", "Source 000",
        lambda: _f32(ramp(5, 5), ramp(3, 3, start=1)),
        {"mode": "full", "stride": 2}, "Every second value of full, in both directions.",
    ),
    Preset(
        "S000e6", "source 000, stride 2 leaves a rest", "Source 000",
        lambda: _f32(ramp(6, 6), np.ones((3, 3))),
        {"stride": 2}, "On 6 × 6 the last row and column are never read.", "S000et",
    ),
]  # fmt: skip

_S001 = [
    Preset(
        "S001a", "source 001, the port to Java", "Source 001", lambda: (ramp(4, 4), ramp(3, 3, start=1)),
        {}, "The asker's loop gives 303 where Theano gives 147: it does not turn the filter.",
    ),
    Preset(
        "S001b", "source 001, 500 × 500 in float32", "Source 001", _noise,
        {}, "The answer's own test: what is left between two right results is rounding.", None,
        ("theano", "scipy.signal.convolve2d", "scipy.signal.fftconvolve"),
    ),
    Preset(
        "S001c", "source 001, the filter 9 to 1", "Source 001",
        lambda: (ramp(4, 4), ramp(3, 3, start=1)[::-1, ::-1].copy()),
        {}, "The second answer: point-reflect the filter and the asker's loop agrees with Theano.",
    ),
    Preset(
        "S001d", "source 001, vImage's 2 × 2", "Source 001", lambda: (ramp(3, 3, start=1), ramp(2, 2, start=1)),
        {"flip": False}, "a11·k11 + a12·k12 + a21·k21 + a22·k22: Apple's description does not turn the filter.",
    ),
]  # fmt: skip

_S002 = [
    Preset(
        "S002a", "source 002, an odd width for conv2d_fft", "Source 002",
        lambda: _f32(ramp(8, 3, 32, 33) % 17, ramp(4, 3, 5, 5) % 7 - 3),
        {}, "conv2d_fft needs an even last axis, or pad_last_dim; every other way takes 33 columns as they are.", None,
        ("theano", "scipy-fft"),
    ),
    Preset(
        "S002b", "source 002, conv3D", "Source 002",
        lambda: (ramp(2, 3, 6, 6, 4) % 10, ramp(4, 3, 3, 3, 2) % 7 - 3),
        {"flip": False, "stride": (2, 2, 1)}, "Three axes (row, column, time), strides, no turn.", None,
        ("naive-no-flip", "naive"),
    ),
    Preset(
        "S002c", "source 002, conv3d2d", "Source 002",
        lambda: (ramp(2, 3, 4, 6, 6) % 10, ramp(4, 3, 2, 3, 3) % 7 - 3),
        {}, "The same job in conv3d2d's order (time, row, column); it turns the filter along all three.", None,
        ("naive-no-flip", "naive"),
    ),
]  # fmt: skip

_S003 = [
    Preset(
        "S003a", "source 003, padding 1", "Source 003", lambda: _layers(5),
        _CORR | {"padding": 1}, "Two images, three channels, two filters: the shapes of its own test.", None, _PASS,
    ),
    Preset(
        "S003b", "source 003, no padding", "Source 003", lambda: _layers(3),
        _CORR, "Stride 1, no padding, a square filter: the one case in which all its gradients are right.", None, _PASS,
    ),
    Preset(
        "S003c", "source 003, gradient with padding 1", "Source 003",
        lambda: (ramp(1, 1, 4, 4), np.ones((1, 1, 2, 2), int), ramp(1, 1, 5, 5)),
        _CORR | {"padding": 1}, "dx has 4 × 4 values; the source crops a row and a column too many: 3 × 3.", "S003b",
        _PASS, "cropped",
    ),
    Preset(
        "S003d", "source 003, gradient with stride 2", "Source 003",
        lambda: (ramp(1, 1, 4, 4), ramp(1, 1, 2, 2, start=1), ramp(1, 1, 2, 2, start=1)),
        _CORR | {"stride": 2}, "Stride 2 puts a zero between the values of dy; the source forgets it: IndexError.",
        None, _PASS, "undilated",
    ),
    Preset(
        "S003e", "source 003, a 2 × 3 filter", "Source 003",
        lambda: (ramp(1, 1, 4, 4), ramp(1, 1, 2, 3, start=1), ramp(1, 1, 3, 2, start=1)),
        _CORR, "The source pads the rows of dy by the width of the filter, and its columns by the height: IndexError.",
        None, _PASS, "swapped-pads",
    ),
    Preset(
        "S003f", "source 003, two images by im2col", "Source 003",
        lambda: (ramp(2, 1, 4, 4), np.ones((1, 1, 2, 2), int), ramp(2, 1, 3, 3, start=1)),
        _CORR, "With columns in the wrong order the first image reads 10, 74, 14: two images mixed.", "S003a",
        _PASS, "column-order",
    ),
    Preset(
        "S003g", "source 003, an image of integers", "Source 003",
        lambda: (ramp(1, 1, 4, 4), ramp(1, 1, 2, 2, start=1), np.full((1, 1, 3, 3), 0.25)),
        _CORR, "dx is made like x, of integers: every quarter that is added is cut off, and what is left is too small.",
        None, _PASS, "integer-zeros",
    ),
    Preset(
        "S003h", "source 003, a stride that leaves a rest", "Source 003",
        lambda: (ramp(1, 1, 1, 6, start=1), np.array([[[[1, 10, 100]]]]), np.array([[[[1, 2]]]])),
        _CORR | {"stride": 2}, "No window reads the 6: its gradient is 0, and dx still has six values.", None,
        _PASS, "no-remainder",
    ),
    Preset(
        "S003i", "source 003, an output wider than high", "Source 003",
        lambda: (ramp(1, 1, 3, 4), ramp(1, 1, 2, 2, start=1), ramp(1, 1, 2, 3, start=1)),
        _CORR, "y is 2 × 3; windows numbered as if it were 3 × 2 give other values, and no error.", None,
        _PASS, "tiled-columns",
    ),
]  # fmt: skip

_S004 = [
    Preset(
        "S004a", "source 004, 50 images of 100 × 100", "Source 004", _stack,
        {}, "One filter over a whole stack: in layer layout it is a batch.", None,
        ("scipy-direct", "scipy-fft", "scipy-ndimage"),
    ),
    Preset(
        "S004b", "source 004, an odd filter on a stack", "Source 004", lambda: _pictures(7, 3),
        {"mode": "same"}, "With 3 taps SciPy's two libraries agree about the centre.", "S004bt", _STACK,
    ),
    Preset(
        "S004bt", "source 004, an even filter on a stack", "Source 004", lambda: _pictures(7, 4),
        {"mode": "same"}, "With 4 taps there is no centre: ndimage picks the other side, and source 004's crop is off.",
        None, _STACK,
    ),
    Preset(
        "S004c", "source 004, its table at 5 taps", "Source 004", lambda: _pictures(12, 5),
        {}, "The table times valid; ndimage only knows the size of the input and has to be cropped.", None,
        ("naive", "scipy.signal.convolve2d", "scipy-ndimage"),
    ),
]  # fmt: skip

PRESETS = (*_S000, *_S001, *_S002, *_S003, *_S004)
