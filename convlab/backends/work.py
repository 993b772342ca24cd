"""What an algorithm does for a convolution, counted: operations, calls into a library, bytes that it copies."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2, prod

import numpy as np

from convlab.backends.formula import counted
from convlab.spec import ConvSpec

FEW = 8  # filters in a group: with fewer a product does less than 16 operations with each value of a column


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one call; how long a machine takes for it is for `convlab.timing` to say.

    Attributes
    ----------
    flops : int
        Additions and multiplications that the algorithm does, which may be more or fewer than the definition's.
    calls : int
        How often Python enters compiled code.
    moved_bytes : int
        What is copied from place to place before, between and after the operations.
    flops_letters, calls_letters : str
        How these numbers come about: templates as `convlab.backends.formula` expands them, or plain words.
    """

    flops: int
    calls: int = 1
    moved_bytes: int = 0
    flops_letters: str = ""
    calls_letters: str = ""


def direct(
    spec: ConvSpec, calls: str = "1", moved_bytes: int = 0, flops: str = "2·N·O·I·{taps}·{out}"
) -> Work:
    """Return the work of an algorithm that does what its formulas, sums of products, say.

    Examples
    --------
    >>> direct(ConvSpec((1, 1, 5, 5), (2, 1, 3, 3)), "N·O").calls
    2
    """
    return Work(counted(flops, spec), counted(calls, spec), moved_bytes, flops, calls)


def transform_flops(sizes: tuple[int, ...]) -> int:
    """Return the operations of one transform of real values: ``2.5 P log2 P`` for P points.

    Examples
    --------
    >>> transform_flops((8, 8))
    960
    """
    points = prod(sizes)
    return round(2.5 * points * log2(max(2, points)))


def column_passes(spec: ConvSpec) -> int:
    """Return how often a matrix of columns goes through memory: written, and read again for a product of few filters.

    A product of many filters uses each value that it reads so often that reading is no part of its time. With few it
    waits for memory, and takes as long as the copy did: measured for one filter of 31 x 31 taps, twice the copy.

    Examples
    --------
    >>> [column_passes(ConvSpec((1, 4, 9), (filters, 4, 3))) for filters in (1, 64)]
    [2, 1]
    """
    return 2 if spec.w_shape[0] // spec.groups < FEW else 1


def operand_bytes(spec: ConvSpec) -> int:
    """Return the bytes of x, w and y together.

    Examples
    --------
    >>> operand_bytes(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    172
    """
    values = prod(spec.x_shape) + prod(spec.w_shape) + prod(spec.y_shape)
    return values * np.dtype(spec.dtype).itemsize
