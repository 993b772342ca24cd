"""numba-pointwise: filters of a single tap per channel, which is a matrix product, in vector code of our own."""

from __future__ import annotations

from math import prod

from convlab.backends.tiles import bank
from convlab.backends.tiles.tiled import Tiled
from convlab.spec import ConvSpec, by


class NumbaPointwise(Tiled):
    """Filters (O, C) times images (C, positions), by tiles that write y where it goes.

    A filter of one tap sees one value of each channel: y is the product of a matrix of filters with a matrix whose
    columns are positions. A library's product knows nothing of images, strides and zeros, so it takes one call per
    image and a copy where there is a stride. The tile of `convlab.backends.tiles.bank` is that of a matrix product, 8
    rows by 3 vectors; images of plain memory are one long row to it, which few filters read in place. Many filters,
    strides and zeros see x through panels as large as a cache.

    Notes
    -----
    Every output is added up by fused multiply-adds in y's own dtype, in runs of at most 512 terms
    (`convlab.backends.tiles.runs`), channel by channel. Neither machine nor threads change it, so the bits are the same
    everywhere. float16 is computed as float32 and rounded once. Zeros around x are multiplied like any value, so an
    infinite or missing weight meets them.

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.arange(6.0).reshape(1, 2, 3), np.array([1.0, 10.0]).reshape(1, 2, 1)
    >>> NumbaPointwise().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[30., 41., 52.]]])
    """

    name = "numba-pointwise"
    engines = bank
    how = "matrix product in tiles"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse filters of several taps, and longdouble."""
        if prod(spec.taps) > 1:
            return f"A filter has {by(spec.taps)} taps; numba-pointwise takes those of a single one."
        return super().supports(spec)
