"""numpy-conv3d2d: three axes by one convolution of two; the third is summed along diagonals of its result."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convlab.backends import limits
from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.library import unturned
from convlab.backends.work import Work
from convlab.errors import Unsupported
from convlab.operands import dtype_name, result_dtype
from convlab.spec import ConvSpec, mode_padding

MODES = ("valid", "full", "half")


class NumpyConv3d2d(Backend):
    """Every frame of a signal meets every slice of a filter in one 2-D convolution; what belongs together is added.

    Frame t of the output is the sum over j of frame t + Tf - 1 - j of the signal with slice j of the filter: the
    diagonals of a table of frames by slices, read through a view whose slice axis runs backwards in time. That is
    the flip of the third axis; the 2-D convolution makes the other two. It computes all frames with all slices,
    also those that no output needs.

    Parameters
    ----------
    inner : str, optional
        The backend that makes the 2-D convolution; numpy-im2col if none is given.

    Notes
    -----
    Theano's conv3d2d. Memory: the table, ``N·T·K·Tf·oh·ow`` numbers, and what the inner backend takes.

    Examples
    --------
    >>> x, w = np.arange(4.0).reshape(1, 1, 4, 1, 1), np.array([1.0, 10.0]).reshape(1, 1, 2, 1, 1)
    >>> NumpyConv3d2d().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).ravel()
    array([ 1., 12., 23.])
    """

    name = "numpy-conv3d2d"
    device = "cpu"
    family = "numpy"
    flips = "always"
    layout = "NTCHW"
    is_exact = True
    bound = "direct"
    spreads = "over added zeros"
    counterpart = "Theano's conv3d2d"

    def __init__(self, inner: str | None = None) -> None:
        self.inner = inner

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse steps, dilation, groups, and rows and columns that are padded in different modes."""
        who = "conv3d2d"
        kept = (limits.floats, limits.steps, limits.dilation, limits.groups)
        reason = limits.axes(spec, who, 3) or limits.first(limit(spec, who) for limit in kept)
        if reason:
            return reason
        if not limits.border(spec, MODES, slice(0, 1)):
            return f"The padding in time is {spec.pads[0]}; conv3d2d has valid, full and half."
        if not limits.border(spec, MODES, slice(1, 3)):
            return (
                f"The padding of rows and columns is {spec.pads[1:]}; conv3d2d has valid, full and half, "
                "the same for both."
            )
        return None

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Compute the gradients of all that it computes, where the inner backend has those of its part."""
        return self.supports(spec) or self._inside(spec).supports_gradients(inner_spec(spec))

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say how many planes are computed that no output adds."""
        frames, slices = spec.space[0], spec.taps[0]
        used = sum(
            sum(0 <= t + slices - 1 - j - spec.pads[0][0] < frames for j in range(slices))
            for t in range(spec.y_shape[2])
        )
        if used == frames * slices:
            return None
        return f"Computes {frames * slices} planes per image and filter to add {used}."

    def gradient_wastes(self, spec: ConvSpec) -> str | None:
        """Say the same: on the way back, the planes that no output adds are zeros."""
        return self.wastes(spec)

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the table, once more where time is padded, the copies in its layout, and the inner workspace."""
        copies = prod(spec.x_shape) + prod(spec.w_shape)
        items = (
            _table_items(spec, spec.space[0])
            + copies
            + bool(_zeros(spec)) * _table_items(spec, spec.padded[0])
        )
        return items * np.dtype(spec.dtype).itemsize + self._inside(spec).workspace_bytes(inner_spec(spec))

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters; i bytes are what the backend of the planes takes."""
        inner = self._inside(spec).workspace_bytes(inner_spec(spec))
        frames = "(D + Dp)" if _zeros(spec) else "D"
        letters = f"(N·{frames}·O·kd·Ho·Wo + N·C·{{in}} + O·C·{{taps}})·{{b}} + i"
        return formula(letters, spec, i=inner)

    def work(self, spec: ConvSpec) -> Work:
        """Return the work of the planes, and the tables that they are added up from."""
        planes = self._inside(spec).work(inner_spec(spec))
        table = _table_items(spec, spec.space[0]) + _table_items(spec, spec.padded[0])
        moved = (prod(spec.x_shape) + table) * np.dtype(spec.dtype).itemsize
        return replace(planes, moved_bytes=planes.moved_bytes + moved)

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the table, padded and cut, the copies in its layout, and what the inner gradients take."""
        items = 2 * _table_items(spec, spec.padded[0]) + 2 * (prod(spec.x_shape) + prod(spec.w_shape))
        inner = self._inside(spec).gradient_workspace_bytes(inner_spec(spec))
        return items * np.dtype(spec.dtype).itemsize + inner

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Convolve all frames with all slices at once, then add up the diagonals into y."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        planes = self._inside(spec).run(_frames(x), _frames(unturned(w, spec)), inner_spec(spec))
        table = _padded(_table(planes, spec), spec)
        np.add.reduce(_diagonals(table, spec.taps[0]), axis=3, out=y.swapaxes(1, 2))
        return y

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Spread dy along the diagonals, then take the 2-D gradient of the frames."""
        dx = self._inside(spec).dgrad(_spread(dy, spec), _frames(unturned(w, spec)), inner_spec(spec))
        frames = dx.reshape(spec.x_shape[0], spec.space[0], spec.x_shape[1], *spec.space[1:])
        return np.ascontiguousarray(frames.swapaxes(1, 2))

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Spread dy along the diagonals, then take the 2-D gradient of the slices."""
        dw = self._inside(spec).wgrad(_frames(x), _spread(dy, spec), inner_spec(spec))
        slices = dw.reshape(spec.w_shape[0], spec.taps[0], spec.w_shape[1], *spec.taps[1:])
        return np.ascontiguousarray(unturned(slices.swapaxes(1, 2), spec))

    def _inside(self, spec: ConvSpec) -> Backend:
        """Return the backend of the 2-D convolution, or raise what it refuses."""
        from convlab.backends import admit

        return admit(self.inner or "numpy-im2col", inner_spec(spec))


def conv3d2d(
    signals: np.ndarray, filters: np.ndarray, border_mode: object = "valid", inner: str | None = None
) -> np.ndarray:
    """Convolve signals with filters, all three axes flipped, in the layout of Theano's conv3d2d.conv3d.

    Parameters
    ----------
    signals : ndarray of float, shape (batch, time, channel, row, column)
    filters : ndarray of float, shape (filter, time, channel, row, column)
    border_mode : {"valid", "full", "half"} or a triple of them
        For time, rows and columns; those of rows and columns must be the same.
    inner : str, optional
        The backend of the 2-D convolution inside.

    Returns
    -------
    ndarray, shape (batch, time, filter, row, column)

    Raises
    ------
    SpecError, Unsupported
        When there is no such convolution; when the modes of rows and columns differ.

    Examples
    --------
    >>> signals, filters = np.arange(4.0).reshape(1, 4, 1, 1, 1), np.array([1.0, 10]).reshape(1, 2, 1, 1, 1)
    >>> conv3d2d(signals, filters, ("full", "valid", "valid")).ravel()
    array([ 0.,  1., 12., 23., 30.])
    """
    x, w = signals.swapaxes(1, 2), filters.swapaxes(1, 2)
    modes = tuple(border_mode) if isinstance(border_mode, (tuple, list)) else (border_mode,) * 3
    if len(modes) != 3 or modes[1] != modes[2]:
        raise Unsupported(
            f"Asked conv3d2d for border_mode={border_mode!r}.",
            "One convolution of two axes makes rows and columns, and it has one mode for both.",
            'Give one mode, or three: for time, rows and columns, such as ("full", "valid", "valid").',
        )
    zeros = tuple(mode_padding(mode, k) for mode, k in zip(modes, w.shape[2:], strict=True))
    spec = ConvSpec(x.shape, w.shape, padding=zeros, dtype=dtype_name(result_dtype(x, w)))
    backend = NumpyConv3d2d(inner)
    if reason := backend.supports(spec):
        raise Unsupported(f"Asked conv3d2d for {spec}.", reason, "Use cl.conv.")
    return backend.run(x, w, spec).swapaxes(1, 2)


def inner_spec(spec: ConvSpec) -> ConvSpec:
    """Return the convolution of two axes that makes the table: all frames as images, all slices as filters.

    Examples
    --------
    >>> str(inner_spec(ConvSpec((2, 3, 9, 8, 8), (4, 3, 5, 3, 3), "half")))
    'x(18, 3, 8, 8) w(20, 3, 3, 3) half float32'
    """
    images, channels, frames, *space = spec.x_shape
    filters, reads, slices, *taps = spec.w_shape
    mode = limits.border(spec, MODES, slice(1, 3))
    return ConvSpec(
        (images * frames, channels, *space), (filters * slices, reads, *taps), mode, dtype=spec.dtype
    )


def _frames(array: np.ndarray) -> np.ndarray:
    """Return (N, C, T, H, W) as (N·T, C, H, W): every frame an image, every slice a filter."""
    frames = array.swapaxes(1, 2)
    return frames.reshape(frames.shape[0] * frames.shape[1], *frames.shape[2:])


def _table(planes: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the planes (N·T, K·Tf, oh, ow) as a table: (N, T, K, Tf, oh, ow)."""
    return planes.reshape(spec.x_shape[0], spec.space[0], spec.w_shape[0], spec.taps[0], *spec.y_shape[3:])


