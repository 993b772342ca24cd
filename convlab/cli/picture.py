"""A race in a terminal: bars on a log scale, each time beside its error and its memory, and the refused with a reason.

It is drawn between two slices of timing, never during one, so that drawing disturbs no time.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from convlab.cli.bars import Scale, axis, bar, strip
from convlab.memory import size
from convlab.timing.benches.report import facts
from convlab.timing.races.result import Race, Row
from convlab.timing.races.show import ordered
from convlab.timing.shapes.titles import subtitle, title
from convlab.timing.words import duration, percent, small

WIDE = 108  # columns from which all figures fit beside the bars
MOST = 140  # more than that no eye follows
KINDS = {
    "over a limit": ("◷", "yellow"),
    "not by this backend": ("⊘", "blue"),
    "not on this machine": ("○", "blue"),
    "no such convolution": ("✗", "red"),
    "stopped": ("■", "yellow"),
}


def picture(
    race: Race, width: int, *, progress: float | None = None, now: str = "", ends_with: Text | None = None
) -> RenderableType:
    """Return all of a race, ready to print.

    Parameters
    ----------
    width : int
        Columns of the terminal; 80 and 120 are both enough.
    progress : float, optional
        While it runs, the share that is done; the rows then stay in the order in which they were asked for.
    now : str
        While it runs, what is done at this moment.
    ends_with : Text, optional
        Stands in the place of the race's own sentence.
    """
    width = min(width, MOST)
    running = progress is not None
    rows = list(race.rows) if running else ordered(race.rows)
    raced = [row for row in rows if row.state not in ("refused", "lost")]
    parts: list[RenderableType] = [head(race)]
    if running:  # above the rows: what does not fit a terminal is cut off below
        parts += [meter(progress, now, width), Text()]
    if raced:
        parts.append(_table(race, raced, width))
    if absent := [row for row in rows if row.state in ("refused", "lost")]:
        parts += [Text(), _absent(absent, brief=running)]
    if not running:
        parts += [Text(), ends_with or sentence(race), *_doubts(raced), machine(race)]
    return Group(*parts)


def head(race: Race) -> RenderableType:
    """Return what is raced, in two lines and one that is empty."""
    return Group(Text(title(race.spec), style="bold"), Text(subtitle(race.spec), style="dim"), Text())


def sentence(race: Race) -> RenderableType:
    """Return who won, with the winner's name standing out."""
    said = Text(race.sentence)
    if race.winner:
        said.highlight_words([race.winner.name, *race.ties], style="bold green")
    return said


def _table(race: Race, rows: Sequence[Row], width: int) -> Table:
    wide, table = width >= WIDE, Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    figures = [_figures(row, wide) for row in rows]
    heads = _figures(None, wide)
    names = max(len("backend"), *(len(row.name) for row in rows))
    taken = [max(len(line[n]) for line in (heads, *figures)) for n in range(len(heads))]
    room = max(14, width - names - 2 - sum(taken) - 2 * len(taken))
    remarks = [_remark(race, row) for row in rows]
    scale = Scale.over([time for row in rows for time in (row.min_s, row.q3_s) if time])
    table.add_column("backend", no_wrap=True)
    table.add_column(axis(scale, room), width=room, no_wrap=True)
    for name in heads:
        table.add_column(name, justify="left" if "┃" in name.plain else "right", no_wrap=True)
    for row, remark, cells in zip(rows, remarks, figures):
        table.add_row(Text(row.name, _ink(race, row)[0]), _bar(race, row, remark, scale, room), *cells)
    return table


def _bar(race: Race, row: Row, words: Sequence[str], scale: Scale, room: int) -> Text:
    """Return the bar of a row with its remark: to the right of it where there is room, else at its end, inside."""
    ink = _ink(race, row)
    if not row.min_s:
        return Text(words[0] if words else "", style=ink[0])
    text = bar(scale, row.min_s, row.q3_s or row.min_s, room, ink[1])
    length = len(text.plain.rstrip(" ┊"))
    for word in words:
        if length + 1 + len(word) <= room:
            return Text.assemble(text[:length], " ", (word, ink[0]), text[length + 1 + len(word) :])
        if length >= len(word) + 4:
            inside = Text(f" {word} ", style=f"{ink[1]} reverse")
            return Text.assemble(text[: length - len(inside) - 1], inside, text[length - 1 :])
    return text


