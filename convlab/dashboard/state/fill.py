"""Which values an array holds after a person gave it another shape."""

from __future__ import annotations

from math import prod

import numpy as np

DIGITS = range(1, 10)


def reshaped(array: np.ndarray, shape: tuple[int, ...], keep: bool = False) -> np.ndarray:
    """Return the values that `array` leads to in another shape.

    A ramp in reading order (every value as far from the one before: 0 1 2 ..., 1 2 3 ..., or all ones) is the
    same ramp in the new shape. Anything else keeps each value at its place, and the new places are numbered
    1 to 9 over and over, in reading order; so does a ramp under `keep`, for values that were only just typed. Where
    the number of axes differs, the last ones correspond.

    Examples
    --------
    >>> reshaped(np.arange(4).reshape(2, 2), (3, 3)).tolist()
    [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    >>> reshaped(np.array([[5, 0], [0, 7]]), (2, 3)).tolist()
    [[5, 0, 1], [0, 7, 2]]
    """
    ramp = None if keep else _ramp(array, prod(shape))
    if ramp is not None:
        return ramp.reshape(shape)
    axes = max(array.ndim, len(shape))
    old = array.reshape([1] * (axes - array.ndim) + list(array.shape))
    full = [1] * (axes - len(shape)) + list(shape)
    kept = tuple(slice(min(a, b)) for a, b in zip(old.shape, full))
    new = np.empty(full, array.dtype)
    fresh = np.ones(full, bool)
    fresh[kept] = False
    new[kept] = old[kept]
    new[fresh] = np.resize(np.array(DIGITS), fresh.sum()).astype(array.dtype)
    return new.reshape(shape)


def _ramp(array: np.ndarray, count: int) -> np.ndarray | None:
    """Return the ramp that `array` begins, `count` values long; None when it is none or the dtype ends first."""
    flat = array.ravel()
    if array.dtype.kind == "b":
        return np.full(count, flat[0]) if (flat == flat[0]).all() else None
    first, second = float(flat[0]), float(flat[min(1, flat.size - 1)])
    with np.errstate(all="ignore"):
        values = first + (second - first) * np.arange(max(count, flat.size), dtype=np.float64)
        new = values.astype(array.dtype)
    exact = np.array_equal(new.astype(np.float64), values) and np.array_equal(new[: flat.size], flat)
    return new[:count] if exact else None
