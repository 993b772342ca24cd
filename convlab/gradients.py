"""The gradients of a convolution, each defined as another convolution.

With ``dy`` the gradient of some number with respect to y, `dgrad` returns its gradient with respect to x, `wgrad`
the one with respect to w. `dgrad_as` and `wgrad_as` hand out the operands of the other convolution, so that a person
can step through them. Where the stride is larger than 1, `dgrad_as` slides over zeros between the values of dy;
`convlab.phases` says the same without them, as several small convolutions.

References
----------
V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016, section 4 (transposed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from convlab import reference
from convlab.spec import ConvSpec

Conv = Callable[[np.ndarray, np.ndarray, ConvSpec], np.ndarray]
Sides = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Rewrite:
    """A gradient as another convolution: ``restore(conv(rewrite.x, rewrite.w, rewrite.spec))`` is the gradient.

    Attributes
    ----------
    x, w : ndarray, shapes spec.x_shape and spec.w_shape
        What is slid over, and what slides.
    spec : ConvSpec
    restore : callable
        Brings the result into the layout of the gradient; for dx there is nothing to do.
    """

    x: np.ndarray
    w: np.ndarray
    spec: ConvSpec
    restore: Callable[[np.ndarray], np.ndarray] = field(repr=False)


def dgrad(dy: np.ndarray, w: np.ndarray, spec: ConvSpec, conv: Conv = reference.judge) -> np.ndarray:
    """Return the gradient of x, by any convolution.

    Parameters
    ----------
    dy : ndarray, shape spec.y_shape
        The gradient of y.
    w : ndarray, shape spec.w_shape
    spec : ConvSpec
        The convolution that made y.
    conv : callable
        ``conv(x, w, spec)``; the definition unless another is given.

    Returns
    -------
    ndarray, shape spec.x_shape

    Notes
    -----
    An infinite or NaN weight meets the zeros that stand between and around the values of dy, as far as `conv`
    multiplies zeros; `convlab.reference.dgrad` has no such zeros.

    Examples
    --------
    Stride 2: zeros slide into dy, and the last input, which no window reads, gets nothing.

    >>> dy, w = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    >>> dgrad(dy, w, ConvSpec((1, 1, 6), w.shape, stride=2, flip=False))
    array([[[  1.,  10., 102.,  20., 200.,   0.]]])
    """
    rewrite = dgrad_as(dy, w, spec)
    return rewrite.restore(conv(rewrite.x, rewrite.w, rewrite.spec))


def wgrad(x: np.ndarray, dy: np.ndarray, spec: ConvSpec, conv: Conv = reference.judge) -> np.ndarray:
    """Return the gradient of w, by any convolution.

    Parameters
    ----------
    x : ndarray, shape spec.x_shape
    dy, spec, conv
        As in `dgrad`.

    Returns
    -------
    ndarray, shape spec.w_shape

    Examples
    --------
    >>> x, dy = np.arange(1.0, 6).reshape(1, 1, 5), np.array([[[1.0, 10]]])
    >>> wgrad(x, dy, ConvSpec(x.shape, (1, 1, 3), stride=2, flip=False))
    array([[[31., 42., 53.]]])
    """
    rewrite = wgrad_as(x, dy, spec)
    return rewrite.restore(conv(rewrite.x, rewrite.w, rewrite.spec))


def dgrad_spec(spec: ConvSpec) -> ConvSpec:
    """Return the convolution that the gradient of x is.

    Notes
    -----
    Along one axis ``dx[j] = sum over r of D[j + lo - r*dilation] * w[r]``, where D is dy with ``stride - 1`` zeros
    between its values. That is a convolution of D with stride 1: padded by ``extent - 1 - lo`` in front and by
    ``extent - 1 - hi + remainder`` behind, cropped where these are negative, and with the filter the other way
    round. Filters and the channels that they read change places, within each group.

    Examples
    --------
    >>> str(dgrad_spec(ConvSpec((2, 3, 5, 5), (4, 3, 3, 3), stride=2)))
    'x(2, 4, 3, 3) w(3, 4, 3, 3) ((2, 2), (2, 2)) no flip float32'
    """
    size, zeros = fitted(_spread(spec), _dgrad_sides(spec))
    filters = spec.w_shape[0] // spec.groups
    return ConvSpec(
        (*spec.y_shape[:2], *size), (spec.x_shape[1], filters, *spec.taps), dilation=spec.dilation,
        groups=spec.groups, flip=not spec.flip, padding=zeros, dtype=spec.dtype,
    )  # fmt: skip


def wgrad_spec(spec: ConvSpec) -> ConvSpec:
    """Return the convolution that the gradient of w is.

    Notes
    -----
    Along one axis ``dw[r] = sum over i of dy[i] * x[i*stride + r*dilation - lo]``: x is slid over by dy, stride and
    dilation have changed places. What is added up is the images, so they stand where channels stand; the channels
    that a filter reads stand where images stand. The padding ends with the last position that is ever read.

    Examples
    --------
    >>> str(wgrad_spec(ConvSpec((2, 3, 6, 6), (4, 3, 3, 3), stride=2)))
    'x(3, 2, 5, 5) w(4, 2, 2, 2) ((0, 0), (0, 0)) dilation=(2, 2) no flip float32'
    """
    size, zeros = fitted(spec.space, _wgrad_sides(spec))
    images, reads = spec.x_shape[0], spec.w_shape[1]
    return ConvSpec(
        (reads, spec.groups * images, *size), (spec.w_shape[0], images, *spec.y_shape[2:]), stride=spec.dilation,
        dilation=spec.stride, groups=spec.groups, flip=False, padding=zeros, dtype=spec.dtype,
    )  # fmt: skip


def swapped_filters(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return w with filters and the channels that they read in each other's place, within each group.

    Returns
    -------
    ndarray, shape (C, O / groups, *taps)
        A view where there is one group.

    Examples
    --------
    >>> swapped_filters(np.arange(6).reshape(2, 3, 1), ConvSpec((1, 3, 1), (2, 3, 1)))[..., 0].tolist()
    [[0, 3], [1, 4], [2, 5]]
    """
    filters, reads = spec.w_shape[0] // spec.groups, spec.w_shape[1]
    blocks = w.reshape(spec.groups, filters, reads, *spec.taps).swapaxes(1, 2)
    return blocks.reshape(spec.x_shape[1], filters, *spec.taps)


