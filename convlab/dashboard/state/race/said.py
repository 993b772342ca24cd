"""Numbers as the Race screen writes them, and the ends of their log scale: formatted once, here."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, isfinite, log10

from convlab import memory
from convlab.timing import words


def digits(value: float, count: int = 3) -> str:
    """Return a number in so many significant digits, without an exponent.

    Examples
    --------
    >>> digits(0.8123), digits(12.345), digits(1234.5), digits(1.0)
    ('0.812', '12.3', '1234', '1.00')
    """
    if value == 0 or not isfinite(value):
        return f"{value:g}"
    places = count - 1 - floor(log10(abs(float(f"{value:.{count - 1}e}"))))
    return f"{value:.{max(0, places)}f}"


def time(seconds: float | None) -> str:
    """Return a time in the unit that a person would choose; nothing where it is not known.

    Examples
    --------
    >>> time(0.000812), time(None)
    ('812 µs', '')
    """
    return "" if seconds is None else words.duration(seconds)


def error(value: float | None) -> str:
    """Return an error or a bound; nothing where it is not known.

    Examples
    --------
    >>> error(2.1e-07), error(0.0), error(None), error(float("inf"))
    ('2.1e−7', '0', '', '∞')
    """
    if value is not None and not isfinite(value):
        return "∞" if value == value else "not a number"
    return "" if value is None else words.small(value)


def share(value: float | None) -> str:
    """Return an error over its bound, in words.

    Examples
    --------
    >>> share(0.0), share(0.004), share(0.31), share(12.0)
    ('exact', 'under 1 % of the bound', '31 % of the bound', '12 times the bound')
    """
    if value is None:
        return ""
    if not isfinite(value):
        return "not a number"
    if value > 1:
        return f"{digits(value, 2)} times the bound"
    if value == 0:
        return "exact"
    return "under 1 % of the bound" if value < 0.01 else f"{value:.0%} of the bound".replace("%", " %")


def size(count: int | None) -> str:
    """Return bytes; nothing where they are not known.

    Examples
    --------
    >>> size(12 * 2**20), size(None), size(0)
    ('12.0 MiB', '', 'none')
    """
    return "" if count is None else "none" if count == 0 else memory.size(count)


def rate(gflops: float | None) -> str:
    """Return an arithmetic rate.

    Examples
    --------
    >>> rate(61.234)
    '61.2 GFLOP/s'
    """
    return "" if gflops is None else f"{digits(gflops)} GFLOP/s"


def span(seconds: Iterable[float | None]) -> tuple[float, float]:
    """Return the powers of ten around times, at least one decade; those that are not known are left out.

    Examples
    --------
    >>> span([0.0002, None, 0.03]), span([])
    ((0.0001, 0.1), (0.0001, 0.1))
    """
    known = [value for value in seconds if value and value > 0 and isfinite(value)] or [1e-4, 1e-1]
    first = floor(log10(min(known)) + 1e-9)
    return 10.0**first, 10.0 ** max(first + 1, ceil(log10(max(known)) - 1e-9))


def decades(low_s: float, high_s: float) -> list[tuple[float, str]]:
    """Return the powers of ten from one time to another, each with its label.

    Examples
    --------
    >>> [label for _, label in decades(1e-4, 1.0)]
    ['0.1 ms', '1 ms', '10 ms', '100 ms', '1 s']
    """
    exponents = range(round(log10(low_s)), round(log10(high_s)) + 1)
    return [(10.0**n, _decade(n)) for n in exponents]


def _decade(exponent: int) -> str:
    """Return a power of ten of seconds, in the unit above it from a tenth on."""
    for place, unit in ((0, "s"), (-3, "ms"), (-6, "µs")):
        if exponent >= place - (1 if place else 0):
            return f"{10.0 ** (exponent - place):g} {unit}"
    return f"{10.0 ** (exponent + 9):g} ns"
