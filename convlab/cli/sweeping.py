"""`race --sweep`: the same race at several values of one axis, kept after every point."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.text import Text

from convlab.cli import asking, plot, watch
from convlab.cli.picture import machine, meter
from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race
from convlab.timing.shapes.titles import subtitle, title
from convlab.timing.sweeps import axis as axes
from convlab.timing.sweeps.sweep import Point
from convlab.timing.sweeps.swept import Sweep


def swept(wish: argparse.Namespace, spec: ConvSpec, names: Sequence[str] | None) -> Sweep:
    """Run the sweep that is asked for, show it, and return it."""
    axis, _, text = wish.sweep.partition("=")
    axis = axes.named(axis)
    values = axes.values_of(axis, text) if text else axes.USUAL[axis]
    resume = _earlier(wish.resume)
    where, limits = watch.console(wish.json), asking.limits_of(wish)
    course = _Course(spec, where, wish.resume)
    with asking.place_of(wish) as place:
        found = watch.drive(
            lambda report: place.sweep(
                spec, axis, values, names, budget_s=wish.budget, limits=limits, resume=resume, report=report
            ),
            course, course.shown, place.stop,
        )  # fmt: skip
    if wish.resume:
        asking.save(wish.resume, found.to_json())
    watch.show(where, wish.json, found, lambda: whole(found, where.width))
    return found


def _earlier(place: Path | None) -> Sweep | None:
    if place is None or not place.is_file():
        return None
    try:
        return Sweep.from_json(place.read_text(encoding="utf-8"))
    except (SpecError, OSError, UnicodeDecodeError) as error:
        found = getattr(error, "found", "") or "It does not read."
        raise SpecError(f"Asked to resume {place}.", found, "Give a file that --resume wrote.") from None


def whole(found: Sweep, width: int) -> RenderableType:
    """Return all of a sweep, ready to print."""
    parts: list[RenderableType] = [*_head(found), plot.times(found, width), Text()]
    if (chart := plot.lines(found, width)) is not None:
        parts += [chart, Text()]
    parts.append(Text(found.sentence, style="bold" if found.state == "done" else ""))
    parts += [Text(f"{found.axis} = {value}: {why}", style="yellow") for value, why in found.notes.items()]
    last = next(reversed(found.points.values()), None)
    return Group(*parts, *([machine(last)] if last else []))


def _head(found: Sweep) -> list[RenderableType]:
    return [
        Text(title(found.spec), style="bold"),
        Text(subtitle(found.spec), style="dim"),
        Text.assemble(("along ", "dim"), (found.axis, "bold"), (f", the {axes.AXES[found.axis]}", "dim")),
        Text(),
    ]


class _Course:
    """Follows a sweep: keeps what is there after each point, and draws it where that can be drawn again."""

    def __init__(self, spec: ConvSpec, where: Console, keep: Path | None) -> None:
        self.point: Point | None = None
        self.where, self.keep = where, keep
        self.shown, draw = watch.live(where, self.picture) if watch.lively(where) else (None, lambda *_: None)
        self.watcher = watch.Watcher(spec, draw)

    def __call__(self, news: object) -> None:
        if isinstance(news, Point):
            self.point = news
            if self.keep is not None and news.sweep.points:
                asking.save(self.keep, news.sweep.to_json())
        self.watcher(news)

    def picture(self, race: Race, share: float, now: str) -> RenderableType:
        """Return the table so far, and how far the race of this point has come."""
        point, width = self.point, self.where.width
        if point is None:
            return meter(0.0, now, width)
        doing = f"{point.sweep.axis} = {point.value}  {now}"
        meter_ = meter((point.n + share) / max(1, point.count), doing, width)
        return Group(*_head(point.sweep), plot.times(point.sweep, width), Text(), meter_)
