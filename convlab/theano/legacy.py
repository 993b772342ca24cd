"""The older functions: nnet.conv.conv2d, which is ConvOp, and tensor.signal.conv.conv2d, which is ConvOp too."""

from __future__ import annotations

import numpy as np

from convlab.dialects.theano import check_declared
from convlab.dialects.theano.legacy import legacy_spec
from convlab.dialects.theano.speed import check_keywords, check_unrolling
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.operands import numbers
from convlab.theano.arrays import forward, operands
from convlab.theano.notice import say_speed_only

Shape = tuple[int | None, ...]
NAMES = "input filters image_shape filter_shape border_mode subsample"


def legacy_conv2d(
    input: object,
    filters: object,
    image_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: str = "valid",
    subsample: tuple[int, int] = (1, 1),
    **kargs: object,
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.conv.conv2d`` computes: all versions have it, 0.8 calls it deprecated.

    Parameters
    ----------
    input : array_like, shape (batch, channels, rows, columns)
    filters : array_like, shape (filters, channels, rows, columns)
        Always turned: this is a convolution.
    image_shape, filter_shape : tuple of int or None, optional
        Declared shapes, compiled into the loops of ConvOp, which compares them with the arrays.
    border_mode : {"valid", "full"}
    subsample : pair of int
    **kargs
        unroll_batch, unroll_kern, unroll_patch, openmp, version ('no_fft' or a number), verbose, direction_hint:
        they change Theano's speed only. They are taken, make no difference here, and convlab says so with a
        `SpeedOnly` warning. Any other keyword is refused.

    Returns
    -------
    ndarray, shape (batch, filters, output rows, output columns)
        float32 or float64 as the operands; float64 for integers, for which ConvOp has no compiled code.

    Raises
    ------
    SpecError
        With Theano's own text, then what was asked, what was found, what to try.
    TypeError
        For a keyword that there is not.
    Refused
        When it would take more memory than there is.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import legacy_conv2d
    >>> x, w = np.arange(150.0).reshape(2, 3, 5, 5), np.ones((1, 3, 3, 3))
    >>> legacy_conv2d(x, w, image_shape=(2, 3, 5, 5), filter_shape=(1, 3, 3, 3))[0, 0]
    array([[ 837.,  864.,  891.],
           [ 972.,  999., 1026.],
           [1107., 1134., 1161.]])
    """
    speed = check_keywords("legacy_conv2d", kargs, NAMES)
    check_unrolling(kargs, image_shape, filter_shape)
    say_speed_only("legacy_conv2d", speed)
    (x, w), dtype = _of_one_type(input, filters)
    spec = legacy_spec(
        x.shape, w.shape, image_shape=image_shape, filter_shape=filter_shape, border_mode=border_mode,
        subsample=subsample, dtype=dtype,
    )  # fmt: skip
    return forward(x, w, spec)


def signal_conv2d(
    input: object,
    filters: object,
    image_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: str = "valid",
    subsample: tuple[int, int] = (1, 1),
    **kargs: object,
) -> np.ndarray:
    """Compute what ``theano.tensor.signal.conv.conv2d`` computes: every image with every filter, no channels.

    Parameters
    ----------
    input : array_like, shape ([images,] rows, columns)
    filters : array_like, shape ([filters,] rows, columns)
    image_shape, filter_shape : tuple of int or None, optional
        Declared shapes; Theano looks at them when both are given, convlab checks each.
    border_mode, subsample, **kargs
        As in `legacy_conv2d`.

    Returns
    -------
    ndarray, shape ([images,] [filters,] output rows, output columns)
        Without the axes that were not there.

    Raises
    ------
    SpecError, TypeError, Refused
        As `legacy_conv2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import signal_conv2d
    >>> signal_conv2d(np.arange(18.0).reshape(2, 3, 3), np.eye(2)).shape
    (2, 2, 2)
    """
    say_speed_only("signal_conv2d", check_keywords("signal_conv2d", kargs, NAMES))
    (x, w), dtype = _of_one_type(input, filters)
    for name, array in (("input", x), ("filters", w)):
        if array.ndim not in (2, 3):
            raise SpecError(
                f"Asked signal_conv2d for {name} of shape {array.shape}.",
                f"It has {array.ndim} axes; Theano takes 2 or 3, and stops with a bare AssertionError.",
                "Use theano.conv2d for images with channels.",
            )
    images, kernels = (array.reshape(-1, 1, *array.shape[-2:]) for array in (x, w))
    both = None not in (image_shape, filter_shape)  # Theano looks at neither, or at both
    spec = legacy_spec(
        images.shape, kernels.shape, border_mode=border_mode, subsample=subsample, dtype=dtype,
        image_shape=_of_four(image_shape, x) if both else None,
        filter_shape=_of_four(filter_shape, w) if both else None,
    )  # fmt: skip
    check_declared("image_shape", image_shape, x.shape)
    check_declared("filter_shape", filter_shape, w.shape)
    y = forward(images, kernels, spec)
    absent = tuple(axis for axis, array in enumerate((x, w)) if array.ndim == 2)
    return y.squeeze(absent)


def _of_four(declared: Shape, array: np.ndarray) -> Shape | None:
    """Return a declared shape as that of a layer of one channel; None where it is of another number of axes."""
    if len(declared) != array.ndim:
        return None
    return (declared[0] if array.ndim == 3 else 1, 1, *declared[-2:])


def _of_one_type(input: object, filters: object) -> tuple[list[np.ndarray], str]:
    """Return both operands, or refuse them where their types differ: ConvOp converts nothing."""
    given = {"input": input, "filters": filters}
    types = [getattr(array, "dtype", None) or numbers(name, array).dtype for name, array in given.items()]
    if types[0] != types[1]:
        raise refusal(
            f"The image and the kernel must have the same type.inputs({types[0]}), kerns({types[1]})",
            f"Asked for {types[0]} input with {types[1]} filters.",
            "ConvOp converts neither.",
            f"Convert the filters with .astype('{types[0]}').",
        )
    return operands("ConvOp", **given)
