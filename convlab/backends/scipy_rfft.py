"""scipy-rfft: real transforms of just enough points by scipy.fft, image block by image block, on all processors."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from math import prod

import numpy as np

from convlab.backends import threads
from convlab.backends.backend import Backend
from convlab.backends.formula import formula
from convlab.backends.library import missing, spread, unturned, waste
from convlab.backends.ring import fast_length
from convlab.backends.work import Work, transform_flops
from convlab.operands import padded
from convlab.spec import ConvSpec

BLOCK_BYTES = 3 << 17  # what a thread holds of images, products and results, so that they stay in its cache
FILTER_BYTES = 32 << 20  # the transforms of a block of filters stay below this, or are those of one filter
WORTH_THREADS = 1 << 15  # values; the transforms of fewer are over before another thread has heard of them
Slices = tuple[slice, ...]


class ScipyRfft(Backend):
    """Every image and every filter is transformed once; products are added over the channels before the way back.

    `scipy.signal.fftconvolve` transforms an image anew for every filter, in as many points as mode "full" has. Here a
    window's own points are enough: what wraps around them falls on outputs that the spec leaves out. Blocks of images
    are as small as a cache, and each thread does all three steps with its own; a large image has all threads instead.

    Notes
    -----
    Along an axis of n points with the zeros lo and hi around them, and a filter that reaches over e of them, output i
    is value ``i * stride + e - 1 - lo`` of mode "full". Values that far apart do not meet from ``n + max(lo, hi)``
    points on: the next number of points whose only prime factors are 2, 3 and 5 is taken.

    A transform mixes all values: the error of the largest reaches all of them, integers do not stay whole, and one NaN
    or infinity makes everything NaN that shares a transform with it.

    Examples
    --------
    >>> x, w = np.arange(5.0)[None, None], np.array([[[1.0, 10.0]]])
    >>> ScipyRfft().run(x, w, ConvSpec(x.shape, w.shape, dtype="float64")).round(9)
    array([[[ 1., 12., 23., 34.]]])
    """

    name = "scipy-rfft"
    how = "one FFT for each image"
    device = "cpu"
    family = "scipy"
    flips = "always"
    layout = "NC*"
    is_exact = False
    bound = "fft"
    spreads = "everywhere"
    counterpart = ""

    def unavailable(self) -> str | None:
        """Return a sentence when SciPy is not installed."""
        return missing("scipy")

    def wastes(self, spec: ConvSpec) -> str | None:
        """Say how many values of the transform are dropped, and how many zeros the dilation adds."""
        return waste(spec, points(spec))

    def workspace_bytes(self, spec: ConvSpec) -> int:
        """Return the transforms of a block of filters, and what each thread holds for a block of images."""
        copy = prod(spec.x_shape[:2]) * prod(spec.padded) if _beyond(spec) else 0
        wide, held = prod(spec.w_shape[:2]) * prod(spec.extent), _held(spec)
        filters = held * 2 * _frequencies(spec)
        beside = max(held * prod(points(spec)) * _item(spec), _images_held(spec) * _image_bytes(spec))
        return (copy + wide + filters) * _item(spec) + beside

    def workspace_formula(self, spec: ConvSpec) -> str:
        """Return the same in letters: U filters of P points and F frequencies, or M images at once of L bytes each."""
        copy = "N·C·{padded}·b + " if _beyond(spec) else ""
        numbers = {"F": _frequencies(spec), "U": _held(spec), "P": prod(points(spec)), "b": _item(spec)}
        numbers |= {"M": _images_held(spec), "L": _image_bytes(spec)}
        padding = numbers["U"] * numbers["P"] * numbers["b"] > numbers["M"] * numbers["L"]
        return formula(f"{copy}O·I·{{extent}}·b + U·2·F·b + {'U·P·b' if padding else 'M·L'}", spec, **numbers)

    def work(self, spec: ConvSpec) -> Work:
        """Return one transform of each image, filter and result, and the products of all that meet."""
        images, filters, reads = spec.x_shape[0], spec.w_shape[0], spec.w_shape[1]
        passes = -(-filters // spec.groups // max(1, _filters_at_once(spec)))
        transforms = passes * images * spec.x_shape[1] + filters * reads + images * filters
        flops = transforms * transform_flops(points(spec)) + 8 * _frequencies(spec) * images * filters * reads
        blocks = spec.groups * passes * -(-images // max(1, _images_at_once(spec)))
        calls = blocks * (2 + 2 * filters * reads // spec.groups)
        return Work(flops, calls, 0, "(N·C + O·I + N·O) transforms + 8·N·O·I·F", "blocks of images")

    def run(self, x: np.ndarray, w: np.ndarray, spec: ConvSpec, out: np.ndarray | None = None) -> np.ndarray:
        """Transform the filters, then let the threads take one block of images after the other."""
        from scipy.fft import rfftn

        y = np.empty(spec.y_shape, spec.dtype) if out is None else out
        if not prod(y.shape) * spec.terms:
            y[...] = 0
            return y
        x = padded(x, spec) if _beyond(spec) else x
        w, sizes, axes = spread(unturned(w, spec), spec), points(spec), tuple(range(-spec.rank, 0))
        helpers, workers = _workers(spec)
        step, reads = _images_at_once(spec), spec.w_shape[1]
        blocks = [slice(first, first + step) for first in range(0, spec.x_shape[0], step)]
        for group, filters in _filter_blocks(spec):
            spectra = rfftn(w[filters], sizes, axes, workers=max(helpers, workers))
            channels = slice(group * reads, (group + 1) * reads)
            make = partial(_make, x[:, channels], spectra, y[:, filters], spec, workers)
            threads.share(make, blocks, helpers)
        return y


@lru_cache(256)
def points(spec: ConvSpec) -> tuple[int, ...]:
    """Return the points of the transform along each axis: a product of 2, 3 and 5 at which no needed values meet.

    Examples
    --------
    >>> points(ConvSpec((1, 1, 97, 100), (1, 1, 11, 11))), points(ConvSpec((1, 1, 97), (1, 1, 11), "full"))
    ((100, 100), (108,))
    """
    axes = zip(spec.space, spec.padded, spec.pads, spec.extent, strict=True)
    beyond = _beyond(spec)
    return tuple(
        fast_length(n if beyond else max(size + max(pads), extent)) for size, n, pads, extent in axes
    )


def _make(
    x: np.ndarray, spectra: np.ndarray, y: np.ndarray, spec: ConvSpec, workers: int, blocks: Iterable[slice]
) -> None:
    """Make the outputs of one block of images after the other."""
    sizes, cut = points(spec), (slice(None), *_cut(spec))
    for images in blocks:
        _convolve(x[images], spectra, y[images], sizes, cut, workers)


def _convolve(
    x: np.ndarray, spectra: np.ndarray, y: np.ndarray, sizes: tuple[int, ...], cut: Slices, workers: int
) -> None:
    """Transform some images, multiply, add up over the channels, and transform back."""
    from scipy.fft import irfftn, rfftn

    axes = tuple(range(2, x.ndim))
    seen = rfftn(x, sizes, axes, workers=workers)
    for o, spectrum in enumerate(spectra):
        last = o + 1 == len(spectra)  # its products may stand where the images stood
        product = np.multiply(seen[:, 0], spectrum[0], out=seen[:, 0] if last else None)
        for channel in range(1, len(spectrum)):
            product += seen[:, channel] * spectrum[channel]
        found = irfftn(product, sizes, tuple(range(1, product.ndim)), overwrite_x=True, workers=workers)
        y[:, o] = found[cut]


@lru_cache(256)
def _cut(spec: ConvSpec) -> Slices:
    """Return where the outputs stand in what the transform gives back."""
    beyond = _beyond(spec)
    first = [e - 1 - (0 if beyond else lo) for e, (lo, _) in zip(spec.extent, spec.pads, strict=True)]
    axes = zip(first, spec.y_shape[2:], spec.stride, strict=True)
    return tuple(slice(at, at + (count - 1) * step + 1, step) for at, count, step in axes)


def _beyond(spec: ConvSpec) -> bool:
    """Return whether some window stands on nothing but zeros before x: then the zeros are written out."""
    return any(lo >= extent for (lo, _), extent in zip(spec.pads, spec.extent, strict=True))


def _filter_blocks(spec: ConvSpec) -> Iterable[tuple[int, slice]]:
    """Yield every group with one block of its filters after the other."""
    each, step = spec.w_shape[0] // spec.groups, _filters_at_once(spec)
    for group in range(spec.groups):
        for first in range(group * each, (group + 1) * each, step):
            yield group, slice(first, min(first + step, (group + 1) * each))


def _workers(spec: ConvSpec) -> tuple[int, int]:
    """Return how many threads take blocks of images, and how many work on one transform."""
    here = threads.count()
    if -(-spec.x_shape[0] // _images_at_once(spec)) >= here:
        return here, 1
    transformed = (prod(spec.x_shape[:2]) + prod(spec.w_shape[:2])) * prod(points(spec))
    return 1, here if transformed >= WORTH_THREADS else 1


def _images_held(spec: ConvSpec) -> int:
    """Return how many images all threads hold together."""
    return min(spec.x_shape[0], _images_at_once(spec) * _workers(spec)[0])


def _held(spec: ConvSpec) -> int:
    """Return how many filters, one per channel that they read, are held as transforms."""
    return min(spec.w_shape[0] // spec.groups, _filters_at_once(spec)) * spec.w_shape[1]


def _images_at_once(spec: ConvSpec) -> int:
    return max(1, BLOCK_BYTES // max(1, _image_bytes(spec)))


def _filters_at_once(spec: ConvSpec) -> int:
    return max(1, FILTER_BYTES // max(1, 2 * _item(spec) * spec.w_shape[1] * _frequencies(spec)))


def _image_bytes(spec: ConvSpec) -> int:
    """Return what one image takes: its transforms, beside them its points or a sum, a product and a result."""
    reads, spectrum = spec.w_shape[1], 2 * _frequencies(spec)
    several = spec.w_shape[0] > spec.groups
    back = prod(points(spec)) + spectrum * (
        1 + (reads > 1) + several
    )  # 1: what SciPy transforms on its way back
    return _item(spec) * (reads * spectrum + max(reads * prod(points(spec)), back))


def _frequencies(spec: ConvSpec) -> int:
    sizes = points(spec)
    return prod(sizes[:-1]) * (sizes[-1] // 2 + 1)


def _item(spec: ConvSpec) -> int:
    return max(4, np.dtype(spec.dtype).itemsize)
