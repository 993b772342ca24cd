"""Arrays without room for their numbers: what a heat map needs, few enough values to send."""

from __future__ import annotations

from math import ceil, isfinite

import numpy as np

from convlab import typed
from convlab.errors import SpecError

PIXELS = 88  # along the longer axis of a heat map
DIGITS = 9  # enough to tell float32 values apart


def plane_of(value: object, y_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return which image, filter (and depth) is drawn, from numbers or from text such as "3,0".

    Examples
    --------
    >>> plane_of("3,0", (50, 1, 90, 90))
    (3, 0)
    """
    lead = y_shape[: -2 if len(y_shape) > 3 else -1]
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or len(parts) != len(lead):
        raise SpecError(
            f"Asked for the plane {str(value)[:40]!r}.", f"A plane is {len(lead)} numbers here.", "Use 0,0."
        )
    return tuple(typed.whole("plane", part, 0, size - 1) for part, size in zip(parts, lead))


def heat(y: np.ndarray, at: tuple[int, ...] = ()) -> dict[str, object]:
    """Return every `block`-th value of one plane of y, the first unless `at` says which.

    Examples
    --------
    >>> heat(np.arange(40_000.0).reshape(1, 1, 200, 200))["shape"]
    [67, 67]
    """
    plane, block = _plane(y, at)
    few = plane[::block, ::block]
    return {"shape": list(few.shape), "values": _plain(few, DIGITS), "block": block}


def difference(y: np.ndarray, other: np.ndarray, at: tuple[int, ...] = ()) -> dict[str, object]:
    """Return, for every block of one plane, the difference of largest size in it."""
    plane, block = _plane(gap(y, other), at)
    rows, cols = (ceil(n / block) for n in plane.shape)
    whole = np.zeros((rows * block, cols * block))
    whole[: plane.shape[0], : plane.shape[1]] = plane
    blocks = whole.reshape(rows, block, cols, block).swapaxes(1, 2).reshape(rows, cols, -1)
    at = np.abs(blocks).argmax(-1, keepdims=True)
    most = np.take_along_axis(blocks, at, -1)[..., 0]
    return {"shape": [rows, cols], "values": _plain(most, 3), "block": block}


def facts(y: np.ndarray, other: np.ndarray) -> dict[str, object]:
    """Return how many values differ, the largest difference and where it is, and the first that differs."""
    apart = np.abs(gap(y, other))
    apart[np.isnan(apart)] = np.inf
    differ = apart > 0
    count = int(differ.sum())
    where = (
        [np.unravel_index(int(i), y.shape) for i in (apart.argmax(), differ.argmax())]
        if count
        else [None, None]
    )
    at, first = (None if index is None else [int(i) for i in index] for index in where)
    largest = float(apart.max(initial=0))
    return {
        "differ": count, "size": y.size, "largest": largest if np.isfinite(largest) else "Infinity",
        "at": at, "first": first,
    }  # fmt: skip


def norms(y: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Return the Euclidean norms of y and of its difference from another answer, summed in float64."""
    return {"y": _norm(y), "gap": _norm(gap(y, other)) if y.shape == other.shape else float("nan")}


def gap(y: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return y - other in float64; equal values, NaN twice and the same infinity twice are no difference."""
    y, other = y.astype(np.float64), other.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.where((y == other) | (np.isnan(y) & np.isnan(other)), 0.0, y - other)


def _plane(y: np.ndarray, at: tuple[int, ...]) -> tuple[np.ndarray, int]:
    """Return the plane and the size of its blocks; a y with fewer images or filters shows its last."""
    lead = y.ndim - (2 if y.ndim > 3 else 1)
    index = tuple(min(n, size - 1) for n, size in zip((*at, *(0,) * lead), y.shape[:lead]))
    plane = y[index] if y.ndim > 3 else y[index][None]
    return plane, ceil(max(plane.shape) / PIXELS)


def _plain(values: np.ndarray, digits: int) -> list[float | str]:
    """Return values in C order with few digits; what JSON cannot hold, as text."""
    texts = {np.inf: "Infinity", -np.inf: "-Infinity"}
    flat = values.astype(np.float64).ravel().tolist()
    return [float(f"{v:.{digits}g}") if isfinite(v) else texts.get(v, "NaN") for v in flat]


def _norm(y: np.ndarray) -> float:
    return float(np.sqrt(np.square(y.astype(np.float64)).sum()))
