"""What one session sees of its race and its sweep while they run, and what is left when they end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from convlab.dashboard.state.race import said
from convlab.dashboard.state.race.course import Course
from convlab.timing.races.result import Race

if TYPE_CHECKING:
    from convlab.timing.races.result import Row
    from convlab.timing.sweeps.swept import Sweep

ON = ("queued", "running")


@dataclass
class Live:
    """A race as it stands. `News` of the contest go in; the scene reads it.

    Attributes
    ----------
    state : {"empty", "queued", "running", "done", "cancelled"}
    rows : dict of Row
        By name, in the order in which they came.
    progress : float
        From 0 to 1.
    race : Race or None
        The finished one.
    said : str
        The last line for those who listen: which row has just ended.
    before : bool
        Whether the race shown was measured before this page asked.
    order : tuple of str
        How the rows stand while the race runs: none of them changes its place then.
    """

    state: str = "empty"
    rows: dict[str, Row] = field(default_factory=dict)
    progress: float = 0.0
    race: Race | None = None
    said: str = ""
    before: bool = False
    order: tuple[str, ...] = ()

    def queue(self) -> None:
        """Take note that the race waits for its turn; what was measured before stays in sight."""
        self.state = "queued"

    def begin(self, order: Iterable[str] = ()) -> None:
        """Forget the rows of the race before; the first of this one come with the first news."""
        self.__init__("running", order=tuple(order))

    def hear(self, row: Row, progress: float) -> None:
        """Take in one row as it stands now."""
        was = self.rows.get(row.name)
        self.rows[row.name] = row
        self.progress = max(self.progress, min(1.0, progress))
        if row.is_final and (was is None or was.state != row.state):
            self.said = line(row)

    def end(self, race: Race, before: bool = False) -> None:
        """Take the finished race, or the part of it that was there when it was stopped."""
        self.__init__("done" if race.state == "done" else "cancelled", race=race, progress=1.0)
        self.rows = {row.name: row for row in race.rows}
        self.before, self.said = before, race.sentence

    def stop(self, course: Course) -> None:
        """Take what is there as a race that was stopped."""
        if self.rows:
            self.end(self.so_far(course))
        else:
            self.state = "empty"

    def so_far(self, course: Course) -> Race:
        """Return what is there as a race: rows with a time keep it, the others say that they were stopped."""
        rows = tuple(row if row.is_final else _stopped(row) for row in self.rows.values())
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Race(course.spec, rows, {}, now, course.budget_s, 0, "stopped")

    @property
    def is_on(self) -> bool:
        """Whether it runs, or waits for its turn."""
        return self.state in ON


def _stopped(row: Row) -> Row:
    if row.min_s is not None:
        return replace(row, state="timed")
    return replace(row, state="lost", kind="stopped", says="It was stopped before it was timed.")


def line(row: Row) -> str:
    """Return one finished row as it is read aloud."""
    if row.says and row.min_s is None:
        return f"{row.name}: {row.says}"
    within = "" if row.share is None else f", {said.share(row.share)}"
    return f"{row.name}: {said.time(row.min_s)}{within}."


@dataclass
class Sweeping:
    """A sweep as it stands; the points that are there outlive a stop.

    Attributes
    ----------
    state : {"empty", "queued", "running", "partial", "done"}
    sweep : Sweep or None
        The points so far.
    doing : str
        What runs now: "K = 7: 3 of 9 backends".
    progress : float
        From 0 to 1.
    """

    state: str = "empty"
    sweep: Sweep | None = None
    doing: str = ""
    progress: float = 0.0

    @classmethod
    def of(cls, sweep: Sweep | None, values: Iterable[int] = ()) -> Sweeping:
        """Return the state of the points that are there, held against the values that are asked for."""
        made = cls(sweep=sweep)
        made.rest(values)
        return made

    @property
    def is_on(self) -> bool:
        """Whether it runs, or waits for its turn."""
        return self.state in ON

    def left(self, values: Iterable[int]) -> tuple[int, ...]:
        """Return which of these values have not been raced, and could be."""
        if self.sweep is None:
            return tuple(values)
        done = {value for value, race in self.sweep.points.items() if race.state == "done"}
        return tuple(value for value in values if value not in done and value not in self.sweep.problems)

    def queue(self, doing: str) -> None:
        """Take note that it waits for its turn."""
        self.state, self.doing = "queued", doing

    def go(self, doing: str, progress: float) -> None:
        """Take note of how far it has come."""
        self.state, self.doing, self.progress = "running", doing, progress

    def rest(self, values: Iterable[int]) -> None:
        """Take note that it runs no more."""
        has_points = self.sweep is not None and bool(self.sweep.points or self.sweep.problems)
        self.state = "empty" if not has_points else "partial" if self.left(values) else "done"
        self.doing, self.progress = "", 1.0 if self.state == "done" else 0.0
