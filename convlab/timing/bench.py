"""Bench: a suite of shapes, what auto chooses for each, how near that is to the best, and to SciPy's functions."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from convlab.backends import CATALOGUE, get, usual
from convlab.errors import Refused
from convlab.timing.limits import Limits
from convlab.timing.result import Race, Row
from convlab.timing.statistics import tie
from convlab.timing.suites import Workload
from convlab.timing.words import percent, times

NDIMAGE = "scipy.ndimage.convolve"
SCIPY = (NDIMAGE, "scipy.signal.fftconvolve", "scipy.signal.oaconvolve", "scipy.signal.convolve")
NEAR = 1.10  # auto is near the best when it takes no more than this times as long
NEAR_SHARE = 0.90  # of the shapes
AHEAD = 5.0  # of scipy.ndimage.convolve
ELSEWHERE = ("theano",)  # families that start too slowly for many shapes; --backends names them where wanted


@dataclass(frozen=True)
class Line:
    """One shape of a bench.

    Attributes
    ----------
    workload : Workload
    race : Race
        Of the backends, and of the library functions called raw where they were asked for.
    tuned : str or None
        What auto takes after tuning; None when nothing could be tuned.
    usual : str
        What auto takes without tuning.
    tuned_s : float
        Seconds of tuning, compilation included.
    """

    workload: Workload
    race: Race
    tuned: str | None
    usual: str
    tuned_s: float = 0.0

    @property
    def best(self) -> Row | None:
        """The fastest backend of the catalogue that is right."""
        return next((row for row in self.race.ranked if row.name in CATALOGUE), None)

    @property
    def auto(self) -> Row | None:
        """The row of what auto takes after tuning."""
        return self.row(self.tuned)

    @property
    def peers(self) -> tuple[Row, ...]:
        """The library functions that were called raw and have a time, the fastest first."""
        found = [row for row in self.race.rows if row.name not in CATALOGUE and row.min_s is not None]
        return tuple(sorted(found, key=lambda row: row.min_s))

    @property
    def scipy(self) -> Row | None:
        """The fastest of SciPy's functions that is right."""
        return next((row for row in self.peers if row.name in SCIPY and row.state != "wrong"), None)

    def row(self, name: str | None) -> Row | None:
        """Return the row of a name, when it has a time."""
        return next((row for row in self.race.rows if row.name == name and row.min_s is not None), None)

    def ahead(self, other: Row | None) -> float | None:
        """Return how many times faster auto is than another row; None when one of them has no time."""
        return other.min_s / self.auto.min_s if self.auto and other else None

    def lag(self, name: str | None) -> float | None:
        """Return how many times as long as the best a backend takes; None when one of them has no time."""
        row = self.row(name)
        return row.min_s / self.best.min_s if row and self.best else None

    def is_near(self, name: str | None) -> bool:
        """Return whether a backend is within 10 % of the best."""
        lag = self.lag(name)
        return lag is not None and lag <= NEAR

    @property
    def keeps_up(self) -> bool:
        """Whether auto is no slower than the best SciPy function, or cannot be told apart from it."""
        other = self.scipy
        if self.auto is None or other is None:
            return False
        return self.auto.min_s <= other.min_s or tie(other.summary, self.auto.summary)


@dataclass(frozen=True)
class Goal:
    """What a bench is to show, and whether it does."""

    text: str
    is_met: bool


