"""Theano's words for a convolution, its rules and its refusals, and how they read as a `ConvSpec`.

The rules are those of Theano 1.0.5 on the CPU, held to recordings of it by the tests. Where Theano goes on with a
call that cannot be meant (a declared shape that lies, a step of 0), convlab refuses and says what Theano does.
"""

from __future__ import annotations

from collections.abc import Sequence

from convlab.arguments import integer, switch
from convlab.errors import SpecError
from convlab.spec import ConvSpec

STACK_SIZE = "CorrMM images and kernel must have the same stack size"
BORDER_MODES = ("valid", "full", "half")


def conv2d_spec(
    input_shape: tuple[int, ...],
    filter_shape: tuple[int, ...],
    *,
    border_mode: object = "valid",
    subsample: object = (1, 1),
    filter_flip: bool = True,
    filter_dilation: object = (1, 1),
    num_groups: int = 1,
    dtype: str = "float64",
) -> ConvSpec:
    """Read a call of ``theano.tensor.nnet.conv2d`` as a ConvSpec.

    Parameters
    ----------
    input_shape : tuple of int
        ``(batch, input channels, rows, columns)``.
    filter_shape : tuple of int
        ``(output channels, input channels / num_groups, rows, columns)``.
    border_mode : {"valid", "full", "half"}, int, or a pair of ints or of (before, after) pairs
    subsample, filter_dilation : pair of int
    filter_flip : bool
    num_groups : int
    dtype : str

    Raises
    ------
    SpecError
        With Theano's own text first, wherever Theano raises; and where it should.

    Examples
    --------
    >>> conv2d_spec((1, 1, 5, 5), (1, 1, 3, 3), border_mode="full", subsample=(2, 2)).y_shape
    (1, 1, 4, 4)
    """
    for name, shape in (("img", input_shape), ("kern", filter_shape)):
        if len(shape) != 4:
            raise refusal(
                f"{name} must be 4D tensor",
                f"Asked for an array of shape {tuple(shape)}.",
                f"It has {len(shape)} axes.",
                "Add axes of length 1 in front: one image is input[None, None].",
            )
    if not isinstance(num_groups, int) or num_groups < 1:
        raise refusal(
            "num_groups must have value greater than zero",
            f"Asked for num_groups={num_groups!r}.",
            "",
            "Use 1 for an ordinary layer, the number of channels for a depthwise one.",
        )
    stride = _pair("subsample", subsample)
    dilation = _pair("filter_dilation", filter_dilation)
    _check_stack(input_shape, filter_shape, num_groups)
    border, flip = _border(border_mode), switch("filter_flip", filter_flip)
    try:
        return ConvSpec(
            input_shape, filter_shape, stride=stride, dilation=dilation, groups=num_groups, flip=flip, dtype=dtype,
            **border,
        )  # fmt: skip
    except SpecError as error:
        raise refusal("CorrMM: impossible output shape", error.asked, error.found, error.hint) from None


def conv2d_words(spec: ConvSpec) -> dict:
    """Return the keyword arguments with which Theano's conv2d computes a spec of two spatial axes.

    Raises
    ------
    SpecError
        When Theano's conv2d has no words for it.

    Examples
    --------
    >>> conv2d_words(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), "full", stride=2))
    {'border_mode': 'full', 'subsample': (2, 2)}
    """
    if spec.rank != 2:
        raise SpecError(
            f"Asked for {spec} in the words of Theano's conv2d.",
            f"It has {spec.rank} spatial axes, conv2d has 2.",
            "Add an axis of length 1, or use conv3d.",
        )
    words = {
        "border_mode": spec.mode if spec.mode in BORDER_MODES else spec.pads,
        "subsample": spec.stride,
        "filter_flip": spec.flip,
        "filter_dilation": spec.dilation,
        "num_groups": spec.groups,
    }
    defaults = {
        "border_mode": "valid", "subsample": (1, 1), "filter_flip": True, "filter_dilation": (1, 1), "num_groups": 1
    }  # fmt: skip
    return {name: value for name, value in words.items() if value != defaults[name]}


