"""What the arrays of a call must be like, whatever is computed with them: axes, channels, taps, declared shapes."""

from __future__ import annotations

from collections.abc import Sequence

from convlab.dialects.theano import texts
from convlab.dialects.theano.options import Options
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import AXES, by


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
    if len(declared) != len(shape) or any(
        d is not None and d != n for d, n in zip(declared, shape, strict=False)
    ):
        raise SpecError(
            f"Asked for {name}={declared}.",
            f"The array has shape {shape}; Theano does not check this (conv.assert_shape is off) and goes on.",
            f"Leave {name} out, or declare the true shape with None for what is not known.",
        )


def require_axes(theano: str, name: str, shape: tuple[int, ...], rank: int) -> None:
    """Refuse an array of too few or too many axes, in the words that Theano has for it: img, kern or topgrad."""
    if problem := axes_problem(name, shape, rank):
        raise refusal(f"{theano} must be {rank + 2}D tensor", *problem)


def axes_problem(name: str, shape: tuple[int, ...], rank: int) -> tuple[str, str, str] | None:
    """Return what was asked, found and to try where an array has too few or too many axes; None where it is right.

    An array of one axis too few can be read in two ways, and the hint names both.

    Examples
    --------
    >>> axes_problem("input", (3, 5, 5), 2)[2]
    'One image of 3 channels: input[None]. A stack of 3 images of one channel: input[:, None].'
    """
    axes = rank + 2
    if len(shape) == axes:
        return None
    one, first = ("filter", "filters") if name == "filters" else ("image", "batch")
    if len(shape) == axes - 1:
        hint = (
            f"One {one} of {shape[0]} channel{'s' * (shape[0] != 1)}: {name}[None]. "
            f"A stack of {shape[0]} {one}{'s' * (shape[0] != 1)} of one channel: {name}[:, None]."
        )
    elif len(shape) == axes - 2:
        hint = f"One {one} of one channel: {name}[None, None]."
    else:
        hint = f"Give {name} of shape ({first}, channels, {', '.join(AXES[rank])})."
    found = f"It has {len(shape)} ax{'i' if len(shape) == 1 else 'e'}s, a layer of {rank} spatial axes has {axes}."
    return f"Asked for {name} of shape {tuple(shape)}.", found, hint


def require_channels(options: Options, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> None:
    """Refuse filters that read other channels than there are, or that do not divide into the groups."""
    groups = options.groups
    asked = f"Asked for input {x_shape} with filters {w_shape}" + (
        f" in {groups} groups." if groups > 1 else "."
    )
    if x_shape[1] != w_shape[1] * groups:
        each = f"{w_shape[1]} in each of {groups} groups" if groups > 1 else f"{w_shape[1]}"
        raise refusal(
            f"{texts.OPERATOR[options.rank]} {texts.STACK_SIZE}",
            asked,
            f"The images have {x_shape[1]} channels, the filters read {each}.",
            "Make axis 1 of both agree: input is (batch, channels, ...), filters (output channels, channels / "
            "num_groups, ...).",
        )
    if w_shape[0] % groups:
        raise refusal(
            texts.GROUPS, asked, f"{w_shape[0]} filters do not divide into {groups} groups.",
            "Use a multiple of num_groups filters.",
        )  # fmt: skip


def require_taps(options: Options, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> None:
    """Refuse an empty filter or an empty image, with which Theano makes up a result."""
    for name, shape in (("filters", w_shape), ("input", x_shape)):
        if 0 in shape[2:]:
            sizes = options.sizes(x_shape[2:], w_shape[2:])
            raise SpecError(
                f"Asked for {name} of shape {shape}.",
                f"Axis {shape.index(0, 2)} is empty; Theano does not check this and goes on, to {by(sizes)} zeros.",
                "Give every spatial axis at least one value.",
            )
