"""What calls take of memory, against what is said of them; and specs so large that the difference shows."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np

from convlab.spec import ConvSpec

ROOMY = [
    ConvSpec((2, 16, 40, 40), (8, 16, 3, 3), "same"),
    ConvSpec((1, 1, 200, 200), (1, 1, 9, 9)),
    ConvSpec((3, 4, 60, 61), (6, 2, 4, 3), "full", stride=2, dilation=(2, 1), groups=2, dtype="float64"),
    ConvSpec((2, 2, 20, 20, 20), (3, 2, 3, 3, 3), "half", flip=False),
    ConvSpec((60, 1, 50, 50), (2, 1, 3, 3), padding=7),
]

BUFFERS = 100_000  # bytes that NumPy's loops may hold for themselves, however small the arrays


def takes(said: int, *calls: Callable[[], np.ndarray]) -> bool:
    """Return whether calls, one after the other, take what is said beside their results: at most, and not far less."""
    peaks = []
    for call in calls:
        call()  # what is imported, compiled or kept is not counted
        tracemalloc.start()
        result = call()
        peaks.append(tracemalloc.get_traced_memory()[1] - result.nbytes)
        tracemalloc.stop()
    return 0.3 * said - BUFFERS < max(peaks) < 1.1 * said + BUFFERS
