"""The choice without measuring: which backends are likely to be fastest for a spec, by what kind of work it is."""

from __future__ import annotations

from math import log2, prod

from convlab.spec import ConvSpec

THIN = 4  # with fewer terms, or fewer filters in a group, the matrix product is hardly one
# numba takes half a second to start in each process. From here on a thin im2col takes a tenth of that and more, so
# that a single call loses little and a loop of calls soon gains twentyfold.
SMALL_MACS = 100_000
WORTH_A_START_MACS = 10_000_000
# A transform rounds whole numbers, which the others do not. It has to be this many times cheaper, counted in
# operations that take equally long, before that is worth it.
LARGE_GAIN = 3.0
# One operation of scipy-rfft takes as long as so many of numba-rows, or of a matrix product: measured with one thread
# each on shapes of the suite "auto40", where the gain that follows is right within 1.7 times for the rows.
SLOWER_THAN_ROWS, SLOWER_THAN_PRODUCTS = 4.0, 12.0
MANY_TAPS = 200  # of a thin filter, above which both gradients together are faster by rows
# What is tried where the likely ones are excluded: exact ones that take nearly every spec.
REST = ("numpy-im2col", "numba-rows", "numba-direct", "scipy-ndimage", "scipy-direct", "numpy-loops")


def likely(spec: ConvSpec) -> tuple[str, ...]:
    """Return names of the catalogue, the one that is likely to be fastest first; the last takes every spec.

    A thin convolution, of few channels and few filters, is done by compiled loops once it is large enough to pay for
    starting numba; one with channels and filters is a matrix product. A transform comes first only where the filter
    has so many taps, over so few channels, that it saves several times the work (`LARGE_GAIN`), for it rounds where
    the others are exact on whole numbers.

    Examples
    --------
    >>> likely(ConvSpec((1, 1, 5, 5), (1, 1, 3, 3)))
    ('llvm-direct', 'numpy-im2col')
    >>> likely(ConvSpec((50, 1, 100, 100), (1, 1, 31, 31)))
    ('scipy-rfft', 'numba-rows', 'numba-direct', 'numpy-im2col')
    """
    if spec.macs <= SMALL_MACS:
        return ("llvm-direct", "numpy-im2col")
    if spec.macs <= WORTH_A_START_MACS:
        return ("numpy-im2col",)
    loops = ("numba-rows", "numba-direct") if is_thin(spec) else ()
    usual_dtype = spec.dtype in ("float32", "float64")  # who asks for longdouble wants no rounding more
    transform = ("scipy-rfft",) if usual_dtype and transform_gain(spec) > LARGE_GAIN else ()
    return (*transform, *loops, "numpy-im2col")


def likely_gradients(spec: ConvSpec) -> tuple[str, ...]:
    """Return names as `likely` does, for the gradients of a spec: always exact ones.

    dw is a convolution whose filter is as large as y. The matrix product takes that well, and dx as well unless a
    thin filter has many taps: then adding its columns up takes longer than all the rest.

    Examples
    --------
    >>> likely_gradients(ConvSpec((50, 1, 100, 100), (1, 1, 31, 31)))
    ('numba-rows', 'numba-direct', 'numpy-im2col')
    >>> likely_gradients(ConvSpec((50, 1, 100, 100), (1, 1, 11, 11)))
    ('numpy-im2col',)
    """
    many = spec.macs > WORTH_A_START_MACS and prod(spec.taps) > MANY_TAPS
    return (*(("numba-rows", "numba-direct") if many and is_thin(spec) else ()), "numpy-im2col")


def is_thin(spec: ConvSpec) -> bool:
    """Return whether the convolution is hardly a matrix product: few terms a sum, or few filters that share them.

    Examples
    --------
    >>> is_thin(ConvSpec((8, 64, 56, 56), (64, 64, 3, 3))), is_thin(ConvSpec((8, 64, 56, 56), (64, 1, 3, 3), groups=64))
    (False, True)
    """
    return min(spec.terms, spec.w_shape[0] // spec.groups) < THIN


def transform_gain(spec: ConvSpec) -> float:
    """Return how many times faster a convolution by real transforms is than the best direct one, by a count of work.

    Per group of ``I`` channels and ``O`` filters, ``N`` images: ``N·I + O·I + N·O`` real transforms of P points, each
    ``2.5·P·log2(P)`` operations, and ``N·O·I`` products of P/2 complex numbers. P is the padded input: what wraps
    around is what "valid" leaves out.

    Examples
    --------
    >>> channels, taps = ConvSpec((8, 64, 56, 56), (64, 64, 3, 3)), ConvSpec((1, 1, 500, 500), (1, 1, 99, 99))
    >>> transform_gain(channels) < 1 < transform_gain(taps)
    True
    """
    points, images = prod(spec.padded), spec.x_shape[0]
    inputs, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    transforms = images * inputs + filters * inputs + images * filters
    work = spec.groups * points * (2.5 * transforms * log2(max(2, points)) + 4 * images * filters * inputs)
    slower = SLOWER_THAN_ROWS if is_thin(spec) else SLOWER_THAN_PRODUCTS
    return 2 * spec.macs / max(1.0, slower * work)
