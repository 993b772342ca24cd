"""Theano's gradients of a layer, each a function of its own, and the transposed layer, which is one of them."""

from __future__ import annotations

import numpy as np

from convlab.dialects.theano import (
    check_declared,
    check_filter_shape,
    inputs_spec,
    read_options,
    weights_spec,
)
from convlab.dialects.theano.checks import require_axes
from convlab.theano import unshared as local
from convlab.theano.arrays import gradient_of_inputs, gradient_of_weights, operands

Shape = tuple[int | None, ...]


def conv2d_grad_wrt_inputs(
    output_grad: object,
    filters: object,
    input_shape: Shape,
    filter_shape: Shape | None = None,
    border_mode: object = "valid",
    subsample: tuple[int, int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: tuple[int, int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.abstract_conv.conv2d_grad_wrt_inputs`` computes (0.8 to 1.0.5).

    Parameters
    ----------
    output_grad : array_like, shape (batch, output channels, output rows, output columns)
        The gradient of the layer's output.
    filters : array_like
        Those of the layer, as in `conv2d`.
    input_shape : (int or None, int or None, int, int)
        Shape of the layer's input. It has to be told: a stride leaves a remainder that the output does not show.
    filter_shape : tuple of int or None, optional
        Checked.
    border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
        Of the layer, as in `conv2d`.

    Returns
    -------
    ndarray, shape input_shape
        Of the filters' type, as in Theano; inputs that no window read have gradient 0.

    Raises
    ------
    SpecError
        With Theano's own text first; among others when the layer would not make an output of this shape from that
        input.
    Refused
        When it would take more memory than there is.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv2d_grad_wrt_inputs
    >>> dy, w = np.array([[[[1.0, 2]]]]), np.array([[[[1.0, 10, 100]]]])
    >>> conv2d_grad_wrt_inputs(dy, w, (1, 1, 1, 6), subsample=(1, 2), filter_flip=False)
    array([[[[  1.,  10., 102.,  20., 200.,   0.]]]])
    """
    return _wrt_inputs(
        output_grad, filters, input_shape, filter_shape, border_mode=border_mode, subsample=subsample,
        filter_flip=filter_flip, filter_dilation=filter_dilation, num_groups=num_groups, unshared=unshared,
    )  # fmt: skip


def conv2d_transpose(
    input: object,
    filters: object,
    output_shape: Shape,
    filter_shape: Shape | None = None,
    border_mode: object = "valid",
    input_dilation: tuple[int, int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: tuple[int, int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.conv2d_transpose`` computes (Theano 0.9 to 1.0.5): a layer, backwards.

    Parameters
    ----------
    input : array_like, shape (batch, channels of the input, rows, columns)
        It stands where the layer has its output.
    filters : array_like, shape (channels of the input, channels of the output / num_groups, rows, columns)
        In the layout of the layer that is run backwards.
    output_shape : (int or None, int or None, int, int)
        Shape of the result: of all sizes from which the layer makes the input's, the one that is wanted.
    input_dilation : pair of int
        The layer's `subsample`: the input is spread by so much.
    filter_shape, border_mode, filter_flip, filter_dilation, num_groups, unshared
        As in `conv2d_grad_wrt_inputs`. A border that the layer pads is cropped here.

    Returns
    -------
    ndarray, shape output_shape

    Raises
    ------
    SpecError, Refused
        As `conv2d_grad_wrt_inputs`.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv2d_transpose
    >>> conv2d_transpose(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), (1, 1, 4, 5), input_dilation=(2, 2))[0, 0]
    array([[1., 1., 1., 1., 0.],
           [1., 1., 1., 1., 0.],
           [1., 1., 1., 1., 0.],
           [1., 1., 1., 1., 0.]])
    """
    return _wrt_inputs(
        input, filters, output_shape, filter_shape, border_mode=border_mode, subsample=input_dilation,
        filter_flip=filter_flip, filter_dilation=filter_dilation, num_groups=num_groups, unshared=unshared,
        names=("input", "output_shape", "input_dilation"),
    )  # fmt: skip


def conv2d_grad_wrt_weights(
    input: object,
    output_grad: object,
    filter_shape: Shape,
    input_shape: Shape | None = None,
    border_mode: object = "valid",
    subsample: tuple[int, int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: tuple[int, int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.abstract_conv.conv2d_grad_wrt_weights`` computes (0.8 to 1.0.5).

    Parameters
    ----------
    input : array_like, shape (batch, input channels, rows, columns)
        The layer's.
    output_grad : array_like, shape (batch, output channels, output rows, output columns)
        The gradient of the layer's output.
    filter_shape : tuple of int
        Shape of the layer's filters, four sizes, or six when they are unshared. All but the last two may be None.
    input_shape : tuple of int or None, optional
        Checked.
    border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
        Of the layer, as in `conv2d`.

    Returns
    -------
    ndarray, shape filter_shape
        Of the input's type, as in Theano.

    Raises
    ------
    SpecError, Refused
        As `conv2d_grad_wrt_inputs`.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv2d_grad_wrt_weights
    >>> x, dy = np.arange(1.0, 6).reshape(1, 1, 1, 5), np.array([[[[1.0, 10]]]])
    >>> conv2d_grad_wrt_weights(x, dy, (1, 1, 1, 3), subsample=(1, 2), filter_flip=False)
    array([[[[31., 42., 53.]]]])
    """
    options = read_options(
        2, border_mode=border_mode, subsample=subsample, filter_flip=filter_flip, filter_dilation=filter_dilation,
        num_groups=num_groups,
    )  # fmt: skip
    (x, dy), dtype = operands("AbstractConv2d_gradWeights", input=input, output_grad=output_grad)
    spec = weights_spec(options, x.shape, dy.shape, filter_shape, dtype, unshared)
    check_declared("input_shape", input_shape, x.shape)
    return local.gradient_of_weights(x, dy, spec) if unshared else gradient_of_weights(x, dy, spec)


def _wrt_inputs(
    output_grad: object,
    filters: object,
    input_shape: Shape,
    filter_shape: Shape | None,
    *,
    unshared: bool,
    names: tuple[str, str, str] = ("output_grad", "input_shape", "subsample"),
    **layer: object,
) -> np.ndarray:
    """Compute the gradient of a layer's input, for two callers that have names of their own for the same things."""
    of_output, of_shape, step = names
    options = read_options(2, step=step, **layer)
    given = {"filters": filters, of_output: output_grad}
    (w, dy), dtype = operands("AbstractConv2d_gradInputs", **given)
    if unshared:
        local.require_six_axes(w.shape)
    else:
        require_axes("kern", "filters", w.shape, 2)
    require_axes("topgrad", of_output, dy.shape, 2)
    check_filter_shape(filter_shape, w.shape)
    spec = inputs_spec(options, dy.shape, w.shape, input_shape, dtype, of_shape)
    return local.gradient_of_inputs(dy, w, spec) if unshared else gradient_of_inputs(dy, w, spec)
