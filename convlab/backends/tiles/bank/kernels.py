"""The native functions of the filter bank that make sums: one adds tiles up, the other copies sums that had to wait."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine
from convlab.backends.tiles.lanes import Lanes

if TYPE_CHECKING:
    from llvmlite import ir

VECTORS = 3  # of outputs in a row of a tile
TILE_ARGUMENTS = (
    "shape", "times", "next_weights", "next_x", "next_y", "weights", "x", "offsets", "terms", "run", "y", "step",
    "columns", "filters", "fresh",
)  # fmt: skip


def rows() -> tuple[int, ...]:
    """Return the numbers of filters that a tile may have, largest first.

    A tile of R filters by 3 vectors keeps ``3 R`` sums, 3 vectors of x and one weight in registers: 28 of 32, or 16 of
    16.

    Examples
    --------
    >>> rows() in ((8, 4, 2), (4, 2))
    True
    """
    return (8, 4, 2) if machine.registers() == 32 else (4, 2)


@cache
def tile(dtype: str) -> int:
    """Return the address of the function that adds up tiles: some filters by up to 3 vectors of outputs.

    Its arguments are whole numbers, in the order of `TILE_ARGUMENTS`:

    * `shape`: ``VECTORS * place + vectors - 1`` for a number of filters at that place of `rows`;
    * `times`: how many tiles of that shape; `next_weights`, `next_x` and `next_y` are the bytes from one to the next;
    * `weights`: the address of the weights, term by term, those of the tile's filters side by side;
    * `x`, `offsets`: term t of the first output stands ``offsets[t]`` bytes behind x, that of the next one beside it;
    * `terms`: how many; `run`: of how many a chain is, but for the last one;
    * `y`, `step`: where the first output of the first filter goes, and the bytes from there to the next filter's;
    * `columns`, `filters`: how many outputs, and how many of the tile's filters are real;
    * `fresh`: 1 to begin with the first run, 0 to add all of them to what y holds.
    """

    def write(lanes: Lanes, shape: ir.Value, *given: ir.Value) -> None:
        named = dict(zip(TILE_ARGUMENTS[1:], given, strict=True))
        lanes.choose(
            shape,
            {
                VECTORS * place + vectors - 1: lambda r=r, vectors=vectors: _tiles(lanes, r, vectors, **named)
                for place, r in enumerate(rows())
                for vectors in range(1, VECTORS + 1)
            },
        )

    return machine.assembled("bank_tile", len(TILE_ARGUMENTS), dtype, write)


def _tiles(
    lanes: Lanes,
    rows: int,
    vectors: int,
    *,
    times: ir.Value,
    next_weights: ir.Value,
    next_x: ir.Value,
    next_y: ir.Value,
    weights: ir.Value,
    x: ir.Value,
    y: ir.Value,
    step: ir.Value,
    columns: ir.Value,
    filters: ir.Value,
    **sums: ir.Value,
) -> None:
    """Write tiles one after the other; what they have in common is made once."""
    tail = lanes.first(lanes.plus(columns, -lanes.count * (vectors - 1)))
    masks = [None] * (vectors - 1) + [tail]
    # A filter that is not real goes where the last real one goes, and is written before it.
    last = lanes.plus(filters, -1)
    away = []
    for r in range(rows):
        real = lanes.builder.icmp_signed("<", lanes.number(r), last)
        away.append(lanes.times(step, lanes.builder.select(real, lanes.number(r), last)))

    def one(_: ir.Value, carried: list) -> list:
        weights, x, y = carried
        places = [[lanes.plus(lanes.plus(y, row), c * lanes.bytes) for c in range(vectors)] for row in away]
        _tile(lanes, weights, x, places, masks, **sums)
        return [lanes.plus(weights, next_weights), lanes.plus(x, next_x), lanes.plus(y, next_y)]

    lanes.loop(times, [weights, x, y], one)


def _tile(
    lanes: Lanes,
    weights: ir.Value,
    x: ir.Value,
    places: list[list],
    masks: list,
    *,
    offsets: ir.Value,
    terms: ir.Value,
    run: ir.Value,
    fresh: ir.Value,
) -> None:
    """Write the tile: ``sums[r][c] += weight[t][r] * x[offsets[t]][c]`` for every term t; each run is added to y."""
    rows, vectors, builder = len(places), len(masks), lanes.builder
    places = [(place, mask) for row in places for place, mask in zip(row, masks, strict=True)]
    for place, _ in places:  # on their way while the sums are added up
        lanes.prefetch(place, write=True)

    def term(_: ir.Value, carried: list) -> list:
        *sums, weight, offset = carried
        at = lanes.plus(x, lanes.word(offset))
        seen = [lanes.load(lanes.plus(at, c * lanes.bytes), mask) for c, mask in enumerate(masks)]
        for r in range(rows):
            factor = lanes.broadcast(lanes.plus(weight, r * lanes.size))
            for c in range(vectors):
                sums[r * vectors + c] = lanes.fma(seen[c], factor, sums[r * vectors + c])
        return [*sums, lanes.plus(weight, rows * lanes.size), lanes.plus(offset, 8)]

    def one_run(_: ir.Value, carried: list) -> list:
        weight, offset, left, more = carried
        count = builder.select(builder.icmp_signed("<", left, run), left, run)
        *sums, weight, offset = lanes.loop(count, [*[lanes.zero] * len(places), weight, offset], term)
        totals = lanes.loop(more, sums, lambda _, sums: [
            lanes.add(lanes.load(place, mask), part) for part, (place, mask) in zip(sums, places, strict=True)
        ])  # fmt: skip
        for total, (place, mask) in reversed(list(zip(totals, places, strict=True))):
            lanes.store(total, place, mask)
        return [weight, offset, builder.sub(left, run), lanes.number(1)]

    runs = builder.sdiv(lanes.plus(builder.add(terms, run), -1), run)
    lanes.loop(runs, [weights, offsets, terms, builder.sub(lanes.number(1), fresh)], one_run)


@cache
def copy(dtype: str) -> int:
    """Return the address of the function that copies rows of up to 3 vectors.

    Its arguments, whole numbers in this order: `vectors` of a row; `source` and `source_step`, the bytes between two
    rows; `target` and `target_step`; `count` of rows; `columns`, values of a row.
    """

    def write(lanes: Lanes, vectors: ir.Value, *given: ir.Value) -> None:
        lanes.choose(vectors, {v: lambda v=v: _copy(lanes, v, *given) for v in range(1, VECTORS + 1)})

    return machine.assembled("bank_copy", 7, dtype, write)


def _copy(
    lanes: Lanes,
    vectors: int,
    source: ir.Value,
    source_step: ir.Value,
    target: ir.Value,
    target_step: ir.Value,
    count: ir.Value,
    columns: ir.Value,
) -> None:
    tail = lanes.first(lanes.plus(columns, -lanes.count * (vectors - 1)))

    def row(_: ir.Value, carried: list) -> list:
        read, write = carried
        for c in range(vectors):
            mask = tail if c == vectors - 1 else None
            there, here = (lanes.plus(address, c * lanes.bytes) for address in (read, write))
            lanes.store(lanes.load(there, mask), here, mask)
        return [lanes.plus(read, source_step), lanes.plus(write, target_step)]

    lanes.loop(count, [source, target], row)
