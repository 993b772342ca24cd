"""The shapes that Theano's gradients are given, read as the ConvSpec of the layer that they belong to.

A gradient does not tell the size of what it is the gradient of: a stride leaves a remainder unread. So Theano asks
for it, and refuses a size from which the layer would not have made a gradient of this shape.
"""

from __future__ import annotations

from collections.abc import Sequence

from convlab.dialects.theano import texts
from convlab.dialects.theano.checks import check_declared, require_axes, require_channels
from convlab.dialects.theano.layers import layer_spec
from convlab.dialects.theano.options import Options
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import ConvSpec, by


def inputs_spec(
    options: Options,
    top: tuple[int, ...],
    w_shape: tuple[int, ...],
    declared: Sequence[int | None],
    dtype: str,
    name: str = "input_shape",
) -> ConvSpec:
    """Return the layer whose input has a declared shape and whose output has the shape of a gradient.

    Parameters
    ----------
    options : Options
    top : tuple of int
        Shape of the gradient of the output.
    w_shape : tuple of int
        Shape of the filters; six sizes when they are unshared.
    declared : sequence of int or None
        Shape of the input; the first two may be None.
    dtype : str
    name : str
        What the caller calls `declared`.

    Raises
    ------
    SpecError
        With Theano's own text first, when the layer has another output, or none.

    Examples
    --------
    >>> from convlab.dialects.theano.options import read_options
    >>> stride = read_options(2, subsample=(2, 2))
    >>> inputs_spec(stride, (1, 2, 3, 4), (2, 3, 3, 2), (1, 3, 8, 9), "float64").leftover
    (1, 1)
    """
    require_axes("topgrad", "output_grad", top, options.rank)
    sizes = _read(name, declared, options.rank + 2, 2)
    x_shape = (top[0], w_shape[-options.rank - 1] * options.groups, *sizes[2:])
    if any(n <= 0 for n in x_shape[2:]):
        negative = "There is a negative shape in the graph!"
        raise refusal(
            negative if min(x_shape) < 0 else texts.impossible(options.rank, x_shape, w_shape, top, "inputs"),
            f"Asked for {name}={tuple(declared)}.", "An input has at least one value along each axis.",
            f"Give the {name} of the layer.",
        )  # fmt: skip
    shared = (w_shape[0], *w_shape[-options.rank - 1 :])
    require_channels(options, x_shape, shared)
    _require_reach(options, name, x_shape, w_shape, top)
    _check_first(name, sizes, x_shape)
    return layer_spec(options, x_shape, w_shape, dtype)


