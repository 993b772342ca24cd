"""The limits of the older implementations, one sentence each: None where a spec keeps to it."""

from __future__ import annotations

from collections.abc import Iterable

from convlab.spec import MODES, ConvSpec, by, mode_padding


def first(sentences: Iterable[str | None]) -> str | None:
    """Return the first sentence; None when no limit is passed.

    Examples
    --------
    >>> first([None, "Too long.", "Too wide."])
    'Too long.'
    """
    return next((sentence for sentence in sentences if sentence), None)


def axes(spec: ConvSpec, who: str, rank: int) -> str | None:
    """Say that a spec has another number of spatial axes than `who` slides over.

    Examples
    --------
    >>> axes(ConvSpec((1, 1, 5), (1, 1, 3)), "ConvOp", 2)
    'x has 1 spatial axis; ConvOp slides over 2.'
    """
    if spec.rank == rank:
        return None
    return f"x has {spec.rank} spatial {'axis' if spec.rank == 1 else 'axes'}; {who} slides over {rank}."


def floats(spec: ConvSpec, who: str) -> str | None:
    """Say that a spec is in a dtype that `who` has no arithmetic for.

    Examples
    --------
    >>> floats(ConvSpec((1, 1, 5), (1, 1, 3), dtype="float16"), "gemm")
    'This is float16; gemm computes in float32 and float64. Convert x and w to one of them.'
    """
    if spec.dtype in ("float32", "float64"):
        return None
    return f"This is {spec.dtype}; {who} computes in float32 and float64. Convert x and w to one of them."


def vectors(spec: ConvSpec) -> str | None:
    """Say that a spec is in a dtype that no vector register holds.

    Examples
    --------
    >>> vectors(ConvSpec((1, 1, 5), (1, 1, 3), dtype="longdouble"))
    'This is longdouble; vector registers hold numbers up to float64. Convert x and w to float64.'
    """
    if spec.dtype != "longdouble":
        return None
    return "This is longdouble; vector registers hold numbers up to float64. Convert x and w to float64."


def steps(spec: ConvSpec, who: str) -> str | None:
    """Say that a window moves by more than 1.

    Examples
    --------
    >>> steps(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), stride=(1, 2)), "conv2d_fft")
    'The stride is 1 × 2; conv2d_fft moves the window by 1.'
    """
    if set(spec.stride) == {1}:
        return None
    return f"The stride is {by(spec.stride)}; {who} moves the window by 1."


def dilation(spec: ConvSpec, who: str) -> str | None:
    """Say that taps do not stand side by side.

    Examples
    --------
    >>> dilation(ConvSpec((1, 1, 5), (1, 1, 2), dilation=2), "ConvOp")
    'The dilation is 2; ConvOp reads taps that stand side by side.'
    """
    if set(spec.dilation) == {1}:
        return None
    return f"The dilation is {by(spec.dilation)}; {who} reads taps that stand side by side."


def groups(spec: ConvSpec, who: str) -> str | None:
    """Say that filters read a part of the channels only.

    Examples
    --------
    >>> groups(ConvSpec((1, 2, 5), (2, 1, 2), groups=2), "ConvOp")
    'There are 2 groups; every filter of ConvOp reads all channels.'
    """
    if spec.groups == 1:
        return None
    return f"There are {spec.groups} groups; every filter of {who} reads all channels."


def borders(spec: ConvSpec, who: str, modes: tuple[str, ...]) -> str | None:
    """Say that the padding is none of the modes that `who` has; a padding in numbers may be one of them.

    Examples
    --------
    >>> borders(ConvSpec((1, 1, 5), (1, 1, 3), padding=1), "ConvOp", ("valid", "full"))
    'The padding is ((1, 1),); ConvOp has valid and full, here ((0, 0),) and ((2, 2),).'
    >>> borders(ConvSpec((1, 1, 5), (1, 1, 3), padding=2), "ConvOp", ("valid", "full"))
    """
    if border(spec, modes):
        return None
    there = " and ".join(str(tuple(mode_padding(mode, extent) for extent in spec.extent)) for mode in modes)
    return f"The padding is {spec.pads}; {who} has {' and '.join(modes)}, here {there}."


def border(spec: ConvSpec, modes: tuple[str, ...] = MODES, of: slice = slice(None)) -> str | None:
    """Return the first of the modes that pads some axes as the spec does; None when none does.

    Examples
    --------
    >>> border(ConvSpec((1, 1, 5, 5), (1, 1, 3, 2), padding=((2, 2), (0, 0))), of=slice(0, 1))
    'full'
    """
    for mode in modes:
        if all(mode_padding(mode, extent) == pad for extent, pad in zip(spec.extent[of], spec.pads[of])):
            return mode
    return None


def convop(spec: ConvSpec) -> str | None:
    """Say what Theano's ConvOp has no loop for.

    Examples
    --------
    >>> convop(ConvSpec((1, 2, 5, 5), (2, 1, 3, 3), groups=2))
    'There are 2 groups; every filter of ConvOp reads all channels.'
    """
    if reason := axes(spec, "ConvOp", 2):
        return reason
    said = first(limit(spec, "ConvOp") for limit in (floats, dilation, groups))
    return said or borders(spec, "ConvOp", ("valid", "full"))


def convop_gradients(spec: ConvSpec) -> str | None:
    """Say, beside that, for which steps ConvOp refuses its gradients.

    Examples
    --------
    >>> convop_gradients(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), stride=2))
    'The stride is 2 × 2; ConvOp has gradients of valid for steps of up to 1.'
    """
    if reason := convop(spec):
        return reason
    mode = border(spec, ("valid", "full"))
    most = 1 if mode == "valid" else 2
    if max(spec.stride) <= most:
        return None
    return f"The stride is {by(spec.stride)}; ConvOp has gradients of {mode} for steps of up to {most}."
