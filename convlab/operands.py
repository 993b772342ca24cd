"""Operands: what a caller hands in, made ready to compute. Types, layouts, flips, padding, seeded examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from convlab.errors import SpecError
from convlab.spec import ConvSpec

PERIOD = 1_000_003  # of noise, in values


@dataclass(frozen=True, eq=False)
class Operands:
    """x and w in layer layout and in one dtype, with the spec that they belong to.

    Attributes
    ----------
    x, w : ndarray, shapes spec.x_shape and spec.w_shape
        Cast to spec.dtype; views of the caller's arrays where no cast was needed.
    spec : ConvSpec
    bare : bool
        True when the caller gave one image and one filter without the first two axes.
    given : tuple of str
        The dtypes of x and w before the cast.
    """

    x: np.ndarray
    w: np.ndarray
    spec: ConvSpec
    bare: bool
    given: tuple[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether the caller gave whole numbers only, of which an exact answer is expected."""
        return all(np.dtype(name).kind in "biu" for name in self.given)

    def restore(self, y: np.ndarray) -> np.ndarray:
        """Return y in the caller's own form: without the two axes that the caller did not give."""
        return y[0, 0] if self.bare else y


def prepare(
    x: object,
    w: object,
    *,
    mode: str = "valid",
    stride: int | tuple[int, ...] = 1,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    flip: bool = True,
    padding: int | tuple | None = None,
) -> Operands:
    """Turn what a person hands in into operands and their spec.

    Parameters
    ----------
    x, w : array_like
        ``(N, C, *space)`` and ``(O, C/groups, *taps)``, or one bare image and one bare filter of the same
        1 or 2 axes.
    mode, stride, dilation, groups, flip, padding
        As in `convlab.ConvSpec`.

    Returns
    -------
    Operands

    Raises
    ------
    SpecError
        When an array is not made of real numbers, or when no such convolution exists.

    Examples
    --------
    >>> ready = prepare(np.arange(25).reshape(5, 5), np.ones((3, 3)))
    >>> ready.spec.x_shape, ready.spec.dtype, ready.bare
    ((1, 1, 5, 5), 'float64', True)
    """
    x, w = numbers("x", x), numbers("w", w)
    bare = x.ndim == w.ndim and x.ndim in (1, 2)
    if bare:
        x, w = x[None, None], w[None, None]
    elif x.ndim == 3 and w.ndim == 2:
        raise SpecError(
            f"Asked for x {x.shape} with w {w.shape}.",
            "A stack of images may hold the image index first or last, and both readings fit.",
            "Image index first: x[:, None]. Image index last: x.transpose(2, 0, 1)[:, None]. "
            "With either, w[None, None].",
        )
    dtype = result_dtype(x, w)
    spec = ConvSpec(x.shape, w.shape, mode, stride, dilation, groups, flip, padding, dtype_name(dtype))
    given = (x.dtype.name, w.dtype.name)
    return Operands(x.astype(dtype, copy=False), w.astype(dtype, copy=False), spec, bare, given)


def numbers(name: str, values: object) -> np.ndarray:
    """Return `values` as an array of real numbers, or refuse them in a sentence.

    Raises
    ------
    SpecError
        For ragged lists, text, objects and complex numbers.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise SpecError(
            f"Asked to read {name} as an array.",
            "Its rows have different lengths.",
            "Give every row as many values.",
        ) from None
    if np.ma.is_masked(values):
        raise SpecError(
            f"Asked for {name} with {int(np.ma.getmaskarray(values).sum())} masked values.",
            "A convolution has no place for values that are not there.",
            f"Say what stands for them, for example {name}.filled(0).",
        )
    if array.dtype.kind == "c":
        raise SpecError(
            f"Asked for {name} of {array.dtype}.",
            "convlab computes with real numbers.",
            f"Convolve {name}.real and {name}.imag apart and add the results.",
        )
    if array.dtype.kind not in "biuf":
        raise SpecError(
            f"Asked for {name} of {_named(array.dtype)}.",
            "A convolution multiplies and adds numbers.",
            f"Convert {name} first, for example np.asarray({name}, float).",
        )
    return array


def result_dtype(x: np.ndarray, w: np.ndarray) -> np.dtype:
    """Return the dtype of y: that of NumPy's promotion for floats, float64 for bool and integers."""
    dtype = np.result_type(x.dtype, w.dtype)
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def dtype_name(dtype: np.dtype) -> str:
    """Return the name a spec knows a dtype by; "longdouble" whatever its width on this machine."""
    return "longdouble" if dtype == np.longdouble and dtype != np.float64 else dtype.name


