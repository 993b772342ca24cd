"""conv3D and conv3d2d: the same convolution of volumes in two orders of the axes, and the way from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FROM = ("batch", "row", "column", "time", "channel")
TO = ("batch", "time", "channel", "row", "column")
ORDER = (0, 3, 4, 1, 2)  # which axes of conv3D stand where in conv3d2d
TURNED = ("row", "column", "time")  # conv3d2d turns the filter along these, conv3D along none
SHAPES = ((1, 4, 5, 3, 2), (2, 2, 3, 2, 2))  # of V and W, in conv3D's order


@dataclass(frozen=True, slots=True)
class Swap:
    """What comes of an order of the axes and of a turn of the filter.

    Attributes
    ----------
    order : tuple of int
        Which axis of conv3D stands at each place; the same for V and W.
    turned : tuple of str
        The axes along which W is turned first.
    fits : str or None
        Why conv3d2d refuses arrays in this order; None when it computes.
    difference : float or None
        The largest difference from conv3D's answer, value by value; None where shapes differ.
    sums : tuple of float
        The sum of conv3D's answer, and of conv3d2d's if it gave one.
    """

    order: tuple[int, ...]
    turned: tuple[str, ...]
    fits: str | None
    difference: float | None
    sums: tuple[float, ...]

    @property
    def is_right(self) -> bool:
        """Whether both answers agree in every value."""
        return self.difference == 0


def operands() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return V, W and b of small whole numbers in conv3D's order; no two orders and no two turns of them agree."""
    rng = np.random.default_rng(2)
    v, w = (rng.integers(-9, 10, shape).astype(float) for shape in SHAPES)
    return v, w, np.zeros(SHAPES[1][0])


def swap(order: tuple[int, ...] = ORDER, turned: tuple[str, ...] = TURNED) -> Swap:
    """Compute conv3D, and conv3d2d on its arrays in another order, and compare the two.

    Parameters
    ----------
    order : tuple of int
        A permutation of 0 to 4.
    turned : tuple of str
        Any of "row", "column", "time".

    Examples
    --------
    >>> swap().difference, swap(turned=()).is_right, swap(order=(0, 1, 2, 3, 4)).is_right
    (0.0, False, False)
    """
    from convlab import theano
    from convlab.errors import ConvLabError

    v, w, b = operands()
    wanted = theano.conv3D(v, w, b, (1, 1, 1))
    flipped = w[tuple(slice(None, None, -1) if axis in turned else slice(None) for axis in FROM)]
    try:
        found = theano.conv3d2d(v.transpose(order), flipped.transpose(order))
    except ConvLabError as error:
        return Swap(order, turned, error.found or str(error), None, (float(wanted.sum()),))
    back = found.transpose(np.argsort(order))
    same = back.shape == wanted.shape
    difference = float(np.abs(back - wanted).max()) if same else None
    return Swap(order, turned, None, difference, (float(wanted.sum()), float(found.sum())))


def code(order: tuple[int, ...] = ORDER, turned: tuple[str, ...] = TURNED) -> list[str]:
    """Return the swap as lines of Python.

    Examples
    --------
    >>> code()[0]
    'x = V.transpose(0, 3, 4, 1, 2)'
    """
    turns = ", ".join("::-1" if axis in turned else ":" for axis in FROM)
    there, back = (", ".join(map(str, axes)) for axes in (order, np.argsort(order).tolist()))
    return [
        f"x = V.transpose({there})",
        f"w = W[{turns}]",
        f"w = w.transpose({there})",
        "y = conv3d2d(x, w)",
        f"H = y.transpose({back}) + b",
    ]
