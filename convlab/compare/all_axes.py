"""What SciPy does to layer operands: it convolves along every axis, images and channels too.

Source 000 found it: (2, 3, 5, 5) with (1, 3, 3, 3) gives (2, 5, 7, 7) where Theano gives (2, 1, 7, 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2, prod

import numpy as np

from convlab import reference
from convlab.compare.cause import Cause
from convlab.compare.readings import positions
from convlab.compare.reword import BORDER_SAYS
from convlab.compare.words import zero
from convlab.compare.yardstick import Fit, Yardstick, coarser
from convlab.numerics import measure, unit_roundoff
from convlab.operands import dtype_name, result_dtype
from convlab.spec import ConvSpec

_MOST_MACS = 3_000_000  # beyond, the loops would hold up a screen


@dataclass(frozen=True)
class AllAxes:
    """A convolution along all axes: how it is computed and which part of the full result is kept."""

    turned: bool
    mode: str
    border: str
    frame: tuple[tuple[int, int], ...]  # values read beyond x, per axis
    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def of(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """Return the result for operands of the shapes that it was made for."""
        for axis, (lo, hi) in enumerate(self.frame):
            n = x.shape[axis]
            if self.border == "zeros":
                x = np.pad(x, [(lo, hi) if a == axis else (0, 0) for a in range(x.ndim)])
            else:
                x = x.take(positions(np.arange(-lo, n + hi), n, self.border), axis=axis)
        part = tuple(slice(start, start + size) for start, size in zip(self.starts, self.sizes))
        return _full(x, w, self.turned)[part]


def all_axes_cause(
    x: np.ndarray,
    w: np.ndarray,
    y: np.ndarray,
    yard: Yardstick | None = None,
    known_turn: bool | None = None,
) -> Cause | None:
    """Return the cause that y is x convolved (or correlated) with w along all axes, if that explains y.

    Parameters
    ----------
    x, w : ndarray, (N, C, *space) and (O, I, *taps)
        Their channels need not agree.
    yard : Yardstick, optional
        The question, if there is one: the sentence then says where its answer stands in y.
    known_turn : bool, optional
        Whether y's author is known to turn the filter, for operands that cannot tell.
    """
    found = sorted(_explains(x, w, y), key=lambda pair: pair[0].turned != known_turn)
    if not found:
        return None
    how, fit = found[0]
    told = len({one.turned for one, _ in found}) == 1
    verb, noun, word, rest = _words(how.turned) if told or known_turn is not None else _EITHER
    said = f"This side {verb} along all {y.ndim} axes, images and channels too{rest}: "
    said += f"{x.shape} with {w.shape} gives {y.shape}."
    if how.border != "zeros":
        word += " + other border"
        said += f" Beyond each border it reads {BORDER_SAYS[how.border]}."
    if not told:
        said += " These operands cannot show whether the filter is turned."
    said += " A layer, and so Theano, slides along the image only and sums over the channels."
    proof, edit = zero(f"y − the {noun} along {y.ndim} axes", fit), ""
    if where := _where(how, yard) if yard else None:
        code, handed, proof = where
        edit = f"y = f(x, {handed}){code}"
        after = "once w's channels are reversed" if handed != "w" else "here without reversing w's channels"
        said += f" Its answer stands inside: f(x, {handed}){code}, {after}."
    return Cause(word, said, proof, edit)


_EITHER = ("convolves or correlates", "convolution", "convolved over all axes", "")


def _words(turned: bool) -> tuple[str, str, str, str]:
    if turned:
        rest = ", and turns the filter along all of them"
        return "convolves", "convolution", "convolved over all axes", rest
    return "correlates", "correlation", "correlated over all axes", ""


def _explains(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> Iterator[tuple[AllAxes, Fit]]:
    """Yield every way along all axes that gives y's numbers."""
    macs = prod(x.shape[:2]) * prod(w.shape) * prod(n + k - 1 for n, k in zip(x.shape[2:], w.shape[2:]))
    if not (x.ndim == w.ndim == y.ndim) or macs > _MOST_MACS or not y.size:
        return
    dtype = coarser(y.dtype, dtype_name(result_dtype(x, w)))
    u = unit_roundoff(dtype)
    x, w = x.astype(np.float64), w.astype(np.float64)
    for how in _candidates(x.shape, w.shape, y.shape):
        with np.errstate(invalid="ignore", over="ignore"):
            found, size = how.of(x, w), how.of(np.abs(x), np.abs(w))
            norms = np.sqrt((x**2).sum() * (w**2).sum())
            bound = u * (4 * np.sqrt(w.size) * size + log2(max(2, x.size * w.size)) * norms + np.abs(found))
        error = measure(y, found, bound)
        if error.share <= 1:
            yield how, Fit(error, float(bound.max()), dtype, "direct")


