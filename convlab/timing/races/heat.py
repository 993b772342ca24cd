"""One race, step by step: refuse, judge, first calls, rounds; what each answer of a worker means for its row."""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from math import inf

from convlab.backends import get
from convlab.errors import ConvLabError
from convlab.spec import ConvSpec
from convlab.timing.admission import gate, rates
from convlab.timing.admission.limits import Limits, about
from convlab.timing.asks import WORKERS, Ask, DutyFailed, WorkerLost
from convlab.timing.crew import left_out
from convlab.timing.measuring.spent import Spent
from convlab.timing.races import statistics
from convlab.timing.races.news import News, Stopped
from convlab.timing.races.result import Race, Row
from convlab.timing.words import duration, spec_out, times

SLICE_S = 0.025  # of one backend, before it is the next one's turn
WORTH_LEARNING_S = 1e-3  # of a call that is shorter, the overhead says nothing of larger ones
ROUNDS = 3  # at least, where the budget allows: one alone may fall into a quiet moment, or a loud one
PRUNE = 20.0  # times the leader's seconds: no further call would change its rank
WORTH_PRUNING_S = 0.005  # a call that takes less is timed as soon as it is left out
SOON_S = 0.1  # what takes less by prediction is tried rather than believed,
UNSURE_S = (
    1.0  # and so is what takes less than this by a rate that no race has measured here, unless in a hurry
)
# imports and compilation: at most, and usually, by worker and by family
STARTS_S = {"cpu": 20.0, "theano": 120.0, "torch": 60.0, "opencv": 30.0, "gpu": 90.0}
LIKELY_S = {
    "scipy": 0.2,
    "numba": 0.5,
    "llvm": 0.2,
    "theano": 5.0,
    "torch": 2.0,
    "opencv": 0.5,
    "cupy": 3.0,
    "gpu": 3.0,
}
FIRST = 0.4  # of a backend's progress: its first call, against its timing
Steps = Generator[Ask | News, object, None]


