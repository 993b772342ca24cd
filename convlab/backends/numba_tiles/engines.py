"""Which tile a convolution gets: one that slides over rows for few filters of a group, or one of many filters."""

from __future__ import annotations

import numpy as np

from convlab.backends.numba_tiles import sliding
from convlab.backends.tiles import bank
from convlab.backends.tiles.tiled import Engine, Engines
from convlab.spec import ConvSpec

MANY = 8  # filters in a group from which on the bank was faster, measured for 1 to 64 channels and 3 to 11 taps a side
MANY_SINGLE_TAPS = 2


def prepare(w: np.ndarray, spec: ConvSpec) -> Engine:
    """Return the engine of a spec, with its filters.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape
        Copied.
    spec : ConvSpec
        Of two axes, in float32 or float64, with at least one value of x, w and y.
    """
    return _module(spec).prepare(w, spec)


def filter_bytes(spec: ConvSpec) -> int:
    """Return what an engine keeps of its filters."""
    return _module(spec).filter_bytes(spec)


def scratch_bytes(spec: ConvSpec) -> int:
    """Return what all threads together copy of x, where x and y lie as in C order."""
    return _module(spec).scratch_bytes(spec)


def is_many(spec: ConvSpec) -> bool:
    """Return whether a group has so many filters that one value of x is better used by them than by several rows.

    Rows and filters share a vector of x equally well, and neighbouring filters stand next to each other like rows do.
    A bank has to fill eight places with filters, though, where a row needs one filter; single taps have no rows to
    share anything with.

    Examples
    --------
    >>> is_many(ConvSpec((1, 3, 9, 9), (8, 3, 3, 3))), is_many(ConvSpec((1, 8, 9, 9), (8, 1, 3, 3), groups=8))
    (True, False)
    """
    return spec.w_shape[0] // spec.groups >= (MANY_SINGLE_TAPS if spec.taps == (1, 1) else MANY)


def _module(spec: ConvSpec) -> Engines:
    return bank if is_many(spec) else sliding
