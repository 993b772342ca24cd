"""dx of few channels: all phases of some rows at once, from a frame of dy that stays in the cache.

The first layer of a network reads 3 channels and has many filters, so its dx has many terms in a sum and only 3 sums
at each place. A bank of filters finds nobody there to share what it loads with; so a tile here is as narrow as there
are channels, and many vectors wide: with 3 channels and 7 vectors it loads 7 vectors of dy and 3 weights for 21
multiply-adds. A stride makes several phases (`convlab.phases`), and all of them read the same lines of dy: these are
copied once, with zeros around them, into a frame that the nearest caches hold, every phase is made of it, and the
values of a phase are put down a stride apart.

Every value of dx is a sum of chains of 512 fused multiply-adds that begin at +0: filter by filter, in each tap by tap
in C order of the phase's taps as they lie in w. No thread, tile or tail changes that order. The zeros of the frame are
terms as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convlab.backends.tiles import pool
from convlab.backends.tiles.launch import share
from convlab.backends.tiles.machine import assembled, registers, width
from convlab.backends.tiles.subpixel import loops
from convlab.backends.tiles.wgrad import computed, raised
from convlab.gradients import swapped_filters
from convlab.operands import lifted
from convlab.phases import Phase, dgrad_phases
from convlab.spec import ConvSpec

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

MOST_CHANNELS = 4
FRAME_BYTES = 3 << 17  # of dy, with all its filters: a good part of a second-level cache
MOST_BYTES = 1 << 22  # of a frame of one row of dx; with more, its phases are made one by one


def vectors(channels: int) -> int:
    """Return how many vectors a tile is wide: sums, vectors of dy and a weight fill the registers.

    Examples
    --------
    >>> vectors(3) in (3, 7)
    True
    """
    return min(8, (registers() - 1) // (channels + 1))


@cache
def tile(channels: int, dtype: str) -> int:
    """Return the address of the function that makes a tile of so many channels.

    Its arguments: how many vectors; where the first term of the first output stands; the address of a table of the
    distances of all terms from there, in bytes; how many terms; the weights, for each term one per channel; where the
    sums go, channel after channel; whether to add to what stands there (1) or not (0).
    """

    def write(lanes: Lanes, wide: ir.Value, *arguments: ir.Value) -> None:
        dy, offsets, terms, weights, sums, resume = arguments

        def body(count: int) -> Callable[[], None]:
            def term(_: ir.Value, carried: list) -> list:
                *totals, entry, weight = carried
                at = lanes.plus(dy, lanes.word(entry))
                seen = [lanes.load(lanes.plus(at, v * lanes.bytes)) for v in range(count)]
                for c in range(channels):
                    spread = lanes.broadcast(lanes.plus(weight, c * lanes.size))
                    for v in range(count):
                        totals[c * count + v] = lanes.fma(seen[v], spread, totals[c * count + v])
                return [*totals, lanes.plus(entry, 8), lanes.plus(weight, channels * lanes.size)]

            def tiled() -> None:
                start = [*[lanes.zero] * (channels * count), offsets, weights]
                totals = lanes.loop(terms, start, term)[:-2]
                places = [lanes.plus(sums, i * lanes.bytes) for i in range(len(totals))]
                former = [lanes.zero] * len(totals)
                former = lanes.loop(resume, former, lambda *_: [lanes.load(place) for place in places])
                for place, before, total in zip(places, former, totals, strict=True):
                    lanes.store(lanes.add(before, total), place)

            return tiled

        lanes.choose(wide, {count: body(count) for count in range(1, vectors(channels) + 1)})

    return assembled(f"narrow_{channels}", 7, dtype, write)


class Frame:
    """What of dy a block of dx needs, and the table of the phases: everything that depends on the spec alone.

    Parameters
    ----------
    spec : ConvSpec
        Of three axes, float32 or float64.
    """

    def __init__(self, spec: ConvSpec) -> None:
        self.spec, self.phases = spec, dgrad_phases(spec)
        self.item = np.dtype(spec.dtype).itemsize
        self.lanes = width(spec.dtype)
        channels = spec.w_shape[1]
        self.lows, self.reach, self.counts = [], [], []
        for axis in range(3):
            low, high = zip(*(self._met(phase, axis) for phase in self.phases), strict=True)
            self.lows.append(min(low))
            self.reach.append(max(high) - min(low) + 1)
            self.counts.append(max(phase.spec.y_shape[2 + axis] for phase in self.phases))
        columns = self.counts[2] + self.reach[2] - 1
        self.pitch = (-(-columns // self.lanes) + 1) * self.lanes * self.item
        line = spec.w_shape[0] // spec.groups * self.reach[0] * self.pitch
        self.rows = max(1, min(self.counts[1], FRAME_BYTES // line - self.reach[1] + 1))
        self.frame_rows, self.columns = self.rows + self.reach[1] - 1, columns
        self.frame_bytes = line * self.frame_rows
        self.scratch_bytes = self.frame_bytes + channels * vectors(channels) * self.lanes * self.item

    @staticmethod
    def _met(phase: Phase, axis: int) -> tuple[int, int]:
        """Return the first and the last value of dy that the first output of a phase meets, along an axis."""
        start, (before, _) = phase.outputs[axis].start, phase.spec.pads[axis]
        low = start - before
        return low, low + phase.spec.extent[axis] - 1

    def tables(self, w: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the table of phases, and the arrays that it points to."""
        swapped, groups = swapped_filters(w, self.spec), self.spec.groups
        lines, kept = [], []
        for phase, offsets in zip(self.phases, self.offsets, strict=True):
            part = swapped[(..., *phase.taps)]
            part = part.reshape(groups, -1, *part.shape[1:])  # group, channel, filter, taps
            weights = np.ascontiguousarray(np.moveaxis(part, 1, -1), self.spec.dtype)
            kept.append(weights)
            lines.append([
                *(inputs.start for inputs in phase.inputs), *phase.spec.y_shape[2:], offsets.size,
                offsets.ctypes.data, weights.ctypes.data, weights.nbytes // groups,
            ])  # fmt: skip
        return np.array(lines, np.int64), kept

    @cached_property
    def offsets(self) -> list[np.ndarray]:
        """The tables of terms, per phase."""
        return [self._offsets(phase) for phase in self.phases]

    def _offsets(self, phase: Phase) -> np.ndarray:
        """Return how far in the frame every term stands from where its output's frame begins, in bytes."""
        row = self.pitch
        depth = row * self.frame_rows
        steps, filters = (depth, row, self.item), phase.spec.w_shape[1]
        found = np.arange(filters, dtype=np.int64) * depth * self.reach[0]
        for axis in range(3):
            taps = np.arange(phase.spec.taps[axis], dtype=np.int64)
            places = taps[::-1] if phase.spec.flip else taps
            first = self._met(phase, axis)[0] - self.lows[axis]
            along = (first + places * phase.spec.dilation[axis]) * steps[axis]
            found = np.add.outer(found, along)
        return np.ascontiguousarray(found).ravel()


