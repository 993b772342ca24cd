"""The small picture of a gradient: dy with its zeros, the filter as it is slid, and what comes of it."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from convlab.dashboard.art import LETTERS, cells, heat, rect, svg, text
from convlab.gradients import dgrad, dgrad_as
from convlab.spec import ConvSpec


def backward(dy: np.ndarray, w: np.ndarray, spec: ConvSpec) -> Markup:
    """Return dx as it is slid together: the values of dy stand apart among zeros, the turned filter, dx.

    Parameters
    ----------
    dy : ndarray, shape spec.y_shape
    w : ndarray, shape spec.w_shape, with 3 x 3 taps
    spec : ConvSpec
        Of one image, one channel and one filter.
    """
    rewrite = dgrad_as(dy, w, spec)
    slid, dx = np.pad(rewrite.x[0, 0], rewrite.spec.pads), dgrad(dy, w, spec)[0, 0]
    size, strength = 84 / max(slid.shape), heat(dy, "gradient", 30)
    taps = LETTERS[::-1] if rewrite.spec.flip else LETTERS
    parts = [
        *cells(slid, 4, 7, size, lambda i, j, v: strength(i, j, v) if v else "none", "var(--line-1)"),
        *(
            rect(112 + 11 * (k % 3), 33 + 11 * (k // 3), 10, 10, fill=f"var(--tap-{tap})")
            for k, tap in enumerate(taps)
        ),
        *cells(dx, 168, 14, 70 / max(dx.shape), heat(dx, "gradient"), "var(--line-2)"),
        text(100, 54, "∗", "n sign", font_size=14, text_anchor="middle"),
        text(156, 53, "=", "n sign", font_size=13, text_anchor="middle"),
    ]
    return svg(242, 98, parts, "door-art")
