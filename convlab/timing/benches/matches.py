"""A suite of matches, one after the other; what an earlier run has done is not done again."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from convlab.backends import peers
from convlab.errors import ConvLabError
from convlab.timing.asks import Ask
from convlab.timing.benches.match import DEADLINE_S, TURNS, away, home, matching
from convlab.timing.benches.matched import Match, Matches
from convlab.timing.races.news import Stopped
from convlab.timing.shapes.suites import Workload

USUAL_S = 2.0  # of timing a shape, that TURNS are for


@dataclass(frozen=True, slots=True)
class Played:
    """News of a suite of matches: what there is so far, what begins now, how many there are to be."""

    found: Matches
    begins: Match | None
    count: int


def playing(
    suite: str, workloads: Sequence[Workload], names: Sequence[str] | None = None,
    peer_names: Sequence[str] | None = None, *, budget_s: float = USUAL_S, earlier: Matches | None = None,
) -> Generator:  # fmt: skip
    """Go through a suite of matches, the ceilings of the machine first.

    Parameters
    ----------
    suite : str
    workloads : sequence of Workload
    names, peer_names : sequence of str, optional
        Who takes part for either side; all who may win, and all who are here, if left out.
    budget_s : float
        Seconds for the timing of one shape, about.
    earlier : Matches, optional
        An earlier run: its matches of the same question and goals are taken as they are.

    Yields
    ------
    Ask, Bout or Played

    Returns
    -------
    Matches
    """
    from convlab.timing.crew import left_out

    when = datetime.now().astimezone().isoformat(timespec="seconds")
    found = Matches(suite, when=when, state="running", extra=earlier.extra if earlier else {})
    known = {(one.id, one.question): one for one in earlier.matches} if earlier else {}
    turns = max(3, round(TURNS * budget_s / USUAL_S))
    try:
        facts = yield Ask("cpu", "machine", {}, DEADLINE_S)
        found = replace(found, machine={**facts, **_versions(), "found": left_out()})
        ceilings = yield Ask("cpu", "ceilings", {}, DEADLINE_S)
        found = replace(found, ceilings=ceilings)
        for workload in workloads:
            match = Match.of(workload)
            if (match.id, match.question) in known:
                kept = known[match.id, match.question]
                found = _with(found, replace(kept, goals=match.goals))
                continue
            yield Played(found, match, len(workloads))
            ours, theirs = home(match, names), away(match, peer_names)
            found = _with(found, (yield from matching(match, ours, theirs, turns)))
    except Stopped:
        return replace(found, state="stopped")
    except ConvLabError as error:
        if getattr(error, "how", "") == "stopped":
            return replace(found, state="stopped")
        raise
    found = replace(found, state="done")
    yield Played(found, None, len(workloads))
    return found


def _with(found: Matches, match: Match) -> Matches:
    return replace(found, matches=(*found.matches, match))


def _versions() -> dict[str, str]:
    """Return the versions of the libraries that are played against."""
    found = {}
    for package in dict.fromkeys(peers.get(name).install for name in peers.EVERY):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