@lru_cache(256)
def framed(spec: ConvSpec) -> Frame:
    """Return the frame of a spec of float32 or float64; remembered."""
    return Frame(raised(spec))


def takes(spec: ConvSpec) -> bool:
    """Return whether dx of a spec is best made here: of few channels in each group, with a frame that fits a cache.

    A single channel without a stride is left to the tiles that slide over rows.

    Examples
    --------
    >>> takes(ConvSpec((1, 3, 224, 224), (64, 3, 7, 7), padding=3, stride=2))
    True
    >>> takes(ConvSpec((8, 64, 56, 56), (64, 64, 3, 3), padding=1))
    False
    """
    few, strided = 1 <= spec.w_shape[1] <= MOST_CHANNELS, max(spec.stride) > 1
    if not few or not (strided or spec.w_shape[1] > 1) or not prod(spec.y_shape):
        return False
    spec = computed(spec)
    return bool(dgrad_phases(spec)) and framed(spec).frame_bytes <= MOST_BYTES


def scratch_bytes(spec: ConvSpec) -> int:
    """Return the memory that `dgrad` takes beside dy, w and dx, where the columns of dy are neighbours, in bytes."""
    frame, item = framed(spec), np.dtype(spec.dtype).itemsize
    terms = sum(phase.spec.terms for phase in frame.phases)
    return (
        pool.threads() * frame.scratch_bytes + 8 * terms + item * prod(spec.w_shape) * (1 + (spec.groups > 1))
    )


