"""Convolutions too small to wait for anything: one native function of the loops of the definition, entered at once.

A convolution of a 5 × 5 image takes a processor a quarter of a microsecond. What surrounds it in Python takes longer:
80 ns to make a shape, 170 ns for an output, and with a compiled function of numba another 240 ns to look at the types
of three arrays; and numba itself is not there before half a second has passed. `convlab.backends.tiles.entry` lets
Python enter the loops of this file in 20 ns. (All recorded on an AMD EPYC, Zen 4.)

The loops are the definition's: every output is added up by fused multiply-adds over the channels, then the taps of its
window in C order; taps on the padding are left out. A sum of more than 256 terms is a sum of runs, each a chain that
begins at +0 and ends before a channel that would make it longer, or within it where that channel alone is too long
(`convlab.backends.tiles.runs` says why). Along
the last axis several neighbouring outputs are added up at once, one per lane, where a whole window of each lies inside
x and nothing but the width of a number lies between neighbours; the lanes of the last, shorter vector are masked. All
others go one by one, in the same order, so that no output's last bit depends on how it was reached. There is no
register tile: each vector of x is loaded anew for each filter, and a chain waits four cycles for each of its additions.
That is why this is for small convolutions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce
from typing import TYPE_CHECKING

import numpy as np

from convlab.backends.tiles.lanes import Lanes
from convlab.backends.tiles.machine import assembled
from convlab.spec import ConvSpec

if TYPE_CHECKING:
    from llvmlite import ir

WORD = 8  # bytes
MOST_TERMS = 256  # of a run, whatever one number they are
# The first words of a question, then those of each axis, and last, which outputs along the last axis have their whole
# window inside x.
COUNTS = ("images", "filters", "filters of a group", "channels of a filter", "turn")
AXIS = ("outputs", "taps", "space", "before", "stride", "dilation")
INSIDE = ("from", "to")


def words(spec: ConvSpec) -> list[int]:
    """Return a question as whole numbers, for the native function.

    Examples
    --------
    >>> words(ConvSpec((1, 1, 5), (1, 1, 3), "full", flip=False))
    [1, 1, 1, 1, 0, 7, 3, 5, 2, 1, 1, 2, 5]
    """
    images, filters, reads = spec.x_shape[0], spec.w_shape[0], spec.w_shape[1]
    found = [images, filters, filters // spec.groups, reads, int(spec.flip)]
    before = [lo for lo, _ in spec.pads]
    for axis in zip(spec.y_shape[2:], spec.taps, spec.space, before, spec.stride, spec.dilation, strict=True):
        found += axis
    last, outputs, step = spec.space[-1] + before[-1] - spec.extent[-1], spec.y_shape[-1], spec.stride[-1]
    first = min(outputs, -(-before[-1] // step))
    return [*found, first, max(first, min(outputs, last // step + 1))]


def native(dtype: str, rank: int, terms: int = 1) -> int:
    """Return the address of ``void sums(words, x, x strides, w, w strides, y, y strides)`` for a number of axes.

    Sums of more than `MOST_TERMS` terms have a function of their own: to ask for the end of a run takes time.
    """
    return _native(dtype, rank, terms > MOST_TERMS)


@cache  # one for all shapes: what is compiled is never given back
def _native(dtype: str, rank: int, in_runs: bool) -> int:
    name = f"sums_{dtype}_{rank}d" + "_in_runs" * in_runs
    return assembled(name, 7, dtype, lambda lanes, *given: _Sums(lanes, rank, in_runs, *given).write())


class _Sums:
    """Writes the loops.

    Parameters
    ----------
    lanes : Lanes
    rank : int
        Spatial axes.
    in_runs : bool
        Whether sums may have more than `MOST_TERMS` terms.
    words, x, x_strides, w, w_strides, y, y_strides : ir.Value
        Addresses: of the numbers of `words`, of values and of strides in bytes.
    """

    def __init__(
        self, lanes: Lanes, rank: int, in_runs: bool, words, x, x_strides, w, w_strides, y, y_strides
    ) -> None:
        self.lanes, self.rank, self.in_runs, self.x, self.w, self.y = lanes, rank, in_runs, x, w, y
        self.alone = Lanes(lanes.builder, lanes.dtype, 1)

        def read(start: ir.Value, place: int) -> ir.Value:
            return lanes.word(lanes.plus(start, WORD * place))

        self.counts = {name: read(words, place) for place, name in enumerate(COUNTS)}
        places = len(COUNTS) + len(AXIS) * np.arange(rank)
        self.axes = [{name: read(words, int(start) + i) for i, name in enumerate(AXIS)} for start in places]
        end = len(COUNTS) + len(AXIS) * rank
        self.inside = [read(words, end + i) for i in range(len(INSIDE))]
        self.steps = [
            [read(start, i) for i in range(2 + rank)] for start in (x_strides, w_strides, y_strides)
        ]

    def write(self) -> None:
        """Write the loops over images and filters; a turned filter is read from its end, with steps backwards."""
        lanes, builder, (x_steps, w_steps, y_steps) = self.lanes, self.lanes.builder, self.steps
        turned, w = builder.icmp_signed("!=", self.counts["turn"], lanes.number(0)), self.w
        self.w_steps = w_steps[:2]
        for axis, step in zip(self.axes, w_steps[2:], strict=True):
            last = lanes.times(lanes.plus(axis["taps"], -1), step)
            w = lanes.plus(w, builder.select(turned, last, lanes.number(0)))
            self.w_steps.append(builder.select(turned, builder.neg(step), step))

        def image(n: ir.Value, _: list) -> list:
            def one(o: ir.Value, _: list) -> list:
                group = builder.sdiv(o, self.counts["filters of a group"])
                channel = lanes.times(group, self.counts["channels of a filter"])
                x = self._at(self.x, (n, x_steps[0]), (channel, x_steps[1]))
                y = self._at(self.y, (n, y_steps[0]), (o, y_steps[1]))
                self._lines(0, x, self._at(w, (o, w_steps[0])), y, [])
                return []

            lanes.loop(self.counts["filters"], [], one)
            return []

        lanes.loop(self.counts["images"], [], image)

    def _lines(self, axis: int, x: ir.Value, w: ir.Value, y: ir.Value, taps: list) -> None:
        """Write the loops over all axes of y but the last; `taps` counts those of each window that lie inside x."""
        if axis == self.rank - 1:
            self._line(x, w, y, taps)
            return

        def output(i: ir.Value, _: list) -> list:
            x_here, w_here, count = self._window(axis, i, x, w)
            y_here = self._at(y, (i, self.steps[2][2 + axis]))
            self._lines(axis + 1, x_here, w_here, y_here, [*taps, count])
            return []

        self.lanes.loop(self.axes[axis]["outputs"], [], output)

    def _line(self, x: ir.Value, w: ir.Value, y: ir.Value, taps: list) -> None:
        """Write one line of outputs: one by one before `inside`, vectors inside where that can be, one by one after."""
        lanes, builder, axis, (first, last) = self.lanes, self.lanes.builder, self.axes[-1], self.inside
        wide, y_step, zero = lanes.number(lanes.size), self.steps[2][-1], lanes.number(0)
        side_by_side = [
            builder.icmp_signed("==", step, size)
            for step, size in ((axis["stride"], lanes.number(1)), (self.steps[0][-1], wide), (y_step, wide))
        ]
        vectors = builder.and_(builder.and_(*side_by_side[:2]), side_by_side[2])
        split = [builder.select(vectors, bound, axis["outputs"]) for bound in (first, last)]

        def alone(start: ir.Value) -> Callable:
            def output(i: ir.Value, _: list) -> list:
                j = lanes.plus(start, i)
                x_here, w_here, count = self._window(self.rank - 1, j, x, w)
                found = self._taps(self.alone, x_here, w_here, [*taps, count], None)
                self.alone.store(found, self._at(y, (j, y_step)))
                return []

            return output

        def vector(i: ir.Value, _: list) -> list:
            j = lanes.plus(split[0], lanes.times(i, lanes.count))
            mask = lanes.first(builder.sub(split[1], j))
            x_here = self._at(x, (builder.sub(j, axis["before"]), wide))
            found = self._taps(lanes, x_here, w, [*taps, axis["taps"]], mask)
            lanes.store(found, self._at(y, (j, wide)), mask)
            return []

        lanes.loop(split[0], [], alone(zero))
        blocks = builder.sdiv(
            lanes.plus(builder.sub(split[1], split[0]), lanes.count - 1), lanes.number(lanes.count)
        )
        lanes.loop(blocks, [], vector)
        lanes.loop(builder.sub(axis["outputs"], split[1]), [], alone(split[1]))

    def _taps(self, lanes: Lanes, x: ir.Value, w: ir.Value, taps: list, mask: ir.Value | None) -> ir.Value:
        """Write the sum of a window over the channels and the taps that lie inside x; return the vector of sums.

        A channel begins a new run if it would make this one too long. Where even a channel is, rows of taps do so, in
        parts where they are too long themselves.
        """
        builder, most = lanes.builder, lanes.number(MOST_TERMS)
        counts, strides = [self.counts["channels of a filter"], *taps], [self.steps[0][1]]
        for axis, step in zip(self.axes, self.steps[0][2:], strict=True):
            strides.append(lanes.times(axis["dilation"], step))
        channel = reduce(lanes.times, taps)

        def moved(depth: int, i: ir.Value, x: ir.Value, w: ir.Value) -> tuple[ir.Value, ir.Value]:
            return self._at(x, (i, strides[depth])), self._at(w, (i, self.w_steps[1 + depth]))

        def short(depth: int, x: ir.Value, w: ir.Value, sums: ir.Value) -> ir.Value:
            if depth == len(counts):
                return lanes.fma(lanes.broadcast(w), lanes.load(x, mask), sums)
            return lanes.loop(
                counts[depth], [sums], lambda i, carried: [short(depth + 1, *moved(depth, i, x, w), *carried)]
            )[0]

        def short_channel(i: ir.Value, carried: list) -> list:
            total, sums, terms = _ended(lanes, carried, channel)
            return [total, short(1, *moved(0, i, x, w), sums), lanes.plus(terms, channel)]

        def long(depth: int, x: ir.Value, w: ir.Value, carried: list) -> list:
            def turn(i: ir.Value, carried: list) -> list:
                return long(depth + 1, *moved(depth, i, x, w), carried)

            def part(i: ir.Value, carried: list) -> list:
                done = lanes.times(i, MOST_TERMS)
                left = builder.sub(counts[-1], done)
                count = builder.select(builder.icmp_signed("<", left, most), left, most)
                total, sums, terms = _ended(lanes, carried, count)
                sums = lanes.loop(
                    count, [sums], lambda j, one: [short(depth + 1, *moved(depth, lanes.plus(done, j), x, w), *one)]
                )  # fmt: skip
                return [total, *sums, lanes.plus(terms, count)]

            if depth < len(counts) - 1:
                return lanes.loop(counts[depth], carried, turn)
            return lanes.loop(builder.sdiv(lanes.plus(counts[-1], MOST_TERMS - 1), most), carried, part)

        if not self.in_runs:
            return short(0, x, w, lanes.zero)
        begin = [lanes.zero, lanes.zero, lanes.number(0)]
        is_long = builder.icmp_signed(">", channel, most)
        channels = builder.select(is_long, lanes.number(0), counts[0])
        begin = lanes.loop(channels, begin, short_channel)
        is_long = builder.zext(is_long, channel.type)
        total, sums, _ = lanes.loop(is_long, begin, lambda _, carried: long(0, x, w, carried))
        return lanes.add(total, sums)

    def _window(
        self, axis: int, i: ir.Value, x: ir.Value, w: ir.Value
    ) -> tuple[ir.Value, ir.Value, ir.Value]:
        """Return where output i's window meets x along an axis: its first tap inside, in x and in w, and how many."""
        lanes, builder, of = self.lanes, self.lanes.builder, self.axes[axis]
        start = builder.sub(lanes.times(i, of["stride"]), of["before"])
        skipped = self._ceiling(self._most(lanes.number(0), builder.neg(start)), of["dilation"])
        end = self._ceiling(builder.sub(of["space"], start), of["dilation"])
        end = builder.select(builder.icmp_signed("<", end, of["taps"]), end, of["taps"])
        place = lanes.plus(start, lanes.times(skipped, of["dilation"]))
        x = self._at(x, (place, self.steps[0][2 + axis]))
        count = self._most(lanes.number(0), builder.sub(end, skipped))
        return x, self._at(w, (skipped, self.w_steps[2 + axis])), count

    def _at(self, start: ir.Value, *moves: tuple[ir.Value, ir.Value]) -> ir.Value:
        for count, step in moves:
            start = self.lanes.plus(start, self.lanes.times(count, step))
        return start

    def _most(self, a: ir.Value, b: ir.Value) -> ir.Value:
        return self.lanes.builder.select(self.lanes.builder.icmp_signed(">", a, b), a, b)

    def _ceiling(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Return a / b rounded up, where b is positive; what is below 0 gives 0 or less."""
        above = self.lanes.plus(a, self.lanes.plus(b, -1))
        return self.lanes.builder.sdiv(above, b)


def _ended(lanes: Lanes, carried: list, count: ir.Value) -> list:
    """Write the end of a run that so many further terms would make too long: its sums go to the total."""
    total, sums, terms = carried
    too_long = lanes.builder.icmp_signed(">", lanes.plus(terms, count), lanes.number(MOST_TERMS))
    ends = lanes.builder.zext(too_long, terms.type)
    return lanes.loop(ends, carried, lambda *_: [lanes.add(total, sums), lanes.zero, lanes.number(0)])