def _candidates(x: tuple[int, ...], w: tuple[int, ...], y: tuple[int, ...]) -> Iterator[AllAxes]:
    """Yield the ways to convolve along all axes that give y's shape."""
    none = tuple((0, 0) for _ in x)
    cuts = {
        "full": ((0,) * len(x), tuple(n + k - 1 for n, k in zip(x, w))),
        "same": (tuple((k - 1) // 2 for k in w), x),
        "valid": (tuple(min(n, k) - 1 for n, k in zip(x, w)), tuple(abs(n - k) + 1 for n, k in zip(x, w))),
    }
    for mode, (starts, sizes) in cuts.items():
        if sizes == y:
            for turned in (True, False):
                yield AllAxes(turned, mode, "zeros", none, starts, sizes)
    if y == x:  # scipy.ndimage: the size of x, and something else than zeros beyond it
        early = tuple((k // 2, (k - 1) // 2) for k in w)
        late = tuple((k - 1 - k // 2, k // 2) for k in w)
        starts = tuple(k - 1 for k in w)
        for border in ("reflect", "zeros"):
            yield AllAxes(True, "same", border, late, starts, x)
            yield AllAxes(False, "same", border, early, starts, x)


def _full(x: np.ndarray, w: np.ndarray, turned: bool) -> np.ndarray:
    """Return the full result along all axes: the definition per image, channel and filter, added where they meet."""
    (images, channels, *space), (filters, reads, *taps) = x.shape, w.shape
    lone = ConvSpec(
        (images * channels, 1, *space), (filters * reads, 1, *taps), "full", flip=turned, dtype="float64"
    )
    pairs = reference.judge(x.reshape(lone.x_shape), w.reshape(lone.w_shape), lone)
    pairs = pairs.reshape(images, channels, filters, reads, *lone.y_shape[2:])
    full = np.zeros((images + filters - 1, channels + reads - 1, *lone.y_shape[2:]))
    for o, i in np.ndindex(filters, reads):
        n, c = (o, i) if turned else (filters - 1 - o, reads - 1 - i)
        full[n : n + images, c : c + channels] += pairs[:, :, o, i]
    return full


def _where(how: AllAxes, yard: Yardstick) -> tuple[str, str, str] | None:
    """Return where the layer's answer stands: the slice, the filter to hand over, and the proof."""
    spec = yard.spec
    images, channels, filters = *spec.x_shape[:2], spec.w_shape[0]
    place = channels - 1 - how.starts[1]
    usual = how.border == "zeros" and how.frame == tuple((0, 0) for _ in how.frame)
    if spec.groups != 1 or how.turned != spec.flip or not usual or not 0 <= place < how.sizes[1]:
        return None
    if min(images, filters) != 1 or how.sizes[0] != images + filters - 1 or set(spec.dilation) != {1}:
        return None
    cuts, texts = [slice(None, None, 1 if how.turned or filters == 1 else -1)], []
    for axis, (lo, _) in enumerate(spec.pads):
        start, step = spec.taps[axis] - 1 - lo - how.starts[2 + axis], spec.stride[axis]
        stop = start + (spec.y_shape[2 + axis] - 1) * step + 1
        if start < 0 or stop > how.sizes[2 + axis]:
            return None
        cuts.append(slice(start, stop, step))
        whole = step == 1 and (start, stop) == (0, how.sizes[2 + axis])
        texts.append(":" if whole else f"{start}:{stop}{f':{step}' if step > 1 else ''}")
    while texts and texts[-1] == ":":
        texts.pop()
    first = "::-1" if cuts[0].step == -1 else ":"
    code = f"[{', '.join([first, f'{place}:{place + 1}', *texts])}]"
    for handed, w in (("w", yard.w), ("w[:, ::-1]", yard.w[:, ::-1])):
        y = how.of(yard.x.astype(np.float64), w.astype(np.float64))
        part = y[(cuts[0], slice(place, place + 1), *cuts[1:])].reshape(spec.y_shape)
        if (fit := yard.fit(part, "direct")).agrees:
            return code, handed, zero(f"f(x, {handed}){code} − truth", fit)
    return None
