"""Which tile a convolution gets: one that slides over rows for few filters of a group, or one of many filters."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from convlab.backends.numba_tiles import sliding
from convlab.spec import ConvSpec

MANY = 4  # filters in a group, from which on a vector of x is better used by several of them than by several rows


class Engine(Protocol):
    """A convolution with filters that are held.

    Attributes
    ----------
    nbytes : int
        What is kept of the filters.
    """

    nbytes: int

    def __call__(self, x: np.ndarray, y: np.ndarray) -> None:
        """Write y; x and y may have any strides."""


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


def _module(spec: ConvSpec):
    return sliding
