"""Lesson 02: repair a loop that gives other numbers than Theano."""

import numpy as np

from convlab.workshop import NotAttempted


def convolution(image, filter):
    """Return what Theano's conv2d and scipy.signal.convolve2d(image, filter, "valid") return.

    The loop below is the one that source 001 asks about. It runs, it looks right, and it is not.
    """
    raise NotAttempted  # take this line out, then repair what follows
    h, w = image.shape
    k = len(filter)
    out = np.zeros((h - k + 1, w - k + 1))
    for j in range(h - k + 1):
        for i in range(w - k + 1):
            window = image[j : j + k, i : i + k]
            out[j, i] = np.sum(window * filter)
    return out


if __name__ == "__main__":
    print(convolution(np.arange(16).reshape(4, 4), np.arange(1, 10).reshape(3, 3)))
