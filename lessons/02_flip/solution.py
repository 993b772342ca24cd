"""Lesson 02, one good answer: turn the filter once, and give each axis its own size."""

import numpy as np


def convolution(image, filter):
    h, w = image.shape
    kh, kw = filter.shape
    turned = filter[::-1, ::-1]
    out = np.zeros((h - kh + 1, w - kw + 1))
    for j in range(h - kh + 1):
        for i in range(w - kw + 1):
            window = image[j : j + kh, i : i + kw]
            out[j, i] = np.sum(window * turned)
    return out
