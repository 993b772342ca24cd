"""One layer's gradients: the definition that lesson 09 judges by, what makes a layer hard, and wrong answers to it.

A layer is ``(x, w, dy, padding, stride)``, with x (N, C, H, W), w (O, C, kh, kw), one padding and one stride for both
axes, and the filter never flipped, as in source 003. An answer returns ``(dx, dw)``; one that leaves the other alone
says None for it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convlab import faults, numerics, reference
from convlab.spec import ConvSpec

Pair = tuple[np.ndarray | None, np.ndarray | None]
Answer = Callable[..., Pair]
Way = Callable[..., np.ndarray]


def layer_spec(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], padding: int, stride: int, dtype: str = "float64"
) -> ConvSpec:
    """Return the forward pass: a cross-correlation."""
    return ConvSpec(x_shape, w_shape, padding=padding, stride=stride, flip=False, dtype=dtype)


def gradients(x: np.ndarray, w: np.ndarray, dy: np.ndarray, padding: int, stride: int) -> Pair:
    """Return both gradients by the definition, in float64.

    Examples
    --------
    >>> x, w, dy = np.ones((1, 1, 1, 6)), np.array([[[[1.0, 10, 100]]]]), np.array([[[[1.0, 2]]]])
    >>> gradients(x, w, dy, 0, 2)[0]
    array([[[[  1.,  10., 102.,  20., 200.,   0.]]]])
    """
    spec = layer_spec(x.shape, w.shape, padding, stride)
    x, w, dy = (np.asarray(array, np.float64) for array in (x, w, dy))
    return reference.dgrad(dy, w, spec), reference.wgrad(x, dy, spec)


def bound(truth: Pair, x: np.ndarray, w: np.ndarray, dy: np.ndarray, padding: int, stride: int) -> Pair:
    """Return what sums in float32 may leave: whoever computes in it has made no mistake."""
    spec = layer_spec(x.shape, w.shape, padding, stride, "float32")
    return numerics.gradient_bounds(*(np.asarray(array, np.float64) for array in (x, w, dy)), spec)


# ---- where a mistake shows alone ------------------------------------------------------------------------------------


def difficulties(x: np.ndarray, w: np.ndarray, dy: np.ndarray, padding: int, stride: int) -> set[str]:
    """Return what a layer adds to the usual check: square, one image, floats, stride 1, no padding.

    Examples
    --------
    >>> sorted(difficulties(np.ones((2, 1, 5, 5)), np.ones((1, 1, 2, 2)), None, 0, 2))
    ['images', 'remainder', 'stride']
    """
    (H, W), (kh, kw) = x.shape[2:], w.shape[2:]
    there = {
        "padding": padding > 0, "whole numbers": x.dtype.kind != "f", "images": len(x) > 1, "stride": stride > 1,
        "filter": kh != kw, "wide image": H != W,
        "remainder": any((n + 2 * padding - k) % stride for n, k in ((H, kh), (W, kw))),
    }  # fmt: skip
    return {name for name, is_there in there.items() if is_there}


def usual(*layer: object) -> bool:
    """Return whether a layer is the usual check."""
    return not difficulties(*layer)


def only(*names: str) -> Callable[..., bool]:
    """Return what tells whether a layer adds these difficulties and no other."""
    return lambda *layer: difficulties(*layer) == set(names)


# ---- wrong answers, from others and from parts ----------------------------------------------------------------------


def source(id: str) -> Answer:
    """Return the code in which one fault of source 003 is planted."""
    run = faults.get(id).run
    return lambda x, w, dy, padding, stride: run(x, w, dy, padding=padding, stride=stride)


def of_x(way: Way) -> Answer:
    """Return the answer that knows dw, and takes dx from a way."""
    return lambda *layer: (way(*layer), None)


def of_w(way: Way) -> Answer:
    """Return the answer that knows dx, and takes dw from a way."""
    return lambda *layer: (None, way(*layer))


def dx_then(change: Way) -> Answer:
    """Return the answer that changes the right dx afterwards."""
    return of_x(lambda *layer: change(gradients(*layer)[0], *layer))


def dw_then(change: Way) -> Answer:
    """Return the answer that changes the right dw afterwards."""
    return of_w(lambda *layer: change(gradients(*layer)[1], *layer))


# ---- dx, as people write it -----------------------------------------------------------------------------------------


def by_tap(
    x: np.ndarray, w: np.ndarray, ready: np.ndarray, padding: int, dtype: object = float
) -> np.ndarray:
    """Slide the turned filter over what is ready for it, one tap at a time: past its end it is an IndexError."""
    dx = np.zeros((*x.shape[:2], *(n + 2 * padding for n in x.shape[2:])), dtype)
    for i, j, a, b in np.ndindex(*dx.shape[2:], *w.shape[2:]):
        dx[:, :, i, j] = dx[:, :, i, j] + ready[:, :, i + a, j + b] @ w[:, :, -1 - a, -1 - b]
    return _cut(dx, x, padding)


def by_window(x: np.ndarray, w: np.ndarray, ready: np.ndarray, padding: int) -> np.ndarray:
    """Do the same with whole windows: those past the end are too small, which is a ValueError."""
    (kh, kw), turned = w.shape[2:], w[:, :, ::-1, ::-1]
    dx = np.zeros((*x.shape[:2], *(n + 2 * padding for n in x.shape[2:])))
    for i, j in np.ndindex(*dx.shape[2:]):
        dx[:, :, i, j] = np.einsum("noab,ocab->nc", ready[:, :, i : i + kh, j : j + kw], turned)
    return _cut(dx, x, padding)


def both_ways(ready: Way) -> tuple[Answer, Answer]:
    """Return both answers for one opinion of what the filter slides over, a function of the layer."""
    return tuple(
        of_x(lambda x, w, dy, p, s, slide=slide: slide(x, w, ready(x, w, dy, p, s), p))
        for slide in (by_tap, by_window)
    )


def spread(dy: np.ndarray, stride: int, repeat: bool = False) -> np.ndarray:
    """Return dy with stride - 1 zeros between its values, or with repetitions of them.

    Examples
    --------
    >>> spread(np.array([[[[1, 2]]]]), 2), spread(np.array([[[[1, 2]]]]), 2, repeat=True)
    (array([[[[1., 0., 2.]]]]), array([[[[1., 1., 2.]]]]))
    """
    wide = np.zeros((*dy.shape[:2], *((n - 1) * stride + 1 for n in dy.shape[2:])))
    for i, j in np.ndindex(stride, stride) if repeat else [(0, 0)]:
        here = wide[:, :, i::stride, j::stride]
        here[...] = dy[:, :, : here.shape[2], : here.shape[3]]
    return wide


def framed(stack: np.ndarray, rows: int, columns: int, behind: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Put rows and columns of zeros around, and some more behind."""
    return np.pad(stack, ((0, 0), (0, 0), (rows, rows + behind[0]), (columns, columns + behind[1])))


