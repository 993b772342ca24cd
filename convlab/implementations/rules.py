"""Restrictions that implementations share, each with its test."""

from __future__ import annotations

from collections.abc import Callable

from convlab.implementations.implementation import Rule
from convlab.spec import ConvSpec, by


def _rule(sentence: str) -> Callable[[Callable[[ConvSpec], str | None]], Rule]:
    return lambda broken: Rule(sentence, broken)


@_rule("The last axis of x must be even, or pad_last_dim=True adds a column.")
def even_last_axis(spec: ConvSpec) -> str | None:
    """Theano's Assert: "in conv2d_fft: width is not even"."""
    last = spec.space[-1]
    return f"The last axis of x has {last} positions, an odd number." if last % 2 else None


@_rule("The filter must be square.")
def square_filter(spec: ConvSpec) -> str | None:
    """One number says both its sides."""
    return None if len(set(spec.taps)) == 1 else f"The filter is {by(spec.taps)}."


@_rule("The number of filters must be a multiple of 16.")
def filters_in_sixteens(spec: ConvSpec) -> str | None:
    """16 filters are one block of threads."""
    filters = spec.w_shape[0]
    return (
        f"There {'is' if filters == 1 else 'are'} {filters} filter{'s' * (filters != 1)}."
        if filters % 16
        else None
    )


@_rule("The number of channels must be 1, 2, 3 or even.")
def few_or_even_channels(spec: ConvSpec) -> str | None:
    """Its kernels read up to three channels, or pairs of them."""
    channels = spec.x_shape[1]
    return f"x has {channels} channels." if channels > 3 and channels % 2 else None


@_rule("One stride for both axes, at most as large as the filter.")
def one_stride_within_the_filter(spec: ConvSpec) -> str | None:
    """One number says both strides."""
    if len(set(spec.stride)) > 1:
        return f"The strides are {by(spec.stride)}."
    if spec.stride[0] > min(spec.taps):
        return f"The stride is {spec.stride[0]}, the filter {by(spec.taps)}."
    return None


@_rule("The stride must leave nothing of x unread.")
def all_of_x_read(spec: ConvSpec) -> str | None:
    """Its kernels take the number of places from the caller and check that they cover x."""
    return f"The stride leaves {by(spec.leftover)} of x unread." if any(spec.leftover) else None


@_rule("One number of zeros for all four sides.")
def one_padding(spec: ConvSpec) -> str | None:
    """One number says all the padding."""
    return (
        None if len({side for pair in spec.pads for side in pair}) == 1 else f"The zeros are {_sides(spec)}."
    )


@_rule("As many zeros before an axis as after it.")
def equal_sides(spec: ConvSpec) -> str | None:
    """One number says both sides of an axis."""
    return None if all(lo == hi for lo, hi in spec.pads) else f"The zeros are {_sides(spec)}, before:after."


@_rule("float32 only.")
def only_float32(spec: ConvSpec) -> str | None:
    """It was written for graphics cards of 2014."""
    return None if spec.dtype == "float32" else f"This is {spec.dtype}."


@_rule("float32 or float64: float16 needs a GPU.")
def no_float16(spec: ConvSpec) -> str | None:
    """Theano's code for processors has no half precision."""
    return None if spec.dtype in ("float32", "float64") else f"This is {spec.dtype}."


@_rule(
    "Fewer zeros on a side than the filter reaches over; with more, Theano crops y, which no ConvSpec can say."
)
def zeros_within_the_filter(spec: ConvSpec) -> str | None:
    """The way back of a padded convolution pads by what the filter reaches over, less that padding."""
    wide = [(e, pair) for e, pair in zip(spec.extent, spec.pads, strict=True) if max(pair) >= e]
    return f"The zeros are {_sides(spec)}, the filter reaches over {wide[0][0]}." if wide else None


@_rule("One image, one channel and one filter at a time: whoever calls it adds up the channels.")
def one_plane(spec: ConvSpec) -> str | None:
    """SciPy's functions know no layers."""
    counts = {"images": spec.x_shape[0], "channels": spec.x_shape[1], "filters": spec.w_shape[0]}
    *most, last = [f"{n} {name}" for name, n in counts.items() if n != 1] or [""]
    return f"This layer has {' and '.join([', '.join(most), last] if most else [last])}." if last else None


@_rule("An odd number of taps: with an even one its answer begins one place later than scipy.signal's.")
def odd_filter(spec: ConvSpec) -> str | None:
    """Which of the two middles is the centre is a convention."""
    return f"The filter is {by(spec.taps)}." if any(k % 2 == 0 for k in spec.taps) else None


@_rule("One channel: every image meets every filter, and nothing is added up over channels.")
def one_channel(spec: ConvSpec) -> str | None:
    """The traditional convolution of images, not a layer."""
    return None if spec.x_shape[1] == 1 else f"x has {spec.x_shape[1]} channels."


@_rule("One group per channel in the first step; a 1 × 1 layer then mixes them.")
def a_group_per_channel(spec: ConvSpec) -> str | None:
    """Separable means that no filter of the first step reads two channels."""
    channels = spec.x_shape[1]
    said = f"{channels} channel{'s' * (channels != 1)} and {spec.groups} group{'s' * (spec.groups != 1)}"
    return None if spec.groups == channels else f"x has {said}."


@_rule("Zeros only before x, (k − 1) × dilation of them: no output sees what comes later.")
def causal_zeros(spec: ConvSpec) -> str | None:
    """The padding is what makes it causal."""
    wanted = tuple((e - 1, 0) for e in spec.extent)
    return (
        None
        if spec.pads == wanted
        else f"The zeros are {_sides(spec)}, before:after; causal is {wanted[0][0]}:0."
    )


def _sides(spec: ConvSpec) -> str:
    return ", ".join(f"{lo}:{hi}" for lo, hi in spec.pads)
