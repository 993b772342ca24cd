"""Bench: a suite of shapes, each tuned and then raced: is what auto takes the best there is, and ahead of SciPy's?"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from convlab.backends import CATALOGUE, get, usual
from convlab.errors import Refused
from convlab.timing.admission.limits import Limits
from convlab.timing.benches.benched import Bench, Line
from convlab.timing.shapes.suites import Workload

ELSEWHERE = ("theano",)  # families that start too slowly for many shapes; --backends names them where wanted


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
        As `convlab.timing.races.contest.contest` takes them.
    lines : sequence of Line
        What is there already, from an earlier run.

    Yields
    ------
    Ask, News or Lap

    Returns
    -------
    Bench
    """
    from convlab.timing.measuring.machine import facts
    from convlab.timing.races.contest import contest
    from convlab.timing.tuning.autotune import tuning

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
            tuned, took = choice.winner, (choice.took_s, choice.compile_s)
        except Refused:
            tuned, took = None, (0.0, 0.0)
        race = yield from contest(
            workload.spec,
            [*raced, *peers],
            budget_s=budget_s,
            limits=limits,
            keep=(*peers, *filter(None, (tuned,))),
        )
        if race.state == "stopped":
            return replace(found, state="stopped")
        line = Line(workload, race, tuned, usual(workload.spec, exact=False), *took)
        found = replace(found, lines=(*found.lines, line), machine=race.machine or found.machine)
    found = replace(found, state="done")
    yield Lap(None, len(workloads), len(workloads), found)
    return found
