"""How much memory there is, and a sentence instead of a crash for what cannot fit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from convlab.errors import Refused

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def total_bytes() -> int | None:
    """Return the memory of this machine; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not a Unix
        return None


def available_bytes() -> int | None:
    """Return the memory that can be had without taking it from others; None where the system does not say.

    The least of what the machine has free and of what every control group around this process leaves: a container
    of 2 GiB on a machine of 64 is a machine of 2 GiB.

    Examples
    --------
    >>> 0 < available_bytes() <= total_bytes()
    True
    """
    return min((room for room in (_free_bytes(), *group_bytes()) if room is not None), default=None)


def _free_bytes() -> int | None:
    try:
        import psutil

        return psutil.virtual_memory().available
    except Exception:  # absent, or a system that it cannot read: it raises whatever that system says
        return total_bytes()


def group_bytes(root: Path = Path("/")) -> Iterator[int]:
    """Yield what is left in each control group (version 1 or 2) around this process that has a limit.

    Files that were read lately count as used there, though the kernel gives them back when asked: they are left out.

    Parameters
    ----------
    root : pathlib.Path
        Where ``proc`` and ``sys`` are.
    """
    for folder in _groups(root):
        for most, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit, taken = _number(folder / most), _number(folder / used)
            if (
                limit is not None and taken is not None and limit < 1 << 60
            ):  # version 1 says "none" by a huge number
                yield max(0, limit - max(0, taken - _kept_files(folder)))


def _groups(root: Path) -> Iterator[Path]:
    """Yield the folders of this process's memory groups, from its own up; in a container its own is the root."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds not in ("", "memory"):
            continue
        home = root / "sys/fs/cgroup" / kinds
        at = home / path.lstrip("/")
        yield from (folder for folder in (at, *at.parents) if folder.is_relative_to(home) and folder.is_dir())


def _kept_files(folder: Path) -> int:
    try:
        words = (folder / "memory.stat").read_text(encoding="utf-8").split()
    except OSError:
        return 0
    stated = dict(zip(words[::2], words[1::2]))
    return int(stated.get("total_inactive_file", stated.get("inactive_file", 0)))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no such file; the word "max"
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
    if power == 0:
        return f"{count} byte{'s' * (count != 1)}"
    return f"{count / 1024**power:,.1f} {_UNITS[power]}"
