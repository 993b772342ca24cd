"""A match, step by step: the truth, first answers and their check, then turns; reused outputs, then fresh ones.

Like a contest it is a generator: it yields an `Ask`, to be sent a reply or thrown what went wrong, and `Bout`, news.
Each library has a worker of its own, so that no two pools of threads meet; the workers take turns, so that what else
the machine does falls on all alike. Of those that cannot win any more only a few blocks are timed.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from convlab.backends import CATALOGUE, get, peers
from convlab.errors import ConvLabError
from convlab.timing.asks import KEEPS, WORKERS, Ask, DutyFailed, WorkerLost
from convlab.timing.benches.matched import OUTPUTS, Mark, Match
from convlab.timing.measuring.entrants import CALL
from convlab.timing.races.news import Stopped
from convlab.timing.races.statistics import summary

TURN_S = 0.025
TURNS = 10  # of those who may win, where the budget is the usual one
FEW = 2  # turns of everyone
LEAST, ENOUGH_S = 3, 1.0  # turns, and seconds, after which one with long calls is timed no further
NEAR = 1.5  # times the least of its side: who takes longer does not win
FAR = 6.0  # times that: a single block says enough
LARGE_BYTES, PART = 200 << 20, 10  # operands of which everyone tries one image in ten before
LONG_S = 2e-3  # a call of that length is a block by itself
DEADLINE_S = 120.0  # imports, compilation and planning with it
COMPILED = ("numba", "llvmlite")  # families
# What others once did, rebuilt; loops of textbooks; who finds nothing in a filter of noise and hands it to numba-tiles.
LEFT_OUT = (
    "numba-legacy", "numba-c01b", "numba-direct", "numba-separable",
)  # fmt: skip
BESIDE = ("scipy-rfft",)  # who belongs to the home team beside those
LOST = Mark("", False)
Steps = Generator[object, object, object]


@dataclass(frozen=True, slots=True)
class Bout:
    """News of a match: who is at it, under which output policy, and how much of the match is over."""

    id: str
    name: str
    output: str
    progress: float


def home(match: Match, names: Sequence[str] | None = None) -> list[str]:
    """Return who takes part for convlab: backends that may be the fastest, or those that were asked for."""
    if match.question.computes == "call":
        return [CALL]
    ours = [name for name in CATALOGUE if get(name).family in COMPILED and name not in LEFT_OUT]
    return list(names or (*ours, *BESIDE))


def away(match: Match, names: Sequence[str] | None = None) -> list[str]:
    """Return the library functions that take part: those that are here and take the question."""
    asked = "y" if match.question.computes == "call" else match.question.computes
    found = []
    for name in peers.EVERY if names is None else names:
        peer = peers.get(name)
        if asked in peer.computes and not peer.unavailable() and not peer.supports(match.question.spec):
            found.append(name)
    return found


class Playing:
    """One match as it goes on.

    Parameters
    ----------
    match : Match
    ours, theirs : sequence of str
    turns : int
        Of those who may win.
    folder : str
        Where the truth lies.
    """

    def __init__(
        self, match: Match, ours: Sequence[str], theirs: Sequence[str], turns: int, folder: str
    ) -> None:
        self.match, self.ours, self.theirs = match, list(ours), list(theirs)
        self.turns, self.folder, self.words = turns, folder, match.question.words()
        self.dice = random.Random(match.id)
        self.marks: dict[tuple[str, str], Mark] = {}
        self.calls: dict[tuple[str, str], list[float]] = {}
        self.faults: dict[tuple[str, str], list[float]] = {}
        self.spent: dict[tuple[str, str], float] = {}
        self.turned: Counter[tuple[str, str]] = Counter()
        self.steps_done, self.steps_all = 0, 2 * (len(self.ours) + len(self.theirs)) * (1 + FEW)

    def steps(self) -> Steps:
        """Play it; return the match."""
        peak = yield Ask("cpu", "fma", {"dtype": self.match.question.spec.dtype}, DEADLINE_S)
        posed = yield Ask("cpu", "pose", {"question": self.words, "folder": self.folder}, DEADLINE_S)
        for output in OUTPUTS:
            for name in self.entering(output):
                yield from self.enter(name, output)
            for turn in range(self.turns):
                for name in self.running(output, turn):
                    yield from self.turn(name, output)
            yield from self.clear(output)
        marks = tuple(self.marks.values())
        return replace(self.match, marks=marks, scale=posed["scale"], peak_gflops=peak["gflops"])

    def entering(self, output: str) -> list[str]:
        """Return who takes part under an output policy: who was hopeless under the first is not asked again."""
        if output == OUTPUTS[0]:
            return [*self.ours, *self.theirs]
        return self.near(OUTPUTS[0], NEAR if self.match.question.bytes > LARGE_BYTES else FAR)

    def enter(self, name: str, output: str) -> Steps:
        """Let one answer for the first time."""
        ours = name in self.ours
        mark = Mark(name, ours, output)
        yield self.news(name, output)
        reply = yield from self.ask(name, output, "enter", mark, folder=self.folder)
        if reply is None:
            return
        told = {key: reply[key] for key in ("first_s", "filter_s", "peak_bytes", "error", "bound", "share")}
        told |= {key: reply[key] for key in ("checked", "kind", "flops")}
        if reply["says"]:
            self.marks[name, output] = replace(mark, state="wrong", says=reply["says"], **told)
            return
        self.marks[name, output] = replace(
            mark, state="timed", loops=1, **told, **_numbers([reply["again_s"]])
        )

    def turn(self, name: str, output: str) -> Steps:
        """Time one slice of one."""
        yield self.news(name, output)
        key = (name, output)
        known = self.marks[key]
        loops = known.loops if key in self.calls or known.min_s > LONG_S else 0
        reply = yield from self.ask(name, output, "turn", known, loops=loops, seconds=TURN_S)
        if reply is None:
            return
        self.calls.setdefault(key, []).extend(reply["calls_s"])
        self.spent[key] = self.spent.get(key, 0.0) + sum(reply["calls_s"]) * reply["loops"]
        self.turned[key] += 1
        if reply["faults"] is not None:
            self.faults.setdefault(key, []).append(reply["faults"])
        faults = min(self.faults.get(key, []), default=None)
        self.marks[key] = replace(known, loops=reply["loops"], faults=faults, **_numbers(self.calls[key]))

    def ask(self, name: str, output: str, do: str, mark: Mark, **more: object) -> Steps:
        """Ask the worker of one; return its reply, or None where it has no answer, with the reason in its mark."""
        words = {"name": name, "question": self.words, "reused": output == "reused", **more}
        try:
            return (yield Ask(worker(name, output), do, words, DEADLINE_S))
        except DutyFailed as no:
            state = "refused" if no.kind != DutyFailed.kind else "lost"
            self.marks[name, output] = replace(mark, state=state, says=no.found or str(no))
        except WorkerLost as end:
            if end.how == "stopped":
                raise Stopped from None
            self.marks[name, output] = replace(mark, state="lost", says=end.found)
        return None

    def running(self, output: str, turn: int) -> list[str]:
        """Return whose turn it is: who is not hopeless at first, later those who may still be the fastest."""
        found = self.near(output, FAR, self.match.goals) if turn < FEW else self.near(output, NEAR)
        found = [name for name in found if not self.is_enough((name, output))]
        self.dice.shuffle(found)  # who follows whom is no part of what is measured
        return found

    def is_enough(self, key: tuple[str, str]) -> bool:
        """Return whether one has been timed for so long that another turn would hardly change the least."""
        return self.turned[key] >= LEAST and self.spent[key] >= ENOUGH_S

    def near(self, output: str, most: float, wanted: str = "") -> list[str]:
        """Return who takes at most so many times what the fastest of the same side and kind takes, or is wanted."""
        found = []
        for names in (self.ours, self.theirs):
            marks = (self.marks.get((name, output), LOST) for name in names)
            timed = [mark for mark in marks if mark.state == "timed"]
            least = min((mark.min_s for mark in timed), default=0.0)
            exact = min((mark.min_s for mark in timed if mark.is_exact), default=least)
            for mark in timed:
                if mark.name in wanted or mark.min_s <= most * (exact if mark.is_exact else least):
                    found.append(mark.name)
        return found

    def clear(self, output: str) -> Steps:
        """Give the memory of all workers of one policy back."""
        for one in sorted({worker(name, output) for name in (*self.ours, *self.theirs)}):
            try:
                yield Ask(one, "clear", {}, DEADLINE_S)
            except ConvLabError as error:
                if getattr(error, "how", "") == "stopped":
                    raise Stopped from None

    def news(self, name: str, output: str) -> Bout:
        self.steps_done += 1
        half = 0.5 * OUTPUTS.index(output)
        return Bout(self.match.id, name, output, max(half, min(0.99, self.steps_done / self.steps_all)))


def matching(match: Match, ours: Sequence[str], theirs: Sequence[str], turns: int = TURNS) -> Steps:
    """Play one match.

    Parameters
    ----------
    match : Match
        As `Match.of` returns it.
    ours, theirs : sequence of str
        As `home` and `away` return them.
    turns : int

    Yields
    ------
    Ask or Bout

    Returns
    -------
    Match

    Raises
    ------
    Stopped
    """
    with tempfile.TemporaryDirectory(prefix="convlab-match-", ignore_cleanup_errors=True) as folder:
        left: tuple[Mark, ...] = ()
        if match.question.bytes > LARGE_BYTES and match.question.spec.x_shape[0] >= PART:
            (few := Path(folder, "few")).mkdir()
            left = yield from _qualifying(match, ours, theirs, str(few))
        out = {mark.name for mark in left}
        sides = ([name for name in names if name not in out] for names in (ours, theirs))
        found = yield from Playing(match, *sides, turns, folder).steps()
        return replace(found, marks=(*found.marks, *left))


def _qualifying(match: Match, ours: Sequence[str], theirs: Sequence[str], folder: str) -> Steps:
    """Let everyone answer for a part of the images; return the marks of those who are hopeless, which are left out."""
    spec, question = match.question.spec, match.question
    fewer = replace(spec, x_shape=(spec.x_shape[0] // PART, *spec.x_shape[1:]))
    part = Playing(replace(match, question=replace(question, spec=fewer)), ours, theirs, 0, folder)
    yield Ask("cpu", "pose", {"question": part.words, "folder": folder}, DEADLINE_S)
    for name in part.entering(OUTPUTS[0]):
        yield from part.enter(name, OUTPUTS[0])
    yield from part.clear(OUTPUTS[0])
    stay = part.near(OUTPUTS[0], FAR, match.goals)
    says = f"For a {PART}th of the images it takes over {FAR:.0f} times what the fastest takes."
    return tuple(
        replace(mark, state="refused", says=mark.says or says, min_s=None)
        for mark in part.marks.values()
        if mark.name not in stay
    )


def worker(name: str, output: str) -> str:
    """Return the worker of one who takes part: a process per library and output policy.

    Examples
    --------
    >>> worker("numpy-im2col", "fresh"), worker("scipy.signal.fftconvolve", "reused"), worker("cv2.filter2D", "fresh")
    ('cpu', 'scipy+kept', 'opencv')
    """
    if name in peers.EVERY:
        family = peers.get(name).family
        base = WORKERS["scipy functions" if family == "scipy" else family]
    else:
        base = "cpu" if name == CALL else WORKERS[get(name).family]
    return base + (KEEPS if output == "reused" else "")


def _numbers(calls_s: list[float]) -> dict:
    found = summary(calls_s)
    return {name: getattr(found, name) for name in ("min_s", "median_s", "q1_s", "q3_s", "blocks")}
