"""Layers whose filters differ from place to place, which Theano calls unshared, and their gradients.

A window tap by tap: one tap of all windows at once is a strided view of the padded input, and meets one tap of the
filters of all places. What adds to y going forward adds to the view for dx, and to the tap for dw.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from convlab.backends.room import require_room
from convlab.dialects.theano.texts import refusal
from convlab.memory import require
from convlab.operands import padded
from convlab.spec import ConvSpec


def forward(x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Compute y of a layer whose filters belong to one output position each.

    Parameters
    ----------
    x : ndarray, shape spec.x_shape
    w : ndarray, shape (O, *y's space, C / groups, *taps)
    spec : ConvSpec
        The layer as if one filter served all places.

    Returns
    -------
    ndarray, shape spec.y_shape

    Examples
    --------
    >>> x, w = np.ones((1, 1, 1, 3)), np.array([[[[[[1.0, 1]]], [[[10, 10]]]]]])
    >>> forward(x, w, ConvSpec(x.shape, (1, 1, 1, 2), dtype="float64"))
    array([[[[ 2., 20.]]]])
    """
    require_room(spec, None)
    blocks, weights = _blocks(x, spec), _grouped(w, spec)
    y = np.zeros((x.shape[0], spec.groups, weights.shape[1], *spec.y_shape[2:]), x.dtype)
    for window, tap in _taps(spec):
        y += np.einsum("ngchw,gohwc->ngohw", blocks[window], weights[tap])
    return y.reshape(spec.y_shape)


def gradient_of_inputs(dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Compute dx: every tap scatters dy, weighed by the filters of the places, over the inputs that it read.

    Parameters
    ----------
    dy : ndarray, shape spec.y_shape
    w, spec
        As in `forward`.

    Returns
    -------
    ndarray, shape spec.x_shape
    """
    blocks = _room_for(spec, dy.dtype)
    given, weights = _per_group(dy, spec), _grouped(w, spec)
    for window, tap in _taps(spec):
        blocks[window] += np.einsum("ngohw,gohwc->ngchw", given, weights[tap])
    inner = tuple(slice(lo, lo + n) for (lo, _), n in zip(spec.pads, spec.space, strict=True))
    return np.ascontiguousarray(blocks.reshape(*spec.x_shape[:2], *spec.padded)[(..., *inner)])


def gradient_of_weights(x: np.ndarray, dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Compute dw: every place's own sum over the images, tap by tap.

    Parameters
    ----------
    x : ndarray, shape spec.x_shape
    dy : ndarray, shape spec.y_shape
    spec
        As in `forward`.

    Returns
    -------
    ndarray, shape (O, *y's space, C / groups, *taps)
    """
    filters, places = spec.w_shape[0], spec.y_shape[2:]
    shape = (filters, *places, *spec.w_shape[1:])
    require(f"Asked for dw of shape {shape}.", prod(shape) * x.dtype.itemsize)
    blocks, given = _blocks(x, spec), _per_group(dy, spec)
    dw = np.zeros(shape, x.dtype)
    grouped = _grouped(dw, spec)
    for window, tap in _taps(spec):
        grouped[tap] = np.einsum("ngohw,ngchw->gohwc", given, blocks[window])
    return dw


def require_six_axes(w_shape: tuple[int, ...]) -> None:
    """Refuse filters that are not one per output position.

    Examples
    --------
    >>> require_six_axes((2, 3, 3, 1, 3, 3))
    """
    if len(w_shape) != 6:
        raise refusal(
            "kern must be 6D tensor for unshared convolution",
            f"Asked for unshared filters of shape {w_shape}.",
            f"They have {len(w_shape)} axes, and each output position needs filters of its own.",
            "Give (output channels, output rows, output columns, channels / num_groups, rows, columns), or leave "
            "unshared out.",
        )


def _taps(spec: ConvSpec) -> Iterator[tuple[tuple, tuple]]:
    """Yield what one tap reads of the padded input, over all places, and where it lies in the filter."""
    for place in np.ndindex(*spec.taps):
        axes = zip(place, spec.dilation, spec.y_shape[2:], spec.stride, strict=True)
        window = tuple(slice(r * d, r * d + (n - 1) * s + 1, s) for r, d, n, s in axes)
        tap = [k - 1 - r for r, k in zip(place, spec.taps, strict=True)] if spec.flip else place
        yield (..., *window), (..., *tap)


def _blocks(x: np.ndarray, spec: ConvSpec) -> np.ndarray:
    return padded(x, spec).reshape(x.shape[0], spec.groups, spec.w_shape[1], *spec.padded)


def _room_for(spec: ConvSpec, dtype: np.dtype) -> np.ndarray:
    shape = (spec.x_shape[0], spec.groups, spec.w_shape[1], *spec.padded)
    require(f"Asked for dx of shape {spec.x_shape}.", 2 * prod(shape) * dtype.itemsize)
    return np.zeros(shape, dtype)


def _per_group(dy: np.ndarray, spec: ConvSpec) -> np.ndarray:
    return dy.reshape(dy.shape[0], spec.groups, spec.w_shape[0] // spec.groups, *spec.y_shape[2:])


def _grouped(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    return w.reshape(spec.groups, spec.w_shape[0] // spec.groups, *w.shape[1:])
