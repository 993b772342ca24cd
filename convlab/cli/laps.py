"""A bench in a terminal: each shape is printed when it is done, and below it runs what is being raced."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.text import Text

from convlab.backends import CATALOGUE
from convlab.cli import watch
from convlab.cli.bars import Scale, bar
from convlab.cli.picture import WIDE, meter
from convlab.timing.benches.bench import Lap
from convlab.timing.benches.benched import NEAR, Bench, Line
from convlab.timing.benches.report import facts
from convlab.timing.races.result import Race, Row
from convlab.timing.shapes.suites import Suite
from convlab.timing.shapes.titles import title
from convlab.timing.words import duration, times

_NAME = max(map(len, CATALOGUE))


class Course:
    """Follows a bench, and prints each shape when it is done.

    Parameters
    ----------
    where : Console
    """

    def __init__(self, where: Console) -> None:
        self.where, self.lap, self.printed = where, None, 0
        self.shown, draw = watch.live(where, self.picture) if watch.lively(where) else (None, lambda *_: None)
        self.watcher = watch.Watcher(None, draw)

    def __call__(self, news: object) -> None:
        if isinstance(news, Lap):
            self.lap = news
            self.watcher.begin(news.workload.spec if news.workload else None)
            self._print(news.bench)
        else:
            self.watcher(news)

    def picture(self, race: Race, share: float, now: str) -> RenderableType:
        """Return how far the bench has come, and what it does."""
        lap = self.lap
        if lap is None or lap.workload is None:
            return meter(float(lap is not None), now, self.where.width)
        said = f"{lap.workload.id} ({lap.n + 1} of {lap.count})  {now}"
        return meter((lap.n + share) / max(1, lap.count), said, self.where.width)

    def begin(self, suite: Suite) -> None:
        """Print which shapes are raced, and where they come from."""
        self._say(Text.assemble((suite.name, "bold"), (f"  {suite.source}", "dim")))
        self._say(Text())

    def close(self, found: Bench) -> None:
        """Print what is not printed yet: the last shape, what auto keeps of its promises, and the machine."""
        self._print(found)
        ink = {True: ("✓ ", "bold green"), False: ("✗ ", "bold red")}
        if not (found.lines and found.lines[-1].peers):  # a block ends with an empty line of its own
            self._say(Text())
        for goal in found.goals:
            self._say(Text.assemble(ink[goal.is_met], goal.text))
        if any(row.flags for line in found.lines for row in line.race.rows):
            self._say(
                Text(
                    "? noisy or disturbed: something else ran meanwhile, or the times spread widely.",
                    "yellow",
                )
            )
        if found.state == "stopped":
            self._say(Text("Stopped before the end.", style="yellow"))
        self._say(Text(" · ".join(facts(found.machine, found.when)), style="dim"))

    def _print(self, found: Bench) -> None:
        """Print the shapes that are done and not printed yet, above what is drawn again."""
        for line in found.lines[self.printed :]:
            ids = max(len(one.workload.id) for one in found.lines)
            self._say(block(line, self.where.width) if line.peers else single(line, self.where.width, ids))
        self.printed = len(found.lines)

    def _say(self, what: RenderableType) -> None:
        if not self.where.stderr or self.shown is not None:  # beside JSON a person reads, or nobody
            self.where.print(what)
            self.where.file.flush()


def single(line: Line, width: int, ids: int = 9) -> Text:
    """Return a shape in one line: its name, what auto takes, and how near that is to the best."""
    lag, plain = line.lag(line.tuned), line.lag(line.usual)
    ends = Text(f"{line.tuned or 'none':<{_NAME}} {_time(line.auto)} ", style="bold")
    if lag is None:
        ends.append("no time", "red")
    elif line.best is line.auto:
        ends.append("best", "green")
    else:
        ends.append(f"{times(lag)} {line.best.name}", "green" if lag <= NEAR else "red")
    if plain is not None and plain > NEAR and width >= WIDE:
        ends.append(f"  untuned {line.usual} {times(plain)}", "yellow")
    begin = Text(f"{line.workload.id:<{ids}} ", style="dim")
    named = Text(title(line.race.spec))
    named.truncate(
        max(10, width - len(begin) - _NAME - (60 if width >= WIDE else 33)), overflow="ellipsis", pad=True
    )
    return Text.assemble(begin, named, " ", ends)


def _time(row: Row | None) -> str:
    return f"{duration(row.min_s) if row else '–':>8}{'?' if row and row.flags else ' '}"


def block(line: Line, width: int) -> RenderableType:
    """Return a shape with a bar each for auto, the best backend and the library functions called raw."""
    rows = {row.name: row for row in (line.auto, line.best, line.row(line.usual), *line.peers) if row}
    names = max([len(name) for name in rows] or [0])
    scale = Scale.over([row.min_s for row in rows.values()])
    room = max(12, min(width, 132) - names - 24)
    head = Text.assemble((line.workload.id, "bold"), "  ", title(line.race.spec))
    found = [head]
    for row in sorted(rows.values(), key=lambda row: row.min_s):
        found.append(_bar(line, row, scale, names, room))
    return Group(*found, Text())


def _bar(line: Line, row: Row, scale: Scale, names: int, room: int) -> Text:
    roles = ["auto"] * (row is line.auto) + ["best"] * (row is line.best)
    roles += ["auto untuned"] * (row.name == line.usual != line.tuned)
    style = "green" if row is line.auto else "blue" if row.name in CATALOGUE else "bright_black"
    ahead = line.ahead(row)
    against = f"{times(ahead):>7}" if ahead and row.name not in CATALOGUE else ""
    drawn = bar(scale, row.min_s, row.min_s, room, style)
    if roles:
        length, said = len(drawn.plain.rstrip(" ┊")), " " + " · ".join(roles)
        if length + len(said) <= room:
            drawn = Text.assemble(
                drawn[:length], (said, "bold" if row is line.auto else ""), drawn[length + len(said) :]
            )
    name = Text(f"  {row.name:<{names}} ", style="bold green" if row is line.auto else "")
    return Text.assemble(name, drawn, f" {_time(row)}", (against, "bold"))
