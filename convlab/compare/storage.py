"""How a result is kept in a narrower dtype: wrapped around, saturated, cut off, rounded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

WORDS = {
    "wrapped": "wrapped",
    "saturated": "saturated",
    "truncated": "truncated",
    "rounded": "rounded to integers",
    "rectified": "negative values are 0",
}


def stores(y: np.ndarray, truth: np.ndarray | None) -> dict[str, Callable]:
    """Return the ways in which y may keep true values, by name; none where plain floats are kept plainly.

    Without a truth of y's shape, an integer dtype alone decides.

    Examples
    --------
    >>> kept = stores(np.array([8], np.uint8), np.array([1800.0]))
    >>> float(kept["wrapped"](1800.0)), float(kept["saturated"](1800.0))
    (8.0, 255.0)
    """
    limits = _limits(y, truth)
    found: dict[str, Callable] = {}
    if truth is not None and _is_rectified(y, limits):
        found["rectified"] = lambda v: np.maximum(v, 0)
    elif limits:
        low, high = limits
        span = high - low + 1
        found["wrapped"] = lambda v: (np.trunc(v) - low) % span + low
        found["saturated"] = lambda v: np.clip(np.rint(v), low, high)
    if y.dtype.kind in "iu" if truth is None else _whole(y) and not _whole(truth):
        found["truncated"] = np.trunc
        found["rounded"] = np.rint
    return found


def kept(store: Callable, true: np.ndarray, y: np.ndarray, slack: np.ndarray | float) -> np.ndarray:
    """Return true values as they are kept; on the edge between two kept values, the one that y took.

    Rounding may leave a true value of 87 at 86.99999999999999, and cutting that off is no other convention.

    Examples
    --------
    >>> kept(np.trunc, np.array([86.99999999999999, 12.7]), np.array([87, 13]), 1e-12)
    array([87., 12.])
    """
    stored = store(true)
    for edge in (store(true - slack), store(true + slack)):
        stored = np.where(edge == y, edge, stored)
    return stored


def sentence(name: str, y: np.ndarray, truth: np.ndarray) -> str:
    """Return what happened, with the first value that shows it."""
    kept, true = y.astype(np.float64).ravel(), truth.ravel()
    at = int((kept != true).argmax())
    pair = f"the true value {true[at]:g} is stored as {kept[at]:g}".replace("-", "−")
    kind = f"{y.dtype}" if y.dtype.kind in "iu" else "a narrow integer"
    return {
        "wrapped": f"It overflows {kind} and wraps around: {pair}.",
        "saturated": f"It stops at the largest and smallest value of {kind}: {pair}.",
        "truncated": f"It cuts off what stands behind the point: {pair}.",
        "rounded": f"It rounds to whole numbers: {pair}.",
        "rectified": f"Negative values have become 0, as after a ReLU: {pair}.",
    }[name]


def _is_rectified(y: np.ndarray, limits: tuple[int, int] | None) -> bool:
    """Return whether y, in floats, stops at 0 below and at no largest integer above."""
    return bool(
        y.dtype.kind == "f" and y.size and y.min() == 0 < y.max() and not (limits and y.max() == limits[1])
    )


def _limits(y: np.ndarray, truth: np.ndarray | None) -> tuple[int, int] | None:
    """Return the range of the integers that y is kept in, when the truth leaves it."""
    if truth is None:
        narrow = y.dtype.kind in "iu" and y.dtype.itemsize <= 4
        return (int(np.iinfo(y.dtype).min), int(np.iinfo(y.dtype).max)) if narrow else None
    if not _whole(y) or not np.isfinite(truth).all() or not y.size:
        return None
    if y.dtype.kind in "iu":
        info = [np.iinfo(y.dtype)]
    elif y.dtype.kind == "f":
        info = [np.iinfo(name) for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32")]
    else:
        return None
    for one in info:
        low, high = int(one.min), int(one.max)
        inside = low <= y.min() and y.max() <= high
        if inside and (truth.min() < low or truth.max() > high) and high < 2**53:
            return low, high
    return None


def _whole(values: np.ndarray) -> bool:
    return values.dtype.kind in "iub" or bool(np.isfinite(values).all() and (values == np.rint(values)).all())
