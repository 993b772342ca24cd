"""What each algorithm takes beside x, w and y: array by array, as its source code allocates them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from convlab.backends.ring import fast_length
from convlab.spec import ConvSpec


@dataclass(frozen=True, slots=True)
class Part:
    """One array that an algorithm allocates.

    Attributes
    ----------
    name : str
    shape : tuple of int
    itemsize : int
        Bytes of one value; twice that of the dtype for a complex one.
    """

    name: str
    shape: tuple[int, ...]
    itemsize: int

    @property
    def bytes(self) -> int:
        """Return its size in bytes.

        Examples
        --------
        >>> Part("columns", (9, 100), 4).bytes
        3600
        """
        return prod(self.shape) * self.itemsize


def nothing(spec: ConvSpec) -> tuple[Part, ...]:
    """Return no array: direct loops read x and w where they are."""
    return ()


def columns(spec: ConvSpec) -> tuple[Part, ...]:
    """Return the column matrix of one image: (C·taps) × (places of the output).

    Notes
    -----
    Caffe's im2col, as in Theano's ``corr_gemm.c``: allocated once and filled anew for every image, so that it depends
    neither on the number of images nor on that of filters.

    Examples
    --------
    >>> columns(ConvSpec((8, 64, 56, 56), (64, 64, 3, 3)))[0].bytes
    6718464
    """
    height = spec.x_shape[1] * prod(spec.taps)
    return (Part("columns of one image", (height, prod(spec.y_shape[2:])), _item(spec)),)


def columns_of_corrmm(spec: ConvSpec) -> tuple[Part, ...]:
    """Return the column matrix of Theano's CorrMM and Corr3dMM: one, whatever the number of images.

    Notes
    -----
    With Theano's flag ``openmp``, which is off unless somebody sets it, each thread that works has one: at most as
    many as there are images.
    """
    (one,) = columns(spec)
    return (Part(f"{one.name} (openmp: one per thread)", one.shape, one.itemsize),)


def columns_of_the_gradient(spec: ConvSpec) -> tuple[Part, ...]:
    """Return the column matrix of a transposed convolution: the taps of each filter at every place of x.

    The filter is spread over every place of x and what falls on one place of y is added up (col2im).
    """
    return (Part("columns of one image", (spec.w_shape[0] * prod(spec.taps), prod(spec.space)), _item(spec)),)


def spectra(spec: ConvSpec) -> tuple[Part, ...]:
    """Return the transforms of x, w and y in Theano's ``fftconv.py``, and what is padded before and cropped after.

    Notes
    -----
    In mode "valid" the transform has the size of the image, since what wraps around soils only the values that are
    cropped; in mode "full" it has ``x + 2·(k − 1)`` along each axis.
    """
    full = spec.mode == "full"
    size = tuple(n + 2 * (k - 1) * full for n, k in zip(spec.space, spec.taps, strict=True))
    half = (*size[:-1], size[-1] // 2 + 1)
    (images, channels), filters = spec.x_shape[:2], spec.w_shape[0]
    item = _item(spec)
    return (
        Part("spectra of x", (images, channels, *half), 2 * item),
        Part("spectra of w", (filters, channels, *half), 2 * item),
        Part("spectra of y", (images, filters, *half), 2 * item),
        *([Part("x with its zeros", (images, channels, *size), item)] if full else []),
        Part("w with its zeros", (filters, channels, *size), item),
        Part("y before its crop", (images, filters, *size), item),
    )


def plane_products(spec: ConvSpec) -> tuple[Part, ...]:
    """Return what conv3d2d keeps: every frame met by every slice of every filter, before the diagonal sums.

    In modes that pad time it copies them between frames of zeros, unless the filter has one slice.
    """
    slices, height = spec.taps[0], spec.x_shape[1] * prod(spec.taps[1:])
    planes, padded = (
        (spec.x_shape[0], frames, spec.w_shape[0], slices, *spec.y_shape[3:])
        for frames in (spec.space[0], spec.padded[0])
    )
    item = _item(spec)
    return (
        Part("frames × slices of the filter", planes, item),
        *([Part("the same with its zeros", padded, item)] if padded != planes else []),
        Part("columns of one frame", (height, prod(spec.y_shape[3:])), item),
    )


def one_plane_spectra(spec: ConvSpec) -> tuple[Part, ...]:
    """Return the transforms of one image and one filter in ``scipy.signal.fftconvolve``, of mode "full" rounded up."""
    size = tuple(fast_length(n + k - 1) for n, k in zip(spec.space, spec.taps, strict=True))
    half = (*size[:-1], size[-1] // 2 + 1)
    item = _item(spec)
    return (
        Part("spectrum of x", half, 2 * item),
        Part("spectrum of w", half, 2 * item),
        Part("y before its crop", size, item),
    )


def _item(spec: ConvSpec) -> int:
    return np.dtype(spec.dtype).itemsize
