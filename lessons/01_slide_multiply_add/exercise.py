"""Lesson 01: fill the full table."""

import numpy as np

from convlab.workshop import NotAttempted


def full(image, filter):
    """Return one number for every position in which the filter touches the image.

    image is (M, N), filter is (m, n), the result is (M + m - 1, N + n - 1). A place that lies outside the image adds
    nothing. Every filter of this lesson looks the same after half a turn, so it does not matter from which end you
    read it.
    """
    raise NotAttempted  # replace this line by your code; np.zeros and np.pad may help


if __name__ == "__main__":
    print(full(np.arange(25).reshape(5, 5), np.ones((3, 3))))
