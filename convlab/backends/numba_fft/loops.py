"""The loops of numba-fft, as Python that `tiles.plain` translates: tiles in, transforms, products, and back.

All numbers of a call stand in one table of words, and all memory is spoken of by its address, in bytes. A *panel* holds
one vector's worth of columns of all tiles of a block, the rows below each other; a *strip* holds one vector's worth of
rows, the columns below each other. Each is small enough for the first-level cache, and takes all passes of its
transform there.
"""

from __future__ import annotations

from convlab.backends.tiles.memory import call, move, word

NAMES = (
    "FORWARD", "INVERSE", "MULTIPLY", "MEET", "TURN", "ENTER", "LEAVE",
    "X", "X_IMAGE", "X_CHANNEL", "X_ROW", "X_COLUMN", "Y", "Y_IMAGE", "Y_FILTER", "Y_ROW", "Y_COLUMN",
    "W", "W_ITEM", "W_STRIP", "W_STEP", "BLOCK", "SCRATCH", "SCRATCH_BYTES", "STRIP", "LINE", "SIZE", "LANES", "VECTOR",
    "CHANNELS", "FILTERS", "READ", "GROUPS", "BLOCKS", "SPECTRA", "SPECTRA_STEP", "PRODUCTS", "FIRST", "COUNT",
    "STACK", "TILES", "ROW_TILES", "COLUMN_TILES",
    "HEIGHT", "WIDTH", "TOP", "LEFT", "MADE_ROWS", "MADE_COLUMNS", "KEPT_ROWS", "KEPT_COLUMNS",
    "STEP_ROWS", "STEP_COLUMNS", "DOWN", "ACROSS", "PANELS", "PANEL", "DOWN_PASSES", "ACROSS_PASSES",
)  # fmt: skip
(
    FORWARD, INVERSE, MULTIPLY, MEET, TURN, ENTER, LEAVE,
    X, X_IMAGE, X_CHANNEL, X_ROW, X_COLUMN, Y, Y_IMAGE, Y_FILTER, Y_ROW, Y_COLUMN,
    W, W_ITEM, W_STRIP, W_STEP, BLOCK, SCRATCH, SCRATCH_BYTES, STRIP, LINE, SIZE, LANES, VECTOR,
    CHANNELS, FILTERS, READ, GROUPS, BLOCKS, SPECTRA, SPECTRA_STEP, PRODUCTS, FIRST, COUNT,
    STACK, TILES, ROW_TILES, COLUMN_TILES,
    HEIGHT, WIDTH, TOP, LEFT, MADE_ROWS, MADE_COLUMNS, KEPT_ROWS, KEPT_COLUMNS,
    STEP_ROWS, STEP_COLUMNS, DOWN, ACROSS, PANELS, PANEL, DOWN_PASSES, ACROSS_PASSES,
) = range(len(NAMES))  # fmt: skip
TOGETHER = 4  # filters that a call of the kernel `meet` takes
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


def product(words: int, passes: int, x: int, w: int, to: int) -> None:
    """Transform back the sum over channels of x times w, which hold them a block apart."""
    last = word(passes, 0) - 1
    one = passes + 8 * (1 + PASS * last)
    channels, block = word(words, CHANNELS), word(words, BLOCK)
    call(word(words, MULTIPLY), x, w, block, channels, to, word(one, 3), word(one, 0), word(one, 1))
    back(words, passes, to, last)


