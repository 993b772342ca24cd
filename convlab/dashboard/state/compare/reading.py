"""How a column goes through x and w, so that a picture can list the products of each of its values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from convlab.compare.readings import BORDERS, Reading
from convlab.compare.result import Row
from convlab.compare.turns import turns
from convlab.compare.yardstick import Yardstick
from convlab.spec import MODES, ConvSpec, mode_padding

MOST_TRIED = 600  # readings that are held against the numbers before giving up


def layer_reading(row: Row, y: np.ndarray, yard: Yardstick) -> dict[str, object] | None:
    """Return the way in which a layer's column reads x and w, held against every value; None when none is known.

    Parameters
    ----------
    row : Row
        What the comparison says about the column.
    y : ndarray, (N, O, *space)
        Its answer, in layer layout.
    yard : Yardstick
        The question.

    Returns
    -------
    dict
        kind "layer", start (first input position of the first window, per axis), stride, dilation, taps (which tap
        meets each place of the window), channels (read backwards?), border.
    """
    asked = Reading.of(yard.spec)
    if row.verdict in ("equal", "rounding"):
        return _plain(asked, yard.spec)
    if row.verdict not in ("convention", "shape") or y.ndim != len(yard.spec.y_shape):
        return None
    for tried, reading in enumerate(_candidates(row, asked, yard.spec)):
        if tried == MOST_TRIED:
            break
        if _size(reading, yard.spec) != y.shape[2:]:
            continue
        truth = reading.yardstick(yard.x, yard.w, yard.spec)
        if truth.truth.shape == y.shape and truth.fit(y).agrees:
            return _plain(reading, yard.spec)
    return None


def all_axes_reading(
    cause: str, x: tuple[int, ...], w: tuple[int, ...], y: tuple[int, ...]
) -> dict[str, object] | None:
    """Return how a function that slides along all axes reads x and w; None when the shapes do not say.

    Examples
    --------
    >>> all_axes_reading("convolved over all axes", (2, 3, 5), (1, 3, 3), (2, 5, 7))["start"]
    [0, -2, -2]
    """
    if not cause.endswith("over all axes") or not len(x) == len(w) == len(y):
        return None
    starts = {
        "full": [1 - k for k in w],
        "same": [(k - 1) // 2 - (k - 1) for k in w],
        "valid": [0] * len(w),
    }
    sizes = {
        "full": tuple(n + k - 1 for n, k in zip(x, w)),
        "same": tuple(x),
        "valid": tuple(n - k + 1 for n, k in zip(x, w)),
    }
    mode = next((mode for mode, size in sizes.items() if size == tuple(y)), None)
    if mode is None:
        return None
    taps = list(range(int(np.prod(w))))
    turned = cause.startswith("convolved")
    return {"kind": "all axes", "start": starts[mode], "taps": taps[::-1] if turned else taps}


def _plain(reading: Reading, spec: ConvSpec) -> dict[str, object]:
    numbers = np.arange(int(np.prod(spec.taps))).reshape(spec.taps)
    return {
        "kind": "layer",
        "start": [-lo for lo, _ in reading.pads],
        "stride": list(reading.stride),
        "dilation": list(reading.dilation),
        "taps": reading.turn.of(numbers).ravel().tolist(),
        "channels": reading.channels,
        "border": reading.border,
    }


def _candidates(row: Row, asked: Reading, spec: ConvSpec) -> Iterator[Reading]:
    """Yield the readings that the fixed words of a row leave open."""
    words = " ".join((row.cause, *row.also))
    ones = (1,) * spec.rank
    turned = [turn for turn in turns(spec.taps) if row.turn is None or turn.index == row.turn]
    turned.sort(key=lambda turn: turn != asked.turn)
    ways = product(
        turned,
        (True,) if "channels turned too" in row.cause else (False,),
        BORDERS[1:] if "other border" in words else ("zeros",),
        (ones,) if "stride not applied" in words else (asked.stride,),
        (ones,) if "dilation not applied" in words else (asked.dilation,),
    )
    for turn, channels, border, stride, dilation in ways:
        extent = tuple((k - 1) * d + 1 for k, d in zip(spec.taps, dilation))
        for pads in _places(words, asked, extent):
            yield replace(
                asked,
                turn=turn,
                channels=channels,
                border=border,
                stride=stride,
                dilation=dilation,
                pads=pads,
            )


def _places(words: str, asked: Reading, extent: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield where the window may begin: as asked, as another mode has it, or a few places beside that."""
    bases = [asked.pads]
    if "mode" in words or "not applied" in words:
        bases += [tuple(mode_padding(mode, e) for e in extent) for mode in MODES]
    reach = 2 if "shifted by two" in words else 1 if "shifted" in words else 0
    for base in dict.fromkeys(bases):
        for move in sorted(
            product(range(-reach, reach + 1), repeat=len(base)), key=lambda m: sum(map(abs, m))
        ):
            yield tuple((lo + m, hi - m) for (lo, hi), m in zip(base, move))


def _size(reading: Reading, spec: ConvSpec) -> tuple[int, ...]:
    axes = zip(spec.space, spec.taps, reading.pads, reading.stride, reading.dilation)
    return tuple((n + lo + hi - (k - 1) * d - 1) // s + 1 for n, k, (lo, hi), s, d in axes)
