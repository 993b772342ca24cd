"""A race or a sweep as a file to keep."""

from __future__ import annotations

import re

from convlab.dashboard.state.race.address import packed
from convlab.dashboard.state.race.course import Course
from convlab.dashboard.state.race.live import Live, Sweeping
from convlab.errors import SpecError

TYPES = {"csv": "text/csv", "json": "application/json"}


def exported(kind: str, course: Course, live: Live, sweeping: Sweeping) -> dict[str, str]:
    """Return a file: its name, its type, its text.

    Parameters
    ----------
    kind : {"csv", "json", "sweep.csv", "sweep.json"}

    Raises
    ------
    SpecError
        When nothing has been measured yet.
    """
    what, _, ending = kind.rpartition(".")
    result = sweeping.sweep if what else live.race
    if result is None and not what and live.rows:  # it runs: what there is so far
        result = live.so_far(course)
    if result is None:
        raise SpecError(
            f"Asked for the {what or 'race'} as {ending.upper()}.",
            "Nothing has been timed yet.",
            f"Press {'Sweep' if what else 'Race'} first.",
        )
    text = result.to_csv() if ending == "csv" else result.to_json()
    return {"name": name_of(course, what or "race", ending), "type": TYPES[ending], "text": text}


def name_of(course: Course, what: str, ending: str) -> str:
    """Return the name of a file, safe everywhere.

    Examples
    --------
    >>> name_of(Course(), "race", "csv")
    'race-source-004-1.csv'
    """
    named = course.workload or packed(course.spec)
    axis = f"-{course.axis}" if what == "sweep" else ""
    return f"{what}-{re.sub(r'[^A-Za-z0-9-]+', '-', named)[:80].strip('-')}{axis}.{ending}"
