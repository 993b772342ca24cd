"""Arrays inside a frame of other values: what must not be read, and what must not be written."""

from __future__ import annotations

import numpy as np

SENTINEL = 2.0**40  # no sum of these tests comes near


def framed(values, margin=3, around=np.nan):
    """Return the same numbers inside a frame of others, on every axis."""
    whole = np.full([n + 2 * margin for n in values.shape], around, values.dtype)
    inner = whole[(slice(margin, -margin),) * values.ndim]
    inner[...] = values
    return inner


def frame_of(inner):
    """Return how many values of the array behind a view are the sentinel."""
    return int((inner.base == SENTINEL).sum())
