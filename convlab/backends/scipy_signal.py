"""scipy-direct, scipy-fft, scipy-oa: the three ways of scipy.signal, led around what it lacks.

SciPy knows neither channels nor groups, stride, dilation, nor padding in numbers. Stride is taken by slicing,
dilation by zeros written into the filter; `wastes` says what that costs.
"""

from __future__ import annotations

from abc import abstractmethod
from math import log2, prod

import numpy as np

from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.library import missing, spread, unturned, waste
from convlab.backends.ring import fast_length, overlapping
from convlab.backends.work import Work, direct
from convlab.operands import group_blocks, padded, padded_copy, pairs, strided
from convlab.spec import ConvSpec

BATCH_BYTES = 32 << 20  # the transforms of one batch of images stay below this, or are those of one image


class _Scipy(Backend):
    """What the three have in common."""

    device = "cpu"
    family = "scipy"
    flips = "either"
    layout = "NC*"

    def unavailable(self) -> str | None:
        """Return a sentence when SciPy is not installed."""
        return missing("scipy")


class ScipyDirect(_Scipy):
    """`scipy.signal.convolve` and `correlate` with ``method="direct"``, one call per image and filter.

    The channels are one more axis of the call, on which image and filter are equally long: one position of the
    window, and so one sum over all of them. Convolution turns that axis too; it is handed over turned.

    Notes
    -----
    Zeros of the padding and of the dilation are multiplied like any value, so infinity and NaN meet them.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> ScipyDirect().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "scipy-direct"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = "scipy.signal.convolve"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse float16, for which scipy.signal has no loops."""
        if spec.dtype == "float16":
            return "This is float16; the loops of scipy.signal begin at float32. Convert x and w to float32."
        return None

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say what is computed and dropped by the stride, and multiplied by the zeros of the dilation."""
        return waste(spec, tuple(n - e + 1 for n, e in zip(spec.padded, spec.extent, strict=True)))

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the padded copy of x, the spread filters, and what SciPy holds: image, turned filter, result."""
        copy = padded_copy(spec)
        wide = prod(spec.w_shape[:2]) * prod(spec.extent) if spec.extent != spec.taps else 0
        copies = spec.w_shape[1] * (prod(spec.extent) + prod(spec.padded) * (not copy))
        result = prod(n - e + 1 for n, e in zip(spec.padded, spec.extent, strict=True))
        return (copy + wide + copies + result) * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters; R values of one result before the stride."""
        result = prod(n - e + 1 for n, e in zip(spec.padded, spec.extent, strict=True))
        parts = ["N·C·{padded}"] if padded_copy(spec) else ["I·{padded}"]
        parts += ["O·I·{extent}"] * (spec.extent != spec.taps) + ["I·{extent}", "R"]
        return formula(f"({' + '.join(parts)})·{{b}}", spec, R=result)

    def work(self, spec: ConvSpec) -> Work:
        """Return the sums at every position, of which the stride keeps a part, with the zeros of the dilation."""
        result = prod(n - e + 1 for n, e in zip(spec.padded, spec.extent, strict=True))
        return direct(spec, "N·O", flops=f"2·N·O·I·{{extent}}·{result}")

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Let SciPy slide each filter over each padded image, in mode "valid"."""
        from scipy.signal import convolve, correlate

        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        if not spec.terms:
            y[...] = 0
            return y
        x, w = padded(x, spec), spread(w, spec)
        w, slide = (w[:, ::-1], convolve) if spec.flip else (w, correlate)
        for n, channels, o in pairs(spec):
            y[n, o] = slide(x[n, channels], w[o], mode="valid", method="direct")[(0, *strided(spec))]
        return y


