"""The loops around the tiles of dw where few channels meet few filters, as plain functions."""

from __future__ import annotations

from convlab.backends.tiles.plain import call, copy, move, word

NAMES = (
    "TILE", "X", "X_IMAGE", "X_CHANNEL", "X_DEPTH", "X_ROW", "X_COLUMN", "DY", "DY_IMAGE", "DY_FILTER", "DY_DEPTH",
    "DY_ROW", "SUMS", "SIZE", "GROUPS", "FILTERS", "CHANNELS", "DEPTHS", "HIGH", "WIDE", "OUT_ROWS", "BEFORE_ROW",
    "BEFORE_COLUMN", "STRIDE_ROW", "STRIDE_COLUMN", "PITCH", "FRAME_COLUMNS", "IMAGES", "BLOCK_ROWS", "BLOCKS",
    "PARTS", "WHOLE", "TAIL", "BYTES", "DEPTH_TAPS", "DEPTH_TABLE", "ROW_TILES", "ROW_TABLE", "COLUMN_TILES",
    "COLUMN_TABLE", "TERMS", "SCRATCH", "SCRATCH_BYTES", "PART_BYTES", "GROUP_BYTES", "PLANE_BYTES",
)  # fmt: skip
(
    TILE, X, X_IMAGE, X_CHANNEL, X_DEPTH, X_ROW, X_COLUMN, DY, DY_IMAGE, DY_FILTER, DY_DEPTH,
    DY_ROW, SUMS, SIZE, GROUPS, FILTERS, CHANNELS, DEPTHS, HIGH, WIDE, OUT_ROWS, BEFORE_ROW,
    BEFORE_COLUMN, STRIDE_ROW, STRIDE_COLUMN, PITCH, FRAME_COLUMNS, IMAGES, BLOCK_ROWS, BLOCKS,
    PARTS, WHOLE, TAIL, BYTES, DEPTH_TAPS, DEPTH_TABLE, ROW_TILES, ROW_TABLE, COLUMN_TILES, COLUMN_TABLE,
    TERMS, SCRATCH, SCRATCH_BYTES, PART_BYTES, GROUP_BYTES, PLANE_BYTES,
) = range(len(NAMES))  # fmt: skip
RUN = 256  # vectors of a line in a chain at most: roundings that all lean to one side do not get further
TERM = 24  # bytes of a line in the table of terms: distance in the operand, in the sums, rows that dy is behind x
TERM_SUMS, TERM_BEHIND = 1, 2
ROW_TILE = 40  # first term, how many, remainder of the rows of x, and between which lines all terms meet dy
DEPTH = 24  # the first depth of y that has a tap inside x, after the last one, and where that tap reads


