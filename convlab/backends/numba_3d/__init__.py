"""numba-3d: convolutions of three axes by the filter bank, in vector code of our own."""

from __future__ import annotations

from convlab.backends import limits
from convlab.backends.tiles import bank
from convlab.backends.tiles.tiled import Tiled
from convlab.spec import ConvSpec


class Numba3d(Tiled):
    """Tiles of 8 filters by 3 vectors of outputs over three axes, without a copy of x that is larger than a cache.

    To a tile a third axis is one more entry in a table: term t of a sum stands so many bytes behind the first one,
    whatever depth, row and column that is. `convlab.backends.tiles.bank` says how, and why it is fast: a library that
    has no such table multiplies a matrix of all windows, each of which repeats x as often as a filter has taps.

    Notes
    -----
    Every output is added up by fused multiply-adds in y's own dtype, in runs of at most 512 terms
    (`convlab.backends.tiles.runs`): channel by channel, in each tap by tap in C order of the filter as it is slid.
    Neither machine nor threads change it, so the bits are the same everywhere. float16 is computed as float32 and
    rounded once. Zeros around x are multiplied like any value, so an infinite or missing weight meets them.

    A single filter takes as long as two.

    Examples
    --------
    >>> import numpy as np
    >>> film, w = np.arange(8.0).reshape(1, 1, 2, 2, 2), np.array([1.0, 10.0]).reshape(1, 1, 2, 1, 1)
    >>> Numba3d().run(film, w, ConvSpec(film.shape, w.shape, dtype="float64"))
    array([[[[[ 4., 15.],
              [26., 37.]]]]])
    """

    name = "numba-3d"
    engines = bank
    how = "register tiles of volumes"
    layout = "NCDHW"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse one and two axes, which `numba-tiles` takes, and longdouble."""
        return limits.axes(spec, "numba-3d", 3) or super().supports(spec)
