"""dw by tiles: the gradient of the weights as what it is, a sum over all images and positions.

One weight is ``dw[o, c, tap] = sum of dy[o, i] * x[c, i * stride + tap]``. Written as a convolution its filter is as
large as an image, and the tiles of a convolution, made for small filters, do badly. Seen the other way round it is a
product of two long and narrow matrices, whose result is small: what registers hold is a part of dw, and what streams
past them are positions. Where filters or channels are many, they stand in the lanes of vectors
(`broad`); where there are few of both, positions do (`thin`).

The order of every sum is fixed by the spec and the kind of processor: long sums are sums of partial sums, their number
and limits do not depend on the threads, and they are added up one after the other. How many threads there are decides
only who computes which, so the bits do not depend on it. Sums of sums also round less than one long chain, and
`convlab.numerics.direct_bound` grants n terms any order.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import prod

import numpy as np

from convlab.backends.tiles.wgrad.broad import Broad
from convlab.backends.tiles.wgrad.thin import Thin
from convlab.operands import lifted
from convlab.spec import ConvSpec


@lru_cache(256)
def cut(spec: ConvSpec) -> Broad | Thin:
    """Return how dw is cut, for a spec with nothing empty: the way that leaves least idle.

    Examples
    --------
    >>> cut(ConvSpec((8, 64, 56, 56), (64, 64, 3, 3))).by_filters
    True
    >>> type(cut(ConvSpec((50, 1, 100, 100), (1, 1, 11, 11)))).__name__
    'Thin'
    """
    spec = raised(spec)
    return min(Broad(spec, True), Broad(spec, False), Thin(spec), key=lambda way: way.cost())


def raised(spec: ConvSpec) -> ConvSpec:
    """Return a spec with three axes, of length 1 where it has none.

    Examples
    --------
    >>> str(raised(ConvSpec((1, 2, 9), (3, 2, 4), stride=2)))
    'x(1, 2, 1, 1, 9) w(3, 2, 1, 1, 4) ((0, 0), (0, 0), (0, 0)) stride=(1, 1, 2) float32'
    """
    ones = (1,) * (3 - spec.rank)
    return ConvSpec(
        (*spec.x_shape[:2], *ones, *spec.space), (*spec.w_shape[:2], *ones, *spec.taps), stride=ones + spec.stride,
        dilation=ones + spec.dilation, groups=spec.groups, flip=spec.flip,
        padding=((0, 0),) * len(ones) + spec.pads, dtype=spec.dtype,
    )  # fmt: skip


def computed(spec: ConvSpec) -> ConvSpec:
    """Return a spec in the dtype of its sums: float16 is added up in float32.

    Examples
    --------
    >>> computed(ConvSpec((1, 1, 5), (1, 1, 2), dtype="float16")).dtype
    'float32'
    """
    return replace(spec, dtype="float32") if spec.dtype == "float16" else spec


@lru_cache(256)
def met(spec: ConvSpec) -> tuple[ConvSpec, tuple[slice, ...], tuple[slice, ...]] | None:
    """Return the part of a gradient of w that meets x, and which x and dy it reads; None where nothing does.

    Outputs whose windows stand on padding alone, and inputs that no window reads, have no part in dw.

    Examples
    --------
    >>> part, inputs, outputs = met(ConvSpec((1, 1, 5), (1, 1, 2), padding=((9, 0),), stride=2))
    >>> str(part), inputs, outputs
    ('x(1, 1, 5) w(1, 1, 2) ((1, 0),) stride=(2,) float32', (slice(0, 5, None),), (slice(4, 7, None),))
    """
    axes = [_met(spec, axis) for axis in range(spec.rank)]
    if None in axes:
        return None
    inputs, outputs, zeros = zip(*axes, strict=True)
    size = tuple(part.stop - part.start for part in inputs)
    part = replace(spec, x_shape=(*spec.x_shape[:2], *size), mode="padded", padding=zeros)
    return part, inputs, outputs


def _met(spec: ConvSpec, axis: int) -> tuple[slice, slice, tuple[int, int]] | None:
    """Return the inputs and outputs that meet along an axis, and the zeros around these inputs."""
    n, m, (lo, _) = spec.space[axis], spec.y_shape[2 + axis], spec.pads[axis]
    stride, extent = spec.stride[axis], spec.extent[axis]
    shifts = [tap * spec.dilation[axis] - lo for tap in range(spec.taps[axis])]
    firsts = [max(0, -(shift // stride)) for shift in shifts]
    ends = [min(m, (n - 1 - shift) // stride + 1) for shift in shifts]
    meeting = [(first, end) for first, end in zip(firsts, ends, strict=True) if first < end]
    if not meeting:
        return None
    first, end = min(first for first, _ in meeting), max(end for _, end in meeting)
    start, stop = first * stride - lo, (end - 1) * stride + extent - lo  # of what their windows reach over
    return slice(max(0, start), min(n, stop)), slice(first, end), (max(0, -start), max(0, stop - n))


def wgrad(x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the gradient of w.

    Parameters
    ----------
    x, dy : ndarray, shapes spec.x_shape and spec.y_shape
        Of spec.dtype, of any strides.
    spec : ConvSpec
        Of float32 or float64.

    Returns
    -------
    ndarray, shape spec.w_shape

    Examples
    --------
    >>> x, dy = np.arange(1.0, 6).reshape(1, 1, 5), np.array([[[1.0, 10]]])
    >>> wgrad(x, dy, ConvSpec(x.shape, (1, 1, 3), stride=2, flip=False, dtype="float64"))
    array([[[31., 42., 53.]]])
    """
    dw = np.empty(spec.w_shape, spec.dtype)
    part = met(spec) if dw.size and prod(spec.y_shape) else None
    if part is None:
        dw[...] = 0
        return dw
    spec, inputs, outputs = part
    x, dy = x[(..., *inputs)], dy[(..., *outputs)]
    x, dy = (lifted(np.require(array, spec.dtype, "A")) for array in (x, dy))
    cut(spec).run(x, dy, lifted(dw))
    return dw


def scratch_bytes(spec: ConvSpec) -> int:
    """Return the memory that `wgrad` takes beside x, dy and dw, all threads together, where columns are neighbours."""
    part = met(spec) if prod(spec.w_shape) and prod(spec.y_shape) else None
    return cut(part[0]).scratch_bytes if part else 0
