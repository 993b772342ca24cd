"""What a gradient is, in words: its name, the convolution that it is, where its size comes from, what is never read."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab.dashboard.state.limits import written
from convlab.spec import AXES, ConvSpec

NAMES = {"dx": "Gradient of the input", "dw": "Gradient of the filter"}
OPERANDS = {"dx": ("dy", "w"), "dw": ("x", "dy")}


def picture(spec: ConvSpec, which: str) -> dict[str, object]:
    """Return how a gradient is slid together: everything that a browser needs to build it, per spatial axis.

    Returns
    -------
    dict
        ``left`` and ``right``: which arrays are slid over, and slide; ``out``: the spatial size of the gradient;
        ``spread``: the step between two values of the left array (the stride, for dx: zeros stand between them);
        ``cut``: how many of its first positions only ever met padding; ``span``: how many positions are left;
        ``pads``: the zeros around them; ``stride`` and ``dilation`` of the window; ``turned``: whether what slides
        is turned by 180°; ``backwards``: whether the gradient is made from its last value to its first, which is
        how the gradient of a turned filter comes out.

    Notes
    -----
    For dx these are the numbers of `convlab.gradients.dgrad_spec`. For dw the zeros are those of the forward pass,
    with the positions that it never reads left in place, to be seen.

    Examples
    --------
    >>> made = picture(ConvSpec((1, 1, 6), (1, 1, 3), stride=2, flip=False), "dx")
    >>> made["span"], made["pads"], made["turned"]
    ([3], [[2, 3]], True)
    """
    left, right = OPERANDS[which]
    ones = [1] * spec.rank
    if which == "dw":
        return {
            "left": left, "right": right, "out": list(spec.taps), "spread": ones, "cut": [0] * spec.rank,
            "span": list(spec.space), "pads": [list(pair) for pair in spec.pads], "stride": list(spec.dilation),
            "dilation": list(spec.stride), "turned": False, "backwards": spec.flip,
        }  # fmt: skip
    sides = [_side(spec, axis) for axis in range(spec.rank)]
    return {
        "left": left, "right": right, "out": list(spec.space), "spread": list(spec.stride),
        "cut": [cut for cut, _, _ in sides], "span": [span for _, span, _ in sides],
        "pads": [list(pads) for _, _, pads in sides], "stride": ones, "dilation": list(spec.dilation),
        "turned": not spec.flip, "backwards": False,
    }  # fmt: skip


def _side(spec: ConvSpec, axis: int) -> tuple[int, int, tuple[int, int]]:
    """Return, along one axis of the spread dy, the positions cut in front, those left, and the zeros around them."""
    reach, (lo, hi), rest = spec.extent[axis] - 1, spec.pads[axis], spec.remainder[axis]
    size = (spec.y_shape[2 + axis] - 1) * spec.stride[axis] + 1
    before, after = reach - lo, reach - hi + rest
    span = size + min(0, before) + min(0, after)
    if span <= 0:  # dy lies beyond everything that x meets: there are zeros only
        return 0, 0, (0, size + before + after)
    return max(0, -before), span, (max(0, before), max(0, after))


def sentence(spec: ConvSpec, which: str) -> str:
    """Return which convolution a gradient is.

    Examples
    --------
    >>> spec = ConvSpec((1, 1, 5, 5), (1, 1, 3, 3), stride=2, flip=False)
    >>> sentence(spec, "dx")
    'Full cross-correlation of dy, dilated by 2, with w turned by 180°.'
    >>> sentence(spec, "dw")
    'Valid cross-correlation of x with dy, dilated by 2.'
    """
    made = picture(spec, which)
    spread = "" if max(spec.stride) == 1 else f"dilated by {written('stride', list(spec.stride))}"
    if which == "dw":
        steps = "" if max(spec.dilation) == 1 else f", in steps of {written('dilation', list(spec.dilation))}"
        turned = "; it comes out turned by 180°, as w goes in" if spec.flip else ""
        name = "Cross-correlation" if any(map(any, spec.pads)) else "Valid cross-correlation"
        return f"{name} of {_listed('x', _zeros(spec.pads))} with {_listed('dy', spread).rstrip(',')}{steps}{turned}."
    name = _name(spec, made)
    zeros = _zeros(made["pads"]) if name == "Cross-correlation" else ""
    cut = "cut to what met x" if max(made["cut"]) or _shorter(spec, made) else ""
    taps = "" if max(spec.dilation) == 1 else f", its taps {written('dilation', list(spec.dilation))} apart"
    how = "turned by 180°" if made["turned"] else "as it is"
    return f"{name} of {_listed('dy', spread, cut, zeros)} with w {how}{taps}."


def _name(spec: ConvSpec, made: dict) -> str:
    """Return "Full" or "Valid cross-correlation" where the zeros around are just those, else neither."""
    whole = [[e - 1, e - 1 + r] for e, r in zip(spec.extent, spec.remainder, strict=True)]
    if made["pads"] == whole:
        return "Full cross-correlation"
    return "Cross-correlation" if any(map(any, made["pads"])) else "Valid cross-correlation"


def _listed(name: str, *how: str) -> str:
    """Return a name with what was done to it between commas."""
    said = [one for one in how if one]
    return ", ".join([name, *said]) + "," * bool(said)


def _shorter(spec: ConvSpec, made: dict) -> bool:
    sizes = [(m - 1) * s + 1 for m, s in zip(spec.y_shape[2:], spec.stride, strict=True)]
    return any(cut + span < size for cut, span, size in zip(made["cut"], made["span"], sizes, strict=True))


def _zeros(pads: list | tuple) -> str:
    return f"padded by {written('padding', [list(pair) for pair in pads])}" if any(map(any, pads)) else ""


def sizes(spec: ConvSpec, which: str) -> list[dict[str, object]]:
    """Return, per axis, the size of a gradient and the sum that it comes from, with its numbers filled in.

    Examples
    --------
    >>> sizes(ConvSpec((1, 1, 6), (1, 1, 3), stride=2), "dx")
    [{'axis': 'columns', 'y': 6, 'formula': '3 + 2 + 3 − 3 + 1'}]
    """
    made, rows = picture(spec, which), []
    for axis, name in enumerate(AXES[spec.rank]):
        (lo, hi), span, step = made["pads"][axis], made["span"][axis], made["stride"][axis]
        reach = spec.extent[axis] if which == "dx" else (spec.y_shape[2 + axis] - 1) * spec.stride[axis] + 1
        zeros = "" if lo == hi == 0 else f" + 2·{lo}" if lo == hi else f" + {lo} + {hi}"
        inner = f"{span}{zeros} − {reach}"
        formula = f"{inner} + 1" if step == 1 else f"⌊({inner}) / {step}⌋ + 1"
        if which == "dw" and spec.remainder[axis]:
            rest = spec.remainder[axis]
            formula = f"{inner} − {rest} + 1" if step == 1 else f"⌊({inner} − {rest}) / {step}⌋ + 1"
        rows.append({"axis": name, "y": made["out"][axis], "formula": formula})
    return rows


def unread(spec: ConvSpec) -> tuple[np.ndarray, str | None]:
    """Return which inputs no window of the forward pass reads, and a sentence on their gradient.

    Returns
    -------
    ndarray of bool, shape spec.space
    str or None

    Examples
    --------
    >>> unread(ConvSpec((1, 1, 6), (1, 1, 3), stride=2))[1]
    'Hatched: 1 of 6 inputs, which no window of the forward pass reads. It moves nothing, so its gradient is 0.'
    """
    alone = np.zeros(spec.space, bool)
    for axis in range(spec.rank):
        read = np.zeros(spec.space[axis], bool)
        for at in range(spec.y_shape[2 + axis]):
            first = at * spec.stride[axis] - spec.pads[axis][0]
            places = np.arange(spec.taps[axis]) * spec.dilation[axis] + first
            read[places[(places >= 0) & (places < spec.space[axis])]] = True
        alone |= ~read.reshape([-1 if a == axis else 1 for a in range(spec.rank)])
    count, all_ = int(alone.sum()), prod(spec.space)
    if not count:
        return alone, None
    they = (
        "They move nothing, so their gradient is 0."
        if count > 1
        else "It moves nothing, so its gradient is 0."
    )
    each = " of every channel" if prod(spec.x_shape[:2]) > 1 else ""
    return (
        alone,
        f"Hatched: {count} of {all_} inputs{each}, which no window of the forward pass reads. {they}",
    )
