"""Numbers as the Race screen writes them, and where they stand on a log scale: formatted once, here."""

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
    >>> error(2.1e-07), error(0.0), error(None)
    ('2.1e−7', '0', '')
    """
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


class Scale:
    """A log scale from a decade at or below the least value to one at or above the greatest.

    Examples
    --------
    >>> scale = Scale([0.0002, 0.03])
    >>> scale.low, scale.high, round(scale.at(0.001), 3), [label for _, label in scale.decades()]
    (0.0001, 0.1, 0.333, ['0.1 ms', '1 ms', '10 ms', '100 ms'])
    """

    def __init__(self, values: Iterable[float]) -> None:
        known = [value for value in values if value and value > 0 and isfinite(value)]
        least, most = (min(known), max(known)) if known else (1e-4, 1e-1)
        self.first = floor(log10(least) + 1e-9)
        self.last = max(self.first + 1, ceil(log10(most) - 1e-9))
        self.low, self.high = 10.0**self.first, 10.0**self.last

    def at(self, value: float | None) -> float | None:
        """Return where a value stands, from 0 to 1; None where there is none."""
        if not value or value <= 0:
            return None
        place = (log10(value) - self.first) / (self.last - self.first)
        return round(min(1.0, max(0.0, place)), 4)

    def decades(self) -> list[tuple[float, str]]:
        """Return the powers of ten, each with its label as a time."""
        return [(10.0**n, _decade(n)) for n in range(self.first, self.last + 1)]


def scale_of(seconds: Iterable[float | None]) -> Scale:
    """Return the scale of times, those that are not known left out."""
    return Scale([value for value in seconds if value])


def _decade(exponent: int) -> str:
    """Return a power of ten of seconds, in the unit above it from a tenth on.

    Examples
    --------
    >>> _decade(-4), _decade(0), _decade(-6)
    ('0.1 ms', '1 s', '1 µs')
    """
    for place, unit in ((0, "s"), (-3, "ms"), (-6, "µs"), (-9, "ns")):
        if exponent >= place - (1 if place else 0):
            return f"{10.0 ** (exponent - place):g} {unit}"
    return f"{10.0 ** (exponent + 9):g} ns"