def add_up(words: int, item: int, thread: int) -> None:
    """Add up one part of the sums of one group: frame by frame of x, with all of dy that meets it."""
    group, part = item % word(words, GROUPS), item // word(words, GROUPS)
    sums = word(words, SUMS) + part * word(words, PART_BYTES) + group * word(words, GROUP_BYTES)
    frame = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    parts, all_blocks = word(words, PARTS), word(words, IMAGES) * word(words, DEPTHS) * word(words, BLOCKS)
    for block in range(part * all_blocks // parts, (part + 1) * all_blocks // parts):
        row, rest = block % word(words, BLOCKS) * word(words, BLOCK_ROWS), block // word(words, BLOCKS)
        depth, image = rest % word(words, DEPTHS), rest // word(words, DEPTHS)
        rows = min(word(words, BLOCK_ROWS), word(words, HIGH) - row)
        x = word(words, X) + image * word(words, X_IMAGE) + depth * word(words, X_DEPTH)
        x += group * word(words, CHANNELS) * word(words, X_CHANNEL) + row * word(words, X_ROW)
        dy = word(words, DY) + image * word(words, DY_IMAGE)
        dy += group * word(words, FILTERS) * word(words, DY_FILTER)
        _frame(words, frame, x, rows)
        for p in range(word(words, DEPTH_TAPS)):
            about = word(words, DEPTH_TABLE) + p * DEPTH
            step, shift = word(about, 1), word(about, 2)
            z = (depth - shift) // step
            if z * step + shift == depth and 0 <= z < word(about, 0):
                plane = dy + z * word(words, DY_DEPTH)
                for tile in range(word(words, ROW_TILES)):
                    table = word(words, ROW_TABLE) + tile * ROW_TILE
                    _rows(words, table, frame, plane, sums + p * word(words, PLANE_BYTES), row, rows)


def _frame(words, frame, x, rows):
    """Copy lines of x, each as one line for every remainder of the columns' stride; the zeros around them stay."""
    size, stride, step = word(words, SIZE), word(words, STRIDE_COLUMN), word(words, X_COLUMN)
    columns = word(words, FRAME_COLUMNS)
    for c in range(word(words, CHANNELS)):
        into = frame + c * word(words, BLOCK_ROWS) * stride * word(words, PITCH)
        for r in range(rows):
            line = x + c * word(words, X_CHANNEL) + r * word(words, X_ROW)
            for first in range(stride):
                start = first - word(words, BEFORE_COLUMN)
                before = min(columns, max(0, (-start + stride - 1) // stride))
                end = max(before, min(columns, (word(words, WIDE) - start + stride - 1) // stride))
                source = line + (start + before * stride) * step
                _together(into + before * size, source, stride * step, end - before, size)
                into += word(words, PITCH)


def _together(target, source, step, count, size):
    """Copy values that stand so many bytes apart, side by side."""
    if step == size:
        copy(target, source, count * size)
    elif size == 4:
        for i in range(count):
            move(target + i * 4, source + i * step, 4)
    else:
        for i in range(count):
            move(target + i * 8, source + i * step, 8)


def _rows(words, table, frame, dy, sums, row, rows):
    """Add the lines that all rows of a tile meet at once, and the others row by row."""
    terms = word(words, TERMS) + TERM * word(table, 0)
    stride, shift = word(words, STRIDE_ROW), word(table, 2) - word(words, BEFORE_ROW)
    low, high = _ceil(row - shift, stride), _ceil(row + rows - shift, stride)
    first = max(low, word(table, 3))
    end = max(first, min(high, word(table, 4)))
    _add(words, terms, word(table, 1), first, end, frame, dy, sums, shift - row)
    for t in range(word(table, 1)):
        term = terms + TERM * t
        begin = max(low, word(term, TERM_BEHIND))
        stop = min(high, word(term, TERM_BEHIND) + word(words, OUT_ROWS))
        split = first if first < end else stop
        _add(words, term, 1, begin, split, frame, dy, sums, shift - row)
        begin = end if first < end else stop
        _add(words, term, 1, begin, stop, frame, dy, sums, shift - row)


def _add(words, terms, count, first, end, frame, dy, sums, shift):
    """Let the tiles add up lines from `first` to before `end`, where there are any."""
    if first < end:
        line = word(words, STRIDE_ROW) * word(words, STRIDE_COLUMN) * word(words, PITCH)
        start = (first * word(words, STRIDE_ROW) + shift) * word(words, STRIDE_COLUMN) * word(words, PITCH)
        for tile in range(word(words, COLUMN_TILES)):
            table = word(words, COLUMN_TABLE) + 16 * tile
            for v in range(0, word(words, WHOLE) + 1, RUN):
                whole = min(RUN, word(words, WHOLE) - v)
                tail = word(words, TAIL) if v + whole == word(words, WHOLE) and whole < RUN else 0
                done = v * word(words, BYTES)
                call(
                    word(words, TILE), 64 * count + word(table, 1), sums, dy + first * word(words, DY_ROW) + done,
                    terms, frame + start + done, word(words, TERMS) + TERM * word(table, 0), end - first,
                    word(words, DY_ROW), line, whole, tail,
                )  # fmt: skip


def _ceil(a, b):
    return -(-a // b)
