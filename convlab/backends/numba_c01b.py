"""numba-c01b: the images stand last, so that the innermost loop runs over them; the layout of cuda-convnet."""

from __future__ import annotations

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend
from convlab.backends.compiled import compiled
from convlab.backends.formula import formula
from convlab.backends.library import missing
from convlab.backends.work import Work, direct, operand_bytes
from convlab.operands import turned
from convlab.spec import ConvSpec, by

FILTERS = 16  # FilterActs gives every thread a fixed share of filters


class NumbaC01b(Backend):
    """Loops over arrays of shape (channels, rows, columns, images): one weight meets the same pixel of all images.

    On the GPU the images are what neighbouring threads compute at once, here what a processor's vector holds. The
    operands are copied into this layout and y back; with few images the innermost loop is short and all is lost.
    cuda-convnet is tuned for batches of a multiple of 128.

    Notes
    -----
    A. Krizhevsky's cuda-convnet (FilterActs, ImageActs, WeightActs) as Pylearn2 wraps it for Theano, with the limits
    that it checks. It takes float32 alone, this float64 too. The sum is kept in the dtype of the operands;
    positions outside x are left out. Memory: x, w and y once more.

    Examples
    --------
    >>> x, w = np.arange(8.0).reshape(2, 1, 2, 2), np.ones((16, 1, 2, 2))
    >>> NumbaC01b().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64"))[:, 0].ravel()
    array([ 6., 22.])
    """

    name = "numba-c01b"
    device = "cpu"
    family = "numba"
    flips = "never"
    layout = "CHWN"
    is_exact = True
    bound = "direct"
    spreads = "as defined"
    counterpart = "cuda-convnet's FilterActs"

    def unavailable(self) -> str | None:
        """Return a sentence when numba is not installed."""
        return missing("numba")

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse what FilterActs checks for and does not compute."""
        if reason := limits.axes(spec, "FilterActs", 2):
            return reason
        kept = (limits.floats, limits.dilation)
        said = limits.first(limit(spec, "FilterActs") for limit in kept)
        return said or _shapes(spec) or _channels(spec, "FilterActs", 2, 2)

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Refuse, beside that, the channels that ImageActs and WeightActs do not take."""
        acts = _channels(spec, "ImageActs", 2, 4) or _channels(spec, "WeightActs", 4, 4)
        return self.supports(spec) or acts

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the copies of x, w and y in the other layout."""
        return operand_bytes(spec)

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        return formula("(N·C·{in} + O·I·{taps} + N·O·{out})·{b}", spec)

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, in a loop over the images for each tap, and the copies."""
        return direct(spec, "O·I·{taps}·{out}", operand_bytes(spec))

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the copies of x, w and y in the other layout."""
        return self.workspace_bytes(spec)

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Copy x and the turned w into the layout, call the loops, copy y back."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        result = np.zeros(_images_last(spec.y_shape), spec.dtype)
        self._call(_filter_acts, _moved(x), _moved(turned(w, spec)), result, spec)
        y[...] = np.moveaxis(result, -1, 0)
        return y

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Hand dy back in the same layout, as ImageActs does."""
        dx = np.zeros(_images_last(spec.x_shape), spec.dtype)
        self._call(_image_acts, dx, _moved(turned(w, spec)), _moved(dy), spec)
        return np.ascontiguousarray(np.moveaxis(dx, -1, 0))

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Sum dy times x over the images in the same layout, as WeightActs does."""
        dw = np.zeros(_images_last(spec.w_shape), spec.dtype)
        self._call(_weight_acts, _moved(x), dw, _moved(dy), spec)
        return np.ascontiguousarray(turned(np.moveaxis(dw, -1, 0), spec))

    def _call(self, loops, x: np.ndarray, w: np.ndarray, y: np.ndarray, spec: ConvSpec) -> None:
        step, before = spec.stride[0], spec.pads[0][0]
        compiled(loops, SIGNATURES[loops], spec.dtype, self.name)(x, w, y, step, before, spec.groups)


def _shapes(spec: ConvSpec) -> str | None:
    """Say which shape, step or padding FilterActs has no loops for."""
    (kh, kw), (rows, columns), filters = spec.taps, spec.pads, spec.w_shape[0] // spec.groups
    if kh != kw:
        return f"The filter is {by(spec.taps)}; FilterActs wants square ones."
    if filters % FILTERS:
        each = " in each group" if spec.groups > 1 else ""
        return (
            f"w has {filters} filter{'s' * (filters != 1)}{each}; FilterActs wants a multiple of {FILTERS}."
        )
    if len(set(spec.stride)) > 1 or spec.stride[0] > kh:
        return f"The stride is {by(spec.stride)}; FilterActs has one for both axes, here of at most {kh}, the filter."
    if rows != columns or rows[0] != rows[1]:
        return f"The padding is {spec.pads}; FilterActs has one number for all four sides."
    if any(spec.leftover):
        return f"The stride leaves {by(spec.leftover)} of x unread; FilterActs wants all of it visited."
    return None


def _channels(spec: ConvSpec, who: str, of_all: int, of_group: int) -> str | None:
    """Say that the channels do not divide as the kernels share them out."""
    channels, reads = spec.x_shape[1], spec.w_shape[1]
    if spec.groups > 1:
        if reads % of_group == 0:
            return None
        return f"Each group has {reads} channel{'s' * (reads != 1)}; {who} wants a multiple of {of_group}."
    if 0 < channels <= 3 or (channels and channels % of_all == 0):
        return None
    return f"x has {channels} channels; {who} takes 1 to 3, or a multiple of {of_all}."


def _images_last(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[1:], shape[0])


def _moved(array: np.ndarray) -> np.ndarray:
    """Return (N, C, H, W) as (C, H, W, N), in one piece."""
    return np.require(np.moveaxis(array, 0, -1), requirements="CA")


def _filter_acts(x, w, y, step, before, groups):
    """Add to y (K, oh, ow, N) the cross-correlation of x (C, H, W, N) with w (C / groups, kh, kw, K)."""
    reads, kh, kw, filters = w.shape
    for k, i, j in np.ndindex(y.shape[:3]):
        first, total = k // (filters // groups) * reads, y[k, i, j]
        for c, p, q in np.ndindex(reads, kh, kw):
            h, v = i * step + p - before, j * step + q - before
            if h >= 0 and h < x.shape[1] and v >= 0 and v < x.shape[2]:
                weight, pixel = w[c, p, q, k], x[first + c, h, v]
                for n in range(total.size):
                    total[n] += weight * pixel[n]


def _image_acts(x, w, y, step, before, groups):
    """Add to x what y hands back through w."""
    reads, kh, kw, filters = w.shape
    for k, i, j in np.ndindex(y.shape[:3]):
        first, given = k // (filters // groups) * reads, y[k, i, j]
        for c, p, q in np.ndindex(reads, kh, kw):
            h, v = i * step + p - before, j * step + q - before
            if h >= 0 and h < x.shape[1] and v >= 0 and v < x.shape[2]:
                weight, pixel = w[c, p, q, k], x[first + c, h, v]
                for n in range(given.size):
                    pixel[n] += weight * given[n]


def _weight_acts(x, w, y, step, before, groups):
    """Add to w the products of y with the x that each weight met, over all images."""
    reads, kh, kw, filters = w.shape
    for k, i, j in np.ndindex(y.shape[:3]):
        first, given = k // (filters // groups) * reads, y[k, i, j]
        for c, p, q in np.ndindex(reads, kh, kw):
            h, v = i * step + p - before, j * step + q - before
            if h >= 0 and h < x.shape[1] and v >= 0 and v < x.shape[2]:
                pixel = x[first + c, h, v]
                total = w[c, p, q, k]
                for n in range(given.size):
                    total += pixel[n] * given[n]
                w[c, p, q, k] = total


def _signature(written):
    """Return the types of loops over x, w and y, each in one piece, that write one of them and read the others."""

    def types_of(types, number):
        arrays = [types.Array(number, 4, "C", readonly=at != written) for at in range(3)]
        return types.void(*arrays, types.intp, types.intp, types.intp)

    return types_of


SIGNATURES = {_filter_acts: _signature(2), _image_acts: _signature(0), _weight_acts: _signature(1)}