def _padded(table: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the table with the zeros of time around its frames; itself when there are none."""
    if not _zeros(spec):
        return table
    wide = np.zeros((table.shape[0], spec.padded[0], *table.shape[2:]), table.dtype)
    wide[:, spec.pads[0][0] :][:, : spec.space[0]] = table
    return wide


def _diagonals(table: np.ndarray, slices: int) -> np.ndarray:
    """Return the view of a table (N, T, K, Tf, ...) in which slice j of output t is of frame t + Tf - 1 - j."""
    start = table[:, slices - 1 :]
    step = list(start.strides)
    step[3] -= step[1]
    return as_strided(start, start.shape, step)


def _spread(dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the gradient of the planes: dy at every place of the table whose diagonal added to it, else 0."""
    wide = np.zeros((dy.shape[0], spec.padded[0], dy.shape[1], spec.taps[0], *dy.shape[3:]), spec.dtype)
    _diagonals(wide, spec.taps[0])[...] = dy.swapaxes(1, 2)[:, :, :, None]  # no two diagonals share a place
    table = wide[:, spec.pads[0][0] :][:, : spec.space[0]]
    return table.reshape(dy.shape[0] * spec.space[0], dy.shape[1] * spec.taps[0], *dy.shape[3:])


def _zeros(spec: ConvSpec) -> int:
    return sum(spec.pads[0])


def _table_items(spec: ConvSpec, frames: int) -> int:
    return spec.x_shape[0] * frames * spec.w_shape[0] * spec.taps[0] * prod(spec.y_shape[3:])
