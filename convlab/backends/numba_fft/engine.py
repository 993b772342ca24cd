"""A convolution by transforms with its filters held: tables for the loops, and the transforms of the filters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from math import prod

import numpy as np

from convlab.backends.library import spread
from convlab.backends.numba_fft import kernels, loops, loops_lines, roots
from convlab.backends.numba_fft.tiling import Tiling, item_bytes, tiling
from convlab.backends.tiles import machine, pool
from convlab.backends.tiles.launch import address, share
from convlab.backends.tiles.scratch import aligned, lines
from convlab.spec import ConvSpec

RING_BYTES = 1 << 22  # of filters that are laid out for their transform at a time
X_PLACES = [loops.X, loops.X_IMAGE, loops.X_CHANNEL, loops.X_ROW, loops.X_COLUMN]
Y_PLACES = [loops.Y, loops.Y_IMAGE, loops.Y_FILTER, loops.Y_ROW, loops.Y_COLUMN]


def planned(spec: ConvSpec) -> Tiling:
    """Return the tiling of a spec on this machine."""
    return tiling(spec, machine.width(computed(spec)))


def computed(spec: ConvSpec) -> str:
    """Return the dtype that is computed in."""
    return "float64" if spec.dtype == "float64" else "float32"


class Engine:
    """Transformed filters, and what makes y with them.

    Parameters
    ----------
    w : ndarray, shape spec.w_shape
    spec : ConvSpec
        Of one or two axes, in float32 or float64, with at least one value of x, w and y.
    """

    def __init__(self, w: np.ndarray, spec: ConvSpec) -> None:
        self.how = planned(spec)
        self._words = _words(self.how)
        self._memory = aligned(self.how.filter_bytes)
        self._w = address(self._memory)
        self._idle: list[np.ndarray] = []  # memory of callers that are not at work
        self._words[loops.W] = self._w
        self._transform(w)

    def __call__(self, x: np.ndarray, y: np.ndarray) -> None:
        """Write y; both have the dtype of the spec, and any strides."""
        how, jobs = self.how, loops if self.how.spec.rank == 2 else loops_lines
        with self._at_work() as words:
            words[X_PLACES], words[Y_PLACES] = (
                (address(x), *x.strides, 0)[:5],
                (address(y), *y.strides, 0)[:5],
            )
            if how.is_few:
                share(jobs.few, words, how.blocks * how.spec.groups)
                return
            for first in range(0, how.blocks, how.at_once):
                count = min(how.at_once, how.blocks - first)
                words[loops.FIRST], words[loops.COUNT] = first, count
                share(jobs.bring, words, count * how.spec.x_shape[1])
                share(loops.meet, words, how.vectors)
                share(jobs.make, words, count * how.spec.w_shape[0])

    def _transform(self, w: np.ndarray) -> None:
        """Transform the filters, some at a time."""
        how, spec = self.how, self.how.spec
        taps = spread(w, spec).reshape(-1, *spec.extent)
        taps = taps[(slice(None), *[slice(None, None, -1)] * spec.rank)] if spec.flip else taps
        points, step = (how.rows.points, how.columns.points), rings(how)
        job = loops.filters if spec.rank == 2 else loops_lines.filters
        with self._at_work() as words:
            words[[loops.HEIGHT, loops.WIDTH]] = points
            for first in range(0, len(taps), step):
                laid = ringed(taps[first : first + step], points)
                each, row, column = laid.strides
                words[X_PLACES] = address(laid), each, 0, row, column
                words[loops.W] = self._w + first * words[loops.W_ITEM]
                share(job, words, len(laid))

    @contextmanager
    def _at_work(self) -> Iterator[np.ndarray]:
        """Lend a table with memory to work in, which nobody else has meanwhile; it stays for the next caller."""
        try:
            held = self._idle.pop()
        except IndexError:  # the first caller, or all of it is in use
            held = aligned(working_bytes(self.how))
        words, at = self._words.copy(), address(held)
        words[loops.SPECTRA], words[loops.SCRATCH] = at, at + lines(self.how.shared_bytes)
        words[loops.PRODUCTS] = at + self.how.spectra_bytes
        yield words
        self._idle.append(held)


def working_bytes(how: Tiling) -> int:
    """Return the bytes of the transforms at hand, and of what each thread works in: it has a line of its own."""
    channels, filters = how.spec.x_shape[1], how.spec.w_shape[0]
    several = max(how.blocks * max(channels, filters), rings(how)) > 1
    return lines(how.shared_bytes) + lines(how.scratch_bytes) * (pool.threads() if several else 1)


def rings(how: Tiling) -> int:
    """Return how many filters, one for each channel, are laid out on their rings at a time."""
    each = how.rows.points * how.columns.points * item_bytes(how.spec)
    return min(prod(how.spec.w_shape[:2]), max(1, RING_BYTES // each))


def ring_bytes(how: Tiling) -> int:
    """Return the bytes of those rings, of the taps on their way there, and of the zeros between taps."""
    reach = prod(how.spec.extent)
    wide = prod(how.spec.w_shape[:2]) * reach * (how.spec.extent != how.spec.taps)
    return (rings(how) * (how.rows.points * how.columns.points + 2 * reach) + wide) * item_bytes(how.spec)


def ringed(taps: np.ndarray, points: tuple[int, int]) -> np.ndarray:
    """Return filters as values on a ring, tap by tap: tap d reaches forward, so it stands d before the beginning.

    What runs over the end of the first axis comes round with its sign changed, and so does what stands before its
    beginning. The transforms multiply everything by their number of values; that is divided out here.

    Parameters
    ----------
    taps : ndarray, shape (filters, rows) or (filters, rows, columns)
        As they are slid over x, turned no more.
    points : tuple of int

    Returns
    -------
    ndarray, shape (filters, *points)

    Examples
    --------
    >>> ringed(np.array([[2.0, 4.0, 6.0]]), (4, 1))[0, :, 0]
    array([ 1.,  0., -3., -2.])
    """
    taps = taps[..., None] if taps.ndim == 2 else taps
    found = np.zeros((len(taps), *points), taps.dtype)
    down, across = (-np.arange(n) % size for n, size in zip(taps.shape[1:], points, strict=True))
    signs = np.where(np.arange(len(down)) > 0, -2 / prod(points), 2 / prod(points)).astype(taps.dtype)
    found[:, down[:, None], across] = taps * signs[:, None]
    return found


def _words(how: Tiling) -> np.ndarray:
    """Return the table of a call but for its addresses."""
    spec, lanes = how.spec, how.lanes
    item, pair = item_bytes(spec), how.vector_bytes
    (top, _), (left, _) = (*spec.pads, (0, 0))[:2]
    (height, width), made, steps = (*spec.space, 1)[:2], (*spec.y_shape[2:], 1)[:2], (*spec.stride, 1)[:2]
    facts = {
        **dict(zip(loops.NAMES, kernels.addresses(computed(spec)))),
        "BLOCK": how.block_bytes, "SCRATCH_BYTES": lines(how.scratch_bytes),
        "STRIP": how.strip_bytes, "LINE": how.line_bytes, "SIZE": item, "LANES": lanes, "VECTOR": pair,
        "CHANNELS": spec.w_shape[1], "FILTERS": spec.w_shape[0] // spec.groups,
        "READ": spec.x_shape[1], "GROUPS": spec.groups,
        "SPECTRA_STEP": how.spectra_step, "W_STEP": pair if how.is_few else how.filter_step,
        "W_ITEM": how.block_bytes if how.is_few else pair,
        "W_STRIP": how.strip_bytes if how.is_few else how.columns.points * how.filter_step,
        "BLOCKS": how.blocks, "STACK": how.stack, "TILES": how.tiles,
        "ROW_TILES": how.rows.tiles, "COLUMN_TILES": how.columns.tiles,
        "HEIGHT": height, "WIDTH": width, "TOP": top, "LEFT": left, "MADE_ROWS": made[0], "MADE_COLUMNS": made[1],
        "KEPT_ROWS": how.rows.kept, "KEPT_COLUMNS": how.columns.kept, "STEP_ROWS": steps[0], "STEP_COLUMNS": steps[1],
        "DOWN": how.height,
        "ACROSS": how.columns.points if spec.rank == 2 else how.height,
        "PANELS": how.panels, "PANEL": how.strips * lanes * pair,
        "DOWN_PASSES": address(_passes(how.height, Fraction(1, 4), computed(spec))[0]),
        "ACROSS_PASSES": address(_passes(how.columns.points, Fraction(0), computed(spec))[0]),
    }  # fmt: skip
    return np.array([facts.get(name, 0) for name in loops.NAMES], np.int64)


@cache
def _passes(n: int, start: Fraction, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the table of the passes of a transform, and the twiddles that it has the addresses of; kept for good."""
    table, passes = roots.twiddles(n, start, dtype)
    at = address(table)
    found = [(radix, blocks, run, at + first * table.itemsize) for radix, blocks, run, first in passes]
    return np.array([len(found), *sum(found, ())], np.int64), table
