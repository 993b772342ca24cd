"""SciPy's and NumPy's own words for a convolution: which functions turn the filter, over which axes, where "same"
begins, what stands beyond the border, how they refuse; and how to call them just as a person would.

The facts of `FUNCTIONS` are held against the libraries by tests/test_dialects_scipy.py. Nothing is imported until
a function is called, and nothing that the table does not name.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from convlab.errors import SpecError


@dataclass(frozen=True, slots=True)
class Function:
    """What one library function does with its operands.

    Attributes
    ----------
    name : str
        Dotted, as it is imported.
    turns : bool
        True when it turns the filter: convolution.
    axes : int or None
        The number of axes it insists on; None where it takes any, and then works along all of them.
    same : {"early", "late"}
        Where its centred answer begins inside the full one: at ``(k - 1) // 2``, or at ``k // 2``. They differ
        for an even number of taps.
    border : {"zeros", "reflect"}
        What it reads beyond the border unless told otherwise; reflect is d c b a | a b c d.
    modes : bool
        True when it has a mode; one without always answers in the size of x.
    algorithm : {"direct", "fft", "auto"}
        How it computes; auto decides by size.
    """

    name: str
    turns: bool
    axes: int | None = None
    same: str = "early"
    border: str = "zeros"
    modes: bool = True
    algorithm: str = "direct"

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


FUNCTIONS = {
    function.name: function
    for function in (
        Function("scipy.signal.convolve", True, algorithm="auto"),
        Function("scipy.signal.fftconvolve", True, algorithm="fft"),
        Function("scipy.signal.oaconvolve", True, algorithm="fft"),
        Function("scipy.signal.convolve2d", True, axes=2),
        Function("scipy.signal.correlate", False, algorithm="auto"),
        Function("scipy.signal.correlate2d", False, axes=2, same="late"),
        Function("scipy.ndimage.convolve", True, same="late", border="reflect", modes=False),
        Function("scipy.ndimage.correlate", False, border="reflect", modes=False),
        Function("numpy.convolve", True, axes=1),
        Function("numpy.correlate", False, axes=1),
    )
}

REFUSALS = {
    "should have the same dimensionality": "It needs as many axes in the filter as in x: add axes of length 1.",
    "inputs must both be 2-D arrays": "It takes one image and one filter of two axes each: call it once per pair.",
    "object too deep for desired array": "It takes one row of numbers: call it once per row.",
    "weights.ndim": "It needs as many axes in the filter as in x: add axes of length 1.",
    "one must be at least as large as the other in every dimension": (
        "It works along all axes, images and channels too, and would swap the operands if that helped: "
        "no one of the two holds the other along every axis."
    ),
    "mode flags are": "It has no such mode: only valid, same and full.",
    "mode must be one of": "It has no such mode: only valid, same and full.",
    "not available for this type": "It has no loops for this dtype: convert to float32 or float64 first.",
    "Unsupported type": "It has no loops for this dtype: convert to float32 or float64 first.",
    "array type not supported": "It has no loops for this dtype: convert to float32 or float64 first.",
}


def find(name: str) -> Function:
    """Return the facts of a library function by its dotted name.

    Raises
    ------
    SpecError
        When the table has no such name; the sentence lists those it has. Nothing is imported.

    Examples
    --------
    >>> find("scipy.signal.correlate2d").turns
    False
    """
    if name not in FUNCTIONS:
        raise SpecError(
            f"Asked to call {name}.",
            f"The library functions known here are {', '.join(FUNCTIONS)}.",
            "Choose one of them, or give a pair: (label, function of (x, w)).",
        )
    return FUNCTIONS[name]


def hand_over(function: Function, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the operands as a person would hand them in: the caller's own, with one exception.

    Four axes stay four axes, which is what shows that SciPy works along all of them. Only a function that takes
    nothing but bare images gets one image and one filter bare.
    """
    lone = x.ndim == w.ndim and x.shape[:2] == w.shape[:2] == (1, 1)
    bare = lone and function.axes is not None and x.ndim == function.axes + 2
    return (x[0, 0], w[0, 0]) if bare else (x, w)


def call(
    name: str,
    x: np.ndarray,
    w: np.ndarray,
    mode: str = "valid",
    padding: tuple[tuple[int, int], ...] | None = None,
) -> np.ndarray:
    """Call a library function raw: the mode in the person's own word, no stride, no dilation, no groups.

    Parameters
    ----------
    name : str
        A name of `FUNCTIONS`.
    x, w : ndarray
        As the person has them.
    mode : str
        Passed on as it stands, known to the library or not.
    padding : (before, after) per spatial axis, optional
        Zeros written around x first, with mode "valid": the libraries have no argument for it.

    Raises
    ------
    SpecError
        For a name that is not in the table.
    Exception
        Whatever the library raises.

    Examples
    --------
    >>> call("numpy.convolve", np.array([1, 2, 3]), np.array([1, 10]), "same")
    array([ 1, 12, 23])
    """
    function = find(name)
    x, w = hand_over(function, x, w)
    if padding is not None:
        outer = [(0, 0)] * (x.ndim - len(padding))
        x, mode = np.pad(x, [*outer, *padding]), "valid"
    module, _, attribute = name.rpartition(".")
    run = getattr(import_module(module), attribute)
    return run(x, w, mode) if function.modes else run(x, w)


def call_text(name: str, mode: str = "valid", padding: object = None) -> str:
    """Return what `call` does as a line of Python.

    Examples
    --------
    >>> call_text("scipy.signal.convolve2d", "full")
    'scipy.signal.convolve2d(x, w, "full")'
    """
    x, mode = ("np.pad(x, ...)", "valid") if padding is not None else ("x", mode)
    return f'{name}({x}, w, "{mode}")' if find(name).modes else f"{name}({x}, w)"


def algorithm(function: Function, x: np.ndarray, w: np.ndarray, mode: str) -> str:
    """Return how a function computes this call, "direct" or "fft", so that its error can be bounded."""
    if function.algorithm != "auto":
        return function.algorithm
    if x.dtype.kind in "biu" and w.dtype.kind in "biu":
        return "direct"
    from scipy.signal import choose_conv_method

    try:
        return choose_conv_method(x, w, mode if mode in ("full", "same") else "valid")
    except (ValueError, TypeError):  # the call itself will say what is wrong
        return "direct"


def same_start(function: Function, taps: int) -> int:
    """Return at which place of the full answer a function's centred answer begins, along an axis of `taps`.

    Examples
    --------
    >>> [same_start(find(f"scipy.signal.{name}"), 2) for name in ("correlate", "correlate2d")]
    [0, 1]
    """
    return (taps - 1) // 2 if function.same == "early" else taps // 2


def meaning(text: str) -> str:
    """Return what a library's refusal means, as a sentence; empty for a text that is not known.

    Examples
    --------
    >>> meaning("object too deep for desired array")
    'It takes one row of numbers: call it once per row.'
    """
    return next((said for part, said in REFUSALS.items() if part in text), "")
