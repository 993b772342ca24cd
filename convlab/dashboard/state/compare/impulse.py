"""One impulse instead of x, and digits instead of w: each output then spells how its column reads the filter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convlab.dashboard.state.compare.question import Loose
from convlab.errors import Refused


def impulse_of(question: Loose) -> Loose:
    """Return the question with x a single 1 in its middle, and w digits that spell filter, channel, row and column.

    Examples
    --------
    >>> from convlab.dashboard.state.compare.question import loose_of
    >>> impulse_of(loose_of("S000a")).w[0, 0].tolist()
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
    """
    if question.is_large:
        raise Refused(
            "Asked for an impulse.", "The output is too large to read as numbers.", "Use a smaller example."
        )
    x, w = np.zeros(question.x.shape), np.ones(question.w.shape)
    x[(0, 0, *(_spot(n, k, question) for n, k in zip(x.shape[2:], w.shape[2:])))] = 1
    lone = w.shape[:2] == (1, 1)
    if lone:
        w = np.arange(1.0, w.size + 1).reshape(w.shape)
    else:
        for axis, places in enumerate(reversed(np.indices(w.shape))):
            w += (places + 1) * 10.0**axis
        w -= 1
    dtype = question.operands.spec.dtype if question.operands is not None else "float64"
    return replace(question, x=x.astype(dtype), w=w.astype(dtype))


def _spot(n: int, taps: int, question: Loose) -> int:
    """Return where the 1 stands: before the middle if all taps meet it there, so that a turned output shows."""
    middle = n // 2
    beside = question.mode != "valid" and question.padding is None and middle - 1 >= taps // 2
    return middle - 1 if beside else middle
