"""Questions that do not exist: operands that do not fit together, which some libraries answer all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convlab.compare.cause import Cause
from convlab.compare.words import zero
from convlab.compare.yardstick import Yardstick
from convlab.errors import SpecError
from convlab.operands import prepare


def options_are_sound(x: np.ndarray, w: np.ndarray, options: dict) -> bool:
    """Return whether only the operands' sizes stand in the way, not an option: bigger operands would do.

    Examples
    --------
    >>> x, w = np.ones((1, 3, 5, 5)), np.ones((1, 1, 3, 3))
    >>> options_are_sound(x, w, {}), options_are_sound(x, w, {"stride": 0})
    (True, False)
    """
    if x.ndim != w.ndim or not 1 <= x.ndim <= 5 or not x.size or not w.size:
        return False
    layered = x.ndim > 2
    taps = w.shape[2:] if layered else w.shape
    groups = options.get("groups", 1)
    try:
        room = prepare(
            np.ones((groups, groups, *taps)), np.ones((groups, 1, *taps)), **{**options, "dilation": 1}
        ).spec
        replace(room, mode="full", padding=None, dilation=options.get("dilation", 1))
    except (SpecError, TypeError):
        return False
    return True


def broadcast(
    x: np.ndarray, w: np.ndarray, y: np.ndarray, options: dict
) -> tuple[str, str, Yardstick] | None:
    """Return how NumPy's broadcasting reads channels that do not agree: a sentence, the operands, their question.

    ``np.multiply`` and ``np.einsum`` stretch an axis of length 1 without a word: the naive loop of source 003 does.
    """
    channels, reads = (x.shape[1], w.shape[1]) if x.ndim > 2 else (1, 1)
    if min(channels, reads) != 1 or channels == reads or options.get("groups", 1) != 1:
        return None
    if reads == 1:
        said, w = f"each filter's one channel for all {channels} channels of x", np.repeat(w, channels, 1)
        operands = f"x, np.repeat(w, {channels}, 1)"
    else:
        said, x = f"the one channel of x for all {reads} channels of each filter", np.repeat(x, reads, 1)
        operands = f"np.repeat(x, {reads}, 1), w"
    try:
        yard = Yardstick.of(prepare(x, w, **options))
    except SpecError:
        return None
    if y.shape != yard.spec.y_shape:
        return None
    said = f"This side uses {said}: NumPy's broadcasting stretches an axis of length 1 without a word."
    return said, operands, yard


def swapped(x: np.ndarray, w: np.ndarray, y: np.ndarray, mode: str = "valid") -> Cause | None:
    """Return the cause that the library took the larger filter for the image, if that explains y."""
    lone = x.shape[:2] == w.shape[:2] == (1, 1) and x.ndim > 2
    if not lone and x.ndim > 2:
        return None
    for flip in (True, False):
        try:
            other = prepare(w, x, mode=mode, flip=flip)
        except SpecError:
            return None
        layered = y if y.ndim == other.spec.rank + 2 else y[None, None]
        if layered.shape != other.spec.y_shape:
            continue
        for back in (False, True):
            turned = layered[(..., *[slice(None, None, -1)] * other.spec.rank)] if back else layered
            if (fit := Yardstick.of(other).fit(turned)).agrees:
                verb = "cl.conv" if flip else "cl.corr"
                left = f"y[{', '.join(['::-1'] * other.spec.rank)}]" if back else "y"
                said = "The filter is the larger one: this side swaps the two and slides the image over the filter"
                said += ", and turns the output." if back else "."
                return Cause("operands swapped", said, zero(f"{left} − {verb}(w, x)", fit))
    return None
