"""Theano's functions on NumPy arrays: Theano's words, Theano's numbers, Theano's refusals.

Theano itself builds a graph and compiles it; these compute at once. They stand for the real one where it does not
run, and are held to recordings of Theano 1.0.5.
"""

from __future__ import annotations

import numpy as np

from convlab.backends import admit, choose, require_room
from convlab.dialects.theano import check_declared, conv2d_spec, refusal
from convlab.operands import dtype_name, numbers, padded, result_dtype
from convlab.spec import ConvSpec


def conv2d(
    input: object,
    filters: object,
    input_shape: tuple[int | None, ...] | None = None,
    filter_shape: tuple[int | None, ...] | None = None,
    border_mode: object = "valid",
    subsample: tuple[int, int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: tuple[int, int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.conv2d`` computes.

    Parameters
    ----------
    input : array_like, shape (batch, input channels, rows, columns)
    filters : array_like, shape (output channels, input channels / num_groups, rows, columns)
        With `unshared`: (output channels, output rows, output columns, input channels / num_groups, rows, columns).
    input_shape, filter_shape : tuple, optional
        Declared shapes; Theano uses them to unroll loops. Here they are checked.
    border_mode : {"valid", "full", "half"}, int, or a pair of ints or of (before, after) pairs
    subsample, filter_dilation : pair of int
    filter_flip : bool
        True is convolution, Theano's default; False is cross-correlation.
    num_groups : int
    unshared : bool
        Use filters of their own at every output position.

    Returns
    -------
    ndarray, shape (batch, output channels, output rows, output columns)
        float64 for integers, which Theano's compiled code does not take.

    Raises
    ------
    SpecError
        With Theano's own text, then what was asked, what was found, what to try.
    Refused
        When it would take more memory than there is.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv2d
    >>> m = np.arange(25, dtype="float32").reshape(1, 1, 5, 5)
    >>> conv2d(m, np.ones((1, 1, 3, 3), "float32"), border_mode="valid")[0, 0]
    array([[ 54.,  63.,  72.],
           [ 99., 108., 117.],
           [144., 153., 162.]], dtype=float32)
    """
    x, w = numbers("input", input), numbers("filters", filters)
    _check_dtypes(x, w)
    check_declared("input_shape", input_shape, x.shape)
    check_declared("filter_shape", filter_shape, w.shape)
    dtype = result_dtype(x, w)
    shared_shape = (w.shape[0], *w.shape[3:]) if unshared and w.ndim == 6 else w.shape
    spec = conv2d_spec(
        x.shape, shared_shape, border_mode=border_mode, subsample=subsample, filter_flip=filter_flip,
        filter_dilation=filter_dilation, num_groups=num_groups, dtype=dtype_name(dtype),
    )  # fmt: skip
    x, w = x.astype(dtype, copy=False), w.astype(dtype, copy=False)
    chosen = admit(choose(spec), spec)
    require_room(spec, chosen)
    return _unshared(x, w, spec) if unshared else chosen.run(x, w, spec)


def _check_dtypes(x: np.ndarray, w: np.ndarray) -> None:
    if x.dtype == np.float16 or w.dtype == np.float16:
        raise refusal(
            "There is no implementation available supporting the requested options",
            f"Asked for {x.dtype} images with {w.dtype} filters.",
            "Theano computes float16 on a GPU only.",
            "Convert both with .astype('float32').",
        )
    if x.dtype == np.float32 and w.dtype == np.float64:
        raise refusal(
            "There is no implementation available supporting the requested options",
            "Asked for float32 images with float64 filters.",
            "Theano's graph would have to lower the filters, and does not.",
            "Convert the filters with .astype('float32'), or the images with .astype('float64').",
        )


def _unshared(x: np.ndarray, w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Compute a layer whose filters differ from place to place: one scaled, shifted copy of x per tap."""
    rows, columns = spec.y_shape[2:]
    if w.ndim != 6 or w.shape[1:3] != (rows, columns):
        raise refusal(
            "CorrMM regions in kernel must match output regions",
            f"Asked for unshared filters of shape {w.shape}.",
            f"The output has {rows} × {columns} positions.",
            f"Give filters of shape ({spec.w_shape[0]}, {rows}, {columns}, "
            f"{', '.join(map(str, spec.w_shape[1:]))}).",
        )
    blocks = padded(x, spec).reshape(x.shape[0], spec.groups, spec.w_shape[1], *spec.padded)
    weights = w.reshape(spec.groups, -1, *w.shape[1:])
    y = np.zeros((x.shape[0], spec.groups, weights.shape[1], rows, columns), x.dtype)
    for u, v in np.ndindex(*spec.taps):
        window = [
            slice(start := place * d, start + (n - 1) * s + 1, s)
            for place, d, n, s in zip((u, v), spec.dilation, (rows, columns), spec.stride, strict=True)
        ]
        a, b = (spec.taps[0] - 1 - u, spec.taps[1] - 1 - v) if spec.flip else (u, v)
        y += np.einsum("ngchw,gohwc->ngohw", blocks[:, :, :, *window], weights[:, :, :, :, :, a, b])
    return y.reshape(spec.y_shape)
