"""One image, one filter: the definition that most lessons judge by, its rounding, and operands that can tell."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from convlab import numerics, reference
from convlab.spec import ConvSpec


def slide(image: np.ndarray, filter: np.ndarray, mode: str = "valid", flip: bool = True) -> np.ndarray:
    """Return the convolution of one image with one filter, by the definition, in float64.

    Parameters
    ----------
    image, filter : ndarray, shapes (h, w) and (kh, kw)
    mode : {"valid", "same", "half", "full"}
    flip : bool
        False leaves the filter as it is: cross-correlation.

    Examples
    --------
    >>> slide(np.arange(16).reshape(4, 4), np.arange(1, 10).reshape(3, 3))
    array([[147., 192.],
           [327., 372.]])
    """
    x, w = _layer(image, filter)
    return reference.judge(x, w, ConvSpec(x.shape, w.shape, mode, flip=flip))[0, 0]


def full(image: np.ndarray, filter: np.ndarray) -> np.ndarray:
    """Return the full convolution: every position in which window and image touch."""
    return slide(image, filter, "full")


def rounding(mode: str = "valid") -> Callable[..., np.ndarray]:
    """Return the bound of an exercise that convolves: what sums, or a transform, in float32 may leave.

    A learner who computes in float32 has made no mistake, so the coarser type is allowed in every case.
    """

    def bound(truth: np.ndarray, image: np.ndarray, filter: np.ndarray) -> np.ndarray:
        x, w = _layer(image, filter)
        spec, y = ConvSpec(x.shape, w.shape, mode, dtype="float32"), truth[None, None]
        return np.maximum(numerics.direct_bound(x, w, spec, y), numerics.fft_bound(x, w, spec, y))[0, 0]

    return bound


def distinct(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draw a filter of different whole numbers, none of them 0: every flip and transposition shows.

    Examples
    --------
    >>> len(set(distinct(np.random.default_rng(0), (4, 3)).ravel().tolist()))
    12
    """
    pool = np.concatenate([np.arange(-12, 0), np.arange(1, 13)])
    return rng.permutation(pool)[: prod(shape)].reshape(shape)


def mirrored(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Draw a filter that half a turn leaves as it is: the order in which it is read does not matter.

    Examples
    --------
    >>> w = mirrored(np.random.default_rng(0), (3, 2))
    >>> bool((w == w[::-1, ::-1]).all())
    True
    """
    taps = distinct(rng, shape).ravel()
    half = len(taps) // 2
    taps[len(taps) - half :] = taps[:half][::-1]
    return taps.reshape(shape)


def picture(rng: np.random.Generator, shape: tuple[int, int], dtype: str = "int64") -> np.ndarray:
    """Draw an image: whole numbers of -9 to 9 for "int64", bright pixels for "uint8", else normal noise."""
    if dtype == "uint8":
        return rng.integers(100, 256, shape, np.uint8)
    if dtype == "int64":
        return rng.integers(-9, 10, shape)
    return rng.standard_normal(shape).astype(dtype)


def square_filter(image: np.ndarray, filter: np.ndarray) -> bool:
    """Return whether the filter has as many rows as columns."""
    return filter.shape[0] == filter.shape[1]


def square_image(image: np.ndarray, filter: np.ndarray) -> bool:
    """Return whether the image has as many rows as columns."""
    return image.shape[0] == image.shape[1]


def plain(image: np.ndarray, filter: np.ndarray) -> bool:
    """Return whether image and filter are square: one number can be both sizes, so a first mistake shows alone."""
    return square_image(image, filter) and square_filter(image, filter)


def flat_filter(image: np.ndarray, filter: np.ndarray) -> bool:
    """Return whether all taps are 1, as in source 000: nothing about the reading of the filter shows."""
    return bool((filter == 1).all())


def _layer(image: np.ndarray, filter: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.asarray(array, np.float64)[None, None] for array in (image, filter))
