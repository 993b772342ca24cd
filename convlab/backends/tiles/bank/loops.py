"""The loops around the tiles of the filter bank, as plain functions: which outputs, seen through what.

A *block* is as many neighbouring outputs as a tile is wide. Blocks either stay within a row of y, or run through all
rows and images as if these stood in one line, so that none is short. A block whose reads all lie inside x, in one row
of outputs and side by side, reads x in place; any other looks at a panel, where what each tap of each channel shows of
x stands side by side, and zeros where x has ended. Then all filters of a group meet the same block.

Everything is a whole number of 64 bits; addresses and distances count bytes.
"""

from __future__ import annotations

from convlab.backends.tiles.bank.kernels import VECTORS
from convlab.backends.tiles.bank.panels import INSIDE, PAIRS_INSIDE, QUADS_INSIDE, SINGLES, TAP_WORDS
from convlab.backends.tiles.memory import call, put, word

# The table of a call. SIZE is that of a value, LANES those of a vector, MOST the filters of the largest tile.
NAMES = (
    "X", "X_IMAGE", "X_CHANNEL", "X_DEPTH", "X_ROW", "X_COLUMN", "Y", "Y_IMAGE", "Y_FILTER", "WEIGHTS", "WEIGHTS_GROUP",
    "SCRATCH", "SCRATCH_BYTES", "FENCES", "SUMS", "TILE", "PANEL", "COPY", "IN_PLACE", "IN_PANEL", "TAP_TABLE",
    "SIZE", "LANES", "MOST", "IMAGES", "GROUPS", "CHANNELS", "FILTERS", "DEPTHS", "HEIGHT", "WIDTH",
    "OUT_DEPTHS", "OUT_HEIGHT", "OUT_WIDTH", "KD", "KH", "KW", "STRIDE_D", "STRIDE_H", "STRIDE_W",
    "APART_D", "APART_H", "APART_W", "BEFORE_D", "BEFORE_H", "BEFORE_W", "BY_ROWS", "BLOCKS", "BLOCKS_AT_ONCE",
    "PARTS", "PART_FILTERS", "CHANNELS_AT_ONCE", "TAPS_AT_ONCE", "RUN",
)  # fmt: skip
(
    X, X_IMAGE, X_CHANNEL, X_DEPTH, X_ROW, X_COLUMN, Y, Y_IMAGE, Y_FILTER, WEIGHTS, WEIGHTS_GROUP,
    SCRATCH, SCRATCH_BYTES, FENCES, SUMS, TILE, PANEL, COPY, IN_PLACE, IN_PANEL, TAP_TABLE,
    SIZE, LANES, MOST, IMAGES, GROUPS, CHANNELS, FILTERS, DEPTHS, HEIGHT, WIDTH,
    OUT_DEPTHS, OUT_HEIGHT, OUT_WIDTH, KD, KH, KW, STRIDE_D, STRIDE_H, STRIDE_W,
    APART_D, APART_H, APART_W, BEFORE_D, BEFORE_H, BEFORE_W, BY_ROWS, BLOCKS, BLOCKS_AT_ONCE,
    PARTS, PART_FILTERS, CHANNELS_AT_ONCE, TAPS_AT_ONCE, RUN,
) = range(len(NAMES))  # fmt: skip


