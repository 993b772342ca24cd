"""Butterflies: the Fourier transform of a few complex vectors in registers, written instruction by instruction.

A complex vector is a pair: a register of real parts and one of imaginary parts. With the parts apart a product with
the imaginary unit costs nothing (the registers change places, one subtraction takes the place of an addition), and
every lane does the same: a transform runs across registers, never across the lanes of one.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

from convlab.backends.numba_fft.roots import root

if TYPE_CHECKING:
    from llvmlite import ir

    from convlab.backends.tiles.lanes import Lanes

    Complex = tuple[ir.Value, ir.Value]


def transform(lanes: Lanes, x: list[Complex]) -> list[Complex]:
    """Write ``y[k] = sum over l of x[l] * exp(2 pi i k l / n)`` for n complex vectors, n one of `roots.RADICES`."""
    return {1: lambda _, x: x, 2: _two, 3: _three, 4: _four, 5: _five, 8: _eight}[len(x)](lanes, x)


def conjugate(lanes: Lanes, x: list[Complex]) -> list[Complex]:
    """Write the same with ``exp(-2 pi i k l / n)``: parts that change places before and after turn the other way."""
    return [(re, im) for im, re in transform(lanes, [(im, re) for re, im in x])]


def times(lanes: Lanes, x: Complex, c: ir.Value, s: ir.Value) -> Complex:
    """Write x times ``c + i s``: two products, and two that are added to them without a rounding between."""
    re, im = x
    return lanes.fma(re, c, lanes.neg(lanes.mul(im, s))), lanes.fma(re, s, lanes.mul(im, c))


def _two(lanes: Lanes, x: list[Complex]) -> list[Complex]:
    return [_plus(lanes, *x), _minus(lanes, *x)]


def _three(lanes: Lanes, x: list[Complex]) -> list[Complex]:
    both, apart = _plus(lanes, x[1], x[2]), _minus(lanes, x[1], x[2])
    middle = _fused(lanes, both, -0.5, x[0])
    return [_plus(lanes, x[0], both), *_turned(lanes, middle, apart, sqrt(3) / 2)]


def _four(lanes: Lanes, x: list[Complex]) -> list[Complex]:
    even, odd = _two(lanes, x[::2]), _two(lanes, x[1::2])
    (re, im), (other_re, other_im) = even[1], odd[1]
    first = lanes.sub(re, other_im), lanes.add(im, other_re)
    third = lanes.add(re, other_im), lanes.sub(im, other_re)
    return [_plus(lanes, even[0], odd[0]), first, _minus(lanes, even[0], odd[0]), third]


def _five(lanes: Lanes, x: list[Complex]) -> list[Complex]:
    (c1, s1), (c2, s2) = root(Fraction(1, 5)), root(Fraction(2, 5))
    outer, inner = _plus(lanes, x[1], x[4]), _plus(lanes, x[2], x[3])
    far, near = _minus(lanes, x[1], x[4]), _minus(lanes, x[2], x[3])
    middle = _fused(lanes, inner, c2, _fused(lanes, outer, c1, x[0]))
    other = _fused(lanes, inner, c1, _fused(lanes, outer, c2, x[0]))
    turn = _fused(lanes, near, s2 / s1, far)  # times s1, below
    other_turn = _fused(lanes, near, -s1 / s2, far)  # times s2
    first, fourth = _turned(lanes, middle, turn, s1)
    second, third = _turned(lanes, other, other_turn, s2)
    return [_plus(lanes, x[0], _plus(lanes, outer, inner)), first, second, third, fourth]


def _eight(lanes: Lanes, x: list[Complex]) -> list[Complex]:
    """Write two of size four and what joins them; the eighths of a turn between ride on the additions."""
    even, odd = _four(lanes, x[::2]), _four(lanes, x[1::2])
    (re1, im1), (re2, im2), (re3, im3) = odd[1:]
    joined = [
        _two(lanes, [even[0], odd[0]]),
        _both(lanes, even[1], (lanes.sub(re1, im1), lanes.add(re1, im1)), sqrt(0.5)),
        [
            (lanes.sub(even[2][0], im2), lanes.add(even[2][1], re2)),
            (lanes.add(even[2][0], im2), lanes.sub(even[2][1], re2)),
        ],
        _both(lanes, even[3], (lanes.neg(lanes.add(re3, im3)), lanes.sub(re3, im3)), sqrt(0.5)),
    ]
    return [pair[0] for pair in joined] + [pair[1] for pair in joined]


def _both(lanes: Lanes, a: Complex, b: Complex, number: float) -> tuple[Complex, Complex]:
    """Write a + number * b and a - number * b."""
    return _fused(lanes, b, number, a), _fused(lanes, b, -number, a)


def _plus(lanes: Lanes, a: Complex, b: Complex) -> Complex:
    return lanes.add(a[0], b[0]), lanes.add(a[1], b[1])


def _minus(lanes: Lanes, a: Complex, b: Complex) -> Complex:
    return lanes.sub(a[0], b[0]), lanes.sub(a[1], b[1])


def _fused(lanes: Lanes, a: Complex, number: float, b: Complex) -> Complex:
    """Write a * number + b."""
    factor = lanes.constant(number)
    return lanes.fma(a[0], factor, b[0]), lanes.fma(a[1], factor, b[1])


def _turned(lanes: Lanes, a: Complex, b: Complex, number: float) -> tuple[Complex, Complex]:
    """Write a + i * number * b and a - i * number * b."""
    up, down = lanes.constant(number), lanes.constant(-number)
    return (
        (lanes.fma(b[1], down, a[0]), lanes.fma(b[0], up, a[1])),
        (lanes.fma(b[1], up, a[0]), lanes.fma(b[0], down, a[1])),
    )
