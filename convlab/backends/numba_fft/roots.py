"""Which roots a transform of ours meets: sizes, radices, and tables of twiddles.

**A transform is division with remainder.** Take n values as the coefficients of a polynomial in t. Its remainder
modulo ``t - r`` is its value at r, and values are what a product wants: the product of two polynomials has, at r, the
product of their values. Evaluating at n points one by one costs n * n; the transform divides in steps. It begins with
``t**n - c``, whose roots are the n-th roots of c. That polynomial is the product of p polynomials of the same kind,
``t**(n/p) - c_k``, where the c_k are the p-th roots of c, and the remainder modulo ``t**(n/p) - c_k`` is

    ``y_k[j] = x[j] + x[j + n/p] * c_k + x[j + 2 n/p] * c_k**2 + ...``

because ``t**(n/p)`` leaves c_k. With ``c_k = c_0 * w**k`` and w a p-th root of unity these p sums are: products with
powers of c_0 (the *twiddles*: the same for the whole polynomial, so they stay in registers), then a small Fourier
transform of size p (a *butterfly*). Each y_k is divided on in the same way, until single values are left. The order
in which they come out is no natural one, and need not be: the filter's come out in the same order, values are
multiplied in pairs, and the way back undoes the steps one by one. So nothing is ever sorted, and all happens in place.

**A ring with a turn.** Beginning with c = 1 computes modulo ``t**n - 1``: what runs over the end comes in at the
beginning. Real values can do better than that. Modulo ``t**n + 1``, with n = 2 m, what runs over comes in with its sign
changed; and ``t**(2 m) + 1`` is ``(t**m - i) * (t**m + i)``. Real values have at the roots of the second factor only
the conjugates of what they have at those of the first, so the first is enough; and the remainder modulo ``t**m - i``
of 2 m real values is simply

    ``x[j] + i * x[j + m]``

the second half as the imaginary part of the first. So a real convolution costs a complex transform of half the size,
beginning with c = i, and there is nothing to unravel before or after. What comes round with the wrong sign is what
overlap-save throws away anyhow.

References
----------
H. J. Nussbaumer, "Fast Fourier Transform and Convolution Algorithms", 2nd ed., 1982, chapters 3 and 7.
R. Crandall and B. Fagin, "Discrete weighted transforms and large-integer arithmetic", Math. Comp. 62, 1994.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import cos, pi, sin

import numpy as np

RADICES = (1, 2, 3, 4, 5, 8)
# What a pass of a radix costs per complex vector, in cycles, measured; the choice of sizes goes by it.
COST = {1: 0.0, 2: 3.8, 3: 4.5, 4: 4.5, 5: 7.0, 8: 6.3}


def root(turn: Fraction) -> tuple[float, float]:
    """Return the cosine and the sine of a part of a full turn; exact to the last bit at eighths.

    Examples
    --------
    >>> root(Fraction(1, 4)), root(Fraction(1, 2))
    ((0.0, 1.0), (-1.0, 0.0))
    """
    turn %= 1
    quarters, rest = divmod(turn, Fraction(1, 4))
    if rest > Fraction(1, 8):
        angle = 2 * pi * float(Fraction(1, 4) - rest)
        c, s = sin(angle), cos(angle)
    else:
        angle = 2 * pi * float(rest)
        c, s = cos(angle), sin(angle)
    for _ in range(quarters):
        c, s = -s, c
    return c + 0.0, s + 0.0


@lru_cache(1024)
def radices(n: int) -> tuple[int, ...] | None:
    """Return the cheapest sequence of radices whose product is n; None when n has a prime factor above 5.

    Examples
    --------
    >>> radices(1), radices(14)
    ((1,), None)
    """
    if n == 1:
        return (1,)
    best = None
    for radix in reversed(
        RADICES[1:]
    ):  # the largest first: it has the most twiddles, and uses them longest there
        if n % radix == 0 and (rest := radices(n // radix)):
            found = (radix, *(part for part in rest if part > 1))
            if list(found) == sorted(found, reverse=True) and (best is None or cost(found) < cost(best)):
                best = found
    return best


def cost(sequence: tuple[int, ...]) -> float:
    """Return the cycles of a transform per complex vector.

    Examples
    --------
    >>> cost((4, 4)) == 2 * COST[4]
    True
    """
    return sum(COST[radix] for radix in sequence)


@lru_cache(64)
def sizes(largest: int) -> tuple[int, ...]:
    """Return the sizes that a transform may have, ascending: the products of 2, 3 and 5.

    Examples
    --------
    >>> sizes(16)
    (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16)
    """
    found = [1]
    for prime in (2, 3, 5):
        for n in found:  # which grows meanwhile
            if n * prime <= largest:
                found.append(n * prime)
    return tuple(sorted(found))


def values(x: np.ndarray, start: Fraction) -> np.ndarray:
    """Return the values of a polynomial at all roots of ``t**n - c``: the transform, as plain NumPy, to be read.

    The vector code does the same, step by step, with all x of a vector at once and without a list of parts.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Coefficients; n is one of `sizes`.
    start : Fraction
        The turn of c: 0 for 1, a quarter for the imaginary unit.

    Returns
    -------
    ndarray of complex, shape (n,)
        In the order of `leaves`.

    Examples
    --------
    Two real values, the second one as the imaginary part, modulo ``t**2 + 1``: 1 + 2 t times 3 + 4 t is
    3 + 10 t + 8 t**2, and t**2 is -1. Every pair of values is multiplied; one value is left, so nothing has to go back.

    >>> one, other = (values(np.array([re + im * 1j]), Fraction(1, 4)) for re, im in ((1, 2), (3, 4)))
    >>> (one * other).tolist()
    [(-5+10j)]
    """
    if len(x) == 1:
        return x.astype(complex)
    radix = radices(len(x))[0]
    parts, found = x.reshape(radix, -1), []
    for k in range(radix):
        c, s = root((start + k) / radix)
        remainder = sum(part * complex(c, s) ** power for power, part in enumerate(parts))
        found.append(values(remainder, (start + k) / radix))
    return np.concatenate(found)


def leaves(sequence: tuple[int, ...], start: Fraction) -> list[Fraction]:
    """Return at which points, as parts of a turn, a transform finds the values, in the order in which they come out.

    Parameters
    ----------
    sequence : tuple of int
        Radices.
    start : Fraction
        The turn of c: 0 for 1, a quarter for the imaginary unit.

    Examples
    --------
    >>> [str(turn) for turn in leaves((4,), Fraction(0))]
    ['0', '1/4', '1/2', '3/4']
    """
    found = [start]
    for radix in sequence:
        found = [(turn + k) / radix for turn in found for k in range(radix)]
    return found


@lru_cache(64)
def twiddles(n: int, start: Fraction, dtype: str) -> tuple[np.ndarray, tuple[tuple[int, int, int, int], ...]]:
    """Return the twiddles of a transform, one pass after the other, and what each pass is.

    Parameters
    ----------
    n : int
    start : Fraction
        As in `leaves`.
    dtype : {"float32", "float64"}

    Returns
    -------
    table : ndarray
        For every pass, polynomial and power from 1 on: a cosine and a sine.
    passes : tuple of (radix, polynomials, run, first)
        Polynomials to divide, values in each remainder, and where the pass begins in the table.

    Examples
    --------
    >>> twiddles(8, Fraction(0), "float64")[1]
    ((8, 1, 1, 0),)
    """
    table: list[float] = []
    passes = []
    for step, radix in enumerate(sequence := radices(n)):
        before = leaves(sequence[:step], start)
        run = n // (len(before) * radix)
        passes.append((radix, len(before), run, len(table)))
        for turn in before:
            for power in range(1, radix):
                table += root(turn * power / radix)
    return np.array(table or [0.0], dtype), tuple(passes)
