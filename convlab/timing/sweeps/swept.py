"""What a sweep returns: one race per value of an axis, where the lines cross, and all of it as text and files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape

from convlab.errors import SpecError
from convlab.spec import ConvSpec
from convlab.timing.races.result import Race, Row
from convlab.timing.sweeps.axis import AXES, overlay
from convlab.timing.sweeps.crossing import Crossing, crossings, with_time
from convlab.timing.words import duration, listed, spec_in, spec_out

VERSION = 1  # of the JSON
COLUMNS = (
    "name", "state", "min_s", "median_s", "q1_s", "q3_s", "loops", "blocks", "first_call_s", "error", "bound",
    "checked", "workspace_bytes", "peak_bytes", "gflops", "flags", "kind", "says",
)  # fmt: skip
_CELL = "text-align: {}; padding: .25em .7em; white-space: nowrap"


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """One convolution raced at several values of one axis.

    Attributes
    ----------
    spec : ConvSpec
        Of all but the axis.
    axis : str
        A name of `convlab.timing.sweeps.axis.AXES`.
    values : tuple of int
        All that were asked for, in order.
    points : mapping of int to Race
        What has been raced so far.
    problems : mapping of int to str
        The values at which there is no such convolution, with the sentence.
    budget_s : float
        Seconds of timing a point.
    state : {"running", "done", "stopped"}
    """

    spec: ConvSpec
    axis: str
    values: tuple[int, ...]
    points: Mapping[int, Race] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    budget_s: float = 1.0
    state: str = "done"

    @property
    def left(self) -> tuple[int, ...]:
        """The values that are still to be raced; one that was stopped in the middle is among them."""
        done = {value for value, race in self.points.items() if race.state == "done"}
        return tuple(value for value in self.values if value not in done and value not in self.problems)

    @cached_property
    def series(self) -> dict[str, dict[int, Row]]:
        """The rows that have a time and are right: by name, then by value; one call may be all of it ("pruned")."""
        found: dict[str, dict[int, Row]] = {}
        for value in sorted(self.points):
            timed = {row.name: row for row in with_time(self.points[value])}
            for name in (row.name for row in self.points[value].rows if row.name in timed):
                found.setdefault(name, {})[value] = timed[name]
        return found

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """Where one backend overtakes another; first those that change who is fastest."""
        return crossings(self.axis, self.points)

    @property
    def overlay(self) -> list[dict]:
        """What source 004 printed along this axis, when the sweep is about its stack; empty otherwise."""
        return overlay(self.axis, self.spec)

    @property
    def sentence(self) -> str:
        """Who is fastest where, and the first crossing that changes it."""
        runs: list[list] = []
        for value in sorted(self.points):
            name = self.points[value].winner.name if self.points[value].winner else None
            if name and runs and runs[-1][0] == name:
                runs[-1][2] = value
            elif name:
                runs.append([name, value, value])
        if not runs:
            return "No backend was timed here."
        parts = [f"{name} at {self.axis} = {a if a == b else f'{a} to {b}'}" for name, a, b in runs]
        said = [f"Fastest here: {listed(parts)}."]
        said += [one.sentence for one in self.crossings if one.leads][:2]
        if self.left:
            said.append(f"Still to be raced: {self.axis} = {listed(list(map(str, self.left)))}.")
        return " ".join(said)

    def joined(self, value: int, race: Race) -> Sweep:
        """Return the sweep with one more point."""
        return replace(self, points={**self.points, value: race})

    def without(self, value: int, problem: str) -> Sweep:
        """Return the sweep with a value at which there is no such convolution."""
        return replace(self, problems={**self.problems, value: problem})

    def to_csv(self) -> str:
        """Return one line per value and backend; times in seconds."""
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        out.writerow([self.axis, *COLUMNS, "spec", "when"])
        for value in sorted(self.points):
            race = self.points[value]
            for row in race.rows:
                cells = [getattr(row, name) for name in COLUMNS]
                cells = [
                    "" if cell is None else " ".join(cell) if isinstance(cell, tuple) else cell
                    for cell in cells
                ]
                out.writerow([value, *cells, str(race.spec), race.when])
        return text.getvalue()

    def to_json(self) -> str:
        """Return all of it as JSON, for `from_json`."""
        points = [
            {"at": value, "race": json.loads(self.points[value].to_json())} for value in sorted(self.points)
        ]
        points += [{"at": value, "problem": said} for value, said in sorted(self.problems.items())]
        words = {"kind": "sweep", "version": VERSION, "spec": spec_out(self.spec), "axis": self.axis}
        words |= {"values": self.values, "budget_s": self.budget_s, "state": self.state, "points": points}
        return json.dumps(words, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Sweep:
        """Return the sweep that `to_json` wrote.

        Raises
        ------
        SpecError
            When the text is no sweep of this version.

        Examples
        --------
        >>> spec = ConvSpec((1, 1, 9), (1, 1, 3))
        >>> Sweep.from_json(Sweep(spec, "K", (3, 5), state="stopped").to_json()).left
        (3, 5)
        """
        try:
            words = json.loads(text)
            if words["kind"] != "sweep" or words["version"] != VERSION or words["axis"] not in AXES:
                raise ValueError(f"it is a {words['kind']!r} of version {words['version']!r}")
            races = {one["at"]: Race.from_words(one["race"]) for one in words["points"] if "race" in one}
            problems = {one["at"]: str(one["problem"]) for one in words["points"] if "problem" in one}
            values = tuple(int(value) for value in words["values"])
            rest = words["budget_s"], words["state"]
            return cls(spec_in(words["spec"]), words["axis"], values, races, problems, *rest)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SpecError(
                "Asked to read a sweep from JSON.", f"That is none of version {VERSION}: {error}.",
                "Give the text that to_json returned.",
            ) from None  # fmt: skip

    @property
    def notes(self) -> dict[int, str]:
        """Why a value has no time: no such convolution, or what stood in the way of the first backend."""
        none = {value: race.rows for value, race in self.points.items() if race.winner is None and race.rows}
        found = {value: f"{rows[0].name}: {rows[0].says or rows[0].state}" for value, rows in none.items()}
        return dict(sorted((found | dict(self.problems)).items()))

    def grid(self) -> tuple[list[str], list[list[str]], list[int | None]]:
        """Return the table: names of backends, one line of cells per value, and which cell of a line is the fastest."""
        names, lines, best = list(self.series), [], []
        for value in sorted({*self.points, *self.problems}):
            race = self.points.get(value)
            rows = {row.name: row for row in race.rows} if race else {}
            lines.append([str(value), *(_time(rows.get(name)) for name in names)])
            winner = race.winner.name if race and race.winner else None
            best.append(names.index(winner) + 1 if winner in names else None)
        return names, lines, best

    def __str__(self) -> str:
        """The sentence, and the times as a table of text."""
        names, lines, best = self.grid()
        marked = [
            [f"{cell}*" if n == at else cell for n, cell in enumerate(line)] for line, at in zip(lines, best)
        ]
        table = [[self.axis, *names], *marked]
        widths = [max(len(line[n]) for line in table) for n in range(len(names) + 1)]
        said = ["  ".join(cell.rjust(w) for cell, w in zip(line, widths)).rstrip() for line in table]
        notes = [f"{self.axis} = {value}: {why}" for value, why in self.notes.items()]
        return "\n".join(
            [self.sentence, *(["", *said, "", "* the fastest at this value"] if names else []), *notes]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        names, lines, best = self.grid()
        head = "".join(
            f'<th style="{_CELL.format("right")}">{escape(name)}</th>' for name in [self.axis, *names]
        )
        body = ""
        for line, at in zip(lines, best):
            cells = (
                f"<b>{escape(cell)}</b>" if n in (0, at) else escape(cell) for n, cell in enumerate(line)
            )
            body += (
                "<tr>"
                + "".join(f'<td style="{_CELL.format("right")}">{cell}</td>' for cell in cells)
                + "</tr>"
            )
        notes = "".join(f"<p>{escape(f'{self.axis} = {n}: {why}')}</p>" for n, why in self.notes.items())
        return f"<p>{escape(self.sentence)}</p><table><tr>{head}</tr>{body}</table>{notes}"


def _time(row: Row | None) -> str:
    if row is None:
        return ""
    return duration(row.min_s) if row.min_s is not None and row.state in ("timed", "pruned") else row.state
