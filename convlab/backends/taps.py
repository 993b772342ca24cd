"""Which outputs and which inputs meet at each tap of a filter: the loop that several backends turn inside out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convlab.spec import ConvSpec

Slices = tuple[slice, ...]


def meetings(spec: ConvSpec) -> Iterator[tuple[tuple[int, ...], Slices, Slices]]:
    """Yield every tap of w with the outputs that use it inside x, and the inputs that it meets there.

    Taps that see nothing but padding are left out. The tap is an index into w as it was given: where the spec
    flips, the turn is in the meeting and nobody has to copy a filter.

    Yields
    ------
    tap : tuple of int
    outputs, inputs : tuple of slice
        One per spatial axis; ``y[outputs] += x[inputs] * w[tap]`` over all taps is the convolution.

    Examples
    --------
    >>> list(meetings(ConvSpec((1, 1, 5), (1, 1, 2), padding=((1, 0),), flip=False)))
    [((0,), (slice(1, 5, None),), (slice(0, 4, 1),)), ((1,), (slice(0, 5, None),), (slice(0, 5, 1),))]
    """
    along = [[_meeting(spec, axis, place) for place in range(k)] for axis, k in enumerate(spec.taps)]
    for window in np.ndindex(*spec.taps):
        met = [along[axis][place] for axis, place in enumerate(window)]
        if all(outputs.stop > outputs.start for outputs, _ in met):
            tap = tuple(k - 1 - place for k, place in zip(spec.taps, window)) if spec.flip else window
            yield tap, *zip(*met, strict=True)


def _meeting(spec: ConvSpec, axis: int, place: int) -> tuple[slice, slice]:
    """Return the outputs along an axis whose window has x at a place, and the inputs that stand there."""
    step, shift = spec.stride[axis], place * spec.dilation[axis] - spec.pads[axis][0]
    first = max(0, -(shift // step))
    end = min(spec.y_shape[2 + axis], (spec.space[axis] - 1 - shift) // step + 1)
    if end <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first, end), slice(first * step + shift, (end - 1) * step + shift + 1, step)
