"""Small pictures of convolutions as SVG text, each drawn from the numbers of a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

import numpy as np
from markupsafe import Markup

from convlab.trace import Step, Trace

LETTERS = "abcdefghi"  # of the taps of a 3 x 3 filter, row by row


def number(value: float) -> str:
    """Write a number as a reader does: no trailing zeros, a true minus.

    Examples
    --------
    >>> number(264.0), number(-1), number(0.25)
    ('264', '−1', '0.25')
    """
    return f"{value:g}".replace("-", "−")


def text(x: float, y: float, words: object, kind: str, **attributes: object) -> str:
    """Return one SVG text; the words are escaped."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}"{_written(attributes)}>{escape(str(words))}</text>'


def rect(x: float, y: float, width: float, height: float, **attributes: object) -> str:
    """Return one SVG rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{_written(attributes)}/>'


def _written(attributes: dict[str, object]) -> str:
    """Write attributes; ``text_anchor`` becomes text-anchor, ``class_`` becomes class."""
    names = {"class_": "class"}
    return "".join(
        f' {names.get(name, name.replace("_", "-"))}="{escape(str(value))}"'
        for name, value in attributes.items()
    )


def svg(width: int, height: int, parts: Iterable[str], kind: str, label: str = "") -> Markup:
    """Return a picture; without a label it is decoration, hidden from a screen reader."""
    tells = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(f'<svg class="{kind}" viewBox="0 0 {width} {height}" {tells}>{"".join(parts)}</svg>')


def cells(values: np.ndarray, x: float, y: float, size: float, fill: Callable, line: str) -> Iterable[str]:
    """Yield one square per value, filled with ``fill(row, column, value)``."""
    for (i, j), value in np.ndenumerate(values):
        yield rect(x + j * size, y + i * size, size, size, fill=fill(i, j, value), stroke=line)


def numbers(values: np.ndarray, x: float, y: float, size: float, type_: float) -> Iterable[str]:
    """Yield one number per cell, centred."""
    for (i, j), value in np.ndenumerate(values):
        at = x + (j + 0.5) * size, y + (i + 0.5) * size + 0.36 * type_
        yield text(*at, number(value), "n", font_size=type_, text_anchor="middle")


def heat(values: np.ndarray, hue: str, least: float = 0.0) -> Callable:
    """Return a fill whose strength follows the size of the value, over the strongest one given."""
    top = float(abs(values).max()) or 1.0
    return lambda i, j, value: _tint(hue, least + (90 - least) * abs(value) / top)


def diverging(values: np.ndarray, least: float = 25.0) -> Callable:
    """Return a fill that is orange above zero, blue below, and neutral at exactly zero."""
    plus, minus = heat(values, "plus", least), heat(values, "minus", least)
    return lambda i, j, value: (
        "var(--zero-fill)" if value == 0 else (plus if value > 0 else minus)(i, j, value)
    )


def _tint(hue: str, percent: float) -> str:
    return f"color-mix(in oklab, var(--{hue}-mid) {percent:.0f}%, var(--surface))"


def filter_picture(w: np.ndarray) -> Markup:
    """Return a filter as a small diverging map.

    Parameters
    ----------
    w : ndarray, shape (rows, columns)
    """
    size = 36 / max(w.shape)
    top, left = (36 - size * w.shape[0]) / 2, (36 - size * w.shape[1]) / 2
    return svg(36, 36, cells(w, left, top, size, diverging(w, 30), "var(--page)"), "mini")


def letter(w_index: tuple[int, ...]) -> str:
    """Return the letter of a tap of a 3 x 3 filter."""
    return LETTERS[3 * w_index[-2] + w_index[-1]]


def waterfall(step: Step) -> Markup:
    """Return the running sum of one output value, a block per tap on the height of the sum before it."""
    parts = []
    for k, tap in enumerate(step.taps):
        y, height = 92 - 80 * tap.running / step.total, max(2.5, 80 * tap.product / step.total)
        parts.append(rect(6 + 26 * k, y, 20, height, rx=1.5, fill=f"var(--tap-{letter(tap.w_index)})"))
    parts.append(text(236, 10, number(step.total), "n now", font_size=13, text_anchor="end"))
    return svg(242, 98, parts, "door-art")


def difference(one: Trace, other: Trace) -> Markup:
    """Return two outputs and the map of their difference: one, minus the other, equals."""
    a, b = one.y[0, 0], other.y[0, 0]
    size = 70 / max(a.shape)
    strength = heat(np.stack([a, b]), "output")
    parts = [
        *cells(a, 2, 14, size, strength, "var(--line-2)"),
        *cells(b, 86, 14, size, strength, "var(--line-2)"),
        *cells(a - b, 170, 14, size, diverging(a - b), "var(--line-2)"),
        text(79, 53, "−", "n sign", font_size=13, text_anchor="middle"),
        text(163, 53, "=", "n sign", font_size=13, text_anchor="middle"),
    ]
    return svg(242, 98, parts, "door-art")


def ledger(rows: Iterable[tuple[bool, Iterable[str], float]]) -> Markup:
    """Return a small table: a filter as it is used, a dot per answer, a bar for a share of the most.

    Parameters
    ----------
    rows : iterable of (turns, answers, share)
        Whether the filter is turned; "yes", "part" or "no" each; a number from 0 to 1.
    """
    fills = {"yes": "var(--text-2)", "part": "var(--line-3)", "no": "none"}
    parts = []
    for n, (turns, answers, share) in enumerate(rows):
        y = 4 + 19 * n
        for k, tap in enumerate(LETTERS[::-1] if turns else LETTERS):
            parts.append(rect(4 + 5 * (k % 3), y + 5 * (k // 3), 4.4, 4.4, fill=f"var(--tap-{tap})"))
        for k, answer in enumerate(answers):
            parts.append(
                f'<circle cx="{44 + 18 * k}" cy="{y + 7}" r="4" fill="{fills[answer]}" stroke="var(--line-3)"/>'
            )
        parts.append(rect(124, y + 3, max(2.5, 114 * share), 8, rx=2, fill="var(--input-mid)"))
    return svg(242, 98, parts, "door-art")