class Heat:
    """What is known so far, and the steps that find out more: see `convlab.timing.races.contest.contest`."""

    limits: Limits
    budget_s: float
    share_s: float | None
    prune: float
    keep: frozenset[str]
    full_macs: float
    least_calls: int = 1
    behind: float = inf
    probe: bool = True
    held: bool = False

    def __init__(self, spec: ConvSpec, names: list[str], folder: str, seed: int) -> None:
        self.spec, self.folder, self.seed = spec, folder, seed
        self.words, self.dice = spec_out(spec), random.Random(seed)
        self.rows = {name: _row(name) for name in names}
        self.predicted: dict[str, float] = {}
        self.calls: dict[str, list[float]] = {name: [] for name in names}  # seconds of one call, by block
        self.spent: dict[str, Spent] = {name: Spent() for name in names}
        self.machine: dict = {}
        self.done, self.loaded = 0.0, frozenset()
        self.when, self.state = datetime.now(UTC).isoformat(timespec="seconds"), "running"

    def race(self) -> Race:
        """Return what is known."""
        rows = tuple(self.rows.values())
        known = (self.machine, self.when, self.budget_s, self.seed, self.state, self.held)
        return Race(self.spec, rows, *known)

    def steps(self) -> Steps:
        """Do all of it."""
        yield from self.refuse()
        if self.left() and (yield from self.judge()):
            yield from self.first_calls()
            yield from self.rounds()
            try:
                facts = yield self.ask("cpu", "machine", {}, STARTS_S["cpu"])
                self.machine = {**facts, "found": left_out()}
                learnt = {"rows": self.lessons(), "probe": self.probe}
                yield self.ask("cpu", "learn", learnt, STARTS_S["cpu"])
            except ConvLabError as error:
                if getattr(error, "how", "") == "stopped":
                    raise Stopped from None
        self.state = "done"

    def lessons(self) -> list[tuple[str, dict, float]]:
        """Return the times that later predictions can rely on: settled ones of whole calls, without a word of doubt."""
        rows = (row for row in self.rows.values() if row.state == "timed" and not row.flags and not self.held)
        return [(row.name, self.words, row.min_s) for row in rows if row.min_s >= WORTH_LEARNING_S]

    def stop(self) -> Steps:
        """Say of every row that is not at its end that it was stopped; what was timed is kept."""
        self.state = "stopped"
        for name in self.left():
            if self.calls[name]:
                yield self.put(name, state="timed", flags=self.flags(name))
            else:
                yield self.put(name, state="lost", kind="stopped", says="It was stopped before it was timed.")

    def left(self) -> list[str]:
        """Return who is not at its end."""
        return [name for name, row in self.rows.items() if not row.is_final]

    def put(self, name: str, **change: object) -> News:
        """Change a row, and return the news of it."""
        self.rows[name] = replace(self.rows[name], **change)
        return News(self.rows[name], self.progress())

    def progress(self) -> float:
        """Return how much of the race is over, from 0 to 1."""
        done, racing = 0.0, {name: row for name, row in self.rows.items() if row.state != "refused"}
        for name, row in racing.items():
            timed = min(1.0, self.spent[name].wall_s / self.share()) if row.state == "timing" else 0.0
            done += 1.0 if row.is_final else FIRST + (1 - FIRST) * timed if row.state == "timing" else 0.0
        self.done = max(self.done, done / max(1, len(racing)))  # a longer share for all takes none of it back
        return self.done

    def share(self) -> float:
        """Return the seconds that one backend may be timed for."""
        if self.share_s is not None:
            return self.share_s
        racing = sum(row.state in ("waiting", "checking", "timing", "timed") for row in self.rows.values())
        return self.budget_s / max(1, racing)

    def leader_s(self) -> float | None:
        """Return the least seconds of a right answer so far."""
        return min((row.min_s for row in self.rows.values() if row.min_s is not None), default=None)

    def ask(self, worker: str, do: str, words: dict, deadline_s: float) -> Ask:
        """Return what to ask of a worker."""
        return Ask(worker, do, words, deadline_s, self.limits.bytes)

    def asked(self, name: str, do: str, **words: object) -> Generator[Ask | News, object, dict | News]:
        """Ask the worker of a backend; return its reply, or the news that this row is over."""
        worker = WORKERS.get(self.rows[name].family, "cpu")
        words = {"backend": name, "spec": self.words, "seed": self.seed, **words}
        words |= {"held": True} if self.held else {}
        try:
            return (yield self.ask(worker, do, words, self.limits.seconds + STARTS_S[worker]))
        except DutyFailed as no:
            ours = no.kind != DutyFailed.kind
            return self.put(
                name, state="refused" if ours else "lost", kind=no.kind if ours else "stopped", **_said(no)
            )
        except WorkerLost as end:
            if end.how == "stopped":
                raise Stopped from None
            return self.put(name, state="lost", kind="stopped", **_said(end))

    def refuse(self) -> Steps:
        """Leave out who cannot run here, and who would pass a limit; predict the others."""
        everyone = gate.refusal_of_all(self.spec, self.limits, full_macs=self.full_macs)
        for name in self.rows:
            backend = get(name)
            if refused := everyone or gate.refusal(name, self.spec, self.limits):
                change = dict(refused.change) or None
                yield self.put(
                    name,
                    state="refused",
                    kind=refused.kind,
                    says=refused.found,
                    hint=refused.hint or None,
                    change=change,
                )
            else:
                found = gate.predict(name, self.spec)
                self.predicted[name] = found.seconds
                yield self.put(name, workspace_bytes=backend.workspace_bytes(self.spec))

    def judge(self) -> Generator[Ask | News, object, bool]:
        """Let a worker work out the truth; nothing is timed without, so one that is killed has a second try."""
        words = {"spec": self.words, "seed": self.seed, "folder": self.folder, "full_macs": self.full_macs}
        for tries_left in (1, 0):
            try:
                reply = yield self.ask("cpu", "judge", words, self.limits.seconds + STARTS_S["cpu"])
                self.loaded = frozenset(reply["loaded"])
                return True
            except (DutyFailed, WorkerLost) as end:
                how = getattr(end, "how", "")
                if how == "stopped":
                    raise Stopped from None
                if how == "died" and tries_left:
                    continue
                for name in self.left():
                    says = f"Without the truth nothing is timed. {end.found}"
                    yield self.put(name, state="lost", kind="stopped", says=says, hint=end.hint or None)
                break
        return False

    def first_calls(self) -> Steps:
        """Call each for the first time, the most promising first, check its answer, and time a first slice."""
        learnt = rates.known().learnt
        for name in sorted(self.left(), key=self.expected_s):
            predicted_s, leader_s = self.predicted[name], self.leader_s()
            far = leader_s is not None and predicted_s > self.prune * leader_s and name not in self.keep
            believed = f"{name} {self.spec.dtype}" in learnt or self.behind < inf
            if far and predicted_s > (SOON_S if believed else UNSURE_S):
                ahead = f"the leader takes {duration(leader_s)}"
                yield self.put(
                    name, state="pruned", says=f"Predicted: {about(predicted_s)}; {ahead}. It was not run."
                )
                continue
            yield self.put(name, state="checking")
            again_s = self.limits.seconds / 2
            reply = yield from self.asked(name, "first", folder=self.folder, again_s=again_s)
            yield reply if isinstance(reply, News) else self.judged(name, reply)
            if self.rows[name].state == "timing":
                yield from self.turn(name)

    def expected_s(self, name: str) -> float:
        """Return what a first call is likely to take."""
        family = self.rows[name].family
        return self.predicted[name] + (0.0 if family in self.loaded else LIKELY_S.get(family, 0.0))

    def judged(self, name: str, reply: dict) -> News:
        """Read a first call and its check: wrong, too far behind, or to be timed."""
        told = {key: reply[key] for key in ("error", "bound", "share", "checked", "peak_bytes", "parts")}
        told["first_call_s"] = reply["seconds"]
        if reply["says"]:
            return self.put(name, state="wrong", says=reply["says"], **told)
        again_s, leader_s = reply["again_s"], self.leader_s()
        steady_s = reply["seconds"] - sum(reply["parts"].values()) if again_s is None else again_s
        hopeless = leader_s is not None and steady_s > max(self.prune * leader_s, WORTH_PRUNING_S)
        if hopeless and name not in self.keep:
            self.calls[name].append(steady_s)
            says = f"One call took {duration(steady_s)}, {times(steady_s / leader_s)} what the leader takes."
            return self.put(name, state="pruned", loops=1, says=says, **told, **self.numbers(name))
        if again_s is not None and again_s > self.share():  # that call is all that fits
            self.calls[name].append(again_s)
            self.spent[name].add(reply["spent"])
            state = "timed" if self.least_calls <= 1 else "timing"
            return self.put(name, state=state, loops=1, **told, **self.numbers(name))
        return self.put(name, state="timing", **told)

    def rounds(self) -> Steps:
        """Give everyone turns, in random order, until each is settled or has used its share."""
        while running := [name for name, row in self.rows.items() if row.state == "timing"]:
            self.dice.shuffle(running)
            for name in running:
                yield from self.turn(name)

    def turn(self, name: str) -> Steps:
        """Time one slice of a backend."""
        seconds = min(SLICE_S, self.share() / ROUNDS)
        reply = yield from self.asked(name, "slice", loops=self.rows[name].loops, seconds=seconds)
        if isinstance(reply, News):
            yield reply
            return
        spent = self.spent[name].add(reply["spent"])
        self.calls[name] += reply["calls_s"]
        change = {"loops": reply["loops"], **self.numbers(name)}
        settled = spent.turns >= ROUNDS and statistics.summary(self.calls[name]).is_settled
        calm = settled and not change["flags"]  # what disturbed a few blocks weighs less among more of them
        used = spent.wall_s >= self.share() or change["min_s"] > self.behind * (
            self.leader_s() or change["min_s"]
        )
        over = calm or (used and len(self.calls[name]) >= self.least_calls)
        yield self.put(name, state="timed" if over else "timing", **change)

    def numbers(self, name: str) -> dict:
        """Return the fields of a row that its blocks give."""
        found = statistics.summary(self.calls[name])
        names = ("min_s", "median_s", "q1_s", "q3_s", "blocks")
        gflops = 2 * self.spec.macs / found.min_s / 1e9 if found.min_s else None
        return {**{one: getattr(found, one) for one in names}, "gflops": gflops, "flags": self.flags(name)}

    def flags(self, name: str) -> tuple[str, ...]:
        """Return the words of doubt that a backend's blocks deserve."""
        spent = self.spent[name]
        return statistics.flags(statistics.summary(self.calls[name]), lacks=spent.lacks, waits=spent.waits)


def _row(name: str) -> Row:
    backend = get(name)
    return Row(name, backend.device, backend.family, is_exact=backend.is_exact)


def _said(error: ConvLabError) -> dict:
    """Return what an error tells a row."""
    return {"says": error.found or str(error), "hint": error.hint or None}
