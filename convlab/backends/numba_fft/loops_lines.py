"""The loops of numba-fft for one spatial axis: every lane is a tile of a signal, and there are no rows to transform."""

# isort: skip_file

from __future__ import annotations

from convlab.backends.numba_fft.loops import (
    BLOCK, BLOCKS, CHANNELS, COUNT, DOWN, DOWN_PASSES, FILTERS, FIRST, HEIGHT, KEPT_ROWS, LANES, LEAVE, LINE,
    MADE_ROWS, READ, ROW_TILES, SCRATCH, SCRATCH_BYTES, SIZE, SPECTRA, STACK, STEP_ROWS, TILES, TOP, TURN, VECTOR,
    W, X, X_CHANNEL, X_IMAGE, X_ROW, Y, Y_FILTER, Y_IMAGE, Y_ROW, clamped, deal, first_of, product, spread, there,
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


def _tiles_out(words, block, o, x, read, to, lines):
    """Make the outputs of the tiles of a block, of filter o, from the transforms of what it reads."""
    size, step, kept = word(words, SIZE), word(words, STEP_ROWS), word(words, KEPT_ROWS)
    w = word(words, W) + o * word(words, CHANNELS) * word(words, BLOCK)
    product(words, word(words, DOWN_PASSES), x, read, w, to)
    _turn_out(words, to, lines)
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


def alone(words: int, item: int, thread: int) -> None:
    """Make the outputs of one block of tiles and a channel that has a filter of its own: all of it in the cache."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    lines, channel, block = (
        panel + word(words, BLOCK),
        item // word(words, BLOCKS),
        item % word(words, BLOCKS),
    )
    _tiles_in(words, block, channel, lines, panel)
    _tiles_out(words, block, channel, panel, 1, panel, lines)


def bring(words: int, item: int, thread: int) -> None:
    """Transform one block of tiles of one channel, of the blocks that are at work."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    lines, read = panel + word(words, BLOCK), word(words, READ)
    block, channel = item // read, item % read
    _tiles_in(words, word(words, FIRST) + block, channel, lines, panel)
    to = word(words, SPECTRA) + block * read * word(words, BLOCK)
    deal(words, word(words, DOWN_PASSES), panel, to, read, channel)


def make(words: int, item: int, thread: int) -> None:
    """Make the outputs of one block of tiles and one filter; those of one filter follow each other."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    lines, block, o = panel + word(words, BLOCK), item % word(words, COUNT), item // word(words, COUNT)
    read = word(words, READ)
    x = word(words, SPECTRA) + block * read * word(words, BLOCK)
    x += first_of(words, word(words, DOWN_PASSES), o // word(words, FILTERS) * word(words, CHANNELS))
    _tiles_out(words, word(words, FIRST) + block, o, x, read, panel, lines)


def filters(words: int, item: int, thread: int) -> None:
    """Transform one filter of one channel, the same in all lanes."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    lines, channels, passes = panel + word(words, BLOCK), word(words, CHANNELS), word(words, DOWN_PASSES)
    for slot in range(word(words, LANES)):
        _line(words, word(words, X) + item * word(words, X_IMAGE), 0, lines + slot * word(words, LINE))
    _turn_in(words, lines, panel)
    there(words, passes, panel)
    to = word(words, W) + item // channels * channels * word(words, BLOCK)
    deal(words, passes, panel, to, channels, item % channels)
