"""scipy-ndimage: the image filters of SciPy, told to use zeros at the border and where to stand."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.library import missing, spread, waste
from convlab.backends.work import Work, direct
from convlab.operands import pairs
from convlab.spec import ConvSpec

DROPPED = float(np.finfo(np.float64).eps)  # ndimage takes weights up to this size for holes in the filter


class ScipyNdimage(Backend):
    """`scipy.ndimage.convolve` and `correlate`, one call per image, filter and channel.

    ndimage gives as many values as it gets and always centres the filter; where the centre of an even filter
    is, convolve and correlate disagree. ``origin=`` moves the window to where the spec wants it, and zeros are
    added behind x only where the spec has more outputs than inputs. Called raw, ndimage mirrors at the border.

    Notes
    -----
    Sums run in float64, and results of several channels are added in float64. ndimage skips weights that are 0,
    so a NaN in x under a zero weight does not spread, and takes weights up to 2.2e-16 for zeros: a filter that
    holds such weights is scaled by a power of two, which is exact. It would skip a NaN weight too; here all of
    that filter's outputs are NaN. Zeros of the padding are multiplied like any value, so an infinite weight makes
    the border NaN, where the definition leaves the padding out.

    The gradient of w slides dy, a filter nearly as large as x, and ndimage gives one value per input to keep one per
    tap: hundreds of times the work of y on an ordinary layer, which `gradient_wastes` says.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> ScipyNdimage().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "scipy-ndimage"
    device = "cpu"
    family = "scipy"
    flips = "either"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = "scipy.ndimage.convolve"

    def unavailable(self) -> str | None:
        """Return a sentence when SciPy is not installed."""
        return missing("scipy")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse what ndimage has no arrays for."""
        if spec.dtype in ("float16", "longdouble"):
            return f"This is {spec.dtype}; scipy.ndimage filters float32 and float64. Convert x and w to one of them."
        return None

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say what is computed and dropped, and multiplied by the zeros of the dilation."""
        return waste(spec, _extended(spec))

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return an extended image, its result and their sum over channels, the spread filters, and ndimage's table.

        That has the place of every tap for every way in which the window can stick out: large for large filters.
        """
        image = prod(_extended(spec)) * (np.dtype(spec.dtype).itemsize + 8)
        footprint = prod(spec.extent) * 32
        wide = prod(spec.w_shape[:2]) * prod(spec.extent) * np.dtype(spec.dtype).itemsize
        ways = prod(min(n, e) for n, e in zip(_extended(spec), spec.extent, strict=True))
        return image + footprint + wide + prod(spec.y_shape[2:]) * 8 + ways * prod(spec.taps) * 8

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: V values of an extended image, T ways in which the window can stick out."""
        ways = prod(min(n, e) for n, e in zip(_extended(spec), spec.extent, strict=True))
        letters = "V·({b} + 8) + {extent}·(32 + O·I·{b}) + {out}·8 + T·{taps}·8"
        return formula(letters, spec, V=prod(_extended(spec)), T=ways)

    def work(self, spec: ConvSpec) -> Work:
        """Return a whole filtered image, of which the stride keeps a part, per image, filter and channel."""
        flops = f"2·N·O·I·{{taps}}·{prod(_extended(spec))}"
        return direct(spec, "N·O·I", flops=flops)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Filter every channel by ndimage, cut the outputs of the spec out, and add the channels up."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        keep = tuple(slice(0, (m - 1) * s + 1, s) for m, s in zip(spec.y_shape[2:], spec.stride, strict=True))
        w = spread(w, spec)
        for n, channels, o in pairs(spec):
            total = np.zeros(spec.y_shape[2:])
            for image, weights in zip(x[n, channels], w[o], strict=True):
                total += _filtered(image, weights, spec)[keep]
            y[n, o] = total
        return y


def _filtered(image: np.ndarray, weights: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return ndimage's result in float64, with the window of output 0 where the spec has it."""
    from scipy import ndimage

    if np.isnan(weights).any():  # ndimage would take it for a hole
        return np.full(_extended(spec), np.nan)
    if _extended(spec) != spec.space:
        image = np.pad(image, _zeros(spec))
    elif not any(image.strides):  # one value for all: ndimage cannot tell such a border from the inside
        image = image.copy()
    scale = _scale(weights)
    before = [min(lo, e - 1) for (lo, _), e in zip(spec.pads, spec.extent, strict=True)]
    origins = [lo - e // 2 for lo, e in zip(before, spec.extent, strict=True)]
    if spec.flip:  # convolve mirrors the origin with the filter, about a centre that is one off when even
        origins = [-origin - (e % 2 == 0) for origin, e in zip(origins, spec.extent, strict=True)]
    slide = ndimage.convolve if spec.flip else ndimage.correlate
    weights = weights.astype(np.float64) * scale
    found = slide(image, weights, output=np.float64, mode="constant", cval=0.0, origin=origins)
    return found if scale == 1 else found / scale


def _zeros(spec: ConvSpec) -> list[tuple[int, int]]:
    """Return the zeros that x needs per axis because ndimage cannot: beyond ``extent - 1``, all told."""
    sides = []
    for (lo, hi), extent in zip(spec.pads, spec.extent, strict=True):
        before = max(0, lo - (extent - 1))
        sides.append((before, max(0, lo - before + hi - (extent - 1))))
    return sides


def _extended(spec: ConvSpec) -> tuple[int, ...]:
    return tuple(n + sum(zeros) for n, zeros in zip(spec.space, _zeros(spec), strict=True))


def _scale(weights: np.ndarray) -> float:
    """Return the power of two that lifts every weight above what ndimage drops; 1 where none is that small."""
    sizes = np.abs(weights, dtype=np.float64)
    least = sizes[sizes > 0].min(initial=np.inf)
    return 1.0 if least > DROPPED else 2.0 ** np.ceil(np.log2(2 * DROPPED / least))
