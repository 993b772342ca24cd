"""Where one backend overtakes another along a sweep, between the points that were raced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import exp, log

from convlab.timing.races.result import Race, Row
from convlab.timing.races.statistics import tie


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place at which two backends take equally long.

    Attributes
    ----------
    at : float
        The value of the axis, interpolated between two points, on log scales.
    a, b : str
        From here on a is ahead of b.
    seconds : float
        What either takes there.
    leads : bool
        Whether b was the fastest of all before, or a is after: the crossings that decide a choice.
    sentence : str
    """

    at: float
    a: str
    b: str
    seconds: float
    leads: bool
    sentence: str


def with_time(race: Race) -> tuple[Row, ...]:
    """Return the rows that are right and have a time, the fastest first: also those left behind after one call."""
    found = [row for row in race.rows if row.state in ("timed", "pruned") and row.min_s is not None]
    return tuple(sorted(found, key=lambda row: row.min_s))


def crossings(axis: str, points: Mapping[int, Race]) -> tuple[Crossing, ...]:
    """Return where backends overtake each other: those first that change who is fastest, then along the axis.

    Two that tie at a point have no order there: a line that wavers about another within its spread does not cross it.

    Parameters
    ----------
    axis : str
        Its name, for the sentence.
    points : mapping of int to Race
    """
    places = sorted(points)
    rows = [{row.name: row for row in with_time(points[value])} for value in places]
    names = dict.fromkeys(name for each in rows for name in each)
    best = [points[value].winner.name if points[value].winner else None for value in places]
    found = []
    for a, b in combinations(names, 2):
        both = [n for n, each in enumerate(rows) if a in each and b in each]
        last = None  # the last point where one of them was clearly ahead, and whether that was a
        for n in both:
            one, other = rows[n][a], rows[n][b]
            if tie(one.summary, other.summary):
                continue
            ahead = one.min_s < other.min_s
            if last is not None and last[1] != ahead:
                leads = {best[last[0]], best[n]} == {a, b}
                found.append(
                    _crossing(axis, places, rows, (a, b) if ahead else (b, a), both, last[0], n, leads)
                )
            last = (n, ahead)
    return tuple(sorted(found, key=lambda one: (not one.leads, one.at)))


def _crossing(
    axis: str, places: Sequence[int], rows: Sequence[dict], names: tuple[str, str], both: Sequence[int],
    begin: int, end: int, leads: bool,
) -> Crossing:  # fmt: skip
    """Return the crossing between two points; ties that lie between them are steps of the same two lines."""
    a, b = names

    def gap(n: int) -> float:
        return log(rows[n][a].min_s / rows[n][b].min_s)

    steps = [n for n in both if begin <= n <= end]
    low, high = next((n, m) for n, m in pairwise(steps) if gap(n) > 0 >= gap(m))
    share = gap(low) / (gap(low) - gap(high))
    where = exp(log(places[low]) + share * log(places[high] / places[low]))
    seconds = exp(log(rows[low][a].min_s) + share * log(rows[high][a].min_s / rows[low][a].min_s))
    said = f"{where:.2g}" if where < 9.95 else f"{where:.0f}"  # between two points no more is known
    return Crossing(where, a, b, seconds, leads, f"{a} passes {b} at {axis} = {said}.")
