"""Filters as sums of few products of lines, found so that every tap keeps its own accuracy.

A filter that is a column of numbers times a row of numbers, such as a Gaussian, a box or Sobel's, needs ``kh + kw``
multiplications for an output and not ``kh·kw``: first every row of x meets the row, then what came out meets the
column. Any filter is a *sum* of such products, of as many as its rank; few of them are still cheaper.

**Why not the singular values alone.** They find the rank, and the sum of R products that is nearest to the filter, but
nearest on the whole: what is lost is spread over all taps alike. The corner of a Gaussian of 31 by 31 taps may be 1e-25
of its middle, and of such a tap three digits are left in float64. An image that is zero wherever the large taps lie has
outputs that are made of small taps only, and the bound of a direct convolution (`convlab.numerics.direct_bound`) asks
for all digits of them. *Elimination with complete pivoting* finds the same rank: the column and the row through the
largest value, their product taken away, and again. Its factors are a column and a row of the filter itself, relative to
themselves as accurate as the taps are. Zeros stay zeros, and a filter of whole numbers that is one product gets factors
of whole numbers.

**What is proven.** Let n terms make an output, ``w`` be a tap and ``p_1 + ... + p_R`` what the rounded factors make of
it. On its way to the output a value of x goes through m roundings: ``kw`` in the row pass and ``R·kh`` for each channel
in the column pass. In the model of Higham and Mary that `direct_bound` stands on, m roundings are off by less than
``4·sqrt(m)·u``, relative to what is rounded; so what x brings to the output through this tap is off by at most
``(4·sqrt(m)·u·(|p_1| + ... + |p_R|) + |w - p_1 - ... - p_R|)·|x|``. Factors are taken only if for **every tap** that is
no more than ``4·sqrt(n)·u·|w|·|x|``, what the bound allows it. Added up over the taps this is the bound, for every
output of every x. Products that cancel in a small tap are therefore refused, however small they leave the rest: a
difference of two Gaussians is convolved directly. One thing is left out: values so small that their products with a row
fall below the smallest normal number lose digits there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from math import prod, sqrt

import numpy as np

from convlab.numerics import CONFIDENCE, unit_roundoff
from convlab.spec import ConvSpec

MOST_PRODUCTS = 4
# What a pass costs for each output that it makes, in multiplications of a direct convolution: along the rows each needs
# a load of its own, and every pass has to write and read its results. Measured for 3 to 31 taps a side.
ROW_COST, COLUMN_COST, PASS_COST = 1.6, 0.75, 12.0
WORTHWHILE = 1.2  # times faster, or there is no use in looking
LAUNCH_MACS = 400_000  # what can be done directly in the time that it takes to begin two passes more

MOST_WHOLE = 2.0**53  # below it float64 has every whole number

Factors = list[np.ndarray]  # for each axis, shape (filters, channels, products, taps)


def factored(w: np.ndarray, spec: ConvSpec) -> Factors | None:
    """Return the fewest factors whose products make all filters, within the bound; None when too many are needed.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape and dtype spec.dtype
    spec : ConvSpec
        Of two or three axes.

    Returns
    -------
    list of ndarray, or None
        Along each axis the factors, in spec.dtype, shape (filters, channels, R, taps of the axis).

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 500, 500), (1, 1, 9, 9))
    >>> line = np.float32([1, 8, 28, 56, 70, 56, 28, 8, 1])
    >>> [factor.shape for factor in factored(np.outer(line, line)[None, None], spec)]
    [(1, 1, 1, 9), (1, 1, 1, 9)]
    >>> factored(np.random.default_rng(0).random(spec.w_shape, np.float32), spec) is None
    True
    """
    filters = w.reshape(-1, *spec.taps).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for count, wide in zip(worth_trying(spec), _split(filters)):
            found = [factor.astype(spec.dtype) for factor in wide]
            if _fit(filters, found, spec):  # a filter with a NaN or an infinity fits nothing
                return [factor.reshape(*spec.w_shape[:2], count, -1) for factor in found]
    return None


def worth_trying(spec: ConvSpec) -> Iterator[int]:
    """Yield the numbers of products that would be faster than a direct convolution, the fewest first.

    Of three axes only single products are tried: sums of several hardly ever stay within the bound there.

    Examples
    --------
    >>> [list(worth_trying(ConvSpec((1, 1, 500, 500), (1, 1, k, k)))) for k in (5, 7, 15)]
    [[], [1], [1, 2, 3]]
    """
    launches = LAUNCH_MACS * spec.w_shape[0] // spec.groups
    for count in range(1, (MOST_PRODUCTS if spec.rank == 2 else 1) + 1):
        if saving(spec, count, launches) > WORTHWHILE:
            yield count


def saving(spec: ConvSpec, count: int, launches: float = 0.0) -> float:
    """Return how many times less work so many products are than a direct convolution.

    Parameters
    ----------
    spec : ConvSpec
    count : int
    launches : float
        What it takes beside to begin the passes, in multiplications of a direct convolution.

    Examples
    --------
    >>> round(saving(ConvSpec((1, 1, 500, 500), (1, 1, 31, 31)), 1), 1)
    9.7
    """
    cost, lines = launches, spec.w_shape[1] * count  # for each filter
    for axis, taps in enumerate(spec.taps):  # an axis that comes later in the filter is done with earlier
        made = prod(spec.y_shape[:2]) * prod(spec.space[:axis]) * prod(spec.y_shape[2 + axis :])
        each = ROW_COST if axis == spec.rank - 1 else COLUMN_COST
        written = lines if axis else 1  # the last pass, along the first axis, adds them up
        cost += (each * taps * lines + PASS_COST * written) * made
    return (spec.terms + PASS_COST) * prod(spec.y_shape) / max(1.0, cost)


def _split(filters: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Yield factors along each axis of 1, 2, ... products that add up to the filters, or nearly.

    Parameters
    ----------
    filters : ndarray of float64, shape (filters, *taps)
        Those of three axes are taken apart into a plane and a row, and the plane in the same way: once only.

    Yields
    ------
    list of ndarray of float64, shape (filters, products, taps)
    """
    many, *before, taps = filters.shape
    left, right = [], []
    for column, row in _eliminated(filters.reshape(many, -1, taps)):
        left.append(column), right.append(row)
        found = [np.stack(left, axis=1), np.stack(right, axis=1)]
        yield found if len(before) == 1 else [*next(_split(column.reshape(many, *before))), found[1]]