def deal(words: int, at: int, count: int, to: int, step: int) -> None:
    """Deal out complex vectors to every so many bytes."""
    vector, lanes = word(words, VECTOR), word(words, LANES)
    for part in range(0, vector, vector // 2):
        call(word(words, LEAVE), at + part, vector, count, to + part, step, lanes)


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


def few(words: int, item: int, thread: int) -> None:
    """Make all outputs of one block of tiles and one group, whose few channels stay in the cache."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    one, block, passes = panels + word(words, BLOCK), word(words, BLOCK), word(words, ACROSS_PASSES)
    channels, filters, group = word(words, CHANNELS), word(words, FILTERS), item // word(words, BLOCKS)
    first = item % word(words, BLOCKS) * word(words, STACK)
    slots = min(word(words, STACK), word(words, TILES) - first)
    strips, w = _filled(words, slots), word(words, W) + group * filters * channels * block
    if (
        channels * filters == 1
    ):  # nothing has to wait: a strip goes there and back while it is in the nearest cache
        _tiles_in(words, first, slots, group, panels)
        for s in range(strips):
            _strip(words, panels, s, one)
            product(words, passes, one, w + s * word(words, STRIP), one)
            _panels(words, panels, s, one)
        _tiles_out(words, first, slots, group, panels)
        return
    x = one + word(words, STRIP)
    for c in range(channels):
        _tiles_in(words, first, slots, group * channels + c, panels)
        for s in range(strips):
            _strip(words, panels, s, x + c * block + s * word(words, STRIP))
    for o in range(filters):
        for s in range(strips):
            product(words, passes, x + s * word(words, STRIP), w + s * word(words, STRIP), one)
            _panels(words, panels, s, one)
        _tiles_out(words, first, slots, group * filters + o, panels)
        w += channels * block


def bring(words: int, item: int, thread: int) -> None:
    """Transform one block of tiles of one channel, of the blocks that are at work."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    one, across, step = panels + word(words, BLOCK), word(words, ACROSS), word(words, SPECTRA_STEP)
    first = (word(words, FIRST) + item // word(words, READ)) * word(words, STACK)
    slots = min(word(words, STACK), word(words, TILES) - first)
    _tiles_in(words, first, slots, item % word(words, READ), panels)
    to = word(words, SPECTRA) + item * word(words, VECTOR)
    for s in range(_filled(words, slots)):
        _strip(words, panels, s, one)
        deal(words, one, across, to + s * across * step, step)


def meet(words: int, item: int, _thread: int) -> None:
    """Multiply and add up one complex vector of all blocks at work, all channels and all filters."""
    vector, channels, filters = word(words, VECTOR), word(words, CHANNELS), word(words, FILTERS)
    x, w = (
        word(words, SPECTRA) + item * word(words, SPECTRA_STEP),
        word(words, W) + item * word(words, W_STEP),
    )
    to = word(words, PRODUCTS) + item // word(words, ACROSS) * word(words, STRIP)
    to += item % word(words, ACROSS) * vector
    all_filters, each = word(words, GROUPS) * filters, channels * vector
    for group in range(word(words, GROUPS)):
        for o in range(group * filters, (group + 1) * filters, TOGETHER):
            count = min(TOGETHER, (group + 1) * filters - o)
            for block in range(word(words, COUNT)):
                seen = x + block * word(words, READ) * vector + group * each
                made = to + (block * all_filters + o) * word(words, BLOCK)
                call(word(words, MEET), seen, w + o * each, each, channels, made, word(words, BLOCK), count)


def make(words: int, item: int, thread: int) -> None:
    """Make the outputs of one block of tiles, of those at work, and one filter."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    all_filters, passes = word(words, GROUPS) * word(words, FILTERS), word(words, ACROSS_PASSES)
    first = (word(words, FIRST) + item // all_filters) * word(words, STACK)
    slots = min(word(words, STACK), word(words, TILES) - first)
    for s in range(_filled(words, slots)):
        at = word(words, PRODUCTS) + item * word(words, BLOCK) + s * word(words, STRIP)
        back(words, passes, at, word(passes, 0))
        _panels(words, panels, s, at)
    _tiles_out(words, first, slots, item % all_filters, panels)


def filters(words: int, item: int, thread: int) -> None:
    """Transform one filter of one channel, as often as tiles are stacked."""
    panels = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    x, tall = word(words, X) + item * word(words, X_IMAGE), word(words, DOWN) * word(words, VECTOR)
    for panel in range(word(words, PANELS)):
        for slot in range(word(words, STACK)):
            _enter(words, x, 0, panel * word(words, LANES), panels + panel * word(words, PANEL) + slot * tall)
    one, to = panels + word(words, BLOCK), word(words, W) + item * word(words, W_ITEM)
    for s in range(_filled(words, word(words, STACK))):
        _strip(words, panels, s, one)
        deal(words, one, word(words, ACROSS), to + s * word(words, W_STRIP), word(words, W_STEP))
