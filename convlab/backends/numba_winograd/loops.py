"""The loops around the vector code, as plain functions: whose tile is next, and where its numbers stand.

A job is a block of tiles and a block of filters of one group. It makes three passes over the places of its tiles, in
memory of its own that is small enough for a cache: transform the inputs, multiply, transform the products back.
"""

from __future__ import annotations

from convlab.backends.numba_winograd.kernels import TILES as TALLEST
from convlab.backends.tiles.plain import call, clear, copy, move, word

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
# How the tiles are cut: rows of tiles in an image, tiles in a row; of a piece, rows and tiles in a row, at most; pieces
# below and beside each other in an image, and in all images
TILES_DOWN, TILES_ACROSS, DEEP, LONG, DOWN, ACROSS, ALL_PIECES = range(36, 43)
# How the work is shared: blocks of tiles, tiles in a block at most, blocks of filters, panels of filters
BLOCKS, MOST, FILTER_BLOCKS, PANELS = range(43, 47)
# Parts of the channels, whose weights are transformed at a time
PARTS = 47
# Where in a thread's room the outputs, the transformed inputs and the products begin, and the steps between tiles
OUT_AT, V_AT, M_AT, V_STEP, M_STEP = range(48, 53)
COUNT = 53

RUN = 128  # channels that are added up before the sum of sums: keeps the rounding of long sums small, and weights near


def convolve(words: int, item: int, thread: int) -> None:
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


def _tiles_across(words, piece):
    """Return how many tiles the rows of a piece have: those of the last one in a row may be fewer than others."""
    first = piece % word(words, ACROSS) * word(words, LONG)
    return min(word(words, LONG), word(words, TILES_ACROSS) - first)


def _tiles_down(words, piece):
    """Return how many rows of tiles a piece has."""
    first = piece // word(words, ACROSS) % word(words, DOWN) * word(words, DEEP)
    return min(word(words, DEEP), word(words, TILES_DOWN) - first)


def _transform_inputs(words, room, group, first, stop):
    """Transform what the tiles of some pieces read, of all channels, and return how many tiles that is."""
    made, channels, lanes = word(words, MADE), word(words, CHANNELS), word(words, LANES)
    vector, tiles = lanes * word(words, SIZE), 0
    v_step = word(words, V_STEP)
    for piece in range(first, stop):
        across, down = _tiles_across(words, piece), _tiles_down(words, piece)
        for channel in range(0, channels, lanes):
            some = min(lanes, channels - channel)
            _collect(words, room, piece, group * channels + channel, some)
            target = room + word(words, V_AT) + tiles * v_step + channel * word(words, SIZE)
            line, place = (across * made + 2) * vector, word(words, MOST) * v_step
            for row in range(down):
                source, to = room + row * made * line, target + row * across * v_step
                call(word(words, INPUTS), source, line, to, place, v_step, across)
        tiles += across * down
    return tiles


def _collect(words, room, piece, channel, channels):
    """Copy the lines that a piece reads to the room, one vector per pixel, with zeros where x has ended."""
    made, vector = word(words, MADE), word(words, LANES) * word(words, SIZE)
    pixels, lines = _tiles_across(words, piece) * made + 2, _tiles_down(words, piece) * made + 2
    image, band = (
        piece // word(words, ACROSS) // word(words, DOWN),
        piece // word(words, ACROSS) % word(words, DOWN),
    )
    top = band * word(words, DEEP) * made - word(words, ABOVE)
    left = piece % word(words, ACROSS) * word(words, LONG) * made - word(words, BEFORE)
    before = min(pixels, max(0, -left))
    inside = max(0, min(pixels, word(words, WIDTH) - left) - before)
    source = word(words, X) + image * word(words, X_IMAGE) + channel * word(words, X_CHANNEL)
    source += (left + before) * word(words, X_COLUMN)
    for row in range(top, top + lines):
        if 0 <= row < word(words, HEIGHT) and inside > 0:
            clear(room, before * vector)
            _read(words, source + row * word(words, X_ROW), room + before * vector, inside, channels)
            clear(room + (before + inside) * vector, (pixels - before - inside) * vector)
        else:
            clear(room, pixels * vector)
        room += pixels * vector


