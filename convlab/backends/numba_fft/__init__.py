"""numba-fft: convolution by transforms of our own, in vector code, tile by tile in the cache, on all processors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend, Held
from convlab.backends.formula import formula
from convlab.backends.library import waste
from convlab.backends.numba_fft import engine, tiling
from convlab.backends.work import Work, transform_flops
from convlab.spec import ConvSpec, by

LONGEST = 1 << 14  # a longer filter leaves every cache, and tables of roots take longer than they save


class NumbaFft(Backend):
    """Transforms of tiles: there, times the filters' transforms summed over the channels, and back, tile by tile.

    Three things make it quicker than a library's transform. Real values need half of a complex transform, and get it
    without anything to unravel (`roots` says how). Every lane of a vector register is a transform of its own, first of
    columns, then of rows, so that nothing is shuffled but squares on the way between the two. And a tile stays in a
    cache from the moment it is read until its outputs are written (`tiling`), by one thread.

    Notes
    -----
    A transform mixes all values of a tile: the error of the largest reaches all of them, integers do not stay whole,
    and one NaN or infinity makes everything NaN that shares a transform with it. Tiles do not depend on the number of
    threads, nor do the bits of y. float16 is computed as float32 and rounded once.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> NumbaFft().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).round(9)
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "numba-fft"
    how = "own FFT, tile by tile"
    device = "cpu"
    family = "numba"
    imports = "llvmlite.binding"
    flips = "always"
    layout = "NC*"
    is_exact = False
    bound = "fft"
    spreads = "everywhere"
    counterpart = ""

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse three axes, longdouble, for which no processor has vectors, and filters longer than a ring may be."""
        if spec.rank == 3:
            return "x has 3 spatial axes; these transforms have 1 or 2. scipy-rfft transforms 3."
        if reason := limits.vectors(spec):
            return reason
        if max(spec.extent) > LONGEST:
            return (
                f"The filter reaches over {by(spec.extent)} values; a ring that stays in a cache takes up to {LONGEST} "
                "along an axis. scipy-rfft does this one."
            )
        return None

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say how many values of the transforms are dropped, and how many zeros the dilation adds."""
        if _is_nothing(spec):
            return None
        how = engine.planned(_part(spec))
        return waste(spec, (how.rows.points * how.rows.tiles, how.columns.points * how.columns.tiles))

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the transforms of the filters, what the threads work in, and for float16 x, w and y as float32."""
        if _is_nothing(spec):
            return 0
        how = engine.planned(_part(spec))
        copies = (spec.x_shape, spec.w_shape, spec.y_shape) if spec.dtype == "float16" else ()
        memory = how.filter_bytes + engine.working_bytes(how) + engine.ring_bytes(how)
        return memory + 4 * sum(map(prod, copies))

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: G bytes of filters, R of rings that they are laid out on, S to work in."""
        if _is_nothing(spec):
            return formula("0", spec)
        how = engine.planned(_part(spec))
        copies = " + (N·C·{in} + O·I·{taps} + N·O·{out})·4" if spec.dtype == "float16" else ""
        numbers = {"G": how.filter_bytes, "R": engine.ring_bytes(how), "S": engine.working_bytes(how)}
        return formula(f"G + R + S{copies}", spec, **numbers)

    def work(self, spec: ConvSpec) -> Work:
        """Return the transforms of all tiles and filters, and the products of those that meet."""
        if _is_nothing(spec):
            return Work(0, 0)
        how = engine.planned(_part(spec))
        points, parts, pairs = (how.rows.points, how.columns.points), len(_cuts(spec)), prod(spec.w_shape[:2])
        again = max(1, parts // spec.groups)  # how often a channel is transformed
        transforms = how.tiles * (again * spec.x_shape[1] + spec.w_shape[0]) + pairs
        flops = transforms * transform_flops(points) + 4 * prod(points) * how.tiles * pairs
        return Work(flops, 2 * parts, 0, "transforms of tiles and filters + their products", "parts of w")

    def filter_bytes(self, spec: ConvSpec) -> int:
        """Return the transforms of all filters."""
        if _is_nothing(spec):
            return 0
        return sum(engine.planned(_reduced(spec, *cut)).filter_bytes for cut in _cuts(spec))

    def plan(self, w: np.ndarray, spec: ConvSpec) -> Held:
        """Transform the filters."""
        return partial(_run, list(_engines(w, spec)), spec)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Transform so many filters at a time that they take little memory, and use each of them at once."""
        return _run(_engines(w, spec), spec, x, out)


def _run(
    engines: Iterable[tuple[slice, slice, engine.Engine]],
    spec: ConvSpec,
    x: np.ndarray,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Let every engine make its filters' part of y."""
    y = np.empty(spec.y_shape, spec.dtype) if out is None else out
    if _is_nothing(spec):
        y[...] = 0
        return y
    narrow = spec.dtype == "float16"
    seen, made = (x.astype("float32"), np.empty(spec.y_shape, "float32")) if narrow else (x, y)
    for channels, filters, one in engines:
        one(seen[:, channels], made[:, filters])
    if narrow:
        y[...] = made
    return y


def _engines(w: np.ndarray, spec: ConvSpec) -> Iterator[tuple[slice, slice, engine.Engine]]:
    """Yield channels, filters that read them, and an engine with these; one after the other."""
    if not _is_nothing(spec):
        w = w.astype("float32") if spec.dtype == "float16" else w
        for channels, filters in _cuts(spec):
            yield channels, filters, engine.Engine(w[filters], _reduced(spec, channels, filters))


@lru_cache(256)
def _cuts(spec: ConvSpec) -> list[tuple[slice, slice]]:
    """Return channels and filters that belong together, so few that the filters' transforms take little memory."""
    each, reads = spec.w_shape[0] // spec.groups, spec.w_shape[1]
    most = max(1, tiling.FILTER_BYTES * spec.w_shape[0] // engine.planned(_computed(spec)).filter_bytes)
    groups, some = max(1, most // each), min(most, each)
    found = []
    for first in range(0, spec.groups, groups):
        last = min(first + groups, spec.groups)
        channels = slice(first * reads, last * reads)
        if last - first > 1:
            found.append((channels, slice(first * each, last * each)))
        else:
            starts = range(first * each, last * each, some)
            found += [(channels, slice(start, min(start + some, last * each))) for start in starts]
    return found


def _reduced(spec: ConvSpec, channels: slice, filters: slice) -> ConvSpec:
    """Return the spec of some channels and filters."""
    reads, makes = channels.stop - channels.start, filters.stop - filters.start
    return replace(
        _computed(spec),
        x_shape=(spec.x_shape[0], reads, *spec.space),
        w_shape=(makes, *spec.w_shape[1:]),
        groups=reads // spec.w_shape[1],
    )


def _computed(spec: ConvSpec) -> ConvSpec:
    return replace(spec, dtype=engine.computed(spec))


def _part(spec: ConvSpec) -> ConvSpec:
    """Return the spec of what `run` holds of the filters at a time."""
    return _reduced(spec, *_cuts(spec)[0])


def _is_nothing(spec: ConvSpec) -> bool:
    return not prod(spec.y_shape) * spec.terms
