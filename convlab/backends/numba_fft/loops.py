"""The loops of numba-fft, as Python that `tiles.plain` translates: tiles in, transforms, products, and back.

All numbers of a call stand in one table of words, and all memory is spoken of by its address, in bytes. A *panel* holds
one vector's worth of columns of all tiles of a block, the rows below each other; a *strip* holds one vector's worth of
rows, the columns below each other. Each is small enough for the first-level cache, and takes all passes of its
transform there.
"""

from __future__ import annotations

from convlab.backends.tiles.memory import call, copy, move, word

NAMES = (
    "FORWARD", "INVERSE", "MULTIPLY", "TURN", "ENTER", "LEAVE",
    "X", "X_IMAGE", "X_CHANNEL", "X_ROW", "X_COLUMN", "Y", "Y_IMAGE", "Y_FILTER", "Y_ROW", "Y_COLUMN",
    "W", "BLOCK", "SCRATCH", "SCRATCH_BYTES", "STRIP", "LINE", "SIZE", "LANES", "VECTOR",
    "CHANNELS", "FILTERS", "READ", "BLOCKS", "SPECTRA", "FIRST", "COUNT",
    "STACK", "TILES", "ROW_TILES", "COLUMN_TILES",
    "HEIGHT", "WIDTH", "TOP", "LEFT", "MADE_ROWS", "MADE_COLUMNS", "KEPT_ROWS", "KEPT_COLUMNS",
    "STEP_ROWS", "STEP_COLUMNS", "DOWN", "PANELS", "PANEL", "DOWN_PASSES", "ACROSS_PASSES",
)  # fmt: skip
(
    FORWARD, INVERSE, MULTIPLY, TURN, ENTER, LEAVE,
    X, X_IMAGE, X_CHANNEL, X_ROW, X_COLUMN, Y, Y_IMAGE, Y_FILTER, Y_ROW, Y_COLUMN,
    W, BLOCK, SCRATCH, SCRATCH_BYTES, STRIP, LINE, SIZE, LANES, VECTOR,
    CHANNELS, FILTERS, READ, BLOCKS, SPECTRA, FIRST, COUNT,
    STACK, TILES, ROW_TILES, COLUMN_TILES,
    HEIGHT, WIDTH, TOP, LEFT, MADE_ROWS, MADE_COLUMNS, KEPT_ROWS, KEPT_COLUMNS,
    STEP_ROWS, STEP_COLUMNS, DOWN, PANELS, PANEL, DOWN_PASSES, ACROSS_PASSES,
) = range(len(NAMES))  # fmt: skip
PASS = 4  # words: radix, polynomials, values in a remainder, address of the twiddles


def there(words: int, passes: int, at: int) -> None:
    """Transform vectors below each other."""
    for i in range(word(passes, 0)):
        one = passes + 8 * (1 + PASS * i)
        call(word(words, FORWARD), at, word(one, 3), word(one, 0), word(one, 1), word(one, 2))


def back(words: int, passes: int, at: int, count: int) -> None:
    """Undo the first `count` passes, the last of them first."""
    for i in range(count):
        one = passes + 8 * (1 + PASS * (count - 1 - i))
        call(word(words, INVERSE), at, word(one, 3), word(one, 0), word(one, 1), word(one, 2))


def product(words: int, passes: int, x: int, x_channels: int, w: int, to: int) -> None:
    """Transform back the sum over channels of x times w; x holds so many channels, w those that are read."""
    last = word(passes, 0) - 1
    one = passes + 8 * (1 + PASS * last)
    radix, each = word(one, 0), x_channels * word(one, 0) * word(words, VECTOR)
    call(word(words, MULTIPLY), x, each, w, word(words, CHANNELS), to, word(one, 3), radix, word(one, 1))
    back(words, passes, to, last)


def deal(words: int, passes: int, at: int, to: int, channels: int, channel: int) -> None:
    """Deal out a transform to where `product` reads it: what a butterfly needs of all channels stands together."""
    one = passes + 8 * (1 + PASS * (word(passes, 0) - 1))
    each = word(one, 0) * word(words, VECTOR)
    for i in range(word(one, 1)):
        copy(to + (i * channels + channel) * each, at + i * each, each)


def first_of(words: int, passes: int, channel: int) -> int:
    """Return the bytes before a channel in what `deal` dealt out."""
    return channel * word(passes + 8 * (1 + PASS * (word(passes, 0) - 1)), 0) * word(words, VECTOR)


def clamped(n: int, low: int, high: int) -> int:
    """Return n, or the limit that it passes."""
    return max(low, min(n, high))


