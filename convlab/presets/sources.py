"""The examples of the five sources, number for number; tests hold each to what its source prints."""

from __future__ import annotations

import numpy as np

from convlab.presets.preset import Preset, ramp

_4D = ("theano", "scipy.signal.fftconvolve")
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


def _layers() -> tuple[np.ndarray, np.ndarray]:
    """Return source 003's shapes: image 1 counts from 1 to 48, image 2 is another one."""
    second = np.random.default_rng(3).integers(1, 49, (1, 3, 4, 4))
    return np.concatenate([ramp(1, 3, 4, 4, start=1), second]), ramp(2, 3, 2, 2, start=1)


def _spread_gradient() -> tuple[np.ndarray, np.ndarray]:
    """Return a 2 × 2 gradient with a zero between its values, as stride 2 asks for."""
    spread = np.zeros((1, 1, 3, 3), int)
    spread[..., ::2, ::2] = ramp(1, 1, 2, 2, start=1)
    return spread, ramp(1, 1, 2, 2, start=1)


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
        "S003a", "source 003, forward", "Source 003", _layers,
        {"padding": 1, "flip": False}, "Two images, three channels, two filters: the shapes of its own test.", None,
        ("naive-no-flip", "numpy-im2col"),
    ),
    Preset(
        "S003b", "source 003, gradient of the input", "Source 003",
        lambda: (ramp(1, 1, 3, 3, start=1), ramp(1, 1, 2, 2, start=1)),
        {"mode": "full"}, "dX of a cross-correlation is a full convolution of dY: with stride 1 the source is right.",
        None, ("naive", "naive-no-flip"),
    ),
    Preset(
        "S003c", "source 003, gradient with padding 1", "Source 003",
        lambda: (ramp(1, 1, 5, 5), np.ones((1, 1, 2, 2), int)),
        {}, "dX has 4 × 4 values; the source crops one row and one column too many and returns 3 × 3.", "S003b",
        ("naive", "naive-no-flip"),
    ),
    Preset(
        "S003d", "source 003, gradient with stride 2", "Source 003", _spread_gradient,
        {"mode": "full"}, "Stride 2 puts a zero between the values of dY; the source forgets it: IndexError.", None,
        ("naive", "naive-no-flip"),
    ),
    Preset(
        "S003e", "source 003, a 2 × 3 filter", "Source 003",
        lambda: (ramp(1, 1, 3, 2, start=1), ramp(1, 1, 2, 3, start=1)),
        {"mode": "full"}, "dX again; the source swaps rows and columns of the padding: IndexError.", None,
        ("naive", "naive-no-flip"),
    ),
    Preset(
        "S003f", "source 003, two images by im2col", "Source 003",
        lambda: (ramp(2, 1, 4, 4), np.ones((1, 1, 2, 2), int)),
        {"flip": False}, "With columns in the wrong order the first image reads 10, 74, 14: two images mixed.", "S003a",
        ("naive-no-flip", "numpy-im2col"),
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
