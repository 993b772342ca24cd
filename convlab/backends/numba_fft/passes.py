"""The vector code of a pass: butterflies of columns of complex vectors, there and back, and the products between.

A *column of complex vectors* is one vector of real parts, one of imaginary parts, then those of the next value. Lane 5
of all vectors is one transform, lane 6 another: 16 of them at a time in float32 with AVX-512. A pass loads as many
complex vectors as its radix, multiplies them with twiddles, writes a butterfly and stores them where they came from.
With radix 8 these are 16 registers of values; the twiddles and what is half done take the rest of 32. A larger radix
means fewer passes over memory, and more of the registers' contents put aside in between: 16 was measured, and lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from convlab.backends.numba_fft.butterflies import conjugate, times, transform
from convlab.backends.numba_fft.roots import RADICES

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

TOGETHER = 4  # filters that share what is loaded of x


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
    lanes: Lanes, x: ir.Value, w: ir.Value, step: ir.Value, channels: ir.Value,
    to: ir.Value, table: ir.Value, radix: ir.Value, blocks: ir.Value,
) -> None:  # fmt: skip
    """Write the first pass of the way back, on values that never stood in memory: sums over channels of x times w.

    Parameters
    ----------
    lanes : Lanes
    x, w : addresses of blocks * radix complex vectors of the first channel
    step : bytes from one channel to the next, of both
    channels : how many there are
    to : address of what is written; may be x where there is one channel
    table, radix, blocks : as in `forward`
    """

    def union(places: list[ir.Value], turned: Turned, from_x: ir.Value, from_w: ir.Value) -> list[ir.Value]:
        offsets = [2 * lanes.bytes * k for k in range(len(places))]

        def channel(_: ir.Value, carried: list) -> list:
            *sums, x, w = carried
            found = []
            for k, offset in enumerate(offsets):
                (re, im), (c, s) = (_load(lanes, lanes.plus(start, offset)) for start in (x, w))
                found.append(lanes.fma(lanes.neg(im), s, lanes.fma(re, c, sums[2 * k])))
                found.append(lanes.fma(im, c, lanes.fma(re, s, sums[2 * k + 1])))
            return [*found, lanes.plus(x, step), lanes.plus(w, step)]

        sums = lanes.loop(channels, [lanes.zero] * 2 * len(places) + [from_x, from_w], channel)
        values = conjugate(lanes, [(sums[2 * k], sums[2 * k + 1]) for k in range(len(places))])
        _store_all(lanes, [turned(k, value, -1) for k, value in enumerate(values)], places)
        return [lanes.plus(start, 2 * lanes.bytes * len(places)) for start in (from_x, from_w)]

    lanes.choose(radix, {n: partial(_singles, lanes, to, table, n, blocks, union, [x, w]) for n in RADICES})


def meet(
    lanes: Lanes, x: ir.Value, w: ir.Value, w_step: ir.Value, channels: ir.Value,
    to: ir.Value, to_step: ir.Value, filters: ir.Value,
) -> None:  # fmt: skip
    """Write the sums over channels of x times w, for one complex vector of x in each channel and up to 4 filters.

    Eight sums stay in registers. What is loaded of x is multiplied by all filters: ten loads for sixteen multiply-adds.

    Parameters
    ----------
    lanes : Lanes
    x : address of a complex vector of every channel
    w : address of as many of the first filter
    w_step : bytes from one filter to the next
    channels : how many there are
    to, to_step : address of what is written for the first filter, and bytes to the next
    filters : 1 to 4
    """

    def write(count: int) -> None:
        def channel(_: ir.Value, carried: list) -> list:
            *sums, from_x, from_w = carried
            (re, im), found = _load(lanes, from_x), []
            minus = lanes.neg(im)
            for o in range(count):
                c, s = _load(lanes, lanes.plus(from_w, lanes.times(w_step, o)))
                found.append(lanes.fma(minus, s, lanes.fma(re, c, sums[2 * o])))
                found.append(lanes.fma(im, c, lanes.fma(re, s, sums[2 * o + 1])))
            return [*found, lanes.plus(from_x, 2 * lanes.bytes), lanes.plus(from_w, 2 * lanes.bytes)]

        sums = lanes.loop(channels, [lanes.zero] * 2 * count + [x, w], channel)
        values = [(sums[2 * o], sums[2 * o + 1]) for o in range(count)]
        _store_all(lanes, values, [lanes.plus(to, lanes.times(to_step, o)) for o in range(count)])

    lanes.choose(filters, {count: partial(write, count) for count in range(1, TOGETHER + 1)})


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


def _load(lanes: Lanes, place: ir.Value) -> Complex:
    return lanes.load(place), lanes.load(lanes.plus(place, lanes.bytes))


def _store_all(lanes: Lanes, values: list[Complex], places: list[ir.Value]) -> None:
    for (re, im), place in zip(values, places, strict=True):
        lanes.store(re, place)
        lanes.store(im, lanes.plus(place, lanes.bytes))