def dgrad_as(dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Rewrite:
    """Return the operands of the convolution that the gradient of x is: dy spread and cropped, w rearranged.

    Examples
    --------
    >>> dy, w = np.array([[[1, 2]]]), np.array([[[1, 10, 100]]])
    >>> rewrite = dgrad_as(dy, w, ConvSpec((1, 1, 5), w.shape, stride=2, flip=False))
    >>> rewrite.x, rewrite.spec.pads, rewrite.spec.flip
    (array([[[1, 0, 2]]]), ((2, 2),), True)
    """
    return Rewrite(_between(dy, spec), swapped_filters(w, spec), dgrad_spec(spec), lambda dx: dx)


def _between(dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return dy with the zeros of the stride between its values, as far as it is met: no more memory than that."""
    size, sides = _spread(spec), _dgrad_sides(spec)
    if size == dy.shape[2:]:
        return _cropped(dy, sides)
    found = np.zeros((*dy.shape[:2], *fitted(size, sides)[0]), dy.dtype)
    met = kept(size, sides)
    if all(part.start < part.stop for part in met):
        axes = [(part, step, -(-part.start // step)) for part, step in zip(met, spec.stride, strict=True)]
        into = (slice(first * step - part.start, None, step) for part, step, first in axes)
        found[(..., *into)] = dy[(..., *(slice(first, -(-part.stop // step)) for part, step, first in axes))]
    return found


def wgrad_as(x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> Rewrite:
    """Return the operands of the convolution that the gradient of w is: both with images in place of channels.

    Examples
    --------
    >>> x, dy = np.arange(1, 7).reshape(1, 1, 6), np.array([[[1, 10]]])
    >>> rewrite = wgrad_as(x, dy, ConvSpec(x.shape, (1, 1, 3), stride=2))
    >>> rewrite.x, rewrite.w, rewrite.spec.dilation
    (array([[[1, 2, 3, 4, 5]]]), array([[[ 1, 10]]]), (2,))
    """
    images, reads = spec.x_shape[0], spec.w_shape[1]
    blocks = x.reshape(images, spec.groups, reads, *spec.space).swapaxes(0, 2)
    slid = blocks.reshape(reads, spec.groups * images, *spec.space)
    backwards = (..., *[slice(None, None, -1)] * spec.rank) if spec.flip else ...

    def restore(result: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(result.swapaxes(0, 1)[backwards])

    return Rewrite(_cropped(slid, _wgrad_sides(spec)), dy.swapaxes(0, 1), wgrad_spec(spec), restore)


def _spread(spec: ConvSpec) -> tuple[int, ...]:
    """Return the size of dy with the zeros of the stride between its values."""
    return tuple((m - 1) * s + 1 for m, s in zip(spec.y_shape[2:], spec.stride, strict=True))


def _dgrad_sides(spec: ConvSpec) -> Sides:
    """Return the zeros around the spread dy, per axis; negative where it is cropped."""
    axes = zip(spec.extent, spec.pads, spec.remainder, strict=True)
    return tuple((extent - 1 - lo, extent - 1 - hi + left) for extent, (lo, hi), left in axes)


def _wgrad_sides(spec: ConvSpec) -> Sides:
    """Return the zeros around x up to the last position that is read, per axis; negative where x ends later."""
    return tuple((lo, hi - left) for (lo, hi), left in zip(spec.pads, spec.remainder, strict=True))


def _cropped(array: np.ndarray, sides: Sides) -> np.ndarray:
    """Return the part of an operand that is met: a view, or zeros where nothing of it is."""
    size, _ = fitted(array.shape[2:], sides)
    part = array[(..., *kept(array.shape[2:], sides))]
    return part if part.shape[2:] == size else np.zeros((*array.shape[:2], *size), array.dtype)


def fitted(size: tuple[int, ...], sides: Sides) -> tuple[tuple[int, ...], Sides]:
    """Return the size that is left after cropping, and the zeros that then go around it.

    Where cropping leaves nothing, because only zeros are ever met, one of these zeros stands in for the operand.

    Examples
    --------
    >>> fitted((5, 2), ((1, -2), (-3, 4)))
    ((3, 1), ((1, 0), (0, 2)))
    """
    left, zeros = [], []
    for n, (lo, hi) in zip(size, sides, strict=True):
        kept = n + min(0, lo) + min(0, hi)
        left.append(max(1, kept))
        zeros.append((max(0, lo), max(0, hi)) if kept > 0 else (0, n + lo + hi - 1))
    return tuple(left), tuple(zeros)


def kept(size: tuple[int, ...], sides: Sides) -> tuple[slice, ...]:
    """Return which part of an operand is met, per axis: all but what negative sides crop.

    Examples
    --------
    >>> kept((5, 2), ((1, -2), (0, 0)))
    (slice(0, 3, None), slice(0, 2, None))
    """
    return tuple(slice(max(0, -lo), max(0, n + min(0, hi))) for n, (lo, hi) in zip(size, sides, strict=True))
