"""Copied lines: values that stand apart, or end too soon, made into lines that a tile can read.

A tile reads vectors of neighbouring values, and a window at the border reads beyond x. So the lines of a piece are
copied next to each other before, and where x has ended there are zeros: some before the values, some after them. With a
stride of 2 every second value is taken, by a shuffle of two vectors: 16 values for two loads, where a loop over values
would take 16.

A copy is short, 50 values or so, and made for every line of every channel; a call of the system's copy of memory for
each of its three parts takes longer than to multiply what was copied. Here one call copies many lines, and the end of
each part is one store under a mask.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

STEPS = (1, 2)


@cache
def lines(step: int, dtype: str) -> int:
    """Return the address of the native function that copies lines of every value, or of every second one.

    Parameters
    ----------
    step : {1, 2}
        From one value that is taken to the next.
    dtype : {"float32", "float64"}

    Returns
    -------
    int
        The address of a function of (target, target_row, source, source_row, before, count, after, lines): addresses
        and distances of lines in bytes, numbers of zeros, of values taken, of zeros again, and of lines. No value
        between or behind those taken is read, but those between two of them.
    """
    return machine.assembled(f"lines_{step}", 8, dtype, lambda lanes, *numbers: _write(lanes, step, *numbers))


def _write(
    lanes: Lanes, step: int, target: ir.Value, target_row: ir.Value, source: ir.Value, source_row: ir.Value,
    before: ir.Value, count: ir.Value, after: ir.Value, lines: ir.Value,
) -> None:  # fmt: skip
    """Write the loop over lines, and in each line the loops over its three parts."""

    def zeros(here: ir.Value, many: ir.Value) -> ir.Value:
        return _part(lanes, here, many, lambda place, left, mask: lanes.store(lanes.zero, place, mask))

    def line(_: ir.Value, carried: list) -> list:
        here, there = carried

        def values(place: ir.Value, left: ir.Value, mask: ir.Value) -> None:
            distance = lanes.plus(place, lanes.times(start, -1))
            seen = _taken(lanes, step, lanes.plus(there, lanes.times(distance, step)), left, mask)
            lanes.store(seen, place, mask)

        start = zeros(here, before)
        zeros(_part(lanes, start, count, values), after)
        return [lanes.plus(here, target_row), lanes.plus(there, source_row)]

    lanes.loop(lines, [target, source], line)


def _taken(lanes: Lanes, step: int, there: ir.Value, left: ir.Value, mask: ir.Value) -> ir.Value:
    """Return the next vector of values that are taken, of which so many are left."""
    if step == 1:
        return lanes.load(there, mask)
    reach = lanes.plus(lanes.times(left, 2), -1)  # behind the last value that is taken nothing is read
    first = lanes.load(there, lanes.first(reach))
    second = lanes.load(lanes.plus(there, lanes.bytes), lanes.first(lanes.plus(reach, -lanes.count)))
    return lanes.shuffle(first, second, range(0, 2 * lanes.count, 2))


def _part(
    lanes: Lanes, here: ir.Value, many: ir.Value, write: Callable[[ir.Value, ir.Value, ir.Value], None]
) -> ir.Value:
    """Write a loop over the vectors of one part of a line, and return where the part ends."""
    vectors = lanes.builder.sdiv(lanes.plus(many, lanes.count - 1), lanes.number(lanes.count))

    def vector(i: ir.Value, _: list) -> list:
        done = lanes.times(i, lanes.count)
        left = lanes.plus(many, lanes.times(done, -1))
        write(lanes.plus(here, lanes.times(done, lanes.size)), left, lanes.first(left))
        return []

    lanes.loop(vectors, [], vector)
    return lanes.plus(here, lanes.times(many, lanes.size))
