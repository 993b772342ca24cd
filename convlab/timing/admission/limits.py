"""How much memory and time one race may take: by default, by the environment, by a flag."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from convlab import memory, typed
from convlab.errors import SpecError

SHARE = 4  # a race takes a quarter of the memory that is to be had
SECONDS = 30.0  # for one call of one backend: a person waits as long, and a lesson goes on
BLIND_BYTES = 1 << 30  # where the system does not say how much memory it has
UNITS = {"": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12}
UNITS |= {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
AMOUNT = re.compile(
    r"\s*([0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[-+]?[0-9]{1,2})?)\s*([a-z]{0,7})\s*\Z", re.IGNORECASE
)
MAX_BYTES, MAX_SECONDS = "CONVLAB_MAX_BYTES", "CONVLAB_MAX_SECONDS"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one backend may take for a convolution before it is refused.

    Attributes
    ----------
    bytes : int
        Operands, result, workspace and check together.
    seconds : float
        One call.
    """

    bytes: int
    seconds: float = SECONDS

    @classmethod
    def here(cls, max_bytes: int | str | None = None, max_seconds: float | str | None = None) -> Limits:
        """Return the limits that hold: those given, else those of the environment, else those of this machine.

        Parameters
        ----------
        max_bytes : int or str, optional
            ``"2 GiB"``, ``"500MB"``, ``1e9``. Else ``CONVLAB_MAX_BYTES``, else a quarter of the memory that is
            available to this process now.
        max_seconds : float or str, optional
            Else ``CONVLAB_MAX_SECONDS``, else 30.

        Raises
        ------
        SpecError
            When one of them is no amount of bytes or seconds.

        Examples
        --------
        >>> Limits.here("512 MiB", 5)
        Limits(bytes=536870912, seconds=5.0)
        """
        return cls(
            max(1, int(_given("max_bytes", max_bytes, MAX_BYTES, UNITS) or _quarter())),
            _given("max_seconds", max_seconds, MAX_SECONDS, {"": 1, "s": 1, "min": 60}) or SECONDS,
        )


def about(seconds: float) -> str:
    """Return a predicted duration as roughly as it is known.

    Examples
    --------
    >>> about(0.0123), about(4.56), about(240.0), about(9e4), about(1e12)
    ('12 ms', '4.6 s', '4 min', '25 hours', 'over a year')
    """
    if seconds > 365 * 86400:
        return "over a year"
    for unit_s, name in ((86400, "days"), (3600, "hours"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {name}"
    if seconds >= 10:
        return f"{seconds:.0f} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{max(1, seconds * 1e3):.0f} ms"


def _quarter() -> int:
    room = memory.available_bytes()
    return BLIND_BYTES if room is None else room // SHARE


def _given(flag: str, value: object, variable: str, units: dict[str, float]) -> float | None:
    """Return what a flag or a variable of the environment says; None where neither says anything."""
    name = flag
    if value is None:
        name, value = variable, os.environ.get(variable) or None
    if value is None:
        return None
    if not isinstance(value, bool) and isinstance(value, (int, float)) and 0 < value < 1e30:
        return float(value)
    found = AMOUNT.match(value) if isinstance(value, str) and len(value) <= 40 else None
    amount = float(found[1]) * units[found[2].lower()] if found and found[2].lower() in units else 0
    if 0 < amount < 1e30:
        return amount
    examples = "2 GiB, 500 MB or 1000000000" if "b" in units else "30, 30 s or 2 min"
    raise SpecError(
        f"Asked for {name} {typed.shown(value)}.", "That is no amount above 0.", f"Give it like {examples}."
    )
