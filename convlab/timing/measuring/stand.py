"""What a worker keeps between two asks: operands of one spec, one output, stopwatches that made their first call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from convlab.spec import ConvSpec
from convlab.timing.words import spec_in

if TYPE_CHECKING:
    from convlab.backends.stopwatch import Stopwatch


class Stand:
    """The place where all backends of a worker compute the same spec.

    Parameters
    ----------
    spec : ConvSpec
    seed : int
        Of the operands.

    Examples
    --------
    >>> stand = Stand(ConvSpec((1, 1, 5), (1, 1, 3)), 0)
    >>> stand.watch("numpy-im2col").block(2) > 0 and stand.watch("numpy-im2col").out.shape
    (1, 1, 3)
    """

    def __init__(self, spec: ConvSpec, seed: int) -> None:
        from convlab.operands import noise

        self.spec, self.seed = spec, seed
        self.x, self.w = noise(spec, seed)
        self._out, self._watches = None, {}

    def fresh(self, name: str, held: bool = False) -> Stopwatch:
        """Return a new stopwatch of a backend, its filter held or not, and forget the one before."""
        from convlab.backends import get

        self._watches.pop((name, held), None)
        return get(name).stopwatch(self.x, self.w, self.spec, held)

    def keep(self, name: str, watch: Stopwatch, held: bool = False) -> None:
        """Keep a stopwatch whose first call is over; from now on it writes into the output that all share."""
        import numpy as np

        if self._out is None:
            self._out = np.empty(self.spec.y_shape, self.spec.dtype)
            self._out.fill(0)  # its pages are there from now on, and are no part of any call's peak
        watch.out = self._out
        self._watches[name, held] = watch

    def watch(self, name: str, held: bool = False) -> Stopwatch:
        """Return the stopwatch of a backend, after its first call."""
        if (name, held) not in self._watches:
            watch = self.fresh(name, held)
            watch.first()
            self.keep(name, watch, held)
        return self._watches[name, held]


_kept: Stand | None = None  # of the last spec: the next one needs its memory


def stand(words: Mapping, seed: int) -> Stand:
    """Return the stand of a spec, as `convlab.timing.words.spec_out` writes it; the one before makes room.

    Examples
    --------
    >>> words = {"x_shape": [1, 1, 5], "w_shape": [1, 1, 3]}
    >>> stand(words, 0) is stand(words, 0), stand(words, 1).x is stand(words, 0).x
    (True, False)
    """
    global _kept
    spec = spec_in(words)
    if _kept is None or (_kept.spec, _kept.seed) != (spec, seed):
        _kept = None  # frees before it takes
        _kept = Stand(spec, seed)
    return _kept