class _Transform(_Scipy):
    """By fast Fourier transform: SciPy computes every output of mode "full", and the spec's part is cut out.

    Each filter is handed over with a batch of images, as ``axes=`` allows, and the channels are added up after
    the way back. A transform mixes all values: the error of the largest reaches all of them, integers do not
    stay whole, and one NaN or infinity makes everything NaN that shares a transform with it.
    """

    is_exact = False
    bound = "fft"
    spreads = "everywhere"
    arrays = 6  # as large as the transform of an image that exist at once: it, product, result, and steps on the way
    filter_arrays = 3  # as large as that of a filter

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say how many values of mode "full" are dropped, and how many zeros the dilation adds."""
        return waste(spec, _full(spec))

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the spread filters, and the transforms, product and result of one batch of images."""
        wide = prod(spec.w_shape[:2]) * prod(spec.extent) * np.dtype(spec.dtype).itemsize
        return wide + (self._images_held(spec) * self.arrays + self.filter_arrays) * self._image_bytes(spec)

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters; P points of a transform, M images at once."""
        item = max(4, np.dtype(spec.dtype).itemsize)
        letters = f"O·I·{{extent}}·{{b}} + ({self.arrays}·M + {self.filter_arrays})·I·P·{item}"
        return formula(letters, spec, P=self._points(spec), M=self._images_held(spec))

    def work(self, spec: ConvSpec) -> Work:
        """Return a transform there and back of each image and channel for each filter, and their products."""
        there_and_back = spec.w_shape[0] * spec.w_shape[1] * (2 * spec.x_shape[0] + 1)
        points, pairs = self._points(spec), spec.x_shape[0] * spec.w_shape[0] * spec.w_shape[1]
        # along an axis of one tap SciPy multiplies and does not transform
        length = prod(n for n, e in zip(_full(spec), spec.extent, strict=True) if e > 1)
        products = (4 if length > 1 else 1) * points * pairs
        flops = there_and_back * round(2.5 * points * log2(max(1, length))) + products
        calls = spec.w_shape[0] * -(-spec.x_shape[0] // self._images_at_once(spec))
        moved = products * np.dtype(spec.dtype).itemsize
        return Work(flops, calls, moved, "O·I·(2·N + 1) transforms + 4·N·O·I·P", "O·batches")

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Transform a batch of images with one filter at a time, and add up the channels."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        y[...] = 0
        kept, cut = zip(*(_overlap(spec, axis) for axis in range(spec.rank)), strict=True)
        if not (spec.terms and all(part.stop > part.start for part in kept)):
            return y
        w = spread(unturned(w, spec), spec)
        axes, step = tuple(range(2, 2 + spec.rank)), self._images_at_once(spec)
        for channels, filters in group_blocks(spec):
            for o in range(filters.start, filters.stop):
                for first in range(0, spec.x_shape[0], step):
                    images = slice(first, first + step)
                    full = self._slide(x[images, channels], w[o : o + 1], axes)
                    y[(images, o, *kept)] = full[(..., *cut)].sum(axis=1)
        return y

    def _images_held(self, spec: ConvSpec) -> int:
        return min(spec.x_shape[0], self._images_at_once(spec))

    def _images_at_once(self, spec: ConvSpec) -> int:
        return max(1, BATCH_BYTES // max(1, self.arrays * self._image_bytes(spec)))

    def _image_bytes(self, spec: ConvSpec) -> int:
        """Return what one transform takes for one image: every channel that a filter reads."""
        return spec.w_shape[1] * self._points(spec) * max(4, np.dtype(spec.dtype).itemsize)

    def _points(self, spec: ConvSpec) -> int:
        """Return the points of a transform of one channel."""
        return prod(map(fast_length, _full(spec)))

    @abstractmethod
    def _slide(self, x: np.ndarray, w: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        """Return the convolution of mode "full" along `axes`, image by image and channel by channel."""


class ScipyFft(_Transform):
    """`scipy.signal.fftconvolve`: image and filter are transformed, multiplied and transformed back.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> ScipyFft().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).round(9)
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "scipy-fft"
    counterpart = "scipy.signal.fftconvolve"

    def _slide(self, x: np.ndarray, w: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        from scipy.signal import fftconvolve

        return fftconvolve(x, w, mode="full", axes=axes)


class ScipyOa(_Transform):
    """`scipy.signal.oaconvolve`: as `ScipyFft`, piece by piece (overlap and add), for small filters on long axes.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> ScipyOa().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).round(9)
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "scipy-oa"
    counterpart = "scipy.signal.oaconvolve"
    arrays = 8  # the blocks are cut apart and put together again

    def _points(self, spec: ConvSpec) -> int:
        """Return the points of all blocks together: they overlap along every axis that is cut."""
        cuts = [overlapping(n, e) for n, e in zip(spec.space, spec.extent, strict=True)]
        if not any(cuts):
            return super()._points(spec)
        return prod(prod(cut) if cut else full for cut, full in zip(cuts, _full(spec), strict=True))

    def _slide(self, x: np.ndarray, w: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        from scipy.signal import oaconvolve

        return oaconvolve(x, w, mode="full", axes=axes)


def _full(spec: ConvSpec) -> tuple[int, ...]:
    """Return how many values mode "full" has along each axis."""
    return tuple(n + e - 1 for n, e in zip(spec.space, spec.extent, strict=True))


def _overlap(spec: ConvSpec, axis: int) -> tuple[slice, slice]:
    """Return the outputs along an axis whose window touches x, and where mode "full" has them.

    Output i stands at ``i * stride + extent - 1 - lo`` of mode "full". More zeros than ``extent - 1`` put some
    windows wholly on padding: those outputs are 0 and not part of "full".
    """
    step, shift = spec.stride[axis], spec.extent[axis] - 1 - spec.pads[axis][0]
    first = max(0, -(shift // step))
    last = min(spec.y_shape[2 + axis], (_full(spec)[axis] - 1 - shift) // step + 1)
    return slice(first, last), slice(first * step + shift, (last - 1) * step + shift + 1, step)
