"""The chart of a sweep: a line per backend over one axis, where two of them cross, and what source 004 printed."""

from __future__ import annotations

from collections.abc import Iterable
from math import log10

from convlab.dashboard.state.race import said
from convlab.dashboard.state.race.course import AXIS_VALUES, Course, axis_title
from convlab.dashboard.state.race.live import Sweeping

HEADINGS = {
    "K": "Where FFT takes over",
    "S": "What larger images cost",
    "N": "What more images cost",
    "C": "What channels cost",
    "stride": "What a stride saves",
}
EMPTY = "One run of {values} shows where one implementation overtakes another."


def sweep_of(course: Course, live: Sweeping, overlay: Iterable[dict[str, object]] = ()) -> dict[str, object]:
    """Return the sweep of the scene.

    Parameters
    ----------
    overlay : iterable of dict
        ``label`` and ``points`` as pairs of (value, seconds): numbers that a source printed.
    """
    sweep, spec = live.sweep, course.spec
    points = {} if sweep is None else dict(sweep.points)
    stops = sorted(points) or course.values
    series = _series(points)
    faint = [{"label": one["label"], "points": list(one["points"])} for one in overlay]
    across = _across([*points, *(at for one in faint for at, _ in one["points"])] or course.values)
    up = said.scale_of(
        [s for _, times in series for _, s, _ in times] + [s for one in faint for _, s in one["points"]]
    )
    return {
        "axis": course.axis,
        "axes": [dict(zip(("id", "title", "why"), (one, *axis_title(one, spec)), strict=True)) for one in AXIS_VALUES],
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
                "points": [
                    {"at": at, "min_s": s, "said": said.time(s), "flags": list(flags), "x": across(at), "y": up.at(s)}
                    for at, s, flags in times
                ],
            }
            for kind, (name, times) in enumerate(series)
        ],
        "overlay": [
            {
                "label": one["label"],
                "points": [
                    {"at": at, "s": s, "said": said.time(s), "x": across(at), "y": up.at(s)} for at, s in one["points"]
                ],
            }
            for one in faint
        ],
        "crossings": [_crossing(one, across, up) for one in (() if sweep is None else sweep.crossings)],
        "refused": _refused(points),
        "scale": {
            "x": {"ticks": [{"value": at, "label": str(at), "at": across(at)} for at in stops]},
            "y": {
                "low_s": up.low,
                "high_s": up.high,
                "ticks": [{"s": s, "label": label, "at": up.at(s)} for s, label in up.decades()],
            },
        },
    }  # fmt: skip


def sentence(course: Course, live: Sweeping) -> str:
    """Return what stands under the heading of the chart."""
    if live.state in ("running", "queued"):
        return live.doing or f"It waits for its turn: {course.axis} = {', '.join(map(str, course.values))}."
    if live.sweep is None or not live.sweep.points:
        return EMPTY.format(values=f"{course.axis} = {', '.join(map(str, course.values))}")
    return live.sweep.sentence


def _series(points: dict[int, object]) -> list[tuple[str, list[tuple[int, float, tuple[str, ...]]]]]:
    """Return for each backend its times along the axis, in the order of the backends."""
    found: dict[str, list[tuple[int, float, tuple[str, ...]]]] = {}
    for at in sorted(points):
        for row in points[at].rows:
            if row.state == "timed" and row.min_s:
                found.setdefault(row.name, []).append((at, row.min_s, tuple(row.flags)))
    return list(found.items())


def _refused(points: dict[int, object]) -> list[dict[str, object]]:
    return [
        {"at": at, "name": row.name, "says": row.says}
        for at in sorted(points)
        for row in points[at].rows
        if row.state not in ("timed", "waiting", "checking", "timing")
    ]


def _crossing(one: object, across: object, up: said.Scale) -> dict[str, object]:
    return {
        "at": one.at, "a": one.a, "b": one.b, "sentence": one.sentence, "said": said.digits(one.at, 2),
        "x": across(one.at), "y": up.at(one.seconds),
    }  # fmt: skip


def _across(values: Iterable[float]) -> object:
    """Return where a value of the axis stands, from 0 to 1, by its logarithm."""
    low, high = (log10(edge(values)) for edge in (min, max))

    def at(value: float) -> float:
        return 0.5 if high == low else round((log10(value) - low) / (high - low), 4)

    return at
