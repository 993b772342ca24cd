"""The loops of numba-fft for one spatial axis: every lane is a tile of a signal, and there are no rows to transform."""

# isort: skip_file

from __future__ import annotations

from convlab.backends.numba_fft.loops import (
    BLOCK, BLOCKS, CHANNELS, DOWN, DOWN_PASSES, FILTERS, HEIGHT, KEPT_ROWS, LANES, LEAVE, LINE, MADE_ROWS, ROW_TILES,
    SCRATCH, SCRATCH_BYTES, SIZE, STACK, STEP_ROWS, TILES, TOP, TURN, VECTOR, W, X, X_CHANNEL, X_IMAGE, X_ROW,
    Y, Y_FILTER, Y_IMAGE, Y_ROW, clamped, product, spread, there,
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


def signals(words: int, item: int, thread: int) -> None:
    """Make the outputs of one block of tiles and one group."""
    panel = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    spectra = panel + word(words, BLOCK)
    channels, filters = word(words, CHANNELS), word(words, FILTERS)
    lines = spectra + channels * word(words, BLOCK)
    group, first = item // word(words, BLOCKS), item % word(words, BLOCKS) * word(words, STACK)
    slots, count = min(word(words, STACK), word(words, TILES) - first), word(words, ROW_TILES)
    passes, step, kept = word(words, DOWN_PASSES), word(words, STEP_ROWS), word(words, KEPT_ROWS)
    w = word(words, W) + group * filters * channels * word(words, BLOCK)
    for c in range(channels):
        for slot in range(slots):
            x = word(words, X) + (first + slot) // count * word(words, X_IMAGE)
            x += (group * channels + c) * word(words, X_CHANNEL)
            row = (first + slot) % count * kept * step - word(words, TOP)
            _line(words, x, row, lines + slot * word(words, LINE))
        _turn_in(words, lines, spectra + c * word(words, BLOCK))
        there(words, passes, spectra + c * word(words, BLOCK))
    for o in range(filters):
        product(words, passes, spectra, w + o * channels * word(words, BLOCK), panel)
        _turn_out(words, panel, lines)
        for slot in range(slots):
            row = (first + slot) % count * kept
            y = word(words, Y) + (first + slot) // count * word(words, Y_IMAGE) + row * word(words, Y_ROW)
            y += (group * filters + o) * word(words, Y_FILTER)
            rows = min(kept, word(words, MADE_ROWS) - row)
            source = lines + slot * word(words, LINE)
            if step == 1 and word(words, Y_ROW) == word(words, SIZE):
                _copy(words, source, word(words, SIZE), y, rows)
            else:
                spread(words, source, step * word(words, SIZE), rows, y, word(words, Y_ROW))


def filters(words: int, item: int, thread: int) -> None:
    """Transform one filter, the same in all lanes."""
    lines = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    for slot in range(word(words, LANES)):
        _line(words, word(words, X) + item * word(words, X_IMAGE), 0, lines + slot * word(words, LINE))
    to = word(words, W) + item * word(words, BLOCK)
    _turn_in(words, lines, to)
    there(words, word(words, DOWN_PASSES), to)
