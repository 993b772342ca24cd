"""The loops around row-sliding tiles, as Python that numba compiles: which tiles make a piece of y, and what they read.

A piece is some images, one group, some rows and some columns of y. Where all that it reads lies inside x it reads x in
place. Else its lines are copied next to each other first, a plane for each remainder of the strides, with zeros where x
has ended. All of it works on addresses in bytes; `Cut.words` of `convlab.backends.numba_tiles.cut` writes them down.
"""

from __future__ import annotations

from convlab.backends.tiles.plain import call, clear, copy, move, word
from convlab.backends.tiles.sharing import SHARE

# The table of a call, in words of 8 bytes. Distances are in bytes; Y_VALUE is the one between neighbours in a row.
NAMES = (
    "X", "X_IMAGE", "X_CHANNEL", "X_ROW", "X_COLUMN", "Y", "Y_IMAGE", "Y_FILTER", "Y_ROW", "Y_COLUMN", "SCRATCH",
    "SCRATCH_BYTES", "W", "FILTER_BYTES", "CHANNEL_BYTES", "TILES", "PLANES", "PACKED_PLANES", "CLASSES_TABLE",
    "SIZE", "UNIT", "LANES", "ROWS", "VECTORS", "IN_PLACE", "DIRECT",
    "IMAGES", "CHANNELS", "FILTERS", "HEIGHT", "WIDTH", "OUT_HEIGHT", "OUT_LENGTH", "TOP", "LEFT",
    "STRIDE_ROWS", "STRIDE_COLUMNS", "REACH_ROWS", "REACH_COLUMNS", "APART_ROWS", "APART_COLUMNS",
    "CLASSES", "AT_ONCE", "PLANE_BYTES", "LINE_BYTES", "SUMS",
    "PIECE_IMAGES", "PIECE_ROWS", "PIECE_LENGTH", "GROUPS", "ROW_PIECES", "LENGTH_PIECES",
)  # fmt: skip
(
    X, X_IMAGE, X_CHANNEL, X_ROW, X_COLUMN, Y, Y_IMAGE, Y_FILTER, Y_ROW, Y_COLUMN, SCRATCH,
    SCRATCH_BYTES, W, FILTER_BYTES, CHANNEL_BYTES, TILES, PLANES, PACKED_PLANES, CLASSES_TABLE,
    SIZE, UNIT, LANES, ROWS, VECTORS, IN_PLACE, DIRECT,
    IMAGES, CHANNELS, FILTERS, HEIGHT, WIDTH, OUT_HEIGHT, OUT_LENGTH, TOP, LEFT,
    STRIDE_ROWS, STRIDE_COLUMNS, REACH_ROWS, REACH_COLUMNS, APART_ROWS, APART_COLUMNS,
    CLASSES, AT_ONCE, PLANE_BYTES, LINE_BYTES, SUMS,
    PIECE_IMAGES, PIECE_ROWS, PIECE_LENGTH, GROUPS, ROW_PIECES, LENGTH_PIECES,
) = range(len(NAMES))  # fmt: skip
TILES_WIDE = 8  # the table of tiles has a row of so many addresses for each number of rows
CLASS_WORDS = (
    4  # first row and first column of a remainder's plane in x; its filter's rows, its taps in a row
)


