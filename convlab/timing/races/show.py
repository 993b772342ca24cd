"""A race as a person reads it: one sentence, lines of text for a terminal, a table for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

from convlab.memory import size
from convlab.timing.words import duration, listed, percent, small, times

if TYPE_CHECKING:
    from convlab.timing.races.result import Race, Row

HEADS = ("backend", "least", "median ± IQR", "GFLOP/s", "first call", "error / bound", "workspace", "peak")
PLACES = {state: place for place, state in enumerate(("timed", "timing", "pruned", "checking", "waiting"))}
ROUGH = {"unreliable", "disturbed"}  # words of doubt under which a ratio says no more than who is ahead
_WIDTH = 110
_CELL = "text-align: {}; vertical-align: top; padding: .25em .7em; white-space: {}"


def sentence(race: Race) -> str:
    """Return who won, by how much, and whether the answers are right."""
    said = [_margin(race)] if race.ranked else ["No backend was timed here."]
    said += _exact(race)
    wrong = [row.name for row in race.rows if row.state == "wrong"]
    if right := [row for row in race.rows if row.share is not None and row.state != "wrong"]:
        said.append(_checked(right, bool(wrong)))
    if wrong:
        said.append(f"{listed(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong, and cannot win.")
    if race.held:
        said.append("Plans held the filters.")
    if race.state == "stopped":
        said.append("It was stopped before the end.")
    return " ".join(said)


def _margin(race: Race) -> str:
    best, *others = race.ranked
    if not others:
        return f"{best.name} is the only one that was timed: {duration(best.min_s)}."
    ties, last = race.ties, others[-1]
    behind = [row for row in others if row.name not in ties]
    if ties:
        who = f"{listed([best.name, *ties])} tie"
        last_tie = max(row.min_s for row in others if row.name in ties)
        clear = behind and behind[0].min_s > last_tie  # a noisy row may tie from further behind
        return f"{who}, {_ahead(best, behind[0])}." if clear else f"{who}."
    ahead = _ahead(best, behind[0])
    if len(behind) > 1:
        ahead += f", {times(last.min_s / best.min_s)} ahead of the last"
    return f"{best.name} is fastest here: {ahead}."


def _ahead(best: Row, next_one: Row) -> str:
    """Return by how much, as exactly as the times of both allow."""
    rough = "roughly " * bool(ROUGH & {*best.flags, *next_one.flags})
    return f"{rough}{times(next_one.min_s / best.min_s)} ahead of {next_one.name}"


def _exact(race: Race) -> list[str]:
    """Return who is the fastest that keeps whole numbers whole, where the winner does not."""
    exact = next((row for row in race.ranked if row.is_exact), None)
    if exact is None or race.winner.is_exact:
        return []
    behind = "" if exact.name in race.ties else f", {_behind(race.winner, exact)}"
    return [f"The fastest that is exact on whole numbers is {exact.name}{behind}."]


def _behind(best: Row, row: Row) -> str:
    rough = "roughly " * bool(ROUGH & {*best.flags, *row.flags})
    return f"{rough}{times(row.min_s / best.min_s)} behind"


def _checked(right: Sequence[Row], others_are_wrong: bool) -> str:
    count = len(right)
    who = f"{'The other' if others_are_wrong else 'All'} {count} answers lie"
    if count == 2 and not others_are_wrong:
        who = "Both answers lie"
    elif count == 1:
        who = "The other answer lies" if others_are_wrong else "Its answer lies"
    where = ", as far as a sample tells" if any(row.checked == "sampled" for row in right) else ""
    return f"{who} within the rounding bound{where}."


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Return rows as a table lists them: the timed ones by their least, then those without a time."""

    def place(row: Row) -> tuple[int, bool, float]:
        return PLACES.get(row.state, len(PLACES)), row.min_s is None, row.min_s or 0.0

    return sorted(rows, key=place)


