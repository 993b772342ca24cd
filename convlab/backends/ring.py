"""Convolution on a ring, by transforms: what every backend by FFT shares, over any array library.

The library is the argument `xp` and nothing else is used, so that one on a GPU computes by the same lines.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, e, log, prod, sqrt
from types import ModuleType
from typing import Any

import numpy as np

Array = Any  # of whichever library

BLOCK_BYTES = 1 << 20  # so much of the spectra is rearranged for the products at once
# Without a factor of its own NumPy transforms float32 by way of float64 and four times the memory. With this norm the
# spectra are too small by the square root of the points, once too often: y is multiplied by it, by hand.
NORM = "ortho"


def buffer_sizes(space: tuple[int, ...], taps: tuple[int, ...], mode: str) -> tuple[int, ...]:
    """Return the size of the work buffer, per spatial axis: that of the image in valid, ``i + 2(f-1)`` in full.

    Examples
    --------
    >>> buffer_sizes((5, 6), (3, 3), "valid"), buffer_sizes((5, 6), (3, 3), "full")
    ((5, 6), (9, 10))
    """
    return tuple(n if mode == "valid" else n + 2 * (k - 1) for n, k in zip(space, taps, strict=True))


def circular(x: Array, w: Array, sizes: tuple[int, ...], xp: ModuleType = np) -> Array:
    """Convolve on a ring: what is pushed over the end of an axis of `sizes` comes in at its beginning.

    Parameters
    ----------
    x : array of xp, shape (N, C, *space)
    w : array of xp, shape (O, C, *taps)
    sizes : tuple of int
        The buffer, no smaller than space and taps.

    Returns
    -------
    array of xp, shape (N, O, *sizes)

    Examples
    --------
    The first value has met the last one of x, which stands before it on the ring; the others are valid's.

    >>> circular(np.array([[[1.0, 2, 3, 4]]]), np.array([[[1.0, 10]]]), (4,)).round(9)
    array([[[41., 12., 23., 34.]]])
    """
    spectrum = _summed(_spectrum(x, sizes, xp), _spectrum(w, sizes, xp), xp)
    for axis in range(2, spectrum.ndim - 1):
        spectrum = xp.fft.ifft(spectrum, axis=axis, norm=NORM)
    y = xp.fft.irfft(spectrum, n=sizes[-1], axis=-1, norm=NORM)
    y *= sqrt(prod(sizes))
    return y


def convolve(x: Array, w: Array, sizes: tuple[int, ...], mode: str, xp: ModuleType) -> Array:
    """Cut out of the circular convolution what the mode keeps: valid begins behind what the wrap soiled."""
    space, taps = x.shape[2:], w.shape[2:]
    if mode == "valid":
        keep = tuple(slice(k - 1, n) for n, k in zip(space, taps, strict=True))
    else:
        keep = tuple(slice(0, n + k - 1) for n, k in zip(space, taps, strict=True))
    if 0 in (*x.shape[:2], w.shape[0]):  # nothing to transform; a sum over no channel is 0
        return xp.zeros((x.shape[0], w.shape[0], *sizes), x.dtype)[(..., *keep)]
    return circular(x, w, sizes, xp)[(..., *keep)]


def _spectrum(values: Array, sizes: tuple[int, ...], xp: ModuleType) -> Array:
    """Return the transform of real values, padded with zeros to the buffer: half of the last axis and one."""
    spectrum = xp.fft.rfft(values, n=sizes[-1], axis=-1, norm=NORM)
    for axis in range(len(sizes) - 2, -1, -1):
        spectrum = xp.fft.fft(spectrum, n=sizes[axis], axis=2 + axis, norm=NORM)
    return spectrum


def _summed(images: Array, filters: Array, xp: ModuleType) -> Array:
    """Return, per frequency, images (N, C) times filters (C, O): the products of the spectra, summed over channels."""
    shape, channels = (images.shape[0], filters.shape[0], *images.shape[2:]), images.shape[1]
    frequencies = prod(shape[2:])
    images = images.reshape(shape[0], channels, frequencies)
    filters = filters.reshape(shape[1], channels, frequencies)
    spectrum = xp.empty((*shape[:2], frequencies), images.dtype)
    each = (channels * (shape[0] + shape[1]) + shape[0] * shape[1]) * images.dtype.itemsize
    step = max(1, BLOCK_BYTES // each)
    for start in range(0, frequencies, step):
        at = (..., slice(start, start + step))
        left = xp.ascontiguousarray(images[at].transpose(2, 0, 1))
        right = xp.ascontiguousarray(filters[at].transpose(2, 1, 0))
        spectrum[at] = xp.matmul(left, right).transpose(1, 2, 0)
    return spectrum.reshape(shape)


@lru_cache(256)
def fast_length(least: int) -> int:
    """Return the smallest product of twos, threes and fives from a number on: lengths that are quick to transform.

    Examples
    --------
    >>> [fast_length(n) for n in (7, 11, 13, 121)]
    [8, 12, 15, 125]
    """
    best = 1 << max(0, least - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            need = -(-least // three)
            best = min(best, three * (1 << max(0, need - 1).bit_length()))
            three *= 3
        five *= 5
    return best


def overlapping(size: int, extent: int) -> tuple[int, int] | None:
    """Return into how many blocks, of how many points, overlap-add cuts an axis; None when into one.

    The block that costs least per value has N points with ``N = K·ln(2·e·N)``, K the taps less one: the rule of
    ``scipy.signal.oaconvolve``.

    Examples
    --------
    >>> overlapping(1000, 11), overlapping(20, 11)
    ((21, 60), None)
    """
    size, extent = max(size, extent), min(size, extent)
    if extent == 1 or extent >= size / 2:
        return None
    taps = extent - 1
    points = 4.0 * taps
    for _ in range(60):  # each step brings it nearer by a factor of at least N / K > 2
        points = taps * log(2 * e * points)
    block = _complex_length(ceil(points))
    if block >= size:
        return None
    count = ceil((size + 1) / (block - taps))
    return count + ((block - taps) * count < size + taps), block


def _complex_length(least: int) -> int:
    """Return the smallest number from `least` on whose prime factors are 2, 3, 5, 7 and 11, as for complex values."""
    parts = [
        7**a * 11**b
        for a in range(least.bit_length())
        for b in range(least.bit_length())
        if 7**a * 11**b <= 2 * least
    ]
    return min(part * fast_length(-(-least // part)) for part in parts)
