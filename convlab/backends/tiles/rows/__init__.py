"""Row-sliding tiles: one line of x, loaded once, feeds several rows of outputs of one filter.

**Why a textbook loop is slow.** ``y[r, j] += x[r + p, j + q] * w[p, q]`` asks for three loads and a store for one
multiply-add, while a processor can begin one or two multiply-adds of whole vectors in every cycle and about as many
loads. Even with vectors along j such a loop spends its time on moving the same sums to memory and back. Four things
bound what a processor can do, and a tile of R rows by V vectors of outputs is the shape that meets all four:

1. *Loads.* Rows of outputs that lie below each other read almost the same lines of x: row r of y meets line r + p with
   row p of the filter. So a vector of x that is loaded once is multiplied by R weights and added to R sums, one of each
   row. R x V multiply-adds cost V loads of x and R weights that are loaded into all lanes (a *broadcast*): with R = 4
   and V = 6 that is 10 loads for 24 multiply-adds, and the multiply-adds decide how long it takes. That is even so
   although most loads take twice as long: the next tap begins one value further on, so 15 of 16 vectors of 64 bytes lie
   across two lines of the cache.
2. *Latency.* A multiply-add takes about 4 cycles until its result can be added to again. To begin 1 or 2 in every
   cycle, 4 to 8 sums have to wait in turn; R x V = 24 are more than enough, so no sum is ever split in parts.
3. *Registers.* The sums stay in registers from the first product to the last. 32 registers hold 4 x 6 sums, 6 vectors
   of x and 1 weight, 31 in all; 16 hold 4 x 3 sums, 3 vectors and 1 weight (`most_vectors`). One sum too many, and it
   would go to memory and back in every turn.
4. *Tails.* A line of outputs is rarely a whole number of vectors. The last vector of a tile works under a mask: lanes
   beyond the line are neither read nor written. Rows that are left over get tiles of fewer rows. A mask costs what
   it masks: 90 columns are 6 vectors of 16 that do the work of 5.6, so 94 % of the peak is the most they can reach.

**How a tile slides.** Line i of x feeds the rows o of the tile with ``0 <= i - o < kh``. The first R - 1 lines feed
1, 2, ... rows (the tile slides in), the following ``kh - R + 1`` lines feed all R (this is where the time goes), the
last R - 1 lines feed fewer and fewer (it slides out)::

    line of x     0    1    2    3   ...  kh-1  kh   kh+1  kh+2       with row p of the filter, R = 4
    row 0 of y   p=0  p=1  p=2  p=3  ...  kh-1
    row 1             p=0  p=1  p=2  ...  kh-2  kh-1
    row 2                  p=0  p=1  ...  kh-3  kh-2  kh-1
    row 3                       p=0  ...  kh-4  kh-3  kh-2  kh-1

In all ``kh + R - 1`` lines are loaded for ``kh R`` rows of products: 0.32 loads of x for a multiply-add where kh = 11,
0.5 where kh = 3, 1 where kh = 1. R may be kh + 1 at most, else a line would feed rows with nothing between them.

**What it looks like.** This is the turn of the innermost loop where all rows are fed, as LLVM makes it for 16 lanes of
float32, a quarter of it: nothing but what the arithmetic asks for, one addition for each of two addresses, one count::

    vbroadcastss 12(%rdi), %zmm31            the weight of row 0 into all lanes
    vmovups      (%r12), %zmm25              six vectors of x, which all four rows use
    ...
    vmovups      320(%r12), %zmm30 {%k1} {z} the last one under the mask
    vfmadd231ps  %zmm31, %zmm25, %zmm1       six sums of row 0
    ...
    vbroadcastss 8(%rdi), %zmm31             the weight of row 1, which stands beside it
    vfmadd231ps  %zmm31, %zmm25, %zmm7

**What bounds it then.** Every value of x is used for ``kh kw`` multiply-adds and every output is written once. With 11
by 11 taps of float32 that is 242 operations for 8 bytes, and the multiply-adds are the limit as long as the lines of a
tile come from the second cache (`convlab.backends.numba_tiles.cut` sees to it). With 3 by 3 it is 18 operations for 8
bytes, or 12 where memory is read before it is written: stacks that fit no cache are then as fast as memory is.

**The order of a sum.** Every output is added up plane after plane (below), in each row after row of the filter, in each
tap after tap, in runs of at most 512 terms (`convlab.backends.tiles.runs`): each is one chain of fused multiply-adds
that begins at +0, and is added to the total of those before it, which waits in y. A run ends between planes, or within
a plane between rows of the filter; there row 0 of the tile ends it a line before row 1, so nothing slides anew. No run
depends on R, V, masks or threads, so neither do the bits of the result.

**Planes.** A tile adds up over several *planes*: pictures that are correlated with a filter of their own, such as the
channels of a group. A stride makes planes, too. An output in every s-th column reads, for the taps ``b, b + s, ...``,
neighbouring values of every s-th column: a convolution with stride s is a sum of s ordinary ones, each over the columns
of one remainder. The distance of taps (dilation) and of rows are numbers that a tile is told, so it needs no copies
for them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from convlab.backends.tiles import machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

MOST_ROWS = 4  # more rows make a tile narrower and its sliding in and out longer
MOST_VECTORS = 8
ENTRY_BYTES = (
    48  # of a plane in the table of planes: its distance from x, its rows, its taps in a row, and its runs
)


def most_vectors(rows: int) -> int:
    """Return how many vectors a tile of some rows is wide at most: sums, vectors of x and a weight fill the registers.

    Examples
    --------
    >>> [most_vectors(rows) for rows in (4, 3, 1)] in ([6, 7, 8], [3, 3, 7])
    True
    """
    return min(MOST_VECTORS, (machine.registers() - 1) // (rows + 1))


@cache
def tile(rows: int, vectors: int, dtype: str) -> int:
    """Return the address of the native function that makes one tile.

    Parameters
    ----------
    rows : int
        Rows of outputs: one more than any plane's filter has, at most.
    vectors : int
        Vectors of outputs in a row.
    dtype : {"float32", "float64"}

    Returns
    -------
    int
        The address of a function of ten whole numbers, all distances in bytes:

        =========  ==================================================================================
        resume     0 to begin with the first run, 1 to add all of them to what stands in y
        x          where the tile's first output meets the first tap, in a plane that begins at 0
        x_row      from a line of x to the next
        tap        from a tap to the next in its row
        planes     address of a table: for each plane its distance from x, its rows, its taps in a row; 1 if
                   a run ends before it, else 0; how often one ends within it, and after how many rows each
        count      how many planes
        w          the weights: for each plane, the first tap of all rows, then the second, ...
        y, y_row   the first output, and from a row of outputs to the next
        last       how many lanes of the last vector are outputs
        =========  ==================================================================================
    """
    return machine.assembled(
        f"rows_{rows}x{vectors}", 10, dtype, lambda lanes, *numbers: _write(lanes, rows, vectors, *numbers)
    )


def _write(
    lanes: Lanes, rows: int, vectors: int, resume: ir.Value, x: ir.Value, x_row: ir.Value, tap: ir.Value,
    planes: ir.Value, count: ir.Value, w: ir.Value, y: ir.Value, y_row: ir.Value, last: ir.Value,
) -> None:  # fmt: skip
    """Write a tile: clear the sums, slide over every plane, and add the sums to y wherever a run ends."""
    masks = [None] * (vectors - 1) + [lanes.first(last)]
    places = []
    for o in range(rows):
        line = lanes.plus(y, lanes.times(y_row, o)) if o else y
        places += [lanes.plus(line, lanes.bytes * v) for v in range(vectors)]
    masked = list(zip(places, masks * rows, strict=True))

    def end_run(carried: list, first: int, many: int) -> list:
        """Add some rows' sums to what y holds, if anything, and begin anew."""
        *sums, more = carried
        some = slice(first * vectors, (first + many) * vectors)
        totals = lanes.loop(more, sums[some], lambda _, parts: [
            lanes.add(lanes.load(place, mask), part) for part, (place, mask) in zip(parts, masked[some], strict=True)
        ])  # fmt: skip
        for total, (place, mask) in zip(totals, masked[some], strict=True):
            lanes.store(total, place, mask)
        sums[some] = [lanes.zero] * (many * vectors)
        return [*sums, more]

    def plane(_: ir.Value, carried: list) -> list:
        *sums, more, entry, weights = carried
        distance, height, taps, ends, cuts, each = (lanes.word(lanes.plus(entry, 8 * i)) for i in range(6))
        *sums, more = lanes.loop(
            ends, [*sums, more], lambda _, carried: [*end_run(carried, 0, rows)[:-1], lanes.number(1)]
        )
        slide = _Slide(lanes, rows, masks, x_row, tap, lanes.times(height, lanes.size), taps, end_run)
        *sums, more = slide.over(sums, more, lanes.plus(x, distance), weights, (height, cuts, each))
        return [
            *sums,
            more,
            lanes.plus(entry, ENTRY_BYTES),
            lanes.plus(weights, lanes.times(slide.column, taps)),
        ]

    _ask_ahead(lanes, rows, vectors, x, x_row, planes)
    start = [lanes.zero] * len(masked)
    *sums, more, _, _ = lanes.loop(count, [*start, resume, planes, w], plane)
    end_run([*sums, more], 0, rows)


