"""The older words: `nnet.conv.conv2d` and `signal.conv.conv2d`, both of them ConvOp, and the keywords of its speed."""

from __future__ import annotations

from collections.abc import Sequence

from convlab.dialects.theano.layers import axes_problem, check_declared
from convlab.dialects.theano.options import Options, read_options
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import ConvSpec

SPEED = {  # keywords of ConvOp that choose how it computes, never what
    "unroll_batch": "computes several images per turn of its loop",
    "unroll_kern": "computes several filters per turn of its loop",
    "unroll_patch": "unrolls the loop over a filter's columns",
    "openmp": "shares the images among threads",
    "version": "chooses a loop; 'no_fft' keeps conv2d_fft away from this one call",
    "verbose": "prints what it does",
    "direction_hint": "tells the optimizer which gradient it may be",
}
LOGICAL = ("imshp_logical", "kshp_logical", "kshp_logical_top_aligned")
OURS = {  # what people bring along, and what it is called here
    "stride": "subsample", "strides": "subsample", "mode": "border_mode", "padding": "border_mode",
    "input_shape": "image_shape", "dilation": "filter_dilation", "groups": "num_groups", "flip": "filter_flip",
}  # fmt: skip
HARDCODED = {
    "image_shape": ("batch size", "image stack size", "number of rows in the image", "number of columns in the image"),
    "filter_shape": (
        "number of kernels in the filter", None, "number of rows in the filter", "number of columns in the filter",
    ),
}  # fmt: skip


def legacy_spec(
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    *,
    image_shape: Sequence[int | None] | None = None,
    filter_shape: Sequence[int | None] | None = None,
    border_mode: object = "valid",
    subsample: object = (1, 1),
    dtype: str = "float64",
) -> ConvSpec:
    """Read a call of ``theano.tensor.nnet.conv.conv2d`` as a ConvSpec.

    Parameters
    ----------
    x_shape : tuple of int
        ``(batch, channels, rows, columns)``.
    w_shape : tuple of int
        ``(filters, channels, rows, columns)``.
    image_shape, filter_shape : sequence of int or None, optional
        Declared shapes: ConvOp checks each size it is told, but for the filters' channels.
    border_mode : {"valid", "full"}
    subsample : pair of int
    dtype : str

    Raises
    ------
    SpecError
        With Theano's own text first, wherever Theano raises.

    Examples
    --------
    >>> legacy_spec((2, 3, 5, 5), (1, 3, 3, 3), border_mode="full").y_shape
    (2, 1, 7, 7)
    """
    _require_mode(border_mode)
    options = read_options(2, border_mode=border_mode, subsample=subsample)
    declared = (image_shape, filter_shape)
    if all(shape is not None and len(shape) == 4 for shape in declared):
        _require_built(options, tuple(image_shape), tuple(filter_shape))
    if problem := axes_problem("input", x_shape, 2):
        raise refusal("ConvOp (make_node) requires input be a 4D tensor", *problem)
    if problem := axes_problem("filters", w_shape, 2):
        raise refusal("make_node requires 4D tensor of kernels", *problem)
    _check_hardcoded("image_shape", image_shape, x_shape)
    _check_hardcoded("filter_shape", filter_shape, w_shape)
    if x_shape[1] != w_shape[1]:
        raise refusal(
            f"the filter stack size ({w_shape[1]}) and image stack size ({x_shape[1]}) differ",
            f"Asked for input {x_shape} with filters {w_shape}.",
            f"The images have {x_shape[1]} channels, the filters read {w_shape[1]}.",
            "Make axis 1 of both agree.",
        )
    _require_output(options, x_shape, w_shape)
    return ConvSpec(x_shape, w_shape, dtype=dtype, **options.how)


def check_keywords(function: str, given: dict, names: str) -> list[str]:
    """Return the keywords of speed that were given, or refuse those that mean something else or nothing.

    Parameters
    ----------
    function : str
        Who was called.
    given : dict
        Its further keyword arguments.
    names : str
        The names of its own, for the list of what it takes.

    Raises
    ------
    SpecError
        For imshp_logical and its kin: they change the numbers.
    TypeError
        For a keyword that there is not.

    Examples
    --------
    >>> check_keywords("legacy_conv2d", {"version": "no_fft"}, "input filters")
    ['version']
    """
    for name in given:
        if name in LOGICAL:
            raise refusal(
                "Keyword arguments 'imshp_logical' and 'kshp_logical' for conv2d are not supported anymore",
                f"Asked {function} for {name}={given[name]!r}.",
                "It spreads images or filters by zeros, which changes the numbers.",
                "Use filter_dilation to spread filters, conv2d_transpose to spread images.",
            )
        if name not in SPEED:
            takes = f"{names} {' '.join(SPEED)}".split()
            meant = f" Theano calls it {OURS[name]}." if OURS.get(name) in takes else ""
            raise TypeError(
                f"{function}() got an unexpected keyword argument {name!r}.{meant} It takes {', '.join(takes)}."
            )
    return list(given)


