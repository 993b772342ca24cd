"""What a race is about, in words: the title of a spec, how it is raced, how much work that is."""

from __future__ import annotations

from convlab.spec import ConvSpec, by
from convlab.timing.shapes import suites

_THINGS = {1: "signal", 2: "image", 3: "volume"}
_POWERS = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def title(spec: ConvSpec) -> str:
    """Return what is raced, as a person would say it; channels stand first in the sizes, where there are several.

    Examples
    --------
    >>> title(ConvSpec((50, 1, 100, 100), (1, 1, 11, 11)))
    '50 images of 100 × 100, one 11 × 11 filter'
    >>> title(ConvSpec((1, 3, 224, 224), (64, 3, 7, 7), stride=2))
    'One image of 3 × 224 × 224, 64 filters of 3 × 7 × 7'
    >>> title(ConvSpec((1, 1, 100), (1, 1, 7)))
    'One signal of 100, one filter of 7 taps'
    """
    images, channels, *_ = spec.x_shape
    filters, reads, *_ = spec.w_shape
    what = by(((channels,) if channels != 1 else ()) + spec.space)
    each = by(((reads,) if channels != 1 else ()) + spec.taps)
    if spec.rank == 1 and channels == 1:
        each = f"{each} tap{'s' * (spec.taps[0] != 1)}"
        those = f"one filter of {each}" if filters == 1 else f"{filters} filters of {each}"
    else:
        those = f"one {each} filter" if filters == 1 else f"{filters} filters of {each}"
    thing = _THINGS[spec.rank]
    return f"One {thing} of {what}, {those}" if images == 1 else f"{images} {thing}s of {what}, {those}"


def subtitle(spec: ConvSpec) -> str:
    """Return how it is raced: its name if it has one, the zeros, the steps, the dtype, and the work.

    Examples
    --------
    >>> subtitle(ConvSpec((50, 1, 100, 100), (1, 1, 11, 11)))
    'source-004-1 · valid, stride 1, float32 · 49.0 million multiply-adds'
    """
    found = suites.named(spec)
    parts = [_zeros(spec), f"stride {_once(spec.stride)}"]
    parts += [f"dilation {_once(spec.dilation)}"] * (set(spec.dilation) != {1})
    parts += [f"{spec.groups} groups"] * (spec.groups > 1) + ["not turned"] * (not spec.flip) + [spec.dtype]
    work = f"{count(spec.macs)} multiply-add{'s' * (spec.macs != 1)}"
    return " · ".join([*([found.id] if found else []), ", ".join(parts), work])


def _zeros(spec: ConvSpec) -> str:
    if spec.padding is None:
        return spec.mode
    if len({side for pair in spec.padding for side in pair}) == 1:
        return f"padding {spec.padding[0][0]}"
    return "padding " + ", ".join(f"{lo}" if lo == hi else f"{lo}:{hi}" for lo, hi in spec.padding)


def _once(steps: tuple[int, ...]) -> str:
    return str(steps[0]) if len(set(steps)) == 1 else by(steps)


def count(number: int) -> str:
    """Return a large number as people say it, with three digits.

    Examples
    --------
    >>> count(49_005_000), count(490_050_000), count(81)
    ('49.0 million', '490 million', '81')
    """
    for power, word in _POWERS:
        if number >= power:
            value = number / power
            return (
                f"{value:.2f} {word}"
                if value < 9.995
                else f"{value:.1f} {word}"
                if value < 99.95
                else f"{value:,.0f} {word}"
            )
    return str(number)
