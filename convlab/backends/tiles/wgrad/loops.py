"""The loops around the tiles of dw, as plain functions: blocks of lanes, taps, tiles, and the last sums."""

from __future__ import annotations

from convlab.backends.tiles.plain import call, word

NAMES = (
    "OUTER", "TURN", "LANES", "ROWS", "SUMS", "BLOCKS", "DW",
    "L_IMAGE", "L_LANE", "L_DEPTH", "L_ROW", "R_IMAGE", "R_LANE", "R_DEPTH", "R_ROW", "R_COLUMN",
    "IMAGES", "DEPTHS", "HIGH", "WIDE", "BLOCK_IMAGES", "BLOCK_ROWS", "BLOCK_COLUMNS", "BLOCK_BYTES",
    "POSITION", "WIDTH", "ITEM", "VECTORS", "PER_GROUP", "PER_ROW", "BUNDLES", "GROUPS", "PARTS", "SHARES",
    "PART_BYTES", "TAPS", "DEPTH_TAPS", "ROW_TAPS", "COLUMN_TAPS", "FLIP", "BY_FILTERS", "TILES",
    "DEPTH_TABLE", "ROW_TABLE", "TILE_TABLE", "TERM_TABLE",
)  # fmt: skip
(
    OUTER, TURN, LANES, ROWS, SUMS, BLOCKS, DW,
    L_IMAGE, L_LANE, L_DEPTH, L_ROW, R_IMAGE, R_LANE, R_DEPTH, R_ROW, R_COLUMN,
    IMAGES, DEPTHS, HIGH, WIDE, BLOCK_IMAGES, BLOCK_ROWS, BLOCK_COLUMNS, BLOCK_BYTES,
    POSITION, WIDTH, ITEM, VECTORS, PER_GROUP, PER_ROW, BUNDLES, GROUPS, PARTS, SHARES,
    PART_BYTES, TAPS, DEPTH_TAPS, ROW_TAPS, COLUMN_TAPS, FLIP, BY_FILTERS, TILES,
    DEPTH_TABLE, ROW_TABLE, TILE_TABLE, TERM_TABLE,
) = range(len(NAMES))  # fmt: skip
MEETING, TILE, TERM = 48, 56, 32  # bytes of a line in the tables
CHUNK = 8  # vectors of sums that are put in their place at a time


