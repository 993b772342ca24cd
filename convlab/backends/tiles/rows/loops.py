"""The loops around row-sliding tiles, as plain functions: which tiles make a piece of y, and what they read.

A piece is some images, one group, some rows and some columns of y. Where all that it reads lies inside x it reads x in
place. Else its lines are copied next to each other first, a plane for each remainder of the strides, with zeros where x
has ended. `convlab.backends.numba_tiles.cut` says how large a piece is, `convlab.backends.numba_tiles.sliding` writes
the table of a call.

A *line* of outputs is one row of them. A stack of images lies in one of three ways:

- image index first: the columns of an image stand next to each other, and a line is one *run* of outputs;
- image index last, flat: all images stand next to each other in each column, so columns and images are one axis and a
  line is one run again, `UNIT` values to a column;
- image index last, in blocks: of so many images that not even the columns which one output reads would stay in a cache,
  `BLOCK` are made at a time, and a line is one run of them for each column. These are copied always, for their columns
  stand far apart in x, each on a page of its own; side by side they are read in order, in whole lines of the cache.
"""

from __future__ import annotations

from convlab.backends.tiles.plain import call, move, word

# The table of a call, in words of 8 bytes. Distances are in bytes. A step is from one output along a line to the next:
# from value to value, or from column to column where a line has many runs.
NAMES = (
    "X", "X_IMAGE", "X_CHANNEL", "X_ROW", "X_COLUMN", "Y", "Y_IMAGE", "Y_FILTER", "Y_ROW", "Y_COLUMN",
    "Y_STEP", "Y_VALUE", "SCRATCH", "SCRATCH_BYTES", "SUMS", "W", "FILTER_BYTES", "CHANNEL_BYTES",
    "TILES", "LINES", "EVERY_SECOND", "PLANES", "PACKED_PLANES", "REMAINDERS", "SIZE", "LANES", "ROWS", "VECTORS",
    "IN_PLACE", "DIRECT", "UNIT", "BLOCK", "STACK", "GROUPS", "CHANNELS", "FILTERS", "HEIGHT", "WIDTH",
    "OUT_HEIGHT", "OUT_LENGTH", "TOP", "LEFT", "STRIDE_ROWS", "STRIDE_COLUMNS", "REACH_ROWS", "REACH_COLUMNS",
    "APART_ROWS", "APART_COLUMNS", "COUNT", "AT_ONCE", "PLANE_BYTES", "LINE_BYTES",
    "ENTRIES", "IMAGES", "PIECE_IMAGES", "PIECE_ROWS", "PIECE_LENGTH", "ROW_PIECES", "LENGTH_PIECES",
)  # fmt: skip
(
    X, X_IMAGE, X_CHANNEL, X_ROW, X_COLUMN, Y, Y_IMAGE, Y_FILTER, Y_ROW, Y_COLUMN,
    Y_STEP, Y_VALUE, SCRATCH, SCRATCH_BYTES, SUMS, W, FILTER_BYTES, CHANNEL_BYTES,
    TILES, LINES, EVERY_SECOND, PLANES, PACKED_PLANES, REMAINDERS, SIZE, LANES, ROWS, VECTORS,
    IN_PLACE, DIRECT, UNIT, BLOCK, STACK, GROUPS, CHANNELS, FILTERS, HEIGHT, WIDTH,
    OUT_HEIGHT, OUT_LENGTH, TOP, LEFT, STRIDE_ROWS, STRIDE_COLUMNS, REACH_ROWS, REACH_COLUMNS,
    APART_ROWS, APART_COLUMNS, COUNT, AT_ONCE, PLANE_BYTES, LINE_BYTES,
    ENTRIES, IMAGES, PIECE_IMAGES, PIECE_ROWS, PIECE_LENGTH, ROW_PIECES, LENGTH_PIECES,
) = range(len(NAMES))  # fmt: skip
TILES_WIDE = 8  # the table of tiles has a row of so many addresses for each number of rows
REMAINDER_BYTES = 32  # of a remainder: first row and first column in x, rows of its filter, taps in a row


def piece(words: int, item: int, thread: int) -> None:
    """Make one piece of y, in all filters of its group: the job of the pool."""
    part, item = item % word(words, LENGTH_PIECES), item // word(words, LENGTH_PIECES)
    block, item = item % word(words, ROW_PIECES), item // word(words, ROW_PIECES)
    group, images = item % word(words, GROUPS), item // word(words, GROUPS)
    row, start = block * word(words, PIECE_ROWS), part * word(words, PIECE_LENGTH)
    rows = min(word(words, PIECE_ROWS), word(words, OUT_HEIGHT) - row)
    length = min(word(words, PIECE_LENGTH), word(words, OUT_LENGTH) - start)
    first = images * word(words, PIECE_IMAGES)
    for image in range(first, min(word(words, IMAGES), first + word(words, PIECE_IMAGES))):
        held = min(word(words, BLOCK), word(words, STACK) - image * word(words, BLOCK))
        _make(words, thread, image, held, group, row, rows, start, length)