def turned(w: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return the filter as it is slid over x: a view, turned by 180 degrees if the spec flips.

    Examples
    --------
    >>> turned(np.array([[[1, 2, 3]]]), ConvSpec((1, 1, 5), (1, 1, 3)))
    array([[[3, 2, 1]]])
    """
    return w[(..., *[slice(None, None, -1)] * spec.rank)] if spec.flip else w


def lifted(array: np.ndarray) -> np.ndarray:
    """Return a view with three spatial axes, of length 1 where the array has none: loops are written once.

    Examples
    --------
    >>> lifted(np.empty((2, 3, 4))).shape
    (2, 3, 1, 1, 4)
    """
    return array[(slice(None), slice(None), *[None] * (5 - array.ndim))]


def padded(x: np.ndarray, spec: ConvSpec) -> np.ndarray:
    """Return x with the zeros of the spec around its spatial axes; x itself when there are none."""
    if not any(lo or hi for lo, hi in spec.pads):
        return x
    out = np.zeros((*spec.x_shape[:2], *spec.padded), x.dtype)
    inner = tuple(slice(lo, lo + n) for (lo, _), n in zip(spec.pads, spec.space, strict=True))
    out[(..., *inner)] = x
    return out


def padded_copy(spec: ConvSpec) -> int:
    """Return how many values `padded` copies: those of the padded input, or none where there is no padding."""
    return prod(spec.x_shape[:2]) * prod(spec.padded) if spec.padded != spec.space else 0


def strided(spec: ConvSpec) -> tuple[slice, ...]:
    """Return the slices that keep every stride-th value of a result computed with stride 1."""
    return tuple(slice(None, None, s) for s in spec.stride)


def group_blocks(spec: ConvSpec) -> list[tuple[slice, slice]]:
    """Return, per group, the block of input channels and the block of filters that belong together."""
    reads, filters = spec.w_shape[1], spec.w_shape[0] // spec.groups
    return [
        (slice(g * reads, (g + 1) * reads), slice(g * filters, (g + 1) * filters)) for g in range(spec.groups)
    ]


def pairs(spec: ConvSpec) -> Iterator[tuple[int, slice, int]]:
    """Yield every image with every filter, and between them the channels that this filter reads.

    Examples
    --------
    >>> list(pairs(ConvSpec((1, 2, 5), (2, 1, 3), groups=2)))
    [(0, slice(0, 1, None), 0), (0, slice(1, 2, None), 1)]
    """
    for n in range(spec.x_shape[0]):
        for channels, filters in group_blocks(spec):
            for o in range(filters.start, filters.stop):
                yield n, channels, o


def example(spec: ConvSpec, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return seeded operands for a spec: small integers, so that sums in float32 stay exact.

    Examples
    --------
    >>> x, w = example(ConvSpec((1, 1, 2, 2), (1, 1, 1, 1)))
    >>> x.dtype, bool((abs(x) <= 9).all())
    (dtype('float32'), True)
    """
    rng = np.random.default_rng(seed)
    x, w = (rng.integers(-9, 10, shape).astype(spec.dtype) for shape in (spec.x_shape, spec.w_shape))
    return x, w


def noise(spec: ConvSpec, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return seeded operands for a spec: normal numbers, as a layer meets them; what is timed is checked on these.

    Large operands repeat after `PERIOD` values, which is quicker than to draw them. It is a prime, so that no two rows,
    images or filters are alike.

    Examples
    --------
    >>> x, w = noise(ConvSpec((2, 1, 3, 3), (1, 1, 2, 2), dtype="float16"))
    >>> x.dtype, x.shape, w.shape
    (dtype('float16'), (2, 1, 3, 3), (1, 1, 2, 2))
    """
    rng = np.random.default_rng(seed)
    drawn = np.float32 if spec.dtype in ("float16", "float32") else np.float64
    x, w = (
        np.resize(rng.standard_normal(min(PERIOD, prod(shape)), drawn), shape)
        for shape in (spec.x_shape, spec.w_shape)
    )
    return x.astype(spec.dtype, copy=False), w.astype(spec.dtype, copy=False)


def _named(dtype: np.dtype) -> str:
    return {"U": "text", "S": "bytes", "O": "Python objects", "V": "records"}.get(dtype.kind, str(dtype))
