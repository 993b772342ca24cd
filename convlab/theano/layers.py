"""Theano's layers: conv2d and conv3d."""

from __future__ import annotations

import warnings

import numpy as np

from convlab.dialects.theano import check_declared, layer_spec, read_options
from convlab.dialects.theano.checks import require_axes
from convlab.dialects.theano.speed import check_keywords
from convlab.dialects.theano.texts import refusal
from convlab.theano import unshared as local
from convlab.theano.arrays import forward, operands
from convlab.theano.notice import say_speed_only

Shape = tuple[int | None, ...]
NAMES_2D = (
    "input filters input_shape filter_shape border_mode subsample filter_flip filter_dilation num_groups unshared "
    "image_shape"
)


def conv2d(
    input: object,
    filters: object,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: object = "valid",
    subsample: tuple[int, int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: tuple[int, int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
    *,
    image_shape: Shape | None = None,
    **speed: object,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.conv2d`` computes (Theano 0.8 to 1.0.5).

    Parameters
    ----------
    input : array_like, shape (batch, input channels, rows, columns)
    filters : array_like, shape (output channels, input channels / num_groups, rows, columns)
        With `unshared`: (output channels, output rows, output columns, input channels / num_groups, rows, columns).
    input_shape, filter_shape : tuple of int or None, optional
        Declared shapes; Theano uses them to choose its code. Here they are checked.
    border_mode : {"valid", "full", "half"}, int, or a pair of ints or of (before, after) pairs
        "half" pads by half of the dilated filter, which lengthens the axis by one when that is even.
    subsample, filter_dilation : pair of int
    filter_flip : bool
        True is convolution, Theano's default; False is cross-correlation.
    num_groups : int
    unshared : bool
        Use filters of their own at every output position.
    image_shape : tuple, optional
        The older name of `input_shape`. In Theano it stands before `filter_dilation`: give it by name.
    **speed
        unroll_batch, unroll_kern, unroll_patch, openmp, version: taken over from older code. They change the speed
        of `legacy_conv2d` only, and convlab says so (`SpeedOnly`). Theano ignores any keyword here, with a warning;
        convlab refuses the others.

    Returns
    -------
    ndarray, shape (batch, output channels, output rows, output columns)
        float32 when both operands are, else float64. For integers too: Theano's compiled code does not take them,
        and its Python mode answers in their own type.

    Raises
    ------
    SpecError
        With Theano's own text, then what was asked, what was found, what to try. Also where Theano goes on and
        should not: a declared shape that lies, a step of 0, an empty filter.
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
    say_speed_only("conv2d", check_keywords("conv2d", speed, NAMES_2D))
    declared = _one_shape(input_shape, image_shape)
    options = read_options(
        2, border_mode=border_mode, subsample=subsample, filter_flip=filter_flip, filter_dilation=filter_dilation,
        num_groups=num_groups,
    )  # fmt: skip
    (x, w), dtype = operands("AbstractConv2d", input=input, filters=filters)
    require_axes("img", "input", x.shape, 2)
    if unshared:
        local.require_six_axes(w.shape)
    else:
        require_axes("kern", "filters", w.shape, 2)
    spec = layer_spec(options, x.shape, w.shape, dtype)
    check_declared("input_shape", declared, x.shape)
    check_declared("filter_shape", filter_shape, w.shape)
    return local.forward(x, w, spec) if unshared else forward(x, w, spec)


def conv3d(
    input: object,
    filters: object,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: object = "valid",
    subsample: tuple[int, int, int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: tuple[int, int, int] = (1, 1, 1),
    num_groups: int = 1,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.conv3d`` computes (Theano 0.9 to 1.0.5): `conv2d` with a depth.

    Parameters
    ----------
    input : array_like, shape (batch, input channels, depth, rows, columns)
    filters : array_like, shape (output channels, input channels / num_groups, depth, rows, columns)
    input_shape, filter_shape, filter_flip, num_groups
        As in `conv2d`.
    border_mode : {"valid", "full", "half"}, int, or a triple of ints
        Both sides of an axis alike: Theano has no asymmetric padding in three axes.
    subsample, filter_dilation : triple of int

    Returns
    -------
    ndarray, shape (batch, output channels, output depth, output rows, output columns)

    Raises
    ------
    SpecError, Refused
        As `conv2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv3d
    >>> conv3d(np.ones((1, 2, 4, 4, 4)), np.ones((1, 2, 2, 3, 3)), subsample=(2, 1, 1))[0, 0]
    array([[[36., 36.],
            [36., 36.]],
    <BLANKLINE>
           [[36., 36.],
            [36., 36.]]])
    """
    options = read_options(
        3, border_mode=border_mode, subsample=subsample, filter_flip=filter_flip, filter_dilation=filter_dilation,
        num_groups=num_groups,
    )  # fmt: skip
    (x, w), dtype = operands("AbstractConv3d", input=input, filters=filters)
    require_axes("img", "input", x.shape, 3)
    require_axes("kern", "filters", w.shape, 3)
    spec = layer_spec(options, x.shape, w.shape, dtype)
    check_declared("input_shape", input_shape, x.shape)
    check_declared("filter_shape", filter_shape, w.shape)
    return forward(x, w, spec)


def _one_shape(input_shape: Shape | None, image_shape: Shape | None) -> Shape | None:
    """Return the declared shape of the input, by whichever of its two names it came."""
    if image_shape is None:
        return input_shape
    if input_shape is not None:
        raise refusal(
            "input_shape and image_shape should not be provided at the same time.",
            f"Asked for input_shape={input_shape} and image_shape={image_shape}.",
            "The second is the older name of the first.",
            "Give input_shape.",
        )
    text = "The `image_shape` keyword argument to `tensor.nnet.conv2d` is deprecated"
    warnings.warn(f"{text}, it has been renamed to `input_shape`.", FutureWarning, stacklevel=3)
    return image_shape
