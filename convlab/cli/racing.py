"""`race`: every backend on one convolution, or along one axis of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from convlab.cli import asking
from convlab.errors import SpecError


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the words of `race`."""
    asking.add_question(command)
    asking.add_racers(command)
    out = command.add_argument_group("what is kept")
    out.add_argument(
        "--save", type=Path, metavar="FILE.json", help="all of it, for Python and the Race screen"
    )
    out.add_argument("--csv", type=Path, metavar="FILE.csv", help="the rows as a table")
    along = command.add_argument_group("along one axis")
    along.add_argument(
        "--sweep", metavar="K=3,5,7", help="S, N, K, C or stride, and its values; 3..31..4 counts"
    )
    along.add_argument(
        "--resume", type=Path, metavar="FILE.json", help="keep each point here, and go on from there"
    )


def race(wish: argparse.Namespace) -> int:
    """Race every backend on one convolution: checked, timed, ranked; with --sweep along one axis."""
    if wish.list:
        return _list(wish.json)
    asking.check_place(wish.save, (".json",))
    asking.check_place(wish.csv, (".csv",))
    asking.check_place(wish.resume, (".json",))
    spec, names = asking.spec_of(wish), asking.names_of(wish)
    if wish.sweep:
        from convlab.cli import sweeping

        found = sweeping.swept(wish, spec, names)
    elif wish.resume:
        raise SpecError(
            "Asked for --resume.", "Only a sweep is resumed.", "Add --sweep K=3,5,7, or leave it out."
        )
    else:
        found = _raced(wish, spec, names)
    if wish.save:
        asking.save(wish.save, found.to_json())
    if wish.csv:
        asking.save(wish.csv, found.to_csv())
    if wish.json:
        print(found.to_json())
    return 0 if found.state == "done" and asking.has_winner(found) else 1


def _raced(wish: argparse.Namespace, spec: object, names: object) -> object:
    from convlab.cli import watch
    from convlab.cli.picture import picture
    from convlab.timing.contest import contest

    where = watch.console(wish.json)
    steps = contest(spec, names, budget_s=wish.budget, limits=asking.limits_of(wish))
    found = watch.watched(asking.sent(wish, steps), spec, where)
    if not wish.json:
        where.print(
            picture(found, where.width) if where.is_terminal else str(found), soft_wrap=not where.is_terminal
        )
    return found


def _list(as_json: bool) -> int:
    """Print the shapes that have a name."""
    import json

    from convlab.timing import suites
    from convlab.timing.titles import title
    from convlab.timing.words import spec_out

    if as_json:
        rows = [
            {"id": one.id, "title": one.title, "group": one.group, "spec": spec_out(one.spec)}
            for one in suites.workloads()
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    width = max(len(one.id) for one in suites.workloads())
    for group, found in suites.groups().items():
        print(group)
        for one in found:
            print(f"  {one.id:<{width}}  {title(one.spec)}" + (f" ({one.note})" if one.note else ""))
    sys.stdout.flush()
    return 0
