"""Cases that people asked about again and again: sides of 'same', strides that do not divide, borders."""

from __future__ import annotations

import numpy as np

from convlab.presets.preset import Preset, ramp

_EVEN = ("scipy.signal.convolve2d", "scipy.signal.correlate2d", "scipy.ndimage.convolve", "naive")


def _needle() -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(7).integers(0, 10, (16, 16)), ramp(7, 7, start=1)


def _asked() -> tuple[np.ndarray, np.ndarray]:
    """Return three constant channels, each with a filter of its own."""
    channels = np.array([1, 2, 3]).reshape(1, 3, 1, 1) * np.ones((1, 3, 5, 5), int)
    return channels, np.random.default_rng(11).integers(-1, 2, (1, 3, 3, 3))


PRESETS = (
    Preset(
        "even-same", "even filter, mode same", "Questions", lambda: (ramp(5, 5, start=1), ramp(2, 2, start=1)),
        {"mode": "same"}, "No centre tap: every library picks a side, and two of these are one cell off.", None, _EVEN,
    ),
    Preset(
        "even-row", "even filter along one row", "Questions", lambda: (ramp(1, 5, start=1), np.array([[1, 10]])),
        {"mode": "same"}, "1, 12, 23, 34, 45 for convolve2d; ndimage begins one later: 12, 23, 34, 45, 50.",
        None, _EVEN,
    ),
    Preset(
        "tf-same", "SAME with stride 2 in TensorFlow", "Questions", lambda: (ramp(6, start=1), np.array([1, 10, 100])),
        {"padding": ((0, 1),), "stride": 2, "flip": False},
        "TensorFlow pads the end: 321, 543, 65.", "torch-same", ("naive-no-flip", "naive"),
    ),
    Preset(
        "torch-same", "padding 1 with stride 2 in PyTorch", "Questions",
        lambda: (ramp(6, start=1), np.array([1, 10, 100])),
        {"padding": 1, "stride": 2, "flip": False},
        "PyTorch pads both ends: 210, 432, 654; the same length, other numbers.", "tf-same",
        ("naive-no-flip", "naive"),
    ),
    Preset(
        "matlab-even", "MATLAB's conv, mode same", "Questions",
        lambda: (np.array([-1, 2, 3, -2, 0, 1, 2]), np.array([2, 4, -1, 1])),
        {"mode": "same"}, "MATLAB's centre of an even filter lies one to the right of SciPy's.", None,
        ("naive", "numpy.convolve"),
    ),
    Preset(
        "dilated", "dilation 2", "Questions", lambda: (ramp(7, 7), ramp(3, 3, start=1)),
        {"dilation": 2}, "The same nine taps reach over five rows and columns.",
    ),
    Preset(
        "needle", "a stride that does not divide", "Questions", _needle,
        {"stride": 3, "padding": 2}, "⌊(16 + 2·2 − 7) / 3⌋ + 1 = 5: one position is left over, and it is padding.",
    ),
    Preset(
        "depthwise", "depthwise, one filter a channel", "Questions",
        lambda: (ramp(1, 3, 4, 4), ramp(3, 1, 2, 2, start=1)),
        {"groups": 3}, "Each filter reads its own channel only: three groups of one.", None,
        ("naive-no-flip", "theano"),
    ),
    Preset(
        "three-channels", "three channels, stride 2, padding 1", "Questions", _asked,
        {"padding": 1, "stride": 2}, "Constant channels make a turned output look like a turned filter. It is not.",
        None,
        ("naive-no-flip", "theano"),
    ),
    Preset(
        "gradient-stride", "the gradient of a strided layer", "Questions",
        lambda: (ramp(5, start=1), np.array([1, 10, 100]), np.array([1, 2])),
        {"stride": 2, "flip": False},
        "dx = 1, 10, 102, 20, 200: dy with a zero in between, 1 0 2, meets the filter; without it, 1, 12, 120, 200.",
        "gradient-rest", ("naive-no-flip", "numpy-im2col"),
    ),
    Preset(
        "gradient-rest", "the gradient of an unread pixel", "Questions",
        lambda: (ramp(6, start=1), np.array([1, 10, 100]), np.array([1, 2])),
        {"stride": 2, "flip": False},
        "The sixth input is read by no window: dx = 1, 10, 102, 20, 200, 0.", None, ("naive-no-flip", "numpy-im2col"),
    ),
    Preset(
        "larger", "a filter larger than the input", "Questions", lambda: (ramp(3, 3), ramp(5, 5, start=1)),
        {}, "Theano refuses valid here; SciPy swaps the two and answers 3 × 3.", None,
        ("theano", "scipy.signal.convolve2d"),
    ),
    Preset(
        "stride-0", "what Theano does with a stride of 0", "Questions", lambda: (ramp(5, 5), ramp(3, 3, start=1)),
        {}, "subsample=(0, 1) divides by zero and ends Theano's process; convlab refuses such a stride.", None,
        ("theano", "theano-stride-0", "naive"),
    ),
)  # fmt: skip
