"""What the library functions have in common: one raw call, a result cut to what was asked, and a clock of their own."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from convlab.backends.backend import Backend
from convlab.backends.library import missing
from convlab.backends.stopwatch import Stopwatch
from convlab.spec import ConvSpec


class Peer(Backend):
    """A library function: a subclass states what it is, what its words can say, and calls it."""

    device = "cpu"
    package: str
    install: str

    @property
    def counterpart(self) -> str:
        """The function itself."""
        return self.name

    def unavailable(self) -> str | None:
        """Return a sentence when the library is not installed."""
        if missing(self.package) is None:
            return None
        return f"This Python has no package {self.package}. Install it with pip install {self.install}."

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Call the function, and copy its result into `out` where one is given."""
        y = self.call(x, w, spec)
        if out is None:
            return y
        out[...] = y
        return out

    def stopwatch(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, held: bool = False) -> Stopwatch:
        """Return what times the function alone, which holds no filter; its result is copied after the clock stopped."""
        return RawStopwatch(lambda _: self.call(x, w, spec))

    @abstractmethod
    def call(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Return y, shape spec.y_shape, in the memory that the library made for it."""


class RawStopwatch(Stopwatch):
    """Times a function that makes its own output; that of the last call is kept.

    Examples
    --------
    >>> watch = RawStopwatch(lambda _: np.ones(3))
    >>> watch.out = np.zeros(3)
    >>> watch.block(2) >= 0.0, watch.out.tolist()
    (True, [1.0, 1.0, 1.0])
    """

    def block(self, loops: int) -> float:
        """Return the seconds that `loops` calls take, one after the other."""
        run = self._run
        began = self._clock()
        for _ in range(loops):
            y = run(None)
        seconds = self._clock() - began
        if self.out is not None:
            self.out[...] = y
        return seconds