def add_up(words: int, item: int, thread: int) -> None:
    """Add up one part of the sums of one group and bundle of lanes: block by block, or a share of its tiles."""
    mine, item = item % word(words, SHARES), item // word(words, SHARES)
    bundle, item = item % word(words, BUNDLES), item // word(words, BUNDLES)
    group, part = item % word(words, GROUPS), item // word(words, GROUPS)
    down = _ceil(word(words, HIGH), word(words, BLOCK_ROWS))
    across = _ceil(word(words, WIDE), word(words, BLOCK_COLUMNS))
    blocks = _ceil(word(words, IMAGES), word(words, BLOCK_IMAGES)) * word(words, DEPTHS) * down * across
    parts, tiles, shares = word(words, PARTS), word(words, TILES), word(words, SHARES)
    sums = word(words, SUMS) + part * word(words, PART_BYTES)
    each = word(words, PER_ROW) * word(words, TAPS) * word(words, POSITION)
    sums += (group * word(words, BUNDLES) + bundle) * each
    packed = word(words, BLOCKS) + thread * word(words, BLOCK_BYTES)
    for block in range(part * blocks // parts, (part + 1) * blocks // parts):
        column, rest = block % across * word(words, BLOCK_COLUMNS), block // across
        row, rest = rest % down * word(words, BLOCK_ROWS), rest // down
        depth, image = rest % word(words, DEPTHS), rest // word(words, DEPTHS) * word(words, BLOCK_IMAGES)
        images = min(word(words, BLOCK_IMAGES), word(words, IMAGES) - image)
        rows = min(word(words, BLOCK_ROWS), word(words, HIGH) - row)
        columns = min(word(words, BLOCK_COLUMNS), word(words, WIDE) - column)
        _pack(words, packed, group, bundle, image, depth, row, column, images, rows, columns)
        for tile in range(mine * tiles // shares, (mine + 1) * tiles // shares):
            _tile(words, tile, packed, sums, group, image, depth, row, column, images, rows, columns)


def _pack(words, packed, group, bundle, image, depth, row, column, images, rows, columns):
    """Copy a block of lanes so that the lanes of a position stand side by side, zeros where there are no more."""
    width, row_step, lane_step = word(words, WIDTH), word(words, L_ROW), word(words, L_LANE)
    is_long = row_step == columns * word(words, ITEM)  # rows follow each other without gaps: one long row
    lines = 1 if is_long else rows
    length = rows * columns if is_long else columns
    first = bundle * word(words, VECTORS) * width
    start = word(words, LANES) + (group * word(words, PER_GROUP) + first) * lane_step
    start += depth * word(words, L_DEPTH) + row * row_step + column * word(words, ITEM)
    for n in range(images):
        for line in range(lines):
            source = start + (image + n) * word(words, L_IMAGE) + line * row_step
            target = packed + (n * rows * columns + line * length) * word(words, POSITION)
            for v in range(word(words, VECTORS)):
                there = max(0, min(width, word(words, PER_GROUP) - first - v * width))
                begin = source + v * width * lane_step if there > 0 else source
                call(
                    word(words, TURN), target + v * width * word(words, ITEM), word(words, POSITION),
                    begin, lane_step, there, length, width, 1, 0,
                )  # fmt: skip


def _tile(words, tile, packed, sums, group, image, depth, row, column, images, rows, columns):
    """Add what one tile of rows has in a block to its sums, for every tap of the other axes."""
    table = word(words, TILE_TABLE) + TILE * tile
    beside = (
        word(words, ROWS) + group * word(words, PER_ROW) * word(words, R_LANE) + image * word(words, R_IMAGE)
    )
    for p in range(word(words, DEPTH_TAPS)):
        deep = word(words, DEPTH_TABLE) + MEETING * p
        z = _first(word(deep, 0), word(deep, 2), word(deep, 3), depth)
        if z < _end(word(deep, 1), word(deep, 2), word(deep, 3), depth + 1):
            plane = beside + (z * word(deep, 4) + word(deep, 5)) * word(words, R_DEPTH)
            for q in range(word(words, ROW_TAPS)):
                high = word(words, ROW_TABLE) + MEETING * q
                top = _first(word(high, 0), word(high, 2), word(high, 3), row)
                lines = _end(word(high, 1), word(high, 2), word(high, 3), row + rows) - top
                if lines > 0:
                    place = (p * word(words, ROW_TAPS) + q) * word(words, COLUMN_TAPS)
                    place = word(words, TAPS) - 1 - place if word(words, FLIP) else place
                    into = sums + place * word(words, POSITION)
                    left = (top * word(high, 2) + word(high, 3) - row) * columns * word(words, POSITION)
                    right = (top * word(high, 4) + word(high, 5)) * word(words, R_ROW)
                    _columns(
                        words, table, into, packed + left, plane + right, images, rows * columns, lines,
                        word(high, 2) * columns, word(high, 4), column, columns,
                    )  # fmt: skip


def _columns(words, table, into, left, right, images, plane, lines, line, step, column, columns):
    """Add the columns that all terms of a tile have inside x at once, and the others term by term."""
    terms, count = word(words, TERM_TABLE) + TERM * word(table, 0), word(table, 1)
    l_step, shift = word(table, 4), word(table, 5)
    first = _first(word(table, 2), l_step, shift, column)
    end = max(first, _end(word(table, 3), l_step, shift, column + columns))
    _add(words, table, terms, count, first, end, into, left, right, images, plane, lines, line, step, column)
    for t in range(count):
        term = terms + TERM * t
        begin = _first(word(term, 2), l_step, shift, column)
        stop = _end(word(term, 3), l_step, shift, column + columns)
        split = stop if first == end else first
        _add(words, table, term, 1, begin, split, into, left, right, images, plane, lines, line, step, column)
        begin = stop if first == end else end
        _add(words, table, term, 1, begin, stop, into, left, right, images, plane, lines, line, step, column)


def _add(words, table, terms, count, first, end, into, left, right, images, plane, lines, line, step, column):
    """Let a tile add up the positions from `first` to before `end`, where there are any, of so many lines."""
    position, l_step, r_step = word(words, POSITION), word(table, 4), word(table, 6) * word(words, R_COLUMN)
    if first < end:
        call(
            word(words, OUTER), 64 * count + word(words, VECTORS), into,
            left + (first * l_step + word(table, 5) - column) * position, right + first * r_step, terms,
            images, plane * position, word(words, R_IMAGE), lines, line * position, step * word(words, R_ROW),
            end - first, l_step * position, r_step,
        )  # fmt: skip


def put_down(words: int, item: int, _thread: int) -> None:
    """Add up the parts of some sums and write them where they stand in dw."""
    outside = 1 if word(words, BY_FILTERS) else word(words, PER_ROW)
    total = word(words, TAPS) * word(words, PER_ROW)
    lines = total // outside  # sums that follow each other in dw
    width, item_bytes, position = word(words, WIDTH), word(words, ITEM), word(words, POSITION)
    chunks = _ceil(lines, CHUNK * width)
    chunk, item = item % chunks, item // chunks
    row, item = item % outside, item // outside
    vector, item = item % word(words, VECTORS), item // word(words, VECTORS)
    bundle, group = item % word(words, BUNDLES), item // word(words, BUNDLES)
    lane = (bundle * word(words, VECTORS) + vector) * width
    there = min(width, word(words, PER_GROUP) - lane)
    if there > 0:
        source = (
            word(words, SUMS) + ((group * word(words, BUNDLES) + bundle) * total + row * lines) * position
        )
        source += vector * width * item_bytes
        target = word(words, DW) + group * word(words, PER_GROUP) * total * item_bytes
        target += (row * word(words, PER_GROUP) + lane) * lines * item_bytes
        for start in range(chunk * CHUNK * width, min(lines, (chunk + 1) * CHUNK * width), width):
            count = min(width, lines - start)
            call(
                word(words, TURN), target + start * item_bytes, lines * item_bytes,
                source + start * position, position, count, there, count,
                word(words, PARTS), word(words, PART_BYTES),
            )  # fmt: skip


def _first(first, step, shift, low):
    """Return the first position t, not before `first`, with ``low <= t * step + shift``."""
    return max(first, _ceil(low - shift, step))


def _end(end, step, shift, high):
    """Return where positions t with ``t * step + shift < high`` end, and `end` at the latest."""
    return min(end, _ceil(high - shift, step))


def _ceil(a, b):
    return -(-a // b)