def _enter(words, x, row, column, at):
    """Bring in a panel of a tile that begins at a row and a column of x, which may be negative; transform it."""
    vector, lanes, down = word(words, VECTOR), word(words, LANES), word(words, DOWN)
    first, left = max(0, -column), clamped(word(words, WIDTH) - column, 0, lanes)
    for half in range(2):
        start = row + half * down
        before = clamped(-start, 0, down)
        stop = clamped(word(words, HEIGHT) - start, before, down)
        to = at + half * (vector // 2)
        call(word(words, ENTER), x, 0, before, to, 0, 0)
        source = x + (start + before) * word(words, X_ROW) + column * word(words, X_COLUMN)
        _read(words, source, stop - before, to + before * vector, first, left)
        call(word(words, ENTER), x, 0, down - stop, to + stop * vector, 0, 0)
    there(words, word(words, DOWN_PASSES), at)


def _read(words, x, rows, to, first, stop):
    """Read so many rows of one vector's columns, those from `first` up to `stop`; the others are zeros."""
    size, step = word(words, SIZE), word(words, X_COLUMN)
    if step == size:
        call(word(words, ENTER), x, word(words, X_ROW), rows, to, first, stop)
    else:
        call(word(words, ENTER), x, 0, rows, to, 0, 0)
        for row in range(rows):
            source, target = x + row * word(words, X_ROW), to + row * word(words, VECTOR)
            spread(words, source + first * step, step, stop - first, target + first * size, size)


def _leave(words, y, rows, columns, slot, panels):
    """Transform the columns of a tile back, and write the outputs that are kept."""
    vector, lanes, down = word(words, VECTOR), word(words, LANES), word(words, DOWN)
    step, across, passes = word(words, STEP_ROWS), word(words, STEP_COLUMNS), word(words, DOWN_PASSES)
    upper = min(rows, (down + step - 1) // step)  # outputs whose row is in the first half of the ring
    for panel in range(((columns - 1) * across) // lanes + 1):
        at = panels + panel * word(words, PANEL) + slot * down * vector
        back(words, passes, at, word(passes, 0))
        below = at + vector // 2 + (upper * step - down) * vector
        first = (panel * lanes + across - 1) // across
        stop = min(columns, ((panel + 1) * lanes + across - 1) // across)
        to = y + first * word(words, Y_COLUMN)
        at += (first * across - panel * lanes) * word(words, SIZE)
        below += (first * across - panel * lanes) * word(words, SIZE)
        _write(words, at, upper, to, stop - first)
        _write(words, below, rows - upper, to + upper * word(words, Y_ROW), stop - first)


def _write(words, at, rows, y, count):
    """Write so many values of so many rows."""
    step = word(words, STEP_ROWS) * word(words, VECTOR)
    if word(words, STEP_COLUMNS) == 1 and word(words, Y_COLUMN) == word(words, SIZE):
        call(word(words, LEAVE), at, step, rows, y, word(words, Y_ROW), count)
    else:
        apart = word(words, STEP_COLUMNS) * word(words, SIZE)
        for row in range(rows):
            spread(words, at + row * step, apart, count, y + row * word(words, Y_ROW), word(words, Y_COLUMN))


def spread(words: int, at: int, step: int, count: int, to: int, to_step: int) -> None:
    """Copy numbers one by one."""
    if word(words, SIZE) == 4:
        for k in range(count):
            move(to + k * to_step, at + k * step, 4)
    else:
        for k in range(count):
            move(to + k * to_step, at + k * step, 8)


def _strip(words, panels, strip, to):
    """Turn a strip out of the panels, and transform its rows."""
    vector, lanes = word(words, VECTOR), word(words, LANES)
    for part in range(0, vector, vector // 2):
        source = panels + strip * lanes * vector + part
        step = word(words, PANEL)
        call(word(words, TURN), source, vector, step, to + part, vector, lanes * vector, word(words, PANELS))
    there(words, word(words, ACROSS_PASSES), to)


def _panels(words, panels, strip, at):
    """Turn a strip back into the panels."""
    vector, lanes = word(words, VECTOR), word(words, LANES)
    for part in range(0, vector, vector // 2):
        to = panels + strip * lanes * vector + part
        step = word(words, PANEL)
        call(word(words, TURN), at + part, vector, lanes * vector, to, vector, step, word(words, PANELS))


def _filled(words, slots):
    """Return how many strips hold the rows of so many tiles."""
    return (slots * word(words, DOWN) + word(words, LANES) - 1) // word(words, LANES)


def _tiles_in(words, first, slots, channel, panels):
    """Bring in the tiles of a block, of one channel.

    Panel after panel, and in each of them tile after tile: where the image index stands last, what one tile reads of
    a line of the cache is next to what the others read of it.
    """
    tall, each = word(words, DOWN) * word(words, VECTOR), word(words, ROW_TILES) * word(words, COLUMN_TILES)
    for panel in range(word(words, PANELS)):
        for slot in range(slots):
            tile = first + slot
            x = word(words, X) + tile // each * word(words, X_IMAGE) + channel * word(words, X_CHANNEL)
            row = tile // word(words, COLUMN_TILES) % word(words, ROW_TILES)
            row = row * word(words, KEPT_ROWS) * word(words, STEP_ROWS) - word(words, TOP)
            column = tile % word(words, COLUMN_TILES)
            column = column * word(words, KEPT_COLUMNS) * word(words, STEP_COLUMNS) - word(words, LEFT)
            column += panel * word(words, LANES)
            _enter(words, x, row, column, panels + panel * word(words, PANEL) + slot * tall)


def _tiles_out(words, first, slots, o, panels):
    """Write the outputs of the tiles of a block, of filter o."""
    for slot in range(slots):
        tile = first + slot
        image = tile // (word(words, ROW_TILES) * word(words, COLUMN_TILES))
        y = word(words, Y) + image * word(words, Y_IMAGE) + o * word(words, Y_FILTER)
        row = tile // word(words, COLUMN_TILES) % word(words, ROW_TILES) * word(words, KEPT_ROWS)
        column = tile % word(words, COLUMN_TILES) * word(words, KEPT_COLUMNS)
        y += row * word(words, Y_ROW) + column * word(words, Y_COLUMN)
        rows = min(word(words, KEPT_ROWS), word(words, MADE_ROWS) - row)
        columns = min(word(words, KEPT_COLUMNS), word(words, MADE_COLUMNS) - column)
        _leave(words, y, rows, columns, slot, panels)


def alone(words: int, item: int, thread: int) -> None:
    """Make the outputs of one block of tiles and a channel that has a filter of its own: all of it in the cache."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    one, channel, block = panels + word(words, BLOCK), item // word(words, BLOCKS), item % word(words, BLOCKS)
    first = block * word(words, STACK)
    slots = min(word(words, STACK), word(words, TILES) - first)
    _tiles_in(words, first, slots, channel, panels)
    w = word(words, W) + channel * word(words, BLOCK)
    for s in range(_filled(words, slots)):
        _strip(words, panels, s, one)
        product(words, word(words, ACROSS_PASSES), one, 1, w + s * word(words, STRIP), one)
        _panels(words, panels, s, one)
    _tiles_out(words, first, slots, channel, panels)


def bring(words: int, item: int, thread: int) -> None:
    """Transform one block of tiles of one channel, of the blocks that are at work."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    one, read, passes = panels + word(words, BLOCK), word(words, READ), word(words, ACROSS_PASSES)
    block, channel = item // read, item % read
    first = (word(words, FIRST) + block) * word(words, STACK)
    slots = min(word(words, STACK), word(words, TILES) - first)
    _tiles_in(words, first, slots, channel, panels)
    to = word(words, SPECTRA) + block * read * word(words, BLOCK)
    for s in range(_filled(words, slots)):
        _strip(words, panels, s, one)
        deal(words, passes, one, to + s * read * word(words, STRIP), read, channel)


def make(words: int, item: int, thread: int) -> None:
    """Make the outputs of one block of tiles and one filter; those of one filter follow each other."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    one, block, o = panels + word(words, BLOCK), item % word(words, COUNT), item // word(words, COUNT)
    first = (word(words, FIRST) + block) * word(words, STACK)
    slots = min(word(words, STACK), word(words, TILES) - first)
    read, channels, passes = word(words, READ), word(words, CHANNELS), word(words, ACROSS_PASSES)
    x = word(words, SPECTRA) + block * read * word(words, BLOCK)
    x += first_of(words, passes, o // word(words, FILTERS) * channels)
    w = word(words, W) + o * channels * word(words, BLOCK)
    for s in range(_filled(words, slots)):
        strip = s * word(words, STRIP)
        product(words, passes, x + read * strip, read, w + channels * strip, one)
        _panels(words, panels, s, one)
    _tiles_out(words, first, slots, o, panels)


def filters(words: int, item: int, thread: int) -> None:
    """Transform one filter of one channel, as often as tiles are stacked."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    one, channels = panels + word(words, BLOCK), word(words, CHANNELS)
    x, tall = word(words, X) + item * word(words, X_IMAGE), word(words, DOWN) * word(words, VECTOR)
    for panel in range(word(words, PANELS)):
        for slot in range(word(words, STACK)):
            _enter(words, x, 0, panel * word(words, LANES), panels + panel * word(words, PANEL) + slot * tall)
    to = word(words, W) + item // channels * channels * word(words, BLOCK)
    for s in range(_filled(words, word(words, STACK))):
        _strip(words, panels, s, one)
        at = to + s * channels * word(words, STRIP)
        deal(words, word(words, ACROSS_PASSES), one, at, channels, item % channels)