@dataclass(frozen=True)
class Bench:
    """A suite, raced.

    Attributes
    ----------
    suite : str
    lines : tuple of Line
    machine : dict
        As `convlab.timing.machine.facts` returns it.
    when : str
        Date and time, in ISO 8601.
    state : {"running", "done", "stopped"}
    """

    suite: str
    lines: tuple[Line, ...] = ()
    machine: dict = field(default_factory=dict)
    when: str = ""
    state: str = "done"

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What the lines show about auto: against SciPy's functions where they were raced, and against the best."""
        goals, against = [], [line for line in self.lines if line.scipy]
        ratios = [line.ahead(line.row(NDIMAGE)) for line in against]
        if against:
            said = f"auto is at least {AHEAD:.0f}× faster than {NDIMAGE} on every row: {_span(ratios)}"
            goals.append(Goal(said, all(ratio is not None and ratio >= AHEAD for ratio in ratios)))
            leads = [line.ahead(line.scipy) for line in against]
            said = f"auto is never slower than the best of SciPy's functions: {_span(leads)}"
            goals.append(Goal(said, all(line.keeps_up for line in against)))
        if self.lines:
            near = sum(line.is_near(line.tuned) for line in self.lines)
            plain = sum(line.is_near(line.usual) for line in self.lines)
            count = len(self.lines)
            said = f"auto, tuned, is within 10 % of the best on {near} of {count} ({percent(near / count)})"
            goals.append(Goal(f"{said}; untuned on {plain} of {count}", near >= NEAR_SHARE * count))
        return tuple(goals)

    def to_json(self) -> str:
        """Return all of it as JSON."""
        words = {"kind": "bench", "version": 1, "suite": self.suite, "when": self.when, "state": self.state}
        words |= {
            "machine": self.machine,
            "goals": [{"text": g.text, "is_met": g.is_met} for g in self.goals],
        }
        words["lines"] = [
            {
                "id": line.workload.id, "title": line.workload.title, "tuned": line.tuned, "usual": line.usual,
                "tuned_s": line.tuned_s, "best": line.best.name if line.best else None,
                "ahead_of": {row.name: line.ahead(row) for row in line.peers},
                "race": json.loads(line.race.to_json()),
            }
            for line in self.lines
        ]  # fmt: skip
        return json.dumps(words, ensure_ascii=False, indent=1)


def _span(ratios: Sequence[float | None]) -> str:
    if None in ratios:
        return "one of them has no time"
    return times(min(ratios)) if len(ratios) == 1 else f"{times(min(ratios))} to {times(max(ratios))}"


@dataclass(frozen=True, slots=True)
class Lap:
    """News of a bench: a shape begins, or with None for one, all are done."""

    workload: Workload | None
    n: int
    count: int
    bench: Bench


def benching(
    suite: str, workloads: Sequence[Workload], names: Sequence[str] | None = None, peers: Sequence[str] = (), *,
    budget_s: float = 2.0, limits: Limits | None = None, lines: Sequence[Line] = (),
) -> Generator:  # fmt: skip
    """Go through a suite: tune each shape, then race all in one go, so that each ratio is of times taken together.

    Parameters
    ----------
    suite : str
    workloads : sequence of Workload
    names : sequence of str, optional
        The backends; the catalogue but for those that start slowly if left out.
    peers : sequence of str
        Library functions that race too, under their dotted names, and are timed however far behind they are.
    budget_s, limits
        As `convlab.timing.contest.contest` takes them.
    lines : sequence of Line
        What is there already, from an earlier run.

    Yields
    ------
    Ask, News or Lap

    Returns
    -------
    Bench
    """
    from convlab.timing.autotune import tuning
    from convlab.timing.contest import contest
    from convlab.timing.machine import facts

    raced = names or [name for name in CATALOGUE if get(name).family not in ELSEWHERE]
    found = Bench(
        suite, tuple(lines), facts(), datetime.now().astimezone().isoformat(timespec="seconds"), "running"
    )
    for n, workload in enumerate(workloads):
        yield Lap(workload, n, len(workloads), found)
        try:
            choice = yield from tuning(workload.spec, limits=limits)
            if choice.race.state == "stopped":
                return replace(found, state="stopped")
            tuned, tuned_s = choice.winner, choice.took_s
        except Refused:
            tuned, tuned_s = None, 0.0
        race = yield from contest(
            workload.spec,
            [*raced, *peers],
            budget_s=budget_s,
            limits=limits,
            keep=(*peers, *filter(None, (tuned,))),
        )
        if race.state == "stopped":
            return replace(found, state="stopped")
        line = Line(workload, race, tuned, usual(workload.spec, exact=False), tuned_s)
        found = replace(found, lines=(*found.lines, line), machine=race.machine or found.machine)
    found = replace(found, state="done")
    yield Lap(None, len(workloads), len(workloads), found)
    return found
