"""The tick beside each value of a gradient: the same number by pushing one input, or one weight, up and down."""

from __future__ import annotations

from dataclasses import replace
from math import log2, prod, sqrt

import numpy as np

from convlab import reference
from convlab.spec import ConvSpec

BUDGET = 2_000_000  # multiply-adds of all pushes together; a few milliseconds
ROUNDING = 64.0  # roundings of a difference of two sums, in units of sqrt(terms) * u * their size
UNIT = 2.0**-53


def ticks(
    x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec, which: str, found: np.ndarray
) -> dict:
    """Return the central differences of ``sum(dy * conv(x, w))`` beside a gradient.

    The sum is linear in every single input and in every single weight, so its central difference is the gradient
    itself, whatever the width of the push: on whole numbers to the last digit.

    Parameters
    ----------
    x, w, dy : ndarray, shapes spec.x_shape, spec.w_shape, spec.y_shape
    which : {"dx", "dw"}
    found : ndarray
        The gradient that is held against the differences.

    Returns
    -------
    dict
        ``values``, one difference per value of `found` in C order, None where it was not
        taken; ``ok``, whether it agrees, None where that cannot be said; ``taken``, how many were taken.

    Examples
    --------
    >>> x, w, dy = np.arange(4.0).reshape(1, 1, 4), np.array([[[1.0, 10]]]), np.array([[[1.0, 2, 3]]])
    >>> spec = ConvSpec(x.shape, w.shape, flip=False)
    >>> ticks(x, w, dy, spec, "dx", np.array([[[1, 12, 23, 30]]]))["values"]
    [1.0, 12.0, 23.0, 30.0]
    """
    x, w, dy, unit = _whole(x, w, dy, spec)
    pushed = {"dx": x, "dw": w}[which]
    push, places = _push(pushed), _places(pushed.size, spec, which)
    values: list[float | None] = [None] * pushed.size
    ok: list[bool | None] = [None] * pushed.size
    differences = _by_input if which == "dx" else _by_weight
    with np.errstate(invalid="ignore", over="ignore"):
        taken, sizes = differences(x, w, dy, spec, places, push)
        taken, sizes = taken / unit[which], sizes / unit[which]
        bound = ROUNDING * sqrt(spec.terms + prod(spec.y_shape)) * UNIT * sizes / push
    for place, value, slack in zip(places, taken, bound, strict=True):
        if np.isfinite(value):
            values[place] = float(value)
            right = float(found.flat[place])
            ok[place] = bool(value == right or abs(value - right) <= slack)
    return {"values": values, "ok": ok, "taken": sum(value is not None for value in values)}


def _whole(x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> tuple:
    """Return x, w and dy in float64, decimals as whole numbers where all sums then stay exact, and dx's and dw's unit.

    With it the difference of 0.1 and 0.2 is what a person expects, to the last digit.
    """
    arrays = [array.astype(np.float64) for array in (x, w, dy)]
    units = [_decimals(array) for array in arrays]
    if None in units:
        return (*arrays, {"dx": 1.0, "dw": 1.0})
    scaled = [np.rint(array * unit) for array, unit in zip(arrays, units, strict=True)]
    largest = prod(float(np.abs(array).max(initial=0)) + 1 for array in scaled)
    if largest * spec.terms * prod(spec.y_shape) > 2.0**53:
        return (*arrays, {"dx": 1.0, "dw": 1.0})
    return (*scaled, {"dx": units[1] * units[2], "dw": units[0] * units[2]})


def _decimals(array: np.ndarray) -> float | None:
    """Return the power of ten, up to a million, that makes all values whole; None when there is none."""
    with np.errstate(invalid="ignore", over="ignore"):
        units = (10.0**power for power in range(7))
        return next((unit for unit in units if np.array_equal(np.rint(array * unit) / unit, array)), None)


def _push(array: np.ndarray) -> float:
    """Return half the width of a push: 1 on whole numbers, else the power of two nearest to the largest value."""
    finite = array[np.isfinite(array)]
    if np.all(finite == np.rint(finite)) or not finite.any():
        return 1.0
    return 2.0 ** round(log2(np.abs(finite).max()))


def _places(size: int, spec: ConvSpec, which: str) -> np.ndarray:
    """Return which values are pushed: all of them, or as many as the budget takes, evenly spread."""
    share = spec.macs / (spec.x_shape[0] if which == "dx" else spec.w_shape[0])  # what one push computes anew
    count = min(size, max(1, int(BUDGET / (2 * share))))
    return np.unique(np.linspace(0, size - 1, count).astype(int))


def _by_input(
    x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec, places: np.ndarray, push: float
) -> tuple[np.ndarray, np.ndarray]:
    """Push inputs: each in a copy of its own image, all copies as one batch."""
    rows = np.arange(len(places))
    image, *at = np.unravel_index(places, x.shape)
    many = replace(spec, x_shape=(2 * len(places), *x.shape[1:]), dtype="float64", **_same_zeros(spec))
    batch = np.concatenate([x[image], x[image]]).astype(np.float64)
    batch[(rows, *at)] += push
    batch[(rows + len(places), *at)] -= push
    weights = np.concatenate([dy[image], dy[image]])
    return _difference(batch, w.astype(np.float64), many, weights, push, 1)


def _by_weight(
    x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec, places: np.ndarray, push: float
) -> tuple[np.ndarray, np.ndarray]:
    """Push weights: each in a copy of its own filter, which reads the channels of its group."""
    taken, sizes = np.empty(len(places)), np.empty(len(places))
    filters, *at = np.unravel_index(places, w.shape)
    reads, per_group = w.shape[1], w.shape[0] // spec.groups
    for group in range(spec.groups):
        here = np.flatnonzero(filters // per_group == group)
        if not here.size:
            continue
        rows = np.arange(len(here))
        copies = np.concatenate([w[filters[here]]] * 2).astype(np.float64)
        own = tuple(axis[here] for axis in at)
        copies[(rows, *own)] += push
        copies[(rows + len(here), *own)] -= push
        seen = x[:, group * reads : (group + 1) * reads].astype(np.float64)
        many = replace(
            spec, x_shape=seen.shape, w_shape=copies.shape, groups=1, dtype="float64", **_same_zeros(spec)
        )
        weights = np.concatenate([dy[:, filters[here]]] * 2, axis=1)
        taken[here], sizes[here] = _difference(seen, copies, many, weights, push, 0)
    return taken, sizes


def _difference(
    x: np.ndarray, w: np.ndarray, spec: ConvSpec, dy: np.ndarray, push: float, over: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (sum above - sum below) / (2 * push) per copy, and the size of what was added up."""
    axes = (over, *range(2, dy.ndim))
    sums = (dy * reference.judge(x, w, spec)).sum(axes)
    sizes = (np.abs(dy) * reference.judge(np.abs(x), np.abs(w), spec)).sum(axes)
    up, down = np.split(sums, 2)
    return (up - down) / (2 * push), np.maximum(*np.split(sizes, 2))


def _same_zeros(spec: ConvSpec) -> dict[str, object]:
    return {"mode": "valid", "padding": spec.pads}