def dgrad(dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the gradient of x, for a spec that `takes` takes.

    Parameters
    ----------
    dy, w : ndarray, shapes spec.y_shape and spec.w_shape
        Of any strides.
    spec : ConvSpec
        Of float32 or float64.

    Returns
    -------
    ndarray, shape spec.x_shape

    Examples
    --------
    >>> dy, w = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    >>> dgrad(dy, w, ConvSpec((1, 1, 6), w.shape, stride=2, flip=False, dtype="float64"))
    array([[[  1.,  10., 102.,  20., 200.,   0.]]])
    """
    made = sum(prod(phase.spec.y_shape[2:]) for phase in framed(spec).phases)
    dx = (np.empty if made == prod(spec.space) else np.zeros)(spec.x_shape, spec.dtype)
    write(dy, w, spec, dx)
    return dx


def write(dy: np.ndarray, w: np.ndarray, spec: ConvSpec, dx: np.ndarray) -> None:
    """Write the values of dx that a phase makes, into an array whose columns are neighbours; leave the others."""
    frame, dy = framed(spec), np.require(dy, spec.dtype, "A")
    if dy.strides[-1] != frame.item:
        dy = np.ascontiguousarray(dy)
    table, _kept = frame.tables(lifted(np.asarray(w)))
    scratch = np.zeros(pool.threads() * frame.scratch_bytes, np.uint8)  # and so it stays around lines
    y, x, three = lifted(dy), lifted(dx), frame.spec
    named = {
        "TILE": tile(spec.w_shape[1], spec.dtype), "DY": y.ctypes.data, "DX": x.ctypes.data,
        **dict(zip(("DY_IMAGE", "DY_FILTER", "DY_DEPTH", "DY_ROW"), y.strides)),
        **dict(zip(("DX_IMAGE", "DX_CHANNEL", "DX_DEPTH", "DX_ROW"), x.strides)),
        "SIZE": frame.item, "BYTES": frame.item * frame.lanes, "GROUPS": spec.groups,
        "FILTERS": spec.w_shape[0] // spec.groups, "CHANNELS": spec.w_shape[1],
        **dict(zip(("DEPTHS", "HIGH", "WIDE"), three.y_shape[2:])),
        **dict(zip(("OUT_DEPTHS", "OUT_ROWS"), frame.counts)),
        **dict(zip(("LOW_DEPTH", "LOW_ROW", "LOW_COLUMN"), frame.lows)),
        "FRAME_DEPTHS": frame.reach[0], "FRAME_ROWS": frame.frame_rows, "FRAME_COLUMNS": frame.columns,
        "PITCH": frame.pitch, "ROWS": frame.rows, "VECTORS": vectors(spec.w_shape[1]),
        **dict(zip(("STEP_DEPTH", "STEP_ROW", "STEP_COLUMN"), three.stride)),
        "PHASES": len(frame.phases), "PHASE_TABLE": table.ctypes.data, "SCRATCH": scratch.ctypes.data,
        "SCRATCH_BYTES": frame.scratch_bytes, "SUMS": frame.frame_bytes,
    }  # fmt: skip
    words = np.array([named[name] for name in loops.NAMES], np.int64)
    blocks = -(-frame.counts[1] // frame.rows)
    share(loops.make, words, spec.x_shape[0] * spec.groups * frame.counts[0] * blocks)