def check_declared(name: str, declared: Sequence[int | None] | None, shape: tuple[int, ...]) -> None:
    """Refuse a declared shape that the array does not have; None stands for an unknown size.

    Raises
    ------
    SpecError
        Theano ignores the declaration and computes with the real shape, or with wrong loop bounds in older
        versions; convlab says so instead.
    """
    if declared is None:
        return
    declared = tuple(declared)
    fits = len(declared) == len(shape) and all(
        d is None or d == n for d, n in zip(declared, shape, strict=False)
    )
    if not fits:
        raise SpecError(
            f"Asked for {name}={declared}.",
            f"The array has shape {shape}; Theano does not check this and goes on.",
            f"Leave {name} out, or declare the true shape with None for what is not known.",
        )


def refusal(text: str, asked: str, found: str, hint: str) -> SpecError:
    """Return the error for a call that Theano refuses: its own text first, then what was asked, found, to try."""
    return SpecError(f"{text}. {asked}", found, hint)


def _pair(name: str, value: object) -> tuple[int, int]:
    """Return a pair of steps, or refuse it in Theano's words."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise refusal(
            f"{name} must have 2 elements",
            f"Asked for {name}={value!r}.",
            "",
            f"Give one number for rows and one for columns, for example {name}=(2, 2).",
        )
    if 0 in value:
        what = (
            "Theano dies here of a division by zero and takes the interpreter with it (signal 8)."
            if name == "subsample"
            else "Theano accepts it and returns a result of a shape that no filter gives."
        )
        raise SpecError(f"Asked for {name}={tuple(value)}.", what, "Use steps of 1 or more.")
    return tuple(integer(name, one, 1) for one in value)


def _border(mode: object) -> dict:
    """Return ConvSpec's mode or padding for a border_mode, or refuse it in Theano's words."""
    if isinstance(mode, str) and mode in BORDER_MODES:
        return {"mode": mode}
    if _is_count(mode):
        return {"padding": mode}
    asked = f"Asked for border_mode={mode!r}."
    hint = 'Use "valid", "full", "half", an integer, or a tuple such as (1, 2) or ((0, 1), (2, 1)).'
    if isinstance(mode, int) and not isinstance(mode, bool):
        raise refusal(f"invalid border_mode {mode}, which must be a non-negative integer", asked, "", hint)
    if not isinstance(mode, tuple):
        choices = 'which must be either "valid", "full", "half", an integer or a tuple of length 2'
        same = " Theano has no 'same': for odd filters 'half' is the same." if mode == "same" else ""
        raise refusal(f"invalid border_mode {mode}, {choices}", asked, same.strip(), hint)
    if len(mode) != 2:
        raise refusal(f"invalid border_mode {mode}, which must be a tuple of length 2", asked, "", hint)
    if not all(_is_count(one) or _is_count_pair(one) for one in mode):
        text = f"invalid border mode {mode}. The tuple can only contain integers  or pairs of integers"
        raise refusal(text, asked, "", hint)
    return {"padding": mode}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_count_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(map(_is_count, value))


def _check_stack(x_shape: tuple[int, ...], w_shape: tuple[int, ...], groups: int) -> None:
    asked = f"Asked for input {x_shape} with filters {w_shape}" + (
        f" in {groups} groups." if groups > 1 else "."
    )
    if x_shape[1] != w_shape[1] * groups:
        raise refusal(
            STACK_SIZE,
            asked,
            f"The images have {x_shape[1]} channels, the filters read {w_shape[1] * groups}.",
            "Make axis 1 of both agree: input is (batch, channels, rows, columns).",
        )
    if w_shape[0] % groups:
        raise refusal(
            "CorrMM the number of filters must be divisible by the number of groups",
            asked,
            f"{w_shape[0]} filters do not divide into {groups} groups.",
            "Use a multiple of num_groups filters.",
        )
