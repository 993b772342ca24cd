"""Three spatial axes in layouts of their own: conv3d2d, by conv2d, and conv3D, with its bias."""

from __future__ import annotations

import numpy as np

from convlab.dialects.theano.movies import check_movie, conv3d2d_spec
from convlab.dialects.theano.volumes import conv3D_spec
from convlab.theano.arrays import forward, operands

Shape = tuple[int | None, ...]
FRAMES_FIRST = (0, 2, 1, 3, 4)  # time and channels change places; so they do on the way back
CHANNELS_FIRST, CHANNELS_LAST = (0, 4, 1, 2, 3), (0, 2, 3, 4, 1)


def conv3d2d(
    signals: object,
    filters: object,
    signals_shape: Shape | None = None,
    filters_shape: Shape | None = None,
    border_mode: str | tuple[str, str, str] = "valid",
) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.conv3d2d.conv3d`` computes (Theano 0.6 to 1.0.5): a movie, by conv2d.

    Parameters
    ----------
    signals : array_like, shape (batch, time, channels, rows, columns)
    filters : array_like, shape (filters, time, channels, rows, columns)
        Turned along all three axes.
    signals_shape, filters_shape : tuple, optional
        Declared shapes; Theano reshapes by them, here they are checked.
    border_mode : {"valid", "full", "half"} or a triple of them
        For time, rows and columns; rows and columns must agree.

    Returns
    -------
    ndarray, shape (batch, output time, filters, output rows, output columns)

    Raises
    ------
    SpecError
        With Theano's own text first, wherever Theano raises.
    Refused
        When it would take more memory than there is.

    Notes
    -----
    The same as `conv3D` on other axes, and turned:
    ``conv3D(V, W, b, (1, 1, 1)) == conv3d2d(V.transpose(0, 3, 4, 1, 2), W[:, ::-1, ::-1, ::-1].transpose(0, 3, 4, 1,
    2)).transpose(0, 3, 4, 1, 2) + b``.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv3d2d
    >>> frames = np.arange(4.0).reshape(1, 4, 1, 1, 1)
    >>> conv3d2d(frames, np.array([1.0, 10]).reshape(1, 2, 1, 1, 1), border_mode=("full", "valid", "valid")).ravel()
    array([ 0.,  1., 12., 23., 30.])
    """
    (x, w), dtype = operands("AbstractConv2d", signals=signals, filters=filters)
    spec = conv3d2d_spec(x.shape, w.shape, border_mode, dtype)
    check_movie(x.shape, w.shape, signals_shape, filters_shape)
    y = forward(x.transpose(FRAMES_FIRST), w.transpose(FRAMES_FIRST), spec, "numpy-conv3d2d")
    return y.transpose(FRAMES_FIRST)


def conv3D(V: object, W: object, b: object, d: tuple[int, int, int]) -> np.ndarray:
    """Compute what ``theano.tensor.nnet.conv3D`` computes (to Theano 0.8.2): a movie with its channels last.

    Parameters
    ----------
    V : array_like, shape (batch, row, column, time, in channel)
    W : array_like, shape (out channel, row, column, time, in channel)
        Not turned: this is a cross-correlation.
    b : array_like, shape (out channel,)
        Added to the result.
    d : three integers
        Strides along row, column and time.

    Returns
    -------
    ndarray, shape (batch, output row, output column, output time, out channel)

    Raises
    ------
    SpecError
        With Theano 0.8.2's own text first, wherever it raises. Types that differ are refused as conv2d refuses
        them; of these there is no recording.
    Refused
        When it would take more memory than there is.

    Examples
    --------
    >>> import numpy as np
    >>> from convlab.theano import conv3D
    >>> V, W = np.arange(4.0).reshape(1, 1, 1, 4, 1), np.array([1.0, 10]).reshape(1, 1, 1, 2, 1)
    >>> conv3D(V, W, np.array([0.5]), (1, 1, 2)).ravel()
    array([10.5, 32.5])
    """
    (x, w, bias), dtype = operands("Conv3D", V=V, W=W, b=b)
    spec = conv3D_spec(x.shape, w.shape, bias.shape, d, dtype)
    y = forward(x.transpose(CHANNELS_FIRST), w.transpose(CHANNELS_FIRST), spec, "numpy-conv3d")
    return y.transpose(CHANNELS_LAST) + bias
