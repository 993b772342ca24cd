"""What a page lets run: a race in one turn of the slot, a sweep point by point, so that it holds up nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convlab.dashboard.state.race.course import POINT, Course
from convlab.dashboard.state.race.kept import keep_race, keep_sweep
from convlab.dashboard.state.race.lineup import lineup
from convlab.dashboard.state.race.live import Live, Sweeping
from convlab.dashboard.state.race.place import place
from convlab.errors import ConvLabError, Unavailable

if TYPE_CHECKING:
    from convlab.timing.races.result import Row
    from convlab.timing.sweeps.swept import Sweep

ENTRY_S = 0.2  # what the first call and the check of a backend are expected to take, beside the budget


def told(error: Exception) -> ConvLabError:
    """Return an error as a sentence for the page; what nobody foresaw is logged by the desk."""
    if isinstance(error, ConvLabError):
        return error
    return Unavailable(
        "Asked to time this.",
        f"It broke off: {type(error).__name__}: {str(error)[:200]}",
        "Try again; the terminal of the server says more.",
    )


class RaceJob:
    """One race.

    Parameters
    ----------
    course : Course
    live : Live
        Where its news go.
    tell : callable
        Is called when `live` has changed.
    failing : callable
        Is given an error that ended the race.
    """

    def __init__(
        self, course: Course, live: Live, tell: Callable[[], None], failing: Callable[[ConvLabError], None]
    ) -> None:
        self.course, self.live, self.tell, self.failing = course, live, tell, failing
        self.expected_s = course.budget_s + ENTRY_S * len(course.chosen)
        self._before = (live.state, live.race)
        live.queue()

    async def turn(self) -> bool:
        """Run the race."""
        self.live.begin(lineup(self.course.spec, self.course.chosen))
        self.tell()
        race = await place().race(self.course, self.hear)
        self.live.end(race)
        if race.state == "done":
            keep_race(self.course, race)
        self.tell()
        return False

    def hear(self, news: object) -> None:
        """Take in one row."""
        row: Row | None = getattr(news, "row", None)
        if row is not None:
            self.live.hear(row, news.progress)
            self.tell()

    def dropped(self) -> None:
        """Stop: rows that are there stay; a race that had not begun leaves what was shown before."""
        if self.live.state == "queued":
            self.live.state, self.live.race = self._before
        elif self.live.state == "running":
            self.live.stop(self.course)
        self.tell()

    def failed(self, error: Exception) -> None:
        """Stop, and say why."""
        self.dropped()
        self.failing(told(error))


class SweepJob:
    """One sweep: each turn races the next value, and what is there is kept after each.

    The parameters are those of `RaceJob`.
    """

    def __init__(
        self,
        course: Course,
        live: Sweeping,
        tell: Callable[[], None],
        failing: Callable[[ConvLabError], None],
    ) -> None:
        self.course, self.live, self.tell, self.failing = course, live, tell, failing
        self.expected_s = course.budget_s * POINT + ENTRY_S * len(course.chosen)
        self._value: int | None = None
        live.queue(f"It waits for its turn: {course.axis} = {', '.join(map(str, self.left))}.")

    @property
    def left(self) -> tuple[int, ...]:
        """The values that are still to be raced."""
        return self.live.left(self.course.values)

    async def turn(self) -> bool:
        """Race the next value, on a cluster all of them; there is another turn while any is left."""
        before = self.left
        if before:
            where = place()
            self._value = before[0]
            self._go(0.0)
            self._take(await where.sweep(self.course, before[: where.points], self.live.sweep, self.hear))
        goes_on = bool(self.left) and self.left != before  # a point that was stopped is not begun again
        if not goes_on:
            self.live.rest(self.course.values)
        self.tell()
        return goes_on

    def hear(self, news: object) -> None:
        """Take in how far the race of this value has come, and the points that are there."""
        if (sweep := getattr(news, "sweep", None)) is not None:
            self._take(sweep)
        self._go(getattr(news, "progress", 0.0))

    def _take(self, sweep: Sweep) -> None:
        if sweep.points or sweep.problems:
            self.live.sweep = sweep
            keep_sweep(self.course, sweep)

    def _go(self, part: float) -> None:
        if self.left:
            self._value = self.left[0]
        self.live.go(self._doing(part), self._progress(part))
        self.tell()

    def dropped(self) -> None:
        """Stop; the points that are there stay."""
        self.live.rest(self.course.values)
        self.tell()

    def failed(self, error: Exception) -> None:
        """Stop, and say why."""
        self.dropped()
        self.failing(told(error))

    def _progress(self, part: float) -> float:
        done = len(self.course.values) - len(self.left)
        return (done + part) / len(self.course.values)

    def _doing(self, part: float) -> str:
        done = len(self.course.values) - len(self.left) + 1
        return f"{self.course.axis} = {self._value}, {done} of {len(self.course.values)}: {part:.0%}".replace(
            "%", " %"
        )
