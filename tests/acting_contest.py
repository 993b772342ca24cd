"""A contest whose times are given by a rule instead of measured: for tests of what is made of contests."""

from dataclasses import replace

from convlab.backends import CATALOGUE
from convlab.timing.asks import Ask
from convlab.timing.races.news import News, Stopped
from convlab.timing.races.result import Race
from tests.raced import row

WHEN = "2026-11-20T14:03:12+00:00"
MACHINE = {"cpu": "A processor", "usable": 2, "processors": 2, "numpy": "2.4.6", "load": 0.25}


class Stage:
    """Stands in for `convlab.timing.races.contest.contest`, and counts what it was asked for.

    Parameters
    ----------
    seconds : dict of str to callable
        What a call of a backend takes on a spec; None for one that refuses it.
    stops_at : int, optional
        The number of the race in which somebody stops it.
    """

    def __init__(self, seconds, stops_at=None, **more):
        self.seconds, self.stops_at, self.more = seconds, stops_at, more
        self.raced, self.given = [], []

    def __call__(self, spec, names=None, **given):
        self.raced.append(spec)
        self.given.append({"names": names, **given})
        rows, state = [], "done"
        try:
            for n, name in enumerate(names or self.seconds):
                yield News(row(name, state="checking"), n / 9)
                yield Ask("cpu", "echo", {"name": name}, 1.0)
                rows.append(self.row(name, spec))
                if len(self.raced) == self.stops_at:
                    raise Stopped
                yield News(rows[-1], (n + 1) / 9)
        except Stopped:
            state = "stopped"
        return Race(spec, tuple(rows), MACHINE, WHEN, state=state)

    def row(self, name, spec):
        taken = self.seconds[name](spec) if name in self.seconds else None
        if taken is None:
            return row(name, kind="not by this backend", says=f"{name} does not.", hint="Use another.")
        return row(name, taken, error=1e-7, bound=1e-6, checked="full", gflops=2 * spec.macs / taken / 1e9,
                   workspace_bytes=1 << 20, first_call_s=2 * taken, **self.more)  # fmt: skip

    def tuning(self, spec, *, exact=False, limits=None):
        """Stand in for `convlab.timing.tuning.autotune.tuning`."""
        from convlab.timing.tuning.choice import Choice

        names = [name for name in self.seconds if name in CATALOGUE]
        yield News(row(names[0], state="checking"), 0.0)
        rows = tuple(self.row(name, spec) for name in names)
        race = Race(spec, tuple(replace(one, is_exact=True) for one in rows), MACHINE, WHEN)
        return Choice(race, exact, {"numpy-loops": "It is predicted to take 3 s."}, 0.2)


class Crew:
    """Answers every ask at once."""

    def __init__(self):
        self.asked = []

    def ask(self, ask):
        self.asked.append(ask)
        return {}

    def stop(self):
        pass
