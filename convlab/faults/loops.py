"""Faults of gradients that are written as loops over positions. Each line at fault says so."""

from __future__ import annotations

import numpy as np

from convlab.gradients import dgrad, wgrad
from convlab.spec import ConvSpec

Array = np.ndarray


def undilated(x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1) -> tuple[Array, Array]:
    """Read dy where the input is: without zeros between its values there is nothing there."""
    whole = _padded(x, padding)
    rows, columns = whole.shape[2:]
    kh, kw = w.shape[2:]
    dw = np.zeros(w.shape)
    for i in range(0, rows - kh + 1, stride):
        for j in range(0, columns - kw + 1, stride):
            window = whole[:, :, i : i + kh, j : j + kw]
            here = dy[:, :, i, j]  # the fault: output i // stride, j // stride stands here
            dw += np.einsum("no,ncab->ocab", here, window)
    around = np.pad(dy, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))  # and here dy is not spread
    return _cut(_gathered(around, w, (rows, columns)), x, padding), dw


def no_remainder(x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1) -> tuple[Array, Array]:
    """Spread dy and pad it on both sides alike, as if the stride always reached the end."""
    kh, kw = w.shape[2:]
    spread = _spread(dy, stride)
    around = np.pad(
        spread, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1))
    )  # the fault: nothing for the rest
    size = tuple(n + k - 1 for n, k in zip(spread.shape[2:], (kh, kw), strict=True))
    return _cut(_gathered(around, w, size), x, padding), _right(x, w, dy, padding, stride)[1]


def cropped(x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1) -> tuple[Array, Array]:
    """Crop the padded dx from `padding` to the end of x, as if x had no zeros in front."""
    whole, dw = _right(_padded(x, padding), w, dy, 0, stride)
    height, width = x.shape[2:]
    end = (..., slice(padding, height), slice(padding, width))  # the fault: padding + height, padding + width
    return whole[end], dw


def swapped_pads(x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1) -> tuple[Array, Array]:
    """Pad the rows of the spread dy by the filter's width, and its columns by the filter's height."""
    kh, kw = w.shape[2:]
    rows, columns = (n + 2 * padding for n in x.shape[2:])
    rest = [(n - k) % stride for n, k in ((rows, kh), (columns, kw))]
    sides = ((kw - 1, kw - 1 + rest[0]), (kh - 1, kh - 1 + rest[1]))  # the fault: kh belongs to the rows
    around = np.pad(_spread(dy, stride), ((0, 0), (0, 0), *sides))
    return _cut(_gathered(around, w, (rows, columns)), x, padding), _right(x, w, dy, padding, stride)[1]


def integer_zeros(x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1) -> tuple[Array, Array]:
    """Add the products up in an array made like x: of integers, if x has integers."""
    whole = np.zeros_like(_padded(x, padding))  # the fault: the dtype is that of x alone
    kh, kw = w.shape[2:]
    for o, p, q in np.ndindex(*dy.shape[1:]):
        i, j = p * stride, q * stride
        window = whole[:, :, i : i + kh, j : j + kw]
        window[...] = window + dy[:, o, p, q, None, None, None] * w[o]
    return _cut(whole, x, padding), _right(x, w, dy, padding, stride)[1]


def broadcast_channels(
    x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1
) -> tuple[Array, Array]:
    """Multiply whole windows with whole filters and leave it to NumPy what happens when their channels differ."""
    source = _padded(x, padding)
    whole = np.zeros(source.shape)
    kh, kw = w.shape[2:]
    dw = np.zeros((w.shape[0], *np.broadcast_shapes(x.shape[1:2], w.shape[1:2]), kh, kw))
    for o, p, q in np.ndindex(*dy.shape[1:]):
        at = (..., slice(p * stride, p * stride + kh), slice(q * stride, q * stride + kw))
        here = dy[:, o, p, q, None, None, None]
        whole[at] += (here * w[o])[:, : x.shape[1]]  # the fault: nothing compares the channels
        dw[o] += (here * source[at]).sum(0)
    return _cut(whole, x, padding), dw


def broadcast_channels_forward(x: Array, w: Array, *, padding: int = 0, stride: int = 1) -> Array:
    """Sum window times filter, whatever their channels."""
    source = _padded(x, padding)
    kh, kw = w.shape[2:]
    size = [(n - k) // stride + 1 for n, k in zip(source.shape[2:], (kh, kw), strict=True)]
    y = np.zeros((x.shape[0], w.shape[0], *size))
    for o, p, q in np.ndindex(*y.shape[1:]):
        window = source[:, :, p * stride : p * stride + kh, q * stride : q * stride + kw]
        y[:, o, p, q] = (window * w[o]).sum((1, 2, 3))  # the fault: 3 channels times 1 channel is 3 channels
    return y


def _right(x, w, dy, padding, stride):
    """Return both gradients by their definition: what a fault leaves alone is right."""
    spec = ConvSpec(x.shape, w.shape, stride=stride, padding=padding, flip=False, dtype="float64")
    return dgrad(dy, w, spec), wgrad(x, dy, spec)


def _gathered(around, w, size):
    """Return the padded dx: every input meets the padded dy with the turned filter, one index at a time."""
    whole = np.zeros((around.shape[0], w.shape[1], *size))
    turned = w[:, :, ::-1, ::-1]
    for i, j in np.ndindex(*size):
        for a, b in np.ndindex(*w.shape[2:]):
            whole[:, :, i, j] += around[:, :, i + a, j + b] @ turned[:, :, a, b]
    return whole


def _spread(dy, stride):
    spread = np.zeros((*dy.shape[:2], *((m - 1) * stride + 1 for m in dy.shape[2:])))
    spread[:, :, ::stride, ::stride] = dy
    return spread


def _padded(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def _cut(whole, x, padding):
    return whole[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]
