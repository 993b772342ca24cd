"""Sums of k neighbours without k additions: the vector code of boxes, along a row and down the columns.

A box adds up k neighbours that all have the same weight, and the sums of neighbouring outputs share all values but two.
The textbook's *running sum* adds the value that enters a window and subtracts the one that leaves it. That is exact
only where nothing is rounded: what an addition has rounded away, the subtraction does not give back, so errors pile up
along a line; the digits of small values behind a large one are gone for good; and an infinity leaves a NaN in all sums
that follow (``inf - inf``). To be allowed, it would have to look at all of x first. Nothing is subtracted here. Every
output is a sum of just the values of its window, in another order than the definition's: so its bound holds, whole
numbers come out exact, and an infinity or a NaN reaches those outputs that read it.

**Along a row: doubling.** Two windows of one value make one of 2, two of these one of 4, and so on; a window of
13 = 8 + 4 + 1 values is a window of 8, then one of 4, then one of 1. That takes between log2(k) and 2 log2(k) additions
of vectors, whose lanes are neighbours in the row. A window that begins n places further on is lanes n, n + 1, ... of a
vector and the one behind it: one *shuffle* of two registers where n is less than a vector, and the register of some
turns ago where it is more. So a row is read once, and nothing but its sums is written. They come some turns late
(`lag`): each doubling looks at the vector ahead.

**Down the columns: two stacks.** Lanes are columns here, and no shuffle is needed. The rows are cut into blocks of k. A
window of k rows that begins in row i of a block is the rest of this block, and the first i rows of the next. Sums of
the first kind are made from the end of a block to its beginning, and kept; the second kind grows in a register on the
way through the next block. Both take one addition a row, and one more joins them: 3 additions for an output, whatever k
is. (van Herk, 1992, and Gil and Werman, 1993, found this for the largest value of a window, which cannot be subtracted
either.) An output's order depends on the row that it stands in, but on no thread and no piece: blocks begin at the rows
0, k, 2k, ... of y.

**What it costs.** The least of many times, one thread of an AMD EPYC (Zen 4), float32: in the first-level cache
doubling takes as long as 4 multiply-adds of a vector for 3 taps, 7 for 7 and 15 for 31; two stacks take 5 for any. A
running sum down 500 rows of 512 columns takes 41 to 52 us, and 16 us more to find out whether x is whole; two stacks
take 53 to 61 us, and are right for every x. Along a row a running sum would wait for the lane before it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

ABREAST = 8  # vectors of columns that are added up side by side, 512 bytes of a row where a vector has 64


def lag(taps: int, dtype: str) -> int:
    """Return how many vectors of a row are read before the first vector of sums is done.

    Examples
    --------
    >>> [lag(taps, "float32") for taps in (1, 2, 3)]
    [0, 1, 2]
    """
    return sum(_delays(taps, machine.width(dtype)))


@cache
def across(taps: int, dtype: str) -> int:
    """Return the address of the native function that adds up neighbours along rows.

    Parameters
    ----------
    taps : int
    dtype : {"float32", "float64"}

    Returns
    -------
    int
        The address of a function of these whole numbers; distances in bytes:

        ===================  ======================================================================================
        source, source_row   the first value that the first window reads, and from a row to the next
        low, high            which places of a row there are, counted from `source`: the others are not read, but 0
        target, target_row   where `lag` vectors without meaning are written, and then the sums
        rows                 how many
        head, inside, tail   vectors to read: those that reach below `low`, those that do not, those beyond `high`
        factor               address of a number that every value is multiplied by first
        ===================  ======================================================================================
    """
    return machine.assembled(
        f"across_{taps}", 11, dtype, lambda lanes, *numbers: _write_across(lanes, taps, *numbers)
    )


@cache
def down(dtype: str) -> int:
    """Return the address of the native function that adds up neighbours down the columns.

    Returns
    -------
    int
        The address of a function of these whole numbers; distances in bytes:

        ==================  =======================================================================================
        source, source_row  the first value, and from a row to the next: ``rows + taps`` rows of whole vectors, the
                            last of which is read, and not used
        target, target_row  the first output, and from a row to the next
        rows, columns       of outputs
        taps                of a window
        kept                memory for `taps` times ABREAST vectors
        factor              address of a number that every sum is multiplied by
        ==================  =======================================================================================
    """
    return machine.assembled("down", 9, dtype, _write_down)


def _delays(taps: int, lanes: int) -> list[int]:
    """Return how many vectors each doubling looks ahead; the last window of a power of two needs no more."""
    top = taps.bit_length() - 1
    steps = top if taps == 1 << top else top + 1
    return [max(1, (1 << level) // lanes) for level in range(steps)]


def _write_across(
    lanes: Lanes, taps: int, source: ir.Value, source_row: ir.Value, low: ir.Value, high: ir.Value, target: ir.Value,
    target_row: ir.Value, rows: ir.Value, head: ir.Value, inside: ir.Value, tail: ir.Value, factor: ir.Value,
) -> None:  # fmt: skip
    """Write the loop over rows, in each of which three loops over vectors carry the same registers on."""
    scale, delays = lanes.broadcast(factor), _delays(taps, lanes.count)
    start = [lanes.zero] * (2 * sum(delays))

    def row(_: ir.Value, carried: list) -> list:
        there, here = carried

        def vectors(count: ir.Value, first: ir.Value, is_inside: bool, registers: list) -> list:
            def vector(i: ir.Value, registers: list) -> list:
                turn = lanes.plus(first, i)
                mask = None if is_inside else _between(lanes, lanes.times(turn, lanes.count), low, high)
                step = lanes.times(turn, lanes.bytes)
                seen = lanes.mul(lanes.load(lanes.plus(there, step), mask), scale)
                found, registers = _doubled(lanes, taps, seen, registers)
                lanes.store(found, lanes.plus(here, step))
                return registers

            return lanes.loop(count, registers, vector)

        registers = vectors(head, lanes.number(0), False, start)
        registers = vectors(inside, head, True, registers)
        vectors(tail, lanes.plus(head, inside), False, registers)
        return [lanes.plus(there, source_row), lanes.plus(here, target_row)]

    lanes.loop(rows, [source, target], row)


def _between(lanes: Lanes, place: ir.Value, low: ir.Value, high: ir.Value) -> ir.Value:
    """Return the mask of the lanes from `place` on that are at places low, ..., high - 1."""
    builder = lanes.builder
    before = lanes.first(builder.sub(low, place))
    return builder.and_(lanes.first(builder.sub(high, place)), builder.not_(before))


def _doubled(lanes: Lanes, taps: int, sums: ir.Value, registers: list) -> tuple[ir.Value, list]:
    """Write one turn: a vector goes in, and the sums of the vector `lag` turns ago come out.

    At level n, `sums` are those of windows of ``2**n`` values, and `joined` those of the last digits of `taps`. Both
    wait in registers until the vector is there that is ``2**n`` places ahead.
    """
    joined, left = None, []
    for level, delay in enumerate(_delays(taps, lanes.count)):
        (sums_now, sums_then), (joined_now, joined_then) = (
            _ahead(lanes, 1 << level, waiting, new)
            for waiting, new in ((registers[:delay], sums), (registers[delay : 2 * delay], joined))
        )
        left += [*registers[1:delay], sums, *registers[delay + 1 : 2 * delay], joined or lanes.zero]
        registers = registers[2 * delay :]
        if taps >> level & 1:
            joined = lanes.add(sums_now, joined_then) if joined else sums_now
        elif joined:
            joined = joined_now
        sums = lanes.add(sums_now, sums_then)
    return joined or sums, left


def _ahead(lanes: Lanes, places: int, waiting: list, new: ir.Value | None) -> tuple:
    """Return the vector that has waited longest, and the one so many places ahead of it."""
    if new is None:
        return None, None
    if places >= lanes.count:
        return waiting[0], new
    return waiting[0], lanes.shuffle(waiting[0], new, range(places, places + lanes.count))


def _write_down(
    lanes: Lanes, source: ir.Value, source_row: ir.Value, target: ir.Value, target_row: ir.Value, rows: ir.Value,
    columns: ir.Value, taps: ir.Value, kept: ir.Value, factor: ir.Value,
) -> None:  # fmt: skip
    """Write the loop over columns, ABREAST vectors at a time, and then one by one under a mask."""
    scale, builder = lanes.broadcast(factor), lanes.builder
    groups = builder.sdiv(columns, lanes.number(ABREAST * lanes.count))
    done = lanes.times(groups, ABREAST * lanes.count)
    left = builder.sub(columns, done)
    singles = builder.sdiv(lanes.plus(left, lanes.count - 1), lanes.number(lanes.count))
    stacks = _Stacks(lanes, source_row, target_row, rows, taps, kept, scale)

    def group(i: ir.Value, _: list) -> list:
        away = lanes.times(i, ABREAST * lanes.bytes)
        stacks.write(ABREAST, lanes.plus(source, away), lanes.plus(target, away), None)
        return []

    def single(i: ir.Value, _: list) -> list:
        away = lanes.plus(lanes.times(done, lanes.size), lanes.times(i, lanes.bytes))
        mask = lanes.first(builder.sub(left, lanes.times(i, lanes.count)))
        stacks.write(1, lanes.plus(source, away), lanes.plus(target, away), mask)
        return []

    lanes.loop(groups, [], group)
    lanes.loop(singles, [], single)


class _Stacks:
    """Writes the two stacks of some columns."""

    def __init__(
        self, lanes: Lanes, source_row: ir.Value, target_row: ir.Value, rows: ir.Value, taps: ir.Value,
        kept: ir.Value, scale: ir.Value,
    ) -> None:  # fmt: skip
        self.lanes, self.source_row, self.target_row = lanes, source_row, target_row
        self.rows, self.taps, self.kept, self.scale = rows, taps, kept, scale

    def write(self, count: int, source: ir.Value, target: ir.Value, mask: ir.Value | None) -> None:
        """Write the loop over blocks of rows, for so many vectors of columns."""
        lanes, builder = self.lanes, self.lanes.builder
        above = lanes.plus(self.rows, lanes.plus(self.taps, -1))
        back = builder.neg(self.source_row)
        step = lanes.bytes * count

        def places(start: ir.Value) -> list:
            return [lanes.plus(start, lanes.bytes * v) for v in range(count)]

        def grown(sums: list, start: ir.Value) -> list:
            return [lanes.add(one, lanes.load(place)) for one, place in zip(sums, places(start), strict=True)]

        def rest(_: ir.Value, carried: list) -> list:  # one row up: the first stack, which is kept
            *sums, there, keep = carried
            sums = grown(sums, there)
            for one, place in zip(sums, places(keep), strict=True):
                lanes.store(one, place)
            return [*sums, lanes.plus(there, back), lanes.plus(keep, -step)]

        def output(_: ir.Value, carried: list) -> list:  # one row down: what is kept, and the second stack
            *sums, there, keep, here = carried
            for one, two, place in zip(sums, places(keep), places(here), strict=True):
                total = lanes.add(lanes.load(two), one)
                lanes.store(lanes.fma(total, self.scale, lanes.zero), place, mask)  # + 0, for no sum is -0
            ends = [lanes.plus(keep, step), lanes.plus(here, self.target_row)]
            return [*grown(sums, there), lanes.plus(there, self.source_row), *ends]

        def block(i: ir.Value, _: list) -> list:
            first = lanes.times(i, self.taps)
            there = lanes.plus(source, lanes.times(first, self.source_row))
            beyond = lanes.plus(there, lanes.times(self.taps, self.source_row))
            last = lanes.plus(self.kept, lanes.times(lanes.plus(self.taps, -1), step))
            zeros, left = [lanes.zero] * count, builder.sub(self.rows, first)
            made = builder.select(builder.icmp_signed("<", left, self.taps), left, self.taps)
            lanes.loop(self.taps, [*zeros, lanes.plus(beyond, back), last], rest)
            here = lanes.plus(target, lanes.times(first, self.target_row))
            lanes.loop(made, [*zeros, beyond, self.kept, here], output)
            return []

        lanes.loop(builder.sdiv(above, self.taps), [], block)