def cells(row: Row) -> tuple[str, ...]:
    """Return what a row says under `HEADS`, ready to print."""
    middle = "–" if row.min_s is None else _middle(row)
    share = f"{small(row.error)} / {small(row.bound)}" if row.error is not None else "–"
    return (
        row.name,
        duration(row.min_s),
        middle,
        f"{row.gflops:.3g}" if row.gflops is not None else "–",
        duration(row.first_call_s),
        share + (" sampled" if row.checked == "sampled" else ""),
        *("–" if count is None else size(count) for count in (row.workspace_bytes, row.peak_bytes)),
    )


def _middle(row: Row) -> str:
    if row.blocks > 1:
        return f"{duration(row.median_s)} ± {percent(row.summary.spread)}"
    return "one block" if row.loops > 1 else "one call"  # which has no spread


def remark(race: Race, row: Row) -> str:
    """Return what stands beside the numbers of a row: won, tied, words of doubt, or why there are no numbers."""
    words = []
    if race.winner is row:
        words.append("fastest here")
    elif row.name in race.ties:
        words.append("tie")
    words += row.flags
    if row.state not in ("timed", "refused"):
        words.append(row.state)
    return "; ".join(
        [", ".join(words)] * bool(words) + [" ".join(filter(None, (row.says, row.hint)))] * bool(row.says)
    )


def text(race: Race) -> str:
    """Return a race as lines: the question, the sentence, a table, and why some rows have no time."""
    rows = ordered(race.rows)
    table = [HEADS, *(cells(row) for row in rows if row.min_s is not None)]
    widths = [max(len(line[n]) for line in table) for n in range(len(HEADS))]
    remarks = ["", *(remark(race, row) for row in rows if row.min_s is not None)]
    lines = [question(race), *wrap(race.sentence, _WIDTH, break_on_hyphens=False), ""]
    for line, said in zip(table, remarks, strict=True) if len(table) > 1 else ():
        put = [
            line[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join([*put, said]).rstrip())
    without: dict[str, list[str]] = {}  # what the whole race is refused for is said once
    for row in rows:
        if row.min_s is None:
            without.setdefault(remark(race, row), []).append(row.name)
    for why, names in without.items():
        said = f"{', '.join(names)}: {why}"
        lines += wrap(said, _WIDTH - 2, subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join(lines)


def question(race: Race) -> str:
    """Return what was computed, in one line."""
    spec = race.spec
    return f"{spec.operation[:1].upper()}{spec.operation[1:]} {spec}: y {spec.y_shape}, {spec.macs:,} multiply-adds."


def html(race: Race) -> str:
    """Return a race as a table; every text in it is escaped."""
    left, right = _CELL.format("left", "normal"), _CELL.format("right", "nowrap")
    head = "".join(f'<th style="{right if n else left}">{escape(name)}</th>' for n, name in enumerate(HEADS))
    lines = []
    for row in ordered(race.rows):
        name, *rest = (escape(cell) for cell in cells(row))
        if row.min_s is None and row.first_call_s is None:
            numbers = f'<td style="{left}" colspan="{len(HEADS)}">{escape(remark(race, row))}</td>'
        else:
            numbers = "".join(f'<td style="{right}">{cell}</td>' for cell in rest)
            numbers += f'<td style="{left}">{escape(remark(race, row))}</td>'
        lines.append(f'<tr><td style="{left}"><b>{name}</b></td>{numbers}</tr>')
    words = f"<p>{escape(question(race))}<br>{escape(race.sentence)}</p>"
    return f'{words}<table><tr>{head}<th style="{left}"></th></tr>{"".join(lines)}</table>{_machine(race)}'


def _machine(race: Race) -> str:
    """Return what the times depend on, folded away."""
    if not race.machine:
        return ""
    facts = "".join(
        f"<li>{escape(name)}: {escape(_fact(value))}</li>"
        for name, value in race.machine.items()
        if value not in (None, "", [], {})
    )
    return (
        f"<details><summary>Measured on this machine, {escape(race.when)}</summary><ul>{facts}</ul></details>"
    )


def _fact(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={one}" for name, one in value.items())
    return "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
