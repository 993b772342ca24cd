"""What else happened while a backend was timed: how long its threads waited, how many processors it had."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import get_clock_info, perf_counter, process_time

COARSE_S = 1e-3  # a clock of processor time that is no finer says nothing of a slice


@dataclass(slots=True)
class Spent:
    """What the slices of one backend took together, in seconds.

    Examples
    --------
    >>> spent = Spent().add({"wall_s": 1.0, "cpu_s": 2.0, "wait_s": 0.0})
    >>> spent = spent.add({"wall_s": 1.0, "cpu_s": 1.0, "wait_s": 0.5})
    >>> spent.waits, spent.lacks
    (0.25, 0.25)
    """

    turns: int = 0
    wall_s: float = 0.0
    wait_s: float = 0.0
    cpu_s: float = 0.0
    most: float = 0.0  # processors at once, in its best slice

    def add(self, spent: Mapping) -> Spent:
        """Add one slice, as the duty tells of it; what its system does not tell is None."""
        self.turns += 1
        self.wall_s += spent["wall_s"]
        self.wait_s += spent["wait_s"] or 0.0
        self.cpu_s += spent["cpu_s"] or 0.0
        if spent["wall_s"]:  # a coarse clock may not have moved
            self.most = max(self.most, (spent["cpu_s"] or 0.0) / spent["wall_s"])
        return self

    @property
    def waits(self) -> float:
        """The share of the time that its threads stood in the queue for a processor."""
        return self.wait_s / self.wall_s if self.wall_s else 0.0

    @property
    def lacks(self) -> float:
        """The share of the processors of its best slice that it did without on the whole."""
        return 1 - self.cpu_s / self.wall_s / self.most if self.most else 0.0


@contextmanager
def accounts(pid: int | None = None) -> Iterator[dict[str, float | None]]:
    """Fill a dictionary, when the block ends, with what it took; None where the system does not tell.

    Parameters
    ----------
    pid : int or None
        The process that computes, when it is not this one.

    Examples
    --------
    >>> with accounts() as spent:
    ...     total = sum(range(1000))
    >>> sorted(spent)
    ['cpu_s', 'wait_s', 'wall_s']
    """
    before, spent = _so_far(pid), {}
    yield spent
    for key, now in _so_far(pid).items():
        spent[key] = None if None in (now, before[key]) else now - before[key]


def _so_far(pid: int | None) -> dict[str, float | None]:
    """Return the time, and of the process that computes, the processors' time and the waits so far."""
    exact = pid is None and get_clock_info("process_time").resolution < COARSE_S
    return {"wall_s": perf_counter(), "cpu_s": process_time() if exact else None, "wait_s": _wait_s(pid)}


def _wait_s(pid: int | None) -> float | None:
    """Return the seconds that the threads of a process stood in the queue for a processor; Linux tells."""
    total = 0
    try:
        for thread in os.scandir(f"/proc/{'self' if pid is None else pid}/task"):
            total += int((Path(thread.path) / "schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return total / 1e9
