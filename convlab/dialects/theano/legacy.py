"""The older words: `nnet.conv.conv2d` and `signal.conv.conv2d`, both of them ConvOp."""

from __future__ import annotations

from collections.abc import Sequence

from convlab.dialects.theano.checks import axes_problem, check_declared
from convlab.dialects.theano.options import Options, read_options
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import ConvSpec

NO_END = {
    "input": "does not come to an end",
    "filters": "dies of reading memory that is not its own (signal 11)",
}
HARDCODED = (  # what ConvOp compares, in its order: its name for it, who declares it, which axis, of which array
    ("number of rows in the filter", "filter_shape", 2, "filters"),
    ("number of columns in the filter", "filter_shape", 3, "filters"),
    ("image stack size", "image_shape", 1, "input"),
    ("kernel stack size", "image_shape", 1, "filters"),
    ("number of rows in the image", "image_shape", 2, "input"),
    ("number of columns in the image", "image_shape", 3, "input"),
    ("batch size", "image_shape", 0, "input"),
    ("number of kernels in the filter", "filter_shape", 0, "filters"),
)


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
    _require_steps(subsample, border_mode, x_shape, w_shape)
    options = read_options(2, border_mode=border_mode, subsample=subsample)
    if all(shape is not None and len(shape) == 4 for shape in (image_shape, filter_shape)):
        _require_built(options, tuple(image_shape), tuple(filter_shape))
    if problem := axes_problem("input", x_shape, 2):
        raise refusal("ConvOp (make_node) requires input be a 4D tensor", *problem)
    if problem := axes_problem("filters", w_shape, 2):
        raise refusal("make_node requires 4D tensor of kernels", *problem)
    declared = {"image_shape": image_shape, "filter_shape": filter_shape}
    _check_hardcoded(declared, {"input": x_shape, "filters": w_shape})
    check_declared("image_shape", image_shape, x_shape)
    check_declared("filter_shape", filter_shape, w_shape)
    if x_shape[1] != w_shape[1]:
        raise refusal(
            f"the filter stack size ({w_shape[1]}) and image stack size ({x_shape[1]}) differ",
            f"Asked for input {x_shape} with filters {w_shape}.",
            f"The images have {x_shape[1]} channels, the filters read {w_shape[1]}.",
            "Make axis 1 of both agree.",
        )
    _require_output(options, x_shape, w_shape)
    return ConvSpec(x_shape, w_shape, dtype=dtype, **options.how)


def _require_mode(border_mode: object) -> None:
    if border_mode not in ("valid", "full"):
        half = " conv2d has it." if border_mode == "half" else ""
        raise refusal(
            f"Mode {border_mode} not implemented",
            f"Asked for border_mode={border_mode!r}.",
            f"ConvOp has valid and full.{half}",
            "Use one of them, or theano.conv2d, which has half and padding in numbers.",
        )


def _require_steps(
    subsample: object, border_mode: str, x_shape: tuple[int, ...], w_shape: tuple[int, ...]
) -> None:
    """Refuse more steps than two, of which ConvOp reads the first two, and steps of 0, by which it divides."""
    if isinstance(subsample, (tuple, list)) and len(subsample) > 2:
        raise SpecError(
            f"Asked for subsample={tuple(subsample)}.",
            "ConvOp reads the first two and goes on.",
            "Give two steps.",
        )
    if isinstance(subsample, (tuple, list)) and 0 in subsample and len(x_shape) == len(w_shape) == 4:
        ones = read_options(2, border_mode=border_mode).sizes(x_shape[2:], w_shape[2:])
        sizes = (-(2**31) if step == 0 else -(-n // step) for n, step in zip(ones, subsample, strict=False))
        raise refusal(
            f"Output dimensions are not valid {'x'.join(map(str, sizes))}",
            f"Asked for subsample={tuple(subsample)}.",
            "A division by zero made that size.",
            "Use steps of 1 or more.",
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


def _check_hardcoded(declared: dict, shapes: dict) -> None:
    """Refuse a declared size that an array does not have: ConvOp compiles it in and compares."""
    for what, name, axis, of in HARDCODED:
        said = declared[name]
        if said is not None and len(said) == 4 and said[axis] not in (None, shapes[of][axis]):
            raise refusal(
                f"The hardcoded shape for the {what} ({said[axis]}) isn't the run time shape ({shapes[of][axis]})",
                f"Asked for {name}={tuple(said)}.",
                f"The {of} have shape {shapes[of]}."
                if of == "filters"
                else f"The input has shape {shapes[of]}.",
                f"Leave {name} out, or declare the true shape with None for what is not known.",
            )


def _require_output(options: Options, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> None:
    for name, shape in (("input", x_shape), ("filters", w_shape)):
        if 0 in shape[2:]:
            raise SpecError(
                f"Asked for {name} of shape {shape}.",
                f"Axis {shape.index(0, 2)} is empty; ConvOp does not check this, and {NO_END[name]}.",
                "Give every spatial axis at least one value.",
            )  # fmt: skip
    rows, columns = options.sizes(x_shape[2:], w_shape[2:])
    if min(rows, columns) <= 0:
        try:
            ConvSpec((1, 1, *x_shape[2:]), (1, 1, *w_shape[2:]), **options.how)
        except SpecError as error:
            text = f"Output dimensions are not valid {rows}x{columns}"
            raise refusal(text, error.asked, error.found, error.hint) from None
