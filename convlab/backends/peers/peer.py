"""What the library functions have in common: one raw call, a result cut to what was asked, and a clock of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from convlab.backends.backend import Backend
from convlab.backends.library import missing
from convlab.backends.stopwatch import Stopwatch
from convlab.spec import ConvSpec


@dataclass(frozen=True, eq=False)
class Ready:
    """A library function with everything prepared that a fair clock leaves out.

    Attributes
    ----------
    call : function
        What is timed: from the operands as the library likes them best, with all that depends on the filter alone done
        before, to a result in the library's own form and in memory of its own.
    read : function of that result
        Returns it as an array of the shape that was asked for.
    """

    call: Callable[[], object]
    read: Callable[[object], np.ndarray]


class Peer(Backend):
    """A library function: a subclass states what it is, what its words can say, and calls it.

    Attributes
    ----------
    package, install : str
        What is imported, and what pip calls it.
    computes : tuple of {"y", "dx", "dw"}
        What it can be asked for: the result, and the gradients of x and of w.
    """

    device = "cpu"
    package: str
    install: str
    computes: tuple[str, ...] = ("y",)

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

    def ready(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Ready:
        """Prepare the function for one x and one w, as far as its library lets it."""
        return Ready(partial(self.call, x, w, spec), lambda y: y)

    def ready_gradient(self, of: str, x: np.ndarray, w: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> Ready:
        """Prepare the gradient "dx" or "dw" of a function that computes it."""
        raise NotImplementedError(f"{self.name} computes {', '.join(self.computes)}; asked for {of}.")

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