def _ask_ahead(lanes: Lanes, rows: int, vectors: int, x: ir.Value, x_row: ir.Value, planes: ir.Value) -> None:
    """Ask for what the next tile of these rows reads in the lines that no tile above it has read.

    It comes from far away while this tile is made. To ask is no access: beyond x nothing happens.
    """
    distance, height = lanes.word(planes), lanes.word(lanes.plus(planes, 8))
    line = lanes.plus(lanes.plus(x, distance), lanes.times(x_row, lanes.plus(height, -1)))
    for _ in range(rows):
        for v in range(vectors):
            lanes.prefetch(lanes.plus(line, lanes.bytes * (vectors + v)))
        line = lanes.plus(line, x_row)


class _Slide:
    """Writes how a tile slides over the lines of one plane."""

    def __init__(
        self, lanes: Lanes, rows: int, masks: list, x_row: ir.Value, tap: ir.Value, column: ir.Value, taps: ir.Value,
        end_run: Callable[[list, int, int], list],
    ) -> None:  # fmt: skip
        self.lanes, self.rows, self.masks, self.end_run = lanes, rows, masks, end_run
        self.x_row, self.tap, self.column, self.taps = x_row, tap, column, taps

    def over(
        self, sums: list, more: ir.Value, line: ir.Value, weights: ir.Value, runs: tuple[ir.Value, ...]
    ) -> list:
        """Slide in, over all lines that feed every row, and out; return the sums, and whether y holds a total.

        Where a run ends within the plane, it ends for row 0 a line before it does for row 1, and so on.
        """
        lanes, rows, (height, cuts, each) = self.lanes, self.rows, runs

        def whole(_: ir.Value, carried: list) -> list:
            return self.step(carried, range(rows))

        def run(_: ir.Value, carried: list) -> list:
            *carried, more = carried
            carried = lanes.loop(lanes.plus(each, 1 - rows), carried, whole)
            for o in range(rows):
                *sums, line, weights = self.step(carried, range(rows)) if o else carried
                carried = [*self.end_run([*sums, more], o, 1)[:-1], line, weights]
            return [*carried, lanes.number(1)]

        carried = [*sums, line, weights]
        for i in range(rows - 1):
            carried = self.step(carried, range(i + 1))
        *carried, more = lanes.loop(cuts, [*carried, more], run)
        left = lanes.builder.sub(lanes.plus(height, 1 - rows), lanes.times(cuts, each))
        carried = lanes.loop(left, carried, whole)
        for first in range(1, rows):
            carried = self.step(carried, range(first, rows))
        return [*carried[:-2], more]

    def step(self, carried: list, outputs: range) -> list:
        """Add one line of x to the sums of some rows, tap after tap, and go on to the next line.

        `weights` is where output 0 has its weight for the first tap; the row of the filter before stands before it,
        and that is the weight of output 1.
        """
        lanes = self.lanes
        *sums, line, weights = carried

        def meet(_: ir.Value, carried: list) -> list:
            *sums, place, weight = carried
            seen = [lanes.load(lanes.plus(place, lanes.bytes * v), mask) for v, mask in enumerate(self.masks)]
            for o in outputs:
                factor = lanes.broadcast(lanes.plus(weight, -lanes.size * o))
                for k, vector in enumerate(seen, start=o * len(seen)):
                    sums[k] = lanes.fma(vector, factor, sums[k])
            return [*sums, lanes.plus(place, self.tap), lanes.plus(weight, self.column)]

        *sums, _, _ = lanes.loop(self.taps, [*sums, line, weights], meet)
        return [*sums, lanes.plus(line, self.x_row), lanes.plus(weights, lanes.size)]
