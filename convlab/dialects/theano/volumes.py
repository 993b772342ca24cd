"""The words of conv3D: channels last, a bias, strides, and no flip."""

from __future__ import annotations

from collections.abc import Sequence

from convlab.arguments import integer
from convlab.dialects.theano.texts import refusal
from convlab.spec import ConvSpec

SIZES = (("height", "tall"), ("width", "wide"), ("duration", "long"))


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
    for (size, how), k, n in zip(SIZES, W[1:4], V[1:4], strict=True):
        if k > n:
            raise refusal(
                f"W has a {size} of {k} but V is only {n} pixels {how}", asked,
                "conv3D has no padding.", "Pad V with np.pad, or use smaller filters.",
            )  # fmt: skip
    return ConvSpec((V[0], V[4], *V[1:4]), (W[0], W[4], *W[1:4]), stride=steps, flip=False, dtype=dtype)


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
