"""Dilation and far padding taken apart: one plain layer for every remainder of rows and columns, without copies.

With a dilation of 2 an output in an even row reads even rows only, or odd ones only: the even and the odd rows are two
convolutions that know nothing of each other, and so are the columns. Each is one of 3 x 3 taps that stand side by side,
on a view of x that takes every second row and column, into a view of y that does the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod

from convlab.backends.numba_winograd.cuts import Layer
from convlab.spec import ConvSpec

REACH = 2  # a window begins so far before its last tap


@dataclass(frozen=True)
class Part:
    """One plain layer of a spec.

    Attributes
    ----------
    inputs, outputs : tuple of slice
        Which rows and columns of x it reads and of y it makes.
    layer : Layer
    """

    inputs: tuple[slice, slice]
    outputs: tuple[slice, slice]
    layer: Layer


@dataclass(frozen=True)
class Along:
    """One axis of a part: its inputs, its outputs, how many there are of each, and the zeros before the inputs."""

    inputs: slice
    outputs: slice
    size: int
    made: int
    before: int


@lru_cache(256)
def parts(spec: ConvSpec, made: int) -> tuple[Part, ...]:
    """Return the layers that a spec of stride 1 is made of; outputs that none of them makes see nothing of x.

    Parameters
    ----------
    spec : ConvSpec
        Of 3 x 3 taps.
    made : int
        Outputs of a tile along an axis.

    Examples
    --------
    >>> one, = parts(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), padding=4), 4)
    >>> one.outputs, one.layer.above, one.layer.high
    ((slice(2, 9, 1), slice(2, 9, 1)), 2, 7)
    >>> len(parts(ConvSpec((1, 1, 9, 9), (1, 1, 3, 3), dilation=(2, 3)), 4))
    6
    """
    if not prod(spec.y_shape) * spec.terms:
        return ()
    filters, channels = spec.w_shape[0] // spec.groups, spec.w_shape[1]
    down, across = (
        [_along(n, out, lo, step, start) for start in range(step)]
        for n, out, (lo, _), step in zip(spec.space, spec.y_shape[2:], spec.pads, spec.dilation, strict=True)
    )
    return tuple(
        Part(
            (row.inputs, column.inputs), (row.outputs, column.outputs),
            Layer(
                made, spec.dtype, spec.x_shape[0], spec.groups, channels, filters, row.size, column.size,
                row.made, column.made, row.before, column.before,
            ),
        )
        for row in down if row.made for column in across if column.made
    )  # fmt: skip


def _along(n: int, out: int, before: int, step: int, start: int) -> Along:
    """Return every step-th output of an axis from `start` on, less those at both ends that see no input.

    Output ``start + step * i`` reads the inputs ``first + step * (i - zeros)`` and the two after it.

    Examples
    --------
    >>> _along(5, 9, 4, 1, 0)
    Along(inputs=slice(0, 5, 1), outputs=slice(2, 9, 1), size=5, made=7, before=2)
    """
    first = (start - before) % step
    zeros = (first - start + before) // step
    size, made = len(range(first, n, step)), len(range(start, out, step))
    dropped = max(0, zeros - REACH)
    last = min(made, size + zeros) if size else 0
    made = max(0, last - dropped)
    outputs = slice(start + step * dropped, start + step * (dropped + made - 1) + 1, step)
    return Along(slice(first, n, step), outputs, size, made, zeros - dropped)