def _read(words, source, target, pixels, channels):
    """Copy pixels of some channels to one vector per pixel: squares in registers where pixels lie side by side."""
    pixel, channel, size = word(words, X_COLUMN), word(words, X_CHANNEL), word(words, SIZE)
    if pixel == size:
        call(word(words, LINES), source, channel, target, pixels, channels)
    else:
        _line(source, pixel, channel, target, word(words, LANES) * size, size, pixels, channels, size)


def _line(source, pixel_from, channel_from, target, pixel_to, channel_to, pixels, channels, size):
    """Copy pixels of some channels, or outputs of some filters, from any steps to any others."""
    for pixel in range(pixels):
        here, there = source + pixel * pixel_from, target + pixel * pixel_to
        if channel_from == size and channel_to == size:
            copy(there, here, channels * size)
        else:
            _one_by_one(here, channel_from, there, channel_to, channels, size)


def _one_by_one(source, step_from, target, step_to, count, size):
    """Copy numbers from any steps to any others: slow."""
    for i in range(count):
        if size == 4:
            move(target + i * step_to, source + i * step_from, 4)
        else:
            move(target + i * step_to, source + i * step_from, 8)


def _multiply(words, room, group, tiles, first_panel, stop_panel):
    """Multiply all tiles by some panels of filters, place by place: what is read again stays near."""
    channels, vectors, panels = word(words, CHANNELS), word(words, VECTORS), word(words, PANELS)
    size, vector = word(words, SIZE), word(words, LANES) * word(words, SIZE)
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
            to = m + (start - origin) * vector
            for run in range(0, channels, RUN):
                some, read, by = min(RUN, channels - run), v + run * size, u + run * (stop - start) * vector
                for i in range(heights):
                    row, end = tiles * i // heights, tiles * (i + 1) // heights
                    shape = (end - row) * 8 + stop - start
                    here, there = read + row * v_step, to + row * m_step
                    call(word(words, PRODUCTS), shape, run > 0, here, v_step, by, some, there, m_step)


def _transform_back(words, room, group, first, stop, first_panel, stop_panel):
    """Transform the products of some pieces and panels, and write the outputs."""
    vector, panels = word(words, LANES) * word(words, SIZE), word(words, PANELS)
    first_vector = word(words, VECTORS) * first_panel // panels
    stop_vector = word(words, VECTORS) * stop_panel // panels
    tiles = 0
    for piece in range(first, stop):
        across, down = _tiles_across(words, piece), _tiles_down(words, piece)
        for row in range(down):
            for v in range(first_vector, stop_vector):
                m = room + word(words, M_AT) + tiles * word(words, M_STEP) + (v - first_vector) * vector
                _outputs(words, room + word(words, OUT_AT), m, piece, row, across, group, v)
            tiles += across


def _outputs(words, room, m, piece, row, across, group, v):
    """Transform the products of one row of tiles back, of one vector of filters, and write its lines of y."""
    lanes, made, m_step = word(words, LANES), word(words, MADE), word(words, M_STEP)
    line = made * across * lanes * word(words, SIZE)
    call(word(words, OUTPUTS), m, word(words, MOST) * m_step, m_step, room, line, across)
    image, band = (
        piece // word(words, ACROSS) // word(words, DOWN),
        piece // word(words, ACROSS) % word(words, DOWN),
    )
    top = (band * word(words, DEEP) + row) * made
    left = piece % word(words, ACROSS) * word(words, LONG) * made
    y = (
        word(words, Y)
        + image * word(words, Y_IMAGE)
        + top * word(words, Y_ROW)
        + left * word(words, Y_COLUMN)
    )
    y += (group * word(words, FILTERS) + v * lanes) * word(words, Y_FILTER)
    pixels, filters = (
        min(made * across, word(words, WIDE) - left),
        min(lanes, word(words, FILTERS) - v * lanes),
    )
    for i in range(min(made, word(words, HIGH) - top)):
        _write(words, room + i * line, y + i * word(words, Y_ROW), pixels, filters)


def _write(words, source, target, pixels, filters):
    """Write one line of outputs of some filters."""
    size, step, column = word(words, SIZE), word(words, Y_FILTER), word(words, Y_COLUMN)
    if column == size:
        call(word(words, ROWS), source, target, step, pixels, filters)
    else:
        _line(source, word(words, LANES) * size, size, target, column, step, pixels, filters, size)


def transform_weights(words: int, item: int, thread: int) -> None:
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
