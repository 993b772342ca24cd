"""The forward calls: conv and corr."""

from __future__ import annotations

import numpy as np

from convlab import reference
from convlab.api.answers import key, remember
from convlab.arguments import known
from convlab.backends import admit, choose, preference
from convlab.backends.backend import Backend
from convlab.backends.room import require_room
from convlab.errors import SpecError
from convlab.operands import Operands, prepare
from convlab.spec import ConvSpec


def conv(
    x: object,
    w: object,
    *,
    mode: str = "valid",
    stride: int | tuple[int, ...] = 1,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    flip: bool = True,
    padding: int | tuple | None = None,
    backend: str = "auto",
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Convolve images with filters, by any backend.

    Parameters
    ----------
    x : array_like, shape (N, C, *space)
        Or one bare image, ``(H, W)`` or ``(W,)``, together with a bare filter.
    w : array_like, shape (O, C / groups, *taps)
    mode, stride, dilation, groups, flip, padding
        As in `convlab.ConvSpec`.
    backend : str
        A name of the catalogue, "reference" for the definition, or "auto": what `convlab.prefer` says, else what
        `convlab.autotune` found fastest for this spec on this machine, else a quick choice without measuring.
    out : ndarray, optional
        Where to write y: of y's shape and dtype, any strides. It is what comes back, and may overlap x.

    Returns
    -------
    ndarray
        Shape (N, O, *space), or bare as the operands were. For floats the dtype that NumPy promotes both
        operands to; bool and integers are computed and returned in float64.

    Raises
    ------
    SpecError, Unsupported, Unavailable, Refused
        When there is no such convolution, when the backend does not compute it, or not on this machine; when it
        would take more memory than there is.

    Notes
    -----
    Two backends may round differently; both stay within the bound of `convlab.numerics`. "auto" keeps to backends
    that are exact on whole numbers where the operands are of an integer type or bool, and without tuning also for
    floats, with two exceptions: where a Fourier transform saves several times the work of a large convolution, and
    Winograd's F(2x2), which rounds nearly as a direct sum does, for 3 x 3 taps over many channels and filters.
    `convlab.autotune` chooses among all, or with ``exact=True`` among those that round so little.
    ``cl.prefer(exclude=["numba-fft", "scipy-rfft", "numba-winograd-f2"])`` has neither without tuning.

    The same question asked again, of other values, is answered without looking at its words once more: a tiny one in
    about a microsecond. No values are remembered; `convlab.plan` holds a filter.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> cl.conv(np.arange(25).reshape(5, 5), np.ones((3, 3)))
    array([[ 54.,  63.,  72.],
           [ 99., 108., 117.],
           [144., 153., 162.]])
    """
    answers, asked = preference.ANSWERS, None
    if out is None and type(x) is type(w) is np.ndarray:
        asked = key(x, w, mode, stride, dilation, groups, flip, padding, backend)
        answer = answers.get(asked)
        if answer is not None and (y := answer(x, w)) is not None:
            return y
    ready = prepare(
        x, w, mode=mode, stride=stride, dilation=dilation, groups=groups, flip=flip, padding=padding
    )
    y, chosen = _run(ready, backend, out)
    if asked is not None:
        remember(answers, asked, ready, chosen)
    return y


def corr(x: object, w: object, *, backend: str = "auto", out: np.ndarray | None = None, **same) -> np.ndarray:
    """Cross-correlate: `conv` that leaves the filter as it is.

    Parameters
    ----------
    x, w, backend, out
        As in `conv`.
    **same
        mode, stride, dilation, groups, padding: as in `conv`. There is no flip.

    Examples
    --------
    >>> import numpy as np, convlab as cl
    >>> cl.corr(np.arange(5), np.array([1, 10]), mode="same")
    array([ 0., 10., 21., 32., 43.])
    """
    if "flip" in same:
        raise SpecError(
            f"Asked corr for flip={same['flip']!r}.",
            "Cross-correlation never turns the filter.",
            "Leave flip out, or call conv.",
        )
    known("corr", same, "mode stride dilation groups padding backend out")
    return conv(x, w, flip=False, backend=backend, out=out, **same)


def _run(ready: Operands, backend: str, out: np.ndarray | None) -> tuple[np.ndarray, Backend | None]:
    """Return y, and the backend that computed it; None for the definition."""
    spec = ready.spec
    target = None if out is None else checked_out(out, spec, ready.bare)
    name = choose(spec, exact=ready.is_whole) if backend == "auto" else backend
    chosen = None if name == "reference" else admit(name, spec)
    require_room(spec, chosen)
    if chosen is None:
        y = reference.conv(ready.x, ready.w, spec).astype(spec.dtype)
    else:
        overlaps = target is not None and any(
            np.may_share_memory(target, read) for read in (ready.x, ready.w)
        )
        y = chosen.run(ready.x, ready.w, spec, None if overlaps else target)
    if out is None:
        return ready.restore(y), chosen
    if y is not target:
        target[...] = y
    return out, chosen


def checked_out(out: np.ndarray, spec: ConvSpec, bare: bool) -> np.ndarray:
    """Return `out` in layer layout, or refuse it when y does not fit."""
    shape = spec.y_shape[2:] if bare else spec.y_shape
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != spec.dtype:
        found = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else f"of type {type(out).__name__}"
        raise SpecError(
            "Asked to write y into out.",
            f"out is {found}, y is {spec.dtype} {shape}.",
            f"Make it with np.empty({shape}, {spec.dtype!r}).",
        )
    if not out.flags.writeable:
        raise SpecError(
            "Asked to write y into out.", "out is read-only.", "Give an array that may be written."
        )
    return out[None, None] if bare else out
