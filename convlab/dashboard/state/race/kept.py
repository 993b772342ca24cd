"""What this server has measured, for pages that ask the same: a page that is loaded again finds its times."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING

from convlab.dashboard.state.race.course import Course
from convlab.timing.sweeps.axis import LARGEST, at

if TYPE_CHECKING:
    from convlab.timing.races.result import Race
    from convlab.timing.sweeps.swept import Sweep

KEPT = 50  # finished races and sweeps, of all pages
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


def kept_sweep(course: Course) -> Sweep | None:
    """Return the points that have been measured along the same axis with the same backends."""
    return _kept.get(sweep_key(course))


def sweep_key(course: Course) -> Hashable:
    """Return what a sweep is kept by: its layer without the axis, so that more values go on with it."""
    start = {"S": LARGEST, "C": course.spec.groups}.get(course.axis, 1)
    return ("sweep", at(course.spec, course.axis, start), course.names, course.axis)


def keep_race(course: Course, race: Race) -> None:
    """Keep a finished race."""
    keep(("race", course.spec, course.names), race)


def keep_sweep(course: Course, sweep: Sweep) -> None:
    """Keep the points of a sweep."""
    keep(sweep_key(course), sweep)
