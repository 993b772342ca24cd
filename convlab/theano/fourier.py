"""The transforms of Theano's GPU, on NumPy: conv2d_fft and conv3d_fft, with their rule of the even last dimension."""

from __future__ import annotations

import numpy as np

from convlab.backends import numpy_fft
from convlab.backends.numpy_fft import NumpyFft
from convlab.backends.room import require_room
from convlab.dialects.theano import check_declared
from convlab.dialects.theano.fourier import fft_spec
from convlab.theano.arrays import operands

Shape = tuple[int | None, ...]


def conv2d_fft(
    input: object,
    filters: object,
    image_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: str = "valid",
    pad_last_dim: bool = False,
) -> np.ndarray:
    """Compute what ``theano.sandbox.cuda.fftconv.conv2d_fft`` computes (to Theano 0.8.2, there on a GPU only).

    Parameters
    ----------
    input : array_like, shape (batch, channels, rows, columns)
        An even number of columns, or an odd one and `pad_last_dim`.
    filters : array_like, shape (filters, channels, rows, columns)
        Turned. In valid no larger than the images.
    image_shape, filter_shape : tuple of int or None, optional
        Declared shapes; checked.
    border_mode : {"valid", "full"}
    pad_last_dim : bool
        Add a column to the images and strip it afterwards. Always, so that an even width is refused with it.

    Returns
    -------
    ndarray, shape (batch, filters, output rows, output columns)
        Theano's are float32; float64, which its GPU code does not take, is transformed in float64 here. A transform
        is not exact: every value carries the rounding of the largest.

    Raises
    ------
    SpecError
        "in conv2d_fft: width is not even", then what was asked, what was found, what to try.
    Refused
        When it would take more memory than there is.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv2d_fft
    >>> x, w = np.arange(15.0).reshape(1, 1, 3, 5), np.ones((1, 1, 2, 2))
    >>> conv2d_fft(x, w, pad_last_dim=True)[0, 0].round(9)
    array([[12., 16., 20., 24.],
           [32., 36., 40., 44.]])
    """
    return _by_transform(2, input, filters, image_shape, filter_shape, border_mode, pad_last_dim)


def conv3d_fft(
    input: object,
    filters: object,
    image_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: str = "valid",
    pad_last_dim: bool = False,
) -> np.ndarray:
    """Compute what ``theano.sandbox.cuda.fftconv.conv3d_fft`` computes (to Theano 0.8.2, there on a GPU only).

    Parameters
    ----------
    input : array_like, shape (batch, channels, space, space, space)
        The order of the last three is free, as long as both arrays agree; the last must be even, or `pad_last_dim`.
    filters : array_like, shape (filters, channels, taps, taps, taps)
    image_shape, filter_shape, border_mode
        As in `conv2d_fft`.
    pad_last_dim : bool
        Add one to the last axis and strip it afterwards: only where it is odd, whatever Theano's page says.

    Returns
    -------
    ndarray, shape (batch, filters, *output space)

    Raises
    ------
    SpecError, Refused
        As `conv2d_fft`; an odd last axis without `pad_last_dim` fails in Theano without a word about it.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv3d_fft
    >>> conv3d_fft(np.ones((1, 2, 3, 3, 4)), np.ones((1, 2, 2, 2, 3)), pad_last_dim=True).round(6).ravel()
    array([24., 24., 24., 24., 24., 24., 24., 24.])
    """
    return _by_transform(3, input, filters, image_shape, filter_shape, border_mode, pad_last_dim)


def _by_transform(
    rank: int,
    input: object,
    filters: object,
    image_shape: Shape | None,
    filter_shape: Shape | None,
    border_mode: object,
    pad_last_dim: object,
) -> np.ndarray:
    (x, w), dtype = operands(f"conv{rank}d_fft", input=input, filters=filters)
    spec = fft_spec(rank, x.shape, w.shape, border_mode, pad_last_dim, dtype)
    check_declared("image_shape", image_shape, x.shape)
    check_declared("filter_shape", filter_shape, w.shape)
    require_room(spec, NumpyFft())
    compute = numpy_fft.conv2d_fft if rank == 2 else numpy_fft.conv3d_fft
    return compute(x, w, border_mode, bool(pad_last_dim))
