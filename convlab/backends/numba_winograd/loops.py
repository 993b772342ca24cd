"""The loops around the vector code, as plain functions: whose tile is next, and where its numbers stand.

A job is a block of tiles and a block of filters of one group. It makes three passes over the places of its tiles, in
memory of its own that is small enough for a cache: transform the inputs, multiply, transform the products back.
"""

from __future__ import annotations

from convlab.backends.numba_winograd.kernels import TILES as TALLEST
from convlab.backends.tiles.plain import call, clear, move, word
from convlab.backends.tiles.sharing import SHARE

# What the loops are told is one table of whole numbers; these are the names of its places.
# Native functions
LINES, ROWS, INPUTS, OUTPUTS, PRODUCTS, WEIGHTS = range(6)
# Addresses: of the operands, of the transformed filters, and of the room of the first thread
X, W, Y, U, ROOM = range(6, 11)
# Steps in bytes, along the axes of x, w and y, and from thread to thread
X_IMAGE, X_CHANNEL, X_ROW, X_COLUMN = range(11, 15)
W_FILTER, W_CHANNEL, FIRST_TAP, TAP_STEP = range(15, 19)
Y_IMAGE, Y_FILTER, Y_ROW, Y_COLUMN = range(19, 23)
ROOM_STEP = 23
# Sizes: of x and y, the zeros before x, channels and filters of a group
HEIGHT, WIDTH, HIGH, WIDE, ABOVE, BEFORE, CHANNELS, FILTERS = range(24, 32)
# Outputs of a tile along an axis, numbers in a vector, bytes of a number, vectors of filters in a group
MADE, LANES, SIZE, VECTORS = range(32, 36)
# How the tiles are cut: tiles along a row of y, in a piece at most, pieces in a row, rows of tiles, pieces in all
TILES, PIECE, PIECES, TILE_ROWS, ALL_PIECES = range(36, 41)
# How the work is shared: blocks of tiles, tiles in a block at most, blocks of filters, panels of filters
BLOCKS, MOST, FILTER_BLOCKS, PANELS = range(41, 45)
# Parts of the channels, whose weights are transformed at a time
PARTS = 45
# Where in a thread's room the outputs, the transformed inputs and the products begin, and the steps between tiles
OUT_AT, V_AT, M_AT, V_STEP, M_STEP = range(46, 51)
COUNT = 51


def begin(state, job, words, items):
    """Let the threads of a pool do all items of a job; the caller alone where there is no pool."""
    if state and items > 1:
        call(word(state, SHARE), state, job, words, items)
    else:
        for item in range(items):
            call(job, words, item, 0)


def convolve(words, item, thread):
    """Make the outputs of one block of tiles and one block of filters."""
    blocks, filter_blocks = word(words, BLOCKS), word(words, FILTER_BLOCKS)
    block, part, group = item % blocks, item // blocks % filter_blocks, item // blocks // filter_blocks
    first = word(words, ALL_PIECES) * block // blocks
    stop = word(words, ALL_PIECES) * (block + 1) // blocks
    room = word(words, ROOM) + thread * word(words, ROOM_STEP)
    first_panel = word(words, PANELS) * part // filter_blocks
    stop_panel = word(words, PANELS) * (part + 1) // filter_blocks
    tiles = _transform_inputs(words, room, group, first, stop)
    _multiply(words, room, group, tiles, first_panel, stop_panel)
    _transform_back(words, room, group, first, stop, first_panel, stop_panel)


def _tiles_of(words, piece):
    """Return how many tiles a piece has: the last one of a row may have fewer than the others."""
    first = piece % word(words, PIECES) * word(words, PIECE)
    return min(word(words, PIECE), word(words, TILES) - first)


def _transform_inputs(words, room, group, first, stop):
    """Transform what the tiles of some pieces read, of all channels, and return how many tiles that is."""
    made, channels, lanes = word(words, MADE), word(words, CHANNELS), word(words, LANES)
    vector, tiles = lanes * word(words, SIZE), 0
    v_step, at = word(words, V_STEP), room + word(words, V_AT)
    for piece in range(first, stop):
        count, row = _tiles_of(words, piece), piece // word(words, PIECES)
        image, pixels = row // word(words, TILE_ROWS), count * made + 2
        top = row % word(words, TILE_ROWS) * made - word(words, ABOVE)
        left = piece % word(words, PIECES) * word(words, PIECE) * made - word(words, BEFORE)
        for channel in range(0, channels, lanes):
            some = min(lanes, channels - channel)
            _collect(words, room, image, group * channels + channel, some, top, left, pixels)
            target = at + tiles * v_step + channel * word(words, SIZE)
            place = word(words, MOST) * v_step
            call(word(words, INPUTS), room, pixels * vector, target, place, v_step, count)
        tiles += count
    return tiles


def _collect(words, room, image, channel, channels, top, left, pixels):
    """Copy the lines that a row of tiles reads to the room, one vector per pixel, zeros where x has ended."""
    vector = word(words, LANES) * word(words, SIZE)
    before = min(pixels, max(0, -left))
    inside = max(0, min(pixels, word(words, WIDTH) - left) - before)
    source = word(words, X) + image * word(words, X_IMAGE) + channel * word(words, X_CHANNEL)
    source += (left + before) * word(words, X_COLUMN)
    for row in range(top, top + word(words, MADE) + 2):
        if 0 <= row < word(words, HEIGHT) and inside > 0:
            clear(room, before * vector)
            _read(words, source + row * word(words, X_ROW), room + before * vector, inside, channels)
            clear(room + (before + inside) * vector, (pixels - before - inside) * vector)
        else:
            clear(room, pixels * vector)
        room += pixels * vector


