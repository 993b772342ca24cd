"""`bench`: a whole suite of shapes, in one of two ways.

What auto takes for each shape, how near that is to the best, and to SciPy's functions: ``--against scipy`` or ``none``.
How convlab's best does against the best of every library that is here, filters held on both sides, with the goals that
the shapes have: ``--against peers``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from convlab.cli import asking
from convlab.errors import SpecError
from convlab.timing.shapes import suites

if TYPE_CHECKING:
    from convlab.timing.benches.benched import Bench
    from convlab.timing.benches.matched import Matches

AGAINST = ("peers", "scipy", "none")
PLAYED = ("gradients", "goals")  # suites that auto has no part in


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the words of `bench`."""
    what = command.add_argument_group("what is raced")
    known = f"{', '.join(suites.SUITES)}, or a .csv of your own"
    what.add_argument("--suite", metavar="NAME", default="seed004", help=f"{known} (seed004)")
    what.add_argument("--only", metavar="ID,ID", help="those of its shapes and no others")
    what.add_argument(
        "--against",
        choices=AGAINST,
        help="peers: every library that is here, at its best; scipy: auto against SciPy's functions; none: auto alone "
        "(seed004: scipy; gradients and goals: peers; others: none)",
    )
    asking.add_racers(command)
    out = command.add_argument_group("what is kept")
    out.add_argument("--save", type=Path, metavar="FILE.json", help="all of it")
    out.add_argument("--markdown", type=Path, metavar="FILE.md", help="the table of a report")
    out.add_argument("--resume", action="store_true", help="go on where --save was left, against peers")


def bench(wish: argparse.Namespace) -> int:
    """Bench a suite of shapes; exit 0 when auto keeps what it promises, or the goals against peers are met."""
    asking.check_place(wish.save, (".json",))
    asking.check_place(wish.markdown, (".md",))
    if wish.against == "peers" or (wish.against is None and wish.suite in PLAYED):
        return _play(wish)
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


def _play(wish: argparse.Namespace) -> int:
    """Play a suite against peers; what is done is saved match by match."""
    from convlab.cli import marks, watch
    from convlab.timing.benches.goals import verdicts
    from convlab.timing.benches.matches import Played

    if wish.scheduler:
        raise SpecError(
            "Asked for --against peers on a cluster.", "Its machines may have other libraries.",
            "Leave out --scheduler.",
        )  # fmt: skip
    suite, workloads = _workloads(wish)
    names, earlier = asking.names_of(wish), _earlier(wish)
    field = marks.Field(watch.console(wish.json))
    field.begin(suite)

    def report(news: object) -> None:
        if isinstance(news, Played) and news.found.matches:
            _keep(wish, news.found)
        field(news)

    with asking.place_of(wish) as place:
        found = watch.drive(
            lambda tell: place.play(
                suite.name, workloads, names, budget_s=wish.budget, earlier=earlier, report=tell
            ),
            report, field.shown, place.stop,
        )  # fmt: skip
    _keep(wish, found)
    field.close(found)
    if wish.json:
        print(json.dumps(found.words(), ensure_ascii=False))
    return 0 if found.state == "done" and all(one.is_met for one in verdicts(found)) else 1


def _keep(wish: argparse.Namespace, found: Matches) -> None:
    """Write what there is into the files that were asked for."""
    from convlab.timing.benches.table import markdown

    if wish.save:
        asking.save(wish.save, json.dumps(found.words(), ensure_ascii=False, indent=1) + "\n")
    if wish.markdown:
        asking.save(wish.markdown, markdown(found))


def _earlier(wish: argparse.Namespace) -> Matches | None:
    """Return what --save holds already, where --resume asks for it."""
    from convlab.timing.benches.matched import Matches

    if not wish.resume:
        return None
    if wish.save is None:
        raise SpecError("Asked for --resume.", "There is no --save to go on with.", "Name the file.")
    if not wish.save.exists():
        return None
    try:
        return Matches.read(json.loads(wish.save.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecError(
            f"Asked to go on with {wish.save}.", f"It holds no matches: {error}", "Leave --resume out."
        ) from None


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
    """Return the library functions that race beside auto: SciPy's for source 004, all that are here with --peers."""
    from convlab.backends import get
    from convlab.timing.benches.benched import SCIPY

    if wish.against == "none":
        return ()
    if not wish.peers:
        return SCIPY if wish.against == "scipy" or wish.suite == "seed004" else ()
    from convlab.backends.peers import PEERS

    return tuple(name for name in PEERS if get(name).unavailable() is None)
