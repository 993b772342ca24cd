"""The backward call: gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convlab import reference
from convlab.backends import admit_gradients, choose_gradients
from convlab.backends.room import require_room_for_gradients
from convlab.errors import SpecError
from convlab.operands import Operands, dtype_name, numbers, prepare, result_dtype
from convlab.spec import AXES, ConvSpec


def gradients(
    x: object,
    w: object,
    dy: object,
    *,
    mode: str = "valid",
    stride: int | tuple[int, ...] = 1,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    flip: bool = True,
    padding: int | tuple | None = None,
    backend: str = "auto",
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a change of every input and of every weight does, when dy is what a change of every output does.

    Parameters
    ----------
    x : array_like, shape (N, C, *space)
        Or one bare image, together with a bare filter and a bare dy.
    w : array_like, shape (O, C / groups, *taps)
    dy : array_like, shape (N, O, *space of y)
        The gradient of some number, such as a loss, with respect to ``y = conv(x, w, ...)``.
    mode, stride, dilation, groups, flip, padding
        As in `convlab.ConvSpec`, and as y was computed.
    backend : str
        A name of the catalogue, "reference" for the definition, or "auto": what `convlab.prefer` says, else a quick
        choice that is exact on whole numbers. What `convlab.autotune` found is of y, and has no say here.

    Returns
    -------
    dx, dw : ndarray
        The gradients of the same number with respect to x and w, of their shapes. The dtype is the one that NumPy
        promotes those of y and dy to; where all are bool or integers, float64. Input that no window reads has
        gradient 0.

    Raises
    ------
    SpecError, Unsupported, Unavailable, Refused
        As `convlab.conv`; and when dy has not the shape of y.

    Notes
    -----
    Both are convolutions themselves: see `convlab.gradients.dgrad_spec` and `wgrad_spec`.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> dx, dw = cl.gradients(np.arange(1, 6), np.array([1, 10, 100]), np.array([1, 2]), stride=2, flip=False)
    >>> dx, dw
    (array([  1.,  10., 102.,  20., 200.]), array([ 7., 10., 13.]))
    """
    ready = prepare(
        x, w, mode=mode, stride=stride, dilation=dilation, groups=groups, flip=flip, padding=padding
    )
    ready, dy = _with_dy(ready, numbers("dy", dy))
    spec = ready.spec
    name = choose_gradients(spec) if backend == "auto" else backend
    chosen = None if name == "reference" else admit_gradients(name, spec)
    require_room_for_gradients(spec, chosen)
    if chosen is None:
        found = reference.dgrad(dy, ready.w, spec), reference.wgrad(ready.x, dy, spec)
        dx, dw = (array.astype(spec.dtype, copy=False) for array in found)
    else:
        dx, dw = chosen.dgrad(dy, ready.w, spec), chosen.wgrad(ready.x, dy, spec)
    return ready.restore(dx), ready.restore(dw)


def _with_dy(ready: Operands, dy: np.ndarray) -> tuple[Operands, np.ndarray]:
    """Return the operands and dy in one dtype and in layer layout, or refuse a dy that is not shaped like y."""
    spec = ready.spec
    wanted = spec.y_shape[2:] if ready.bare else spec.y_shape
    if dy.shape != wanted:
        raise SpecError(
            f"Asked for gradients with dy {dy.shape}.",
            f"y is {wanted}: {_sizes(spec, ready.bare)}.",
            f"Give dy one value for every value of y, for example np.ones({wanted}).",
        )
    dtype = result_dtype(ready.x, dy)
    x, w, dy = (array.astype(dtype, copy=False) for array in (ready.x, ready.w, dy))
    spec = replace(spec, dtype=dtype_name(dtype))
    return replace(ready, x=x, w=w, spec=spec), dy[None, None] if ready.bare else dy


def _sizes(spec: ConvSpec, bare: bool) -> str:
    """Return where the shape of y comes from: ``2 images, 4 filters, rows (5 + 1 + 1 − 3) // 2 + 1 = 3``."""
    said = [] if bare else [_count(spec.x_shape[0], "image"), _count(spec.w_shape[0], "filter")]
    axes = zip(
        AXES[spec.rank], spec.space, spec.pads, spec.extent, spec.stride, spec.y_shape[2:], strict=True
    )
    for name, n, (lo, hi), extent, step, m in axes:
        size = f"{n} + {lo} + {hi} − {extent}" if lo or hi else f"{n} − {extent}"
        said.append(f"{name} ({size}) // {step} + 1 = {m}" if step > 1 else f"{name} {size} + 1 = {m}")
    return ", ".join(said)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
