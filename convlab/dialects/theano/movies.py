"""The words for three spatial axes whose layouts are their own: conv3d2d and conv3D."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convlab.arguments import integer
from convlab.dialects.theano.checks import check_declared
from convlab.dialects.theano.layers import layer_spec
from convlab.dialects.theano.options import read_options
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import ConvSpec, mode_padding

MOVIE = ("signals", "filters")
AXES_3D = (("height", "tall"), ("width", "wide"), ("duration", "long"))


def conv3d2d_spec(
    signals: tuple[int, ...], filters: tuple[int, ...], border_mode: object = "valid", dtype: str = "float64"
) -> ConvSpec:
    """Read a call of ``theano.tensor.nnet.conv3d2d.conv3d`` as a ConvSpec, time as depth.

    Parameters
    ----------
    signals : tuple of int
        ``(batch, time, channels, rows, columns)``.
    filters : tuple of int
        ``(filters, time, channels, rows, columns)``.
    border_mode : {"valid", "full", "half"} or a triple of them
        For time, rows and columns; the last two must agree.
    dtype : str

    Raises
    ------
    SpecError
        With Theano's own text first, wherever Theano raises.

    Examples
    --------
    >>> conv3d2d_spec((1, 4, 1, 4, 5), (2, 3, 1, 2, 3), ("half", "full", "full")).y_shape
    (1, 2, 4, 5, 7)
    """
    time, rows = _borders(border_mode)
    for name, shape in zip(MOVIE, (signals, filters), strict=True):
        if len(shape) != 5:
            raise SpecError(
                f"Asked for {name} of shape {shape}.",
                f"It has {len(shape)} axes, a movie has 5: batch or filters, time, channels, rows, columns.",
                f"Add axes of length 1, for example {name}[:, :, None] for one channel.",
            )
    if signals[2] != filters[2]:
        frames = (signals[0] * signals[1], filters[2], *signals[3:])
        raise refusal(
            f"cannot reshape array of size {prod(signals)} into shape ({','.join(map(str, frames))})",
            f"Asked for signals {signals} with filters {filters}.",
            f"The signals have {signals[2]} channels, the filters read {filters[2]}.",
            "Make axis 2 of both agree: time comes before the channels.",
        )
    frames, kernels = (signals[0] * signals[1], *signals[2:]), (filters[0] * filters[1], *filters[2:])
    layer_spec(
        read_options(2, border_mode=rows), frames, kernels, dtype
    )  # the conv2d inside sees frames as images
    pads = [
        mode_padding(mode, k) for mode, k in zip((time, rows, rows), (filters[1], *filters[3:]), strict=True)
    ]
    if signals[1] + sum(pads[0]) < filters[1]:
        raise refusal(
            "is this allowed?",
            f"Asked for filters of {filters[1]} frames over signals of {signals[1]}, {time} in time.",
            "The filter lasts longer than the signal with its zeros.",
            "Use 'full' in time, or shorter filters.",
        )
    x_shape, w_shape = ((s[0], s[2], s[1], *s[3:]) for s in (signals, filters))
    return ConvSpec(x_shape, w_shape, padding=tuple(pads), dtype=dtype)


def conv3D_spec(
    V: tuple[int, ...], W: tuple[int, ...], b: tuple[int, ...], d: Sequence[int], dtype: str = "float64"
) -> ConvSpec:
    """Read a call of ``theano.tensor.nnet.conv3D`` as a ConvSpec of (row, column, time).

    Parameters
    ----------
    V : tuple of int
        ``(batch, row, column, time, in channel)``.
    W : tuple of int
        ``(out channel, row, column, time, in channel)``.
    b : tuple of int
        ``(out channel,)``.
    d : three integers
        Strides along row, column and time.
    dtype : str

    Raises
    ------
    SpecError
        With Theano 0.8.2's own text first, wherever it raises.

    Examples
    --------
    >>> conv3D_spec((1, 6, 4, 4, 2), (2, 2, 2, 3, 2), (2,), (2, 1, 1)).y_shape
    (1, 2, 3, 3, 2)
    """
    for name, shape in (("W", W), ("V", V)):
        if len(shape) != 5:
            raise refusal(
                f"Conv3D: {name} must be a 5 dimensional tensor", f"Asked for {name} of shape {shape}.",
                f"It has {len(shape)} axes: the last one is the channels.", "Add axes of length 1.",
            )  # fmt: skip
    if len(b) != 1:
        raise refusal(
            "Conv3D: b must be a vector.", f"Asked for b of shape {b}.", f"It has {len(b)} axes.",
            "Give one number per filter, zeros for no bias.",
        )  # fmt: skip
    steps = _strides(d)
    asked = f"Asked for V {V} with W {W} and b {b}."
    if W[4] != V[4]:
        sizes = ",".join(map(str, V))
        raise refusal(
            f"Conv3D: W operates on a {W[4]} channel image but the image has {V[4]} channels. "
            f"Overall shape of input: ({sizes})",
            asked, f"V has {V[4]} channels, W reads {W[4]}.", "Make the last axis of both agree.",
        )  # fmt: skip
    if b[0] != W[0]:
        raise refusal(
            f"Conv3D: b adds to a(n) {b[0]} channel output image but the output has {W[0]} channels",
            asked, f"W has {W[0]} filters, b has {b[0]} numbers.", "Give one number per filter.",
        )  # fmt: skip
    for (size, how), k, n in zip(AXES_3D, W[1:4], V[1:4], strict=True):
        if k > n:
            raise refusal(
                f"W has a {size} of {k} but V is only {n} pixels {how}", asked,
                "conv3D has no padding.", "Pad V with np.pad, or use smaller filters.",
            )  # fmt: skip
    return ConvSpec((V[0], V[4], *V[1:4]), (W[0], W[4], *W[1:4]), stride=steps, flip=False, dtype=dtype)


def check_movie(signals: tuple, filters: tuple, signals_shape: object, filters_shape: object) -> None:
    """Refuse declared shapes that lie: Theano reshapes by them.

    Examples
    --------
    >>> check_movie((1, 4, 1, 4, 5), (2, 3, 1, 2, 3), None, (2, 3, 1, 2, 3))
    """
    for name, declared, shape in (
        ("signals_shape", signals_shape, signals),
        ("filters_shape", filters_shape, filters),
    ):
        check_declared(name, declared, shape)


def _borders(border_mode: object) -> tuple[str, str]:
    """Return the border in time and the one in rows and columns, or refuse them as Theano does."""
    modes = (border_mode,) * 3 if isinstance(border_mode, str) else border_mode
    if not isinstance(modes, (tuple, list)) or len(modes) != 3:
        raise SpecError(
            f"Asked for border_mode={border_mode!r}.",
            "It is one word, or three: for time, rows and columns.",
            "Use 'valid', 'full', 'half', or a triple such as ('full', 'valid', 'valid').",
        )
    asked, hint = f"Asked for border_mode={border_mode!r}.", "Use 'valid', 'full' or 'half'."
    if modes[1] != modes[2]:
        raise refusal(
            "height and width bordermodes must match", asked,
            f"It asks for {modes[1]!r} in rows and {modes[2]!r} in columns: one call of conv2d does both.",
            "Give the same word for both.",
        )  # fmt: skip
    read_options(2, border_mode=modes[1])  # in the words of the conv2d inside
    for mode in (modes[1], modes[0]):
        if mode not in ("valid", "full", "half"):
            raise refusal(
                f"('invalid border mode', {mode!r})", asked, f"{mode!r} is none of its three words.", hint
            )
    return modes[0], modes[1]


def _strides(d: object) -> tuple[int, int, int]:
    if not isinstance(d, (tuple, list)) and getattr(d, "ndim", 0) != 1:
        raise refusal(
            "Conv3D: d must be a vector.", f"Asked for d={d!r}.", "It holds the strides along row, column and time.",
            "Give three integers, (1, 1, 1) for none.",
        )  # fmt: skip
    if len(d) != 3:
        raise refusal(
            f"Conv3D: 3 stride length arguments expected (row, col, time) but {len(d)} were given",
            f"Asked for d={tuple(d)}.", "A movie has three axes.", "Give three integers.",
        )  # fmt: skip
    numbers = [integer("d", one, -(2**31)) for one in d]
    if min(numbers) <= 0:
        raise refusal(
            f"Conv3D: Strides must all be positive but are {', '.join(map(str, numbers))}",
            f"Asked for d={tuple(numbers)}.", "A window that does not move has no next position.",
            "Use strides of 1 or more.",
        )  # fmt: skip
    return tuple(numbers)
