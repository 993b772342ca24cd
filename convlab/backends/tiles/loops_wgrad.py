"""The loops around the tiles of dw, as Python that numba compiles: blocks of lanes, taps, tiles, and the last sums."""

from __future__ import annotations

from convlab.backends.tiles.jit import call, jit, job, word

FIELDS = (
    "OUTER", "TURN", "LANES", "ROWS", "SUMS", "BLOCKS", "DW",
    "L_IMAGE", "L_LANE", "L_DEPTH", "L_ROW", "R_IMAGE", "R_ROW_STEP", "R_DEPTH", "R_ROW", "R_COLUMN",
    "IMAGES", "DEPTHS", "HIGH", "WIDE", "BLOCK_IMAGES", "BLOCK_ROWS", "BLOCK_COLUMNS", "BLOCK_BYTES",
    "POSITION", "WIDTH", "ITEM", "VECTORS", "PER_GROUP", "PER_ROW", "BUNDLES", "GROUPS", "PARTS", "SHARES",
    "PART_BYTES", "TAPS", "DEPTH_TAPS", "ROW_TAPS", "COLUMN_TAPS", "FLIP", "BY_FILTERS", "TILES",
    "DEPTH_TABLE", "ROW_TABLE", "TILE_TABLE", "TERM_TABLE",
)  # fmt: skip
(
    OUTER, TURN, LANES, ROWS, SUMS, BLOCKS, DW,
    L_IMAGE, L_LANE, L_DEPTH, L_ROW, R_IMAGE, R_ROW_STEP, R_DEPTH, R_ROW, R_COLUMN,
    IMAGES, DEPTHS, HIGH, WIDE, BLOCK_IMAGES, BLOCK_ROWS, BLOCK_COLUMNS, BLOCK_BYTES,
    POSITION, WIDTH, ITEM, VECTORS, PER_GROUP, PER_ROW, BUNDLES, GROUPS, PARTS, SHARES,
    PART_BYTES, TAPS, DEPTH_TAPS, ROW_TAPS, COLUMN_TAPS, FLIP, BY_FILTERS, TILES,
    DEPTH_TABLE, ROW_TABLE, TILE_TABLE, TERM_TABLE,
) = range(len(FIELDS))  # fmt: skip
MEETING, TILE, TERM = 6, 7, 4  # words of a line in the tables
CHUNK = 8  # vectors of sums that are put in their place at a time