def _make(words, thread, image, held, group, row, rows, start, length):
    """Make the piece of one image, or of a block of them; `held` is how many there are in the block."""
    scratch = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    filters, channels = word(words, FILTERS), word(words, CHANNELS)
    x = word(words, X) + image * word(words, X_IMAGE) + group * channels * word(words, X_CHANNEL)
    y = word(words, Y) + image * word(words, Y_IMAGE) + group * filters * word(words, Y_FILTER)
    w = word(words, W) + group * filters * word(words, FILTER_BYTES)
    sums, step = scratch + word(words, SUMS), word(words, BLOCK) * word(words, SIZE)
    if word(words, DIRECT):
        here = y + row * word(words, Y_ROW) + start * word(words, Y_STEP)
        _sum(words, scratch, x, w, here, word(words, Y_FILTER), word(words, Y_ROW), word(words, Y_STEP),
             held, row, rows, start, length)  # fmt: skip
    else:
        next_row = word(words, PIECE_LENGTH) * step
        next_filter = word(words, PIECE_ROWS) * next_row
        _sum(words, scratch, x, w, sums, next_filter, next_row, step, held, row, rows, start, length)
        for o in range(filters):
            target = y + o * word(words, Y_FILTER)
            _hand_out(words, target, sums + o * next_filter, held, row, rows, start, length)


def _sum(words, scratch, x, w, y, y_filter, y_row, y_step, held, row, rows, start, length):
    """Add up a piece: from x in place, or from copied lines, as many channels at a time as fit."""
    line, column = row - word(words, TOP), start - word(words, LEFT) * word(words, UNIT)
    if word(words, IN_PLACE) and _is_inside(words, line, rows, column, length):
        here = x + line * word(words, X_ROW) + column * word(words, SIZE)
        tap = word(words, APART_COLUMNS) * word(words, X_COLUMN)
        for o in range(word(words, FILTERS)):
            weights, target = w + o * word(words, FILTER_BYTES), y + o * y_filter
            count = word(words, CHANNELS) * word(words, ENTRIES)
            _cover(words, here, word(words, X_ROW), 0, tap, word(words, PLANES), count, weights, target,
                   y_row, y_step, held, rows, length, 0)  # fmt: skip
        return
    value = word(words, BLOCK) * word(words, SIZE)
    here = scratch + start % word(words, UNIT) * value
    tap = word(words, APART_COLUMNS) * word(words, UNIT) * value
    for c in range(0, word(words, CHANNELS), word(words, AT_ONCE)):
        count = min(word(words, AT_ONCE), word(words, CHANNELS) - c)
        _pack(words, scratch, x + c * word(words, X_CHANNEL), count, held, row, rows, start, length)
        for o in range(word(words, FILTERS)):
            weights = w + o * word(words, FILTER_BYTES) + c * word(words, CHANNEL_BYTES)
            target = y + o * y_filter
            _cover(words, here, word(words, LINE_BYTES), value, tap, word(words, PACKED_PLANES),
                   count * word(words, ENTRIES), weights, target, y_row, y_step, held, rows, length, c > 0)  # fmt: skip


def _is_inside(words, line, rows, column, length):
    """Return whether all that the outputs of some rows and columns read lies inside x."""
    last_line = line + rows + word(words, REACH_ROWS)
    last = column + length + word(words, REACH_COLUMNS) * word(words, UNIT)
    above = line >= 0 and last_line <= word(words, HEIGHT)
    return above and column >= 0 and last <= word(words, WIDTH) * word(words, UNIT)


def _cover(words, x, x_row, x_step, tap, planes, count, w, y, y_row, y_step, held, rows, length, resume):
    """Cover some lines of outputs of one filter with tiles, each as large as fits.

    Rows of one tile are as far apart as rows of the filter are, so that they share lines of x.
    """
    runs, run, apart = 1, length, word(words, APART_ROWS)
    if word(words, BLOCK) > 1:
        runs, run = length, held
    vectors = (run + word(words, LANES) - 1) // word(words, LANES)
    for offset in range(min(apart, rows)):
        left, r = (rows - offset + apart - 1) // apart, offset
        while left > 0:
            tall = _tall(left, word(words, ROWS))
            tiles = word(words, TILES) + (tall - 1) * TILES_WIDE * 8
            for i in range(runs):
                _line(words, tiles, x + r * x_row + i * x_step, apart * x_row, tap, planes, count, w,
                      y + r * y_row + i * y_step, apart * y_row, run, vectors, resume)  # fmt: skip
            left, r = left - tall, r + tall * apart