def _make(words, thread, image, group, row, rows, start, length):
    """Make the piece of one image: from x in place, or from copied lines, as many channels at a time as fit."""
    scratch = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    filters, channels = word(words, FILTERS), word(words, CHANNELS)
    w = word(words, W) + group * filters * word(words, FILTER_BYTES)
    x = word(words, X) + image * word(words, X_IMAGE) + group * channels * word(words, X_CHANNEL)
    y = word(words, Y) + image * word(words, Y_IMAGE) + group * filters * word(words, Y_FILTER)
    sums, next_sums, next_row = scratch + word(words, SUMS), 0, word(words, PIECE_LENGTH) * word(words, SIZE)
    next_sums = word(words, PIECE_ROWS) * next_row
    if word(words, DIRECT):
        sums = y + row * word(words, Y_ROW) + start * word(words, SIZE)
        next_sums, next_row = word(words, Y_FILTER), word(words, Y_ROW)
    line, column = row - word(words, TOP), start - word(words, LEFT) * word(words, UNIT)
    if word(words, IN_PLACE) and _is_inside(words, line, rows, column, length):
        x += line * word(words, X_ROW) + column * word(words, SIZE)
        for o in range(filters):
            _cover(
                words, x, word(words, X_ROW), word(words, PLANES), channels, w + o * word(words, FILTER_BYTES),
                sums + o * next_sums, next_row, rows, length, 0,
            )  # fmt: skip
    else:
        skipped = start % word(words, UNIT)
        for c in range(0, channels, word(words, AT_ONCE)):
            count = min(word(words, AT_ONCE), channels - c)
            _pack(words, scratch, x + c * word(words, X_CHANNEL), count, row, rows, start, length)
            for o in range(filters):
                weights = w + o * word(words, FILTER_BYTES) + c * word(words, CHANNEL_BYTES)
                _cover(
                    words, scratch + skipped * word(words, SIZE), word(words, LINE_BYTES), word(words, PACKED_PLANES),
                    count * word(words, CLASSES), weights, sums + o * next_sums, next_row, rows, length, c > 0,
                )  # fmt: skip
    if not word(words, DIRECT):
        for o in range(filters):
            _hand_out(words, y + o * word(words, Y_FILTER), sums + o * next_sums, row, rows, start, length)


def _is_inside(words, line, rows, column, length):
    """Return whether all that the outputs of some rows and columns read lies inside x."""
    last_line = line + rows + word(words, REACH_ROWS)
    last = column + length + word(words, REACH_COLUMNS) * word(words, UNIT)
    above = line >= 0 and last_line <= word(words, HEIGHT)
    return above and column >= 0 and last <= word(words, WIDTH) * word(words, UNIT)


def _cover(words, x, x_row, planes, count, w, y, y_row, rows, length, resume):
    """Cover rows and columns of outputs of one filter with tiles, each as large as fits.

    Rows of one tile are as far apart as rows of the filter are, so that they share lines of x.
    """
    lanes, apart = word(words, LANES), word(words, APART_ROWS)
    vectors = (length + lanes - 1) // lanes
    cuts = (vectors + word(words, VECTORS) - 1) // word(words, VECTORS)
    for offset in range(min(apart, rows)):
        left, r = (rows - offset + apart - 1) // apart, offset
        while left > 0:
            tall = _tall(left, word(words, ROWS))
            v = 0
            for cut in range(cuts):
                wide = (vectors - v + cuts - cut - 1) // (cuts - cut)
                done = v * lanes * word(words, SIZE)
                call(
                    word(word(words, TILES), (tall - 1) * TILES_WIDE + wide - 1), resume, x + r * x_row + done,
                    apart * x_row, word(words, APART_COLUMNS), planes, count, w, y + r * y_row + done, apart * y_row,
                    min(lanes, length - (v + wide - 1) * lanes),
                )  # fmt: skip
                v += wide
            left, r = left - tall, r + tall * apart


def _tall(left, most):
    """Return how many rows the next tile has: the last two tiles share evenly what is left."""
    return min(most, left) if left >= 2 * most or left <= most else (left + 1) // 2


