"""numpy-loops: the loop that one writes first. One window, one product, one sum per output value."""

from __future__ import annotations

import numpy as np

from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.work import Work, direct
from convlab.operands import padded, padded_copy, pairs, turned
from convlab.spec import ConvSpec


class NumpyLoops(Backend):
    """Python loops over images, filters and output positions; NumPy multiplies and adds each window.

    Notes
    -----
    Some microseconds go into every output value, however small its window: this is the loop to read, not the
    one to run. Zeros of the padding are multiplied like any value, so an infinite or NaN weight makes the
    border NaN, where the definition leaves the padding out.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> NumpyLoops().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "numpy-loops"
    how = "the definition, as loops"
    device = "cpu"
    family = "numpy"
    flips = "never"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = ""

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the padded copy of x, where there is one, and one window of products."""
        return (padded_copy(spec) + spec.terms) * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        copy = "N·C·{padded} + " if padded_copy(spec) else ""
        return formula(f"({copy}I·{{taps}})·{{b}}" if copy else "I·{taps}·{b}", spec)

    def work(self, spec: ConvSpec) -> Work:
        """Return one turn of the loop per output value."""
        return direct(spec, "N·O·{out}", padded_copy(spec) * np.dtype(spec.dtype).itemsize)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Slide the window over every image and add up what each filter makes of it."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        x, w = padded(x, spec), turned(w, spec)
        for n, channels, o in pairs(spec):
            for at in np.ndindex(*spec.y_shape[2:]):
                window = x[(n, channels, *_window(at, spec))]
                y[(n, o, *at)] = (window * w[o]).sum()
        return y


def _window(at: tuple[int, ...], spec: ConvSpec) -> tuple[slice, ...]:
    """Return the slices of the padded input that the output value at `at` sees."""
    axes = zip(at, spec.stride, spec.extent, spec.dilation, strict=True)
    return tuple(slice(i * s, i * s + extent, d) for i, s, extent, d in axes)