def _line(words, tiles, x, x_row, tap, planes, count, w, y, y_row, run, vectors, resume):
    """Cover a run of outputs with tiles of some rows, all about as wide."""
    bytes = word(words, LANES) * word(words, SIZE)
    v, cuts = 0, (vectors + word(words, VECTORS) - 1) // word(words, VECTORS)
    for cut in range(cuts):
        wide = (vectors - v + cuts - cut - 1) // (cuts - cut)
        last = min(word(words, LANES), run - (v + wide - 1) * word(words, LANES))
        call(word(tiles, wide - 1), resume, x + v * bytes, x_row, tap, planes, count, w, y + v * bytes, y_row,
             last)  # fmt: skip
        v += wide


def _tall(left, most):
    """Return how many rows the next tile has: the last two tiles share evenly what is left."""
    return min(most, left) if left >= 2 * most or left <= most else (left + 1) // 2


def _pack(words, scratch, x, channels, held, row, rows, start, length):
    """Copy the lines that a piece reads, a plane per channel and remainder, zeros where x has ended."""
    unit, down, across = word(words, UNIT), word(words, STRIDE_ROWS), word(words, STRIDE_COLUMNS)
    first, last = start // unit, (start + length - 1) // unit
    for plane in range(channels * word(words, COUNT)):
        about = word(words, REMAINDERS) + plane % word(words, COUNT) * REMAINDER_BYTES
        source = x + plane // word(words, COUNT) * word(words, X_CHANNEL)
        high = row * down + word(about, 0) - word(words, TOP)
        wide = first * across + word(about, 1) - word(words, LEFT)
        columns = last - first + 1 + (word(about, 3) - 1) * word(words, APART_COLUMNS)
        lines = rows + (word(about, 2) - 1) * word(words, APART_ROWS)
        _pack_plane(
            words, scratch + plane * word(words, PLANE_BYTES), source, held, high, lines, wide, columns
        )


def _pack_plane(words, target, source, held, high, lines, wide, columns):
    """Copy every s-th line of x from line `high` on, in each every s-th column from column `wide` on.

    Both may lie before x begins, and go on when it has ended.
    """
    down, across, line = word(words, STRIDE_ROWS), word(words, STRIDE_COLUMNS), word(words, LINE_BYTES)
    above, below = _first_inside(high, down, lines, 0), _first_inside(high, down, lines, word(words, HEIGHT))
    before, after = (
        _first_inside(wide, across, columns, 0),
        _first_inside(wide, across, columns, word(words, WIDTH)),
    )
    source += (high + above * down) * word(words, X_ROW) + (wide + before * across) * word(words, X_COLUMN)
    here, unit, block, size = target + above * line, word(words, UNIT), word(words, BLOCK), word(words, SIZE)
    step, value = across * word(words, X_COLUMN), unit * block * size
    zeros, every = columns * value // size, word(words, LINES)
    call(every, target, line, source, 0, zeros, 0, 0, above)
    call(every, target + below * line, line, source, 0, zeros, 0, 0, lines - below)
    ends, count = value // size, after - before
    if step == value or (step == 2 * size and value == size):
        many = word(words, LINES) if step == value else word(words, EVERY_SECOND)
        call(many, here, line, source, down * word(words, X_ROW), before * ends, count * ends,
             (columns - after) * ends, below - above)  # fmt: skip
        return
    for _ in range(below - above):
        call(every, here, 0, source, 0, before * ends, 0, 0, 1)
        call(every, here + after * value, 0, source, 0, (columns - after) * ends, 0, 0, 1)
        if value > size:
            call(every, here + before * value, value, source, step, 0, unit * held, 0, count)
        else:
            _spread(here + before * value, size, source, step, count, size)
        here, source = here + line, source + down * word(words, X_ROW)


def _first_inside(start, step, count, limit):
    """Return which of the places start, start + step, ... is the first at or behind a limit, `count` at most."""
    return min(count, max(0, (limit - start + step - 1) // step))


def _hand_out(words, y, sums, held, row, rows, start, length):
    """Copy the sums of a piece to where y wants them."""
    unit, size, value = word(words, UNIT), word(words, SIZE), word(words, BLOCK) * word(words, SIZE)
    for r in range(rows):
        line = y + (row + r) * word(words, Y_ROW)
        source = sums + r * word(words, PIECE_LENGTH) * value
        if unit * word(words, BLOCK) == 1:
            _spread(line + start * word(words, Y_COLUMN), word(words, Y_COLUMN), source, size, length, size)
        else:
            for k in range(length):
                column, image = (start + k) // unit, (start + k) % unit
                place = line + column * word(words, Y_COLUMN) + image * word(words, Y_VALUE)
                _spread(place, word(words, Y_VALUE), source + k * value, size, held, size)


def _spread(target, target_step, source, source_step, count, size):
    """Copy single values from every so many bytes to every so many bytes."""
    if size == 4:
        for i in range(count):
            move(target + i * target_step, source + i * source_step, 4)
    else:
        for i in range(count):
            move(target + i * target_step, source + i * source_step, 8)