def around(dy: np.ndarray, x: np.ndarray, w: np.ndarray, padding: int, swap: bool = False) -> np.ndarray:
    """Return what the filter slides over, when dy is already spread: with room for a remainder, and k - 1 zeros."""
    sizes = zip(x.shape[2:], w.shape[2:], dy.shape[2:], strict=True)
    behind = tuple(n + 2 * padding - k + 1 - m for n, k, m in sizes)
    rows, columns = (k - 1 for k in (w.shape[:1:-1] if swap else w.shape[2:]))
    return framed(dy, rows, columns, behind)


def kept_whole(x: np.ndarray, w: np.ndarray, dy: np.ndarray, padding: int, stride: int) -> np.ndarray:
    """Return dx with its frame of zeros."""
    return gradients(framed(x, padding, padding), w, dy, 0, stride)[0]


def overwritten(x: np.ndarray, w: np.ndarray, dy: np.ndarray, padding: int, stride: int) -> np.ndarray:
    """Lay the filters down one after another, each over the last."""
    dx = framed(np.zeros(x.shape), padding, padding)
    for i, j in np.ndindex(*dy.shape[2:]):
        window = dx[:, :, i * stride :, j * stride :][:, :, : w.shape[2], : w.shape[3]]
        window[...] = np.einsum("no,ocab->ncab", dy[:, :, i, j], w)
    return _cut(dx, x, padding)


def _cut(dx: np.ndarray, x: np.ndarray, padding: int) -> np.ndarray:
    return dx[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]