def check_unrolling(given: dict, image_shape: object, filter_shape: object) -> None:
    """Refuse to unroll loops over sizes that were not declared, as Theano does; the result would be the same.

    Examples
    --------
    >>> check_unrolling({"unroll_batch": 2}, (2, 1, 5, 5), (1, 1, 3, 3))
    """
    wanted = [name for name in ("unroll_batch", "unroll_kern") if given.get(name)]
    known = [
        shape is not None and None not in (shape[0], *shape[2:]) for shape in (image_shape, filter_shape)
    ]
    if wanted and not (all(known) and image_shape[1] is not None):
        raise refusal(
            "In ConvOp, when using unroll_batch and unroll_nkern, all shape are needed",
            f"Asked for {' and '.join(f'{name}={given[name]}' for name in wanted)}.",
            f"image_shape is {image_shape}, filter_shape is {filter_shape}.",
            "Declare both in full, or leave the keyword out: it changes the speed only.",
        )


def _require_mode(border_mode: object) -> None:
    if border_mode not in ("valid", "full"):
        half = " conv2d has it." if border_mode == "half" else ""
        raise refusal(
            f"Mode {border_mode} not implemented",
            f"Asked for border_mode={border_mode!r}.",
            f"ConvOp has valid and full.{half}",
            "Use one of them, or theano.conv2d, which has half and padding in numbers.",
        )


def _require_built(options: Options, x_shape: tuple, w_shape: tuple) -> None:
    """Refuse declared shapes that do not go together, as ConvOp does before it sees an array."""
    if None not in (x_shape[1], w_shape[1]) and x_shape[1] != w_shape[1]:
        raise refusal(
            f"the filter stack size ({w_shape[1]}) and image stack size ({x_shape[1]}) differ",
            f"Asked for image_shape={x_shape} with filter_shape={w_shape}.",
            "Theano prints both and stops with an AssertionError that says nothing more.",
            "Make axis 1 of both agree.",
        )
    known = [None not in pair for pair in zip(x_shape[2:], w_shape[2:], strict=True)]
    one = [(n, k) if ok else (1, 1) for n, k, ok in zip(x_shape[2:], w_shape[2:], known, strict=True)]
    if min(options.sizes(*(tuple(column) for column in zip(*one, strict=True)))) <= 0:
        raise refusal(
            f"Bad size for the output shape. Verify that [post-supersampling] input shape ({x_shape[1:]}) and "
            f"kern shape({w_shape[2:]}) are ok. (Hint: kerns must fit inside image in valid mode)",
            f"Asked for image_shape={x_shape} with filter_shape={w_shape}.",
            "The filter is larger than the image.",
            "Use border_mode='full', or smaller filters.",
        )


def _check_hardcoded(name: str, declared: Sequence[int | None] | None, shape: tuple[int, ...]) -> None:
    """Refuse a declared size that the array does not have: ConvOp compiles it in and compares."""
    if declared is not None and len(declared) == 4:
        for what, said, is_there in zip(HARDCODED[name], declared, shape, strict=True):
            if said is not None and said != is_there and what:
                raise refusal(
                    f"The hardcoded shape for the {what} ({said}) isn't the run time shape ({is_there})",
                    f"Asked for {name}={tuple(declared)}.",
                    f"The array has shape {shape}.",
                    f"Leave {name} out, or declare the true shape with None for what is not known.",
                )
    check_declared(name, declared, shape)


def _require_output(options: Options, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> None:
    for name, shape in (("input", x_shape), ("filters", w_shape)):
        if 0 in shape[2:]:
            raise SpecError(
                f"Asked for {name} of shape {shape}.", f"Axis {shape.index(0, 2)} is empty.",
                "Give every spatial axis at least one value.",
            )  # fmt: skip
    rows, columns = options.sizes(x_shape[2:], w_shape[2:])
    if min(rows, columns) <= 0:
        try:
            ConvSpec((1, 1, *x_shape[2:]), (1, 1, *w_shape[2:]), **options.how)
        except SpecError as error:
            text = f"Output dimensions are not valid {rows}x{columns}"
            raise refusal(text, error.asked, error.found, error.hint) from None
