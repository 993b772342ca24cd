"""numpy-corrmm and numpy-corr3dmm: the whole column matrix of one image at a time, and one matrix product each."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.taps import meetings
from convlab.backends.work import Work, column_passes, direct
from convlab.spec import ConvSpec


class _Correlation(Backend):
    """What both have in common; `rank` and `original` tell them apart.

    The column matrix has a row per channel and tap and a column per output position. It is made once and filled
    anew for every image, so that the memory depends neither on the number of images nor on that of filters. Its
    rows stand in the order of the filter as given: where the spec flips, the turn is in the order of copying.
    """

    device = "cpu"
    family = "numpy"
    flips = "never"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    rank: int
    original: str

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse another number of axes, and numbers that a matrix product of BLAS has not."""
        return limits.first((limits.axes(spec, self.original, self.rank), limits.floats(spec, self.original)))

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the column matrix: channels × taps × output positions, for one image."""
        return prod(_columns_shape(spec)) * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        return formula("C·{taps}·{out}·{b}", spec)

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, and for each image a copy per tap and one product."""
        moved = spec.x_shape[0] * column_passes(spec) * self.workspace_bytes(spec)
        return direct(spec, "N·{taps} + N", moved)

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Compute the gradients of all that it computes."""
        return self.supports(spec)

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the column matrix, and one image's share of dw."""
        return self.workspace_bytes(spec) + prod(spec.w_shape) * np.dtype(spec.dtype).itemsize

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Fill the columns from one image, multiply them by the filters into its y; next image."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        columns = np.zeros(_columns_shape(spec), spec.dtype)
        filters, matrix, taps = _filters(w, spec), _matrix(columns, spec), list(meetings(spec))
        for image, target in zip(x, y, strict=True):
            _fill(columns, image, taps)
            if target.flags.c_contiguous:
                np.matmul(filters, matrix, out=_by_group(target, spec))
            else:
                target[...] = np.matmul(filters, matrix).reshape(target.shape)
        return y

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Multiply each image's dy by the turned matrix of filters, and add the columns up where they came from."""
        dx, columns = np.zeros(spec.x_shape, spec.dtype), np.empty(_columns_shape(spec), spec.dtype)
        filters, matrix, taps = _filters(w, spec), _matrix(columns, spec), list(meetings(spec))
        for image, given in zip(dx, dy, strict=True):
            np.matmul(filters.swapaxes(1, 2), _by_group(given, spec), out=matrix)
            for tap, outputs, inputs in taps:
                image[(slice(None), *inputs)] += columns[(slice(None), *tap, *outputs)]
        return dx

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Add up, over the images, dy times the turned column matrix."""
        dw = np.zeros((spec.groups, spec.w_shape[0] // spec.groups, spec.terms), spec.dtype)
        columns = np.zeros(_columns_shape(spec), spec.dtype)
        matrix, taps = _matrix(columns, spec), list(meetings(spec))
        for image, given in zip(x, dy, strict=True):
            _fill(columns, image, taps)
            dw += np.matmul(_by_group(given, spec), matrix.swapaxes(1, 2))
        return dw.reshape(spec.w_shape)


class NumpyCorrMM(_Correlation):
    """The columns of an image in a matrix of shape (C·kh·kw, oh·ow), times the filters: one product per image.

    Zeros of the padding are written into the columns and multiplied like any value, so an infinite or NaN weight
    makes the border NaN, where the definition leaves the padding out.

    Notes
    -----
    What Caffe does, and after it Theano's GpuCorrMM; the CPU's CorrMM too, unless its flag openmp gives each
    thread such a matrix. Memory: ``C·kh·kw·oh·ow`` numbers beside x, w and y. What does not lie in one piece (w,
    or one image of y or dy) is copied besides, as GpuContiguous does.

    Examples
    --------
    >>> x, w = np.arange(6.0).reshape(1, 1, 2, 3), np.array([[[[1.0, 10.0]]]])
    >>> spec = ConvSpec(x.shape, w.shape, dtype="float64")
    >>> NumpyCorrMM().run(x, w, spec), NumpyCorrMM().workspace_bytes(spec)  # 2 taps × 4 positions × 8 bytes
    (array([[[[ 1., 12.],
             [34., 45.]]]]), 64)
    """

    name = "numpy-corrmm"
    layout = "NCHW"
    rank = 2
    original = "GpuCorrMM"
    counterpart = "Theano's GpuCorrMM"


class NumpyCorr3dMM(_Correlation):
    """The columns of a volume in a matrix of shape (C·kd·kh·kw, od·oh·ow), times the filters: `NumpyCorrMM` in 3-D.

    Notes
    -----
    Theano's GpuCorr3dMM and Corr3dMM. Memory: ``C·kd·kh·kw·od·oh·ow`` numbers beside x, w and y.

    Examples
    --------
    >>> x, w = np.arange(6.0).reshape(1, 1, 1, 2, 3), np.array([[[[[1.0, 10.0]]]]])
    >>> NumpyCorr3dMM().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).ravel()
    array([ 1., 12., 34., 45.])
    """

    name = "numpy-corr3dmm"
    layout = "NCDHW"
    rank = 3
    original = "GpuCorr3dMM"
    counterpart = "Theano's GpuCorr3dMM"


def _columns_shape(spec: ConvSpec) -> tuple[int, ...]:
    """Return the axes of the column matrix before they are merged: (C, *taps, *space of y)."""
    return (spec.x_shape[1], *spec.taps, *spec.y_shape[2:])


def _fill(columns: np.ndarray, image: np.ndarray, taps: list) -> None:
    """Copy one image into the columns (im2col); what padding leaves zero is zero for every image."""
    for tap, outputs, inputs in taps:
        columns[(slice(None), *tap, *outputs)] = image[(slice(None), *inputs)]


def _matrix(columns: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the columns as a view of shape (groups, terms, output positions)."""
    return columns.reshape(spec.groups, spec.terms, prod(spec.y_shape[2:]))


def _filters(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return w as a matrix per group, of shape (groups, filters of a group, terms)."""
    return w.reshape(spec.groups, spec.w_shape[0] // spec.groups, spec.terms)


def _by_group(image: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return one image of y or dy in the shape of the product: (groups, filters of a group, output positions)."""
    return image.reshape(spec.groups, spec.w_shape[0] // spec.groups, prod(spec.y_shape[2:]))
