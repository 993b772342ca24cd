"""Numbers and calls as a sentence writes them."""

from __future__ import annotations

from math import isfinite

import numpy as np

from convlab.compare.yardstick import Fit


def number(value: float) -> str:
    """Return a number with few digits and a real minus sign.

    Examples
    --------
    >>> number(-156.0), number(3.5527136788005009e-15)
    ('−156', '3.6e−15')
    """
    value = float(value)
    if not isfinite(value):
        return str(value).replace("-", "−")
    if value == round(value) and abs(value) < 1e15:
        text = str(int(value))
    else:
        text = f"{value:.2g}" if abs(value) < 1e-3 or abs(value) >= 1e6 else f"{value:.4g}"
    return text.replace("-", "−")


def how_many(count: int) -> str:
    """Return "all 49 values agree", in the right number."""
    return "the one value agrees" if count == 1 else f"all {count} values agree"


def index(at: tuple[int, ...], bare: bool) -> str:
    """Return an output index as it is written: ``y[0, 1]``."""
    return f"y[{', '.join(map(str, at[2:] if bare else at))}]"


def zero(what: str, fit: Fit) -> str:
    """Return a proof line: what was computed, and how near to zero it came.

    Examples
    --------
    >>> from convlab.numerics import Error
    >>> zero("y − truth", Fit(Error(0.0, None, None, 0, 0.0), 0.0, "float64", "direct"))
    'y − truth = 0 everywhere'
    """
    if fit.error.count == 0:
        return f"{what} = 0 everywhere"
    return f"{what} = at most {number(fit.error.largest)}, of {number(fit.bound)} that rounding may leave"


def left(what: str, rest: np.ndarray) -> str:
    """Return a proof line for what a fitted number leaves over.

    Examples
    --------
    >>> left("y − 2 · truth", np.zeros(3))
    'y − 2 · truth = 0 everywhere'
    """
    most = float(np.abs(rest).max(initial=0))
    return f"{what} = {f'at most {number(most)}' if most else '0 everywhere'}"


def arithmetic(fit: Fit) -> str:
    """Return what a bound is for: "sums in float64", "a Fourier transform in float32"."""
    names = {"direct": "sums", "fft": "a Fourier transform"}
    return f"{names.get(fit.algorithm, 'Winograd’s filtering')} in {fit.dtype}"
