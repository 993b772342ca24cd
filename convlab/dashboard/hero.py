"""The picture of the Home screen: the same nine inputs, two filters as used, two answers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from markupsafe import Markup

from convlab.dashboard.art import cells, letter, number, numbers, rect, svg, text
from convlab.trace import Step

CELL, LEFT, TOP = 54, 4, 36  # of the image
TAP, FILTER_LEFT = 40, 372  # of a filter
OUT_LEFT, OUT_WIDTH, OUT_HEIGHT = 584, 104, 72
BELOW = 200  # from the upper answer to the lower one


def hero(convolution: Step, correlation: Step, image: np.ndarray) -> Markup:
    """Draw one output value by both definitions.

    Parameters
    ----------
    convolution, correlation : Step
        The same output value, with and without the flip, of a 3 x 3 filter.
    image : ndarray, shape (5, 5)
    """
    flips, keeps = ("Theano nnet.conv2d", "scipy.signal"), ("PyTorch, TensorFlow", "most loops by hand")
    rows = (
        (6, convolution, "convolution", flips, "turned 180°"),
        (6 + BELOW, correlation, "cross-correlation", keeps, "as given"),
    )
    parts = [path for top, *_ in rows for path in _beams(top, convolution.corner)]
    parts += _image(image, convolution)
    for top, step, name, who, turned in rows:
        parts += [*_filter(step, top, turned), *_answer(step, top, name, who)]
    window = ", ".join(number(tap.x) for tap in convolution.taps)
    label = (
        f"The window {window} gives {number(convolution.total)} by convolution, which turns the filter, "
        f"and {number(correlation.total)} by cross-correlation, which does not."
    )
    return svg(860, 352, parts, "hero-art", label)


def _image(image: np.ndarray, step: Step) -> Iterable[str]:
    """Yield the image with its window."""
    seen = {tap.x_index[-2:] for tap in step.taps}

    def fill(i: int, j: int, _: float) -> str:
        return "var(--window-soft)" if (i, j) in seen else "var(--surface)"

    yield from cells(image, LEFT, TOP, CELL, fill, "var(--line-2)")
    yield from numbers(image, LEFT, TOP, CELL, 19)
    rows, columns = image.shape
    yield rect(LEFT, TOP, columns * CELL, rows * CELL, rx=2, class_="edge")
    row, column = step.corner
    yield rect(LEFT + column * CELL - 1, TOP + row * CELL - 1, 3 * CELL + 2, 3 * CELL + 2, rx=4, class_="win")
    yield text(LEFT, TOP - 14, f"the same {len(step.taps)} inputs", "cap")


def _beams(top: int, corner: tuple[int, ...]) -> Iterable[str]:
    """Yield the two wedges of one answer: window to filter, filter to output."""
    right, high = LEFT + (corner[1] + 3) * CELL, TOP + corner[0] * CELL
    wide = FILTER_LEFT + 3 * TAP
    out = top + (3 * TAP - OUT_HEIGHT) / 2
    yield _wedge(right, high, high + 3 * CELL, FILTER_LEFT, top, top + 3 * TAP)
    yield _wedge(wide, top, top + 3 * TAP, OUT_LEFT, out, out + OUT_HEIGHT)


def _wedge(x0: float, high0: float, low0: float, x1: float, high1: float, low1: float) -> str:
    return f'<path class="beam" d="M{x0:g} {high0:g}L{x1:g} {high1:g}V{low1:g}L{x0:g} {low0:g}Z"/>'


def _filter(step: Step, top: int, turned: str) -> Iterable[str]:
    """Yield the filter as used: its taps in the order in which the window meets them."""
    for k, tap in enumerate(step.taps):
        x, y = FILTER_LEFT + k % 3 * TAP, top + k // 3 * TAP
        yield rect(x, y, TAP, TAP, fill=f"var(--tap-{letter(tap.w_index)})", stroke="var(--page)")
        middle = x + TAP / 2 - 2, y + TAP / 2 + 4
        yield text(*middle, number(tap.w), "n tap-n", font_size=17, text_anchor="middle")
        yield text(x + TAP - 4, y + TAP - 4, letter(tap.w_index), "l", font_size=11, text_anchor="end")
    yield rect(FILTER_LEFT - 1.5, top - 1.5, 3 * TAP + 3, 3 * TAP + 3, rx=3, class_="used")
    yield text(FILTER_LEFT + 1.5 * TAP, top + 3 * TAP + 22, turned, "cap", text_anchor="middle")


def _answer(step: Step, top: int, name: str, who: tuple[str, str]) -> Iterable[str]:
    """Yield the output value and who computes it so."""
    y = top + (3 * TAP - OUT_HEIGHT) / 2
    yield rect(OUT_LEFT, y, OUT_WIDTH, OUT_HEIGHT, rx=4, class_="out")
    middle = OUT_LEFT + OUT_WIDTH / 2
    yield text(middle, y + 47, number(step.total), "n big", font_size=32, text_anchor="middle")
    for line, (words, kind) in enumerate(((name, "nm"), (who[0], "who"), (who[1], "who"))):
        yield text(OUT_LEFT + OUT_WIDTH + 20, top + (44, 66, 84)[line], words, kind)
