"""Layers made of layers: separable_conv2d and causal_conv1d."""

from __future__ import annotations

import numpy as np

from convlab.arguments import integer
from convlab.dialects.theano import Options, check_declared, layer_spec, read_groups, read_options
from convlab.dialects.theano.checks import require_axes
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.theano import unshared as local
from convlab.theano.arrays import forward, operands

Shape = tuple[int | None, ...]


def separable_conv2d(
    input: object,
    depthwise_filters: object,
    pointwise_filters: object,
    num_channels: int,
    input_shape: Shape | None = None,
    depthwise_filter_shape: Shape | None = None,
    pointwise_filter_shape: Shape | None = None,
    border_mode: object = "valid",
    subsample: tuple[int, int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: tuple[int, int] = (1, 1),
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.separable_conv2d`` computes (1.0 to 1.0.5): depthwise, then pointwise.

    Parameters
    ----------
    input : array_like, shape (batch, num_channels, rows, columns)
    depthwise_filters : array_like, shape (num_channels * multiplier, 1, rows, columns)
        Each reads one channel.
    pointwise_filters : array_like, shape (output channels, num_channels * multiplier, 1, 1)
    num_channels : int
    input_shape, depthwise_filter_shape, pointwise_filter_shape : tuple of int or None, optional
        Declared shapes; checked.
    border_mode, subsample, filter_flip, filter_dilation
        Of the depthwise half, as in `conv2d`.

    Returns
    -------
    ndarray, shape (batch, output channels, output rows, output columns)

    Raises
    ------
    SpecError, Refused
        As `conv2d`, for either half.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import separable_conv2d
    >>> x = np.arange(8.0).reshape(1, 2, 2, 2)
    >>> separable_conv2d(x, np.ones((2, 1, 2, 2)), np.array([1.0, 10]).reshape(1, 2, 1, 1), num_channels=2)
    array([[[[226.]]]])
    """
    options = read_options(
        2, border_mode=border_mode, subsample=subsample, filter_flip=filter_flip, filter_dilation=filter_dilation,
        num_groups=num_channels,
    )  # fmt: skip
    names = ("depthwise_filters", "pointwise_filters")
    given = dict(zip(names, (depthwise_filters, pointwise_filters), strict=True))
    (x, w, v), dtype = operands("AbstractConv2d", input=input, **given)
    for name, array in (("input", x), (names[0], w), (names[1], v)):
        require_axes("img" if name == "input" else "kern", name, array.shape, 2)
    check_declared("input_shape", input_shape, x.shape)
    check_declared("depthwise_filter_shape", depthwise_filter_shape, w.shape)
    check_declared("pointwise_filter_shape", pointwise_filter_shape, v.shape)
    depthwise = layer_spec(options, x.shape, w.shape, dtype)
    flip = read_options(2, filter_flip=filter_flip)
    pointwise = layer_spec(flip, depthwise.y_shape, v.shape, dtype)  # refused before anything is computed
    return forward(forward(x, w, depthwise), v, pointwise)


def causal_conv1d(
    input: object,
    filters: object,
    filter_shape: Shape,
    input_shape: Shape | None = None,
    subsample: int = 1,
    filter_flip: bool = True,
    filter_dilation: int = 1,
    num_groups: int = 1,
    unshared: bool = False,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.abstract_conv.causal_conv1d`` computes (1.0 to 1.0.5): no look ahead.

    Parameters
    ----------
    input : array_like, shape (batch, input channels, time)
    filters : array_like, shape (output channels, input channels / num_groups, taps)
    filter_shape : (int or None, int or None, int)
        Has to be told: Theano pads by its last size, so one that lies shifts the result. Checked here.
    input_shape : tuple of int or None, optional
        Checked.
    subsample, filter_dilation : int
    filter_flip, num_groups
        As in `conv2d`.
    unshared : bool
        Theano has this word here and no filters to go with it: it asks for six axes, where only three are taken.

    Returns
    -------
    ndarray, shape (batch, output channels, (time - 1) // subsample + 1)
        Each value has seen the present and the past: ``filter_dilation * (taps - 1)`` zeros stand before the input.

    Raises
    ------
    SpecError, Refused
        As `conv2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import causal_conv1d
    >>> causal_conv1d(np.arange(1.0, 5).reshape(1, 1, 4), np.array([[[1.0, 10]]]), (1, 1, 2), filter_dilation=2)
    array([[[ 1.,  2., 13., 24.]]])
    """
    (x, w), dtype = operands("AbstractConv2d", input=input, filters=filters)
    for name, array, dot in (("Input", x, "."), ("Filters", w, "")):
        if array.ndim != 3:
            raise refusal(
                f"{name} should be 3D for causal convolution{dot}",
                f"Asked for {name.lower()} of shape {array.shape}.",
                f"It has {array.ndim} axes.",
                f"Add axes of length 1: one series of numbers is {name.lower()}[None, None].",
            )
    if filter_shape is None or len(filter_shape) != 3 or filter_shape[2] is None:
        raise SpecError(
            f"Asked for filter_shape={filter_shape}.",
            "Theano pads by its third size.",
            f"Declare it: filter_shape={w.shape}.",
        )
    check_declared("input_shape", input_shape, x.shape)
    check_declared("filter_shape", filter_shape, w.shape)
    if unshared:
        local.require_six_axes((*w.shape, 1))  # the rows of the 2-D layer that Theano makes of it
    options = _causal(w.shape[2], subsample, filter_flip, filter_dilation, num_groups)
    return forward(x, w, layer_spec(options, x.shape, w.shape, dtype))


def _causal(
    taps: int, subsample: object, filter_flip: object, filter_dilation: object, num_groups: object
) -> Options:
    """Return how the window moves: Theano runs it as a layer of two axes, the second of length 1."""
    steps = []
    for name, value in (("subsample", subsample), ("filter_dilation", filter_dilation)):
        steps.append(integer(name, value, 1))
    layer = read_options(2, filter_flip=filter_flip, num_groups=num_groups)
    stride, dilation = ((step,) for step in steps)
    return Options(((dilation[0] * (taps - 1), 0),), stride, dilation, read_groups(num_groups), layer.flip)
