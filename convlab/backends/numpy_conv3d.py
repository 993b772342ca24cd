"""numpy-conv3d: channels last, no flip, a bias and strides, as Theano's conv3D has it; with its two companions.

The operands keep Theano's names: V the videos, W the filters, b the bias, d the strides, H the result.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from convlab.backends import limits
from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.taps import meetings
from convlab.backends.work import Work, direct, operand_bytes
from convlab.errors import SpecError
from convlab.operands import dtype_name, result_dtype, turned
from convlab.spec import ConvSpec

Triple = tuple[int, int, int]


class NumpyConv3d(Backend):
    """Tap by tap: a strided view of the videos times the matrix of that tap, from channels to filters, is added up.

    The channels stand last, so that the sum over them runs along memory; everything is copied into that order and
    back. Only positions inside x are touched.

    Notes
    -----
    Theano's conv3D, ConvGrad3D and ConvTransp3D. Memory: copies of x, w and y in the other layout, and one tap's
    share of y.

    Examples
    --------
    >>> x, w = np.arange(6.0).reshape(1, 1, 1, 2, 3), np.array([[[[[1.0, 10.0]]]]])
    >>> NumpyConv3d().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).ravel()
    array([ 1., 12., 34., 45.])
    """

    name = "numpy-conv3d"
    device = "cpu"
    family = "numpy"
    flips = "never"
    layout = "N*C"
    is_exact = True
    bound = "direct"
    spreads = "as defined"
    counterpart = "Theano's conv3D"

    def supports(self, spec: ConvSpec) -> str | None:
        """Refuse all but three axes without padding, dilation and groups."""
        if reason := limits.axes(spec, "conv3D", 3):
            return reason
        kept = (limits.floats, limits.dilation, limits.groups)
        said = limits.first(limit(spec, "conv3D") for limit in kept)
        return said or limits.borders(spec, "conv3D", ("valid",))

    def supports_gradients(self, spec: ConvSpec) -> str | None:
        """Compute the gradients of all that it computes."""
        return self.supports(spec)

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the copies of x, w and y with the channels last, and one product of the size of y."""
        items = prod(spec.x_shape) + prod(spec.w_shape) + 2 * prod(spec.y_shape)
        return items * np.dtype(spec.dtype).itemsize

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters."""
        return formula("(N·C·{in} + O·C·{taps} + 2·N·O·{out})·{b}", spec)

    def work(self, spec: ConvSpec) -> Work:
        """Return the definition's operations, and for each tap a product that is added to y."""
        shares = 3 * prod(spec.taps) * prod(spec.y_shape) * np.dtype(spec.dtype).itemsize
        return direct(spec, "{taps}", operand_bytes(spec) + shares)

    def gradient_workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the copies of the operands and of the gradient, and one tap's share of x."""
        share = spec.x_shape[1] * prod(spec.y_shape) // max(1, spec.y_shape[1])
        items = prod(spec.x_shape) + prod(spec.w_shape) + prod(spec.y_shape) + share
        return items * np.dtype(spec.dtype).itemsize

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Turn the filter where the spec does, put the channels last, correlate, put the filters second."""
        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        y[...] = _channels_second(
            _correlate(_channels_last(x), _channels_last(turned(w, spec)), _unflipped(spec))
        )
        return y

    def dgrad(self, dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Hand dy back through every tap, as ConvTransp3D does."""
        dx = _transpose(_channels_last(turned(w, spec)), _channels_last(dy), _unflipped(spec))
        return np.ascontiguousarray(_channels_second(dx))

    def wgrad(self, x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
        """Multiply dy by what each tap has met, as ConvGrad3D does."""
        dw = _channels_second(_weights(_channels_last(x), _channels_last(dy), _unflipped(spec)))
        return np.ascontiguousarray(turned(dw, spec))


def conv3D(V: np.ndarray, W: np.ndarray, b: np.ndarray, d: Triple = (1, 1, 1)) -> np.ndarray:
    """Cross-correlate videos with filters and add a bias.

    Parameters
    ----------
    V : ndarray of float, shape (batch, row, column, time, in channel)
    W : ndarray of float, shape (out channel, row, column, time, in channel)
        Not flipped.
    b : ndarray of float, shape (out channel,)
    d : tuple of int
        The strides along row, column and time.

    Returns
    -------
    ndarray, shape (batch, row, column, time, out channel)
        ``H[n,r,c,t,k] = b[k] + sum over p,q,s,z of W[k,p,q,s,z] * V[n, d0*r+p, d1*c+q, d2*t+s, z]``.

    Raises
    ------
    SpecError
        When there is no such correlation.

    Examples
    --------
    >>> V, W = np.arange(4.0).reshape(1, 1, 1, 4, 1), np.array([1.0, 10.0]).reshape(1, 1, 1, 2, 1)
    >>> conv3D(V, W, np.array([0.5]), (1, 1, 2)).ravel()
    array([10.5, 32.5])
    """
    H = _correlate(V, W, _spec(V.shape, W.shape, d, V, W))
    H += b
    return H


def conv_transp3D(
    W: np.ndarray, b: np.ndarray, d: Triple, H: np.ndarray, r_shape: Triple | None = None
) -> np.ndarray:
    """Hand H back through the filters: Theano's ConvTransp3D, the gradient of conv3D with respect to V.

    Parameters
    ----------
    W, d
        As in `conv3D`.
    b : ndarray of float, shape (in channel,)
        Added to the result; zeros for a gradient.
    H : ndarray of float, shape (batch, row, column, time, out channel)
    r_shape : tuple of int, optional
        Rows, columns and time of the result; the stride may have left some of them unread. Without it, as few as
        give an H of this size.

    Returns
    -------
    ndarray, shape (batch, *r_shape, in channel)

    Raises
    ------
    SpecError
        When no V of that shape gives an H of this one.

    Examples
    --------
    >>> W, H = np.array([1.0, 10.0]).reshape(1, 1, 1, 2, 1), np.array([1.0, 2]).reshape(1, 1, 1, 2, 1)
    >>> conv_transp3D(W, np.zeros(1), (1, 1, 2), H, (1, 1, 5)).ravel()
    array([ 1., 10.,  2., 20.,  0.])
    """
    least = tuple((n - 1) * s + k for n, s, k in zip(H.shape[1:4], d, W.shape[1:4], strict=True))
    spec = _spec((H.shape[0], *(r_shape or least), W.shape[-1]), W.shape, d, H, W)
    _check_result(H, spec)
    V = _transpose(W, H, spec)
    V += b
    return V


def conv_grad3D(V: np.ndarray, d: Triple, w_shape: tuple[int, ...], dH: np.ndarray) -> np.ndarray:
    """Return the gradient of W: Theano's ConvGrad3D. That of b is ``dH.sum((0, 1, 2, 3))``.

    Parameters
    ----------
    V, d
        As in `conv3D`.
    w_shape : tuple of int
        The shape of W.
    dH : ndarray of float, shape (batch, row, column, time, out channel)
        The gradient of H.

    Returns
    -------
    ndarray, shape w_shape

    Raises
    ------
    SpecError
        When conv3D with such filters gives no H of this shape.

    Examples
    --------
    >>> V, dH = np.arange(4.0).reshape(1, 1, 1, 4, 1), np.array([1.0, 10]).reshape(1, 1, 1, 2, 1)
    >>> conv_grad3D(V, (1, 1, 2), (1, 1, 1, 2, 1), dH).ravel()
    array([20., 31.])
    """
    spec = _spec(V.shape, w_shape, d, V, dH)
    _check_result(dH, spec)
    return _weights(V, dH, spec)


def _correlate(V: np.ndarray, W: np.ndarray, spec: ConvSpec) -> np.ndarray:
    H = np.zeros((spec.x_shape[0], *spec.y_shape[2:], spec.w_shape[0]), spec.dtype)
    for tap, _, inputs in meetings(spec):
        H += V[(slice(None), *inputs)] @ W[(slice(None), *tap)].T
    return H


def _transpose(W: np.ndarray, H: np.ndarray, spec: ConvSpec) -> np.ndarray:
    V = np.zeros((spec.x_shape[0], *spec.space, spec.x_shape[1]), spec.dtype)
    for tap, _, inputs in meetings(spec):
        V[(slice(None), *inputs)] += H @ W[(slice(None), *tap)]
    return V


def _weights(V: np.ndarray, dH: np.ndarray, spec: ConvSpec) -> np.ndarray:
    dW = np.zeros((spec.w_shape[0], *spec.taps, spec.w_shape[1]), spec.dtype)
    places = prod(dH.shape[:-1])
    rows = dH.reshape(places, spec.w_shape[0])
    for tap, _, inputs in meetings(spec):
        dW[(slice(None), *tap)] = rows.T @ V[(slice(None), *inputs)].reshape(places, spec.w_shape[1])
    return dW


def _spec(v_shape: tuple[int, ...], w_shape: tuple[int, ...], d: Triple, *operands: np.ndarray) -> ConvSpec:
    """Return the spec of a call in Theano's layout; its axes D, H, W are row, column and time."""
    x_shape, shape = (tuple(s[i] for i in (0, len(s) - 1, *range(1, len(s) - 1))) for s in (v_shape, w_shape))
    return ConvSpec(x_shape, shape, stride=d, flip=False, dtype=dtype_name(result_dtype(*operands)))


def _check_result(H: np.ndarray, spec: ConvSpec) -> None:
    wanted = (spec.y_shape[0], *spec.y_shape[2:], spec.y_shape[1])
    if H.shape != wanted:
        raise SpecError(
            f"Asked for a gradient of conv3D on {spec}.",
            f"H has shape {H.shape}; conv3D gives {wanted}.",
            "Give an H of that shape, or the shape of the V or W that it came from.",
        )


def _unflipped(spec: ConvSpec) -> ConvSpec:
    return replace(spec, flip=False)


def _channels_last(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array.transpose(0, 2, 3, 4, 1))


def _channels_second(array: np.ndarray) -> np.ndarray:
    return array.transpose(0, 4, 1, 2, 3)
