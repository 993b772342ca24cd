"""`bench`: a whole suite, what auto takes for each shape, how near that is to the best, and to SciPy's functions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from convlab.cli import asking
from convlab.errors import SpecError
from convlab.timing.shapes import suites

if TYPE_CHECKING:
    from convlab.timing.benches.benched import Bench

AGAINST = ("peers", "none")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the words of `bench`."""
    what = command.add_argument_group("what is raced")
    known = f"{', '.join(suites.SUITES)}, or a .csv of your own"
    what.add_argument("--suite", metavar="NAME", default="seed004", help=f"{known} (seed004)")
    what.add_argument("--only", metavar="ID,ID", help="those of its shapes and no others")
    what.add_argument(
        "--against", choices=AGAINST, help="race library functions called raw too (for seed004: peers)"
    )
    asking.add_racers(command)
    out = command.add_argument_group("what is kept")
    out.add_argument("--save", type=Path, metavar="FILE.json", help="all of it")
    out.add_argument("--markdown", type=Path, metavar="FILE.md", help="the table of a report")


def bench(wish: argparse.Namespace) -> int:
    """Tune and race a suite of shapes; exit 0 when auto keeps what it promises on them."""
    asking.check_place(wish.save, (".json",))
    asking.check_place(wish.markdown, (".md",))
    found = _benched(wish)
    if wish.save:
        asking.save(wish.save, found.to_json())
    if wish.markdown:
        from convlab.timing.benches.report import markdown

        asking.save(wish.markdown, markdown(found))
    if wish.json:
        print(found.to_json())
    return 0 if found.state == "done" and all(goal.is_met for goal in found.goals) else 1


def _benched(wish: argparse.Namespace) -> Bench:
    from convlab.cli import laps, watch

    suite, workloads = _workloads(wish)
    names, peers, limits = asking.names_of(wish), _peers(wish), asking.limits_of(wish)
    course = laps.Course(watch.console(wish.json))
    course.begin(suite)
    with asking.place_of(wish) as place:
        found = watch.drive(
            lambda report: place.bench(
                suite.name, workloads, names, peers, budget_s=wish.budget, limits=limits, report=report
            ),
            course, course.shown, place.stop,
        )  # fmt: skip
    course.close(found)
    return found


def _workloads(wish: argparse.Namespace) -> tuple[suites.Suite, list[suites.Workload]]:
    suite = asking.suite_of(wish)
    only = [id_.strip() for id_ in wish.only.split(",")] if wish.only else [one.id for one in suite.workloads]
    known = {one.id: one for one in suite.workloads}
    if strange := [id_ for id_ in only if id_ not in known]:
        raise SpecError(
            f"Asked for {strange[0][:40]!r} of the suite {suite.name}.", f"It has {', '.join(list(known)[:6])}, ...",
            "Use those.",
        )  # fmt: skip
    return suite, [known[id_] for id_ in only]


def _peers(wish: argparse.Namespace) -> tuple[str, ...]:
    """Return the library functions that race too: SciPy's for source 004, all that are here when asked for."""
    from convlab.backends import get
    from convlab.timing.benches.benched import SCIPY

    if wish.against == "none" or (wish.against is None and wish.suite != "seed004" and not wish.peers):
        return ()
    if wish.suite == "seed004" and not wish.peers:
        return SCIPY
    from convlab.backends.peers import PEERS

    return tuple(name for name in PEERS if get(name).unavailable() is None)
