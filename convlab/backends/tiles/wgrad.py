"""dw by tiles: the gradient of the weights as what it is, a sum over all images and positions.

One weight is ``dw[o, c, tap] = sum of dy[o, i] * x[c, i * stride + tap]``. Written as a convolution its filter is as
large as an image, and the tiles of a convolution, made for small filters, do badly. Seen the other way round it is a
product of two long and narrow matrices, whose result is small: what registers hold is a part of dw, and what streams
past them are positions. Where filters or channels are many, they stand in the lanes of vectors
(`convlab.backends.tiles.wgrad_broad`); where there are few of both, positions do (`wgrad_thin`).

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

from convlab.backends.compiled import lifted
from convlab.backends.tiles.wgrad_broad import Broad
from convlab.backends.tiles.wgrad_thin import Thin
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
    if not dw.size or not prod(spec.y_shape):
        dw[...] = 0
        return dw
    x, dy = (lifted(np.require(array, spec.dtype, "A")) for array in (x, dy))
    cut(spec).run(x, dy, lifted(dw))
    return dw


def scratch_bytes(spec: ConvSpec) -> int:
    """Return the memory that `wgrad` takes beside x, dy and dw, all threads together, where columns are neighbours."""
    if not prod(spec.w_shape) or not prod(spec.y_shape):
        return 0
    return cut(spec).scratch_bytes
