"""numba-tiles: blocks of outputs that stay in registers for the length of their sums, in vector code of our own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convlab.backends.numba_tiles import engines
from convlab.backends.tiles.tiled import Tiled
from convlab.spec import ConvSpec


class NumbaTiles(Tiled):
    """Register tiles over one or two axes: sliding down the rows of x for few filters, over all taps for many.

    `convlab.backends.tiles.rows` says why a tile is fast and what it looks like; `convlab.backends.tiles.bank` is
    the tile for many filters. Which of the two a spec gets depends on the filters of a group alone (`engines.is_many`).

    Notes
    -----
    Every output is added up by fused multiply-adds in y's own dtype: channel after channel of its group, in each the
    remainders of the row and column stride (one, where the stride is 1), in each row after row of the filter, in each
    tap after tap. A bank goes through all taps of a channel in C order, which is the same where the stride is 1. Sums
    of more than 256 terms are sums of runs (`convlab.backends.tiles.runs`): each begins at +0 and has at most 512
    terms, and its sum is added to the total of those before it. Neither the machine nor its threads change that, so the
    bits are the same everywhere. float16 is computed as float32 and rounded once. Zeros around x are multiplied like
    any value, so an infinite or missing weight meets them. x is never copied as a whole: pieces at its border, and all
    where the stride is above 1, read copied lines that fit a cache.

    The vector code is LLVM's, numba's own compiler, called directly; numba itself is not started.

    A stack with the image index last, ``x.transpose(2, 0, 1)[:, None]``, is read as it is, and y made by `run` has the
    same order: its columns and images are one long axis, along which the vectors lie.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> NumbaTiles().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "numba-tiles"
    engines = engines
    how = "register tiles"
    layout = "NC*, C*N"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse three axes, and longdouble, for which no processor has vectors."""
        if spec.rank == 3:
            return "x has 3 spatial axes; these tiles slide over 1 or 2. numba-3d does this one."
        return super().supports(spec)

    def computed(self, spec: ConvSpec) -> ConvSpec:
        """Return the spec that the engines compute: of two axes, in float32 or float64."""
        return _flat(super().computed(spec))

    def empty(self, x: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Return memory for y: in C order, or with the image index last where x has it last."""
        images, filters, *space = spec.y_shape
        if images > 1 and x.strides[0] == x.itemsize and x.strides[-1] == images * x.itemsize:
            return np.moveaxis(np.empty((filters, *space, images), spec.dtype), -1, 0)
        return np.empty(spec.y_shape, spec.dtype)


def _flat(spec: ConvSpec) -> ConvSpec:
    """Return a spec of two axes, the first of length 1 where there is one, that computes the same."""
    if spec.rank == 2:
        return spec
    return replace(
        spec, x_shape=(*spec.x_shape[:2], 1, *spec.space), w_shape=(*spec.w_shape[:2], 1, *spec.taps),
        stride=(1, *spec.stride), dilation=(1, *spec.dilation), mode="valid" if spec.padding is None else "padded",
        padding=((0, 0), *spec.pads),
    )  # fmt: skip
