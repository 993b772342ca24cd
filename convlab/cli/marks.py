"""Matches in a terminal: each is printed when it is played, and below it runs who is at it."""

from __future__ import annotations

import time

from rich.console import Console, Group, RenderableType
from rich.text import Text

from convlab.cli import watch
from convlab.cli.bars import Scale, bar
from convlab.cli.picture import meter
from convlab.timing.benches.goals import met, verdicts
from convlab.timing.benches.match import Bout
from convlab.timing.benches.matched import Mark, Match, Matches
from convlab.timing.benches.matches import Played
from convlab.timing.benches.table import ceilings, machine
from convlab.timing.shapes.suites import Suite
from convlab.timing.words import duration, percent, times

MOST = 6  # of one side, that are drawn
NAMES = 44  # columns of a name


class Field:
    """Follows a suite of matches, and prints each when it is played.

    Parameters
    ----------
    where : Console
    """

    def __init__(self, where: Console) -> None:
        self.where, self.played, self.printed, self._drawn = where, None, 0, 0.0
        self.shown, self.draw = (
            watch.live(where, self.picture) if watch.lively(where) else (None, lambda *_: None)
        )

    def __call__(self, news: object) -> None:
        if isinstance(news, Played):
            self.played = news
            self._print(news.found)
        elif isinstance(news, Bout):
            now = time.monotonic()
            if now - self._drawn >= watch.DRAW_S:
                self._drawn = now
                self.draw(news.progress, f"{news.id}  {news.name}, {news.output} outputs")
        else:
            self.draw(0.0, watch.WAITS)

    def picture(self, share: float, now: str) -> RenderableType:
        """Return how far the suite has come, and who is at it."""
        count = self.played.count if self.played else 1
        done = len(self.played.found.matches) if self.played else 0
        return meter(
            (done + share) / max(1, count), f"({min(done + 1, count)} of {count})  {now}", self.where.width
        )

    def begin(self, suite: Suite) -> None:
        """Print which shapes are played, and where they come from."""
        self._say(Text.assemble((suite.name, "bold"), (f"  {suite.source}", "dim")))
        self._say(Text())

    def close(self, found: Matches) -> None:
        """Print what is not printed yet, the goals, and the machine."""
        self._print(found)
        all_ = list(verdicts(found))
        for one in all_:
            ink = ("✓ ", "bold green") if one.is_met else ("✗ ", "bold red")
            self._say(Text.assemble(ink, f"{one.id}  {one.goal}  ", (one.text, "dim")))
        if all_:
            self._say(Text("{} of {} goals met.".format(*met(all_)), style="bold"))
        if found.state == "stopped":
            self._say(Text("Stopped before the end.", style="yellow"))
        if found.ceilings:
            self._say(Text(ceilings(found), style="dim"))
        self._say(Text(machine(found), style="dim"))

    def _print(self, found: Matches) -> None:
        for match in found.matches[self.printed :]:
            self._say(block(found, match, self.where.width))
        self.printed = len(found.matches)

    def _say(self, what: RenderableType) -> None:
        if not self.where.stderr or self.shown is not None:
            self.where.print(what)
            self.where.file.flush()


def block(found: Matches, match: Match, width: int) -> RenderableType:
    """Return a match as bars: the fastest of both sides with reused outputs, and the times with fresh ones beside."""
    ours, theirs = match.timed(True)[:MOST], match.timed(False)[:MOST]
    rows = sorted([*ours, *theirs], key=lambda mark: mark.min_s)
    head = Text.assemble((match.id, "bold"), f"  {match.group}, {match.title}")
    if not rows:
        return Group(head, Text("  nobody has a time", "red"), Text())
    scale = Scale.over([mark.min_s for mark in rows])
    names = min(NAMES, max(len(mark.name) for mark in rows))
    room = max(12, min(width, 150) - names - 56)
    return Group(head, *(_bar(found, match, mark, scale, names, room) for mark in rows), Text())


def _bar(found: Matches, match: Match, mark: Mark, scale: Scale, names: int, room: int) -> Text:
    share, best = found.share(match, mark), match.best(True)
    fresh = next((one for one in match.marks if (one.name, one.output) == (mark.name, "fresh")), None)
    said = f"{duration(mark.min_s):>8} {percent(share) if share else '':>6} of peak"
    said += f"  fresh {duration(fresh.min_s):>8}" if fresh is not None and fresh.min_s else " " * 16
    ahead = f" {times(mark.min_s / best.min_s):>6}" if best and not mark.ours else ""
    name = mark.name if len(mark.name) <= names else f"{mark.name[: names - 1]}…"
    style = "green" if mark.ours else "bright_black"
    drawn = bar(scale, mark.min_s, mark.min_s, room, style)
    return Text.assemble(
        (f"  {name:<{names}} ", "bold green" if mark is best else ""), drawn, f" {said}", ahead
    )
