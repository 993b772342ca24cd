"""numba-direct: the definition's loops, ordered for a processor and compiled by numba."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from types import ModuleType

import numpy as np

from convlab.backends.backend import Backend
from convlab.backends.compiled import compiled
from convlab.backends.formula import formula
from convlab.backends.library import missing
from convlab.backends.numba_direct import loops
from convlab.backends.work import Work, direct
from convlab.operands import lifted, turned
from convlab.spec import ConvSpec


class NumbaDirect(Backend):
    """Loops over taps with a whole row of outputs inside, so that neighbouring outputs are computed at once.

    One row of x is read into float64 and met by every filter and tap that needs it; the sums of one output row
    of all filters of a group wait in float64 until they are complete. Only positions inside x are touched, so
    no padded copy is made and infinity and NaN spread exactly as by the definition.

    Notes
    -----
    Every output is summed in one fixed order, that of the definition: channels, then the taps of the window in
    C order, in float64 without fused or reordered operations, and rounded to y's dtype once. One or two axes
    are lifted to three by axes of length 1. Compiled once per dtype (float16 is computed as float64) for
    arrays of any strides, and kept on disk where the package or the user's cache directory can be written.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> NumbaDirect().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "numba-direct"
    how = "the loops, compiled"
    device = "cpu"
    family = "numba"
    flips = "either"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "as defined"
    counterpart = ""

    def unavailable(self) -> str | None:
        """Return a sentence when numba is not installed."""
        return missing("numba")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse longdouble, which numba cannot compile."""
        if spec.dtype == "longdouble":
            return "This is longdouble; numba compiles numbers up to float64. Convert x and w to float64."
        return None

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return one row of x and one row of sums per filter of a group; for float16, copies of x, w and y too."""
        row = spec.padded[-1] + spec.stride[-1]
        sums = spec.w_shape[0] // spec.groups * spec.y_shape[-1]
        copies = (spec.x_shape, spec.w_shape, spec.y_shape) if spec.dtype == "float16" else ()
        return 8 * (row + sums + sum(map(prod, copies)))

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        copies = " + N·C·{in} + O·I·{taps} + N·O·{out}" if spec.dtype == "float16" else ""
        filters = f"O/{spec.groups}" if spec.groups > 1 else "O"
        return formula(f"8·(Wp + s + Wo·{filters}{copies})", spec, s=spec.stride[-1])

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, in a loop per row of outputs for each tap."""
        return direct(spec, f"N·O·I·{{taps}}·{prod(spec.y_shape[2:-1])}")

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Refuse what `supports` refuses."""
        return self.supports(spec)

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return a line of dx per channel of a group; for dw a line of x, its sums, and dy in float64."""
        inputs, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
        row = spec.space[-1] + spec.pads[-1][0] + spec.stride[-1]
        dx = inputs * row + spec.y_shape[-1]
        dw = row + prod(spec.y_shape) + filters * spec.taps[-1] * min(spec.y_shape[-1], loops.LANES)
        copies = (spec.x_shape, spec.w_shape, spec.y_shape) if spec.dtype == "float16" else ()
        return 8 * (max(dx, dw) + sum(map(prod, copies)))

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Lift the operands to three axes and call the compiled loops."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        return _run(loops.forward, x, turned(w, spec), y, spec)

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Hand every value of dy back to the inputs that its window read, one line of dx at a time."""
        return _run(loops.dgrad, dy, turned(w, spec), np.empty(spec.x_shape, spec.dtype), spec)

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Add up x times dy for every weight, one line of x at a time."""
        dw = np.empty(spec.w_shape, spec.dtype)
        _run(loops.wgrad, x, dy, turned(dw, spec), spec)
        return dw


def _run(function: Callable, a: np.ndarray, b: np.ndarray, out: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Call loops that read a and b and write out, all lifted to three axes and in a dtype that numba knows."""
    dtype = "float32" if spec.dtype == "float32" else "float64"
    a, b = (np.require(lifted(array), dtype, "A") for array in (a, b))
    result = out if out.dtype == dtype and out.flags.aligned else np.empty(out.shape, dtype)
    ones = (1,) * (3 - spec.rank)
    before = (0,) * len(ones) + tuple(lo for lo, _ in spec.pads)
    ready = compiled(function, signature, dtype, NumbaDirect.name)
    ready(a, b, lifted(result), ones + spec.stride, ones + spec.dilation, before, spec.groups)
    if result is not out:
        out[...] = result
    return out


def signature(types: ModuleType, number: object) -> object:
    """Return the types of the loops' arguments: arrays of five axes and any strides, the first two only read."""
    read, three = types.Array(number, 5, "A", readonly=True), types.UniTuple(types.intp, 3)
    return types.void(read, read, types.Array(number, 5, "A"), three, three, three, types.intp)
