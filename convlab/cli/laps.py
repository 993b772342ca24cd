"""A bench in a terminal: each shape is printed when it is done, and below it runs what is being raced."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.text import Text

from convlab.backends import CATALOGUE
from convlab.cli import watch
from convlab.cli.bars import Scale, bar
from convlab.cli.picture import meter
from convlab.timing.bench import NEAR, Bench, Lap, Line
from convlab.timing.report import facts, markdown
from convlab.timing.result import Race, Row
from convlab.timing.titles import title
from convlab.timing.words import duration, times

_NAME = max(map(len, CATALOGUE))


class Course:
    """Follows a bench, and shows it: drawn on a terminal, as a table in Markdown in a pipe.

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
        said = f"{lap.workload.id} ({lap.n + 1} of {lap.count})  {now}"
        return meter((lap.n + share) / max(1, lap.count), said, self.where.width)

    def close(self, found: Bench) -> None:
        """Print what is not printed yet: the last shape, what auto keeps of its promises, and the machine."""
        if self.shown is None:
            if not self.where.stderr:
                print(markdown(found))
            return
        self._print(found)
        parts = [
            Text.assemble(("✓ ", "bold green") if goal.is_met else ("✗ ", "bold red"), goal.text)
            for goal in found.goals
        ]
        if found.state == "stopped":
            parts.append(Text("Stopped before the end.", style="yellow"))
        self.where.print(
            Text(), *parts, Text(" · ".join(facts(found.machine, found.when)), style="dim"), sep="\n"
        )

    def _print(self, found: Bench) -> None:
        """Print the shapes that are done and not printed yet, above what is drawn again."""
        for line in found.lines[self.printed :]:
            if self.shown is not None:
                self.where.print(
                    block(line, self.where.width) if line.peers else single(line, self.where.width)
                )
        self.printed = len(found.lines)


def single(line: Line, width: int) -> Text:
    """Return a shape in one line: its name, what auto takes, and how near that is to the best."""
    auto, lag, plain = line.auto, line.lag(line.tuned), line.lag(line.usual)
    text = Text(f"{line.workload.id:<12} ", style="dim")
    ends = Text(f"{line.tuned or 'none':<{_NAME}} {duration(auto.min_s) if auto else '–':>8}  ", style="bold")
    if lag is None:
        ends.append("no time", "red")
    elif line.best is auto:
        ends.append("best", "green")
    else:
        ends.append(f"{times(lag)} {line.best.name}", "green" if lag <= NEAR else "red")
    if plain is not None and plain > NEAR:
        ends.append(f"  untuned {times(plain)}", "yellow")
    room = max(10, width - len(text) - _NAME - 8 - 30)
    named = Text(title(line.race.spec))
    named.truncate(room, overflow="ellipsis", pad=True)
    return Text.assemble(text, named, " ", ends)


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
    roles += ["auto, untuned"] * (row.name == line.usual != line.tuned)
    style = "green" if row is line.auto else "blue" if row.name in CATALOGUE else "bright_black"
    ahead = line.ahead(row)
    against = f"{times(ahead):>7}" if ahead and row.name not in CATALOGUE else ""
    drawn = bar(scale, row.min_s, row.min_s, room, style)
    if roles:
        length, said = len(drawn.plain.rstrip(" ┊")), " " + ", ".join(roles)
        if length + len(said) <= room:
            drawn = Text.assemble(
                drawn[:length], (said, "bold" if row is line.auto else ""), drawn[length + len(said) :]
            )
    name = Text(f"  {row.name:<{names}} ", style="bold green" if row is line.auto else "")
    return Text.assemble(name, drawn, f" {duration(row.min_s):>8}", (against, "bold"))
