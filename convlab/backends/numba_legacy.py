"""numba-legacy: one output at a time, in the order in which one says it; what the others are measured against."""

from __future__ import annotations

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend
from convlab.backends.compiled import compiled
from convlab.backends.formula import formula
from convlab.backends.library import missing, unturned
from convlab.spec import ConvSpec


class NumbaLegacy(Backend):
    """The plain loop, compiled: images, filters, rows, columns, and inside them channels and taps, in one sum.

    One thread, no copy of anything, no memory beside the operands; every value of x is fetched again for every tap
    and every filter. That is what Theano ran before there was a matrix product to call, on the CPU (ConvOp, whose
    loops it unrolled) and, one thread per output, on the GPU.

    Notes
    -----
    The sum is kept in the dtype of the operands, as there. Positions outside x are left out.

    Examples
    --------
    >>> x, w = np.arange(6.0).reshape(1, 1, 2, 3), np.array([[[[1.0, 10.0]]]])
    >>> NumbaLegacy().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))
    array([[[[ 1., 12.],
             [34., 45.]]]])
    """

    name = "numba-legacy"
    device = "cpu"
    family = "numba"
    flips = "always"
    layout = "NCHW"
    is_exact = True
    bound = "direct"
    spreads = "as defined"
    counterpart = "Theano's ConvOp"

    def unavailable(self) -> str | None:
        """Return a sentence when numba is not installed."""
        return missing("numba")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse what ConvOp has no loop for."""
        return limits.convop(spec)

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Refuse, beside that, the steps for which ConvOp refuses its gradient."""
        return limits.convop_gradients(spec)

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return 0: the legacy code is slower, but takes no extra memory."""
        return 0

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return "0 B"."""
        return formula("0", spec)

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return 0, as `workspace_bytes`."""
        return 0

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Call the loops, with a filter that the flip makes the one that the spec slides."""
        y = out if out is not None and out.flags.aligned else np.empty(spec.y_shape, spec.dtype)
        self._call(_forward, x, unturned(w, spec), y, spec)
        if out is None or y is out:
            return y
        out[...] = y
        return out

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Hand every dy back to the x that its window read."""
        dx = np.zeros(spec.x_shape, spec.dtype)
        self._call(_scatter, dx, unturned(w, spec), dy, spec)
        return dx

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Collect, for every weight, dy times the x that it met."""
        dw = np.zeros(spec.w_shape, spec.dtype)
        self._call(_collect, x, unturned(dw, spec), dy, spec)
        return dw

    def _call(self, loops, x: np.ndarray, w: np.ndarray, y: np.ndarray, spec: ConvSpec) -> None:
        """Call loops on x, w and y, whichever of them they write."""
        x, w, y = (array if array.flags.aligned else array.copy() for array in (x, w, y))
        before = tuple(lo for lo, _ in spec.pads)
        compiled(loops, SIGNATURES[loops], spec.dtype, self.name)(x, w, y, spec.stride, before)


def _forward(x, w, y, stride, before):
    """Write into y the convolution of x with w, one output after the other."""
    channels, rows, columns = x.shape[1:]
    kh, kw = w.shape[2:]
    for n, o, i, j in np.ndindex(y.shape):
        total = y.dtype.type(0)
        for c in range(channels):
            for p in range(kh):
                h = i * stride[0] + p - before[0]
                if h < 0 or h >= rows:
                    continue
                for q in range(kw):
                    v = j * stride[1] + q - before[1]
                    if v >= 0 and v < columns:
                        total += x[n, c, h, v] * w[o, c, kh - 1 - p, kw - 1 - q]
        y[n, o, i, j] = total


def _scatter(dx, w, dy, stride, before):
    """Add to dx, for one value of dy after the other, what its window hands back."""
    channels, rows, columns = dx.shape[1:]
    kh, kw = w.shape[2:]
    for n, o, i, j in np.ndindex(dy.shape):
        given = dy[n, o, i, j]
        for c in range(channels):
            for p in range(kh):
                h = i * stride[0] + p - before[0]
                if h < 0 or h >= rows:
                    continue
                for q in range(kw):
                    v = j * stride[1] + q - before[1]
                    if v >= 0 and v < columns:
                        dx[n, c, h, v] += given * w[o, c, kh - 1 - p, kw - 1 - q]


def _collect(x, dw, dy, stride, before):
    """Write into dw, one weight after the other, the sum of dy times the x that it met."""
    rows, columns = x.shape[2:]
    kh, kw = dw.shape[2:]
    for o, c, p, q in np.ndindex(dw.shape):
        total = dw.dtype.type(0)
        for n in range(dy.shape[0]):
            for i in range(dy.shape[2]):
                h = i * stride[0] + p - before[0]
                if h < 0 or h >= rows:
                    continue
                for j in range(dy.shape[3]):
                    v = j * stride[1] + q - before[1]
                    if v >= 0 and v < columns:
                        total += x[n, c, h, v] * dy[n, o, i, j]
        dw[o, c, kh - 1 - p, kw - 1 - q] = total


def _signature(written):
    """Return the types of loops over x, w and y that write one of them and read the others, of any strides."""

    def types_of(types, number):
        arrays = [types.Array(number, 4, "A", readonly=at != written) for at in range(3)]
        pair = types.UniTuple(types.intp, 2)
        return types.void(*arrays, pair, pair)

    return types_of


SIGNATURES = {_forward: _signature(2), _scatter: _signature(0), _collect: _signature(1)}
