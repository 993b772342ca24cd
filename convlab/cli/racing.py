"""`race`: every backend on one convolution, or along one axis of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from convlab.cli import asking
from convlab.errors import SpecError

if TYPE_CHECKING:
    from convlab.spec import ConvSpec
    from convlab.timing.races.result import Race


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
        return asking.print_list(wish.json)
    asking.check_place(wish.save, (".json",))
    asking.check_place(wish.csv, (".csv",))
    asking.check_place(wish.resume, (".json",))
    spec, names = asking.spec_of(wish), asking.names_of(wish, wish.peers)
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
    won = found.series if wish.sweep else found.winner
    return 0 if found.state == "done" and won else 1


def _raced(wish: argparse.Namespace, spec: ConvSpec, names: Sequence[str] | None) -> Race:
    from convlab.cli import watch
    from convlab.cli.picture import picture

    where, limits = watch.console(wish.json), asking.limits_of(wish)
    with asking.place_of(wish) as place:
        found = watch.watched(
            lambda report: place.race(spec, names, budget_s=wish.budget, limits=limits, report=report),
            spec, where, place.stop,
        )  # fmt: skip
    watch.show(where, wish.json, found, lambda: picture(found, where.width))
    return found
