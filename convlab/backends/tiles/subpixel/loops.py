"""The loops around the tiles of dx, as plain functions: a frame of dy, and the phases of some rows of dx."""

from __future__ import annotations

from convlab.backends.tiles.plain import call, clear, copy, move, word

NAMES = (
    "TILE", "DY", "DY_IMAGE", "DY_FILTER", "DY_DEPTH", "DY_ROW", "DX", "DX_IMAGE", "DX_CHANNEL", "DX_DEPTH", "DX_ROW",
    "SIZE", "BYTES", "GROUPS", "FILTERS", "CHANNELS", "DEPTHS", "HIGH", "WIDE", "OUT_DEPTHS", "OUT_ROWS",
    "LOW_DEPTH", "LOW_ROW", "LOW_COLUMN", "FRAME_DEPTHS", "FRAME_ROWS", "FRAME_COLUMNS", "PITCH", "ROWS", "VECTORS",
    "STEP_DEPTH", "STEP_ROW", "STEP_COLUMN", "PHASES", "PHASE_TABLE", "SCRATCH", "SCRATCH_BYTES", "SUMS",
)  # fmt: skip
(
    TILE, DY, DY_IMAGE, DY_FILTER, DY_DEPTH, DY_ROW, DX, DX_IMAGE, DX_CHANNEL, DX_DEPTH, DX_ROW,
    SIZE, BYTES, GROUPS, FILTERS, CHANNELS, DEPTHS, HIGH, WIDE, OUT_DEPTHS, OUT_ROWS,
    LOW_DEPTH, LOW_ROW, LOW_COLUMN, FRAME_DEPTHS, FRAME_ROWS, FRAME_COLUMNS, PITCH, ROWS, VECTORS,
    STEP_DEPTH, STEP_ROW, STEP_COLUMN, PHASES, PHASE_TABLE, SCRATCH, SCRATCH_BYTES, SUMS,
) = range(len(NAMES))  # fmt: skip
RUN = 512  # terms in a chain at most: roundings that all lean to one side do not get further
PHASE = 80  # bytes of a line in the table of phases: ten words
(
    FIRST_DEPTH, FIRST_ROW, FIRST_COLUMN, COUNT_DEPTHS, COUNT_ROWS, COUNT_COLUMNS, TERMS, OFFSETS, WEIGHTS, NEXT_GROUP,
) = range(10)  # fmt: skip


def make(words: int, item: int, thread: int) -> None:
    """Make the inputs that some rows, and one depth, of every phase have in one image and group."""
    blocks = (word(words, OUT_ROWS) + word(words, ROWS) - 1) // word(words, ROWS)
    row, item = item % blocks * word(words, ROWS), item // blocks
    depth, item = item % word(words, OUT_DEPTHS), item // word(words, OUT_DEPTHS)
    group, image = item % word(words, GROUPS), item // word(words, GROUPS)
    frame = word(words, SCRATCH) + thread * word(words, SCRATCH_BYTES)
    dy = word(words, DY) + image * word(words, DY_IMAGE)
    _frame(words, frame, dy + group * word(words, FILTERS) * word(words, DY_FILTER), depth, row)
    dx = word(words, DX) + image * word(words, DX_IMAGE)
    dx += group * word(words, CHANNELS) * word(words, DX_CHANNEL)
    for p in range(word(words, PHASES)):
        phase = word(words, PHASE_TABLE) + p * PHASE
        into = dx + (word(phase, FIRST_DEPTH) + depth * word(words, STEP_DEPTH)) * word(words, DX_DEPTH)
        rows = word(phase, COUNT_ROWS) if depth < word(phase, COUNT_DEPTHS) else 0
        end = min(row + word(words, ROWS), rows)
        for r in range(row, end):
            line = into + (word(phase, FIRST_ROW) + r * word(words, STEP_ROW)) * word(words, DX_ROW)
            line += word(phase, FIRST_COLUMN) * word(words, SIZE)
            _line(
                words, phase, group, frame + (r - row) * word(words, PITCH), line, frame + word(words, SUMS)
            )


def _frame(words, frame, dy, depth, row):
    """Copy the lines of dy that are met, with zeros where dy has ended, so that every tap meets something.

    What stands before and after a line is 0 from the beginning.
    """
    size, pitch = word(words, SIZE), word(words, PITCH)
    before = max(0, -word(words, LOW_COLUMN))
    start = max(0, word(words, LOW_COLUMN))
    columns = max(0, min(word(words, WIDE) - start, word(words, FRAME_COLUMNS) - before))
    for o in range(word(words, FILTERS)):
        for d in range(word(words, FRAME_DEPTHS)):
            z = depth + word(words, LOW_DEPTH) + d
            for r in range(word(words, FRAME_ROWS)):
                y = row + word(words, LOW_ROW) + r
                if 0 <= z < word(words, DEPTHS) and 0 <= y < word(words, HIGH):
                    source = (
                        dy + o * word(words, DY_FILTER) + z * word(words, DY_DEPTH) + y * word(words, DY_ROW)
                    )
                    copy(frame + before * size, source + start * size, columns * size)
                else:
                    clear(frame, pitch)
                frame += pitch


def _line(words, phase, group, frame, line, sums):
    """Make one line of a phase, some vectors at a time, and put its values a stride apart."""
    width = word(words, BYTES) // word(words, SIZE)
    count, channels, size = word(phase, COUNT_COLUMNS), word(words, CHANNELS), word(words, SIZE)
    vectors = (count + width - 1) // width
    cuts = (vectors + word(words, VECTORS) - 1) // word(words, VECTORS)
    weights = word(phase, WEIGHTS) + group * word(phase, NEXT_GROUP)
    v = 0
    for cut in range(cuts):
        wide = (vectors - v + cuts - cut - 1) // (cuts - cut)
        for t in range(0, word(phase, TERMS), RUN):
            call(
                word(words, TILE), wide, frame + v * word(words, BYTES), word(phase, OFFSETS) + 8 * t,
                min(RUN, word(phase, TERMS) - t), weights + t * channels * size, sums, t > 0,
            )  # fmt: skip
        values = min(wide * width, count - v * width)
        step = word(words, STEP_COLUMN) * size
        for c in range(channels):
            target = line + c * word(words, DX_CHANNEL) + v * width * step
            _apart(target, step, sums + c * wide * word(words, BYTES), values, size)
        v += wide


def _apart(target, step, source, count, size):
    """Copy values that are neighbours to every so many bytes."""
    if step == size:
        copy(target, source, count * size)
    elif size == 4:
        for i in range(count):
            move(target + i * step, source + i * 4, 4)
    else:
        for i in range(count):
            move(target + i * step, source + i * 8, 8)
