"""Lesson 04: the valid convolution of a whole stack of images, cut right for any filter."""

import numpy as np
from scipy import ndimage

from convlab.workshop import NotAttempted


def stack_valid(stack, filter):
    """Return the valid convolution of every image of a stack [h, w, image], as [h, w, image] again.

    filter has rows and columns, as many as it likes of each.
    """
    raise NotAttempted  # take this line out, then mend what follows: five faults
    K = filter.shape[0]
    valid = [slice(K // 2, -K // 2 + 1), slice(K // 2, -K // 2 + 1)]
    return ndimage.convolve(stack, filter[..., None])[valid]


if __name__ == "__main__":
    print(stack_valid(np.arange(32).reshape(4, 4, 2), np.array([[1, 0], [0, 0]])))