def weights_spec(
    options: Options,
    x_shape: tuple[int, ...],
    top: tuple[int, ...],
    declared: Sequence[int | None],
    dtype: str,
    unshared: bool = False,
) -> ConvSpec:
    """Return the layer whose filters have a declared shape and whose output has the shape of a gradient.

    Parameters
    ----------
    options : Options
    x_shape, top : tuple of int
        Shapes of the input and of the gradient of the output.
    declared : sequence of int or None
        Shape of the filters; all but the taps may be None. Six sizes when they are unshared.
    dtype : str
    unshared : bool

    Raises
    ------
    SpecError
        With Theano's own text first, when the layer has another output, or none.
    """
    require_axes("img", "input", x_shape, options.rank)
    require_axes("topgrad", "output_grad", top, options.rank)
    rank = options.rank
    axes = 2 + rank + rank * unshared
    sizes = _read("filter_shape", declared, axes, axes - rank)
    regions = top[2:] if unshared else ()
    w_shape = (top[1], *regions, x_shape[1] // options.groups, *sizes[-rank:])
    if any(n <= 0 for n in w_shape[-rank:]):
        raise refusal(
            texts.impossible(rank, x_shape, w_shape, top, "weights"),
            f"Asked for filter_shape={tuple(declared)}.", "A filter has at least one tap along each axis.",
            "Give the filter_shape of the layer.",
        )  # fmt: skip
    require_channels(options, x_shape, (w_shape[0], *w_shape[-rank - 1 :]))
    _require_reach(options, "filter_shape", x_shape, w_shape, top)
    _check_first("filter_shape", sizes, w_shape)
    return layer_spec(options, x_shape, w_shape, dtype)


def check_filter_shape(declared: Sequence[int | None] | None, shape: tuple[int, ...]) -> None:
    """Refuse a declared filter_shape of the wrong length as Theano does, and one that lies as convlab does.

    Examples
    --------
    >>> check_filter_shape((None, 1, 3, 3), (2, 1, 3, 3))
    """
    if declared is not None and len(declared) != len(shape):
        raise refusal(
            f"The lenght of filter_shape was {len(declared)}, but we expected {len(shape)}.",
            f"Asked for filter_shape={tuple(declared)}.", f"The filters have shape {shape}.", "Leave it out.",
        )  # fmt: skip
    check_declared("filter_shape", declared, shape)


def _read(name: str, declared: object, count: int, open_axes: int) -> tuple[int | None, ...]:
    """Return a shape that must be declared; only its first `open_axes` sizes may be None."""
    if not isinstance(declared, (tuple, list)) or len(declared) != count:
        raise SpecError(
            f"Asked for {name}={declared!r}.",
            f"A gradient does not tell the shape of what it belongs to; it takes {count} sizes.",
            f"Give {name} in full, None for what the arrays tell.",
        )
    for axis, n in enumerate(declared):
        is_size = isinstance(n, int) and not isinstance(n, bool)
        if not (is_size or (n is None and axis < open_axes)):
            asked, found = f"Asked for {name}={tuple(declared)}.", f"Axis {axis} has {n!r} for its size."
            hint = "Give it as an integer" + (
                ", or None for what the arrays tell." if axis < open_axes else "."
            )
            if name == "filter_shape":
                raise SpecError(
                    asked, f"{found} Theano stops with an AssertionError that says nothing more.", hint
                )
            kind = "a constant or None" if axis < open_axes else "a symbolic variable, a constant or None"
            raise refusal(f"input_shape[{axis}] must be {kind}.", asked, found, hint)
    return tuple(declared)


def _check_first(name: str, declared: tuple[int | None, ...], shape: tuple[int, ...]) -> None:
    """Refuse declared sizes that the arrays contradict: Theano does not look at those that it can work out."""
    if any(d is not None and d != n for d, n in zip(declared, shape, strict=True)):
        raise SpecError(
            f"Asked for {name}={declared}.",
            f"The arrays belong to {name} {shape}; Theano does not check this and goes on with theirs.",
            f"Declare {shape}, or None for what the arrays tell.",
        )


def _require_reach(
    options: Options, name: str, x_shape: tuple[int, ...], w_shape: tuple[int, ...], top: tuple[int, ...]
) -> None:
    """Refuse sizes from which the layer makes an output of another shape than the gradient has."""
    expected = (x_shape[0], w_shape[0], *options.sizes(x_shape[2:], w_shape[-options.rank :]))
    regions = w_shape[1 : -options.rank - 1] if len(w_shape) > options.rank + 2 else expected[2:]
    if (expected, regions) == (tuple(top), expected[2:]):
        return
    given = x_shape if name != "filter_shape" else w_shape
    reach = _reachable(options, top, w_shape) if name != "filter_shape" else "the filter_shape of the layer"
    raise refusal(
        texts.inconsistent(options.rank, x_shape, w_shape, top, expected)
        if regions == expected[2:]
        else texts.regions(x_shape, w_shape, expected),
        f"Asked for {name}={given} with output_grad {tuple(top)}.",
        f"That layer's output has shape {expected}.",
        f"Give {reach}, or the gradient of that layer's output.",
    )


def _reachable(options: Options, top: tuple[int, ...], w_shape: tuple[int, ...]) -> str:
    """Return the input sizes that lead to a gradient of this shape, as a person would say them."""
    taps = w_shape[-options.rank :]
    nothing = options.room((0,) * options.rank, taps)  # how far the window moves when the input adds nothing
    first = [(n - 1) * s - gap for n, s, gap in zip(top[2:], options.stride, nothing, strict=True)]
    ranges = [f"{n}" if s == 1 else f"{n} to {n + s - 1}" for n, s in zip(first, options.stride, strict=True)]
    return f"an input of {by(ranges)}"
