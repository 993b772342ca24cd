"""What a contest tells while it runs, and how it is told to stop."""

from __future__ import annotations

from dataclasses import dataclass

from convlab.timing.races.result import Row


@dataclass(frozen=True, slots=True)
class News:
    """One row has changed.

    Attributes
    ----------
    row : Row
    progress : float
        Of the whole race, from 0 to 1.
    """

    row: Row
    progress: float


class Stopped(Exception):
    """Thrown into a contest by someone who wants what there is and no more."""
