"""Questions that were asked before: from shapes, dtypes and words straight to what computes the answer.

To read a person's words, to make a spec of them and to choose a backend takes some 30 µs (recorded on an AMD EPYC, Zen
4), and for the same question it comes to the same. So `convlab.conv` remembers, for a question without a fault, a
function of (x, w) that answers it. What is remembered is of shapes, dtypes and words alone, never of an array: the same
arrays with other values are computed anew.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convlab.backends.backend import Backend
from convlab.operands import Operands

MOST = 1024  # questions; a sweep asks many
OWN = ("numpy", "scipy", "numba", "llvm")  # families that compute in this process: they do not go away

Answer = Callable[[np.ndarray, np.ndarray], np.ndarray | None]


def key(
    x: np.ndarray, w: np.ndarray, mode: object, stride: object, dilation: object, groups: object, flip: object,
    padding: object, backend: object,
) -> tuple | None:  # fmt: skip
    """Return what a question is remembered by; None where its words are none that can be compared.

    1, 1.0 and True are equal to Python, and not all of them are a stride: other words than whole numbers, True and
    False stand with their type.

    Examples
    --------
    >>> x, w = np.ones((5, 5)), np.ones((3, 3))
    >>> def asked(stride):
    ...     return key(x, w, "valid", stride, 1, 1, True, None, "auto")
    >>> asked(1) == asked(1), asked((1, 1)) == asked((1, 1)), asked(1) == asked(1.0), asked(1) == asked(True)
    (True, True, False, False)
    """
    if type(mode) is not str or type(backend) is not str:
        return None
    plain = type(stride) is type(dilation) is type(groups) is int and (flip is True or flip is False)
    if plain and padding is None:
        return x.shape, w.shape, x.dtype, w.dtype, mode, stride, dilation, groups, flip, backend
    words = _typed((stride, dilation, groups, flip, padding))
    return None if words is None else (x.shape, w.shape, x.dtype, w.dtype, mode, backend, *words)


def remember(answers: dict, asked: tuple, ready: Operands, chosen: Backend | None) -> None:
    """Put an answer under its key, where operands were computed on as they were given, by a backend of this process.

    Parameters
    ----------
    answers : dict
        `convlab.backends.preference.ANSWERS` as it was before the choice.
    asked : tuple
    ready : Operands
    chosen : Backend or None
    """
    dtype = np.dtype(ready.spec.dtype)
    if chosen is None or chosen.family not in OWN or any(np.dtype(name) != dtype for name in ready.given):
        return
    if not all(given.isnative for given in asked[2:4]):
        return
    if len(answers) >= MOST:
        answers.clear()
    answers[asked] = answer(ready, chosen)


def answer(ready: Operands, chosen: Backend) -> Answer:
    """Return a function of (x, w) that answers a question, for arrays of just these shapes and dtypes.

    It returns None where it cannot: values that do not lie at multiples of their size.
    """
    spec, run, enter, empty = ready.spec, chosen.run, chosen.entry(ready.spec), np.empty
    if enter is None:
        if ready.bare:
            return lambda x, w: run(x[None, None], w[None, None], spec)[0, 0]
        return lambda x, w: run(x, w, spec)
    shape, dtype = spec.y_shape, np.dtype(spec.dtype)
    if not ready.bare:
        return lambda x, w: enter(x, w, empty(shape, dtype))

    def bare(x: np.ndarray, w: np.ndarray) -> np.ndarray | None:
        y = enter(x[None, None], w[None, None], empty(shape, dtype))
        return None if y is None else y[0, 0]

    return bare


def _typed(value: object) -> tuple | None:
    """Return a word with its type, and a tuple or list with those of what is in it; None for anything else."""
    kind = type(value)
    if value is None or kind is int or kind is bool:
        return (kind, value)
    if kind is not tuple and kind is not list:
        return None
    within = [_typed(one) for one in value]
    return None if None in within else (kind, *within)
