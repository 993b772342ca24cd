"""The small picture of a race: what two algorithms compute for ever larger filters, and where they change places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log

from markupsafe import Markup

from convlab.dashboard.art import number, rect, svg, text

HUES = ("input", "output")
LEFT, TOP, WIDTH, HEIGHT = 8, 8, 168, 74


def crossing(lines: Sequence[tuple[str, Sequence[tuple[int, float]]]]) -> Markup:
    """Return two lines on log scales with direct labels, and a ring where one passes the other.

    Parameters
    ----------
    lines : sequence of (name, points)
        Two; their points are (filter size, operations), at the same sizes.
    """
    across = [log(at) for at, _ in lines[0][1]]
    up = [log(count) for _, points in lines for _, count in points]

    def place(at: float, count: float) -> tuple[float, float]:
        x = (log(at) - across[0]) / (across[-1] - across[0])
        y = (log(count) - min(up)) / (max(up) - min(up))
        return LEFT + WIDTH * x, TOP + HEIGHT * (1 - y)

    parts = [rect(LEFT, TOP + HEIGHT + 4, WIDTH, 1, fill="var(--line-2)")]
    for (name, points), hue in zip(lines, HUES, strict=True):
        marks = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in points)
        parts.append(f'<polyline points="{marks}" fill="none" stroke="var(--{hue}-mid)" stroke-width="2.5"/>')
        x, y = place(*points[-1])
        parts.append(text(x + 5, y + 4, name, "n", font_size=11))
    for at, count in crossings(lines[0][1], lines[1][1]):
        x, y = place(at, count)
        ring = 'fill="var(--surface)" stroke="var(--window-strong)" stroke-width="2"'
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" {ring}/>']
        parts.append(text(x, y - 10, number(round(at, 1)), "n now", font_size=12, text_anchor="middle"))
    return svg(242, 98, parts, "door-art")


def crossings(
    one: Sequence[tuple[int, float]], other: Sequence[tuple[int, float]]
) -> list[tuple[float, float]]:
    """Return where two lines cross between their points, read on log scales: place and count.

    Examples
    --------
    >>> [(round(at), round(count)) for at, count in crossings([(1, 1), (16, 256)], [(1, 16), (16, 16)])]
    [(4, 16)]
    """
    found = []
    for ((a, p), (b, q)), ((_, r), (_, s)) in zip(pairwise(one), pairwise(other), strict=True):
        before, after = log(p / r), log(q / s)
        if before < 0 <= after or after < 0 <= before:
            share = before / (before - after)
            found.append((a * exp(share * log(b / a)), p * exp(share * log(q / p))))
    return found
