"""A crew that is none: it answers a race's asks from a table, by a clock of its own, and writes down what was asked."""

from __future__ import annotations

from convlab.spec import ConvSpec
from convlab.timing.admission.limits import Limits
from convlab.timing.asks import Ask, DutyFailed, WorkerLost
from convlab.timing.measuring.duties import DUTIES
from convlab.timing.races.contest import contest, run

SPEC = ConvSpec((1, 1, 40, 40), (1, 1, 3, 3))
LIMITS = Limits(1 << 30, 30.0)
RESTLESS = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0)  # of such blocks the least never settles
USUAL = {"numpy-im2col": 1e-4, "numpy-fft": 3e-4, "scipy-direct": 2e-4}  # seconds of a call


def lost(how="died", found="Its process was killed."):
    return WorkerLost("Asked.", how, found, "Use less.")


def failed(**header):
    return DutyFailed("Asked.", {"error": "ValueError", "text": "no", **header}, "scipy-direct")


class FakeCrew:
    """Backends take the seconds of `speeds`; `answers` changes or raises what one (name, duty) replies."""

    def __init__(self, speeds=USUAL, answers=None, jitter=(1.0, 1.001, 1.002)):
        self.speeds, self.answers, self.jitter = speeds, answers or {}, jitter
        self.asked: list[Ask] = []
        self.stops, self.loaded = 0, []

    def ask(self, ask):
        self.asked.append(ask)
        name = ask.words.get("backend", "")
        change = self.answers.get((name, ask.do), {})
        if isinstance(change, BaseException):
            raise change
        return {**getattr(self, ask.do)(name, ask.words), **change}

    def stop(self):
        self.stops += 1

    def did(self, do):
        """Return the backends that were asked for a duty, in order."""
        return [ask.words["backend"] for ask in self.asked if ask.do == do]

    def judge(self, name, words):
        return {"seconds": 0.01, "loaded": self.loaded}

    def machine(self, name, words):
        return {"cpu": "a processor"}

    def learn(self, name, words):
        return {}

    def first(self, name, words):
        call_s = self.speeds[name]
        spent = {"wall_s": call_s, "cpu_s": call_s, "wait_s": 0.0}
        return {
            "seconds": call_s + 0.5, "parts": {"compile": 0.5}, "again_s": call_s, "peak_bytes": 4096, "spent": spent,
            "error": 1e-7, "bound": 1e-6, "share": 0.1, "checked": "full", "says": None,
        }  # fmt: skip

    def slice(self, name, words):
        loops = words["loops"] or max(1, round(1e-3 / self.speeds[name]))
        block_s = loops * self.speeds[name]
        count = max(1, round(words["seconds"] / block_s))
        calls = [self.speeds[name] * self.jitter[n % len(self.jitter)] for n in range(count)]
        wall = count * block_s
        return {"loops": loops, "calls_s": calls, "spent": {"wall_s": wall, "cpu_s": wall, "wait_s": 0.0}}


class Here:
    """A crew without processes: the duties themselves, in this one."""

    def ask(self, ask):
        return {} if ask.do == "learn" else DUTIES[ask.do](**ask.words)  # to learn takes a while


def raced(crew, names=tuple(USUAL), spec=SPEC, report=None, **options):
    return run(contest(spec, names, limits=LIMITS, **options), crew, report)


def row_of(race, name):
    return next(row for row in race.rows if row.name == name)
