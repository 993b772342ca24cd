"""The ways to turn a filter: two for a row, eight for a square, four for other rectangles, eight for a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod

import numpy as np

from convlab.spec import AXES

GIVEN, TURNED = 0, 2  # the indices that cross-correlation and convolution read a filter by, in every rank


@dataclass(frozen=True, slots=True)
class Turn:
    """One way to read a filter.

    Attributes
    ----------
    index : int
        Its place among the eight of its rank; 0 is as given, 2 is turned along all axes.
    flips : tuple of bool
        Which spatial axes are read backwards.
    swap : bool
        True when the last two axes change places first.
    """

    index: int
    flips: tuple[bool, ...]
    swap: bool = False

    def of(self, w: np.ndarray) -> np.ndarray:
        """Return the filter read this way: a view; the leading axes stay."""
        w = w.swapaxes(-1, -2) if self.swap else w
        return w[(..., *(slice(None, None, -1) if f else slice(None) for f in self.flips))]

    def code(self, bare: bool) -> str:
        """Return this turn as NumPy: ``w[::-1, ::-1]``."""
        if self.swap:
            base = "w.T" if bare else "w.swapaxes(-1, -2)"
        else:
            base = "w"
        if not any(self.flips):
            return base
        parts = ["::-1" if f else ":" for f in self.flips]
        while bare and parts[-1] == ":":
            parts.pop()
        return f"{base}[{', '.join(parts if bare else ['...', *parts])}]"

    @property
    def name(self) -> str:
        """What a person calls it."""
        if self.swap:
            return {1: "turned by 90°", 3: "turned by 270°", 5: "transposed", 7: "transposed and turned"}[
                self.index
            ]
        if not any(self.flips):
            return "as given"
        if all(self.flips):
            return "turned by 180°" if len(self.flips) == 2 else "turned"
        return f"{flipped(self)} turned"


_SQUARE = (  # in the order of np.rot90(w, 0..3), then of np.rot90(w[:, ::-1], 0..3)
    Turn(0, (False, False)),
    Turn(1, (True, False), True),
    Turn(2, (True, True)),
    Turn(3, (False, True), True),
    Turn(4, (False, True)),
    Turn(5, (False, False), True),
    Turn(6, (True, False)),
    Turn(7, (True, True), True),
)
_BOX = sorted(product((False, True), repeat=3), key=lambda f: (sum(f) not in (0, 3), sum(f), f[::-1]))


@cache
def turns(taps: tuple[int, ...]) -> tuple[Turn, ...]:
    """Return the ways to turn a filter of this shape that differ, in the order of their indices.

    Examples
    --------
    >>> [turn.name for turn in turns((2, 3))]
    ['as given', 'turned by 180°', 'columns turned', 'rows turned']
    """
    if len(taps) == 1:
        every = (Turn(0, (False,)), Turn(2, (True,)))
    elif len(taps) == 2:
        every = tuple(turn for turn in _SQUARE if not turn.swap or taps[0] == taps[1])
    else:
        every = (Turn(place, flips) for place, flips in zip((0, 2, 1, 3, 4, 5, 6, 7), _BOX))
    kept: dict[bytes, Turn] = {}
    for turn in sorted(every, key=lambda turn: (turn.index not in (GIVEN, TURNED), turn.index)):
        kept.setdefault(_order(turn, taps), turn)
    return tuple(sorted(kept.values(), key=lambda turn: turn.index))


@cache
def asked(taps: tuple[int, ...], flip: bool) -> Turn:
    """Return the turn by which convolution, or cross-correlation, reads a filter; of one tap they are the same."""
    whole = Turn(TURNED, (flip,) * len(taps))
    return next(turn for turn in turns(taps) if _order(turn, taps) == _order(whole, taps))


def _order(turn: Turn, taps: tuple[int, ...]) -> bytes:
    return turn.of(np.arange(prod(taps)).reshape(taps)).tobytes()


@cache
def relative(taps: tuple[int, ...], reads: Turn, wanted: Turn) -> Turn:
    """Return the turn to hand a filter over in, so that one who reads it as `reads` sees it as `wanted`.

    Examples
    --------
    >>> as_given, turned = turns((3, 3))[0], turns((3, 3))[2]
    >>> relative((3, 3), as_given, turned).code(bare=True)
    'w[::-1, ::-1]'
    """
    numbers = np.arange(prod(taps)).reshape(taps)
    goal = wanted.of(numbers)
    return next(turn for turn in turns(taps) if np.array_equal(reads.of(turn.of(numbers)), goal))


def flipped(turn: Turn) -> str:
    """Return the names of the axes that a turn reads backwards: "rows", "depth and rows"."""
    return " and ".join(name for name, f in zip(AXES[len(turn.flips)], turn.flips) if f)
