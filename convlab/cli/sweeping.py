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
from convlab.timing import axis as axes
from convlab.timing.atomic import write
from convlab.timing.result import Race
from convlab.timing.sweep import Point, sweeping
from convlab.timing.swept import Sweep
from convlab.timing.titles import subtitle, title


def swept(wish: argparse.Namespace, spec: ConvSpec, names: Sequence[str] | None) -> Sweep:
    """Run the sweep that is asked for, show it, and return it."""
    axis, _, text = wish.sweep.partition("=")
    axis = axes.named(axis)
    values = axes.values_of(axis, text) if text else axes.USUAL[axis]
    resume = _earlier(wish.resume)
    where = watch.console(wish.json)
    steps = sweeping(
        spec, axis, values, names, budget_s=wish.budget, limits=asking.limits_of(wish), resume=resume
    )
    found = _watched(asking.sent(wish, steps), spec, where, wish.resume)
    if wish.resume:
        write(wish.resume, found.to_json())
    if not wish.json:
        where.print(
            whole(found, where.width) if where.is_terminal else str(found), soft_wrap=not where.is_terminal
        )
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
    parts += [
        Text(f"{found.axis} = {value}: {why}", style="yellow")
        for value, why in sorted(found.problems.items())
    ]
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
    """Follows a sweep: which point is raced, and all that is there."""

    def __init__(self, spec: ConvSpec, draw: object, keep: Path | None) -> None:
        self.point: Point | None = None
        self.keep = keep
        self.watcher = watch.Watcher(spec, draw)

    def __call__(self, news: object) -> None:
        if isinstance(news, Point):
            self.point = news
            if self.keep is not None and news.sweep.points:
                write(self.keep, news.sweep.to_json())
        self.watcher(news)

    def picture(self, race: Race, share: float, now: str, width: int) -> RenderableType:
        """Return the table so far, and how far the race of this point has come."""
        point = self.point
        done = (point.n + share) / max(1, point.count)
        doing = f"{point.sweep.axis} = {point.value}  {now}"
        return Group(*_head(point.sweep), plot.times(point.sweep, width), Text(), meter(done, doing, width))


def _watched(steps: object, spec: ConvSpec, where: Console, keep: Path | None) -> Sweep:
    course = _Course(spec, lambda *_: None, keep)
    if not watch.lively(where):
        return watch.drive(steps, course)
    shown, course.watcher.draw = watch.live(where, lambda *what: course.picture(*what, where.width))
    return watch.drive(steps, course, shown)
