"""The loops of numba-fft for one spatial axis: every lane is a tile of a signal, and there are no rows to transform."""

# isort: skip_file

from __future__ import annotations

from convlab.backends.numba_fft.loops import (
    BLOCK, BLOCKS, CHANNELS, DOWN, DOWN_PASSES, FILTERS, FIRST, GROUPS, HEIGHT, KEPT_ROWS, LANES, LEAVE, LINE,
    MADE_ROWS, PRODUCTS, READ, ROW_TILES, SCRATCH, SCRATCH_BYTES, SIZE, SPECTRA, SPECTRA_STEP, STACK, STEP_ROWS, STRIP,
    TILES, TOP, TURN, VECTOR, W, W_ITEM, W_STEP, X, X_CHANNEL, X_IMAGE, X_ROW, Y, Y_FILTER, Y_IMAGE, Y_ROW, back,
    clamped, deal, product, spread, there,
)  # fmt: skip
from convlab.backends.tiles.memory import call, clear, word


def _line(words, x, row, to):
    """Copy a tile of a signal that begins at a place of x, which may be negative: zeros where x has ended."""
    size, points = word(words, SIZE), 2 * word(words, DOWN)
    before = clamped(-row, 0, points)
    stop = clamped(word(words, HEIGHT) - row, before, points)
    clear(to, before * size)
    clear(to + stop * size, (points - stop) * size)
    source = x + (row + before) * word(words, X_ROW)
    _copy(words, source, word(words, X_ROW), to + before * size, stop - before)


def _copy(words, at, step, to, count):
    """Copy numbers from every `step` bytes, by vectors where they stand side by side."""
    size, lanes = word(words, SIZE), word(words, LANES)
    if step == size:
        whole, each = count // lanes, lanes * size
        call(word(words, LEAVE), at, each, whole, to, each, lanes)
        call(word(words, LEAVE), at + whole * each, 0, 1, to + whole * each, 0, count - whole * lanes)
    else:
        spread(words, at, step, count, to, size)


def _turn_in(words, lines, to):
    """Turn tiles that lie below each other into lanes: their first halves are real parts, their second imaginary."""
    size, lanes, vector, down = word(words, SIZE), word(words, LANES), word(words, VECTOR), word(words, DOWN)
    squares = (down + lanes - 1) // lanes
    for half in range(2):
        source = lines + half * down * size
        part = to + half * (vector // 2)
        call(
            word(words, TURN), source, word(words, LINE), lanes * size, part, vector, lanes * vector, squares
        )


def _turn_out(words, at, lines):
    """Turn lanes into tiles below each other; the halves in this order, for squares reach beyond the first."""
    size, lanes, vector, down = word(words, SIZE), word(words, LANES), word(words, VECTOR), word(words, DOWN)
    squares = (down + lanes - 1) // lanes
    for half in range(2):
        part, to = at + half * (vector // 2), lines + half * down * size
        call(word(words, TURN), part, vector, lanes * vector, to, word(words, LINE), lanes * size, squares)


def _tiles_in(words, block, channel, lines, to):
    """Bring in the tiles of a block, of one channel, and transform them."""
    first, count = block * word(words, STACK), word(words, ROW_TILES)
    for tile in range(first, min(first + word(words, STACK), word(words, TILES))):
        x = word(words, X) + tile // count * word(words, X_IMAGE) + channel * word(words, X_CHANNEL)
        row = tile % count * word(words, KEPT_ROWS) * word(words, STEP_ROWS) - word(words, TOP)
        _line(words, x, row, lines + (tile - first) * word(words, LINE))
    _turn_in(words, lines, to)
    there(words, word(words, DOWN_PASSES), to)


def _tiles_out(words, block, o, at, lines):
    """Write the outputs of the tiles of a block, of filter o, which are transformed back."""
    size, step, kept = word(words, SIZE), word(words, STEP_ROWS), word(words, KEPT_ROWS)
    _turn_out(words, at, lines)
    first, count = block * word(words, STACK), word(words, ROW_TILES)
    for tile in range(first, min(first + word(words, STACK), word(words, TILES))):
        row = tile % count * kept
        y = word(words, Y) + tile // count * word(words, Y_IMAGE) + o * word(words, Y_FILTER)
        y += row * word(words, Y_ROW)
        rows, source = min(kept, word(words, MADE_ROWS) - row), lines + (tile - first) * word(words, LINE)
        if step == 1 and word(words, Y_ROW) == size:
            _copy(words, source, size, y, rows)
        else:
            spread(words, source, step * size, rows, y, word(words, Y_ROW))


def few(words: int, item: int, thread: int) -> None:
    """Make all outputs of one block of tiles and one group, whose few channels stay in the cache."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    channels, filters, block = word(words, CHANNELS), word(words, FILTERS), item % word(words, BLOCKS)
    lines, group = panel + word(words, BLOCK), item // word(words, BLOCKS)
    x, w = lines + word(words, STRIP), word(words, W) + group * filters * channels * word(words, BLOCK)
    for c in range(channels):
        _tiles_in(words, block, group * channels + c, lines, x + c * word(words, BLOCK))
    for o in range(filters):
        product(words, word(words, DOWN_PASSES), x, w, panel)
        _tiles_out(words, block, group * filters + o, panel, lines)
        w += channels * word(words, BLOCK)


def bring(words: int, item: int, thread: int) -> None:
    """Transform one block of tiles of one channel, of the blocks that are at work."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    block, channel = word(words, FIRST) + item // word(words, READ), item % word(words, READ)
    _tiles_in(words, block, channel, panel + word(words, BLOCK), panel)
    to = word(words, SPECTRA) + item * word(words, VECTOR)
    deal(words, panel, word(words, DOWN), to, word(words, SPECTRA_STEP))


def make(words: int, item: int, thread: int) -> None:
    """Make the outputs of one block of tiles, of those at work, and one filter."""
    lines = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES) + word(words, BLOCK)
    all_filters, passes = word(words, GROUPS) * word(words, FILTERS), word(words, DOWN_PASSES)
    at = word(words, PRODUCTS) + item * word(words, BLOCK)
    back(words, passes, at, word(passes, 0))
    _tiles_out(words, word(words, FIRST) + item // all_filters, item % all_filters, at, lines)


def filters(words: int, item: int, thread: int) -> None:
    """Transform one filter of one channel, the same in all lanes."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    lines = panel + word(words, BLOCK)
    for slot in range(word(words, LANES)):
        _line(words, word(words, X) + item * word(words, X_IMAGE), 0, lines + slot * word(words, LINE))
    _turn_in(words, lines, panel)
    there(words, word(words, DOWN_PASSES), panel)
    to = word(words, W) + item * word(words, W_ITEM)
    deal(words, panel, word(words, DOWN), to, word(words, W_STEP))
