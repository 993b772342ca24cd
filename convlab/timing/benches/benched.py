"""What a bench returns: for each shape of a suite what auto chose, the best backend, library functions called raw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from convlab.backends import CATALOGUE
from convlab.timing.races.result import Race, Row
from convlab.timing.races.statistics import tie
from convlab.timing.shapes.suites import Workload
from convlab.timing.words import duration, percent, times

NDIMAGE = "scipy.ndimage.convolve"
SCIPY = (NDIMAGE, "scipy.signal.fftconvolve", "scipy.signal.oaconvolve", "scipy.signal.convolve")
NEAR = 1.10  # auto is near the best when it takes no more than this times as long
NEAR_SHARE = 0.90  # of the shapes
SOON_S = 0.5  # of tuning a shape
AHEAD = 5.0  # of scipy.ndimage.convolve


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
    tuned_s, compile_s : float
        Seconds of tuning, and how many of them went into imports and compilation.
    """

    workload: Workload
    race: Race
    tuned: str | None
    usual: str
    tuned_s: float = 0.0
    compile_s: float = 0.0

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
    def is_soon(self) -> bool:
        """Whether tuning took less than half a second or ten calls of the winner, compilation apart."""
        return self.auto is not None and self.tuned_s - self.compile_s <= max(SOON_S, 10 * self.auto.min_s)

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
        As `convlab.timing.measuring.machine.facts` returns it.
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
            took = sorted(line.tuned_s - line.compile_s for line in self.lines)
            soon = sum(line.is_soon for line in self.lines)
            said = f"tuning took less than {SOON_S:g} s or 10 calls of the winner on {soon} of {count}"
            said = f"{said}: {duration(took[len(took) // 2])} in the middle, compilation apart"
            goals.append(Goal(said, soon == count))
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
                "tuned_s": line.tuned_s, "compile_s": line.compile_s, "best": line.best.name if line.best else None,
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
