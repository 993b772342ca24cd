"""How far a right answer may be from the truth: bounds from the dtype and the number of terms, and error measures.

References
----------
N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., 2002, sections 3.1 and 24.1.
N. J. Higham and T. Mary, "A new approach to probabilistic rounding error analysis", SIAM J. Sci. Comput. 41, 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import log2, prod, sqrt

import numpy as np

from convlab import reference
from convlab.gradients import dgrad_as, wgrad_as
from convlab.spec import ConvSpec

CONFIDENCE = 4.0  # the lambda of Higham and Mary: a sum of n terms stays below lambda * sqrt(n) * u * S
TRANSFORM = 4.0  # what a transform of a few points may lose, in u times the norms
CHAIN = 128  # channels that Winograd's filtering adds up before the sum of sums
AMPLIFIED = {2: 3.864, 4: 10.419}  # by Winograd's transforms, per axis, for tiles of 2 and 4 outputs


def unit_roundoff(dtype: str | np.dtype) -> float:
    """Return u, half the distance from 1 to the next number of a dtype.

    Examples
    --------
    >>> unit_roundoff("float32") == 2.0 ** -24
    True
    """
    return float(np.finfo(np.dtype(dtype)).eps) / 2


def direct_bound(
    x: np.ndarray, w: np.ndarray, spec: ConvSpec, y: np.ndarray, places: np.ndarray | None = None
) -> np.ndarray:
    """Return the error that summing products in spec.dtype may leave, for every output value.

    Parameters
    ----------
    x, w : ndarray
        The operands.
    y : ndarray, shape spec.y_shape
        The true result, in float64.
    places : ndarray of int, shape (count, 2 + spec.rank), optional
        Where y is wanted, as in `reference.at`; y then has the shape (count,), and so has the bound.

    Returns
    -------
    ndarray of float64, shape spec.y_shape
        ``4 * sqrt(n) * u * S + u * |y|`` with n terms and ``S = |x| * |w|``, any order of summation, and the
        smallest number of the dtype for every product that may have fallen below it.

    Examples
    --------
    >>> x, w = np.ones((1, 1, 3)), np.ones((1, 1, 2))
    >>> spec = ConvSpec(x.shape, w.shape, dtype="float64")
    >>> bool((direct_bound(x, w, spec, reference.judge(x, w, spec)) < 2e-15).all())
    True
    """
    u = unit_roundoff(spec.dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        x, w = np.abs(x), np.abs(w)
        magnitude = reference.judge(x, w, spec) if places is None else reference.at(x, w, spec, places)
        return CONFIDENCE * sqrt(spec.terms) * u * magnitude + u * np.abs(y) + _underflow(spec)


def fft_bound(
    x: np.ndarray, w: np.ndarray, spec: ConvSpec, y: np.ndarray, places: np.ndarray | None = None
) -> np.ndarray:
    """Return the error that a transform in spec.dtype may leave, for every output value.

    A transform spreads the error of the largest value over all of them, so the bound is one number per image
    and filter: ``u * (4 + log2(P)) * ||x|| * ||w||`` over the P points of the transform, by Cauchy and Schwarz.
    The theory gives ``O(log P)``; the 4 covers transforms of a few points, where ``log2(P)`` alone was measured
    to be passed by up to 1.7. Infinities and NaN count as 0 here: what they touch is no number, and the values that
    a transform by blocks leaves alone never met them.

    Parameters
    ----------
    x, w, y, places
        As in `direct_bound`.

    Returns
    -------
    ndarray of float64, shape spec.y_shape
    """
    u = unit_roundoff(spec.dtype)
    points = prod(n + e - 1 for n, e in zip(spec.padded, spec.extent, strict=True))
    filters = spec.w_shape[0] // spec.groups
    with np.errstate(invalid="ignore", over="ignore"):
        x, w = (a if np.isfinite(a).all() else np.where(np.isfinite(a), a, 0) for a in (x, w))
        image_norms = _norm(x.reshape(x.shape[0], spec.groups, spec.w_shape[1] * prod(spec.space)))
        filter_norms = _norm(w.reshape(spec.groups, filters, spec.terms))
        norms = (image_norms[:, :, None] * filter_norms).reshape(*spec.y_shape[:2], *[1] * spec.rank)
        if places is not None:
            norms = norms.reshape(spec.y_shape[:2])[places[:, 0], places[:, 1]]
        return u * (TRANSFORM + log2(points)) * norms + u * np.abs(y) + _underflow(spec)


def winograd_bound(
    x: np.ndarray,
    w: np.ndarray,
    spec: ConvSpec,
    y: np.ndarray,
    places: np.ndarray | None = None,
    made: int = 4,
) -> np.ndarray:
    """Return the error that Winograd's filtering in tiles of `made` outputs an axis may leave, for every output value.

    A tile mixes its own inputs only, so the bound looks at the inputs near an output, of all channels that it reads:
    ``u * (1 + sqrt(c) / 2) * A**rank * ||x near|| * ||w||``, with ``c = min(C, 128)``. Near is what a tile that holds
    the output can read: ``made - 1`` further values before and after the window.

    Notes
    -----
    Each of the products that make an output is a row of G w times a row of B' x, times a number of A'. By Cauchy and
    Schwarz it is at most ``|a| |g| |b|``, with the norms of these rows, times the norms of w and x; their sum over the
    products is A = `AMPLIFIED`, and so is what rounding of any of them adds, in u. The partial sums over the
    C channels have the same limit, and that their roundings grow as the root of how many are added up is the rule of
    Higham and Mary; channels are added up in runs of 128. The factors 1 and 1/2 were chosen by measurement: errors of
    channels of many sizes, of one sign, and all the same reach a fifth of the bound, and one lost tap of 1024 channels
    passes it. No alignment of the tiles is assumed.

    A. Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks",
    ACM Transactions on Mathematical Software 46, 2020, theorem 2, has the same product of norms for one tile.

    Parameters
    ----------
    x, w, y, places
        As in `direct_bound`.
    made : {2, 4}
        Outputs of a tile along an axis.

    Returns
    -------
    ndarray of float64, shape spec.y_shape
    """
    u, filters = unit_roundoff(spec.dtype), spec.w_shape[0] // spec.groups
    run = min(CHAIN, spec.w_shape[1])
    with np.errstate(invalid="ignore", over="ignore"):
        x, w = (a if np.isfinite(a).all() else np.where(np.isfinite(a), a, 0) for a in (x, w))
        blocks = x.reshape(x.shape[0], spec.groups, spec.w_shape[1], *spec.space)
        squares = np.einsum("ngc...,ngc...->ng...", blocks, blocks, dtype=np.float64, casting="same_kind")
        near = _near(spec, made)
        if places is None:
            norms = np.sqrt(np.repeat(reference.judge(squares, np.ones(near.w_shape), near), filters, axis=1))
            norms = norms * _norm(w.reshape(spec.w_shape[0], spec.terms)).reshape(-1, *[1] * spec.rank)
        else:
            group = np.column_stack([places[:, 0], places[:, 1] // max(1, filters), places[:, 2:]])
            norms = np.sqrt(reference.at(squares, np.ones(near.w_shape), near, group))
            norms = norms * _norm(w.reshape(spec.w_shape[0], spec.terms))[places[:, 1]]
        scale = u * (1 + sqrt(run) / 2) * AMPLIFIED[made] ** spec.rank
        return scale * norms + u * np.abs(y) + _underflow(spec)


def _near(spec: ConvSpec, made: int) -> ConvSpec:
    """Return the sum over all that a tile may read: each group of x as a channel, with a longer filter of ones."""
    more = [(made - 1) * step for step in spec.dilation]
    padding = tuple((lo + n, hi + n) for (lo, hi), n in zip(spec.pads, more, strict=True))
    return ConvSpec(
        (spec.x_shape[0], spec.groups, *spec.space),
        (spec.groups, 1, *(k + 2 * (made - 1) for k in spec.taps)),
        stride=spec.stride, dilation=spec.dilation, groups=spec.groups, padding=padding, dtype="float64",
    )  # fmt: skip


CLOSE = ("direct", "winograd-f2")  # bounds as near as that of a direct sum, or about three times as wide
BOUNDS = {
    "direct": direct_bound,
    "fft": fft_bound,
    "winograd": winograd_bound,
    "winograd-f2": partial(winograd_bound, made=2),
}


def kinds(spec: ConvSpec) -> tuple[str, ...]:
    """Return the bounds that some algorithm for a spec has: Winograd's are for windows of 3 x 3 that move by 1.

    Examples
    --------
    >>> kinds(ConvSpec((1, 1, 9, 9), (1, 1, 5, 5))), len(kinds(ConvSpec((1, 1, 9, 9), (1, 1, 3, 3))))
    (('direct', 'fft'), 4)
    """
    return tuple(BOUNDS) if spec.taps == (3, 3) and spec.stride == (1, 1) else ("direct", "fft")


def gradient_bounds(
    x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec, kind: str = "direct"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the errors that computing the two gradients in spec.dtype may leave, value by value.

    Each gradient is a convolution, and has the bound of that convolution: dx adds up as many terms as one input has
    filters and taps to meet, dw as many as one filter has images and positions.

    Parameters
    ----------
    x, w, dy : ndarray, shapes spec.x_shape, spec.w_shape and spec.y_shape
    kind : str
        How they were computed; a key of `BOUNDS`.

    Returns
    -------
    bound_dx, bound_dw : ndarray of float64, shapes spec.x_shape and spec.w_shape

    Examples
    --------
    >>> x, w, dy = np.ones((1, 1, 3)), np.ones((1, 1, 2)), np.ones((1, 1, 2))
    >>> dx, dw = gradient_bounds(x, w, dy, ConvSpec(x.shape, w.shape, dtype="float64"))
    >>> dx.shape, dw.shape, bool(dx.max() < 3e-15)
    ((1, 1, 3), (1, 1, 2), True)
    """
    found = []
    for rewrite in (dgrad_as(dy, w, spec), wgrad_as(x, dy, spec)):
        truth = reference.judge(rewrite.x, rewrite.w, rewrite.spec)
        found.append(rewrite.restore(BOUNDS[kind](rewrite.x, rewrite.w, rewrite.spec, truth)))
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Error:
    """How far y is from the truth, and how much of that rounding explains.

    Attributes
    ----------
    largest : float
        Largest ``|y - truth|``; infinity where one is finite and the other is not.
    at : tuple of int or None
        Where that is; None when nothing differs.
    first : tuple of int or None
        The first differing value in C order.
    count : int
        How many values differ at all.
    share : float
        Largest ratio of error to bound: up to 1 is rounding, above 1 is something else.
    """

    largest: float
    at: tuple[int, ...] | None
    first: tuple[int, ...] | None
    count: int
    share: float


