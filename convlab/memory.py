"""How much memory there is, and a sentence instead of a crash for what cannot fit."""

from __future__ import annotations

import os

from convlab.errors import Refused

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def total_bytes() -> int | None:
    """Return the memory of this machine; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not a Unix
        return None


def require(asked: str, needs_bytes: int) -> None:
    """Refuse what needs more memory than this machine has.

    Raises
    ------
    Refused
        With both numbers.

    Examples
    --------
    >>> require("Asked for y of shape (3, 3).", 72)
    """
    room = total_bytes()
    if room is not None and needs_bytes > room:
        raise Refused(
            asked,
            f"That takes about {size(needs_bytes)} of memory, and this machine has {size(room)}.",
            "Use smaller operands, less padding or a larger stride, or go image by image.",
        )


def size(count: int) -> str:
    """Return a number of bytes in the unit that a person would choose.

    Examples
    --------
    >>> size(72), size(32_000_002_000_000)
    ('72 bytes', '29.1 TiB')
    """
    power = min(len(_UNITS) - 1, max(0, (int(count).bit_length() - 1) // 10))
    return f"{count} bytes" if power == 0 else f"{count / 1024**power:,.1f} {_UNITS[power]}"
