"""The chart of a sweep: a line per backend over one axis, where two of them cross, and what source 004 printed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from convlab.dashboard.state.race import said
from convlab.dashboard.state.race.course import Course, axis_title
from convlab.dashboard.state.race.live import Sweeping
from convlab.timing.sweeps.axis import AXES, overlay

if TYPE_CHECKING:
    from convlab.timing.races.result import Row
    from convlab.timing.sweeps.crossing import Crossing
    from convlab.timing.sweeps.swept import Sweep

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
                "points": [_point(at, row) for at, row in line.items()],
            }
            for kind, (name, line) in enumerate(({} if sweep is None else sweep.series).items())
        ],
        "overlay": [_printed(line) for line in overlay(course.axis, spec)],
        "crossings": [_crossing(one) for one in (() if sweep is None else sweep.crossings)],
        "refused": [] if sweep is None else _refused(sweep),
    }


def sentence(course: Course, live: Sweeping) -> str:
    """Return what stands under the heading of the chart."""
    if live.state in ("running", "queued"):
        return live.doing or f"It waits for its turn: {course.axis} = {', '.join(map(str, course.values))}."
    if live.sweep is None or not live.sweep.points:
        return EMPTY.format(values=f"{course.axis} = {', '.join(map(str, course.values))}")
    return replace(live.sweep, values=course.values).sentence  # a turn asks for one value; the reader for all


def _point(at: int, row: Row) -> dict[str, object]:
    return {"at": at, "min_s": row.min_s, "said": said.time(row.min_s), "flags": list(row.flags)}


def _printed(line: dict) -> dict[str, object]:
    """Return a line of source 004: its name and its points."""
    points = [{"at": at, "s": s, "said": said.time(s)} for at, s in line["points"]]
    return {"label": line["label"], "points": points}


def _crossing(one: Crossing) -> dict[str, object]:
    return {
        "at": one.at, "a": one.a, "b": one.b, "leads": one.leads, "sentence": one.sentence,
        "said": said.digits(one.at, 2),
    }  # fmt: skip


def _refused(sweep: Sweep) -> list[dict[str, object]]:
    """Return what has no time at a value, and why; without a name where there is no such convolution."""
    lines = sweep.series
    rows = [
        {"at": at, "name": row.name, "says": row.says or row.state}
        for at, race in sorted(sweep.points.items())
        for row in race.rows
        if row.is_final and at not in lines.get(row.name, ())
    ]
    return [{"at": at, "name": None, "says": why} for at, why in sorted(sweep.problems.items())] + rows