def _blocks(words, thread, group, first, end, block, most):
    """Make a block, or up to `most` that read x in place from one row, in the filters from `first` to `end`.

    Returns how many were made.
    """
    width, columns = VECTORS * word(words, LANES), word(words, OUT_WIDTH)
    plane = columns * word(words, OUT_HEIGHT) * word(words, OUT_DEPTHS)
    x, times = 0, 1
    if word(words, BY_ROWS):
        in_row = (columns + width - 1) // width
        line, at = block // in_row, block % in_row * width
        start, count = line * columns + at, min(width, columns - at)
        image, line = start // plane, start % plane // columns
        depth, row, column = _depth(words, line), _row(words, line), _column(words, at)
        inside = _in_place(words, depth, row, column, count, max(1, min(most, (columns - at) // width)))
        if inside:
            x, times = _seen(words, group, image, 0, depth, row, column), inside
    else:
        start = block * width
        count = min(width, word(words, IMAGES) * plane - start)
    place, scratch = start % plane, word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    step = word(words, Y_FILTER)
    y = word(words, Y) + start // plane * word(words, Y_IMAGE) + group * word(words, FILTERS) * step
    whole = place + count <= plane
    if whole:
        y += first * step + place * word(words, SIZE)
    else:
        step, y = width * word(words, SIZE), scratch + word(words, SUMS)
    channels, taps = word(words, CHANNELS), word(words, KD) * word(words, KH) * word(words, KW)
    for channel in range(0, channels, word(words, CHANNELS_AT_ONCE)):
        many = min(word(words, CHANNELS_AT_ONCE), channels - channel)
        for tap in range(0, taps, word(words, TAPS_AT_ONCE)):
            several = min(word(words, TAPS_AT_ONCE), taps - tap)
            term = channel * taps + tap
            seen, offsets = x, word(words, IN_PLACE) + 8 * term
            if x == 0:
                _lay_out(words, scratch, group, start, count, channel, many, tap, several)
                seen, offsets = scratch, word(words, IN_PANEL)
            _all_filters(words, seen, offsets, group, first, end, term, many * several, y, step, count, times)
    if not whole:
        _hand_out(words, y, group, first, end, start, count)
    return times


def _all_filters(words, x, offsets, group, first, end, term, terms, y, step, count, times):
    """Add some terms up in all filters: in the largest tiles that are full but for one filter at most.

    Of several blocks (`times`) each tile's filters make all; of one block the largest tiles follow in one call.
    """
    all_terms = word(words, CHANNELS) * word(words, KD) * word(words, KH) * word(words, KW)
    vectors = (count + word(words, LANES) - 1) // word(words, LANES)
    weights = word(words, WEIGHTS) + group * word(words, WEIGHTS_GROUP)
    size, most, o, fresh = word(words, SIZE), word(words, MOST), first, 1 if term == 0 else 0
    width = VECTORS * word(words, LANES) * size
    while o < end:
        rows, shape, many = most, vectors - 1, (end - o) // most
        while rows > 2 and end - o < rows - 1:
            rows, shape = rows // 2, shape + VECTORS
        here, there = weights + (o * all_terms + term * rows) * size, y + (o - first) * step
        if times > 1 or many < 2:
            call(
                word(words, TILE), shape, times, 0, width, width, here, x, offsets, terms, word(words, RUN), there,
                step, count, min(rows, end - o), fresh,
            )  # fmt: skip
            o += rows
        else:
            call(
                word(words, TILE), shape, many, most * all_terms * size, 0, most * step, here, x, offsets, terms,
                word(words, RUN), there, step, count, most, fresh,
            )  # fmt: skip
            o += many * most


def _in_place(words, depth, row, column, count, most):
    """Return how many blocks, one beside the other, can read all their terms in place; 0 if not even the first."""
    if not _is_inside(words, depth, row, column, column + count - 1):
        return 0
    room = word(words, WIDTH) - (word(words, KW) - 1) * word(words, APART_W) - column
    return min(most, room // count)


def _depth(words, line):
    """Return the depth in x, which may lie before it, that the first taps of a row of outputs see."""
    return line // word(words, OUT_HEIGHT) * word(words, STRIDE_D) - word(words, BEFORE_D)


def _row(words, line):
    """Return the row in x that the first taps of a row of outputs see."""
    return line % word(words, OUT_HEIGHT) * word(words, STRIDE_H) - word(words, BEFORE_H)


def _column(words, column):
    """Return the column in x that the first tap of an output sees."""
    return column * word(words, STRIDE_W) - word(words, BEFORE_W)


def _seen(words, group, image, channel, depth, row, column):
    """Return the address of a value of x, even where x does not reach so far."""
    x = word(words, X) + image * word(words, X_IMAGE)
    x += (group * word(words, CHANNELS) + channel) * word(words, X_CHANNEL) + depth * word(words, X_DEPTH)
    return x + row * word(words, X_ROW) + column * word(words, X_COLUMN)


def _is_inside(words, depth, row, column, last):
    """Return whether all taps of outputs in one row see x, from the one at `column` to that at `last`."""
    deep = depth + (word(words, KD) - 1) * word(words, APART_D)
    low = row + (word(words, KH) - 1) * word(words, APART_H)
    right = last + (word(words, KW) - 1) * word(words, APART_W)
    if min(depth, row, column) < 0 or deep >= word(words, DEPTHS):
        return 0
    return low < word(words, HEIGHT) and right < word(words, WIDTH)


def _lay_out(words, panel, group, start, count, channel, channels, tap, taps):
    """Lay out what a block sees through some taps of some channels, row of outputs by row of outputs."""
    columns, size, step = word(words, OUT_WIDTH), word(words, SIZE), word(words, STRIDE_W)
    plane = columns * word(words, OUT_HEIGHT) * word(words, OUT_DEPTHS)
    distance, done = step * word(words, X_COLUMN), 0
    kind = INSIDE if distance == size else PAIRS_INSIDE if distance == 2 * size else SINGLES
    if distance == 4 * size:
        kind = QUADS_INSIDE
    while done < count:
        image, place = (start + done) // plane, (start + done) % plane
        line, at = place // columns, place % columns
        depth, row, column = _depth(words, line), _row(words, line), _column(words, at)
        length = min(count - done, columns - at)
        table, used = word(words, TAP_TABLE) + 8 * TAP_WORDS * tap, kind
        inside = _is_inside(words, depth, row, column, column + (length - 1) * step)
        if kind == SINGLES or not inside:
            table = panel + word(words, FENCES)
            _fence(words, table, tap, taps, depth, row, column, length)
            used = min(kind + 1, SINGLES)
        vectors = (length + word(words, LANES) - 1) // word(words, LANES)
        call(
            word(words, PANEL), VECTORS * used + vectors - 1,
            _seen(words, group, image, channel, depth, row, column), table, taps, channels, word(words, X_CHANNEL),
            panel + done * size, length, distance,
        )  # fmt: skip
        done += length


def _fence(words, table, tap, taps, depth, row, column, length):
    """Write down for each tap which of the outputs of a row see x there, if any."""
    kh, kw, step = word(words, KH), word(words, KW), word(words, STRIDE_W)
    p, q, r = tap // (kh * kw), tap // kw % kh, tap % kw
    source, width = word(words, TAP_TABLE) + 8 * TAP_WORDS * tap, word(words, WIDTH)
    for _ in range(taps):
        d, h = depth + p * word(words, APART_D), row + q * word(words, APART_H)
        first, end, at = 0, 0, column + r * word(words, APART_W)
        if 0 <= d < word(words, DEPTHS) and 0 <= h < word(words, HEIGHT):
            if step == 1:
                first, end = max(0, -at), min(length, width - at)
            elif step == 2:  # to divide by a number that is known is no division
                first, end = max(0, (1 - at) // 2), min(length, (width - 1 - at) // 2 + 1)
            elif step == 4:
                first, end = max(0, (3 - at) // 4), min(length, (width - 1 - at) // 4 + 1)
            else:
                first, end = max(0, (step - 1 - at) // step), min(length, (width - 1 - at) // step + 1)
            if end <= first:
                first, end = 0, 0
        put(table, 0, word(source, 0))
        put(table, 1, first)
        put(table, 2, end)
        table, source, r = table + 8 * TAP_WORDS, source + 8 * TAP_WORDS, r + 1
        if r == kw:
            r, q = 0, q + 1
            if q == kh:
                p, q = p + 1, 0


def _hand_out(words, sums, group, first, end, start, count):
    """Copy the sums of a block to the images that it belongs to."""
    columns, size = word(words, OUT_WIDTH), word(words, SIZE)
    plane = columns * word(words, OUT_HEIGHT) * word(words, OUT_DEPTHS)
    width, step, done = VECTORS * word(words, LANES) * size, word(words, Y_FILTER), 0
    while done < count:
        image, place = (start + done) // plane, (start + done) % plane
        length = min(count - done, plane - place)
        y = word(words, Y) + image * word(words, Y_IMAGE) + place * size
        y += (group * word(words, FILTERS) + first) * step
        vectors = (length + word(words, LANES) - 1) // word(words, LANES)
        call(word(words, COPY), vectors, sums + done * size, width, y, step, end - first, length)
        done += length


def piece(words: int, item: int, thread: int) -> None:
    """Make a run of blocks of one group, in some of its filters."""
    part, item = item % word(words, PARTS), item // word(words, PARTS)
    group, run = item % word(words, GROUPS), item // word(words, GROUPS)
    first = part * word(words, PART_FILTERS)
    end = min(word(words, FILTERS), first + word(words, PART_FILTERS))
    block = run * word(words, BLOCKS_AT_ONCE)
    stop = min(word(words, BLOCKS), block + word(words, BLOCKS_AT_ONCE))
    while block < stop:
        block += _blocks(words, thread, group, first, end, block, stop - block)
