"""The definition of convolution and of its gradients: slow, obvious, the judge of every backend.

It pads and flips by index arithmetic and shares no helper with any backend, so that a mistake in
`convlab.operands` cannot hide on both sides of a comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from convlab.spec import ConvSpec

IN_CACHE = 65536  # values of float64 that are added up at a time: 512 KiB


def conv(x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Convolve by the definition, one multiply-add at a time, in Python loops.

    Parameters
    ----------
    x, w : ndarray, shapes spec.x_shape and spec.w_shape

    Returns
    -------
    ndarray of float64 (longdouble if the operands are), shape spec.y_shape
        Summed in the order of the window: channels, then its places in C order.

    Notes
    -----
    ``y[n, o, i] = sum over c, r of x[n, g*I + c, i*stride + r*dilation - lo] * w[o, c, u]`` with ``u = k-1-r``
    when the filter is flipped and ``u = r`` when it is not; values outside x are 0 and are left out.

    Examples
    --------
    >>> x, w = np.arange(16.0).reshape(1, 1, 4, 4), np.arange(1.0, 10).reshape(1, 1, 3, 3)
    >>> conv(x, w, ConvSpec(x.shape, w.shape))[0, 0]
    array([[147., 192.],
           [327., 372.]])
    """
    y = np.zeros(spec.y_shape, np.result_type(x, w, np.float64))
    filters_per_group = spec.w_shape[0] // spec.groups
    before = [lo for lo, _ in spec.pads]
    for n, o, *at in np.ndindex(*spec.y_shape):
        first_channel = o // filters_per_group * spec.w_shape[1]
        for c, *window in np.ndindex(*spec.w_shape[1:]):
            source, tap = [], []
            for axis, r in enumerate(window):
                start = at[axis] * spec.stride[axis] - before[axis]
                source.append(start + r * spec.dilation[axis])
                tap.append(spec.w_shape[2 + axis] - 1 - r if spec.flip else r)
            if all(0 <= p < size for p, size in zip(source, spec.x_shape[2:], strict=True)):
                y[(n, o, *at)] += y.dtype.type(x[(n, first_channel + c, *source)]) * w[(o, c, *tap)]
    return y


