"""How a backend is timed: a first call, told apart into its parts, and blocks of calls into a reused output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import numpy as np

Run = Callable[[np.ndarray | None], np.ndarray]


@dataclass(frozen=True, eq=False)
class First:
    """What the first call gave.

    Attributes
    ----------
    y : ndarray
        The answer; later calls may write into the same memory.
    seconds : float
        The whole of it, with all that is done once.
    parts : dict of str to float
        Seconds of what is done once or beside the computation, where the backend can tell: "compile", "transfer", and
        "filter" where the filter is held.
    """

    y: np.ndarray
    seconds: float
    parts: dict[str, float] = field(default_factory=dict)


class Stopwatch:
    """Times a backend by this process's own clock; what it computes stays in one output that is written over.

    Parameters
    ----------
    run : function of out
        Computes into `out` where one is given, and returns the answer.
    clock : function, optional
        Returns seconds; for tests.

    Examples
    --------
    >>> watch = Stopwatch(lambda out: np.copyto(out, 1.0) if out is not None else np.ones(3))
    >>> float(watch.first().y.sum()), watch.block(10) >= 0.0
    (3.0, True)
    """

    pid: int | None = (
        None  # of the process that computes, when it is not this one: then nothing is written into `out`
    )

    def __init__(self, run: Run, clock: Callable[[], float] = perf_counter) -> None:
        self._run, self._clock = run, clock
        self.out: np.ndarray | None = (
            None  # where blocks write; another array of the same form may take its place
        )

    def first(self) -> First:
        """Call for the first time, into fresh memory."""
        began = self._clock()
        y = self._run(None)
        seconds = self._clock() - began
        self.out = y
        return First(y, seconds)

    def block(self, loops: int) -> float:
        """Return the seconds that `loops` calls take, one after the other, into `out`."""
        run, out = self._run, self.out
        began = self._clock()
        for _ in range(loops):
            run(out)
        return self._clock() - began


class HeldStopwatch(Stopwatch):
    """Times a plan, which holds its filter: what is done with the filter alone is no part of a block.

    Parameters
    ----------
    prepare : function
        Returns the plan, a function of (x, out).
    x : ndarray
    clock : function, optional
        Returns seconds; for tests.

    Examples
    --------
    >>> watch = HeldStopwatch(lambda: lambda x, out: np.multiply(x, 2, out), np.ones(3))
    >>> first = watch.first()
    >>> first.y.sum(), first.parts["filter"] <= first.seconds, watch.block(2) >= 0.0
    (np.float64(6.0), True, True)
    """

    def __init__(
        self, prepare: Callable[[], Callable], x: np.ndarray, clock: Callable[[], float] = perf_counter
    ) -> None:
        super().__init__(self._first, clock)
        self._prepare, self._x = prepare, x

    def _first(self, out: np.ndarray | None) -> np.ndarray:
        self._run = partial(self._prepare(), self._x)
        return self._run(out)

    def first(self) -> First:
        """Make the plan and call it; then make it once more, for the time of that with nothing left to compile."""
        called = super().first()
        began = self._clock()
        self._prepare()
        taken = self._clock() - began
        return First(called.y, called.seconds, {"filter": min(taken, called.seconds)})
