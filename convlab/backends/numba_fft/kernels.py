"""The vector code of numba-fft: passes of a transform, the turn of a square of values, and ways in and out.

All of them work on *columns of complex vectors*: one vector of real parts, one of imaginary parts, then those of the
next value. Lane 5 of all vectors is one transform, lane 6 another: 16 of them at a time in float32 with AVX-512. A
pass loads as many complex vectors as its radix, multiplies them with twiddles, writes a butterfly and stores them
where they came from. With radix 8 these are 16 registers of values; the twiddles and what is half done take the rest of
32. A larger radix means fewer passes over memory and more of the registers' contents put aside in between.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from convlab.backends.numba_fft.butterflies import conjugate, times, transform
from convlab.backends.numba_fft.roots import RADICES
from convlab.backends.tiles.machine import assembled

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

    Complex = tuple[ir.Value, ir.Value]
    Turned = Callable[
        [int, Complex, int], Complex
    ]  # the k-th value times its twiddle, there (1) or back (-1)
    Write = Callable[
        ..., list[ir.Value] | None
    ]  # of (places, turned, and what else is carried from turn to turn)


@cache
def addresses(dtype: str) -> tuple[int, ...]:
    """Return the addresses of all kernels of a dtype, in the order of `KERNELS`; compiled or read on the first call."""
    return tuple(assembled(f"fft_{write.__name__}", count, dtype, write) for write, count in KERNELS)


def forward(
    lanes: Lanes, at: ir.Value, table: ir.Value, radix: ir.Value, blocks: ir.Value, run: ir.Value
) -> None:
    """Write a pass of the way there: in each of `blocks` polynomials at `at`, products with twiddles, then butterflies.

    Parameters
    ----------
    lanes : Lanes
    at : address of complex vectors, blocks * radix * run of them
    table : address of the pass's twiddles
    radix, blocks, run : whole numbers, as `roots.twiddles` has them
    """

    def division(places: list[ir.Value], turned: Turned) -> None:
        x = [_load(lanes, place) for place in places]
        _store_all(lanes, transform(lanes, [turned(k, value, 1) for k, value in enumerate(x)]), places)

    _passes(lanes, at, table, radix, blocks, run, division)


def inverse(
    lanes: Lanes, at: ir.Value, table: ir.Value, radix: ir.Value, blocks: ir.Value, run: ir.Value
) -> None:
    """Write a pass of the way back, which undoes `forward` but for a factor: butterflies, then twiddles turned back."""

    def union(places: list[ir.Value], turned: Turned) -> None:
        values = conjugate(lanes, [_load(lanes, place) for place in places])
        _store_all(lanes, [turned(k, value, -1) for k, value in enumerate(values)], places)

    _passes(lanes, at, table, radix, blocks, run, union)


def multiply(
    lanes: Lanes, x: ir.Value, x_step: ir.Value, w: ir.Value, channels: ir.Value,
    to: ir.Value, table: ir.Value, radix: ir.Value, blocks: ir.Value,
) -> None:  # fmt: skip
    """Write the first pass of the way back, on values that never stood in memory: sums over channels of x times w.

    What a butterfly needs of the channels stands together, so that memory is read from one end to the other.

    Parameters
    ----------
    lanes : Lanes
    x : address of complex vectors: for each butterfly, as many as its radix of the first channel, then of the next
    x_step : bytes from one butterfly to the next; those of channels that are not read lie between
    w : address of the same, of the channels that are read and no others
    channels : how many there are
    to : address of blocks * radix complex vectors that are written; may be x where there is one channel
    table, radix, blocks : as in `forward`
    """

    def write(radix: int) -> Callable[[], None]:
        step = 2 * lanes.bytes

        def channel(_: ir.Value, carried: list) -> list:
            *sums, from_x, from_w = carried
            found = []
            for k in range(radix):
                a, b = (_load(lanes, lanes.plus(start, step * k)) for start in (from_x, from_w))
                re, im = lanes.fma(a[0], b[0], sums[2 * k]), lanes.fma(a[0], b[1], sums[2 * k + 1])
                found += [lanes.fma(lanes.neg(a[1]), b[1], re), lanes.fma(a[1], b[0], im)]
            return [*found, lanes.plus(from_x, step * radix), lanes.plus(from_w, step * radix)]

        def union(
            places: list[ir.Value], turned: Turned, from_x: ir.Value, from_w: ir.Value
        ) -> list[ir.Value]:
            begin = [lanes.zero] * 2 * radix + [from_x, from_w]
            *sums, _, from_w = lanes.loop(channels, begin, channel)
            values = conjugate(lanes, [(sums[2 * k], sums[2 * k + 1]) for k in range(radix)])
            _store_all(lanes, [turned(k, value, -1) for k, value in enumerate(values)], places)
            return [lanes.plus(from_x, x_step), from_w]

        return lambda: _singles(lanes, to, table, radix, blocks, union, [x, w])

    lanes.choose(radix, {n: write(n) for n in RADICES})


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


KERNELS = ((forward, 5), (inverse, 5), (multiply, 8), (turn, 7), (enter, 6), (leave, 6))


def _passes(
    lanes: Lanes,
    at: ir.Value,
    table: ir.Value,
    radix: ir.Value,
    blocks: ir.Value,
    run: ir.Value,
    write: Write,
) -> None:
    """Write a pass for every radix, and one more for each where a remainder is a single value."""
    builder = lanes.builder
    single = builder.zext(builder.icmp_signed("==", run, lanes.number(1)), run.type)
    long = {2 * n: partial(_runs, lanes, at, table, n, blocks, run, write) for n in RADICES[1:]}
    short = {2 * n + 1: partial(_singles, lanes, at, table, n, blocks, write) for n in RADICES[1:]}
    lanes.choose(lanes.plus(lanes.times(radix, 2), single), long | short)


def _runs(
    lanes: Lanes, at: ir.Value, table: ir.Value, radix: int, blocks: ir.Value, run: ir.Value, write: Write
) -> None:
    """Write both loops of a pass: over polynomials, whose twiddles are loaded once, and over the values of each."""
    step = lanes.times(run, 2 * lanes.bytes)

    def block(_: ir.Value, carried: list) -> list:
        first, turns = carried
        loaded = [_turn(lanes, turns, k) for k in range(1, radix)]

        def turned(k: int, value: Complex, way: int) -> Complex:
            return _times(lanes, value, loaded[k - 1], way) if k else value

        def value(_: ir.Value, carried: list) -> list:
            write([lanes.plus(carried[0], lanes.times(step, k)) for k in range(radix)], turned)
            return [lanes.plus(carried[0], 2 * lanes.bytes)]

        lanes.loop(run, [first], value)
        return [lanes.plus(first, lanes.times(step, radix)), lanes.plus(turns, 2 * lanes.size * (radix - 1))]

    lanes.loop(blocks, [at, table], block)


def _singles(
    lanes: Lanes,
    at: ir.Value,
    table: ir.Value,
    radix: int,
    blocks: ir.Value,
    write: Write,
    carried: list | None = None,
) -> None:
    """Write the pass whose remainders are single values: each polynomial has twiddles, loaded where they are used."""
    step = 2 * lanes.bytes

    def block(_: ir.Value, carried: list) -> list:
        first, turns, *others = carried

        def turned(k: int, value: Complex, way: int) -> Complex:
            return _times(lanes, value, _turn(lanes, turns, k), way) if k else value

        others = write([lanes.plus(first, step * k) for k in range(radix)], turned, *others) or []
        return [lanes.plus(first, step * radix), lanes.plus(turns, 2 * lanes.size * (radix - 1)), *others]

    lanes.loop(blocks, [at, table, *(carried or [])], block)


def _turn(lanes: Lanes, table: ir.Value, k: int) -> Complex:
    """Load the k-th twiddle of a polynomial, from 1 on."""
    place = lanes.plus(table, 2 * lanes.size * (k - 1))
    return lanes.broadcast(place), lanes.broadcast(lanes.plus(place, lanes.size))


def _times(lanes: Lanes, value: Complex, turn: Complex, way: int) -> Complex:
    c, s = turn
    return times(lanes, value, c, s if way > 0 else lanes.neg(s))


def _turned(lanes: Lanes, rows: list[ir.Value]) -> list[ir.Value]:
    """Write the transpose of a square: as often as it can be halved, the rows are shuffled like two hands of cards."""
    half, count = len(rows) // 2, lanes.count
    hands = [[k // 2 + count * (k % 2) + start for k in range(count)] for start in (0, count // 2)]
    for _ in range(count.bit_length() - 1):
        rows = [lanes.shuffle(a, b, hand) for a, b in zip(rows[:half], rows[half:]) for hand in hands]
    return rows


def _load(lanes: Lanes, place: ir.Value) -> Complex:
    return lanes.load(place), lanes.load(lanes.plus(place, lanes.bytes))


def _store_all(lanes: Lanes, values: list[Complex], places: list[ir.Value]) -> None:
    for (re, im), place in zip(values, places, strict=True):
        lanes.store(re, place)
        lanes.store(im, lanes.plus(place, lanes.bytes))