def _pack(words, scratch, x, channels, row, rows, start, length):
    """Copy the lines that a piece reads, a plane per channel and remainder, zeros where x has ended."""
    unit, down, across = word(words, UNIT), word(words, STRIDE_ROWS), word(words, STRIDE_COLUMNS)
    first, last = start // unit, (start + length - 1) // unit
    for plane in range(channels * word(words, CLASSES)):
        about = word(words, CLASSES_TABLE) + plane % word(words, CLASSES) * CLASS_WORDS * 8
        source = x + plane // word(words, CLASSES) * word(words, X_CHANNEL)
        target = scratch + plane * word(words, PLANE_BYTES)
        high = row * down + word(about, 0) - word(words, TOP)
        wide = first * across + word(about, 1) - word(words, LEFT)
        columns = (
            last - first + 1 + (word(about, 3) - 1) * word(words, APART_COLUMNS) // (unit * word(words, SIZE))
        )
        for i in range(rows + (word(about, 2) - 1) * word(words, APART_ROWS)):
            line = high + i * down
            here = target + i * word(words, LINE_BYTES)
            if 0 <= line < word(words, HEIGHT):
                _pack_line(words, here, source + line * word(words, X_ROW), wide, columns)
            else:
                clear(here, columns * unit * word(words, SIZE))


def _pack_line(words, target, source, wide, columns):
    """Copy every s-th column of a line of x from column `wide` on, which may lie before its first."""
    across, size = word(words, STRIDE_COLUMNS), word(words, SIZE)
    value = word(words, UNIT) * size
    before = min(columns, max(0, (-wide + across - 1) // across))
    end = max(before, min(columns, (word(words, WIDTH) - wide + across - 1) // across))
    clear(target, before * value)
    clear(target + end * value, (columns - end) * value)
    step = across * word(words, X_COLUMN)
    source += (wide + before * across) * word(words, X_COLUMN)
    target += before * value
    if step == value:
        copy(target, source, (end - before) * value)
    elif word(words, UNIT) > 1:
        for i in range(end - before):
            copy(target + i * value, source + i * step, value)
    else:
        _spread(target, size, source, step, end - before, size)


def _hand_out(words, y, sums, row, rows, start, length):
    """Copy the sums of a piece to where y wants them."""
    unit, size = word(words, UNIT), word(words, SIZE)
    for r in range(rows):
        line = y + (row + r) * word(words, Y_ROW)
        source = sums + r * word(words, PIECE_LENGTH) * size
        if unit == 1:
            column = word(words, Y_COLUMN)
            _spread(line + start * column, column, source, size, length, size)
        else:
            for k in range(length):
                column, image = (start + k) // unit, (start + k) % unit
                place = line + column * word(words, Y_COLUMN) + image * word(words, Y_IMAGE)
                _spread(place, size, source + k * size, size, 1, size)


def _spread(target, target_step, source, source_step, count, size):
    """Copy single values from every so many bytes to every so many bytes."""
    if size == 4:
        for i in range(count):
            move(target + i * target_step, source + i * source_step, 4)
    else:
        for i in range(count):
            move(target + i * target_step, source + i * source_step, 8)


def begin(pool, job, words, pieces):
    """Let the threads of a pool make all pieces; without one (0) make them alone."""
    if pool != 0 and pieces > 1:
        call(word(pool, SHARE), pool, job, words, pieces)
    else:
        for item in range(pieces):
            call(job, words, item, 0)


def piece(words, item, _thread):
    """Make one piece of y, in all filters of its group."""
    part, item = item % word(words, LENGTH_PIECES), item // word(words, LENGTH_PIECES)
    block, item = item % word(words, ROW_PIECES), item // word(words, ROW_PIECES)
    group, images = item % word(words, GROUPS), item // word(words, GROUPS)
    row, start = block * word(words, PIECE_ROWS), part * word(words, PIECE_LENGTH)
    rows = min(word(words, PIECE_ROWS), word(words, OUT_HEIGHT) - row)
    length = min(word(words, PIECE_LENGTH), word(words, OUT_LENGTH) - start)
    first = images * word(words, PIECE_IMAGES)
    for image in range(first, min(word(words, IMAGES), first + word(words, PIECE_IMAGES))):
        _make(words, _thread, image, group, row, rows, start, length)
