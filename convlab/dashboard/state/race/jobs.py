"""What a page lets run: a race in one turn of the slot, a sweep in a turn per point. And what is kept of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.live import Live
from convlab.errors import ConvLabError
from convlab.timing.limits import Limits

if TYPE_CHECKING:
    from convlab.timing.result import Race, Row

KEPT = 50  # finished races and sweeps, of all pages
ENTRY_S = 0.2  # what the first call and the check of a backend are expected to take, beside the budget
_kept: OrderedDict[Hashable, object] = OrderedDict()


def keep(key: Hashable, result: object) -> None:
    """Keep what has been measured, for pages that ask the same; the oldest goes."""
    _kept.pop(key, None)
    _kept[key] = result
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


def kept_race(course: Course) -> Race | None:
    """Return the last finished race of the same layer and the same backends on this server.

    A person who loads the page again, or follows a link to a race that has been run, finds its times with their
    date instead of an empty table: the machine is the same, and "Race again" is one key away.
    """
    return _kept.get(("race", course.spec, course.names))


def kept_sweep(course: Course) -> object | None:
    """Return the points that have been measured along the same axis with the same backends."""
    return _kept.get(sweep_key(course))


def sweep_key(course: Course) -> Hashable:
    """Return what a sweep is kept by: its layer without the axis, so that more values go on with it."""
    return ("sweep", course.spec, course.names, course.axis)


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
        from convlab.timing.contest import arun, contest
        from convlab.timing.crew import here

        self.live.begin()
        self.tell()
        steps = contest(
            self.course.spec, self.course.chosen, budget_s=self.course.budget_s, limits=Limits.here()
        )
        race = await arun(steps, here(), self.hear)
        self.live.end(race)
        if race.state == "done":
            keep(("race", self.course.spec, self.course.names), race)
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
            self.live.stop()
        self.tell()

    def failed(self, error: Exception) -> None:
        """Stop, and say why."""
        self.dropped()
        if isinstance(error, ConvLabError):
            self.failing(error)
