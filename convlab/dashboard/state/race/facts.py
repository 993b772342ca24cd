"""When and on what a race was timed, as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

VERSIONS = ("numpy", "scipy", "numba")  # what computes; Python and convlab stand among the facts
LABELS = {
    "cpu": "processor", "usable": "usable here", "blas": "BLAS", "layer": "numba runs on", "found": "OpenBLAS switches",
    "load": "load, one minute",
}  # fmt: skip


def when(iso: str) -> str:
    """Return a date as a person reads it.

    Examples
    --------
    >>> when("2026-11-20T13:52:39+00:00"), when("")
    ('20 Nov 2026, 13:52', '')
    """
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso[:40]
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def versions(machine: Mapping[str, object]) -> str:
    """Return the versions of what computed, in one line.

    Examples
    --------
    >>> versions({"cpu": "a processor", "numpy": "2.4.0", "scipy": "1.17.0"})
    'numpy 2.4.0 · scipy 1.17.0'
    """
    return " · ".join(f"{name} {machine[name]}" for name in VERSIONS if machine.get(name))


def facts(machine: Mapping[str, object]) -> list[list[str]]:
    """Return what else the times depend on, as pairs of text.

    Examples
    --------
    >>> facts({"cpu": "a processor", "threads": {"OMP_NUM_THREADS": "2"}, "numpy": "2.4.0", "governor": None})
    [['processor', 'a processor'], ['threads', 'OMP_NUM_THREADS 2']]
    """
    return [
        [LABELS.get(name, name), _fact(value)]
        for name, value in machine.items()
        if name not in VERSIONS and value not in (None, "", {}, [], ())
    ]


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