@jit
def _ceil(a, b):
    return -(-a // b)


@jit
def _within(first, end, step, shift, low, high):
    """Return the positions t from `first` to before `end` with ``low <= t * step + shift < high``."""
    first = max(first, _ceil(low - shift, step))
    return first, max(first, min(end, _ceil(high - shift, step)))


@jit
def _met(table, low, high):
    """Return the positions of a tap at which the lanes stand from `low` to before `high`."""
    return _within(word(table, 0), word(table, 1), word(table, 2), word(table, 3), low, high)


@jit
def _pack(words, packed, group, bundle, image, depth, row, column, images, rows, columns):
    """Copy a block of lanes so that the lanes of a position stand side by side, zeros where there are no more."""
    width, item, turn = word(words, WIDTH), word(words, ITEM), word(words, TURN)
    lane_step, row_step, position = word(words, L_LANE), word(words, L_ROW), word(words, POSITION)
    lines, length = rows, columns
    if row_step == columns * item:  # rows follow each other without gaps: one long row
        lines, length = 1, rows * columns
    first = bundle * word(words, VECTORS) * width
    start = word(words, LANES) + (group * word(words, PER_GROUP) + first) * lane_step
    start += depth * word(words, L_DEPTH) + row * row_step + column * item
    for n in range(images):
        for line in range(lines):
            source = start + (image + n) * word(words, L_IMAGE) + line * row_step
            target = packed + (n * rows * columns + line * length) * position
            for v in range(word(words, VECTORS)):
                there = max(0, min(width, word(words, PER_GROUP) - first - v * width))
                at = source + v * width * lane_step if there > 0 else source
                call(turn, target + v * width * item, position, at, lane_step, there, length, width, 1, 0)


@jit
def _add(
    words, table, terms, count, first, end, at, into, beside, high, lines, column, images, rows, columns
):
    """Call the tile for positions from `first` to `end` of so many lines."""
    if end <= first:
        return
    position, step, right = word(words, POSITION), word(table, 4), word(table, 6) * word(words, R_COLUMN)
    left = at + (first * step + word(table, 5) - column) * position
    call(
        word(words, OUTER), 64 * count + word(words, VECTORS), into, left, beside + first * right, terms,
        images, rows * columns * position, word(words, R_IMAGE),
        lines, word(high, 2) * columns * position, word(high, 4) * word(words, R_ROW),
        end - first, step * position, right,
    )  # fmt: skip


@jit
def _tile(words, tile, packed, sums, group, image, depth, row, column, images, rows, columns):
    """Add what one tile of rows has in a block to its sums, for every tap of the other axes."""
    table = word(words, TILE_TABLE) + 8 * TILE * tile
    terms = word(words, TERM_TABLE) + 8 * TERM * word(table, 0)
    first, end = _within(
        word(table, 2), word(table, 3), word(table, 4), word(table, 5), column, column + columns
    )
    for p in range(word(words, DEPTH_TAPS)):
        deep = word(words, DEPTH_TABLE) + 8 * MEETING * p
        z, after = _met(deep, depth, depth + 1)
        if z == after:
            continue
        for q in range(word(words, ROW_TAPS)):
            high = word(words, ROW_TABLE) + 8 * MEETING * q
            top, bottom = _met(high, row, row + rows)
            if top == bottom:
                continue
            place = (p * word(words, ROW_TAPS) + q) * word(words, COLUMN_TAPS)
            if word(words, FLIP):
                place = word(words, TAPS) - 1 - place
            into = sums + place * word(words, POSITION)
            beside = word(words, ROWS) + group * word(words, PER_ROW) * word(words, R_ROW_STEP)
            beside += image * word(words, R_IMAGE) + (z * word(deep, 4) + word(deep, 5)) * word(
                words, R_DEPTH
            )
            beside += (top * word(high, 4) + word(high, 5)) * word(words, R_ROW)
            at = packed + (top * word(high, 2) + word(high, 3) - row) * columns * word(words, POSITION)
            _add(words, table, terms, word(table, 1), first, end, at, into, beside, high, bottom - top,
                 column, images, rows, columns)  # fmt: skip
            for term in range(word(table, 1)):  # columns that not all rows of the tile have inside x
                one = terms + 8 * TERM * term
                start, stop = _within(word(one, 2), word(one, 3), word(table, 4), word(table, 5), column, column + columns)  # fmt: skip
                if first == end:
                    _add(words, table, one, 1, start, stop, at, into, beside, high, bottom - top,
                         column, images, rows, columns)  # fmt: skip
                else:
                    _add(words, table, one, 1, start, first, at, into, beside, high, bottom - top,
                         column, images, rows, columns)  # fmt: skip
                    _add(words, table, one, 1, end, stop, at, into, beside, high, bottom - top,
                         column, images, rows, columns)  # fmt: skip


@job
def add_up(words, item, thread):
    """Add up one part of the sums of one group and bundle of lanes: block by block, or a share of its tiles."""
    item, mine = divmod(item, word(words, SHARES))
    item, bundle = divmod(item, word(words, BUNDLES))
    part, group = divmod(item, word(words, GROUPS))
    parts, tiles, shares = word(words, PARTS), word(words, TILES), word(words, SHARES)
    each_depth = word(words, DEPTHS)
    down = _ceil(word(words, HIGH), word(words, BLOCK_ROWS))
    across = _ceil(word(words, WIDE), word(words, BLOCK_COLUMNS))
    blocks = _ceil(word(words, IMAGES), word(words, BLOCK_IMAGES)) * each_depth * down * across
    rows_bytes = word(words, PER_ROW) * word(words, TAPS) * word(words, POSITION)
    sums = word(words, SUMS) + part * word(words, PART_BYTES)
    sums += (group * word(words, BUNDLES) + bundle) * rows_bytes
    packed = word(words, BLOCKS) + thread * word(words, BLOCK_BYTES)
    for block in range(part * blocks // parts, (part + 1) * blocks // parts):
        rest, column = divmod(block, across)
        rest, row = divmod(rest, down)
        image, depth = divmod(rest, each_depth)
        image, row, column = (
            image * word(words, BLOCK_IMAGES), row * word(words, BLOCK_ROWS), column * word(words, BLOCK_COLUMNS),
        )  # fmt: skip
        images = min(word(words, BLOCK_IMAGES), word(words, IMAGES) - image)
        rows = min(word(words, BLOCK_ROWS), word(words, HIGH) - row)
        columns = min(word(words, BLOCK_COLUMNS), word(words, WIDE) - column)
        _pack(words, packed, group, bundle, image, depth, row, column, images, rows, columns)
        for tile in range(mine * tiles // shares, (mine + 1) * tiles // shares):
            _tile(words, tile, packed, sums, group, image, depth, row, column, images, rows, columns)


@job
def put_down(words, item, thread):
    """Add up the parts of some sums and write them where they stand in dw."""
    rows = word(words, PER_ROW) if not word(words, BY_FILTERS) else 1
    lines = word(words, TAPS) * word(words, PER_ROW) // rows  # sums that follow each other in dw
    width, item_bytes, position = word(words, WIDTH), word(words, ITEM), word(words, POSITION)
    chunks = _ceil(lines, CHUNK * width)
    item, chunk = divmod(item, chunks)
    item, row = divmod(item, rows)
    item, vector = divmod(item, word(words, VECTORS))
    group, bundle = divmod(item, word(words, BUNDLES))
    lane = (bundle * word(words, VECTORS) + vector) * width
    there = min(width, word(words, PER_GROUP) - lane)
    if there <= 0:
        return
    total = word(words, PER_ROW) * word(words, TAPS)
    source = word(words, SUMS) + ((group * word(words, BUNDLES) + bundle) * total + row * lines) * position
    source += vector * width * item_bytes
    target = word(words, DW) + (group * word(words, PER_GROUP) * total + row * word(words, PER_GROUP) * lines + lane * lines) * item_bytes  # fmt: skip
    for start in range(chunk * CHUNK * width, min(lines, (chunk + 1) * CHUNK * width), width):
        count = min(width, lines - start)
        call(word(words, TURN), target + start * item_bytes, lines * item_bytes, source + start * position, position,
             count, there, count, word(words, PARTS), word(words, PART_BYTES))  # fmt: skip
