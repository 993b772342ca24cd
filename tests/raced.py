"""Races by hand, for tests of what is made of them: times are given, nothing is run."""

from __future__ import annotations

from convlab.spec import ConvSpec
from convlab.timing.races.result import Race, Row
from convlab.timing.tuning.choice import Choice

SPEC = ConvSpec((2, 3, 20, 20), (4, 3, 3, 3))


def row(name, min_s=None, *, spread=0.02, **more):
    """Return a row that was timed, right and with a spread of its quartiles; or one with no time."""
    if min_s is None:
        return Row(name, **{"state": "refused", "says": "It cannot.", **more})
    times = {"median_s": min_s * 1.05, "q1_s": min_s * (1 + spread / 2), "q3_s": min_s * (1 + 1.55 * spread)}
    given = {"state": "timed", "is_exact": True, "blocks": 9, "loops": 1, "share": 0.1, **times, **more}
    return Row(name, min_s=min_s, **given)


def race(*rows, spec=SPEC, **more):
    return Race(spec, rows, **more)


def choice(*rows, spec=SPEC, exact=False, left_out=None, **more):
    return Choice(race(*rows, spec=spec), exact, left_out or {}, **more)
