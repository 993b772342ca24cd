"""The questions that compute no answer of their own: trace every step, list the backends."""

from __future__ import annotations

from convlab.arguments import known
from convlab.backends import rows
from convlab.backends.backend import Row
from convlab.errors import SpecError
from convlab.operands import prepare
from convlab.spec import ConvSpec
from convlab.trace import Trace


def trace(x: object, w: object, **same) -> Trace:
    """Return every step of a convolution: the windows, products and running sums, one output value at a time.

    Parameters
    ----------
    x, w
        As in `conv`.
    **same
        mode, stride, dilation, groups, flip, padding: as in `conv`.

    Returns
    -------
    Trace
        As long as y has values, in C order; ``trace(x, w)[i]`` is a `Step` with its taps, products and running sums.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> steps = cl.trace(np.arange(5), np.array([1, 10]))
    >>> len(steps), [tap.product for tap in steps[0].taps], steps[0].total
    (4, [0.0, 1.0], 1.0)
    """
    known("trace", same)
    ready = prepare(x, w, **same)
    return Trace(ready.x, ready.w, ready.spec)


def backends(spec: ConvSpec | None = None) -> list[Row]:
    """Return one row per backend: what it is, whether it would run `spec` here, and if not, why not.

    Parameters
    ----------
    spec : ConvSpec, optional
        The question, such as ``cl.ConvSpec(x.shape, w.shape, stride=2)``. Without one, `says` tells only what this
        machine lacks.

    Returns
    -------
    list of Row
        name, device, family, says (None, or why not), flips, layout, workspace_bytes, is_exact, spreads,
        counterpart, wastes (None, or what it computes in vain), gradients (None, or why it has none) and
        gradient_wastes.

    Examples
    --------
    >>> import convlab as cl
    >>> [row.name for row in cl.backends()][:2]
    ['numpy-loops', 'numpy-im2col']
    """
    if not isinstance(spec, (ConvSpec, type(None))):
        raise SpecError(
            f"Asked which backends run {str(spec)[:40]!r}.",
            f"That is a {type(spec).__name__}, not a question.",
            "Give cl.ConvSpec(x.shape, w.shape, ...), or nothing.",
        )
    return rows(spec)