def _read(words, source, target, pixels, channels):
    """Copy pixels of some channels to one vector per pixel: squares in registers where pixels lie side by side."""
    size, vector = word(words, SIZE), word(words, LANES) * word(words, SIZE)
    if word(words, X_COLUMN) == size:
        call(word(words, LINES), source, word(words, X_CHANNEL), target, pixels, channels)
    else:
        pixel, channel = word(words, X_COLUMN), word(words, X_CHANNEL)
        _one_by_one(source, pixel, channel, target, vector, size, pixels, channels, size)


def _one_by_one(source, pixel_from, channel_from, target, pixel_to, channel_to, pixels, channels, size):
    """Copy numbers of any view: slow."""
    for pixel in range(pixels):
        here, there = source + pixel * pixel_from, target + pixel * pixel_to
        for channel in range(channels):
            if size == 4:
                move(there + channel * channel_to, here + channel * channel_from, 4)
            else:
                move(there + channel * channel_to, here + channel * channel_from, 8)


def _multiply(words, room, group, tiles, first_panel, stop_panel):
    """Multiply all tiles by some panels of filters, place by place: what is read again stays near."""
    channels, vectors, panels = word(words, CHANNELS), word(words, VECTORS), word(words, PANELS)
    vector = word(words, LANES) * word(words, SIZE)
    places = (word(words, MADE) + 2) * (word(words, MADE) + 2)
    v_step, m_step = word(words, V_STEP), word(words, M_STEP)
    base = word(words, U) + group * places * vectors * channels * vector
    origin, heights = vectors * first_panel // panels, (tiles + TALLEST - 1) // TALLEST
    for place in range(places):
        v = room + word(words, V_AT) + place * word(words, MOST) * v_step
        m = room + word(words, M_AT) + place * word(words, MOST) * m_step
        for panel in range(first_panel, stop_panel):
            start, stop = vectors * panel // panels, vectors * (panel + 1) // panels
            u = base + (places * start + place * (stop - start)) * channels * vector
            for i in range(heights):
                row, end = tiles * i // heights, tiles * (i + 1) // heights
                shape, to = (end - row) * 8 + stop - start, m + row * m_step + (start - origin) * vector
                call(word(words, PRODUCTS), shape, v + row * v_step, v_step, u, channels, to, m_step)


def _transform_back(words, room, group, first, stop, first_panel, stop_panel):
    """Transform the products of some pieces and panels, and write the outputs."""
    lanes, filters, panels = word(words, LANES), word(words, FILTERS), word(words, PANELS)
    vector, vectors, made = lanes * word(words, SIZE), word(words, VECTORS), word(words, MADE)
    origin, m_step = vectors * first_panel // panels, word(words, M_STEP)
    place, out, tiles = word(words, MOST) * m_step, room + word(words, OUT_AT), 0
    for piece in range(first, stop):
        count, row = _tiles_of(words, piece), piece // word(words, PIECES)
        image, top = row // word(words, TILE_ROWS), row % word(words, TILE_ROWS) * made
        left = piece % word(words, PIECES) * word(words, PIECE) * made
        high, wide = min(made, word(words, HIGH) - top), min(made * count, word(words, WIDE) - left)
        y = word(words, Y) + image * word(words, Y_IMAGE) + left * word(words, Y_COLUMN)
        for v in range(origin, vectors * stop_panel // panels):
            source = room + word(words, M_AT) + tiles * m_step + (v - origin) * vector
            call(word(words, OUTPUTS), source, place, m_step, out, made * count * vector, count)
            target = y + (group * filters + v * lanes) * word(words, Y_FILTER) + top * word(words, Y_ROW)
            for r in range(high):
                here = out + r * made * count * vector
                _write(words, here, target + r * word(words, Y_ROW), wide, min(lanes, filters - v * lanes))
        tiles += count


def _write(words, source, target, pixels, filters):
    """Write one line of outputs of some filters."""
    size, step, column = word(words, SIZE), word(words, Y_FILTER), word(words, Y_COLUMN)
    if column == size:
        call(word(words, ROWS), source, target, step, pixels, filters)
    else:
        _one_by_one(source, word(words, LANES) * size, size, target, column, step, pixels, filters, size)


def transform_weights(words, item, thread):
    """Transform some channels of one panel of filters."""
    parts, panels, lanes = word(words, PARTS), word(words, PANELS), word(words, LANES)
    part, panel, group = item % parts, item // parts % panels, item // parts // panels
    channels, filters, vectors = word(words, CHANNELS), word(words, FILTERS), word(words, VECTORS)
    vector, places = lanes * word(words, SIZE), (word(words, MADE) + 2) * (word(words, MADE) + 2)
    start, stop = vectors * panel // panels, vectors * (panel + 1) // panels
    target = word(words, U) + (group * vectors + start) * places * channels * vector
    room, step = word(words, ROOM) + thread * word(words, ROOM_STEP), word(words, W_FILTER)
    for channel in range(channels * part // parts, channels * (part + 1) // parts):
        for v in range(start, stop):
            some = min(lanes, filters - v * lanes)
            source = word(words, W) + (group * filters + v * lanes) * step + channel * word(words, W_CHANNEL)
            to = target + (channel * (stop - start) + v - start) * vector
            place, first, tap = (
                channels * (stop - start) * vector,
                word(words, FIRST_TAP),
                word(words, TAP_STEP),
            )
            call(word(words, WEIGHTS), source, step, some, room, first, tap, to, place)