def _eliminated(rest: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield columns and rows of matrices whose products, taken away one after the other, leave less and less.

    Rows are scaled by powers of two, which is exact, until their magnitudes add up to 1 at most: the row pass then
    makes nothing larger than x has, and overflows nowhere.
    """
    rest, every = rest.copy(), np.arange(len(rest))
    while True:
        largest = np.abs(rest).reshape(len(rest), -1).argmax(axis=1)
        i, j = np.divmod(largest, rest.shape[2])
        column, row, pivot = rest[every, :, j], rest[every, i], rest[every, i, j][:, None]
        common = _common(row)
        row = np.divide(row, common, out=np.zeros_like(row), where=pivot != 0)
        column = np.divide(column * common, pivot, out=np.zeros_like(column), where=pivot != 0)
        rest -= column[:, :, None] * row[:, None]
        scale = np.exp2(np.ceil(np.log2(np.maximum(np.abs(row).sum(axis=1, keepdims=True), 1.0))))
        yield column * scale, row / scale


def _common(rows: np.ndarray) -> np.ndarray:
    """Return what to divide rows by, shape (rows, 1): the greatest common divisor of whole numbers, else the largest.

    A matrix of whole numbers that is a column times a row is a column of whole numbers times that row without its
    common divisor, so both factors are exact.
    """
    if (np.abs(rows) < MOST_WHOLE).all() and (rows == np.rint(rows)).all():
        return np.gcd.reduce(rows.astype(np.int64), axis=1, keepdims=True).astype(float)
    return np.abs(rows).max(axis=1, keepdims=True)


def _fit(filters: np.ndarray, found: list[np.ndarray], spec: ConvSpec) -> bool:
    """Return whether rounded factors keep every tap within what the bound allows it (see above)."""
    products = reduce(
        lambda a, b: a[..., None] * b.reshape(*b.shape[:2], *[1] * (a.ndim - 2), -1), map(_wide, found)
    )
    made, size, count = products.sum(axis=1), np.abs(products).sum(axis=1), found[0].shape[1]
    u = unit_roundoff(spec.dtype)
    roundings = spec.w_shape[1] * count * spec.taps[0] + sum(spec.taps[1:])
    checked = 2 * count * unit_roundoff("float64") * size  # what this check rounds itself
    off = CONFIDENCE * sqrt(roundings) * u * size + np.abs(filters - made) + checked
    return bool((off <= CONFIDENCE * sqrt(spec.terms) * u * np.abs(filters)).all())


def _wide(factor: np.ndarray) -> np.ndarray:
    return factor.astype(np.float64)
