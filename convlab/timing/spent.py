"""What else happened while a backend was timed: how long its threads waited, how many processors it had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