def judge(x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Convolve in float64 tap by tap: the definition, fast enough to judge large shapes.

    Each tap adds one scaled, shifted copy of x; only positions inside x are touched, so no padded copy is
    made and a NaN in x spreads exactly as in `conv`. Tested against `conv`; sums in the same order. A few images
    and filters are done at a time, so that what is added up stays in the processor's cache; where a window has more
    places than there are outputs, the outputs are summed one by one instead, by `at`.

    Parameters
    ----------
    x, w : ndarray, shapes spec.x_shape and spec.w_shape

    Returns
    -------
    ndarray of float64 (longdouble if the operands are), shape spec.y_shape
    """
    if prod(spec.y_shape) < spec.terms:
        every = np.array(list(np.ndindex(*spec.y_shape)), int).reshape(-1, 2 + spec.rank)
        return at(x, w, spec, every).reshape(spec.y_shape)
    y = np.zeros(spec.y_shape, np.result_type(x, w, np.float64))
    inputs, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    x = x.astype(y.dtype, copy=False).reshape(spec.x_shape[0], spec.groups, inputs, *spec.space)
    w = w.astype(y.dtype, copy=False).reshape(spec.groups, filters, *spec.w_shape[1:])
    sums = y.reshape(spec.x_shape[0], spec.groups, filters, *spec.y_shape[2:])
    taps = list(_taps(spec))
    for images, of in _blocks(spec):
        part = sums[images, :, of]
        room = np.empty(
            part.size, y.dtype
        )  # written over and over: fresh memory would cost more than the sums
        for c in range(inputs):
            for here, there, tap in taps:
                meets = part[(..., *here)]
                scaled = room[: meets.size].reshape(meets.shape)
                weights = w[(slice(None), of, c, *tap)].reshape(spec.groups, -1, *[1] * spec.rank)
                meets += np.multiply(x[(images, slice(None), c, *there)][:, :, None], weights, out=scaled)
    return y


def at(x: np.ndarray, w: np.ndarray, spec: ConvSpec, places: np.ndarray) -> np.ndarray:
    """Return some values of y by the definition, each the sum of its own window.

    Parameters
    ----------
    x, w : ndarray, shapes spec.x_shape and spec.w_shape
    places : ndarray of int, shape (count, 2 + spec.rank)
        Indices into y.

    Returns
    -------
    ndarray of float64 (longdouble if the operands are), shape (count,)
        Summed in the order of `conv`.

    Examples
    --------
    >>> x, w = np.arange(16.0).reshape(1, 1, 4, 4), np.arange(1.0, 10).reshape(1, 1, 3, 3)
    >>> at(x, w, ConvSpec(x.shape, w.shape), np.array([[0, 0, 1, 1], [0, 0, 0, 0]]))
    array([372., 147.])
    """
    found = np.zeros(len(places), np.result_type(x, w, np.float64))
    inputs, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    turned = w[(..., *[slice(None, None, -1)] * spec.rank)] if spec.flip else w
    for count, (n, o, *place) in enumerate(np.asarray(places).tolist()):
        read, met = [], []
        for axis, i in enumerate(place):
            step, start = spec.dilation[axis], i * spec.stride[axis] - spec.pads[axis][0]
            first = max(0, -(start // step))  # the smallest r with start + r*step >= 0
            last = min(spec.taps[axis] - 1, (spec.space[axis] - 1 - start) // step)
            read.append(slice(start + first * step, max(0, start + last * step + 1), step))
            met.append(slice(first, max(first, last + 1)))
        reads = slice(o // filters * inputs, (o // filters + 1) * inputs)
        products = x[(n, reads, *read)].astype(found.dtype) * turned[(o, slice(None), *met)]
        if products.size:
            found[count] = products.cumsum()[-1]  # in this order; sum() would add in pairs
    return found


def dgrad(dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the gradient of x: every product of the forward sum hands its share of dy back to the x it read.

    The adjoint of `judge`, tap by tap, by the same index arithmetic and nothing else: the judge of gradients.

    Parameters
    ----------
    dy : ndarray, shape spec.y_shape
        The gradient of some number with respect to y.
    w : ndarray, shape spec.w_shape

    Returns
    -------
    ndarray of float64 (longdouble if the operands are), shape spec.x_shape
        0 where no window reads. Positions outside x are left out, so an infinite weight does not meet them; a NaN
        in dy reaches the inputs that its window read, one in w every input that this tap met.

    Notes
    -----
    ``dx[n, g*I + c, i*stride + r*dilation - lo] += dy[n, o, i] * w[o, c, u]``, with u as in `conv`.

    Examples
    --------
    >>> dy, w = np.array([[[1, 2]]]), np.array([[[1, 10, 100]]])
    >>> dgrad(dy, w, ConvSpec((1, 1, 6), w.shape, stride=2, flip=False))
    array([[[  1.,  10., 102.,  20., 200.,   0.]]])
    """
    dx = np.zeros(spec.x_shape, np.result_type(dy, w, np.float64))
    dy, w = dy.astype(dx.dtype, copy=False), w.astype(dx.dtype, copy=False)
    inputs, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    for here, there, tap in _taps(spec):
        for o in range(spec.w_shape[0]):
            reads = slice(o // filters * inputs, (o // filters + 1) * inputs)
            weights = w[(o, slice(None), *tap)].reshape(-1, *[1] * spec.rank)
            dx[(slice(None), reads, *there)] += dy[(slice(None), slice(o, o + 1), *here)] * weights
    return dx


def wgrad(x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the gradient of w: every weight collects dy times the x that it met.

    Parameters
    ----------
    x : ndarray, shape spec.x_shape
    dy : ndarray, shape spec.y_shape

    Returns
    -------
    ndarray of float64 (longdouble if the operands are), shape spec.w_shape
        0 for a tap that never meets x. A NaN in x reaches the taps that met it.

    Notes
    -----
    ``dw[o, c, u] = sum over n, i of dy[n, o, i] * x[n, g*I + c, i*stride + r*dilation - lo]``, with u as in `conv`.

    Examples
    --------
    >>> x, dy = np.arange(1, 6).reshape(1, 1, 5), np.array([[[1, 10]]])
    >>> wgrad(x, dy, ConvSpec(x.shape, (1, 1, 3), stride=2, flip=False))
    array([[[31., 42., 53.]]])
    """
    dw = np.zeros(spec.w_shape, np.result_type(x, dy, np.float64))
    x, dy = x.astype(dw.dtype, copy=False), dy.astype(dw.dtype, copy=False)
    inputs, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    for here, there, tap in _taps(spec):
        for o, c in np.ndindex(*spec.w_shape[:2]):
            seen = x[(slice(None), o // filters * inputs + c, *there)]
            dw[(o, c, *tap)] = (dy[(slice(None), o, *here)] * seen).sum()
    return dw


def _taps(spec: ConvSpec) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...], list[int]]]:
    """Yield, per place of the window that ever meets x: the outputs, the inputs they meet there, and the tap."""
    along = [[_meeting(spec, axis, r) for r in range(k)] for axis, k in enumerate(spec.taps)]
    for window in np.ndindex(*spec.taps):
        here, there = zip(*(along[axis][r] for axis, r in enumerate(window)), strict=True)
        if all(at.stop > at.start for at in here):
            yield here, there, [k - 1 - r if spec.flip else r for k, r in zip(spec.taps, window, strict=True)]


def _blocks(spec: ConvSpec) -> Iterator[tuple[slice, slice]]:
    """Yield blocks of images, and of the filters of each group, whose outputs fit into the cache together."""
    images, filters = spec.x_shape[0], spec.w_shape[0] // spec.groups
    each = spec.groups * prod(spec.y_shape[2:])
    some = max(1, min(filters, IN_CACHE // each))
    many = max(1, IN_CACHE // (each * some)) if some == filters else 1
    for n in range(0, images, many):
        for o in range(0, filters, some):
            yield slice(n, n + many), slice(o, o + some)


def _meeting(spec: ConvSpec, axis: int, r: int) -> tuple[slice, slice]:
    """Return the outputs along an axis at which place r of the window is inside x, and the inputs it meets."""
    shift, step = r * spec.dilation[axis] - spec.pads[axis][0], spec.stride[axis]
    first = max(0, -(shift // step))  # the smallest i with i*step + shift >= 0
    last = min(spec.y_shape[2 + axis] - 1, (spec.space[axis] - 1 - shift) // step)
    at = slice(first, max(first, last + 1))
    start = first * step + shift
    return at, slice(start, start + (at.stop - at.start - 1) * step + 1, step)
