"""The vector code of numba-fft as native functions: the passes, the turn of a square of values, and ways in and out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from convlab.backends.numba_fft.passes import forward, inverse, meet, multiply
from convlab.backends.tiles.machine import assembled

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes


@cache
def addresses(dtype: str) -> tuple[int, ...]:
    """Return the addresses of all kernels of a dtype, in the order of `KERNELS`; compiled or read on the first call."""
    return tuple(assembled(f"fft_{write.__name__}", count, dtype, write) for write, count in KERNELS)


def turn(
    lanes: Lanes, at: ir.Value, row: ir.Value, step: ir.Value,
    to: ir.Value, to_row: ir.Value, to_step: ir.Value, count: ir.Value,
) -> None:  # fmt: skip
    """Write the turn of `count` squares of numbers: lane k of vector j becomes lane j of vector k.

    Parameters
    ----------
    lanes : Lanes
    at, to : addresses of the first square
    row, to_row : bytes from one vector of a square to the next
    step, to_step : bytes from one square to the next
    count : how many
    """

    def square(_: ir.Value, carried: list) -> list:
        source, target = carried
        vectors = [lanes.load(lanes.plus(source, lanes.times(row, k))) for k in range(lanes.count)]
        for k, vector in enumerate(_turned(lanes, vectors)):
            lanes.store(vector, lanes.plus(target, lanes.times(to_row, k)))
        return [lanes.plus(source, step), lanes.plus(target, to_step)]

    lanes.loop(count, [at, to], square)


def enter(
    lanes: Lanes, at: ir.Value, step: ir.Value, rows: ir.Value, to: ir.Value, first: ir.Value, stop: ir.Value
) -> None:
    """Write the way in: rows of numbers, `step` bytes apart, become real (or imaginary) parts one below the other.

    Lanes from `first` up to `stop` are read, the others are zeros; with no such lane nothing is read.
    """
    mask = lanes.builder.and_(lanes.first(stop), lanes.builder.not_(lanes.first(first)))

    def row(_: ir.Value, carried: list) -> list:
        source, target = carried
        lanes.prefetch(lanes.plus(source, lanes.bytes))
        lanes.store(lanes.load(source, mask), target)
        return [lanes.plus(source, step), lanes.plus(target, 2 * lanes.bytes)]

    lanes.loop(rows, [at, to], row)


def leave(
    lanes: Lanes,
    at: ir.Value,
    step: ir.Value,
    rows: ir.Value,
    to: ir.Value,
    to_step: ir.Value,
    stop: ir.Value,
) -> None:
    """Write the way out: vectors that stand `step` bytes apart become rows of numbers, of the first `stop` lanes."""

    def write(mask: ir.Value | None) -> Callable[[], None]:
        def row(_: ir.Value, carried: list) -> list:
            source, target = carried
            lanes.prefetch(lanes.plus(target, lanes.bytes))
            lanes.store(lanes.load(source, mask), target, mask)
            return [lanes.plus(source, step), lanes.plus(target, to_step)]

        return lambda: lanes.loop(rows, [at, to], row)

    builder = lanes.builder
    part = builder.zext(builder.icmp_signed("<", stop, lanes.number(lanes.count)), stop.type)
    lanes.choose(part, {0: write(None), 1: write(lanes.first(stop))})


def _turned(lanes: Lanes, rows: list[ir.Value]) -> list[ir.Value]:
    """Write the transpose of a square: as often as it can be halved, the rows are shuffled like two hands of cards."""
    half, count = len(rows) // 2, lanes.count
    hands = [[k // 2 + count * (k % 2) + start for k in range(count)] for start in (0, count // 2)]
    for _ in range(count.bit_length() - 1):
        rows = [lanes.shuffle(a, b, hand) for a, b in zip(rows[:half], rows[half:]) for hand in hands]
    return rows


KERNELS = ((forward, 5), (inverse, 5), (multiply, 8), (meet, 7), (turn, 7), (enter, 6), (leave, 6))
