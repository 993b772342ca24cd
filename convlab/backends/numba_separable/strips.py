"""The loops around the sums of boxes, as plain functions: strips of y, from lines of sums that stay in a cache.

A strip is some rows and columns of one plane of y. The rows of x that it reads become lines of sums along the row, in
memory of the thread's own, with zeros where x has ended; the columns of these lines become the strip. So x is read once
but for the rows and columns that strips share, and y is written once.
"""

from __future__ import annotations

from convlab.backends.tiles.plain import call, clear, word

# The table of a call, in words of 8 bytes. Distances are in bytes.
NAMES = (
    "X", "X_IMAGE", "X_PLANE", "X_ROW", "Y", "Y_IMAGE", "Y_PLANE", "Y_ROW", "SCRATCH", "SCRATCH_BYTES", "LINES",
    "LINE_BYTES", "LEAD_BYTES", "SIZE", "LANES", "LAG", "PLANES", "EACH", "HEIGHT", "WIDTH", "OUT_HEIGHT", "OUT_WIDTH",
    "TOP", "LEFT", "TAPS", "ACROSS", "DOWN", "FACTORS", "ROWS", "COLUMNS", "ROW_STRIPS", "COLUMN_STRIPS",
)  # fmt: skip
(
    X, X_IMAGE, X_PLANE, X_ROW, Y, Y_IMAGE, Y_PLANE, Y_ROW, SCRATCH, SCRATCH_BYTES, LINES,
    LINE_BYTES, LEAD_BYTES, SIZE, LANES, LAG, PLANES, EACH, HEIGHT, WIDTH, OUT_HEIGHT, OUT_WIDTH,
    TOP, LEFT, TAPS, ACROSS, DOWN, FACTORS, ROWS, COLUMNS, ROW_STRIPS, COLUMN_STRIPS,
) = range(len(NAMES))  # fmt: skip


def strip(words: int, item: int, thread: int) -> None:
    """Make one strip: the job of the pool."""
    column, item = (
        item % word(words, COLUMN_STRIPS) * word(words, COLUMNS),
        item // word(words, COLUMN_STRIPS),
    )
    row, item = item % word(words, ROW_STRIPS) * word(words, ROWS), item // word(words, ROW_STRIPS)
    plane, image = item % word(words, PLANES), item // word(words, PLANES)
    rows = min(word(words, ROWS), word(words, OUT_HEIGHT) - row)
    columns = min(word(words, COLUMNS), word(words, OUT_WIDTH) - column)
    scratch = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    factors, line = word(words, FACTORS) + 2 * plane * word(words, SIZE), word(words, LINE_BYTES)
    x = word(words, X) + image * word(words, X_IMAGE) + plane // word(words, EACH) * word(words, X_PLANE)
    lines = scratch + word(words, LINES)
    _add_across(words, x, lines, row, rows, column, columns, factors)
    y = word(words, Y) + image * word(words, Y_IMAGE) + plane * word(words, Y_PLANE)
    here = y + row * word(words, Y_ROW) + column * word(words, SIZE)
    call(word(words, DOWN), lines + word(words, LEAD_BYTES), line, here, word(words, Y_ROW), rows, columns,
         word(words, TAPS), scratch, factors + word(words, SIZE))  # fmt: skip


def _add_across(words, x, lines, row, rows, column, columns, factors):
    """Make lines of sums of all rows that a strip reads: zeros above x, sums, zeros below."""
    line, first, start = word(words, LINE_BYTES), row - word(words, TOP), column - word(words, LEFT)
    count = rows + word(words, TAPS) - 1
    above = min(count, max(0, -first))
    below = max(above, min(count, word(words, HEIGHT) - first))
    lanes = word(words, LANES)
    turns = (columns + lanes - 1) // lanes + word(words, LAG)
    head = min(turns, max(0, -(start // lanes)))
    inside = max(head, min(turns, (word(words, WIDTH) - start) // lanes))
    clear(lines, above * line)
    there = x + (first + above) * word(words, X_ROW) + start * word(words, SIZE)
    call(word(words, ACROSS), there, word(words, X_ROW), -start, word(words, WIDTH) - start, lines + above * line,
         line, below - above, head, inside - head, turns - inside, factors)  # fmt: skip
    clear(lines + below * line, (count - below) * line)