def _ink(race: Race, row: Row) -> tuple[str, str]:
    """Return the style of a row's name and of its bar."""
    if row is race.winner:
        return "bold green", "green"
    if row.name in race.ties:
        return "bold", "green"
    inks = {"wrong": ("bold red", "red"), "pruned": ("dim", "bright_black"), "waiting": ("dim", "dim")}
    return {**inks, "checking": ("cyan", "blue"), "timing": ("cyan", "blue")}.get(row.state, ("", "blue"))


def _remark(race: Race, row: Row) -> tuple[str, ...]:
    """Return the word beside a bar, and a shorter one: won, tied, or how far it has come."""
    if row.state == "timing":
        return (f"{row.blocks} block{'s' * (row.blocks != 1)}",)
    if row.state == "pruned":
        return "left behind", "behind"
    if row.state != "timed":
        return (row.state,)
    if race.state != "running" and row is race.winner:
        return "fastest here", "fastest"
    return ("tie",) if race.state != "running" and row.name in race.ties else ()


def _figures(row: Row | None, wide: bool) -> list[Text]:
    """Return the figures of a row, or of the head without one: the same columns in the same order."""
    if row is None:
        heads = ["least", "± IQR "] + ["GFLOP/s", "first call"] * wide + ["error, bound ┃"]
        return [Text(name, style="dim") for name in heads + (["workspace", "peak"] if wide else ["memory"])]
    timed = row.min_s is not None
    cells = [
        Text(duration(row.min_s) if timed else "", style="bold"),
        Text(_spread(row) if timed else "", style="yellow" if row.flags else "dim"),
    ]
    if wide:
        cells.append(Text(f"{row.gflops:.3g}" if row.gflops is not None else ""))
        cells.append(Text(duration(row.first_call_s) if row.first_call_s is not None else "", style="dim"))
    cells.append(_error(row, 7 if wide else 5))
    memory = [row.workspace_bytes, row.peak_bytes]
    if not wide:
        memory = [row.workspace_bytes if row.peak_bytes is None else row.peak_bytes]
    return cells + [
        Text("" if count is None else "none" if count == 0 else size(count).replace(".0 ", " "))
        for count in memory
    ]


def _spread(row: Row) -> str:
    """Return the spread of a row; a question mark where there is doubt about its time."""
    said = f"± {percent(row.summary.spread)}" if row.blocks > 1 else "1 block"
    return said + ("?" if row.flags else " ")


def _error(row: Row, cells: int) -> Text:
    if row.error is None:
        return Text("")
    mark = "~" if row.checked == "sampled" else " "
    return Text.assemble(small(row.error).rjust(6), (mark, "yellow"), strip(row.share, cells))


def _absent(rows: Sequence[Row], brief: bool) -> Table:
    """Return the rows without a time: what kind of no, and the whole sentence (its first line while others run)."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim", min_width=max(len(row.name) for row in rows))
    table.add_column(no_wrap=brief, overflow="ellipsis" if brief else "fold")
    for row in rows:
        glyph, colour = KINDS.get(row.kind or "", ("✗", "red"))
        kind = Text(f"{glyph} {row.kind or row.state}", style=colour)
        said = " ".join(part for part in (row.says, row.hint) if part)
        table.add_row(row.name, Text.assemble(kind, ("  " + said if said else "", "")))
    return table


def _doubts(rows: Sequence[Row]) -> list[RenderableType]:
    """Return what the words of doubt mean, each once; and that ~ marks a sample."""
    from convlab.timing.races.statistics import FLAGS

    seen: dict[str, list[str]] = {}
    for row in rows:
        for flag in row.flags:
            seen.setdefault(flag, []).append(row.name)
    said = [f"? {flag} ({', '.join(names)}): {FLAGS.get(flag, '')}" for flag, names in seen.items()]
    if any(row.checked == "sampled" for row in rows):
        said.append("~ checked on a sample of the outputs that holds every edge, not on all.")
    return [Text(line, style="yellow") for line in said]


def machine(race: Race) -> RenderableType:
    """Return what the times depend on, in a faint line or two."""
    return Text(" · ".join(facts(race.machine, race.when)), style="dim")


def meter(progress: float, now: str, width: int) -> RenderableType:
    """Return the progress of the whole race: a bar, a percentage, what is done now."""
    line = Table.grid(padding=(0, 2, 0, 0))
    bar_width = max(20, width // 3)
    line.add_row(
        ProgressBar(total=1.0, completed=progress, width=bar_width),
        Text(f"{progress * 100:3.0f} %"),
        Text(now, style="dim", no_wrap=True, overflow="ellipsis"),
    )
    return Padding(line, 0)
