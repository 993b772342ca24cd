"""Lesson 09, one good answer: the loop of the exercise, with its five faults mended, and room for a remainder."""

import numpy as np


def framed(stack, rows, columns):
    return np.pad(stack, ((0, 0), (0, 0), (rows, rows), (columns, columns)))


def windows(x, w, padding, stride):
    slid = np.lib.stride_tricks.sliding_window_view(framed(x, padding, padding), w.shape[2:], (2, 3))
    return slid[:, :, ::stride, ::stride].transpose(1, 4, 5, 2, 3, 0).reshape(w[0].size, -1)


def gradients(x, w, dy, padding, stride):
    (H, W), (kh, kw) = x.shape[2:], w.shape[2:]
    flat = dy.transpose(1, 2, 3, 0).reshape(len(w), -1)
    dw = (flat @ windows(x, w, padding, stride).T).reshape(w.shape)
    rows, columns = H + 2 * padding, W + 2 * padding
    spread = np.zeros((*dy.shape[:2], rows - kh + 1, columns - kw + 1))
    spread[:, :, ::stride, ::stride] = dy
    around = framed(spread, kh - 1, kw - 1)
    dx = np.zeros((*x.shape[:2], rows, columns))
    for i, j, a, b in np.ndindex(rows, columns, kh, kw):
        dx[:, :, i, j] += around[:, :, i + a, j + b] @ w[:, :, kh - 1 - a, kw - 1 - b]
    return dx[:, :, padding : padding + H, padding : padding + W], dw
