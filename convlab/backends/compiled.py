"""Loops compiled by numba when they are first needed, and kept on disk where that can be written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from convlab.errors import Unavailable

Signature = Callable[[object, object], object]


@cache
def compiled(loops: Callable, signature: Signature, dtype: str, name: str) -> Callable:
    """Return loops compiled for one dtype.

    Parameters
    ----------
    loops : function
    signature : function of (numba.types, the number type)
        Returns the types of the arguments; one signature, so that no call compiles again.
    dtype : {"float32", "float64"}
    name : str
        The backend that asks, for the sentence.

    Raises
    ------
    Unavailable
        When numba is there and does not start.

    Examples
    --------
    >>> import numpy as np
    >>> def double(line):
    ...     for i in range(line.size):
    ...         line[i] *= 2
    >>> line = np.arange(3.0)
    >>> compiled(double, lambda types, number: types.void(number[:]), "float64", "an example")(line)
    >>> line
    array([0., 2., 4.])
    """
    try:
        from numba import njit, types
    except ImportError as error:
        raise Unavailable(
            f"Asked for {name}.",
            f"numba does not start: {error}.",
            "Use numpy-im2col, or reinstall numba.",
        ) from error
    wanted = signature(types, getattr(types, dtype))
    try:
        return njit(wanted, nogil=True, cache=True)(loops)
    except (RuntimeError, OSError):  # no directory that can be written: compile for this process only
        return njit(wanted, nogil=True)(loops)
