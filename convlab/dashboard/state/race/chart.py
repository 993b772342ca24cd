"""The chart of a sweep: a line per backend over one axis, where two of them cross, and what source 004 printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log10
from typing import TYPE_CHECKING

from convlab.dashboard.state.race import said
from convlab.dashboard.state.race.course import Course, axis_title
from convlab.dashboard.state.race.live import Sweeping
from convlab.timing.axis import AXES, overlay

if TYPE_CHECKING:
    from convlab.timing.crossing import Crossing
    from convlab.timing.result import Row
    from convlab.timing.swept import Sweep

Across = Callable[[float], float]

HEADINGS = {
    "K": "Where FFT takes over",
    "S": "What larger images cost",
    "N": "What more images cost",
    "C": "What channels cost",
    "stride": "What a stride saves",
}
EMPTY = "One run of {values} shows where one implementation overtakes another."


def sweep_of(course: Course, live: Sweeping) -> dict[str, object]:
    """Return the sweep of the scene."""
    sweep, spec = live.sweep, course.spec
    series = {} if sweep is None else sweep.series
    points = () if sweep is None else sorted(sweep.points)
    faint = overlay(course.axis, spec)
    printed = [point for line in faint for point in line["points"]]
    across = _across([*(points or course.values), *(value for value, _ in printed)])
    up = said.scale_of(
        [*(row.min_s for line in series.values() for row in line.values()), *(s for _, s in printed)]
    )
    return {
        "axis": course.axis,
        "axes": [
            dict(zip(("id", "title", "why"), (one, *axis_title(one, spec)), strict=True)) for one in AXES
        ],
        "values": list(course.values),
        "text": ", ".join(map(str, course.values)),
        "state": live.state,
        "progress": round(live.progress, 3),
        "sentence": sentence(course, live),
        "title": HEADINGS[course.axis],
        "series": [
            {
                "name": name,
                "label": name,
                "kind": kind,
                "points": [_point(at, row, across, up) for at, row in line.items()],
            }
            for kind, (name, line) in enumerate(series.items())
        ],
        "overlay": [
            {
                "label": line["label"],
                "points": [{"at": at, "s": s, **_spot(at, s, across, up)} for at, s in line["points"]],
            }
            for line in faint
        ],
        "crossings": [_crossing(one, across, up) for one in (() if sweep is None else sweep.crossings)],
        "refused": [] if sweep is None else _refused(sweep),
        "scale": {
            "x": {
                "ticks": [{"value": at, "label": str(at), "at": across(at)} for at in points or course.values]
            },
            "y": {
                "low_s": up.low,
                "high_s": up.high,
                "ticks": [{"s": s, "label": label, "at": up.at(s)} for s, label in up.decades()],
            },
        },
    }


def sentence(course: Course, live: Sweeping) -> str:
    """Return what stands under the heading of the chart."""
    if live.state in ("running", "queued"):
        return live.doing or f"It waits for its turn: {course.axis} = {', '.join(map(str, course.values))}."
    if live.sweep is None or not live.sweep.points:
        return EMPTY.format(values=f"{course.axis} = {', '.join(map(str, course.values))}")
    return live.sweep.sentence


def _spot(at: float, seconds: float, across: Across, up: said.Scale) -> dict[str, object]:
    return {"said": said.time(seconds), "x": across(at), "y": up.at(seconds)}


def _point(at: int, row: Row, across: Across, up: said.Scale) -> dict[str, object]:
    return {"at": at, "min_s": row.min_s, "flags": list(row.flags), **_spot(at, row.min_s, across, up)}


def _crossing(one: Crossing, across: Across, up: said.Scale) -> dict[str, object]:
    spot = _spot(one.at, one.seconds, across, up) | {"said": said.digits(one.at, 2)}
    return {"at": one.at, "a": one.a, "b": one.b, "leads": one.leads, "sentence": one.sentence, **spot}


def _refused(sweep: Sweep) -> list[dict[str, object]]:
    """Return what has no time at a value, and why; without a name where there is no such convolution."""
    rows = [
        {"at": at, "name": row.name, "says": row.says or row.state}
        for at, race in sorted(sweep.points.items())
        for row in race.rows
        if row.is_final and row.state != "timed"
    ]
    return [{"at": at, "name": None, "says": why} for at, why in sorted(sweep.problems.items())] + rows


def _across(values: Iterable[float]) -> Across:
    """Return where a value of the axis stands, from 0 to 1, by its logarithm."""
    low, high = (log10(edge(values)) for edge in (min, max))

    def at(value: float) -> float:
        return 0.5 if high == low else round((log10(value) - low) / (high - low), 4)

    return at
