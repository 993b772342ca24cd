"""What the backends that call another library share: is it here, a filter spread or turned, waste in words."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from math import prod

import numpy as np

from convlab.spec import ConvSpec


def missing(package: str) -> str | None:
    """Return why a package cannot be used here, as a sentence; None when it is installed. Imports nothing.

    Examples
    --------
    >>> missing("numpy") is None
    True
    """
    try:
        if find_spec(package):
            return None
    except (ImportError, ValueError):  # something stands in the way of the import itself: it is not to be had
        pass
    return f"This Python has no package {package}. Install it with pip install {package}."


@cache
def starts(package: str) -> bool:
    """Return whether a package can be imported, found out by importing it.

    Examples
    --------
    >>> starts("numpy")
    True
    """
    try:
        import_module(package)
    except Exception:  # one built for another NumPy may raise anything
        return False
    return True


def spread(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return w with the zeros of the dilation written between its taps; w itself when there are none.

    Examples
    --------
    >>> spread(np.array([[[1, 2, 3]]]), ConvSpec((1, 1, 5), (1, 1, 3), dilation=2))
    array([[[1, 0, 2, 0, 3]]])
    """
    if spec.extent == spec.taps:
        return w
    wide = np.zeros((*spec.w_shape[:2], *spec.extent), w.dtype)
    wide[(..., *(slice(None, None, d) for d in spec.dilation))] = w
    return wide


def unturned(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the filter to hand to what always flips: w itself, turned first where the spec does not flip; a view.

    Examples
    --------
    >>> unturned(np.array([[[1, 2, 3]]]), ConvSpec((1, 1, 5), (1, 1, 3), flip=False))
    array([[[3, 2, 1]]])
    """
    return w if spec.flip else w[(..., *[slice(None, None, -1)] * spec.rank)]


def waste(spec: ConvSpec, computed: tuple[int, ...]) -> str | None:
    """Say what a library computes in vain that has neither stride nor dilation; None when nothing.

    Parameters
    ----------
    computed : tuple of int
        Values that the library computes per image and filter, along each spatial axis.

    Examples
    --------
    >>> waste(ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), stride=2), (7, 7))
    'Computes 49 values to keep 16.'
    """
    found, kept = prod(computed), prod(spec.y_shape[2:])
    reached, used = prod(spec.extent), prod(spec.taps)
    said = []
    if found > kept:
        said.append(f"Computes {found} values to keep {kept}.")
    if reached > used:
        said.append(f"Multiplies {reached} taps, of which {reached - used} are zeros written between them.")
    return " ".join(said) or None
