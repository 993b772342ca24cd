"""The native function that lays out a panel of x for the filter bank: what a run of outputs sees, term by term."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine
from convlab.backends.tiles.bank.kernels import VECTORS
from convlab.backends.tiles.lanes import Lanes

if TYPE_CHECKING:
    from llvmlite import ir

# How a panel is laid out: from neighbours, every second or every fourth value, all of them inside x or, as the next
# number, with a fence between; or value by value.
INSIDE, FENCED, PAIRS_INSIDE, PAIRS_FENCED, QUADS_INSIDE, QUADS_FENCED, SINGLES = range(7)
TAP_WORDS = (
    3  # of the table of taps: bytes from the first tap, first output that sees x there, end of those that do
)


@cache
def panel(dtype: str) -> int:
    """Return the address of the function that lays out what a run of outputs sees through each tap of each channel.

    Its arguments, whole numbers in this order:

    * `shape`: ``VECTORS * kind + vectors - 1``;
    * `x`: the address that the first tap of the first output sees;
    * `taps`, `count`: the address of a table of `TAP_WORDS` words a tap, and how many taps;
    * `channels`, `channel_step`: how many, and the bytes from one to the next;
    * `target`: where the first term of the first output goes; the next term goes a panel's row behind it;
    * `columns`, `step`: how many outputs, and the bytes between what two of them see.
    """

    def write(lanes: Lanes, shape: ir.Value, *given: ir.Value) -> None:
        lanes.choose(
            shape,
            {
                VECTORS * kind + vectors - 1: lambda kind=kind, vectors=vectors: _panel(
                    lanes, kind, vectors, *given
                )
                for kind in range(SINGLES + 1)
                for vectors in range(1, VECTORS + 1)
            },
        )

    return machine.assembled("bank_panel", 9, dtype, write)


def _panel(
    lanes: Lanes,
    kind: int,
    vectors: int,
    x: ir.Value,
    taps: ir.Value,
    count: ir.Value,
    channels: ir.Value,
    channel_step: ir.Value,
    target: ir.Value,
    columns: ir.Value,
    step: ir.Value,
) -> None:
    """Write the layout of one kind: tap by tap, so that a fence is made once for all channels."""
    pitch = VECTORS * lanes.bytes
    tail = lanes.first(lanes.plus(columns, -lanes.count * (vectors - 1)))
    masks = [None] * (vectors - 1) + [tail]

    def tap(t: ir.Value, _: list) -> list:
        entry = lanes.plus(taps, lanes.times(t, 8 * TAP_WORDS))
        first, end = (lanes.word(lanes.plus(entry, 8 * place)) for place in (1, 2))
        read = _reader(lanes, kind, vectors, columns, first, end)

        def channel(_: ir.Value, carried: list) -> list:
            source, into = carried
            if kind == SINGLES:
                _one_by_one(lanes, source, into, masks, first, end, step)
            else:
                for c, mask in enumerate(masks):
                    lanes.store(read(source, c), lanes.plus(into, c * lanes.bytes), mask)
            return [lanes.plus(source, channel_step), lanes.plus(into, lanes.times(count, pitch))]

        source, into = lanes.plus(x, lanes.word(entry)), lanes.plus(target, lanes.times(t, pitch))
        lanes.loop(channels, [source, into], channel)
        return []

    lanes.loop(count, [], tap)


def _reader(
    lanes: Lanes, kind: int, vectors: int, columns: ir.Value, first: ir.Value, end: ir.Value
) -> Callable:
    """Return what writes how vector c of a row is read: zeros outside the fence, and nothing is read there."""
    spread, inside = 1 << kind // 2, kind % 2 == INSIDE
    if inside:
        first, end = lanes.number(0), columns
    # What stands behind the last value that is wanted is not read.
    length = lanes.plus(lanes.times(lanes.builder.sub(end, first), spread), 1 - spread)
    first = lanes.times(first, spread)
    last_vector = spread * (vectors - 1)
    masks = [
        None if inside and place < last_vector else _between(lanes, first, length, place * lanes.count)
        for place in range(spread * vectors)
    ]

    def read(source: ir.Value, c: int) -> ir.Value:
        found = [
            lanes.load(lanes.plus(source, place * lanes.bytes), masks[place])
            for place in range(spread * c, spread * (c + 1))
        ]
        while len(found) > 1:  # every second one of every second one
            pairs = zip(found[::2], found[1::2])
            found = [lanes.shuffle(*pair, range(0, 2 * lanes.count, 2)) for pair in pairs]
        return found[0]

    return read


def _between(lanes: Lanes, first: ir.Value, length: ir.Value, place: int) -> ir.Value:
    """Return the mask of the lanes that stand for one of `length` values from `first` on, if lane 0 is at a place.

    One comparison tells both ends: as numbers without a sign, those before the first are very large.
    """
    from llvmlite import ir

    builder, short = lanes.builder, ir.IntType(32)
    whole = ir.VectorType(short, lanes.count)

    def spread(value: ir.Value) -> ir.Value:
        one = builder.insert_element(ir.Constant(whole, ir.Undefined), builder.trunc(value, short), short(0))
        return builder.shuffle_vector(one, one, ir.Constant(whole, [0] * lanes.count))

    count = builder.select(builder.icmp_signed("<", length, lanes.number(0)), lanes.number(0), length)
    places = ir.Constant(whole, [place + lane for lane in range(lanes.count)])
    return builder.icmp_unsigned("<", builder.sub(places, spread(first)), spread(count))


def _one_by_one(
    lanes: Lanes,
    source: ir.Value,
    into: ir.Value,
    masks: list,
    first: ir.Value,
    end: ir.Value,
    step: ir.Value,
):
    """Write a row that takes values at any distance: zeros, then one value after the other."""
    one = lanes.first(lanes.number(1))
    for c, mask in enumerate(masks):
        lanes.store(lanes.zero, lanes.plus(into, c * lanes.bytes), mask)

    def value(i: ir.Value, _: list) -> list:
        place = lanes.plus(first, i)
        found = lanes.load(lanes.plus(source, lanes.times(place, step)), one)
        lanes.store(found, lanes.plus(into, lanes.times(place, lanes.size)), one)
        return []

    lanes.loop(lanes.builder.sub(end, first), [], value)
