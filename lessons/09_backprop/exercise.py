"""Lesson 09: mend the gradients of a convolution layer."""

import numpy as np

from convlab.workshop import NotAttempted


def framed(stack, rows, columns):
    """Return images with so many rows of zeros above and below, and so many columns of them left and right."""
    return np.pad(stack, ((0, 0), (0, 0), (rows, rows), (columns, columns)))


def windows(x, w, padding, stride):
    """Return every window of x as a column: position 0 of all images first, then position 1 of all images."""
    slid = np.lib.stride_tricks.sliding_window_view(framed(x, padding, padding), w.shape[2:], (2, 3))
    return slid[:, :, ::stride, ::stride].transpose(1, 4, 5, 2, 3, 0).reshape(w[0].size, -1)


def gradients(x, w, dy, padding, stride):
    """Return (dx, dw) of y = cross-correlation of x and w, when dy is the gradient of y."""
    raise NotAttempted  # take this line out, then mend what follows: five faults
    (H, W), (kh, kw) = x.shape[2:], w.shape[2:]
    flat = dy.transpose(1, 0, 2, 3).reshape(len(w), -1)
    dw = (flat @ windows(x, w, padding, stride).T).reshape(w.shape)
    around = framed(dy, kw - 1, kh - 1)
    dx = np.zeros_like(framed(x, padding, padding))
    for i, j, a, b in np.ndindex(*dx.shape[2:], kh, kw):
        tap = w[:, :, kh - 1 - a, kw - 1 - b]
        dx[:, :, i, j] = dx[:, :, i, j] + around[:, :, i + a, j + b] @ tap
    return dx[:, :, padding:H, padding:W], dw


if __name__ == "__main__":
    dx, dw = gradients(np.ones((1, 1, 4, 4)), np.ones((1, 1, 2, 2)), np.ones((1, 1, 5, 5)), 1, 1)
    print(dx[0, 0], dw[0, 0], sep="\n")
