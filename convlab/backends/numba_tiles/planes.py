"""The planes that a convolution with strides is a sum of, and the parts of them in which runs of a sum end."""

from __future__ import annotations

from typing import NamedTuple

from convlab.backends.tiles.runs import run_terms


class Remainder(NamedTuple):
    """The taps that read the rows and columns of one remainder of the strides.

    Attributes
    ----------
    row, column : int
        Where in the padded x the plane begins.
    height, taps : int
        Rows of its filter, and taps in each.
    """

    row: int
    column: int
    height: int
    taps: int


class Entry(NamedTuple):
    """A part of a remainder's plane that a tile slides over at once, for the table of planes.

    Attributes
    ----------
    remainder, row, tap : int
        Which plane, and the first row and tap of its filter.
    height, taps : int
        Rows, and taps in each.
    ends, cuts, each : int
        Whether a run of the sum ends before it, how many end within, and after how many rows each.
    """

    remainder: int
    row: int
    tap: int
    height: int
    taps: int
    ends: int
    cuts: int
    each: int


def entries(i: int, height: int, taps: int, ends: bool) -> list[Entry]:
    """Return the parts of plane i: all of it, but where a row of its filter is longer than a run, parts of rows.

    Examples
    --------
    >>> [(one.row, one.tap, one.taps, one.ends) for one in entries(0, 2, 600, True)]
    [(0, 0, 400, 1), (0, 400, 200, 1), (1, 0, 200, 0), (1, 200, 400, 1)]
    """
    run = run_terms(1, (height, taps))
    if run >= taps:
        each = run // taps
        return [Entry(i, 0, 0, height, taps, int(ends), -(-height // each) - 1, each)]
    starts = sorted({*range(0, height * taps, run), *range(0, height * taps, taps)})
    stops = [*starts[1:], height * taps]
    return [
        Entry(i, a // taps, a % taps, 1, b - a, int(ends if a == 0 else a % run == 0), 0, 1)
        for a, b in zip(starts, stops, strict=True)
    ]
