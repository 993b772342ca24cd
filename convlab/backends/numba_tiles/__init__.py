"""numba-tiles: blocks of outputs that stay in registers for the length of their sums, in vector code of our own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import prod

import numpy as np

from convlab.backends.backend import Backend, Held
from convlab.backends.formula import formula
from convlab.backends.library import missing
from convlab.backends.numba_tiles import engines
from convlab.backends.tiles.gradients import TileGradients
from convlab.backends.work import Work, direct
from convlab.spec import ConvSpec


class NumbaTiles(TileGradients, Backend):
    """Register tiles over one or two axes: sliding down the rows of x for few filters, over all taps for many.

    `convlab.backends.tiles.rows` says why a tile is fast and what it looks like; `convlab.backends.tiles.bank` is
    the tile for many filters. Which of the two a spec gets depends on the filters of a group alone (`engines.is_many`).

    Notes
    -----
    Every output is one chain of fused multiply-adds in y's own dtype that begins at +0: channel after channel of its
    group, in each the remainders of the row and column stride (one, where the stride is 1), in each row after row of
    the filter, in each tap after tap. A bank goes through all taps of a channel in C order, which is the same where the
    stride is 1. Neither the machine nor its threads change that, so the bits are the same everywhere. float16 is
    computed as float32 and rounded once. Zeros around x are multiplied like any value, so an infinite or missing weight
    meets them. x is never copied as a whole: pieces at its border, and all where the stride is above 1, read copied
    lines that fit a cache.

    The vector code is LLVM's, numba's own compiler, called directly; numba itself is not started.

    A stack with the image index last, ``x.transpose(2, 0, 1)[:, None]``, is read as it is, and y made by `run` has the
    same order: its columns and images are one long axis, along which the vectors lie.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> NumbaTiles().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "numba-tiles"
    how = "register tiles"
    device = "cpu"
    family = "numba"
    imports = "llvmlite.binding"
    flips = "either"
    layout = "NC*, C*N"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = ""

    def unavailable(self) -> str | None:
        """Return a sentence when llvmlite, numba's own way to LLVM, is not installed."""
        return missing("llvmlite")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse three axes, and longdouble, for which no processor has vectors."""
        if spec.rank == 3:
            return "x has 3 spatial axes; these tiles slide over 1 or 2. numba-3d does this one."
        if spec.dtype == "longdouble":
            return (
                "This is longdouble; vector registers hold numbers up to float64. Convert x and w to float64."
            )
        return None

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the packed filters, what the threads copy of x, and for float16 x, w and y as float32."""
        if not prod(spec.y_shape) * spec.terms:
            return 0
        flat = _flat(spec)
        copies = (spec.x_shape, spec.w_shape, spec.y_shape) if spec.dtype == "float16" else ()
        return engines.filter_bytes(flat) + engines.scratch_bytes(flat) + 4 * sum(map(prod, copies))

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: G bytes of filters, and L that the threads copy of x."""
        if not prod(spec.y_shape) * spec.terms:
            return formula("0", spec)
        copies = " + (N·C·{in} + O·I·{taps} + N·O·{out})·4" if spec.dtype == "float16" else ""
        numbers = {"G": engines.filter_bytes(_flat(spec)), "L": engines.scratch_bytes(_flat(spec))}
        return formula(f"G + L{copies}", spec, **numbers)

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, in one call."""
        return direct(spec)

    def filter_bytes(self, spec: ConvSpec) -> int:
        """Return the filters as the tiles read them."""
        return engines.filter_bytes(_flat(spec)) if prod(spec.y_shape) * spec.terms else 0

    def plan(self, w: np.ndarray, spec: ConvSpec) -> Held:
        """Pack the filters into the order in which tiles read them."""
        if not prod(spec.y_shape) * spec.terms:
            return partial(_nothing, spec)
        flat = _flat(spec)
        return partial(_run, engines.prepare(np.asarray(_lifted(w, spec), flat.dtype), flat), spec)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Plan, and use the plan once."""
        return self.plan(w, spec)(x, out)


def _nothing(spec: ConvSpec, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return sums of nothing."""
    y = np.empty(spec.y_shape, spec.dtype) if out is None else out
    y[...] = 0
    return y


def _run(engine: engines.Engine, spec: ConvSpec, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Bring x and y to two axes and to a dtype that vectors have, and let the engine write y."""
    y = _like(x, spec) if out is None else out
    if spec.dtype == "float16":
        found = np.empty(spec.y_shape, np.float32)
        engine(_lifted(x.astype(np.float32), spec), _lifted(found, spec))
        y[...] = found
    else:
        engine(_lifted(x, spec), _lifted(y, spec))
    return y


def _like(x: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return a new y: in C order, or with the image index last where x has it last."""
    images, filters, *space = spec.y_shape
    if images > 1 and x.strides[0] == x.itemsize and x.strides[-1] == images * x.itemsize:
        return np.moveaxis(np.empty((filters, *space, images), spec.dtype), -1, 0)
    return np.empty(spec.y_shape, spec.dtype)


def _lifted(array: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return an array of one spatial axis as one of two, the first of length 1."""
    return array if spec.rank == 2 else array[:, :, None]


def _flat(spec: ConvSpec) -> ConvSpec:
    """Return a spec of two axes, in float32 or float64, that computes the same."""
    dtype = "float32" if spec.dtype == "float16" else spec.dtype
    if spec.rank == 2:
        return spec if dtype == spec.dtype else replace(spec, dtype=dtype)
    return replace(
        spec, x_shape=(*spec.x_shape[:2], 1, *spec.space), w_shape=(*spec.w_shape[:2], 1, *spec.taps),
        stride=(1, *spec.stride), dilation=(1, *spec.dilation), mode="valid" if spec.padding is None else "padded",
        padding=((0, 0), *spec.pads), dtype=dtype,
    )  # fmt: skip
