"""Can this test see a wrong orientation? The facts of `convlab.compare.sight`, for the eight glyphs of the screen."""

from __future__ import annotations

from math import prod

import numpy as np

from convlab import presets
from convlab.compare.turns import turns
from convlab.dashboard.state.compare.question import Loose
from convlab.dashboard.state.compare.rows import Judged
from convlab.dashboard.state.compare.words import LETTERS

MOST_SQUARES = 7  # along an axis of a glyph; a larger filter is drawn as 3 × 3
NUMBERS = {1: "one", 2: "two", 4: "four", 8: "eight"}


def panel(question: Loose, found: Judged) -> dict[str, object] | None:
    """Return what the panel shows; None when there is no convolution to look at.

    Returns
    -------
    dict
        seen of how many orientations that could be told apart; `turns`, one per orientation: name, taps (which tap
        stands where), hit (letters of the columns that use it), same (gives the yardstick's answer too); plane (rows
        and columns of a glyph); sentence, warnings, and `telling`, the change that leads to a filter that can tell.

    Examples
    --------
    >>> from convlab.dashboard.state.compare.question import loose_of
    >>> from convlab.dashboard.state.compare.rows import judged
    >>> question = loose_of("S000a")
    >>> shown = panel(question, judged(question, ("theano",), None, frozenset()))
    >>> shown["seen"], shown["of"], shown["telling"]["change"]
    (1, 8, {'preset': 'S000at'})
    """
    seen = found.sight
    if seen is None:
        return None
    taps = question.spec.taps
    drawn = tuple(min(n, 3) for n in taps) if max(taps[-2:]) > MOST_SQUARES else taps
    plane = drawn[-2:] if len(drawn) > 1 else (1, drawn[0])
    every = {turn.index: turn for turn in turns(taps)}
    numbers = np.arange(prod(drawn)).reshape(drawn)
    rows = [
        {
            "name": one.name,
            "taps": [int(tap) % prod(plane) for tap in every[one.index].of(numbers).ravel()[: prod(plane)]],
            "hit": _hits(one.index, found),
            "same": one.same and seen.distinct < len(seen.orientations),
        }
        for one in sorted(seen.orientations, key=lambda one: one.index)
    ]
    return {
        "seen": seen.distinct,
        "of": len(seen.orientations),
        "turns": rows,
        "plane": list(plane),
        "sentence": _sentence(question, found),
        "warnings": list(seen.warnings),
        "telling": _telling(question, found),
    }


def _hits(index: int, found: Judged) -> str:
    """Return the letters of the columns that are known to read the filter in this orientation."""
    return "".join(
        letter for letter, side in zip(LETTERS, found.sides) if side.own.turn == index and not side.mended
    )


def _sentence(question: Loose, found: Judged) -> str:
    seen, parts = found.sight, []
    total = len(seen.orientations)
    if total == 1:
        parts.append("A filter of one tap has one orientation: there is nothing to turn.")
    elif seen.distinct == total:
        parts.append("Each orientation gives another output, so the answer names it.")
    elif seen.distinct == 1:
        parts.append(f"All {NUMBERS.get(total, total)} orientations give one and the same output.")
    else:
        parts.append(f"The {NUMBERS.get(total, total)} orientations give {seen.distinct} different outputs.")
    lone = [
        name for name, n in (("images", question.x.shape[0]), ("channels", question.x.shape[1])) if n == 1
    ]
    if lone:
        count = "1 of each" if len(lone) > 1 else "there is 1"
        parts.append(f"Not tested here: order of {' and '.join(lone)} ({count}).")
    return " ".join(parts)


def _telling(question: Loose, found: Judged) -> dict[str, object] | None:
    """Return a button's label and the change that leads to operands which can tell; None when these can."""
    seen = found.sight
    if seen.distinct == len(seen.orientations) and seen.channels is not False:
        return None
    twin = presets.get(question.preset).twin if question.preset and not question.edited else None
    if twin:
        return {"label": "Use a telling filter", "change": {"preset": twin}}
    if seen.telling is None or question.is_large:
        return None
    return {"label": "Use a telling filter", "change": {"w": seen.telling.tolist()}}
