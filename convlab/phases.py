"""The gradient of x without zeros: one dense convolution of dy for every remainder of the stride ("sub-pixel").

A window that moves by 2 reads even and odd inputs with different taps: the inputs of one parity never meet the taps of
the other. So the even inputs get their gradient from dy and half of the taps, the odd ones from dy and the other half,
and nobody multiplies the zeros that `convlab.gradients.dgrad_as` writes between the values of dy: a quarter of the work
for a stride of 2 on two axes.

References
----------
W. Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural
Network", 2016, section 2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import gcd, prod

import numpy as np

from convlab import reference
from convlab.gradients import Conv, fitted, kept, swapped_filters
from convlab.spec import ConvSpec


@dataclass(frozen=True)
class Phase:
    """The part of dx at one remainder of the stride on every axis, which is one dense convolution of dy.

    With `swapped` the filters as `swapped_filters` rearranges them, and every index below in a tuple per axis,
    ``dx[..., *inputs] = conv(dy[..., *outputs], swapped[..., *taps], spec)``.

    Attributes
    ----------
    inputs : tuple of slice
        Which inputs it makes: every stride-th.
    outputs : tuple of slice
        Which values of dy it reads; the others stand beyond the reach of its taps.
    taps : tuple of slice
        Which taps it uses: those that ever meet these inputs.
    spec : ConvSpec
        Always with stride 1.
    """

    inputs: tuple[slice, ...]
    outputs: tuple[slice, ...]
    taps: tuple[slice, ...]
    spec: ConvSpec


@lru_cache(256)
def dgrad_phases(spec: ConvSpec) -> tuple[Phase, ...]:
    """Return the dense convolutions of dy that make up dx where the stride is larger than 1: one per remainder.

    Inputs that no phase makes meet no output, and have gradient 0. With stride 1 there is one phase, which is the
    convolution of `dgrad_as`.

    Notes
    -----
    Along one axis tap r of output i reads padded input ``P = i*stride + r*dilation``. With
    ``g = gcd(stride, dilation)`` only multiples of g are ever read, and P is read by the taps with
    ``r * (dilation/g) = P/g  (mod stride/g)``: every ``stride/g``-th tap, from one that depends on nothing but
    ``P % stride``. From each of these taps to the next, i falls by ``dilation/g``. So the inputs of one remainder
    form an array of their own, and dy convolved with those taps, dilated by ``dilation/g``, is its gradient. Over all
    phases every tap occurs once; the zeros that `dgrad_as` writes between the values of dy are never met.

    Examples
    --------
    >>> for phase in dgrad_phases(ConvSpec((1, 1, 7), (1, 1, 3), stride=2, flip=False)):
    ...     print(phase.inputs, phase.taps, phase.spec)
    (slice(0, 7, 2),) (slice(0, 3, 2),) x(1, 1, 3) w(1, 1, 2) ((1, 1),) float32
    (slice(1, 7, 2),) (slice(1, 3, 2),) x(1, 1, 3) w(1, 1, 1) ((0, 0),) float32
    """
    found, axes = [], [list(_phases_along(spec, axis)) for axis in range(spec.rank)]
    filters = spec.w_shape[0] // spec.groups
    dilation = tuple(d // gcd(s, d) for s, d in zip(spec.stride, spec.dilation, strict=True))
    for parts in product(*axes):
        inputs, taps, sides = zip(*parts, strict=True)
        size, zeros = fitted(spec.y_shape[2:], sides)
        counts = tuple(len(range(k)[some]) for k, some in zip(spec.taps, taps, strict=True))
        dense = ConvSpec(
            (*spec.y_shape[:2], *size), (spec.x_shape[1], filters, *counts), dilation=dilation,
            groups=spec.groups, flip=not spec.flip, padding=zeros, dtype=spec.dtype,
        )  # fmt: skip
        found.append(Phase(inputs, kept(spec.y_shape[2:], sides), taps, dense))
    return tuple(found)


def dgrad_by_phases(
    dy: np.ndarray, w: np.ndarray, spec: ConvSpec, conv: Conv = reference.judge
) -> np.ndarray:
    """Return the gradient of x as `dgrad` does, by the dense convolutions of `dgrad_phases`.

    Parameters
    ----------
    dy, w, spec, conv
        As in `dgrad`.

    Returns
    -------
    ndarray, shape spec.x_shape

    Examples
    --------
    >>> dy, w = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    >>> dgrad_by_phases(dy, w, ConvSpec((1, 1, 6), w.shape, stride=2, flip=False))
    array([[[  1.,  10., 102.,  20., 200.,   0.]]])
    """
    phases, swapped = dgrad_phases(spec), swapped_filters(w, spec)
    dx = None
    for phase in phases:
        part = conv(dy[(..., *phase.outputs)], swapped[(..., *phase.taps)], phase.spec)
        if part.shape == spec.x_shape:  # the only phase
            return part
        if dx is None:
            made = sum(prod(phase.spec.y_shape[2:]) for phase in phases)
            dx = (np.empty if made == prod(spec.space) else np.zeros)(spec.x_shape, part.dtype)
        dx[(..., *phase.inputs)] = part
    return np.zeros(spec.x_shape, spec.dtype) if dx is None else dx


def _phases_along(spec: ConvSpec, axis: int) -> Iterator[tuple[slice, slice, tuple[int, int]]]:
    """Yield the inputs, the taps and the zeros around dy of every phase along an axis that meets dy at all."""
    n, m, k = spec.space[axis], spec.y_shape[2 + axis], spec.taps[axis]
    stride, dilation, (lo, _) = spec.stride[axis], spec.dilation[axis], spec.pads[axis]
    common = gcd(stride, dilation)
    every, apart = (
        stride // common,
        dilation // common,
    )  # taps that meet these inputs; what i falls by between two
    for first in range(min(stride, n)):
        place = first + lo  # of the phase's first input among the padded ones
        if place % common:
            continue
        tap = place // common * pow(apart, -1, every) % every
        if tap >= k:
            continue
        met = (place - tap * dilation) // stride  # the value of dy that the first tap meets there
        inputs = slice(first, n, stride)
        reach = (k - 1 - tap) // every * apart
        sides = reach - met, met + len(range(n)[inputs]) - m
        if m + min(0, sides[0]) + min(0, sides[1]) > 0:
            yield inputs, slice((k - 1 - tap) % every if spec.flip else tap, k, every), sides
