"""Faults of gradients that are matrix products of columns. Each line at fault says so."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def column_order(x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1) -> tuple[Array, Array]:
    """Multiply columns whose image index runs fastest with a gradient laid out image after image."""
    indices = _indices(x, w, padding, stride, *dy.shape[2:])
    columns = _image_fastest(_columns(x, indices, padding))
    joined = np.hstack(list(dy.reshape(*dy.shape[:2], -1)))  # the fault: image after image
    dw = (joined @ columns.T).reshape(w.shape)
    spread = (w.reshape(w.shape[0], -1).T @ joined).reshape(w[0].size, -1, x.shape[0]).transpose(2, 0, 1)
    return _added(spread, x, indices, padding), dw


def column_order_forward(x: Array, w: Array, *, padding: int = 0, stride: int = 1) -> Array:
    """Cut the product into as many parts as there are images, though its columns take turns."""
    size = _size(x, w, padding, stride)
    columns = _image_fastest(_columns(x, _indices(x, w, padding, stride, *size), padding))
    parts = np.hsplit(w.reshape(w.shape[0], -1) @ columns, x.shape[0])  # the fault: each part has all images
    return np.stack(parts).reshape(x.shape[0], w.shape[0], *size)


def tiled_columns(x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1) -> tuple[Array, Array]:
    """Number the windows with the output's height and width swapped."""
    return _by_columns(x, w, dy, _swapped(x, w, padding, stride, *dy.shape[2:]), padding)


def tiled_columns_forward(x: Array, w: Array, *, padding: int = 0, stride: int = 1) -> Array:
    """Do the same in the forward pass."""
    size = _size(x, w, padding, stride)
    return _product(x, w, _swapped(x, w, padding, stride, *size), padding, size)


def truncated_size(
    x: Array, w: Array, dy: Array, *, padding: int = 0, stride: int = 1
) -> tuple[Array, Array]:
    """Trust an output size that was cut towards zero, and look for its windows."""
    size = _truncated(x, w, padding, stride)
    return _by_columns(x, w, dy, _indices(x, w, padding, stride, *size), padding)


def truncated_size_forward(x: Array, w: Array, *, padding: int = 0, stride: int = 1) -> Array:
    """Do the same in the forward pass."""
    size = _truncated(x, w, padding, stride)
    return _product(x, w, _indices(x, w, padding, stride, *size), padding, size)


def _truncated(x, w, padding, stride):
    axes = zip(x.shape[2:], w.shape[2:], strict=True)
    return [int((n + 2 * padding - k) / stride) + 1 for n, k in axes]  # the fault: int(-0.5) is 0, not -1


def _swapped(x, w, padding, stride, height, width):
    rows, columns = _indices(x, w, padding, stride, height, width)
    shift = columns[:, :1] - columns[0, 0]
    return rows, shift + stride * np.tile(np.arange(height), width)  # the fault: arange(width), height times


def _size(x, w, padding, stride):
    return [(n + 2 * padding - k) // stride + 1 for n, k in zip(x.shape[2:], w.shape[2:], strict=True)]


def _indices(x, w, padding, stride, height, width):
    """Return the row and the column of the padded x for every tap (down) of every window (across)."""
    kh, kw = w.shape[2:]
    rows = np.repeat(np.arange(kh), kw)[:, None] + stride * np.repeat(np.arange(height), width)
    columns = np.tile(np.arange(kw), kh)[:, None] + stride * np.tile(np.arange(width), height)
    return rows, columns


def _columns(x, indices, padding):
    """Return the windows as columns, image by image: (N, C * taps, positions)."""
    whole = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = whole[:, :, indices[0], indices[1]]
    return windows.reshape(x.shape[0], -1, windows.shape[-1])


def _image_fastest(columns):
    """Return one matrix with the columns of position 0 of every image first, then those of position 1."""
    return columns.transpose(1, 2, 0).reshape(columns.shape[1], -1)


def _added(columns, x, indices, padding):
    """Return dx: the columns added up where they came from, without the zeros around."""
    whole = np.zeros((*x.shape[:2], *(n + 2 * padding for n in x.shape[2:])))
    windows = columns.reshape(*x.shape[:2], -1, columns.shape[-1])
    np.add.at(whole, (slice(None), slice(None), *indices), windows)
    return whole[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]


def _by_columns(x, w, dy, indices, padding):
    """Return both gradients, image by image."""
    flat = dy.reshape(*dy.shape[:2], -1)
    dw = np.einsum("nop,ntp->ot", flat, _columns(x, indices, padding)).reshape(w.shape)
    return _added(w.reshape(w.shape[0], -1).T @ flat, x, indices, padding), dw


def _product(x, w, indices, padding, size):
    y = w.reshape(w.shape[0], -1) @ _columns(x, indices, padding)
    return y.reshape(x.shape[0], w.shape[0], *size)
