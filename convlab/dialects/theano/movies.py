"""The words of conv3d2d, which has time before the channels and one border for time, one for rows and columns."""

from __future__ import annotations

from math import prod

from convlab.dialects.theano.checks import check_declared
from convlab.dialects.theano.layers import layer_spec
from convlab.dialects.theano.options import read_options
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import ConvSpec, mode_padding

MOVIE = ("signals", "filters")


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
    )  # frames are images to the conv2d inside
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
