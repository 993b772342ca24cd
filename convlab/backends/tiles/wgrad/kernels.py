"""The native functions behind dw: sums of products in registers, in two ways, and a transposition.

The gradient of the weights is a sum over all images and positions, and its result is small: what a tile can keep in
registers is a part of dw, and what streams past it are positions. `outer` holds the sums of `rows` times `vectors`
registers. For one position it loads the vectors of one operand, one after the other, and spreads one number of the
other operand over a register for each row: rows + vectors loads for rows * vectors multiply-adds. With 6 rows and 4
vectors these are 10 loads for 24 multiply-adds, so that the units that multiply are the ones that are busy, and 24 sums
that do not wait for each other hide the four cycles that each addition takes. A textbook loop over one weight at a time
loads two numbers for one multiply-add and waits for its only sum.

The lanes of the vectors are filters (or channels), so they must stand side by side in memory, while arrays have
columns there. `turn` brings a block into that order, 16 times 16 numbers at a time without leaving the registers.

`along` is for the case that there are few of both: positions are the lanes, and both sides of its tile are vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from convlab.backends.tiles.machine import assembled, registers
from convlab.backends.tiles.wgrad import loops_thin as loops

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

TERM = 32  # bytes of a line in a table of terms
ROWS = (8, 6, 4, 3, 2, 1)  # rows of a tile; with more, addresses do not fit into registers
VECTORS = (4, 2, 1)
SIDES = (6, 4, 3, 2, 1)  # of a tile of products: its columns, and its rows up to MOST_ROWS
MOST_ROWS = 4


def most_vectors() -> int:
    """Return how many vectors the widest tile has.

    Examples
    --------
    >>> most_vectors() in VECTORS
    True
    """
    return 4 if registers() == 32 else 2


def rows_of(vectors: int) -> tuple[int, ...]:
    """Return how many rows a tile may have: sums, vectors and one spread number must fit into the registers.

    Examples
    --------
    >>> rows_of(1)
    (8, 6, 4, 3, 2, 1)
    """
    return tuple(rows for rows in ROWS if rows * vectors + vectors + 1 <= registers())


def split(rows: int, vectors: int) -> list[int]:
    """Return rows in as few tiles as do it, and none of a single row where that can be avoided.

    Examples
    --------
    >>> split(13, 1), split(9, 1), split(7, 1)
    ([8, 3, 2], [6, 3], [4, 3])
    """
    found = []
    while rows:
        fitting = [size for size in rows_of(vectors) if size <= rows]
        found.append(next((size for size in fitting if rows - size != 1), fitting[0]))
        rows -= found[-1]
    return found


@cache
def outer(dtype: str) -> int:
    """Return the address of the function that adds a sum over positions to a block of dw.

    Its arguments, addresses and distances in bytes::

        shape                            64 * rows + vectors
        sums                             where the block of dw stands
        lanes, rows                      where the two operands begin
        table                            of terms: per row, what to add to `rows` and to `sums` (`TERM` bytes apart)
        planes, l_plane, r_plane         how many planes; from one to the next in each operand
        lines, l_line, r_line            how many lines in a plane
        count, l_step, r_step            how many positions in a line

    Every sum is one chain of fused multiply-adds, from 0, position by position, line by line, plane by plane; it is
    then added to what stood there.
    """
    shapes = [(r, v) for v in VECTORS if v <= most_vectors() for r in rows_of(v)]

    def write(lanes: Lanes, shape: ir.Value, *arguments: ir.Value) -> None:
        tiles = {64 * r + v: _tile(lanes, r, v, arguments) for r, v in shapes}
        lanes.choose(shape, tiles)

    return assembled("outer", 15, dtype, write)


def _tile(lanes: Lanes, rows: int, vectors: int, arguments: tuple[ir.Value, ...]) -> Callable[[], None]:
    """Return what writes the body for one shape of tile."""

    def write() -> None:
        sums, left, right, table, planes, l_plane, r_plane, lines, l_line, r_line, count, *steps = arguments
        bases = [lanes.plus(right, lanes.word(lanes.plus(table, TERM * r))) for r in range(rows)]

        def position(_: ir.Value, carried: list) -> list:
            *totals, at, beside = carried
            loaded = [lanes.load(lanes.plus(at, v * lanes.bytes)) for v in range(vectors)]
            for r in range(rows):
                spread = lanes.broadcast(lanes.plus(bases[r], beside))
                for v in range(vectors):
                    totals[r * vectors + v] = lanes.fma(loaded[v], spread, totals[r * vectors + v])
            return [*totals, lanes.plus(at, steps[0]), lanes.plus(beside, steps[1])]

        def nested(times: ir.Value, by_left: ir.Value, by_right: ir.Value, body: Callable) -> Callable:
            def turn(_: ir.Value, carried: list) -> list:
                *_, at, beside = carried
                *totals, _, _ = lanes.loop(times, carried, body)
                return [*totals, lanes.plus(at, by_left), lanes.plus(beside, by_right)]

            return turn

        line = nested(count, l_line, r_line, position)
        plane = nested(lines, l_plane, r_plane, line)
        begin = [*[lanes.zero] * (rows * vectors), left, lanes.number(0)]
        totals = lanes.loop(planes, begin, plane)
        for r in range(rows):
            row = lanes.plus(sums, lanes.word(lanes.plus(table, TERM * r + 8)))
            for v in range(vectors):
                place = lanes.plus(row, v * lanes.bytes)
                lanes.store(lanes.add(lanes.load(place), totals[r * vectors + v]), place)

    return write


def fits(rows: int, columns: int) -> bool:
    """Return whether sums, vectors of dy and one of x fit into the registers."""
    return rows * columns + rows + 1 <= registers()


@cache
def along(dtype: str) -> int:
    """Return the address of the function that adds products of lines to a block of sums.

    Its arguments: 64 times the rows plus the columns of the tile; the sums; where dy begins, and the table of its rows
    (a distance in dy, and one in the sums); the same for the frame of x and its columns; how many lines; from a line to
    the next in dy and in the frame; how many whole vectors a line has, and how many values beyond.
    """
    shapes = [(r, c) for r in SIDES if r <= MOST_ROWS for c in SIDES if fits(r, c)]

    def write(lanes: Lanes, shape: ir.Value, *arguments: ir.Value) -> None:
        lanes.choose(shape, {64 * r + c: _products(lanes, r, c, arguments) for r, c in shapes})

    return assembled("positions", 11, dtype, write)


def _products(lanes: Lanes, rows: int, columns: int, arguments: tuple[ir.Value, ...]) -> Callable[[], None]:
    """Return what writes the body for one shape of tile."""

    def write() -> None:
        sums, dy, row_table, x, column_table, lines, dy_line, x_line, whole, tail = arguments
        down = [_term(lanes, row_table, r) for r in range(rows)]
        across = [_term(lanes, column_table, c) for c in range(columns)]
        mask = lanes.first(tail)
        beyond = lanes.builder.zext(lanes.builder.icmp_signed(">", tail, lanes.number(0)), tail.type)

        def products(masked: ir.Value | None) -> Callable:
            def turn(_: ir.Value, carried: list) -> list:
                *totals, y_at, x_at = carried
                ys = [lanes.load(lanes.plus(y_at, place), masked) for place, _ in down]
                for c, (place, _) in enumerate(across):
                    seen = lanes.load(lanes.plus(x_at, place), masked)
                    for r in range(rows):
                        totals[r * columns + c] = lanes.fma(ys[r], seen, totals[r * columns + c])
                return [*totals, lanes.plus(y_at, lanes.bytes), lanes.plus(x_at, lanes.bytes)]

            return turn

        def line(_: ir.Value, carried: list) -> list:
            *_, y_at, x_at = carried
            carried = lanes.loop(whole, carried, products(None))
            *totals, _, _ = lanes.loop(beyond, carried, products(mask))
            return [*totals, lanes.plus(y_at, dy_line), lanes.plus(x_at, x_line)]

        begin = [*[lanes.zero] * (rows * columns), dy, x]
        totals = lanes.loop(lines, begin, line)
        for r, (_, row_sums) in enumerate(down):
            for c, (_, column_sums) in enumerate(across):
                place = lanes.plus(lanes.plus(sums, row_sums), column_sums)
                lanes.store(lanes.add(lanes.load(place), totals[r * columns + c]), place)

    return write


def _term(lanes: Lanes, table: ir.Value, i: int) -> tuple[ir.Value, ir.Value]:
    """Write the reading of a line of a table of terms: its distance in the operand, and in the sums."""
    line = lanes.plus(table, loops.TERM * i)
    return lanes.word(line), lanes.word(lanes.plus(line, 8 * loops.TERM_SUMS))


@cache
def turn(dtype: str) -> int:
    """Return the address of the function that writes lines as columns, and adds up several blocks on the way.

    Its arguments, addresses and distances in bytes::

        target, t_step    where value j of all lines goes, side by side; from j to j + 1
        source, s_step    the first line; from a line to the next
        lines, length     how many lines, at most as many as a vector has lanes; how many values each has
        stored            how many lanes are written: beyond the lines, zeros
        blocks, s_block   how many blocks are added up, one after the other; from one to the next
    """

    def write(lanes: Lanes, target, t_step, source, s_step, lines, length, stored, blocks, s_block) -> None:
        width, builder = lanes.count, lanes.builder
        full = lanes.number(width)

        def strip(i: ir.Value, carried: list) -> list:
            into, start, left = carried

            def block(is_whole: bool) -> None:
                places = [_line(lanes, r, start, s_step, lines, left, is_whole) for r in range(width)]

                def another(_: ir.Value, sums: list) -> list:
                    *sums, away = sums
                    read = [lanes.load(lanes.plus(place, away), mask) for place, mask in places]
                    return [
                        *(lanes.add(a, b) for a, b in zip(sums, read, strict=True)),
                        lanes.plus(away, s_block),
                    ]

                found = [lanes.load(place, mask) for place, mask in places]
                *found, _ = lanes.loop(lanes.plus(blocks, -1), [*found, s_block], another)
                for j, column in enumerate(transposed(lanes, found)):
                    place = lanes.plus(into, lanes.times(t_step, j))
                    if is_whole:
                        lanes.store(column, place)
                    else:
                        written = builder.icmp_signed("<", lanes.number(j), left)
                        lanes.store(
                            column, place, lanes.first(builder.select(written, stored, lanes.number(0)))
                        )

            whole = [builder.icmp_signed(">=", n, full) for n in (lines, left, stored)]
            is_whole = builder.zext(builder.and_(builder.and_(*whole[:2]), whole[2]), lines.type)
            lanes.choose(is_whole, {1: lambda: block(True), 0: lambda: block(False)})
            return [
                lanes.plus(into, lanes.times(t_step, width)),
                lanes.plus(start, lanes.bytes),
                lanes.plus(left, -width),
            ]

        strips = builder.sdiv(lanes.plus(length, width - 1), full)
        lanes.loop(strips, [target, source, length], strip)

    return assembled("turn", 9, dtype, write)


def _line(lanes: Lanes, r: int, start, s_step, lines, left, is_whole: bool) -> tuple:
    """Write where line r begins and which of its lanes are read; the first line stands in for one that is not there."""
    place = lanes.plus(start, lanes.times(s_step, r))
    if is_whole:
        return place, None
    is_there = lanes.builder.icmp_signed("<", lanes.number(r), lines)
    mask = lanes.first(lanes.builder.select(is_there, left, lanes.number(0)))
    return lanes.builder.select(is_there, place, start), mask


def transposed(lanes: Lanes, rows: list) -> list:
    """Write the transposition of as many vectors as one has lanes: value j of row i becomes value i of row j.

    Halves of rows change places: first between neighbours, then between rows 2, 4 and 8 apart. After the step of
    width `far`, blocks of 2 * far rows and columns are transposed.
    """
    rows, width, far = list(rows), lanes.count, 1
    while far < width:
        upper = [j - far + width if j & far else j for j in range(width)]
        lower = [j + width if j & far else j + far for j in range(width)]
        for i in range(width):
            if not i & far:
                a, b = rows[i], rows[i + far]
                rows[i], rows[i + far] = lanes.shuffle(a, b, upper), lanes.shuffle(a, b, lower)
        far *= 2
    return rows
