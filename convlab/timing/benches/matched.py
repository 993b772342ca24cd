"""What a match returns: how backends of convlab and functions of other libraries answered one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite

from convlab.numerics import CLOSE
from convlab.timing.measuring.question import Question
from convlab.timing.races.statistics import Summary
from convlab.timing.shapes.suites import Workload

# Into one output again and again, or into memory that each call asks the system for.
OUTPUTS = ("reused", "fresh")
TORCH = "torch."  # what accuracy is held against


@dataclass(frozen=True, slots=True)
class Mark:
    """How one who took part did under one output policy.

    Attributes
    ----------
    name : str
    ours : bool
        Whether it is of convlab.
    output : {"reused", "fresh"}
    state : {"timed", "wrong", "refused", "lost"}
    says : str or None
        Why it has no time.
    first_s, filter_s : float or None
        The first call with what is prepared for it, compilation too; what depends on the filter alone. A peer's
        filter_s holds all that is prepared: tensors, plans, a packed filter.
    min_s, median_s, q1_s, q3_s : float or None
        Seconds of one call, by blocks taken in turns.
    blocks, loops : int
    faults : float or None
        Pages of memory that the system handed to one call.
    peak_bytes : int or None
        Memory that one call held beside what was there.
    error, bound, share : float or None
        As in `convlab.timing.races.result.Row`.
    checked : str or None
    kind : str
        Which error bound holds: "direct", "fft" or another key of `convlab.numerics.BOUNDS`.
    flops : int
        Operations that the algorithm does.
    """

    name: str
    ours: bool
    output: str = "reused"
    state: str = "refused"
    says: str | None = None
    first_s: float | None = None
    filter_s: float | None = None
    min_s: float | None = None
    median_s: float | None = None
    q1_s: float | None = None
    q3_s: float | None = None
    blocks: int = 0
    loops: int = 0
    faults: float | None = None
    peak_bytes: int | None = None
    error: float | None = None
    bound: float | None = None
    share: float | None = None
    checked: str | None = None
    kind: str = ""
    flops: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether its error stays within a bound as near as that of sums in the dtype: these, and F(2 × 2, 3 × 3)."""
        return self.kind in CLOSE

    @property
    def summary(self) -> Summary:
        """Its times as `convlab.timing.races.statistics` reads them."""
        return Summary(self.min_s, self.median_s, self.q1_s, self.q3_s, self.blocks)


@dataclass(frozen=True)
class Match:
    """One question, answered by both sides under both output policies.

    Attributes
    ----------
    id, title, group, goals : str
        As in `convlab.timing.shapes.suites.Workload`.
    question : Question
    marks : tuple of Mark
    scale : float
        The largest magnitude of the true answer.
    peak_gflops : float or None
        Multiply-adds of all threads in the question's dtype, measured beside it.
    """

    id: str
    title: str
    group: str
    goals: str
    question: Question
    marks: tuple[Mark, ...] = ()
    scale: float = 0.0
    peak_gflops: float | None = None

    @classmethod
    def of(cls, workload: Workload) -> Match:
        """Return the match of a workload before anybody has answered."""
        question = Question(workload.spec, workload.computes, workload.order)
        return cls(workload.id, workload.title, workload.group, workload.goals, question)

    def timed(self, ours: bool, output: str = "reused", exact: bool = False) -> list[Mark]:
        """Return those of one side that were right and have a time, the fastest first."""
        found = [
            mark
            for mark in self.marks
            if mark.state == "timed"
            and (mark.ours, mark.output) == (ours, output)
            and (mark.is_exact or not exact)
        ]
        return sorted(found, key=lambda mark: mark.min_s)

    def best(self, ours: bool, output: str = "reused", exact: bool = False) -> Mark | None:
        """Return the fastest of one side; None where nobody has a time."""
        return next(iter(self.timed(ours, output, exact)), None)

    def peer(self, name: str, output: str = "reused") -> Mark | None:
        """Return a peer by name, if it has a time."""
        return next((mark for mark in self.timed(False, output) if mark.name == name), None)

    def plain(self, output: str = "reused") -> Mark | None:
        """Return the fastest of ours that does the operations of the definition, no fewer."""
        found = (mark for mark in self.timed(True, output, exact=True) if mark.flops >= self.flops)
        return next(found, None)

    @property
    def flops(self) -> int:
        """Operations by the definition: two for each multiply-add."""
        return 2 * self.question.macs

    def gflops(self, mark: Mark) -> float:
        """Return the rate of a mark in billions of the definition's operations a second."""
        return self.flops / mark.min_s / 1e9

    def words(self) -> dict:
        """Return it as a dictionary that strict JSON can carry."""
        words = {
            name: getattr(self, name) for name in ("id", "title", "group", "goals", "scale", "peak_gflops")
        }
        marks = [{key: _out(value) for key, value in asdict(mark).items()} for mark in self.marks]
        return {**words, "question": self.question.words(), "marks": marks}

    @classmethod
    def read(cls, words: Mapping) -> Match:
        """Return what `words` wrote."""
        marks = tuple(
            Mark(**{key: _in(key, value) for key, value in mark.items()}) for mark in words["marks"]
        )
        return cls(**{**words, "question": Question.read(words["question"]), "marks": marks})


@dataclass(frozen=True)
class Matches:
    """A suite of matches.

    Attributes
    ----------
    suite : str
    matches : tuple of Match
    machine : dict
        As `convlab.timing.measuring.machine.facts` returns it, with the versions of the peers.
    ceilings : dict
        As `convlab.timing.measuring.ceilings.ceilings` returns them.
    when : str
        Date and time, in ISO 8601.
    state : {"running", "done", "stopped"}
    extra : dict of str to list of (str, str, bool)
        What was measured beside the matches: by name, what was asked, what was found, and whether that is enough.
    """

    suite: str
    matches: tuple[Match, ...] = ()
    machine: dict = field(default_factory=dict)
    ceilings: dict = field(default_factory=dict)
    when: str = ""
    state: str = "done"
    extra: dict = field(default_factory=dict)

    def peak(self, dtype: str) -> float | None:
        """Return the most multiply-adds that were seen in this run, all threads together, in GF/s."""
        rates = [self.ceilings.get("gflops", {}).get(dtype, {}).get("all")]
        rates += [one.peak_gflops for one in self.matches if one.question.spec.dtype == dtype]
        return max(filter(None, rates), default=None)

    def share(self, match: Match, mark: Mark) -> float | None:
        """Return the rate of a mark as a fraction of the peak."""
        peak = self.peak(match.question.spec.dtype)
        return match.gflops(mark) / peak if peak else None

    def words(self) -> dict:
        """Return it as a dictionary that JSON can carry."""
        kept = {
            name: getattr(self, name) for name in ("suite", "machine", "ceilings", "when", "state", "extra")
        }
        return {"kind": "matches", "version": 1, **kept, "matches": [one.words() for one in self.matches]}

    @classmethod
    def read(cls, words: Mapping) -> Matches:
        """Return what `words` wrote; ValueError where it is something else."""
        if (words.get("kind"), words.get("version")) != ("matches", 1):
            raise ValueError(f"it is a {words.get('kind')!r} of version {words.get('version')!r}")
        kept = {name: words[name] for name in ("suite", "machine", "ceilings", "when", "state", "extra")}
        return cls(matches=tuple(map(Match.read, words["matches"])), **kept)


def _out(value: object) -> object:
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _in(key: str, value: object) -> object:
    return float(value) if key in ("error", "bound", "share") and isinstance(value, str) else value