def measure(y: np.ndarray, truth: np.ndarray, bound: np.ndarray | float) -> Error:
    """Measure y against the truth; NaN agrees with NaN, and an infinity with the same infinity.

    An infinity agrees with a truth that is too large for y's dtype, too: no rounding can do better.

    Examples
    --------
    >>> measure(np.array([1.0, 2.5]), np.array([1.0, 2.0]), 1.0)
    Error(largest=0.5, at=(1,), first=(1,), count=1, share=0.5)
    """
    if y.size == 0:
        return Error(0.0, None, None, 0, 0.0)
    wide = np.result_type(y, truth, np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        too_large = np.isinf(y) & (y == truth.astype(y.dtype)) if y.dtype.kind == "f" else False
        y, truth = y.astype(wide), truth.astype(wide)
        alike = (y == truth) | (np.isnan(y) & np.isnan(truth)) | too_large
        gap = np.where(alike, 0.0, np.abs(y - truth))
        gap[~alike & ~np.isfinite(gap)] = np.inf
        share = np.where(alike, 0.0, gap / np.broadcast_to(bound, y.shape))
        share[~alike & np.isnan(share)] = np.inf
    if alike.all():
        return Error(0.0, None, None, 0, 0.0)
    at, first = (tuple(map(int, np.unravel_index(i, y.shape))) for i in (gap.argmax(), alike.argmin()))
    return Error(float(gap.max()), at, first, int((~alike).sum()), float(share.max()))


def _norm(blocks: np.ndarray) -> np.ndarray:
    squares = np.einsum(
        "...i,...i", blocks, blocks, dtype=np.float64, casting="same_kind"
    )  # no copy in float64
    return np.sqrt(squares)


def _underflow(spec: ConvSpec) -> float:
    """Return what rounding towards zero may swallow below the smallest number of the dtype."""
    return (spec.terms + 1) * float(np.finfo(np.dtype(spec.dtype)).smallest_subnormal)
