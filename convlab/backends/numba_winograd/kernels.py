"""The vector code of Winograd: six small functions, each a loop over registers that are filled once.

A vector holds one pixel of as many channels as it has lanes, so that a transform is the same few instructions for all
of them, whatever the size of the image. Images have their channels far apart (NCHW); `lines` and `rows` change that in
registers, a square of pixels and channels at a time, on the way in and on the way out.

Most of the time is spent in `products`: one matrix product per place in a transformed tile. 6 tiles by 4 vectors of
filters are 24 sums that stay in registers for all channels; with 4 vectors of weights and 1 input they fill 29 of 32
registers, and 10 loads feed 24 multiply-adds. A loop that keeps one sum would load twice and store once for each
multiply-add and wait for it to end before the next begins. With 16 registers it is 6 by 2: 15 of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convlab.backends.numba_winograd.forms import TAPS, Form
from convlab.backends.tiles.lanes import Lanes

if TYPE_CHECKING:
    from llvmlite import ir

TILES = 6  # rows of the register tile of a matrix product


def lines(
    lanes: Lanes,
    source: ir.Value,
    channel_step: ir.Value,
    target: ir.Value,
    pixels: ir.Value,
    channels: ir.Value,
) -> None:
    """Write: copy pixels that stand side by side, of up to a vector of channels, as one vector per pixel.

    Past the last pixel, up to a vector's length of further vectors is written. What lanes beyond the last channel get
    is a copy of the last one: nothing outside x is read, and nobody reads them.
    """
    last = lanes.plus(channels, -1)
    rows = [lanes.plus(source, lanes.times(_least(lanes, i, last), channel_step)) for i in range(lanes.count)]

    def square(i: ir.Value, mask: ir.Value | None) -> None:
        shift = lanes.times(i, lanes.bytes)
        vectors = transposed(lanes, [lanes.load(lanes.plus(row, shift), mask) for row in rows])
        for j, vector in enumerate(vectors):
            lanes.store(
                vector, lanes.plus(lanes.plus(target, lanes.times(shift, lanes.count)), j * lanes.bytes)
            )

    whole, rest = _divided(lanes, pixels)
    lanes.loop(whole, [], lambda i, _: square(i, None) or [])
    some = lanes.first(rest)
    lanes.loop(_least(lanes, 1, rest), [], lambda _, __: square(whole, some) or [])


def rows(
    lanes: Lanes,
    source: ir.Value,
    target: ir.Value,
    filter_step: ir.Value,
    pixels: ir.Value,
    filters: ir.Value,
) -> None:
    """Write: copy one vector of filters per pixel to pixels that stand side by side, for the first filters only."""

    def square(i: ir.Value, masks: list) -> None:
        here = lanes.plus(source, lanes.times(i, lanes.bytes * lanes.count))
        there = lanes.plus(target, lanes.times(i, lanes.bytes))
        vectors = transposed(
            lanes, [lanes.load(lanes.plus(here, j * lanes.bytes)) for j in range(lanes.count)]
        )
        for j, (vector, mask) in enumerate(zip(vectors, masks, strict=True)):
            lanes.store(vector, lanes.plus(there, lanes.times(filter_step, j)), mask)

    def tail(i: ir.Value, _: list) -> list:
        done = lanes.plus(quick, i)
        left = lanes.builder.sub(pixels, lanes.times(done, lanes.count))
        square(done, [lanes.first(_if_less(lanes, j, filters, left)) for j in range(lanes.count)])
        return []

    whole, rest = _divided(lanes, pixels)
    quick = _if_less(lanes, lanes.count - 1, filters, whole)  # squares that need no mask
    lanes.loop(quick, [], lambda i, _: square(i, [None] * lanes.count) or [])
    lanes.loop(lanes.plus(lanes.builder.sub(whole, quick), _least(lanes, 1, rest)), [], tail)


def inputs(
    lanes: Lanes, source: ir.Value, row_step: ir.Value, target: ir.Value, place_step: ir.Value, tile_step: ir.Value,
    tiles: ir.Value, form: Form,
) -> None:  # fmt: skip
    """Write: transform the tiles of a line from one vector per pixel to one vector per place of a transformed tile."""
    n = form.size

    def tile(i: ir.Value, carried: list) -> list:
        here, there = carried
        columns = []
        for j in range(n):
            column = [
                lanes.load(lanes.plus(lanes.plus(here, lanes.times(row_step, r)), j * lanes.bytes))
                for r in range(n)
            ]
            columns.append(form.inputs(lanes, column))
        for r in range(n):
            for j, value in enumerate(form.inputs(lanes, [column[r] for column in columns])):
                lanes.store(value, lanes.plus(there, lanes.times(place_step, r * n + j)))
        return [lanes.plus(here, form.outputs * lanes.bytes), lanes.plus(there, tile_step)]

    lanes.loop(tiles, [source, target], tile)


def outputs(
    lanes: Lanes, source: ir.Value, place_step: ir.Value, tile_step: ir.Value, target: ir.Value, row_step: ir.Value,
    tiles: ir.Value, form: Form,
) -> None:  # fmt: skip
    """Write: transform products back, one vector per place, to the outputs of each tile, one vector per pixel."""
    n = form.size

    def tile(i: ir.Value, carried: list) -> list:
        here, there = carried
        columns = []
        for j in range(n):
            column = [lanes.load(lanes.plus(here, lanes.times(place_step, r * n + j))) for r in range(n)]
            columns.append(form.sums(lanes, column))
        for r in range(form.outputs):
            for j, value in enumerate(form.sums(lanes, [column[r] for column in columns])):
                lanes.store(value, lanes.plus(lanes.plus(there, lanes.times(row_step, r)), j * lanes.bytes))
        return [lanes.plus(here, tile_step), lanes.plus(there, form.outputs * lanes.bytes)]

    lanes.loop(tiles, [source, target], tile)


def products(
    lanes: Lanes, shape: ir.Value, resume: ir.Value, v: ir.Value, v_step: ir.Value, u: ir.Value, channels: ir.Value,
    m: ir.Value, m_step: ir.Value, vectors: int,
) -> None:  # fmt: skip
    """Write: ``m[tile, filter] = sum over channels of v[tile, channel] * u[channel, filter]``, in registers.

    Each sum is one chain of fused multiply-adds that begins with 0, in the order of the channels, whatever the shape:
    ``shape = rows * 8 + vectors`` says how many tiles and how many vectors of filters. With `resume` 1 it is added to
    what stands in m.
    """

    def tile(high: int, wide: int) -> None:
        starts = [lanes.plus(v, lanes.times(v_step, r)) for r in range(high)]

        def channel(c: ir.Value, carried: list) -> list:
            *sums, weights = carried
            row = [lanes.load(lanes.plus(weights, k * lanes.bytes)) for k in range(wide)]
            shift = lanes.times(c, lanes.size)
            for r, start in enumerate(starts):
                one = lanes.broadcast(lanes.plus(start, shift))
                for k in range(wide):
                    sums[r * wide + k] = lanes.fma(one, row[k], sums[r * wide + k])
            return [*sums, lanes.plus(weights, wide * lanes.bytes)]

        *sums, _ = lanes.loop(channels, [*[lanes.zero] * (high * wide), u], channel)
        places = [
            lanes.plus(lanes.plus(m, lanes.times(m_step, r)), k * lanes.bytes)
            for r in range(high)
            for k in range(wide)
        ]

        def add(_: ir.Value, sums: list) -> list:
            return [lanes.add(lanes.load(place), one) for place, one in zip(places, sums, strict=True)]

        for place, one in zip(places, lanes.loop(resume, sums, add), strict=True):
            lanes.store(one, place)

    lanes.choose(
        shape,
        {
            high * 8 + wide: lambda high=high, wide=wide: tile(high, wide)
            for high in range(1, TILES + 1)
            for wide in range(1, vectors + 1)
        },
    )


def weights(
    lanes: Lanes, source: ir.Value, filter_step: ir.Value, filters: ir.Value, room: ir.Value, first: ir.Value,
    step: ir.Value, target: ir.Value, place_step: ir.Value, form: Form,
) -> None:  # fmt: skip
    """Write: transform the nine taps of one channel for a vector of filters; those beyond the last one are zeros.

    The taps of a filter stand side by side. They are turned into one vector per tap in `room`, and read from there in
    their order (from `first` on, by `step` bytes) or, for a filter that is turned, in the opposite one.
    """
    n, count = form.size, TAPS * TAPS

    def collect(is_whole: bool) -> None:
        for start in range(0, count, lanes.count):
            some = min(lanes.count, count - start)
            found = []
            for i in range(lanes.count):
                here = lanes.plus(lanes.plus(source, lanes.times(filter_step, i)), start * lanes.size)
                number = lanes.number(some)
                mask = lanes.first(number if is_whole else _if_less(lanes, i, filters, number))
                found.append(lanes.load(here, mask))
            for j, vector in enumerate(transposed(lanes, found)[:some]):
                lanes.store(vector, lanes.plus(room, (start + j) * lanes.bytes))

    is_whole = lanes.builder.zext(
        lanes.builder.icmp_signed(">=", filters, lanes.number(lanes.count)), lanes.number(0).type
    )
    lanes.choose(is_whole, {0: lambda: collect(False), 1: lambda: collect(True)})
    start = lanes.plus(room, first)
    taps = [lanes.load(lanes.plus(start, lanes.times(step, i))) for i in range(count)]
    columns = [form.taps(lanes, taps[j::TAPS]) for j in range(TAPS)]
    for r in range(n):
        for j, value in enumerate(form.taps(lanes, [column[r] for column in columns])):
            lanes.store(value, lanes.plus(target, lanes.times(place_step, r * n + j)))


def transposed(lanes: Lanes, vectors: list) -> list:
    """Return as many vectors as there are lanes with rows and columns exchanged, in log2(lanes) rounds of shuffles.

    Round s exchanges the blocks of s by s numbers that stand beside the diagonal of blocks twice that size.
    """
    count, s = lanes.count, 1
    while s < count:
        low = [q if not q & s else count + q - s for q in range(count)]
        high = [q + s if not q & s else count + q for q in range(count)]
        turned = list(vectors)
        for i in range(count):
            if not i & s:
                turned[i] = lanes.shuffle(vectors[i], vectors[i | s], low)
                turned[i | s] = lanes.shuffle(vectors[i], vectors[i | s], high)
        vectors, s = turned, 2 * s
    return vectors


def _least(lanes: Lanes, known: int, value: ir.Value) -> ir.Value:
    """Return the smaller of two whole numbers."""
    number = lanes.number(known)
    return lanes.builder.select(lanes.builder.icmp_signed("<", number, value), number, value)


def _if_less(lanes: Lanes, known: int, limit: ir.Value, value: ir.Value) -> ir.Value:
    """Return the value if a known number is below the limit, else 0."""
    return lanes.builder.select(
        lanes.builder.icmp_signed("<", lanes.number(known), limit), value, lanes.number(0)
    )


def _divided(lanes: Lanes, value: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Return how often a vector goes into a whole number, and what is left."""
    shift = lanes.count.bit_length() - 1
    return (
        lanes.builder.lshr(value, lanes.number(shift)),
        lanes.builder.and_(value, lanes.number(lanes.count - 1)),
    )
