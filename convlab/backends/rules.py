"""The choice without measuring: which backends are likely to be fastest for a spec, by what kind of work it is."""

from __future__ import annotations

from math import log2, prod

from convlab.backends.library import missing
from convlab.spec import ConvSpec

# The tiles take some 15 µs to begin, looking at strides and waking threads; a plain loop has done 250,000 multiply-adds
# by then. Those that transform filters first, Winograd's and Fourier's, take 60 to 130 µs. (On an AMD EPYC, Zen 4.)
SMALL_MACS, PREPARED_MACS = 250_000, 5_000_000
# Winograd's F(2x2) multiplies 2.25 times less than the definition and adds instead, for each channel and filter: with
# fewer of them than this in a group the additions outweigh it.
WINOGRAD_MANY = 16
# A transform rounds whole numbers, which the others do not. It has to be this many times cheaper, counted in
# operations that take equally long, before that is worth it.
LARGE_GAIN = 3.0
FEW_TAPS = 16  # so few are never worth a transform
# Multiply-adds of the direct tiles a cycle and lane, on a processor that begins one such addition in a cycle.
DIRECT = 0.85
LINES_GAIN = 2.0  # of passes along lines, which each wait for memory more than a direct sum does
# One operation of scipy-rfft takes as long as so many of the direct tiles: measured with one thread each on shapes of
# the suite "auto40".
SLOWER_SCIPY = 9.0
# What is tried where the likely ones are excluded: exact ones that take nearly every spec.
REST = (
    "numba-tiles", "numba-3d", "llvm-direct", "numpy-im2col", "numba-rows", "numba-direct", "scipy-ndimage",
    "scipy-direct", "numpy-loops",
)  # fmt: skip


def likely(spec: ConvSpec) -> tuple[str, ...]:
    """Return names of the catalogue, the one that is likely to be fastest first; the last takes every spec.

    A small convolution is over before others have begun, so plain loops do it. A large one is direct, by tiles made for
    its kind: three axes, single taps, or any other; with 3 x 3 taps over many channels and for many filters Winograd's
    F(2x2), whose rounding is nearly that of a direct sum. A transform comes first only where the filter has so many
    taps, over so few channels, that it saves several times the work (`LARGE_GAIN`).

    Examples
    --------
    >>> likely(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    ('llvm-direct', 'numpy-im2col')
    >>> likely(ConvSpec((50, 1, 100, 100), (1, 1, 31, 31)))
    ('numba-fft', 'scipy-rfft', 'numba-tiles', 'numpy-im2col')
    >>> likely(ConvSpec((8, 64, 56, 56), (64, 64, 3, 3), "half"))
    ('numba-winograd-f2', 'numba-tiles', 'numpy-im2col')
    """
    if spec.macs <= SMALL_MACS:
        return ("llvm-direct", "numpy-im2col")
    # who asks for longdouble wants no rounding more
    prepares = spec.macs > PREPARED_MACS and spec.dtype in ("float32", "float64")
    transform = ("numba-fft", "scipy-rfft") if prepares and transform_gain(spec) > LARGE_GAIN else ()
    winograd = ("numba-winograd-f2",) if prepares and is_for_winograd(spec) else ()
    return (*transform, *winograd, *_direct(spec), "numpy-im2col")


def likely_gradients(spec: ConvSpec) -> tuple[str, ...]:
    """Return names as `likely` does, for the gradients of a spec: always exact ones.

    Examples
    --------
    >>> likely_gradients(ConvSpec((8, 64, 56, 56), (64, 64, 3, 3)))
    ('numba-tiles', 'numpy-im2col')
    >>> likely_gradients(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    ('llvm-direct', 'numpy-im2col')
    """
    return (*(("llvm-direct",) if spec.macs <= SMALL_MACS else _direct(spec)), "numpy-im2col")


def _direct(spec: ConvSpec) -> tuple[str, ...]:
    """Return the tiles that are made for a spec; `numba-tiles` has those for one and two axes."""
    if spec.rank == 3:
        return ("numba-3d",)
    return ("numba-pointwise", "numba-tiles") if set(spec.taps) == {1} else ("numba-tiles",)


def is_for_winograd(spec: ConvSpec) -> bool:
    """Return whether F(2x2, 3x3) is likely to be faster than the definition.

    Examples
    --------
    >>> layer, photograph = ConvSpec((1, 64, 28, 28), (64, 64, 3, 3)), ConvSpec((1, 3, 224, 224), (64, 3, 3, 3))
    >>> is_for_winograd(layer), is_for_winograd(photograph)
    (True, False)
    """
    many = min(spec.w_shape[1], spec.w_shape[0] // spec.groups) >= WINOGRAD_MANY
    return many and spec.taps == (3, 3) and spec.stride == (1, 1)


def is_for_lines(gain: float, spec: ConvSpec) -> bool:
    """Return whether passes along lines, which take `gain` times less work than the definition, are to be taken.

    Where a transform is up to twice as fast, the passes are taken all the same: they round like a direct sum.

    Examples
    --------
    >>> photograph = ConvSpec((1, 1, 300, 300), (1, 1, 7, 7))
    >>> is_for_lines(1.5, photograph), is_for_lines(3.0, photograph)
    (False, True)
    """
    return gain > LINES_GAIN and 2 * gain > transform_gain(spec)


def transform_gain(spec: ConvSpec) -> float:
    """Return how many times faster a convolution by real transforms is likely to be than the direct tiles.

    Of one axis and two, numba-fft has planned its tiles and knows how many cycles they take a thread; the direct tiles
    do `DIRECT` multiply-adds a lane in each. Of three, scipy-rfft's work is counted: per group of ``I`` channels and
    ``O`` filters, ``N`` images: ``N·I + O·I + N·O`` real transforms of P points, each ``2.5·P·log2(P)`` operations, and
    ``N·O·I`` products of P/2 complex numbers. P is the padded input: what wraps around is what "valid" leaves out.

    Examples
    --------
    >>> channels, taps = ConvSpec((8, 64, 56, 56), (64, 64, 3, 3)), ConvSpec((1, 1, 500, 500), (1, 1, 99, 99))
    >>> transform_gain(channels) < 1 < transform_gain(taps)
    True
    """
    if spec.rank < 3 and prod(spec.taps) < FEW_TAPS:
        return 0.0
    if spec.rank < 3 and missing("llvmlite") is None:
        from convlab.backends.numba_fft.engine import planned
        from convlab.backends.tiles.machine import width

        lanes = width("float64" if spec.dtype == "float64" else "float32")
        return spec.macs / (DIRECT * lanes * planned(spec).cycles)
    points, images = prod(spec.padded), spec.x_shape[0]
    inputs, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    transforms = images * inputs + filters * inputs + images * filters
    work = spec.groups * points * (2.5 * transforms * log2(max(2, points)) + 4 * images * filters * inputs)
    return 2 * spec.macs / max(1.0, SLOWER_SCIPY * work)
