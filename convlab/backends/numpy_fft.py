"""numpy-fft: image and filter become spectra, one small matrix product per frequency sums the channels, and back.

`conv2d_fft` and `conv3d_fft` are Theano's functions of these names, with their own rules for an odd width.
"""

from __future__ import annotations

from math import prod
from types import ModuleType

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.library import unturned
from convlab.backends.ring import BLOCK_BYTES, Array, buffer_sizes, convolve
from convlab.backends.work import Work, transform_flops
from convlab.errors import Unsupported
from convlab.operands import dtype_name
from convlab.spec import ConvSpec, by

MODES = ("valid", "full")
BLOCKS = 3  # of spectra in another order: two factors and a product


class NumpyFft(Backend):
    """The discrete Fourier transform of an image times that of a filter is the transform of their convolution.

    That convolution is circular: what leaves at one end comes in at the other. In mode valid the buffer is as large
    as the image; a filter of f taps then soils the first f - 1 values, which valid does not keep. In mode full it
    is ``i + 2(f-1)`` long, more than the ``i + f - 1`` that are needed. Everything is in memory at once: the spectra
    of all images, all filters and all outputs.

    Notes
    -----
    What Theano's conv2d_fft and conv3d_fft compute, with their buffers and their limits. A transform mixes all
    values: the error of the largest reaches all of them, integers do not stay whole, and one NaN or infinity makes
    everything NaN that shares a transform with it. Spectra: ``8·P·Q·(N·C + K·C + N·K)`` bytes in float32, with P·Q
    frequencies, of which real numbers need half: Q is half the width and one.

    Examples
    --------
    >>> x, w = np.arange(8.0).reshape(1, 1, 2, 4), np.array([[[[1.0, 10.0]]]])
    >>> NumpyFft().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).round(9)
    array([[[[ 1., 12., 23.],
             [45., 56., 67.]]]])
    """

    name = "numpy-fft"
    how = "Theano's FFT, in NumPy"
    device = "cpu"
    family = "numpy"
    flips = "always"
    layout = "NC*"
    is_exact = False
    bound = "fft"
    spreads = "everywhere"
    counterpart = "Theano's conv2d_fft and conv3d_fft"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse what conv2d_fft and conv3d_fft refuse, an odd last axis of the buffer among it."""
        who = f"conv{spec.rank}d_fft"
        if spec.rank == 1:
            return "x has 1 spatial axis; conv2d_fft transforms 2, conv3d_fft 3."
        kept = (limits.floats, limits.steps, limits.dilation, limits.groups)
        if reason := limits.first(limit(spec, who) for limit in kept):
            return reason
        if reason := limits.borders(spec, who, MODES):
            return reason
        return _odd(buffer_sizes(spec.space, spec.taps, _mode(spec)), who)

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Compute none: the gradients of a transform are other convolutions, which Theano plans anew."""
        return self.supports(spec) or (
            f"conv{spec.rank}d_fft has no gradient of its own: Theano turns the gradients of conv{spec.rank}d into "
            "convolutions and transforms those whose shapes allow it."
        )

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say how many values of the buffer are dropped."""
        found, kept = prod(buffer_sizes(spec.space, spec.taps, _mode(spec))), prod(spec.y_shape[2:])
        return f"Computes {found} values to keep {kept}." if found > kept else None

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the most that exists at once: two stages of a transform beside the spectra before it, and blocks."""
        return max(_moments(spec).values()) + BLOCKS * min(BLOCK_BYTES, sum(_spectra(spec)))

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters, for the moment of most memory; F frequencies of a complex number each."""
        moments, block = _moments(spec), min(BLOCK_BYTES, sum(_spectra(spec)))
        return formula(
            f"{max(moments, key=moments.get)}·F·2·{{b}} + {BLOCKS}·{block}", spec, F=_frequencies(spec)
        )

    def work(self, spec: ConvSpec) -> Work:
        """Return the transforms of all images, filters and outputs, and a complex product per frequency."""
        (images, channels), filters = spec.x_shape[:2], spec.w_shape[0]
        arrays = images * channels + filters * channels + images * filters
        sizes = buffer_sizes(spec.space, spec.taps, _mode(spec))
        products = 8 * images * channels * filters * _frequencies(spec)
        flops = arrays * transform_flops(sizes) + products
        letters = "(N·C + O·C + N·O) transforms + 8·N·C·O·F"
        return Work(flops, 1, 2 * sum(_spectra(spec)), letters, "1")

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Transform, multiply, transform back, cut y out; a filter that shall not flip is handed over turned."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        sizes = buffer_sizes(spec.space, spec.taps, _mode(spec))
        y[...] = convolve(x, unturned(w, spec), sizes, _mode(spec), np)
        return y


def conv2d_fft(
    x: Array, w: Array, mode: str = "valid", pad_last_dim: bool = False, xp: ModuleType = np
) -> Array:
    """Convolve by transform, with the buffers of Theano's function of this name.

    Parameters
    ----------
    x : array of float32 or float64, shape (N, C, H, W)
    w : array of the same dtype, shape (O, C, kh, kw)
        Flipped, as always by a transform. In mode valid no larger than x.
    mode : {"valid", "full"}
    pad_last_dim : bool
        Widen the buffer by one column, whether it needs it or not: an even one becomes odd and is refused.
    xp : module
        The array library of x and w, with `empty`, `zeros`, `matmul`, `ascontiguousarray` and `fft`.

    Returns
    -------
    array of xp, shape (N, O, *space)

    Raises
    ------
    Unsupported
        When the buffer's width is odd, for which Theano has "width is not even".
    SpecError
        When there is no such convolution.

    Examples
    --------
    >>> x, w = np.arange(5.0).reshape(1, 1, 1, 5), np.array([[[[1.0, 10.0]]]])
    >>> conv2d_fft(x, w, pad_last_dim=True).round(9)
    array([[[[ 1., 12., 23., 34.]]]])
    """
    return _by_transform(x, w, mode, pad_last_dim, xp, 2)


def conv3d_fft(
    x: Array, w: Array, mode: str = "valid", pad_last_dim: bool = False, xp: ModuleType = np
) -> Array:
    """Convolve volumes by transform, with the buffers of Theano's function of this name.

    Parameters
    ----------
    x : array of float32 or float64, shape (N, C, D, H, W)
    w : array of the same dtype, shape (O, C, kd, kh, kw)
    mode, xp
        As in `conv2d_fft`.
    pad_last_dim : bool
        Widen the buffer by one where its last axis is odd, and only there.

    Returns
    -------
    array of xp, shape (N, O, *space)

    Raises
    ------
    Unsupported
        When the buffer's last axis is odd; Theano's own would answer with one value fewer per row.
    SpecError
        When there is no such convolution.

    Examples
    --------
    >>> x, w = np.arange(5.0).reshape(1, 1, 1, 1, 5), np.array([[[[[1.0, 10.0]]]]])
    >>> conv3d_fft(x, w, pad_last_dim=True).ravel().round(9)
    array([ 1., 12., 23., 34.])
    """
    return _by_transform(x, w, mode, pad_last_dim and x.shape[-1] % 2 == 1, xp, 3)


def theano_bytes(spec: ConvSpec) -> tuple[int, int]:
    """Return what Theano's own takes for a spec that `NumpyFft` supports: its spectra, and all its buffers.

    The second number adds the filters padded with zeros to the size of the buffer and the outputs before they are
    cut, both of real numbers, and leaves out what the GPU's transform needs for itself.

    Examples
    --------
    >>> spec = ConvSpec((128, 64, 64, 64), (128, 64, 9, 9))
    >>> [round(count / 1e6) for count in theano_bytes(spec)]
    [554, 956]
    """
    images, channels, filters = *spec.x_shape[:2], spec.w_shape[0]
    points = prod(buffer_sizes(spec.space, spec.taps, _mode(spec)))
    spectra = sum(_spectra(spec))
    real = points * filters * (channels + images) * np.dtype(spec.dtype).itemsize
    return spectra, spectra + real


def _by_transform(x: Array, w: Array, mode: str, widen: bool, xp: ModuleType, rank: int) -> Array:
    """Check a call as a spec, then compute it."""
    spec = ConvSpec(x.shape, w.shape, mode, dtype=dtype_name(x.dtype))
    who = f"conv{rank}d_fft"
    asked = f"Asked {who} for {spec}."
    reason = limits.first(
        (limits.axes(spec, who, rank), limits.floats(spec, who), limits.borders(spec, who, MODES))
    )
    if reason:
        raise Unsupported(asked, reason, "Use cl.conv.")
    sizes = buffer_sizes(spec.space, spec.taps, mode)
    sizes = (*sizes[:-1], sizes[-1] + widen)
    if reason := _odd(sizes, who, widen):
        raise Unsupported(asked, reason)
    return convolve(x, w, sizes, mode, xp)


def _mode(spec: ConvSpec) -> str:
    return limits.border(spec, MODES) or "valid"


def _spectra(spec: ConvSpec) -> tuple[int, int, int]:
    """Return the bytes of the spectra of images, filters and outputs."""
    each = _frequencies(spec) * 2 * np.dtype(spec.dtype).itemsize
    images, channels, filters = *spec.x_shape[:2], spec.w_shape[0]
    return images * channels * each, filters * channels * each, images * filters * each


def _moments(spec: ConvSpec) -> dict[str, int]:
    """Return the bytes at each transform, with their formula; what was given back is seldom used again at once."""
    images, filters, outputs = _spectra(spec)
    return {
        "(2·N·C + O·C)": 2 * images + filters,
        "(N·C + 2·O·C)": images + 2 * filters,
        "(N·C + O·C + 2·N·O)": images + filters + 2 * outputs,
    }


def _frequencies(spec: ConvSpec) -> int:
    """Return how many complex numbers one transform of real values has: half of the last axis and one."""
    sizes = buffer_sizes(spec.space, spec.taps, _mode(spec))
    return prod(sizes[:-1]) * (sizes[-1] // 2 + 1)


def _odd(sizes: tuple[int, ...], who: str, widened: bool = False) -> str | None:
    """Say that the last axis of the buffer is odd; half of it and one would not tell its length."""
    if sizes[-1] % 2 == 0:
        return None
    if widened:
        hint = "Leave pad_last_dim out: it pads whether the width is odd or even."
    else:
        hint = f"cl.theano.{who}(..., pad_last_dim=True) pads it by one and strips that again."
    return f"The work buffer is {by(sizes)}: its width is not even, and {who} wants an even one. {hint}"
