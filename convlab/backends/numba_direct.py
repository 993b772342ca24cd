"""numba-direct: the definition's loops, ordered for a processor and compiled by numba."""

from __future__ import annotations

from functools import cache

import numpy as np

from convlab.backends.backend import Backend
from convlab.backends.library import missing
from convlab.errors import Unavailable
from convlab.operands import turned
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
    device = "cpu"
    family = "numba"
    flips = "either"
    layout = "NC*"
    is_exact = True
    bound = "direct"
    spreads = "as defined"
    counterpart = "Theano's ConvOp"

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
        return 8 * (row + sums + sum(int(np.prod(shape)) for shape in copies))

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Lift the operands to three axes and call the compiled loops."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        dtype = "float32" if spec.dtype == "float32" else "float64"
        x, w = (np.require(_lifted(array), dtype, "A") for array in (x, turned(w, spec)))
        result = y if y.dtype == dtype and y.flags.aligned else np.empty(spec.y_shape, dtype)
        ones = (1,) * (3 - spec.rank)
        before = (0,) * len(ones) + tuple(lo for lo, _ in spec.pads)
        loops = _compiled(dtype)
        loops(x, w, _lifted(result), ones + spec.stride, ones + spec.dilation, before, spec.groups)
        if result is not y:
            y[...] = result
        return y


def _lifted(array: np.ndarray) -> np.ndarray:
    """Return a view with three spatial axes, of length 1 where the array has none."""
    return array[(slice(None), slice(None), *[None] * (5 - array.ndim))]


@cache
def _compiled(dtype: str):
    """Return the loops compiled for one dtype, for arrays of any strides, from disk if they are there."""
    try:
        from numba import njit, types
    except ImportError as error:
        raise Unavailable(
            "Asked for numba-direct.",
            f"numba does not start: {error}.",
            "Use numpy-im2col, or reinstall numba.",
        ) from error
    number = getattr(types, dtype)
    read = types.Array(number, 5, "A", readonly=True)
    three = types.UniTuple(types.intp, 3)
    signature = types.void(read, read, types.Array(number, 5, "A"), three, three, three, types.intp)
    try:
        return njit(signature, nogil=True, cache=True)(_loops)
    except (RuntimeError, OSError):  # no directory that can be written: compile for this process only
        return njit(signature, nogil=True)(_loops)


def _loops(x, w, y, stride, dilation, before, groups):
    """Write the cross-correlation of x (N, C, D, H, W) with w (O, I, kd, kh, kw) into y, all of three axes."""
    inputs, kd, kh, kw = w.shape[1:]
    depth, height, width = x.shape[2:]
    step, zeros = stride[2], before[2]
    filters = w.shape[0] // groups
    sums = np.empty((filters, y.shape[4]))
    row = np.empty((step, (width + zeros) // step + 1))  # every step-th value in one line, for the inner loop
    for n, g, i, j in np.ndindex(y.shape[0], groups, y.shape[2], y.shape[3]):
        sums[:] = 0.0
        for c, p, q in np.ndindex(inputs, kd, kh):
            d = i * stride[0] + p * dilation[0] - before[0]
            h = j * stride[1] + q * dilation[1] - before[1]
            if d < 0 or d >= depth or h < 0 or h >= height:
                continue
            for phase in range(step):
                start = (phase - zeros) % step
                line, given = row[phase, (start + zeros) // step :], x[n, g * inputs + c, d, h, start::step]
                for k in range(given.size):
                    line[k] = given[k]
            for r in range(kw):
                shift = r * dilation[2]
                first = max(0, -((shift - zeros) // step))  # the outputs whose tap r stands inside x
                last = max(first, min(y.shape[4], (width - 1 - shift + zeros) // step + 1))
                seen = row[shift % step, first + shift // step : last + shift // step]
                for o in range(filters):
                    weight, total = np.float64(w[g * filters + o, c, p, q, r]), sums[o, first:last]
                    for k in range(total.size):
                        total[k] += seen[k] * weight
        for o in range(filters):
            for k in range(y.shape[4]):
                y[n, g * filters + o, i, j, k] = sums[o, k]
