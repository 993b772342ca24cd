"""A sweep in a terminal: a table of times, backends down and values across, and the lines as a picture of dots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from convlab.timing.sweeps.swept import Sweep
from convlab.timing.words import duration

COLOURS = ("green", "blue", "magenta", "cyan", "yellow", "red", "bright_green", "bright_blue")
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille cell, row by row
_HEIGHT = 12  # lines
_OTHERS = 6  # lines drawn: more are a tangle, and the table has them all


def times(found: Sweep, width: int) -> RenderableType:
    """Return the table of least times: the fastest of each value stands out; as many tables as the width needs.

    Parameters
    ----------
    found : Sweep
    width : int
        Columns of the terminal.
    """
    values = sorted({*found.points, *found.problems})
    names = [*found.series]
    first = max([len(found.axis), *map(len, names), *(len(_short(one)) for one in found.overlay)], default=1)
    each = max(1, (width - first - 2) // 10)
    blocks = [values[n : n + each] for n in range(0, len(values), each)]
    return Group(*(_block(found, names, block) for block in blocks))


def _block(found: Sweep, names: Sequence[str], values: Sequence[int]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column(found.axis, no_wrap=True)
    for value in values:
        table.add_column(str(value), justify="right", no_wrap=True, min_width=8)
    best = {value: race.winner.name for value, race in found.points.items() if race.winner}
    for name in names:
        line = found.series[name]
        cells = (Text(*_cell(found, name, value, line, best)) for value in values)
        table.add_row(Text(name, "bold" if name in best.values() else ""), *cells)
    for one in found.overlay:
        recorded = dict(one["points"])
        cells = [duration(recorded[value]) if value in recorded else "" for value in values]
        if any(cells):
            table.add_row(_short(one), *cells, style="dim italic")
    return table


def _short(recorded: Mapping) -> str:
    return recorded["label"].replace("scipy.", "")


def _cell(found: Sweep, name: str, value: int, line: Mapping, best: Mapping[int, str]) -> tuple[str, str]:
    if value in line:
        row, said = line[value], duration(line[value].min_s)
        if best.get(value) == name:
            return f"{said}*", "bold green"
        return f"{said} ", "dim" if row.state == "pruned" else "yellow" * bool(row.flags)
    race = found.points.get(value)
    row = next((row for row in race.rows if row.name == name), None) if race else None
    words = {"pruned": "behind", "refused": "–", None: "–"}
    state = row.state if row else None
    return f"{words.get(state, state)} ", "dim"


def lines(found: Sweep, width: int, height: int = _HEIGHT) -> RenderableType | None:
    """Return the times as lines of dots, both axes on log scales, each line named at its right end.

    None when there are fewer than two points to join.
    """
    drawn = _drawn(found)
    places = sorted({value for line in drawn.values() for value in line})
    if len(places) < 2:
        return None
    label = max(map(len, drawn)) + 1
    cells = max(20, width - label - 10)
    seconds = [time for line in drawn.values() for time in line.values()]
    low, high = floor(log10(min(seconds)) * 2) / 2, ceil(log10(max(seconds)) * 2) / 2
    high = max(high, low + 0.5)

    def spot(value: float, time: float) -> tuple[float, float]:
        across = (log10(value) - log10(places[0])) / (log10(places[-1]) - log10(places[0]))
        return across * (cells * 2 - 1), (high - log10(time)) / (high - low) * (height * 4 - 1)

    canvas: dict[tuple[int, int], tuple[int, str]] = {}
    ends: dict[str, int] = {}
    for (name, line), colour in zip(drawn.items(), COLOURS):
        points = [spot(value, line[value]) for value in sorted(line)]
        for begin, end in zip(points, points[1:] or points):
            _stroke(canvas, begin, end, colour)
        ends[name] = int(points[-1][1]) // 4
    for one in found.crossings:
        if one.leads and {one.a, one.b} <= set(drawn):
            across, down = spot(one.at, one.seconds)
            canvas[int(down) // 4, int(across) // 2] = (-1, "bold")
    names = {row: (name, COLOURS[list(drawn).index(name)]) for row, name in _labels(ends, height).items()}
    text = Text()
    for row in range(height):
        text.append_text(_tick(row, height, low, high))
        for column in range(cells):
            dots, colour = canvas.get((row, column), (0, ""))
            text.append("◯" if dots < 0 else chr(0x2800 + dots) if dots else " ", colour)
        text.append(f" {names[row][0]}\n" if row in names else "\n", names.get(row, ("", ""))[1])
    text.append_text(_below(found.axis, places, cells))
    return text


def _drawn(found: Sweep) -> dict[str, dict[int, float]]:
    """Return the lines worth drawing: those that are the fastest somewhere, then those nearest to them."""
    series = {name: {value: row.min_s for value, row in line.items()} for name, line in found.series.items()}
    best = {
        value: min(line[value] for line in series.values() if value in line)
        for value in found.points
        if found.points[value].winner
    }
    far = {name: min(line[value] / best[value] for value in line) for name, line in series.items()}
    return {name: series[name] for name in sorted(series, key=far.get)[:_OTHERS]}


def _stroke(canvas: dict, begin: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """Set the dots of a straight line."""
    steps = max(1, ceil(max(abs(end[0] - begin[0]), abs(end[1] - begin[1]))))
    for n in range(steps + 1):
        across = round(begin[0] + (end[0] - begin[0]) * n / steps)
        down = round(begin[1] + (end[1] - begin[1]) * n / steps)
        cell = (down // 4, across // 2)
        canvas[cell] = (canvas.get(cell, (0, ""))[0] | _DOTS[down % 4][across % 2], colour)


def _labels(ends: Mapping[str, int], height: int) -> dict[int, str]:
    """Return a line of its own for each name, as near as can be to where its own line ends, in the same order."""
    order = sorted(ends, key=ends.get)
    rows: list[int] = []
    for n, name in enumerate(order):
        lowest = height - (len(order) - n)  # so that those below have a line each
        rows.append(min(lowest, max(ends[name], rows[-1] + 1 if rows else 0)))
    return dict(zip(rows, order))


def _tick(row: int, height: int, low: float, high: float) -> Text:
    """Return the label of a line where a power of ten lies on it."""
    top, bottom = (high - (row + half) / height * (high - low) for half in (0, 1))
    power = ceil(bottom)
    return Text(
        f"{duration(10.0**power).replace('.00', '').replace('.0', ''):>7} ┤"
        if bottom <= power < top
        else " " * 7 + " │",
        "dim",
    )


def _below(axis: str, places: Sequence[int], cells: int) -> Text:
    """Return the labels of the axis, those that fit."""
    line, free = [" "] * (cells + 8), 0
    for value in places:
        share = (log10(value) - log10(places[0])) / (log10(places[-1]) - log10(places[0]))
        name = str(value)
        begin = min(max(0, round(share * (cells - 1)) - len(name) // 2), len(line) - len(name))
        if begin >= free:
            line[begin : begin + len(name)] = name
            free = begin + len(name) + 1
    return Text(f"{axis:>7}  " + "".join(line).rstrip(), "dim")
