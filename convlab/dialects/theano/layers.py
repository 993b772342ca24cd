"""A call of Theano's layers, of 1 to 3 spatial axes, read as a `ConvSpec`; and a ConvSpec said in Theano's words."""

from __future__ import annotations

from convlab.dialects.theano import texts
from convlab.dialects.theano.checks import require_axes, require_channels, require_taps
from convlab.dialects.theano.options import BORDER_MODES, Options, read_options
from convlab.dialects.theano.texts import refusal
from convlab.errors import SpecError
from convlab.spec import ConvSpec, by


def conv2d_spec(
    input_shape: tuple[int, ...], filter_shape: tuple[int, ...], *, dtype: str = "float64", **words
) -> ConvSpec:
    """Read a call of ``theano.tensor.nnet.conv2d`` as a ConvSpec.

    Parameters
    ----------
    input_shape : tuple of int
        ``(batch, input channels, rows, columns)``.
    filter_shape : tuple of int
        ``(output channels, input channels / num_groups, rows, columns)``.
    dtype : str
    **words
        border_mode, subsample, filter_flip, filter_dilation, num_groups: as in `convlab.theano.conv2d`.

    Raises
    ------
    SpecError
        With Theano's own text first, wherever Theano raises; and where it should.

    Examples
    --------
    >>> conv2d_spec((1, 1, 5, 5), (1, 1, 3, 3), border_mode="full", subsample=(2, 2)).y_shape
    (1, 1, 4, 4)
    """
    return layer_spec(read_options(2, **words), input_shape, filter_shape, dtype)


def conv3d_spec(
    input_shape: tuple[int, ...], filter_shape: tuple[int, ...], *, dtype: str = "float64", **words
) -> ConvSpec:
    """Read a call of ``theano.tensor.nnet.conv3d`` as a ConvSpec: `conv2d_spec` with a depth before the rows.

    Examples
    --------
    >>> conv3d_spec((1, 1, 4, 4, 4), (1, 1, 2, 3, 2), border_mode=(0, 1, 2)).y_shape
    (1, 1, 3, 4, 7)
    """
    return layer_spec(read_options(3, **words), input_shape, filter_shape, dtype)


def layer_spec(options: Options, x_shape: tuple[int, ...], w_shape: tuple[int, ...], dtype: str) -> ConvSpec:
    """Return the ConvSpec of a layer, or refuse it as Theano's compiled code does, and in its order.

    Parameters
    ----------
    options : Options
    x_shape, w_shape : tuple of int
        Filters of one more block of axes, behind the first, are unshared: one filter per output position.
    dtype : str

    Raises
    ------
    SpecError
    """
    require_axes("img", "input", x_shape, options.rank)
    unshared = len(w_shape) == 2 + 2 * options.rank
    if not unshared:
        require_axes("kern", "filters", w_shape, options.rank)
    shared = (w_shape[0], *w_shape[1 + options.rank :]) if unshared else w_shape
    require_taps(options, x_shape, shared)
    top = (x_shape[0], w_shape[0], *options.truncated(x_shape[2:], shared[2:]))
    if any(n <= 0 for n in top[2:]):
        raise _no_room(texts.impossible(options.rank, x_shape, w_shape, top), options, x_shape, shared, dtype)
    require_channels(options, x_shape, shared)
    sizes = options.sizes(x_shape[2:], shared[2:])
    if any(n <= 0 for n in sizes):
        found = (*top[:2], *sizes)
        text = (
            texts.regions(x_shape, w_shape, found)
            if unshared
            else texts.inconsistent(options.rank, x_shape, w_shape, top, found)
        )
        raise _no_room(text, options, x_shape, shared, dtype)
    if unshared and w_shape[1 : 1 + options.rank] != sizes:
        raise refusal(
            texts.regions(x_shape, w_shape, (*top[:2], *sizes)),
            f"Asked for unshared filters of shape {w_shape}.",
            f"The output has {by(sizes)} positions, the filters are for {by(w_shape[1 : 1 + options.rank])}.",
            f"Give filters of shape {(w_shape[0], *sizes, *shared[1:])}.",
        )
    return ConvSpec(x_shape, shared, dtype=dtype, **options.how)


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
    return _words(spec, 2)


def conv3d_words(spec: ConvSpec) -> dict:
    """Return the keyword arguments with which Theano's conv3d computes a spec of three spatial axes.

    Raises
    ------
    SpecError
        When Theano's conv3d has no words for it: it pads both sides of an axis alike.

    Examples
    --------
    >>> conv3d_words(ConvSpec((1, 1, 4, 4, 4), (1, 1, 2, 2, 2), padding=(0, 1, 2)))
    {'border_mode': (0, 1, 2)}
    """
    words = _words(spec, 3)
    if not isinstance(words.get("border_mode", ""), str):
        if any(lo != hi for lo, hi in spec.pads):
            raise refusal(
                "Asymmetric padding not implemented for 3D",
                f"Asked for {spec} in the words of Theano's conv3d.",
                f"It pads {spec.pads}, conv3d pads both sides of an axis alike.",
                "Pad x with np.pad and ask for mode valid.",
            )
        words["border_mode"] = tuple(lo for lo, _ in spec.pads)
    return words


def _no_room(
    text: str, options: Options, x_shape: tuple[int, ...], w_shape: tuple[int, ...], dtype: str
) -> SpecError:
    """Return the error for a filter that is larger than its input: Theano's text, and the spec's own sentences."""
    padded = (x_shape[0], w_shape[1] * options.groups, *x_shape[2:])  # let nothing but the sizes be wrong
    filters = (options.groups, *w_shape[1:])
    try:
        ConvSpec(padded, filters, dtype=dtype, **options.how)
    except SpecError as error:
        return refusal(text, error.asked, error.found, error.hint)
    raise AssertionError(f"{x_shape} with {w_shape} has an output")  # pragma: no cover


def _words(spec: ConvSpec, rank: int) -> dict:
    if spec.rank != rank:
        raise SpecError(
            f"Asked for {spec} in the words of Theano's conv{rank}d.",
            f"It has {spec.rank} spatial ax{'i' if spec.rank == 1 else 'e'}s, conv{rank}d has {rank}.",
            "Add an axis of length 1." if spec.rank < rank else "Use conv3d.",
        )
    words = {
        "border_mode": spec.mode if spec.mode in BORDER_MODES else spec.pads,
        "subsample": spec.stride,
        "filter_flip": spec.flip,
        "filter_dilation": spec.dilation,
        "num_groups": spec.groups,
    }
    ones = (1,) * rank
    usual = {
        "border_mode": "valid", "subsample": ones, "filter_flip": True, "filter_dilation": ones, "num_groups": 1
    }  # fmt: skip
    return {name: value for name, value in words.items() if value != usual[name]}
